//! The SHA-256 of files, computed on a thread of its own while the files are parsed.

use std::{
    fmt::Write,
    io::{self, Read},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

use domain::market::Sha256Hex;
use sha2::{Digest, Sha256};

use super::input::FileCursor;

/// How much of a file is hashed at once, bytes.
const BLOCK: usize = 1 << 18;

/// The SHA-256 of one file: known, or being computed.
#[derive(Debug, Default)]
pub(super) struct FileHash {
    result: Mutex<Option<io::Result<Sha256Hex>>>,
    known: Condvar,
}

/// Files that are to be hashed.
#[derive(Debug, Default)]
pub(super) struct Hashing {
    waiting: Vec<(Arc<FileHash>, FileCursor)>,
}

impl FileHash {
    /// Waits until the hash is known.
    pub(super) fn wait(&self) -> io::Result<Sha256Hex> {
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*result {
                Some(Ok(hash)) => return Ok(hash.clone()),
                Some(Err(error)) => return Err(io::Error::new(error.kind(), error.to_string())),
                None => result = self.known.wait(result).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn set(&self, hash: io::Result<Sha256Hex>) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(hash);
        self.known.notify_all();
    }
}

impl Hashing {
    /// Has a file hashed once [`Hashing::start`] is called.
    pub(super) fn add(&mut self, file: FileCursor) -> Arc<FileHash> {
        let hash = Arc::new(FileHash::default());
        self.waiting.push((Arc::clone(&hash), file));
        hash
    }

    /// Hashes the files in their order, on a thread of its own. A file that nobody asks about any more is left.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(self) -> io::Result<()> {
        let work = move || {
            for (hash, file) in self.waiting {
                let is_wanted = || Arc::strong_count(&hash) > 1;
                hash.set(sha256(file, is_wanted));
            }
        };
        thread::Builder::new()
            .name("sha256".to_owned())
            .spawn(work)
            .map(drop)
    }
}

/// Hashes a file for as long as `is_wanted`.
pub(super) fn sha256(mut file: impl Read, is_wanted: impl Fn() -> bool) -> io::Result<Sha256Hex> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BLOCK];
    while is_wanted() {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        write!(text, "{byte:02x}").map_err(io::Error::other)?;
    }
    text.parse().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_published_one_of_its_text() {
        // FIPS 180-4, the example "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&b"abc"[..], || true).unwrap().as_str(), expected);
    }

    #[test]
    fn who_waits_for_a_hash_gets_it_or_the_error() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        let mut hashing = Hashing::default();
        let file = Arc::new(std::fs::File::open(&path).unwrap());
        let whole = hashing.add(FileCursor::whole(file, 3));
        let folder = Arc::new(std::fs::File::open(scratch.path()).unwrap());
        let broken = hashing.add(FileCursor::whole(folder, 3));
        hashing.start().unwrap();
        assert!(whole.wait().unwrap().as_str().starts_with("ba7816bf"));
        assert!(broken.wait().is_err());
    }
}
