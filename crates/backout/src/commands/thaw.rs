//! `backout thaw`: lets writes go on, with the rights as they were.
//!
//! Must not know: how rights come back.

use backout_control::thaw::{self, Done};
use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Paint, Ui, count, moment};

/// Let writes go on after a freeze, with exactly the rights that were
///
/// Does nothing where nothing is frozen. Sessions that began while it was frozen are ended: they would stay read-only.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show the exact statements; change nothing
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    if args.dry_run {
        let preview = thaw::preview(&env).await?;
        ui.result(json!(preview));
        match &preview {
            None => ui.say("nothing is frozen"),
            Some(preview) => {
                ui.out(format!("-- frozen since {}", moment(preview.standing.at)));
                preview.statements.iter().for_each(|statement| ui.out(format!("{statement};")));
                preview.gone.iter().for_each(|gone| ui.out(format!("-- gone: {gone}")));
                preview.granted_meanwhile.iter().for_each(|one| ui.out(format!("-- granted meanwhile: {one}")));
                preview.made_meanwhile.iter().for_each(|one| ui.out(format!("-- made meanwhile: {one}")));
            }
        }
        return Ok(Exit::Ok);
    }
    match thaw::run(&env, &context.who()).await {
        Ok(done) => {
            show(ui, &done);
            Ok(Exit::Ok)
        }
        Err(halted) => {
            if halted.done.thawed.is_some() {
                show(ui, &halted.done);
            }
            Err(halted.failure.into())
        }
    }
}

fn show(ui: &Ui, done: &Done) {
    ui.result(json!(done));
    let Some(thawed) = &done.thawed else { return ui.say("nothing is frozen") };
    let jobs = if thawed.jobs > 0 {
        format!(", {} of pg_cron active", count(thawed.jobs as i64, "job"))
    } else {
        String::new()
    };
    ui.out(format!(
        "{} {}: rights are back on {}{jobs}, {} ended",
        ui.paint_out(Paint::Good, "thawed"),
        done.target,
        count(thawed.objects as i64, "object"),
        count(thawed.sessions.ended as i64, "session")
    ));
}
