use std::collections::BTreeMap;

use interchange::ReadOptions;

use super::*;
use crate::{
    fixture::{Fixture, author, daily_csv, key, lying},
    import::{ImportOutcome, ImportRequest, Importer, Naming},
    progress::Unobserved,
};

const KEY: &str = "NASDAQ:GOOG/1d";

impl Fixture {
    fn archive(&self) -> PathBuf {
        self.root().join("archive")
    }

    async fn import_and_archive(&self, path: &Path) -> ImportOutcome {
        let request = ImportRequest {
            id: None,
            expected: None,
            paths: vec![path.to_owned()],
            naming: Naming {
                series: Some(key(KEY)),
                venue: None,
            },
            read: ReadOptions::default(),
            rejected_folder: None,
            archive_folder: Some(self.archive()),
            author: author(),
            reason: None,
            options: BTreeMap::new(),
        };
        let importer = Importer::new(self.stores.clone(), self.clock.clone(), self.ids.clone());
        importer.run(request, Arc::new(Unobserved)).await.unwrap()
    }
}

fn unpacked(archive: &Path) -> String {
    String::from_utf8(zstd::decode_all(File::open(archive).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn an_original_is_moved_once_its_bars_are_stored() {
    let fixture = Fixture::new();
    let text = daily_csv(30, None) + "2024-02-01,1,0.5,2,1,10\n";
    let file = fixture.file("goog.csv", &text);
    let outcome = fixture.import_and_archive(&file).await;
    let [archived] = outcome.archived.as_slice() else {
        panic!("{:?}", outcome.archived)
    };
    let ArchiveState::Moved { archive } = &archived.state else {
        panic!("{archived:?}")
    };
    let sha256 = archived.sha256.as_ref().unwrap();
    assert_eq!(
        archive.file_name().unwrap().to_str().unwrap(),
        format!("{sha256}.goog.csv.zst")
    );
    assert_eq!(unpacked(archive), text);
    assert!(!file.exists());
    assert!(fixture.root().join("goog.csv.rejected.csv").exists());
    assert_eq!(fs::read_dir(fixture.archive()).unwrap().count(), 1);
}

#[tokio::test]
async fn an_original_that_the_archive_has_is_removed_if_the_archive_is_sound() {
    let fixture = Fixture::new();
    let file = fixture.file("goog.csv", &daily_csv(30, None));
    fixture.import_and_archive(&file).await;
    let again = fixture.file("again.csv", &daily_csv(30, None));
    let outcome = fixture.import_and_archive(&again).await;
    let ArchiveState::KnownBefore { archive } = &outcome.archived[0].state else {
        panic!("{:?}", outcome.archived)
    };
    assert!(!again.exists());
    let mut bytes = fs::read(archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(archive, bytes).unwrap();
    let third = fixture.file("third.csv", &daily_csv(30, None));
    let outcome = fixture.import_and_archive(&third).await;
    assert!(outcome.archived[0].is_left(), "{:?}", outcome.archived);
    assert!(third.exists());
    fs::write(archive, zstd::encode_all(&b"other contents"[..], 1).unwrap()).unwrap();
    let outcome = fixture.import_and_archive(&third).await;
    assert!(outcome.archived[0].is_left(), "{:?}", outcome.archived);
    assert!(third.exists());
}

#[tokio::test]
async fn an_original_stays_when_the_stored_bars_cannot_be_read_back() {
    let fixture = Fixture::new();
    fixture
        .import_and_archive(&fixture.file("goog.csv", &daily_csv(30, None)))
        .await;
    let chunk = fixture
        .stores
        .files
        .as_ref()
        .unwrap()
        .files(&key(KEY))
        .await
        .unwrap()
        .remove(0);
    let series = ImportedSeries {
        key: key(KEY),
        before: domain::market::Version(1),
        version: None,
        bars: 30,
        inserted: 0,
        changed: 0,
        unchanged: 30,
        duplicates: 0,
    };
    let sound = read_back(&fixture.reopen(), std::slice::from_ref(&series), &Unobserved).await;
    assert_eq!(sound, None);
    let wrong = lying(&fixture.stores);
    let wrong = read_back(&wrong, std::slice::from_ref(&series), &Unobserved)
        .await
        .unwrap();
    assert!(wrong.contains("do not match their digest"), "{wrong}");
    let mut bytes = fs::read(&chunk).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&chunk, bytes).unwrap();
    let damaged = read_back(&fixture.reopen(), &[series], &Unobserved)
        .await
        .unwrap();
    assert!(damaged.contains(KEY), "{damaged}");
}

#[test]
fn an_original_that_has_changed_or_lies_in_the_archive_stays() {
    let fixture = Fixture::new();
    let file = fixture.file("a.csv", "now");
    let sha256 = hex(Sha256::digest("before")).unwrap();
    let problem = move_file(&file, &sha256, &fixture.archive(), &Unobserved).unwrap_err();
    assert!(problem.contains("changed"), "{problem}");
    assert_eq!(fs::read_dir(fixture.archive()).unwrap().count(), 0);
    let inside = fixture.archive().join("b.csv");
    fs::write(&inside, "before").unwrap();
    move_file(&inside, &sha256, &fixture.archive(), &Unobserved).unwrap_err();
    assert!(inside.exists());
}

#[test]
fn long_names_keep_their_end() {
    let sha256 = hex(Sha256::digest("")).unwrap();
    let name = archive_name(Path::new(&format!("{}.csv", "é".repeat(120))), &sha256);
    assert!(name.len() <= 255 && name.ends_with("é.csv.zst"), "{name}");
}
