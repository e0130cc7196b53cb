//! Whose an event is, and what it says about who is who (datalyr.md 7.4).
//!
//! An event with a user is that user's. Not everything that stands where a user should is one: old SDKs of apps put the
//! device's id there while nobody was logged in.

use super::alias::Alias;
use super::external_ids;
use super::speaker::Speaker;
use crate::domain::track::{EventKind, Identifier, IdentifierKind, Statement};
use crate::intake::datalyr::decode::Shape;
use crate::intake::datalyr::envelope::Envelope;
use crate::intake::datalyr::ids::{first_person_id, person_id};

/// Whose an event is, and what it says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub user: Option<Box<str>>,
    pub device: Option<Box<str>>,
    pub statements: Vec<Statement>,
}

/// What an id in the place of a user's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    User,
    /// The event's own anonymous id.
    Anonymous,
    Device,
    /// A device's, unless it turns out that somebody is called so.
    Unproven,
}

/// The ids of an event, and how its sender uses them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids<'e, 'a> {
    pub event: &'e Envelope<'a>,
    pub speaker: Speaker,
}

/// Understands the ids of an event.
pub(super) fn read(event: &Envelope<'_>, speaker: Speaker) -> Said {
    let ids = Ids { event, speaker };
    let alias = if event.kind == EventKind::Alias { Alias::read(ids) } else { None };
    let claimed = event.claimed_user.as_deref().map(|id| (id, ids.judge(id)));
    let user = match &alias {
        Some(alias) => Some(Box::from(&*alias.survivor)),
        None => claimed
            .filter(|(_, verdict)| *verdict == Verdict::User)
            .map(|(id, _)| id.into())
            .or_else(|| ids.identified()),
    };
    let instead = claimed.filter(|(_, verdict)| matches!(verdict, Verdict::Device | Verdict::Unproven));
    let device = event.device.as_deref().or(instead.map(|(id, _)| id)).map(Box::from);
    let mut said = Said { user, device, statements: Vec::new() };
    if let (Some(user), EventKind::Identify) = (&said.user, event.kind) {
        said.statements.push(Statement::Proven { user: user.clone() });
    }
    if let Some(alias) = alias {
        alias.say(ids, &mut said.statements);
    }
    said.tie_own_ids(ids, instead);
    said.match_browser(ids);
    said
}

impl Said {
    /// Ties what the event is known by to its user, or a device to the event's anonymous id.
    fn tie_own_ids(&mut self, ids: Ids<'_, '_>, instead: Option<(&str, Verdict)>) {
        let anonymous = ids.linkable_anonymous().map(|id| identifier(IdentifierKind::Anonymous, id));
        let device = self.device.as_deref().map(|id| identifier(IdentifierKind::Device, id));
        let user = self.user.as_deref().map(|id| identifier(IdentifierKind::User, id));
        let owner = user.as_ref().or(anonymous.as_ref());
        let unproven = instead.filter(|(_, verdict)| user.is_none() && *verdict == Verdict::Unproven);
        // A tie to a user of whom nothing is known counts once somebody says that there is one.
        let later = unproven.map(|(id, _)| identifier(IdentifierKind::User, id));
        let external = external_ids::read(ids.event);
        let ties =
            [anonymous.as_ref().zip(user.as_ref()), anonymous.as_ref().zip(later.as_ref()), device.as_ref().zip(owner)];
        let ties = ties.into_iter().flatten().chain(external.iter().filter_map(|id| Some((id, owner?))));
        for (from, to) in ties {
            add(&mut self.statements, Statement::Tie { from: from.clone(), to: to.clone() });
        }
    }

    /// Lends an app the touches of the browser that its user came by, which may be no browser but the app itself.
    fn match_browser(&mut self, ids: Ids<'_, '_>) {
        if !matches!(&*ids.event.name, "$web_attribution_matched" | "$web_attribution_merged") {
            return;
        }
        let Some(browser) = ids.event.properties.get("web_visitor_id").and_then(person_id) else { return };
        let is_own = ids.is_anonymous(&browser) || ids.is_device(&browser) || self.user.as_deref() == Some(&browser);
        if !is_own && self.device.as_deref() != Some(&browser) {
            self.statements.push(Statement::WebMatch { anonymous: browser.into() });
        }
    }
}

impl Ids<'_, '_> {
    /// What an id in the place of a user's is.
    pub(super) fn judge(self, id: &str) -> Verdict {
        let properties = &self.event.properties;
        if self.is_anonymous(id) {
            Verdict::Anonymous
        } else if self.is_device(id) {
            Verdict::Device
        } else if self.speaker == Speaker::ReactNative
            && self.event.shape == Shape::Track
            && properties.some("userId").is_none()
        {
            // Up to 1.7.12, which name a user in both places.
            Verdict::Device
        } else if self.speaker == Speaker::Swift && is_swift_uuid(id) && !is_about_user(self.event.kind) {
            // Up to 2.1.7; later ones send such an id only if the app calls its user so.
            Verdict::Unproven
        } else {
            Verdict::User
        }
    }

    /// Whether an id is the event's anonymous id.
    pub(super) fn is_anonymous(self, id: &str) -> bool {
        self.event.anonymous.as_deref() == Some(id) || self.is_any(&["anonymous_id", "anonymousId"], id)
    }

    /// Whether an id is what the event calls its device.
    pub(super) fn is_device(self, id: &str) -> bool {
        self.event.device.as_deref() == Some(id) || self.is_any(&["visitorId", "visitor_id"], id)
    }

    fn is_any(self, keys: &[&str], id: &str) -> bool {
        keys.iter().any(|key| self.event.properties.get(key).and_then(person_id).as_deref() == Some(id))
    }

    /// The event's anonymous id, unless it is one that all users of a server share.
    fn linkable_anonymous(&self) -> Option<&str> {
        self.event.anonymous.as_deref().filter(|id| !self.is_shared(id))
    }

    /// Whether an anonymous id is one of those that @datalyr/api 1.0 to 1.2.3 makes once for a whole process: `anon_` and
    /// a random number to the base of 36.
    pub(super) fn is_shared(self, id: &str) -> bool {
        let digits = id.strip_prefix("anon_").unwrap_or_default();
        let is_base_36 = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
        // 32 digits are a UUID without hyphens.
        self.speaker == Speaker::Server && (10..32).contains(&digits.len()) && digits.bytes().all(is_base_36)
    }

    /// Whom `$identify` names among its properties.
    fn identified(self) -> Option<Box<str>> {
        if self.event.kind != EventKind::Identify {
            return None;
        }
        let id = first_person_id(&self.event.properties, &["user_id", "userId"])?;
        (self.judge(&id) == Verdict::User).then(|| id.into())
    }
}

pub(super) fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier { kind, value: value.into() }
}

/// Adds a statement, unless it was made.
pub(super) fn add(statements: &mut Vec<Statement>, statement: Statement) {
    if !statements.contains(&statement) {
        statements.push(statement);
    }
}

/// Whether an event's very subject is who the user is.
fn is_about_user(kind: EventKind) -> bool {
    matches!(kind, EventKind::Identify | EventKind::Alias)
}

/// Whether an id is written as Swift writes UUIDs: in upper case.
pub(super) fn is_swift_uuid(id: &str) -> bool {
    is_uuid(id) && !id.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether an id has the form of a UUID, in either case.
pub(super) fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
