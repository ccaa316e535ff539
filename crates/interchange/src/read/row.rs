//! Rows as they are sorted and spilled: 64 bytes each.

use domain::market::Bar;

/// What is known about the place of a row's time: how far local time is ahead of UTC, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clue(u32);

/// Flags stand above the bits of the offset.
const FLAG: u32 = 1 << 20;
/// Makes offsets positive; they lie within a day and a bit.
const BIAS: i32 = 1 << 19;

impl Clue {
    /// A time without a time of day.
    pub(super) const DATE: u32 = FLAG;
    /// A local time of an unknown zone, kept as if it were UTC.
    pub(super) const NAIVE: u32 = FLAG << 1;
    /// A moment of which the local time is not known.
    pub(super) const PLACELESS: u32 = FLAG << 2;
    /// A local time that occurs twice.
    pub(super) const FOLD: u32 = FLAG << 3;
    /// A local time that does not occur.
    pub(super) const HOLE: u32 = FLAG << 4;

    /// Notes that local time is `ahead` seconds ahead of UTC.
    pub(super) fn ahead(ahead: i32) -> Self {
        Self((ahead + BIAS).cast_unsigned())
    }

    /// Adds flags.
    pub(super) fn with(self, flags: u32) -> Self {
        Self(self.0 | flags)
    }

    /// Tells whether any of the flags is set.
    pub(super) fn is(self, flags: u32) -> bool {
        self.0 & flags != 0
    }

    /// Returns how many µs local time is ahead of UTC.
    pub(super) fn ahead_micros(self) -> i64 {
        i64::from((self.0 & (FLAG - 1)).cast_signed() - BIAS) * super::time::SECOND
    }
}

/// One parsed row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// The slot of its series.
    pub(super) series: u32,
    /// The file's index.
    pub(super) file: u32,
    /// Its place in the file: the line, or the number of the row in a JSON array.
    pub(super) place: u32,
    pub(super) clue: Clue,
    /// µs since the epoch.
    pub(super) time: i64,
    /// Open, high, low, close, volume; an unknown volume is NaN.
    pub(super) values: [f64; 5],
}

impl Row {
    /// The size of a row on disk.
    pub(super) const BYTES: usize = 64;

    /// Returns what rows of one series are sorted by.
    pub(super) fn order(&self) -> (i64, u32, u32) {
        (self.time, self.file, self.place)
    }

    /// Returns what all rows are sorted by.
    pub(super) fn key(&self) -> (u32, i64, u32, u32) {
        (self.series, self.time, self.file, self.place)
    }

    pub(super) fn bar(&self) -> Bar {
        let [open, high, low, close, volume] = self.values;
        Bar {
            time: self.time,
            open,
            high,
            low,
            close,
            volume,
        }
    }

    /// Tells whether two rows hold the same values; unknown volumes are the same, and so are 0 and −0.
    pub(super) fn same_values(&self, other: &Self) -> bool {
        let bits = |row: &Self| {
            row.values.map(|value| {
                if value.is_nan() {
                    u64::MAX
                } else {
                    (value + 0.0).to_bits()
                }
            })
        };
        bits(self) == bits(other)
    }

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[0..4].copy_from_slice(&self.series.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.file.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.place.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.clue.0.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.time.to_le_bytes());
        for (index, value) in self.values.iter().enumerate() {
            bytes[24 + index * 8..32 + index * 8].copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let short = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let long = |at: usize| {
            let mut part = [0; 8];
            part.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(part)
        };
        Self {
            series: short(0),
            file: short(4),
            place: short(8),
            clue: Clue(short(12)),
            time: long(16).cast_signed(),
            values: [24, 32, 40, 48, 56].map(|at| f64::from_bits(long(at))),
        }
    }
}
