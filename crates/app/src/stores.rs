//! The ports of one store, together.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{
        ImportStore, InstrumentStore, Order, PriceStore, SeriesFiles, SeriesFilter, SeriesHead, SeriesQuery,
        SeriesSort,
    },
    page::PageRequest,
    strategy::StrategyStore,
};

/// How many series are asked for at once when all are wanted.
const PAGE: usize = 500;

/// Every port of one store; cheap to clone.
#[derive(Clone)]
pub struct Stores {
    /// Instruments.
    pub instruments: Arc<dyn InstrumentStore>,
    /// Price history.
    pub prices: Arc<dyn PriceStore>,
    /// Imports.
    pub imports: Arc<dyn ImportStore>,
    /// Strategies.
    pub strategies: Arc<dyn StrategyStore>,
    /// The files of series, when the store keeps them in files.
    pub files: Option<Arc<dyn SeriesFiles>>,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stores")
            .field("files", &self.files.is_some())
            .finish_non_exhaustive()
    }
}

impl Stores {
    /// Returns the heads of every series that `filter` accepts, in order of their keys.
    ///
    /// # Errors
    /// Those of [`PriceStore::list`].
    pub async fn all_series(&self, filter: SeriesFilter) -> Result<Vec<SeriesHead>, StoreError> {
        let mut heads = Vec::new();
        let mut page = PageRequest::first(PAGE);
        loop {
            let (sort, order) = (SeriesSort::Key, Order::Ascending);
            let found = self
                .prices
                .list(SeriesQuery {
                    filter: filter.clone(),
                    sort,
                    order,
                    page,
                })
                .await?;
            heads.extend(found.items);
            match found.next {
                Some(position) => page = PageRequest::first(PAGE).after(position),
                None => return Ok(heads),
            }
        }
    }
}
