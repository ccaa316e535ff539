//! What the store is compared with: a table with a row a bar, filled and read by the fastest ways that there are.

use anyhow::{Result, anyhow, ensure};
use domain::market::Bars;
use futures::{TryStreamExt, stream::BoxStream};
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};

use super::place::Place;

/// PostgreSQL counts µs from 2000-01-01.
const EPOCH: i64 = 946_684_800_000_000;
const TABLE: &str = "create table bar_row (
    series_id integer not null default 1,
    ts timestamptz not null,
    open double precision not null,
    high double precision not null,
    low double precision not null,
    close double precision not null,
    volume double precision,
    primary key (series_id, ts)
)";

/// Makes the table.
pub(super) async fn make_table(place: &Place) -> Result<()> {
    sqlx::raw_sql(TABLE).execute(&place.pool).await?;
    Ok(())
}

/// Empties the table.
pub(super) async fn empty(place: &Place) -> Result<()> {
    sqlx::raw_sql("truncate bar_row").execute(&place.pool).await?;
    place.tidy().await
}

/// Fills the table by binary COPY.
pub(super) async fn copy_in(place: &Place, bars: &Bars) -> Result<()> {
    let mut connection = PgConnection::connect_with(&place.database.admin()).await?;
    let mut copy = connection
        .copy_in_raw("copy bar_row from stdin with (format binary)")
        .await?;
    let mut bytes = Vec::with_capacity(1 << 20);
    bytes.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    for bar in bars.rows() {
        bytes.extend_from_slice(&7_i16.to_be_bytes());
        field(&mut bytes, &1_i32.to_be_bytes());
        field(&mut bytes, &(bar.time - EPOCH).to_be_bytes());
        for value in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
            field(&mut bytes, &value.to_be_bytes());
        }
        if bytes.len() > (1 << 20) - 256 {
            copy.send(&bytes[..]).await?;
            bytes.clear();
        }
    }
    bytes.extend_from_slice(&(-1_i16).to_be_bytes());
    copy.send(&bytes[..]).await?;
    ensure!(copy.finish().await? == bars.len() as u64, "rows are missing");
    connection.close().await?;
    Ok(())
}

fn field(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend_from_slice(&(value.len() as i32).to_be_bytes());
    bytes.extend_from_slice(value);
}

/// Reads the rows of a stretch of time into columns; returns how many there are and the sum of the closes.
pub(super) async fn read(place: &Place, first: i64, last: i64) -> Result<(usize, f64)> {
    let sql = "select ts, open, high, low, close, volume from bar_row
               where series_id = 1
                 and ts between timestamptz 'epoch' + $1 * interval '1 microsecond'
                            and timestamptz 'epoch' + $2 * interval '1 microsecond'
               order by ts";
    columns(sqlx::query(sql).bind(first).bind(last).fetch(&place.pool)).await
}

/// Reads the newest rows into columns.
pub(super) async fn read_last(place: &Place, count: u32) -> Result<(usize, f64)> {
    let sql = "select ts, open, high, low, close, volume from bar_row where series_id = 1 order by ts desc limit $1";
    columns(sqlx::query(sql).bind(i64::from(count)).fetch(&place.pool)).await
}

async fn columns(mut rows: BoxStream<'_, Result<PgRow, sqlx::Error>>) -> Result<(usize, f64)> {
    let mut time: Vec<i64> = Vec::new();
    let mut values: [Vec<f64>; 5] = Default::default();
    while let Some(row) = rows.try_next().await? {
        // The bare bytes: a calendar type would be paid for and thrown away.
        let bytes = row.try_get_raw(0)?.as_bytes().map_err(|error| anyhow!(error))?;
        time.push(i64::from_be_bytes(bytes.try_into()?) + EPOCH);
        for (index, column) in values.iter_mut().enumerate() {
            column.push(row.try_get::<Option<f64>, _>(index + 1)?.unwrap_or(f64::NAN));
        }
    }
    ensure!(
        values.iter().all(|column| column.len() == time.len()),
        "values are missing"
    );
    Ok((time.len(), values[3].iter().sum()))
}
