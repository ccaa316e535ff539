//! Listing series.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{Order, SeriesHead, SeriesKey, SeriesPosition, SeriesQuery, SeriesSort},
    page::Page,
};
use sqlx::{Postgres, QueryBuilder, postgres::PgRow};

use super::{
    found::{head_of, timeframe_order},
    row::Row,
};
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

const KEY: [&str; 3] = ["i.venue", "i.symbol", "s.timeframe_order"];

/// Returns the column that a list is sorted by, if it is not the key.
fn rank(sort: SeriesSort) -> Option<&'static str> {
    match sort {
        SeriesSort::Key => None,
        SeriesSort::Bars => Some("h.bars"),
        SeriesSort::First => Some("h.first_time"),
        SeriesSort::Last => Some("h.last_time"),
        SeriesSort::Gaps => Some("h.gaps"),
        SeriesSort::Updated => Some("h.updated_at"),
    }
}

/// Lists a page of series.
pub(super) async fn list(
    shared: &Arc<Shared>,
    query: &SeriesQuery,
) -> Result<Page<SeriesHead, SeriesPosition>, Fault> {
    let mut sql = select(query);
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let rows = lease.all(sql.build()).await?;
    let heads = rows.iter().map(listed).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(heads, query.page.limit, |head| {
        query.sort.position(head)
    }))
}

fn select(query: &SeriesQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(include_str!("sql/list.sql"));
    let filter = &query.filter;
    if let Some(venue) = &filter.venue {
        sql.push(" and i.venue = ").push_bind(venue.as_str().to_owned());
    }
    if let Some(symbol) = &filter.symbol {
        sql.push(" and i.symbol = ").push_bind(symbol.as_str().to_owned());
    }
    if let Some(timeframe) = filter.timeframe {
        sql.push(" and s.timeframe_order = ")
            .push_bind(timeframe_order(timeframe));
    }
    if let Some(text) = &filter.text {
        sql.push(" and position(")
            .push_bind(text.to_lowercase())
            .push(" in s.key_folded) > 0");
    }
    if let Some(after) = &query.page.after {
        push_after(&mut sql, query, after);
    }
    let direction = if query.order == Order::Ascending {
        ""
    } else {
        " desc"
    };
    sql.push(" order by ");
    if let Some(rank) = rank(query.sort) {
        sql.push(format_args!("{rank}{direction} nulls last, "));
    }
    sql.push(KEY.map(|column| format!("{column}{direction}")).join(", "));
    sql.push(" limit ").push_bind(query.page.limit.get() as i64 + 1);
    sql
}

/// Leaves what stands behind a position.
fn push_after(sql: &mut QueryBuilder<Postgres>, query: &SeriesQuery, after: &SeriesPosition) {
    let beyond = if query.order == Order::Ascending { ">" } else { "<" };
    let Some(column) = rank(query.sort) else {
        sql.push(" and ");
        // The first columns alone can be looked up in an index.
        push_instrument(sql, beyond, &after.key);
        sql.push(" and ");
        return push_key(sql, beyond, &after.key);
    };
    if let Some(rank) = after.rank {
        sql.push(format_args!(" and ({column} {beyond} ")).push_bind(rank);
        sql.push(format_args!(" or {column} is null or ({column} = "))
            .push_bind(rank)
            .push(" and ");
        push_key(sql, beyond, &after.key);
        sql.push("))");
    } else {
        sql.push(format_args!(" and {column} is null and "));
        push_key(sql, beyond, &after.key);
    }
}

fn push_instrument(sql: &mut QueryBuilder<Postgres>, beyond: &str, key: &SeriesKey) {
    sql.push(format_args!("(i.venue, i.symbol) {beyond}= ("));
    sql.push_bind(key.venue.as_str().to_owned()).push(", ");
    sql.push_bind(key.symbol.as_str().to_owned()).push(")");
}

fn push_key(sql: &mut QueryBuilder<Postgres>, beyond: &str, key: &SeriesKey) {
    sql.push(format_args!("({}) {beyond} (", KEY.join(", ")));
    sql.push_bind(key.venue.as_str().to_owned()).push(", ");
    sql.push_bind(key.symbol.as_str().to_owned()).push(", ");
    sql.push_bind(timeframe_order(key.timeframe)).push(")");
}

fn listed(row: &PgRow) -> Result<SeriesHead, StoreError> {
    let row = Row::new(row, "price_series");
    let key = SeriesKey::new(
        row.parsed("venue")?,
        row.parsed("symbol")?,
        row.parsed("timeframe")?,
    );
    head_of(&row, key)
}
