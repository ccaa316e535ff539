//! The operations of the simulated file system.

use std::{
    io,
    path::{Path, PathBuf},
};

use store_file::vfs::{Entry, LockGuard, Vfs, VfsFile};

use super::{
    SimulatedVfs,
    disk::{Contents, NameChange, NodeId, apply, folder_of, missing},
};

struct SimulatedFile {
    vfs: SimulatedVfs,
    node: NodeId,
}

impl VfsFile for SimulatedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.vfs.disk();
        let fails = disk.step()?;
        let written = if fails { bytes.len() / 2 } else { bytes.len() };
        let node = self.node;
        disk.nodes[node].bytes.extend_from_slice(&bytes[..written]);
        if fails {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        } else {
            Ok(())
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.vfs.disk();
        disk.whole_step(false)?;
        let node = self.node;
        let file = &mut disk.nodes[node];
        file.synced.clone_from(&file.bytes);
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut disk = self.vfs.disk();
        disk.whole_step(false)?;
        let node = self.node;
        disk.nodes[node].bytes.truncate(len as usize);
        Ok(())
    }
}

struct SimulatedLock {
    vfs: SimulatedVfs,
    path: PathBuf,
}

impl LockGuard for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.vfs.disk().locks.remove(&self.path);
    }
}

impl Vfs for SimulatedVfs {
    fn create_folder(&self, path: &Path) -> io::Result<bool> {
        let mut disk = self.disk();
        if let Some(None) = disk.names.get(path) {
            disk.alive()?;
            return Ok(false);
        }
        disk.require_folder(path)?;
        disk.whole_step(true)?;
        disk.change(NameChange {
            folders: vec![folder_of(path)],
            removed: vec![],
            added: vec![(path.to_owned(), None)],
        });
        Ok(true)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn VfsFile>> {
        let mut disk = self.disk();
        disk.require_folder(path)?;
        if disk.names.contains_key(path) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        disk.whole_step(true)?;
        let node = disk.nodes.len();
        disk.nodes.push(Contents::default());
        let added = vec![(path.to_owned(), Some(node))];
        disk.change(NameChange {
            folders: vec![folder_of(path)],
            removed: vec![],
            added,
        });
        Ok(Box::new(SimulatedFile {
            vfs: self.clone(),
            node,
        }))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn VfsFile>> {
        let disk = self.disk();
        disk.alive()?;
        Ok(Box::new(SimulatedFile {
            vfs: self.clone(),
            node: disk.node(path)?,
        }))
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>> {
        let disk = self.disk();
        disk.alive()?;
        let bytes = &disk.nodes[disk.node(path)?].bytes;
        Ok(bytes.get(offset as usize..).unwrap_or_default().to_vec())
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        let disk = self.disk();
        disk.alive()?;
        Ok(disk.nodes[disk.node(path)?].bytes.len() as u64)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let disk = self.disk();
        disk.alive()?;
        match disk.names.get(path) {
            Some(None) => {}
            _ => return Err(missing(path)),
        }
        let entry = |(child, node): (&PathBuf, &Option<NodeId>)| {
            let name = child.file_name()?.to_string_lossy().into_owned();
            (child.parent() == Some(path)).then_some(Entry {
                name,
                is_folder: node.is_none(),
            })
        };
        Ok(disk.names.iter().filter_map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.require_folder(to)?;
        if !disk.names.contains_key(from) {
            return Err(missing(from));
        }
        disk.whole_step(false)?;
        let moved: Vec<(PathBuf, Option<NodeId>)> = disk
            .names
            .iter()
            .filter_map(|(path, node)| Some((path.strip_prefix(from).ok()?.to_owned(), *node)))
            .collect();
        let removed = moved.iter().map(|(tail, _)| joined(from, tail)).collect();
        let added = moved
            .iter()
            .map(|(tail, node)| (joined(to, tail), *node))
            .collect();
        disk.change(NameChange {
            folders: vec![folder_of(from), folder_of(to)],
            removed,
            added,
        });
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        match disk.names.get(path) {
            Some(None) => {}
            _ => return Err(missing(path)),
        }
        disk.whole_step(false)?;
        let (last, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut disk.pending)
            .into_iter()
            .partition(|change| change.folders.iter().any(|f| f == path));
        disk.pending = pending;
        for change in &last {
            apply(change, &mut disk.synced_names);
        }
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.node(path)?;
        disk.whole_step(false)?;
        disk.change(NameChange {
            folders: vec![folder_of(path)],
            removed: vec![path.to_owned()],
            added: vec![],
        });
        Ok(())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.whole_step(false)?;
        let removed: Vec<PathBuf> = disk
            .names
            .keys()
            .filter(|child| child.starts_with(path))
            .cloned()
            .collect();
        if removed.is_empty() {
            return Err(missing(path));
        }
        disk.change(NameChange {
            folders: vec![folder_of(path)],
            removed,
            added: vec![],
        });
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn LockGuard>>> {
        if self.len(path).is_err() {
            drop(self.create(path)?);
        }
        if self.disk().locks.insert(path.to_owned()) {
            return Ok(Some(Box::new(SimulatedLock {
                vfs: self.clone(),
                path: path.to_owned(),
            })));
        }
        Ok(None)
    }
}

/// Joins a path and a tail that may be empty.
fn joined(path: &Path, tail: &Path) -> PathBuf {
    if tail.as_os_str().is_empty() {
        path.to_owned()
    } else {
        path.join(tail)
    }
}
