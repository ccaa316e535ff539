//! What the roles may do, and what the database itself keeps them from.

use domain::market::WriteKind;
use domain::market::{PriceStore, TimeRange};
use sqlx::{AssertSqlSafe, PgConnection};
use testkit::bars::{days, minutes};

use crate::place::{Place, assert_intact, attempt, key, upsert, write};

/// Makes a place with two series; of one, a chunk has been retired.
async fn with_history() -> Place {
    let place = Place::new().await;
    let store = place.open().await;
    upsert(&store, &key("X:A/1m"), &minutes(0..100, 1.0)).await;
    upsert(&store, &key("X:A/1m"), &minutes(50..60, 2.0)).await;
    upsert(&store, &key("X:B/1d"), &days(0..5, 3.0)).await;
    place
}

async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_reader_reads_what_is_reported() {
    let place = with_history().await;
    let mut reader = place.connect("chandlery_reader").await;
    for (relation, rows) in [("series", 2), ("commits", 3), ("daily_bar", 6)] {
        let found = number(&mut reader, &format!("select count(*) from reporting.{relation}")).await;
        assert_eq!(found, rows, "{relation}");
        attempt(&mut reader, &format!("select * from reporting.{relation}"))
            .await
            .unwrap();
    }
    let name: String = sqlx::query_scalar("select series from reporting.series order by series limit 1")
        .fetch_one(&mut reader)
        .await
        .unwrap();
    assert_eq!(name, "X:A/1m");
}

#[tokio::test]
async fn a_reader_reads_nothing_else() {
    let place = with_history().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'chandlery'::regnamespace and relkind in ('r', 'v')",
    )
    .fetch_all(&mut place.admin().await)
    .await
    .unwrap();
    assert!(tables.len() >= 8, "{tables:?}");
    let mut reader = place.connect("chandlery_reader").await;
    for table in tables {
        let read = attempt(&mut reader, &format!("select * from chandlery.{table}")).await;
        assert_eq!(read, Err("42501".to_owned()), "{table}");
    }
}

#[tokio::test]
async fn a_reader_writes_nothing_even_when_it_asks_for_a_transaction_that_writes() {
    let place = with_history().await;
    let mut reader = place.connect("chandlery_reader").await;
    let by_default = attempt(&mut reader, "delete from reporting.daily_bar").await;
    assert_eq!(by_default, Err("25006".to_owned()));
    for sql in [
        "create table mine (a int)",
        "create table public.mine (a int)",
        "create table reporting.mine (a int)",
        "create table chandlery.mine (a int)",
        "create temp table mine (a int)",
        "create schema mine",
        "insert into reporting.daily_bar select gen_random_uuid(), date '2024-01-01', 1, 1, 1, 1, 1",
        "update reporting.daily_bar set open = 0",
        "delete from reporting.daily_bar",
        "truncate reporting.daily_bar",
        "select chandlery.purge_series(gen_random_uuid())",
        "select chandlery.prune_series(gen_random_uuid(), 1)",
        "select lo_creat(-1)",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'much')",
        "set local role chandlery_owner",
        "set local role chandlery_app",
    ] {
        attempt(&mut reader, "begin read write").await.unwrap();
        let written = attempt(&mut reader, sql).await;
        attempt(&mut reader, "rollback").await.unwrap();
        assert_eq!(written, Err("42501".to_owned()), "{sql}");
    }
}

#[tokio::test]
async fn a_reader_is_cut_off_in_time() {
    let place = Place::new().await;
    let mut reader = place.connect("chandlery_reader").await;
    let limit: String = sqlx::query_scalar("show statement_timeout")
        .fetch_one(&mut reader)
        .await
        .unwrap();
    assert_eq!(limit, "30s");
    let mut app = place.connect("chandlery_app").await;
    let limits = [
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
    ];
    let mut found = Vec::new();
    for limit in limits {
        let sql = AssertSqlSafe(format!("show {limit}"));
        found.push(
            sqlx::query_scalar::<_, String>(sql)
                .fetch_one(&mut app)
                .await
                .unwrap(),
        );
    }
    assert_eq!(found, ["5s", "3s", "10s"]);
}

#[tokio::test]
async fn the_program_changes_neither_the_schema_nor_what_is_history() {
    let place = with_history().await;
    let mut app = place.connect("chandlery_app").await;
    for sql in [
        "create table mine (a int)",
        "create table public.mine (a int)",
        "create table chandlery.mine (a int)",
        "create temp table mine (a int)",
        "create schema mine",
        "drop table chandlery.price_chunk",
        "drop table reporting.daily_bar",
        "alter table chandlery.price_chunk add column more int",
        "alter table chandlery.price_chunk disable row level security",
        "drop policy chunks_are_retired on chandlery.price_chunk",
        "create index on chandlery.price_chunk (bars)",
        "truncate chandlery.price_chunk",
        "truncate chandlery.price_commit",
        "truncate chandlery.import",
        "delete from chandlery.price_chunk",
        "delete from chandlery.price_commit",
        "delete from chandlery.series_head",
        "delete from chandlery.price_series",
        "delete from chandlery.instrument",
        "delete from chandlery.import",
        "update chandlery.price_commit set author = 'local:eve'",
        "update chandlery.price_commit set digest = digest",
        "update chandlery.price_series set timeframe = '2m'",
        "update chandlery.price_chunk set open = close",
        "update chandlery.price_chunk set time = time",
        "update chandlery.price_chunk set digest = digest",
        "update chandlery.price_chunk set version = 1",
        "insert into chandlery.seaql_migrations values ('m9999_later', 0)",
        "delete from chandlery.seaql_migrations",
        "create or replace function chandlery.purge_series(series uuid) returns void language sql as ''",
        "set role chandlery_owner",
        "set role postgres",
    ] {
        assert_eq!(attempt(&mut app, sql).await, Err("42501".to_owned()), "{sql}");
    }
    for series in ["X:A/1m", "X:B/1d"] {
        assert_intact(&place.open().await, &key(series)).await;
    }
}

#[tokio::test]
async fn a_chunk_that_is_retired_stays_retired() {
    let place = with_history().await;
    let mut app = place.connect("chandlery_app").await;
    let lives = "select count(*) from chandlery.price_chunk where retired_version is null";
    let before = number(&mut app, lives).await;
    // Rows that are retired are none that may be updated.
    let revived = "update chandlery.price_chunk set retired_version = null where version = 1";
    assert_eq!(attempt(&mut app, revived).await, Err("42501".to_owned()));
    let moved = "update chandlery.price_chunk set retired_version = 9 where retired_version is not null";
    assert_eq!(attempt(&mut app, moved).await, Ok(0));
    assert_eq!(number(&mut app, lives).await, before);
}

#[tokio::test]
async fn a_chunk_is_retired_by_a_commit_and_by_nothing_else() {
    let place = with_history().await;
    let mut app = place.connect("chandlery_app").await;
    for sql in [
        "update chandlery.price_chunk set retired_version = version where retired_version is null",
        "update chandlery.price_chunk set retired_version = version + 1 where retired_version is null",
        "update chandlery.price_chunk set retired_version = 9 where retired_version is null",
        "update chandlery.series_head set version = 0; \
         update chandlery.price_chunk set retired_version = version where retired_version is null",
    ] {
        assert_eq!(attempt(&mut app, sql).await, Err("42501".to_owned()), "{sql}");
    }
    for series in ["X:A/1m", "X:B/1d"] {
        assert_intact(&place.open().await, &key(series)).await;
    }
}

#[tokio::test]
async fn a_chunk_is_added_by_the_commit_of_its_version_and_by_nothing_else() {
    let place = with_history().await;
    let mut app = place.connect("chandlery_app").await;
    for version in ["1", "version", "version + 1"] {
        // A stretch where nothing is, as far as the other constraints go.
        let added = format!(
            "insert into chandlery.price_chunk select series_id, first_time + 1000000000000, \
             last_time + 1000000000000, gen_random_uuid(), bars, bytes, {version}, null, digest, runs, time, open, \
             high, low, close, volume from chandlery.price_chunk where retired_version is null"
        );
        for before in ["", "update chandlery.series_head set version = 0; "] {
            let added = attempt(&mut app, &format!("{before}{added}")).await;
            assert_eq!(added, Err("42501".to_owned()), "{before}{version}");
        }
    }
    for series in ["X:A/1m", "X:B/1d"] {
        assert_intact(&place.open().await, &key(series)).await;
    }
}

#[tokio::test]
async fn no_chunk_is_added_that_is_retired_already() {
    let place = with_history().await;
    let mut app = place.connect("chandlery_app").await;
    let added = attempt(
        &mut app,
        "insert into chandlery.price_chunk select series_id, first_time, last_time, gen_random_uuid(), bars, bytes, \
         version, version, digest, runs, time, open, high, low, close, volume from chandlery.price_chunk limit 1",
    );
    assert_eq!(added.await, Err("42501".to_owned()));
    let store = place.open().await;
    let (key, nothing) = (
        key("X:A/1m"),
        write(WriteKind::DeleteRange(TimeRange::ALL), Vec::new()),
    );
    store.commit(&key, nothing).await.unwrap();
    assert_intact(&store, &key).await;
}
