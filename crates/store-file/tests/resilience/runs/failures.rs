//! Operations that fail, and disks that are full: what was refused can be tried again.

use std::path::Path;

use domain::error::StoreError;

use super::{Seen, Step, look, steps, take};
use crate::history::open;
use crate::simulated::{Fault, SimulatedVfs};

/// Takes all steps, trying each that fails once more; opens the store again where it has become read-only.
async fn live_through(fault: Fault, expected: &[Seen]) {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    vfs.set_fault(Some(fault));
    let mut store = open(&vfs, 1).unwrap_or_else(|_| {
        vfs.set_fault(None);
        open(&vfs, 3).unwrap()
    });
    for (number, step) in steps().into_iter().enumerate() {
        if take(&store, step).await.is_ok() {
            continue;
        }
        let found = look(&store).await.unwrap();
        let half = matches!(step, Step::Prepare) && found.has_strategy;
        let (before, behind) = (&expected[number], &expected[number + 1]);
        assert!(
            found == *before || found == *behind || half,
            "{fault:?}: a failed {step:?} leaves {found:?}"
        );
        vfs.set_fault(None);
        if found == *behind {
            store = open(&vfs, 2).unwrap();
            continue;
        }
        if let Err(error) = take(&store, step).await {
            assert!(
                matches!(error, StoreError::Unavailable(_)),
                "{fault:?}: {step:?}: {error}"
            );
            store = open(&vfs, 2).unwrap();
            take(&store, step).await.unwrap();
        }
        assert_eq!(
            look(&store).await.unwrap(),
            *behind,
            "{fault:?}: {step:?}, tried again"
        );
    }
    assert_eq!(look(&store).await.unwrap(), expected[steps().len()], "{fault:?}");
}

#[tokio::test]
async fn any_operation_may_fail_once_and_any_disk_may_be_full() {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&vfs, 1).unwrap();
    let mut expected = vec![look(&store).await.unwrap()];
    for step in steps() {
        take(&store, step).await.unwrap();
        expected.push(look(&store).await.unwrap());
    }
    for operation in 0..vfs.operations() {
        live_through(Fault::FailOnce(operation), &expected).await;
        live_through(Fault::FullFrom(operation), &expected).await;
    }
}
