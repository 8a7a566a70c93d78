//! What a way back costs before it is gone: the time that it took where it was tried, and what does not survive it.
//!
//! Must not know: runs, or what a step is.

use backout_backup::restore::{Changed, Shape};
use backout_backup::shelf::Proof;
use backout_plan::wording::{count, duration, moment};
use backout_postgres::rehearse::Certificate;
use backout_postgres::store;
use backout_postgres::undo::Misfits;
use serde::Serialize;

use crate::{Env, Result, restore, undo};

/// As far as it is known before anything is done.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Cost {
    /// How long it took where it was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
    /// Where that was, such as `in the rehearsal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<&'static str>,
    /// What does not survive, counted now: a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
    /// How many rows that is.
    #[serde(skip_serializing_if = "is_none")]
    pub lost_rows: u64,
    /// What would not be as it was, does not fit, or is not stopped: a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unlike: Vec<String>,
    /// What these lines are about, whatever the counts are by then.
    #[serde(skip)]
    pub about: Vec<String>,
    /// What goes out of use, and where it stays: a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// How many rows are set aside.
    #[serde(skip_serializing_if = "is_none")]
    pub kept_rows: u64,
    /// Tables of which what becomes of their rows is not counted now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncounted: Vec<String>,
    /// Why something of this is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference in")]
fn is_none(rows: &u64) -> bool {
    *rows == 0
}

impl Cost {
    /// Nothing is known, and nothing needs to be.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For people, a line each.
    pub fn lines(&self) -> Vec<String> {
        let time = self.ms.zip(self.measured).map(|(ms, measured)| format!("took {} {measured}", duration(ms)));
        let lost = self.lost.iter().map(|line| format!("lost: {line}"));
        let unlike = self.unlike.iter().cloned();
        let kept = self.kept.iter().map(|line| format!("kept: {line}"));
        let unknown = self.unknown.iter().map(|why| format!("not known: {why}"));
        time.into_iter().chain(lost).chain(unlike).chain(kept).chain(unknown).collect()
    }
}

/// What an undo costs.
///
/// # Errors
/// Where the history cannot be read.
pub async fn of_undo(env: &Env, preview: &undo::Preview) -> Result<Cost> {
    let mut cost = Cost::default();
    let rows =
        |number: Option<i64>, one: &str| number.map_or(String::new(), |number| format!(" ({})", count(number, one)));
    for one in &preview.would_undo {
        let in_the_way = one.conflicts.iter().filter(|conflict| conflict.blocks);
        cost.unlike.extend(in_the_way.map(|conflict| format!("in the way: {}: {}", conflict.object, conflict.problem)));
        let missing =
            one.unsupported.iter().map(|part| format!("does not come back: {}: {}", part.object, part.reason));
        cost.unlike.extend(missing);
        let conflicts = one.conflicts.iter().filter(|conflict| conflict.blocks).map(|conflict| &conflict.object);
        let missing = one.unsupported.iter().map(|part| &part.object);
        let misfits = one.misfits.iter().filter(|misfits| misfits.unknown.is_none()).map(|misfits| &misfits.object);
        cost.about.extend(conflicts.chain(missing).chain(misfits).cloned());
        cost.unlike.extend(one.misfits.iter().map(Misfits::said));
        let tables = one.moved_aside.iter().filter(|(_, count)| count.is_some());
        let tables =
            tables.map(|(moved, count)| format!("{}{} in {}", moved.identity, rows(*count, "row"), moved.to_schema));
        cost.kept.extend(tables);
        let aside = one.moved_aside.iter().filter_map(|(_, count)| *count);
        cost.kept_rows += aside.filter_map(|rows| u64::try_from(rows).ok()).sum::<u64>();
        let columns = one.set_aside.iter().map(|(column, count)| {
            format!("{}.{}{} in {}", column.table, column.column, rows(*count, "value"), column.copy)
        });
        cost.kept.extend(columns);
    }
    let begun = preview.would_finish.iter().map(|one| one.number);
    let numbers: Vec<i64> = begun.chain(preview.would_undo.iter().map(|one| one.number)).collect();
    cost.ms = rehearsed(env, &numbers).await?;
    cost.measured = cost.ms.map(|_| "in the rehearsal");
    Ok(cost)
}

/// How long undoing them took when they were rehearsed, together; nothing where one of them was not.
async fn rehearsed(env: &Env, numbers: &[i64]) -> Result<Option<f64>> {
    let session = env.connect().await?;
    let (records, certificates) = (store::records(&session).await?, store::certificates(&session).await?);
    session.close().await;
    let mut total = 0.0;
    for number in numbers {
        let Some(record) = records.iter().find(|record| record.number == *number) else { return Ok(None) };
        let body = certificates.iter().find(|(id, _)| Some(id) == record.certificate.as_ref()).map(|(_, body)| body);
        let certificate = body.and_then(|body| serde_json::from_str::<Certificate>(body).ok());
        let rehearsed = certificate.iter().flat_map(|one| &one.migrations).find(|one| one.version == record.version);
        let Some(rehearsed) = rehearsed else { return Ok(None) };
        total += rehearsed.undo_ms;
    }
    Ok(Some(total))
}

/// What becomes of what is live when a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// Rows that go or change are set aside beside it.
    InPlace,
    /// It goes out of use as a whole.
    Replaced,
    /// The same, and what was captured since comes along.
    Replayed,
}

/// What a restore costs. Where migrations are undone before it, tables that the release has changed are counted by what
/// is known now: which of their rows differ shows when they have their former columns. What the migrations' tool
/// remembers, in the table `history`, goes with the state that it is about, so nobody misses it.
pub fn of_restore(preview: &restore::Preview, how: Restored, after_undo: bool, history: Option<&str>) -> Cost {
    let mut cost = of_proof(preview.proofs.last());
    let at = moment(preview.at);
    let tables = preview.since.tables.iter().filter(|table| history != Some(table.name.as_str()));
    for Changed { name, lost, again, shape, .. } in tables {
        match (shape, after_undo) {
            (Some(Shape::OtherColumns), true) => {
                cost.unlike.push(format!(
                    "{name} has other columns until the undo before: which of its {} are newer than the backup \
                     is counted then",
                    count(*lost, "row")
                ));
                cost.uncounted.push(name.clone());
            }
            // Another step sets it aside, and says so.
            (Some(Shape::New), true) => {}
            (Some(Shape::Gone), _) => {
                let back = if after_undo { "unless the undo brings it back, " } else { "" };
                cost.unlike.push(format!(
                    "{name} is not there now: {back}{} of the backup come back, and what was written to it \
                     after {at} is in no count",
                    count(*again, "row")
                ));
                cost.uncounted.push(name.clone());
            }
            _ if *lost == 0 => {}
            _ => {
                let said = format!("{name}: {} written since {at}", count(*lost, "row"));
                match how {
                    Restored::Replaced => {
                        cost.lost.push(said);
                        cost.lost_rows += lost;
                    }
                    Restored::Replayed => {
                        cost.kept.push(format!("{said}, replayed as far as they were captured"));
                    }
                    Restored::InPlace => {
                        cost.kept.push(format!("{said}, set aside"));
                        cost.kept_rows += lost;
                    }
                }
            }
        }
    }
    cost.kept.push(match how {
        Restored::InPlace => "rows that go or change, in a schema backout_replaced_…".to_owned(),
        Restored::Replaced | Restored::Replayed => "what is live now, under another name beside it".to_owned(),
    });
    cost
}

/// The time that a backup's proof took.
fn of_proof(proof: Option<&Proof>) -> Cost {
    let ms = proof.map(|proof| proof.restore_ms + proof.compare_ms);
    Cost { ms, measured: ms.map(|_| "when the backup was proven"), ..Cost::default() }
}
