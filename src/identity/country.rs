//! Which country a visitor is in: what a trusted proxy says, else what the owner's database has of the address.
//!
//! Only the country is kept, never the address it was found by. The database is read whole: a file that is replaced, or
//! cut, while questions are asked changes nothing until it is read again and found to be one.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use actix_web::HttpRequest;
use arc_swap::ArcSwap;
use maxminddb::{MaxMindDbError, PathElement, Reader};

use super::client_address::TrustedProxies;
use crate::config::Geo;
use crate::domain::country::Country;

/// Larger than any database of countries, and of cities.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Where databases keep the two letters: `MaxMind` and DB-IP, `MaxMind` for networks without a country, `IPinfo`.
const PLACES: [&[PathElement<'_>]; 4] = [
    &[PathElement::Key("country"), PathElement::Key("iso_code")],
    &[PathElement::Key("registered_country"), PathElement::Key("iso_code")],
    &[PathElement::Key("country_code")],
    &[PathElement::Key("country")],
];

/// Finds countries; cheap to clone, and clones are the same.
#[derive(Clone)]
pub struct Countries(Arc<ArcSwap<State>>);

/// What `[geo]` came to.
pub struct State {
    config: Geo,
    database: Option<Database>,
}

struct Database {
    reader: Reader<Vec<u8>>,
    stamp: Stamp,
}

/// By what a changed file is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    #[error("geo.database: cannot read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("geo.database: {} is larger than 512 MiB", .0.display())]
    TooLarge(PathBuf),
    #[error("geo.database: {} is no database in MaxMind's format: {error}", path.display())]
    NoDatabase { path: PathBuf, error: MaxMindDbError },
}

/// Where a country was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// A trusted proxy named it.
    Header,
    /// The database has the address.
    Database,
    Nothing,
}

impl Countries {
    /// Opens the database that `[geo]` names. One that cannot be used is told in the log, and countries are unknown until
    /// it can: nobody wants to lose visits for want of their country.
    #[must_use]
    pub fn open(config: &Geo) -> Self {
        let database = config.database.as_deref().map(Database::open).transpose().unwrap_or_else(|error| {
            tracing::error!(error = %error, "countries are not looked up");
            None
        });
        Self(Arc::new(ArcSwap::from_pointee(State { config: config.clone(), database })))
    }

    /// Reads what another configuration names, to go on with it by [`Self::go_on_with`].
    pub fn read(config: &Geo) -> Result<State, GeoError> {
        let database = config.database.as_deref().map(Database::open).transpose()?;
        Ok(State { config: config.clone(), database })
    }

    /// Finds countries by something else from now on.
    pub fn go_on_with(&self, state: State) {
        self.0.store(Arc::new(state));
    }

    /// Reads the database again if its file is another one than it was; whether it was.
    pub fn reload_if_changed(&self) -> Result<bool, GeoError> {
        let state = self.0.load_full();
        let Some(path) = &state.config.database else { return Ok(false) };
        let Ok(metadata) = path.metadata() else { return Ok(false) };
        if state.database.as_ref().is_some_and(|database| database.stamp == Stamp::of(&metadata)) {
            return Ok(false);
        }
        self.go_on_with(Self::read(&state.config)?);
        Ok(true)
    }

    /// The country of the sender of a request.
    #[must_use]
    pub fn of_request(&self, request: &HttpRequest, proxies: &TrustedProxies) -> Country {
        self.found_for(request, proxies).0
    }

    /// The same, and where it was learned.
    #[must_use]
    pub fn found_for(&self, request: &HttpRequest, proxies: &TrustedProxies) -> (Country, FoundBy) {
        let is_trusted = request.peer_addr().is_some_and(|peer| proxies.trusts(peer.ip()));
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        self.find(is_trusted, header, || proxies.client_address(request))
    }

    /// The country of whoever is at `address`; `header` looks up a field of the request, which counts only if the peer is
    /// trusted.
    #[must_use]
    pub fn of<'a>(&self, is_trusted: bool, header: impl FnOnce(&str) -> Option<&'a str>, address: IpAddr) -> Country {
        self.find(is_trusted, header, || address).0
    }

    /// Whether there is anything by which countries could be found.
    #[must_use]
    pub fn is_on(&self) -> bool {
        let state = self.0.load();
        state.database.is_some() || !state.config.country_header.is_empty()
    }

    /// What the licence of the database wants to have said; empty: nothing.
    #[must_use]
    pub fn attribution(&self) -> String {
        self.0.load().config.attribution.clone()
    }

    /// Kind of the open database and when it was built, in seconds since the epoch.
    #[must_use]
    pub fn database(&self) -> Option<(String, u64)> {
        let state = self.0.load();
        let metadata = state.database.as_ref()?.reader.metadata();
        Some((metadata.database_type.clone(), metadata.build_epoch))
    }

    fn find<'a>(
        &self,
        is_trusted: bool,
        header: impl FnOnce(&str) -> Option<&'a str>,
        address: impl FnOnce() -> IpAddr,
    ) -> (Country, FoundBy) {
        let state = self.0.load();
        if is_trusted && !state.config.country_header.is_empty() {
            let told = header(&state.config.country_header).map(|code| Country::from_code(code.trim()));
            if let Some(country) = told.filter(|country| *country != Country::UNKNOWN) {
                return (country, FoundBy::Header);
            }
        }
        let Some(database) = &state.database else { return (Country::UNKNOWN, FoundBy::Nothing) };
        match database.country(address()) {
            Country::UNKNOWN => (Country::UNKNOWN, FoundBy::Nothing),
            country => (country, FoundBy::Database),
        }
    }
}

impl Database {
    fn open(path: &Path) -> Result<Self, GeoError> {
        let unreadable = |error| GeoError::Unreadable { path: path.to_owned(), error };
        let file = File::open(path).map_err(unreadable)?;
        let stamp = Stamp::of(&file.metadata().map_err(unreadable)?);
        if stamp.bytes > MAX_FILE_BYTES {
            return Err(GeoError::TooLarge(path.to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
        let reader =
            Reader::from_source(bytes).map_err(|error| GeoError::NoDatabase { path: path.to_owned(), error })?;
        Ok(Self { reader, stamp })
    }

    fn country(&self, address: IpAddr) -> Country {
        // An IPv6 address in a database of IPv4 is an error, as is a damaged place in the file: not known.
        let Ok(found) = self.reader.lookup(address.to_canonical()) else { return Country::UNKNOWN };
        let code = PLACES.iter().find_map(|place| found.decode_path::<&str>(place).ok().flatten());
        code.map(Country::from_code).unwrap_or_default()
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { modified: metadata.modified().ok(), bytes: metadata.len() }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const COUNTRIES: &[u8] = include_bytes!("../../tests/fixtures/geo/countries.mmdb");
    const RENEWED: &[u8] = include_bytes!("../../tests/fixtures/geo/renewed.mmdb");

    fn geo(database: Option<&Path>, country_header: &str) -> Geo {
        let database = database.map(Path::to_owned);
        Geo { database, country_header: country_header.to_owned(), attribution: String::new() }
    }

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    fn code(countries: &Countries, address: &str) -> &'static str {
        countries.of(false, |_| None, address.parse().unwrap()).code()
    }

    #[test]
    fn each_maker_of_databases_is_understood() {
        let file = file(COUNTRIES);
        let countries = Countries::open(&geo(Some(file.path()), ""));
        for (address, wanted) in [
            ("203.0.113.7", "DE"),
            ("::ffff:203.0.113.7", "DE"),
            ("198.51.100.1", "FR"),
            ("198.51.100.200", "IT"),
            ("192.0.2.1", "BR"),
            ("2001:db8::1", "JP"),
            ("2001:db8:ffff::1", ""),
            ("10.0.0.1", ""),
            ("::1", ""),
        ] {
            assert_eq!(code(&countries, address), wanted, "{address}");
        }
        assert_eq!(countries.database().unwrap().0, "Hearth-Test-Country");
    }

    #[test]
    fn a_trusted_proxys_word_counts_before_the_database_and_nobody_elses() {
        let file = file(COUNTRIES);
        let countries = Countries::open(&geo(Some(file.path()), "CF-IPCountry"));
        let proxies = TrustedProxies::new(&["10.0.0.0/8".parse().unwrap()]);
        let found = |peer: &str, told: &str| {
            let request = TestRequest::get()
                .peer_addr(peer.parse().unwrap())
                .insert_header(("x-forwarded-for", "203.0.113.7"))
                .insert_header(("cf-ipcountry", told))
                .to_http_request();
            let (country, by) = countries.found_for(&request, &proxies);
            (country.code(), by)
        };
        assert_eq!(found("10.0.0.1:1", "AT"), ("AT", FoundBy::Header));
        assert_eq!(found("10.0.0.1:1", "XX"), ("DE", FoundBy::Database));
        assert_eq!(found("192.0.2.1:1", "AT"), ("BR", FoundBy::Database));
        assert_eq!(found("172.16.0.1:1", "AT"), ("", FoundBy::Nothing));
    }

    #[test]
    fn a_new_file_counts_and_a_bad_one_changes_nothing() {
        let file = file(COUNTRIES);
        let config = geo(Some(file.path()), "");
        let countries = Countries::open(&config);
        assert!(!countries.reload_if_changed().unwrap());
        std::fs::write(file.path(), &COUNTRIES[..COUNTRIES.len() / 3]).unwrap();
        assert!(matches!(countries.reload_if_changed(), Err(GeoError::NoDatabase { .. })));
        assert_eq!(code(&countries, "203.0.113.7"), "DE");
        std::fs::write(file.path(), RENEWED).unwrap();
        assert!(countries.reload_if_changed().unwrap());
        assert_eq!(code(&countries, "203.0.113.7"), "AT");
        std::fs::remove_file(file.path()).unwrap();
        assert!(!countries.reload_if_changed().unwrap(), "a file that is being replaced");
        assert!(Countries::read(&config).is_err());
        assert_eq!(code(&countries, "203.0.113.7"), "AT");
    }

    #[test]
    fn no_prefix_of_a_database_and_no_flipped_byte_panics() {
        for length in 0..COUNTRIES.len() {
            let _ = Reader::from_source(COUNTRIES[..length].to_vec());
        }
        for at in 0..COUNTRIES.len() {
            let mut bytes = COUNTRIES.to_vec();
            bytes[at] ^= 0xFF;
            let Ok(reader) = Reader::from_source(bytes) else { continue };
            let database = Database { reader, stamp: Stamp { modified: None, bytes: 0 } };
            for address in ["203.0.113.7", "198.51.100.1", "2001:db8::1"] {
                let _ = database.country(address.parse().unwrap());
            }
        }
    }

    #[test]
    fn without_a_database_everything_is_unknown() {
        let countries = Countries::open(&geo(Some(Path::new("/nowhere/x.mmdb")), ""));
        assert_eq!(code(&countries, "203.0.113.7"), "");
        assert!(!countries.is_on());
    }
}
