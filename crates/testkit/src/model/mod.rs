//! A model of the stores: one plain map of bars per version, nothing clever.
//!
//! It is what random sequences of operations are compared with ([`run_against_model`]), and what
//! [`memory`](crate::memory) puts behind the ports. It shares no code with the merging of [`domain::market::merge`],
//! so that an error there shows.

mod answers;
mod comparison;
mod operations;
mod questions;
mod runner;
mod runs;
mod strategies;

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    error::{EntityRef, StoreError},
    id::{IdSource, SeriesId},
    market::{
        Bar, Bars, Changes, Commit, CommitKind, Instrument, Revert, SeriesKey, SetDigest, Symbol, Timestamp,
        Venue, Version, WriteKind, WriteMeta, Written,
    },
};

pub use operations::{Expected, Moment, Operation, operations};
pub use runner::{run_against_model, run_random_sequences};
pub(crate) use runs::{Around, Runs};
pub(crate) use strategies::Strategies;

/// The bars of one version, by time.
type State = BTreeMap<i64, Bar>;

/// Everything that a store should hold.
#[derive(Debug, Default)]
pub struct Model {
    series: BTreeMap<SeriesKey, History>,
    instruments: BTreeMap<(Venue, Symbol), Instrument>,
}

#[derive(Debug)]
struct History {
    id: SeriesId,
    versions: Vec<(Commit, Arc<State>)>,
}

/// A write, with all of its bars.
#[derive(Debug, Clone)]
pub struct ModelWrite {
    /// What to do with the bars.
    pub kind: WriteKind,
    /// The bars.
    pub bars: Bars,
    /// The version that the head must have.
    pub expected: Option<Version>,
    /// The key under which the write may be repeated.
    pub idempotency_key: Option<String>,
    /// Who, why and from where.
    pub meta: WriteMeta,
}

impl History {
    fn version(&self) -> Version {
        Version(self.versions.len() as u64)
    }

    fn state(&self) -> Arc<State> {
        self.versions
            .last()
            .map(|(_, state)| state.clone())
            .unwrap_or_default()
    }
}

impl Model {
    /// Writes at `now`, as [`PriceStore::commit`](domain::market::PriceStore::commit) does.
    ///
    /// # Errors
    /// Those of the port, but [`StoreError::Input`].
    pub fn commit(
        &mut self,
        key: &SeriesKey,
        write: &ModelWrite,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<Written, StoreError> {
        self.check_case(&key.venue, &key.symbol)?;
        self.check_bars(key, write)?;
        let history = self.series.get(key);
        let payload = write
            .idempotency_key
            .is_some()
            .then(|| write.kind.payload(write.bars.digest()));
        if let Some(made) = history.and_then(|history| made_under(history, write.idempotency_key.as_ref()?)) {
            let same = made.payload == payload;
            return if same {
                Ok(Written::Repeated(made.clone()))
            } else {
                Err(conflict(key, "another payload"))
            };
        }
        let version = history.map_or(Version::EMPTY, History::version);
        if write.expected.is_some_and(|expected| expected != version) {
            return Err(conflict(key, "the head is another version"));
        }
        let state = history.map(History::state).unwrap_or_default();
        let new = written(&state, write);
        if new == *state {
            return Ok(Written::Unchanged(self.head(key)));
        }
        let kind = match write.kind {
            WriteKind::Upsert => CommitKind::Upsert,
            WriteKind::ReplaceRange(_) => CommitKind::Replace,
            WriteKind::DeleteRange(_) => CommitKind::Delete,
        };
        let commit = Commit {
            idempotency_key: write.idempotency_key.clone(),
            payload,
            ..described(version.next(), kind, &write.meta, &state, &new)
        };
        Ok(Written::Committed(self.push(key, commit, new, now, ids)))
    }

    /// Reverts at `now`, as [`PriceStore::revert`](domain::market::PriceStore::revert) does.
    ///
    /// # Errors
    /// Those of the port.
    pub fn revert(
        &mut self,
        key: &SeriesKey,
        revert: &Revert,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<Written, StoreError> {
        let history = self.history(key)?;
        if revert
            .expected
            .is_some_and(|expected| expected != history.version())
        {
            return Err(conflict(key, "the head is another version"));
        }
        let (state, new) = (history.state(), self.state_of(key, revert.to)?);
        if new == state {
            return Ok(Written::Unchanged(self.head(key)));
        }
        let commit = described(
            history.version().next(),
            CommitKind::Revert,
            &revert.meta,
            &state,
            &new,
        );
        Ok(Written::Committed(self.push(
            key,
            commit,
            (*new).clone(),
            now,
            ids,
        )))
    }

    /// Replays a commit, as [`PriceStore::replay`](domain::market::PriceStore::replay) does.
    ///
    /// # Errors
    /// Those of the port.
    pub fn replay(
        &mut self,
        key: &SeriesKey,
        commit: &Commit,
        changes: &Changes,
        ids: &dyn IdSource,
    ) -> Result<Commit, StoreError> {
        self.check_case(&key.venue, &key.symbol)?;
        let history = self.series.get(key);
        let version = history.map_or(Version::EMPTY, History::version);
        if (Version(1)..=version).contains(&commit.version) {
            let there = history.map(|history| &history.versions[commit.version.0 as usize - 1].0);
            return match there {
                Some(there) if there.digest == commit.digest => Ok(there.clone()),
                _ => Err(conflict(key, "the version is another commit")),
            };
        }
        if commit.version != version.next() {
            return Err(conflict(key, "the commit does not follow the head"));
        }
        let mut new = history
            .map(|history| (*history.state()).clone())
            .unwrap_or_default();
        for time in changes.deleted.time() {
            new.remove(time);
        }
        new.extend(
            changes
                .inserted
                .rows()
                .chain(changes.after.rows())
                .map(|bar| (bar.time, bar)),
        );
        if digest(&new) != commit.digest {
            return Err(StoreError::Invalid(
                "the changes do not lead to the digest".to_owned(),
            ));
        }
        self.store(key, commit.clone(), new, ids);
        Ok(commit.clone())
    }

    /// Removes a series, as [`PriceStore::purge`](domain::market::PriceStore::purge) does.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    pub fn purge(&mut self, key: &SeriesKey) -> Result<(), StoreError> {
        self.series.remove(key).map(|_| ()).ok_or_else(|| missing(key))
    }

    /// Stores an instrument.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] when another one's name differs by case alone.
    pub fn put_instrument(&mut self, instrument: &Instrument) -> Result<(), StoreError> {
        self.check_case(&instrument.venue, &instrument.symbol)?;
        let name = (instrument.venue.clone(), instrument.symbol.clone());
        self.instruments.insert(name, instrument.clone());
        Ok(())
    }

    fn check_case(&self, venue: &Venue, symbol: &Symbol) -> Result<(), StoreError> {
        let fold =
            |venue: &Venue, symbol: &Symbol| (venue.as_str().to_lowercase(), symbol.as_str().to_lowercase());
        let same = |name: &&(Venue, Symbol)| {
            (&name.0, &name.1) != (venue, symbol) && fold(&name.0, &name.1) == fold(venue, symbol)
        };
        match self.instruments.keys().find(same) {
            Some((venue, symbol)) => Err(StoreError::AlreadyExists {
                entity: EntityRef::Instrument(venue.clone(), symbol.clone()),
                reason: "the names differ by case alone".to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn check_bars(&self, key: &SeriesKey, write: &ModelWrite) -> Result<(), StoreError> {
        let invalid = |reason: &str| Err(StoreError::Invalid(reason.to_owned()));
        let outside = match write.kind {
            WriteKind::Upsert => false,
            WriteKind::ReplaceRange(range) => write.bars.time().iter().any(|time| !range.contains(*time)),
            WriteKind::DeleteRange(_) => !write.bars.is_empty(),
        };
        let name = (key.venue.clone(), key.symbol.clone());
        let allows = self
            .instruments
            .get(&name)
            .is_some_and(|instrument| instrument.allows_nonpositive);
        match write.bars.first_nonpositive() {
            _ if outside => invalid("a bar lies outside the range"),
            Some(_) if !allows => invalid("a price is not positive"),
            _ => Ok(()),
        }
    }

    /// Stores a commit at `now`, or right behind the one before if the clock has not moved on.
    fn push(
        &mut self,
        key: &SeriesKey,
        commit: Commit,
        new: State,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Commit {
        let last = self.series.get(key).and_then(|history| history.versions.last());
        let earliest = last.map_or(Timestamp::MIN, |(last, _)| {
            Timestamp::saturating(last.committed_at.micros() + 1)
        });
        let commit = Commit {
            committed_at: now.max(earliest),
            ..commit
        };
        self.store(key, commit.clone(), new, ids);
        commit
    }

    fn store(&mut self, key: &SeriesKey, commit: Commit, new: State, ids: &dyn IdSource) {
        let name = (key.venue.clone(), key.symbol.clone());
        self.instruments
            .entry(name)
            .or_insert_with(|| Instrument::new(key.venue.clone(), key.symbol.clone()));
        let made = || History {
            id: SeriesId::next(ids),
            versions: Vec::new(),
        };
        self.series
            .entry(key.clone())
            .or_insert_with(made)
            .versions
            .push((commit, Arc::new(new)));
    }
}

fn written(state: &State, write: &ModelWrite) -> State {
    let mut new = state.clone();
    if let WriteKind::ReplaceRange(range) | WriteKind::DeleteRange(range) = write.kind {
        new.retain(|time, _| !range.contains(*time));
    }
    new.extend(write.bars.rows().map(|bar| (bar.time, bar)));
    new
}

/// Describes the commit that leads from one state to another; its time is still to be set.
fn described(version: Version, kind: CommitKind, meta: &WriteMeta, old: &State, new: &State) -> Commit {
    let meta = meta.clone();
    Commit {
        version,
        kind,
        author: meta.author,
        reason: meta.reason,
        import_id: meta.import_id,
        source_name: meta.source_name,
        source_sha256: meta.source_sha256,
        inserted: new.keys().filter(|time| !old.contains_key(time)).count() as u64,
        changed: new
            .iter()
            .filter(|(time, bar)| old.get(time).is_some_and(|old| old != *bar))
            .count() as u64,
        deleted: old.keys().filter(|time| !new.contains_key(time)).count() as u64,
        bars: new.len() as u64,
        digest: digest(new),
        committed_at: Timestamp::MIN,
        idempotency_key: None,
        payload: None,
    }
}

fn made_under<'a>(history: &'a History, key: &String) -> Option<&'a Commit> {
    let mut commits = history.versions.iter().map(|(commit, _)| commit);
    commits.find(|commit| commit.idempotency_key.as_ref() == Some(key))
}

fn digest(state: &State) -> SetDigest {
    let mut digest = SetDigest::EMPTY;
    for bar in state.values() {
        digest.add(bar);
    }
    digest
}

fn missing(key: &SeriesKey) -> StoreError {
    StoreError::NotFound(EntityRef::Series(key.clone()))
}

fn conflict(key: &SeriesKey, reason: &str) -> StoreError {
    StoreError::conflict(EntityRef::Series(key.clone()), reason)
}
