//! One row with one boolean, in a transaction that may only read.
//!
//! Must not know: what the SQL asks.

use backout_postgres::examine::statement;
use serde::Deserialize;
use serde_json::json;

use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, Trouble};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Sql(String);

impl Kind for Sql {
    fn said(&self) -> String {
        self.0.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let Some(session) = look.live.session().await else { return Vec::new() };
            Mistake::of_sense(&[], statement::condition(session, &self.0).await).into_iter().collect()
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let session = begin(context).await?;
            let sql = format!("SELECT ({}\n)::bool", self.0.trim().trim_end_matches(';'));
            let rows = session.rows(&sql).await.map_err(failed)?;
            end(session).await;
            match rows.first().and_then(|row| row.get::<_, Option<bool>>(0)) {
                Some(true) => Ok(json!({ "holds": true })),
                Some(false) => {
                    Err(Trouble { facts: json!({ "holds": false }), ..Trouble::new("it does not hold", true) })
                }
                None => Err(Trouble::new("the answer is NULL, which is neither yes nor no", true)),
            }
        })
    }
}
