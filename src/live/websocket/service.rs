//! Who may watch, and how a request becomes a watcher.

use std::sync::Arc;

use actix_http::ws::verify_handshake;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

use super::watcher::Watcher;
use crate::domain::id::ProjectId;
use crate::http::accounts::sessions::Shown;
use crate::http::own_origin::OwnOrigin;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::read_access::{self, AccessRefusal, Grant, ReadAccess};
use crate::live::event::{Audience, Form};
use crate::live::hub::Hub;
use crate::live::pace::MAX_MESSAGE_BYTES;
use crate::live::seats::{Guest, Seats};
use crate::store::Store;
use crate::store::registry::{find_project, hash_secret};

/// The subprotocol that is spoken.
const PROTOCOL: &str = "hearth.v1";

/// What a subprotocol begins with that carries a token: browsers can send no headers with a websocket.
const TOKEN_PROTOCOL: &str = "hearth.token.";

/// Watchers in all.
const MAX_WATCHERS: usize = 1_000;

/// Watchers with one token, or, where everybody may read, without any.
const MAX_WATCHERS_EACH: usize = 250;

/// The websocket of one installation; shared by all workers.
pub struct LiveService {
    store: Store,
    access: Arc<ReadAccess>,
    hub: Hub,
    origin: OwnOrigin,
    seats: Seats,
}

/// What a watcher may see, and by what.
pub(super) struct Admission {
    pub project: Option<ProjectId>,
    pub project_uuid: Option<Uuid>,
    credentials: Credentials,
}

/// What a watcher has shown; it is looked at again and again.
enum Credentials {
    /// None is needed.
    None,
    Token(String),
    /// Cookies of the dashboard.
    Shown(Vec<Shown>),
}

impl Credentials {
    /// By what those with the same credentials are counted.
    fn guest(&self) -> Guest {
        match self {
            Self::None => None,
            Self::Token(token) => Some(hash_secret(token)),
            Self::Shown(shown) => shown.first().map(Shown::key),
        }
    }
}

impl LiveService {
    #[must_use]
    pub fn new(store: Store, access: Arc<ReadAccess>, hub: Hub, origin: OwnOrigin) -> Self {
        Self { store, access, hub, origin, seats: Seats::new(MAX_WATCHERS, MAX_WATCHERS_EACH) }
    }

    /// Whether the credentials still open what they opened.
    pub(super) async fn is_valid(&self, admission: &Admission) -> bool {
        let granted = match &admission.credentials {
            Credentials::None => return true,
            Credentials::Token(token) => self.access.grant_token(Some(token.clone()), &self.store).await,
            Credentials::Shown(shown) => self.access.grant_shown(shown.clone()).await,
        };
        match granted {
            Ok(grant) => admission.project.is_none_or(|project| grant.covers(project)),
            // What could not be looked up is no reason to send anybody away.
            Err(refusal) => matches!(refusal, AccessRefusal::Store(_)),
        }
    }

    /// What the request may watch: what its token opens, or the one project that it names. Who comes with cookies may
    /// see several, and must name one.
    async fn admit(&self, request: &HttpRequest) -> Result<Admission, Problem> {
        let token = read_access::token(request).or_else(|| protocol_token(request));
        let shown = if token.is_none() { self.access.shown_by_own_page(request) } else { Vec::new() };
        let grant = if shown.is_empty() {
            self.access.grant_token(token.clone(), &self.store).await?
        } else {
            self.access.grant_shown(shown.clone()).await?
        };
        let (mut project, mut uuid) = match &grant {
            Grant::Everything | Grant::Several(_) => (None, None),
            Grant::Project(granted) => (Some(granted.project), Some(granted.project_uuid)),
        };
        if let Some(named) = Parameters::of(request).text("project")? {
            let named = Uuid::try_parse(named).map_err(|_| Problem::ProjectNotFound)?;
            let store = self.store.clone();
            let found = web::block(move || store.read(|connection| Ok(find_project(connection, named)?)));
            let found = found.await.map_err(|_| Problem::Internal)??;
            project = Some(found.filter(|found| grant.covers(*found)).ok_or(Problem::ProjectNotFound)?);
            uuid = Some(named);
        }
        let credentials = match (&grant, token) {
            (Grant::Everything, _) => Credentials::None,
            (Grant::Several(_), _) if project.is_none() => return Err(Problem::InvalidParameter("project")),
            (Grant::Several(_), _) => Credentials::Shown(shown),
            (Grant::Project(_), token) => Credentials::Token(token.unwrap_or_default()),
        };
        Ok(Admission { project, project_uuid: uuid, credentials })
    }
}

/// Answers `GET /live`.
pub async fn live(request: HttpRequest, payload: web::Payload, service: web::Data<LiveService>) -> HttpResponse {
    open(&request, payload, &service).await.unwrap_or_else(|problem| {
        let mut answer = problem.answer(&request);
        if problem == Problem::WebsocketNeeded {
            // RFC 9110 section 15.5.22.
            answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        answer
    })
}

/// Checks everything before the protocol is switched: what follows a 101 no status can take back.
async fn open(
    request: &HttpRequest,
    payload: web::Payload,
    service: &web::Data<LiveService>,
) -> Result<HttpResponse, Problem> {
    verify_handshake(request.head()).map_err(|_| Problem::WebsocketNeeded)?;
    if !service.origin.allows(request) {
        return Err(Problem::ForeignOrigin);
    }
    let admission = service.admit(request).await?;
    let seat = service.seats.take(admission.credentials.guest()).ok_or(Problem::TooManyWatchers)?;
    let (answer, session, messages) =
        actix_ws::handle_with_protocols(request, payload, &[PROTOCOL]).map_err(|_| Problem::WebsocketNeeded)?;
    let watch = service.hub.watch(Audience { project: admission.project, form: Form::Own });
    let messages =
        messages.max_frame_size(MAX_MESSAGE_BYTES).aggregate_continuations().max_continuation_size(MAX_MESSAGE_BYTES);
    let stop = service.hub.stop_word();
    let watcher = Watcher::new(service.clone(), admission, watch, session, stop);
    actix_web::rt::spawn(async move {
        watcher.run(messages).await;
        drop(seat);
    });
    Ok(answer)
}

/// The token among the offered subprotocols.
fn protocol_token(request: &HttpRequest) -> Option<String> {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    let token = offered.flat_map(|value| value.split(',')).find_map(|one| one.trim().strip_prefix(TOKEN_PROTOCOL));
    token.map(str::to_owned)
}
