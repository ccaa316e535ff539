//! The contract of the ports, stamped on the store on files.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use domain::{clock::Clock, id::IdSource};
use store_file::{FileStore, FileStoreOptions};
use tempfile::TempDir;
use testkit::harness::{StoreHarness, StorePlace, Stores};

struct FileHarness;

struct Folder(TempDir);

#[async_trait]
impl StoreHarness for FileHarness {
    async fn create(&self) -> Box<dyn StorePlace> {
        Box::new(Folder(tempfile::tempdir().unwrap()))
    }
}

#[async_trait]
impl StorePlace for Folder {
    async fn open(&self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Stores {
        let store = Arc::new(FileStore::open(self.0.path(), FileStoreOptions::new(clock, ids)).unwrap());
        Stores {
            prices: store.clone(),
            instruments: store.clone(),
            imports: store.clone(),
            strategies: store.clone(),
            backtests: store.clone(),
            sweeps: store.clone(),
            jobs: store,
        }
    }
}

mod price {
    testkit::price_contract!(crate::FileHarness);
}

mod instrument {
    testkit::instrument_contract!(crate::FileHarness);
}

mod model {
    testkit::model_contract!(crate::FileHarness);
}

mod import {
    testkit::import_contract!(crate::FileHarness);
}

mod strategy {
    testkit::strategy_contract!(crate::FileHarness);
}

mod backtest {
    testkit::backtest_contract!(crate::FileHarness);
}

mod job {
    testkit::job_contract!(crate::FileHarness);
}
