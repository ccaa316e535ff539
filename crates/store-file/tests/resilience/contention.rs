//! Many writers of few series, each expecting the version that it has seen.

use std::{collections::HashSet, path::Path, sync::Arc};

use domain::{
    error::StoreError,
    market::{BarsQuery, PriceStore, PriceStoreExt, PriceWrite, Version, Written},
};
use store_file::{FileStore, FileStoreOptions};
use testkit::{
    clock::SteppingClock,
    ids::SeededIds,
    scale::{self, Deadline},
};

use crate::history::{author, key, minutes};

const CLIENTS: u64 = 16;
const SERIES: u64 = 4;

fn open(root: &Path, ids: &Arc<SeededIds>) -> FileStore {
    let clock = Arc::new(SteppingClock::new(domain::market::Timestamp::EPOCH, 1));
    FileStore::open(root, FileStoreOptions::new(clock, ids.clone())).unwrap()
}

/// Appends minutes of its own to every series in turn until its share is done; returns what was acknowledged and how
/// many conflicts there were.
async fn append(
    store: FileStore,
    client: u64,
    share: u64,
    deadline: Deadline,
) -> (Vec<(u64, i64, Version)>, u64) {
    let (mut acknowledged, mut conflicts) = (Vec::new(), 0);
    for number in 0..share {
        let series = (client + number) % SERIES;
        let minute = (number * CLIENTS + client) as i64;
        let key = key(&format!("X:S{series}/1m"));
        loop {
            let seen = store
                .head(&key)
                .await
                .unwrap()
                .map_or(Version::EMPTY, |head| head.version);
            let write = PriceWrite {
                expected: Some(seen),
                ..PriceWrite::upsert(minutes(minute, 1, 1.0), author())
            };
            match store.commit(&key, write).await {
                Ok(Written::Committed(commit)) => {
                    acknowledged.push((series, minute, commit.version));
                    break;
                }
                Err(StoreError::Conflict { .. }) => conflicts += 1,
                other => panic!("an append is committed or in conflict, not {other:?}"),
            }
        }
        if deadline.passed() {
            break;
        }
    }
    (acknowledged, conflicts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_appends_to_one_version_one_wins_and_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (root, ids) = (folder.path().join("store"), Arc::new(SeededIds::new(1)));
    let share = scale::count(20_000).div_ceil(CLIENTS);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(append(open(&root, &ids), client, share, Deadline::start())))
        .collect();
    let (mut acknowledged, mut conflicts) = (Vec::new(), 0);
    for client in clients {
        let (appended, refused) = client.await.unwrap();
        acknowledged.extend(appended);
        conflicts += refused;
    }
    println!("{} appends, {conflicts} conflicts", acknowledged.len());
    assert!(conflicts > 0, "the clients never met");
    let store = open(&root, &ids);
    for series in 0..SERIES {
        let key = key(&format!("X:S{series}/1m"));
        let of_series = || acknowledged.iter().filter(|(of, _, _)| *of == series);
        let minutes: HashSet<i64> = of_series().map(|(_, minute, _)| minute * 60_000_000).collect();
        let bars = store.read_all(BarsQuery::all(key.clone())).await.unwrap();
        assert_eq!(bars.time().iter().copied().collect::<HashSet<_>>(), minutes);
        assert_eq!(bars.len(), minutes.len(), "every append is there once");
        let mut versions: Vec<u64> = of_series().map(|(_, _, version)| version.0).collect();
        versions.sort_unstable();
        assert_eq!(
            versions,
            (1..=versions.len() as u64).collect::<Vec<_>>(),
            "versions are without a hole"
        );
    }
}
