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

    /// Keeps what was computed for a node, if it is one to keep.
    pub(super) fn keep(&self, node: NodeId, values: &Arc<Values>) {
        if let Some(place) = self.0.get(&node) {
            // Two runs may compute the same at the same time; both have the same bits.
            let _ = place.set(Arc::clone(values));
        }
    }
}
