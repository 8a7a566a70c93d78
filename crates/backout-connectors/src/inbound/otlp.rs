//! Metrics by OTLP over HTTP, in its JSON encoding: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>. What came in
//! protobuf was made JSON before.
//!
//! Must not know: which metric is worth anything.

use std::borrow::Cow;

use backout_signals::{Observation, Said};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::fields::{each, plain};
use super::{Says, Wanted};

/// Where the name of a metric is asked for.
const NAME: &str = "name";

/// A text of JSON; of null and of what is not there, none.
type Raw<'l> = Option<&'l RawValue>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'l> {
    #[serde(borrow, default)]
    resource_metrics: Raw<'l>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'l> {
    #[serde(borrow, default)]
    scope_metrics: Raw<'l>,
}

#[derive(Deserialize)]
struct Scope<'l> {
    #[serde(borrow, default)]
    metrics: Raw<'l>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric<'l> {
    #[serde(borrow, default)]
    name: Raw<'l>,
    #[serde(borrow, default)]
    gauge: Option<Points<'l>>,
    #[serde(borrow, default)]
    sum: Option<Points<'l>>,
    #[serde(borrow, default)]
    histogram: Option<Points<'l>>,
    #[serde(borrow, default)]
    exponential_histogram: Option<Points<'l>>,
    #[serde(borrow, default)]
    summary: Option<Points<'l>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Points<'l> {
    #[serde(borrow, default)]
    data_points: Raw<'l>,
    #[serde(borrow, default)]
    aggregation_temporality: Raw<'l>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Point<'l> {
    #[serde(borrow, default)]
    attributes: Raw<'l>,
    #[serde(borrow, default)]
    as_double: Raw<'l>,
    #[serde(borrow, default)]
    as_int: Raw<'l>,
    #[serde(borrow, default)]
    sum: Raw<'l>,
    #[serde(borrow, default)]
    count: Raw<'l>,
}

#[derive(Deserialize)]
struct Attribute<'l> {
    #[serde(borrow)]
    key: Cow<'l, str>,
    #[serde(borrow, default)]
    value: Option<Value<'l>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Value<'l> {
    #[serde(borrow, default)]
    string_value: Raw<'l>,
    #[serde(borrow, default)]
    int_value: Raw<'l>,
    #[serde(borrow, default)]
    bool_value: Raw<'l>,
    #[serde(borrow, default)]
    double_value: Raw<'l>,
}

/// The points of the metric that is wanted: a gauge's last value; what a sum of changes adds; the mean of a histogram
/// or summary. Events are added, and of readings the last one holds.
pub(super) fn says(raw: &[u8], at: Timestamp, wanted: &Wanted) -> Says {
    let body: Body<'_> = serde_json::from_slice(raw).map_err(|error| match raw.first() {
        Some(b'{') => error.to_string(),
        _ => "it is not JSON, and was not sent as application/x-protobuf".to_owned(),
    })?;
    let mut said = None;
    let read = list(body.resource_metrics, |resource: Resource<'_>| {
        list(resource.scope_metrics, |scope: Scope<'_>| {
            list(scope.metrics, |metric: Metric<'_>| metric.add_to(&mut said, at, wanted))
        })
    });
    read.map_err(|error| error.to_string())?;
    Ok(said)
}

/// Each element of a list that may not be there.
fn list<'l, T: Deserialize<'l>>(
    list: Raw<'l>,
    call: impl FnMut(T) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    list.map_or(Ok(()), |list| each(list.get(), call))
}

impl<'l> Metric<'l> {
    fn add_to(&self, said: &mut Option<Observation>, at: Timestamp, wanted: &Wanted) -> serde_json::Result<()> {
        let is_named = |wanted: &String| self.name.and_then(plain).is_some_and(|name| name == wanted.as_str());
        if !wanted.labels.get(NAME).is_none_or(is_named) {
            return Ok(());
        }
        let mut of = |points: &Option<Points<'l>>, one: &dyn Fn(&Point<'l>) -> Option<Said>| {
            list(points.as_ref().and_then(|points| points.data_points), |point: Point<'l>| {
                if let Some(one) = one(&point).filter(|_| point.fits(wanted)) {
                    add(said, Observation { at, said: one });
                }
                Ok(())
            })
        };
        let reading = |value| Said::Reading { value, samples: None };
        of(&self.gauge, &|point| point.value().map(reading))?;
        // 1 is "delta": what is new since the last time. A cumulative sum is a reading.
        let temporality = self.sum.as_ref().and_then(|sum| plain(sum.aggregation_temporality?));
        let is_delta = matches!(temporality.as_deref(), Some("1" | "AGGREGATION_TEMPORALITY_DELTA"));
        of(&self.sum, &|point| match is_delta {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of events")]
            true => Some(Said::Events { count: point.value()?.max(0.0) as u64, of: None, who: Vec::new() }),
            false => point.value().map(reading),
        })?;
        for points in [&self.histogram, &self.exponential_histogram, &self.summary] {
            of(points, &|point| {
                let count = number(point.count).filter(|count| *count > 0.0)?;
                Some(reading(number(point.sum)? / count))
            })?;
        }
        Ok(())
    }
}

impl<'l> Value<'l> {
    /// What it holds, unless that is a list or bytes.
    fn scalar(&self) -> Raw<'l> {
        self.string_value.or(self.int_value).or(self.bool_value).or(self.double_value)
    }
}

impl Point<'_> {
    fn value(&self) -> Option<f64> {
        number(self.as_double).or_else(|| number(self.as_int))
    }

    /// Whether the attributes are those that are wanted.
    fn fits(&self, wanted: &Wanted) -> bool {
        wanted.labels.iter().filter(|(name, _)| *name != NAME).all(|(name, wanted)| {
            let mut fits = None;
            let read = list(self.attributes, |attribute: Attribute<'_>| {
                if fits.is_none() && attribute.key == name.as_str() {
                    let value = attribute.value.and_then(|value| value.scalar());
                    fits = Some(value.and_then(plain).is_some_and(|is| super::same(&is, wanted)));
                }
                Ok(())
            });
            read.is_ok() && fits == Some(true)
        })
    }
}

/// A number, or a text of one. What is none of those that there are says nothing.
fn number(raw: Raw<'_>) -> Option<f64> {
    plain(raw?)?.parse().ok().filter(|number: &f64| number.is_finite())
}

fn add(all: &mut Option<Observation>, one: Observation) {
    match (all.as_mut().map(|all| &mut all.said), one.said) {
        (Some(Said::Events { count, .. }), Said::Events { count: more, .. }) => *count = count.saturating_add(more),
        (_, said) => *all = Some(Observation { at: one.at, said }),
    }
}
