//! `/_hearth/`: what Hearth answers itself on the app's own origin. It never reaches the app.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_http::error::PayloadError;
use actix_http::{BoxedPayloadStream, Payload};
use actix_service::Service;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName as ActixName, HeaderValue as ActixValue};
use bytes::Bytes;
use futures_util::Stream;
use hyper::body::{Body as _, Incoming, SizeHint};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{Request, Response, StatusCode, Version};

/// The reserved prefix: as a whole segment, in these letters.
const PREFIX: &str = "/_hearth";

/// The actix-web app below the prefix, whatever its types are.
pub(super) trait Reserved {
    /// Its answer; errors of its own are answers too.
    fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Pin<Box<dyn Future<Output = Response<BoxBody>>>>;
}

/// The app gave up within its body.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct ReservedBodyError(String);

/// Whether the path is Hearth's own.
pub(super) fn is_reserved(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Hides the app's types.
pub(super) fn erased<S, B>(app: S) -> Rc<dyn Reserved>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    Rc::new(App(app))
}

struct App<S>(S);

impl<S, B> Reserved for App<S>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Pin<Box<dyn Future<Output = Response<BoxBody>>>> {
        let Some(request) = to_actix(request, peer) else {
            let mut response = Response::new(BoxBody::new(()));
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return Box::pin(std::future::ready(response));
        };
        let answer = self.0.call(request);
        Box::pin(async move {
            match answer.await {
                Ok(response) => from_actix(response.into_parts().1.map_into_boxed_body()),
                Err(error) => from_actix(error.error_response()),
            }
        })
    }
}

/// The request as actix-http has it, which is built on an older `http`; `None` if that cannot express it.
fn to_actix(request: Request<Incoming>, peer: SocketAddr) -> Option<actix_http::Request> {
    let (parts, body) = request.into_parts();
    let body: BoxedPayloadStream = Box::pin(Received(body));
    let mut request = actix_http::Request::with_payload(Payload::Stream { payload: body });
    let head = request.head_mut();
    head.method = actix_http::Method::from_bytes(parts.method.as_str().as_bytes()).ok()?;
    head.uri = parts.uri.path_and_query()?.as_str().parse().ok()?;
    head.version =
        if parts.version == Version::HTTP_10 { actix_http::Version::HTTP_10 } else { actix_http::Version::HTTP_11 };
    head.peer_addr = Some(peer);
    for (name, value) in &parts.headers {
        let name = ActixName::from_bytes(name.as_str().as_bytes()).ok()?;
        head.headers.append(name, ActixValue::from_bytes(value.as_bytes()).ok()?);
    }
    Some(request)
}

fn from_actix(response: actix_web::HttpResponse) -> Response<BoxBody> {
    let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = hyper::HeaderMap::with_capacity(response.headers().len() + 1);
    for (name, value) in response.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
    let body = response.into_body();
    if let BodySize::Sized(length) = body.size() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The next bytes of the app's body.
pub(super) fn poll_body(
    body: Pin<&mut BoxBody>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, ReservedBodyError>>> {
    body.poll_next(cx).map_err(|error| ReservedBodyError(error.to_string()))
}

/// Whether the app's body has nothing in it at all.
pub(super) fn is_empty(body: &BoxBody) -> bool {
    matches!(body.size(), BodySize::None | BodySize::Sized(0))
}

/// How long the app says its body is.
pub(super) fn size_hint(body: &BoxBody) -> SizeHint {
    match body.size() {
        BodySize::None => SizeHint::with_exact(0),
        BodySize::Sized(length) => SizeHint::with_exact(length),
        BodySize::Stream => SizeHint::default(),
    }
}

/// A request's body as a stream of bytes.
struct Received(Incoming);

impl Stream for Received {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match std::task::ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                None => Poll::Ready(None),
                Some(Err(_)) => Poll::Ready(Some(Err(PayloadError::Incomplete(None)))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    Err(_) => continue,
                },
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_a_whole_segment() {
        for path in ["/_hearth", "/_hearth/", "/_hearth/ingest"] {
            assert!(is_reserved(path), "{path}");
        }
        for path in ["/", "/_hearths", "/_Hearth/", "/a/_hearth/", "/%5fhearth/"] {
            assert!(!is_reserved(path), "{path}");
        }
    }
}
