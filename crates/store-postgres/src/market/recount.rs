//! Counting gaps and days again, after the zone of an instrument has changed.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{ColumnSet, Instrument, SeriesKey, TimeRange, TradingCalendar, Zone},
};
use tokio::task;

use super::{
    chunk::chunks_of,
    daily::{DayRow, Days, is_rolled_up, join, roll_up, zone_of},
    found::{Found, FoundSeries},
    payload,
    publish::{MOST_ATTEMPTS, OPTIMISTIC_ATTEMPTS, Restless},
    row::Row,
    runs,
    staged::TaskFault,
    write::{put_days, zone_held, zone_now},
};
use crate::{
    database::{Attempts, Fault, Lane, Lease},
    store::Shared,
};

/// How many chunks are rolled up at a time.
const BATCH: usize = 64;

/// Brings every series of an instrument to its zone. Series that are in it already are left alone.
pub(super) async fn recount(shared: &Arc<Shared>, instrument: &Instrument) -> Result<(), StoreError> {
    for key in stale(shared, instrument).await.map_err(StoreError::from)? {
        let mut attempts = Attempts::within(shared.options.lock_wait);
        let mut moved = 0;
        loop {
            match series(shared, &key, moved >= OPTIMISTIC_ATTEMPTS).await {
                Ok(true) => break,
                // What was counted is old.
                Ok(false) if moved >= MOST_ATTEMPTS => return Err(StoreError::unavailable(Restless(key))),
                Ok(false) => moved += 1,
                Err(fault) => attempts.again(fault).await?,
            }
        }
    }
    Ok(())
}

async fn stale(shared: &Arc<Shared>, instrument: &Instrument) -> Result<Vec<SeriesKey>, Fault> {
    let query = sqlx::query(include_str!("sql/stale.sql"))
        .bind(instrument.venue.as_str())
        .bind(instrument.symbol.as_str());
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let rows = lease.all(query).await?;
    let key = |row| {
        let timeframe = Row::new(row, "price_series").parsed("timeframe")?;
        Ok(SeriesKey::new(
            instrument.venue.clone(),
            instrument.symbol.clone(),
            timeframe,
        ))
    };
    Ok(rows.iter().map(key).collect::<Result<_, StoreError>>()?)
}

/// Counts one series again, on request while it is held; tells whether it and its zone stayed meanwhile.
async fn series(shared: &Arc<Shared>, key: &SeriesKey, in_hold: bool) -> Result<bool, Fault> {
    let mut lease = shared.database.lease(Lane::Bulk).await?;
    let mut found = Found::look(&mut lease, key).await?;
    if in_hold && let Some(series) = &found.series {
        lease.begin().await?;
        lease.be_patient().await?;
        series.hold(&mut lease).await?;
        found = Found::look(&mut lease, key).await?;
    }
    let (Some(series), Some(zone)) = (&found.series, zone_now(&mut lease, key).await?) else {
        return Ok(true);
    };
    if found.zone == zone {
        return Ok(true);
    }
    let head = &series.head;
    let runs = shared
        .runs
        .load(&mut lease, head.id, head.version, key.timeframe)
        .await?;
    let runs = runs::all(&runs);
    let gaps = TradingCalendar::learn(key.timeframe, &zone, &runs).missing(&runs);
    let rows = if is_rolled_up(key.timeframe) {
        all_days(&mut lease, series, &zone_of(key.timeframe, &zone)).await?
    } else {
        Vec::new()
    };
    if !in_hold {
        lease.begin().await?;
    }
    let query =
        sqlx::query("update series_head set gaps = $3, zone = $4 where series_id = $1 and version = $2")
            .bind(head.id.as_uuid())
            .bind(head.version.0 as i64)
            .bind(gaps as i64)
            .bind(zone.name());
    let stayed = zone_held(&mut lease, key).await?.as_ref() == Some(&zone);
    if !stayed || lease.execute(query).await? == 0 {
        lease.roll_back().await?;
        return Ok(false);
    }
    let all = Days(vec![(i64::from(i32::MIN), i64::from(i32::MAX))]);
    put_days(&mut lease, head.id, &all, &rows).await?;
    lease.commit().await?;
    Ok(true)
}

async fn all_days(lease: &mut Lease, series: &FoundSeries, zone: &Zone) -> Result<Vec<DayRow>, Fault> {
    let chunks = chunks_of(lease, series, series.head.version, &TimeRange::ALL).await?;
    let mut rows = Vec::new();
    for batch in chunks.chunks(BATCH) {
        let payloads = payload::fetch(lease, series.id(), batch, ColumnSet::ALL).await?;
        let (id, batch, zone) = (series.id(), batch.to_vec(), zone.clone());
        let roll = move || {
            let mut rows = Vec::new();
            for (payload, chunk) in payloads.iter().zip(&batch) {
                rows.extend(roll_up(&payload.decode_bars(id, chunk)?, &zone));
            }
            Ok::<_, StoreError>(rows)
        };
        let rolled = task::spawn_blocking(roll).await;
        rows.extend(rolled.map_err(|error| StoreError::unavailable(TaskFault(error)))??);
    }
    Ok(join(rows))
}
