//! Money, as a service's usage API tells it.
//!
//! Must not know: whose service it is.

use std::collections::BTreeMap;

use backout_signals::Observation;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Kind, Said};
use crate::Boxed;
use crate::checks::Context;
use crate::mistake::{Look, Mistake};
use crate::outside::Trouble;
use crate::outside::http::{Auth, Http, address};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cost {
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    auth: Option<Auth>,
    /// Where the sum stands, as a JSON pointer.
    pointer: String,
    #[serde(default)]
    per: Per,
}

/// What the sum is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Per {
    /// Of a time that the service has chosen, such as the last hour: it is read as it is.
    #[default]
    Window,
    /// Of everything so far: what is new becomes a sum an hour.
    Total,
}

impl Kind for Cost {
    fn said(&self) -> String {
        format!("{} of GET {}", self.pointer, self.url)
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { address(look.env, &["url"], &self.url).into_iter().collect() })
    }

    fn ask<'a>(&'a self, context: &'a Context<'a>, cursor: &'a mut Value) -> Boxed<'a, Said> {
        Box::pin(async move {
            let errand = context.errand();
            let request = Http::get(&self.url, self.headers.clone(), self.auth.clone());
            let answer = request.send_by(&Http::client(&errand)?, &errand).await?;
            if answer.status != 200 {
                return Err(Trouble::new(format!("the answer is {}", answer.status), true));
            }
            let body: Value = serde_json::from_str(answer.text())
                .map_err(|error| Trouble::new(format!("the answer is not JSON: {error}"), true))?;
            read(&body, &self.pointer, self.per, Timestamp::now(), cursor)
        })
    }
}

fn read(body: &Value, pointer: &str, per: Per, now: Timestamp, cursor: &mut Value) -> Said {
    let found = body.pointer(pointer);
    let sum = found.and_then(|sum| sum.as_f64().or_else(|| sum.as_str().and_then(|text| text.parse().ok())));
    let Some(sum) = sum.filter(|sum: &f64| sum.is_finite()) else {
        return Err(Trouble::new(format!("there is no sum at {pointer}"), true));
    };
    if per == Per::Window {
        return Ok(vec![Observation::reading(now, sum)]);
    }
    let before = std::mem::replace(cursor, json!({ "sum": sum, "at": now }));
    let then = before["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let (Some(then), Some(former)) = (then, before["sum"].as_f64()) else { return Ok(Vec::new()) };
    let hours = now.duration_since(then).as_secs_f64() / 3600.0;
    // A new month begins from nothing.
    let spent = if sum < former { sum } else { sum - former };
    Ok(if hours > 0.0 { vec![Observation::reading(now, spent / hours)] } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use backout_signals::Said;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Per, read};

    #[test]
    fn a_running_sum_becomes_one_an_hour() {
        let mut cursor = Value::Null;
        let mut next = |per, sum: Value, minutes: i64| {
            let now = Timestamp::from_second(minutes * 60).unwrap();
            let said = read(&json!({ "total": sum }), "/total", per, now, &mut cursor).unwrap();
            said.first().map(|one| match one.said {
                Said::Reading { value, .. } => value,
                _ => f64::NAN,
            })
        };
        assert_eq!(next(Per::Window, json!("12.5"), 0), Some(12.5));
        assert_eq!(next(Per::Total, json!(100.0), 0), None, "nothing is known of before");
        assert_eq!(next(Per::Total, json!(105.0), 30), Some(10.0));
        assert_eq!(next(Per::Total, json!(2.0), 60), Some(4.0), "a new month");
        assert!(read(&json!({}), "/total", Per::Total, Timestamp::UNIX_EPOCH, &mut Value::Null).is_err());
    }
}
