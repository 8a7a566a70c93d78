//! Alertmanager's webhook, version 4: <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.
//!
//! Must not know: which alert is worth anything.

use std::collections::BTreeMap;

use backout_signals::Observation;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Says, Wanted};

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    status: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// 1 while one of the alerts that are wanted fires, 0 when none does any more.
pub(super) fn says(raw: &[u8], at: Timestamp, wanted: &Wanted) -> Says {
    let body: Body = serde_json::from_slice(raw).map_err(|error| error.to_string())?;
    let mut ours = body.alerts.iter().filter(|one| wanted.fits(|name| one.labels.get(name).map(String::as_str)));
    let Some(first) = ours.next() else { return Ok(None) };
    let fires = first.status == "firing" || ours.any(|one| one.status == "firing");
    Ok(Some(Observation::reading(at, if fires { 1.0 } else { 0.0 })))
}
