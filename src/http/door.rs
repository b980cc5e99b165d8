//! What the door holds: the table, the gate, the words, the limits, the measurements.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use actix_web::web;
use ipnet::IpNet;

use super::answer::Answer;
use super::endpoint::Endpoint;
use super::language::{Language, Words};
use super::limits::Limits;
use super::metrics::Metrics;
use super::openapi;
use super::request_id::RequestId;
use crate::app::error::Error;
use crate::clock::Clock;
use crate::config::Config;

/// What the gate knows of a caller; handlers get it back as its type from [`super::desk::Desk::caller`].
pub type Admission = Arc<dyn Any + Send + Sync>;

/// Decides who passes the door. It is asked on the blocking pool, before the body is read, for every endpoint that
/// is not public.
pub trait Gate: Send + Sync + 'static {
    /// Admits the holder of a token to an endpoint, or refuses.
    ///
    /// # Errors
    /// [`crate::app::error::Code::Unauthenticated`] without a valid token, `Forbidden` for a role that may not,
    /// `MustChangePassword`; [`Error::Unavailable`].
    fn admit(&self, token: Option<String>, endpoint: &'static Endpoint) -> Result<Admission, Error>;

    /// The same where nothing has to be waited for; then the way to the blocking pool is spared. Elsewhere gives the
    /// token back.
    ///
    /// # Errors
    /// The token, where something would have to be waited for.
    fn admit_at_once(
        &self,
        token: Option<String>,
        _endpoint: &'static Endpoint,
    ) -> Result<Result<Admission, Error>, Option<String>> {
        Err(token)
    }
}

/// Says whether the service can do its work; if not, why.
pub type Ready = Arc<dyn Fn() -> Result<(), Vec<String>> + Send + Sync>;

/// Adds what handlers need (`cfg.app_data(web::Data::new(…))`).
pub type Furnish = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;

/// Everything that the door holds, shared by all workers.
pub struct Door {
    pub(super) table: &'static [Endpoint],
    pub(super) gate: Arc<dyn Gate>,
    pub(super) words: Words,
    pub(super) language: Language,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) trusted_proxies: Vec<IpNet>,
    pub(super) metrics: Metrics,
    pub(super) ready: Ready,
    pub(super) furnish: Furnish,
    openapi: OnceLock<Answer>,
}

/// The row of the table that a request met; where its path has none for the method, another of the path.
#[derive(Debug, Clone)]
pub(super) struct Matched {
    pub(super) endpoint: &'static Endpoint,
    /// The parameters of the path as they were sent, in order.
    pub(super) parameters: Vec<String>,
}

/// What every request carries from its first moment.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) request_id: RequestId,
    pub(super) language: Language,
}

impl Door {
    /// A door for a table; see the other functions for what can be set.
    #[must_use]
    pub fn new(table: &'static [Endpoint], gate: Arc<dyn Gate>, clock: Clock) -> Self {
        Self {
            table,
            gate,
            words: Words::built_in(clock.zone()),
            language: Language::ZhCn,
            clock,
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            metrics: Metrics::new(),
            ready: Arc::new(|| Ok(())),
            furnish: Arc::new(|_| {}),
            openapi: OnceLock::new(),
        }
    }

    /// The document of the table, made when it is first asked for.
    pub(super) fn openapi(&self) -> &Answer {
        self.openapi.get_or_init(|| {
            let document = openapi::document(self.table).to_string();
            let tag = openapi::fingerprint(&document);
            let content_type = "application/json".to_owned();
            Answer { status: 200, content_type, body: document.into_bytes(), ..Answer::nothing() }.etag(tag)
        })
    }

    /// Takes language, limits and trusted proxies from the configuration.
    #[must_use]
    pub fn configured(mut self, config: &Config) -> Self {
        self.language = config.language;
        self.trusted_proxies.clone_from(&config.trusted_proxies);
        self.limits = Limits {
            body_bytes: config.body_limit_bytes,
            import_bytes: config.import_limit_bytes,
            request: config.request_timeout,
        };
        self
    }

    /// Says how `/readyz` knows. Asked on the blocking pool.
    #[must_use]
    pub fn ready(mut self, ready: Ready) -> Self {
        self.ready = ready;
        self
    }

    /// Adds what handlers need.
    #[must_use]
    pub fn furnish(mut self, furnish: Furnish) -> Self {
        self.furnish = furnish;
        self
    }

    /// The measurements, for adding gauges of other rooms.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}
