use domain::error::StoreError;
use interchange::Dialect;

use super::*;
use crate::fixture::{Fixture, author, daily_csv, key, rising};

const DAY: i64 = 86_400_000_000;

fn desk(fixture: &Fixture) -> Arc<ImportDesk> {
    Arc::new(ImportDesk::new(
        fixture.stores.clone(),
        Arc::clone(&fixture.clock),
        Arc::clone(&fixture.ids),
    ))
}

fn order(dry_run: bool) -> ImportOrder {
    ImportOrder {
        naming: Naming {
            series: Some(key("X:A/1d")),
            venue: None,
        },
        read: ReadOptions::default(),
        author: author(),
        reason: None,
        options: BTreeMap::new(),
        dry_run,
    }
}

async fn upload(text: &str) -> Upload {
    let mut upload = Upload::begin(None).await.unwrap();
    let mut file = upload.file(&"a.csv".parse().unwrap()).await.unwrap();
    file.write(text.as_bytes()).await.unwrap();
    file.finish().await.unwrap();
    upload
}

async fn settled(desk: &Arc<ImportDesk>, id: ImportId) -> ImportStatus {
    loop {
        let status = desk.status(id).await.unwrap();
        if status.phase.has_ended() || status.phase == ImportPhase::Checked {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn version(fixture: &Fixture) -> u64 {
    let head = fixture.stores.prices.head(&key("X:A/1d")).await.unwrap();
    head.map_or(0, |head| head.version.0)
}

#[tokio::test]
async fn an_upload_is_imported_and_its_record_says_so() {
    let fixture = Fixture::new();
    let desk = desk(&fixture);
    let taken = desk
        .submit(upload(&daily_csv(9, None)).await, order(false))
        .unwrap();
    let status = settled(&desk, taken.id).await;
    assert_eq!((status.phase, status.id), (ImportPhase::Done, taken.id));
    let record = status.record.unwrap();
    assert_eq!(
        (record.series[0].inserted, record.sources[0].name.as_str()),
        (9, "a.csv")
    );
    let undone = desk.undo(taken.id, author(), None).await.unwrap();
    assert_eq!(undone.import, taken.id);
    assert_eq!(desk.status(taken.id).await.unwrap().phase, ImportPhase::Undone);
}

#[tokio::test]
async fn a_dry_run_writes_nothing_until_it_is_confirmed() {
    let fixture = Fixture::new();
    let desk = desk(&fixture);
    let taken = desk
        .submit(upload(&daily_csv(9, None)).await, order(true))
        .unwrap();
    let status = settled(&desk, taken.id).await;
    assert_eq!(status.phase, ImportPhase::Checked);
    assert_eq!(status.preview.unwrap().series[0].inserted, 9);
    assert_eq!(version(&fixture).await, 0);
    desk.confirm(taken.id).await.unwrap();
    assert_eq!(settled(&desk, taken.id).await.phase, ImportPhase::Done);
    assert_eq!(version(&fixture).await, 1);
    let again = desk.confirm(taken.id).await;
    assert!(
        matches!(again, Err(DeskError::NotChecked(ImportPhase::Done))),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_series_that_moved_since_the_dry_run_is_a_conflict() {
    let fixture = Fixture::new();
    let desk = desk(&fixture);
    let taken = desk
        .submit(upload(&daily_csv(9, None)).await, order(true))
        .unwrap();
    settled(&desk, taken.id).await;
    fixture.write(&key("X:A/1d"), rising("2024-01-01", DAY, 2)).await;
    let confirmed = desk.confirm(taken.id).await;
    assert!(
        matches!(confirmed, Err(DeskError::Store(StoreError::Conflict { .. }))),
        "{confirmed:?}"
    );
    assert_eq!(version(&fixture).await, 1);
}

#[tokio::test]
async fn a_refused_file_fails_and_shows_no_path_of_the_server() {
    let fixture = Fixture::new();
    let desk = desk(&fixture);
    let mut bad = order(false);
    bad.read.dialect = Dialect::named("yahoo");
    let taken = desk.submit(upload("<html>no prices</html>").await, bad).unwrap();
    let status = settled(&desk, taken.id).await;
    assert_eq!(status.phase, ImportPhase::Failed);
    let message = status.failure.unwrap().to_string();
    assert!(
        message.contains("a.csv") && !message.contains("chandlery-upload"),
        "{message}"
    );
}

#[tokio::test]
async fn rejected_rows_are_given_as_csv() {
    let fixture = Fixture::new();
    let desk = desk(&fixture);
    let text = daily_csv(9, Some((3, 900.0)));
    let taken = desk.submit(upload(&text).await, order(false)).unwrap();
    settled(&desk, taken.id).await;
    let csv = String::from_utf8(desk.rejected(taken.id).await.unwrap()).unwrap();
    assert!(csv.contains("a.csv,5,High,high-below"), "{csv}");
}

#[tokio::test]
async fn a_closed_desk_takes_nothing_and_gives_dry_runs_up() {
    let fixture = Fixture::new();
    let desk = desk(&fixture);
    let taken = desk
        .submit(upload(&daily_csv(9, None)).await, order(true))
        .unwrap();
    settled(&desk, taken.id).await;
    desk.close(Duration::from_secs(5)).await;
    let forgotten = desk.status(taken.id).await;
    assert!(matches!(forgotten, Err(DeskError::NotFound(_))), "{forgotten:?}");
    assert_eq!(version(&fixture).await, 0);
    let refused = desk.submit(upload("x").await, order(false));
    assert!(matches!(refused, Err(DeskError::Closed)));
}
