//! One proxied request in JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::traffic::{Failure, TrafficRecord};
use crate::http::json_number::JsonNumber;

/// A proxied request.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestBody {
    pub id: i64,
    /// Who made it, if a configured source told.
    pub user_id: Option<String>,
    /// As last told for this user.
    pub user_name: Option<String>,
    pub user_email: Option<String>,
    pub session_id: Option<String>,
    pub method: String,
    /// Pattern, path or URL, as `traffic.route_value` says.
    pub route: String,
    /// Path and query, as far as `traffic.query` keeps them.
    pub original_url: String,
    /// As the client got it; 499, 502 or 504 when there was none to get.
    pub status_code: u16,
    /// From the first byte of the request to the last byte of the response, in milliseconds.
    #[schema(value_type = f64)]
    pub duration_ms: JsonNumber,
    /// Took as long as the slow threshold of its route, or longer.
    pub is_slow: bool,
    /// Status 400 or more.
    pub is_error: bool,
    /// Only with `traffic.track_ip`.
    pub ip: Option<String>,
    /// Two letters (ISO 3166-1), if it is known.
    #[schema(example = "DE")]
    pub country: Option<String>,
    /// Only with `traffic.track_user_agent`.
    pub user_agent: Option<String>,
    /// Milliseconds since the epoch.
    pub start_time: i64,
    /// Milliseconds since the epoch.
    pub end_time: i64,
    /// When it was stored: milliseconds since the epoch. Ranges go by this.
    pub created_at: i64,
    /// Name the client asked for.
    pub host: String,
    /// Bytes of the request's body; of a tunnel, what the client sent.
    pub bytes_in: u64,
    /// Bytes of the response's body; of a tunnel, what the client got.
    pub bytes_out: u64,
    /// From the first byte of the request to the first byte of the response, in milliseconds.
    #[schema(value_type = Option<f64>)]
    pub time_to_first_byte_ms: Option<JsonNumber>,
    /// What the app took of the duration, in milliseconds.
    #[schema(value_type = Option<f64>)]
    pub upstream_ms: Option<JsonNumber>,
    /// `http/1.0`, `http/1.1`, `websocket` or `event-stream`.
    #[schema(example = "http/1.1")]
    pub protocol: &'static str,
    /// Of the `traceparent` that the client sent, as 32 hexadecimal digits.
    pub trace_id: Option<String>,
    /// Origin and path of the page that led here.
    pub referrer: Option<String>,
    /// Why it was broken off: `upstream_refused`, `upstream_timed_out`, `upstream_closed`, `upstream_invalid`,
    /// `upstream_broken`, `upstream_stalled`, `client_gone`, `client_timed_out`, `client_invalid` or `stopped`.
    pub failure: Option<&'static str>,
}

impl From<TrafficRecord> for RequestBody {
    fn from(record: TrafficRecord) -> Self {
        let is_error = record.is_error();
        let (start_time, trace_id) = (record.started_at_ms(), record.trace_id_text());
        let (user_id, user_name, user_email) = match record.user {
            Some(user) => (Some(user.id.into()), user.name.map(Into::into), user.email.map(Into::into)),
            None => (None, None, None),
        };
        Self {
            id: record.id,
            user_id,
            user_name,
            user_email,
            session_id: record.session_id.map(Into::into),
            method: record.method.as_ref().into(),
            route: record.route.as_ref().into(),
            original_url: record.original_url.into(),
            status_code: record.status,
            duration_ms: JsonNumber::ms_of_whole_us(record.duration_us),
            is_slow: record.is_slow,
            is_error,
            ip: record.ip.map(Into::into),
            country: Some(record.country.code()).filter(|code| !code.is_empty()).map(str::to_owned),
            user_agent: record.user_agent.map(|text| text.as_ref().into()),
            start_time,
            end_time: record.ended_at_ms,
            created_at: record.created_at_ms,
            host: record.host.as_ref().into(),
            bytes_in: record.bytes_in,
            bytes_out: record.bytes_out,
            time_to_first_byte_ms: record.first_byte_us.map(JsonNumber::ms_of_whole_us),
            upstream_ms: record.upstream_us.map(JsonNumber::ms_of_whole_us),
            protocol: record.protocol.name(),
            trace_id,
            referrer: record.referrer.map(Into::into),
            failure: record.failure.map(Failure::name),
        }
    }
}
