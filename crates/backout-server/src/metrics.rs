//! Numbers of this process, in the text format of OpenMetrics.
//!
//! Must not know: who reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};

/// Upper ends of the classes of durations, in seconds.
const CLASSES: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

#[derive(Debug, Default)]
struct Route {
    classes: [AtomicU64; CLASSES.len() + 1],
    micros: AtomicU64,
}

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By method, route and status.
    routes: RwLock<BTreeMap<(String, String, u16), Route>>,
    pub(crate) hooks_received: AtomicU64,
    pub(crate) hooks_again: AtomicU64,
    pub(crate) hooks_refused: AtomicU64,
    pub(crate) evaluations: AtomicU64,
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Metrics {
    pub(crate) fn request(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        // Anything may be sent as a method.
        let method = if *method == Method::GET || *method == Method::POST { method.as_str() } else { "other" };
        let key = (method.to_owned(), route.to_owned(), status.as_u16());
        let class = CLASSES.iter().position(|end| took.as_secs_f64() <= *end).unwrap_or(CLASSES.len());
        let add = |route: &Route| {
            count(&route.classes[class]);
            route.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        if let Ok(routes) = self.routes.read()
            && let Some(route) = routes.get(&key)
        {
            return add(route);
        }
        if let Ok(mut routes) = self.routes.write() {
            add(routes.entry(key).or_default());
        }
    }

    /// As text, without the numbers of others.
    pub(crate) fn shown(&self, text: &mut Text) {
        text.begin("backout_request_duration_seconds", "histogram", "How long answers took.");
        if let Ok(routes) = self.routes.read() {
            for ((method, route, status), found) in routes.iter() {
                let status = status.to_string();
                let labels = [("method", method.as_str()), ("route", route.as_str()), ("status", status.as_str())];
                let mut sum = 0;
                for (number, counted) in found.classes.iter().enumerate() {
                    sum += counted.load(Ordering::Relaxed);
                    let end = CLASSES.get(number).map_or("+Inf".to_owned(), f64::to_string);
                    let labels: Vec<_> = labels.iter().copied().chain([("le", end.as_str())]).collect();
                    text.line("_bucket", &labels, sum as f64);
                }
                text.line("_count", &labels, sum as f64);
                text.line("_sum", &labels, found.micros.load(Ordering::Relaxed) as f64 / 1e6);
            }
        }
        for (name, about, counter) in [
            ("backout_hooks_received", "Messages of sources that were kept.", &self.hooks_received),
            ("backout_hooks_repeated", "Messages that were there already.", &self.hooks_again),
            ("backout_hooks_refused", "Messages that were not taken.", &self.hooks_refused),
            ("backout_flag_evaluations", "Flags that were evaluated.", &self.evaluations),
        ] {
            text.begin(name, "counter", about);
            text.line("_total", &[], counter.load(Ordering::Relaxed) as f64);
        }
    }
}

/// Families of numbers, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Text {
    text: String,
    family: String,
}

impl Text {
    pub(crate) fn begin(&mut self, family: &str, kind: &str, about: &str) {
        family.clone_into(&mut self.family);
        // Writing to a text does not fail.
        let _ = writeln!(self.text, "# TYPE {family} {kind}\n# HELP {family} {about}");
    }

    /// A number of the family that was begun.
    pub(crate) fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "{}{suffix}{labels} {value}", self.family);
    }

    /// A family with one number.
    pub(crate) fn gauge(&mut self, family: &str, about: &str, value: f64) {
        self.begin(family, "gauge", about);
        self.line("", &[], value);
    }

    pub(crate) fn end(mut self) -> String {
        self.text.push_str("# EOF\n");
        self.text
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_place() {
        let mut text = Text::default();
        text.begin("a", "gauge", "About.");
        text.line("", &[("trigger", "x\"} 1\nb{y=\"\\")], 2.0);
        assert_eq!(text.end().lines().count(), 4);
    }

    #[test]
    fn durations_are_added_up() {
        let metrics = Metrics::default();
        for millis in [1, 2, 20_000] {
            metrics.request(&Method::GET, "/a", StatusCode::OK, Duration::from_millis(millis));
        }
        let mut text = Text::default();
        metrics.shown(&mut text);
        let text = text.end();
        for line in [
            "backout_request_duration_seconds_bucket{method=\"GET\",route=\"/a\",status=\"200\",le=\"0.001\"} 1",
            "backout_request_duration_seconds_bucket{method=\"GET\",route=\"/a\",status=\"200\",le=\"+Inf\"} 3",
            "backout_request_duration_seconds_sum{method=\"GET\",route=\"/a\",status=\"200\"} 20.003",
            "backout_hooks_received_total 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }
}
