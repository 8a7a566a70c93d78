//! `backout freeze`: stops all writes to the target, and proves it.
//!
//! Must not know: how writes are stopped.

use backout_control::freeze::{self, Done, IfWritten, Options};
use backout_plan::Exit;
use backout_plan::plan::Span;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Paint, Ui, count, duration, moment};

/// Stop all writes to the database, and prove it
///
/// In one transaction the rights to write are taken from every role, exactly what was is written down in the database
/// itself, and new sessions become read-only; then the sessions of others are ended, and it is watched that nothing is
/// written. `backout thaw` brings everything back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long it is watched that nothing is written
    #[arg(long, value_name = "TIME", default_value = "5s")]
    watch: Span,
    /// Go on although some may still write, as the refusal names them
    #[arg(long)]
    accept: bool,
    /// What follows where something is written all the same: stay frozen, or thaw
    #[arg(long, value_name = "WHAT", value_parser = ["stay", "thaw"], default_value = "stay")]
    if_written: String,
    /// Why, for the record
    #[arg(long, value_name = "REASON", default_value = "")]
    because: String,
    /// Show the exact statements and who could still write; change nothing
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    if args.dry_run {
        let preview = freeze::preview(&env).await?;
        ui.result(json!(preview));
        if let Some(standing) = &preview.standing {
            ui.out(format!("-- frozen already, since {}", moment(standing.at)));
        }
        preview.statements.iter().for_each(|statement| ui.out(format!("{statement};")));
        preview.remarks.iter().for_each(|remark| ui.out(format!("-- {remark}")));
        for one in &preview.uncovered {
            ui.warn(format!("not stopped: {}: {}", one.what, one.why));
        }
        return Ok(if preview.uncovered.is_empty() || args.accept { Exit::Ok } else { Exit::Attention });
    }
    let options = Options {
        accept: args.accept,
        watch: args.watch.duration(),
        if_written: if args.if_written == "thaw" { IfWritten::Thaw } else { IfWritten::Stay },
        who: context.who(),
        because: args.because.clone(),
    };
    match freeze::run(&env, &options).await {
        Ok(done) => {
            show(ui, &done);
            Ok(Exit::Ok)
        }
        Err(halted) => {
            if halted.done.frozen.is_some() {
                show(ui, &halted.done);
            }
            Err(halted.failure.into())
        }
    }
}

fn show(ui: &Ui, done: &Done) {
    ui.result(json!(done));
    let Some(frozen) = &done.frozen else { return };
    let jobs = if frozen.jobs > 0 {
        format!(", {} of pg_cron paused", count(frozen.jobs as i64, "job"))
    } else {
        String::new()
    };
    let again = if frozen.again { " (it was before)" } else { "" };
    ui.out(format!(
        "{} {}{again}: rights taken on {}{jobs}, {} ended",
        ui.paint_out(Paint::Good, "frozen"),
        done.target,
        count(frozen.objects as i64, "object"),
        count(done.sessions.ended as i64, "session")
    ));
    let Some(evidence) = &done.evidence else { return };
    let window = duration(evidence.window_ms);
    if evidence.is_calm() {
        let (tables, sequences) =
            (count(evidence.tables as i64, "table"), count(evidence.sequences as i64, "sequence"));
        ui.out(format!("nothing was written in {window}, to {tables} and {sequences}: {}", evidence.explanation));
    } else {
        let list = evidence.writes.iter().map(|write| vec![write.what.clone(), write.how.clone()]).collect::<Vec<_>>();
        ui.out(format!("written within {window}:"));
        ui.table(&["what", "how"], &list);
    }
    if done.thawed {
        ui.out(format!("{} again", ui.paint_out(Paint::Bad, "thawed")));
    }
}
