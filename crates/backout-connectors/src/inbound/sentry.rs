//! Sentry: issue alerts, metric alerts and events of an internal integration:
//! <https://docs.sentry.io/organization/integrations/integration-platform/webhooks/>.
//!
//! Must not know: which alert is worth anything.

use backout_signals::{Observation, Said};
use jiff::Timestamp;
use ring::hmac::HMAC_SHA256;
use serde_json::Value;

use super::signed::{digest, is_signed};
use super::{Headers, Refused, Says, Wanted};

pub(super) fn verify(secret: &[u8], headers: Headers<'_>, raw: &[u8], _: Timestamp) -> Result<String, Refused> {
    let signature = headers("sentry-hook-signature").ok_or(Refused::Missing("sentry-hook-signature"))?;
    if !is_signed(HMAC_SHA256, secret, &[raw], signature) {
        return Err(Refused::Signature);
    }
    // Its headers are not signed, so what names it is the body: an attempt that is repeated has the same one.
    Ok(digest(raw))
}

pub(super) fn says(raw: &[u8], at: Timestamp, wanted: &Wanted) -> Says {
    let body: Value = serde_json::from_slice(raw).map_err(|error| error.to_string())?;
    let event = [&body["data"]["event"], &body["data"]["issue"], &body["data"]["error"]];
    let event = event.into_iter().find(|one| one.is_object());
    if let Some(event) = event {
        let tag = |name: &str| {
            let listed = event["tags"].as_array().into_iter().flatten().find_map(|pair| match pair.as_array() {
                Some(pair) if pair.first()?.as_str()? == name => pair.get(1)?.as_str(),
                _ if pair["key"] == name => pair["value"].as_str(),
                _ => None,
            });
            listed.or_else(|| event[name].as_str()).or_else(|| body[name].as_str())
        };
        let who = event["user"]["id"].as_str().map(str::to_owned).into_iter().collect();
        let count = u64::from(wanted.fits(tag));
        let said = Said::Events { count, of: None, who: if count == 1 { who } else { Vec::new() } };
        return Ok((count == 1).then_some(Observation { at, said }));
    }
    // A metric alert: what it has come to, and whether it is over.
    let alert = &body["data"]["metric_alert"];
    let title = |name: &str| match name {
        "action" => body["action"].as_str(),
        other => alert[other].as_str().or_else(|| alert["alert_rule"][other].as_str()),
    };
    if !alert.is_object() {
        return Err("it has no event, issue, error or metric_alert".to_owned());
    }
    if !wanted.fits(title) {
        return Ok(None);
    }
    let value = if body["action"] == "resolved" { 0.0 } else { 1.0 };
    Ok(Some(Observation::reading(at, value)))
}
