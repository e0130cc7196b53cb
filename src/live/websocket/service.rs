//! Who may watch, and how a request becomes a watcher.

use std::sync::Arc;

use actix_http::ws::verify_handshake;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

use super::watcher::Watcher;
use crate::domain::id::ProjectId;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::read_access::{self, AccessRefusal, Grant, ReadAccess};
use crate::live::event::{Audience, Form};
use crate::live::hub::Hub;
use crate::http::own_origin::OwnOrigin;
use crate::live::pace::MAX_MESSAGE_BYTES;
use crate::live::seats::Seats;
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

/// What a watcher may see, and by which token.
pub(super) struct Admission {
    pub project: Option<ProjectId>,
    pub project_uuid: Option<Uuid>,
    /// Absent where none is needed.
    pub token: Option<String>,
}

impl LiveService {
    #[must_use]
    pub fn new(store: Store, access: Arc<ReadAccess>, hub: Hub, origin: OwnOrigin) -> Self {
        Self { store, access, hub, origin, seats: Seats::new(MAX_WATCHERS, MAX_WATCHERS_EACH) }
    }

    /// Whether a token still opens what it opened.
    pub(super) async fn is_valid(&self, admission: &Admission) -> bool {
        let Some(token) = admission.token.clone() else { return true };
        match self.access.grant_token(Some(token), &self.store).await {
            Ok(grant) => admission.project.is_none_or(|project| grant.covers(project)),
            // What could not be looked up is no reason to send anybody away.
            Err(refusal) => matches!(refusal, AccessRefusal::Store(_)),
        }
    }

    /// What the request may watch: all that its token opens, or the one project that it names.
    async fn admit(&self, request: &HttpRequest) -> Result<Admission, Problem> {
        let token = read_access::token(request).or_else(|| protocol_token(request));
        let grant = self.access.grant_token(token.clone(), &self.store).await?;
        let (mut project, mut uuid) = match grant {
            Grant::Everything => (None, None),
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
        let token = token.filter(|_| grant != Grant::Everything);
        Ok(Admission { project, project_uuid: uuid, token })
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
    let guest = admission.token.as_deref().map(hash_secret);
    let seat = service.seats.take(guest).ok_or(Problem::TooManyWatchers)?;
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
