//! Who speaks: the same word means different things in a browser, in an app and on a server (datalyr.md 4.4, the traps).

use crate::intake::datalyr::decode::Shape;
use crate::intake::datalyr::envelope::Envelope;

const REACT_NATIVE: &str = "@datalyr/react-native";
const SWIFT: &str = "@datalyr/swift";
const API: &str = "@datalyr/api";

/// What kind of program an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    Browser,
    /// An app whose SDK is not known by name.
    App,
    ReactNative,
    Swift,
    /// `@datalyr/api`.
    Server,
    /// Anybody else who sends shape T.
    Other,
}

impl Speaker {
    /// Who sent an event. Only libraries tell, never their versions (datalyr.md 2).
    pub(super) fn of(event: &Envelope<'_>) -> Self {
        match (event.shape, event.library.as_deref()) {
            (Shape::Web, _) => Self::Browser,
            (_, Some(REACT_NATIVE)) => Self::ReactNative,
            (_, Some(SWIFT)) => Self::Swift,
            (Shape::Raw, _) => Self::App,
            (Shape::Track, Some(API)) => Self::Server,
            (Shape::Track, _) if matches!(&*event.channel, "mobile_app" | "ios_app" | "android_app") => Self::App,
            (Shape::Track, _) => Self::Other,
        }
    }

    /// Whether it is an app on a device.
    pub(super) fn is_app(self) -> bool {
        matches!(self, Self::App | Self::ReactNative | Self::Swift)
    }
}
