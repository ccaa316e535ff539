//! The contract of the ports, stamped on the store on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::{clock::Clock, id::IdSource};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{
    harness::{StoreHarness, StorePlace, Stores},
    postgres::{Database, Server},
};

struct PostgresHarness;

/// Databases that a case has left behind: emptying one takes a fraction of the time of making one.
static LEFT: Mutex<Vec<Database>> = Mutex::new(Vec::new());

/// What is in a database, in an order in which it can go.
const EMPTY: &str = "
    delete from chandlery.strategy_version;
    delete from chandlery.strategy;
    delete from reporting.daily_bar;
    delete from chandlery.staged_chunk;
    delete from chandlery.series_pin;
    delete from chandlery.price_chunk;
    delete from chandlery.price_commit;
    delete from chandlery.series_head;
    delete from chandlery.price_series;
    delete from chandlery.instrument;
    delete from chandlery.import";

struct Place(Option<Database>);

impl Place {
    fn database(&self) -> &Database {
        self.0.as_ref().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        LEFT.lock().unwrap().extend(self.0.take());
    }
}

#[async_trait]
impl StoreHarness for PostgresHarness {
    async fn create(&self) -> Box<dyn StorePlace> {
        let left = LEFT.lock().unwrap().pop();
        let database = match left {
            Some(database) => {
                database.execute(EMPTY).await;
                database
            }
            None => Server::shared().database().await,
        };
        Box::new(Place(Some(database)))
    }
}

#[async_trait]
impl StorePlace for Place {
    async fn open(&self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Stores {
        let options = PostgresOptions::new(clock, ids);
        let store = PostgresStore::open(self.database().options("chandlery_app"), options)
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
