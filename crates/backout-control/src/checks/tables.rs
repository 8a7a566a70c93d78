//! Tables that must be there: tables that the role may read, also with rows, also the same ones as before.
//!
//! Must not know: what is in them.

use std::path::{Path, PathBuf};

use backout_plan::plan::Flaw;
use backout_postgres::examine::is_empty;
use serde::Deserialize;
use serde_json::json;

use super::shared::named;
use super::shared::names::table;
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a list of tables is expected, or names with filled and same")]
pub(super) enum Tables {
    Names(Vec<String>),
    More(More),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct More {
    names: Vec<String>,
    /// They must have a row.
    #[serde(default)]
    filled: bool,
    /// They must be those of the baseline, by object id, and not others of the same names.
    #[serde(default)]
    same: bool,
    /// A file that `--baseline` wrote, relative to the plan, where none is handed in.
    #[serde(default)]
    baseline: Option<PathBuf>,
}

impl Tables {
    fn parts(&self) -> (&[String], bool, bool, Option<&Path>) {
        match self {
            Self::Names(names) => (names, false, false, None),
            Self::More(more) => (&more.names, more.filled, more.same, more.baseline.as_deref()),
        }
    }
}

impl Kind for Tables {
    fn said(&self) -> String {
        let (names, filled, same, _) = self.parts();
        let filled = if filled { ", with rows" } else { "" };
        let same = if same { ", the same ones as in the baseline" } else { "" };
        format!("tables {}{filled}{same}", names.join(", "))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let (names, _, same, file) = self.parts();
            let path: &[&str] = if matches!(self, Self::Names(_)) { &[] } else { &["names"] };
            if names.is_empty() {
                return vec![Mistake::plan(Flaw::at(path, "no table is named"))];
            }
            let mut found = named::tables(look, path, names).await;
            if same {
                found.extend(named::baseline(look, &["baseline"], file).err().map(|mistake| *mistake));
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let (names, filled, same, file) = self.parts();
            if names.is_empty() {
                return Err(nothing("no table is named"));
            }
            let before = if same { Some(context.baseline(file)?) } else { None };
            let session = begin(context).await?;
            let mut findings = Vec::new();
            for name in names {
                let relation = match table(&session, name).await {
                    Ok(relation) => relation,
                    // What the server says ends the transaction; what we say does not.
                    Err(trouble) => {
                        findings.push(trouble.why);
                        continue;
                    }
                };
                if filled && is_empty(&session, &relation).await.map_err(failed)? {
                    findings.push(format!("{name} has no row"));
                }
                if let Some(before) = &before {
                    match before.table(&relation.name) {
                        None => findings.push(format!("{name} is not in the baseline")),
                        Some(then) if then.oid != relation.oid => {
                            findings.push(format!("{name} is another table than in the baseline"));
                        }
                        Some(_) => {}
                    }
                }
            }
            end(session).await;
            found(findings, json!({ "tables": names.len() }))
        })
    }
}
