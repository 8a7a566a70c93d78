//! `backout migrate`: applies what is pending, so that it can be undone.

use std::path::PathBuf;

use backout_control::gates::set_aside::Choice;
use backout_control::migrate::{self, Done, Options, Preview};
use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Ui, count};

/// Apply the pending migrations, so that they can be undone
///
/// What a migration drops is moved into an archive; what would be lost otherwise is refused unless --accept-loss names it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Up to this version, and no further
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Show what would run; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Something that undo will not bring back, as the refusal names it
    #[arg(long, value_name = "NAME")]
    accept_loss: Vec<String>,
    /// A table whose rows must not be kept when it is dropped (personal data)
    #[arg(long, value_name = "TABLE")]
    no_archive: Vec<String>,
    /// Go without a rehearsal; the reason is recorded and shown
    #[arg(long, value_name = "REASON")]
    without_certificate: Option<String>,
    /// Go without a proven backup; the reason is recorded and shown
    #[arg(long, value_name = "REASON")]
    without_backup: Option<String>,
    /// Apply again what was undone before the plan's [retry] allows it; the reason is recorded
    #[arg(long, value_name = "REASON")]
    retry_because: Option<String>,
    /// The certificate of a rehearsal that was made elsewhere
    #[arg(long, value_name = "FILE", conflicts_with = "without_certificate")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    aside: Aside,
}

/// What becomes of what undos have set aside.
#[derive(Debug, clap::Args)]
pub struct Aside {
    /// Bring back what undoing these migrations before set aside, in their transactions
    #[arg(long, conflicts_with = "leave_aside")]
    reimport: bool,
    /// Leave what undoing these migrations before set aside where it is
    #[arg(long)]
    leave_aside: bool,
}

impl Aside {
    pub fn choice(&self) -> Choice {
        match (self.reimport, self.leave_aside) {
            (true, _) => Choice::Reimport,
            (_, true) => Choice::Leave,
            _ => Choice::Ask,
        }
    }
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    if args.dry_run {
        show_preview(ui, &migrate::preview(&env, args.to.as_deref()).await?);
        return Ok(Exit::Ok);
    }
    let options = Options {
        to: args.to.clone(),
        accept_loss: args.accept_loss.clone(),
        no_archive: args.no_archive.clone(),
        without_certificate: args.without_certificate.clone(),
        without_backup: args.without_backup.clone(),
        retry: args.retry_because.clone(),
        certificate: args.certificate.clone(),
        aside: args.aside.choice(),
    };
    let done = match migrate::run(&env, &options).await {
        Ok(done) => done,
        Err(halted) => {
            if halted.done.target.is_some() {
                ui.result(json!(halted.done));
            }
            return Err(halted.failure.into());
        }
    };
    ui.result(json!(done));
    Ok(match done {
        Done { stopped: true, pending, .. } => {
            ui.say(format!("stopped, as asked: {} left", count(pending.len() as i64, "migration")));
            Exit::Interrupted
        }
        Done { applied, .. } => {
            if applied.is_empty() {
                ui.say("nothing is pending");
            }
            Exit::Ok
        }
    })
}

/// What would run, from the files alone.
fn show_preview(ui: &Ui, preview: &Preview) {
    for one in &preview.would_apply {
        ui.out(format!("{} ({}): {}", one.version, one.file, count(one.steps as i64, "step")));
        let mut step = 0;
        for statement in &one.statements {
            if one.steps > 1 && statement.step != step {
                step = statement.step;
                let how = if statement.in_transaction { "a transaction" } else { "outside a transaction" };
                ui.out(format!("  step {step} of {}, {how}", one.steps));
            }
            let line = format!("  {} {} {}", statement.location, statement.tag, statement.relations.join(", "));
            ui.out(line.trim_end());
        }
    }
    if preview.would_apply.is_empty() {
        ui.say("nothing is pending");
    } else {
        ui.hint("`backout rehearse` says what would be destroyed and whether it can be undone");
    }
    ui.result(json!(preview));
}
