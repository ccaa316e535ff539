//! Operations that fail, and disks that are full: nothing is acknowledged that is not there, nothing is lost.

use std::path::Path;

use crate::history::{Seen, Step, look, open, steps, take};
use crate::simulated::{Fault, SimulatedVfs};

/// Takes all steps, trying each that fails once more; opens the store again where it has become read-only.
async fn live_through(fault: Fault, steps: &[Step], expected: &[Seen]) {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    vfs.set_fault(Some(fault));
    let mut store = open(&vfs, 1).unwrap_or_else(|_| {
        vfs.set_fault(None);
        open(&vfs, 3).unwrap()
    });
    for (step, before) in steps.iter().zip(expected) {
        if take(&store, step).await.is_ok() {
            continue;
        }
        // Readers go on whatever happened to the writer.
        assert_eq!(
            look(&store).await,
            *before,
            "{fault:?}: a failed {step:?} is not to be seen"
        );
        vfs.set_fault(None);
        if take(&store, step).await.is_err() {
            store = open(&vfs, 2).unwrap();
            take(&store, step).await.unwrap();
        }
    }
    assert_eq!(look(&store).await, expected[steps.len()], "{fault:?}");
}

/// Returns what is to be seen after each number of steps, and how many operations they take.
async fn rehearse(steps: &[Step]) -> (Vec<Seen>, usize) {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&vfs, 1).unwrap();
    let mut seen = vec![look(&store).await];
    for step in steps {
        take(&store, step).await.unwrap();
        seen.push(look(&store).await);
    }
    (seen, vfs.operations())
}

#[tokio::test]
async fn any_operation_may_fail_once() {
    let (expected, operations) = rehearse(&steps()).await;
    for operation in 0..operations {
        live_through(Fault::FailOnce(operation), &steps(), &expected).await;
    }
}

#[tokio::test]
async fn a_full_disk_stops_writers_alone_and_they_go_on_once_there_is_room() {
    let (expected, operations) = rehearse(&steps()).await;
    for operation in 0..operations {
        live_through(Fault::FullFrom(operation), &steps(), &expected).await;
    }
}
