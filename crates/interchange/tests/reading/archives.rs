//! Archives and compressed files, sound and damaged.

use std::io::{Cursor, Write};

use interchange::{Limits, ReadOptions};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    fixture::{Folder, Outcome, refusal},
    samples::{Sample, samples},
};

fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn sample(dialect: &str) -> Sample {
    samples()
        .into_iter()
        .find(|sample| sample.dialect == dialect)
        .unwrap()
}

fn read(path: &str, bytes: &[u8], options: &ReadOptions) -> Result<Outcome, interchange::ReadError> {
    Folder::of(&[(path, bytes)]).read(options)
}

#[test]
fn members_of_an_archive_are_read_as_files() {
    for sample in samples().iter().filter(|sample| sample.dialect != "lean") {
        let plain = read(sample.path, sample.text().as_bytes(), &sample.options()).unwrap();
        let archive = zipped(&[
            (sample.path, &sample.text()),
            ("__MACOSX/x", "x"),
            (".hidden", "x"),
        ]);
        let outcome = read("some.zip", &archive, &sample.options()).unwrap();
        assert_eq!(outcome.only(), plain.only(), "{}", sample.dialect);
        assert!(
            outcome.report.files[0]
                .name
                .ends_with(&format!("some.zip/{}", sample.path))
        );
        assert_eq!(outcome.report.series[0].symbol, plain.report.series[0].symbol);
    }
}

#[test]
fn the_path_of_a_lean_archive_says_what_its_member_is() {
    let sample = sample("lean");
    let archive = zipped(&[("20140605_aapl_minute_trade.csv", &sample.text())]);
    let outcome = read(
        "equity/usa/minute/aapl/20140605_trade.zip",
        &archive,
        &ReadOptions::default(),
    )
    .unwrap();
    assert_eq!(super::fixture::times(outcome.only())[0], sample.first.0);
    assert_eq!(outcome.report.series[0].symbol.as_ref().unwrap().as_str(), "AAPL");
}

#[test]
fn rows_of_an_archive_that_are_rejected_late_have_their_text() {
    let text = "date,open,high,low,close\n2024-01-02,1,2,1,2\n2024-01-03,1,2,0,2\n2024-01-04,1,2,1,2\n";
    let outcome = read("x.zip", &zipped(&[("x.csv", text)]), &ReadOptions::default()).unwrap();
    assert_eq!(outcome.rejected(), [(3, "low", "nonpositive-price")]);
    assert_eq!(outcome.report.rejected[0].text, "2024-01-03,1,2,0,2");
}

#[test]
fn compressed_files_that_are_cut_off_are_refused() {
    for sample in samples() {
        let text = sample.text();
        let (gzip, zstd) = (gzipped(&text), zstd::encode_all(text.as_bytes(), 3).unwrap());
        for (suffix, bytes) in [(".gz", gzip), (".zst", zstd)] {
            let path = format!("{}{suffix}", sample.path);
            for end in [bytes.len() / 2, bytes.len() - 1] {
                let refusal = refusal(read(&path, &bytes[..end], &sample.options()));
                assert_eq!(refusal.rule, "damaged-file", "{path} at {end}: {refusal}");
                assert!(refusal.file.ends_with(&path));
            }
        }
    }
}

#[test]
fn checksums_of_compressed_files_are_compared() {
    let text = sample("pandas").text();
    let mut gzip = gzipped(&text);
    let crc = gzip.len() - 8;
    gzip[crc] ^= 1;
    assert_eq!(
        refusal(read("x.csv.gz", &gzip, &ReadOptions::default())).rule,
        "damaged-file"
    );
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("x.csv", stored).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    let mut archive = archive.finish().unwrap().into_inner();
    let digit = archive.windows(6).position(|bytes| bytes == b"104.06").unwrap();
    archive[digit] = b'2';
    let refused = refusal(read("x.zip", &archive, &ReadOptions::default()));
    assert_eq!(refused.rule, "damaged-file", "{refused}");
}

#[test]
fn archives_that_are_cut_off_or_empty_are_refused() {
    let archive = zipped(&[("x.csv", &sample("pandas").text())]);
    for end in [archive.len() / 2, archive.len() - 10] {
        assert_eq!(
            refusal(read("x.zip", &archive[..end], &ReadOptions::default())).rule,
            "damaged-file"
        );
    }
    assert_eq!(
        refusal(read("x.zip", &zipped(&[]), &ReadOptions::default())).rule,
        "no-input"
    );
}

#[test]
fn bombs_are_refused() {
    let flat = format!("date,open,high,low,close\n{}", "\n".repeat(20_000_000));
    for (path, bytes) in [
        ("x.gz", gzipped(&flat)),
        ("x.zst", zstd::encode_all(flat.as_bytes(), 3).unwrap()),
    ] {
        assert_eq!(
            refusal(read(path, &bytes, &ReadOptions::default())).rule,
            "ratio-limit"
        );
        let limits = Limits {
            max_bytes: 1 << 20,
            ..Limits::default()
        };
        let options = ReadOptions {
            limits,
            ..ReadOptions::default()
        };
        assert_eq!(refusal(read(path, &bytes, &options)).rule, "size-limit");
    }
}

#[test]
fn gzip_members_that_were_joined_are_one_text() {
    let sample = sample("pandas");
    let text = sample.text();
    let (first, second) = text.split_at(text.len() / 2);
    let joined = [gzipped(first), gzipped(second)].concat();
    let outcome = read("x.csv.gz", &joined, &ReadOptions::default()).unwrap();
    assert_eq!(outcome.only().len(), sample.rows.len());
}
