//! What the model answers when it is asked.

use std::sync::Arc;

use domain::{
    error::{EntityRef, StoreError},
    market::{
        AsOf, Bar, BarFrame, Bars, BarsQuery, Changes, Commit, CommitsQuery, Gap, GapsQuery, GridRun,
        Instrument, InstrumentsQuery, Order, SeriesHead, SeriesKey, SeriesPosition, SeriesQuery, SeriesSort,
        Symbol, Timestamp, TradingCalendar, Venue, Version, Zone, grid_runs,
    },
    page::{Page, PageRequest},
};

use super::{History, Model, State, missing};

impl Model {
    /// Returns the newest state of a series; its chunks take 48 bytes a bar.
    pub fn head(&self, key: &SeriesKey) -> Option<SeriesHead> {
        let history = self.series.get(key)?;
        let (commit, state) = history.versions.last()?;
        let time = |entry: Option<(&i64, &Bar)>| entry.map(|(time, _)| Timestamp::saturating(*time));
        Some(SeriesHead {
            key: key.clone(),
            id: history.id,
            version: commit.version,
            bars: commit.bars,
            first: time(state.first_key_value()),
            last: time(state.last_key_value()),
            gaps: self.all_gaps(key, state).iter().map(|gap| gap.missing).sum(),
            digest: commit.digest,
            bytes: 48 * commit.bars,
            updated_at: commit.committed_at,
        })
    }

    /// Lists series.
    pub fn list(&self, query: &SeriesQuery) -> Page<SeriesHead, SeriesPosition> {
        let accepted = self.series.keys().filter(|key| query.filter.accepts(key));
        let mut heads: Vec<SeriesHead> = accepted.filter_map(|key| self.head(key)).collect();
        let position = |head: &SeriesHead| query.sort.position(head);
        heads.sort_by(|a, b| SeriesSort::compare(query.order, &position(a), &position(b)));
        if let Some(after) = &query.page.after {
            heads.retain(|head| SeriesSort::compare(query.order, &position(head), after).is_gt());
        }
        cut(heads, &query.page, position)
    }

    /// Reads what a query asks for, as one frame.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series or version.
    pub fn bars(&self, query: &BarsQuery) -> Result<BarFrame, StoreError> {
        let state = self.state_of(&query.key, self.resolve(&query.key, query.as_of)?)?;
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        let inside = state.values().filter(|bar| query.range.contains(bar.time));
        let frame = match query.order {
            Order::Ascending => BarFrame::of(collect(inside.take(limit)), query.columns),
            Order::Descending => {
                let newest: Vec<&Bar> = inside.rev().take(limit).collect();
                BarFrame::of(collect(newest.into_iter().rev()), query.columns).reversed()
            }
        };
        Ok(frame)
    }

    /// Returns the commit that made a state.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series or version.
    pub fn commit_at(&self, key: &SeriesKey, as_of: AsOf) -> Result<Option<Commit>, StoreError> {
        let (history, version) = (self.history(key)?, self.resolve(key, as_of)?);
        let index = version.0.checked_sub(1);
        Ok(index.map(|index| history.versions[index as usize].0.clone()))
    }

    /// Lists commits, the newest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    pub fn commits(&self, query: &CommitsQuery) -> Result<Page<Commit, Version>, StoreError> {
        let commits = self
            .history(&query.key)?
            .versions
            .iter()
            .rev()
            .map(|(commit, _)| commit);
        let older = |commit: &&Commit| query.page.after.is_none_or(|after| commit.version < after);
        Ok(cut(
            commits.filter(older).cloned().collect(),
            &query.page,
            |commit| commit.version,
        ))
    }

    /// Compares two versions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series or version.
    pub fn diff(&self, key: &SeriesKey, from: Version, to: Version) -> Result<Changes, StoreError> {
        let (earlier, later) = (self.state_of(key, from)?, self.state_of(key, to)?);
        let only = |these: &State, those: &State| {
            collect(these.values().filter(|bar| !those.contains_key(&bar.time)))
        };
        let changed = |these: &State, those: &State| {
            collect(
                these
                    .values()
                    .filter(|bar| those.get(&bar.time).is_some_and(|other| other != *bar)),
            )
        };
        Ok(Changes {
            inserted: only(&later, &earlier),
            before: changed(&earlier, &later),
            after: changed(&later, &earlier),
            deleted: only(&earlier, &later),
        })
    }

    /// Lists gaps.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    pub fn gaps(&self, query: &GapsQuery) -> Result<Page<Gap, Timestamp>, StoreError> {
        let mut gaps = self.all_gaps(&query.key, &self.history(&query.key)?.state());
        gaps.retain(|gap| query.range.contains(gap.first.micros()));
        gaps.retain(|gap| query.page.after.is_none_or(|after| gap.first > after));
        Ok(cut(gaps, &query.page, |gap| gap.first))
    }

    /// Returns how many versions a series has, and how many bars all of them together.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    pub fn size(&self, key: &SeriesKey) -> Result<(u64, u64), StoreError> {
        let history = self.history(key)?;
        Ok((
            history.version().0,
            history.versions.iter().map(|(commit, _)| commit.bars).sum(),
        ))
    }

    /// Returns an instrument.
    pub fn instrument(&self, venue: &Venue, symbol: &Symbol) -> Option<Instrument> {
        self.instruments.get(&(venue.clone(), symbol.clone())).cloned()
    }

    /// Lists instruments.
    pub fn instruments(&self, query: &InstrumentsQuery) -> Page<Instrument, (Venue, Symbol)> {
        let listed = self.instruments.iter().filter(|(name, instrument)| {
            query
                .venue
                .as_ref()
                .is_none_or(|venue| *venue == instrument.venue)
                && query.page.after.as_ref().is_none_or(|after| *name > after)
        });
        let listed = listed.map(|(_, instrument)| instrument.clone()).collect();
        cut(listed, &query.page, |instrument| {
            (instrument.venue.clone(), instrument.symbol.clone())
        })
    }

    pub(super) fn history(&self, key: &SeriesKey) -> Result<&History, StoreError> {
        self.series.get(key).ok_or_else(|| missing(key))
    }

    pub(super) fn state_of(&self, key: &SeriesKey, version: Version) -> Result<Arc<State>, StoreError> {
        let history = self.history(key)?;
        let Some(index) = version.0.checked_sub(1) else {
            return Ok(Arc::default());
        };
        let found = history
            .versions
            .get(index as usize)
            .map(|(_, state)| state.clone());
        found.ok_or_else(|| StoreError::NotFound(EntityRef::Version(key.clone(), version)))
    }

    fn resolve(&self, key: &SeriesKey, as_of: AsOf) -> Result<Version, StoreError> {
        let history = self.history(key)?;
        match as_of {
            AsOf::Head => Ok(history.version()),
            AsOf::Version(version) => self.state_of(key, version).map(|_| version),
            AsOf::Time(time) => {
                let made = history
                    .versions
                    .iter()
                    .filter(|(commit, _)| commit.committed_at <= time);
                Ok(Version(made.count() as u64))
            }
        }
    }

    fn all_gaps(&self, key: &SeriesKey, state: &State) -> Vec<Gap> {
        let zone = self
            .instrument(&key.venue, &key.symbol)
            .map_or(Zone::UTC, |instrument| instrument.zone);
        let times: Vec<i64> = state.keys().copied().collect();
        let runs: Vec<GridRun> = grid_runs(&times, key.timeframe);
        TradingCalendar::learn(key.timeframe, &zone, &runs).gaps(&runs)
    }
}

fn collect<'a>(bars: impl Iterator<Item = &'a Bar>) -> Bars {
    Bars::from_rows(&bars.copied().collect::<Vec<_>>()).expect("stored bars are valid")
}

fn cut<T, P>(items: Vec<T>, page: &PageRequest<P>, position: impl Fn(&T) -> P) -> Page<T, P> {
    Page::cut(items, page.limit, position)
}
