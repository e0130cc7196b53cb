//! The form of a payload, as tables (heat-collector.md 4.3).

use crate::domain::heat::Kind;

/// A key of an object and what may stand under it.
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) is_required: bool,
    pub(super) shape: Shape,
}

/// What a value must be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    Number,
    Word(&'static Words),
    /// An object of any content.
    Record,
    Object(&'static [Field]),
    /// A list of objects.
    List(&'static [Field]),
    /// The list of events: at least one.
    Events,
}

/// The words of an enumeration, and the same quoted for a message.
pub(super) struct Words {
    pub(super) words: &'static [&'static str],
    pub(super) quoted: &'static str,
}

const fn required(key: &'static str, shape: Shape) -> Field {
    Field { key, is_required: true, shape }
}

const fn optional(key: &'static str, shape: Shape) -> Field {
    Field { key, is_required: false, shape }
}

pub(super) const PAYLOAD: &[Field] = &[
    optional("sdk", Shape::Object(&[optional("name", Shape::Text), optional("version", Shape::Text)])),
    optional(
        "app",
        Shape::Object(&[optional("name", Shape::Text), optional("version", Shape::Text), optional("env", Shape::Text)]),
    ),
    required(
        "session",
        Shape::Object(&[
            required("id", Shape::Text),
            optional("startedAt", Shape::Number),
            optional("lastSeenAt", Shape::Number),
        ]),
    ),
    optional("user", Shape::Object(&[required("id", Shape::Text), optional("traits", Shape::Record)])),
    required("events", Shape::Events),
];

/// What all events have.
pub(super) const EVENT: &[Field] = &[
    required("eventId", Shape::Text),
    required("sessionId", Shape::Text),
    required("ts", Shape::Number),
    required("path", Shape::Text),
    required("viewport", Shape::Object(VIEWPORT)),
    required("device", Shape::Object(DEVICE)),
    optional("meta", Shape::Record),
];

pub(super) const VIEWPORT: &[Field] =
    &[required("w", Shape::Number), required("h", Shape::Number), optional("dpr", Shape::Number)];

pub(super) const DEVICE: &[Field] =
    &[optional("ua", Shape::Text), optional("platform", Shape::Text), optional("language", Shape::Text)];

const POINT: &[Field] =
    &[required("x", Shape::Number), required("y", Shape::Number), required("tsOffset", Shape::Number)];

pub(super) const EVENT_TYPES: &str = "'click' | 'move' | 'scroll' | 'pageview' | 'custom' | 'input' | 'keyboard'";

const INPUT_ACTIONS: Words = Words { words: &["focus", "blur", "change"], quoted: "'focus' | 'blur' | 'change'" };

const KEY_CATEGORIES: Words = Words {
    words: &["navigation", "editing", "modifier", "system", "other"],
    quoted: "'navigation' | 'editing' | 'modifier' | 'system' | 'other'",
};

/// What events of one kind have besides.
pub(super) const fn own_fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Click => {
            const {
                &[
                    required("x", Shape::Number),
                    required("y", Shape::Number),
                    optional("selector", Shape::Text),
                    optional("button", Shape::Number),
                ]
            }
        }
        Kind::Move => const { &[required("points", Shape::List(POINT))] },
        Kind::Scroll => const { &[required("scrollY", Shape::Number), required("scrollDepthPct", Shape::Number)] },
        Kind::Pageview => const { &[optional("from", Shape::Text), required("to", Shape::Text)] },
        Kind::Custom => const { &[required("name", Shape::Text), optional("props", Shape::Record)] },
        Kind::Input => {
            const {
                &[
                    required("action", Shape::Word(&INPUT_ACTIONS)),
                    optional("selector", Shape::Text),
                    optional("inputType", Shape::Text),
                    optional("length", Shape::Number),
                    optional("masked", Shape::Text),
                ]
            }
        }
        Kind::Keyboard => const { &[required("category", Shape::Word(&KEY_CATEGORIES))] },
    }
}

impl Shape {
    /// The word for it in messages.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Word(words) => words.quoted,
            Self::Record | Self::Object(_) => "object",
            Self::List(_) | Self::Events => "array",
        }
    }
}
