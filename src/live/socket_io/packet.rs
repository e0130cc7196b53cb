//! The texts of both protocols.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::live::event::json;

/// Between packets of one poll (Engine.IO protocol, "HTTP long-polling").
pub const SEPARATOR: char = '\u{1e}';

/// Engine.IO: are you there?
pub const PING: &str = "2";

/// Engine.IO: nothing; ends a poll so that the client can move to a websocket.
pub const NOOP: &str = "6";

/// Engine.IO: the session ends.
pub const CLOSE: &str = "1";

/// Engine.IO: what a client asks on a websocket that it would like to move to, and the answer.
pub const PROBE: &str = "2probe";
pub const PROBE_ANSWER: &str = "3probe";

/// Engine.IO: the client has moved.
pub const UPGRADE: &str = "5";

/// Socket.IO: the server ends what is connected; the client does not come back by itself.
pub const DISCONNECT: &str = "41";

/// Longest name of another namespace that is told back.
const MAX_NAMESPACE_BYTES: usize = 128;

/// What a client sends on an open session.
#[derive(Debug, PartialEq, Eq)]
pub enum FromClient {
    /// Engine.IO: the session ends.
    Close,
    /// Engine.IO: I am there.
    Pong,
    /// Socket.IO: let me into the namespace `/`.
    Connect(Auth),
    /// Socket.IO: let me into another namespace, which does not exist.
    ConnectElsewhere(String),
    /// Socket.IO: I leave the namespace `/`.
    Disconnect,
    /// Socket.IO: an event or an acknowledgement; nothing here listens to any.
    Ignored,
}

/// The packet breaks the rules, or is of a kind that is not understood.
#[derive(Debug, PartialEq, Eq)]
pub struct BadPacket;

/// Credentials in the member `auth` of the client.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Auth {
    #[serde(default)]
    pub token: Option<String>,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
}

/// The first packet of a session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handshake<'a> {
    pub sid: &'a str,
    pub upgrades: &'a [&'a str],
    pub ping_interval: u128,
    pub ping_timeout: u128,
    pub max_payload: usize,
}

impl FromClient {
    /// Understands one packet.
    pub fn of(packet: &str) -> Result<Self, BadPacket> {
        let (kind, rest) = split_kind(packet)?;
        match kind {
            '1' => Ok(Self::Close),
            '3' => Ok(Self::Pong),
            '4' => Self::of_message(rest),
            _ => Err(BadPacket),
        }
    }

    fn of_message(message: &str) -> Result<Self, BadPacket> {
        let (kind, rest) = split_kind(message)?;
        let (namespace, payload) = namespace(rest);
        match (kind, namespace) {
            ('0', None) => Ok(Self::Connect(auth(payload)?)),
            ('0', Some(name)) => {
                let name = name.split('?').next().unwrap_or_default();
                if name.len() > MAX_NAMESPACE_BYTES {
                    return Err(BadPacket);
                }
                Ok(Self::ConnectElsewhere(name.to_owned()))
            }
            ('1', None) => Ok(Self::Disconnect),
            ('1', Some(_)) => Ok(Self::Ignored),
            ('2' | '3', _) => {
                // Whatever it is, it must be what the protocol allows: an id, then an array.
                let array = payload.trim_start_matches(|digit: char| digit.is_ascii_digit());
                serde_json::from_str::<Vec<&RawValue>>(array).map(|_| Self::Ignored).map_err(|_| BadPacket)
            }
            _ => Err(BadPacket),
        }
    }
}

impl Handshake<'_> {
    #[must_use]
    pub fn text(&self) -> String {
        format!("0{}", json(self))
    }
}

/// Socket.IO: the client is in the namespace `/` under this id.
#[must_use]
pub fn connected(id: &str) -> String {
    #[derive(Serialize)]
    struct Connected<'a> {
        sid: &'a str,
    }
    format!("40{}", json(&Connected { sid: id }))
}

/// Socket.IO: the client may not connect. `code` is what the HTTP API would have said.
#[must_use]
pub fn connect_error(namespace: Option<&str>, message: &str, code: &str) -> String {
    #[derive(Serialize)]
    struct Refused<'a> {
        message: &'a str,
        data: Data<'a>,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        code: &'a str,
    }
    let payload = json(&Refused { message, data: Data { code } });
    match namespace {
        Some(namespace) => format!("44{namespace},{payload}"),
        None => format!("44{payload}"),
    }
}

/// Socket.IO: an event with one argument, in the namespace `/`.
#[must_use]
pub fn event(name: &str, argument: &impl Serialize) -> String {
    format!("42{}", json(&(name, argument)))
}

/// Socket.IO: so many events were not sent. Not of the original, which has no bounds.
#[must_use]
pub fn skipped(count: u64) -> String {
    #[derive(Serialize)]
    struct Skipped {
        count: u64,
    }
    event("traffic:skipped", &Skipped { count })
}

/// The packets of the body of a poll.
pub fn packets(body: &str) -> impl Iterator<Item = &str> {
    body.split(SEPARATOR)
}

fn split_kind(text: &str) -> Result<(char, &str), BadPacket> {
    let mut rest = text.chars();
    let kind = rest.next().ok_or(BadPacket)?;
    Ok((kind, rest.as_str()))
}

/// The namespace, if it is not `/`, and what follows.
fn namespace(rest: &str) -> (Option<&str>, &str) {
    if !rest.starts_with('/') {
        return (None, rest);
    }
    let (name, payload) = rest.split_once(',').unwrap_or((rest, ""));
    (Some(name).filter(|name| *name != "/"), payload)
}

fn auth(payload: &str) -> Result<Auth, BadPacket> {
    if payload.is_empty() {
        return Ok(Auth::default());
    }
    if !payload.starts_with('{') {
        return Err(BadPacket);
    }
    if let Ok(auth) = serde_json::from_str(payload) {
        return Ok(auth);
    }
    // Members that are no text are no credentials of ours.
    serde_json::from_str::<IgnoredAny>(payload).map(|_| Auth::default()).map_err(|_| BadPacket)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_clients_send_is_understood() {
        let token = Auth { token: Some("hr_1".to_owned()), ..Auth::default() };
        let account = Auth { username: Some("admin".to_owned()), password: Some("p".to_owned()), ..Auth::default() };
        for (packet, expected) in [
            ("1", Ok(FromClient::Close)),
            ("3", Ok(FromClient::Pong)),
            ("40", Ok(FromClient::Connect(Auth::default()))),
            ("40{}", Ok(FromClient::Connect(Auth::default()))),
            ("40/,{}", Ok(FromClient::Connect(Auth::default()))),
            (r#"40{"token":"hr_1","more":[1]}"#, Ok(FromClient::Connect(token))),
            (r#"40{"username":"admin","password":"p"}"#, Ok(FromClient::Connect(account))),
            (r#"40{"token":7}"#, Ok(FromClient::Connect(Auth::default()))),
            ("40/admin", Ok(FromClient::ConnectElsewhere("/admin".to_owned()))),
            (r#"40/admin?x=1,{"token":"t"}"#, Ok(FromClient::ConnectElsewhere("/admin".to_owned()))),
            ("41", Ok(FromClient::Disconnect)),
            ("41/admin,", Ok(FromClient::Ignored)),
            (r#"42["hello",{"a":1}]"#, Ok(FromClient::Ignored)),
            (r#"4217["hello"]"#, Ok(FromClient::Ignored)),
            (r#"42/admin,17["hello"]"#, Ok(FromClient::Ignored)),
            (r#"431["answer"]"#, Ok(FromClient::Ignored)),
        ] {
            assert_eq!(FromClient::of(packet), expected, "{packet}");
        }
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        let long = format!("40/{}", "n".repeat(200));
        let deep = format!("42{}", "[".repeat(60_000));
        for packet in [
            "",
            "0",
            "2",
            "2probe",
            "5",
            "6",
            "7",
            "b4",
            "é",
            "4",
            "4é",
            "49",
            "40x",
            "40[]",
            "40{",
            "40{}x",
            "40null",
            "42",
            "42{}",
            "42[1",
            "42x[1]",
            "44{}",
            "45-[1]",
            "451-[\"x\"]",
            "461-[]",
            &long,
            &deep,
        ] {
            assert_eq!(FromClient::of(packet), Err(BadPacket), "{packet:.40}");
        }
    }

    #[test]
    fn what_is_sent_is_as_the_protocol_says() {
        let handshake = Handshake {
            sid: "abc",
            upgrades: &["websocket"],
            ping_interval: 25_000,
            ping_timeout: 20_000,
            max_payload: 65_536,
        };
        let expected =
            r#"0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}"#;
        assert_eq!(handshake.text(), expected);
        assert_eq!(connected("xyz"), r#"40{"sid":"xyz"}"#);
        let refused = r#"44{"message":"no","data":{"code":"invalid_read_token"}}"#;
        assert_eq!(connect_error(None, "no", "invalid_read_token"), refused);
        let elsewhere = r#"44/admin,{"message":"Invalid namespace","data":{"code":"invalid_namespace"}}"#;
        assert_eq!(connect_error(Some("/admin"), "Invalid namespace", "invalid_namespace"), elsewhere);
        assert_eq!(skipped(4), r#"42["traffic:skipped",{"count":4}]"#);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(packet in "[0-6]{0,2}[/,a-z0-9\\[\\]{}\":\u{1e}é]{0,40}") {
            for packet in packets(&packet) {
                let _ = FromClient::of(packet);
            }
        }

        #[test]
        fn no_text_of_ours_ends_a_packet(name in ".{0,20}", text in ".{0,40}") {
            let told = event(&name, &text);
            prop_assert_eq!(packets(&told).count(), 1);
            let parsed: (String, String) = serde_json::from_str(&told[2..]).unwrap();
            prop_assert_eq!(parsed, (name, text));
        }
    }
}
