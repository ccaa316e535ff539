//! What a loss of power leaves of a disk.

use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::disk::{Contents, Disk, apply};

/// Returns what is found when the power comes back; `seed` decides what chance would.
pub(super) fn lost(disk: &Disk, seed: u64) -> Disk {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
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
    Disk {
        nodes,
        synced_names: names.clone(),
        names,
        ..Disk::default()
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
