//! Servers on threads of this process.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context, Result};
use api::{
    context::{Limits, Services},
    server::{Listening, ServeOptions},
};
use app::{
    ambient::{RandomIds, SystemClock},
    backtest::WorkerSettings,
    stores::Stores,
};
use interchange::ReadOptions;
use tokio::sync::oneshot;

use crate::stores::author;

/// The API, which stops with this value.
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Api {
    /// Serves a store.
    pub(crate) fn start(stores: Stores) -> Result<Self> {
        let listening = Listening::at(ServeOptions {
            listen: "127.0.0.1:0".parse()?,
            public_url: None,
            shutdown: Duration::from_secs(1),
            workers: None,
        })?;
        let address = listening.address();
        let services = Services {
            stores,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            author: author()?,
            read: ReadOptions::default(),
            limits: Limits::default(),
            worker: WorkerSettings::new("bench"),
        };
        let runtime = tokio::runtime::Runtime::new()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let stopped = async {
                // Whether it was told to stop or forgotten, it stops.
                drop(stopped.await);
            };
            if let Err(error) = runtime.block_on(listening.serve(services, stopped)) {
                std::panic::panic_any(error.to_string());
            }
        });
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A server that has died has failed the requests already.
            drop(thread.join());
        }
    }
}

/// A route that returns bytes that it has ready.
pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Bare {
    /// Serves `bytes` at `/`.
    pub(crate) fn start(bytes: Vec<u8>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let bytes = bytes::Bytes::from(bytes);
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let served = actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let bytes = bytes.clone();
                    let answer = move || {
                        let bytes = bytes.clone();
                        async { HttpResponse::Ok().content_type("application/json").body(bytes) }
                    };
                    App::new().route("/", web::get().to(answer))
                });
                let server = server.disable_signals().listen(listener)?.run();
                drop(sender.send(server.handle()));
                server.await
            });
            if let Err(error) = served {
                std::panic::panic_any(error.to_string());
            }
        });
        let handle = receiver.recv().context("the bare server did not start")?;
        Ok(Self {
            address,
            handle,
            thread: Some(thread),
        })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // The command to stop is sent when the call is made; the thread ends when it is done.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
