//! The read side: one question per file, each answered from one snapshot.
//!
//! `points` counts in the heat index and never reads history it does not need; `heatmap` draws from
//! it. `heat_rows` turns stored rows into what the protocol and the pages call events, `heat_events`
//! lists them by project, `heat_sessions` by session. `totals` counts.

pub mod checkup;
pub mod export;
pub mod foreign_file;
pub mod heat_context;
pub mod heat_events;
pub mod heat_pages;
pub mod heat_rows;
pub mod heat_sessions;
pub mod heatmap;
pub mod last_events;
pub mod page_behaviour;
pub mod points;
pub mod public_id;
pub mod recent;
pub mod session_errors;
pub mod session_replay;
pub mod session_timeline;
pub mod storage_figures;
pub mod texts;
pub mod totals;
pub mod track;
pub mod traffic;
pub mod visits;
