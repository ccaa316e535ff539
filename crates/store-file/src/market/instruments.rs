//! Instruments: one document each.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    error::StoreError,
    market::{Instrument, InstrumentStore, InstrumentsQuery, SeriesKey, Symbol, Venue},
    page::Page,
};

use super::{
    catalogue::series_of,
    gaps::count_gaps,
    names::{check_case, decode_name, visible_entries},
};
use crate::{
    document,
    fault::damaged,
    journal::{self, Record},
    store::{FileStore, Shared},
};

/// Returns an instrument, if it is stored.
pub(super) fn find(
    shared: &Shared,
    venue: &Venue,
    symbol: &Symbol,
) -> Result<Option<Instrument>, StoreError> {
    let path = shared.layout.instrument(venue, symbol);
    let found: Option<Instrument> = document::read(shared, &path)?;
    match found {
        // On a file system that folds case, the document of another name answers.
        Some(found) if found.venue != *venue || found.symbol != *symbol => Ok(None),
        found => Ok(found),
    }
}

/// Makes the instrument of a new series when it is not stored yet. The caller holds the root's lock.
pub(super) fn ensure(
    shared: &Shared,
    key: &SeriesKey,
    stored: Option<&Instrument>,
) -> Result<(), StoreError> {
    match stored {
        Some(_) => Ok(()),
        None => store(
            shared,
            &Instrument::new(key.venue.clone(), key.symbol.clone()),
            true,
        ),
    }
}

fn store(shared: &Shared, instrument: &Instrument, new: bool) -> Result<(), StoreError> {
    if new {
        check_case(shared, &instrument.venue, &instrument.symbol)?;
        shared.make_folders(&shared.layout.instruments_of(&instrument.venue))?;
    }
    document::write(
        shared,
        &shared.layout.instrument(&instrument.venue, &instrument.symbol),
        instrument,
    )
}

fn put(shared: &Arc<Shared>, instrument: &Instrument) -> Result<(), StoreError> {
    let before = find(shared, &instrument.venue, &instrument.symbol)?;
    store(shared, instrument, before.is_none())?;
    if before.is_some_and(|before| before.zone != instrument.zone) {
        recount(shared, instrument)?;
    }
    Ok(())
}

/// Counts the gaps of an instrument's series again, in its new zone.
fn recount(shared: &Arc<Shared>, instrument: &Instrument) -> Result<(), StoreError> {
    for series in series_of(shared, &instrument.venue, &instrument.symbol)? {
        let state = &series.state;
        let zone = &instrument.zone;
        let gaps = count_gaps(
            shared,
            &series.folder,
            state.key.timeframe,
            zone,
            &state.chunks,
            &[],
        )?;
        if gaps != state.gaps {
            journal::append(shared, Ok(&series), Record::Recount { gaps })?;
        }
    }
    Ok(())
}

fn list(shared: &Shared, query: &InstrumentsQuery) -> Result<Page<Instrument, (Venue, Symbol)>, StoreError> {
    let root = shared.layout.instruments();
    let mut names = Vec::new();
    for venue in visible_entries(shared, &root)? {
        for file in visible_entries(shared, &root.join(&venue.name))? {
            let path = root.join(&venue.name).join(&file.name);
            let stem = file.name.strip_suffix(".json").unwrap_or(&file.name);
            let name = match (decode_name(&venue.name), decode_name(stem)) {
                (Some(venue), Some(symbol)) => match (venue.parse(), symbol.parse()) {
                    (Ok(venue), Ok(symbol)) => (venue, symbol),
                    _ => return Err(damaged(&path, "its name is no instrument's")),
                },
                _ => name_within(shared, &path)?,
            };
            let wanted = query.venue.as_ref().is_none_or(|venue| *venue == name.0);
            if wanted && query.page.after.as_ref().is_none_or(|after| name > *after) {
                names.push((name, path));
            }
        }
    }
    names.sort_unstable();
    names.truncate(query.page.limit.get() + 1);
    let mut items = Vec::with_capacity(names.len());
    for (_, path) in names {
        items.extend(document::read::<Instrument>(shared, &path)?);
    }
    Ok(Page::cut(items, query.page.limit, |item| {
        (item.venue.clone(), item.symbol.clone())
    }))
}

fn name_within(shared: &Shared, path: &std::path::Path) -> Result<(Venue, Symbol), StoreError> {
    let instrument: Option<Instrument> = document::read(shared, path)?;
    let instrument = instrument.ok_or_else(|| damaged(path, "the file is missing"))?;
    Ok((instrument.venue, instrument.symbol))
}

#[async_trait]
impl InstrumentStore for FileStore {
    async fn instrument(&self, venue: &Venue, symbol: &Symbol) -> Result<Option<Instrument>, StoreError> {
        let (shared, venue, symbol) = (self.shared.clone(), venue.clone(), symbol.clone());
        self.shared
            .workers
            .run(move || find(&shared, &venue, &symbol))
            .await
    }

    async fn instruments(
        &self,
        query: InstrumentsQuery,
    ) -> Result<Page<Instrument, (Venue, Symbol)>, StoreError> {
        let shared = self.shared.clone();
        self.shared.workers.run(move || list(&shared, &query)).await
    }

    async fn put_instrument(&self, instrument: &Instrument) -> Result<(), StoreError> {
        let (shared, instrument) = (self.shared.clone(), instrument.clone());
        let right = self.shared.write_right().await?;
        self.shared
            .workers
            .run(move || {
                let _right = right;
                put(&shared, &instrument)
            })
            .await
    }
}
