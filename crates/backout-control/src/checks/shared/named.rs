//! What a plan names, looked at before anything is asked: tables that nobody knows, a baseline that is none.
//!
//! Must not know: what is asked of them.

use std::path::Path;

use backout_plan::plan::Flaw;

use crate::baseline::Baseline;
use crate::mistake::{Look, Mistake};

/// Tables that are not there, and that no migration on record had.
pub(in crate::checks) async fn tables(look: &Look<'_>, path: &[&str], names: &[String]) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let number = number.to_string();
        let whole: Vec<&str> = path.iter().copied().chain([number.as_str()]).collect();
        found.extend(look.live.table(&whole, name).await);
    }
    found
}

/// The baseline in a file, which is relative to the plan; `None` where one may be handed in.
///
/// # Errors
/// Where a run asks and no file is named, or there is no baseline in it.
pub(in crate::checks) fn baseline(
    look: &Look<'_>,
    path: &[&str],
    file: Option<&Path>,
) -> Result<Option<Baseline>, Box<Mistake>> {
    let Some(file) = file else {
        if !look.in_run {
            return Ok(None);
        }
        let flaw = Flaw::at(&[], "there is no baseline to compare with");
        return Err(Box::new(Mistake::plan(flaw.hint("name the file of one: a run is handed none"))));
    };
    if let Some(mistake) = look.file(path, file) {
        return Err(Box::new(mistake));
    }
    let read = Baseline::read(&look.env.folder().join(file));
    let wrong = |failure: crate::Failure| Flaw::at(path, failure.sentence()).value(file.display().to_string());
    read.map(Some).map_err(|failure| Box::new(Mistake::machine(wrong(failure))))
}
