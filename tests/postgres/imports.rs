//! Imports that are killed at any moment, while others read.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tests::{Server, killing};

use crate::{client::Client, site::Site};

/// Reads the series again and again: its version, its digest and the number of bars that are read.
async fn watch(client: Client, ended: Arc<AtomicBool>) -> HashSet<(u64, String, usize)> {
    let mut seen = HashSet::new();
    while !ended.load(Ordering::SeqCst) {
        let head = client.get("series/X/BIG/1m").await;
        if head.status == 404 {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        }
        let head = head.ok();
        let (version, bars) = (head["version"].as_u64().unwrap(), head["bars"].as_u64().unwrap());
        // As many as are fetched at once: the series may be purged meanwhile, for the next round.
        let path = format!("series/X/BIG/1m/bars?format=csv&limit=50000&as_of={version}");
        let read = client.get(&path).await;
        if read.status == 404 {
            // It was purged, to be imported again.
            continue;
        }
        let rows = read.with(200).text().lines().count() - 1;
        assert_eq!(rows, bars.min(50_000) as usize, "version {version}");
        seen.insert((version, head["digest"].as_str().unwrap().to_owned(), rows));
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_shows_the_old_version_or_the_new_one_and_repeating_it_completes_it() {
    let site = Arc::new(Site::new().await);
    let server = Server::start(&site.place);
    let ended = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(watch(Client::of(&server), ended.clone()));
    let importing = site.clone();
    let states = tokio::task::spawn_blocking(move || killing::assert_imports_are_whole(&importing.place));
    let states = states.await;
    ended.store(true, Ordering::SeqCst);
    let seen = watching.await.unwrap();
    let states = states.unwrap();
    for (version, digest, rows) in &seen {
        let is_whole = states
            .iter()
            .any(|state| state.0 == *version && state.1 == *digest);
        assert!(
            is_whole,
            "version {version} of {rows} bars with {digest} is none of {states:?}"
        );
    }
    assert_eq!(seen.len(), 2, "both states were seen: {seen:?}");
    site.place.verify();
    site.assert_nothing_is_left().await;
}
