//! Migrating forth and back.

use sea_orm::{DatabaseConnection, TransactionTrait as _};
use sea_orm_migration::MigratorTrait;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    MigrationError, Status,
    connect::{ConnectError, reach},
    lock::Lock,
    prepare::prepare,
    status::status_of,
    steps::Migrator,
};

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// How far the database was.
    pub before: Status,
    /// How far it is.
    pub after: Status,
}

/// A database that nobody else migrates.
struct Turn {
    lock: Lock,
    pool: PgPool,
    before: Status,
}

impl Turn {
    async fn take(options: &PgConnectOptions) -> Result<Self, MigrationError> {
        let connection = reach(options).await?;
        let mut lock = Lock::take(connection).await?;
        let before = status_of(lock.connection()).await?;
        if let Some(foreign) = before.migrations.iter().find(|migration| !migration.known) {
            return Err(MigrationError::Newer {
                found: foreign.name.clone(),
            });
        }
        prepare(lock.connection()).await?;
        // Whatever the user's own settings are: migrations take their time.
        let settings = [
            ("role", "chandlery_owner"),
            ("search_path", "chandlery"),
            ("statement_timeout", "0"),
            ("lock_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "0"),
        ];
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone().options(settings))
            .await
            .map_err(|error| ConnectError::of(&error, options))?;
        Ok(Self { lock, pool, before })
    }

    fn database(&self) -> DatabaseConnection {
        self.pool.clone().into()
    }

    async fn end(mut self) -> Result<Change, MigrationError> {
        self.pool.close().await;
        let after = status_of(self.lock.connection()).await?;
        self.lock.release().await?;
        Ok(Change {
            before: self.before,
            after,
        })
    }
}

/// Brings a database to the newest schema: makes roles and schemas that are missing, then applies what it lacks, each
/// migration in a transaction of its own. Of several at once one works, and the others wait and find it done.
///
/// # Errors
/// [`MigrationError`]; a migration that failed has left no trace, those before it stay.
pub async fn up(options: &PgConnectOptions) -> Result<Change, MigrationError> {
    let turn = Turn::take(options).await?;
    Migrator::up(&turn.database(), None).await?;
    turn.end().await
}

/// Takes the newest `steps` migrations back, or all of them, with the data that their tables hold. Roles stay.
///
/// # Errors
/// [`MigrationError::WouldLose`] when there is data and `yes` is not given.
pub async fn down(
    options: &PgConnectOptions,
    steps: Option<u32>,
    yes: bool,
) -> Result<Change, MigrationError> {
    let turn = Turn::take(options).await?;
    if !yes {
        refuse_to_lose(&turn.pool, "going back drops tables").await?;
    }
    Migrator::down(&turn.database(), steps).await?;
    turn.end().await
}

/// Removes everything and migrates an empty database: for development.
///
/// # Errors
/// [`MigrationError::WouldLose`] when there is data and `yes` is not given.
pub async fn fresh(options: &PgConnectOptions, yes: bool) -> Result<Change, MigrationError> {
    let turn = Turn::take(options).await?;
    if !yes {
        refuse_to_lose(&turn.pool, "a fresh schema drops every table").await?;
    }
    let database = turn.database();
    let transaction = database.begin().await?;
    Migrator::down(&transaction, None).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await?;
    turn.end().await
}

/// What going back would lose: whether its table is there, how many rows it has, and what they are.
const LOSSES: [(&str, &str, &str); 4] = [
    (
        "select to_regclass('chandlery.price_commit') is not null",
        "select count(*) from chandlery.price_commit",
        "versions of price history",
    ),
    (
        "select to_regclass('chandlery.strategy_version') is not null",
        "select count(*) from chandlery.strategy_version",
        "versions of strategies",
    ),
    (
        "select to_regclass('chandlery.backtest') is not null",
        "select count(*) from chandlery.backtest",
        "backtests",
    ),
    (
        "select to_regclass('chandlery.sweep') is not null",
        "select count(*) from chandlery.sweep",
        "sweeps",
    ),
];

async fn refuse_to_lose(pool: &PgPool, what: &str) -> Result<(), MigrationError> {
    let mut losses = Vec::new();
    for (is_there, count, noun) in LOSSES {
        if sqlx::query_scalar(is_there).fetch_one(pool).await? {
            let rows: i64 = sqlx::query_scalar(count).fetch_one(pool).await?;
            losses.extend((rows > 0).then(|| format!("{rows} {noun}")));
        }
    }
    if losses.is_empty() {
        return Ok(());
    }
    Err(MigrationError::WouldLose(format!(
        "{what}, and {} with them",
        losses.join(" and ")
    )))
}
