//! Sweeps: a document each, and the rows of its table beside it.

use async_trait::async_trait;
use domain::{
    backtest::{RunStatus, Sweep, SweepRow, SweepsQuery},
    error::{EntityRef, StoreError},
    id::SweepId,
    market::Timestamp,
    page::Page,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{add::add_if_missing, pins, result::Ended};
use crate::{
    database::{Fault, Lease, Statement, damaged},
    market::Row,
    passed_over::PassedOver,
    store::Shared,
    unit::Unit,
};

/// How many rows of a sweep's table lie together.
const ROWS_TOGETHER: usize = 1_000;
/// How many of these one statement carries.
const STATEMENT_ROWS: usize = 8;

/// Adds a sweep that has ended, with its best runs.
pub(super) struct AddSweep {
    pub(super) sweep: Sweep,
    pub(super) best: Ended,
}

#[async_trait]
impl Unit for AddSweep {
    type Done = ();

    async fn run(&self, _: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        let stored = find(lease, self.sweep.id).await?;
        if self.sweep.is_missing_beside(stored.as_ref())? {
            add(lease, &self.sweep).await?;
        }
        for (new, coded) in self.best.iter() {
            add_if_missing(lease, new, coded).await?;
        }
        Ok(())
    }
}

/// Adds a sweep, and pins what it reads.
pub(crate) async fn add(lease: &mut Lease, sweep: &Sweep) -> Result<(), Fault> {
    pins::check_strategy(lease, &sweep.strategy).await?;
    pins::pin(lease, &format!("sweep:{}", sweep.id), &sweep.inputs).await?;
    let query = with_outcome(sqlx::query(include_str!("sql/add_sweep.sql")), sweep)?;
    lease.execute(query).await?;
    add_rows(lease, sweep).await
}

/// Stores how a sweep ended.
pub(crate) async fn finish(lease: &mut Lease, sweep: &Sweep) -> Result<(), Fault> {
    let query = with_outcome(sqlx::query(include_str!("sql/finish_sweep.sql")), sweep)?;
    if lease.execute(query).await? == 0 {
        return Err(unknown(sweep.id).into());
    }
    add_rows(lease, sweep).await
}

fn with_outcome<'q>(query: Statement<'q>, sweep: &Sweep) -> Result<Statement<'q>, StoreError> {
    let record = Sweep {
        finished_at: None,
        rows: Vec::new(),
        ..sweep.clone()
    };
    Ok(query
        .bind(sweep.id.as_uuid())
        .bind(sweep.status.as_str())
        .bind(sweep.finished_at.map(Timestamp::micros))
        .bind(sweep.rows.len() as i64)
        .bind(serde_json::to_string(&record).map_err(StoreError::unavailable)?))
}

async fn add_rows(lease: &mut Lease, sweep: &Sweep) -> Result<(), Fault> {
    let together: Vec<&[SweepRow]> = sweep.rows.chunks(ROWS_TOGETHER).collect();
    let mut first = 0_i64;
    for some in together.chunks(STATEMENT_ROWS) {
        let (mut firsts, mut texts) = (Vec::new(), Vec::new());
        for rows in some {
            firsts.push(first);
            texts.push(serde_json::to_string(rows).map_err(StoreError::unavailable)?);
            first += rows.len() as i64;
        }
        let query = sqlx::query(include_str!("sql/add_sweep_rows.sql"));
        lease
            .execute(query.bind(sweep.id.as_uuid()).bind(firsts).bind(texts))
            .await?;
    }
    Ok(())
}

fn unknown(id: SweepId) -> StoreError {
    StoreError::NotFound(EntityRef::Sweep(id))
}

/// Reads a row of the table; the rows of the sweep are not in it.
pub(super) fn sweep_of(row: &PgRow) -> Result<Sweep, StoreError> {
    let id: Uuid = Row::new(row, "sweep").get("id")?;
    let place = format!("sweep (id {id})");
    let row = Row::new(row, &place);
    let record: Sweep = serde_json::from_str(row.get("record")?)
        .map_err(|error| StoreError::corrupt(format!("{place}, column record"), error))?;
    if record.id.as_uuid() != id {
        let problem = format!("it is that of sweep {}", record.id);
        return Err(damaged(format!("{place}, column record"), problem));
    }
    let finished_at: Option<i64> = row.get("finished_at")?;
    Ok(Sweep {
        status: row.parsed("status")?,
        finished_at: finished_at.map(Timestamp::saturating),
        ..record
    })
}

/// Returns a sweep with its rows, if it is there.
pub(crate) async fn find(lease: &mut Lease, id: SweepId) -> Result<Option<Sweep>, Fault> {
    let query = sqlx::query(include_str!("sql/sweep.sql"));
    let rows = lease.all(query.bind(id.as_uuid())).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut sweep = sweep_of(first)?;
    let place = format!("sweep_rows (sweep_id {id})");
    let count = Row::new(first, &place).count("row_count")?;
    for row in &rows {
        let row = Row::new(row, &place);
        // Without rows there is one, of the sweep alone.
        let text: Option<&str> = row.get("rows")?;
        let Some(text) = text else { break };
        let rows: Vec<SweepRow> =
            serde_json::from_str(text).map_err(|error| StoreError::corrupt(&place, error))?;
        let begin: i64 = row.get("first_row")?;
        if begin != sweep.rows.len() as i64 {
            return Err(damaged(place, format!("the rows before row {begin} are missing")).into());
        }
        sweep.rows.extend(rows);
    }
    if sweep.rows.len() as u64 != count {
        let problem = format!("there are {} rows of {count}", sweep.rows.len());
        return Err(damaged(place, problem).into());
    }
    Ok(Some(sweep))
}

/// Returns a sweep without its rows, and lets nobody else change it meanwhile.
pub(super) async fn find_and_hold(lease: &mut Lease, id: SweepId) -> Result<Sweep, Fault> {
    let query = sqlx::query(
        "select id, status, finished_at, record::text as record from sweep where id = $1 for update",
    );
    let row = lease.optional(query.bind(id.as_uuid())).await?;
    let row = row.ok_or_else(|| unknown(id))?;
    Ok(sweep_of(&row)?)
}

/// Sets how far a sweep is, and returns it without rows: it has none before it is done.
pub(crate) async fn set_status(
    lease: &mut Lease,
    id: SweepId,
    status: RunStatus,
    finished_at: Option<Timestamp>,
) -> Result<Sweep, Fault> {
    let query = sqlx::query(include_str!("sql/set_sweep_status.sql"))
        .bind(id.as_uuid())
        .bind(status.as_str())
        .bind(finished_at.map(Timestamp::micros));
    let row = lease.optional(query).await?;
    let row = row.ok_or_else(|| unknown(id))?;
    Ok(sweep_of(&row)?)
}

/// Lists sweeps without their rows, the newest first.
pub(super) async fn list(
    lease: &mut Lease,
    query: &SweepsQuery,
    passed_over: &PassedOver,
) -> Result<Page<Sweep, SweepId>, Fault> {
    let after = query.page.after.map(|after| after.as_uuid());
    let select = sqlx::query(include_str!("sql/sweeps.sql"))
        .bind(after)
        .bind(query.page.limit.get() as i64 + 1);
    let rows = lease.all(select).await?;
    let ids = rows.iter().map(id_of).collect::<Result<Vec<_>, _>>()?;
    let page = Page::cut(ids, query.page.limit, |id| *id);
    let readable = page
        .items
        .iter()
        .zip(&rows)
        .map(|(id, row)| passed_over.readable(&EntityRef::Sweep(*id), sweep_of(row)));
    Ok(Page {
        items: readable.filter_map(Result::transpose).collect::<Result<_, _>>()?,
        next: page.next,
    })
}

fn id_of(row: &PgRow) -> Result<SweepId, StoreError> {
    Ok(SweepId::from_uuid(Row::new(row, "sweep").get("id")?))
}
