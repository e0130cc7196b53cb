//! What handlers of forms share: judging a name, and sending the browser on.

use actix_web::HttpResponse;
use actix_web::http::header;

use super::access::Fields;

/// A field that names something: 1 to `max_chars` characters, none of them a control character.
pub fn name(fields: &Fields, field: &str, max_chars: usize) -> Result<String, String> {
    let text = fields.text(field);
    if text.is_empty() || text.chars().count() > max_chars || text.chars().any(char::is_control) {
        return Err(format!("Write 1 to {max_chars} characters."));
    }
    Ok(text.to_owned())
}

/// Sends the browser on after something was changed.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        let fields = Fields::of(b"name=+Shop+%26+more+&bad=a%00b&none=");
        assert_eq!(name(&fields, "name", 11), Ok("Shop & more".to_owned()));
        for (field, max_chars) in [("name", 10), ("bad", 10), ("none", 10), ("other", 10)] {
            assert!(name(&fields, field, max_chars).is_err(), "{field}");
        }
    }
}
