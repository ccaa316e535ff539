//! Small JSON documents that are replaced as a whole and carry a checksum.

use std::{io, path::Path};

use domain::error::StoreError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    fault::{damaged, file_fault},
    store::Shared,
};

const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Envelope {
    format: u32,
    /// The XXH3-128 of the document's text.
    checksum: String,
    document: Box<RawValue>,
}

fn checksum(text: &str) -> String {
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

/// Reads a document; `None` when there is no such file.
pub(crate) fn read<T: DeserializeOwned>(shared: &Shared, path: &Path) -> Result<Option<T>, StoreError> {
    let bytes = match shared.vfs.read_from(path, 0) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_fault("read", path, error)),
    };
    let envelope: Envelope = serde_json::from_slice(&bytes)
        .map_err(|error| damaged(path, format!("it is no document: {error}")))?;
    if envelope.format != FORMAT {
        return Err(damaged(
            path,
            format!("its format is {}, this program reads {FORMAT}", envelope.format),
        ));
    }
    let text = envelope.document.get();
    if checksum(text) != envelope.checksum {
        return Err(damaged(path, "its text does not match its checksum"));
    }
    let document = serde_json::from_str(text);
    document
        .map(Some)
        .map_err(|error| damaged(path, format!("it can't be understood: {error}")))
}

/// Stores a document in place of the one before, so that a crash leaves the one or the other. The folder must exist.
pub(crate) fn write<T: Serialize>(shared: &Shared, path: &Path, document: &T) -> Result<(), StoreError> {
    let document = serde_json::value::to_raw_value(document).map_err(StoreError::unavailable)?;
    let envelope = Envelope {
        format: FORMAT,
        checksum: checksum(document.get()),
        document,
    };
    let mut bytes = serde_json::to_vec(&envelope).map_err(StoreError::unavailable)?;
    bytes.push(b'\n');
    replace(shared, path, &bytes)
}

/// Gives `path` new contents: written and synced beside it, then renamed.
pub(crate) fn replace(shared: &Shared, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    // The leading dot keeps half-written files out of every listing.
    let temporary = folder.join(format!(".{}.tmp", temporary_name(shared)));
    let written = shared.write_new(&temporary, bytes);
    let renamed = written.and_then(|()| {
        shared
            .vfs
            .rename(&temporary, path)
            .map_err(|error| file_fault("rename", &temporary, error))
    });
    if let Err(error) = renamed {
        shared.discard_file(&temporary);
        return Err(error);
    }
    shared.sync_folder(folder)
}

fn temporary_name(shared: &Shared) -> Uuid {
    shared.ids.next_uuid()
}
