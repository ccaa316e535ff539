//! `chandlery backtest record`

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Context;
use app::backtest::{BacktestError, MAX_RECORD_BYTES, read_record, record};
use clap::Args;
use domain::backtest::{BacktestResult, BacktestStoreExt, NewBacktest};

use super::report::{BacktestReport, Shown};
use crate::{failure::Advised, session::Session};

/// The arguments of `backtest record`.
#[derive(Debug, Args)]
pub(crate) struct RecordArguments {
    /// The document that holds the result, or - for standard input
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
}

pub(super) async fn run(session: &Session, arguments: RecordArguments) -> anyhow::Result<()> {
    let file = arguments.file;
    let author = session.author.clone();
    let name = file.display().to_string();
    let read = tokio::task::spawn_blocking(move || {
        let json = contents(&file).with_context(|| format!("{} can't be read", file.display()))?;
        Ok::<_, anyhow::Error>(read_record(&json, author))
    });
    let order = read
        .await??
        .map_err(|faults| refused(&name, &faults.to_string()))?;
    let (stores, clock, ids) = (&session.stores, &*session.clock, &*session.ids);
    let recorded = record(stores, clock, ids, order, &*session.progress).await;
    let backtest = recorded.map_err(|error| match error {
        BacktestError::Record(fault) => refused(&name, &format!("{}: {fault}", fault.pointer())),
        other => other.into(),
    })?;
    let result = BacktestResult {
        trades: stores.backtests.all_trades(backtest.id).await?,
        equity: stores.backtests.equity(backtest.id).await?,
    };
    let new = NewBacktest { backtest, result };
    session.print(&BacktestReport::of_run(session, new, Shown::default()).await?)
}

/// Reads a document; of one that is too long, just enough to tell.
fn contents(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut json = Vec::new();
    let most = MAX_RECORD_BYTES as u64 + 1;
    if file.as_os_str() == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut json)?;
    } else {
        std::fs::File::open(file)?.take(most).read_to_end(&mut json)?;
    }
    Ok(json)
}

fn refused(file: &str, faults: &str) -> anyhow::Error {
    let separator = if faults.contains('\n') { "\n" } else { " " };
    Advised {
        message: format!("{file}:{separator}{faults}"),
        hint: "the manual's page \"Bring results from another tool\" has the whole document".to_owned(),
    }
    .into()
}
