//! Viewport buckets: the text by which events of similar screens are grouped, such as `1400x800`.

use crate::js::number;

/// Width and height in CSS pixels. Any doubles but NaN and zero: clients may send what they like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    pub w: f64,
    pub h: f64,
}

/// What a heatmap is drawn for when no bucket says otherwise (heat-collector.md 6, 4).
pub const DEFAULT_VIEWPORT: Viewport = Viewport { w: 1280.0, h: 720.0 };

/// Reads a bucket as the original does: the first two parts between lower-case `x`, each through
/// JavaScript's `Number`; nothing if one is missing, zero or no number (heat-collector.md 6, 3).
#[must_use]
pub fn parse_bucket(text: &str) -> Option<Viewport> {
    let mut parts = text.split('x').map(number::to_number);
    let usable = |side: &f64| !side.is_nan() && *side != 0.0;
    let w = parts.next().filter(usable)?;
    let h = parts.next().filter(usable)?;
    Some(Viewport { w, h })
}

/// The bucket of a viewport: its sides rounded to hundreds; nothing unless both are finite and positive.
#[must_use]
pub fn bucket_of(viewport: Viewport) -> Option<String> {
    let usable = |side: f64| side.is_finite() && side > 0.0;
    (usable(viewport.w) && usable(viewport.h)).then(|| {
        let hundreds = |side: f64| number::to_text(number::round(side / 100.0) * 100.0);
        format!("{}x{}", hundreds(viewport.w), hundreds(viewport.h))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_read_as_javascript_reads_them() {
        for (text, expected) in [
            ("1400x800", Some((1400.0, 800.0))),
            ("1200x800x3", Some((1200.0, 800.0))),
            (" 12 x 5 ", Some((12.0, 5.0))),
            ("1e3x5e2", Some((1000.0, 500.0))),
            ("-1x-1", Some((-1.0, -1.0))),
            ("1.5x2.5", Some((1.5, 2.5))),
            ("0x10", None),
            ("10", None),
            ("10x", None),
            ("10X20", None),
            ("", None),
        ] {
            assert_eq!(parse_bucket(text).map(|viewport| (viewport.w, viewport.h)), expected, "{text:?}");
        }
    }

    #[test]
    fn sides_are_rounded_to_hundreds() {
        assert_eq!(bucket_of(Viewport { w: 1366.0, h: 768.0 }).as_deref(), Some("1400x800"));
        assert_eq!(bucket_of(Viewport { w: 1.0, h: 49.0 }).as_deref(), Some("0x0"));
        assert_eq!(bucket_of(Viewport { w: 0.0, h: 49.0 }), None);
        assert_eq!(bucket_of(Viewport { w: f64::INFINITY, h: 49.0 }), None);
    }
}
