//! The manifest of a backup: what it holds, file by file, and a checksum of its own.

use std::{
    fmt::Write as _,
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use domain::market::{SeriesHead, SeriesKey, SetDigest, Sha256Hex, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::BackupError;

/// The name of the manifest in the folder of a backup.
pub const MANIFEST: &str = "manifest.json";
/// The format of a manifest that names its store by nothing but what it is called.
const CALLED: u32 = 1;
/// The format of one that has the store's own identity besides.
const IDENTIFIED: u32 = 2;

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupState {
    /// It has begun and did not come to its end: the folder holds whole versions, but nobody says which.
    Unfinished,
    /// It was verified, and the manifest tells what it holds.
    Complete,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// How far it is.
    pub state: BackupState,
    /// When it was completed; of an unfinished one, when it was begun.
    pub created_at: Timestamp,
    /// What the store that it was made of is called, without credentials.
    pub store: String,
    /// What tells that store from all others, whatever it is called, if there is such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The program that made it, and its version.
    pub program: String,
    /// How many instruments it holds.
    pub instruments: u64,
    /// How many imports it holds.
    pub imports: u64,
    /// How many strategies it holds, those that are removed included. Programs that knew of none wrote none down.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub strategies: u64,
    /// How many backtests it holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub backtests: u64,
    /// How many sweeps it holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sweeps: u64,
    /// Each series, in order of keys.
    pub series: Vec<ManifestSeries>,
    /// Each file, in order of paths.
    pub files: Vec<ManifestFile>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A series of a backup, in its newest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestSeries {
    /// The series.
    pub key: SeriesKey,
    /// How many versions it has.
    pub versions: u64,
    /// How many bars the newest one has.
    pub bars: u64,
    /// The digest of those bars.
    pub digest: SetDigest,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Its path below the backup's folder, with slashes.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its contents.
    pub sha256: Sha256Hex,
}

/// The manifest as it is stored.
#[derive(Serialize, Deserialize)]
struct Envelope {
    format: u32,
    /// The SHA-256 of the manifest's compact JSON text.
    sha256: Sha256Hex,
    manifest: Manifest,
}

/// What was found in the place of a manifest.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Damaged(String),
    Intact(Box<Manifest>),
}

impl From<&SeriesHead> for ManifestSeries {
    fn from(head: &SeriesHead) -> Self {
        Self {
            key: head.key.clone(),
            versions: head.version.0,
            bars: head.bars,
            digest: head.digest,
        }
    }
}

impl Manifest {
    /// Reads the manifest of the backup in `folder`.
    pub(super) fn find(folder: &Path) -> Result<Found, BackupError> {
        let path = folder.join(MANIFEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(BackupError::file("read", path)(error)),
        };
        Ok(match Self::parse(&bytes) {
            Ok(manifest) => Found::Intact(Box::new(manifest)),
            Err(problem) => Found::Damaged(problem),
        })
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let unreadable = |error: serde_json::Error| format!("it is damaged: {error}");
        let Format { format } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if ![CALLED, IDENTIFIED].contains(&format) {
            return Err(format!(
                "its format is {format}, this program reads up to {IDENTIFIED}; take a newer program, unless it is \
                 damaged"
            ));
        }
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(unreadable)?;
        // Compared to the byte: a changed blank would leave the contents as they are.
        let expected = envelope
            .manifest
            .to_bytes()
            .map_err(|error| format!("it is damaged: {error}"))?;
        if expected == bytes {
            Ok(envelope.manifest)
        } else {
            Err("it is damaged: its text does not match its checksum".to_owned())
        }
    }

    /// Tells whether it is the manifest of a backup of this very store. Where both have an identity, that decides.
    pub(super) fn is_of(&self, store: &str, identity: Option<&str>) -> bool {
        match (self.identity.as_deref(), identity) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.store == store,
        }
    }

    fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let envelope = Envelope {
            format: if self.identity.is_some() {
                IDENTIFIED
            } else {
                CALLED
            },
            sha256: hex(Sha256::digest(serde_json::to_vec(self)?))?,
            manifest: self.clone(),
        };
        let mut bytes = serde_json::to_vec_pretty(&envelope)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Puts the manifest in the place of an earlier one, so that a crash leaves the one or the other.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(MANIFEST);
        let error = || BackupError::file("write", path.clone());
        let bytes = self.to_bytes().map_err(error())?;
        let mut file = temporary_file(folder).map_err(error())?;
        file.write_all(&bytes).map_err(error())?;
        file.as_file().sync_all().map_err(error())?;
        file.persist(&path).map_err(|cause| error()(cause.error))?;
        sync_folder(folder).map_err(error())
    }
}

/// Makes a file that others can read, too, and whose name no listing of a store takes for its own.
pub(crate) fn temporary_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder.to_owned()
    };
    File::open(folder)?.sync_all()
}

/// Writes a SHA-256 down.
pub(crate) fn hex(hash: impl AsRef<[u8]>) -> io::Result<Sha256Hex> {
    let mut text = String::with_capacity(64);
    for byte in hash.as_ref() {
        write!(text, "{byte:02x}").map_err(io::Error::other)?;
    }
    text.parse().map_err(io::Error::other)
}
