//! One request as the original's table `traffic_logs` has it (traffic.md 1).

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::traffic::{Failure, TrafficRecord};
use crate::http::iso_time::IsoTime;
use crate::http::json_number::JsonNumber;

/// A recorded request. The fields up to `createdAt` are those of the original.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficLog {
    pub id: i64,
    pub user_id: Option<String>,
    /// As last told for this user.
    pub user_name: Option<String>,
    pub user_email: Option<String>,
    pub session_id: Option<String>,
    pub method: String,
    pub route: String,
    pub original_url: String,
    /// 499, 502 or 504 when the exchange was broken off before there was one.
    pub status_code: u16,
    /// From the first byte of the request to the last byte of the response.
    #[schema(value_type = f64)]
    pub duration_ms: JsonNumber,
    pub is_slow: bool,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub start_time: IsoTime,
    #[schema(value_type = String, format = DateTime)]
    pub end_time: IsoTime,
    /// When it was stored. Ranges go by this.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: IsoTime,
    /// Status 400 or more.
    pub is_error: bool,
    pub host: String,
    pub bytes_in: u64,
    pub bytes_out: u64,
    #[schema(value_type = Option<f64>)]
    pub time_to_first_byte_ms: Option<JsonNumber>,
    /// What the app took of the duration.
    #[schema(value_type = Option<f64>)]
    pub upstream_ms: Option<JsonNumber>,
    /// `http/1.0`, `http/1.1`, `websocket` or `event-stream`.
    #[schema(example = "http/1.1")]
    pub protocol: &'static str,
    pub trace_id: Option<String>,
    pub referrer: Option<String>,
    /// Why it was broken off, such as `upstream_refused` or `client_gone`.
    pub failure: Option<&'static str>,
}

impl From<TrafficRecord> for TrafficLog {
    fn from(record: TrafficRecord) -> Self {
        let (is_error, start_time) = (record.is_error(), IsoTime(record.started_at_ms()));
        let trace_id = record.trace_id_text();
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
            ip: record.ip.map(Into::into),
            user_agent: record.user_agent.map(|text| text.as_ref().into()),
            start_time,
            end_time: IsoTime(record.ended_at_ms),
            created_at: IsoTime(record.created_at_ms),
            is_error,
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
