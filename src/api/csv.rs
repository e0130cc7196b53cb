//! Lists as CSV (RFC 4180): a header line, and a cell that a spreadsheet would take for a formula is defused.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::export::form::FORMULA;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// From outside; defused.
    Text(String),
    /// A number or a word of our own, which is no formula.
    Plain(String),
    Empty,
}

impl Cell {
    /// A text that may be absent.
    #[must_use]
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// A number that may be absent.
    #[must_use]
    pub fn number(number: Option<impl ToString>) -> Self {
        number.map_or(Self::Empty, |number| Self::Plain(number.to_string()))
    }

    fn written(self) -> String {
        match self {
            Self::Text(text) if text.starts_with(FORMULA) => format!("'{text}"),
            Self::Text(text) | Self::Plain(text) => text,
            Self::Empty => String::new(),
        }
    }
}

/// Whether the answer is to be CSV: the parameter `format`.
pub fn is_asked_for(parameters: &Parameters) -> Result<bool, Problem> {
    let format = parameters.parsed("format", |text| match text {
        "json" => Some(false),
        "csv" => Some(true),
        _ => None,
    })?;
    Ok(format.unwrap_or(false))
}

/// A table as CSV. The next page, if there is one, is in the `Link` header of the answer.
pub fn answer(
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<Cell>>,
    link: Option<String>,
) -> Result<HttpResponse, Problem> {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer.insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"));
    answer.insert_header((header::CONTENT_DISPOSITION, "attachment"));
    answer.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if let Some(link) = link {
        answer.insert_header((header::LINK, link));
    }
    Ok(answer.body(write(head, rows).map_err(|_| Problem::Internal)?))
}

fn write(head: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.into_iter().map(Cell::written))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = [
            vec![text("=1+1"), text("a,\"b\"\n"), Cell::number(Some(-5))],
            vec![text("@x"), Cell::Empty, Cell::text(None)],
        ];
        let csv = String::from_utf8(write(&["one", "two", "three"], rows).unwrap()).unwrap();
        assert_eq!(csv, "one,two,three\r\n'=1+1,\"a,\"\"b\"\"\n\",-5\r\n'@x,,\r\n");
    }
}
