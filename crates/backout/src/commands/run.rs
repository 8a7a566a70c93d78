//! `backout run …`: looks at one run, answers it, goes on with it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use backout_control::execute::{Asked, Ended, asked_about};
use backout_control::runs::{Answer, Journal, Seen, on_one_line, word};
use backout_control::{Failure, resume, told};
use backout_plan::{Exit, Remedy};
use backout_runbook::{Event, Outcome, Standing, Status};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Paint, Ui, count, moment, span};
use crate::{hints, run_summary, telling};

/// Look at a run, answer it, or go on with it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

/// Runs are named by their id, the beginning of it, or `latest`.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show where a run stands, step by step, and its journal
    Show { run: String },
    /// Go on with a run that was interrupted, or that somebody stopped or paused
    Resume {
        run: String,
        /// Why, for the record
        #[arg(long, default_value = "")]
        because: String,
        /// Go on although the run's steps are not those of this plan
        #[arg(long)]
        other_plan: bool,
    },
    /// Approve the step that waits, as it was previewed
    Approve { run: String },
    /// Refuse the step that waits: it has failed then, and what the plan says of that follows
    Refuse {
        run: String,
        #[arg(long)]
        because: String,
    },
    /// Leave the step out that waits or failed, also where the run has stopped for that
    Skip {
        run: String,
        #[arg(long)]
        because: String,
    },
    /// Let a run begin no further step
    Pause {
        run: String,
        #[arg(long, default_value = "")]
        because: String,
    },
    /// End a run where it stands
    Abort {
        run: String,
        #[arg(long)]
        because: String,
    },
    /// Check that nothing in a run's journal was changed, left out or put in another order
    VerifyJournal { run: String },
    /// Write a run's journal as JSON lines, each with its hash
    Export {
        run: String,
        /// A file instead of the standard output
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let answer = |run: &str, answer: Answer| {
        let (runs, run) = (&runs, run.to_owned());
        async move {
            let run = runs.find(&run).await?;
            runs.answer(&run, &answer).await?;
            let seen = runs.see(&run).await?;
            ui.result(document(&seen.journal, &seen.standing));
            ui.out(format!("run {run}: noted, by {}; it is {}", runs.who, seen.said()));
            remedies(ui, &seen.journal, &seen.standing);
            Ok(Exit::Ok)
        }
    };
    match &args.what {
        What::Show { run } => {
            let seen = runs.see(&runs.find(run).await?).await?;
            show(ui, &seen, asked_about(&env, &runs, &seen.journal).await.as_ref());
            run_summary::left(ui, &env, &runs, &seen.journal).await;
            Ok(Exit::Ok)
        }
        What::Resume { run, because, other_plan } => {
            let run = runs.find(run).await?;
            let resuming = resume::run(&env, &runs, &run, because, *other_plan);
            let ended = telling::beside(ui, &env, &runs, resuming).await?;
            let exit = show_ended(ui, &ended);
            run_summary::left(ui, &env, &runs, &ended.journal).await;
            Ok(exit)
        }
        What::Approve { run } => answer(run, Answer::Approve).await,
        What::Refuse { run, because } => answer(run, Answer::Refuse { reason: because.clone() }).await,
        What::Skip { run, because } => answer(run, Answer::Skip { reason: because.clone() }).await,
        What::Pause { run, because } => answer(run, Answer::Pause { reason: because.clone() }).await,
        What::Abort { run, because } => answer(run, Answer::Abort { reason: because.clone() }).await,
        What::VerifyJournal { run } => {
            let run = runs.find(run).await?;
            let journal = runs.read(&run).await?;
            ui.result(json!({ "run": run, "records": journal.head.seq, "hash": journal.head.hash }));
            ui.out(format!(
                "run {run}: {}, whole; the last one's hash is {}",
                count(journal.head.seq, "record"),
                journal.head.hash
            ));
            Ok(Exit::Ok)
        }
        What::Export { run, to } => {
            let journal = runs.read(&runs.find(run).await?).await?;
            let lines: Vec<String> = journal.records.iter().map(|record| json!(record).to_string()).collect();
            match to {
                Some(file) => {
                    let name = file.display().to_string();
                    let failed = || Failure::given(format!("writing {name}"));
                    let mut made = private().open(file).map_err(failed())?;
                    made.write_all((lines.join("\n") + "\n").as_bytes()).map_err(failed())?;
                    ui.say(format!("{} in {name}", count(lines.len(), "record")));
                }
                None => lines.iter().for_each(|line| ui.out(line)),
            }
            Ok(Exit::Ok)
        }
    }
}

/// A journal tells of a database, so others do not read it.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
}

fn document(journal: &Journal, standing: &Standing) -> Value {
    let (phase, ways) = (journal.phase(), told::gone(journal));
    json!({ "run": journal.run, "state": journal.state, "phase": phase, "standing": standing, "ways": ways })
}

/// What can be done about it, ready to be copied.
fn remedies(ui: &Ui, journal: &Journal, standing: &Standing) {
    journal.remedies(standing).iter().for_each(|remedy| ui.hint(hints::of(remedy)));
}

/// How a run ended, or what it waits for.
pub fn show_ended(ui: &Ui, ended: &Ended) -> Exit {
    let journal = &ended.journal;
    // Whoever executed it has let go of it.
    let standing = journal.standing(false);
    let mut shown = document(journal, &standing);
    shown["waits"] = json!(ended.waits);
    ui.result(shown);
    run_summary::show(ui, journal);
    let run = &journal.run;
    let took = span(journal.took());
    let way = &journal.state.current().name;
    if ended.waits.is_some() {
        let said = on_one_line(&standing, &journal.waits(&standing));
        ui.warn(format!("run {run} is {said}"));
        remedies(ui, journal, &standing);
        ui.hint(hints::of(&Remedy::ShowRun { run: run.clone() }));
        return Exit::Interrupted;
    }
    let paint = if standing == Standing::Succeeded { Paint::Good } else { Paint::Bad };
    let steps = journal.state.current().steps.iter().zip(&journal.state.steps);
    let left_out = steps.filter(|(_, one)| matches!(one.status, Status::Skipped { .. }));
    let left_out: Vec<&str> = left_out.map(|(spec, _)| spec.name.as_str()).collect();
    let without = if left_out.is_empty() { String::new() } else { format!(", without {}", left_out.join(", ")) };
    ui.out(format!("{} run {run} by way {way} after {took}{without}", ui.paint_out(paint, word(&standing))));
    match journal.phase() {
        "succeeded" => Exit::Ok,
        "aborted" => Exit::Interrupted,
        _ => Exit::Failed,
    }
}

/// What happened, in the order of time: each step that ended, by its way, and how the run ended.
pub fn story(ui: &Ui, journal: &Journal) {
    let (state, mut way) = (&journal.state, 0);
    for record in &journal.records {
        let Ok(event) = record.event(&journal.run) else { continue };
        let name = |step: usize| state.procedure.step(way, step).map(|step| step.name.clone()).unwrap_or_default();
        let called = |way: usize| state.procedure.ways.get(way).map(|way| way.name.clone()).unwrap_or_default();
        match &event {
            Event::Settled { .. } | Event::ReversalSettled { .. } | Event::Skipped { .. } => {
                ui.out(format!("  {}: {}", called(way), about(&event, &name)));
            }
            Event::Escalated { to, .. } => {
                ui.out(format!("  {} is not enough, so {} follows", called(way), called(*to)));
                way = *to;
            }
            _ => {}
        }
    }
    let took = span(journal.took());
    let records = count(journal.records.len(), "record");
    let word = word(&journal.standing(false));
    ui.out(format!("  {word} after {took}, {records} in the journal"));
}

/// So many lines of what people are asked about are shown; `--json` has all.
const SHOWN: usize = 40;

/// What whoever approves agrees to.
fn question(ui: &Ui, asked: &Asked) {
    ui.out(format!("asked about: {}", asked.step));
    let lines: Vec<&str> = asked.lines.iter().flat_map(|line| line.split('\n')).collect();
    lines.iter().take(SHOWN).for_each(|line| ui.out(format!("   {line}")));
    if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        ui.out(format!("   -- … {more} more lines; --json has all"));
    }
    asked.cost.lines().iter().for_each(|line| ui.out(format!("   -- {line}")));
    asked.unknown.iter().for_each(|why| ui.out(format!("   -- not known: {why}")));
}

fn show(ui: &Ui, seen: &Seen, asked: Option<&Asked>) {
    let Seen { journal, held, standing } = seen;
    let mut shown = document(journal, standing);
    shown["records"] = json!(journal.records);
    shown["holder"] = json!(held.as_ref().map(|held| &held.holder));
    shown["asked"] = json!(asked);
    ui.result(shown);
    let state = &journal.state;
    let held = held.as_ref().map(|held| format!(", held by {}", held.holder)).unwrap_or_default();
    let (word, way, opened) = (word(standing), &state.current().name, moment(state.opened));
    ui.out(format!("run {}: {word}, way {way}, opened {opened} by {}{held}", journal.run, state.opener));
    let waits = seen.waits();
    if !waits.is_empty() {
        ui.out(format!("  {waits}"));
    }
    run_summary::show(ui, journal);
    ui.out("");
    if let Some(asked) = asked {
        question(ui, asked);
        ui.out("");
    }
    let mut way = 0;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for record in &journal.records {
        let event = record.event(&journal.run).ok();
        if let Some(Event::Escalated { to, .. }) = &event {
            way = *to;
        }
        let name = |step: usize| state.procedure.step(way, step).map(|step| step.name.clone()).unwrap_or_default();
        let about = event.as_ref().map(|event| about(event, &name)).unwrap_or_default();
        let event = event.map_or("unknown", |event| event.name());
        rows.push(vec![record.seq.to_string(), moment(record.at), record.by.clone(), event.to_owned(), about]);
    }
    ui.table(&["record", "when", "by", "event", "what"], &rows);
    remedies(ui, journal, standing);
}

/// Which step a record is about, or what was said.
fn about(event: &Event, name: &dyn Fn(usize) -> String) -> String {
    match event {
        Event::Intended { step, .. }
        | Event::ApprovalAsked { step, .. }
        | Event::Approved { step, .. }
        | Event::ReversalIntended { step, .. } => name(*step),
        Event::Settled { step, outcome, .. } | Event::ReversalSettled { step, outcome, .. } => match outcome {
            Outcome::Done { .. } => format!("{}: done", name(*step)),
            Outcome::Failed { why, .. } => format!("{}: {why}", name(*step)),
            Outcome::NotBegun => format!("{}: not finished", name(*step)),
        },
        Event::Skipped { step, reason } | Event::Refused { step, reason, .. } => format!("{}: {reason}", name(*step)),
        Event::Opened { because, .. }
        | Event::Escalated { because, .. }
        | Event::Unwinding { because }
        | Event::Interrupted { because }
        | Event::Stopped { because } => because.clone(),
        Event::Paused { reason } | Event::Resumed { reason } | Event::Aborted { reason } => reason.clone(),
        Event::Noted { about, .. } => about.clone(),
        Event::Closed { .. } => String::new(),
    }
}
