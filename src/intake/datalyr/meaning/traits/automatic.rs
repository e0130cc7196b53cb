//! What SDKs of apps add to every event by themselves (datalyr.md 6.1 to 6.4).

use crate::intake::datalyr::meaning::speaker::Speaker;
use crate::intake::datalyr::meaning::words::is_word;

/// Keys of the device, the app and the visit.
const KEYS: [&str; 51] = [
    "platform",
    "os_version",
    "device_model",
    "app_version",
    "app_build",
    "app_name",
    "app_namespace",
    "screen_width",
    "screen_height",
    "screen_density",
    "locale",
    "timezone",
    "country",
    "carrier",
    "network_type",
    "sdk_version",
    "sdk_variant",
    "schema_version",
    "idfa",
    "idfv",
    "gaid",
    "att_status",
    "advertiser_tracking_enabled",
    "advertiser_data",
    "install_time",
    "first_open_time",
    "sessionId",
    "session_id",
    "timestamp",
    "source",
    "fingerprint",
    "deviceContext",
    "properties",
    "web_visitor_id",
    "web_user_id",
    "web_timestamp",
    "match_method",
    "provider_namespace",
    "identified_at",
    "resolution_method",
    "attribution_timestamp",
    "attribution_captured_at",
    "referrer",
    "event_type",
    "install_id",
    "touchpoint_count",
    "touchpointCount",
    "days_since_first_touch",
    "daysSinceFirstTouch",
    "event_id",
    "consent",
];

/// Beginnings of keys that repeat what brought the visitor first and last.
const BEGINNINGS: [&str; 4] = ["first_touch_", "last_touch_", "firstTouch", "lastTouch"];

/// Whether an app's SDK may have added a property of this key.
pub(super) fn is_automatic(key: &str) -> bool {
    KEYS.contains(&key) || BEGINNINGS.iter().any(|beginning| key.starts_with(beginning)) || is_word(key, Speaker::App)
}
