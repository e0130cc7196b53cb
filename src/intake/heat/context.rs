//! What events say about the screen they happened on, kept as one JSON text: viewport, device, meta.
//!
//! A session repeats the three in every event, letter for letter. They are parsed when they change and
//! remembered otherwise.

use crate::domain::text::{TextRef, Texts};
use crate::domain::viewport::{Viewport, bucket_of, parse_bucket};
use crate::js::json::{Limits, Object, Value, parse, stringify};

use super::schema;
use super::wire::Event;

/// Keys of meta that are never stored: they could hold what was typed (heat-collector.md 4.6).
const REMOVED: [&str; 3] = ["value", "text", "content"];

/// What is kept of one event's viewport, device and meta.
#[derive(Debug, Clone)]
pub struct Context {
    /// JSON text of `{viewport, device, meta?}`.
    pub meta_json: TextRef,
    pub bucket: Option<TextRef>,
    /// JSON text of the device.
    pub device_json: TextRef,
    /// The device's user agent, if it names one.
    pub device_ua: Option<TextRef>,
}

/// Makes contexts, remembering the last.
#[derive(Debug)]
pub struct Contexts<'a> {
    limits: Limits,
    deep_clean: bool,
    last: Option<(&'a str, &'a str, Option<&'a str>, Context)>,
}

impl<'a> Contexts<'a> {
    #[must_use]
    pub fn new(limits: Limits, deep_clean: bool) -> Self {
        Self { limits, deep_clean, last: None }
    }

    /// The context of an event; nothing if one of its parts is not what the schema demands.
    pub fn of(&mut self, event: &'a Event<'a>, texts: &mut Texts) -> Option<Context> {
        let meta = event.meta.as_ref().map(|meta| meta.0.as_ref());
        let key = (event.viewport.0.as_ref(), event.device.0.as_ref(), meta);
        if let Some((viewport, device, meta, context)) = &self.last
            && (*viewport, *device, *meta) == key
        {
            return Some(context.clone());
        }
        let context = self.make(key.0, key.1, key.2, texts)?;
        self.last = Some((key.0, key.1, key.2, context.clone()));
        Some(context)
    }

    fn make(&self, viewport: &str, device: &str, meta: Option<&str>, texts: &mut Texts) -> Option<Context> {
        let viewport = parse(viewport, self.limits).ok().filter(schema::is_viewport)?;
        let device = parse(device, self.limits).ok().filter(schema::is_device)?;
        let meta = match meta {
            Some(meta) => Some(parse(meta, self.limits).ok().filter(schema::is_meta)?),
            None => None,
        };
        let bucket = bucket(&viewport, meta.as_ref());
        let viewport = pick(&viewport, &["w", "h", "dpr"]);
        let device = pick(&device, &["ua", "platform", "language"]);
        let device_ua = device.as_object().and_then(|device| device.get("ua")).and_then(Value::as_str);
        let device_ua = device_ua.filter(|ua| !ua.is_empty()).map(|ua| texts.add(ua));
        let device_json = texts.add(&stringify(&device));
        let mut entries = vec![("viewport".to_owned(), viewport), ("device".to_owned(), device)];
        if let Some(meta) = meta {
            entries.push(("meta".to_owned(), clean(meta, self.deep_clean)));
        }
        Some(Context {
            meta_json: texts.add(&stringify(&Value::Object(Object::from_entries(entries)))),
            bucket: bucket.map(|bucket| texts.add(&bucket)),
            device_json,
            device_ua,
        })
    }
}

/// What is kept of a text of `{viewport, device, meta}` that was made elsewhere; nothing if it is no object.
#[must_use]
pub fn keep_stored(meta_json: &str, limits: Limits, deep_clean: bool) -> Option<(String, Option<String>)> {
    let value = parse(meta_json, limits).ok()?;
    let object = value.as_object()?;
    let viewport = object.get("viewport").cloned().unwrap_or(Value::Null);
    let bucket = bucket(&viewport, object.get("meta"));
    if !deep_clean {
        return Some((meta_json.to_owned(), bucket));
    }
    let entries = object.clone().into_entries().into_iter().map(|(key, value)| {
        let value = if key == "meta" { clean(value, true) } else { value };
        (key, value)
    });
    Some((stringify(&Value::Object(Object::from_entries(entries.collect()))), bucket))
}

/// The event's viewport bucket (heat-collector.md 6, 3): the one its meta names if it is usable, else
/// the one of its viewport.
fn bucket(viewport: &Value, meta: Option<&Value>) -> Option<String> {
    let named = meta.and_then(Value::as_object).and_then(|meta| meta.get("viewportBucket")).and_then(Value::as_str);
    if let Some(named) = named.filter(|named| parse_bucket(named).is_some()) {
        return Some(named.to_owned());
    }
    let viewport = viewport.as_object()?;
    let side = |key| viewport.get(key).and_then(Value::as_number);
    bucket_of(Viewport { w: side("w")?, h: side("h")? })
}

/// The known keys of an object, in the schema's order.
fn pick(object: &Value, keys: &[&str]) -> Value {
    let entries = keys.iter().filter_map(|key| Some(((*key).to_owned(), object.as_object()?.get(key)?.clone())));
    Value::Object(Object::from_entries(entries.collect()))
}

/// Takes out the keys that could hold what was typed, at the top or, if `deep`, everywhere. The key
/// `__proto__` never survived the original's parser either.
fn clean(value: Value, deep: bool) -> Value {
    match value {
        Value::Object(object) => Value::Object(Object::from_entries(
            object
                .into_entries()
                .into_iter()
                .filter(|(key, _)| !REMOVED.contains(&key.as_str()) && key != "__proto__")
                .map(|(key, value)| (key, if deep { clean(value, deep) } else { value }))
                .collect(),
        )),
        Value::Array(items) if deep => Value::Array(items.into_iter().map(|item| clean(item, deep)).collect()),
        value => value,
    }
}
