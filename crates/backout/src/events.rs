//! What operations report, as lines, bars and warnings.
//!
//! Must not know: which command listens.

use backout_control::event::{Progress, Stopping};
use backout_control::{Event, Observer, Work};
use backout_plan::Severity;

use crate::applied;
use crate::hints;
use crate::ui::{Ui, bytes, count, duration, moment};
use crate::watched;

impl Observer for Ui {
    fn event(&self, event: Event) {
        match event {
            Event::Begun { work } => self.begin(&named(&work)),
            Event::Idle => self.end(),
            Event::Progress(Progress::BackupBegun { id, tables, bytes: size }) => {
                self.say(format!("backup {id}: {}, {} on disk", count(tables as i64, "table"), size_of(size)));
            }
            Event::Progress(progress) => self.progress(&far(&progress)),
            Event::Statement { location, text } => self.statement(&location, &text),
            Event::Kept { what, schema } => self.step(format!("kept {what} in {schema}")),
            Event::Retry { attempt, of, wait, blocked_by } => {
                let at = blocked_by.map(|place| format!(" at {place}")).unwrap_or_default();
                self.step(format!(
                    "the lock{at} was not free; rolled back, attempt {} of {} follows in {}",
                    attempt + 1,
                    of + 1,
                    duration(wait.as_secs_f64() * 1e3)
                ));
            }
            Event::Applied(one) => applied::show(self, &one),
            Event::Committed { unit, of } if of > 1 => self.step(format!("committed step {unit} of {of}")),
            Event::Committed { .. } => {}
            Event::Tail { about } => self.step(format!("afterwards, blocking nobody: {about}")),
            // What a script says is its own output, so it is there without progress, too.
            Event::Echo { text } => self.say(text),
            Event::Covered { backup, proven_at } => {
                self.say(format!("covered by backup {backup}, proven {}", proven_at.map(moment).unwrap_or_default()));
            }
            Event::Notice { severity, message } => {
                if matches!(severity.as_str(), "WARNING" | "NOTICE" | "INFO") {
                    self.say(format!("  {}: {message}", severity.to_lowercase()));
                }
            }
            Event::Said(finding) => {
                let text = match &finding.detail {
                    Some(detail) => format!("{}: {detail}", finding.title),
                    None => finding.title.clone(),
                };
                let text = match &finding.location {
                    Some(location) => format!("{text} ({location})"),
                    None => text,
                };
                if finding.severity == Severity::Note {
                    self.say(format!("note: {text}"));
                } else {
                    self.warn(text);
                }
                hints::of_finding(&finding).iter().for_each(|hint| self.hint(hint));
            }
            Event::Read(ref reading) => self.happened(watched::line_err(self, reading), &event),
            Event::Decided(ref decided) => self.happened(watched::decided(decided), &event),
            Event::Stopping(Stopping::After { safe_point }) => {
                self.say(format!("stopping {safe_point}; press Ctrl-C again to roll the open transaction back"));
            }
            Event::Stopping(Stopping::Cancelling) => {
                self.say("cancelling what runs; what is not committed by then is rolled back");
            }
        }
    }
}

fn named(work: &Work) -> String {
    match work {
        Work::Rehearsing => "rehearsing".to_owned(),
        Work::Migrating { version } => format!("migrating {version}"),
        Work::Resuming { version, done, steps } => format!("going on with {version} after step {done} of {steps}"),
        Work::Undoing { migrations } => match migrations.as_slice() {
            [(number, version)] => format!("undoing migration {number} ({version})"),
            several => {
                let list: Vec<&str> = several.iter().map(|(_, version)| version.as_str()).collect();
                format!("undoing {} migrations ({})", several.len(), list.join(", "))
            }
        },
        Work::FinishingUndo { number, version } => format!("finishing the undo of migration {number} ({version})"),
        Work::TakingBackup { store } => format!("taking a backup into {store}"),
        Work::ProvingBackup { id } => format!("proving backup {id}"),
        Work::ReadingDump => "reading the dump".to_owned(),
        Work::LoadingDump => "loading the dump into a throwaway server".to_owned(),
        Work::VerifyingBackup { id } => format!("reading backup {id}"),
        Work::ExportingBackup { id } => format!("exporting backup {id}"),
        Work::Restoring { backup, database } => format!("restoring backup {backup} into {database}"),
        Work::RestoringBeside { backup, live } => format!("restoring backup {backup} beside {live}"),
        Work::RestoringInPlace { backup, tables } => {
            format!("putting back {} from backup {backup}", count(*tables as i64, "table"))
        }
        Work::Replaying => "replaying what was written since".to_owned(),
        Work::Comparing => "comparing".to_owned(),
        Work::Capturing => "capturing".to_owned(),
        Work::AssessingImpact => "assessing the impact".to_owned(),
        Work::ExportingEvidence { id } => format!("exporting evidence {id}"),
        Work::ImportingEvidence { id } => format!("importing evidence {id}"),
        Work::TakingChangesBack => "taking changes back".to_owned(),
        Work::Freezing => "taking the rights to write".to_owned(),
        Work::Watching { ms } => format!("watching for {} that nothing is written", duration(*ms as f64)),
        Work::Thawing => "giving the rights back".to_owned(),
        Work::Checking { check } => format!("checking: {check}"),
        Work::Deciding { firing } => format!("{firing} fired"),
        Work::Step { way, step, attempt: 1 } => format!("way {way}: {step}"),
        Work::Step { way, step, attempt } => format!("way {way}: {step}, attempt {attempt}"),
    }
}

fn far(progress: &Progress) -> String {
    match progress {
        Progress::At { what } => what.clone(),
        Progress::BackupBegun { id, .. } => id.clone(),
        Progress::Taken { rows, raw, stored, percent } => format!(
            "{percent}% of the tables: {} read, {}, stored as {}",
            rows_of(*rows),
            size_of(*raw),
            size_of(*stored)
        ),
        Progress::Loaded { stored, of } => format!("rows: {} of {}", size_of(*stored), size_of(*of)),
        Progress::Rows { table, rows } => format!("{table}: {}", rows_of(*rows)),
        Progress::Statements { done } => count(i64::try_from(*done).unwrap_or(i64::MAX), "statement"),
        Progress::Read { stored, of } => format!("{} of {}", size_of(*stored), size_of(*of)),
    }
}

/// A size that never is negative.
pub fn size_of(size: u64) -> String {
    bytes(i64::try_from(size).unwrap_or(i64::MAX))
}

/// `1 row`, `2 rows`.
pub fn rows_of(rows: u64) -> String {
    count(i64::try_from(rows).unwrap_or(i64::MAX), "row")
}
