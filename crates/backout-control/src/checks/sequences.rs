//! Sequences that are ahead of the columns that they number: the next insert does not meet a value that is there.
//!
//! Must not know: who inserts.

use backout_postgres::examine::sequences::{Fault, all};
use serde::Deserialize;
use serde_json::json;

use super::shared::named::tables;
use super::shared::names::{ids, listed};
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sequences {
    /// Whose columns; all where none is named.
    #[serde(default)]
    tables: Vec<String>,
}

impl Kind for Sequences {
    fn said(&self) -> String {
        format!("sequences are ahead of the columns of {}", listed(&self.tables, "all tables"))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { tables(look, &["tables"], &self.tables).await })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let session = begin(context).await?;
            let tables = ids(&session, &self.tables).await?;
            let numbered = all(&session, &tables).await.map_err(failed)?;
            if numbered.is_empty() {
                let of = listed(&self.tables, "any table");
                return Err(nothing(format!("no sequence numbers a column of {of}")));
            }
            let (mut findings, mut facts, mut compared) = (Vec::new(), Vec::new(), 0);
            for one in &numbered {
                let standing = one.standing(&session).await.map_err(failed)?;
                compared += usize::from(standing.outermost.is_some());
                let column = format!("{}.{}", one.table, one.column);
                let sequence = &one.sequence;
                match one.fault(&standing) {
                    None => {}
                    Some(Fault::Behind { next, outermost }) => {
                        findings.push(format!("{sequence} gives {next} next, and {column} has {outermost} already"));
                    }
                    Some(Fault::Exhausted { last }) => {
                        findings.push(format!("{sequence} has no value left after {last}"));
                    }
                }
                facts.push(json!({ "sequence": sequence, "column": column, "last": standing.last }));
            }
            end(session).await;
            if compared == 0 && findings.is_empty() {
                return Err(nothing("no column that a sequence numbers has a value"));
            }
            found(findings, json!({ "sequences": facts }))
        })
    }
}
