//! Who is let in, what packets of clients do, and the look at the clock.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use tokio::runtime::Handle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::packet::{self, Auth, FromClient};
use super::refusal::Refusal;
use super::session::{Look, NotNow, Session};
use super::sessions::{Opened, Sessions, new_id};
use crate::config::LiveMode;
use crate::http::dashboard_access::{Credentials, DashboardAccess};
use crate::http::own_origin::OwnOrigin;
use crate::http::read_access::{AccessRefusal, ReadAccess};
use crate::live::event::{Audience, Form};
use crate::live::hub::Hub;
use crate::live::stop::Stop;
use crate::store::Store;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What the service is made of.
pub struct SocketIoParts {
    pub store: Store,
    pub access: Arc<DashboardAccess>,
    pub tokens: Arc<ReadAccess>,
    pub hub: Hub,
    pub origin: OwnOrigin,
    pub live_mode: LiveMode,
}

/// The Socket.IO server of one installation; shared by all workers.
pub struct SocketIoService {
    pub(super) sessions: Sessions,
    parts: SocketIoParts,
    /// Where the look at the clock runs; it outlives the threads of the HTTP server.
    runtime: Handle,
}

impl SocketIoService {
    /// Must be called inside the runtime that outlives the HTTP server.
    #[must_use]
    pub fn new(parts: SocketIoParts) -> Self {
        Self { sessions: Sessions::default(), parts, runtime: Handle::current() }
    }

    /// Whether long polling is offered: the modes `socket` and `socket-cluster` differ in that.
    #[must_use]
    pub fn has_polling(&self) -> bool {
        self.parts.live_mode != LiveMode::SocketCluster
    }

    #[must_use]
    pub fn allows_origin(&self, request: &HttpRequest) -> bool {
        self.parts.origin.allows(request)
    }

    pub(super) fn stop_word(&self) -> Stop {
        self.parts.hub.stop_word()
    }

    /// Begins a session, and with the first one the look at the clock.
    pub(super) fn open(self: &Arc<Self>, is_websocket: bool) -> Result<Arc<Session>, Refusal> {
        if self.stop_word().is_said() {
            return Err(Refusal::Full);
        }
        let Opened { session, is_first } =
            self.sessions.open(is_websocket, Instant::now()).map_err(|_| Refusal::Full)?;
        if is_first {
            self.runtime.spawn(watch_clock(Arc::clone(self)));
        }
        Ok(session)
    }

    /// Does what a packet asks for. An error ends the session.
    pub(super) async fn hear(&self, session: &Session, packet: &str, request: &HttpRequest) -> Result<(), NotNow> {
        session.count_packet()?;
        match FromClient::of(packet).map_err(|_| NotNow)? {
            FromClient::Close => session.close(),
            FromClient::Pong => session.pong(Instant::now()),
            FromClient::Connect(auth) => return self.connect(session, auth, request).await,
            FromClient::ConnectElsewhere(namespace) => {
                let error = packet::connect_error(Some(&namespace), "Invalid namespace", "invalid_namespace");
                return session.send(error);
            }
            FromClient::Disconnect => session.disconnect(Instant::now()),
            FromClient::Ignored => {}
        }
        Ok(())
    }

    /// Lets a client in, or tells it why not. What it gave as `auth` counts, else what its request carries.
    async fn connect(&self, session: &Session, auth: Auth, request: &HttpRequest) -> Result<(), NotNow> {
        session.begin_attempt()?;
        let offered = auth.credentials().or_else(|| Credentials::of(request));
        let token = match &offered {
            Some(Credentials::Token(token)) => Some(token.clone()),
            Some(Credentials::Password { .. }) | None => None,
        };
        match self.parts.access.check_credentials(offered, request, &self.parts.store).await {
            Ok(project) => {
                let id = new_id().ok_or(NotNow)?;
                let watch = self.parts.hub.watch(Audience { project: Some(project), form: Form::SocketIo });
                session.connect(packet::connected(&id), watch, token, Instant::now());
                Ok(())
            }
            Err(refusal) => session.send(packet::connect_error(None, &refusal.message(), refusal.code())),
        }
    }

    /// Sends a client away whose token has been revoked. False: nothing could be looked up.
    async fn recheck(&self, session: &Session, token: String) -> bool {
        match self.parts.tokens.grant_token(Some(token), &self.parts.store).await {
            Ok(_) => true,
            Err(AccessRefusal::MissingToken | AccessRefusal::InvalidToken | AccessRefusal::ExpiredToken) => {
                session.expel();
                true
            }
            Err(AccessRefusal::Store(_)) => false,
        }
    }
}

impl Auth {
    fn credentials(self) -> Option<Credentials> {
        match (self.token, self.username, self.password) {
            (Some(token), _, _) => Some(Credentials::Token(token)),
            (None, Some(username), Some(password)) => Some(Credentials::Password { username, password }),
            _ => None,
        }
    }
}

/// Looks at the clock for all sessions, while there are any, and ends them when the server stops.
async fn watch_clock(service: Arc<SocketIoService>) {
    let mut stop = service.stop_word();
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.said() => break,
        }
        let sessions = service.sessions.all();
        if sessions.is_empty() {
            return;
        }
        // A store that does not answer must not keep the pings: its next chance is in a minute.
        let mut store_answers = true;
        for session in sessions {
            match session.look(Instant::now()) {
                Look::Fine => {}
                Look::Recheck(token) => store_answers = store_answers && service.recheck(&session, token).await,
                Look::Ended => service.sessions.remove(&session),
            }
        }
    }
    for session in service.sessions.all() {
        service.sessions.remove(&session);
    }
}
