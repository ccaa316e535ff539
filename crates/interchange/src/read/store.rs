//! Sorting more rows than fit into memory.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    fs::File,
    io::{self, BufWriter, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{ReadError, row::Row};

/// How many rows of a spilled run are read at once.
const READ_ROWS: usize = 1024;

/// Takes rows in any order; sorts those that fit into memory and spills them as runs.
pub(super) struct RowStore {
    rows: Vec<Row>,
    /// Whether the rows in memory came in order, as they mostly do.
    sorted: bool,
    capacity: usize,
    scratch: PathBuf,
    spill: Option<BufWriter<File>>,
    runs: Vec<Run>,
    spilled: u64,
}

/// Sorted rows, in memory or as a part of the spill file.
#[derive(Debug)]
struct Run {
    rows: Option<Vec<Row>>,
    /// Where the rows of each slot begin, counted in rows of the run, and where the run ends.
    starts: Vec<(u32, u64)>,
    len: u64,
    /// The first row in the spill file.
    offset: u64,
}

/// All rows, sorted by slot, time, file and place.
#[derive(Debug, Clone)]
pub(super) struct SortedRows {
    runs: Arc<Vec<Run>>,
    spill: Option<Arc<File>>,
    scratch: Arc<Path>,
}

impl RowStore {
    /// Makes an empty store that keeps up to `capacity` rows in memory and spills to a file in `scratch`.
    pub(super) fn new(capacity: usize, scratch: &Path) -> Self {
        Self {
            rows: Vec::new(),
            sorted: true,
            capacity: capacity.max(1),
            scratch: scratch.to_owned(),
            spill: None,
            runs: Vec::new(),
            spilled: 0,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, row: Row) -> Result<(), ReadError> {
        if self.rows.len() == self.capacity {
            self.spill_rows()
                .map_err(|source| scratch_error(&self.scratch, source))?;
        }
        self.sorted &= self.rows.last().is_none_or(|last| last.key() <= row.key());
        self.rows.push(row);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<SortedRows, ReadError> {
        self.sort();
        if !self.rows.is_empty() {
            let (starts, len) = (starts(&self.rows), self.rows.len() as u64);
            self.runs.push(Run {
                rows: Some(self.rows),
                starts,
                len,
                offset: 0,
            });
        }
        let spill = match self.spill {
            None => None,
            Some(writer) => {
                let file = writer
                    .into_inner()
                    .map_err(|error| scratch_error(&self.scratch, error.into_error()))?;
                Some(Arc::new(file))
            }
        };
        Ok(SortedRows {
            runs: Arc::new(self.runs),
            spill,
            scratch: self.scratch.into(),
        })
    }

    fn sort(&mut self) {
        if !self.sorted {
            self.rows.sort_unstable_by_key(Row::key);
        }
    }

    fn spill_rows(&mut self) -> io::Result<()> {
        self.sort();
        let writer = match &mut self.spill {
            Some(writer) => writer,
            none => none.insert(BufWriter::with_capacity(
                1 << 18,
                tempfile::tempfile_in(&self.scratch)?,
            )),
        };
        for row in &self.rows {
            writer.write_all(&row.to_bytes())?;
        }
        let (starts, len) = (starts(&self.rows), self.rows.len() as u64);
        self.runs.push(Run {
            rows: None,
            starts,
            len,
            offset: self.spilled,
        });
        self.spilled += len;
        self.rows.clear();
        self.sorted = true;
        Ok(())
    }
}

fn starts(rows: &[Row]) -> Vec<(u32, u64)> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let series = rows[at].series;
        starts.push((series, at as u64));
        at += rows[at..].partition_point(|row| row.series == series);
    }
    starts
}

fn scratch_error(scratch: &Path, source: io::Error) -> ReadError {
    ReadError::io(
        format!("{} (folder for scratch files)", scratch.display()),
        source,
    )
}

impl SortedRows {
    /// Walks over the rows of some slots in the order of time, file and place.
    pub(super) fn of(&self, slots: &[u32]) -> RowStream {
        let mut cursors = Vec::new();
        for (index, run) in self.runs.iter().enumerate() {
            for (at, (series, start)) in run.starts.iter().enumerate() {
                if slots.contains(series) {
                    let end = run.starts.get(at + 1).map_or(run.len, |(_, next)| *next);
                    cursors.push(Cursor {
                        run: index,
                        at: *start,
                        end,
                        read: VecDeque::new(),
                    });
                }
            }
        }
        RowStream {
            rows: self.clone(),
            cursors,
            heap: BinaryHeap::new(),
            current: None,
            started: false,
        }
    }

    /// Shows `visitor` the rows of some slots in the order of time, file and place.
    pub(super) fn visit(&self, slots: &[u32], mut visitor: impl FnMut(&Row)) -> Result<(), ReadError> {
        let mut stream = self.of(slots);
        // Rows that are all in memory need not be merged, nor copied.
        if let [Cursor { run, at, end, .. }] = stream.cursors[..]
            && let Some(rows) = &self.runs[run].rows
        {
            rows[at as usize..end as usize].iter().for_each(visitor);
            return Ok(());
        }
        stream.try_for_each(|row| row.map(|row| visitor(&row)))
    }

    fn next_of(&self, cursor: &mut Cursor) -> Result<Option<Row>, ReadError> {
        if cursor.at == cursor.end {
            return Ok(None);
        }
        let run = &self.runs[cursor.run];
        let row = match (&run.rows, &self.spill) {
            (Some(rows), _) => Some(rows[cursor.at as usize]),
            (None, Some(file)) => {
                if cursor.read.is_empty() {
                    let count = (cursor.end - cursor.at).min(READ_ROWS as u64) as usize;
                    let mut bytes = vec![0; count * Row::BYTES];
                    file.read_exact_at(&mut bytes, (run.offset + cursor.at) * Row::BYTES as u64)
                        .map_err(|source| scratch_error(&self.scratch, source))?;
                    let (rows, _) = bytes.as_chunks::<{ Row::BYTES }>();
                    cursor.read.extend(rows.iter().map(Row::from_bytes));
                }
                cursor.read.pop_front()
            }
            (None, None) => None,
        };
        cursor.at += 1;
        Ok(row)
    }
}

/// A place in the rows of one slot in one run.
#[derive(Debug)]
struct Cursor {
    run: usize,
    at: u64,
    end: u64,
    read: VecDeque<Row>,
}

/// The rows of a series, merged from all runs.
#[derive(Debug)]
pub(super) struct RowStream {
    rows: SortedRows,
    cursors: Vec<Cursor>,
    heap: BinaryHeap<Reverse<Waiting>>,
    /// The cursor that the last row came from; its next row often follows at once.
    current: Option<usize>,
    started: bool,
}

#[derive(Debug)]
struct Waiting {
    row: Row,
    cursor: usize,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.row
            .order()
            .cmp(&other.row.order())
            .then(self.cursor.cmp(&other.cursor))
    }
}

impl RowStream {
    #[inline]
    fn advance(&mut self) -> Result<Option<Row>, ReadError> {
        // Rows that are all in memory need not be merged; most files are read this way.
        if let [cursor] = &mut self.cursors[..]
            && let Some(rows) = &self.rows.runs[cursor.run].rows
        {
            let row = (cursor.at < cursor.end).then(|| rows[cursor.at as usize]);
            cursor.at += u64::from(row.is_some());
            return Ok(row);
        }
        self.merge()
    }

    fn merge(&mut self) -> Result<Option<Row>, ReadError> {
        if !self.started {
            self.started = true;
            for cursor in 0..self.cursors.len() {
                if let Some(row) = self.rows.next_of(&mut self.cursors[cursor])? {
                    self.heap.push(Reverse(Waiting { row, cursor }));
                }
            }
        }
        if let Some(cursor) = self.current
            && let Some(row) = self.rows.next_of(&mut self.cursors[cursor])?
        {
            match self.heap.peek() {
                Some(Reverse(least)) if least.row.order() < row.order() => {
                    self.heap.push(Reverse(Waiting { row, cursor }));
                }
                _ => return Ok(Some(row)),
            }
        }
        let next = self.heap.pop().map(|Reverse(waiting)| waiting);
        self.current = next.as_ref().map(|waiting| waiting.cursor);
        Ok(next.map(|waiting| waiting.row))
    }
}

impl Iterator for RowStream {
    type Item = Result<Row, ReadError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::row::Clue;

    fn row(series: u32, time: i64, place: u32) -> Row {
        let clue = Clue::ahead(-3600).with(Clue::DATE);
        Row {
            series,
            file: 1,
            place,
            clue,
            time,
            values: [1.0, 2.0, 0.5, 1.5, f64::from(place)],
        }
    }

    fn sorted(rows: &[Row], capacity: usize) -> SortedRows {
        let mut store = RowStore::new(capacity, &std::env::temp_dir());
        for row in rows {
            store.push(*row).unwrap();
        }
        store.finish().unwrap()
    }

    fn bytes(stream: RowStream) -> Vec<[u8; Row::BYTES]> {
        stream.map(|row| row.unwrap().to_bytes()).collect()
    }

    #[test]
    fn a_row_survives_its_way_through_the_disk() {
        let row = row(3, -5, 7);
        assert_eq!(Row::from_bytes(&row.to_bytes()).to_bytes(), row.to_bytes());
        assert_eq!(row.clue.ahead_micros(), -3_600_000_000);
        assert!(row.clue.is(Clue::DATE) && !row.clue.is(Clue::NAIVE));
    }

    proptest! {
        #[test]
        fn rows_sorted_on_disk_equal_rows_sorted_in_memory(
            keys in proptest::collection::vec((0_u32..4, -20_i64..20), 0..400),
            capacity in 1_usize..100,
        ) {
            let rows: Vec<Row> = keys.iter().zip(0..).map(|((series, time), place)| row(*series, *time, place)).collect();
            let (disk, memory) = (sorted(&rows, capacity), sorted(&rows, usize::MAX));
            for slots in [vec![0], vec![1, 3], vec![0, 1, 2, 3], vec![9]] {
                prop_assert_eq!(bytes(disk.of(&slots)), bytes(memory.of(&slots)));
            }
            let mut expected = rows.clone();
            expected.sort_by_key(Row::order);
            let expected: Vec<_> = expected.iter().map(|row| row.to_bytes()).collect();
            prop_assert_eq!(bytes(disk.of(&[0, 1, 2, 3])), expected);
        }
    }
}
