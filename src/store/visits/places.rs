//! What pages, addresses and user agents are called in the file: read once, remembered for the next visits.

use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::Connection;

use super::visit::Told;
use crate::domain::arrival::{Campaign, channel, host_of, parted, shortened};
use crate::domain::user_agent::Agent;
use crate::domain::visit::{Channel, DeviceClass};
use crate::store::dictionary::{Dictionary, TextHash, text};

/// Paths and agents that are remembered.
const CACHED: NonZeroUsize = NonZeroUsize::new(8_192).unwrap();

/// What is remembered. All of it can be read from the file again.
#[derive(Debug)]
pub struct Places {
    dictionary: Dictionary,
    paths: LruCache<i64, PagePath>,
    agents: LruCache<i64, StoredAgent>,
}

/// A path as visits tell it.
#[derive(Debug, Clone)]
pub struct PagePath {
    /// Dictionary id of the path without query and fragment.
    pub id: i64,
    /// What was behind the `?`.
    pub query: Option<Box<str>>,
}

/// What a user agent comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredAgent {
    pub device: DeviceClass,
    pub browser: i64,
    pub os: i64,
}

impl StoredAgent {
    pub const UNKNOWN: Self = Self { device: DeviceClass::Unknown, browser: 0, os: 0 };
}

/// What brought somebody, before it has ids.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    pub campaign: Campaign,
    /// Host of the page that was come to.
    pub host: Option<String>,
    /// Address, or host, of the page that linked here.
    pub referrer: Option<String>,
}

impl Places {
    #[must_use]
    pub fn new(hash: TextHash) -> Self {
        Self { dictionary: Dictionary::new(hash), paths: LruCache::new(CACHED), agents: LruCache::new(CACHED) }
    }

    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.dictionary.forget();
        self.paths.clear();
        self.agents.clear();
    }

    /// The id of a text; 0 of an empty one, which tells nothing.
    pub fn id(&mut self, connection: &Connection, text: &str) -> Result<i64, rusqlite::Error> {
        if text.is_empty() { Ok(0) } else { self.dictionary.id(connection, text) }
    }

    /// The page that a stored path is.
    pub fn path(&mut self, connection: &Connection, path_id: i64) -> Result<PagePath, rusqlite::Error> {
        if let Some(path) = self.paths.get(&path_id) {
            return Ok(path.clone());
        }
        let text = text(connection, path_id)?;
        let path = self.path_of(connection, &text)?;
        self.paths.put(path_id, path.clone());
        Ok(path)
    }

    /// The page that a path is.
    pub fn path_of(&mut self, connection: &Connection, text: &str) -> Result<PagePath, rusqlite::Error> {
        let (page, query) = parted(text);
        let page = if page.is_empty() { "/" } else { page };
        Ok(PagePath { id: self.id(connection, page)?, query: query.map(Into::into) })
    }

    /// What a stored user agent comes to.
    pub fn agent(&mut self, connection: &Connection, id: Option<i64>) -> Result<StoredAgent, rusqlite::Error> {
        let Some(id) = id else { return Ok(StoredAgent::UNKNOWN) };
        if let Some(agent) = self.agents.get(&id) {
            return Ok(*agent);
        }
        let agent = Agent::of(&text(connection, id)?);
        let agent = self.agent_of(connection, &agent)?;
        self.agents.put(id, agent);
        Ok(agent)
    }

    /// The ids of what an agent told.
    pub fn agent_of(&mut self, connection: &Connection, agent: &Agent) -> Result<StoredAgent, rusqlite::Error> {
        Ok(StoredAgent {
            device: agent.device,
            browser: self.id(connection, &agent.browser)?,
            os: self.id(connection, &agent.os)?,
        })
    }

    /// The channel of an arrival, and the ids of what it tells.
    pub fn arrival(
        &mut self,
        connection: &Connection,
        arrival: &Arrival,
        agent: StoredAgent,
    ) -> Result<(Channel, Told), rusqlite::Error> {
        let Arrival { campaign, host, referrer } = arrival;
        let host = host.as_deref().and_then(host_of);
        // Nobody comes from the site itself.
        let referrer = referrer.as_deref().and_then(host_of).filter(|referrer| host.as_ref() != Some(referrer));
        let mut id = |text: Option<&str>| self.id(connection, shortened(text.unwrap_or_default()));
        let told = Told {
            host: id(host.as_deref())?,
            referrer: id(referrer.as_deref())?,
            source: id(campaign.source.as_deref())?,
            medium: id(campaign.medium.as_deref())?,
            campaign: id(campaign.name.as_deref())?,
            term: id(campaign.term.as_deref())?,
            content: id(campaign.content.as_deref())?,
            click_key: id(campaign.click_key)?,
            browser: agent.browser,
            os: agent.os,
            ..Told::default()
        };
        Ok((channel(campaign, referrer.as_deref()), told))
    }
}
