//! Moving files that were imported to an archive, once what they held is known to be stored.
//!
//! A file goes last of all: its series are read back against the digests of their versions, its copy in the archive is
//! unpacked and compared with the SHA-256 of what was imported, and only then the original is removed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    error::StoreError,
    market::{AsOf, Bars, BarsQuery, ImportedSeries, SetDigest, Sha256Hex},
};
use futures::TryStreamExt;
use interchange::InputFile;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{error::ImportError, reading::blocking};
use crate::{
    backup::{hex, sync_folder, temporary_file},
    progress::{Cancelled, Progress, Stage},
    stores::Stores,
};

/// How much of a file is hashed at once, bytes.
const BLOCK: usize = 1 << 18;
/// File systems take names of up to 255 bytes; this is left for the original's name beside hash, dots and suffix.
const LONGEST_NAME: usize = 180;
/// A level at which text shrinks well and is not waited for.
const LEVEL: i32 = 9;

/// What became of one file that was to be moved to the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchivedFile {
    /// The file, as it was named.
    pub original: PathBuf,
    /// The SHA-256 of its contents.
    pub sha256: Option<Sha256Hex>,
    /// What became of it.
    #[serde(flatten)]
    pub state: ArchiveState,
}

/// What became of a file that was to be moved to the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ArchiveState {
    /// It was moved.
    Moved {
        /// Where it is now, compressed with zstd.
        archive: PathBuf,
    },
    /// The archive had the same contents already; the original was removed.
    KnownBefore {
        /// Where they are.
        archive: PathBuf,
    },
    /// It stays where it is.
    Left {
        /// Why.
        problem: String,
    },
}

impl ArchivedFile {
    /// Tells whether the file stayed where it was.
    pub fn is_left(&self) -> bool {
        matches!(self.state, ArchiveState::Left { .. })
    }
}

/// Moves the files of `inputs` to `folder`, if the series that they were imported to can be read back.
pub(super) async fn archive(
    stores: &Stores,
    series: &[ImportedSeries],
    inputs: Arc<Vec<InputFile>>,
    folder: PathBuf,
    progress: Arc<dyn Progress>,
) -> Result<Vec<ArchivedFile>, ImportError> {
    let unread = read_back(stores, series, &*progress).await;
    blocking(move || {
        // The members of an archive share its file, which is what moves.
        let files: BTreeMap<&Path, &InputFile> = inputs
            .iter()
            .filter_map(|input| Some((input.path()?, input)))
            .collect();
        progress.begin(
            &Stage::Archiving,
            Some(files.values().map(|input| input.bytes()).sum()),
        );
        let store = |(path, input): (&Path, &InputFile)| {
            let sha256 = input.sha256().ok();
            let moved = match (&unread, &sha256) {
                (Some(problem), _) => Err(problem.clone()),
                (None, None) => Err("it can't be read any more".to_owned()),
                (None, Some(sha256)) => move_file(path, sha256, &folder, &*progress),
            };
            ArchivedFile {
                original: path.to_owned(),
                sha256,
                state: moved.unwrap_or_else(|problem| ArchiveState::Left { problem }),
            }
        };
        files.into_iter().map(store).collect()
    })
    .await
}

/// Reads the newest bars of each series back; tells what is wrong with the first that does not match its digest.
async fn read_back(stores: &Stores, series: &[ImportedSeries], progress: &dyn Progress) -> Option<String> {
    progress.begin(&Stage::Verifying, Some(series.len() as u64));
    for imported in series {
        let key = &imported.key;
        let as_of = AsOf::Version(imported.version.unwrap_or(imported.before));
        let problem = match digest_of(stores, imported, as_of, progress).await {
            Ok(matches) => (!matches).then(|| "its bars do not match their digest".to_owned()),
            Err(error) if Cancelled::caused(&error) => Some("cancelled".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(problem) = problem {
            return Some(format!("{key} can't be read back as it was written: {problem}"));
        }
        progress.advance(1, 0);
    }
    None
}

/// Tells whether the bars of a version are those that its commit tells of.
async fn digest_of(
    stores: &Stores,
    imported: &ImportedSeries,
    as_of: AsOf,
    progress: &dyn Progress,
) -> Result<bool, StoreError> {
    let key = imported.key.clone();
    let commit = stores.prices.commit_at(&key, as_of).await?;
    let (mut bars, mut digest) = (0, SetDigest::EMPTY);
    let query = BarsQuery {
        as_of,
        ..BarsQuery::all(key)
    };
    let mut frames = stores.prices.bars(query);
    while let Some(frame) = frames.try_next().await? {
        Cancelled::check(progress).map_err(|cancelled| StoreError::Input(cancelled.into()))?;
        let batch = Bars::try_from(frame).map_err(|error| StoreError::corrupt(&imported.key, error))?;
        bars += batch.len() as u64;
        digest = digest.plus(batch.digest());
        progress.advance(0, batch.len() as u64);
    }
    let told = commit.map_or((0, SetDigest::EMPTY), |commit| (commit.bars, commit.digest));
    Ok(told == (bars, digest))
}

/// Moves one file; the error says why it was left.
fn move_file(
    original: &Path,
    sha256: &Sha256Hex,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<ArchiveState, String> {
    let failed = |what: &str, path: &Path| {
        let text = format!("can't {what} {}", path.display());
        move |error: io::Error| format!("{text}: {error}")
    };
    fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    if lies_in(original, folder) {
        return Err("it lies in the archive itself".to_owned());
    }
    if let Some(archive) = find(folder, sha256).map_err(failed("list", folder))? {
        let unpacked = unpacked_hash(&archive).map_err(failed("read", &archive))?;
        if unpacked != *sha256 {
            return Err(format!(
                "{} should hold the same and is damaged; remove it, then import again",
                archive.display()
            ));
        }
        let unchanged = hash(
            File::open(original).map_err(failed("read", original))?,
            io::sink(),
            progress,
        );
        if unchanged.map_err(failed("read", original))? != *sha256 {
            return Err("it has changed since it was imported".to_owned());
        }
        fs::remove_file(original).map_err(failed("remove", original))?;
        return Ok(ArchiveState::KnownBefore { archive });
    }
    let archive = folder.join(archive_name(original, sha256));
    pack(original, sha256, &archive, progress)?;
    fs::remove_file(original).map_err(|error| {
        format!(
            "it is in the archive, as {}, but can't be removed: {error}",
            archive.display()
        )
    })?;
    Ok(ArchiveState::Moved { archive })
}

/// Writes the compressed copy and proves it, so that a crash leaves nothing or the whole.
fn pack(original: &Path, sha256: &Sha256Hex, archive: &Path, progress: &dyn Progress) -> Result<(), String> {
    let folder = archive.parent().unwrap_or(archive);
    let failed = |error: io::Error| format!("can't write {}: {error}", archive.display());
    let source = File::open(original).map_err(|error| format!("can't read it: {error}"))?;
    let mut temporary = temporary_file(folder).map_err(failed)?;
    let mut encoder = zstd::Encoder::new(&mut temporary, LEVEL).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    let read = hash(source, &mut encoder, progress).map_err(failed)?;
    encoder.finish().map_err(failed)?.flush().map_err(failed)?;
    if read != *sha256 {
        return Err("it has changed since it was imported".to_owned());
    }
    temporary.as_file().sync_all().map_err(failed)?;
    if unpacked_hash(temporary.path()).map_err(failed)? != *sha256 {
        return Err(format!(
            "its copy in {} can't be read back as it was written",
            folder.display()
        ));
    }
    temporary.persist(archive).map_err(|error| failed(error.error))?;
    sync_folder(folder).map_err(failed)
}

/// Returns the archived file with these contents, whatever it was called.
fn find(folder: &Path, sha256: &Sha256Hex) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_same = name
            .strip_prefix(sha256.as_str())
            .is_some_and(|rest| rest.starts_with('.'));
        if is_same && Path::new(&name).extension() == Some("zst".as_ref()) {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

fn lies_in(original: &Path, folder: &Path) -> bool {
    let parent = original
        .canonicalize()
        .ok()
        .and_then(|path| Some(path.parent()?.to_owned()));
    parent.is_some_and(|parent| {
        folder
            .canonicalize()
            .is_ok_and(|folder| parent.starts_with(folder))
    })
}

fn archive_name(original: &Path, sha256: &Sha256Hex) -> String {
    let name = original.file_name().unwrap_or_default().to_string_lossy();
    // The end is kept: the extension tells what the file is.
    let cut = name.len().saturating_sub(LONGEST_NAME);
    let cut = (cut..=name.len())
        .find(|at| name.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{sha256}.{}.zst", &name[cut..])
}

fn unpacked_hash(archive: &Path) -> io::Result<Sha256Hex> {
    let packed = BufReader::new(File::open(archive)?);
    let mut hasher = Sha256::new();
    let mut unpacked = zstd::Decoder::with_buffer(packed)?;
    let mut block = vec![0; BLOCK];
    loop {
        match unpacked.read(&mut block)? {
            0 => return hex(hasher.finalize()),
            count => hasher.update(&block[..count]),
        }
    }
}

/// Copies a file to `to` and returns the SHA-256 of what was read.
fn hash(mut from: File, mut to: impl Write, progress: &dyn Progress) -> io::Result<Sha256Hex> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        Cancelled::check(progress).map_err(io::Error::other)?;
        match from.read(&mut block)? {
            0 => return hex(hasher.finalize()),
            count => {
                hasher.update(&block[..count]);
                to.write_all(&block[..count])?;
                progress.advance(count as u64, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests;
