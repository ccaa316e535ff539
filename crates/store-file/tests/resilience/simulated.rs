//! A file system in memory that loses power, fails and fills up on demand.
//!
//! What is written stays volatile until it is synced: the contents of a file by its own sync, names by the sync of
//! their folder. A loss of power keeps what was synced and, of the rest, whatever chance decides: names are made,
//! moved or lost one by one, and the unsynced end of a file is cut off anywhere or replaced by zeros.

use std::{
    collections::{BTreeMap, HashSet},
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use store_file::vfs::{Entry, LockGuard, Vfs, VfsFile};

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
struct Contents {
    bytes: Vec<u8>,
    synced: Vec<u8>,
}

type NodeId = usize;

/// Where names lead: files to their contents, folders to nothing.
type Names = BTreeMap<PathBuf, Option<NodeId>>;

/// A change of names that is not synced yet, with the folders whose sync makes it last.
#[derive(Debug, Clone)]
struct NameChange {
    folders: Vec<PathBuf>,
    removed: Vec<PathBuf>,
    added: Vec<(PathBuf, Option<NodeId>)>,
}

#[derive(Debug, Default)]
struct Disk {
    nodes: Vec<Contents>,
    names: Names,
    synced_names: Names,
    pending: Vec<NameChange>,
    locks: HashSet<PathBuf>,
    operations: usize,
    fault: Option<Fault>,
}

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
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let disk = self.disk();
        let mut names = disk.synced_names.clone();
        for change in &disk.pending {
            if chance.random_bool(0.5) {
                apply(change, &mut names);
            }
        }
        // A name whose folder was lost is lost with it.
        let lost: Vec<PathBuf> = names
            .keys()
            .filter(|path| {
                path.ancestors()
                    .any(|above| !names.contains_key(above) && above != Path::new(""))
            })
            .cloned()
            .collect();
        for path in lost {
            names.remove(&path);
        }
        let nodes = disk.nodes.iter().map(|node| {
            let bytes = torn(node, &mut chance);
            Contents {
                synced: bytes.clone(),
                bytes,
            }
        });
        let nodes = nodes.collect();
        let after = Disk {
            nodes,
            synced_names: names.clone(),
            names,
            ..Disk::default()
        };
        Self(Arc::new(Mutex::new(after)))
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

fn torn(node: &Contents, chance: &mut ChaCha8Rng) -> Vec<u8> {
    let same = node
        .bytes
        .iter()
        .zip(&node.synced)
        .take_while(|(a, b)| a == b)
        .count();
    if node.bytes == node.synced || chance.random_bool(0.3) {
        return node.synced.clone();
    }
    if chance.random_bool(0.3) {
        return node.bytes.clone();
    }
    let mut bytes = node.bytes[..chance.random_range(same..=node.bytes.len())].to_vec();
    if chance.random_bool(0.3) {
        // The length was written, the contents were not.
        bytes.resize(node.bytes.len(), 0);
    }
    bytes
}

fn apply(change: &NameChange, names: &mut Names) {
    for path in &change.removed {
        names.remove(path);
    }
    for (path, node) in &change.added {
        names.insert(path.clone(), *node);
    }
}

fn missing(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{} is missing", path.display()))
}

impl Disk {
    /// Counts a changing operation and lets it fail when its turn has come. `Ok(true)` means: do it by half.
    fn step(&mut self) -> io::Result<bool> {
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
    fn whole_step(&mut self, grows: bool) -> io::Result<()> {
        let full = matches!(self.fault, Some(Fault::FullFrom(_)));
        match self.step()? {
            true if !full => Err(io::Error::other("an injected fault")),
            true if grows => Err(io::Error::from(io::ErrorKind::StorageFull)),
            _ => Ok(()),
        }
    }

    fn alive(&self) -> io::Result<()> {
        match self.fault {
            Some(Fault::StopBefore(at)) if self.operations > at => {
                Err(io::Error::other("the machine has stopped"))
            }
            _ => Ok(()),
        }
    }

    fn change(&mut self, change: NameChange) {
        apply(&change, &mut self.names);
        self.pending.push(change);
    }

    fn require_folder(&self, path: &Path) -> io::Result<()> {
        let parent = path.parent().unwrap_or(path);
        match self.names.get(parent) {
            Some(None) => Ok(()),
            _ => Err(missing(parent)),
        }
    }

    fn node(&self, path: &Path) -> io::Result<NodeId> {
        self.names
            .get(path)
            .copied()
            .flatten()
            .ok_or_else(|| missing(path))
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

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
        disk.nodes[node].synced = disk.nodes[node].bytes.clone();
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
