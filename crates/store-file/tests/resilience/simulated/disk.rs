//! What is on a simulated disk, and what of it has been synced.

use std::{
    collections::{BTreeMap, HashSet},
    io,
    path::{Path, PathBuf},
};

/// What happens to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The machine stops before the operation with this number; nothing works any more.
    StopBefore(usize),
    /// That operation alone fails; a write is left half done.
    FailOnce(usize),
    /// The disk is full from that operation on: nothing can be written or made.
    FullFrom(usize),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) bytes: Vec<u8>,
    pub(super) synced: Vec<u8>,
}

pub(super) type NodeId = usize;

/// Where names lead: files to their contents, folders to nothing.
pub(super) type Names = BTreeMap<PathBuf, Option<NodeId>>;

/// A change of names that is not synced yet, with the folders whose sync makes it last.
#[derive(Debug, Clone)]
pub(super) struct NameChange {
    pub(super) folders: Vec<PathBuf>,
    pub(super) removed: Vec<PathBuf>,
    pub(super) added: Vec<(PathBuf, Option<NodeId>)>,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) nodes: Vec<Contents>,
    pub(super) names: Names,
    pub(super) synced_names: Names,
    pub(super) pending: Vec<NameChange>,
    pub(super) locks: HashSet<PathBuf>,
    pub(super) operations: usize,
    pub(super) fault: Option<Fault>,
}

pub(super) fn apply(change: &NameChange, names: &mut Names) {
    for path in &change.removed {
        names.remove(path);
    }
    for (path, node) in &change.added {
        names.insert(path.clone(), *node);
    }
}

pub(super) fn missing(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{} is missing", path.display()))
}

impl Disk {
    /// Counts a changing operation and lets it fail when its turn has come. `Ok(true)` means: do it by half.
    pub(super) fn step(&mut self) -> io::Result<bool> {
        let number = self.operations;
        self.operations += 1;
        match self.fault {
            Some(Fault::StopBefore(at)) if number >= at => Err(io::Error::other("the machine has stopped")),
            Some(Fault::FailOnce(at)) if number == at => Ok(true),
            Some(Fault::FullFrom(at)) if number >= at => Ok(true),
            _ => Ok(false),
        }
    }

    /// Counts an operation that fails as a whole.
    pub(super) fn whole_step(&mut self, grows: bool) -> io::Result<()> {
        let full = matches!(self.fault, Some(Fault::FullFrom(_)));
        match self.step()? {
            true if !full => Err(io::Error::other("an injected fault")),
            true if grows => Err(io::Error::from(io::ErrorKind::StorageFull)),
            _ => Ok(()),
        }
    }

    pub(super) fn alive(&self) -> io::Result<()> {
        match self.fault {
            Some(Fault::StopBefore(at)) if self.operations > at => {
                Err(io::Error::other("the machine has stopped"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn change(&mut self, change: NameChange) {
        apply(&change, &mut self.names);
        self.pending.push(change);
    }

    pub(super) fn require_folder(&self, path: &Path) -> io::Result<()> {
        let parent = path.parent().unwrap_or(path);
        match self.names.get(parent) {
            Some(None) => Ok(()),
            _ => Err(missing(parent)),
        }
    }

    pub(super) fn node(&self, path: &Path) -> io::Result<NodeId> {
        self.names
            .get(path)
            .copied()
            .flatten()
            .ok_or_else(|| missing(path))
    }
}

pub(super) fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}
