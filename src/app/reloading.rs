//! What can be changed while everything runs: all of it or nothing, at one moment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::web::Data;
use arc_swap::ArcSwap;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::config::{Config, Loaded, Setting, effective_settings, is_live_key, with_live_keys};
use crate::dashboard::service::ShownConfig;
use crate::domain::clock::SharedClock;
use crate::http::shared_origins::SharedOrigins;
use crate::http::tls::{Certificate, Tls};
use crate::identity::clients::Clients;
use crate::identity::country::Countries;
use crate::intake::datalyr::service::DatalyrService;
use crate::intake::heat::service::HeatService;

/// How often files are looked at that programs other than Hearth renew.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// The parts that a new configuration reaches.
pub(super) struct Reloading {
    /// What counts now.
    pub config: Mutex<Config>,
    pub shown: Arc<ArcSwap<ShownConfig>>,
    pub clock: SharedClock,
    pub tls: Option<Tls>,
    pub clients: Clients,
    pub heat: Data<HeatService>,
    pub datalyr: Data<DatalyrService>,
    pub origins: SharedOrigins,
}

/// What reading the configuration again has led to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Keys whose new values count now.
    pub applied: Vec<String>,
    /// Keys that were changed and count after a restart.
    pub needs_restart: Vec<String>,
    /// Whether clients are shown another certificate.
    pub is_new_certificate: bool,
}

impl Reloading {
    /// Goes on with another configuration. `recorded` changes what is recorded of proxied requests, and may refuse.
    ///
    /// # Errors
    /// Everything that is wrong; then nothing has changed.
    pub fn reload(
        &self,
        loaded: &Loaded,
        recorded: impl FnOnce(&Config) -> Result<(), String>,
    ) -> Result<Reloaded, Vec<String>> {
        let mut current = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        let result = self.prepare(&current, loaded, recorded);
        let mut shown = ShownConfig::clone(&self.shown.load());
        shown.read_again_ms = Some(self.clock.now_ms());
        match result {
            Ok((config, settings, reloaded)) => {
                *current = config;
                shown =
                    ShownConfig { settings, needs_restart: reloaded.needs_restart.clone(), refused: vec![], ..shown };
                self.shown.store(Arc::new(shown));
                Ok(reloaded)
            }
            Err(mistakes) => {
                self.shown.store(Arc::new(ShownConfig { refused: mistakes.clone(), ..shown }));
                Err(mistakes)
            }
        }
    }

    /// Notes that a configuration could not even be read.
    pub fn refuse(&self, mistakes: Vec<String>) {
        let now_ms = self.clock.now_ms();
        let shown =
            ShownConfig { refused: mistakes, read_again_ms: Some(now_ms), ..ShownConfig::clone(&self.shown.load()) };
        self.shown.store(Arc::new(shown));
    }

    fn prepare(
        &self,
        current: &Config,
        loaded: &Loaded,
        recorded: impl FnOnce(&Config) -> Result<(), String>,
    ) -> Result<(Config, Vec<Setting>, Reloaded), Vec<String>> {
        let config = with_live_keys(current, &loaded.config)?;
        let told = |config: &Config| {
            let loaded = Loaded { config: config.clone(), origins: loaded.origins.clone(), file: loaded.file.clone() };
            effective_settings(&loaded).map_err(|problems| vec![format!("{problems:?}")])
        };
        let (before, settings, wanted) = (told(current)?, told(&config)?, told(&loaded.config)?);
        let mut reloaded = Reloaded {
            applied: differing(&before, &settings),
            needs_restart: differing(&settings, &wanted),
            is_new_certificate: false,
        };
        if config != loaded.config && reloaded.needs_restart.is_empty() {
            // Secrets are not among what can be shown.
            reloaded.needs_restart.push("a secret".to_owned());
        }
        debug_assert!(reloaded.applied.iter().all(|key| is_live_key(key)), "{:?}", reloaded.applied);

        // Everything that can be refused comes before anything that changes.
        let mut mistakes = Vec::new();
        let server = &config.server;
        let certificate = match (&self.tls, &server.tls_certificate, &server.tls_key) {
            (Some(tls), Some(certificate), Some(key)) => match tls.certificate().read(certificate, key) {
                Ok(shown) => Some((tls, shown)),
                Err(error) => {
                    mistakes.push(error.to_string());
                    None
                }
            },
            _ => None,
        };
        let countries = Countries::read(&config.geo).map_err(|error| mistakes.push(error.to_string()));
        if mistakes.is_empty()
            && let Err(mistake) = recorded(&config)
        {
            mistakes.push(mistake);
        }
        let (true, Ok(countries)) = (mistakes.is_empty(), countries) else { return Err(mistakes) };

        if let Some((tls, shown)) = certificate {
            reloaded.is_new_certificate = tls.certificate().show(shown);
        }
        self.clients.countries.go_on_with(countries);
        self.clients.proxies.replace(&config.server.trusted_proxies);
        self.heat.change(&config);
        self.datalyr.change(&config);
        self.origins.replace(&config.heat.allowed_origins);
        Ok((config, settings, reloaded))
    }
}

/// The keys whose values differ.
fn differing(one: &[Setting], other: &[Setting]) -> Vec<String> {
    let key = |setting: &Setting| format!("{}.{}", setting.section, setting.name);
    let values: BTreeMap<String, &str> = one.iter().map(|setting| (key(setting), setting.toml.as_str())).collect();
    let differs = |setting: &&Setting| values.get(&key(setting)) != Some(&setting.toml.as_str());
    other.iter().filter(differs).map(key).collect()
}

/// Looks now and then whether the certificate or the database of countries was renewed. Ends with the returned handle's
/// abort.
pub(super) fn watch_files(certificate: Option<Arc<Certificate>>, countries: Countries) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first one is at once, when everything has just been read.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let (certificate, countries) = (certificate.clone(), countries.clone());
            let _ = spawn_blocking(move || look(certificate.as_deref(), &countries)).await;
        }
    })
}

fn look(certificate: Option<&Certificate>, countries: &Countries) {
    match certificate.map(Certificate::reload_if_changed).transpose() {
        Ok(Some(true)) => tracing::info!("the certificate was renewed; new connections get the new one"),
        Ok(_) => {}
        Err(error) => tracing::error!(error = %error, "the renewed certificate cannot be used; the old one stays"),
    }
    match countries.reload_if_changed() {
        Ok(true) => tracing::info!("the database of countries was renewed"),
        Ok(false) => {}
        Err(error) => {
            tracing::error!(error = %error, "the renewed database of countries cannot be used; the old one stays");
        }
    }
}
