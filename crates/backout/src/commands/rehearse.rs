//! `backout rehearse`: the pending migrations and their way back, on a clone.
//!
//! Must not know: how a rehearsal runs, or what a certificate must hold.

use std::path::PathBuf;

use backout_plan::plan::Level;
use backout_plan::{Exit, Verdict};
use backout_postgres::migrate::Event;
use backout_postgres::rehearse::{self, Certificate, Request};
use backout_postgres::store;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::migrations::Folder;
use crate::rehearsal;
use crate::ui::{Ui, duration};

/// Rehearse the pending migrations and their way back on a clone; write a certificate
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only up to this version
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// How much of the data is cloned [default: the plan's]
    #[arg(long, value_enum)]
    level: Option<LevelArgument>,
    /// Write a summary for a pull request
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Leave the certificate out of the target: only the file is written
    #[arg(long)]
    no_store: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LevelArgument {
    Full,
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
        Some(LevelArgument::Full) => Level::Full,
        Some(LevelArgument::Schema) => Level::Schema,
        None => plan.rehearse.level,
    };
    context.ui.begin("rehearsing");
    let (place, oracle) = rehearsal::prepare(context, &project, &session, resolved.settings.clone(), level).await?;
    let rules = rehearsal::rules(&project);
    let matter = plan.hash_of_matter();
    let request = Request { jobs: &jobs, rules: &rules, level, plan: &matter, oracle: &oracle };
    let watch = |event: Event| context.ui.event(event);
    let outcome = rehearse::rehearse(&session, &place, &request, &watch).await;
    // The clone goes whatever came out.
    let cleaned = place.clean().await;
    context.ui.end();
    let certificate = outcome?;
    if let Err(source) = cleaned {
        context.ui.warn(format!("the clone was not removed: {source}"));
    }

    let file = rehearsal::write(&plan.folder(), &certificate)?;
    if !arguments.no_store {
        let body = serde_json::to_string(&certificate).unwrap_or_default();
        store::save_certificate(&session, &certificate.id(), &body).await?;
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
                ui.out(format!("  {label}: {}", rest.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ")));
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
