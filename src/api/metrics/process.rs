//! What the system knows about this process, by the names that Prometheus' client libraries use.

use std::path::Path;

use super::exposition::{Exposition, Kind};

/// `USER_HZ`: the unit of times in `/proc`, the same on every architecture that Hearth is built for (proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// Position of the user time in `/proc/self/stat`, counted from the state, which follows the name in parentheses.
const UTIME: usize = 11;
const STIME: usize = 12;
const THREADS: usize = 17;
const START_TIME: usize = 19;
const VSIZE: usize = 20;

/// Writes what can be read; elsewhere than on Linux, nothing.
pub(super) fn write(text: &mut Exposition) {
    if let Some(stat) = std::fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(Stat::parse) {
        text.metric("process_cpu_seconds_total", Kind::Counter, "Time on processors, user and system, in seconds.")
            .value(&[], stat.cpu_ticks / TICKS_PER_SECOND);
        text.metric("process_threads", Kind::Gauge, "Threads.").value(&[], stat.threads);
        text.metric("process_virtual_memory_bytes", Kind::Gauge, "Virtual memory in bytes.")
            .value(&[], stat.virtual_bytes);
        if let Some(booted_s) = booted_s() {
            text.metric(
                "process_start_time_seconds",
                Kind::Gauge,
                "Start of the process, in seconds since the Unix epoch.",
            )
            .value(&[], booted_s + stat.started_ticks / TICKS_PER_SECOND);
        }
    }
    if let Some(resident) = status_bytes("VmRSS:") {
        text.metric("process_resident_memory_bytes", Kind::Gauge, "Resident memory in bytes.").value(&[], resident);
    }
    if let Some(open) = std::fs::read_dir("/proc/self/fd").ok().map(Iterator::count) {
        // The directory that is being read is one of them.
        text.metric("process_open_fds", Kind::Gauge, "Open file descriptors.")
            .count(&[], (open as u64).saturating_sub(1));
    }
    if let Some(max) = max_open_files() {
        text.metric("process_max_fds", Kind::Gauge, "Most open file descriptors that the system allows.")
            .value(&[], max);
    }
}

/// What is used of `/proc/self/stat`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stat {
    cpu_ticks: f64,
    threads: f64,
    started_ticks: f64,
    virtual_bytes: f64,
}

impl Stat {
    /// The name may hold anything, spaces and parentheses as well; the last closing one ends it.
    fn parse(text: &str) -> Option<Self> {
        let (_, after) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let field = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some(Self {
            cpu_ticks: field(UTIME)? + field(STIME)?,
            threads: field(THREADS)?,
            started_ticks: field(START_TIME)?,
            virtual_bytes: field(VSIZE)?,
        })
    }
}

/// When the system was booted, in seconds since the epoch.
fn booted_s() -> Option<f64> {
    line_after(Path::new("/proc/stat"), "btime ")?.trim().parse().ok()
}

/// A size of `/proc/self/status`, which tells it in units of 1024 bytes.
fn status_bytes(name: &str) -> Option<f64> {
    let text = line_after(Path::new("/proc/self/status"), name)?;
    Some(text.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

/// The soft limit; the third word after the name.
fn max_open_files() -> Option<f64> {
    line_after(Path::new("/proc/self/limits"), "Max open files")?.split_whitespace().next()?.parse().ok()
}

/// The rest of the line that begins so.
fn line_after(path: &Path, beginning: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(beginning)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_process_may_hold_anything() {
        let numbers: Vec<String> = (0..25).map(|at| at.to_string()).collect();
        let text = format!("42 (a ) b) S {}", numbers[1..].join(" "));
        let expected = Stat { cpu_ticks: 23.0, threads: 17.0, started_ticks: 19.0, virtual_bytes: 20.0 };
        assert_eq!(Stat::parse(&text), Some(expected));
        assert_eq!(Stat::parse("42 (short) S 1 2"), None);
    }
}
