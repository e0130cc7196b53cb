//! The newest conversions, each with what brought it.

use jiff::tz::TimeZone;

use crate::dashboard::people::address;
use crate::dashboard::{format, money};
use crate::query::track::conversions_described::DescribedConversion;
use crate::query::track::touches_described::DescribedTouch;

/// A conversion in the list.
#[derive(Debug, Clone)]
pub struct Latest {
    pub time: String,
    pub machine_time: String,
    pub name: String,
    pub person: Option<String>,
    /// Where the person's journey is.
    pub href: Option<String>,
    pub amount: String,
    /// Whether there is an amount that counts nowhere.
    pub is_no_revenue: bool,
    pub first: String,
    pub last: String,
    pub touchpoints: usize,
}

impl Latest {
    /// A conversion of the project whose pages are below `base`.
    #[must_use]
    pub fn new(base: &str, zone: &TimeZone, conversion: &DescribedConversion) -> Self {
        let amount = conversion.amount_micros.map(|micros| money::amount(micros.into(), &conversion.currency));
        Self {
            time: format::minute(conversion.time_ms, zone),
            machine_time: format::machine_time(conversion.time_ms, zone),
            name: conversion.name.to_string(),
            href: conversion.person_id.as_deref().map(|person| address(base, person) + "#journey"),
            person: conversion.person_id.clone(),
            amount: amount.unwrap_or_else(|| format::NOTHING.to_owned()),
            is_no_revenue: conversion.amount_micros.is_some() && !conversion.is_revenue,
            first: touch_text(conversion.first_touch.as_ref()),
            last: touch_text(conversion.last_touch.as_ref()),
            touchpoints: conversion.touchpoints,
        }
    }
}

/// A touch in few words: `google / cpc / spring`.
fn touch_text(touch: Option<&DescribedTouch>) -> String {
    let Some(touch) = touch else { return "Direct or unknown".to_owned() };
    let parts = [&touch.source, &touch.medium, &touch.campaign];
    let parts: Vec<_> = parts.into_iter().flatten().map(|part| &**part).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { touch.click_id_type.as_deref().unwrap_or("(none)").to_owned() } else { parts.join(" / ") }
}
