//! Writers that sleep in the database, behind a lock that a test holds.

use std::time::Duration;

use sqlx::PgConnection;
use testkit::stopwatch::Stopwatch;

use crate::place::Place;

/// Holds the heads of some series, so that who writes them sleeps in the database.
pub(crate) async fn hold_heads(place: &Place) -> PgConnection {
    let mut admin = place.admin().await;
    sqlx::raw_sql("begin; select * from chandlery.series_head for update")
        .execute(&mut admin)
        .await
        .unwrap();
    admin
}

/// Waits until that many connections of the store sleep.
pub(crate) async fn wait_until_asleep(place: &Place, count: i64) {
    let mut admin = place.admin().await;
    let begin = Stopwatch::start();
    loop {
        let asleep: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = $1 and usename = 'chandlery_app' \
             and wait_event_type = 'Lock'",
        )
        .bind(place.database.name())
        .fetch_one(&mut admin)
        .await
        .unwrap();
        if asleep == count {
            return;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "{asleep} of {count} sleep"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
