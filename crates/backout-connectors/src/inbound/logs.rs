//! Log drains of Vercel (<https://vercel.com/docs/drains/reference/logs>) and Supabase: lists of lines, or a line each.
//!
//! Must not know: which line is bad.

use std::borrow::Cow;
use std::collections::HashMap;

use backout_signals::{Observation, Said};
use jiff::Timestamp;
use ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::signed::{digest, is_signed};
use super::{Headers, Refused, Wanted};

pub(super) fn verify_vercel(secret: &[u8], headers: Headers<'_>, raw: &[u8], _: Timestamp) -> Result<String, Refused> {
    let signature = headers("x-vercel-signature").ok_or(Refused::Missing("x-vercel-signature"))?;
    match is_signed(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, &[raw], signature) {
        // Lines have names of their own, so two bodies are never alike.
        true => Ok(digest(raw)),
        false => Err(Refused::Signature),
    }
}

/// A line with its fields as they stand there: most of them nobody looks at.
#[derive(Deserialize)]
#[serde(transparent)]
struct Line<'l>(#[serde(borrow)] HashMap<Cow<'l, str>, &'l RawValue>);

impl<'l> Line<'l> {
    /// A field, one of the request's (`proxy`) or of the metadata's, without its quotes.
    fn field(&self, name: &str) -> Option<Cow<'l, str>> {
        let plain = |raw: &'l RawValue| -> Option<Cow<'l, str>> {
            let text = raw.get();
            match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                Some(inner) if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
                Some(_) => serde_json::from_str::<String>(text).ok().map(Cow::Owned),
                None => Some(Cow::Borrowed(text)),
            }
        };
        if let Some(raw) = self.0.get(name) {
            return plain(raw);
        }
        let inner = |outer: &str| -> Option<Cow<'l, str>> {
            let raw: &'l RawValue = self.0.get(outer)?;
            let inner: HashMap<Cow<'l, str>, &'l RawValue> = serde_json::from_str(raw.get()).ok()?;
            plain(inner.get(name)?)
        };
        inner("proxy").or_else(|| inner("metadata"))
    }

    /// The status of an answer, by any of the names that it has.
    fn status(&self) -> Option<Cow<'l, str>> {
        self.field("statusCode").or_else(|| self.field("status_code")).or_else(|| self.field("status"))
    }
}

/// Lines that fit of all lines; where a status is asked for, of all that have one.
pub(super) fn says(raw: &[u8], at: Timestamp, wanted: &Wanted) -> Result<Vec<Observation>, String> {
    let text = std::str::from_utf8(raw).map_err(|error| error.to_string())?;
    let lines: Vec<Line<'_>> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).map_err(|error| error.to_string())?,
        false => {
            let parsed = text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str);
            parsed.collect::<Result<_, _>>().map_err(|error| error.to_string())?
        }
    };
    let (mut count, mut of, mut who) = (0_u64, 0_u64, Vec::new());
    let asks_status = wanted.labels.contains_key("status");
    for line in &lines {
        let status = line.status();
        if asks_status && status.is_none() {
            continue;
        }
        of += 1;
        let fits = wanted.labels.iter().all(|(name, value)| match name.as_str() {
            "status" => status.as_deref().is_some_and(|is| super::same(is, value)),
            other => line.field(other).is_some_and(|is| super::same(&is, value)),
        });
        count += u64::from(fits);
        if fits && let Some(name) = &wanted.who {
            who.extend(line.field(name).map(Cow::into_owned));
        }
    }
    Ok(match of {
        0 => Vec::new(),
        _ => vec![Observation { at, said: Said::Events { count, of: Some(of), who } }],
    })
}
