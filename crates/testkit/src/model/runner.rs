//! Runs sequences of operations on a store and on the model, and compares every answer.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    id::SeriesId,
    market::{
        AsOf, Author, Bars, BarsQuery, Instrument, PriceStore, PriceWrite, Revert, SeriesKey, Timestamp,
        Version, WriteKind, WriteMeta,
    },
};
use futures::{StreamExt, stream};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::{
    Expected, Model, ModelWrite, Moment, Operation,
    comparison::{bare, outcome, same, time_of},
    operations,
    operations::SERIES,
};
use crate::{
    bars::{DAY, MONDAY, batches, priced},
    harness::{Fixture, StoreHarness, Stores},
    ids::SeededIds,
    market::steps::frame,
    scale::{Deadline, announce, count, seed, spread},
};

/// Sequences of the full test; each has up to [`LONGEST`] operations.
const SEQUENCES: u64 = 10_000;
const LONGEST: usize = 40;

/// Runs operations on an empty store and on the model.
///
/// # Errors
/// The first answer in which the two differ, with the operation.
pub async fn run_against_model(harness: &dyn StoreHarness, operations: &[Operation]) -> Result<(), String> {
    let mut run = Run::new(harness).await;
    for (number, operation) in operations.iter().enumerate() {
        run.step(operation)
            .await
            .map_err(|difference| format!("operation {number}, {operation:?}: {difference}"))?;
    }
    run.check_everything()
        .await
        .map_err(|difference| format!("at the end: {difference}"))
}

/// Runs as many random sequences as [`scale`](crate::scale) asks for, of 10,000, and stops at its deadline.
///
/// # Panics
/// When the store and the model differ: with the shortest sequence that was found, and the seed.
#[expect(
    clippy::print_stderr,
    reason = "a test says how much of the promise it has run"
)]
pub fn run_random_sequences(harness: &dyn StoreHarness) {
    let (seed, deadline) = (seed(), Deadline::start());
    announce("model_contract", seed);
    let cases = count(SEQUENCES);
    let config = Config {
        cases: cases as u32,
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &spread(seed));
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be started");
    let (ran, failed) = (Cell::new(0_u64), Cell::new(false));
    let outcome = TestRunner::new_with_rng(config, rng).run(&operations(LONGEST), |operations| {
        // A failure that is in hand is still made shorter behind the deadline.
        if deadline.passed() && !failed.get() {
            return Ok(());
        }
        ran.set(ran.get() + 1);
        let answer = runtime.block_on(run_against_model(harness, &operations));
        failed.set(failed.get() || answer.is_err());
        answer.map_err(TestCaseError::fail)
    });
    eprintln!("model_contract: ran {} of {cases} sequences", ran.get());
    if let Err(failure) = outcome {
        panic!("{failure}\nrun it again with CHANDLERY_TEST_SEED={seed}");
    }
}

/// A store and a model that go through the same operations.
pub(super) struct Run {
    fixture: Fixture,
    other: Option<Stores>,
    on_other: bool,
    pub(super) model: Model,
    model_ids: SeededIds,
    pub(super) keys: [SeriesKey; SERIES],
    keyed: Vec<(SeriesKey, ModelWrite, usize)>,
    living: BTreeMap<SeriesKey, SeriesId>,
    dead: BTreeSet<SeriesId>,
}

impl Run {
    async fn new(harness: &dyn StoreHarness) -> Self {
        Self {
            fixture: Fixture::new(harness).await,
            other: None,
            on_other: false,
            model: Model::default(),
            model_ids: SeededIds::new(99),
            keys: ["X:A/1d", "X:A/1h", "Y:B%/1d"].map(|key| key.parse().expect("a valid key")),
            keyed: Vec::new(),
            living: BTreeMap::new(),
            dead: BTreeSet::new(),
        }
    }

    pub(super) fn prices(&self) -> Arc<dyn PriceStore> {
        let other = self.other.as_ref().filter(|_| self.on_other);
        other.unwrap_or(self.fixture.stores()).prices.clone()
    }

    async fn step(&mut self, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::Write {
                series,
                kind,
                bars,
                expected,
                keyed,
                batch,
            } => {
                let key = self.keys[*series].clone();
                let idempotency_key = keyed.then(|| format!("key {}", self.keyed.len()));
                let (expected, meta) = (self.version(&key, *expected), meta());
                let write = ModelWrite {
                    kind: *kind,
                    bars: bars.clone(),
                    expected,
                    idempotency_key,
                    meta,
                };
                if *keyed {
                    self.keyed.push((key.clone(), write.clone(), *batch));
                }
                self.write(&key, &write, *batch).await
            }
            Operation::Repeat { nth, altered } => self.repeat(*nth, *altered).await,
            Operation::Revert { series, to, expected } => self.revert(*series, *to, *expected).await,
            Operation::Purge { series } => {
                let key = self.keys[*series].clone();
                same(self.prices().purge(&key).await, self.model.purge(&key))?;
                self.dead.extend(self.living.remove(&key));
                self.check_head(&key).await
            }
            Operation::Rezone { series, zone } => self.rezone(*series, zone).await,
            Operation::Restart => {
                (self.other, self.on_other) = (None, false);
                self.fixture.restart().await;
                Ok(())
            }
            Operation::OtherHandle => {
                self.on_other = !self.on_other;
                if self.other.is_none() {
                    self.other = Some(self.fixture.another_handle().await);
                }
                Ok(())
            }
            Operation::Clock { micros } => {
                self.fixture.clock.advance(*micros);
                Ok(())
            }
            question => self.ask(question).await,
        }
    }

    async fn write(&mut self, key: &SeriesKey, write: &ModelWrite, batch: usize) -> Result<(), String> {
        let pieces: Vec<_> = batches(&write.bars, batch).into_iter().map(Ok).collect();
        let sent = PriceWrite {
            kind: write.kind,
            bars: stream::iter(pieces).boxed(),
            expected: write.expected,
            idempotency_key: write.idempotency_key.clone(),
            meta: write.meta.clone(),
        };
        let answer = self.prices().commit(key, sent).await;
        let expected = self.model.commit(key, write, time_of(&answer), &self.model_ids);
        same(answer.map(outcome), expected.map(outcome))?;
        self.check_head(key).await
    }

    async fn repeat(&mut self, nth: usize, altered: bool) -> Result<(), String> {
        if self.keyed.is_empty() {
            return Ok(());
        }
        let (key, mut write, batch) = self.keyed[nth % self.keyed.len()].clone();
        if altered {
            (write.kind, write.bars) = (WriteKind::Upsert, priced([(MONDAY - 9 * DAY, 77.0)]));
        }
        self.write(&key, &write, batch).await
    }

    async fn revert(&mut self, series: usize, to: Moment, expected: Expected) -> Result<(), String> {
        let key = self.keys[series].clone();
        let to = match self.moment(series, to) {
            AsOf::Version(version) => version,
            AsOf::Head => Version(self.versions(series)),
            AsOf::Time(_) => Version::EMPTY,
        };
        // Of two reasons to refuse, the port names no first: a stale revert goes to a version that there is.
        let to = if matches!(expected, Expected::Stale(_)) {
            to.min(Version(self.versions(series)))
        } else {
            to
        };
        let revert = Revert {
            to,
            expected: self.version(&key, expected),
            meta: meta(),
        };
        let answer = self.prices().revert(&key, revert.clone()).await;
        let expected = self
            .model
            .revert(&key, &revert, time_of(&answer), &self.model_ids);
        same(answer.map(outcome), expected.map(outcome))?;
        self.check_head(&key).await
    }

    async fn rezone(&mut self, series: usize, zone: &str) -> Result<(), String> {
        let key = self.keys[series].clone();
        let instrument = Instrument::new(key.venue.clone(), key.symbol.clone());
        let instrument = Instrument {
            zone: zone.parse().expect("a valid zone"),
            ..instrument
        };
        let answer = self.fixture.instruments().put_instrument(&instrument).await;
        same(answer, self.model.put_instrument(&instrument))?;
        for key in self.keys.clone() {
            self.check_head(&key).await?;
        }
        Ok(())
    }

    /// Compares the heads, and checks that a series keeps its identity and no other one gets it.
    async fn check_head(&mut self, key: &SeriesKey) -> Result<(), String> {
        let head = self.prices().head(key).await;
        let id = head
            .as_ref()
            .ok()
            .and_then(|head| head.as_ref().map(|head| head.id));
        same(
            head.map(|head| head.map(bare)),
            Ok(self.model.head(key).map(bare)),
        )?;
        let Some(id) = id else { return Ok(()) };
        let known = *self.living.entry(key.clone()).or_insert(id);
        let used = self
            .living
            .iter()
            .any(|(other, used)| other != key && *used == id)
            || self.dead.contains(&id);
        if known == id && !used {
            Ok(())
        } else {
            Err(format!("{key} has the identity {id}, known is {known}"))
        }
    }

    /// Compares every version of every series, and has the store check itself.
    async fn check_everything(&mut self) -> Result<(), String> {
        for key in self.keys.clone() {
            self.check_head(&key).await?;
            let Ok((versions, _)) = self.model.size(&key) else {
                continue;
            };
            for version in 0..=versions {
                let query = BarsQuery {
                    as_of: AsOf::Version(Version(version)),
                    ..BarsQuery::all(key.clone())
                };
                let bars = |frame| Bars::try_from(frame).expect("whole frames");
                let expected = self.model.bars(&query).map(bars);
                same(frame(&*self.prices(), query).await.map(bars), expected)?;
            }
            let check = self
                .prices()
                .verify(&key)
                .await
                .map_err(|error| error.to_string())?;
            if !check.damages.is_empty() || check.versions != versions {
                return Err(format!(
                    "{versions} sound versions were expected, found {check:?}"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn versions(&self, series: usize) -> u64 {
        self.model
            .size(&self.keys[series])
            .map_or(0, |(versions, _)| versions)
    }

    fn version(&self, key: &SeriesKey, expected: Expected) -> Option<Version> {
        let head = self.model.size(key).map_or(0, |(versions, _)| versions);
        match expected {
            Expected::Any => None,
            Expected::Head => Some(Version(head)),
            Expected::Stale(steps) => Some(Version(head.checked_sub(steps).unwrap_or(head + steps))),
        }
    }

    pub(super) fn moment(&self, series: usize, moment: Moment) -> AsOf {
        let versions = self.versions(series);
        match moment {
            Moment::Version(number) => AsOf::Version(Version(number % (versions + 2))),
            Moment::Commit(number, micros) if versions > 0 => {
                let version = AsOf::Version(Version(number % versions + 1));
                let commit = self.model.commit_at(&self.keys[series], version).ok().flatten();
                let time = commit.map_or(0, |commit| commit.committed_at.micros());
                AsOf::Time(Timestamp::saturating(time + micros))
            }
            Moment::Head | Moment::Commit(..) => AsOf::Head,
        }
    }
}

fn meta() -> WriteMeta {
    let author: Author = "local:model".parse().expect("a valid author");
    WriteMeta {
        reason: Some("because".to_owned()),
        ..WriteMeta::by(author)
    }
}
