//! `chandlery migrate`

use std::io::{self, Write};

use clap::Subcommand;
use migration::{Change, MigrationError, Status, connect::ConnectOptions};
use serde::Serialize;

use crate::{
    database::Database,
    failure::Exit,
    output::{
        Output, Report,
        table::{Column, Table},
    },
    settings::{Settings, StoreUrl},
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery migrate up --store postgres://chandlery_migrator@localhost/chandlery
  chandlery migrate status --store postgres://chandlery_app@localhost/chandlery

The database is the one that store.migrate_url names (CHANDLERY_STORE__MIGRATE_URL), or else --store.";

/// A database that was never migrated.
const NONE: &str = "no schema";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Make roles and tables that are missing; changes nothing when all are there
    Up,
    /// Take the newest migration back, with the data in its tables
    Down {
        /// How many to take back
        #[arg(long, default_value_t = 1, value_name = "N")]
        steps: u32,
        /// Take all of them back
        #[arg(long, conflicts_with = "steps")]
        all: bool,
        /// Though price history is lost with them
        #[arg(long)]
        yes: bool,
    },
    /// Show how far the database is
    Status,
}

#[derive(Debug, Serialize)]
struct MigrationRow {
    name: String,
    state: &'static str,
}

#[derive(Debug, Serialize)]
struct MigrateReport {
    database: String,
    /// The schema before; only when something may have changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    schema: Option<String>,
    current: bool,
    /// Whether it has migrations of a newer program.
    newer: bool,
    migrations: Vec<MigrationRow>,
}

impl MigrateReport {
    fn of(database: String, status: &Status) -> Self {
        let rows = status.migrations.iter().map(|migration| MigrationRow {
            name: migration.name.clone(),
            state: migration.state(),
        });
        Self {
            database,
            before: None,
            schema: status.version().map(str::to_owned),
            current: status.is_current(),
            newer: status.is_newer(),
            migrations: rows.collect(),
        }
    }

    fn changed(database: String, change: &Change) -> Self {
        let before = change.before.version().unwrap_or(NONE).to_owned();
        Self {
            before: Some(before),
            ..Self::of(database, &change.after)
        }
    }
}

pub(crate) async fn run(
    command: &MigrateCommand,
    settings: &Settings,
    output: Output,
) -> anyhow::Result<Exit> {
    let url = settings.postgres.migrate.as_ref().unwrap_or(&settings.store);
    let database = Database::of(url, settings)?;
    let report = report(command, url, &database.options)
        .await
        .map_err(|error| database.advised(error))?;
    output.print(&report)?;
    Ok(Exit::Done)
}

async fn report(
    command: &MigrateCommand,
    url: &StoreUrl,
    options: &ConnectOptions,
) -> Result<MigrateReport, MigrationError> {
    let name = url.to_string();
    Ok(match command {
        MigrateCommand::Up => MigrateReport::changed(name, &migration::up(options).await?),
        MigrateCommand::Down { steps, all, yes } => {
            let steps = (!all).then_some(*steps);
            MigrateReport::changed(name, &migration::down(options, steps, *yes).await?)
        }
        MigrateCommand::Status => MigrateReport::of(name, &migration::status(options).await?),
    })
}

/// Tells whether a migration failed because its database can't be reached.
pub(crate) fn is_unavailable(error: &MigrationError) -> bool {
    matches!(error, MigrationError::Connect(_) | MigrationError::Locked(_))
}

impl Report for MigrateReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(&[Column::Left("migration"), Column::Left("state")]);
        for row in &self.migrations {
            table.row([row.name.clone(), row.state.to_owned()]);
        }
        writeln!(out, "{table}")?;
        let (database, schema) = (&self.database, self.schema.as_deref().unwrap_or(NONE));
        match &self.before {
            Some(before) if before == schema => writeln!(out, "{database} has the schema {schema} already."),
            Some(before) => writeln!(out, "{database} went from {before} to {schema}."),
            None if self.current => writeln!(out, "{database} has the schema of this program."),
            None if self.newer => {
                writeln!(out, "{database} was migrated by a newer program; use that one.")
            }
            None => writeln!(
                out,
                "{database} has {schema}; `chandlery migrate up` brings it on."
            ),
        }
    }

    fn is_summary(&self) -> bool {
        self.before.is_some()
    }
}
