//! What sea-orm does, on a connection in somebody's hands.

use std::sync::{Mutex as Slot, PoisonError};

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Value};
use sqlx::{Arguments as _, AssertSqlSafe, postgres::PgArguments};
use tokio::sync::Mutex;

use super::{Fault, Lease, Statement};

/// A connection for what sea-orm does. On a pool of its own, sea-orm would give connections back that were left in the
/// middle of a statement.
pub(crate) struct Orm {
    pub(crate) connection: Leased,
}

/// The connection as sea-orm sees it.
pub(crate) struct Leased {
    lease: Mutex<Lease>,
    /// What went wrong last; sea-orm has no name for it.
    fault: Slot<Option<Fault>>,
}

impl Orm {
    pub(super) fn new(lease: Lease) -> Self {
        Self {
            connection: Leased {
                lease: Mutex::new(lease),
                fault: Slot::default(),
            },
        }
    }

    /// Waits for the end of a statement, as long as it may take.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, Fault> {
        let done = work.await;
        let fault = self
            .connection
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        done.map_err(|error| fault.unwrap_or_else(|| error.into()))
    }
}

impl Leased {
    /// Keeps what went wrong for [`Orm::run`], and tells sea-orm that something did.
    fn keep(&self, fault: Fault) -> DbErr {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        DbErr::Query(RuntimeErr::Internal("the store keeps the cause".to_owned()))
    }
}

/// Puts a value among the arguments of a statement.
fn add(arguments: &mut PgArguments, value: Value) -> Result<(), DbErr> {
    let added = match value {
        Value::Bool(value) => arguments.add(value),
        Value::SmallInt(value) => arguments.add(value),
        Value::Int(value) => arguments.add(value),
        Value::BigInt(value) => arguments.add(value),
        Value::BigUnsigned(value) => {
            let value = value.map(i64::try_from).transpose();
            arguments.add(value.map_err(|error| DbErr::Type(error.to_string()))?)
        }
        Value::Double(value) => arguments.add(value),
        Value::String(value) => arguments.add(value),
        Value::Bytes(value) => arguments.add(value),
        Value::Uuid(value) => arguments.add(value),
        other => {
            return Err(DbErr::Type(format!(
                "{other:?} is of a type that no statement here has"
            )));
        }
    };
    added.map_err(|error| DbErr::Type(error.to_string()))
}

fn prepared(statement: sea_orm::Statement) -> Result<Statement<'static>, DbErr> {
    let mut arguments = PgArguments::default();
    for value in statement.values.into_iter().flat_map(|values| values.0) {
        add(&mut arguments, value)?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(statement.sql), arguments))
}

#[async_trait]
impl ConnectionTrait for Leased {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: sea_orm::Statement) -> Result<ExecResult, DbErr> {
        let statement = prepared(statement)?;
        let done = self.lease.lock().await.done(statement).await;
        Ok(done.map_err(|fault| self.keep(fault))?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let done = self.lease.lock().await.done(statement).await;
        Ok(done.map_err(|fault| self.keep(fault))?.into())
    }

    async fn query_one_raw(&self, statement: sea_orm::Statement) -> Result<Option<QueryResult>, DbErr> {
        let statement = prepared(statement)?;
        let row = self.lease.lock().await.optional(statement).await;
        Ok(row.map_err(|fault| self.keep(fault))?.map(QueryResult::from))
    }

    async fn query_all_raw(&self, statement: sea_orm::Statement) -> Result<Vec<QueryResult>, DbErr> {
        let statement = prepared(statement)?;
        let rows = self.lease.lock().await.all(statement).await;
        let rows = rows.map_err(|fault| self.keep(fault))?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}
