//! One request and its response.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, UPGRADE};
use hyper::http::request::Parts;
use hyper::http::uri::{PathAndQuery, Uri};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Version};

use crate::domain::traffic::Protocol;
use crate::http::guard;
use crate::http::proxy_state::UpstreamState;
use crate::intake::traffic::recorder::RequestHead;

use super::connection::{Client, TunnelSlot};
use super::forwarded::{X_FORWARDED_FOR, add_via, is_loop};
use super::notes::Notes;
use super::refusal::{Refusal, takes_html};
use super::request_body::{Upload, UploadState};
use super::reserved::is_reserved;
use super::response_body::{Lease, ResponseBody};
use super::sending::{Failed, Sending};
use super::upstreams::{Upstream, name_of};
use super::{request_fields, response_fields, tunnel};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// The client has left: hyper closes the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the client has left")]
pub(super) struct ClientLeft;

/// Answers one request of a client.
pub(super) async fn exchange(
    client: Rc<Client>,
    tunnel: TunnelSlot,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, ClientLeft> {
    let guarded = client.connection.begin_exchange();
    client.worker.shared.state.requests.fetch_add(1, Ordering::Relaxed);
    if is_reserved(request.uri().path()) {
        return Ok(reserved(&client, guarded, request).await);
    }
    Proxied::begin(client, guarded, request).run(tunnel).await
}

/// Has Hearth's own app answer. Nothing is recorded: it is no request to the user's app.
async fn reserved(client: &Rc<Client>, guarded: guard::Exchange, request: Request<Incoming>) -> Response<ResponseBody> {
    let upload = Upload::new(guarded.head_started(), true);
    let is_head = request.method() == Method::HEAD;
    let mut notes = Notes::new(Rc::clone(&client.worker), client.connection.clone(), upload, guarded, None);
    let response = client.reserved.answer(request, client.peer).await;
    notes.answered(response.status().as_u16());
    let (mut parts, body) = response.into_parts();
    parts.headers.entry(X_REQUEST_ID).or_insert_with(|| client.worker.request_id());
    let body = if has_no_body(is_head, parts.status) {
        ResponseBody::head_only(notes)
    } else {
        ResponseBody::reserved(body, notes)
    };
    Response::from_parts(parts, body)
}

/// A request on its way to an upstream.
struct Proxied {
    client: Rc<Client>,
    parts: Parts,
    /// Taken when it is sent.
    body: Option<Incoming>,
    /// What the client asked for: host, and port if it said one.
    authority: Option<HeaderValue>,
    upstream: Option<usize>,
    upload: Rc<Upload>,
    notes: Notes,
    request_id: HeaderValue,
    takes_html: bool,
    total_deadline: Option<Instant>,
}

impl Proxied {
    /// Finds the upstream and begins the notes.
    fn begin(client: Rc<Client>, guarded: guard::Exchange, request: Request<Incoming>) -> Self {
        let (parts, body) = request.into_parts();
        let worker = &client.worker;
        let shared = &worker.shared;
        let started = guarded.head_started();
        // The authority of the target wins over Host (RFC 9112 3.2.2).
        let authority = match parts.uri.authority() {
            Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
            None => parts.headers.get(HOST).cloned(),
        };
        let host = authority.as_ref().and_then(|authority| authority.to_str().ok()).map_or("", name_of);
        let upstream = shared.upstreams.choose(host, parts.uri.path());
        let forwarded = parts.headers.get_all(X_FORWARDED_FOR).into_iter().filter_map(|line| line.to_str().ok());
        let address = shared.clients.proxies.client_behind(client.peer.ip(), forwarded);
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let country = shared.clients.countries.of(client.trusted, header, address);
        let exchange = worker.recorder.begin(&RequestHead {
            project: upstream.map_or(shared.project, |(_, upstream)| upstream.project),
            method: &parts.method,
            uri: &parts.uri,
            version: parts.version,
            headers: &parts.headers,
            host,
            client: address,
            country,
            trusted: client.trusted,
            is_tls: client.is_tls,
            started,
        });
        let upstream = upstream.map(|(index, _)| index);
        let upload = Upload::new(started, body.is_end_stream());
        let connection = client.connection.clone();
        let notes = Notes::new(Rc::clone(worker), connection, Rc::clone(&upload), guarded, Some(exchange));
        let request_id = parts.headers.get(X_REQUEST_ID).filter(|_| client.trusted).cloned();
        let request_id = request_id.unwrap_or_else(|| worker.request_id());
        let takes_html = takes_html(&parts.headers);
        let total_deadline = shared.settings.total_timeout.map(|timeout| started + timeout);
        let body = Some(body);
        Self { client, parts, body, authority, upstream, upload, notes, request_id, takes_html, total_deadline }
    }

    async fn run(mut self, slot: TunnelSlot) -> Result<Response<ResponseBody>, ClientLeft> {
        let shared = Arc::clone(&self.client.worker.shared);
        let upstream = self.upstream.and_then(|index| Some((index, shared.upstreams.get(index)?)));
        let Some((index, upstream)) = upstream else { return Ok(self.refuse(Refusal::NO_UPSTREAM)) };
        let expects_continue = match self.check() {
            Ok(expects_continue) => expects_continue,
            Err(refusal) => return Ok(self.refuse(refusal)),
        };
        let of_client = self.take_upgrade();
        let is_head = self.parts.method == Method::HEAD;
        let request = self.rewritten(upstream, of_client.as_ref().map(|(_, protocol)| protocol.clone()));
        let sending = Sending {
            client: &self.client,
            upstream: (index, upstream),
            upload: &self.upload,
            expects_continue,
            total_deadline: self.total_deadline,
        };
        let state = shared.state.upstreams().get(index);
        let asked = state.map(UpstreamState::ask);
        let sent = sending.run(request, self.body.take(), &mut self.notes).await;
        if let Some((state, asked)) = state.zip(asked) {
            match &sent {
                Ok(_) => asked.answered(),
                Err(Failed::Refused(refusal)) if refusal.is_of_upstream() => state.note_failure(refusal.code),
                Err(_) => {}
            }
        }
        match sent {
            Ok((response, lease)) => Ok(self.respond(response, lease, is_head, of_client, &slot)),
            Err(Failed::Refused(refusal)) => Ok(self.refuse(refusal)),
            Err(Failed::ClientLeft) => Err(ClientLeft),
        }
    }

    /// What can be refused by the head alone; tells whether the client waits for a 100.
    fn check(&self) -> Result<bool, Refusal> {
        let is_http_10 = self.parts.version == Version::HTTP_10;
        if self.authority.is_none() && !is_http_10 {
            return Err(Refusal::NO_HOST);
        }
        if is_loop(&self.parts.headers) {
            return Err(Refusal::LOOP);
        }
        let limit = self.client.worker.shared.settings.max_body_bytes;
        if limit > 0 && self.body.as_ref().is_some_and(|body| body.size_hint().lower() > limit) {
            return Err(Refusal::TOO_LARGE);
        }
        let mut expectations = self.parts.headers.get_all(EXPECT).into_iter();
        match (expectations.next(), expectations.next()) {
            (None, _) => Ok(false),
            (Some(one), None) if one.as_bytes().eq_ignore_ascii_case(b"100-continue") => {
                // RFC 9110 10.1.1: not from a client of HTTP/1.0, and not without a body.
                Ok(!is_http_10 && self.upload.state() == UploadState::UnderWay)
            }
            _ => Err(Refusal::EXPECTATION),
        }
    }

    /// The client's side of another protocol, if the request asks for one, and which.
    fn take_upgrade(&mut self) -> Option<(OnUpgrade, HeaderValue)> {
        let has_body = self.upload.state() != UploadState::Done;
        let Parts { version, headers, extensions, .. } = &mut self.parts;
        let upgrade = extensions.remove::<OnUpgrade>();
        upgrade.zip(request_fields::upgrade_asked_for(*version, headers, has_body))
    }

    /// Makes of the client's request the one that is sent on.
    fn rewritten(&mut self, upstream: &Upstream, upgrade: Option<HeaderValue>) -> Request<()> {
        let client = &self.client;
        let host = self.authority.as_ref().unwrap_or(&upstream.target.authority);
        let mut headers = std::mem::take(&mut self.parts.headers);
        client.worker.recorder.clean_request(&mut headers);
        request_fields::clean(&mut headers, client.trusted);
        client.fields.borrow_mut().tell(&mut headers, host);
        add_via(&mut headers, self.parts.version);
        headers.insert(X_REQUEST_ID, self.request_id.clone());
        headers.insert(HOST, if upstream.preserve_host { host } else { &upstream.target.authority }.clone());
        if let Some(protocol) = upgrade {
            request_fields::ask_for_upgrade(&mut headers, protocol);
        }
        let mut request = Request::new(());
        *request.method_mut() = std::mem::take(&mut self.parts.method);
        *request.uri_mut() = target(std::mem::take(&mut self.parts.uri), &upstream.target.path);
        *request.headers_mut() = headers;
        request
    }

    /// Makes of the upstream's response the one that the client gets.
    fn respond(
        mut self,
        mut response: Response<Incoming>,
        lease: Lease,
        is_head: bool,
        of_client: Option<(OnUpgrade, HeaderValue)>,
        slot: &TunnelSlot,
    ) -> Response<ResponseBody> {
        let first_byte = Instant::now();
        let status = response.status();
        let switches = status == StatusCode::SWITCHING_PROTOCOLS;
        if (switches && of_client.is_none()) || !response_fields::framing_is_plain(response.headers()) {
            return self.refuse(Refusal::UPSTREAM_INVALID);
        }
        // Each side has its own version (RFC 9112 2.3); hyper lowers this one for a client of HTTP/1.0.
        let version = std::mem::replace(response.version_mut(), Version::HTTP_11);
        let switched_to = switches.then(|| response.headers().get(UPGRADE).cloned()).flatten();
        response_fields::clean(&mut response);
        let headers = response.headers_mut();
        if let Some(exchange) = self.notes.exchange() {
            exchange.response(status, headers, first_byte);
            if response_fields::is_event_stream(headers) {
                exchange.becomes(Protocol::EventStream);
                self.notes.is_open_ended();
            }
        }
        add_via(headers, version);
        headers.entry(X_REQUEST_ID).or_insert(self.request_id);
        self.notes.answered(status.as_u16());
        if let Some(of_client) = of_client.filter(|_| switches) {
            response_fields::switch_protocols(headers, switched_to);
            return switch(self.client, response, of_client, lease, self.notes, slot);
        }
        if self.upload.state() == UploadState::UnderWay && !self.upload.gate_is_open() {
            // The client may or may not send the body that nobody wants.
            headers.insert(CONNECTION, CLOSE);
        }
        let (parts, body) = response.into_parts();
        let body = ResponseBody::upstream(body, lease, self.upload, self.total_deadline, self.notes);
        Response::from_parts(parts, if has_no_body(is_head, status) { body.without_bytes() } else { body })
    }

    /// Answers in place of the app.
    fn refuse(mut self, refusal: Refusal) -> Response<ResponseBody> {
        let closes = self.upload.state() != UploadState::Done;
        self.upload.abandon();
        if let Some(failure) = refusal.failure {
            self.notes.failed(failure);
        }
        self.notes.answered(refusal.status.as_u16());
        let mut response = refusal.page(self.takes_html, closes, &self.request_id);
        response.headers_mut().insert(X_REQUEST_ID, self.request_id);
        response.map(|page| ResponseBody::page(page, self.notes))
    }
}

/// Leaves the tunnel to be run once the 101 was sent.
fn switch(
    client: Rc<Client>,
    mut response: Response<Incoming>,
    (of_client, asked_for): (OnUpgrade, HeaderValue),
    lease: Lease,
    mut notes: Notes,
    slot: &TunnelSlot,
) -> Response<ResponseBody> {
    let of_upstream = hyper::upgrade::on(&mut response);
    if let Some(exchange) = notes.exchange() {
        let is_websocket = request_fields::is_websocket(&asked_for);
        exchange.becomes(if is_websocket { Protocol::WebSocket } else { Protocol::Upgraded });
    }
    notes.is_open_ended();
    client.connection.tunnel();
    *slot.borrow_mut() = Some(Box::pin(tunnel::run(client, of_client, of_upstream, notes)));
    lease.detach();
    response.map(|_| ResponseBody::empty())
}

/// Whether a response ends with its head, whatever its fields say (RFC 9112 6.3).
fn has_no_body(is_head: bool, status: StatusCode) -> bool {
    is_head || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// The target as the upstream is asked for it: path and query as they came, below the upstream's path.
fn target(asked: Uri, below: &str) -> Uri {
    let is_asterisk = asked.path() == "*";
    if below.is_empty() || is_asterisk {
        if asked.authority().is_none() {
            return asked;
        }
        return asked.path_and_query().cloned().map_or_else(Uri::default, Uri::from);
    }
    let asked = asked.path_and_query().map_or("/", PathAndQuery::as_str);
    // Both parts are valid, and so is what they make together.
    Uri::try_from(format!("{below}{asked}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_keep_every_byte_below_the_path_of_the_upstream() {
        let cases = [
            ("/a/%2e%2e/%2Fb//c/./d?q=%2F&&=&x[]=1;2", "", "/a/%2e%2e/%2Fb//c/./d?q=%2F&&=&x[]=1;2"),
            ("/a?b", "/base", "/base/a?b"),
            ("//a", "/base", "/base//a"),
            ("http://app.test/abs?x", "", "/abs?x"),
            ("http://app.test", "/base", "/base/"),
            ("*", "/base", "*"),
        ];
        for (asked, below, wanted) in cases {
            assert_eq!(target(asked.parse().unwrap(), below).to_string(), wanted);
        }
    }
}
