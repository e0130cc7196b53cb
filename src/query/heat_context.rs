//! What an event says of the window it happened in.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::domain::viewport::{Viewport, bucket_of, parse_bucket};
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// Contexts that are remembered; events of a session repeat them.
const MAX_REMEMBERED: usize = 20_000;

/// Longer texts are not told.
const MAX_TEXT_BYTES: usize = 4_096;

/// The window, as far as it is told.
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub bucket: Option<Arc<str>>,
    /// The window in CSS pixels.
    pub window: Option<Viewport>,
    /// Height of the whole page.
    pub page_h: Option<f64>,
    /// What page views of our own tracker tell.
    pub title: Option<Arc<str>>,
    pub referrer: Option<Arc<str>>,
    /// Campaign parameters of the address.
    pub query: Option<Arc<str>>,
}

/// The contexts of one answer, each read once.
#[derive(Debug, Default)]
pub struct Contexts(HashMap<i64, Context>);

#[derive(Deserialize)]
struct Json {
    viewport: Option<Size>,
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Size {
    w: f64,
    h: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    viewport_bucket: serde_json::Value,
    #[serde(default)]
    render_height: serde_json::Value,
    #[serde(default)]
    title: serde_json::Value,
    #[serde(default)]
    referrer: serde_json::Value,
    #[serde(default)]
    query: serde_json::Value,
}

impl Contexts {
    /// The context with a dictionary id.
    pub fn of(&mut self, id: i64, texts: &mut Lookup<'_>) -> Result<Context, StoreError> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let context = read(&texts.text(id)?);
        if self.0.len() < MAX_REMEMBERED {
            self.0.insert(id, context.clone());
        }
        Ok(context)
    }
}

/// What a context's JSON tells; what is no number or too odd is not told.
fn read(json: &str) -> Context {
    let Ok(json) = serde_json::from_str::<Json>(json) else { return Context::default() };
    let usable = |length: f64| length.is_finite() && length > 0.0;
    let viewport = json.viewport.map(|size| Viewport { w: size.w, h: size.h });
    let meta = json.meta;
    let text = |field: fn(&Meta) -> &serde_json::Value| {
        let text = meta.as_ref().and_then(|meta| field(meta).as_str());
        text.filter(|text| !text.is_empty() && text.len() <= MAX_TEXT_BYTES).map(Arc::from)
    };
    let said: Option<Arc<str>> =
        text(|meta| &meta.viewport_bucket).filter(|said: &Arc<str>| parse_bucket(said).is_some());
    Context {
        bucket: said.or_else(|| viewport.and_then(bucket_of).map(Arc::from)),
        window: viewport.filter(|window| usable(window.w) && usable(window.h)),
        page_h: meta.as_ref().and_then(|meta| meta.render_height.as_f64()).filter(|height| usable(*height)),
        title: text(|meta| &meta.title),
        referrer: text(|meta| &meta.referrer),
        query: text(|meta| &meta.query),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_as_said_or_that_of_the_window() {
        let bucket = |json: &str| read(json).bucket.map(|bucket| bucket.to_string());
        assert_eq!(bucket(r#"{"viewport":{"w":1366,"h":768},"device":{}}"#).as_deref(), Some("1400x800"));
        let said = r#"{"viewport":{"w":1366,"h":768},"meta":{"viewportBucket":"1300x700"}}"#;
        assert_eq!(bucket(said).as_deref(), Some("1300x700"));
        let odd = r#"{"viewport":{"w":1366,"h":768},"meta":{"viewportBucket":7,"renderHeight":"tall"}}"#;
        assert_eq!((bucket(odd).as_deref(), read(odd).page_h), (Some("1400x800"), None));
        assert_eq!(bucket("no json"), None);
    }

    #[test]
    fn heights_are_told_apart() {
        let context = read(r#"{"viewport":{"w":100,"h":50},"meta":{"renderHeight":2000}}"#);
        assert_eq!((context.window.map(|window| window.h), context.page_h), (Some(50.0), Some(2000.0)));
    }
}
