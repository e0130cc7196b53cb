//! The sample shop: a small web app like a user's own. It knows Hearth as any app would: by the tracker's tag in its pages,
//! the response headers that say who is there, and events that it sends to `/track`.

mod account;
mod basket;
mod checkout;
mod cookies;
mod events;
mod frame;
mod pages;
mod parts;
mod recommendations;
mod server;

pub use events::AppEvents;
pub use server::{RunningShop, listener, start};

use std::sync::atomic::AtomicU32;

/// What all pages of the shop need.
pub struct Shop {
    /// With which the tracker sends; every visitor sees it.
    pub project_key: String,
    /// Where purchases are told.
    pub events: AppEvents,
    asked: AtomicU32,
}

impl Shop {
    #[must_use]
    pub fn new(project_key: String, events: AppEvents) -> Self {
        Self { project_key, events, asked: AtomicU32::new(0) }
    }
}
