//! What the Datalyr doors share.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse};
use arc_swap::ArcSwap;

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
use crate::identity::clients::Clients;
use crate::identity::country::Countries;
use crate::store::Store;
use crate::store::written::Source;

const DNT: HeaderName = HeaderName::from_static("dnt");
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// The Datalyr protocol of one installation; shared by all workers.
pub struct DatalyrService {
    pub store: Store,
    pub clock: SharedClock,
    settings: ArcSwap<DatalyrSettings>,
    pub body_timeout: Duration,
    pub tenants: Tenants,
    pub limits: RateLimits,
    pub proxies: TrustedProxies,
    pub addresses: Arc<AddressHashes>,
    pub countries: Countries,
    pub refusals: Arc<Refusals>,
    pub stopping: Stopping,
}

/// What the owner can change while it runs.
pub struct DatalyrSettings {
    pub datalyr: Datalyr,
    pub privacy: Privacy,
    pub rules: DecodeRules,
}

impl DatalyrSettings {
    fn new(config: &Config) -> Self {
        Self {
            rules: DecodeRules::new(&config.datalyr),
            datalyr: config.datalyr.clone(),
            privacy: config.privacy.clone(),
        }
    }
}

impl DatalyrService {
    #[must_use]
    pub fn new(
        config: &Config,
        store: Store,
        clock: SharedClock,
        clients: Clients,
        refusals: Arc<Refusals>,
        stopping: Stopping,
    ) -> Self {
        Self {
            store,
            clock,
            settings: ArcSwap::from_pointee(DatalyrSettings::new(config)),
            body_timeout: config.server.body_timeout,
            tenants: Tenants::default(),
            limits: RateLimits::new(&config.datalyr.rate_limit),
            proxies: clients.proxies,
            addresses: clients.addresses,
            countries: clients.countries,
            refusals,
            stopping,
        }
    }

    /// What counts now.
    #[must_use]
    pub fn settings(&self) -> Arc<DatalyrSettings> {
        self.settings.load_full()
    }

    /// Goes on with another configuration, as far as that can be changed here.
    pub fn change(&self, config: &Config) {
        self.limits.change(&config.datalyr.rate_limit);
        self.settings.store(Arc::new(DatalyrSettings::new(config)));
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
        (self.settings.load().privacy.address == AddressPolicy::Hashed).then(|| self.proxies.client_address(request))
    }

    /// Whether the visitor asked not to be tracked and the owner respects it.
    #[must_use]
    pub fn wants_no_tracking(&self, request: &HttpRequest) -> bool {
        let asks = |name: HeaderName| request.headers().get(name).is_some_and(|value| value.as_bytes() == b"1");
        let settings = self.settings.load();
        (settings.privacy.respect_dnt && asks(DNT)) || (settings.privacy.respect_gpc && asks(SEC_GPC))
    }
}
