//! The contract of the ports, stamped on the store on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use domain::{clock::Clock, id::IdSource};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{
    harness::{StoreHarness, StorePlace, Stores},
    postgres::{Database, Server},
};

struct PostgresHarness;

struct Place(Database);

#[async_trait]
impl StoreHarness for PostgresHarness {
    async fn create(&self) -> Box<dyn StorePlace> {
        Box::new(Place(Server::shared().database().await))
    }
}

#[async_trait]
impl StorePlace for Place {
    async fn open(&self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Stores {
        let options = PostgresOptions::new(clock, ids);
        let store = PostgresStore::open(self.0.options("chandlery_app"), options)
            .await
            .unwrap();
        let store = Arc::new(store);
        Stores {
            prices: store.clone(),
            instruments: store.clone(),
            imports: store.clone(),
            strategies: store,
        }
    }
}

mod price {
    testkit::price_contract!(crate::PostgresHarness);
}

mod instrument {
    testkit::instrument_contract!(crate::PostgresHarness);
}

mod model {
    testkit::model_contract!(crate::PostgresHarness);
}

mod import {
    testkit::import_contract!(crate::PostgresHarness);
}

mod strategy {
    testkit::strategy_contract!(crate::PostgresHarness);
}
