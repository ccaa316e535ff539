//! `chandlery backtest verify`

use std::io::{self, Write};

use app::backtest::{Verdict, Verification, verify};
use clap::{ArgGroup, Args};
use domain::{
    backtest::{BacktestSort, BacktestsFilter, RunStatus},
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
    /// The backtests' ids; `last` is the newest
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Every backtest that is done
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct VerifyReport {
    sound: bool,
    backtests: Vec<Verification>,
}

pub(super) async fn run(session: &Session, arguments: VerifyArguments) -> anyhow::Result<Exit> {
    let ids = if arguments.all {
        let filter = BacktestsFilter {
            status: Some(RunStatus::Done),
            ..BacktestsFilter::default()
        };
        let all = listed(
            session,
            filter,
            BacktestSort::Created,
            Order::Ascending,
            usize::MAX,
        )
        .await?;
        all.items.into_iter().map(|backtest| backtest.id).collect()
    } else {
        resolve_all(session, &arguments.ids).await?
    };
    let mut backtests = Vec::with_capacity(ids.len());
    for id in ids {
        backtests.push(verify(&session.stores, id, &*session.progress).await?);
    }
    let exit = exit(&backtests);
    session.print(&VerifyReport {
        sound: backtests.iter().all(Verification::is_sound),
        backtests,
    })?;
    Ok(exit)
}

/// A difference is more than a run that could not be made.
fn exit(backtests: &[Verification]) -> Exit {
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
            let short = |digest: String| digest.chars().take(16).collect::<String>() + "…";
            table.row([
                backtest.id.to_string(),
                verdict(backtest.verdict).to_owned(),
                short(backtest.expected.to_string()),
                backtest
                    .found
                    .map_or_else(|| "–".to_owned(), |found| short(found.to_string())),
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
        let sound = backtests.iter().filter(|backtest| backtest.is_sound()).count();
        if sound == backtests.len() {
            writeln!(out, "Everything matches: {}.", counted(sound as u64, "backtest"))
        } else {
            let all = counted(backtests.len() as u64, "backtest");
            writeln!(out, "{} of {all} do not match.", backtests.len() - sound)
        }
    }

    fn is_summary(&self) -> bool {
        self.sound
    }
}
