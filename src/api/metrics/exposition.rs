//! Prometheus' text format, version 0.0.4: what every collector of metrics reads.
//!
//! Written here and not by the library `prometheus-client`, which writes `OpenMetrics` only: that names counters otherwise in
//! `# TYPE` than in their samples, and readers of the older format take such samples for untyped.

use std::fmt::Write as _;

use crate::domain::histogram::Histogram;

/// The media type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A text in the making.
#[derive(Debug, Default)]
pub struct Exposition(String);

/// One metric of it, whose samples follow.
#[derive(Debug)]
pub struct Metric<'a> {
    text: &'a mut String,
    name: &'static str,
}

/// Names and values of labels.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

impl Exposition {
    /// Begins a metric. All of its samples must follow before the next one begins.
    pub fn metric(&mut self, name: &'static str, kind: Kind, help: &'static str) -> Metric<'_> {
        // Writing into a text cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.word());
        Metric { text: &mut self.0, name }
    }

    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Metric<'_> {
    /// A sample of a whole number.
    pub fn count(&mut self, labels: Labels<'_>, value: u64) -> &mut Self {
        self.sample("", labels, None, format_args!("{value}"))
    }

    /// A sample of any number.
    pub fn value(&mut self, labels: Labels<'_>, value: f64) -> &mut Self {
        self.sample("", labels, None, format_args!("{value}"))
    }

    /// The samples of a histogram.
    pub fn histogram(&mut self, labels: Labels<'_>, histogram: &Histogram) -> &mut Self {
        for (bound, count) in histogram.buckets() {
            self.sample("_bucket", labels, Some(&bound.to_string()), format_args!("{count}"));
        }
        self.sample("_bucket", labels, Some("+Inf"), format_args!("{}", histogram.count()));
        self.sample("_sum", labels, None, format_args!("{}", histogram.sum()));
        self.sample("_count", labels, None, format_args!("{}", histogram.count()))
    }

    fn sample(
        &mut self,
        suffix: &str,
        labels: Labels<'_>,
        bound: Option<&str>,
        value: std::fmt::Arguments<'_>,
    ) -> &mut Self {
        let text = &mut *self.text;
        text.push_str(self.name);
        text.push_str(suffix);
        let all = labels.iter().copied().chain(bound.map(|bound| ("le", bound)));
        let mut separator = '{';
        for (name, value) in all {
            text.push(separator);
            separator = ',';
            text.push_str(name);
            text.push_str("=\"");
            push_escaped(text, value);
            text.push('"');
        }
        if separator == ',' {
            text.push('}');
        }
        let _ = writeln!(text, " {value}");
        self
    }
}

/// Backslash, quote and line feed have an escape; other control characters have no business in a label.
fn push_escaped(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            control if control.is_control() => text.push(char::REPLACEMENT_CHARACTER),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_as_the_format_says() {
        let mut exposition = Exposition::default();
        exposition
            .metric("hearth_things_total", Kind::Counter, "Things.")
            .count(&[], 3)
            .count(&[("kind", "a\"b\\c\nd\u{1}")], 4);
        let mut histogram = Histogram::new(&[0.005, 1.0]);
        histogram.observe(0.25);
        histogram.observe(4.0);
        exposition.metric("hearth_waits_seconds", Kind::Histogram, "Waits.").histogram(&[("x", "y")], &histogram);
        let expected = "# HELP hearth_things_total Things.\n\
                        # TYPE hearth_things_total counter\n\
                        hearth_things_total 3\n\
                        hearth_things_total{kind=\"a\\\"b\\\\c\\nd\u{fffd}\"} 4\n\
                        # HELP hearth_waits_seconds Waits.\n\
                        # TYPE hearth_waits_seconds histogram\n\
                        hearth_waits_seconds_bucket{x=\"y\",le=\"0.005\"} 0\n\
                        hearth_waits_seconds_bucket{x=\"y\",le=\"1\"} 1\n\
                        hearth_waits_seconds_bucket{x=\"y\",le=\"+Inf\"} 2\n\
                        hearth_waits_seconds_sum{x=\"y\"} 4.25\n\
                        hearth_waits_seconds_count{x=\"y\"} 2\n";
        assert_eq!(exposition.into_text(), expected);
    }
}
