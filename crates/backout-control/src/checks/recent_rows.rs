//! Rows that are young: somebody still writes.
//!
//! Must not know: who.

use backout_plan::plan::{Flaw, Span};
use backout_plan::wording::count;
use backout_postgres::examine::{column, recent, relation};
use serde::Deserialize;
use serde_json::json;

use super::shared::names::table;
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, Trouble, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecentRows {
    table: String,
    /// A timestamp. One without a time zone is taken for UTC.
    column: String,
    within: Span,
    #[serde(default = "one")]
    at_least: u64,
}

fn one() -> u64 {
    1
}

impl Kind for RecentRows {
    fn said(&self) -> String {
        let Self { table, column, within, at_least } = self;
        format!("at least {} of {table} with {column} within {within}", count(*at_least, "row"))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let Self { table: name, column: wanted, within, at_least } = self;
            if *at_least == 0 || within.is_zero() {
                return vec![Mistake::plan(Flaw::at(&["within"], "no row is demanded"))];
            }
            if let Some(mistake) = look.live.table(&["table"], name).await {
                return vec![mistake];
            }
            let Some(session) = look.live.session().await else { return Vec::new() };
            let Ok(Some(relation)) = relation(session, name).await else { return Vec::new() };
            let said = match column(session, &relation, wanted).await {
                Ok(None) => format!("{name} has no column {wanted} now"),
                Ok(Some(found)) if !found.kind.starts_with("timestamp") => {
                    format!("{name}.{wanted} is of type {} now, and a timestamp is needed", found.kind)
                }
                _ => return Vec::new(),
            };
            // By then it may have one.
            vec![Mistake::unsure(Flaw::at(&["column"], said).value(wanted))]
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let Self { table: name, column: wanted, within, at_least } = self;
            if *at_least == 0 || within.is_zero() {
                return Err(nothing("no row is demanded"));
            }
            let session = begin(context).await?;
            let relation = table(&session, name).await?;
            let found = column(&session, &relation, wanted).await.map_err(failed)?;
            let found = found.ok_or_else(|| Trouble::new(format!("{name} has no column {wanted}"), false))?;
            if !found.kind.starts_with("timestamp") {
                let why = format!("{name}.{wanted} is of type {}, and a timestamp is needed", found.kind);
                return Err(Trouble::new(why, false));
            }
            let seen = recent(&session, &relation, &found, within.as_millis()).await.map_err(failed)?;
            end(session).await;
            let facts = json!({ "rows": seen.rows, "newest": seen.newest });
            if seen.rows >= *at_least {
                return Ok(facts);
            }
            let why = match (seen.is_empty, &seen.newest) {
                (true, _) => format!("{name} has no row"),
                (false, None) => format!("{wanted} is NULL in every row of {name}"),
                (false, Some(newest)) => {
                    let rows = count(seen.rows, "row");
                    format!("{rows} within {within}, and {at_least} expected; the newest is of {newest}")
                }
            };
            Err(Trouble { why, again: true, facts })
        })
    }
}
