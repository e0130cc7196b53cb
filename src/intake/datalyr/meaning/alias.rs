//! `$alias`: two ids are one person's (datalyr.md 7.4; chapter 10, U15 and U16). Nothing else merges users.

use std::borrow::Cow;

use super::identity::{Ids, Verdict, add, identifier, is_swift_uuid, is_uuid};
use super::speaker::Speaker;
use crate::domain::track::{IdentifierKind, Statement};
use crate::intake::datalyr::ids::first_person_id;

/// An alias between two ids.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Alias<'a> {
    /// By which the person is known from then on.
    pub survivor: Cow<'a, str>,
    /// Of a user, a browser or a device.
    pub absorbed: Cow<'a, str>,
}

impl<'a> Alias<'a> {
    /// The alias of an event; nothing if it lacks an id, or nobody would survive.
    ///
    /// The properties tell its direction. The user at the top is the new one in browsers and the old one in apps.
    pub(super) fn read(ids: Ids<'_, 'a>) -> Option<Self> {
        let properties = &ids.event.properties;
        let survivor = first_person_id(properties, &["userId", "user_id", "new_user_id", "newUserId"])?;
        let absorbed = first_person_id(properties, &["previousId", "previous_id"])?;
        let is_user = !ids.is_anonymous(&survivor) && !ids.is_device(&survivor);
        is_user.then_some(Self { survivor, absorbed })
    }

    /// What it says.
    pub(super) fn say(&self, ids: Ids<'_, '_>, statements: &mut Vec<Statement>) {
        statements.push(Statement::Proven { user: (&*self.survivor).into() });
        if self.absorbed == self.survivor {
            return;
        }
        let absorbed = &*self.absorbed;
        let current = ids.event.claimed_user.as_deref().filter(|id| ids.speaker.is_app() && self.is_old_user(ids, id));
        let is_anonymous = ids.is_anonymous(absorbed) || absorbed.starts_with("anon_");
        let is_device = ids.is_device(absorbed);
        let is_user =
            !is_anonymous && !is_device && (current == Some(absorbed) || !looks_like_device(ids.speaker, absorbed));
        // An id that has the form of a device's may also be the anonymous id of the SDKs before there were two; and what
        // looks like a user's may be a custom client's anonymous id. Ties merge nobody.
        if is_user {
            self.absorb(absorbed, statements);
        }
        if is_anonymous || !is_device {
            self.tie(ids, IdentifierKind::Anonymous, absorbed, statements);
        }
        if is_device || !is_anonymous {
            self.tie(ids, IdentifierKind::Device, absorbed, statements);
        }
        if !ids.speaker.is_app() {
            return;
        }
        if let Some(current) = current {
            self.absorb(current, statements);
        }
        for (kind, key) in [(IdentifierKind::Device, "visitorId"), (IdentifierKind::Anonymous, "anonymousId")] {
            if let Some(own) = first_person_id(&ids.event.properties, &[key]) {
                self.tie(ids, kind, &own, statements);
            }
        }
    }

    /// Whether the user at the top of an app's event is the one that was logged in before.
    fn is_old_user(&self, ids: Ids<'_, '_>, id: &str) -> bool {
        let may_be_device = ids.speaker == Speaker::Swift && is_swift_uuid(id);
        *id != *self.survivor && !may_be_device && ids.judge(id) == Verdict::User
    }

    fn absorb(&self, user: &str, statements: &mut Vec<Statement>) {
        add(statements, Statement::Same { survivor: (&*self.survivor).into(), absorbed: user.into() });
    }

    fn tie(&self, ids: Ids<'_, '_>, kind: IdentifierKind, id: &str, statements: &mut Vec<Statement>) {
        if !ids.is_shared(id) {
            let to = identifier(IdentifierKind::User, &self.survivor);
            add(statements, Statement::Tie { from: identifier(kind, id), to });
        }
    }
}

/// Whether an id may be the one that the SDK gave to its device, by its form.
fn looks_like_device(speaker: Speaker, id: &str) -> bool {
    match speaker {
        Speaker::Swift => is_swift_uuid(id),
        Speaker::ReactNative | Speaker::App => is_uuid(id),
        Speaker::Browser | Speaker::Server | Speaker::Other => false,
    }
}
