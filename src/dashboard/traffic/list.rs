//! A page of requests, newest first, that goes on where the one before ended.

use super::asked::Own;
use super::rows::RequestRow;
use crate::dashboard::error::PageError;
use crate::dashboard::screen::Screen;
use crate::http::problem::Problem;
use crate::query::traffic::requests::{self, RequestFilter};
use crate::query::traffic::walk::Place;

/// Requests of one page.
pub const ROWS: usize = 50;

/// A page of a list of requests.
#[derive(Debug, Clone, Default)]
pub struct RequestList {
    pub rows: Vec<RequestRow>,
    /// The first page, from a later one.
    pub newest: Option<String>,
    /// Where the next page is.
    pub older: Option<String>,
}

impl RequestList {
    /// The requests that a filter takes, of the page at `path`.
    pub async fn read(screen: &Screen, own: &Own, path: &str, filter: RequestFilter) -> Result<Self, PageError> {
        let start = match own.get("cursor") {
            Some(text) => Some(parse(text).ok_or(Problem::InvalidCursor)?),
            None => None,
        };
        let text_hash = screen.dashboard.store.text_hash();
        let found = screen.ask(move |connection| requests::page(connection, text_hash, &filter, start, ROWS)).await?;
        let older = found.next.map(|next| own.with("cursor", &text(next)).link(screen, path));
        Ok(Self {
            rows: RequestRow::all(screen, &found.records),
            newest: start.map(|_| own.without("cursor").link(screen, path)),
            older,
        })
    }
}

/// A place as it stands in addresses.
fn text(place: Place) -> String {
    format!("{}-{}", place.created_at_ms, place.id)
}

fn parse(text: &str) -> Option<Place> {
    let (created_at_ms, id) = text.split_once('-')?;
    Some(Place { created_at_ms: created_at_ms.parse().ok()?, id: id.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_nothing_else_is_one() {
        let place = Place { created_at_ms: 1_795_168_800_000, id: 7 };
        assert_eq!(parse(&text(place)), Some(place));
        assert_eq!([parse(""), parse("1"), parse("a-1"), parse("1-")], [None; 4]);
    }
}
