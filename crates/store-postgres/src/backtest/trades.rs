//! The trades of a backtest: a row each.

use domain::{
    backtest::{ExitReason, Side, Trade, TradesQuery},
    error::{Cause, StoreError},
    id::BacktestId,
    market::Timestamp,
    page::Page,
};
use serde_json::Value;
use sqlx::postgres::PgRow;

use crate::{
    database::{Fault, Lane, Lease, damaged},
    market::Row,
};

/// How many trades one statement carries.
const STATEMENT_TRADES: usize = 10_000;

/// Adds trades.
pub(super) async fn add(lease: &mut Lease, id: BacktestId, trades: &[Trade]) -> Result<(), Fault> {
    for trades in trades.chunks(STATEMENT_TRADES) {
        let numbers = |of: fn(&Trade) -> f64| trades.iter().map(of).collect::<Vec<_>>();
        let times = |of: fn(&Trade) -> Timestamp| trades.iter().map(|trade| of(trade).micros()).collect();
        let names = |of: fn(&Trade) -> &'static str| trades.iter().map(of).collect::<Vec<_>>();
        let (entry_times, exit_times): (Vec<i64>, Vec<i64>) =
            (times(|trade| trade.entry_time), times(|trade| trade.exit_time));
        let query = sqlx::query(include_str!("sql/add_trades.sql"))
            .bind(id.as_uuid())
            .bind(
                trades
                    .iter()
                    .map(|trade| i64::from(trade.number))
                    .collect::<Vec<_>>(),
            )
            .bind(names(|trade| trade.side.as_str()))
            .bind(numbers(|trade| trade.units))
            .bind(entry_times)
            .bind(numbers(|trade| trade.entry_price))
            .bind(exit_times)
            .bind(numbers(|trade| trade.exit_price))
            .bind(names(|trade| trade.exit_reason.as_str()))
            .bind(numbers(|trade| trade.gross))
            .bind(numbers(|trade| trade.costs))
            .bind(numbers(|trade| trade.net))
            .bind(numbers(|trade| trade.net_return));
        lease.execute(query).await?;
    }
    Ok(())
}

/// Returns the connections by which trades are listed: many are long work.
pub(super) fn lane_of(query: &TradesQuery) -> Lane {
    if query.page.limit.get() > STATEMENT_TRADES {
        Lane::Bulk
    } else {
        Lane::Requests
    }
}

/// Lists the trades of a backtest; nothing when there is no such backtest.
pub(super) async fn list(lease: &mut Lease, query: &TradesQuery) -> Result<Option<Page<Trade, u32>>, Fault> {
    let TradesQuery { backtest: id, page } = query;
    let after = page.after.unwrap_or_default();
    let wanted = (page.limit.get() as u64).saturating_add(1);
    let statement = sqlx::query(include_str!("sql/trades.sql"))
        .bind(id.as_uuid())
        .bind(i64::from(after))
        .bind(i64::try_from(wanted).unwrap_or(i64::MAX));
    let rows = lease.all(statement).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let place = format!("trade (backtest_id {id})");
    let first = Row::new(first, &place);
    // They are numbered from 1 without a hole.
    let count = first
        .count("trade_count")?
        .saturating_sub(after.into())
        .min(wanted);
    // Without trades there is one row, of the backtest alone.
    let number: Option<i64> = first.get("number")?;
    let rows = if number.is_some() { &*rows } else { &[] };
    let trades = rows.iter().map(|row| trade_of(row, &place));
    let trades: Vec<Trade> = trades.collect::<Result<_, _>>()?;
    let numbers = trades.iter().map(|trade| trade.number);
    if rows.len() as u64 != count || !numbers.eq((1..).map(|number| after + number).take(rows.len())) {
        let problem = format!("there are {} rows of {count} behind number {after}", rows.len());
        return Err(damaged(place, problem).into());
    }
    Ok(Some(Page::cut(trades, page.limit, |trade| trade.number)))
}

fn trade_of(row: &PgRow, place: &str) -> Result<Trade, StoreError> {
    let row = Row::new(row, place);
    let wrong = |column: &str, cause: Cause| StoreError::corrupt(format!("{place}, column {column}"), cause);
    let name = |column| Ok::<_, StoreError>(Value::from(row.get::<&str>(column)?));
    let time = |column| Timestamp::from_micros(row.get(column)?).map_err(|error| wrong(column, error.into()));
    let number: i64 = row.get("number")?;
    let side: Result<Side, _> = serde_json::from_value(name("side")?);
    let exit_reason: Result<ExitReason, _> = serde_json::from_value(name("exit_reason")?);
    Ok(Trade {
        number: u32::try_from(number).map_err(|error| wrong("number", error.into()))?,
        side: side.map_err(|error| wrong("side", error.into()))?,
        units: row.get("units")?,
        entry_time: time("entry_time")?,
        entry_price: row.get("entry_price")?,
        exit_time: time("exit_time")?,
        exit_price: row.get("exit_price")?,
        exit_reason: exit_reason.map_err(|error| wrong("exit_reason", error.into()))?,
        gross: row.get("gross")?,
        costs: row.get("costs")?,
        net: row.get("net")?,
        net_return: row.get("net_return")?,
    })
}
