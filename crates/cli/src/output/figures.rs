//! Figures of backtests, as people read them.

use domain::backtest::Metrics;
use engine::{Unit, metric_definition};

use super::numbers::decimal;

/// Prints the name of a figure.
pub(crate) fn label(name: &str) -> String {
    name.replace('_', " ")
}

/// Prints a figure by its unit; `–` when it is undefined.
pub(crate) fn figure(name: &str, value: Option<f64>) -> String {
    let Some(value) = value else {
        return "–".to_owned();
    };
    match metric_definition(name).map(|definition| definition.unit) {
        Some(Unit::Fraction) => percent(value),
        Some(Unit::Count) => decimal(value, 0),
        Some(Unit::Days) => duration(value),
        Some(Unit::Currency | Unit::Ratio) | None => decimal(value, 2),
    }
}

/// Prints a number of days; what is shorter than one, in hours or minutes.
pub(crate) fn duration(days: f64) -> String {
    let hours = days * 24.0;
    if days >= 1.0 || days == 0.0 {
        format!("{} d", decimal(days, 1))
    } else if hours >= 1.0 {
        format!("{} h", decimal(hours, 1))
    } else {
        format!("{} min", decimal(hours * 60.0, 1))
    }
}

/// Prints a fraction as a percentage.
pub(crate) fn percent(fraction: f64) -> String {
    format!("{}%", decimal(fraction * 100.0, 2))
}

/// Prints the figure of that name.
pub(crate) fn of(metrics: &Metrics, name: &str) -> String {
    figure(name, metrics.value(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("total_return", Some(0.12345), "12.35%")]
    #[case("max_drawdown", Some(-0.5), "-50.00%")]
    #[case("sharpe", Some(1.234), "1.23")]
    #[case("trades", Some(1_234.0), "1,234")]
    #[case("max_drawdown_duration", Some(12.5), "12.5 d")]
    #[case("average_holding", Some(0.5), "12.0 h")]
    #[case("average_holding", Some(1.0 / 48.0), "30.0 min")]
    #[case("average_holding", Some(0.0), "0.0 d")]
    #[case("commissions", Some(1_234.5), "1,234.50")]
    #[case("sharpe", None, "–")]
    fn a_figure_is_shown_in_its_unit(#[case] name: &str, #[case] value: Option<f64>, #[case] text: &str) {
        assert_eq!(figure(name, value), text);
    }
}
