//! Losing power at any moment leaves the old version or the new one, whole.

use std::path::Path;

use crate::history::{Seen, Step, look, open, steps, take};
use crate::simulated::{Fault, SimulatedVfs};
use testkit::scale;

/// How often each moment is tried at full scale, with other luck each time.
const CHANCES: u64 = 100;

async fn live(vfs: &SimulatedVfs, steps: &[Step]) -> usize {
    let Ok(store) = open(vfs, 1) else { return 0 };
    let mut done = 0;
    for step in steps {
        if take(&store, step).await.is_err() {
            break;
        }
        done += 1;
    }
    done
}

/// Returns what is to be seen after each number of steps.
async fn expectations(begin: &SimulatedVfs, steps: &[Step]) -> Vec<Seen> {
    let vfs = begin.copy();
    let store = open(&vfs, 1).unwrap();
    let mut seen = vec![look(&store).await];
    for step in steps {
        take(&store, step).await.unwrap();
        seen.push(look(&store).await);
    }
    seen
}

async fn survives_every_crash(begin: &SimulatedVfs, steps: &[Step]) -> usize {
    let expected = expectations(begin, steps).await;
    let rehearsal = begin.copy();
    assert_eq!(live(&rehearsal, steps).await, steps.len());
    let (operations, deadline) = (rehearsal.operations(), scale::Deadline::start());
    let chances = scale::count(CHANCES).min(CHANCES);
    let mut crashes = 0;
    for chance in 0..chances {
        for moment in 0..operations {
            let vfs = begin.copy();
            vfs.set_fault(Some(Fault::StopBefore(moment)));
            let acknowledged = live(&vfs, steps).await;
            let seed = chance * 1_000_003 + moment as u64;
            let after = vfs.after_power_loss(seed);
            let store =
                open(&after, 2).unwrap_or_else(|error| panic!("moment {moment}, seed {seed}: {error}"));
            let found = look(&store).await;
            let may_be = &expected[acknowledged..expected.len().min(acknowledged + 2)];
            assert!(
                may_be.contains(&found),
                "moment {moment}, seed {seed}: {found:?} is none of {may_be:?}"
            );
            take(&store, &Step::Upsert("X:A/1m", 9_000, 1, 9.0))
                .await
                .unwrap();
            look(&store).await;
            crashes += 1;
        }
        if deadline.passed() {
            break;
        }
    }
    crashes
}

/// Returns how many crashes were survived.
fn run(test: impl Future<Output = usize>) -> usize {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let crashes = runtime.block_on(test);
    assert!(crashes > 0);
    crashes
}

#[test]
fn a_crash_at_any_moment_leaves_the_old_version_or_the_new_one() {
    let begin = SimulatedVfs::with_root(Path::new("/"));
    let crashes = run(async { survives_every_crash(&begin, &steps()).await });
    println!("{crashes} crashes survived");
}

#[test]
fn a_crash_while_a_new_segment_begins_leaves_the_old_version_or_the_new_one() {
    let begin = SimulatedVfs::with_root(Path::new("/"));
    let crashes = run(async {
        let commits: Vec<Step> = (0..998)
            .map(|minute| Step::Upsert("X:A/1m", minute, 1, 1.0))
            .collect();
        assert_eq!(live(&begin, &commits).await, commits.len());
        let steps: Vec<Step> = (998..1_003)
            .map(|minute| Step::Upsert("X:A/1m", minute, 1, 1.0))
            .collect();
        survives_crashes_of_a_long_journal(&begin, &steps).await
    });
    println!("{crashes} crashes survived");
}

/// As [`survives_every_crash`], but looks at the newest versions alone: there are a thousand.
async fn survives_crashes_of_a_long_journal(begin: &SimulatedVfs, steps: &[Step]) -> usize {
    use domain::market::{BarsQuery, PriceStore, PriceStoreExt};
    let rehearsal = begin.copy();
    assert_eq!(live(&rehearsal, steps).await, steps.len());
    for moment in 0..rehearsal.operations() {
        let vfs = begin.copy();
        vfs.set_fault(Some(Fault::StopBefore(moment)));
        let acknowledged = live(&vfs, steps).await as u64;
        let store = open(&vfs.after_power_loss(moment as u64), 2).unwrap();
        let key = crate::history::key("X:A/1m");
        let head = store.head(&key).await.unwrap().unwrap();
        let version = head.version.0 - 998;
        assert!(
            (acknowledged..=acknowledged + 1).contains(&version),
            "moment {moment}: version {version}"
        );
        let bars = store.read_all(BarsQuery::all(key.clone())).await.unwrap();
        assert_eq!(bars.digest(), head.digest);
        assert_eq!(bars, crate::history::minutes(0, head.version.0 as i64, 1.0));
        take(&store, &Step::Upsert("X:A/1m", 9_000, 1, 9.0))
            .await
            .unwrap();
        assert_eq!(store.verify(&key).await.unwrap().damages, []);
    }
    rehearsal.operations()
}
