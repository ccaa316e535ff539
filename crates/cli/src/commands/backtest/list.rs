//! `chandlery backtest list`

use std::io::{self, Write};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use domain::{
    backtest::{BacktestSort, BacktestsFilter, RunStatus},
    id::SweepId,
    market::{Order, SeriesKey},
    strategy::StrategyName,
};
use engine::{Better, metric_definition};
use serde::Serialize;

use super::{Listed, listed, view::BacktestView};
use crate::{
    output::{
        Report, figures,
        table::{Column, Table},
        times,
    },
    session::Session,
};

/// The figures that the list shows.
const FIGURES: [&str; 5] = ["total_return", "cagr", "sharpe", "max_drawdown", "trades"];

/// The arguments of `backtest list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Those of one strategy
    #[arg(long, value_name = "NAME")]
    strategy: Option<StrategyName>,
    /// Those that read one series
    #[arg(long, value_name = "VENUE:SYMBOL/TF")]
    series: Option<SeriesKey>,
    /// Those that are queued, running, done, failed or cancelled
    #[arg(long)]
    status: Option<RunStatus>,
    /// Those with this tag
    #[arg(long)]
    tag: Option<String>,
    /// The best runs of one sweep
    #[arg(long, value_name = "ID")]
    sweep: Option<SweepId>,
    /// Those whose title, notes or strategy hold this text
    #[arg(long = "q", value_name = "TEXT")]
    text: Option<String>,
    /// Sorted by when they were made (created), or by a figure: the best ones first
    #[arg(long, value_name = "FIGURE", default_value = "created", value_parser = sort())]
    sort: BacktestSort,
    /// The other way round
    #[arg(long)]
    reverse: bool,
    /// How many
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: usize,
}

/// Knows what there is to sort by, so that the help lists it and a mistake is told with what is nearest.
fn sort() -> impl TypedValueParser<Value = BacktestSort> {
    let names = [BacktestSort::Created.as_str()]
        .into_iter()
        .chain(BacktestSort::FIGURES);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<BacktestSort>())
}

#[derive(Serialize)]
struct BacktestsReport {
    backtests: Vec<BacktestView>,
    more: bool,
}

pub(super) async fn run(session: &Session, arguments: ListArguments) -> anyhow::Result<()> {
    let ListArguments {
        strategy,
        series,
        status,
        tag,
        sweep,
        text,
        sort,
        reverse,
        limit,
    } = arguments;
    let filter = BacktestsFilter {
        strategy,
        series,
        status,
        tag,
        sweep,
        text,
        ..BacktestsFilter::default()
    };
    let order = order(sort, reverse);
    let Listed { items, more } = listed(session, filter, sort, order, limit).await?;
    session.print(&BacktestsReport {
        backtests: items.into_iter().map(BacktestView::from).collect(),
        more,
    })
}

/// Returns the order that puts the newest or the best ones first.
fn order(sort: BacktestSort, reverse: bool) -> Order {
    let definition = metric_definition(sort.as_str());
    let least_first = definition.is_some_and(|definition| definition.better == Better::Lower);
    if least_first == reverse {
        Order::Descending
    } else {
        Order::Ascending
    }
}

impl Report for BacktestsReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.backtests.is_empty() {
            return writeln!(
                out,
                "No backtests. `chandlery backtest run STRATEGY --series KEY` makes one."
            );
        }
        let labels = FIGURES.map(figures::label);
        let lead = ["backtest", "made (UTC)", "status", "strategy", "data"].map(Column::Left);
        let numbers = labels.iter().map(|label| Column::Right(label));
        let columns: Vec<_> = lead
            .into_iter()
            .chain(numbers)
            .chain([Column::Left("title or parameters")])
            .collect();
        let mut table = Table::new(&columns);
        for backtest in &self.backtests {
            let lead = [
                backtest.id.to_string(),
                times::happened(backtest.created_at),
                backtest.status.to_string(),
                backtest.strategy_label(),
                backtest.data_label(),
            ];
            let values = FIGURES.map(|name| figures::of(&backtest.metrics, name));
            let title = backtest
                .title
                .clone()
                .unwrap_or_else(|| backtest.parameters_label());
            table.row(lead.into_iter().chain(values).chain([title]));
        }
        write!(out, "{table}")?;
        if self.more {
            writeln!(out, "… there are more: --limit shows them")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_ones_come_first() {
        assert_eq!(order(BacktestSort::Created, false), Order::Descending);
        assert_eq!(order(BacktestSort::Figure("sharpe"), false), Order::Descending);
        assert_eq!(order(BacktestSort::Figure("volatility"), false), Order::Ascending);
        assert_eq!(order(BacktestSort::Figure("sharpe"), true), Order::Ascending);
    }
}
