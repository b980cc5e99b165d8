//! Measurements in Prometheus text. Labels come from the endpoint table, so their number is bounded.

use std::time::Duration;

use actix_web::http::Method;
use prometheus::core::Collector;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::app::error::Error;

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What is measured of the door.
pub struct Metrics {
    registry: Registry,
    requests: Option<IntCounterVec>,
    seconds: Option<HistogramVec>,
    running: Option<IntGauge>,
}

/// A request that is being answered; counted until it is dropped.
pub(super) struct Running(Option<IntGauge>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(gauge) = &self.0 {
            gauge.dec();
        }
    }
}

impl Metrics {
    /// Measurements of a door of their own, all at zero.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let requests = register(
            &registry,
            IntCounterVec::new(
                Opts::new("respite_http_requests_total", "Requests answered, by endpoint, method and status."),
                &["endpoint", "method", "status"],
            ),
        );
        let seconds = register(
            &registry,
            HistogramVec::new(
                HistogramOpts::new("respite_http_request_seconds", "Time from the head of a request to its answer.")
                    .buckets(BUCKETS.to_vec()),
                &["endpoint", "method"],
            ),
        );
        let running =
            register(&registry, IntGauge::new("respite_http_requests_running", "Requests that are being answered."));
        let build = register(
            &registry,
            IntGaugeVec::new(Opts::new("respite_build_info", "Always 1; the version is a label."), &["version"]),
        );
        if let Some(build) = build {
            build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        }
        Self { registry, requests, seconds, running }
    }

    /// Where other rooms' measurements can be added.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) fn begin(&self) -> Running {
        if let Some(gauge) = &self.running {
            gauge.inc();
        }
        Running(self.running.clone())
    }

    pub(super) fn end(&self, running: Running, endpoint: &str, method: &Method, status: u16, took: Duration) {
        drop(running);
        let method = method_label(method);
        if let Some(requests) = &self.requests {
            requests.with_label_values(&[endpoint, method, status.to_string().as_str()]).inc();
        }
        if let Some(seconds) = &self.seconds {
            seconds.with_label_values(&[endpoint, method]).observe(took.as_secs_f64());
        }
    }

    /// The measurements as Prometheus text.
    ///
    /// # Errors
    /// [`Error::Internal`] when they cannot be written.
    pub fn text(&self) -> Result<String, Error> {
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .map_err(|error| Error::Internal(format!("metrics: {error}")))?;
        String::from_utf8(text).map_err(|error| Error::Internal(format!("metrics: {error}")))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Names are constants, so a refusal is a fault in this file that the test below would show; the service runs on.
fn register<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> Option<C> {
    let collector = made.ok()?;
    registry.register(Box::new(collector.clone())).ok()?;
    Some(collector)
}

/// Callers may invent methods; labels may not grow with them.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_registered_and_written() {
        let metrics = Metrics::new();
        let running = metrics.begin();
        assert!(metrics.text().unwrap().contains("respite_http_requests_running 1"));
        metrics.end(running, "/healthz", &Method::from_bytes(b"BREW").unwrap(), 405, Duration::from_millis(3));
        let text = metrics.text().unwrap();
        for line in [
            "respite_http_requests_running 0",
            "respite_http_requests_total{endpoint=\"/healthz\",method=\"other\",status=\"405\"} 1",
            "respite_http_request_seconds_bucket{endpoint=\"/healthz\",method=\"other\",le=\"0.005\"} 1",
            "respite_build_info{version=",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
