//! Keyset pages: the cursor is the unique ordering key of the last item, so nothing is skipped or repeated
//! when items come and go between two pages.

use std::num::NonZeroUsize;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    /// The items, in the order that was asked for.
    pub items: Vec<T>,
    /// The position to ask for next; `None` when this page is the last.
    pub next: Option<P>,
}

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest<P> {
    /// The most items to return.
    pub limit: NonZeroUsize,
    /// The position of the last item seen; `None` for the first page.
    pub after: Option<P>,
}

impl<P> PageRequest<P> {
    /// Asks for the first `limit` items; zero counts as one.
    pub fn first(limit: usize) -> Self {
        Self {
            limit: NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN),
            after: None,
        }
    }

    /// Asks for the page that follows `position`.
    #[must_use]
    pub fn after(mut self, position: P) -> Self {
        self.after = Some(position);
        self
    }
}

impl<T, P> Page<T, P> {
    /// Cuts a page out of `items`, which hold up to one item more than `limit`; `position` gives an item's
    /// ordering key.
    pub fn cut(mut items: Vec<T>, limit: NonZeroUsize, position: impl Fn(&T) -> P) -> Self {
        let more = items.len() > limit.get();
        items.truncate(limit.get());
        let next = if more { items.last().map(position) } else { None };
        Self { items, next }
    }
}
