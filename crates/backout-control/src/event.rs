//! What operations report while they go: one kind of event, one observer for all of them.
//!
//! Events are data. A terminal makes lines and bars of them, a server a stream.
//!
//! Must not know: who listens.

use std::sync::Arc;
use std::time::Duration;

use backout_plan::Finding;
use backout_postgres::migrate;
use backout_postgres::session::Notice;
use serde::Serialize;

use crate::applied::Applied;

/// Hears events. Called from the tasks that do the work, so it must not block.
pub trait Observer: Send + Sync {
    fn event(&self, event: Event);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event) {}
}

impl<F: Fn(Event) + Send + Sync> Observer for F {
    fn event(&self, event: Event) {
        self(event);
    }
}

/// Something that happened in an operation.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A stretch of work begins. It lasts until the next one, or until [`Event::Idle`].
    Begun { work: Work },
    /// The stretch is over.
    Idle,
    /// How far the stretch is.
    Progress(Progress),
    /// A statement of a migration begins.
    Statement { location: String, text: String },
    /// What a migration would have dropped lies in this schema instead.
    Kept { what: String, schema: String },
    /// A lock was not free; what was done is rolled back, and another attempt follows.
    Retry { attempt: u32, of: u32, wait: Duration, blocked_by: Option<String> },
    /// A migration is applied, all of it.
    Applied(Arc<Applied>),
    /// A transaction of several is committed.
    Committed { unit: usize, of: usize },
    /// A step after the COMMIT of an undo, which blocks nobody.
    Tail { about: String },
    /// Output of the migration's own script (`\echo`).
    Echo { text: String },
    /// A migration is covered by this backup.
    Covered { backup: String, proven_at: Option<jiff::Timestamp> },
    /// The server's notice. Severity as the server writes it.
    Notice { severity: String, message: String },
    /// Something that whoever watches should know. Its code is stable.
    Said(Finding),
    /// A trigger says something else than before.
    Read(Box<backout_signals::Reading>),
    /// What follows a firing, and what became of it.
    Decided(Box<crate::decided::Decided>),
    /// Somebody asked for a stop; this is what happens now.
    Stopping(Stopping),
}

/// What a stretch of work is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub enum Work {
    Rehearsing,
    Migrating {
        version: String,
    },
    /// An interrupted migration, after `done` of its `steps`.
    Resuming {
        version: String,
        done: i32,
        steps: i32,
    },
    Undoing {
        migrations: Vec<(i64, String)>,
    },
    /// What an undo left to do after its COMMIT.
    FinishingUndo {
        number: i64,
        version: String,
    },
    TakingBackup {
        store: String,
    },
    ProvingBackup {
        id: String,
    },
    ReadingDump,
    LoadingDump,
    VerifyingBackup {
        id: String,
    },
    ExportingBackup {
        id: String,
    },
    Restoring {
        backup: String,
        database: String,
    },
    /// Beside the live database, whose place it takes.
    RestoringBeside {
        backup: String,
        live: String,
    },
    RestoringInPlace {
        backup: String,
        tables: usize,
    },
    /// Captured changes are replayed into a restored database.
    Replaying,
    Comparing,
    /// Capture begins.
    Capturing,
    TakingChangesBack,
    AssessingImpact,
    ExportingEvidence {
        id: String,
    },
    ImportingEvidence {
        id: String,
    },
    /// Rights to write are taken.
    Freezing,
    /// It is watched whether anything is written.
    Watching {
        ms: u128,
    },
    /// Rights come back.
    Thawing,
    /// A check is asked; several by their names, where they are asked at once.
    Checking {
        check: String,
    },
    /// What follows the firing of a trigger.
    Deciding {
        firing: String,
    },
    /// A step of a run.
    Step {
        way: String,
        step: String,
        attempt: u32,
    },
}

/// How far a stretch of work is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "progress", rename_all = "kebab-case")]
pub enum Progress {
    /// A phase without a measure, or the object that is worked on.
    At { what: String },
    /// A backup is known by this id from now on.
    BackupBegun { id: String, tables: usize, bytes: u64 },
    /// Rows and bytes that COPY sent, bytes stored, and how much of the tables on disk that is.
    Taken { rows: u64, raw: u64, stored: u64, percent: u64 },
    /// Compressed bytes of rows that are loaded.
    Loaded { stored: u64, of: u64 },
    /// Rows of one table.
    Rows { table: String, rows: u64 },
    /// Statements of a dump.
    Statements { done: u64 },
    /// Bytes of a backup that were read and compared with their checksums.
    Read { stored: u64, of: u64 },
}

/// What a wish to stop leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "stopping", rename_all = "kebab-case")]
pub enum Stopping {
    /// At the next safe point, which is after this.
    After { safe_point: String },
    /// What runs is cancelled, and the open transaction rolled back.
    Cancelling,
}

impl Event {
    /// Something worth knowing.
    pub fn note(code: &'static str, title: impl Into<String>) -> Self {
        Self::Said(Finding::note(code, title))
    }

    /// Something that went wrong or that somebody should look at, and that ends nothing.
    pub fn warning(code: &'static str, title: impl Into<String>) -> Self {
        Self::Said(Finding::warning(code, title))
    }

    pub fn at(what: impl Into<String>) -> Self {
        Self::Progress(Progress::At { what: what.into() })
    }
}

impl From<migrate::Event> for Event {
    fn from(event: migrate::Event) -> Self {
        match event {
            migrate::Event::Statement { location, text } => Self::Statement { location, text },
            migrate::Event::Kept { what, schema } => Self::Kept { what, schema },
            migrate::Event::Retry { attempt, of, wait, blocked_by } => Self::Retry { attempt, of, wait, blocked_by },
            migrate::Event::Echo(text) => Self::Echo { text },
            migrate::Event::Committed { unit, of } => Self::Committed { unit, of },
            migrate::Event::Note(text) => Self::note("migrate.note", text),
            migrate::Event::Tail { about } => Self::Tail { about },
        }
    }
}

impl From<&Notice> for Event {
    fn from(notice: &Notice) -> Self {
        Self::Notice { severity: notice.severity.clone(), message: notice.message.clone() }
    }
}

impl From<backout_backup::restore::Event> for Event {
    fn from(event: backout_backup::restore::Event) -> Self {
        use backout_backup::restore::Event as Restore;
        match event {
            Restore::Phase(phase) => Self::at(phase),
            Restore::Loaded { stored, of } => Self::Progress(Progress::Loaded { stored, of }),
            Restore::Built { what } => Self::at(what),
            Restore::Note(text) => Self::note("restore.note", text),
        }
    }
}

impl From<backout_backup::take::Event> for Event {
    fn from(event: backout_backup::take::Event) -> Self {
        use backout_backup::take::Event as Take;
        match event {
            Take::Began { id, tables, bytes } => Self::Progress(Progress::BackupBegun { id, tables, bytes }),
            Take::Progress { rows, raw, stored, percent, .. } => {
                Self::Progress(Progress::Taken { rows, raw, stored, percent })
            }
            Take::Note(text) => Self::note("backup.note", text),
        }
    }
}
