//! Lists of backtests: by id, or by a figure, of which each has an index.

use domain::{
    backtest::{Backtest, BacktestPosition, BacktestSort, BacktestsFilter, BacktestsQuery},
    error::{EntityRef, StoreError},
    id::BacktestId,
    market::{Order, SeriesKey},
    page::Page,
};
use sqlx::{Postgres, QueryBuilder, postgres::PgRow};
use uuid::Uuid;

use super::record::{backtest_of, columns};
use crate::{
    database::{Fault, Lease},
    market::{Row, timeframe_order},
    passed_over::PassedOver,
};

/// Which stretch of a list: backtests without the figure come behind all others, whichever way the list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stretch {
    /// All, by id.
    ById,
    /// Those that have the figure, by it.
    With(&'static str),
    /// Those that lack it, by id.
    Without(&'static str),
}

/// Lists a page of backtests.
pub(super) async fn list(
    lease: &mut Lease,
    query: &BacktestsQuery,
    passed_over: &PassedOver,
) -> Result<Page<Backtest, BacktestPosition>, Fault> {
    let wanted = query.page.limit.get() + 1;
    let mut items = Vec::new();
    if let Some(filter) = Filter::of(lease, &query.filter).await? {
        for stretch in stretches(query)? {
            let mut sql = select(query, &filter, stretch, wanted - items.len());
            for row in lease.all(sql.build()).await? {
                items.push((position_of(&row)?, row));
            }
            if items.len() >= wanted {
                break;
            }
        }
    }
    let page = Page::cut(items, query.page.limit, |(position, _)| *position);
    let readable = page.items.iter().map(|(position, row)| {
        let entity = EntityRef::Backtest(position.id);
        passed_over.readable(&entity, backtest_of(row))
    });
    Ok(Page {
        items: readable.filter_map(Result::transpose).collect::<Result<_, _>>()?,
        next: page.next,
    })
}

/// Tells where a row stands, whether the rest of it can be read or not.
fn position_of(row: &PgRow) -> Result<BacktestPosition, StoreError> {
    let row = Row::new(row, "backtest");
    Ok(BacktestPosition {
        rank: row.get("rank")?,
        id: BacktestId::from_uuid(row.get("id")?),
    })
}

/// Returns the stretches that a page may touch, in order.
fn stretches(query: &BacktestsQuery) -> Result<Vec<Stretch>, StoreError> {
    let BacktestSort::Figure(asked) = query.sort else {
        return Ok(vec![Stretch::ById]);
    };
    // Its name becomes part of the statement.
    let known = BacktestSort::FIGURES.into_iter().find(|name| *name == asked);
    let Some(figure) = known else {
        return Err(StoreError::Invalid(format!(
            "backtests can't be sorted by `{asked}`"
        )));
    };
    let is_among_the_last = query.page.after.is_some_and(|after| after.rank.is_none());
    let (with, without) = (Stretch::With(figure), Stretch::Without(figure));
    Ok(if is_among_the_last {
        vec![without]
    } else {
        vec![with, without]
    })
}

/// A filter, as the database knows its parts.
struct Filter<'a> {
    asked: &'a BacktestsFilter,
    version: Option<i64>,
    series: Option<Uuid>,
}

impl<'a> Filter<'a> {
    /// Looks up what is filtered by; nothing when no backtest can have it.
    async fn of(lease: &mut Lease, asked: &'a BacktestsFilter) -> Result<Option<Self>, Fault> {
        let mut filter = Self {
            asked,
            version: None,
            series: None,
        };
        if let Some(version) = asked.version {
            let Ok(version) = i64::try_from(version.0) else {
                return Ok(None);
            };
            filter.version = Some(version);
        }
        if let Some(key) = &asked.series {
            let Some(series) = series_of(lease, key).await? else {
                return Ok(None);
            };
            filter.series = Some(series);
        }
        Ok(Some(filter))
    }

    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        let asked = self.asked;
        if let Some(strategy) = &asked.strategy {
            sql.push(" and b.strategy = ")
                .push_bind(strategy.as_str().to_owned());
        }
        if let Some(version) = self.version {
            sql.push(" and b.strategy_version = ").push_bind(version);
        }
        if let Some(series) = self.series {
            sql.push(" and b.id in (select backtest_id from backtest_input where series_id = ");
            sql.push_bind(series).push(")");
        }
        if let Some(status) = asked.status {
            sql.push(" and b.status = ").push_bind(status.as_str());
        }
        if let Some(tag) = &asked.tag {
            sql.push(" and ").push_bind(tag.clone()).push(" = any(b.tags)");
        }
        if let Some(author) = &asked.author {
            sql.push(" and b.author = ").push_bind(author.as_str().to_owned());
        }
        if let Some(sweep) = asked.sweep {
            sql.push(" and b.sweep_id = ").push_bind(sweep.as_uuid());
        }
        if let Some(text) = &asked.text {
            // Not by LIKE, whose wildcards a text may hold.
            sql.push(" and exists (select from unnest(b.folded) as place where strpos(place, ");
            sql.push_bind(text.to_lowercase()).push(") > 0)");
        }
    }
}

async fn series_of(lease: &mut Lease, key: &SeriesKey) -> Result<Option<Uuid>, Fault> {
    let query = sqlx::query(include_str!("sql/series.sql"))
        .bind(key.venue.as_str())
        .bind(key.symbol.as_str())
        .bind(timeframe_order(key.timeframe));
    let row = lease.optional(query).await?;
    Ok(row
        .map(|row| Row::new(&row, "price_series").get("id"))
        .transpose()?)
}

fn select(
    query: &BacktestsQuery,
    filter: &Filter<'_>,
    stretch: Stretch,
    limit: usize,
) -> QueryBuilder<Postgres> {
    let (beyond, direction) = match query.order {
        Order::Ascending => (">", ""),
        Order::Descending => ("<", " desc"),
    };
    let mut sql = QueryBuilder::new(concat!("select ", columns!(), ", "));
    match stretch {
        Stretch::With(figure) => sql.push(format_args!("b.{figure}")),
        Stretch::ById | Stretch::Without(_) => sql.push("null::double precision"),
    };
    sql.push(" as rank from backtest b where true");
    filter.push(&mut sql);
    match (stretch, query.page.after) {
        (Stretch::With(figure), after) => {
            sql.push(format_args!(" and b.{figure} is not null"));
            if let Some(BacktestPosition { rank: Some(rank), id }) = after {
                sql.push(format_args!(
                    " and (b.{figure}, sign_order(b.{figure}), b.id) {beyond} ("
                ));
                sql.push_bind(rank)
                    .push(", sign_order(")
                    .push_bind(rank)
                    .push("), ");
                sql.push_bind(id.as_uuid()).push(")");
            }
            sql.push(format_args!(
                " order by b.{figure}{direction}, sign_order(b.{figure}){direction}, "
            ));
        }
        (Stretch::Without(figure), after) => {
            sql.push(format_args!(" and b.{figure} is null"));
            if let Some(BacktestPosition { rank: None, id }) = after {
                sql.push(format_args!(" and b.id {beyond} "))
                    .push_bind(id.as_uuid());
            }
            sql.push(" order by ");
        }
        (Stretch::ById, after) => {
            if let Some(after) = after {
                sql.push(format_args!(" and b.id {beyond} "))
                    .push_bind(after.id.as_uuid());
            }
            sql.push(" order by ");
        }
    }
    sql.push(format_args!("b.id{direction} limit "))
        .push_bind(limit as i64);
    sql
}
