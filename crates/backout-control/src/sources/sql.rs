//! A query that gives one row, in a transaction that may only read: one number, or `bad` events `of` how many.
//!
//! Must not know: what the SQL asks.

use backout_signals::{Observation, Said as What};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Kind, Said};
use crate::Boxed;
use crate::checks::Context;
use crate::checks::reading::{begin, end, failed};
use crate::outside::Trouble;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sql {
    query: String,
    /// `bad` and `of` are counted since the beginning, and what was new since the last time counts.
    #[serde(default)]
    cumulative: bool,
}

impl Kind for Sql {
    fn said(&self) -> String {
        self.query.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn ask<'a>(&'a self, context: &'a Context<'a>, cursor: &'a mut Value) -> Boxed<'a, Said> {
        Box::pin(async move {
            let session = begin(context).await?;
            let query = self.query.trim().trim_end_matches(';');
            let sql = format!("SELECT pg_catalog.row_to_json(backout_said)::text FROM (\n{query}\n) AS backout_said");
            let rows = session.rows(&sql).await.map_err(failed)?;
            end(session).await;
            let [row] = rows.as_slice() else {
                return Err(Trouble::new(format!("the query gives {} rows, and one is needed", rows.len()), true));
            };
            let text: String = row.get(0);
            let fields: Map<String, Value> = serde_json::from_str(&text)
                .map_err(|error| Trouble::new(format!("the row cannot be read: {error}"), false))?;
            read(&fields, self.cumulative, cursor)
        })
    }
}

fn read(fields: &Map<String, Value>, cumulative: bool, cursor: &mut Value) -> Said {
    let now = Timestamp::now();
    let number = |name: &str, value: &Value| {
        value.as_f64().ok_or_else(|| Trouble::new(format!("{name} is {value}, which is no number"), true))
    };
    if let Some(bad) = fields.get("bad") {
        let bad = number("bad", bad)?;
        let of = fields.get("of").map(|of| number("of", of)).transpose()?;
        let who = fields.get("who").and_then(Value::as_array);
        let who = who.into_iter().flatten().filter_map(Value::as_str).map(super::reports::digest).collect();
        return counted(now, bad, of, who, cumulative, cursor);
    }
    let mut values = fields.iter();
    match (values.next(), values.next()) {
        (Some((name, value)), None) => Ok(vec![Observation::reading(now, number(name, value)?)]),
        _ => {
            let said = "the row has several columns: name them bad and of, or give one number";
            Err(Trouble::new(said, false))
        }
    }
}

/// Events of how many, new ones only where they are counted since the beginning. The first time nothing is known.
pub(super) fn counted(
    now: Timestamp,
    bad: f64,
    of: Option<f64>,
    who: Vec<String>,
    cumulative: bool,
    cursor: &mut Value,
) -> Said {
    let (bad, of) = match cumulative {
        false => (bad, of),
        true => {
            let before = std::mem::replace(cursor, serde_json::json!({ "bad": bad, "of": of }));
            let Some(before_bad) = before["bad"].as_f64() else { return Ok(Vec::new()) };
            // A counter that went back began again from nothing.
            let since = |now: f64, before: f64| if now < before { now } else { now - before };
            let of = of.map(|of| since(of, before["of"].as_f64().unwrap_or_default()));
            (since(bad, before_bad), of)
        }
    };
    let count = |value: f64| -> Result<u64, Trouble> {
        if !(0.0..1e18).contains(&value) {
            return Err(Trouble::new(format!("{value} is no number of events"), true));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was looked at")]
        let count = value.round() as u64;
        Ok(count)
    };
    let (count, of) = (count(bad)?, of.map(count).transpose()?);
    Ok(vec![Observation { at: now, said: What::Events { count, of, who } }])
}
