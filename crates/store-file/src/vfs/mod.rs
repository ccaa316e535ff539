//! Every file operation that the store makes.

mod os;

use std::{fmt, io, path::Path};

pub use os::OsVfs;

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name, without the folder.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_folder: bool,
}

/// A file that is open for writing.
pub trait VfsFile: Send {
    /// Writes all bytes at the end of the file.
    ///
    /// # Errors
    /// The error of the operating system; a part may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns once everything that was written would survive a loss of power.
    ///
    /// # Errors
    /// The error of the operating system; what was written may or may not survive then.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `len` bytes.
    ///
    /// # Errors
    /// The error of the operating system.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// A lock that ends when it is dropped.
pub trait LockGuard: Send + Sync {}

/// The file system, as far as the store needs it.
pub trait Vfs: Send + Sync + fmt::Debug {
    /// Makes a folder in a folder that exists; one that exists already is left as it is. Returns whether it is new.
    ///
    /// # Errors
    /// The error of the operating system.
    fn create_folder(&self, path: &Path) -> io::Result<bool>;

    /// Makes a file that must not exist yet.
    ///
    /// # Errors
    /// The error of the operating system.
    fn create(&self, path: &Path) -> io::Result<Box<dyn VfsFile>>;

    /// Opens a file that exists, to append to it.
    ///
    /// # Errors
    /// The error of the operating system.
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn VfsFile>>;

    /// Reads a file from `offset` to its end.
    ///
    /// # Errors
    /// The error of the operating system.
    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>>;

    /// Returns the length of a file.
    ///
    /// # Errors
    /// The error of the operating system.
    fn len(&self, path: &Path) -> io::Result<u64>;

    /// Lists a folder, in no particular order.
    ///
    /// # Errors
    /// The error of the operating system.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// Gives a file or folder another name, in place of a file that has it.
    ///
    /// # Errors
    /// The error of the operating system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Returns once the names in a folder would survive a loss of power.
    ///
    /// # Errors
    /// The error of the operating system.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The error of the operating system.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it.
    ///
    /// # Errors
    /// The error of the operating system.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Takes a file's lock, making the file when it is missing; `None` while another process or handle has it.
    ///
    /// # Errors
    /// The error of the operating system.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn LockGuard>>>;
}
