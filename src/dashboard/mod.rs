//! Pages: askama out.
//!
//! ```text
//! request -> access (who, may they?) -> a screen's handler -> query -> template in a Layout
//! ```
//!
//! Each screen is a room of its own: its handler, what it shows, its template of the same name. What they share:
//! `screen` opens one (project, view), `layout` is the frame around it, `bar` its periods and filters, `chart`, `format`
//! and `listing` are what numbers look like.

pub mod access;
pub mod account;
pub mod admin;
pub mod assets;
pub mod attribution;
pub mod audience;
pub mod bar;
pub mod by;
pub mod chart;
pub mod dimension_list;
pub mod empty;
pub mod error;
pub mod events;
pub mod expiry;
pub mod figures;
pub mod form;
pub mod format;
pub mod heatmaps;
pub mod help;
pub mod layout;
pub mod listing;
pub mod live;
pub mod money;
pub mod overview;
pub mod pages;
pub mod people;
pub mod projects;
pub mod retention;
pub mod screen;
pub mod service;
pub mod sessions;
pub mod settings;
pub mod sharing;
pub mod sign_in;
pub mod signed_in;
pub mod sources;
pub mod table;
pub mod tabs;
pub mod theme;
pub mod traffic;
pub mod users;
