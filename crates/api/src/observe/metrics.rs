//! Metrics for Prometheus. Labels are route templates, never symbols.

use std::{
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use actix_web::http::{Method, StatusCode};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

const DURATION: &str = "http_server_request_duration_seconds";
const REQUESTS: &str = "http_server_requests_total";
const ACTIVE: &str = "http_server_active_requests";
/// From half a millisecond to ten seconds.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The metrics of this process, which all its servers share.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Begins to record, or goes on where another server of this process has begun.
    ///
    /// # Errors
    /// When something else in this process records metrics already.
    pub fn start() -> Result<Self, Arc<BuildError>> {
        static STARTED: OnceLock<RwLock<Option<PrometheusHandle>>> = OnceLock::new();
        let started = STARTED.get_or_init(RwLock::default);
        let mut started = started.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*started {
            return Ok(Self(handle.clone()));
        }
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &BUCKETS)
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(Arc::new)?;
        metrics::describe_histogram!(
            DURATION,
            metrics::Unit::Seconds,
            "How long requests took to be answered."
        );
        metrics::describe_counter!(REQUESTS, "Requests by method, route and status.");
        metrics::describe_gauge!(ACTIVE, "Requests that are being answered.");
        metrics::describe_gauge!("chandlery_build_info", "The version that runs.");
        gauge!("chandlery_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        *started = Some(handle.clone());
        Ok(Self(handle))
    }

    /// Puts samples together, which else would pile up until somebody reads them.
    pub(crate) fn upkeep(&self) {
        self.0.run_upkeep();
    }

    /// Returns everything in the text format of Prometheus.
    pub(crate) fn text(&self) -> String {
        self.upkeep();
        self.0.render()
    }
}

/// A request that is being answered.
pub(super) struct Flight(Instant);

impl Flight {
    pub(super) fn begin() -> Self {
        gauge!(ACTIVE).increment(1.0);
        Self(Instant::now())
    }

    /// Notes the answer, and returns how long it took.
    pub(super) fn end(self, method: &Method, route: &str, status: StatusCode) -> Duration {
        let took = self.0.elapsed();
        // Anybody can make methods up; only the usual ones have a label of their own.
        let method = match method.as_str() {
            known @ ("GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
            _ => "other".to_owned(),
        };
        let labels = [
            ("method", method),
            ("route", route.to_owned()),
            ("status", status.as_str().to_owned()),
        ];
        histogram!(DURATION, &labels).record(took.as_secs_f64());
        counter!(REQUESTS, &labels).increment(1);
        took
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        gauge!(ACTIVE).decrement(1.0);
    }
}
