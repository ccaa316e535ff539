//! The commands: a file each.

pub(crate) mod backtest;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dialects;
pub(crate) mod export;
pub(crate) mod healthcheck;
pub(crate) mod import;
pub(crate) mod jobs;
pub(crate) mod migrate;
pub(crate) mod sample;
pub(crate) mod series;
pub(crate) mod serve;
pub(crate) mod strategy;
pub(crate) mod sweep;
pub(crate) mod transfer;
pub(crate) mod verify;

use std::path::PathBuf;

use crate::{
    arguments::{Arguments, Command, Global},
    failure::Exit,
    output::Output,
    session::Session,
    settings::{Places, Settings},
    telemetry,
};

/// Runs the command that the arguments name.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let Arguments { global, command } = arguments;
    let output = Output {
        json: global.json,
        quiet: global.quiet,
    };
    match command {
        Command::Completions(arguments) => return completions::run(&arguments),
        Command::Dialects => return dialects::run(output),
        _ => {}
    }
    let settings = Settings::load(&places(&global, &command))?;
    if matches!(command, Command::Config) {
        return config::run(&settings, output);
    }
    if let Command::Healthcheck(arguments) = &command {
        return healthcheck::run(arguments, &settings, output);
    }
    let mut settings = settings;
    match &command {
        Command::Serve(_) => {
            settings.lock_wait = settings.lock_wait.min(serve::LONGEST_LOCK_WAIT);
            settings.postgres.connection_wait = serve::LONGEST_CONNECTION_WAIT;
        }
        Command::Backup(arguments) if !arguments.verify_only => {
            transfer::must_exist("--store", &settings.store)?;
        }
        Command::Copy(arguments) => settings.store = arguments.source(&global)?,
        _ => {}
    }
    telemetry::start(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let exit = runtime.block_on(async {
        let progress = Session::progress(&global);
        let command = match command {
            Command::Migrate(command) => return migrate::run(&command, &settings, output).await,
            Command::Backup(arguments) if arguments.verify_only => {
                return transfer::backup::verify(&arguments, &progress, output).await;
            }
            Command::Strategy(strategy::StrategyCommand::Check(arguments)) => {
                return strategy::check::run(&arguments, output).await;
            }
            Command::Restore(arguments) => {
                return transfer::restore::run(arguments, settings, &global, progress).await;
            }
            command => command,
        };
        let session = Session::open(settings, &global, progress).await?;
        let result = run_in(&session, command).await;
        session.progress.clear();
        match result {
            Err(error) => Err(session.advised(error).await),
            exit => exit,
        }
    });
    // A reading thread that nobody listens to any more must not hold up the end.
    runtime.shutdown_background();
    exit
}

async fn run_in(session: &Session, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Serve(_) => serve::run(session).await,
        Command::Import(arguments) => import::run(session, arguments).await,
        Command::Export(arguments) => export::run(session, arguments).await,
        Command::Series(command) => series::run(session, command).await,
        Command::Strategy(command) => strategy::run(session, command).await,
        Command::Backtest(command) => backtest::run(session, command).await,
        Command::Sweep(arguments) => sweep::run(session, *arguments).await,
        Command::Verify(arguments) => verify::run(session, arguments).await,
        Command::Copy(arguments) => transfer::copy::run(session, arguments).await,
        Command::Backup(arguments) => transfer::backup::run(session, arguments).await,
        Command::Sample(arguments) => sample::run(session, &arguments).await,
        Command::Config
        | Command::Dialects
        | Command::Healthcheck(_)
        | Command::Completions(_)
        | Command::Migrate(_)
        | Command::Restore(_) => Ok(Exit::Done),
    }
}

fn places(global: &Global, command: &Command) -> Places {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let mut flags: Vec<_> = global
        .store
        .iter()
        .map(|url| ("store.url", "--store", url.clone()))
        .collect();
    if let Command::Serve(arguments) = command {
        flags.extend(arguments.settings());
    }
    Places {
        folder: PathBuf::from("."),
        file: global.config.clone(),
        environment: std::env::vars_os().filter_map(text).collect(),
        flags,
    }
}
