//! Tables that have as many rows as in the baseline.
//!
//! Must not know: which rows these are.

use std::path::PathBuf;

use backout_plan::plan::{Flaw, TablePattern};
use backout_postgres::examine::count;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::named::baseline;
use super::shared::names::table;
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountUnchanged {
    /// `schema.table` or `schema.*`, as the baseline has them.
    tables: Vec<TablePattern>,
    /// How many rows more or less are fine.
    #[serde(default)]
    tolerance: Tolerance,
    /// A file that `--baseline` wrote, relative to the plan, where none is handed in.
    #[serde(default)]
    baseline: Option<PathBuf>,
    /// A table that was empty and still is proves nothing, unless that is meant.
    #[serde(default)]
    may_be_empty: bool,
}

/// A number of rows, or a part of them: `10`, `"5%"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
struct Tolerance {
    rows: u64,
    percent: f64,
}

impl TryFrom<Value> for Tolerance {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let wrong = || format!("tolerance is a number of rows, or a part such as \"5%\", not {value}");
        if let Some(rows) = value.as_u64() {
            return Ok(Self { rows, percent: 0.0 });
        }
        let percent = value.as_str().and_then(|text| text.trim().strip_suffix('%')).ok_or_else(wrong)?;
        let percent: f64 = percent.trim().parse().map_err(|_| wrong())?;
        if (0.0..100.0).contains(&percent) { Ok(Self { rows: 0, percent }) } else { Err(wrong()) }
    }
}

impl Tolerance {
    /// Whether so many rows are as good as so many.
    fn allows(self, then: u64, now: u64) -> bool {
        #[allow(clippy::cast_precision_loss)]
        let part = then as f64 * self.percent / 100.0;
        #[allow(clippy::cast_precision_loss)]
        let off = then.abs_diff(now) as f64;
        then.abs_diff(now) <= self.rows || off <= part
    }

    fn said(self) -> String {
        match (self.rows, self.percent) {
            (0, percent) if percent > 0.0 => format!(", {percent} % more or less"),
            (0, _) => String::new(),
            (rows, _) => format!(", {rows} more or less"),
        }
    }
}

impl Kind for CountUnchanged {
    fn said(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(ToString::to_string).collect();
        format!("as many rows as in the baseline{}: {}", self.tolerance.said(), tables.join(", "))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            if self.tables.is_empty() {
                return vec![Mistake::plan(Flaw::at(&["tables"], "no table is named"))];
            }
            let then = match baseline(look, &["baseline"], self.baseline.as_deref()) {
                Ok(Some(then)) => then,
                Ok(None) => return Vec::new(),
                Err(mistake) => return vec![*mistake],
            };
            let missing = |(number, pattern): (usize, &TablePattern)| {
                if then.tables_like(pattern).next().is_some() {
                    return None;
                }
                let name = pattern.to_string();
                let flaw = Flaw::at(&["tables", &number.to_string()], format!("{name} is not in the baseline"));
                let known = then.tables.keys().map(String::as_str);
                Some(Mistake::machine(flaw.value(&name).meant(&name, known)))
            };
            self.tables.iter().enumerate().filter_map(missing).collect()
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let baseline = context.baseline(self.baseline.as_deref())?;
            let (mut findings, mut facts) = (Vec::new(), Vec::new());
            let session = begin(context).await?;
            for pattern in &self.tables {
                let meant: Vec<_> = baseline.tables_like(pattern).collect();
                if meant.is_empty() {
                    findings.push(format!("{pattern} is not in the baseline"));
                }
                for (name, then) in meant {
                    let relation = match table(&session, name).await {
                        Ok(relation) => relation,
                        Err(trouble) => {
                            findings.push(trouble.why);
                            continue;
                        }
                    };
                    let now = count(&session, &relation).await.map_err(failed)?;
                    facts.push(json!({ "table": name, "then": then.rows, "now": now }));
                    if !self.tolerance.allows(then.rows, now) {
                        let rows = backout_plan::wording::count(now, "row");
                        findings.push(format!("{name} has {rows}, and had {}", then.rows));
                    } else if then.rows == 0 && now == 0 && !self.may_be_empty {
                        findings.push(format!("{name} was empty and is, which proves nothing"));
                    }
                }
            }
            end(session).await;
            if facts.is_empty() && findings.is_empty() {
                return Err(nothing("no table is named"));
            }
            found(findings, json!({ "tables": facts }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerance_is_rows_or_a_part() {
        let of = |value: Value| Tolerance::try_from(value);
        let (rows, part) = (of(json!(2)).unwrap(), of(json!("5%")).unwrap());
        assert!(rows.allows(10, 12) && rows.allows(10, 8) && !rows.allows(10, 13));
        assert!(part.allows(100, 105) && !part.allows(100, 94) && !part.allows(0, 1));
        for wrong in [json!(-1), json!("5"), json!("x%"), json!("100%"), json!("-1%"), json!(true)] {
            assert!(of(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
