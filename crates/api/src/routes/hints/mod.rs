//! Hints of what changes, as server-sent events.

mod runs;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use actix_web::{HttpResponse, get, http::header::ContentEncoding, web};
use app::stores::Stores;
use bytes::Bytes;
use domain::{
    backtest::RunStatus,
    error::StoreError,
    id::ImportId,
    job::JobProgress,
    market::{
        ImportState, ImportsQuery, Order, SeriesFilter, SeriesKey, SeriesQuery, SeriesSort, Timestamp,
        Version,
    },
    page::PageRequest,
};
use futures::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use self::runs::SeenRuns;
use crate::{
    context::Context,
    problem::{ApiError, Problems},
    request::NoParams,
};

/// How often the store is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// How many of the series that changed last, and of the newest imports, backtests, sweeps and oldest jobs, are looked at.
const NEWEST: usize = 200;
/// How many hints wait for a client that reads slowly; it then misses some and is told so.
const WAITING: usize = 1_024;
/// How often a line goes out that keeps the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Hint {
    /// series, import, backtest or sweep.
    entity: &'static str,
    id: String,
    /// The newest version of a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The state of an import, the status of a backtest or a sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    /// How far a backtest or a sweep is that is running.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    progress: Option<JobProgress>,
}

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum State {
    Import(ImportState),
    Run(RunStatus),
}

/// Looks at the store once a second while somebody listens, and tells everybody what has changed.
#[derive(Debug, Clone)]
pub(crate) struct Hints(broadcast::Sender<Arc<str>>);

impl Hints {
    /// Begins to look.
    pub(crate) fn start(stores: Stores, closing: CancellationToken) -> Self {
        Self::every(PERIOD, stores, closing)
    }

    fn every(period: Duration, stores: Stores, closing: CancellationToken) -> Self {
        let (sender, _) = broadcast::channel(WAITING);
        let hints = sender.clone();
        tokio::spawn(async move {
            let mut seen = Seen::default();
            // Whether everything that has changed since the last look will be told one by one.
            let mut follows = false;
            loop {
                tokio::select! {
                    () = closing.cancelled() => return,
                    () = tokio::time::sleep(period) => {}
                }
                if sender.receiver_count() == 0 {
                    follows = false;
                    continue;
                }
                if !follows {
                    // What changed while nobody listened, or while the store could not be looked at, is not told one by
                    // one.
                    seen = Seen::default();
                }
                match seen.look(&stores).await {
                    Ok(Look { hints, missed }) => {
                        if !follows || missed {
                            sender.send(MISSED.into()).ok();
                        }
                        follows = true;
                        for hint in hints {
                            if let Ok(json) = serde_json::to_string(&hint) {
                                let event = format!("event: {}\ndata: {json}\n\n", hint.entity);
                                // Nobody may be listening any more.
                                sender.send(event.into()).ok();
                            }
                        }
                    }
                    Err(error) => {
                        // A look that fails half-way has forgotten what it saw before.
                        follows = false;
                        tracing::warn!(%error, "the store can't be looked at for changes");
                    }
                }
            }
        });
        Self(hints)
    }
}

/// Tells a client to read again what it shows.
const MISSED: &str = "event: missed\ndata: {}\n\n";

/// What a look at the store has shown.
#[derive(Debug)]
struct Look {
    hints: Vec<Hint>,
    /// Whether there may be more changes than were looked at.
    missed: bool,
}

/// What has been seen of the store.
#[derive(Debug, Default)]
struct Seen {
    since: Option<Timestamp>,
    series: HashMap<SeriesKey, Version>,
    imports: Option<HashMap<ImportId, ImportState>>,
    runs: SeenRuns,
}

impl Seen {
    /// Returns what has changed since the last look; the first look only remembers.
    async fn look(&mut self, stores: &Stores) -> Result<Look, StoreError> {
        let mut hints = Vec::new();
        let newest = stores
            .prices
            .list(SeriesQuery {
                filter: SeriesFilter::default(),
                sort: SeriesSort::Updated,
                order: Order::Descending,
                page: PageRequest::first(NEWEST),
            })
            .await?;
        // Where all that was looked at is new, there may be more.
        let missed = newest.items.len() == NEWEST
            && newest
                .items
                .last()
                .is_some_and(|oldest| self.since.is_some_and(|since| oldest.updated_at >= since));
        let latest = newest.items.first().map(|head| head.updated_at);
        for head in &newest.items {
            let is_new = self.since.is_some_and(|since| head.updated_at >= since);
            if self.series.insert(head.key.clone(), head.version) != Some(head.version) && is_new {
                hints.push(Hint {
                    entity: "series",
                    id: head.key.to_string(),
                    version: Some(head.version.0),
                    state: None,
                    progress: None,
                });
            }
        }
        self.series
            .retain(|key, _| newest.items.iter().any(|head| head.key == *key));
        self.since = latest.or(self.since).or(Some(Timestamp::MIN));
        let imports = stores
            .imports
            .imports(ImportsQuery {
                page: PageRequest::first(NEWEST),
            })
            .await?;
        let states: HashMap<_, _> = imports
            .items
            .iter()
            .map(|import| (import.id, import.state))
            .collect();
        if let Some(before) = &self.imports {
            for import in imports.items.iter().rev() {
                if before.get(&import.id) != Some(&import.state) {
                    hints.push(Hint {
                        entity: "import",
                        id: import.id.to_string(),
                        version: None,
                        state: Some(State::Import(import.state)),
                        progress: None,
                    });
                }
            }
        }
        self.imports = Some(states);
        let runs = self.runs.look(stores).await?;
        hints.extend(runs.hints);
        let missed = missed || runs.missed;
        Ok(Look { hints, missed })
    }
}

/// Tells what changes, as server-sent events
///
/// Events are named `series` (`{"entity", "id", "version"}`), `import` (`{"entity", "id", "state"}`), `backtest` and
/// `sweep` (`{"entity", "id", "state"}`, and while they run how much is `done` of a `total`), at most a second late. They are hints: whoever connects, or gets the event `missed`, reads again what it shows. A purge gives none.
#[utoipa::path(
    tag = "live",
    responses((status = 200, description = "Events, without end.", body = String, content_type = "text/event-stream"), Problems)
)]
#[get("/stream")]
pub(crate) async fn listen(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    hints: web::Data<Hints>,
) -> Result<HttpResponse, ApiError> {
    let turn = context.listening_turn().await?;
    let receiver = hints.0.subscribe();
    let closing = context.closing.clone();
    let events = stream::unfold(
        (receiver, closing, turn),
        |(mut receiver, closing, turn)| async move {
            let text: Bytes = tokio::select! {
                () = closing.cancelled() => return None,
                () = tokio::time::sleep(KEEP_ALIVE) => Bytes::from_static(b": still here\n\n"),
                hint = receiver.recv() => match hint {
                    Ok(event) => Bytes::copy_from_slice(event.as_bytes()),
                    Err(broadcast::error::RecvError::Lagged(_)) => Bytes::from_static(MISSED.as_bytes()),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            };
            Some((Ok::<_, ApiError>(text), (receiver, closing, turn)))
        },
    );
    let opened = stream::iter([Ok(Bytes::from_static(b"retry: 2000\n\n"))]);
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(ContentEncoding::Identity)
        .streaming(opened.chain(events)))
}
