//! A backtest as its row has it.

use std::collections::BTreeSet;

use domain::{
    backtest::{Backtest, BacktestSort, NewBacktest, RunStatus},
    error::StoreError,
    id::BacktestId,
    market::Timestamp,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{result, result::Coded, unknown};
use crate::{
    database::{Fault, Lease, Statement, damaged},
    market::Row,
};

/// The columns that [`backtest_of`] reads, of a table that is called `b`.
macro_rules! columns {
    () => {
        "b.id, b.status, b.finished_at, b.title, b.notes, b.tags, b.record::text as record"
    };
}
pub(super) use columns;

/// Reads a row; what its columns tell alone is taken from them.
pub(crate) fn backtest_of(row: &PgRow) -> Result<Backtest, StoreError> {
    let row = Row::new(row, "backtest");
    let id: Uuid = row.get("id")?;
    let place = format!("backtest (id {id})");
    let row = Row {
        of: &place,
        row: row.row,
    };
    let record: &str = row.get("record")?;
    let record: Backtest = serde_json::from_str(record)
        .map_err(|error| StoreError::corrupt(format!("{place}, column record"), error))?;
    if record.id.as_uuid() != id {
        let problem = format!("it is that of backtest {}", record.id);
        return Err(damaged(format!("{place}, column record"), problem));
    }
    let finished_at: Option<i64> = row.get("finished_at")?;
    let tags: Vec<String> = row.get("tags")?;
    Ok(Backtest {
        status: row.parsed("status")?,
        finished_at: finished_at.map(Timestamp::saturating),
        title: row.get("title")?,
        notes: row.get("notes")?,
        tags: tags.into_iter().collect(),
        ..record
    })
}

/// Returns a backtest, if it is there.
pub(crate) async fn find(lease: &mut Lease, id: BacktestId) -> Result<Option<Backtest>, Fault> {
    let query = sqlx::query(concat!("select ", columns!(), " from backtest b where b.id = $1"));
    let row = lease.optional(query.bind(id.as_uuid())).await?;
    Ok(row.as_ref().map(backtest_of).transpose()?)
}

/// Returns a backtest, and lets nobody else change it meanwhile.
pub(super) async fn find_and_hold(lease: &mut Lease, id: BacktestId) -> Result<Backtest, Fault> {
    let query = sqlx::query(concat!(
        "select ",
        columns!(),
        " from backtest b where b.id = $1 for update"
    ));
    let row = lease.optional(query.bind(id.as_uuid())).await?;
    let row = row.ok_or_else(|| unknown(id))?;
    Ok(backtest_of(&row)?)
}

/// Sets how far a backtest is, and returns it.
pub(crate) async fn set_status(
    lease: &mut Lease,
    id: BacktestId,
    status: RunStatus,
    finished_at: Option<Timestamp>,
) -> Result<Backtest, Fault> {
    let query = sqlx::query(concat!(
        "update backtest b set status = $2, finished_at = coalesce($3, b.finished_at) where b.id = $1 returning ",
        columns!()
    ));
    let query = query
        .bind(id.as_uuid())
        .bind(status.as_str())
        .bind(finished_at.map(Timestamp::micros));
    let row = lease.optional(query).await?;
    let row = row.ok_or_else(|| unknown(id))?;
    Ok(backtest_of(&row)?)
}

/// Returns the texts that a search looks at, in lower case.
pub(super) fn folded(backtest: &Backtest) -> Vec<String> {
    let strategy = backtest.strategy.as_ref().map(|strategy| strategy.name.as_str());
    let texts = [backtest.title.as_deref(), backtest.notes.as_deref(), strategy];
    texts.into_iter().flatten().map(str::to_lowercase).collect()
}

/// Returns the document, without what columns tell alone.
fn document(backtest: &Backtest) -> Result<String, StoreError> {
    let record = Backtest {
        finished_at: None,
        title: None,
        notes: None,
        tags: BTreeSet::new(),
        ..backtest.clone()
    };
    serde_json::to_string(&record).map_err(StoreError::unavailable)
}

/// Binds what a run makes of a backtest: `$1` to `$7`.
fn with_outcome<'q>(
    query: Statement<'q>,
    backtest: &Backtest,
    counts: (usize, usize),
) -> Result<Statement<'q>, StoreError> {
    let figures = BacktestSort::FIGURES.map(|name| backtest.metrics.value(name));
    Ok(query
        .bind(backtest.id.as_uuid())
        .bind(backtest.status.as_str())
        .bind(backtest.finished_at.map(Timestamp::micros))
        .bind(counts.0 as i64)
        .bind(counts.1 as i64)
        .bind(document(backtest)?)
        .bind(figures.to_vec()))
}

/// Adds the row of a backtest.
pub(super) async fn add(lease: &mut Lease, backtest: &Backtest, counts: (usize, usize)) -> Result<(), Fault> {
    let strategy = backtest.strategy.as_ref();
    let query = with_outcome(sqlx::query(include_str!("sql/add.sql")), backtest, counts)?
        .bind(strategy.map(|strategy| strategy.name.as_str().to_owned()))
        .bind(strategy.map(|strategy| strategy.version.0 as i64))
        .bind(backtest.sweep.map(|sweep| sweep.as_uuid()))
        .bind(backtest.author.as_str())
        .bind(backtest.created_at.micros())
        .bind(backtest.title.as_deref())
        .bind(backtest.notes.as_deref())
        .bind(backtest.tags.iter().cloned().collect::<Vec<_>>())
        .bind(folded(backtest));
    lease.execute(query).await?;
    Ok(())
}

/// Stores how a backtest ended, and what it gave; what people write of it stays as it is.
pub(crate) async fn finish(lease: &mut Lease, new: &NewBacktest, coded: &Coded) -> Result<(), Fault> {
    let query = sqlx::query(include_str!("sql/finish.sql"));
    let query = with_outcome(query, &new.backtest, result::counts(new))?;
    if lease.execute(query).await? == 0 {
        return Err(unknown(new.backtest.id).into());
    }
    result::add(lease, new, coded).await
}
