//! What the ways back of an incident cost in rows, as it was counted when they were gone.
//!
//! Must not know: what was expected beforehand.

use backout_plan::wording::{count, moment};
use serde::{Deserialize, Serialize};

use super::facts::RunFacts;
use crate::told::Fact;

/// Rows that are not in the live database any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// Those that are nowhere; nothing where that was not counted.
    pub rows: Option<u64>,
    /// Those that are set aside and can be brought back.
    pub kept_rows: u64,
    /// How that is known, and what is not as it was: a line each.
    pub how: Vec<String>,
}

pub(super) fn of(runs: &[RunFacts]) -> Lost {
    let mut lost = Lost { rows: Some(0), kept_rows: 0, how: Vec::new() };
    let ways = runs.iter().flat_map(|run| &run.ways);
    for step in ways.flat_map(|way| &way.steps) {
        let has_aside = step.facts.iter().any(|fact| matches!(fact, Fact::PutAside { .. }));
        let replayed = step.facts.iter().any(|fact| matches!(fact, Fact::Replayed { .. }));
        for fact in &step.facts {
            lost.add(fact, has_aside, replayed);
        }
    }
    if lost.how.is_empty() {
        lost.how.push("no step of a way back has taken a row away".to_owned());
    }
    lost
}

impl Lost {
    fn add(&mut self, fact: &Fact, has_aside: bool, replayed: bool) {
        match fact {
            Fact::SetAside { schema, what, .. } => {
                for held in what {
                    match held.rows {
                        Some(rows) => {
                            self.kept_rows += rows;
                            self.how.push(format!("{} of {} set aside in {schema}", rows_(rows), held.what));
                        }
                        None => self.how.push(format!("{} is set aside in {schema}; not counted", held.what)),
                    }
                }
            }
            Fact::PutBack { changed, gone, .. } if changed + gone > 0 => {
                let rows = changed + gone;
                match has_aside {
                    true => {
                        self.kept_rows += rows;
                        let said = "gone or with former values, set aside as they were";
                        self.how.push(format!("{} {said}", rows_(rows)));
                    }
                    false => {
                        self.rows = self.rows.map(|all| all + rows);
                        self.how.push(format!("{} gone or with former values", rows_(rows)));
                    }
                }
            }
            Fact::Restored { at, .. } if !replayed => {
                self.rows = None;
                let since = at.map(|at| format!(" since {}", moment(at))).unwrap_or_default();
                self.how.push(format!("what was written{since} is not in the backup that was restored; not counted"));
            }
            Fact::Replayed { rows } => self.how.push(format!("{} captured since and replayed", rows_(*rows))),
            Fact::Replaced { database } => {
                self.how.push(format!("the database that was live until then is kept as {database}"));
            }
            Fact::PutAside { schema } => self.how.push(format!("set aside in the schema {schema}")),
            Fact::NotAsBefore { what } => self.how.push(format!("not as before: {what}")),
            Fact::Imported { conflicts, rejected, .. } if conflicts + rejected > 0 => {
                self.how.push(format!("{} of the evidence not imported again", rows_(conflicts + rejected)));
            }
            _ => {}
        }
    }
}

fn rows_(number: u64) -> String {
    count(number, "row")
}
