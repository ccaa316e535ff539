//! The report of one sweep.

use std::io::{self, Write};

use app::backtest::{InputFreshness, input_freshness};
use domain::{
    backtest::{RunStatus, Sweep},
    error::StoreError,
    job::JobState,
};
use serde::Serialize;

use super::{
    heat_map::heat_map,
    refusals::write_refusals,
    view::{RowView, SweepView},
};
use crate::{
    commands::{backtest::badge, jobs},
    output::{
        Report, counted,
        figures::{figure, label},
        numbers::{self, decimal, shortest},
        table::{Column, Table, printable},
        times,
    },
    session::Session,
};

/// The figures that each run shows beside the one that the runs are sorted by.
const FIGURES: [&str; 6] = [
    "total_return",
    "cagr",
    "sharpe",
    "max_drawdown",
    "win_rate",
    "trades",
];

/// A sweep and its best runs.
#[derive(Serialize)]
pub(super) struct SweepReport {
    #[serde(flatten)]
    sweep: SweepView,
    freshness: Vec<InputFreshness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobState>,
    #[serde(skip)]
    shown: usize,
    #[serde(skip)]
    is_summary: bool,
}

impl SweepReport {
    /// Reports what was run just now.
    pub(super) async fn of_run(session: &Session, sweep: Sweep) -> anyhow::Result<Self> {
        Ok(Self {
            is_summary: true,
            ..Self::new(session, sweep, None).await?
        })
    }

    /// Reports a sweep with at most `shown` of its best runs; with as many as are kept whole when that is not said. How
    /// far it is, and what has become of its data since, is looked up.
    pub(super) async fn new(session: &Session, sweep: Sweep, shown: Option<usize>) -> anyhow::Result<Self> {
        let freshness = input_freshness(&session.stores, &sweep.inputs, &sweep.settings).await?;
        let job = jobs::job(session, sweep.id, sweep.status).await?;
        let shown = shown.unwrap_or(sweep.top as usize);
        let mut sweep = SweepView::whole(sweep);
        mark_removed(session, &mut sweep).await?;
        Ok(Self {
            sweep,
            freshness,
            job,
            shown,
            is_summary: false,
        })
    }

    fn facts(&self) -> Table {
        let sweep = &self.sweep;
        let status = jobs::status(sweep.status, sweep.failure.as_deref(), self.job.as_ref());
        let mut facts = vec![
            ("sweep", sweep.id.to_string()),
            ("status", status),
            (
                "strategy",
                format!("{}, version {}", sweep.strategy, sweep.version),
            ),
        ];
        facts.extend(
            sweep
                .inputs
                .iter()
                .map(|input| ("data", format!("{}, version {}", input.series, input.version))),
        );
        facts.extend(sweep.axes.iter().map(|axis| {
            let values: Vec<String> = axis.values.iter().map(|value| shortest(*value, 10)).collect();
            ("grid", format!("{} = {}", axis.name, shortened(&values)))
        }));
        facts.extend([
            ("account", format!("cash {}", decimal(sweep.cash, 2))),
            (
                "made",
                format!("{} by {}", times::happened(sweep.created_at), sweep.author),
            ),
        ]);
        Table::of_pairs(facts)
    }

    fn best(&self, rows: &[RowView]) -> Table {
        let sweep = &self.sweep;
        let names: Vec<&str> = sweep.axes.iter().map(|axis| axis.name.as_str()).collect();
        let by = Some(sweep.by.as_str()).filter(|by| !FIGURES.contains(by));
        let figures: Vec<&str> = by.into_iter().chain(FIGURES).collect();
        let labels: Vec<String> = figures.iter().map(|name| label(name)).collect();
        let numbers = names.iter().copied().chain(labels.iter().map(String::as_str));
        let columns: Vec<_> = std::iter::once("")
            .chain(numbers)
            .map(Column::Right)
            .chain([Column::Left("backtest")])
            .collect();
        let mut table = Table::new(&columns);
        for (place, row) in (1..).zip(rows) {
            let parameters = names.iter().map(|name| {
                let value = row.parameters.get(*name);
                value.map_or_else(String::new, |value| shortest(*value, 10))
            });
            let values = figures.iter().map(|name| figure(name, row.value(name)));
            let note = match row.backtest {
                Some(id) if row.is_removed => format!("{id} (removed)"),
                Some(id) => id.to_string(),
                None if row.refused.is_some() => "refused".to_owned(),
                None => String::new(),
            };
            let cells = std::iter::once(numbers::count(place))
                .chain(parameters)
                .chain(values);
            table.row(cells.chain([note]));
        }
        table
    }
}

/// Marks the rows whose backtests were removed since: their ids name nothing any more.
async fn mark_removed(session: &Session, sweep: &mut SweepView) -> Result<(), StoreError> {
    for row in sweep.rows.iter_mut().flatten() {
        let Some(id) = row.backtest else { continue };
        row.is_removed = match session.stores.backtests.backtest(id).await {
            // Damage is told to who asks for that backtest.
            Err(StoreError::Corrupt { .. }) => false,
            found => found?.is_none(),
        };
    }
    Ok(())
}

/// Lists the ends of a long list.
fn shortened(values: &[String]) -> String {
    match values {
        [first, second, .., last] if values.len() > 8 => {
            format!("{first}, {second}, … {last} ({} values)", values.len())
        }
        all => all.join(", "),
    }
}

impl Report for SweepReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let sweep = &self.sweep;
        let title = sweep.title.clone().unwrap_or_else(|| {
            let (strategy, runs) = (&sweep.strategy, counted(sweep.runs(), "run"));
            match sweep.status {
                RunStatus::Done => format!("{strategy}: {runs} sorted by {}", label(&sweep.by)),
                _ => format!("{strategy}: a grid of {runs}"),
            }
        });
        write!(out, "{}\n\n{}", printable(&title), self.facts())?;
        let badges: Vec<String> = self.freshness.iter().filter_map(badge).collect();
        if !badges.is_empty() {
            writeln!(out)?;
        }
        badges.iter().try_for_each(|badge| writeln!(out, "{badge}"))?;
        let rows = sweep.rows.as_deref().unwrap_or_default();
        if sweep.status != RunStatus::Done {
            return Ok(());
        }
        if let Some(map) = heat_map(sweep) {
            write!(out, "\n{map}")?;
        }
        let best = &rows[..self.shown.min(rows.len())];
        if !best.is_empty() {
            write!(out, "\n{}", self.best(best))?;
        }
        let more = (rows.len() - best.len()) as u64;
        if more > 0 {
            writeln!(
                out,
                "… and {}: `chandlery sweep show {} --top COUNT`",
                counted(more, "more run"),
                sweep.id
            )?;
        }
        write_refusals(out, rows)
    }

    fn is_summary(&self) -> bool {
        self.is_summary
    }
}
