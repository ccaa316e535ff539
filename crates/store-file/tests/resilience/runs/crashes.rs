//! Losing power at any moment leaves the state before a step or the one behind it, whole.

use std::path::Path;

use domain::market::PriceStore;
use testkit::scale;

use super::{Seen, Step, look, steps, take};
use crate::history::{key, open};
use crate::simulated::{Fault, SimulatedVfs};

/// How often each moment is tried at full scale, with other luck each time.
const CHANCES: u64 = 100;

async fn live(vfs: &SimulatedVfs, steps: &[Step]) -> usize {
    let Ok(store) = open(vfs, 1) else { return 0 };
    let mut done = 0;
    for step in steps {
        if take(&store, *step).await.is_err() {
            break;
        }
        done += 1;
    }
    done
}

/// Preparing is two writes: the strategy may be there alone.
fn is_half_prepared(seen: &Seen) -> bool {
    seen.has_strategy && !seen.has_series && seen.backtests.is_empty()
}

#[tokio::test]
async fn a_crash_at_any_moment_leaves_the_old_state_or_the_new_one() {
    let steps = steps();
    let begin = SimulatedVfs::with_root(Path::new("/"));
    let rehearsal = begin.copy();
    let store = open(&rehearsal, 1).unwrap();
    let mut expected = vec![look(&store).await.unwrap()];
    for step in &steps {
        take(&store, *step)
            .await
            .unwrap_or_else(|error| panic!("{step:?}: {error}"));
        expected.push(look(&store).await.unwrap());
    }
    assert_eq!(
        store.head(&key("X:A/1m")).await.unwrap(),
        None,
        "nothing holds the series in the end"
    );
    let counted = begin.copy();
    assert_eq!(live(&counted, &steps).await, steps.len());
    let (operations, deadline) = (counted.operations(), scale::Deadline::start());
    let mut crashes = 0;
    for chance in 0..scale::count(CHANCES).min(CHANCES) {
        for moment in 0..operations {
            let vfs = begin.copy();
            vfs.set_fault(Some(Fault::StopBefore(moment)));
            let acknowledged = live(&vfs, &steps).await;
            let seed = chance * 1_000_003 + moment as u64;
            let store = open(&vfs.after_power_loss(seed), 2)
                .unwrap_or_else(|error| panic!("moment {moment}, seed {seed}: {error}"));
            let found = look(&store)
                .await
                .unwrap_or_else(|error| panic!("moment {moment}, seed {seed}: {error}"));
            let may_be = &expected[acknowledged..expected.len().min(acknowledged + 2)];
            assert!(
                may_be.contains(&found) || (acknowledged == 0 && is_half_prepared(&found)),
                "moment {moment}, seed {seed}, behind {:?}: {found:?} is none of {may_be:?}",
                acknowledged.checked_sub(1).map(|last| steps[last])
            );
            take(&store, Step::Prepare).await.unwrap();
            take(&store, Step::Add(39)).await.unwrap();
            take(&store, Step::AddSweep(35)).await.unwrap();
            let after = look(&store).await.unwrap();
            assert_eq!(after.backtests.len(), found.backtests.len() + 3);
            crashes += 1;
        }
        if deadline.passed() {
            break;
        }
    }
    println!("{crashes} crashes survived");
}
