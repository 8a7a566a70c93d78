//! `backout actions`: what people do after a way back, and when the migration may be tried again.

use backout_control::actions::{self, Open};
use backout_plan::Exit;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Ui, moment};

/// Show what must be done before a migration that was undone is applied again, or say that it is done
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What is open, when it is due, and what is done (the default)
    List,
    /// Note that it was done, by whom and when
    Done {
        /// As the plan's [[retry.action]] names it
        name: String,
        /// Where it can be read, or anything else for the record
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let open = match &args.what {
        None | Some(What::List) => actions::list(&env).await?,
        Some(What::Done { name, note }) => Some(actions::done(&env, name, &context.who(), note).await?),
    };
    context.ui.result(json!({ "undone": open }));
    match &open {
        Some(open) => show(context.ui, open),
        None => context.ui.say("nothing was taken back"),
    }
    Ok(Exit::Ok)
}

fn show(ui: &Ui, open: &Open) {
    let now = Timestamp::now();
    ui.out(format!("migration {} ({}) was undone {}", open.number, open.version, moment(open.undone_at)));
    for action in &open.actions {
        let due = action.due.map(|due| format!(", due {}", moment(due))).unwrap_or_default();
        let state = match &action.done {
            Some(done) => {
                let note = if done.note.is_empty() { String::new() } else { format!(": {}", done.note) };
                format!("done {} by {}{note}", moment(done.at), done.done_by)
            }
            None if action.is_overdue(now) => format!("overdue{due}"),
            None => format!("open{due}"),
        };
        ui.out(format!("  {}: {state}", action.name));
    }
    match open.objections(now) {
        (Some(from), _) => ui.out(format!("  it may be applied again from {} on", moment(from))),
        (None, left) if left.is_empty() => ui.out("  it may be applied again"),
        (None, _) => ui.out("  it may be applied again when these are done"),
    }
}
