//! Heatmaps as the dashboard shows them: which pages have data, one page's grid, and what visits did on it.

pub mod map;
pub mod page;
pub mod pages;

use super::range::TimeRange;
use crate::domain::id::ProjectId;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::points::PointFilter;

/// The row id of no path.
const NOTHING: i64 = -1;

/// Which points are asked for; the path's id is found later.
fn filter(project: ProjectId, parameters: &Parameters) -> Result<PointFilter, Problem> {
    let range = TimeRange::read(parameters)?;
    Ok(PointFilter { project, path: Some(NOTHING), from: range.from, to: range.to })
}

/// The path that is asked for.
fn path(parameters: &Parameters) -> Result<String, Problem> {
    Ok(parameters.text("path")?.ok_or(Problem::InvalidParameter("path"))?.to_owned())
}
