//! The gate of `migrate`: a backup that was restored and compared, young enough, of this database, and with the rows of
//! what the migration takes away; backup and proof signed, where the plan demands that.

use std::time::Duration;

use backout_backup::manifest::{LeftOut, Manifest};
use backout_backup::marks::{self, Kind};
use backout_backup::shelf::{self, Standing};
use backout_plan::plan::BackupDemand;
use backout_postgres::session::Session;

use super::certificate::Permit;
use super::signature;
use crate::event::Event;
use crate::failure::{Objection, Refusal};
use crate::source::Source;
use crate::{Env, Result, place};

/// A migration is on record by then, or was given up.
const UNDER_WAY: Duration = Duration::from_secs(24 * 3600);

/// What the history has instead of a backup's id where none was wanted, before the reason.
pub const WITHOUT: &str = "without: ";

/// The backup that serves, for the record; or why none is demanded.
///
/// # Errors
/// [`Refusal::Backup`] when none serves, [`Refusal::ReasonMissing`].
pub async fn pass(env: &Env, session: &Session, permit: &Permit, without: Option<&str>) -> Result<Option<String>> {
    let rules = env.migrate();
    if let Some(reason) = without {
        if reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing { what: "proven backup" }.into());
        }
        env.say(Event::warning("backup.without", format!("without a proven backup: {reason}")));
        return Ok(Some(format!("{WITHOUT}{reason}")));
    }
    if rules.backup == BackupDemand::None {
        return Ok(None);
    }
    let store = &place::open(env, None, None)?;
    let source = Source::of(session).await?;
    let max_age = rules.backup_max_age.duration();
    let now = jiff::Timestamp::now();
    let mut nearest: Option<(String, Vec<Objection>)> = None;
    for standing in shelf::list(store).await?.iter().rev() {
        let Some(manifest) = standing.manifest() else { continue };
        if !source.is_of(manifest) {
            continue;
        }
        let mut objections: Vec<Objection> = too_old(manifest, now, max_age).into_iter().collect();
        // Nobody's word about one counts that nobody has signed.
        objections.extend(signature::objection(store, manifest).or_else(|| unproven(standing)));
        objections.extend(uncovered(manifest, permit));
        if objections.is_empty() {
            let proven_at = standing.proofs.last().map(|proof| proof.at);
            env.say(Event::Covered { backup: manifest.id.clone(), proven_at });
            // No prune takes it before the migration's record names it. Who may only read can leave no mark.
            let _ = marks::leave(store, &manifest.id, Kind::Used, "a migration", UNDER_WAY).await;
            return Ok(Some(manifest.id.clone()));
        }
        if nearest.as_ref().is_none_or(|(_, known)| objections.len() < known.len()) {
            nearest = Some((manifest.id.clone(), objections));
        }
    }
    let target = env.target_name().unwrap_or("the target").to_owned();
    Err(Refusal::Backup { target, store: store.name().to_owned(), nearest }.into())
}

/// That it is older than the plan allows.
pub fn too_old(manifest: &Manifest, now: jiff::Timestamp, max_age: Duration) -> Option<Objection> {
    let age = now.duration_since(manifest.at).unsigned_abs();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    (age > max_age).then(|| Objection::TooOld { age: ms(age), allowed: ms(max_age) })
}

/// That it was never restored, or not as it was taken.
pub fn unproven(standing: &Standing) -> Option<Objection> {
    match standing.proofs.last() {
        None if standing.unsigned_proofs > 0 => Some(Objection::ProofNotSigned),
        None => Some(Objection::NeverProven),
        Some(_) if standing.proof().is_some() => None,
        Some(last) => Some(Objection::ProofFailed { differences: last.differences.clone() }),
    }
}

/// Tables that the migration touches and whose rows the backup does not hold.
fn uncovered(manifest: &Manifest, permit: &Permit) -> Vec<Objection> {
    // Without a rehearsal nobody knows what it touches.
    if permit.certificate.is_none() {
        let tables: Vec<String> = manifest.without_rows().map(|left| left.what.clone()).collect();
        return if tables.is_empty() { Vec::new() } else { vec![Objection::Unknown { tables }] };
    }
    let touches = |left: &&LeftOut| {
        let mut names_of_it = std::iter::once(&left.what).chain(&left.parts_of);
        names_of_it.any(|name| permit.touched.iter().any(|what| names(what, name)))
    };
    let missing = manifest.without_rows().filter(touches);
    missing.map(|left| Objection::Uncovered { table: left.what.clone() }).collect()
}

/// Whether `table public.a` or `column public.a.b (3 rows)` is about `public.a`.
fn names(what: &str, table: &str) -> bool {
    what.match_indices(table).any(|(at, _)| {
        let before = what[..at].chars().next_back();
        let after = what[at + table.len()..].chars().next();
        before.is_none_or(|c| c == ' ') && after.is_none_or(|c| matches!(c, '.' | ' ' | ','))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole() {
        for (what, table, expected) in [
            ("table public.a", "public.a", true),
            ("column public.a.b (3 rows)", "public.a", true),
            ("the changed rows of table public.\"A b\"", "public.\"A b\"", true),
            ("table public.ab", "public.a", false),
            ("table xpublic.a", "public.a", false),
        ] {
            assert_eq!(names(what, table), expected, "{what}");
        }
    }
}
