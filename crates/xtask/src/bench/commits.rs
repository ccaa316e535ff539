//! Committing one bar to a series with a short and with a long history.

use anyhow::{Result, ensure};
use domain::market::{Bar, Bars, PriceStore, PriceWrite, Written};
use tokio::runtime::Runtime;

use crate::{
    measure::{Aim, Comparison, Contender},
    stores::{Kept, author, key},
};

/// How many commits one timed run makes.
const COMMITS: i64 = 20;

/// A store whose series gets one minute a commit.
struct Growing {
    kept: Kept,
    minutes: i64,
}

impl Growing {
    fn with_versions(runtime: &Runtime, versions: i64) -> Result<Self> {
        let mut growing = Self {
            kept: Kept::empty()?,
            minutes: 0,
        };
        growing.commit(runtime, versions)?;
        Ok(growing)
    }

    fn commit(&mut self, runtime: &Runtime, commits: i64) -> Result<()> {
        for _ in 0..commits {
            let time = self.minutes * 60_000_000;
            let price = 100.0 + (self.minutes % 50) as f64;
            let bar = Bar {
                time,
                open: price,
                high: price,
                low: price,
                close: price,
                volume: 1.0,
            };
            let write = PriceWrite::upsert(Bars::from_rows(&[bar])?, author()?);
            let written = runtime.block_on(self.kept.store.commit(&key()?, write))?;
            ensure!(matches!(written, Written::Committed(_)), "nothing was committed");
            self.minutes += 1;
        }
        Ok(())
    }
}

/// Times commits of one bar behind `short` and behind `long` versions.
pub(crate) fn one_bar(runtime: &Runtime, short: i64, long: i64) -> Result<Comparison<'_>> {
    let mut young = Growing::with_versions(runtime, short)?;
    let mut old = Growing::with_versions(runtime, long)?;
    Ok(Comparison {
        name: "20 commits of one bar",
        bars: COMMITS as u32,
        subject: Contender::new("behind version 10,000", move || old.commit(runtime, COMMITS)),
        baseline: Some(Contender::new("behind version 10", move || {
            young.commit(runtime, COMMITS)
        })),
        aim: Aim::AtMost(3.0),
    })
}
