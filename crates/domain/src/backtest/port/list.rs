//! Which backtests are listed, and in which order.

use std::{cmp::Ordering, str::FromStr};

use crate::{
    backtest::{Backtest, RunStatus},
    id::{BacktestId, SweepId},
    market::{Author, Order, SeriesKey, Version},
    page::PageRequest,
    strategy::StrategyName,
};

/// Which backtests are listed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BacktestsFilter {
    /// Those of one strategy.
    pub strategy: Option<StrategyName>,
    /// Those of one version of it.
    pub version: Option<Version>,
    /// Those that read one series.
    pub series: Option<SeriesKey>,
    /// Those with one status.
    pub status: Option<RunStatus>,
    /// Those with one tag.
    pub tag: Option<String>,
    /// Those of one author.
    pub author: Option<Author>,
    /// The best runs of one sweep.
    pub sweep: Option<SweepId>,
    /// Those whose title, notes or strategy hold this text, whatever its case.
    pub text: Option<String>,
}

impl BacktestsFilter {
    /// Tells whether a backtest is to be listed.
    pub fn accepts(&self, backtest: &Backtest) -> bool {
        let of = |name: &StrategyName| {
            let strategy = backtest.strategy.as_ref();
            strategy.is_some_and(|strategy| strategy.name == *name)
        };
        let in_version = |version: Version| {
            let strategy = backtest.strategy.as_ref();
            strategy.is_some_and(|strategy| strategy.version == version)
        };
        let reads = |key: &SeriesKey| backtest.inputs.iter().any(|input| input.series == *key);
        self.strategy.as_ref().is_none_or(of)
            && self.version.is_none_or(in_version)
            && self.series.as_ref().is_none_or(reads)
            && self.status.is_none_or(|status| status == backtest.status)
            && self.tag.as_ref().is_none_or(|tag| backtest.tags.contains(tag))
            && self
                .author
                .as_ref()
                .is_none_or(|author| *author == backtest.author)
            && self.sweep.is_none_or(|sweep| backtest.sweep == Some(sweep))
            && self.text.as_ref().is_none_or(|text| holds(backtest, text))
    }
}

fn holds(backtest: &Backtest, text: &str) -> bool {
    let text = text.to_lowercase();
    let strategy = backtest.strategy.as_ref().map(|strategy| strategy.name.as_str());
    let places = [backtest.title.as_deref(), backtest.notes.as_deref(), strategy];
    places
        .into_iter()
        .flatten()
        .any(|place| place.to_lowercase().contains(&text))
}

/// What backtests are sorted by; ties are broken by id, and backtests without the figure come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BacktestSort {
    /// The id, and so the time at which they were made.
    #[default]
    Created,
    /// A headline figure: one of [`BacktestSort::FIGURES`].
    Figure(&'static str),
}

/// A text names nothing that backtests can be sorted by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("backtests can't be sorted by `{0}`; there are created, {figures}", figures = BacktestSort::FIGURES.join(", "))]
pub struct BacktestSortError(String);

impl BacktestSort {
    /// The headline figures: every store can sort by them without reading all backtests.
    pub const FIGURES: [&'static str; 12] = [
        "total_return",
        "cagr",
        "volatility",
        "sharpe",
        "sortino",
        "calmar",
        "max_drawdown",
        "exposure",
        "trades",
        "win_rate",
        "profit_factor",
        "expectancy",
    ];

    /// Returns the place of a backtest in a list sorted this way.
    pub fn position(self, backtest: &Backtest) -> BacktestPosition {
        BacktestPosition {
            rank: match self {
                Self::Created => None,
                Self::Figure(name) => backtest.metrics.value(name),
            },
            id: backtest.id,
        }
    }

    /// Compares two places of a list that is sorted this way; backtests without the figure come last either way.
    pub fn compare(order: Order, a: &BacktestPosition, b: &BacktestPosition) -> Ordering {
        let turned = |ordering: Ordering| match order {
            Order::Ascending => ordering,
            Order::Descending => ordering.reverse(),
        };
        match (a.rank, b.rank) {
            (Some(x), Some(y)) => turned(x.total_cmp(&y)).then_with(|| turned(a.id.cmp(&b.id))),
            (None, None) => turned(a.id.cmp(&b.id)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        }
    }

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Figure(name) => name,
        }
    }
}

impl FromStr for BacktestSort {
    type Err = BacktestSortError;

    fn from_str(text: &str) -> Result<Self, BacktestSortError> {
        if text == Self::Created.as_str() {
            return Ok(Self::Created);
        }
        let figure = Self::FIGURES.into_iter().find(|name| *name == text);
        figure
            .map(Self::Figure)
            .ok_or_else(|| BacktestSortError(text.chars().take(80).collect()))
    }
}

/// The place of a backtest in a sorted list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BacktestPosition {
    /// The figure that the list is sorted by, if it is sorted by one and it is defined.
    pub rank: Option<f64>,
    /// The backtest.
    pub id: BacktestId,
}

/// Asks for a page of backtests.
#[derive(Debug, Clone)]
pub struct BacktestsQuery {
    /// Which ones.
    pub filter: BacktestsFilter,
    /// Sorted by what.
    pub sort: BacktestSort,
    /// Which way.
    pub order: Order,
    /// The page.
    pub page: PageRequest<BacktestPosition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_is_read_as_it_is_written() {
        for sort in [BacktestSort::Created, BacktestSort::Figure("sharpe")] {
            assert_eq!(sort.as_str().parse(), Ok(sort));
        }
        let error = "sharp".parse::<BacktestSort>().unwrap_err();
        assert!(error.to_string().contains("sharpe"), "{error}");
    }

    #[test]
    fn backtests_without_the_figure_come_last_either_way() {
        let place = |rank, id| BacktestPosition {
            rank,
            id: BacktestId::from_uuid(uuid::Uuid::from_u128(id)),
        };
        for order in [Order::Ascending, Order::Descending] {
            let ordering = BacktestSort::compare(order, &place(Some(-1.0), 1), &place(None, 2));
            assert_eq!(ordering, Ordering::Less);
        }
        let ordering = BacktestSort::compare(Order::Descending, &place(Some(1.0), 1), &place(Some(1.0), 2));
        assert_eq!(ordering, Ordering::Greater);
    }
}
