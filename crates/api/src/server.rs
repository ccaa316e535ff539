//! The server: listening, serving, shutting down.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::header::CONTENT_TYPE,
    middleware::{Compress, NormalizePath, TrailingSlash, from_fn},
    web,
};
use url::Url;
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    context::{Context, Services},
    doors::{Doors, let_in},
    observe::{Metrics, follow, unmatched},
    openapi::{self, Description, Routes},
    request::{json_config, path_config, query_config},
    routes::{Hints, configure, operations},
};

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How many connections a worker holds; more wait to be accepted.
const CONNECTIONS: usize = 25_000;

/// How the server listens.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where.
    pub listen: SocketAddr,
    /// The address that it is known by elsewhere.
    pub public_url: Option<Url>,
    /// How long requests and imports may take to end once it shuts down.
    pub shutdown: Duration,
    /// How many threads handle requests; as many as there are cores when not given.
    pub workers: Option<usize>,
}

/// A server that listens and does not serve yet.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    options: ServeOptions,
}

/// Why a server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can't be listened at.
    #[error("can't listen at {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Metrics can't be recorded.
    #[error("metrics can't be recorded: {0}")]
    Metrics(#[source] Arc<metrics_exporter_prometheus::BuildError>),
    /// The OpenAPI document can't be written.
    #[error("the OpenAPI document can't be written: {0}")]
    Document(#[source] serde_json::Error),
    /// Serving failed.
    #[error("serving failed: {0}")]
    Serve(#[source] io::Error),
}

impl Listening {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub fn at(options: ServeOptions) -> Result<Self, ServeError> {
        let address = options.listen;
        let listen = || {
            let listener = TcpListener::bind(address)?;
            let bound = listener.local_addr()?;
            Ok::<_, io::Error>((listener, bound))
        };
        let (listener, bound) = listen().map_err(|source| ServeError::Listen { address, source })?;
        Ok(Self {
            listener,
            address: bound,
            options,
        })
    }

    /// Returns the address, with the port that was chosen where none was named.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done, then lets what is under way end.
    ///
    /// # Errors
    /// [`ServeError`] when it can't serve at all.
    pub async fn serve(self, services: Services, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self {
            listener,
            address,
            options,
        } = self;
        let metrics = web::Data::new(Metrics::start().map_err(ServeError::Metrics)?);
        let context = web::Data::new(Context::new(services));
        let hints = web::Data::new(Hints::start(context.stores.clone(), context.closing.clone()));
        tokio::spawn(housekeeping(context.clone(), metrics.clone()));
        let doors = web::Data::new(Doors::new(address, options.public_url));
        let document = document();
        let routes = web::Data::new(Routes::of(&document));
        let json = web::Data::new(openapi::json(&document).map_err(ServeError::Document)?);
        let shared = context.clone();
        let mut server = HttpServer::new(move || {
            let (app, _) = App::new()
                .into_utoipa_app()
                .map(|app| {
                    app.app_data(context.clone())
                        .app_data(hints.clone())
                        .app_data(doors.clone())
                        .app_data(routes.clone())
                        .app_data(metrics.clone())
                        .app_data(json.clone())
                        .app_data(query_config())
                        .app_data(json_config())
                        .app_data(path_config())
                })
                .service(operations::livez)
                .service(operations::readyz)
                .service(operations::metrics)
                .configure(configure)
                .split_for_parts();
            app.route("/api/openapi.json", web::get().to(openapi_json))
                .service(SwaggerUi::new("/api/docs/{_:.*}").config(reader()))
                .route("/api/docs", web::get().to(to_reader))
                .route("/", web::get().to(to_docs))
                .default_service(web::route().to(unmatched))
                .wrap(Compress::default())
                .wrap(from_fn(let_in))
                .wrap(NormalizePath::new(TrailingSlash::Trim))
                .wrap(from_fn(follow))
        })
        .client_request_timeout(HEAD_TIMEOUT)
        .max_connections(CONNECTIONS)
        .shutdown_timeout(options.shutdown.as_secs())
        .disable_signals();
        if let Some(workers) = options.workers {
            server = server.workers(workers);
        }
        let server = server.listen(listener).map_err(ServeError::Serve)?.run();
        let handle = server.handle();
        let serving = tokio::spawn(server);
        stop.await;
        tracing::info!("shutting down");
        // Streams without an end would hold the workers up.
        shared.closing.cancel();
        let deadline = Instant::now() + options.shutdown;
        handle.stop(true).await;
        let left = deadline.saturating_duration_since(Instant::now());
        shared.close(left).await;
        match serving.await {
            Ok(ended) => ended.map_err(ServeError::Serve),
            Err(error) => Err(ServeError::Serve(io::Error::other(error))),
        }
    }
}

/// How often there is something to be put in order.
const HOUSEKEEPING: Duration = Duration::from_secs(10);

/// Puts samples of metrics together and forgets old imports, until the server closes.
async fn housekeeping(context: web::Data<Context>, metrics: web::Data<Metrics>) {
    loop {
        tokio::select! {
            () = context.closing.cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
        metrics.upkeep();
        context.desk.sweep();
    }
}

/// Returns the OpenAPI document of this version.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(Description::openapi())
        .service(operations::livez)
        .service(operations::readyz)
        .service(operations::metrics)
        .configure(configure)
        .split_for_parts();
    openapi::finished(document)
}

fn reader() -> utoipa_swagger_ui::Config<'static> {
    utoipa_swagger_ui::Config::from("/api/openapi.json").try_it_out_enabled(true)
}

async fn openapi_json(json: web::Data<String>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(json.get_ref().clone())
}

async fn to_reader() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header(("Location", "/api/docs/index.html"))
        .finish()
}

/// Leads who opens the bare address to the description; not for ever, as there may be something better there one day.
async fn to_docs() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header(("Location", "/api/docs"))
        .finish()
}
