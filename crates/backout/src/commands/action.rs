//! `backout action …`: what people do after a way back, and when the migration may be tried again.

use backout_control::Env;
use backout_control::actions::{self, Open};
use backout_control::incident::record::ActionFacts;
use backout_control::incident::{self, ActionWanted, Record, Window};
use backout_control::runs::Runs;
use backout_plan::Exit;
use backout_plan::plan::Span;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::telling;
use crate::ui::{Ui, moment};

/// Show what must be done before a migration that was undone is applied again, add to it, or say that it is done
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What is open, when it is due, and what is done (the default)
    List,
    /// Add something to do to the open incident, or the newest one
    Add {
        name: String,
        /// Who does it
        #[arg(long, value_name = "WHO")]
        owner: String,
        /// How long from now on
        #[arg(long, value_name = "TIME")]
        within: Span,
        /// When after the beginning of the incident: 0-30min, 30-120min or 1-7days; as the time says where it is not given
        #[arg(long, value_parser = window)]
        window: Option<Window>,
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// Note that it was done, by whom and when
    Done {
        /// As the incident has it, or as the plan's [[retry.action]] names it
        name: String,
        /// Where it can be read, or anything else for the record
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
}

fn window(text: &str) -> Result<Window, String> {
    let known = Window::ALL.into_iter().find(|one| one.name() == text);
    known.ok_or_else(|| "0-30min, 30-120min or 1-7days is expected".to_owned())
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    match &args.what {
        None | Some(What::List) => list(context).await,
        Some(What::Add { name, owner, within, window, incident }) => {
            let wanted =
                ActionWanted { name: name.clone(), owner: owner.clone(), within: within.duration(), window: *window };
            let env = context.env()?;
            let runs = context.runs(&env).await?;
            let own = incident::find(&env, &runs, incident.as_deref()).await?;
            let own = incident::action_add(&runs, &own.id, &wanted).await?;
            let record = incident::briefly(&env, &runs, &own).await?;
            context.ui.result(json!({ "incident": record.id, "actions": record.actions }));
            of_incident(context.ui, &record);
            telling::after(context.ui, &env, &runs).await;
            Ok(Exit::Ok)
        }
        Some(What::Done { name, note, incident }) => done(context, name, note, incident.as_deref()).await,
    }
}

/// What is to be done, of the plan and of the incident.
async fn list(context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let open = actions::list(&env).await?;
    let record = newest(&env, context).await?;
    let of = record.as_ref().map(|record| json!({ "id": record.id, "actions": record.actions }));
    context.ui.result(json!({ "undone": open, "incident": of }));
    match (&open, &record) {
        (None, None) => context.ui.say("nothing was taken back"),
        _ => {
            open.iter().for_each(|open| show(context.ui, open));
            record.iter().for_each(|record| of_incident(context.ui, record));
        }
    }
    Ok(Exit::Ok)
}

/// Notes that something is done: of the incident where that has it, else of the plan.
async fn done(context: &Context<'_>, name: &str, note: &str, wanted: Option<&str>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    if let Some(runs) = Runs::there(&env, &context.user()).await? {
        let own = match wanted {
            Some(_) => Some(incident::find(&env, &runs, wanted).await?),
            None => incident::find(&env, &runs, None).await.ok(),
        };
        let has = |own: &incident::own::Own| own.actions().iter().any(|(known, _)| *known == name);
        if let Some(own) = own.filter(|own| wanted.is_some() || has(own)) {
            let own = incident::action_done(&runs, &own.id, name, note).await?;
            let record = incident::briefly(&env, &runs, &own).await?;
            let open = actions::list(&env).await.ok().flatten();
            context.ui.result(json!({ "undone": open, "incident": { "id": record.id, "actions": record.actions } }));
            of_incident(context.ui, &record);
            telling::after(context.ui, &env, &runs).await;
            return Ok(Exit::Ok);
        }
    }
    let open = actions::done(&env, name, &context.who(), note).await?;
    context.ui.result(json!({ "undone": open }));
    show(context.ui, &open);
    Ok(Exit::Ok)
}

/// The incident with something to do: the open one of the target, or its newest.
async fn newest(env: &Env, context: &Context<'_>) -> Result<Option<Record>, CommandError> {
    let Some(runs) = Runs::there(env, &context.user()).await? else { return Ok(None) };
    let Ok(own) = incident::find(env, &runs, None).await else { return Ok(None) };
    let record = incident::briefly(env, &runs, &own).await?;
    Ok(Some(record).filter(|record| !record.actions.is_empty()))
}

fn of_incident(ui: &Ui, record: &Record) {
    ui.out(format!("incident {}: {}", record.id, record.title));
    record.actions.iter().for_each(|action| ui.out(format!("  {}", line(action, record.as_of))));
}

/// An action on a line.
pub fn line(action: &ActionFacts, now: Timestamp) -> String {
    let state = match &action.done {
        Some(done) => {
            let note = if done.note.is_empty() { String::new() } else { format!(": {}", done.note) };
            format!("done {} by {}{note}", moment(done.at), done.by)
        }
        None if action.due < now => format!("overdue, due {}", moment(action.due)),
        None => format!("open, due {}", moment(action.due)),
    };
    format!("{} ({}, {}): {state}", action.name, action.owner, action.window)
}

fn show(ui: &Ui, open: &Open) {
    let now = Timestamp::now();
    ui.out(format!("migration {} ({}) was undone {}", open.number, open.version, moment(open.undone_at)));
    // Those of an incident stand with that.
    for action in open.actions.iter().filter(|action| action.incident.is_none()) {
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
