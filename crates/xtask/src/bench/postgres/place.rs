//! A server of its own that syncs what it commits, as in earnest, and a store on it.

use std::sync::Arc;

use anyhow::{Context, Result};
use app::{
    ambient::{RandomIds, SystemClock},
    stores::Stores,
};
use domain::market::{Bars, PriceStore, PriceWrite, SeriesKey};
use sqlx::{PgPool, Row, postgres::PgPoolOptions};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::postgres::{Database, Durability, Server};
use tokio::runtime::Runtime;

use crate::{
    measure::{Aim, Size},
    stores::{author, key},
};

/// A database with a store, and connections of a superuser for what it is compared with.
pub(crate) struct Place {
    pub(crate) store: Arc<PostgresStore>,
    pub(crate) pool: PgPool,
    pub(crate) database: Database,
    // Dropped last: it takes the database with it.
    _server: Server,
}

impl Place {
    pub(crate) fn start(runtime: &Runtime) -> Result<Self> {
        let server = Server::own(Durability::Full);
        runtime.block_on(async {
            let database = server.database().await;
            let options = PostgresOptions::new(Arc::new(SystemClock), Arc::new(RandomIds));
            let store = PostgresStore::open(database.options("chandlery_app"), options).await?;
            let pool = PgPoolOptions::new()
                .max_connections(2)
                .connect_with(database.admin())
                .await
                .context("the server can't be reached")?;
            Ok(Self {
                store: Arc::new(store),
                pool,
                database,
                _server: server,
            })
        })
    }

    /// Returns the store's ports.
    pub(crate) fn ports(&self) -> Stores {
        Stores {
            instruments: self.store.clone(),
            prices: self.store.clone(),
            imports: self.store.clone(),
            strategies: self.store.clone(),
            backtests: self.store.clone(),
            sweeps: self.store.clone(),
            jobs: self.store.clone(),
            files: None,
        }
    }

    /// Stores bars under the usual key.
    pub(crate) async fn hold(&self, bars: &Bars) -> Result<()> {
        self.store
            .commit(&key()?, PriceWrite::upsert(bars.clone(), author()?))
            .await?;
        Ok(())
    }

    /// Removes a series with its history, and what it left behind on the server.
    pub(crate) async fn forget(&self, key: &SeriesKey) -> Result<()> {
        if self.store.head(key).await?.is_some() {
            self.store.purge(key).await?;
        }
        self.tidy().await
    }

    /// Lets the server do now what it would do at some time: nobody shall be timed for what another left.
    pub(crate) async fn tidy(&self) -> Result<()> {
        for sql in ["vacuum chandlery.price_chunk", "checkpoint"] {
            sqlx::raw_sql(sql).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Compares what a bar takes on the disk: tables, their indexes, and what lies outside the rows.
    pub(crate) async fn sizes(&self, bars: usize) -> Result<Size> {
        for sql in ["vacuum full chandlery.price_chunk", "vacuum full bar_row"] {
            sqlx::raw_sql(sql).execute(&self.pool).await?;
        }
        let sizes = "select pg_total_relation_size('chandlery.price_chunk') as chunks,
                            pg_total_relation_size('bar_row') as rows";
        let row = sqlx::query(sizes).fetch_one(&self.pool).await?;
        let bytes = |column: &str| -> Result<f64> { Ok(row.try_get::<i64, _>(column)? as f64 / bars as f64) };
        Ok(Size {
            name: "bytes a bar on PostgreSQL, indexes included",
            subject: ("chunks", bytes("chunks")?),
            baseline: ("a row a bar", bytes("rows")?),
            aim: Aim::AtMost(6.0),
        })
    }
}
