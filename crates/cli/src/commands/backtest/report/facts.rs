//! What was run, on what, and how far it is.

use std::io::{self, Write};

use app::backtest::InputFreshness;
use domain::backtest::{BacktestInput, Costs, Origin};

use super::{
    super::view::{BacktestView, WholeView},
    Clock,
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
    facts.extend(about(backtest));
    write!(out, "\n{}", Table::of_pairs(facts))?;
    if let Some(notes) = &backtest.notes {
        writeln!(out)?;
        for line in notes.lines() {
            writeln!(out, "  {}", printable(line))?;
        }
    }
    let badges: Vec<String> = whole.freshness.iter().filter_map(badge).collect();
    if !badges.is_empty() {
        writeln!(out)?;
    }
    badges.iter().try_for_each(|badge| writeln!(out, "{badge}"))
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
    if backtest.risk_free != 0.0 {
        let rate = shortest(backtest.risk_free * 100.0, 4);
        parts.push(format!("{rate} % a year without risk"));
    }
    parts.join(", ")
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

/// Tells that an input is no longer what it was.
pub(in crate::commands) fn badge(input: &InputFreshness) -> Option<String> {
    let InputFreshness {
        series,
        pinned,
        newest,
        changed,
    } = input;
    let Some(newest) = newest else {
        return Some(format!("data gone: {series} is no longer there"));
    };
    (newest > pinned).then(|| {
        let what = if *changed {
            "bars of its period changed"
        } else {
            "no bar of its period changed"
        };
        format!("newer data: {series} has version {newest}, this one read {pinned}; {what}")
    })
}

#[cfg(test)]
mod tests {
    use domain::market::Version;

    use super::*;

    #[test]
    fn a_badge_tells_whether_newer_data_matter() {
        let input = |newest: Option<u64>, changed| InputFreshness {
            series: "X:A/1d".parse().unwrap(),
            pinned: Version(3),
            newest: newest.map(Version),
            changed,
        };
        assert_eq!(badge(&input(Some(3), false)), None);
        let text = badge(&input(Some(5), true)).unwrap();
        assert!(
            text.contains("version 5, this one read 3; bars of its period changed"),
            "{text}"
        );
        assert!(badge(&input(Some(5), false)).unwrap().contains("no bar"));
        assert!(badge(&input(None, false)).unwrap().contains("no longer there"));
    }
}
