//! A series as a request finds it.

use chunks::LastCommit;
use domain::{
    error::{EntityRef, StoreError},
    id::SeriesId,
    market::{AsOf, SeriesHead, SeriesKey, Timeframe, TimeframeUnit, Timestamp, Version, Zone},
};

use super::row::Row;
use crate::database::{Fault, Lease};

/// An instrument, its series and the newest version, as far as they exist.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) key: SeriesKey,
    /// The zone of the instrument; UTC as long as there is none.
    pub(super) zone: Zone,
    pub(super) allows_nonpositive: bool,
    pub(super) series: Option<FoundSeries>,
}

/// A series with at least one commit.
#[derive(Debug, Clone)]
pub(super) struct FoundSeries {
    pub(super) head: SeriesHead,
    /// Versions below this one have been pruned, but for pinned ones.
    pub(super) kept_from: Version,
}

impl Found {
    /// Looks a series up.
    pub(super) async fn look(lease: &mut Lease, key: &SeriesKey) -> Result<Self, Fault> {
        let query = sqlx::query(include_str!("sql/find.sql"));
        let query = query.bind(key.venue.as_str()).bind(key.symbol.as_str());
        let found = lease.optional(query.bind(timeframe_order(key.timeframe))).await?;
        let Some(row) = found else {
            return Ok(Self {
                key: key.clone(),
                zone: Zone::UTC,
                allows_nonpositive: false,
                series: None,
            });
        };
        let row = Row::new(&row, "series_head");
        let version: Option<i64> = row.get("version")?;
        let series = match version {
            Some(_) => Some(FoundSeries {
                head: head_of(&row, key.clone())?,
                kept_from: Version(row.count("kept_from")?),
            }),
            None => None,
        };
        Ok(Self {
            key: key.clone(),
            zone: row.parsed("zone")?,
            allows_nonpositive: row.get("allows_nonpositive")?,
            series,
        })
    }

    /// Returns the series, or says that there is none.
    pub(super) fn existing(&self) -> Result<&FoundSeries, StoreError> {
        let unknown = || StoreError::NotFound(EntityRef::Series(self.key.clone()));
        self.series.as_ref().ok_or_else(unknown)
    }

    /// Returns the newest version.
    pub(super) fn version(&self) -> Version {
        self.series
            .as_ref()
            .map_or(Version::EMPTY, |series| series.head.version)
    }

    /// Returns what the next commit builds on.
    pub(super) fn last_commit(&self) -> LastCommit {
        self.series
            .as_ref()
            .map_or_else(LastCommit::default, |series| LastCommit {
                version: series.head.version,
                bars: series.head.bars,
                digest: series.head.digest,
                committed_at: Some(series.head.updated_at),
            })
    }
}

impl FoundSeries {
    pub(super) fn id(&self) -> SeriesId {
        self.head.id
    }

    /// Holds the series until the transaction ends, so that it can't move.
    pub(super) async fn hold(&self, lease: &mut Lease) -> Result<(), Fault> {
        let query = sqlx::query("select version from series_head where series_id = $1 for update");
        lease.optional(query.bind(self.id().as_uuid())).await?;
        Ok(())
    }

    /// Returns the version that is meant; that of the empty state before the first commit is 0.
    pub(super) async fn version_at(&self, lease: &mut Lease, as_of: AsOf) -> Result<Version, Fault> {
        match as_of {
            AsOf::Head => Ok(self.head.version),
            AsOf::Version(version) if version <= self.head.version => Ok(version),
            AsOf::Version(version) => {
                let entity = EntityRef::Version(self.head.key.clone(), version);
                Err(StoreError::NotFound(entity).into())
            }
            AsOf::Time(time) if time >= self.head.updated_at => Ok(self.head.version),
            AsOf::Time(time) => {
                let query = sqlx::query(include_str!("sql/version_at.sql"));
                let query = query.bind(self.id().as_uuid()).bind(time.micros());
                let row = lease.optional(query).await?;
                let version = row
                    .map(|row| Row::new(&row, "price_commit").count("version"))
                    .transpose()?;
                Ok(version.map_or(Version::EMPTY, Version))
            }
        }
    }

    /// Refuses a version of which the bars have been pruned.
    pub(super) async fn check_kept(&self, lease: &mut Lease, version: Version) -> Result<(), Fault> {
        if version >= self.kept_from || version == Version::EMPTY {
            return Ok(());
        }
        let query =
            sqlx::query("select version from series_pin where series_id = $1 and version = $2 limit 1");
        let query = query.bind(self.id().as_uuid()).bind(version.0 as i64);
        if lease.optional(query).await?.is_some() {
            return Ok(());
        }
        Err(StoreError::Gone(EntityRef::Version(self.head.key.clone(), version)).into())
    }
}

/// Reads the columns of a head.
pub(super) fn head_of(row: &Row<'_>, key: SeriesKey) -> Result<SeriesHead, StoreError> {
    let time = |column| -> Result<Option<Timestamp>, StoreError> {
        let micros: Option<i64> = row.get(column)?;
        Ok(micros.map(Timestamp::saturating))
    };
    Ok(SeriesHead {
        key,
        id: SeriesId::from_uuid(row.get("series_id")?),
        version: Version(row.count("version")?),
        bars: row.count("bars")?,
        first: time("first_time")?,
        last: time("last_time")?,
        gaps: row.count("gaps")?,
        digest: row.digest("digest")?,
        bytes: row.count("bytes")?,
        updated_at: Timestamp::saturating(row.get("updated_at")?),
    })
}

/// Returns a number that sorts as timeframes do: by unit, then by count.
pub(crate) fn timeframe_order(timeframe: Timeframe) -> i64 {
    let unit = match timeframe.unit() {
        TimeframeUnit::Second => 0,
        TimeframeUnit::Minute => 1,
        TimeframeUnit::Hour => 2,
        TimeframeUnit::Day => 3,
        TimeframeUnit::Week => 4,
        TimeframeUnit::Month => 5,
    };
    (unit << 32) | i64::from(timeframe.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_timeframes_is_kept() {
        let mut frames: Vec<Timeframe> = ["1M", "1d", "30m", "1m", "2h", "1w", "5s", "90s", "1h", "3M", "7d"]
            .map(|text| text.parse().unwrap())
            .into();
        frames.sort_unstable();
        assert!(frames.is_sorted_by_key(|frame| timeframe_order(*frame)));
        assert_eq!(timeframe_order(Timeframe::DAY), 12_884_901_889);
    }
}
