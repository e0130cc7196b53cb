//! What the Datalyr doors share.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use super::decode::DecodeRules;
use super::rate_limit::RateLimits;
use super::reject::DatalyrReject;
use super::tenants::{Credential, Tenants};
use crate::config::{AddressPolicy, Config, Datalyr, Privacy};
use crate::domain::clock::SharedClock;
use crate::domain::id::ProjectId;
use crate::http::refusals::Refusals;
use crate::http::stopping::Stopping;
use crate::identity::address_hash::AddressHashes;
use crate::identity::client_address::TrustedProxies;
use crate::store::Store;
use crate::store::written::Source;

const DNT: HeaderName = HeaderName::from_static("dnt");
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// The Datalyr protocol of one installation; shared by all workers.
pub struct DatalyrService {
    pub store: Store,
    pub clock: SharedClock,
    pub datalyr: Datalyr,
    pub privacy: Privacy,
    pub rules: DecodeRules,
    pub body_timeout: Duration,
    pub tenants: Tenants,
    pub limits: RateLimits,
    pub proxies: TrustedProxies,
    pub addresses: Arc<AddressHashes>,
    pub refusals: Arc<Refusals>,
    pub stopping: Stopping,
}

impl DatalyrService {
    #[must_use]
    pub fn new(
        config: &Config,
        store: Store,
        clock: SharedClock,
        addresses: Arc<AddressHashes>,
        refusals: Arc<Refusals>,
        stopping: Stopping,
    ) -> Self {
        Self {
            store,
            clock,
            rules: DecodeRules::new(&config.datalyr),
            body_timeout: config.server.body_timeout,
            tenants: Tenants::default(),
            limits: RateLimits::new(&config.datalyr.rate_limit),
            proxies: TrustedProxies::new(&config.server.trusted_proxies),
            addresses,
            refusals,
            stopping,
            datalyr: config.datalyr.clone(),
            privacy: config.privacy.clone(),
        }
    }

    /// Answers a refused request, and counts the refusal.
    #[must_use]
    pub fn refuse(&self, request: &HttpRequest, reject: DatalyrReject) -> HttpResponse {
        self.refusals.count(Source::Track, reject.code());
        answer::refuse(request, reject)
    }

    /// The refusal of whoever showed what nobody knows.
    #[must_use]
    pub fn refuse_stranger(&self, request: &HttpRequest, reject: DatalyrReject, now_ms: i64) -> DatalyrReject {
        self.limits.refuse_stranger(self.proxies.client_address(request), reject, now_ms)
    }

    /// Refuses once a stop was asked for: the sender comes back to whatever comes after.
    pub fn check_running(&self) -> Result<(), DatalyrReject> {
        if self.stopping.has_begun() { Err(DatalyrReject::Draining) } else { Ok(()) }
    }

    /// The project that the request's key opens; nothing if that may be a workspace id instead.
    pub async fn project_by_key(
        &self,
        request: &HttpRequest,
        shown: &Credential,
        now_ms: i64,
    ) -> Result<Option<ProjectId>, DatalyrReject> {
        match self.tenants.by_key(&self.store, &shown.text, now_ms).await? {
            None if !shown.is_bearer => Err(self.refuse_stranger(request, DatalyrReject::UnknownKey, now_ms)),
            project => Ok(project),
        }
    }

    /// The sender's address, if it may be kept.
    #[must_use]
    pub fn kept_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        (self.privacy.address == AddressPolicy::Hashed).then(|| self.proxies.client_address(request))
    }

    /// Whether the visitor asked not to be tracked and the owner respects it.
    #[must_use]
    pub fn wants_no_tracking(&self, request: &HttpRequest) -> bool {
        let asks = |name: HeaderName| request.headers().get(name).is_some_and(|value| value.as_bytes() == b"1");
        (self.privacy.respect_dnt && asks(DNT)) || (self.privacy.respect_gpc && asks(SEC_GPC))
    }
}
