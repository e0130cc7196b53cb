//! Cursors of lists of apps: a place in the order of time.

use crate::api::cursor::Cursor;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::heat_events::Position;
use crate::query::track::conversions::Place;

/// The cursor behind which the next page begins.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "times are within 8.64e15, which doubles hold")]
pub fn cursor(place: Place) -> Cursor {
    Cursor(Position { ts: place.time_ms as f64, seq: place.seq })
}

/// The parameter `cursor`: where the last page ended.
pub fn place(parameters: &Parameters) -> Result<Option<Place>, Problem> {
    let Some(Cursor(Position { ts, seq })) = Cursor::of(parameters)? else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    let place = Place { time_ms: ts as i64, seq };
    if ts.fract() == 0.0 && ts.abs() < 9e15 { Ok(Some(place)) } else { Err(Problem::InvalidCursor) }
}
