//! All sessions: bounded, named by what nobody can guess.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::rand::fill;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::Instant;

use super::session::Session;

/// Sessions in all.
const MAX_SESSIONS: usize = 1_000;

/// Sessions whose clients have shown no credentials yet: so many strangers keep nobody else out.
const MAX_STRANGERS: usize = 200;

/// The sessions of one installation.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_id: HashMap<String, Arc<Session>>,
    /// Whether somebody looks at the clock for them.
    is_watched: bool,
}

/// A new session.
pub struct Opened {
    pub session: Arc<Session>,
    /// Nobody looks at the clock yet: the caller must see to it, until [`Sessions::all`] is empty.
    pub is_first: bool,
}

/// There are as many sessions as there may be.
#[derive(Debug)]
pub struct Full;

impl Sessions {
    /// Begins a session.
    pub fn open(&self, is_websocket: bool, now: Instant) -> Result<Opened, Full> {
        let id = new_id().ok_or(Full)?;
        let mut inner = self.inner();
        let strangers = inner.by_id.values().filter(|session| !session.is_connected()).count();
        if inner.by_id.len() >= MAX_SESSIONS || strangers >= MAX_STRANGERS {
            return Err(Full);
        }
        let session = Arc::new(Session::new(id.clone(), is_websocket, now));
        inner.by_id.insert(id, Arc::clone(&session));
        let is_first = !std::mem::replace(&mut inner.is_watched, true);
        Ok(Opened { session, is_first })
    }

    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.inner().by_id.get(id).cloned()
    }

    /// Ends a session and forgets it.
    pub fn remove(&self, session: &Session) {
        session.close();
        self.inner().by_id.remove(&session.id);
    }

    /// Every session. If there is none, whoever looks at the clock may stop.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Session>> {
        let mut inner = self.inner();
        inner.is_watched = !inner.by_id.is_empty();
        inner.by_id.values().cloned().collect()
    }

    /// Nothing can panic while the lock is held.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name of 120 random bits.
#[must_use]
pub fn new_id() -> Option<String> {
    let mut bytes = [0_u8; 15];
    fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn strangers_are_fewer_than_seats() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let opened: Vec<_> = (0..MAX_STRANGERS).map(|_| sessions.open(false, now).unwrap()).collect();
        assert!(sessions.open(false, now).is_err());
        assert_eq!(opened.iter().filter(|opened| opened.is_first).count(), 1);
        let ids: std::collections::HashSet<_> = opened.iter().map(|opened| opened.session.id.clone()).collect();
        assert_eq!(ids.len(), MAX_STRANGERS);

        let gone = &opened[0].session;
        sessions.remove(gone);
        assert!(gone.is_closed() && sessions.find(&gone.id).is_none());
        assert!(sessions.open(true, now).is_ok());
    }

    #[tokio::test]
    async fn the_clock_is_looked_at_while_there_are_sessions() {
        let sessions = Sessions::default();
        let first = sessions.open(false, Instant::now()).unwrap();
        assert!(first.is_first && sessions.all().len() == 1);
        sessions.remove(&first.session);
        assert!(!sessions.open(false, Instant::now()).unwrap().is_first, "nobody has seen that there was none");
        sessions.remove(&sessions.all()[0]);
        assert!(sessions.all().is_empty());
        assert!(sessions.open(false, Instant::now()).unwrap().is_first);
    }
}
