//! What Hearth speaks about: ids, text, time, and the facts that clients report.
//!
//! Plain types without I/O and without serde: wire formats are translated into them at the door
//! (`intake`), rows are made from them in `store`. Everything may depend on this room; it depends on
//! nothing but `js`.

pub mod arrival;
pub mod batch;
pub mod clock;
pub mod country;
pub mod erasure;
pub mod heat;
pub mod histogram;
pub mod id;
pub mod identity_source;
pub mod import;
pub mod period;
pub mod role;
pub mod route_matcher;
pub mod route_pattern;
pub mod text;
pub mod trace_parent;
pub mod track;
pub mod traffic;
pub mod user_agent;
pub mod viewport;
pub mod visit;
pub mod web_origin;

pub use batch::{Batch, Receipt, StoredProject};
pub use clock::{Clock, ManualClock, SystemClock};
