//! Columns that several runs over the same bars need: computed by the first one that asks, kept for the others.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use super::{NodeId, column::Values};

/// The nodes whose columns are kept.
#[derive(Debug, Default)]
pub(crate) struct SharedColumns(HashMap<NodeId, OnceLock<Arc<Values>>>);

impl SharedColumns {
    /// Keeps the columns of these nodes.
    pub(crate) fn of(nodes: impl IntoIterator<Item = NodeId>) -> Self {
        Self(nodes.into_iter().map(|node| (node, OnceLock::new())).collect())
    }

    /// Tells whether a node's columns are kept, computed or not.
    pub(super) fn keeps(&self, node: NodeId) -> bool {
        self.0.contains_key(&node)
    }

    /// Returns a node's columns if they have been computed.
    pub(super) fn get(&self, node: NodeId) -> Option<&Arc<Values>> {
        self.0.get(&node)?.get()
    }

    /// Returns a node's columns, computed once if they are kept: who asks meanwhile waits.
    pub(super) fn get_or_compute(&self, node: NodeId, compute: impl FnOnce() -> Values) -> Arc<Values> {
        match self.0.get(&node) {
            Some(place) => Arc::clone(place.get_or_init(|| Arc::new(compute()))),
            None => Arc::new(compute()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_is_kept_is_computed_once_however_many_ask() {
        let (shared, computed) = (SharedColumns::of([1]), AtomicUsize::new(0));
        let compute = || {
            computed.fetch_add(1, Ordering::Relaxed);
            Values::Numbers(vec![1.0])
        };
        let ask = |node| shared.get_or_compute(node, compute);
        let columns: Vec<Arc<Values>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| ask(1))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(columns.iter().all(|column| Arc::ptr_eq(column, &columns[0])));
        assert_eq!(computed.load(Ordering::Relaxed), 1);
        ask(2);
        ask(2);
        assert_eq!(computed.load(Ordering::Relaxed), 3);
    }
}
