//! What those who listen are told of a store that can't always be looked at.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use domain::{
    market::{Import, ImportStore},
    page::Page,
};

use tokio_util::sync::DropGuard;

use super::*;
use crate::testing::Desk;

/// Lists no imports, and for a while not even that.
#[derive(Default)]
struct Flaky(AtomicU32);

impl Flaky {
    /// Fails so many times from now on.
    fn fail(&self, times: u32) {
        self.0.store(times, Ordering::SeqCst);
    }
}

#[async_trait]
impl ImportStore for Flaky {
    async fn put_import(&self, _: &Import) -> Result<(), StoreError> {
        unreachable!("nobody imports")
    }

    async fn import(&self, _: ImportId) -> Result<Option<Import>, StoreError> {
        Ok(None)
    }

    async fn imports(&self, _: ImportsQuery) -> Result<Page<Import, ImportId>, StoreError> {
        let less = |left: u32| left.checked_sub(1);
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(_) => Err(StoreError::unavailable("it has gone away")),
            Err(_) => Ok(Page {
                items: Vec::new(),
                next: None,
            }),
        }
    }
}

impl Flaky {
    /// Waits until it has failed twice: the second look began after this was called.
    async fn failed_twice(&self) {
        let before = self.0.load(Ordering::SeqCst);
        while self.0.load(Ordering::SeqCst) > before - 2 {
            tokio::time::sleep(OFTEN).await;
        }
    }
}

const OFTEN: Duration = Duration::from_millis(2);

/// Somebody who listens to what changes at a desk, and what ends that.
async fn listen_to(flaky: &Arc<Flaky>) -> (Desk, broadcast::Receiver<Arc<str>>, DropGuard) {
    let (desk, closing) = (Desk::new().await, CancellationToken::new());
    let mut stores = desk.stores.clone();
    stores.imports = flaky.clone();
    let receiver = Hints::every(OFTEN, stores, closing.clone()).0.subscribe();
    (desk, receiver, closing.drop_guard())
}

async fn told(receiver: &mut broadcast::Receiver<Arc<str>>) -> Arc<str> {
    let told = tokio::time::timeout(Duration::from_mins(1), receiver.recv()).await;
    told.expect("something is told within a minute").unwrap()
}

#[tokio::test]
async fn whoever_listens_while_the_first_look_fails_is_told_that_it_missed_something() {
    let flaky = Arc::new(Flaky::default());
    flaky.fail(2);
    let (_desk, mut receiver, _closing) = listen_to(&flaky).await;
    assert_eq!(&*told(&mut receiver).await, MISSED);
}

#[tokio::test]
async fn what_a_look_has_seen_that_broke_off_is_not_lost() {
    let flaky = Arc::new(Flaky::default());
    let (desk, mut receiver, _closing) = listen_to(&flaky).await;
    assert_eq!(
        &*told(&mut receiver).await,
        MISSED,
        "the first look only remembers"
    );
    flaky.fail(u32::MAX);
    desk.write(2.0).await;
    flaky.failed_twice().await;
    flaky.fail(0);
    assert_eq!(&*told(&mut receiver).await, MISSED);
    desk.write(3.0).await;
    assert!(told(&mut receiver).await.starts_with("event: series\n"));
}
