//! The log, on standard error.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

/// Starts logging what the settings ask for.
pub(crate) fn start(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(complete(&settings.log_filter))
        .with_context(|| format!("the setting log.filter, `{}`, can't be read", settings.log_filter))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = if settings.log_json {
        log.json().try_init()
    } else {
        log.with_target(true).try_init()
    };
    started.map_err(|cause| anyhow::anyhow!("the log can't be started: {cause}"))
}

/// Leaves out what the pool of connections says of errors that the program itself tells, unless the filter speaks of
/// that.
fn complete(filter: &str) -> String {
    if filter.contains("sqlx") || filter.is_empty() {
        filter.to_owned()
    } else {
        format!("{filter},sqlx_core::pool=off")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_is_heard_only_when_it_is_asked() {
        assert_eq!(complete("warn,api=info"), "warn,api=info,sqlx_core::pool=off");
        assert_eq!(complete("warn,sqlx=debug"), "warn,sqlx=debug");
        assert!(EnvFilter::builder().parse(complete("trace")).is_ok());
    }
}
