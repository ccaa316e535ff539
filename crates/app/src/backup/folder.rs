//! The files of a backup: found, hashed, and compared with the manifest.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use domain::market::Sha256Hex;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    error::BackupError,
    manifest::{MANIFEST, ManifestFile, hex},
};
use crate::progress::{Cancelled, Progress, Stage};

/// How much of a file is hashed at once, bytes.
const BLOCK: usize = 1 << 18;

/// A file that is not what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file's path below the backup's folder, or the name of a series.
    pub entity: String,
    /// What does not match.
    pub problem: String,
}

impl Finding {
    pub(super) fn new(entity: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            entity: entity.into(),
            problem: problem.into(),
        }
    }
}

/// Lists the files below `root` with their sizes: all but the manifest, the lock, and what is temporary.
fn files(root: &Path) -> Result<BTreeMap<String, u64>, BackupError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        let entries = fs::read_dir(&path).map_err(BackupError::file("list", &path))?;
        for entry in entries {
            let entry = entry.map_err(BackupError::file("list", &path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_temporary = name.starts_with('.') && Path::new(&name).extension() == Some("tmp".as_ref());
            if is_temporary || folder.is_empty() && [MANIFEST, "lock", "staging"].contains(&name.as_str()) {
                continue;
            }
            let below = format!("{folder}{name}");
            let metadata = entry
                .metadata()
                .map_err(BackupError::file("look at", entry.path()))?;
            if metadata.is_dir() {
                folders.push(below + "/");
            } else {
                found.insert(below, metadata.len());
            }
        }
    }
    Ok(found)
}

/// Describes every file below `root`.
pub(super) fn describe(root: &Path, progress: &dyn Progress) -> Result<Vec<ManifestFile>, BackupError> {
    let files = files(root)?;
    progress.begin(&Stage::Hashing, Some(files.values().sum()));
    let describe = |path: String| {
        let (bytes, sha256) = hash(&root.join(&path), progress)?;
        Ok(ManifestFile { path, bytes, sha256 })
    };
    files.into_keys().map(describe).collect()
}

/// Compares every file below `root` with what a manifest says.
pub(super) fn check(
    root: &Path,
    expected: &[ManifestFile],
    progress: &dyn Progress,
) -> Result<Vec<Finding>, BackupError> {
    let mut found = files(root)?;
    progress.begin(&Stage::Hashing, Some(found.values().sum()));
    let mut findings = Vec::new();
    for file in expected {
        let problem = match found.remove(&file.path) {
            None => "it is missing".to_owned(),
            Some(bytes) if bytes != file.bytes => {
                format!("it has {bytes} bytes, the manifest says {}", file.bytes)
            }
            Some(_) => match hash(&root.join(&file.path), progress)? {
                (_, sha256) if sha256 == file.sha256 => continue,
                _ => "its contents do not match its SHA-256".to_owned(),
            },
        };
        findings.push(Finding::new(&file.path, problem));
    }
    let extra = found.into_keys();
    findings.extend(extra.map(|path| Finding::new(path, "the manifest does not know it")));
    Ok(findings)
}

/// Returns the size of a file and the SHA-256 of its contents.
fn hash(path: &Path, progress: &dyn Progress) -> Result<(u64, Sha256Hex), BackupError> {
    let mut file = File::open(path).map_err(BackupError::file("read", path))?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut block = vec![0; BLOCK];
    loop {
        Cancelled::check(progress)?;
        let count = match file.read(&mut block) {
            Ok(0) => {
                let sha256 = hex(hasher.finalize()).map_err(BackupError::file("hash", path))?;
                return Ok((bytes, sha256));
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(BackupError::file("read", path)(error)),
        };
        hasher.update(&block[..count]);
        bytes += count as u64;
        progress.advance(count as u64, 0);
    }
}
