//! Metrics by OTLP over HTTP, in its JSON encoding: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.
//!
//! Must not know: which metric is worth anything.

use backout_signals::{Observation, Said};
use jiff::Timestamp;
use serde_json::Value;

use super::Wanted;

/// Where the name of a metric is asked for.
const NAME: &str = "name";

/// The points of the metric that is wanted: a gauge's last value; what a sum of changes adds; the mean of a histogram.
pub(super) fn says(raw: &[u8], at: Timestamp, wanted: &Wanted) -> Result<Vec<Observation>, String> {
    let body: Value = serde_json::from_slice(raw).map_err(|error| match raw.first() {
        Some(b'{') => error.to_string(),
        _ => "it is not JSON: let the exporter send JSON (OTEL_EXPORTER_OTLP_PROTOCOL=http/json)".to_owned(),
    })?;
    let each = |value: &'_ Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let mut said = Vec::new();
    for resource in each(&body, "resourceMetrics") {
        for scope in each(&resource, "scopeMetrics") {
            for metric in each(&scope, "metrics") {
                said.extend(points(&metric, at, wanted));
            }
        }
    }
    Ok(said)
}

fn points(metric: &Value, at: Timestamp, wanted: &Wanted) -> Vec<Observation> {
    if wanted.labels.get(NAME).is_some_and(|name| metric[NAME] != name.as_str()) {
        return Vec::new();
    }
    let fits = |point: &Value| {
        let attribute = |name: &str| {
            let found = point["attributes"].as_array()?.iter().find(|one| one["key"] == name)?;
            let value = &found["value"];
            value["stringValue"].as_str().or_else(|| value["intValue"].as_str()).map(str::to_owned)
        };
        let labels = wanted.labels.iter().filter(|(name, _)| *name != NAME);
        labels.into_iter().all(|(name, value)| attribute(name).is_some_and(|is| super::same(&is, value)))
    };
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    let value = |point: &Value| number(&point["asDouble"]).or_else(|| number(&point["asInt"]));
    let of = |kind: &str| -> Vec<Value> {
        let points = metric[kind]["dataPoints"].as_array().cloned().unwrap_or_default();
        points.into_iter().filter(|point| fits(point)).collect()
    };
    let mut said: Vec<Observation> =
        of("gauge").iter().filter_map(value).map(|value| Observation::reading(at, value)).collect();
    // 1 is "delta": what is new since the last time. A cumulative sum is a reading.
    let is_delta = metric["sum"]["aggregationTemporality"] == 1
        || metric["sum"]["aggregationTemporality"] == "AGGREGATION_TEMPORALITY_DELTA";
    for value in of("sum").iter().filter_map(value) {
        said.push(match is_delta {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of events")]
            true => Observation { at, said: Said::Events { count: value.max(0.0) as u64, of: None, who: Vec::new() } },
            false => Observation::reading(at, value),
        });
    }
    for point in of("histogram") {
        if let (Some(sum), Some(count)) = (number(&point["sum"]), number(&point["count"]).filter(|count| *count > 0.0))
        {
            said.push(Observation::reading(at, sum / count));
        }
    }
    said
}
