use super::*;
use crate::{
    fixture::{Fixture, StopAtWrite, key, rising, time},
    progress::Unobserved,
};

const DAY: i64 = 86_400_000_000;

fn request(as_of: AsOf) -> ExportRequest {
    ExportRequest {
        key: key("X:A/1d"),
        as_of,
        range: TimeRange::ALL,
        resample: None,
        limit: None,
        order: Order::Ascending,
        columns: ColumnSet::ALL,
        format: Format::Csv,
    }
}

async fn text(fixture: &Fixture, request: ExportRequest) -> (Exported, String) {
    let (exported, out) = export(&fixture.stores, request, Vec::new(), &Unobserved)
        .await
        .unwrap();
    (exported, String::from_utf8(out).unwrap())
}

async fn filled() -> Fixture {
    let fixture = Fixture::new();
    fixture.write(&key("X:A/1d"), rising("2024-01-01", DAY, 3)).await;
    fixture.write(&key("X:A/1d"), rising("2024-01-01", DAY, 10)).await;
    fixture
}

#[tokio::test]
async fn writes_the_bars_of_a_version() {
    let fixture = filled().await;
    let (exported, csv) = text(&fixture, request(AsOf::Version(Version(1)))).await;
    assert_eq!((exported.version, exported.bars), (Version(1), 3));
    assert_eq!(exported.last, Some(time("2024-01-03")));
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.ends_with("2024-01-03T00:00:00Z,102,103,101,102,1\n"), "{csv}");
}

#[tokio::test]
async fn writes_the_columns_and_the_range_that_were_asked_for() {
    let fixture = filled().await;
    let range = TimeRange::new(Some(time("2024-01-09")), None);
    let request = ExportRequest {
        range,
        columns: "time,close".parse().unwrap(),
        ..request(AsOf::Head)
    };
    let (_, csv) = text(&fixture, request).await;
    assert_eq!(
        csv,
        "time,close\n2024-01-09T00:00:00Z,108\n2024-01-10T00:00:00Z,109\n"
    );
}

#[tokio::test]
async fn longer_bars_tell_whether_they_are_complete() {
    let fixture = filled().await;
    let request = ExportRequest {
        resample: Some(Timeframe::WEEK),
        columns: "close".parse().unwrap(),
        ..request(AsOf::Head)
    };
    let (exported, csv) = text(&fixture, request).await;
    assert_eq!(
        csv,
        "time,close,complete\n2024-01-01T00:00:00Z,106,true\n2024-01-08T00:00:00Z,109,false\n"
    );
    assert_eq!(exported.timeframe, Timeframe::WEEK);
}

#[tokio::test]
async fn a_series_that_does_not_exist_is_an_error() {
    let fixture = Fixture::new();
    let result = export(&fixture.stores, request(AsOf::Head), Vec::new(), &Unobserved).await;
    assert!(matches!(result, Err(ExportError::Store(StoreError::NotFound(_)))));
}

#[tokio::test]
async fn a_writer_that_fails_ends_the_export_with_its_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is full"))
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let fixture = filled().await;
    let error = export(&fixture.stores, request(AsOf::Head), Full, &Unobserved)
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("the disk is full"), "{error}");
}

#[tokio::test]
async fn a_cancelled_export_says_so() {
    let fixture = filled().await;
    let stopped = StopAtWrite::after(0);
    stopped.begin(&Stage::Writing(String::new()), None);
    let error = export(&fixture.stores, request(AsOf::Head), Vec::new(), &*stopped)
        .await
        .err()
        .unwrap();
    assert!(matches!(error, ExportError::Cancelled(_)), "{error}");
}
