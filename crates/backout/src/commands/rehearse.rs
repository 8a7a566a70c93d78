//! `backout rehearse`: the pending migrations and their way back, on a clone.
//!
//! Must not know: how a rehearsal runs, or what a certificate must hold.

use std::path::PathBuf;

use backout_control::Failure;
use backout_control::rehearse::{self, Options};
use backout_plan::plan::{Level, Size};
use backout_plan::{Exit, Verdict};
use backout_postgres::rehearse::{Certificate, RehearsedMigration, markdown};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
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
    let ui = context.ui;
    let env = context.env()?;
    let options = Options {
        to: arguments.to.clone(),
        level: arguments.level.map(|level| match level {
            LevelArgument::Full => Level::Full,
            LevelArgument::Sampled => Level::Sampled,
            LevelArgument::Schema => Level::Schema,
        }),
        sample: arguments.sample.map(|size| size.bytes()),
        backup: arguments.backup.clone(),
        identity: arguments.identity.clone(),
        no_store: arguments.no_store,
    };
    let Some(done) = rehearse::run(&env, &options).await? else {
        ui.out("nothing is pending: nothing to rehearse");
        ui.result(json!({ "pending": [] }));
        return Ok(Exit::Ok);
    };
    if let Some(backup) = &done.backup {
        ui.say(format!("rehearsed on backup {}, taken {}", backup.id, moment(backup.at)));
    }
    let certificate = &done.certificate;
    if let Some(path) = &arguments.markdown {
        let writing = Failure::file(format!("writing {}", path.display()));
        std::fs::write(path, markdown(certificate)).map_err(writing)?;
    }
    show(ui, certificate);
    ui.say(format!("certificate {} in {}", certificate.id(), done.file.display()));
    ui.result(
        json!({ "id": certificate.id(), "file": done.file, "proven": certificate.proven(), "certificate": certificate }),
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
        for (what, ms) in rewrites(migration) {
            ui.out(format!("  rewrites {what} ({})", duration(ms)));
        }
        let lines = [
            ("kept instead of dropped", &migration.kept),
            ("also removed", &migration.removed),
            ("probe rows in", &migration.probed),
            ("no probe row in", &migration.not_probed),
            ("rows written since may not fit what comes back", &migration.may_not_fit),
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

/// What writes whole tables anew, forth and back, with its time: that grows with the tables.
fn rewrites(migration: &RehearsedMigration) -> Vec<(String, f64)> {
    let forth = migration.statements.iter().filter(|one| !one.rewrites.is_empty());
    let forth = forth.map(|one| (format!("{}: {} at {}", one.rewrites.join(", "), one.tag, one.location), one.ms));
    let back = migration.undo_statements.iter().filter(|one| !one.rewrites.is_empty());
    let back = back.map(|one| (format!("{}: the undo, for {}", one.rewrites.join(", "), one.about), one.ms));
    forth.chain(back).collect()
}
