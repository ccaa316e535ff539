//! A file system in memory that loses power, fails and fills up on demand.
//!
//! What is written stays volatile until it is synced: the contents of a file by its own sync, names by the sync of
//! their folder. A loss of power keeps what was synced and, of the rest, whatever chance decides: names are made,
//! moved or lost one by one, and the unsynced end of a file is cut off anywhere or replaced by zeros.

mod disk;
mod files;
mod power;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use disk::{Contents, Disk, NodeId};

pub(crate) use disk::Fault;

/// The simulated file system; clones share it.
#[derive(Clone, Default)]
pub(crate) struct SimulatedVfs(Arc<Mutex<Disk>>);

impl fmt::Debug for SimulatedVfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimulatedVfs")
    }
}

impl SimulatedVfs {
    /// Makes an empty disk with the folder `root`.
    pub(crate) fn with_root(root: &Path) -> Self {
        let vfs = Self::default();
        let mut disk = vfs.disk();
        for folder in root.ancestors() {
            disk.names.insert(folder.to_owned(), None);
            disk.synced_names.insert(folder.to_owned(), None);
        }
        drop(disk);
        vfs
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what goes wrong from now on; operations are counted from zero again.
    pub(crate) fn set_fault(&self, fault: Option<Fault>) {
        let mut disk = self.disk();
        disk.operations = 0;
        disk.fault = fault;
    }

    /// Returns how many changing operations there have been since the fault was set.
    pub(crate) fn operations(&self) -> usize {
        self.disk().operations
    }

    /// Returns the disk as it is found when the power comes back.
    pub(crate) fn after_power_loss(&self, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(power::lost(&self.disk(), seed))))
    }

    /// Returns a second disk with the same contents, everything synced.
    pub(crate) fn copy(&self) -> Self {
        let disk = self.disk();
        let nodes = disk.nodes.iter().map(|node| Contents {
            synced: node.bytes.clone(),
            bytes: node.bytes.clone(),
        });
        let names = disk.names.clone();
        let copy = Disk {
            nodes: nodes.collect(),
            synced_names: names.clone(),
            names,
            ..Disk::default()
        };
        Self(Arc::new(Mutex::new(copy)))
    }

    /// Flips one bit of a file.
    pub(crate) fn flip(&self, path: &Path, byte: usize, bit: u8) {
        let mut disk = self.disk();
        if let Some(Some(node)) = disk.names.get(path).copied() {
            disk.nodes[node].bytes[byte] ^= 1 << bit;
        }
    }

    /// Lists all files with their lengths.
    pub(crate) fn files(&self) -> Vec<(PathBuf, usize)> {
        let disk = self.disk();
        let file = |(path, node): (&PathBuf, &Option<NodeId>)| {
            Some((path.clone(), disk.nodes[(*node)?].bytes.len()))
        };
        disk.names.iter().filter_map(file).collect()
    }
}
