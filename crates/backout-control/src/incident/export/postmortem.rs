//! The draft of a post-mortem: what can be known stands in it, and what only people know is theirs to write.
//!
//! Must not know: how a document is written.

use backout_plan::wording::{count, moment};

use super::layout::{actions, detection, duties, impact, predicted, took, way_said};
use super::{Block, Document};
use crate::incident::record::{Record, StepFacts};

/// The timeline of a draft is no longer; the record has all of it.
const LINES: usize = 200;

pub(super) fn of(record: &Record) -> Document {
    let mut blocks = vec![
        Block::Heading("What happened".to_owned()),
        Block::Paragraph(what_happened(record)),
        Block::Blank("What users saw of it, and why it could happen".to_owned()),
    ];
    blocks.extend(detection(record));
    blocks.push(Block::Paragraph(format!(
        "Detected after {}, decided after {}, recovered after {}.",
        took(record.took.detect_ms),
        took(record.took.decide_ms),
        took(record.took.recover_ms)
    )));
    blocks.push(Block::Heading("Recovery against its budgets".to_owned()));
    blocks.extend(recovery(record));
    blocks.extend(impact(record));
    blocks.extend(predicted(&record.predicted));
    let foreseen: Vec<String> = record.runs.iter().flat_map(|run| run.foreseen.clone()).collect();
    if !foreseen.is_empty() {
        blocks.push(Block::Paragraph("What was said to whoever agreed to it:".to_owned()));
        blocks.push(Block::List(foreseen));
    }
    blocks.push(Block::Heading("What was learned".to_owned()));
    for blank in ["What went well", "What went badly", "Where we were lucky", "The causes"] {
        blocks.push(Block::Blank(blank.to_owned()));
    }
    blocks.extend(duties(&record.duties));
    let open = record.actions.iter().filter(|action| action.done.is_none()).count();
    match record.actions.is_empty() {
        true => {
            blocks.push(Block::Heading("Actions".to_owned()));
            blocks.push(Block::Blank("What is to be done, by whom and by when".to_owned()));
        }
        false => {
            blocks.extend(actions(&record.actions));
            let are = if open == 1 { "is" } else { "are" };
            blocks.push(Block::Paragraph(format!("{open} of them {are} open.")));
        }
    }
    blocks.push(Block::Heading("Timeline".to_owned()));
    let line = |line: &crate::incident::Line| format!("{} {}: {}", moment(line.at), line.kind.name(), line.text);
    blocks.push(Block::List(record.timeline.iter().take(LINES).map(line).collect()));
    if let Some(more) = record.timeline.len().checked_sub(LINES).filter(|more| *more > 0) {
        blocks.push(Block::Paragraph(format!("{} more in the record.", count(more, "line"))));
    }
    Document { title: format!("Post-mortem of incident {}: {} (draft)", record.id, record.title), blocks }
}

fn what_happened(record: &Record) -> String {
    let target = record.target.as_deref().unwrap_or("the target");
    let began = match (record.began, record.firings.first()) {
        (Some(began), Some(first)) => {
            format!("From {} on, {:?} was breached in {target}", moment(began), first.firing.trigger)
        }
        _ => format!("Since {} it was known of {target}: {}", moment(record.aware), record.title),
    };
    let runs = match record.runs.last() {
        Some(run) => format!(
            "; {} began, and the last one, by way {}, {}",
            count(record.runs.len(), "run"),
            run.way,
            match run.phase.as_str() {
                "succeeded" => "succeeded".to_owned(),
                other => format!("is {other}"),
            }
        ),
        None => "; nothing was taken back".to_owned(),
    };
    format!("{began}{runs}. It is {}.", record.severity)
}

fn recovery(record: &Record) -> Vec<Block> {
    if record.runs.is_empty() {
        return vec![Block::Paragraph("No way back was gone.".to_owned())];
    }
    let ways = record.runs.iter().flat_map(|run| &run.ways);
    let mut lines = Vec::new();
    for way in ways {
        let over = way.budget_ms.filter(|budget| way.took_ms > *budget as f64);
        let word = if over.is_some() { ": longer than it may take" } else { "" };
        lines.push(format!("{}{word}", way_said(way)));
        let late = |step: &&StepFacts| step.is_in_budget() == Some(false);
        lines.extend(way.steps.iter().filter(late).map(|step| format!("{} took longer than it may", step.name)));
    }
    vec![Block::List(lines)]
}
