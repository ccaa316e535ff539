//! The log, on standard error.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

/// Starts logging what the settings ask for.
pub(crate) fn start(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(&settings.log_filter)
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
