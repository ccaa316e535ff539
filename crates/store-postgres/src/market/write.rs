//! The statements of a commit's transaction.

use std::sync::Arc;

use domain::{
    error::{EntityRef, StoreError},
    id::{IdSource, SeriesId},
    market::{Commit, Instrument, SeriesKey, SetDigest, Symbol, Venue, Zone},
};
use sqlx::Row as _;
use uuid::Uuid;

use super::{
    daily::{DayRow, Days},
    found::{Found, timeframe_order},
    instruments::folded,
    prepare::Ready,
    row::{Row, digest_bytes},
    runs,
    staged::{StagedChunk, Staging},
};
use crate::{
    codec::EncodedColumns,
    database::{Fault, Lease},
};

/// How many bytes of chunks one statement carries.
const STATEMENT_BYTES: u64 = 8 << 20;

/// Returns the row of a day, if the series has one.
pub(super) async fn stored_day(
    lease: &mut Lease,
    series: SeriesId,
    day: i64,
) -> Result<Option<DayRow>, Fault> {
    let Ok(number) = i32::try_from(day) else {
        return Ok(None);
    };
    let query = sqlx::query(include_str!("sql/day.sql"));
    let Some(row) = lease.optional(query.bind(series.as_uuid()).bind(number)).await? else {
        return Ok(None);
    };
    let row = Row::new(&row, "reporting.daily_bar");
    let volume: Option<f64> = row.get("volume")?;
    Ok(Some(DayRow {
        day,
        open: row.get("open")?,
        high: row.get("high")?,
        low: row.get("low")?,
        close: row.get("close")?,
        volume: volume.unwrap_or(f64::NAN),
    }))
}

/// Makes the instrument and the series of a key as far as they are missing, and returns the series; none when the
/// instrument has another zone by now. Another transaction that makes the same ones is waited for.
pub(super) async fn ensure_series(
    lease: &mut Lease,
    found: &Found,
    ids: &dyn IdSource,
) -> Result<Option<SeriesId>, Fault> {
    let key = &found.key;
    let instrument = Instrument::new(key.venue.clone(), key.symbol.clone());
    let (venue_folded, symbol_folded) = folded(&instrument);
    let query = sqlx::query(include_str!("sql/ensure_instrument.sql"))
        .bind(ids.next_uuid())
        .bind(key.venue.as_str())
        .bind(key.symbol.as_str())
        .bind(venue_folded)
        .bind(symbol_folded)
        .bind(instrument.asset_class.as_str())
        .bind(instrument.zone.name())
        .bind(i32::from(instrument.sessions_per_year));
    lease.execute(query).await?;
    let query = sqlx::query("select id from instrument where venue = $1 and symbol = $2");
    let row = lease
        .optional(query.bind(key.venue.as_str()).bind(key.symbol.as_str()))
        .await?;
    let Some(row) = row else {
        let other = differs_by_case(lease, &key.venue, &key.symbol).await?;
        return Err(other.map_or(Fault::Crossed(sqlx::Error::RowNotFound), Fault::from));
    };
    let instrument_id: Uuid = row.try_get("id")?;
    if zone_held(lease, key).await?.as_ref() != Some(&found.zone) {
        return Ok(None);
    }
    let query = sqlx::query(include_str!("sql/ensure_series.sql"))
        .bind(ids.next_uuid())
        .bind(instrument_id)
        .bind(key.timeframe.to_string())
        .bind(timeframe_order(key.timeframe))
        .bind(key.to_string().to_lowercase());
    lease.execute(query).await?;
    let query = sqlx::query("select id from price_series where instrument_id = $1 and timeframe_order = $2");
    let query = query.bind(instrument_id).bind(timeframe_order(key.timeframe));
    let Some(row) = lease.optional(query).await? else {
        return Err(StoreError::NotFound(EntityRef::Series(key.clone())).into());
    };
    let series: Uuid = row.try_get("id")?;
    let query = sqlx::query(include_str!("sql/ensure_head.sql"));
    let query = query
        .bind(series)
        .bind(digest_bytes(SetDigest::EMPTY))
        .bind(found.zone.name());
    lease.execute(query).await?;
    Ok(Some(SeriesId::from_uuid(series)))
}

/// Returns the zone of an instrument; that of a head may be an old one.
pub(super) async fn zone_now(lease: &mut Lease, key: &SeriesKey) -> Result<Option<Zone>, Fault> {
    read_zone(lease, key, include_str!("sql/zone.sql")).await
}

/// Returns the zone of an instrument, and holds it until the transaction ends: who changes it then finds the series
/// that are counted in the old one.
pub(super) async fn zone_held(lease: &mut Lease, key: &SeriesKey) -> Result<Option<Zone>, Fault> {
    read_zone(lease, key, concat!(include_str!("sql/zone.sql"), "for share")).await
}

async fn read_zone(lease: &mut Lease, key: &SeriesKey, sql: &'static str) -> Result<Option<Zone>, Fault> {
    let query = sqlx::query(sql);
    let row = lease
        .optional(query.bind(key.venue.as_str()).bind(key.symbol.as_str()))
        .await?;
    let zone = row.map(|row| Row::new(&row, "instrument").parsed("zone"));
    Ok(zone.transpose()?)
}

/// Names the instrument that is in the way of one whose name differs by case alone, if there is one.
pub(super) async fn differs_by_case(
    lease: &mut Lease,
    venue: &Venue,
    symbol: &Symbol,
) -> Result<Option<StoreError>, Fault> {
    let query =
        sqlx::query("select venue, symbol from instrument where venue_folded = $1 and symbol_folded = $2");
    let query = query
        .bind(venue.as_str().to_lowercase())
        .bind(symbol.as_str().to_lowercase());
    let Some(row) = lease.optional(query).await? else {
        return Ok(None);
    };
    let (stored_venue, stored_symbol): (String, String) = (row.try_get("venue")?, row.try_get("symbol")?);
    if (stored_venue.as_str(), stored_symbol.as_str()) == (venue.as_str(), symbol.as_str()) {
        return Ok(None);
    }
    Ok(Some(StoreError::AlreadyExists {
        entity: EntityRef::Instrument(venue.clone(), symbol.clone()),
        reason: format!("{stored_venue}:{stored_symbol} differs from it by case alone; use that name"),
    }))
}

/// Moves the head on, adds the commit and retires chunks; tells whether the head was still what was found.
pub(super) async fn advance(
    lease: &mut Lease,
    series: SeriesId,
    found: &Found,
    ready: &Ready,
) -> Result<bool, Fault> {
    let commit = &ready.commit;
    let times: Vec<i64> = ready.retire.iter().map(|chunk| chunk.first).collect();
    let ids: Vec<Uuid> = ready.retire.iter().map(|chunk| chunk.id).collect();
    let query = sqlx::query(include_str!("sql/advance.sql"))
        .bind(series.as_uuid())
        .bind(found.version().0 as i64)
        .bind(commit.version.0 as i64)
        .bind(commit.bars as i64)
        .bind(ready.span.map(|span| span.0))
        .bind(ready.span.map(|span| span.1))
        .bind(ready.gaps as i64)
        .bind(digest_bytes(commit.digest))
        .bind(ready.bytes as i64)
        .bind(commit.committed_at.micros());
    let query = with_commit(query, commit)
        .bind(times)
        .bind(ids)
        .bind(found.zone.name());
    let Some(row) = lease.optional(query).await? else {
        return Ok(false);
    };
    let (made, retired): (i64, i64) = (row.try_get("made")?, row.try_get("retired")?);
    Ok(made == 1 && retired == ready.retire.len() as i64)
}

fn with_commit<'q>(
    query: crate::database::Statement<'q>,
    commit: &'q Commit,
) -> crate::database::Statement<'q> {
    query
        .bind(commit.kind.to_string())
        .bind(commit.author.as_str())
        .bind(commit.reason.as_deref())
        .bind(commit.import_id.map(|id| id.as_uuid()))
        .bind(commit.source_name.as_deref())
        .bind(
            commit
                .source_sha256
                .as_ref()
                .map(domain::market::Sha256Hex::as_str),
        )
        .bind(commit.inserted as i64)
        .bind(commit.changed as i64)
        .bind(commit.deleted as i64)
        .bind(commit.idempotency_key.as_deref())
        .bind(commit.payload.map(digest_bytes))
}

/// Adds the chunks that a commit brings.
pub(super) async fn add_chunks(
    lease: &mut Lease,
    series: SeriesId,
    found: &Found,
    staging: &Staging,
    ready: &Ready,
    ids: &dyn IdSource,
) -> Result<(), Fault> {
    let mut batch: Vec<&Arc<StagedChunk>> = Vec::new();
    let mut bytes = 0;
    for chunk in &ready.add {
        batch.push(chunk);
        bytes += chunk.bytes;
        if bytes >= STATEMENT_BYTES {
            add_batch(lease, series, found, staging, ready, &batch).await?;
            (batch, bytes) = (Vec::new(), 0);
        }
    }
    if !batch.is_empty() {
        add_batch(lease, series, found, staging, ready, &batch).await?;
    }
    if !ready.copy.is_empty() {
        let query = sqlx::query(include_str!("sql/copy_chunks.sql"))
            .bind(series.as_uuid())
            .bind(ready.commit.version.0 as i64)
            .bind(ready.copy.iter().map(|chunk| chunk.first).collect::<Vec<_>>())
            .bind(ready.copy.iter().map(|chunk| chunk.id).collect::<Vec<_>>())
            .bind(ready.copy.iter().map(|_| ids.next_uuid()).collect::<Vec<_>>());
        let copied = lease.execute(query).await?;
        check_count(copied, ready.copy.len())?;
    }
    Ok(())
}

fn check_count(done: u64, wanted: usize) -> Result<(), StoreError> {
    if done == wanted as u64 {
        return Ok(());
    }
    Err(StoreError::unavailable(format!(
        "{done} of {wanted} chunks could be stored; the others are gone: try again"
    )))
}

async fn add_batch(
    lease: &mut Lease,
    series: SeriesId,
    found: &Found,
    staging: &Staging,
    ready: &Ready,
    batch: &[&Arc<StagedChunk>],
) -> Result<(), Fault> {
    let timeframe = found.key.timeframe;
    // Columns that wait in the database are null here, and taken from there.
    let columns: Vec<Option<&EncodedColumns>> = batch.iter().map(|chunk| chunk.columns.as_ref()).collect();
    let column = |index: usize| -> Vec<Option<&[u8]>> {
        columns
            .iter()
            .map(|columns| Some(columns.as_ref()?.values[index].as_slice()))
            .collect()
    };
    let times: Vec<Option<&[u8]>> = columns
        .iter()
        .map(|columns| Some(columns.as_ref()?.time.as_slice()))
        .collect();
    let query = sqlx::query(include_str!("sql/add_chunks.sql"))
        .bind(series.as_uuid())
        .bind(ready.commit.version.0 as i64)
        .bind(staging.id())
        .bind(batch.iter().map(|chunk| chunk.id).collect::<Vec<_>>())
        .bind(batch.iter().map(|chunk| chunk.first).collect::<Vec<_>>())
        .bind(batch.iter().map(|chunk| chunk.last).collect::<Vec<_>>())
        .bind(batch.iter().map(|chunk| chunk.bars as i32).collect::<Vec<_>>())
        .bind(batch.iter().map(|chunk| chunk.bytes as i32).collect::<Vec<_>>())
        .bind(
            batch
                .iter()
                .map(|chunk| digest_bytes(chunk.digest))
                .collect::<Vec<_>>(),
        )
        .bind(
            batch
                .iter()
                .map(|chunk| runs::to_bytes(&chunk.runs, timeframe))
                .collect::<Vec<_>>(),
        )
        .bind(times)
        .bind(column(0))
        .bind(column(1))
        .bind(column(2))
        .bind(column(3))
        .bind(column(4));
    let added = lease.execute(query).await?;
    check_count(added, batch.len())?;
    Ok(())
}

/// Brings the rows of touched days up to date.
pub(super) async fn put_days(
    lease: &mut Lease,
    series: SeriesId,
    days: &Days,
    rows: &[DayRow],
) -> Result<(), Fault> {
    if !days.0.is_empty() {
        // Days that the database does not know have no rows.
        let clamp = |day: i64| day.clamp(i64::from(i32::MIN) / 2, i64::from(i32::MAX) / 2) as i32;
        let query = sqlx::query(include_str!("sql/clear_days.sql"))
            .bind(series.as_uuid())
            .bind(
                days.0
                    .iter()
                    .map(|range| clamp(range.0).max(-2_440_588))
                    .collect::<Vec<_>>(),
            )
            .bind(
                days.0
                    .iter()
                    .map(|range| clamp(range.1).max(-2_440_589))
                    .collect::<Vec<_>>(),
            );
        lease.execute(query).await?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let query = sqlx::query(include_str!("sql/put_days.sql"))
        .bind(series.as_uuid())
        .bind(rows.iter().map(|row| row.day as i32).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.open).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.high).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.low).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.close).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|row| Some(row.volume).filter(|volume| !volume.is_nan()))
                .collect::<Vec<_>>(),
        );
    lease.execute(query).await?;
    Ok(())
}
