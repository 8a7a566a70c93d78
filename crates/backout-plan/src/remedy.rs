//! What can be done about a refusal, as a value: the command line makes a flag or a command of it, a server a button.
//!
//! Must not know: how a remedy is spelled anywhere.

use serde::{Deserialize, Serialize};

use crate::signer::Signer;

/// One way out of a refusal or a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "remedy", rename_all = "kebab-case")]
pub enum Remedy {
    /// Rehearse the pending migrations.
    Rehearse,
    /// Go without a certificate; the reason is recorded.
    WithoutCertificate,
    /// Take a backup and prove it.
    TakeProvenBackup,
    /// Go without a proven backup; the reason is recorded.
    WithoutBackup,
    /// See what is to be done before a migration that was undone is applied again.
    Actions,
    /// Apply it again all the same; the reason is recorded.
    RetryAnyway,
    /// Go on with an interrupted migration, or apply what is pending.
    Migrate,
    /// Migrate, which records who the target is at first contact.
    FirstContact,
    /// Undo the newest migration, or what an interrupted one has done.
    Undo,
    /// Do what an undo has left to do after its COMMIT.
    FinishUndo,
    /// Undo this many of the newest.
    UndoNewest { count: usize },
    /// Look at what an undo would do.
    PreviewUndo,
    /// Stop writes, or complete what a freeze began.
    Freeze,
    /// Let writes go on.
    Thaw,
    /// Freeze although some may still write.
    AcceptUncovered,
    /// Look where the target is.
    Status,
    /// Look at what is on record.
    History,
    /// Look at privileges, settings and sessions.
    Doctor,
    /// Accept that these do not come back, by the names that the refusal gives them.
    AcceptLoss { objects: Vec<String> },
    /// Say that this target is meant.
    ConfirmTarget { name: String },
    /// Name a target: one of these, where they are known.
    NameTarget { known: Vec<String> },
    /// Bring back in the migration's transaction what an undo set aside.
    Reimport,
    /// Leave what an undo set aside where it is.
    LeaveAside,
    /// Go on with this interrupted backup.
    ResumeBackup { id: String },
    /// Take a new backup.
    TakeBackup,
    /// See what a backup holds.
    ShowBackup { id: String },
    /// List the backups.
    ListBackups,
    /// See all that is different in a backup that was restored.
    ProveBackup { id: String },
    /// Restore into a database of another name instead.
    RestoreInto,
    /// Go on although what was restored is not in everything what was taken.
    AcceptDifferences,
    /// A backup of another database is meant.
    OtherSource,
    /// Restore although the rows of some tables are not in the backup.
    Partial,
    /// Restore with the captured changes alone, leaving no transaction out.
    ReplayAlone,
    /// Go on with this run.
    ResumeRun { run: String },
    /// End this run where it stands.
    AbortRun { run: String },
    /// Look at this run, step by step.
    ShowRun { run: String },
    /// Let this run begin no further step.
    PauseRun { run: String },
    /// Agree to a step of this run.
    ApproveStep { run: String, step: String },
    /// Refuse a step of this run.
    RefuseStep { run: String, step: String },
    /// Leave a step of this run out.
    SkipStep { run: String, step: String },
    /// Let this message go out, after reading it.
    ApproveMessage { message: u64 },
    /// Keep this message from going out.
    DropMessage { message: u64 },
    /// Try to send this message again.
    RetryMessage { message: u64 },
    /// Go on with this run, once its store answers.
    GoOnWithRun { run: String },
    /// End the open run and begin another one.
    RollbackAgain,
    /// Name a symptom that the plan's ways know, or the way itself.
    NameSymptom { known: Vec<String> },
    /// Look at every way, or begin with another one.
    OtherWay,
    /// Go on with a run although its steps are not those of the plan here.
    OtherPlan { run: String },
    /// List the captured transactions of a table.
    RowsLog,
    /// Take captured changes back table by table.
    RowsUndo,
    /// Name this key among those whose signature is demanded.
    TrustSigner { signer: Signer },
    /// Name the key that signs backups.
    SignWith,
    /// Begin to capture, or begin again.
    CaptureOn,
    /// See what is captured.
    CaptureStatus,
    /// Check foreign keys that a replay left unchecked.
    CaptureCheck,
    /// List what restores have replaced or set aside.
    ListReplaced,
    /// Remove for good what an archive keeps.
    ArchivePurge,
    /// Write a plan file.
    Init,
    /// Name the migrations' folder; these were looked at.
    NameFolder { looked_at: Vec<String> },
    /// Name the migration tool's layout.
    NameLayout,
    /// Name the folder of PostgreSQL's programs.
    NamePrograms,
    /// Install or name programs of the server's major version.
    NewerPrograms,
    /// Leave the rows of tables out of a backup: these, where they are known.
    LeaveTablesOut { tables: Vec<String> },
    /// Name the file of an age identity.
    NameIdentity,
    /// See for whom a backup is encrypted.
    ListRecipients,
    /// Look at every object of every backup.
    VerifyBackups,
    /// Make a key that signs backups.
    MakeSigningKey,
    /// Connect as another role.
    OtherRole,
    /// Give the database that is restored into another name.
    OtherDatabaseName,
    /// Put the rows back in the live database.
    RestoreInPlace,
    /// Leave rows where they are that came after the backup.
    KeepNewer,
    /// Restore without what was captured since, and see what is lost.
    WithoutReplay,
    /// Replay what was captured, and let the other tables come back as the backup has them.
    ReplayWithout,
    /// Capture which rows change, by triggers.
    CaptureKeys,
    /// Capture what rows were as well.
    CaptureImages,
    /// Rehearse on a part of the rows.
    RehearseSample,
    /// See which transactions are open for long.
    LongTransactions,
    /// Record what sources say.
    Record,
    /// Anything else, in words for a person. Names no flag and no command.
    Advice { text: String },
}

impl Remedy {
    pub fn advice(text: impl Into<String>) -> Self {
        Self::Advice { text: text.into() }
    }
}
