//! `chandlery backtest verify`

use std::io::{self, Write};

use app::backtest::{BacktestError, InputFreshness, Verdict, Verification, verify};
use clap::{ArgGroup, Args};
use domain::{
    backtest::{Backtest, BacktestSort, BacktestsFilter, ResultDigest, RunStatus},
    error::StoreError,
    id::BacktestId,
    market::Order,
};
use serde::Serialize;

use super::{listed, report::badge, resolve_all};
use crate::{
    failure::Exit,
    output::{
        Report, counted,
        table::{Column, Table, printable},
    },
    session::Session,
};

/// The arguments of `backtest verify`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["ids", "all"]).required(true))]
pub(crate) struct VerifyArguments {
    /// The backtests' ids; `last` is the newest that is no run of a sweep
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Every backtest that is done, and every one that is damaged
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct VerifyReport {
    sound: bool,
    backtests: Vec<Verified>,
}

/// What was found of one backtest, also when what is stored of it can't be read.
#[derive(Serialize)]
struct Verified {
    id: BacktestId,
    verdict: Verdict,
    expected: Option<ResultDigest>,
    stored: Option<ResultDigest>,
    found: Option<ResultDigest>,
    reasons: Vec<String>,
    engine: Option<String>,
    inputs: Vec<InputFreshness>,
}

impl From<Verification> for Verified {
    fn from(verification: Verification) -> Self {
        Self {
            id: verification.id,
            verdict: verification.verdict,
            expected: Some(verification.expected),
            stored: verification.stored,
            found: verification.found,
            reasons: verification.reasons,
            engine: verification.engine,
            inputs: verification.inputs,
        }
    }
}

impl Verified {
    /// Tells of one of which something can't be read; `record` is what can.
    fn unreadable(id: BacktestId, error: &StoreError, record: Option<Backtest>) -> Self {
        let (expected, engine) = record.map_or((None, None), |record| (record.digest, record.engine));
        Self {
            id,
            verdict: Verdict::Damaged,
            expected,
            stored: None,
            found: None,
            reasons: vec![error.to_string()],
            engine,
            inputs: Vec::new(),
        }
    }
}

pub(super) async fn run(session: &Session, arguments: VerifyArguments) -> anyhow::Result<Exit> {
    let ids = if arguments.all {
        all(session).await?
    } else {
        resolve_all(session, &arguments.ids).await?
    };
    let mut backtests = Vec::with_capacity(ids.len());
    for id in ids {
        backtests.push(verified(session, id).await?);
    }
    let exit = exit(&backtests);
    session.print(&VerifyReport {
        sound: backtests.iter().all(|backtest| backtest.verdict.is_sound()),
        backtests,
    })?;
    Ok(exit)
}

/// Returns every one that has a result, the oldest first, and behind them those that no list can tell of.
async fn all(session: &Session) -> Result<Vec<BacktestId>, StoreError> {
    let filter = BacktestsFilter {
        status: Some(RunStatus::Done),
        ..BacktestsFilter::default()
    };
    let (sort, order) = (BacktestSort::Created, Order::Ascending);
    let done = listed(session, filter, sort, order, usize::MAX).await?;
    let mut ids: Vec<BacktestId> = done.items.into_iter().map(|backtest| backtest.id).collect();
    for id in session.stores.backtests.damaged_backtests().await? {
        // It may have been damaged since the list was read.
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Verifies one; damage is a finding, so that the others are verified all the same.
async fn verified(session: &Session, id: BacktestId) -> anyhow::Result<Verified> {
    match verify(&session.stores, id, &*session.progress).await {
        Err(BacktestError::Store(error @ StoreError::Corrupt { .. })) => {
            let record = match session.stores.backtests.backtest(id).await {
                Err(StoreError::Corrupt { .. }) => None,
                record => record?,
            };
            Ok(Verified::unreadable(id, &error, record))
        }
        verification => Ok(verification?.into()),
    }
}

/// A difference is more than a run that could not be made.
fn exit(backtests: &[Verified]) -> Exit {
    let has = |verdicts: &[Verdict]| {
        backtests
            .iter()
            .any(|backtest| verdicts.contains(&backtest.verdict))
    };
    if has(&[Verdict::Different, Verdict::Damaged]) {
        Exit::Different
    } else if has(&[Verdict::Impossible]) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Identical => "identical",
        Verdict::Unaltered => "unaltered",
        Verdict::Different => "DIFFERENT",
        Verdict::Damaged => "DAMAGED",
        Verdict::Impossible => "can't be run again",
    }
}

impl Report for VerifyReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let backtests = &self.backtests;
        if backtests.is_empty() {
            return writeln!(out, "There are no backtests to verify.");
        }
        let columns = ["backtest", "result", "stored digest", "digest of this run"].map(Column::Left);
        let mut table = Table::new(&columns);
        for backtest in backtests {
            let short = |digest: Option<ResultDigest>| {
                digest.map_or_else(
                    || "–".to_owned(),
                    |digest| digest.to_string().chars().take(16).collect::<String>() + "…",
                )
            };
            table.row([
                backtest.id.to_string(),
                verdict(backtest.verdict).to_owned(),
                short(backtest.expected),
                short(backtest.found),
            ]);
        }
        writeln!(out, "{table}")?;
        for backtest in backtests {
            for reason in &backtest.reasons {
                writeln!(out, "{}: {}", backtest.id, printable(reason))?;
            }
            for badge in backtest.inputs.iter().filter_map(badge) {
                writeln!(out, "{}: {badge}", backtest.id)?;
            }
        }
        let all = counted(backtests.len() as u64, "backtest");
        let wrong = backtests.iter().filter(|backtest| !backtest.verdict.is_sound());
        match wrong.count() {
            0 => writeln!(out, "Everything matches: {all}."),
            1 => writeln!(out, "1 of {all} does not match."),
            wrong => writeln!(out, "{wrong} of {all} do not match."),
        }
    }

    fn is_summary(&self) -> bool {
        self.sound
    }
}
