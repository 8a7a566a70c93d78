//! The errors of the libraries below, by which of them made it, and where each leaves the target.
//!
//! Must not know: how a remedy is spelled.

use backout_postgres::sqlstate;
use std::io;

use backout_backup::capture::CaptureError;
use backout_backup::import::ImportError;
use backout_backup::keys::KeyError;
use backout_backup::restore::RestoreError;
use backout_backup::room::RoomError;
use backout_backup::shelf::ShelfError;
use backout_backup::signing::SigningError;
use backout_backup::store::StoreError;
use backout_backup::swap::SwapError;
use backout_backup::take::TakeError;
use backout_connectors::ServiceError;
use backout_plan::plan::PatternError;
use backout_plan::resolve::ConnectionError;
use backout_plan::{Exit, PlanErrors, Remedy};
use backout_postgres::archive::ArchiveError;
use backout_postgres::catalog::CatalogError;
use backout_postgres::doctor::DoctorError;
use backout_postgres::freeze::FreezeError;
use backout_postgres::migrate::{MigrateError, UnitError};
use backout_postgres::native::NativeError;
use backout_postgres::rehearse::{CloneError, RehearseError};
use backout_postgres::reimport::ReimportError;
use backout_postgres::sandbox::{SandboxError, ServersError};
use backout_postgres::session::{DatabaseError, SessionError};
use backout_postgres::store::StoreError as HistoryError;
use backout_postgres::undo::UndoError;
use backout_runbook::Broken;
use backout_sql::layouts::LayoutError;
use backout_sql::script::ScriptError;
use backout_store::StoreError as RunsError;
use thiserror::Error;

use super::{Failure, Refusal, from};

/// What went wrong, as the value that the library made.
#[derive(Debug, Error)]
pub enum Cause {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("{doing}")]
    File {
        doing: String,
        #[source]
        source: io::Error,
    },
    /// A file that somebody named.
    #[error("{doing}")]
    FileGiven {
        doing: String,
        #[source]
        source: io::Error,
    },
    #[error("the plan cannot be read")]
    Plan(#[from] PlanErrors),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Unit(#[from] UnitError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Native(#[from] NativeError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Undo(#[from] UndoError),
    #[error(transparent)]
    Reimport(#[from] ReimportError),
    #[error(transparent)]
    Rehearse(#[from] RehearseError),
    #[error(transparent)]
    Clone(#[from] CloneError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Freeze(#[from] FreezeError),
    #[error(transparent)]
    Doctor(#[from] DoctorError),
    #[error(transparent)]
    Servers(#[from] ServersError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error(transparent)]
    Take(#[from] TakeError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Room(#[from] RoomError),
    #[error(transparent)]
    Swap(#[from] SwapError),
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    Runs(#[from] RunsError),
    #[error(transparent)]
    Journal(#[from] Broken),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

from!(
    Refusal,
    PlanErrors,
    ConnectionError,
    PatternError,
    SessionError,
    LayoutError,
    ScriptError,
    UnitError,
    CatalogError,
    HistoryError,
    NativeError,
    MigrateError,
    UndoError,
    ReimportError,
    RehearseError,
    CloneError,
    ArchiveError,
    FreezeError,
    DoctorError,
    ServersError,
    SandboxError,
    KeyError,
    SigningError,
    StoreError,
    ShelfError,
    TakeError,
    ImportError,
    RestoreError,
    RoomError,
    SwapError,
    CaptureError,
    RunsError,
    Broken,
    ServiceError,
);

impl Cause {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Refused(refusal) => refusal.remedies(),
            Self::Session(error) => error.remedies(),
            Self::Runs(error) => error.remedies(),
            Self::Layout(error) => match error {
                LayoutError::NothingFound { .. } | LayoutError::ReadFolder { .. } => {
                    vec![Remedy::advice("migrations.dir in the plan says where the migrations are")]
                }
                LayoutError::Ambiguous { .. } => vec![Remedy::advice("set migrations.layout in the plan")],
                _ => Vec::new(),
            },
            Self::Script(error) => error.hint.iter().map(Remedy::advice).collect(),
            Self::Unit(error) if !error.hint.is_empty() => vec![Remedy::advice(&error.hint)],
            Self::History(error) => error.remedies(),
            Self::Native(error) if error.database_error().is_none() => {
                vec![Remedy::advice("set migrations.layout in the plan to the tool that is used")]
            }
            Self::Migrate(error) => error.remedies(),
            Self::Undo(error) => error.remedies(),
            Self::Rehearse(error) => error.remedies(),
            Self::Clone(error) => error.remedies(),
            Self::Key(error) => error.remedies(),
            Self::Signing(error) => error.remedies(),
            Self::Store(error) => error.remedies(),
            Self::Shelf(error) => error.remedies(),
            Self::Take(error) => error.remedies(),
            Self::Import(error) => error.remedies(),
            Self::Restore(error) => error.remedies(),
            Self::Room(error) => error.remedies(),
            Self::Swap(error) => error.remedies(),
            Self::Capture(error) => error.remedies(),
            _ => Vec::new(),
        }
    }

    /// What state the target is in after it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Refused(refusal) => refusal.exit(),
            Self::FileGiven { .. } | Self::Plan(_) | Self::Pattern(_) | Self::Layout(_) | Self::Key(_) => Exit::Usage,
            Self::Signing(SigningError::Open { .. }) => Exit::Refused,
            Self::Service(ServiceError::Address { .. }) => Exit::Usage,
            Self::Service(ServiceError::Token { .. }) => Exit::Refused,
            Self::Signing(SigningError::Random) => Exit::Failed,
            Self::Signing(_) => Exit::Usage,
            Self::Connection(ConnectionError::Nothing | ConnectionError::VariableUnset { .. }) => Exit::Unreachable,
            Self::Connection(_) => Exit::Usage,
            Self::Session(_) => Exit::Unreachable,
            Self::Script(_) | Self::Unit(_) => Exit::Refused,
            Self::History(error) => history(error),
            Self::Native(error) if error.database_error().is_none() => Exit::Refused,
            Self::Archive(error) if error.database_error().is_none() => Exit::Refused,
            Self::Freeze(error) => freeze(error),
            Self::Migrate(error) => migrate(error),
            Self::Undo(error) => undo(error),
            Self::Rehearse(error) => rehearse(error),
            Self::Store(StoreError::Location { .. }) => Exit::Usage,
            Self::Shelf(error) => match error {
                ShelfError::None { .. } | ShelfError::Several { .. } | ShelfError::Gone(_) => Exit::Usage,
                ShelfError::Interrupted(_) => Exit::Refused,
                _ => Exit::Failed,
            },
            Self::Take(error) => match error {
                TakeError::Session(_) => Exit::Unreachable,
                TakeError::Nothing(_) | TakeError::NotInterrupted(_) => Exit::Usage,
                TakeError::Unreadable(_) | TakeError::Hanging(_) | TakeError::Going(_) => Exit::Refused,
                _ => Exit::Failed,
            },
            Self::Import(error) => match error {
                ImportError::Open { .. } | ImportError::NotADump { .. } => Exit::Usage,
                ImportError::Refused { .. } | ImportError::Extensions(_) => Exit::Refused,
                _ => Exit::Failed,
            },
            Self::Restore(error) => match error {
                RestoreError::Session(_) => Exit::Unreachable,
                RestoreError::NotEmpty(_)
                | RestoreError::Reshaped(_)
                | RestoreError::Orphans(_)
                | RestoreError::Others(_) => Exit::Refused,
                _ => Exit::Failed,
            },
            Self::Room(RoomError::Server { .. }) => Exit::Failed,
            Self::Room(_) => Exit::Refused,
            Self::Capture(error) => capture(error),
            Self::Runs(error) => match error {
                RunsError::Unknown(_) | RunsError::UnknownMessage(_) => Exit::Usage,
                RunsError::MessageIs { .. }
                | RunsError::Held { .. }
                | RunsError::Fenced { .. }
                | RunsError::Format { .. } => Exit::Refused,
                RunsError::Session(_) => Exit::Unreachable,
                _ => Exit::Failed,
            },
            _ => Exit::Failed,
        }
    }
}

fn history(error: &HistoryError) -> Exit {
    match error {
        HistoryError::Busy
        | HistoryError::Weaker { .. }
        | HistoryError::Unreadable { .. }
        | HistoryError::Newer { .. }
        | HistoryError::NotOurs => Exit::Refused,
        HistoryError::Query { source, .. } if source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => Exit::Refused,
        _ => Exit::Failed,
    }
}

fn freeze(error: &FreezeError) -> Exit {
    match error {
        FreezeError::Store(error) => history(error),
        FreezeError::Unreadable { .. } | FreezeError::Uncovered(_) => Exit::Refused,
        _ => Exit::Failed,
    }
}

fn migrate(error: &MigrateError) -> Exit {
    match error {
        MigrateError::Guard { .. }
        | MigrateError::Check { .. }
        | MigrateError::Outcome(_)
        | MigrateError::Unsupported(_)
        | MigrateError::Reimport(ReimportError::NotOfItsKind { .. })
        | MigrateError::Store(HistoryError::Busy | HistoryError::Weaker { .. }) => Exit::Refused,
        MigrateError::Loss(_) => Exit::LossNotAccepted,
        _ => Exit::Failed,
    }
}

fn undo(error: &UndoError) -> Exit {
    match error {
        UndoError::Conflicts { .. }
        | UndoError::NotOfItsKind { .. }
        | UndoError::Adopted(_)
        | UndoError::Purged(_)
        | UndoError::Copied(_)
        | UndoError::Store(HistoryError::Busy | HistoryError::Weaker { .. }) => Exit::Refused,
        UndoError::Incomplete { .. } => Exit::LossNotAccepted,
        _ => Exit::Failed,
    }
}

fn rehearse(error: &RehearseError) -> Exit {
    match error {
        RehearseError::Migrate { source, .. } => migrate(source),
        RehearseError::Undo { source, .. } => undo(source),
        _ => Exit::Failed,
    }
}

fn capture(error: &CaptureError) -> Exit {
    match error {
        CaptureError::Session(_) => Exit::Unreachable,
        CaptureError::Nothing(_) => Exit::Usage,
        CaptureError::NotOurs
        | CaptureError::NoSlot(_)
        | CaptureError::SlotTrouble(_)
        | CaptureError::Off
        | CaptureError::NoImages { .. }
        | CaptureError::Reshaped { .. }
        | CaptureError::Truncated { .. }
        | CaptureError::Gaps(_)
        | CaptureError::LargeObjects => Exit::Refused,
        _ => Exit::Failed,
    }
}
