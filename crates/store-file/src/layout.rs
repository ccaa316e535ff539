//! Where everything lies under the root. No path is ever made of a text that a user gave: names are encoded.

use std::path::{Path, PathBuf};

use domain::{
    id::{BacktestId, ImportId, JobId, SeriesId, SweepId},
    market::{SeriesKey, Symbol, Timestamp, Venue, Version},
    strategy::StrategyName,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

/// Letters, digits, `-`, `_` and `.` stay as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// File systems take names of up to 255 bytes; this leaves room for suffixes.
const LONGEST_NAME: usize = 200;

/// Encodes a venue or a symbol as a file name. Names too long for a file system are cut and told apart by a hash;
/// what they stand for is in the journal.
pub(crate) fn encode_name(text: &str) -> String {
    let mut name: String = utf8_percent_encode(text, ENCODED).collect();
    if name.starts_with('.') {
        name.replace_range(..1, "%2E");
    }
    if name.len() > LONGEST_NAME {
        // `~` is encoded everywhere else, so a cut name is no other name.
        name = format!("{}~{:032x}", &name[..LONGEST_NAME / 2], xxh3_128(text.as_bytes()));
    }
    name
}

/// The paths under a root.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn marker(&self) -> PathBuf {
        self.root.join("chandlery.json")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    pub(crate) fn all_series(&self) -> PathBuf {
        self.root.join("series")
    }

    pub(crate) fn imports(&self) -> PathBuf {
        self.root.join("imports")
    }

    pub(crate) fn import(&self, id: ImportId) -> PathBuf {
        self.imports().join(format!("{id}.json"))
    }

    pub(crate) fn strategies(&self) -> PathBuf {
        self.root.join("strategies")
    }

    pub(crate) fn strategy(&self, name: &StrategyName) -> PathBuf {
        // Its characters are plain in every file system.
        self.strategies().join(name.as_str())
    }

    pub(crate) fn strategy_version(&self, name: &StrategyName, version: Version) -> PathBuf {
        self.strategy(name).join(format!("{version}.json"))
    }

    pub(crate) fn strategy_removed(&self, name: &StrategyName) -> PathBuf {
        self.strategy(name).join("removed.json")
    }

    pub(crate) fn backtests(&self) -> PathBuf {
        self.root.join("backtests")
    }

    pub(crate) fn backtest(&self, id: BacktestId) -> BacktestFolder {
        BacktestFolder(self.backtests().join(id.to_string()))
    }

    pub(crate) fn sweeps(&self) -> PathBuf {
        self.root.join("sweeps")
    }

    pub(crate) fn sweep(&self, id: SweepId) -> PathBuf {
        self.sweeps().join(format!("{id}.json"))
    }

    pub(crate) fn jobs(&self) -> PathBuf {
        self.root.join("jobs")
    }

    pub(crate) fn job(&self, id: JobId) -> PathBuf {
        self.jobs().join(format!("{id}.json"))
    }

    /// What tells other processes which backtests and sweeps have changed.
    pub(crate) fn changes(&self) -> PathBuf {
        self.root.join("changes.log")
    }

    pub(crate) fn instruments(&self) -> PathBuf {
        self.root.join("instruments")
    }

    pub(crate) fn instruments_of(&self, venue: &Venue) -> PathBuf {
        self.instruments().join(encode_name(venue.as_str()))
    }

    pub(crate) fn instrument(&self, venue: &Venue, symbol: &Symbol) -> PathBuf {
        self.instruments_of(venue)
            .join(format!("{}.json", encode_name(symbol.as_str())))
    }

    pub(crate) fn symbol(&self, venue: &Venue, symbol: &Symbol) -> PathBuf {
        self.all_series()
            .join(encode_name(venue.as_str()))
            .join(encode_name(symbol.as_str()))
    }

    pub(crate) fn series(&self, key: &SeriesKey) -> SeriesFolder {
        SeriesFolder(
            self.symbol(&key.venue, &key.symbol)
                .join(key.timeframe.path_text()),
        )
    }
}

/// The folder of one backtest that has ended.
#[derive(Debug, Clone)]
pub(crate) struct BacktestFolder(pub(crate) PathBuf);

impl BacktestFolder {
    pub(crate) fn document(&self) -> PathBuf {
        self.0.join("backtest.json")
    }

    pub(crate) fn trades(&self) -> PathBuf {
        self.0.join("trades.parquet")
    }

    pub(crate) fn equity(&self) -> PathBuf {
        self.0.join("equity.parquet")
    }
}

/// The folder of one series.
#[derive(Debug, Clone)]
pub(crate) struct SeriesFolder(pub(crate) PathBuf);

impl SeriesFolder {
    pub(crate) fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    pub(crate) fn chunks(&self) -> PathBuf {
        self.0.join("chunks")
    }

    pub(crate) fn chunk(&self, file: &str) -> PathBuf {
        self.chunks().join(file)
    }

    pub(crate) fn segment(&self, id: SeriesId, base: Version) -> PathBuf {
        self.journal().join(format!("{id}.{:012}.log", base.0))
    }
}

/// Reads the name of a journal's segment: whose it is, and the version that it begins behind.
pub(crate) fn parse_segment(name: &str) -> Option<(SeriesId, Version)> {
    let (id, base) = name.strip_suffix(".log")?.split_once('.')?;
    Some((id.parse().ok()?, Version(base.parse().ok()?)))
}

/// Names a chunk by the time of its first bar, for people, and an id that is never used twice.
pub(crate) fn chunk_file(first_time: i64, id: Uuid) -> String {
    let time: String = Timestamp::saturating(first_time).to_string();
    let plain: String = time.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{plain}-{}.parquet", id.simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_their_folder() {
        for text in [
            "..",
            ".",
            "../../etc/passwd",
            "a/b",
            "a\\b",
            "C:x",
            "%2e",
            "~",
            "é",
            "nul\u{7f}",
        ] {
            let name = encode_name(text);
            assert!(
                !name.contains(['/', '\\', ':', '~']) && !name.starts_with('.'),
                "{text} -> {name}"
            );
        }
    }

    #[test]
    fn different_names_have_different_files() {
        let long = "é".repeat(64);
        let longer = format!("{}x", "é".repeat(63));
        assert_ne!(encode_name(&long), encode_name(&longer));
        assert!(encode_name(&long).len() < 255);
        assert_ne!(encode_name("a.b"), encode_name("a%2Eb"));
    }
}
