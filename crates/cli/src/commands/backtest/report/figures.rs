//! The figures, in groups side by side.

use std::io::{self, Write};

use domain::backtest::Metrics;

use super::super::view::BacktestView;
use crate::output::{
    figures::{figure, label},
    numbers::decimal,
    table::{Column, Table},
};

const RETURNS: [&str; 12] = [
    "total_return",
    "buy_and_hold_return",
    "cagr",
    "sharpe",
    "sortino",
    "calmar",
    "omega",
    "alpha",
    "beta",
    "turnover",
    "commissions",
    "slippage",
];
const RISK: [&str; 11] = [
    "max_drawdown",
    "average_drawdown",
    "max_drawdown_duration",
    "ulcer_index",
    "volatility",
    "value_at_risk_95",
    "expected_shortfall_95",
    "skewness",
    "kurtosis",
    "tail_ratio",
    "exposure",
];

pub(super) fn write(out: &mut dyn Write, backtest: &BacktestView) -> io::Result<()> {
    let metrics = &backtest.metrics;
    let end = backtest
        .span
        .map(|span| ("final equity".to_owned(), decimal(span.final_equity, 2)));
    let columns = [
        end.into_iter().chain(group(metrics, &RETURNS)).collect(),
        group(metrics, &RISK).collect(),
        rest(metrics),
    ];
    write!(out, "\n{}", beside(&columns))?;
    let undefined = undefined(metrics);
    if !undefined.is_empty() {
        writeln!(out)?;
    }
    undefined
        .iter()
        .try_for_each(|(reason, names)| writeln!(out, "– {}: {reason}", names.join(", ")))
}

/// A name and a value, as they are shown.
type Cell = (String, String);

fn group<'m>(metrics: &'m Metrics, names: &'m [&str]) -> impl Iterator<Item = Cell> + 'm {
    names.iter().filter_map(|name| {
        let metric = metrics.get(name)?;
        Some((label(name), figure(name, metric.value)))
    })
}

/// Returns the figures of trades, and every other one that has no group.
fn rest(metrics: &Metrics) -> Vec<Cell> {
    let others = metrics
        .iter()
        .filter(|(name, _)| !RETURNS.contains(name) && !RISK.contains(name));
    others
        .map(|(name, metric)| (label(name), figure(name, metric.value)))
        .collect()
}

fn beside(groups: &[Vec<Cell>; 3]) -> Table {
    let columns = [
        Column::Left("returns"),
        Column::Right(""),
        Column::Left("risk"),
        Column::Right(""),
        Column::Left("trades"),
        Column::Right(""),
    ];
    let mut table = Table::new(&columns);
    let rows = groups.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let cells = groups.iter().flat_map(|group| {
            let (name, value) = group.get(row).cloned().unwrap_or_default();
            [name, value]
        });
        table.row(cells);
    }
    table
}

/// Returns each reason for which figures are undefined, and those figures.
fn undefined(metrics: &Metrics) -> Vec<(&str, Vec<String>)> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, metric) in metrics.iter() {
        let Some(reason) = &metric.reason else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, names)) => names.push(label(name)),
            None => reasons.push((reason, vec![label(name)])),
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use domain::backtest::Metric;

    use super::*;

    fn metrics() -> Metrics {
        let figures = [
            ("total_return", Some(0.1), None),
            ("sharpe", None, Some("the returns do not vary")),
            ("sortino", None, Some("the returns do not vary")),
            ("max_drawdown", Some(-0.25), None),
            ("trades", Some(3.0), None),
        ];
        let metric = |(name, value, reason): (&str, _, Option<&str>)| {
            let reason = reason.map(str::to_owned);
            let basis = "daily returns".to_owned();
            (name.to_owned(), Metric { value, basis, reason })
        };
        figures.into_iter().map(metric).collect()
    }

    #[test]
    fn groups_stand_side_by_side() {
        let metrics = metrics();
        let groups = [
            group(&metrics, &RETURNS).collect(),
            group(&metrics, &RISK).collect(),
            rest(&metrics),
        ];
        let text = beside(&groups).to_string();
        let row = text.lines().nth(1).unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            words,
            [
                "total", "return", "10.00%", "max", "drawdown", "-25.00%", "trades", "3"
            ]
        );
    }

    #[test]
    fn a_reason_is_told_once_for_all_its_figures() {
        let metrics = metrics();
        let expected = vec!["sharpe".to_owned(), "sortino".to_owned()];
        assert_eq!(undefined(&metrics), [("the returns do not vary", expected)]);
    }

    #[test]
    fn every_figure_that_has_a_group_is_known() {
        for name in RETURNS.iter().chain(&RISK) {
            assert!(engine::metric_definition(name).is_some(), "{name}");
        }
    }
}
