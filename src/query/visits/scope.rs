//! What a question about visits is about.

use super::filter::VisitFilter;
use crate::domain::id::ProjectId;
use crate::domain::period::Interval;

/// The visits that count.
///
/// A visit counts where it began. Its page views and events count at their own time, also in a period that began after
/// the visit did; and so does its visitor, who is counted in every period in which the visit shows anything.
#[derive(Debug, Clone)]
pub struct Scope {
    pub project: ProjectId,
    pub interval: Interval,
    /// All of them must let a visit through.
    pub filters: Vec<VisitFilter>,
}
