//! Pages that were made lately.
//!
//! A version never changes, so a page that was made of it once is the same for everybody who asks again; many charts
//! ask for the newest bars of a few series.

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};

use crate::request::EntityTag;

/// How many bytes are kept in all.
const BYTES: u64 = 32 << 20;
/// Larger pages are not kept, lest one drive out hundreds.
const LARGEST: usize = 1 << 20;
/// How many pages are expected.
const PAGES: usize = 1_024;

/// A page as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The body.
    pub(crate) body: Bytes,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<String>,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<EntityTag, Page> for ByBytes {
    fn weight(&self, _tag: &EntityTag, page: &Page) -> u64 {
        page.body.len() as u64 + 256
    }
}

/// Pages by their tag, which names everything that they depend on.
#[derive(Debug)]
pub(crate) struct Pages(Cache<EntityTag, Page, ByBytes>);

impl Pages {
    /// Keeps nothing yet.
    pub(crate) fn new() -> Self {
        Self(Cache::with_weighter(PAGES, BYTES, ByBytes))
    }

    /// Returns the page of a tag, if it is kept.
    pub(crate) fn get(&self, tag: &EntityTag) -> Option<Page> {
        self.0.get(tag)
    }

    /// Keeps a page.
    pub(crate) fn keep(&self, tag: EntityTag, page: Page) {
        if page.body.len() <= LARGEST {
            self.0.insert(tag, page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(bytes: usize) -> Page {
        Page {
            body: vec![0; bytes].into(),
            next: None,
        }
    }

    #[test]
    fn pages_are_kept_within_bounds() {
        let pages = Pages::new();
        let tag = |number: usize| EntityTag::of(&[&number.to_string()]);
        pages.keep(tag(0), page(10));
        assert_eq!(pages.get(&tag(0)).unwrap().body.len(), 10);
        pages.keep(tag(1), page(LARGEST + 1));
        assert!(pages.get(&tag(1)).is_none());
        for number in 2..200 {
            pages.keep(tag(number), page(LARGEST));
        }
        assert!(pages.0.weight() <= BYTES);
    }
}
