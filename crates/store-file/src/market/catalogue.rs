//! Listing series: the folders tell which there are, their journals what they hold.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use domain::{
    error::StoreError,
    market::{SeriesFilter, SeriesHead, SeriesKey, SeriesPosition, SeriesQuery, SeriesSort, Symbol, Venue},
    page::Page,
};

use super::names::visible_entries;
use crate::{
    journal::{self, CachedSeries},
    layout::{SeriesFolder, encode_name},
    store::Shared,
};

/// Returns the series of one instrument.
pub(super) fn series_of(
    shared: &Shared,
    venue: &Venue,
    symbol: &Symbol,
) -> Result<Vec<Arc<CachedSeries>>, StoreError> {
    let known = journal::known_series(shared);
    let mut found = Vec::new();
    for entry in visible_entries(shared, &shared.layout.symbol(venue, symbol))? {
        let folder = shared.layout.symbol(venue, symbol).join(&entry.name);
        found.extend(look(shared, &known, folder)?);
    }
    Ok(found)
}

/// Looks at a folder: through the cache when its series is known, else by its journal.
fn look(
    shared: &Shared,
    known: &HashMap<PathBuf, SeriesKey>,
    folder: PathBuf,
) -> Result<Option<Arc<CachedSeries>>, StoreError> {
    if let Some(key) = known.get(&folder) {
        return journal::refresh(shared, key);
    }
    match journal::load_by_folder(shared, &SeriesFolder(folder))? {
        Some(series) => journal::refresh(shared, &series.state.key),
        None => Ok(None),
    }
}

fn heads(shared: &Shared, filter: &SeriesFilter) -> Result<Vec<SeriesHead>, StoreError> {
    let root = shared.layout.all_series();
    let known = journal::known_series(shared);
    let venue_name = filter.venue.as_ref().map(|venue| encode_name(venue.as_str()));
    let symbol_name = filter.symbol.as_ref().map(|symbol| encode_name(symbol.as_str()));
    let timeframe_name = filter.timeframe.map(domain::market::Timeframe::path_text);
    let wanted = |name: &str, filter: &Option<String>| filter.as_ref().is_none_or(|filter| filter == name);
    let mut heads = Vec::new();
    for venue in visible_entries(shared, &root)?
        .iter()
        .filter(|entry| wanted(&entry.name, &venue_name))
    {
        let venue = root.join(&venue.name);
        for symbol in visible_entries(shared, &venue)?
            .iter()
            .filter(|entry| wanted(&entry.name, &symbol_name))
        {
            let symbol = venue.join(&symbol.name);
            let frames = visible_entries(shared, &symbol)?;
            for frame in frames.iter().filter(|entry| wanted(&entry.name, &timeframe_name)) {
                let series = look(shared, &known, symbol.join(&frame.name))?;
                heads.extend(series.and_then(|series| series.state.head()));
            }
        }
    }
    heads.retain(|head| filter.accepts(&head.key));
    Ok(heads)
}

/// Lists a page of series.
pub(super) fn list(
    shared: &Shared,
    query: &SeriesQuery,
) -> Result<Page<SeriesHead, SeriesPosition>, StoreError> {
    let mut ranked: Vec<(SeriesPosition, SeriesHead)> = heads(shared, &query.filter)?
        .into_iter()
        .map(|head| (query.sort.position(&head), head))
        .filter(|(position, _)| {
            let after = query.page.after.as_ref();
            after.is_none_or(|after| SeriesSort::compare(query.order, after, position).is_lt())
        })
        .collect();
    ranked.sort_unstable_by(|a, b| SeriesSort::compare(query.order, &a.0, &b.0));
    ranked.truncate(query.page.limit.get() + 1);
    let items = ranked.into_iter().map(|(_, head)| head).collect();
    Ok(Page::cut(items, query.page.limit, |head| {
        query.sort.position(head)
    }))
}
