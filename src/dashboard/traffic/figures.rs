//! The numbers at the top of pages about requests, and the chart that one of them switches to.

use super::asked::Own;
use crate::dashboard::chart::{Chart, Unit};
use crate::dashboard::format;
use crate::dashboard::screen::Screen;
use crate::query::traffic::buckets::Summary;
use crate::query::traffic::series::{Series, Slice};

/// What a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    Requests,
    Errors,
    Latency,
    Statuses,
    Slow,
    Apdex,
    Bytes,
}

/// A number.
#[derive(Debug, Clone)]
pub struct Figure {
    pub name: &'static str,
    pub value: String,
    /// Against what it is compared with.
    pub change: Option<String>,
    /// Switches the chart; absent if it has none.
    pub href: Option<String>,
    pub current: bool,
}

/// A link that switches the chart.
#[derive(Debug, Clone)]
pub struct Choice {
    pub name: &'static str,
    pub href: String,
    pub current: bool,
}

impl Metric {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Requests, "requests", "Requests"),
        (Self::Errors, "errors", "Errors"),
        (Self::Latency, "latency", "Latency"),
        (Self::Statuses, "statuses", "Status"),
        (Self::Slow, "slow", "Slow"),
        (Self::Apdex, "apdex", "Apdex"),
        (Self::Bytes, "bytes", "Bytes sent"),
    ];

    /// What the parameter `metric` means; requests if nothing.
    #[must_use]
    pub fn asked(own: &Own) -> Self {
        let known = Self::ALL.into_iter().find(|(_, word, _)| own.get("metric") == Some(word));
        known.map_or(Self::Requests, |(metric, ..)| metric)
    }

    /// Links to every chart of the page at `path`.
    #[must_use]
    pub fn choices(self, screen: &Screen, own: &Own, path: &str) -> Vec<Choice> {
        let choice = |(metric, _, name): (Self, &str, &'static str)| Choice {
            name,
            href: metric.link(screen, own, path),
            current: metric == self,
        };
        Self::ALL.into_iter().map(choice).collect()
    }

    fn link(self, screen: &Screen, own: &Own, path: &str) -> String {
        let word = Self::ALL.into_iter().find(|(metric, ..)| *metric == self).map_or("", |(_, word, _)| word);
        own.with("metric", word).link(screen, path)
    }
}

/// The figures of requests; `before` are those they are compared with, `users` is known of some only.
#[must_use]
pub fn figures(
    screen: &Screen,
    own: &Own,
    (path, metric): (&str, Metric),
    (now, before): (&Summary, Option<&Summary>),
    users: Option<u64>,
) -> Vec<Figure> {
    let figure = |name, value, change: Option<String>, of: Option<Metric>| Figure {
        name,
        value,
        change,
        href: of.map(|of| of.link(screen, own, path)),
        current: of == Some(metric),
    };
    let change = |read: fn(&Summary) -> u64| before.and_then(|before| format::change(read(now), read(before)));
    let percentile = |q| {
        let whole_us = |summary: &Summary| summary.quantile(q).map(rounded);
        let change = before.and_then(whole_us).zip(whole_us(now)).and_then(|(before, now)| format::change(now, before));
        (format::duration_ms(percentile_ms(now, q)), change)
    };
    let mut figures = vec![
        figure("Requests", format::count(now.count), change(|summary| summary.count), Some(Metric::Requests)),
        figure(
            "Error rate",
            format::share(now.errors, now.count),
            change(|summary| summary.errors),
            Some(Metric::Errors),
        ),
    ];
    for (name, q) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        let (value, change) = percentile(q);
        figures.push(figure(name, value, change, Some(Metric::Latency)));
    }
    figures.push(figure("Slow", format::count(now.slow), change(|summary| summary.slow), Some(Metric::Slow)));
    figures.push(figure("Apdex", apdex(now), None, Some(Metric::Apdex)));
    figures.extend(users.map(|users| figure("Users", format::count(users), None, None)));
    figures.push(figure(
        "Bytes sent",
        format::bytes(now.bytes_out),
        change(|summary| summary.bytes_out),
        Some(Metric::Bytes),
    ));
    figures
}

/// The chart of a metric, with what it is compared with where that is one line.
#[must_use]
pub fn chart(screen: &Screen, bounds: &[i64], metric: Metric, series: &Series, before: Option<&Series>) -> Chart {
    let (view, total) = (&screen.view, series.total());
    let new = |summary: String, unit| Chart::new(summary, unit, bounds, view.grain(), &view.zone, view.now_ms);
    let values = |read: fn(&Slice) -> Option<f64>| series.slices.iter().map(read).collect::<Vec<_>>();
    let single = |summary: String, unit, name: &str, colour, read: fn(&Slice) -> Option<f64>| {
        let chart = new(summary, unit).with(name, colour, values(read));
        let faint = before
            .map(|before| before.slices.iter().map(read).chain(std::iter::repeat(None)).take(series.slices.len()));
        match faint {
            Some(faint) => chart.with_faint("Compared", faint.collect()),
            None => chart,
        }
    };
    let summary = &total.summary;
    match metric {
        Metric::Requests => single(
            format!("Requests over time: {} in all.", format::count(summary.count)),
            Unit::Count,
            "Requests",
            1,
            |slice| Some(number(slice.summary.count)),
        ),
        Metric::Errors => single(
            format!(
                "Share of requests with status 400 or more: {} on the whole.",
                format::share(summary.errors, summary.count)
            ),
            Unit::Share,
            "Error rate",
            2,
            |slice| (slice.summary.count > 0).then(|| number(slice.summary.errors) / number(slice.summary.count)),
        ),
        Metric::Slow => single(
            format!("Slow requests over time: {} in all.", format::count(summary.slow)),
            Unit::Count,
            "Slow requests",
            2,
            |slice| Some(number(slice.summary.slow)),
        ),
        Metric::Apdex => {
            single(format!("Apdex over time: {} on the whole.", apdex(summary)), Unit::Score, "Apdex", 3, |slice| {
                slice.summary.apdex()
            })
        }
        Metric::Bytes => single(
            format!("Mebibytes sent over time: {} in all.", format::bytes(summary.bytes_out)),
            Unit::Count,
            "Mebibytes sent",
            4,
            |slice| Some((number(slice.summary.bytes_out) / 1_048_576.0 * 10.0).round() / 10.0),
        ),
        Metric::Latency => {
            let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|q| percentile_ms(summary, q)).map(format::duration_ms);
            new(
                format!("How long requests took: half of them {p50} at most, 95 % {p95}, 99 % {p99}."),
                Unit::Milliseconds,
            )
            .with("p50", 3, values(|slice| percentile_ms(&slice.summary, 0.5)))
            .with("p95", 1, values(|slice| percentile_ms(&slice.summary, 0.95)))
            .with("p99", 2, values(|slice| percentile_ms(&slice.summary, 0.99)))
        }
        Metric::Statuses => {
            let [success, redirect, client, server] =
                [2, 3, 4, 5].map(|class| count_of(&total, class)).map(format::count);
            let text = format!(
                "Requests by class of status: {success} with 2xx, {redirect} with 3xx, {client} with 4xx, {server} with 5xx."
            );
            let chart = new(text, Unit::Count)
                .with("2xx", 3, values(|slice| Some(number(count_of(slice, 2)))))
                .with("3xx", 1, values(|slice| Some(number(count_of(slice, 3)))))
                .with("4xx", 5, values(|slice| Some(number(count_of(slice, 4)))))
                .with("5xx", 2, values(|slice| Some(number(count_of(slice, 5)))));
            let chart = if count_of(&total, 1) > 0 {
                chart.with("1xx", 6, values(|slice| Some(number(count_of(slice, 1)))))
            } else {
                chart
            };
            chart.stacked()
        }
    }
}

/// A percentile in milliseconds.
#[must_use]
pub fn percentile_ms(summary: &Summary, q: f64) -> Option<f64> {
    summary.quantile(q).map(|us| us.round() / 1_000.0)
}

/// `0.94`, from 0 (all frustrated) to 1 (all satisfied).
#[must_use]
pub fn apdex(summary: &Summary) -> String {
    summary.apdex().map_or_else(|| format::NOTHING.to_owned(), |apdex| format!("{apdex:.2}"))
}

fn count_of(slice: &Slice, class: u16) -> u64 {
    slice.classes.get(&class).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a chart")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a duration, which is not negative")]
fn rounded(us: f64) -> u64 {
    us.round() as u64
}
