//! Names in folders: reading them back, and keeping those apart that differ by case alone.

use std::io;

use domain::{
    error::{EntityRef, StoreError},
    market::{Symbol, Venue},
};
use percent_encoding::percent_decode_str;

use crate::{fault::file_fault, store::Shared, vfs::Entry};

/// Lists the entries of a folder by name, hidden ones left out; a missing folder has none.
pub(crate) fn visible_entries(shared: &Shared, folder: &std::path::Path) -> Result<Vec<Entry>, StoreError> {
    let mut entries = match shared.vfs.list(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file_fault("list", folder, error)),
    };
    entries.retain(|entry| !entry.name.starts_with('.'));
    entries.sort_unstable();
    Ok(entries)
}

/// Reads an encoded name back; `None` for one that was too long to be kept whole.
pub(super) fn decode_name(name: &str) -> Option<String> {
    if name.contains('~') {
        return None;
    }
    percent_decode_str(name)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// Refuses a new instrument whose name differs from a stored one's by case alone: some file systems, and many
/// people, can't tell the two apart.
pub(super) fn check_case(shared: &Shared, venue: &Venue, symbol: &Symbol) -> Result<(), StoreError> {
    let fold = |text: &str| text.to_lowercase();
    for folder in visible_entries(shared, &shared.layout.instruments())? {
        let Some(stored_venue) = decode_name(&folder.name) else {
            continue;
        };
        if fold(&stored_venue) != fold(venue.as_str()) {
            continue;
        }
        for file in visible_entries(shared, &shared.layout.instruments().join(&folder.name))? {
            let stored_symbol = file.name.strip_suffix(".json").and_then(decode_name);
            let Some(stored_symbol) = stored_symbol else {
                continue;
            };
            let same = stored_venue == venue.as_str() && stored_symbol == symbol.as_str();
            if !same && fold(&stored_symbol) == fold(symbol.as_str()) {
                return Err(StoreError::AlreadyExists {
                    entity: EntityRef::Instrument(venue.clone(), symbol.clone()),
                    reason: format!(
                        "{stored_venue}:{stored_symbol} differs from it by case alone; use that name"
                    ),
                });
            }
        }
    }
    Ok(())
}
