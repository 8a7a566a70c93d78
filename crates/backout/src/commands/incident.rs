//! `backout incident …`: what went wrong, what was done about it, and what is owed.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use backout_control::incident::export::{self, Content, Format};
use backout_control::incident::metrics::{self, Spread};
use backout_control::incident::{self, DutyFacts, Record, Severity, own::Own};
use backout_control::rows::When;
use backout_control::runs::Runs;
use backout_control::{Env, Failure};
use backout_plan::visible::on_one_line;
use backout_plan::{Exit, Finding};
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::telling;
use crate::ui::{Paint, Ui, count, duration, moment, span};

/// Look at an incident, add to it, or export it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

/// Incidents are named by their id, such as 2026-01-07-1; without one, the open one of the target is meant, else its newest.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// The incidents of the target, the newest first
    List {
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// What is known of an incident
    Show { id: Option<String> },
    /// Open an incident by hand
    Open {
        #[arg(long)]
        title: String,
        /// Since when it is known: a moment, or how long ago
        #[arg(long, value_name = "TIME")]
        aware: Option<When>,
    },
    /// Say since when it is known: deadlines count from then on
    Aware {
        /// A moment such as 2026-01-02T03:04:05Z, or how long ago: 15m
        time: When,
        #[command(flatten)]
        which: Which,
    },
    /// Add a note
    Note {
        text: String,
        #[command(flatten)]
        which: Which,
    },
    /// Say how bad it is, whatever the rule says
    Severity {
        #[arg(value_parser = severity)]
        level: Severity,
        #[arg(long)]
        because: String,
        #[command(flatten)]
        which: Which,
    },
    /// Say that data was exposed, or that none was, whatever was counted
    Exposed {
        #[arg(long)]
        because: String,
        /// None was
        #[arg(long)]
        not: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Add a run to it
    Link {
        /// Its id, the beginning of it, or latest
        run: String,
        #[command(flatten)]
        which: Which,
    },
    /// Say that it is over; what is owed and to be done goes on
    Resolve {
        #[arg(long)]
        because: String,
        #[command(flatten)]
        which: Which,
    },
    /// Say that it is not over
    Reopen {
        #[arg(long)]
        because: String,
        #[command(flatten)]
        which: Which,
    },
    /// What is owed by when, or that it is done
    Duty {
        #[command(subcommand)]
        what: DutyWhat,
    },
    /// Write it as a document, without secrets and personal values
    Export {
        id: Option<String>,
        #[arg(long, value_parser = format)]
        format: Format,
        /// The draft of a post-mortem instead of the whole record
        #[arg(long)]
        post_mortem: bool,
        /// A file, which only you can read, instead of the standard output
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// How long it took to detect, decide and recover, and how many changes failed
    Metrics {
        /// A moment, or how long ago
        #[arg(long, value_name = "TIME", default_value = "90d")]
        since: When,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Another incident than the open one of the target, or its newest
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum DutyWhat {
    /// What is owed, by when, and what of it is not done
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Say that it is done: all of its checklist, or these items of it
    Done {
        name: String,
        #[arg(long, value_name = "ITEM")]
        item: Vec<String>,
        /// Every item of the checklist
        #[arg(long, conflicts_with = "item")]
        all: bool,
        /// Where it can be read, or anything else for the record
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        #[command(flatten)]
        which: Which,
    },
}

fn severity(text: &str) -> Result<Severity, String> {
    let known = Severity::ALL.into_iter().find(|one| one.name() == text);
    known.ok_or_else(|| "minor, major or critical is expected".to_owned())
}

fn format(text: &str) -> Result<Format, String> {
    Ok(match text {
        "md" | "markdown" => Format::Markdown,
        "html" => Format::Html,
        "json" => Format::Json,
        "pdf" => Format::Pdf,
        _ => return Err("md, html, json or pdf is expected".to_owned()),
    })
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let id = async |which: &Which| -> Result<String, CommandError> {
        Ok(incident::find(&env, &runs, which.incident.as_deref()).await?.id)
    };
    match &args.what {
        What::List { limit } => list(ui, &incident::all(&env, &runs, *limit).await?),
        What::Show { id: wanted } => {
            let id = incident::find(&env, &runs, wanted.as_deref()).await?.id;
            show(ui, &incident::read(&env, &runs, &id).await?);
        }
        What::Open { title, aware } => {
            let id = incident::open(&env, &runs, title, *aware).await?;
            said(context, &env, &runs, &incident::find(&env, &runs, Some(&id)).await?, "is open").await?;
        }
        What::Aware { time, which } => {
            let own = incident::aware(&runs, &id(which).await?, *time).await?;
            said(context, &env, &runs, &own, "is known since then").await?;
        }
        What::Note { text, which } => {
            let own = incident::note(&runs, &id(which).await?, text).await?;
            said(context, &env, &runs, &own, "has the note").await?;
        }
        What::Severity { level, because, which } => {
            let own = incident::severity(&runs, &id(which).await?, *level, because).await?;
            said(context, &env, &runs, &own, &format!("is {level}")).await?;
        }
        What::Exposed { because, not, which } => {
            let own = incident::exposed(&runs, &id(which).await?, !not, because).await?;
            let word = if *not { "exposed nothing" } else { "exposed data" };
            said(context, &env, &runs, &own, word).await?;
        }
        What::Link { run, which } => {
            let own = incident::link_run(&runs, &id(which).await?, run).await?;
            said(context, &env, &runs, &own, "has the run").await?;
        }
        What::Resolve { because, which } => {
            let own = incident::resolve(&runs, &id(which).await?, because).await?;
            said(context, &env, &runs, &own, "is resolved").await?;
        }
        What::Reopen { because, which } => {
            let own = incident::reopen(&runs, &id(which).await?, because).await?;
            said(context, &env, &runs, &own, "is open again").await?;
        }
        What::Duty { what: DutyWhat::List { which } } => {
            let own = incident::find(&env, &runs, which.incident.as_deref()).await?;
            let record = incident::briefly(&env, &runs, &own).await?;
            ui.result(json!({ "id": record.id, "aware": record.aware, "duties": record.duties }));
            match record.duties.is_empty() {
                true => ui.say(format!("incident {}: nothing is owed", record.id)),
                false => record.duties.iter().for_each(|one| duty(ui, one)),
            }
        }
        What::Duty { what: DutyWhat::Done { name, item, all, note, which } } => {
            let id = id(which).await?;
            let record = incident::duty_done(&env, &runs, &id, name, item, *all, note).await?;
            let done = record.duties.iter().find(|one| one.name == *name);
            ui.result(json!({ "id": record.id, "duty": done }));
            done.iter().for_each(|one| duty(ui, one));
        }
        What::Export { id: wanted, format, post_mortem, to } => {
            let id = incident::find(&env, &runs, wanted.as_deref()).await?.id;
            let record = incident::read(&env, &runs, &id).await?;
            let content = if *post_mortem { Content::Postmortem } else { Content::Record };
            let bytes = export::write(&env, &record, content, *format).await?;
            exported(ui, &id, *format, &bytes, to.as_ref())?;
        }
        What::Metrics { since } => shown_metrics(ui, &env, &runs, *since).await?,
    }
    Ok(Exit::Ok)
}

/// What was noted, and what is owed by now.
async fn said(context: &Context<'_>, env: &Env, runs: &Runs, own: &Own, what: &str) -> Result<(), CommandError> {
    let ui = context.ui;
    let record = incident::briefly(env, runs, own).await?;
    ui.result(json!({ "id": record.id, "open": record.open, "severity": record.severity, "duties": record.duties }));
    ui.out(format!("incident {} {what} ({})", record.id, record.severity));
    let findings = incident::findings(&[record], Timestamp::now());
    findings.iter().filter(|one| one.code != "incident.open").for_each(|one: &Finding| ui.finding(one));
    telling::after(ui, env, runs).await;
    Ok(())
}

fn list(ui: &Ui, records: &[Record]) {
    let row = |one: &Record| {
        json!({
            "id": one.id, "title": one.title, "open": one.open, "severity": one.severity, "opened": one.opened,
            "aware": one.aware, "recovered_at": one.recovered_at, "resolved_at": one.resolved_at, "took": one.took,
            "runs": one.runs.iter().map(|run| &run.run).collect::<Vec<_>>(), "duties": one.duties,
            "actions": one.actions,
        })
    };
    ui.result(json!({ "incidents": records.iter().map(row).collect::<Vec<_>>() }));
    if records.is_empty() {
        ui.say("there is no incident of this target");
        return;
    }
    let rows: Vec<Vec<String>> = records
        .iter()
        .map(|one| {
            let status = if one.open { "open" } else { "resolved" };
            let recovered = one.took.recover_ms.map(|ms| duration(ms as f64)).unwrap_or_default();
            let owed = one.duties.iter().filter(|duty| !duty.state.is_done()).count();
            let left = one.actions.iter().filter(|action| action.done.is_none()).count();
            let left = [(owed, "duty", "duties"), (left, "action", "actions")];
            let left = left.into_iter().filter(|(number, ..)| *number > 0);
            let left = left.map(|(number, one, many)| format!("{number} {}", if number == 1 { one } else { many }));
            vec![
                one.id.clone(),
                status.to_owned(),
                one.severity.to_string(),
                moment(one.opened),
                recovered,
                left.collect::<Vec<_>>().join(", "),
                one.title.clone(),
            ]
        })
        .collect();
    ui.table(&["incident", "status", "severity", "opened", "recovered in", "left to do", "title"], &rows);
}

fn show(ui: &Ui, record: &Record) {
    ui.result(json!(record));
    let status = if record.open { "open" } else { "resolved" };
    let paint = match record.severity {
        Severity::Critical => Paint::Bad,
        Severity::Major => Paint::Warning,
        Severity::Minor => Paint::Quiet,
    };
    let severity = ui.paint_out(paint, record.severity.name());
    ui.out(format!("incident {} ({status}, {severity}): {}", record.id, on_one_line(&record.title)));
    let at = |name: &str, at: Option<Timestamp>, after: Option<u64>| {
        let after = after.map(|ms| format!(", after {}", duration(ms as f64))).unwrap_or_default();
        if let Some(at) = at {
            ui.out(format!("  {name:10} {}{after}", moment(at)));
        }
    };
    at("began", record.began, None);
    at("detected", record.detected, record.took.detect_ms);
    at("known", Some(record.aware), None);
    at("decided", record.decided_at, record.took.decide_ms);
    at("recovered", record.recovered_at, record.took.recover_ms);
    at("resolved", record.resolved_at, None);
    for run in &record.runs {
        let took = duration(run.took_ms as f64);
        ui.out(format!("  run        {}: {}, way {}, {took}", run.run, run.phase, run.way));
    }
    record.unread.iter().for_each(|one| ui.warn(format!("run {} cannot be read: {}", one.run, one.why)));
    if let Some(impact) = &record.impact {
        let about = if impact.exact { "" } else { "at least " };
        ui.out(format!("  exposed    {about}{} of {}", number(impact.rows, "row"), number(impact.users, "user")));
    } else if record.exposed {
        ui.out("  exposed    yes, not counted");
    }
    let lost = record.lost.rows.map_or_else(|| "not counted".to_owned(), |rows| number(rows, "row"));
    ui.out(format!("  lost       {lost}; set aside: {}", number(record.lost.kept_rows, "row")));
    record.lost.how.iter().for_each(|line| ui.out(format!("             {}", on_one_line(line))));
    for one in &record.predicted {
        let came = one.came_ms.map_or_else(|| "not known".to_owned(), duration);
        ui.out(format!("  predicted  {} ({}): {}; it took {came}", one.step, one.tried, duration(one.ms)));
    }
    for one in &record.evidence {
        let rows: u64 = one.parts.iter().map(|part| part.rows).sum();
        ui.out(format!(
            "  evidence   {}: {} in {}",
            one.id,
            number(rows, "row"),
            number(one.parts.len() as u64, "file")
        ));
    }
    record.duties.iter().for_each(|one| duty(ui, one));
    for one in &record.actions {
        ui.out(format!("  action     {}", super::action::line(one, record.as_of)));
    }
    for one in &record.messages {
        ui.out(format!("  message    {} to {}: {}", one.key, one.channel, one.state));
    }
    ui.out("");
    let line =
        |line: &incident::Line| vec![moment(line.at), line.who.clone(), line.kind.name().to_owned(), line.text.clone()];
    ui.table(&["when", "who", "of", "what"], &record.timeline.iter().map(line).collect::<Vec<_>>());
}

fn number(number: u64, one: &str) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX), one)
}

fn duty(ui: &Ui, duty: &DutyFacts) {
    let state = match (&duty.done, duty.left(Timestamp::now())) {
        (Some(done), _) => format!("{} {} by {}", duty.state.word(), moment(done.at), done.by),
        (None, Some(left)) => format!("due {}, in {}", moment(duty.due), span(left)),
        (None, None) => format!("{}, since {}", ui.paint_out(Paint::Bad, "overdue"), moment(duty.due)),
    };
    ui.out(format!("  duty       {}: {state}", on_one_line(&duty.name)));
    for item in &duty.checklist {
        let mark = if item.done { "done" } else { "open" };
        ui.out(format!("             {mark}: {}", on_one_line(&item.item)));
    }
}

fn exported(ui: &Ui, id: &str, format: Format, bytes: &[u8], to: Option<&PathBuf>) -> Result<(), CommandError> {
    let Some(file) = to else {
        return match std::str::from_utf8(bytes) {
            Ok(text) if format != Format::Pdf => {
                ui.result(json!({ "id": id, "text": text }));
                ui.out(text.trim_end());
                Ok(())
            }
            _ => Err(CommandError::new(Exit::Usage, "a PDF goes to a file").hint("--to FILE names one")),
        };
    };
    let name = file.display().to_string();
    let failed = || Failure::given(format!("writing {name}"));
    // What tells of a database is nobody else's.
    let mut options = OpenOptions::new();
    let mut made = options.write(true).create(true).truncate(true).mode(0o600).open(file).map_err(failed())?;
    made.write_all(bytes).map_err(failed())?;
    ui.result(json!({ "id": id, "file": name, "bytes": bytes.len() }));
    ui.say(format!("incident {id} in {name}"));
    Ok(())
}

async fn shown_metrics(ui: &Ui, env: &Env, runs: &Runs, since: When) -> Result<(), CommandError> {
    let until = Timestamp::now();
    let records = incident::all(env, runs, usize::MAX).await?;
    let changes = match incident::history(env, runs).await {
        Ok(changes) => changes,
        Err(failure) => {
            ui.warn(format!("changes are not counted: {}", failure.sentence()));
            Vec::new()
        }
    };
    let found = metrics::of(&records, &changes, incident::moment_of(since)?, until);
    ui.result(json!(found));
    let incidents = number(found.incidents as u64, "incident");
    ui.out(format!("since {}: {incidents}, {} open", moment(found.since), found.open));
    ui.out(format!("  critical {}, major {}, minor {}", found.critical, found.major, found.minor));
    let spread = |name: &str, spread: &Spread| {
        let ms = |ms: Option<u64>| ms.map_or_else(|| "not known".to_owned(), |ms| duration(ms as f64));
        let (median, max) = (ms(spread.median_ms), ms(spread.max_ms));
        ui.out(format!("  {name:16} median {median}, longest {max}, of {}", spread.of));
    };
    spread("time to detect", &found.detect);
    spread("time to decide", &found.decide);
    spread("time to recover", &found.recover);
    let rate =
        found.change_failure_rate.map_or_else(|| "not known".to_owned(), |rate| format!("{:.1} %", rate * 100.0));
    ui.out(format!("  changes          {}, {:.1} a week", found.changes.all, found.changes_per_week));
    ui.out(format!("  taken back       {}, {rate}", found.changes.failed));
    Ok(())
}
