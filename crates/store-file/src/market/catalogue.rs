//! Listing series: the folders tell which there are, their journals what they hold.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    error::StoreError,
    market::{
        Order, SeriesFilter, SeriesHead, SeriesKey, SeriesPosition, SeriesQuery, SeriesSort, Symbol, Venue,
    },
    page::Page,
};

use super::names::{decode_name, visible_entries};
use crate::{
    journal::{self, CachedSeries},
    layout::{SeriesFolder, encode_name},
    store::Shared,
    vfs::Entry,
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

/// The encoded names that a filter leaves.
struct Wanted {
    venue: Option<String>,
    symbol: Option<String>,
    timeframe: Option<String>,
}

impl Wanted {
    fn by(filter: &SeriesFilter) -> Self {
        Self {
            venue: filter.venue.as_ref().map(|venue| encode_name(venue.as_str())),
            symbol: filter.symbol.as_ref().map(|symbol| encode_name(symbol.as_str())),
            timeframe: filter.timeframe.map(domain::market::Timeframe::path_text),
        }
    }
}

/// Returns the folders in `folder` whose name is the wanted one, or all of them.
fn folders(shared: &Shared, folder: &Path, wanted: Option<&String>) -> Result<Vec<Entry>, StoreError> {
    let mut entries = visible_entries(shared, folder)?;
    entries.retain(|entry| wanted.is_none_or(|wanted| *wanted == entry.name));
    Ok(entries)
}

/// Returns the heads of the series in a symbol's folder that `filter` accepts.
fn heads_of_symbol(
    shared: &Shared,
    known: &HashMap<PathBuf, SeriesKey>,
    symbol: &Path,
    filter: &SeriesFilter,
    wanted: &Wanted,
) -> Result<Vec<SeriesHead>, StoreError> {
    let mut heads = Vec::new();
    for frame in folders(shared, symbol, wanted.timeframe.as_ref())? {
        let series = look(shared, known, symbol.join(&frame.name))?;
        let head = series.and_then(|series| series.state.head());
        heads.extend(head.filter(|head| filter.accepts(&head.key)));
    }
    Ok(heads)
}

fn heads(shared: &Shared, filter: &SeriesFilter) -> Result<Vec<SeriesHead>, StoreError> {
    let root = shared.layout.all_series();
    let (known, wanted) = (journal::known_series(shared), Wanted::by(filter));
    let mut heads = Vec::new();
    for venue in folders(shared, &root, wanted.venue.as_ref())? {
        let venue = root.join(&venue.name);
        for symbol in folders(shared, &venue, wanted.symbol.as_ref())? {
            heads.extend(heads_of_symbol(
                shared,
                &known,
                &venue.join(&symbol.name),
                filter,
                &wanted,
            )?);
        }
    }
    Ok(heads)
}

/// Returns the heads behind `after` in the order of keys, up to `most`, without a look at the others: the names of
/// folders tell their order. `None` when a name was too long to be kept whole.
fn heads_by_key(
    shared: &Shared,
    filter: &SeriesFilter,
    after: Option<&SeriesKey>,
    most: usize,
) -> Result<Option<Vec<SeriesHead>>, StoreError> {
    let root = shared.layout.all_series();
    let (known, wanted) = (journal::known_series(shared), Wanted::by(filter));
    let sorted = |entries: Vec<Entry>| {
        let named = entries
            .into_iter()
            .map(|entry| Some((decode_name(&entry.name)?, entry.name)));
        let mut named: Vec<(String, String)> = named.collect::<Option<_>>()?;
        named.sort_unstable();
        Some(named)
    };
    let Some(venues) = sorted(folders(shared, &root, wanted.venue.as_ref())?) else {
        return Ok(None);
    };
    let mut heads = Vec::new();
    for (venue, folder) in venues {
        if after.is_some_and(|after| *venue < *after.venue.as_str()) {
            continue;
        }
        let folder = root.join(folder);
        let Some(symbols) = sorted(folders(shared, &folder, wanted.symbol.as_ref())?) else {
            return Ok(None);
        };
        for (symbol, name) in symbols {
            let is_before =
                |after: &SeriesKey| (&*venue, &*symbol) < (after.venue.as_str(), after.symbol.as_str());
            if after.is_some_and(is_before) {
                continue;
            }
            let mut found = heads_of_symbol(shared, &known, &folder.join(name), filter, &wanted)?;
            found.retain(|head| after.is_none_or(|after| head.key > *after));
            found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
            heads.extend(found);
            if heads.len() >= most {
                return Ok(Some(heads));
            }
        }
    }
    Ok(Some(heads))
}

/// Lists a page of series.
pub(super) fn list(
    shared: &Shared,
    query: &SeriesQuery,
) -> Result<Page<SeriesHead, SeriesPosition>, StoreError> {
    let most = query.page.limit.get() + 1;
    let after = query.page.after.as_ref();
    let in_order_of_folders = query.sort == SeriesSort::Key && query.order == Order::Ascending;
    let few = if in_order_of_folders {
        heads_by_key(shared, &query.filter, after.map(|after| &after.key), most)?
    } else {
        None
    };
    let found = match few {
        Some(few) => few,
        None => heads(shared, &query.filter)?,
    };
    let mut ranked: Vec<(SeriesPosition, SeriesHead)> = found
        .into_iter()
        .map(|head| (query.sort.position(&head), head))
        .filter(|(position, _)| {
            after.is_none_or(|after| SeriesSort::compare(query.order, after, position).is_lt())
        })
        .collect();
    ranked.sort_unstable_by(|a, b| SeriesSort::compare(query.order, &a.0, &b.0));
    ranked.truncate(most);
    let items = ranked.into_iter().map(|(_, head)| head).collect();
    Ok(Page::cut(items, query.page.limit, |head| {
        query.sort.position(head)
    }))
}
