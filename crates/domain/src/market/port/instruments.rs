//! The port of instruments.

use async_trait::async_trait;

use crate::{
    error::StoreError,
    market::{Instrument, Symbol, Venue},
    page::{Page, PageRequest},
};

/// Where instruments are stored.
#[async_trait]
pub trait InstrumentStore: Send + Sync {
    /// Returns an instrument, if it is known.
    async fn instrument(&self, venue: &Venue, symbol: &Symbol) -> Result<Option<Instrument>, StoreError>;

    /// Lists instruments by venue and symbol.
    async fn instruments(
        &self,
        query: InstrumentsQuery,
    ) -> Result<Page<Instrument, (Venue, Symbol)>, StoreError>;

    /// Stores an instrument, new or known. Gap counts of its series follow a changed zone.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] when another instrument's name differs by case alone.
    async fn put_instrument(&self, instrument: &Instrument) -> Result<(), StoreError>;
}

/// Which instruments are listed.
#[derive(Debug, Clone)]
pub struct InstrumentsQuery {
    /// Those of one venue, or all.
    pub venue: Option<Venue>,
    /// The page.
    pub page: PageRequest<(Venue, Symbol)>,
}
