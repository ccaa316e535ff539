//! Instruments: a row each.

use async_trait::async_trait;
use domain::{
    error::StoreError,
    market::{Instrument, InstrumentStore, InstrumentsQuery, Symbol, Venue},
    page::Page,
};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::{recount, write::differs_by_case};
use crate::{
    database::{Attempts, Fault, Lane, damaged},
    entities::instrument::{Column, Entity, Model},
    store::PostgresStore,
};

impl TryFrom<Model> for Instrument {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |column: &str, cause: &dyn std::fmt::Display| {
            damaged(
                format!("instrument (id {}), column {column}", row.id),
                cause.to_string(),
            )
        };
        let currency = row.currency.as_deref().map(str::parse).transpose();
        Ok(Self {
            venue: row.venue.parse().map_err(|error| wrong("venue", &error))?,
            symbol: row.symbol.parse().map_err(|error| wrong("symbol", &error))?,
            asset_class: row
                .asset_class
                .parse()
                .map_err(|error| wrong("asset_class", &error))?,
            currency: currency.map_err(|error| wrong("currency", &error))?,
            zone: row.zone.parse().map_err(|error| wrong("zone", &error))?,
            sessions_per_year: row
                .sessions_per_year
                .try_into()
                .map_err(|error| wrong("sessions_per_year", &error))?,
            allows_nonpositive: row.allows_nonpositive,
        })
    }
}

/// Returns venue and symbol in lower case, by which names that differ by case alone are told.
pub(super) fn folded(instrument: &Instrument) -> (String, String) {
    (
        instrument.venue.as_str().to_lowercase(),
        instrument.symbol.as_str().to_lowercase(),
    )
}

#[async_trait]
impl InstrumentStore for PostgresStore {
    async fn instrument(&self, venue: &Venue, symbol: &Symbol) -> Result<Option<Instrument>, StoreError> {
        let select = Entity::find()
            .filter(Column::Venue.eq(venue.as_str()))
            .filter(Column::Symbol.eq(symbol.as_str()));
        let orm = self.shared.database.orm().await?;
        let found: Result<_, Fault> = orm.run(select.one(&orm.connection)).await;
        found?.map(Instrument::try_from).transpose()
    }

    async fn instruments(
        &self,
        query: InstrumentsQuery,
    ) -> Result<Page<Instrument, (Venue, Symbol)>, StoreError> {
        let mut select = Entity::find()
            .order_by_asc(Column::Venue)
            .order_by_asc(Column::Symbol);
        if let Some(venue) = &query.venue {
            select = select.filter(Column::Venue.eq(venue.as_str()));
        }
        if let Some((venue, symbol)) = &query.page.after {
            let same_venue = Condition::all()
                .add(Column::Venue.eq(venue.as_str()))
                .add(Column::Symbol.gt(symbol.as_str()));
            select = select.filter(
                Condition::any()
                    .add(Column::Venue.gt(venue.as_str()))
                    .add(same_venue),
            );
        }
        let select = select.limit(query.page.limit.get() as u64 + 1);
        let orm = self.shared.database.orm().await?;
        let found: Result<_, Fault> = orm.run(select.all(&orm.connection)).await;
        let instruments = found?
            .into_iter()
            .map(Instrument::try_from)
            .collect::<Result<_, _>>()?;
        Ok(Page::cut(instruments, query.page.limit, |item: &Instrument| {
            (item.venue.clone(), item.symbol.clone())
        }))
    }

    async fn put_instrument(&self, instrument: &Instrument) -> Result<(), StoreError> {
        let (store, instrument) = (self.clone(), instrument.clone());
        // Whatever becomes of the caller: gap counts and days must follow the zone.
        let putting = tokio::task::spawn(async move { put(&store, &instrument).await });
        putting
            .await
            .map_err(|error| StoreError::unavailable(super::staged::TaskFault(error)))?
    }
}

async fn put(store: &PostgresStore, instrument: &Instrument) -> Result<(), StoreError> {
    let mut attempts = Attempts::within(store.shared.options.lock_wait);
    loop {
        match put_row(store, instrument).await {
            Ok(()) => break,
            Err(fault) => attempts.again(fault).await?,
        }
    }
    // Found by comparing, not remembered: what a process that was killed has left undone is done by the next.
    recount::recount(&store.shared, instrument).await
}

async fn put_row(store: &PostgresStore, instrument: &Instrument) -> Result<(), Fault> {
    let (venue_folded, symbol_folded) = folded(instrument);
    let mut lease = store.shared.database.lease(Lane::Requests).await?;
    let query = sqlx::query(include_str!("sql/put_instrument.sql"))
        .bind(store.shared.options.ids.next_uuid())
        .bind(instrument.venue.as_str())
        .bind(instrument.symbol.as_str())
        .bind(venue_folded)
        .bind(symbol_folded)
        .bind(instrument.asset_class.as_str())
        .bind(instrument.currency.as_ref().map(domain::market::Currency::as_str))
        .bind(instrument.zone.name())
        .bind(i32::from(instrument.sessions_per_year))
        .bind(instrument.allows_nonpositive);
    match lease.execute(query).await {
        Err(Fault::Crossed(error)) => {
            let other = differs_by_case(&mut lease, &instrument.venue, &instrument.symbol).await?;
            // Without one, somebody is making or changing the very same row.
            Err(other.map_or(Fault::Crossed(error), Fault::from))
        }
        other => other.map(drop),
    }
}
