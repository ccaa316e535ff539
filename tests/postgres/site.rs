//! A database, and a place whose store it is.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use testkit::postgres::{Database, Proxy, Server as Postgres};
use tests::{Place, Server};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::client::Client;

/// How soon the server works after its database does.
pub(crate) const RECOVERY: Duration = Duration::from_secs(2);

/// Who runs beside a test.
static COMPANY: RwLock<()> = RwLock::const_new(());

/// Says that a test without a site runs, until what is returned is dropped.
pub(crate) async fn in_company() -> RwLockReadGuard<'static, ()> {
    COMPANY.read().await
}

/// As [`in_company`], from a test that is not asynchronous.
pub(crate) fn in_company_now() -> RwLockReadGuard<'static, ()> {
    COMPANY.blocking_read()
}

/// What a test holds while it runs.
enum Company {
    Many { _guard: RwLockReadGuard<'static, ()> },
    Nobody { _guard: RwLockWriteGuard<'static, ()> },
}

/// A place on a database of its own.
pub(crate) struct Site {
    pub(crate) place: Place,
    pub(crate) database: Database,
    _company: Company,
}

impl Site {
    /// Makes one on the server that tests share.
    pub(crate) async fn new() -> Self {
        Self::on(Postgres::shared()).await
    }

    /// Makes one for a test that measures time: no other test runs meanwhile.
    pub(crate) async fn alone() -> Self {
        let guard = COMPANY.write().await;
        Self::of(Postgres::shared(), Company::Nobody { _guard: guard }).await
    }

    /// Makes one on a server.
    pub(crate) async fn on(postgres: &Postgres) -> Self {
        let guard = COMPANY.read().await;
        Self::of(postgres, Company::Many { _guard: guard }).await
    }

    async fn of(postgres: &Postgres, company: Company) -> Self {
        let database = postgres.database().await;
        Self {
            place: Place::with_store(database.url("chandlery_app")),
            database,
            _company: company,
        }
    }

    /// Starts a server that reaches its database through a proxy.
    pub(crate) async fn behind_proxy(&self, environment: &[(&str, &str)]) -> Behind {
        let proxy = Proxy::start(self.database.admin().get_port()).await;
        let url = format!(
            "postgres://chandlery_app@127.0.0.1:{}/{}",
            proxy.port(),
            self.database.name()
        );
        let place = Place::with_store(url);
        let server = Server::start_with(&place, &[], environment);
        Behind {
            proxy,
            client: Client::of(&server),
            _server: server,
            _place: place,
        }
    }

    /// Connects as a superuser.
    pub(crate) async fn admin(&self) -> PgConnection {
        PgConnection::connect_with(&self.database.admin()).await.unwrap()
    }

    /// Checks that no connection of the server stays in the middle of something.
    pub(crate) async fn assert_nothing_is_left(&self) {
        let mut admin = self.admin().await;
        let begin = Instant::now();
        loop {
            let busy: Vec<String> = sqlx::query_scalar(
                "select state || ': ' || query from pg_stat_activity \
                 where datname = $1 and usename = 'chandlery_app' and state <> 'idle'",
            )
            .bind(self.database.name())
            .fetch_all(&mut admin)
            .await
            .unwrap();
            if busy.is_empty() {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(15), "left behind: {busy:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A server that reaches its database through a proxy.
pub(crate) struct Behind {
    pub(crate) proxy: Proxy,
    pub(crate) client: Client,
    _server: Server,
    _place: Place,
}

/// Asks until the server answers, and returns how long that takes; every other answer must be that the store is
/// unavailable.
pub(crate) async fn recovery(client: &Client, path: &str) -> Duration {
    let begin = Instant::now();
    loop {
        let answer = client.get(path).await;
        if answer.status == 200 {
            return begin.elapsed();
        }
        answer.problem(503, "store-unavailable");
        assert!(begin.elapsed() < Duration::from_mins(1), "not within a minute");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Checks that a server recovers in time at least every other time: the machine may stand still now and then.
#[track_caller]
pub(crate) fn assert_recovered_in_time(mut taken: Vec<Duration>) {
    taken.sort_unstable();
    assert!(taken[taken.len() / 2] < RECOVERY, "{taken:?}");
}
