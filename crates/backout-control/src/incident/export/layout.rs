//! The whole record as a document.
//!
//! Must not know: how a document is written.

use backout_plan::wording::{count, duration, moment};
use backout_signals::tree::Asked;
use jiff::Timestamp;

use super::{Block, Cell, Document, Tone};
use crate::decided::{Decided, Did};
use crate::incident::duties::{DutyFacts, DutyState};
use crate::incident::record::{ActionFacts, Evidence, Predicted, Record, RunFacts, SeverityBy, StepFacts, WayFacts};
use crate::incident::wording::{outcome, said};
use crate::ledger::Severity;
use crate::told::End;

pub(super) fn of(record: &Record) -> Document {
    let mut blocks = summary(record);
    blocks.extend(impact(record));
    blocks.extend(detection(record));
    blocks.extend(ways_back(record));
    blocks.extend(predicted(&record.predicted));
    blocks.extend(evidence(&record.evidence));
    blocks.extend(duties(&record.duties));
    blocks.extend(actions(&record.actions));
    blocks.extend(messages(record));
    blocks.extend(timeline(record));
    Document { title: format!("Incident {}: {}", record.id, record.title), blocks }
}

pub(super) fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Minor => Tone::Quiet,
        Severity::Major => Tone::Warn,
        Severity::Critical => Tone::Bad,
    }
}

fn optional(at: Option<Timestamp>) -> Cell {
    at.map_or_else(|| "not known".into(), Cell::Time)
}

pub(super) fn took(ms: Option<u64>) -> String {
    ms.map_or_else(|| "not known".to_owned(), |ms| duration(ms as f64))
}

pub(super) fn summary(record: &Record) -> Vec<Block> {
    let why = match &record.severity_by {
        SeverityBy::Rule { why } => format!("{} (by rule: {why})", record.severity),
        SeverityBy::Person { by, why, .. } => format!("{} (said by {by}: {why})", record.severity),
    };
    let status = if record.open { (Tone::Warn, "open") } else { (Tone::Good, "resolved") };
    let mut facts: Vec<(String, Cell)> = vec![
        ("Status".to_owned(), Cell::Toned(status.0, status.1.to_owned())),
        ("Severity".to_owned(), Cell::Toned(tone(record.severity), why)),
        ("Target".to_owned(), record.target.clone().unwrap_or_else(|| "not named".to_owned()).into()),
        ("Began".to_owned(), optional(record.began)),
        ("Detected".to_owned(), optional(record.detected)),
        ("Known since".to_owned(), record.aware.into()),
        ("Decided".to_owned(), optional(record.decided_at)),
        ("Recovered".to_owned(), optional(record.recovered_at)),
        ("Time to detect".to_owned(), took(record.took.detect_ms).into()),
        ("Time to decide".to_owned(), took(record.took.decide_ms).into()),
        ("Time to recover".to_owned(), took(record.took.recover_ms).into()),
        ("Opened".to_owned(), format!("{} by {}", moment(record.opened), record.opened_by).into()),
    ];
    if let Some(at) = record.resolved_at {
        facts.push(("Resolved".to_owned(), at.into()));
    }
    facts.push(("As of".to_owned(), record.as_of.into()));
    vec![Block::Heading("Summary".to_owned()), Block::Facts(facts)]
}

pub(super) fn impact(record: &Record) -> Vec<Block> {
    let mut facts: Vec<(String, Cell)> = Vec::new();
    let exposed = match (&record.impact, record.exposed) {
        (Some(impact), _) => {
            let about = if impact.exact { "" } else { "at least " };
            let said = format!("{about}{} of {}", count(impact.rows, "row"), count(impact.users, "user"));
            Cell::Toned(if record.exposed { Tone::Bad } else { Tone::Good }, said)
        }
        (None, true) => Cell::Toned(Tone::Bad, "yes, not counted".to_owned()),
        (None, false) => "not counted".into(),
    };
    facts.push(("Exposed".to_owned(), exposed));
    for held in record.impact.iter().flat_map(|impact| &impact.tables) {
        let rows = held.rows.map_or_else(|| "not counted".to_owned(), |rows| count(rows, "row"));
        facts.push((format!("Of {}", held.what), rows.into()));
    }
    if let Some(file) = record.impact.as_ref().and_then(|impact| impact.users_file.clone()) {
        facts.push(("Ids of affected users".to_owned(), file.into()));
    }
    let lost = match record.lost.rows {
        Some(rows) => Cell::Toned(if rows == 0 { Tone::Good } else { Tone::Bad }, count(rows, "row")),
        None => Cell::Toned(Tone::Warn, "not counted".to_owned()),
    };
    facts.push(("Lost".to_owned(), lost));
    facts.push(("Set aside".to_owned(), count(record.lost.kept_rows, "row").into()));
    vec![Block::Heading("Impact".to_owned()), Block::Facts(facts), Block::List(record.lost.how.clone())]
}

pub(super) fn detection(record: &Record) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Detection and decision".to_owned())];
    if record.firings.is_empty() {
        blocks.push(Block::Paragraph(format!("No trigger has fired; {} opened it.", record.opened_by)));
    }
    for decided in &record.firings {
        blocks.push(Block::Subheading(format!("Trigger {}", decided.firing.trigger)));
        blocks.push(Block::Facts(firing(decided)));
        if !decided.path.is_empty() {
            blocks.push(Block::List(decided.path.iter().map(asked).collect()));
        }
    }
    blocks
}

fn firing(decided: &Decided) -> Vec<(String, Cell)> {
    let firing = &decided.firing;
    let did = match &decided.did {
        Did::Begins => "it is being followed".to_owned(),
        Did::Notified => "nobody was asked to act".to_owned(),
        Did::Joined { run } => format!("run {run} was open"),
        Did::Asked { run } => format!("run {run} waits for approval"),
        Did::Runs { run } => format!("run {run}"),
        Did::Ran { run, phase } => format!("run {run}: {phase}"),
        Did::Watches { until } => format!("watched until {}", moment(*until)),
        Did::ToMend { what } => format!("to be mended: {what}"),
        Did::Would { what } => format!("dry run: {what}"),
        Did::Failed { why } => format!("not begun: {why}"),
    };
    let rule = decided.rule.clone().unwrap_or_else(|| "the trigger itself".to_owned());
    vec![
        ("Breached since".to_owned(), firing.since.into()),
        ("Fired".to_owned(), firing.at.into()),
        ("Value".to_owned(), format!("{} where {} is the limit", firing.value, firing.limit).into()),
        ("People".to_owned(), firing.people.to_string().into()),
        ("Why".to_owned(), firing.why.clone().into()),
        ("Symptom".to_owned(), decided.symptom.clone().into()),
        ("Decided".to_owned(), decided.at.into()),
        ("By".to_owned(), rule.into()),
        ("What follows".to_owned(), outcome(decided).into()),
        ("Done".to_owned(), did.into()),
    ]
}

fn asked(asked: &Asked) -> String {
    let held = if asked.held { "holds" } else { "does not hold" };
    format!("{} {held}: {}", asked.branch, asked.why)
}

pub(super) fn phase_tone(phase: &str) -> Tone {
    match phase {
        "succeeded" => Tone::Good,
        "failed" | "stopped" => Tone::Bad,
        "taken-back" | "aborted" => Tone::Quiet,
        _ => Tone::Warn,
    }
}

fn ways_back(record: &Record) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Way back".to_owned())];
    if record.runs.is_empty() && record.unread.is_empty() {
        blocks.push(Block::Paragraph("No run belongs to it.".to_owned()));
    }
    for one in &record.unread {
        blocks
            .push(Block::Paragraph(format!("Run {} cannot be read, and nothing of it is here: {}", one.run, one.why)));
    }
    for run in &record.runs {
        blocks.push(Block::Subheading(format!("Run {}", run.run)));
        blocks.push(Block::Facts(run_facts(run)));
        let lists = [("How the way was chosen:", &run.path), ("What was foreseen:", &run.foreseen)];
        for (title, lines) in lists.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            blocks.push(Block::Paragraph(title.to_owned()));
            blocks.push(Block::List(lines.clone()));
        }
        for way in &run.ways {
            blocks.push(Block::Paragraph(way_said(way)));
            if !way.because.is_empty() {
                blocks.push(Block::List(way.because.clone()));
            }
            let rows = way.steps.iter().map(step).collect();
            let head = vec!["Step", "State", "Took", "May take", "What it did"];
            blocks.push(Block::Table { caption: format!("Steps of way {}", way.way), head, rows, named: true });
        }
    }
    blocks
}

fn run_facts(run: &RunFacts) -> Vec<(String, Cell)> {
    let mut facts: Vec<(String, Cell)> = vec![
        ("Ended".to_owned(), Cell::Toned(phase_tone(&run.phase), format!("{}, way {}", run.phase, run.way))),
        ("Because".to_owned(), if run.because.is_empty() { "not said".into() } else { run.because.clone().into() }),
        ("Opened".to_owned(), format!("{} by {}", moment(run.opened), run.opener).into()),
        ("Took".to_owned(), duration(run.took_ms as f64).into()),
        ("Journal".to_owned(), Cell::Text(format!("{}, the last one's hash:", count(run.records, "record")))),
        ("Hash".to_owned(), Cell::Code(run.hash.clone())),
    ];
    if let Some(at) = run.ended {
        facts.insert(3, ("Over".to_owned(), at.into()));
    }
    facts
}

pub(super) fn way_said(way: &WayFacts) -> String {
    let end = match &way.end {
        End::Open => "not over".to_owned(),
        End::Done => "done".to_owned(),
        End::Left(next) => format!("left for {next}"),
        End::TakenBack => "given up".to_owned(),
        End::Aborted => "ended where it stood".to_owned(),
    };
    let since = way.step.as_ref().map(|step| format!(", since {step:?} failed")).unwrap_or_default();
    let budget = way.budget_ms.map(|ms| format!(" of {}", duration(ms as f64))).unwrap_or_default();
    format!("Way {}: {end}{since}, after {}{budget}", way.way, duration(way.took_ms))
}

fn step(step: &StepFacts) -> Vec<Cell> {
    let tone = match step.state.as_str() {
        "done" | "taken back" => Tone::Good,
        "failed" | "not taken back" => Tone::Bad,
        "not begun" | "skipped" => Tone::Quiet,
        _ => Tone::Warn,
    };
    let took = step.took_ms.map(duration).unwrap_or_default();
    let took = match step.is_in_budget() {
        Some(false) => Cell::Toned(Tone::Bad, took),
        _ => took.into(),
    };
    let budget = step.budget_ms.map(|ms| duration(ms as f64)).unwrap_or_default();
    let why = Some(step.why.clone()).filter(|why| !why.is_empty());
    let said: Vec<String> = why.into_iter().chain(step.facts.iter().map(said)).collect();
    vec![step.name.clone().into(), Cell::Toned(tone, step.state.clone()), took, budget.into(), said.join("; ").into()]
}

pub(super) fn predicted(all: &[Predicted]) -> Vec<Block> {
    if all.is_empty() {
        return Vec::new();
    }
    let ms = |ms: Option<f64>| -> Cell { ms.map(duration).unwrap_or_default().into() };
    let row = |one: &Predicted| {
        let verdict = one.verdict.clone().unwrap_or_default();
        let is_slower = one.came_ms.is_some_and(|came| came > one.ms * 2.0);
        let came = match one.came_ms {
            Some(came) if is_slower => Cell::Toned(Tone::Warn, duration(came)),
            came => ms(came),
        };
        vec![
            one.step.clone().into(),
            one.tried.clone().into(),
            ms(Some(one.ms)),
            came,
            ms(one.lock_ms),
            ms(one.came_lock_ms),
            verdict.into(),
        ]
    };
    let head = vec!["Step", "Tried in", "Took there", "Took", "Locks there", "Locks", "What was to come back"];
    let rows = all.iter().map(row).collect();
    vec![
        Block::Heading("Predicted, and what came".to_owned()),
        Block::Table { caption: "What was predicted".to_owned(), head, rows, named: true },
    ]
}

fn evidence(all: &[Evidence]) -> Vec<Block> {
    if all.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Heading("Evidence".to_owned())];
    for one in all {
        let clear = if one.encrypted { "encrypted" } else { "not encrypted" };
        blocks.push(Block::Subheading(format!("Export {}, {clear}", one.id)));
        if let Some(why) = &one.unknown {
            blocks.push(Block::Paragraph(format!("Not checked: {why}")));
        }
        let rows = one.parts.iter().map(|part| {
            let sha256 = part.sha256.clone().map_or_else(|| "not known".into(), Cell::Code);
            let bytes = part.bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
            vec![part.of.clone().into(), part.rows.to_string().into(), bytes.into(), sha256]
        });
        let head = vec!["Of", "Rows", "Bytes", "SHA-256"];
        blocks.push(Block::Table { caption: format!("Files of {}", one.id), head, rows: rows.collect(), named: true });
    }
    blocks
}

pub(super) fn duties(all: &[DutyFacts]) -> Vec<Block> {
    if all.is_empty() {
        return Vec::new();
    }
    let row = |duty: &DutyFacts| {
        let tone = match duty.state {
            DutyState::Done => Tone::Good,
            DutyState::Running => Tone::Warn,
            DutyState::Overdue | DutyState::DoneLate => Tone::Bad,
        };
        let done = duty.done.as_ref().map(|done| {
            let note = if done.note.is_empty() { String::new() } else { format!(": {}", done.note) };
            format!("{} by {}{note}", moment(done.at), done.by)
        });
        let items = duty.checklist.iter().map(|item| {
            let mark = if item.done { "done" } else { "open" };
            format!("{} ({mark})", item.item)
        });
        vec![
            duty.name.clone().into(),
            duty.due.into(),
            Cell::Toned(tone, duty.state.word().to_owned()),
            done.unwrap_or_default().into(),
            items.collect::<Vec<_>>().join("; ").into(),
        ]
    };
    let head = vec!["Duty", "Due", "State", "Done", "Checklist"];
    vec![
        Block::Heading("Duties".to_owned()),
        Block::Table { caption: "Duties".to_owned(), head, rows: all.iter().map(row).collect(), named: true },
    ]
}

pub(super) fn actions(all: &[ActionFacts]) -> Vec<Block> {
    if all.is_empty() {
        return Vec::new();
    }
    let row = |action: &ActionFacts| {
        let (tone, state) = match (&action.done, action.overdue) {
            (Some(done), _) => {
                let note = if done.note.is_empty() { String::new() } else { format!(": {}", done.note) };
                (Tone::Good, format!("done {} by {}{note}", moment(done.at), done.by))
            }
            (None, true) => (Tone::Bad, "overdue".to_owned()),
            (None, false) => (Tone::Warn, "open".to_owned()),
        };
        vec![
            action.window.name().into(),
            action.name.clone().into(),
            action.owner.clone().into(),
            action.due.into(),
            Cell::Toned(tone, state),
        ]
    };
    let head = vec!["When", "Action", "Owner", "Due", "State"];
    vec![
        Block::Heading("Actions".to_owned()),
        Block::Table { caption: "Actions".to_owned(), head, rows: all.iter().map(row).collect(), named: true },
    ]
}

fn messages(record: &Record) -> Vec<Block> {
    if record.messages.is_empty() {
        return Vec::new();
    }
    let rows = record.messages.iter().map(|one| {
        let tone = match one.state.as_str() {
            "sent" => Tone::Good,
            "dead" => Tone::Bad,
            "dropped" => Tone::Quiet,
            _ => Tone::Warn,
        };
        let last = one.last.clone().filter(|_| one.sent.is_none()).unwrap_or_default();
        vec![
            one.key.clone().into(),
            one.channel.clone().into(),
            one.sent.unwrap_or(one.at).into(),
            Cell::Toned(tone, one.state.clone()),
            one.approved.clone().unwrap_or_default().into(),
            last.into(),
        ]
    });
    let head = vec!["Message", "Channel", "When", "State", "Approved by", "What went wrong"];
    vec![
        Block::Heading("Messages".to_owned()),
        Block::Table { caption: "Messages".to_owned(), head, rows: rows.collect(), named: true },
    ]
}

pub(super) fn timeline(record: &Record) -> Vec<Block> {
    let rows = record
        .timeline
        .iter()
        .map(|line| vec![line.at.into(), line.who.clone().into(), line.kind.name().into(), line.text.clone().into()]);
    let head = vec!["When", "Who", "Of", "What"];
    vec![
        Block::Heading("Timeline".to_owned()),
        Block::Table { caption: "Timeline".to_owned(), head, rows: rows.collect(), named: false },
    ]
}
