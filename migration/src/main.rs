//! The `migration` binary: migrates the database that `DATABASE_URL` names. `chandlery migrate` does the same.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use migration::{Change, Status};

/// Migrates a PostgreSQL database of Chandlery.
#[derive(Debug, Parser)]
#[command(name = "migration", version)]
struct Arguments {
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        global = true,
        help = "The database: postgres://user@host:5432/name"
    )]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the schema to the newest version
    Up,
    /// Take migrations back: the newest one, or as many as given
    Down {
        /// How many
        #[arg(default_value_t = 1)]
        steps: u32,
        /// All of them
        #[arg(long, conflicts_with = "steps")]
        all: bool,
        /// Though there is data
        #[arg(long)]
        yes: bool,
    },
    /// Show how far the schema is
    Status,
    /// Drop everything and begin anew, for development
    Fresh {
        /// Though there is data
        #[arg(long)]
        yes: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where in the program it was noticed helps nobody who runs it.
            drop(writeln!(io::stderr(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments {
        database_url,
        command,
    } = arguments;
    let Some(url) = database_url else {
        anyhow::bail!(
            "name the database: set DATABASE_URL or pass --database-url postgres://user@host:5432/name"
        );
    };
    let options = migration::connect::options(&url, None)?;
    let status = match command {
        Command::Status => migration::status(&options).await?,
        Command::Up => changed(migration::up(&options).await?)?,
        Command::Down { steps, all, yes } => {
            changed(migration::down(&options, (!all).then_some(steps), yes).await?)?
        }
        Command::Fresh { yes } => changed(migration::fresh(&options, yes).await?)?,
    };
    show(&status)?;
    Ok(())
}

fn changed(change: Change) -> io::Result<Status> {
    let name = |status: &Status| status.version().unwrap_or("no schema").to_owned();
    writeln!(
        io::stdout(),
        "from {} to {}",
        name(&change.before),
        name(&change.after)
    )?;
    Ok(change.after)
}

fn show(status: &Status) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for migration in &status.migrations {
        writeln!(out, "{:<24} {}", migration.name, migration.state())?;
    }
    Ok(())
}
