//! Opening a store on a database of another schema.

use std::sync::Arc;

use domain::error::StoreError;
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{
    clock::FixedClock,
    ids::SeededIds,
    postgres::{Database, Server},
    stopwatch::Stopwatch,
};

async fn refusal(database: &Database) -> String {
    let clock = Arc::new(FixedClock::new(domain::market::Timestamp::EPOCH));
    let options = PostgresOptions::new(clock, Arc::new(SeededIds::new(1)));
    match PostgresStore::open(database.options("chandlery_app"), options).await {
        Err(error @ StoreError::Unavailable(_)) => error.to_string(),
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn a_database_without_a_schema_is_refused_with_the_command_that_makes_it() {
    let server = Server::shared();
    // Roles belong to the whole server, and appear with the first schema.
    drop(server.database().await);
    let error = refusal(&server.bare_database().await).await;
    assert!(error.contains("no schema yet"), "{error}");
    assert!(
        error.contains(migration::LATEST) && error.contains("chandlery migrate up"),
        "{error}"
    );
}

#[tokio::test]
async fn an_older_schema_is_refused_with_both_versions_and_the_command() {
    let database = Server::shared().database().await;
    let change = migration::down(&database.admin(), Some(1), true).await.unwrap();
    let older = change.after.version().unwrap().to_owned();
    assert_ne!(older, migration::LATEST);
    let error = refusal(&database).await;
    for part in [older.as_str(), migration::LATEST, "chandlery migrate up"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_both_versions_and_no_command_that_would_harm_it() {
    let database = Server::shared().database().await;
    database
        .execute("insert into chandlery.seaql_migrations (version, applied_at) values ('m9999_later', 0)")
        .await;
    let error = refusal(&database).await;
    for part in ["m9999_later", migration::LATEST, "newer"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("migrate up"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_within_the_time_that_is_allowed() {
    // It listens, and never says a word.
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let database = Server::shared().database().await;
    let way = database
        .options("chandlery_app")
        .port(silent.local_addr().unwrap().port());
    let clock = Arc::new(FixedClock::new(domain::market::Timestamp::EPOCH));
    let options = PostgresOptions::new(clock, Arc::new(SeededIds::new(1)));
    let watch = Stopwatch::start();
    let opened = PostgresStore::open(way, options).await;
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
    assert!(
        watch.elapsed() < std::time::Duration::from_secs(7),
        "{:?}",
        watch.elapsed()
    );
}
