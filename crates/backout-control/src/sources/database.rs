//! How the target itself is doing, by its statistics: errors, connections, waits, long transactions, rows, statements.
//!
//! Must not know: what is too much.

use backout_plan::plan::{Flaw, Span};
use backout_postgres::examine::vitals;
use backout_postgres::session::Session;
use backout_signals::Observation;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sql::counted;
use super::{Kind, Said};
use crate::Boxed;
use crate::checks::Context;
use crate::checks::reading::{begin, end, failed};
use crate::mistake::{Look, Mistake};
use crate::outside::Trouble;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Database {
    watch: Vital,
    /// Whose rows are counted.
    #[serde(default)]
    table: Option<String>,
    /// From when on a wait for a lock counts.
    #[serde(default = "long")]
    longer: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Vital {
    /// Transactions that were rolled back, of all.
    Errors,
    /// The share of all connections that is taken.
    Connections,
    /// Sessions that wait for a lock.
    LockWaits,
    /// Seconds since the oldest transaction began.
    LongTransactions,
    /// The share of a table's rows that is gone since it was counted first.
    Rows,
    /// How many times as long a statement takes on average as at first.
    Statements,
}

fn long() -> Span {
    Span::from_secs(5)
}

impl Database {
    fn named(&self) -> Option<&str> {
        self.table.as_deref().filter(|_| self.watch == Vital::Rows)
    }

    async fn seen(&self, session: &Session, cursor: &mut Value) -> Said {
        let now = Timestamp::now();
        let reading = |value: f64| Ok(vec![Observation::reading(now, value)]);
        match self.watch {
            Vital::Errors => {
                let (bad, of) = vitals::transactions(session).await.map_err(failed)?;
                counted(now, bad, Some(of), Vec::new(), true, cursor)
            }
            Vital::Connections => reading(vitals::connections(session).await.map_err(failed)?),
            Vital::LockWaits => reading(vitals::lock_waits(session, self.longer.as_millis()).await.map_err(failed)?),
            Vital::LongTransactions => reading(vitals::oldest_transaction(session).await.map_err(failed)?),
            Vital::Rows => {
                let name = self.table.as_deref().unwrap_or_default();
                let table = crate::checks::table(session, name).await?;
                let rows = vitals::rows(session, &table.name).await.map_err(failed)?;
                let first = cursor["rows"].as_f64().unwrap_or(rows);
                *cursor = json!({ "rows": first });
                reading(if first > 0.0 { ((first - rows) / first).max(0.0) } else { 0.0 })
            }
            Vital::Statements => {
                let Some((calls, ms)) = vitals::statements(session).await.map_err(failed)? else {
                    let said = "the extension pg_stat_statements is not there: CREATE EXTENSION pg_stat_statements";
                    return Err(Trouble::new(said, false));
                };
                drift(now, calls, ms, cursor)
            }
        }
    }
}

/// The mean of what ran since the last time, over the mean of everything before the first.
fn drift(now: Timestamp, calls: f64, ms: f64, cursor: &mut Value) -> Said {
    let before = cursor.clone();
    let (first_calls, first_ms) = (before["first_calls"].as_f64(), before["first_ms"].as_f64());
    let (first_calls, first_ms) = (first_calls.unwrap_or(calls), first_ms.unwrap_or(ms));
    *cursor = json!({ "first_calls": first_calls, "first_ms": first_ms, "calls": calls, "ms": ms });
    let (Some(last_calls), Some(last_ms)) = (before["calls"].as_f64(), before["ms"].as_f64()) else {
        return Ok(Vec::new());
    };
    let (new, spent) = (calls - last_calls, ms - last_ms);
    // Nothing ran, or its statistics were reset.
    if new <= 0.0 || spent < 0.0 || first_calls <= 0.0 || first_ms <= 0.0 {
        return Ok(Vec::new());
    }
    Ok(vec![Observation::reading(now, (spent / new) / (first_ms / first_calls))])
}

impl Kind for Database {
    fn said(&self) -> String {
        let what = format!("{:?}", self.watch).to_lowercase();
        self.named().map_or(what.clone(), |table| format!("{what} of {table}"))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            match (self.watch, &self.table) {
                (Vital::Rows, Some(table)) => look.live.table(&["table"], table).await.into_iter().collect(),
                (Vital::Rows, None) => vec![Mistake::plan(Flaw::at(&["watch"], "it needs the table"))],
                _ => Vec::new(),
            }
        })
    }

    fn ask<'a>(&'a self, context: &'a Context<'a>, cursor: &'a mut Value) -> Boxed<'a, Said> {
        Box::pin(async move {
            let session = begin(context).await?;
            let said = self.seen(&session, cursor).await;
            end(session).await;
            said
        })
    }
}

#[cfg(test)]
mod tests {
    use backout_signals::Said;
    use jiff::Timestamp;
    use serde_json::Value;

    use super::drift;

    #[test]
    fn statements_are_compared_with_those_of_before() {
        let mut cursor = Value::Null;
        let mut next = |calls: f64, ms: f64| {
            let said = drift(Timestamp::UNIX_EPOCH, calls, ms, &mut cursor).unwrap();
            said.first().map(|one| match one.said {
                Said::Reading { value, .. } => value,
                _ => f64::NAN,
            })
        };
        assert_eq!(next(100.0, 200.0), None, "nothing is known of before");
        assert_eq!(next(110.0, 250.0), Some(2.5));
        assert_eq!(next(110.0, 250.0), None, "nothing ran");
        assert_eq!(next(5.0, 1.0), None, "the statistics were reset");
    }
}
