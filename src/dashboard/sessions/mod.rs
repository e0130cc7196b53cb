//! Sessions: the visits of a period, and one session with everything known about it.

pub mod list;
mod rows;
pub mod session;

use super::screen::Screen;

/// The address of one session.
fn session_link(screen: &Screen, session: &str) -> String {
    screen.link_to("sessions/session", &[("id", session)])
}

/// The address of a person by the id of its user.
fn person_link(screen: &Screen, user: &str) -> String {
    screen.link_to("people/person", &[("id", &format!("user:{user}"))])
}
