//! Log drains of Vercel (<https://vercel.com/docs/drains/reference/logs>) and Supabase: lists of lines, or a line each.
//!
//! Must not know: which line is bad.

use std::borrow::Cow;

use backout_signals::{Observation, Said};
use jiff::Timestamp;
use ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
use serde_json::value::RawValue;

use super::fields::{Fields, each, plain};
use super::signed::{digest, is_signed};
use super::{Headers, Refused, Says, Wanted};

pub(super) fn verify_vercel(secret: &[u8], headers: Headers<'_>, raw: &[u8], _: Timestamp) -> Result<String, Refused> {
    let signature = headers("x-vercel-signature").ok_or(Refused::Missing("x-vercel-signature"))?;
    match is_signed(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, &[raw], signature) {
        // Lines have names of their own, so two bodies are never alike.
        true => Ok(digest(raw)),
        false => Err(Refused::Signature),
    }
}

/// The names that the status of an answer has.
const STATUS: [&str; 3] = ["statusCode", "status_code", "status"];
/// Where a line has fields that are not its own: those of the request, and of what wrote the line.
const WITHIN: [&str; 2] = ["proxy", "metadata"];

/// What is asked of lines, and what the line at hand has of it. Most of a line nobody looks at.
struct Look<'n, 'l> {
    names: &'n [&'n str],
    line: Fields<'n, 'l>,
    within: [Within<'n, 'l>; WITHIN.len()],
}

/// An object in a line, read once something of it is asked for.
struct Within<'n, 'l> {
    name: &'static str,
    fields: Fields<'n, 'l>,
    is_read: bool,
}

impl<'n, 'l> Look<'n, 'l> {
    /// `names` has those of the fields, of [`STATUS`] and of [`WITHIN`].
    fn at(names: &'n [&'n str]) -> Self {
        let within = WITHIN.map(|name| Within { name, fields: Fields::new(names), is_read: false });
        Self { names, line: Fields::new(names), within }
    }

    fn read(&mut self, line: &'l str) -> serde_json::Result<()> {
        self.within.iter_mut().for_each(|within| within.is_read = false);
        self.line.read(line)
    }

    /// A field of the line, of the request or of the metadata, without its quotes.
    fn field(&mut self, name: &str) -> Option<Cow<'l, str>> {
        let place = self.names.iter().position(|one| *one == name)?;
        if let Some(raw) = self.line.get(place) {
            return plain(raw);
        }
        let outer = |name| self.line.get(self.names.iter().position(|one| *one == name)?);
        self.within.iter_mut().find_map(|within| {
            let raw = outer(within.name)?;
            if !within.is_read {
                within.is_read = true;
                // What is no object has no fields.
                within.fields.read(raw.get()).ok();
            }
            plain(within.fields.get(place)?)
        })
    }

    /// The status of an answer, by any of the names that it has.
    fn status(&mut self) -> Option<Cow<'l, str>> {
        STATUS.iter().find_map(|name| self.field(name))
    }
}

/// Lines that fit of all lines; where a status is asked for, of all that have one.
pub(super) fn says(raw: &[u8], at: Timestamp, wanted: &Wanted) -> Says {
    let text = std::str::from_utf8(raw).map_err(|error| error.to_string())?;
    let names: Vec<&str> =
        wanted.labels.keys().chain(&wanted.who).map(String::as_str).chain(STATUS).chain(WITHIN).collect();
    let asks_status = wanted.labels.contains_key("status");
    let mut look = Look::at(&names);
    let (mut count, mut of, mut who) = (0_u64, 0_u64, Vec::new());
    let mut take = |line| -> serde_json::Result<()> {
        look.read(line)?;
        let status = if asks_status { look.status() } else { None };
        if asks_status && status.is_none() {
            return Ok(());
        }
        of += 1;
        let fits = wanted.labels.iter().all(|(name, value)| match name.as_str() {
            "status" => status.as_deref().is_some_and(|is| super::same(is, value)),
            other => look.field(other).is_some_and(|is| super::same(&is, value)),
        });
        count += u64::from(fits);
        if fits && let Some(name) = &wanted.who {
            who.extend(look.field(name).map(Cow::into_owned));
        }
        Ok(())
    };
    let taken = match text.trim_start().starts_with('[') {
        true => each::<&RawValue>(text, |line| take(line.get())),
        false => text.lines().filter(|line| !line.trim().is_empty()).try_for_each(take),
    };
    taken.map_err(|error| error.to_string())?;
    Ok((of > 0).then_some(Observation { at, said: Said::Events { count, of: Some(of), who } }))
}
