//! The files that are read: what they are called, where they lie, and how they are opened.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use domain::market::Sha256Hex;

use super::{ReadError, Refusal, Rule, hash::FileHash};

/// One readable input: a plain file, a compressed one, a member of a zip archive, or standard input, spooled.
///
/// It can be opened again and again; a file that has changed since it was found is refused.
#[derive(Debug, Clone)]
pub struct InputFile {
    pub(super) name: String,
    pub(super) path: Option<PathBuf>,
    pub(super) source: Source,
    pub(super) member: Option<Member>,
    pub(super) hash: Arc<FileHash>,
    pub(super) bytes: u64,
}

/// Where the bytes of an input lie.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// In a file, which must not have been modified since.
    Disk {
        path: PathBuf,
        modified: Option<SystemTime>,
    },
    /// In a file without a name.
    Spooled(Arc<File>),
}

/// Where a member of a zip archive lies.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) start: u64,
    pub(super) compressed: u64,
    pub(super) crc32: u32,
    pub(super) deflated: bool,
}

impl InputFile {
    /// Returns what errors and reports call it: `dir/a.csv`, `a.zip/member.csv`, `<stdin>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the file on disk, as the caller named it; `None` for standard input.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns the SHA-256 of the file as it lies on disk; of a member, that of the archive. It is computed beside
    /// the reading, and waited for here.
    ///
    /// # Errors
    /// [`ReadError::Io`] when the file could not be read.
    pub fn sha256(&self) -> Result<Sha256Hex, ReadError> {
        self.hash
            .wait()
            .map_err(|source| ReadError::io(&self.name, source))
    }

    /// Returns the size on disk, in bytes; of a member, that of the archive.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns how many bytes on disk are read for this input.
    pub(super) fn weight(&self) -> u64 {
        self.member
            .as_ref()
            .map_or(self.bytes, |member| member.compressed)
    }

    /// Opens the bytes on disk; of a member, its part of the archive.
    pub(super) fn open(&self) -> Result<FileCursor, ReadError> {
        let error = |source| ReadError::io(&self.name, source);
        let file = match &self.source {
            Source::Spooled(file) => Arc::clone(file),
            Source::Disk { path, modified } => {
                let file = File::open(path).map_err(error)?;
                let metadata = file.metadata().map_err(error)?;
                if metadata.len() != self.bytes || metadata.modified().ok() != *modified {
                    let message = "the file changed while it was being read; try again when it is complete";
                    return Err(Refusal::new(&self.name, Rule::FileChanged, message).into());
                }
                Arc::new(file)
            }
        };
        let (start, end) = match &self.member {
            Some(member) => (member.start, member.start.saturating_add(member.compressed)),
            None => (0, self.bytes),
        };
        Ok(FileCursor {
            file,
            start,
            at: start,
            end: end.min(self.bytes),
        })
    }

    /// Returns what the path says.
    pub(super) fn clues(&self) -> PathClues {
        let absolute = self
            .path
            .as_ref()
            .map(|path| fs::canonicalize(path).unwrap_or_else(|_| path.clone()));
        PathClues::new(
            absolute.as_deref(),
            self.member.as_ref().map(|member| member.name.as_str()),
        )
    }
}

/// Reads a part of a file by position, so that many can read the same file.
#[derive(Debug)]
pub(super) struct FileCursor {
    file: Arc<File>,
    start: u64,
    at: u64,
    end: u64,
}

impl FileCursor {
    pub(super) fn whole(file: Arc<File>, bytes: u64) -> Self {
        Self {
            file,
            start: 0,
            at: 0,
            end: bytes,
        }
    }

    /// Returns how many bytes have been read.
    pub(super) fn consumed(&self) -> u64 {
        self.at - self.start
    }
}

impl Read for FileCursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.at).min(buffer.len() as u64) as usize;
        let count = self.file.read_at(&mut buffer[..left], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for FileCursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => self.start.checked_add(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        let outside = || io::Error::new(io::ErrorKind::InvalidInput, "seek before the start");
        self.at = target.filter(|at| *at >= self.start).ok_or_else(outside)?;
        Ok(self.at - self.start)
    }
}

/// The names on the way to a file, for dialects that keep facts there.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathClues {
    folders: Vec<String>,
    outer: String,
    inner: String,
}

impl PathClues {
    pub(crate) fn new(path: Option<&Path>, member: Option<&str>) -> Self {
        let text = |part: &std::ffi::OsStr| part.to_string_lossy().into_owned();
        let folders = path.and_then(Path::parent).map_or_else(Vec::new, |parent| {
            parent.iter().map(|part| text(part).to_lowercase()).collect()
        });
        let outer = stem(&path.and_then(Path::file_name).map(text).unwrap_or_default());
        let inner = member.map_or_else(
            || outer.clone(),
            |name| stem(name.rsplit('/').next().unwrap_or(name)),
        );
        Self {
            folders,
            outer,
            inner,
        }
    }

    /// Returns the names of the folders, the outermost first, in lower case.
    pub(crate) fn folders(&self) -> &[String] {
        &self.folders
    }

    /// Returns the name of the file, or of the archive that it lies in, without suffixes.
    pub(crate) fn outer_stem(&self) -> &str {
        &self.outer
    }

    /// Returns the name of the file, or of the member of an archive, without suffixes.
    pub(crate) fn stem(&self) -> &str {
        &self.inner
    }
}

/// Cuts the suffixes that price files have; other dots belong to the name.
fn stem(name: &str) -> String {
    let mut rest = name;
    while let Some((before, suffix)) = rest.rsplit_once('.') {
        let known = ["csv", "txt", "tsv", "json", "gz", "zst", "zip"];
        if !known.iter().any(|known| suffix.eq_ignore_ascii_case(known)) {
            break;
        }
        rest = before;
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clues_are_the_names_without_their_suffixes() {
        let path = Path::new("/data/Futures/um/BRK.B-1m-2024-01.CSV.gz");
        let clues = PathClues::new(Some(path), None);
        assert_eq!(clues.stem(), "BRK.B-1m-2024-01");
        assert_eq!(clues.folders().last().map(String::as_str), Some("um"));
        assert!(clues.folders().contains(&"futures".to_owned()));
        let member = PathClues::new(Some(Path::new("a/20140605_trade.zip")), Some("x/aapl.csv"));
        assert_eq!((member.outer_stem(), member.stem()), ("20140605_trade", "aapl"));
    }
}
