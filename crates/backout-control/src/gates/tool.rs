//! What the team's own migration tool would refuse, we refuse; and what it did by itself is said.

use backout_plan::Finding;
use backout_postgres::store::State;

use crate::failure::{CannotResume, Interrupted, Refusal};
use crate::folder::{Folder, Prepared, Standing};
use crate::{Failure, Result};

/// # Errors
/// [`Refusal::UndoUnfinished`], and [`Refusal::Tool`] for each thing that the tool objects to.
pub fn pass(standing: &Standing) -> Result<()> {
    if let Some(record) = standing.records.iter().rev().find(|record| record.state == State::UndoTail) {
        return Err(Refusal::UndoUnfinished { number: record.number, version: record.version.clone() }.into());
    }
    let refusals = standing.remembered.iter().flat_map(|remembered| &remembered.refusals);
    match Failure::all(refusals.map(|reason| Refusal::Tool { reason: reason.clone() }.into())) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// What somebody should know of the folder and the tool's history, though it is in nobody's way.
pub fn findings(folder: &Folder, standing: &Standing) -> Vec<Finding> {
    let mut found = Vec::new();
    for mismatch in standing.remembered.iter().flat_map(|remembered| &remembered.edited) {
        found.push(
            Finding::warning("tool.edited", format!("{} was edited after it was applied", mismatch.version))
                .at(mismatch.path.display().to_string())
                .hint("put the file back as it was; a change belongs into a new migration"),
        );
    }
    for version in &standing.taken_back {
        found.push(
            Finding::warning(
                "tool.taken-back",
                format!("{version} is on record as applied, and the tool says that it is not"),
            )
            .detail("somebody went back with the tool itself"),
        );
    }
    for place in &standing.out_of_order {
        let migration = &folder.migrations[*place];
        found.push(
            Finding::warning("migrations.order", format!("{} comes before applied migrations", migration.version))
                .at(folder.file(migration)),
        );
    }
    if !standing.unknown_to_us.is_empty() {
        let number = standing.unknown_to_us.len();
        let noun = if number == 1 { "migration" } else { "migrations" };
        found.push(
            Finding::note("tool.unknown", format!("{number} applied {noun} not on record with Backout"))
                .detail("the tool applied them by itself; the next migration takes them over as history"),
        );
    }
    found
}

/// An interrupted migration goes on only as the file that it was.
///
/// # Errors
/// [`Refusal::CannotResume`].
pub fn resumable(standing: &Standing, prepared: &[Prepared<'_>]) -> Result<()> {
    let Some(record) = &standing.interrupted else { return Ok(()) };
    let refused = |cannot| {
        let (number, version) = (record.number, record.version.clone());
        let record = Interrupted { number, version, done: record.done, steps: record.steps };
        Err(Refusal::CannotResume { record, cannot }.into())
    };
    let Some(first) = prepared.first().filter(|one| one.migration.version == record.version) else {
        let is_there = prepared.iter().any(|one| one.migration.version == record.version);
        return refused(if is_there { CannotResume::NotFirst } else { CannotResume::FileMissing });
    };
    let steps = i32::try_from(first.units.len()).unwrap_or(i32::MAX);
    if first.migration.checksum != record.checksum || steps != record.steps {
        return refused(CannotResume::FileChanged);
    }
    Ok(())
}
