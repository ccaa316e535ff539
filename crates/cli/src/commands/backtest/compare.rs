//! `chandlery backtest compare`

use std::io::{self, Write};

use app::backtest::{ComparedSetting, Comparison, MAX_COMPARED, SettingValue, compare};
use clap::Args;
use serde::Serialize;

use super::{
    report::{Clock, rate},
    resolve_all,
    view::BacktestView,
};
use crate::{
    failure::UsageError,
    output::{
        Report,
        figures::{figure, label},
        numbers::{self, decimal, shortest},
        table::{Column, Table},
    },
    session::Session,
};

/// The arguments of `backtest compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The backtests' ids; `last` is the newest that is no run of a sweep
    #[arg(required = true, value_name = "ID", num_args = 2..=MAX_COMPARED)]
    ids: Vec<String>,
}

#[derive(Serialize)]
struct CompareReport {
    same_data: bool,
    parameters: Vec<Differing>,
    settings: Vec<ComparedSetting>,
    figures: Vec<Figure>,
    backtests: Vec<BacktestView>,
}

/// A parameter that is not the same in all of them.
#[derive(Serialize)]
struct Differing {
    name: String,
    values: Vec<Option<f64>>,
}

/// A figure of each of them; `best` holds the places of the best value.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    values: Vec<Option<f64>>,
    best: Vec<usize>,
}

pub(super) async fn run(session: &Session, arguments: CompareArguments) -> anyhow::Result<()> {
    let ids = resolve_all(session, &arguments.ids).await?;
    if let [one] = ids.as_slice() {
        let message = format!("all of these are one backtest, {one}; name another one to put beside it");
        return Err(UsageError(message).into());
    }
    let Comparison {
        backtests,
        figures,
        parameters,
        settings,
        same_data,
    } = compare(&session.stores, &ids).await?;
    let figures = figures.into_iter().map(|figure| Figure {
        name: figure.name,
        values: figure.values,
        best: figure.best,
    });
    let parameters = parameters
        .into_iter()
        .map(|(name, values)| Differing { name, values });
    session.print(&CompareReport {
        same_data,
        parameters: parameters.collect(),
        settings,
        figures: figures.collect(),
        backtests: backtests.into_iter().map(BacktestView::from).collect(),
    })
}

impl CompareReport {
    fn legend(&self) -> Table {
        let columns = [
            Column::Right(""),
            Column::Left("backtest"),
            Column::Left("strategy"),
            Column::Left("data"),
            Column::Left("title"),
        ];
        let mut table = Table::new(&columns);
        for (place, backtest) in (1..).zip(&self.backtests) {
            table.row([
                format!("{place}"),
                backtest.id.to_string(),
                backtest.strategy_label(),
                backtest.data_label(),
                backtest.title.clone().unwrap_or_default(),
            ]);
        }
        table
    }

    fn warning(&self) -> Option<&'static str> {
        if self.same_data {
            None
        } else if self.backtests.iter().any(|backtest| backtest.inputs.is_empty()) {
            Some("Not all of them say which series they read: a better figure may come of better data.")
        } else {
            Some(
                "They read different data (series, version or period): a better figure may come of better data.",
            )
        }
    }

    fn values(&self) -> Table {
        let places: Vec<String> = (1..=self.backtests.len())
            .map(|place| place.to_string())
            .collect();
        let places = places.iter().map(|place| Column::Right(place));
        let columns: Vec<_> = std::iter::once(Column::Left("")).chain(places).collect();
        let mut table = Table::new(&columns);
        let unknown = || "–".to_owned();
        for Differing { name, values } in &self.parameters {
            let value = |value: &Option<f64>| value.map_or_else(unknown, |value| shortest(value, 10));
            table.row(std::iter::once(name.clone()).chain(values.iter().map(value)));
        }
        for ComparedSetting { name, values } in &self.settings {
            let cells = values.iter().zip(&self.backtests).map(|(value, backtest)| {
                let value = value.as_ref();
                value.map_or_else(unknown, |value| setting(name, value, Clock::of(backtest)))
            });
            table.row(std::iter::once(setting_label(name).to_owned()).chain(cells));
        }
        for Figure { name, values, best } in &self.figures {
            let shown: Vec<String> = values.iter().map(|value| figure(name, *value)).collect();
            table.row(std::iter::once(label(name)).chain(marked(values, shown, best)));
        }
        table
    }
}

/// Names a setting for people.
fn setting_label(name: &str) -> &str {
    match name {
        "first" => "first bar",
        "last" => "last bar",
        // Figures have rows of their own for what commissions and slippage came to.
        "commission_bps" => "commission (bps)",
        "commission_per_trade" => "commission a fill",
        "slippage_bps" => "slippage (bps)",
        "risk_free" => "risk-free rate",
        "sessions_per_year" => "sessions a year",
        other => other,
    }
}

fn setting(name: &str, value: &SettingValue, clock: Clock) -> String {
    match value {
        SettingValue::Time(time) => clock.show(*time),
        SettingValue::Count(count) => numbers::count(*count),
        SettingValue::Number(cash) if name == "cash" => decimal(*cash, 2),
        SettingValue::Number(fraction) if name == "risk_free" => rate(*fraction),
        SettingValue::Number(number) => shortest(*number, 4),
        SettingValue::Text(text) => text.clone(),
    }
}

/// Marks the best values. What is shown alike counts as equal: no value is marked when all that are defined look the
/// same, and all that look like the best one are.
fn marked(values: &[Option<f64>], shown: Vec<String>, best: &[usize]) -> Vec<String> {
    let defined = || values.iter().zip(&shown).filter(|(value, _)| value.is_some());
    let top = best.first().and_then(|place| shown.get(*place)).cloned();
    let top = top.filter(|top| defined().any(|(_, text)| text != top));
    let mark = |text: String| match &top {
        Some(top) if *top == text => format!("* {text}"),
        _ => text,
    };
    shown.into_iter().map(mark).collect()
}

impl Report for CompareReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.legend())?;
        if let Some(warning) = self.warning() {
            writeln!(out, "{warning}\n")?;
        }
        write!(out, "{}", self.values())?;
        writeln!(out, "\n* the best value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, values: &[Option<f64>], best: &[usize]) -> Vec<String> {
        let texts = values.iter().map(|value| figure(name, *value)).collect();
        marked(values, texts, best)
    }

    #[rstest::rstest]
    #[case("sharpe", &[Some(0.5), Some(4.9)], &[1], &["0.50", "* 4.90"])]
    #[case("volatility", &[Some(0.13), Some(0.15)], &[0], &["* 13.00%", "15.00%"])]
    #[case("sharpe", &[Some(1.0), Some(1.0)], &[], &["1.00", "1.00"])]
    #[case("sharpe", &[Some(1.001), Some(1.002)], &[1], &["1.00", "1.00"])]
    #[case("sharpe", &[Some(1.002), Some(0.5), Some(1.001)], &[0], &["* 1.00", "0.50", "* 1.00"])]
    #[case("sharpe", &[Some(1.0), None], &[], &["1.00", "–"])]
    #[case("sharpe", &[Some(1.001), None, Some(1.002)], &[2], &["1.00", "–", "1.00"])]
    fn the_best_value_is_marked_where_values_look_different(
        #[case] name: &str,
        #[case] values: &[Option<f64>],
        #[case] best: &[usize],
        #[case] expected: &[&str],
    ) {
        assert_eq!(shown(name, values, best), expected);
    }
}
