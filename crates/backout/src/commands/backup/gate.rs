//! The gate of `migrate`: a backup that was restored and compared, young enough, of this database, and with the rows of
//! what the migration takes away.

use std::time::Duration;

use backout_backup::lease::{self, Kind};
use backout_backup::manifest::{LeftOut, Manifest};
use backout_backup::shelf::{self, Standing};
use backout_plan::Exit;
use backout_plan::plan::BackupDemand;
use backout_postgres::session::Session;

use super::source::Source;
use crate::commands::history::WITHOUT;
use crate::context::{Context, Permit, Project};
use crate::error::CommandError;
use crate::ui::{duration, moment};

/// A migration is on record by then, or was given up.
const UNDER_WAY: Duration = Duration::from_secs(24 * 3600);

/// The backup that serves, for the record; or why none is demanded.
pub async fn backup_gate(
    context: &Context<'_>,
    project: &Project,
    session: &Session,
    permit: &Permit,
    without: Option<&str>,
) -> Result<Option<String>, CommandError> {
    let rules = project.migrate_rules();
    if let Some(reason) = without {
        if reason.trim().is_empty() {
            return Err(CommandError::new(Exit::Usage, "--without-backup needs a reason: it is recorded and shown"));
        }
        context.ui.warn(format!("without a proven backup: {reason}"));
        return Ok(Some(format!("{WITHOUT}{reason}")));
    }
    if rules.backup == BackupDemand::None {
        return Ok(None);
    }
    let store = super::open(project, None, None)?;
    let source = Source::of(session).await?;
    let max_age = rules.backup_max_age.duration();
    let now = jiff::Timestamp::now();
    let mut nearest: Option<(usize, String)> = None;
    for standing in shelf::list(&store).await?.iter().rev() {
        let Some(manifest) = standing.manifest() else { continue };
        if !source.is_of(manifest) {
            continue;
        }
        let mut objections: Vec<String> = too_old(manifest, now, max_age).into_iter().collect();
        objections.extend(unproven(standing));
        objections.extend(uncovered(manifest, permit));
        if objections.is_empty() {
            context.ui.say(format!("covered by backup {}, proven {}", manifest.id, proven_at(standing)));
            // No prune takes it before the migration's record names it. Who may only read can leave no mark.
            let _ = lease::leave(&store, &manifest.id, Kind::Used, "a migration", UNDER_WAY).await;
            return Ok(Some(manifest.id.clone()));
        }
        if nearest.as_ref().is_none_or(|(number, _)| objections.len() < *number) {
            nearest = Some((objections.len(), format!("{}: {}", manifest.id, objections.join("; "))));
        }
    }
    let name = project.target_name().unwrap_or("the target");
    let message = format!("{name} demands a proven backup, and there is none in {} that serves", store.name());
    let message = nearest.map_or(message.clone(), |(_, said)| format!("{message}; the nearest one is {said}"));
    Err(CommandError::new(Exit::Refused, message).hint(
        "run `backout backup take --prove`; in an emergency --without-backup REASON, which is recorded; \
         migrate.backup = \"none\" in the plan demands none",
    ))
}

fn proven_at(standing: &Standing) -> String {
    standing.proofs.last().map(|proof| moment(proof.at)).unwrap_or_default()
}

/// That it is older than the plan allows.
pub fn too_old(manifest: &Manifest, now: jiff::Timestamp, max_age: Duration) -> Option<String> {
    let age = now.duration_since(manifest.at).unsigned_abs();
    let said = |time: Duration| duration(time.as_secs_f64() * 1e3);
    (age > max_age).then(|| format!("it is {} old, and the plan allows {}", said(age), said(max_age)))
}

/// That it was never restored, or not as it was taken.
pub fn unproven(standing: &Standing) -> Option<String> {
    match standing.proofs.last() {
        None => Some("it was never proven".to_owned()),
        Some(_) if standing.proof().is_some() => None,
        Some(last) => Some(format!("proving it failed: {}", last.differences.join("; "))),
    }
}

/// Tables that the migration touches and whose rows the backup does not hold.
fn uncovered(manifest: &Manifest, permit: &Permit) -> Vec<String> {
    // Without a rehearsal nobody knows what it touches.
    if permit.certificate.is_none() {
        let missing: Vec<&str> = manifest.without_rows().map(|left| left.what.as_str()).collect();
        let missing = missing.join(", ");
        let said = format!("it does not hold the rows of {missing}, and no rehearsal tells what the migration touches");
        return if missing.is_empty() { Vec::new() } else { vec![said] };
    }
    let touches = |left: &&LeftOut| {
        let mut names_of_it = std::iter::once(&left.what).chain(&left.parts_of);
        names_of_it.any(|name| permit.touched.iter().any(|what| names(what, name)))
    };
    let missing = manifest.without_rows().filter(touches);
    missing.map(|left| format!("it does not hold the rows of {}, which the migration touches", left.what)).collect()
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
