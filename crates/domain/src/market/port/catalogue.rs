//! Which series are listed, and in which order.

use crate::{
    market::{SeriesHead, SeriesKey, SeriesPosition, Symbol, Timeframe, Timestamp, Venue},
    page::PageRequest,
};

/// Which series are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesFilter {
    /// Those of one venue.
    pub venue: Option<Venue>,
    /// Those of one symbol.
    pub symbol: Option<Symbol>,
    /// Those of one timeframe.
    pub timeframe: Option<Timeframe>,
    /// Those whose key holds this text, whatever its case.
    pub text: Option<String>,
}

impl SeriesFilter {
    /// Tells whether a series is to be listed.
    pub fn accepts(&self, key: &SeriesKey) -> bool {
        let text = self.text.as_ref();
        self.venue.as_ref().is_none_or(|venue| *venue == key.venue)
            && self.symbol.as_ref().is_none_or(|symbol| *symbol == key.symbol)
            && self.timeframe.is_none_or(|timeframe| timeframe == key.timeframe)
            && text.is_none_or(|text| key.to_string().to_lowercase().contains(&text.to_lowercase()))
    }
}

/// What series are sorted by; ties are broken by key, and series without the figure come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeriesSort {
    /// Venue, symbol and timeframe.
    #[default]
    Key,
    /// The number of bars.
    Bars,
    /// The time of the first bar.
    First,
    /// The time of the last bar.
    Last,
    /// The number of missing bars.
    Gaps,
    /// The time of the newest commit.
    Updated,
}

impl SeriesSort {
    /// Returns the place of a series in a list sorted this way.
    pub fn position(self, head: &SeriesHead) -> SeriesPosition {
        let rank = match self {
            Self::Key => None,
            Self::Bars => Some(head.bars as i64),
            Self::First => head.first.map(Timestamp::micros),
            Self::Last => head.last.map(Timestamp::micros),
            Self::Gaps => Some(head.gaps as i64),
            Self::Updated => Some(head.updated_at.micros()),
        };
        SeriesPosition {
            rank,
            key: head.key.clone(),
        }
    }

    /// Compares two places of a list that is sorted this way; series without the figure come last either way.
    pub fn compare(order: Order, a: &SeriesPosition, b: &SeriesPosition) -> std::cmp::Ordering {
        let turned = |ordering: std::cmp::Ordering| match order {
            Order::Ascending => ordering,
            Order::Descending => ordering.reverse(),
        };
        match (a.rank, b.rank) {
            (Some(x), Some(y)) => turned(x.cmp(&y)).then_with(|| turned(a.key.cmp(&b.key))),
            (None, None) => turned(a.key.cmp(&b.key)),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
        }
    }
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// Asks for a page of the catalogue.
#[derive(Debug, Clone)]
pub struct SeriesQuery {
    /// Which series.
    pub filter: SeriesFilter,
    /// Sorted by what.
    pub sort: SeriesSort,
    /// Which way.
    pub order: Order,
    /// The page.
    pub page: PageRequest<SeriesPosition>,
}
