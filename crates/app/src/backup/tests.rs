use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;

use super::*;
use crate::{
    fixture::{Fixture, key, open, rising},
    progress::{Stage, Unobserved},
    transfer::tests::storied,
};

const DAY: i64 = 86_400_000_000;

fn unobserved() -> Arc<dyn Progress> {
    Arc::new(Unobserved)
}

impl Fixture {
    fn backup_folder(&self) -> PathBuf {
        self.root().join("backup")
    }

    fn backup_store(&self) -> Stores {
        open(&self.backup_folder(), &self.clock, &self.ids)
    }

    fn request(&self) -> BackupRequest {
        BackupRequest {
            folder: self.backup_folder(),
            store: "file:/data".to_owned(),
            identity: None,
            moved: false,
            program: "chandlery test".to_owned(),
        }
    }

    async fn back_up(&self, progress: Arc<dyn Progress>) -> Result<BackupOutcome, BackupError> {
        let into = self.backup_store();
        backup(&self.stores, &into, &self.request(), &*self.clock, &progress).await
    }

    async fn check(&self) -> BackupCheck {
        check(&self.backup_folder(), &unobserved()).await.unwrap()
    }

    fn manifest(&self) -> Manifest {
        match Manifest::find(&self.backup_folder()).unwrap() {
            Found::Intact(manifest) => *manifest,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_backup_restores_to_what_was_backed_up() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let made = source.back_up(unobserved()).await.unwrap();
    assert!(made.complete && made.files > 5, "{made:#?}");
    let checked = source.check().await;
    assert!(checked.intact, "{:?}", checked.findings);
    let manifest = checked.manifest.unwrap();
    assert_eq!(
        (manifest.instruments, manifest.imports, manifest.strategies),
        (3, 1, 2)
    );
    assert_eq!((manifest.backtests, manifest.sweeps), (2, 1));
    assert_eq!(manifest.series.len(), 2);
    let restored = restore(&source.backup_store(), &target.stores, &manifest, &Unobserved)
        .await
        .unwrap();
    assert!(restored.matches, "{restored:#?}");
    let compared = transfer::compare(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(compared.matches);
}

#[tokio::test]
async fn a_restored_backup_that_is_not_what_the_manifest_tells_of_is_named() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    let mut manifest = source.manifest();
    manifest.series[0].bars += 1;
    manifest.imports += 1;
    manifest.strategies += 1;
    let restored = restore(&source.backup_store(), &target.stores, &manifest, &Unobserved)
        .await
        .unwrap();
    assert!(restored.transfer.matches && !restored.matches);
    let named: Vec<_> = restored
        .findings
        .iter()
        .map(|finding| finding.entity.as_str())
        .collect();
    assert_eq!(named, ["X:A/1d", "imports", "strategies"]);
}

#[tokio::test]
async fn a_later_backup_goes_on_where_the_earlier_one_ended() {
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    source.write(&key("X:B/1d"), rising("2025-01-01", DAY, 3)).await;
    let later = source.back_up(unobserved()).await.unwrap();
    assert!(later.complete);
    assert_eq!(later.transfer.totals.copied_versions, 1);
    assert!(source.check().await.intact);
}

#[tokio::test]
async fn a_series_that_was_purged_stays_in_the_backup_and_is_named() {
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    source.stores.prices.purge(&key("X:B/1d")).await.unwrap();
    let later = source.back_up(unobserved()).await.unwrap();
    assert!(later.complete);
    assert_eq!(later.kept[0].key, key("X:B/1d"));
    assert_eq!(source.manifest().series.len(), 2);
}

#[tokio::test]
async fn a_backup_that_diverged_is_left_as_it_was() {
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    let before = source.manifest();
    source.stores.prices.purge(&key("X:B/1d")).await.unwrap();
    source.write(&key("X:B/1d"), rising("2020-01-01", DAY, 3)).await;
    source.write(&key("X:A/1d"), rising("2025-01-01", DAY, 3)).await;
    let refused = source.back_up(unobserved()).await.unwrap();
    assert!(refused.untouched && !refused.complete);
    assert_eq!(source.manifest(), before);
    assert!(source.check().await.intact);
}

#[tokio::test]
async fn the_folder_of_another_store_is_refused() {
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    let into = source.backup_store();
    let request = BackupRequest {
        store: "file:/elsewhere".to_owned(),
        ..source.request()
    };
    let refused = backup(&source.stores, &into, &request, &*source.clock, &unobserved()).await;
    assert!(
        matches!(refused, Err(BackupError::OtherStore { .. })),
        "{refused:?}"
    );
    let live = BackupRequest {
        folder: source.root().join("store"),
        ..source.request()
    };
    let refused = backup(
        &source.stores,
        &source.stores,
        &live,
        &*source.clock,
        &unobserved(),
    )
    .await;
    assert!(
        matches!(refused, Err(BackupError::OtherContents(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_store_is_known_by_its_identity_whatever_it_is_called() {
    let source = Fixture::new();
    storied(&source).await;
    let into = source.backup_store();
    let called = |name: &str, identity: Option<&str>| BackupRequest {
        store: name.to_owned(),
        identity: identity.map(str::to_owned),
        ..source.request()
    };
    let clock = &*source.clock;
    let back_up = async |request: &BackupRequest| {
        let made = backup(&source.stores, &into, request, clock, &unobserved()).await;
        made.map(|made| made.complete)
    };
    // An earlier program did not ask for identities, and where none can be had the name has to do.
    assert!(back_up(&called("db:5432", None)).await.unwrap());
    assert!(back_up(&called("db:5432", Some("1/2"))).await.unwrap());
    assert_eq!(source.manifest().identity.as_deref(), Some("1/2"));
    assert!(source.check().await.intact);
    assert!(back_up(&called("localhost:5432", Some("1/2"))).await.unwrap());
    let other = called("localhost:5432", Some("1/3"));
    let refused = back_up(&other).await;
    assert!(
        matches!(refused, Err(BackupError::OtherStore { .. })),
        "{refused:?}"
    );
    let moved = BackupRequest { moved: true, ..other };
    assert!(back_up(&moved).await.unwrap());
    assert_eq!(source.manifest().identity.as_deref(), Some("1/3"));
}

/// Stops a backup at one of the many points where it asks.
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
async fn a_backup_that_was_broken_off_is_the_earlier_one_or_says_that_it_is_unfinished() {
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    let mut unfinished = 0;
    for point in 0..80 {
        source
            .write(&key("X:B/1d"), rising("2025-01-01", DAY, point as usize + 1))
            .await;
        let stopped = source.back_up(Arc::new(StopAt(AtomicU64::new(point)))).await;
        let manifest = source.manifest();
        let checked = source.check().await;
        assert_eq!(
            checked.intact,
            manifest.state == BackupState::Complete,
            "{:?}",
            checked.findings
        );
        assert!(stopped.is_err() || checked.intact);
        unfinished += usize::from(!checked.intact);
    }
    assert!(unfinished > 10, "{unfinished} backups were unfinished");
    assert!(source.back_up(unobserved()).await.unwrap().complete);
    assert!(source.check().await.intact);
}

#[tokio::test]
async fn any_changed_byte_of_a_backup_is_found() {
    let seed = scale::seed();
    scale::announce("flipped bytes in a backup", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    let mut files = source
        .manifest()
        .files
        .into_iter()
        .map(|file| file.path)
        .collect::<Vec<_>>();
    files.push(MANIFEST.to_owned());
    for round in 0..scale::count(1_000) {
        // The manifest is the one file whose damage could go unnoticed: it gets every fourth flip.
        let file = match round % 4 {
            0 => MANIFEST.to_owned(),
            _ => files[chance.random_range(0..files.len())].clone(),
        };
        let path = source.backup_folder().join(&file);
        let intact = fs::read(&path).unwrap();
        let mut changed = intact.clone();
        let byte = chance.random_range(0..changed.len());
        changed[byte] ^= chance.random_range(1..=255_u8);
        fs::write(&path, changed).unwrap();
        let found = source.check().await;
        let named = found.findings.iter().any(|finding| finding.entity == file);
        assert!(
            !found.intact && named,
            "byte {byte} of {file}: {:?}",
            found.findings
        );
        fs::write(&path, intact).unwrap();
    }
    assert!(source.check().await.intact);
}

#[tokio::test]
async fn a_manifest_vouches_for_each_of_its_own_bytes() {
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    let intact = fs::read(source.backup_folder().join(MANIFEST)).unwrap();
    assert!(Manifest::parse(&intact).is_ok());
    for byte in 0..intact.len() {
        // One blank for another, one digit for its neighbour, upper case for lower case.
        for flip in [0x2a, 0x01, 0x20] {
            let mut changed = intact.clone();
            changed[byte] ^= flip;
            assert!(Manifest::parse(&changed).is_err(), "byte {byte}, {flip:#x}");
        }
    }
    assert!(Manifest::parse(&intact[..intact.len() - 1]).is_err());
}

#[tokio::test]
async fn missing_and_extra_files_are_found_and_temporary_ones_are_not() {
    let source = Fixture::new();
    storied(&source).await;
    source.back_up(unobserved()).await.unwrap();
    let folder = source.backup_folder();
    fs::write(folder.join(".x.tmp"), "half-written").unwrap();
    fs::create_dir_all(folder.join("staging/left")).unwrap();
    fs::write(folder.join("staging/left/chunk"), "left over").unwrap();
    assert!(source.check().await.intact);
    fs::write(folder.join("series/extra"), "?").unwrap();
    let gone = source.manifest().files.pop().unwrap().path;
    fs::remove_file(folder.join(&gone)).unwrap();
    let found = source.check().await;
    let named: Vec<_> = found
        .findings
        .iter()
        .map(|finding| finding.entity.as_str())
        .collect();
    assert_eq!(named, [gone.as_str(), "series/extra"]);
}

#[tokio::test]
async fn the_manifest_of_a_store_without_strategies_is_what_it_was_before_there_were_any() {
    let source = Fixture::new();
    source.write(&key("X:A/1d"), rising("2024-01-01", DAY, 3)).await;
    assert!(source.back_up(unobserved()).await.unwrap().complete);
    let text = fs::read_to_string(source.backup_folder().join(MANIFEST)).unwrap();
    assert!(!text.contains("strategies"), "{text}");
    assert_eq!(source.manifest().strategies, 0);
}

#[tokio::test]
async fn a_folder_without_a_manifest_is_no_backup() {
    let source = Fixture::new();
    let error = check(&source.root().join("nowhere"), &unobserved())
        .await
        .unwrap_err();
    assert!(matches!(&error, BackupError::NoManifest(_)), "{error}");
}
