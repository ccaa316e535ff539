//! Single bits that the database loses.

use domain::{
    error::StoreError,
    market::{BarsQuery, PriceStore, PriceStoreExt, SeriesKey},
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use store_postgres::PostgresStore;
use testkit::{
    bars::{minutes, synthetic_minutes},
    scale,
};
use uuid::Uuid;

use crate::place::{Place, assert_intact, attempt, key, read, upsert};

const COLUMNS: [&str; 6] = ["time", "open", "high", "low", "close", "volume"];

/// Makes a series of some chunks and versions.
async fn with_history(store: &PostgresStore, key: &SeriesKey) {
    let bars = synthetic_minutes(3, 9_000);
    upsert(store, key, &bars).await;
    upsert(store, key, &minutes(4_000..4_200, 7.0)).await;
    upsert(store, key, &minutes(9_000..9_001, 7.0)).await;
}

/// A chunk that is damaged: its id, and whether the newest version shows it.
struct Target {
    chunk: Uuid,
    lives: bool,
}

async fn chunks(admin: &mut PgConnection) -> Vec<Target> {
    let rows = sqlx::query(
        "select chunk_id, retired_version is null as lives from chandlery.price_chunk order by 1",
    )
    .fetch_all(admin)
    .await
    .unwrap();
    let target = |row: &sqlx::postgres::PgRow| Target {
        chunk: row.get("chunk_id"),
        lives: row.get("lives"),
    };
    rows.iter().map(target).collect()
}

/// Flips a bit of a column of bytes; done twice, all is as before.
async fn flip(admin: &mut PgConnection, column: &str, chunk: Uuid, place: f64, bit: u8) {
    let sql = format!(
        "update chandlery.price_chunk set {column} = set_byte({column}, p, get_byte({column}, p) # {}) \
         from (select floor(octet_length({column}) * {place})::int as p from chandlery.price_chunk where chunk_id = '{chunk}') x \
         where chunk_id = '{chunk}'",
        1 << bit
    );
    assert_eq!(attempt(admin, &sql).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_flipped_bit_of_a_chunk_is_found_and_the_chunk_is_named() {
    let (flips, seed) = (scale::count(1_000), scale::seed());
    scale::announce("flipped bits", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let deadline = scale::Deadline::start();
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1m"));
    with_history(&store, &key).await;
    let mut admin = place.admin().await;
    let targets = chunks(&mut admin).await;
    assert!(targets.len() > 4 && targets.iter().any(|target| !target.lives));
    let whole = read(&store, &key).await;
    for _ in 0..flips {
        if deadline.passed() {
            break;
        }
        let target = targets.choose(&mut chance).unwrap();
        let column = *COLUMNS.choose(&mut chance).unwrap();
        let (at, bit) = (chance.random_range(0.0..1.0), chance.random_range(0..8));
        flip(&mut admin, column, target.chunk, at, bit).await;
        let named =
            |entity: &str| entity.starts_with("price_chunk (") && entity.contains(&target.chunk.to_string());
        let damages = store.verify(&key).await.unwrap().damages;
        let what = format!("{column} of {} at {at}, bit {bit}", target.chunk);
        assert_eq!(damages.len(), 1, "{what}: {damages:?}");
        assert!(named(&damages[0].entity), "{what}: {damages:?}");
        match store.read_all(BarsQuery::all(key.clone())).await {
            Err(StoreError::Corrupt { entity, .. }) if target.lives => {
                assert!(named(&entity), "{what}: {entity}");
            }
            Ok(bars) if !target.lives => assert_eq!(bars, whole),
            other => panic!("{what}: {:?}", other.map(|bars| bars.len())),
        }
        flip(&mut admin, column, target.chunk, at, bit).await;
    }
    assert_intact(&store, &key).await;
}

/// Chooses a bit of a number or of a digest somewhere: the table, the column and the SQL that flips it.
fn flip_figure(chance: &mut ChaCha8Rng) -> (&'static str, &'static str, String) {
    let (table, column) = *[
        ("price_chunk", "digest"),
        ("price_chunk", "bars"),
        ("price_chunk", "bytes"),
        ("price_chunk", "runs"),
        ("price_chunk", "last_time"),
        ("price_commit", "digest"),
        ("price_commit", "bars"),
        ("series_head", "digest"),
        ("series_head", "bars"),
    ]
    .choose(chance)
    .unwrap();
    let value = match column {
        "digest" | "runs" => {
            let (at, bit) = (chance.random_range(0.0..1.0), chance.random_range(0..8_u8));
            let p = format!("floor(octet_length({column}) * {at})::int");
            format!("set_byte({column}, {p}, get_byte({column}, {p}) # {})", 1 << bit)
        }
        _ => format!("{column} # {}", 1 << chance.random_range(0..10_u8)),
    };
    let one = format!(
        "select ctid from chandlery.{table} order by md5(ctid::text || '{}') limit 1",
        chance.random::<u32>()
    );
    let sql = format!("update chandlery.{table} set {column} = {value} where ctid = ({one})");
    (table, column, sql)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_flipped_bit_of_a_figure_is_found_and_the_table_is_named() {
    let (flips, seed) = (scale::count(1_000), scale::seed());
    scale::announce("flipped figures", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let deadline = scale::Deadline::start();
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1m"));
    with_history(&store, &key).await;
    let mut admin = place.admin().await;
    for table in ["price_chunk", "price_commit", "series_head"] {
        let kept = format!("create table kept_{table} as select * from chandlery.{table}");
        attempt(&mut admin, &kept).await.unwrap();
    }
    let mut found = 0;
    for _ in 0..flips {
        if deadline.passed() {
            break;
        }
        let (table, column, sql) = flip_figure(&mut chance);
        match attempt(&mut admin, &sql).await {
            Ok(changed) => assert_eq!(changed, 1, "{sql}"),
            // The table's own constraints stand in the way of some.
            Err(code) => {
                assert!(
                    ["23514", "23P01", "22003"].contains(&code.as_str()),
                    "{sql}: {code}"
                );
                continue;
            }
        }
        let damages = place.open().await.verify(&key).await.unwrap().damages;
        assert!(
            damages.iter().any(|damage| damage.entity.starts_with(table)),
            "{table}.{column} ({sql}): {damages:?}"
        );
        found += 1;
        let back = match table {
            "price_chunk" => {
                "update chandlery.price_chunk c set (digest, bars, bytes, runs, last_time) = \
                              (k.digest, k.bars, k.bytes, k.runs, k.last_time) \
                              from kept_price_chunk k where k.chunk_id = c.chunk_id"
            }
            "price_commit" => {
                "update chandlery.price_commit c set (digest, bars) = (k.digest, k.bars) \
                               from kept_price_commit k where k.version = c.version"
            }
            _ => {
                "update chandlery.series_head h set (digest, bars) = (k.digest, k.bars) from kept_series_head k"
            }
        };
        attempt(&mut admin, back).await.unwrap();
    }
    assert!(found > 0);
    assert_intact(&store, &key).await;
}

#[tokio::test]
async fn a_chunk_or_a_commit_that_is_missing_is_found() {
    for (sql, entity) in [
        (
            "delete from chandlery.price_chunk where chunk_id = (select chunk_id from chandlery.price_chunk limit 1)",
            "price_commit",
        ),
        (
            "set session_replication_role = replica; \
             update chandlery.price_chunk set retired_version = 3 where retired_version = 2",
            "price_commit",
        ),
        (
            "set session_replication_role = replica; delete from chandlery.price_commit where version = 2",
            "price_commit",
        ),
    ] {
        let place = Place::new().await;
        let (store, key) = (place.open().await, key("X:A/1m"));
        with_history(&store, &key).await;
        let mut admin = place.admin().await;
        attempt(&mut admin, sql).await.unwrap();
        let damages = store.verify(&key).await.unwrap().damages;
        assert!(
            damages.iter().any(|damage| damage.entity.starts_with(entity)),
            "{sql}: {damages:?}"
        );
    }
}

#[tokio::test]
async fn a_text_that_can_not_be_read_is_damage_of_its_table_and_column() {
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1m"));
    with_history(&store, &key).await;
    let mut admin = place.admin().await;
    let sql = AssertSqlSafe("update chandlery.series_head set zone = 'Mars/Olympus'".to_owned());
    sqlx::raw_sql(sql).execute(&mut admin).await.unwrap();
    match store.head(&key).await {
        Err(StoreError::Corrupt { entity, .. }) => assert_eq!(entity, "series_head, column zone"),
        other => panic!("damage was expected, not {other:?}"),
    }
}
