//! Copies that are broken off, and sources that are written to meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;

/// Stops a copy at one of the many points where it asks.
struct StopAt(AtomicU64);

impl Progress for StopAt {
    fn begin(&self, _stage: &Stage, _total: Option<u64>) {}

    fn advance(&self, _units: u64, _rows: u64) {}

    fn cancelled(&self) -> bool {
        let left = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.is_err()
    }
}

#[tokio::test]
async fn a_copy_that_is_cancelled_anywhere_leaves_whole_versions_and_is_completed_by_the_next() {
    let source = Fixture::new();
    storied(&source).await;
    let mut partial = 0;
    for point in 0..60 {
        let target = Fixture::new();
        let stopped = copy(
            &source.stores,
            &target.stores,
            None,
            &StopAt(AtomicU64::new(point)),
        )
        .await;
        match stopped {
            Err(TransferError::Cancelled(_)) => {}
            Ok(done) => assert!(done.matches),
            Err(error) => panic!("{error}"),
        }
        let heads = target.stores.all_series(SeriesFilter::default()).await.unwrap();
        partial += usize::from(heads.iter().any(|head| head.version < Version(4)));
        for head in heads {
            let own = commits(&source.stores, &head.key).await;
            let at = own.iter().find(|commit| commit.version == head.version).unwrap();
            assert_eq!(head.digest, at.digest);
        }
        let done = copy(&source.stores, &target.stores, None, &Unobserved)
            .await
            .unwrap();
        assert!(done.matches, "stopped at {point}: {done:#?}");
    }
    assert!(partial > 3, "{partial} copies were stopped half-way");
}

/// Stops a copy as soon as the first bars of a version have been read.
#[derive(Default)]
struct StopWithinVersion {
    copying: AtomicBool,
    stopped: AtomicBool,
}

impl Progress for StopWithinVersion {
    fn begin(&self, stage: &Stage, _total: Option<u64>) {
        self.copying.store(*stage == Stage::Copying, Ordering::SeqCst);
    }

    fn advance(&self, _units: u64, rows: u64) {
        if rows > 0 && self.copying.load(Ordering::SeqCst) {
            self.stopped.store(true, Ordering::SeqCst);
        }
    }

    fn cancelled(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_copy_that_is_cancelled_within_a_version_leaves_nothing_of_it() {
    let (source, target) = (Fixture::new(), Fixture::new());
    source
        .write(&key(LONG), rising("2024-01-01", DAY / 1440, 200_000))
        .await;
    let stopped = copy(
        &source.stores,
        &target.stores,
        None,
        &StopWithinVersion::default(),
    )
    .await;
    assert!(matches!(stopped, Err(TransferError::Cancelled(_))), "{stopped:?}");
    assert!(target.stores.prices.head(&key(LONG)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_committed_to_the_source_meanwhile_is_left_for_the_next_copy() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let (from, to) = (&source.stores, &target.stores);
    let mut work = Work::plan(from, to, None, &Unobserved).await.unwrap();
    source.write(&key(OTHER), rising("2025-01-01", DAY, 3)).await;
    work.copy().await.unwrap();
    source.write(&key(LONG), rising("2025-06-01", DAY, 3)).await;
    let done = work.verify().await.unwrap();
    assert!(done.matches, "{done:#?}");
    assert_eq!(
        (
            row(&done, LONG).source.versions,
            row(&done, OTHER).source.versions
        ),
        (4, 2)
    );
    let next = copy(from, to, None, &Unobserved).await.unwrap();
    assert_eq!((next.matches, next.totals.copied_versions), (true, 2));
}
