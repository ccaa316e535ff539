//! The report of one backtest.

mod badge;
mod equity;
mod facts;
mod figures;
mod trades;

use std::io::{self, Write};

use domain::{
    backtest::{EquityCurve, NewBacktest, Origin, RunStatus},
    market::{Timeframe, Timestamp},
};
use engine::{Drawdown, worst_drawdowns};
use serde::Serialize;

pub(in crate::commands) use self::badge::badge;
pub(super) use self::facts::rate;
use super::view::{BacktestView, CurveView, WholeView};
use crate::{
    commands::jobs::job,
    output::{Report, numbers::decimal, table::printable, times},
    session::Session,
};

/// How many drawdowns are told.
const DRAWDOWNS: usize = 5;

/// How far trades and equity may lie apart before that is told, as a fraction of the cash.
const DOUBTFUL: f64 = 0.01;

/// How much of a backtest is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shown {
    /// How many trades, from the last one backwards.
    pub(super) trades: Option<usize>,
    /// Whether the equity is drawn large.
    pub(super) equity: bool,
    /// Whether the report only says what was done.
    pub(super) is_summary: bool,
}

/// A backtest, its figures, equity, drawdowns and trades.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct BacktestReport {
    whole: WholeView,
    #[serde(skip)]
    curve: EquityCurve,
    #[serde(skip)]
    drawdowns: Vec<Drawdown>,
    #[serde(skip)]
    shown: Shown,
}

impl BacktestReport {
    /// Reports what was run just now.
    pub(super) async fn of_run(session: &Session, new: NewBacktest, shown: Shown) -> anyhow::Result<Self> {
        let shown = Shown {
            is_summary: true,
            ..shown
        };
        Self::new(session, new, shown).await
    }

    /// Reports a backtest; what has become of its data since is looked up.
    pub(super) async fn new(session: &Session, new: NewBacktest, shown: Shown) -> anyhow::Result<Self> {
        let NewBacktest { backtest, result } = new;
        let freshness = app::backtest::freshness(&session.stores, &backtest).await?;
        let job = job(session, backtest.id, backtest.status).await?;
        let (cash, curve) = (backtest.settings.cash, result.equity);
        Ok(Self {
            drawdowns: worst_drawdowns(cash, &curve, DRAWDOWNS),
            whole: WholeView {
                backtest: backtest.into(),
                trades: result.trades,
                equity: shown.equity.then(|| CurveView::from(&curve)),
                freshness,
                job,
            },
            curve,
            shown,
        })
    }
}

impl Report for BacktestReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { whole, curve, .. } = self;
        let backtest = &whole.backtest;
        let title = backtest
            .title
            .clone()
            .unwrap_or_else(|| backtest.strategy_label());
        writeln!(out, "{}", printable(&title))?;
        facts::write(out, whole)?;
        if backtest.status != RunStatus::Done {
            return Ok(());
        }
        figures::write(out, backtest)?;
        if let Some(doubt) = doubt(whole, curve) {
            writeln!(out, "\n{doubt}")?;
        }
        let clock = Clock::of(backtest);
        equity::write_curve(out, curve, clock, self.shown.equity)?;
        equity::write_drawdowns(out, &self.drawdowns, clock)?;
        match self.shown.trades {
            Some(most) => trades::write(out, &whole.trades, most, clock),
            None => Ok(()),
        }
    }

    fn is_summary(&self) -> bool {
        self.shown.is_summary
    }
}

/// Tells where trades and equity of another tool do not fit each other: nobody has checked how it made them.
fn doubt(whole: &WholeView, curve: &EquityCurve) -> Option<String> {
    let backtest = &whole.backtest;
    let last = *curve.equity().last()?;
    if !matches!(backtest.origin, Origin::Recorded { .. }) {
        return None;
    }
    let closed = backtest.cash + whole.trades.iter().map(|trade| trade.net).sum::<f64>();
    ((closed - last).abs() > DOUBTFUL * backtest.cash).then(|| {
        let [closed, last] = [closed, last].map(|value| decimal(value, 2));
        format!(
            "The cash and the profits of all trades come to {closed}, but the equity ends at {last}: a position is still \
             open, or trades and equity are not of the same run."
        )
    })
}

/// How the times of a backtest are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Timeframe);

impl Clock {
    pub(super) fn of(backtest: &BacktestView) -> Self {
        let timeframe = backtest.inputs.first().map(|input| input.series.timeframe);
        // Without a series, a time at midnight is most likely that of a day.
        Self(timeframe.unwrap_or(Timeframe::DAY))
    }

    pub(super) fn show(self, time: Timestamp) -> String {
        times::bar_time(time, self.0)
    }
}
