//! What a command works with.

use std::{
    fmt::Display,
    sync::{Arc, atomic::AtomicBool},
};

use app::{
    ambient::{RandomIds, SystemClock},
    stores::Stores,
};
use domain::{
    clock::Clock,
    error::{EntityRef, StoreError},
    id::IdSource,
    market::{Author, SeriesFilter, SeriesKey, WriteMeta},
    page::PageRequest,
    strategy::{StrategiesQuery, StrategyName},
};

use crate::{
    arguments::Global,
    author::local_author,
    failure::Advised,
    interrupt,
    output::{Output, Report},
    progress::TerminalProgress,
    settings::Settings,
    wire,
};

/// How like two names must be for one to be offered in place of the other, from 0 to 1.
const LIKE: f64 = 0.75;
/// Among how many strategies one is looked for.
const STRATEGIES: usize = 1_000;

/// An open store, and everything else that a command needs.
pub(crate) struct Session {
    pub(crate) stores: Stores,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) progress: Arc<TerminalProgress>,
    pub(crate) output: Output,
    pub(crate) settings: Settings,
    pub(crate) author: Author,
}

impl Session {
    /// Starts to listen for Ctrl-C, which progress passes on.
    pub(crate) fn progress(global: &Global) -> Arc<TerminalProgress> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let progress = TerminalProgress::new(global.quiet || global.json, Arc::clone(&interrupted));
        tokio::spawn(interrupt::watch(interrupted));
        Arc::new(progress)
    }

    /// Opens the store.
    pub(crate) async fn open(
        settings: Settings,
        global: &Global,
        progress: Arc<TerminalProgress>,
    ) -> anyhow::Result<Self> {
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let stores = wire::open(&settings, Arc::clone(&clock), Arc::clone(&ids)).await?;
        Ok(Self {
            stores,
            clock,
            ids,
            progress,
            output: Output {
                json: global.json,
                quiet: global.quiet,
            },
            settings,
            author: local_author()?,
        })
    }

    /// Takes progress bars away and prints a report.
    pub(crate) fn print(&self, report: &impl Report) -> anyhow::Result<()> {
        self.progress.clear();
        self.output.print(report)
    }

    /// Says who writes, and why.
    pub(crate) fn meta(&self, reason: Option<String>) -> WriteMeta {
        WriteMeta {
            reason,
            ..WriteMeta::by(self.author.clone())
        }
    }

    /// Adds to an error about a series or a strategy that does not exist the name of one that does and is written much
    /// like it.
    pub(crate) async fn advised(&self, error: anyhow::Error) -> anyhow::Error {
        let missing = error.chain().find_map(|cause| match cause.downcast_ref() {
            Some(StoreError::NotFound(entity)) => Some(entity.clone()),
            _ => None,
        });
        // The error itself is what counts: advice that can't be had is left out.
        let hint = match missing {
            Some(EntityRef::Series(key)) => self.series_hint(&key).await.unwrap_or_default(),
            Some(EntityRef::Strategy(name)) => self.strategy_hint(&name).await.unwrap_or_default(),
            _ => None,
        };
        match hint {
            Some(hint) => {
                let message = error.to_string();
                Advised { message, hint }.into()
            }
            None => error,
        }
    }

    async fn series_hint(&self, missing: &SeriesKey) -> Result<Option<String>, StoreError> {
        let heads = self.stores.all_series(SeriesFilter::default()).await?;
        let nearest = nearest(missing, heads.into_iter().map(|head| head.key));
        Ok(nearest.map(|key| format!("did you mean {key}?")))
    }

    async fn strategy_hint(&self, missing: &StrategyName) -> Result<Option<String>, StoreError> {
        let listed = |text, removed| {
            self.stores.strategies.strategies(StrategiesQuery {
                text,
                removed,
                page: PageRequest::first(STRATEGIES),
            })
        };
        let removed = listed(Some(missing.to_string()), true).await?.items;
        if removed.iter().any(|strategy| strategy.name() == missing) {
            return Ok(Some(format!(
                "it was removed; its versions are there, such as {missing}@1, and `chandlery strategy put` brings it back"
            )));
        }
        let names = listed(None, false).await?.items;
        let nearest = nearest(missing, names.iter().map(|strategy| strategy.name().clone()));
        Ok(nearest.map(|name| format!("did you mean {name}?")))
    }
}

fn nearest<T: Display>(missing: &T, names: impl Iterator<Item = T>) -> Option<T> {
    let text = missing.to_string().to_lowercase();
    let likeness = |name: T| {
        let lower = name.to_string().to_lowercase();
        (strsim::normalized_damerau_levenshtein(&text, &lower), name)
    };
    let best = names.map(likeness).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= LIKE).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_series_leads_to_the_one_that_was_meant() {
        let keys = ["NASDAQ:GOOG/1d", "NASDAQ:MSFT/1d", "FX:EURUSD/1h"].map(|text| text.parse().unwrap());
        let find = |text: &str| {
            nearest(&text.parse().unwrap(), keys.iter().cloned()).map(|key: SeriesKey| key.to_string())
        };
        assert_eq!(find("nasdaq:goog/1d").as_deref(), Some("NASDAQ:GOOG/1d"));
        assert_eq!(find("NASDAQ:GOGO/1d").as_deref(), Some("NASDAQ:GOOG/1d"));
        assert_eq!(find("BINANCE:BTCUSDT/1m"), None);
    }
}
