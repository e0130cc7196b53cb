//! Rows of the heat protocol, and the index that draws heatmaps from packed points.
//!
//! `insert` writes a batch by way of `event_rows`; `trail` packs the points of a move; `chunk` is the format of the index,
//! `index` its life: pending points of a transaction, tail rows, merged chunks; `erase` takes points out of it again.

pub mod adopted_user;
pub mod chunk;
pub mod erase;
pub mod event_rows;
pub mod index;
pub mod insert;
pub mod trail;
