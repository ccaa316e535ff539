//! What was run, on what, and how far it is.

use std::io::{self, Write};

use domain::backtest::{BacktestInput, Costs, Origin, Span};

use super::{
    super::view::{BacktestView, WholeView},
    Clock, badge,
};
use crate::{
    commands::jobs,
    output::{
        counted,
        numbers::{self, decimal, shortest},
        table::{Table, printable},
        times,
    },
};

/// How many digits of a digest are shown.
const DIGITS: usize = 12;

pub(super) fn write(out: &mut dyn Write, whole: &WholeView) -> io::Result<()> {
    let backtest = &whole.backtest;
    let mut facts = vec![("backtest", backtest.id.to_string()), ("status", status(whole))];
    facts.extend(ran(backtest));
    facts.extend(data(backtest));
    facts.push(("account", account(backtest)));
    facts.push(("figures", basis(backtest)));
    facts.extend(about(backtest));
    write!(out, "\n{}", Table::of_pairs(facts))?;
    if let Some(notes) = &backtest.notes {
        writeln!(out)?;
        for line in notes.lines() {
            writeln!(out, "  {}", printable(line))?;
        }
    }
    let untraded = backtest.span.as_ref().and_then(untraded);
    let badges = whole.freshness.iter().filter_map(badge::badge);
    let warnings: Vec<String> = untraded.into_iter().chain(badges).collect();
    if !warnings.is_empty() {
        writeln!(out)?;
    }
    warnings.iter().try_for_each(|warning| writeln!(out, "{warning}"))
}

fn status(whole: &WholeView) -> String {
    let BacktestView { status, failure, .. } = &whole.backtest;
    jobs::status(*status, failure.as_deref(), whole.job.as_ref())
}

fn ran(backtest: &BacktestView) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    match (&backtest.strategy, backtest.version, &backtest.origin) {
        (Some(name), Some(version), _) => facts.push(("strategy", format!("{name}, version {version}"))),
        (
            ..,
            Origin::Recorded {
                strategy: Some(name), ..
            },
        ) => facts.push(("strategy", name.clone())),
        _ => {}
    }
    if let Origin::Recorded { tool, .. } = &backtest.origin {
        facts.push(("recorded", format!("from {tool}; figures computed here")));
    }
    if !backtest.parameters.is_empty() {
        facts.push(("parameters", parameters(&backtest.parameters)));
    }
    facts
}

/// Prints parameters: `fast = 10, slow = 50`.
pub(super) fn parameters(parameters: &std::collections::BTreeMap<String, f64>) -> String {
    let pairs = parameters
        .iter()
        .map(|(name, value)| format!("{name} = {}", shortest(*value, 10)));
    pairs.collect::<Vec<_>>().join(", ")
}

fn data(backtest: &BacktestView) -> Vec<(&'static str, String)> {
    let input = |input: &BacktestInput| {
        let digest = shortened(&input.digest.to_string());
        (
            "data",
            format!("{}, version {} (digest {digest})", input.series, input.version),
        )
    };
    let mut facts: Vec<_> = backtest.inputs.iter().map(input).collect();
    let clock = Clock::of(backtest);
    if let Some(span) = &backtest.span {
        let (first, last) = (clock.show(span.first), clock.show(span.last));
        let bars = counted(span.bars, "bar");
        let warm_up = match span.warm_up {
            0 => String::new(),
            bars if bars >= span.bars => ", all to warm up".to_owned(),
            bars => format!(", the first {} to warm up", numbers::count(bars)),
        };
        facts.push(("period", format!("{first} to {last}, {bars}{warm_up}")));
    } else if backtest.period.start.is_some() || backtest.period.end.is_some() {
        let bound = |word: &str, time: Option<domain::market::Timestamp>| {
            time.map(|time| format!("{word} {}", clock.show(time)))
        };
        let bounds = [
            bound("from", backtest.period.start),
            bound("before", backtest.period.end),
        ];
        facts.push((
            "period",
            bounds.into_iter().flatten().collect::<Vec<_>>().join(" "),
        ));
    }
    facts
}

/// Returns the beginning of a digest.
fn shortened(digest: &str) -> String {
    digest.chars().take(DIGITS).collect::<String>() + "…"
}

fn account(backtest: &BacktestView) -> String {
    let Costs {
        commission_bps,
        commission_per_trade,
        slippage_bps,
    } = backtest.costs;
    let mut parts = vec![format!("cash {}", decimal(backtest.cash, 2))];
    let recorded = matches!(backtest.origin, Origin::Recorded { .. });
    if backtest.costs.is_free() && !recorded {
        parts.push("no costs".to_owned());
    }
    let costs = [
        (commission_bps, "commission", " bps"),
        (commission_per_trade, "commission", " a fill"),
        (slippage_bps, "slippage", " bps"),
    ];
    let charged = costs.into_iter().filter(|(cost, ..)| *cost != 0.0);
    parts.extend(charged.map(|(cost, name, unit)| format!("{name} {}{unit}", shortest(cost, 4))));
    parts.join(", ")
}

/// Tells what figures are made yearly by: the returns that they are computed from with how many of them make a year (N),
/// as those of the backtest say, and the rate of money without risk.
fn basis(backtest: &BacktestView) -> String {
    let returns = backtest.metrics.get("volatility");
    let basis = returns.map_or_else(
        || format!("{} sessions a year", shortest(backtest.sessions_per_year, 2)),
        |metric| metric.basis.clone(),
    );
    format!("{basis}, risk-free rate {} a year", rate(backtest.risk_free))
}

/// Prints a rate in percent with the digits that it needs.
pub(in super::super) fn rate(fraction: f64) -> String {
    format!("{}%", shortest(fraction * 100.0, 4))
}

/// Says why there is no trade where the rules were undefined from the first bar to the last.
fn untraded(span: &Span) -> Option<String> {
    let Span { bars, warm_up, .. } = *span;
    (warm_up >= bars).then(|| {
        let be = if bars == 1 { "is" } else { "are" };
        format!(
            "nothing could be traded: the rules need {} to warm up, and there {be} {}",
            counted(warm_up, "bar"),
            numbers::count(bars)
        )
    })
}

fn about(backtest: &BacktestView) -> Vec<(&'static str, String)> {
    let mut facts = vec![(
        "made",
        format!("{} by {}", times::happened(backtest.created_at), backtest.author),
    )];
    if let Some(sweep) = backtest.sweep {
        facts.push(("sweep", sweep.to_string()));
    }
    if !backtest.tags.is_empty() {
        let tags: Vec<&str> = backtest.tags.iter().map(String::as_str).collect();
        facts.push(("tags", tags.join(", ")));
    }
    if let (Some(engine), Some(digest)) = (&backtest.engine, &backtest.digest) {
        let digest = shortened(&digest.to_string());
        facts.push(("result", format!("digest {digest}, engine {engine}")));
    }
    facts
}
