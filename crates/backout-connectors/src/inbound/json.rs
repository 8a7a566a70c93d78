//! Any JSON, signed with a time: `X-Signature` is the hexadecimal HMAC-SHA256 of `X-Timestamp`, a point, and the body.
//!
//! Must not know: what the body is about.

use backout_signals::{Observation, Said};
use jiff::Timestamp;
use ring::hmac::HMAC_SHA256;
use serde_json::Value;

use super::signed::{digest, is_signed, recent};
use super::{Headers, Refused, Says, Wanted};

pub(super) fn verify(secret: &[u8], headers: Headers<'_>, raw: &[u8], now: Timestamp) -> Result<String, Refused> {
    let signature = headers("x-signature").ok_or(Refused::Missing("x-signature"))?;
    let at = headers("x-timestamp").ok_or(Refused::Missing("x-timestamp"))?;
    recent(at, now)?;
    if !is_signed(HMAC_SHA256, secret, &[at.as_bytes(), b".", raw], signature) {
        return Err(Refused::Signature);
    }
    // Of what is signed alone: another header would make another message of a copy.
    Ok(format!("{at}-{}", digest(raw)))
}

pub(super) fn says(raw: &[u8], at: Timestamp, wanted: &Wanted) -> Says {
    let body: Value = serde_json::from_slice(raw).map_err(|error| error.to_string())?;
    let place =
        |name: &str| if name.starts_with('/') { name.to_owned() } else { format!("/{}", name.replace('.', "/")) };
    if !wanted.fits(|name| body.pointer(&place(name)).and_then(Value::as_str)) {
        return Ok(None);
    }
    let number = |pointer: &String| {
        let found = body.pointer(pointer).ok_or_else(|| format!("there is nothing at {pointer}"))?;
        let number = found.as_f64().or_else(|| found.as_str().and_then(|text| text.parse().ok()));
        number.filter(|number| number.is_finite()).ok_or_else(|| format!("what is at {pointer} is no number"))
    };
    if let Some(pointer) = &wanted.value {
        return Ok(Some(Observation::reading(at, number(pointer)?)));
    }
    let count = |pointer: &String| -> Result<u64, String> {
        let found = body.pointer(pointer).and_then(Value::as_u64);
        found.ok_or_else(|| format!("what is at {pointer} is no number of events"))
    };
    // Without a place the message itself is the event.
    let bad = wanted.bad.as_ref().map(count).transpose()?.unwrap_or(1);
    let of = wanted.of.as_ref().map(count).transpose()?;
    let who = wanted.who.as_ref().and_then(|pointer| body.pointer(pointer)).and_then(Value::as_str);
    let said = Said::Events { count: bad, of, who: who.map(str::to_owned).into_iter().collect() };
    Ok(Some(Observation { at, said }))
}
