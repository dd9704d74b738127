//! What is counted, for Prometheus. Names are those of Keycloak where it counts the same.

use crate::jobs::revocation::newest;
use authn::Revocation;
use edge::EdgeConfig;
use http::Method;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Seconds; the same for all requests.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    outcome: &'static str,
    status: u16,
}

impl Metrics {
    /// Starts counting. `started` is when the process did, epoch seconds.
    pub(crate) fn new(edge: Arc<EdgeConfig>, revocation: Revocation, started: f64) -> Self {
        let mut registry = Registry::default();
        let requests: Family<Request, Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register(
            "http_server_requests_seconds",
            "Requests to the main listeners",
            requests.clone(),
        );
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("postern_build", "This program", version);
        registry.register(
            "process_start_time_seconds",
            "When the process started, since the epoch",
            ConstGauge::new(started),
        );
        registry.register_collector(Box::new(Removed(edge)));
        registry.register_collector(Box::new(Lists(revocation)));
        Self { registry, requests }
    }

    /// Counts a request.
    pub(super) fn request(&self, method: &Method, status: http::StatusCode, took: Duration) {
        let known = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
            Method::PATCH,
        ];
        // Names that callers make up must not become labels.
        let names = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
        let at = known.iter().position(|known| known == method);
        let labels = Request {
            method: at.map_or("UNKNOWN", |at| names[at]),
            outcome: match status.as_u16() {
                100..=199 => "INFORMATIONAL",
                200..=299 => "SUCCESS",
                300..=399 => "REDIRECTION",
                400..=499 => "CLIENT_ERROR",
                _ => "SERVER_ERROR",
            },
            status: status.as_u16(),
        };
        self.requests
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }

    /// All of it as OpenMetrics text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

/// The edge counts by itself.
#[derive(Debug)]
struct Removed(Arc<EdgeConfig>);

impl Collector for Removed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut metric = encoder.encode_descriptor(
            "postern_removed_certificate_headers",
            "Requests with certificate headers that were removed and count for nothing.",
            None,
            MetricType::Counter,
        )?;
        for (format, reason, count) in self.0.removed_certificate_headers() {
            let labels = [("format", format), ("reason", reason.name())];
            ConstCounter::new(count).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Revocation lists, when somebody looks.
#[derive(Debug)]
struct Lists(Revocation);

/// Issuers at the most: their names are labels.
const MOST_ISSUERS: usize = 500;

impl Collector for Lists {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        // Of an issuer's lists, the one that ends first: each is needed.
        let mut ends = BTreeMap::new();
        for list in newest(&self.0.known()) {
            let end = ends
                .entry(list.issuer().to_owned())
                .or_insert(list.counts_until());
            *end = list.counts_until().min(*end);
        }
        let mut metric = encoder.encode_descriptor(
            "postern_crl_next_update_seconds",
            "When the next revocation list of an issuer is due, since the epoch",
            None,
            MetricType::Gauge,
        )?;
        for (issuer, end) in ends.into_iter().take(MOST_ISSUERS) {
            let labels = [("issuer", issuer)];
            ConstGauge::new(end).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
