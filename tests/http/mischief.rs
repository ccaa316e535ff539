//! What can befall a store, done to the one that the tests run on: every test of this crate is run on files and on
//! PostgreSQL.

use std::{
    any::Any,
    fs,
    path::{Path, PathBuf},
};

use tests::{Kind, Place};

/// Returns the kind of store that the tests of this program run on.
pub(crate) fn kind() -> Kind {
    match env!("CARGO_CRATE_NAME") {
        "http_postgres" => Kind::Postgres,
        _ => Kind::Files,
    }
}

/// Makes an empty place for a store of that kind.
pub(crate) fn place() -> Place {
    Place::of(kind())
}

fn chunk_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(chunk_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Spoils the bytes of the newest chunk of a store with one series; returns what the log must name.
pub(crate) fn damage_newest_chunk(place: &Place) -> String {
    let Some(database) = place.database() else {
        let file = chunk_files(&place.path("store")).pop().unwrap();
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        let end = (middle + 64).min(bytes.len());
        for byte in &mut bytes[middle..end] {
            *byte ^= 0xff;
        }
        fs::write(&file, bytes).unwrap();
        return file.file_name().unwrap().to_str().unwrap().to_owned();
    };
    database.execute_now(
        "update chandlery.price_chunk
         set close = set_byte(close, octet_length(close) / 2, 255 - get_byte(close, octet_length(close) / 2))
         where chunk_id = (select chunk_id from chandlery.price_chunk order by first_time desc limit 1)",
    );
    "price_chunk (series_id".to_owned()
}

/// Makes a store unreachable; it comes back with [`bring_back`].
pub(crate) fn take_away(place: &Place) {
    if let Some(database) = place.database() {
        return database.close_to_connections();
    }
    fs::rename(place.path("store"), place.path("elsewhere")).unwrap();
    fs::write(place.path("store"), "a file").unwrap();
}

/// Brings a store back.
pub(crate) fn bring_back(place: &Place) {
    if let Some(database) = place.database() {
        return database.open_to_connections();
    }
    fs::remove_file(place.path("store")).unwrap();
    fs::rename(place.path("elsewhere"), place.path("store")).unwrap();
}

/// Holds the lock that a writer needs, as another process does while it commits, until it is dropped.
pub(crate) fn hold_lock(place: &Place) -> Box<dyn Any> {
    if let Some(database) = place.database() {
        return Box::new(database.hold_now("select version from chandlery.series_head for update"));
    }
    let mut options = fs::File::options();
    let lock = options.write(true).open(place.path("store/lock")).unwrap();
    lock.lock().unwrap();
    Box::new(lock)
}
