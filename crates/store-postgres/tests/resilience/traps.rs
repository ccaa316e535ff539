//! What the driver does on its own: the reasons for what this crate does about connections. Each test shows what
//! happens without that; when one fails after an upgrade of the driver, its precaution may go.

use std::time::Duration;

use sqlx::{Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use testkit::postgres::Proxy;
use tokio::time::timeout;

use crate::place::{Place, attempt};

/// Longer than the server takes, and longer than who begins something has patience for.
const SLOW: Duration = Duration::from_millis(100);
const IMPATIENCE: Duration = Duration::from_millis(30);

struct Bare {
    place: Place,
    proxy: Proxy,
    pool: PgPool,
}

/// Makes a pool of one connection with nothing of this crate, behind a proxy.
async fn bare(options: PgPoolOptions) -> Bare {
    let place = Place::new().await;
    let proxy = Proxy::start(place.database.admin().get_port()).await;
    let way = place.database.admin().port(proxy.port()).application_name("bare");
    let pool = options.max_connections(1).connect_with(way).await.unwrap();
    sqlx::raw_sql("create table made (number int)")
        .execute(&pool)
        .await
        .unwrap();
    Bare { place, proxy, pool }
}

/// Returns the state that the server sees the pool's one connection in, once it is at rest.
async fn state(place: &Place) -> String {
    let mut admin = place.admin().await;
    for _ in 0..100 {
        let state: String = sqlx::query_scalar(
            "select state from pg_stat_activity where application_name = 'bare' and datname = $1",
        )
        .bind(place.database.name())
        .fetch_one(&mut admin)
        .await
        .unwrap();
        if state != "active" {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the connection does not come to rest");
}

async fn cancel_a_begin(bare: &Bare) {
    let mut connection = bare.pool.acquire().await.unwrap();
    bare.proxy.delay(SLOW);
    let begun = timeout(IMPATIENCE, Connection::begin(&mut *connection)).await;
    assert!(begun.is_err(), "it was to be cancelled");
    drop(begun);
    drop(connection);
    bare.proxy.open();
    // The connection is back in the pool when there is another caller for it.
    drop(bare.pool.acquire().await.unwrap());
    tokio::time::sleep(SLOW).await;
}

#[tokio::test]
async fn a_cancelled_begin_leaves_a_connection_in_the_pool_that_is_in_a_transaction() {
    let bare = bare(PgPoolOptions::new()).await;
    cancel_a_begin(&bare).await;
    assert_eq!(state(&bare.place).await, "idle in transaction");
    // What the next caller writes is acknowledged, and lost with the connection.
    sqlx::raw_sql("insert into made values (1)")
        .execute(&bare.pool)
        .await
        .unwrap();
    bare.proxy.cut();
    let mut admin = bare.place.admin().await;
    let made: i64 = sqlx::query_scalar("select count(*) from made")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(made, 0);
}

#[tokio::test]
async fn a_rollback_on_release_ends_what_a_cancelled_begin_began() {
    let options = PgPoolOptions::new().after_release(|connection, _| {
        Box::pin(async move {
            sqlx::raw_sql("rollback").execute(&mut *connection).await?;
            Ok(true)
        })
    });
    let bare = bare(options).await;
    cancel_a_begin(&bare).await;
    assert_eq!(state(&bare.place).await, "idle");
}

#[tokio::test]
async fn a_commit_after_an_error_says_yes_and_commits_nothing() {
    let place = Place::new().await;
    let mut connection = place.admin().await;
    attempt(&mut connection, "create table made (number int)")
        .await
        .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    sqlx::raw_sql("insert into made values (1)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    attempt(&mut transaction, "select 1 / 0").await.unwrap_err();
    transaction.commit().await.unwrap();
    let made: i64 = sqlx::query_scalar("select count(*) from made")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(made, 0);
}

#[tokio::test]
async fn a_cancelled_nested_begin_makes_the_outer_commit_do_nothing_and_say_yes() {
    let place = Place::new().await;
    let proxy = Proxy::start(place.database.admin().get_port()).await;
    let way = place.database.admin().port(proxy.port());
    let mut connection = PgConnection::connect_with(&way).await.unwrap();
    attempt(&mut connection, "create table made (number int)")
        .await
        .unwrap();
    let mut outer = connection.begin().await.unwrap();
    sqlx::raw_sql("insert into made values (1)")
        .execute(&mut *outer)
        .await
        .unwrap();
    proxy.delay(SLOW);
    assert!(
        timeout(IMPATIENCE, sqlx::Acquire::begin(&mut *outer))
            .await
            .is_err(),
        "it was to be cancelled"
    );
    proxy.open();
    outer.commit().await.unwrap();
    let made: i64 = sqlx::query_scalar("select count(*) from made")
        .fetch_one(&mut place.admin().await)
        .await
        .unwrap();
    assert_eq!(made, 0);
}
