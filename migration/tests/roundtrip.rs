//! The schema, forth and back.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use migration::{MigrationError, down, fresh, status, up};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::postgres::{Database, Server};

/// Lists everything that a database holds of ours: tables, views, functions, columns, constraints, indexes and grants.
async fn shape(database: &Database) -> Vec<String> {
    let mut connection = PgConnection::connect_with(&database.admin()).await.unwrap();
    let found = sqlx::query_scalar(include_str!("shape.sql"))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    found
}

#[tokio::test]
async fn an_empty_database_goes_up_down_and_up_again() {
    let database = Server::shared().bare_database().await;
    assert!(!status(&database.admin()).await.unwrap().is_current());
    let change = up(&database.admin()).await.unwrap();
    assert_eq!(
        (change.before.version(), change.after.version()),
        (None, Some(migration::LATEST))
    );
    let first = shape(&database).await;
    assert!(first.len() > 60, "{first:?}");
    let change = down(&database.admin(), None, false).await.unwrap();
    assert_eq!(change.after.version(), None);
    let empty = shape(&database).await;
    assert!(
        empty.iter().all(|line| line.contains("seaql_migrations")),
        "{empty:?}"
    );
    up(&database.admin()).await.unwrap();
    assert_eq!(shape(&database).await, first);
}

#[tokio::test]
async fn each_migration_has_a_way_back() {
    let database = Server::shared().bare_database().await;
    let mut shapes = Vec::new();
    up(&database.admin()).await.unwrap();
    let names = status(&database.admin()).await.unwrap().migrations;
    for _ in &names {
        shapes.push(shape(&database).await);
        down(&database.admin(), Some(1), false).await.unwrap();
    }
    assert!(shapes.windows(2).all(|pair| pair[0].len() > pair[1].len()));
    up(&database.admin()).await.unwrap();
    assert_eq!(shape(&database).await, shapes[0]);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = Server::shared().database().await;
    let before = shape(&database).await;
    let change = up(&database.admin()).await.unwrap();
    assert_eq!(change.before, change.after);
    assert_eq!(shape(&database).await, before);
}

#[tokio::test]
async fn of_four_at_once_one_works_and_the_others_find_it_done() {
    let database = Server::shared().bare_database().await;
    let options = database.admin();
    let changes = futures::future::join_all((0..4).map(|_| up(&options))).await;
    let worked = changes
        .iter()
        .filter(|change| change.as_ref().unwrap().before.version().is_none())
        .count();
    assert_eq!(worked, 1);
    assert!(
        changes
            .iter()
            .all(|change| change.as_ref().unwrap().after.is_current())
    );
}

/// What a database can hold that nobody wants to lose.
const EVERYTHING: [&str; 4] = [
    include_str!("one_commit.sql"),
    include_str!("one_strategy.sql"),
    include_str!("one_backtest.sql"),
    include_str!("one_sweep.sql"),
];

#[tokio::test]
async fn a_filled_database_goes_down_and_up_again() {
    let database = Server::shared().database().await;
    let first = shape(&database).await;
    for data in EVERYTHING {
        database.execute(data).await;
    }
    down(&database.admin(), None, true).await.unwrap();
    up(&database.admin()).await.unwrap();
    assert_eq!(shape(&database).await, first);
    let mut connection = PgConnection::connect_with(&database.admin()).await.unwrap();
    for table in ["price_commit", "strategy", "backtest", "sweep", "series_pin"] {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from chandlery.{table}")))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

#[tokio::test]
async fn what_backtests_and_sweeps_have_pinned_goes_with_them() {
    let database = Server::shared().database().await;
    database.execute(include_str!("one_commit.sql")).await;
    database.execute(include_str!("some_pins.sql")).await;
    while down(&database.admin(), Some(1), true)
        .await
        .unwrap()
        .after
        .migrations
        .iter()
        .any(|migration| migration.applied && migration.name.ends_with("_backtests"))
    {}
    let mut connection = PgConnection::connect_with(&database.admin()).await.unwrap();
    let holders: Vec<String> = sqlx::query_scalar("select holder from chandlery.series_pin")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(holders, ["somebody else"]);
}

#[tokio::test]
async fn data_is_only_dropped_by_those_who_mean_it() {
    for data in EVERYTHING {
        dropped_by_those_who_mean_it(data).await;
    }
}

async fn dropped_by_those_who_mean_it(data: &'static str) {
    let database = Server::shared().database().await;
    database.execute(data).await;
    let options = database.admin();
    for lost in [down(&options, Some(1), false).await, fresh(&options, false).await] {
        assert!(matches!(lost, Err(MigrationError::WouldLose(_))), "{lost:?}");
    }
    assert!(status(&options).await.unwrap().is_current());
    fresh(&options, true).await.unwrap();
    assert!(status(&options).await.unwrap().is_current());
    let change = fresh(&options, false).await.unwrap();
    assert!(change.after.is_current());
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_left_alone() {
    let database = Server::shared().database().await;
    database
        .execute("insert into chandlery.seaql_migrations (version, applied_at) values ('m9999_later', 0)")
        .await;
    let before = shape(&database).await;
    for refused in [
        up(&database.admin()).await,
        down(&database.admin(), None, true).await,
    ] {
        let error = refused.unwrap_err().to_string();
        assert!(
            error.contains("m9999_later") && error.contains(migration::LATEST),
            "{error}"
        );
    }
    assert_eq!(shape(&database).await, before);
}

#[tokio::test]
async fn a_migrator_without_other_rights_can_migrate_what_an_administrator_has_prepared() {
    let database = Server::shared().bare_database().await;
    up(&database.admin()).await.unwrap();
    down(&database.admin(), None, false).await.unwrap();
    up(&database.options("chandlery_migrator")).await.unwrap();
    let change = down(&database.options("chandlery_migrator"), None, false)
        .await
        .unwrap();
    assert_eq!(change.after.version(), None);
}

#[tokio::test]
async fn a_missing_right_is_named_with_its_remedy() {
    let server = Server::shared();
    drop(server.database().await);
    let database = server.bare_database().await;
    let error = up(&database.options("chandlery_migrator"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("create extension if not exists btree_gist;"),
        "{error}"
    );
    database.execute("create extension btree_gist").await;
    let error = up(&database.options("chandlery_migrator"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("create schema if not exists chandlery authorization chandlery_owner;"),
        "{error}"
    );
}

/// Starts the program that migrates a database, and kills it after a while.
fn migrate_and_kill(database: &Database, after: Duration) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_migration"))
        .arg("up")
        .env("DATABASE_URL", database.url("postgres"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_migration_that_is_killed_at_any_moment_is_completed_by_running_it_again() {
    let server = Server::shared();
    let expected = shape(&server.database().await).await;
    let undisturbed = server.bare_database().await;
    let begin = Instant::now();
    up(&undisturbed.admin()).await.unwrap();
    let whole = begin.elapsed();
    let (mut before, mut between) = (0, 0);
    for round in 0..20_u32 {
        let database = server.bare_database().await;
        migrate_and_kill(&database, whole * 2 * (round + 1) / 20);
        match status(&database.admin()).await.unwrap().version() {
            None => before += 1,
            Some(version) if version != migration::LATEST => between += 1,
            Some(_) => {}
        }
        up(&database.admin()).await.unwrap();
        assert_eq!(shape(&database).await, expected, "round {round}");
    }
    assert!(before + between > 0, "no migration was broken off");
}
