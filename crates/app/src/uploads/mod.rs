//! Files that came from elsewhere, kept in a temporary folder until they are imported or given up.

mod name;

use std::{io, path::PathBuf};

use tempfile::TempDir;
use tokio::{
    fs::File,
    io::{AsyncWriteExt, BufWriter},
};

pub use self::name::{UploadName, UploadNameError};

/// The folder, within that of an upload, where its files lie.
const FILES: &str = "files";
/// The folder of rows that were turned away.
const REJECTED: &str = "rejected";

/// One or more files of one upload. They go when it is dropped.
#[derive(Debug)]
pub struct Upload {
    folder: TempDir,
    bytes: u64,
    files: usize,
}

impl Upload {
    /// Makes an empty upload in `folder`, or in the system's folder for temporary files.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn begin(folder: Option<PathBuf>) -> io::Result<Self> {
        let make = move || {
            let mut builder = tempfile::Builder::new();
            builder.prefix("chandlery-upload-");
            let upload = match folder {
                Some(folder) => builder.tempdir_in(folder),
                None => builder.tempdir(),
            }?;
            std::fs::create_dir(upload.path().join(FILES))?;
            Ok::<_, io::Error>(upload)
        };
        let folder = tokio::task::spawn_blocking(make).await??;
        Ok(Self {
            folder,
            bytes: 0,
            files: 0,
        })
    }

    /// Begins a file. Folders in its name are made, as some dialects keep facts there.
    ///
    /// # Errors
    /// When the disk fails, or there is a file of that name already.
    pub async fn file(&mut self, name: &UploadName) -> io::Result<UploadFile<'_>> {
        let path = name.below(&self.files_folder());
        if let Some(parent) = path.parent() {
            tokio::fs::create_dir_all(parent).await?;
        }
        let file = File::create_new(path).await?;
        self.files += 1;
        Ok(UploadFile {
            upload: self,
            file: BufWriter::with_capacity(1 << 18, file),
        })
    }

    /// Returns how many bytes all files have so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Tells whether there is no file yet.
    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// Returns the folder that holds the files.
    pub(crate) fn files_folder(&self) -> PathBuf {
        self.folder.path().join(FILES)
    }

    /// Returns the folder for rows that are turned away.
    pub(crate) fn rejected_folder(&self) -> PathBuf {
        self.folder.path().join(REJECTED)
    }

    /// Removes the files, and says when that fails.
    pub(crate) fn remove(self) -> io::Result<()> {
        self.folder.close()
    }
}

/// A file that is being uploaded.
#[derive(Debug)]
pub struct UploadFile<'a> {
    upload: &'a mut Upload,
    file: BufWriter<File>,
}

impl UploadFile<'_> {
    /// Appends bytes and returns how many the upload has now.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.file.write_all(bytes).await?;
        self.upload.bytes += bytes.len() as u64;
        Ok(self.upload.bytes)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub async fn finish(mut self) -> io::Result<()> {
        self.file.flush().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_go_with_their_upload() {
        let place = tempfile::tempdir().unwrap();
        let mut upload = Upload::begin(Some(place.path().to_owned())).await.unwrap();
        let mut file = upload.file(&"equity/usa/a.csv".parse().unwrap()).await.unwrap();
        file.write(b"time,").await.unwrap();
        assert_eq!(file.write(b"close").await.unwrap(), 10);
        file.finish().await.unwrap();
        let stored = upload.files_folder().join("equity/usa/a.csv");
        assert_eq!(std::fs::read(&stored).unwrap(), b"time,close");
        assert!(upload.file(&"equity/usa/a.csv".parse().unwrap()).await.is_err());
        drop(upload);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
