//! What was written reads back equal, in every format.

use std::fs::File;

use ::parquet::{arrow::arrow_reader::ParquetRecordBatchReaderBuilder, file::metadata::RowGroupMetaData};
use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Float64Type, TimestampMicrosecondType},
};
use arrow_schema::{DataType, TimeUnit};
use domain::market::{CANONICAL_NAN, Column, ColumnSet, Timestamp};
use proptest::prelude::*;

use super::*;

/// What a document says, in comparable form: times, and per column the bits of each value.
#[derive(Debug, PartialEq, Default)]
struct Contents {
    time: Vec<i64>,
    values: Vec<(String, Vec<u64>)>,
    complete: Option<Vec<bool>>,
}

#[derive(Debug, Clone)]
struct Document {
    layout: Layout,
    /// Batches with their flags.
    batches: Vec<(BarFrame, Vec<bool>)>,
}

impl Document {
    fn encode<W: Write + Send + 'static>(&self, format: Format, out: W) -> W {
        let mut encoder = encoder(format, self.layout, out).unwrap();
        for (frame, complete) in &self.batches {
            encoder
                .write_rows(frame, self.layout.complete.then_some(complete))
                .unwrap();
        }
        encoder.finish().unwrap()
    }

    fn contents(&self) -> Contents {
        let bits = |column: Column| {
            let values = self
                .batches
                .iter()
                .flat_map(|(frame, _)| frame.column(column).unwrap());
            (column.to_string(), values.map(|value| value.to_bits()).collect())
        };
        Contents {
            time: self
                .batches
                .iter()
                .flat_map(|(frame, _)| frame.time.clone())
                .collect(),
            values: self.layout.columns.iter().map(bits).collect(),
            complete: self.layout.complete.then(|| {
                self.batches
                    .iter()
                    .flat_map(|(_, complete)| complete.clone())
                    .collect()
            }),
        }
    }
}

fn price() -> impl Strategy<Value = f64> {
    let any_finite = any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("finite", |value| value.is_finite());
    prop_oneof![3 => (1_i64..10_000_000).prop_map(|cents| cents as f64 / 100.0), 1 => any_finite]
}

fn volume() -> impl Strategy<Value = f64> {
    prop_oneof![2 => (0_u32..1_000_000).prop_map(f64::from), 1 => 0.0..1e9_f64, 1 => Just(CANONICAL_NAN)]
}

type Row = (i64, [f64; 4], f64, bool);

fn frame(rows: &[Row]) -> (BarFrame, Vec<bool>) {
    let price = |place: usize| Some(rows.iter().map(|row| row.1[place]).collect());
    let volume = Some(rows.iter().map(|row| row.2).collect());
    let columns = [price(0), price(1), price(2), price(3), volume];
    let time = rows.iter().map(|row| row.0).collect();
    (BarFrame { time, columns }, rows.iter().map(|row| row.3).collect())
}

prop_compose! {
    fn document()(
        start in -62_135_596_800_000_000_i64..200_000_000_000_000_000,
        rows in prop::collection::vec((1_i64..200_000_000, prop::array::uniform4(price()), volume(), any::<bool>()), 0..60),
        cuts in prop::collection::vec(0_usize..60, 0..3),
        columns in prop::sample::subsequence(Column::ALL.to_vec(), 0..=5),
        complete in any::<bool>(),
    ) -> Document {
        let mut time = start;
        let rows: Vec<Row> = rows.into_iter().map(|(step, prices, volume, flag)| {
            time += step;
            (time, prices, volume, flag)
        }).collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([rows.len()]);
        let mut from = 0;
        let batches = ends.map(|to| frame(&rows[std::mem::replace(&mut from, to)..to])).collect();
        Document { layout: Layout { columns: columns.into_iter().collect::<ColumnSet>(), complete }, batches }
    }
}

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().micros()
}

fn read_csv(bytes: &[u8]) -> Contents {
    let mut reader = ::csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    let records: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let number = |text: &str| {
        if text.is_empty() {
            CANONICAL_NAN
        } else {
            text.parse().unwrap()
        }
    };
    let mut contents = Contents {
        time: records.iter().map(|row| micros(&row[0])).collect(),
        ..Contents::default()
    };
    for (index, name) in header.iter().enumerate().skip(1) {
        if name == "complete" {
            contents.complete = Some(records.iter().map(|row| row[index].parse().unwrap()).collect());
        } else {
            let bits = records.iter().map(|row| number(&row[index]).to_bits()).collect();
            contents.values.push((name.to_owned(), bits));
        }
    }
    contents
}

fn json_bits(value: &serde_json::Value) -> u64 {
    if value.is_null() {
        CANONICAL_NAN.to_bits()
    } else {
        value.as_f64().unwrap().to_bits()
    }
}

fn read_json_columns(bytes: &[u8], layout: Layout) -> Contents {
    let document: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes).unwrap();
    assert!(document.keys().all(|key| layout.names().any(|name| name == key)));
    let column = |name: &str| document[name].as_array().unwrap();
    let bits = |name: Column| {
        (
            name.to_string(),
            column(name.as_str()).iter().map(json_bits).collect(),
        )
    };
    Contents {
        time: column("time")
            .iter()
            .map(|text| micros(text.as_str().unwrap()))
            .collect(),
        values: layout.columns.iter().map(bits).collect(),
        complete: layout.complete.then(|| {
            column("complete")
                .iter()
                .map(|flag| flag.as_bool().unwrap())
                .collect()
        }),
    }
}

fn read_json_rows(bytes: &[u8], layout: Layout) -> Contents {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(bytes).unwrap();
    assert!(rows.iter().all(|row| row.len() == layout.names().count()));
    let bits = |name: Column| {
        (
            name.to_string(),
            rows.iter().map(|row| json_bits(&row[name.as_str()])).collect(),
        )
    };
    Contents {
        time: rows
            .iter()
            .map(|row| micros(row["time"].as_str().unwrap()))
            .collect(),
        values: layout.columns.iter().map(bits).collect(),
        complete: layout.complete.then(|| {
            rows.iter()
                .map(|row| row["complete"].as_bool().unwrap())
                .collect()
        }),
    }
}

fn read_batches(batches: &[RecordBatch], layout: Layout) -> Contents {
    let mut contents = Contents {
        complete: layout.complete.then(Vec::new),
        ..Contents::default()
    };
    contents.values = layout
        .columns
        .iter()
        .map(|column| (column.to_string(), Vec::new()))
        .collect();
    for batch in batches {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        assert_eq!(batch.column(0).data_type(), &utc);
        contents.time.extend(
            batch
                .column(0)
                .as_primitive::<TimestampMicrosecondType>()
                .values(),
        );
        for (name, bits) in &mut contents.values {
            let array = batch.column_by_name(name).unwrap().as_primitive::<Float64Type>();
            assert!(array.iter().flatten().all(f64::is_finite), "NaN must be null");
            assert!(name == "volume" || array.null_count() == 0);
            bits.extend(array.iter().map(|value| value.unwrap_or(CANONICAL_NAN).to_bits()));
        }
        if let Some(complete) = &mut contents.complete {
            complete.extend(
                batch
                    .column_by_name("complete")
                    .unwrap()
                    .as_boolean()
                    .iter()
                    .flatten(),
            );
        }
    }
    contents
}

fn read_arrow(bytes: &[u8], layout: Layout) -> Contents {
    let reader = arrow_ipc::reader::StreamReader::try_new(bytes, None).unwrap();
    read_batches(&reader.map(Result::unwrap).collect::<Vec<_>>(), layout)
}

fn read_parquet(file: File, layout: Layout) -> Contents {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    read_batches(&reader.map(Result::unwrap).collect::<Vec<_>>(), layout)
}

proptest! {
    #[test]
    fn csv_reads_back_bit_for_bit(document in document()) {
        prop_assert_eq!(read_csv(&document.encode(Format::Csv, Vec::new())), document.contents());
    }

    #[test]
    fn json_columns_read_back_bit_for_bit(document in document()) {
        let bytes = document.encode(Format::Json, Vec::new());
        prop_assert_eq!(read_json_columns(&bytes, document.layout), document.contents());
    }

    #[test]
    fn json_rows_read_back_bit_for_bit(document in document()) {
        let bytes = document.encode(Format::Rows, Vec::new());
        prop_assert_eq!(read_json_rows(&bytes, document.layout), document.contents());
    }

    #[test]
    fn arrow_reads_back_bit_for_bit(document in document()) {
        let bytes = document.encode(Format::Arrow, Vec::new());
        prop_assert_eq!(read_arrow(&bytes, document.layout), document.contents());
    }

    #[test]
    fn parquet_reads_back_bit_for_bit(document in document()) {
        let file = document.encode(Format::Parquet, tempfile::tempfile().unwrap());
        prop_assert_eq!(read_parquet(file, document.layout), document.contents());
    }
}

/// More bars than a block of text, a record batch, a row group or the memory of a spooled column takes.
fn large() -> Document {
    large_in(70_000)
}

fn large_in(batch: usize) -> Document {
    let row = |index: i64| {
        let price = 100.0 + (index % 977) as f64 / 64.0 + index as f64 * 1e-9;
        let volume = if index % 5 == 0 {
            CANONICAL_NAN
        } else {
            index as f64
        };
        (
            index * 60_000_000,
            [price, price + 1.0, price - 1.0, price + 0.25],
            volume,
            index % 2 == 0,
        )
    };
    let rows: Vec<Row> = (0..300_000).map(row).collect();
    let layout = Layout {
        columns: ColumnSet::ALL,
        complete: true,
    };
    Document {
        layout,
        batches: rows.chunks(batch).map(frame).collect(),
    }
}

#[test]
fn long_documents_read_back_in_every_format() {
    let document = large();
    let expected = document.contents();
    let layout = document.layout;
    assert_eq!(read_csv(&document.encode(Format::Csv, Vec::new())), expected);
    assert_eq!(
        read_json_columns(&document.encode(Format::Json, Vec::new()), layout),
        expected
    );
    assert_eq!(
        read_json_rows(&document.encode(Format::Rows, Vec::new()), layout),
        expected
    );
    assert_eq!(
        read_arrow(&document.encode(Format::Arrow, Vec::new()), layout),
        expected
    );
    assert_eq!(
        read_parquet(
            document.encode(Format::Parquet, tempfile::tempfile().unwrap()),
            layout
        ),
        expected
    );
}

#[test]
fn the_same_bars_are_the_same_bytes_in_whatever_batches_they_come() {
    for format in [
        Format::Csv,
        Format::Json,
        Format::Rows,
        Format::Arrow,
        Format::ArrowZstd,
    ] {
        let encoded = |batch| large_in(batch).encode(format, Vec::new());
        assert!(encoded(4_096) == encoded(70_001), "{format}");
    }
}

#[test]
fn parquet_writes_row_groups_as_it_goes() {
    let file = large().encode(Format::Parquet, tempfile::tempfile().unwrap());
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let rows: Vec<i64> = reader
        .metadata()
        .row_groups()
        .iter()
        .map(RowGroupMetaData::num_rows)
        .collect();
    assert_eq!(rows, [131_072, 131_072, 37_856]);
}
