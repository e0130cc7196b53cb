//! The person that a path names.

use actix_web::HttpRequest;

use crate::http::path::segment;
use crate::http::problem::Problem;

/// Position of the person in the paths.
const PERSON_SEGMENT: usize = 5;

/// What the path calls the person.
pub fn name(request: &HttpRequest) -> Result<String, Problem> {
    segment(request.uri().path(), PERSON_SEGMENT).ok_or(Problem::PersonNotFound)
}
