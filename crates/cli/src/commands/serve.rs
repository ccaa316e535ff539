//! `chandlery serve`

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use api::{
    context::Services,
    server::{Listening, ServeOptions},
};
use app::backtest::WorkerSettings;
use clap::Args;
use domain::id::IdSource;
use interchange::ReadOptions;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    failure::{Exit, UsageError},
    output::{self, Report},
    session::Session,
    settings::HttpSettings,
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery serve
  chandlery serve --store file:/var/lib/chandlery --listen 127.0.0.1:9000";

/// A request that has to wait for another writer is told to come back rather than kept waiting for longer.
pub(crate) const LONGEST_LOCK_WAIT: Duration = Duration::from_secs(2);
/// A request has 2.5 s in all to say that it can't be answered, on a busy machine, too.
pub(crate) const LONGEST_CONNECTION_WAIT: Duration = Duration::from_millis(1_200);
/// Who writes through a server that nobody signs in to.
const AUTHOR: &str = "http:anonymous";

/// The arguments of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where to listen; port 0 chooses a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The address that the server is known by, behind a proxy
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Listen where others can reach it, though everybody may then read and write everything
    #[arg(long)]
    insecure: bool,
}

impl ServeArguments {
    /// Returns the settings that the flags stand for: name, flag and value.
    pub(crate) fn settings(&self) -> Vec<(&'static str, &'static str, String)> {
        let listen = self
            .listen
            .map(|listen| ("http.listen", "--listen", listen.to_string()));
        let public = self
            .public_url
            .clone()
            .map(|url| ("http.public_url", "--public-url", url));
        let insecure = self
            .insecure
            .then(|| ("http.insecure", "--insecure", "true".to_owned()));
        listen.into_iter().chain(public).chain(insecure).collect()
    }
}

/// The server listens.
#[derive(Debug, Serialize)]
struct Serving {
    url: String,
    store: String,
}

impl Report for Serving {
    fn render(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        writeln!(out, "Chandlery serves {} at {}", self.store, self.url)?;
        writeln!(
            out,
            "The API is described at {}/api/docs. Ctrl-C stops the server.",
            self.url
        )
    }
}

/// Refuses to listen where others can reach a server that asks nobody who they are.
fn check_reach(http: &HttpSettings) -> Result<(), UsageError> {
    if http.listen.ip().is_loopback() || http.insecure {
        return Ok(());
    }
    Err(UsageError(format!(
        "{} can be reached by others, and there is no sign-in yet: everybody could read and write everything. Listen at \
         127.0.0.1, or pass --insecure where something else keeps strangers out",
        http.listen
    )))
}

/// Names this process among those that run backtests of one store, perhaps on other machines.
fn worker_name(ids: &dyn IdSource) -> String {
    let id = ids.next_uuid().simple().to_string();
    format!("server {} {}", std::process::id(), &id[id.len() - 8..])
}

pub(crate) async fn run(session: &Session) -> anyhow::Result<Exit> {
    let settings = &session.settings;
    let http = &settings.http;
    check_reach(http)?;
    let listening = Listening::at(ServeOptions {
        listen: http.listen,
        public_url: http.public_url.clone(),
        shutdown: http.shutdown,
        workers: None,
    })?;
    let services = Services {
        stores: session.stores.clone(),
        clock: Arc::clone(&session.clock),
        ids: Arc::clone(&session.ids),
        author: AUTHOR.parse()?,
        read: ReadOptions {
            max_rejected: settings.max_rejected.0,
            memory_rows: settings.memory_rows,
            ..ReadOptions::default()
        },
        limits: http.limits,
        worker: WorkerSettings {
            count: settings.workers,
            ..WorkerSettings::new(worker_name(&*session.ids))
        },
    };
    let mut terminate = signal(SignalKind::terminate()).context("the signal to stop can't be listened to")?;
    session.print(&Serving {
        url: format!("http://{}", listening.address()),
        store: settings.store.to_string(),
    })?;
    let stop = async move {
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => {
                if let Err(error) = interrupted {
                    output::note(&format!("Ctrl-C can't be listened to: {error}"));
                }
            }
            _ = terminate.recv() => {}
        }
    };
    listening.serve(services, stop).await?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(listen: &str, insecure: bool) -> HttpSettings {
        HttpSettings {
            listen: listen.parse().unwrap(),
            public_url: None,
            insecure,
            limits: api::context::Limits::default(),
            shutdown: Duration::ZERO,
        }
    }

    #[test]
    fn a_server_that_others_can_reach_must_be_wanted() {
        for local in ["127.0.0.1:0", "[::1]:8080", "127.9.9.9:1"] {
            assert!(check_reach(&http(local, false)).is_ok(), "{local}");
        }
        for open in ["0.0.0.0:8080", "192.168.1.2:8080", "[::]:8080"] {
            assert!(check_reach(&http(open, false)).is_err(), "{open}");
            assert!(check_reach(&http(open, true)).is_ok(), "{open}");
        }
    }
}
