//! `backout rehearse`: the pending migrations and their way back, on a clone.
//!
//! Must not know: how a rehearsal runs, or what a certificate must hold.

use std::path::{Path, PathBuf};

use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use backout_backup::{restore, shelf};
use backout_plan::plan::{Level, RehearsalPlace, Size};
use backout_plan::{Exit, Verdict};
use backout_postgres::migrate::Event;
use backout_postgres::rehearse::{self, Certificate, Request};
use backout_postgres::session::Session;
use backout_postgres::store;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::backup;
use super::backup::prove::{InSandbox, in_sandbox};
use super::backup::source::Source;
use crate::context::{Context, Project};
use crate::error::CommandError;
use crate::migrations::Folder;
use crate::rehearsal;
use crate::ui::{Ui, count, duration, moment};

/// Tables with probe rows, or without, that are named; all are in the certificate.
const PROBED_SHOWN: usize = 20;

/// Rehearse the pending migrations and their way back on a clone; write a certificate
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only up to this version
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// How much of the data is cloned [default: the plan's]
    #[arg(long, value_enum)]
    level: Option<LevelArgument>,
    /// Clone a sample of about this size, such as 1GB; the level is `sampled` then
    ///
    /// Small tables come whole, of large ones a part, with every row that these refer to. Times are measured on two
    /// sizes and extrapolated to the target's.
    #[arg(long, value_name = "SIZE", conflicts_with = "backup")]
    sample: Option<Size>,
    /// Clone what a backup holds instead of the target: its id, the beginning of it, or `latest`
    ///
    /// The backup is restored into the sandbox and compared first; the target is asked for its catalog alone.
    #[arg(long, value_name = "BACKUP", num_args = 0..=1, default_missing_value = "latest", conflicts_with = "level")]
    backup: Option<String>,
    /// The file of an age identity, for a backup that is encrypted
    #[arg(long, value_name = "FILE", requires = "backup")]
    identity: Option<PathBuf>,
    /// Write a summary for a pull request
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Leave the certificate out of the target: only the file is written
    #[arg(long)]
    no_store: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LevelArgument {
    /// All rows
    Full,
    /// A part of the rows, with all that these refer to
    Sampled,
    /// The schema, without rows
    Schema,
}

pub async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Exit, CommandError> {
    let project = context.project()?;
    let plan = project.plan()?;
    let folder = Folder::read(plan)?;
    let resolved = context.settings(&project)?;
    let session = context.open(&resolved.settings, None).await?;
    if !arguments.no_store {
        let claimed = context.claimed_name(&project)?;
        context.identify(&session, &claimed).await?;
    }
    let standing = folder.standing(&session).await?;
    let places = super::migrate::chosen(&folder, &standing, arguments.to.as_deref())?;
    if places.is_empty() {
        context.ui.out("nothing is pending: nothing to rehearse");
        context.ui.result(json!({ "pending": [] }));
        return Ok(Exit::Ok);
    }
    let prepared = folder.prepare(&places)?;
    let applied = standing.applied();
    let mut jobs = Vec::new();
    for one in &prepared {
        let mut job = folder.job(&session, one, &standing, &applied, true).await?;
        // The tool's own history is not what is rehearsed: the plain statements do not write it either.
        job.native = backout_postgres::migrate::Native::default();
        jobs.push(job);
    }
    let level = match arguments.level {
        _ if arguments.backup.is_some() => Level::Full,
        Some(LevelArgument::Full) => Level::Full,
        Some(LevelArgument::Sampled) => Level::Sampled,
        Some(LevelArgument::Schema) => Level::Schema,
        None if arguments.sample.is_some() => Level::Sampled,
        None => plan.rehearse.level,
    };
    if arguments.sample.is_some() && level != Level::Sampled {
        let said = format!("--sample is for the level sampled, and the level is {level}");
        return Err(CommandError::new(Exit::Usage, said));
    }
    let sample = arguments.sample.unwrap_or(plan.rehearse.sample).bytes();
    if sample == 0 {
        return Err(
            CommandError::new(Exit::Usage, "a sample of 0 bytes holds nothing").hint("--level schema clones no rows")
        );
    }
    context.ui.begin("rehearsing");
    let from = match &arguments.backup {
        Some(name) => Some(chosen(name, arguments.identity.as_deref(), &project, &session).await?),
        None => None,
    };
    let (place, oracle) = match &from {
        Some((store, manifest)) => {
            let made = restored(context, store, manifest, project.backup().jobs).await?;
            let database = made.settings.database().unwrap_or_default();
            rehearsal::prepare_from(&session, made.sandbox, database, manifest, made.notes).await?
        }
        None => rehearsal::prepare(context, &project, &session, resolved.settings.clone(), level).await?,
    };
    let rules = rehearsal::rules(&project);
    let matter = plan.hash_of_matter();
    let request = Request { jobs: &jobs, rules: &rules, level, sample, plan: &matter, oracle: &oracle };
    let watch = |event: Event| context.ui.event(event);
    let outcome = rehearse::rehearse(&session, &place, &request, &watch).await;
    // The clone goes whatever came out.
    let cleaned = place.clean().await;
    context.ui.end();
    let mut certificate = outcome?;
    certificate.backup = from.as_ref().map(|(_, manifest)| manifest.id.clone());
    if let Err(source) = cleaned {
        context.ui.warn(format!("the clone was not removed: {source}"));
    }

    let file = rehearsal::write(&plan.folder(), &certificate)?;
    if !arguments.no_store {
        let body = serde_json::to_string(&certificate).unwrap_or_default();
        store::save_certificate(&session, &certificate.id(), &body).await?;
    }
    if let Some((store, manifest)) = &from {
        shelf::add_certificate(store, &manifest.id, &certificate.id()).await?;
        context.ui.say(format!("rehearsed on backup {}, taken {}", manifest.id, moment(manifest.at)));
    }
    if let Some(path) = &arguments.markdown {
        std::fs::write(path, rehearse::markdown(&certificate))
            .map_err(|source| CommandError::of(Exit::Failed, &source).during(&format!("writing {}", path.display())))?;
    }
    show(context.ui, &certificate);
    context.ui.say(format!("certificate {} in {}", certificate.id(), file.display()));
    context.ui.result(
        json!({ "id": certificate.id(), "file": file, "proven": certificate.proven(), "certificate": certificate }),
    );
    Ok(if certificate.proven() { Exit::Ok } else { Exit::Failed })
}

/// The backup that is to be cloned: of this target, whose schema is still the same.
async fn chosen(
    name: &str,
    identity: Option<&Path>,
    project: &Project,
    session: &Session,
) -> Result<(Store, Manifest), CommandError> {
    let place = project.plan.as_ref().map(|plan| plan.rehearse.place).unwrap_or_default();
    if place != RehearsalPlace::Sandbox {
        let said = format!("--backup restores into a sandbox, and rehearse.where is \"{place}\"");
        return Err(CommandError::new(Exit::Usage, said));
    }
    let store = backup::open(project, None, identity)?;
    let source = Source::of(session).await?;
    let manifest = shelf::find(&store, name, &|manifest| source.is_of(manifest)).await?;
    if !source.is_of(&manifest) {
        return Err(CommandError::new(
            Exit::Refused,
            format!("backup {} is of another database, {}", manifest.id, manifest.source.endpoint),
        ));
    }
    let changed = restore::schema_since(session, &store, &manifest).await?;
    if !changed.is_empty() {
        let said: Vec<String> = changed.iter().map(|one| format!("{} {}", one.what, one.said)).collect();
        return Err(CommandError::new(
            Exit::Refused,
            format!("the target has another schema since backup {} was taken: {}", manifest.id, said.join("; ")),
        )
        .hint("`backout backup take` takes a new one"));
    }
    Ok((store, manifest))
}

/// The backup in a sandbox, where it is what was taken.
async fn restored(
    context: &Context<'_>,
    store: &Store,
    manifest: &Manifest,
    jobs: u32,
) -> Result<InSandbox, CommandError> {
    let made = in_sandbox(context, store, manifest, jobs, false).await?;
    if let Some(difference) = made.restored.differences.first() {
        let said = format!("backup {} is not what was taken: {} {}", manifest.id, difference.what, difference.said);
        return Err(CommandError::new(Exit::Failed, said).hint("`backout backup prove` lists all of it"));
    }
    Ok(made)
}

/// The certificate in a few lines.
pub fn show(ui: &Ui, certificate: &Certificate) {
    for migration in &certificate.migrations {
        let word = match Verdict::worst(&migration.verdicts) {
            _ if !migration.problems.is_empty() => "NOT PROVEN",
            Verdict::Exact => "exact",
            Verdict::ExactButColumnOrder { .. } => "exact but for column order",
            Verdict::Lossy { .. } => "lossy",
            Verdict::Impossible { .. } => "impossible in part",
        };
        ui.out(format!("{} {}: way back {word}", migration.version, migration.name));
        ui.out(format!(
            "  migrate {} (locks held {}), undo {} (locks held {}, then {} that block nobody)",
            duration(migration.migrate_ms),
            duration(migration.migrate_lock_ms),
            duration(migration.undo_ms),
            duration(migration.undo_lock_ms),
            duration(migration.undo_tail_ms)
        ));
        if let Some(all) = &migration.estimate {
            ui.out(format!(
                "  estimated on all rows: migrate {} (locks held {}), undo {} (locks held {}, then {}), each give or take {}; extrapolated from {} and {} rows to {}",
                duration(all.migrate_ms),
                duration(all.migrate_lock_ms),
                duration(all.undo_ms),
                duration(all.undo_lock_ms),
                duration(all.undo_tail_ms),
                duration(all.margin_ms),
                all.rows[0],
                all.rows[1],
                all.rows[2]
            ));
        }
        let lines = [
            ("kept instead of dropped", &migration.kept),
            ("also removed", &migration.removed),
            ("probe rows in", &migration.probed),
            ("no probe row in", &migration.not_probed),
            ("note", &migration.notes),
        ];
        for (label, what) in lines {
            let rest: Vec<&String> =
                what.iter().filter(|w| label != "also removed" || !migration.kept.contains(w)).collect();
            if !rest.is_empty() {
                let is_about_rows = label.ends_with("in");
                let shown = if is_about_rows { PROBED_SHOWN } else { rest.len() };
                let more = rest.len().saturating_sub(shown);
                let more = if more > 0 { format!(" and {}", count(more as i64, "more table")) } else { String::new() };
                let rest: Vec<&str> = rest.iter().take(shown).map(|s| s.as_str()).collect();
                ui.out(format!("  {label}: {}{more}", rest.join(", ")));
            }
        }
        if let Some(down) = &migration.written_down {
            ui.out(format!("  the project's own way back, {down}"));
        }
        for verdict in migration.verdicts.iter().filter(|v| !v.is_exact()) {
            ui.out(format!("  {verdict}"));
        }
        for problem in &migration.problems {
            ui.out(format!("  PROBLEM: {problem}"));
        }
    }
    for line in &certificate.degraded {
        ui.out(format!("not seen: {line}"));
    }
}
