//! What both doors of the heat protocol share, and the counters they keep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::{HttpRequest, HttpResponse};
use arc_swap::ArcSwap;
use jiff::tz::TimeZone;

use super::answer;
use super::decode::DecodeRules;
use super::rate_limit::RateLimits;
use super::reject::HeatReject;
use crate::config::{AddressPolicy, Config, Heat, HeatAuth, Jwt, Privacy};
use crate::domain::clock::SharedClock;
use crate::http::jwt::{JwtRules, JwtSetupError, JwtVerifier, RuleSet};
use crate::http::keys::Keys;
use crate::http::read_access::ReadAccess;
use crate::http::refusals::Refusals;
use crate::identity::address_hash::AddressHashes;
use crate::identity::client_address::TrustedProxies;
use crate::identity::clients::Clients;
use crate::identity::country::Countries;
use crate::js::json::Malformed;
use crate::query::public_id::PublicIds;
use crate::store::Store;
use crate::store::written::Source;

/// The heat protocol of one installation; shared by all workers.
pub struct HeatService {
    pub store: Store,
    pub clock: SharedClock,
    settings: ArcSwap<HeatSettings>,
    pub body_timeout: std::time::Duration,
    pub keys: Keys,
    pub limits: RateLimits,
    /// Absent when tokens are not looked at.
    pub jwt: Option<Arc<JwtVerifier>>,
    pub proxies: TrustedProxies,
    pub addresses: Arc<AddressHashes>,
    pub countries: Countries,
    pub access: Arc<ReadAccess>,
    pub refusals: Arc<Refusals>,
    pub public_ids: PublicIds,
    /// The machine's time zone, in which dates without one are read.
    pub local: TimeZone,
    pub counters: HeatCounters,
}

/// What the owner can change while it runs. A request takes one of them and keeps it to its end.
pub struct HeatSettings {
    pub heat: Heat,
    pub privacy: Privacy,
    pub rules: DecodeRules,
    pub malformed: Malformed,
}

impl HeatSettings {
    fn new(config: &Config) -> Self {
        let (heat, privacy) = (config.heat.clone(), config.privacy.clone());
        Self {
            rules: DecodeRules::new(&heat, &privacy),
            malformed: if heat.strict_json { Malformed::Refuse } else { Malformed::Replace },
            heat,
            privacy,
        }
    }

    /// Whether addresses may be kept at all, as a hash.
    #[must_use]
    pub fn keeps_addresses(&self) -> bool {
        self.privacy.address == AddressPolicy::Hashed
    }
}

impl HeatService {
    pub fn new(
        config: &Config,
        store: Store,
        clock: SharedClock,
        clients: Clients,
        access: Arc<ReadAccess>,
        refusals: Arc<Refusals>,
    ) -> Result<Self, JwtSetupError> {
        let heat = &config.heat;
        Ok(Self {
            public_ids: PublicIds::new(store.install_secret()),
            store,
            clock,
            settings: ArcSwap::from_pointee(HeatSettings::new(config)),
            body_timeout: config.server.body_timeout,
            keys: Keys::default(),
            limits: RateLimits::new(&heat.rate_limit),
            jwt: match heat.auth {
                HeatAuth::ProjectKey => None,
                HeatAuth::Jwt | HeatAuth::Both => Some(Arc::new(JwtVerifier::new(jwt_rules(&heat.jwt))?)),
            },
            proxies: clients.proxies,
            addresses: clients.addresses,
            countries: clients.countries,
            access,
            refusals,
            local: TimeZone::system(),
            counters: HeatCounters::default(),
        })
    }

    /// What counts now.
    #[must_use]
    pub fn settings(&self) -> Arc<HeatSettings> {
        self.settings.load_full()
    }

    /// Goes on with another configuration, as far as that can be changed here.
    pub fn change(&self, config: &Config) {
        self.limits.change(&config.heat.rate_limit);
        self.settings.store(Arc::new(HeatSettings::new(config)));
    }

    /// Answers a refused request, and counts the refusal.
    #[must_use]
    pub fn refuse(&self, request: &HttpRequest, reject: &HeatReject) -> HttpResponse {
        self.refusals.count(Source::Heat, reject.code());
        match reject {
            HeatReject::InvalidPayload(_) => self.counters.refuse_payload(),
            HeatReject::IngestFailed | HeatReject::NoSpace | HeatReject::Unavailable | HeatReject::Overloaded => {
                self.counters.fail();
            }
            _ => {}
        }
        answer::refuse(request, reject)
    }
}

/// What has come in since the start (heat-collector.md 5.4).
#[derive(Debug, Default)]
pub struct HeatCounters {
    accepted_batches: AtomicU64,
    failed_batches: AtomicU64,
    invalid_batches: AtomicU64,
    /// Microseconds plus one that the last accepted batch took; 0 before the first.
    last_ingest_us: AtomicU64,
}

impl HeatCounters {
    pub fn accept(&self, duration_us: u64) {
        self.accepted_batches.fetch_add(1, Ordering::Relaxed);
        self.last_ingest_us.store(duration_us.saturating_add(1), Ordering::Relaxed);
    }

    pub fn fail(&self) {
        self.failed_batches.fetch_add(1, Ordering::Relaxed);
    }

    pub fn refuse_payload(&self) {
        self.invalid_batches.fetch_add(1, Ordering::Relaxed);
    }

    #[must_use]
    pub fn accepted_batches(&self) -> u64 {
        self.accepted_batches.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn failed_batches(&self) -> u64 {
        self.failed_batches.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn invalid_batches(&self) -> u64 {
        self.invalid_batches.load(Ordering::Relaxed)
    }

    /// Duration of the last accepted batch in milliseconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
    pub fn last_ingest_ms(&self) -> Option<f64> {
        let us = self.last_ingest_us.load(Ordering::Relaxed).checked_sub(1)?;
        Some((us as f64 / 1000.0).round())
    }
}

fn jwt_rules(jwt: &Jwt) -> JwtRules {
    let url = jwt.jwks_url.as_ref().map(ToString::to_string).unwrap_or_default();
    JwtRules {
        rule_set: if jwt.heat_collector_rules {
            RuleSet::HeatCollector
        } else {
            RuleSet::Hearth { require_exp: jwt.require_exp, leeway: jwt.leeway }
        },
        allow_http: jwt.allow_http,
        allow_private_address: jwt.allow_private_address,
        fetch_timeout: jwt.fetch_timeout,
        cache: jwt.cache,
        refetch_cooldown: jwt.refetch_cooldown,
        ..JwtRules::new(url, jwt.issuer.clone(), jwt.audience.clone())
    }
}
