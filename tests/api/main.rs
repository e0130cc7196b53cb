//! The foundation from outside: the real app on a free port with a real file, asked over HTTP.
//!
//! No test sleeps. Time is a [`hearth::domain::ManualClock`] that tests move; what is not about time waits for an
//! answer, for the feed, or for a state that must come.
//!
//! ```text
//! installation  starts and stops a Hearth        client   speaks HTTP to it, byte by byte where that matters
//! payload       batches as browsers send them    signing_in  people with cookies; all else is one subject a file
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod client;
mod installation;
mod payload;
mod signing_in;

mod access;
mod accounts_guard;
mod accounts_login;
mod accounts_matrix;
mod accounts_reading;
mod accounts_setup;
mod accounts_users;
mod backups;
mod beside;
mod bodies;
mod cors;
mod countries;
mod decoding;
mod duplicates;
mod event_detail;
mod export_rows;
mod feed;
mod file;
mod guard;
mod heat_index;
mod heatmap;
mod keys;
mod listings;
mod methods;
mod metrics;
mod pages_heatmaps;
mod pages_people;
mod pages_projects;
mod pages_sessions;
mod pages_settings;
mod pages_traffic;
mod pages_visits;
mod paging;
mod privacy;
mod problems;
mod projects_apart;
mod query_plans;
mod queue;
mod rate_limit;
mod reloading;
mod retention;
mod retention_clock;
mod retention_project;
mod retention_world;
mod rollback;
mod totals;
mod track_attribution;
mod track_attribution_model;
mod track_attribution_world;
mod track_cases;
mod track_container;
mod track_cors;
mod track_doors;
mod track_erase;
mod track_erase_world;
mod track_events;
mod track_limits;
mod track_payload;
mod track_persons;
mod track_persons_model;
mod track_store_duplicates;
mod track_store_file;
mod track_store_order;
mod track_store_rows;
mod track_tenancy;
mod track_timeline;
mod traffic_access;
mod traffic_bounds;
mod traffic_dashboard;
mod traffic_lists;
mod traffic_live;
mod traffic_model;
mod traffic_rollups;
mod visits;
mod visits_days;
mod visits_model;
