//! A database of one test, stores on it, and the steps that tests are made of.

use std::{sync::Arc, time::Duration};

use domain::market::{
    AsOf, Author, Bars, BarsQuery, Commit, PriceStore, PriceStoreExt, PriceWrite, SeriesKey, Timestamp,
    Version, WriteKind, WriteMeta, Written,
};
use futures::{StreamExt, stream};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{
    clock::SteppingClock,
    ids::SeededIds,
    postgres::{Database, Server},
};

/// 2025-01-01T00:00:00Z, when the clocks of tests begin.
pub(crate) const BEGIN: i64 = 1_735_689_600_000_000;

/// A database, and what all handles on it share.
pub(crate) struct Place {
    pub(crate) database: Database,
    pub(crate) clock: Arc<SteppingClock>,
    ids: Arc<SeededIds>,
}

impl Place {
    /// Makes a database on the server that tests share.
    pub(crate) async fn new() -> Self {
        Self::on(Server::shared()).await
    }

    /// Makes a database on a server.
    pub(crate) async fn on(server: &Server) -> Self {
        Self {
            database: server.database().await,
            clock: Arc::new(SteppingClock::new(Timestamp::saturating(BEGIN), 1_000_000)),
            ids: Arc::new(SeededIds::new(7)),
        }
    }

    /// Returns what a store is usually opened with; that a machine is busy is no reason to fail.
    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions {
            connection_wait: Duration::from_mins(1),
            ..PostgresOptions::new(self.clock.clone(), self.ids.clone())
        }
    }

    /// Opens a handle.
    pub(crate) async fn open(&self) -> PostgresStore {
        self.open_with(self.options()).await
    }

    /// Opens a handle with other options than usual.
    pub(crate) async fn open_with(&self, options: PostgresOptions) -> PostgresStore {
        self.open_by(self.database.options("chandlery_app"), options)
            .await
    }

    /// Opens a handle by another way to the server.
    pub(crate) async fn open_by(&self, way: PgConnectOptions, options: PostgresOptions) -> PostgresStore {
        PostgresStore::open(way, options).await.unwrap()
    }

    /// Connects as a role.
    pub(crate) async fn connect(&self, role: &str) -> PgConnection {
        PgConnection::connect_with(&self.database.options(role))
            .await
            .unwrap()
    }

    /// Connects as a superuser.
    pub(crate) async fn admin(&self) -> PgConnection {
        PgConnection::connect_with(&self.database.admin()).await.unwrap()
    }
}

/// Runs SQL and returns the number of rows that it touched, or the SQLSTATE with which it was refused.
pub(crate) async fn attempt(connection: &mut PgConnection, sql: &str) -> Result<u64, String> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await;
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => Err(error
            .as_database_error()
            .and_then(|error| Some(error.code()?.into_owned()))
            .unwrap_or_else(|| panic!("{sql}: {error}"))),
    }
}

pub(crate) fn key(text: &str) -> SeriesKey {
    text.parse().unwrap()
}

pub(crate) fn author() -> Author {
    "local:ada".parse().unwrap()
}

/// Prepares a write.
pub(crate) fn write(kind: WriteKind, bars: Vec<Bars>) -> PriceWrite<'static> {
    let bars = stream::iter(bars.into_iter().map(Ok)).boxed();
    PriceWrite::new(kind, bars, WriteMeta::by(author()))
}

/// Upserts bars, and expects a version to come of it.
pub(crate) async fn upsert(store: &PostgresStore, key: &SeriesKey, bars: &Bars) -> Commit {
    let write = PriceWrite::upsert(bars.clone(), author());
    match store.commit(key, write).await {
        Ok(Written::Committed(commit)) => commit,
        other => panic!("a commit was expected, not {other:?}"),
    }
}

/// Reads all bars of the newest version.
pub(crate) async fn read(store: &PostgresStore, key: &SeriesKey) -> Bars {
    store.read_all(BarsQuery::all(key.clone())).await.unwrap()
}

/// Asks for all bars of a version.
pub(crate) fn version(key: &SeriesKey, version: u64) -> BarsQuery {
    BarsQuery {
        as_of: AsOf::Version(Version(version)),
        ..BarsQuery::all(key.clone())
    }
}

/// Checks that everything that is stored of a series matches its digests.
pub(crate) async fn assert_intact(store: &PostgresStore, key: &SeriesKey) {
    let check = store.verify(key).await.unwrap();
    assert!(check.damages.is_empty(), "{:?}", check.damages);
}
