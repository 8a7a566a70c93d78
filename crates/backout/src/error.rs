//! Why a command did not succeed: the exit code, the chain of causes, the place in a file, what the server said, and
//! what to do. Made from the libraries' errors here, and printed once.
//!
//! Must not know: which command ran.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use backout_backup::capture::CaptureError;
use backout_backup::import::ImportError;
use backout_backup::keys::KeyError;
use backout_backup::restore::RestoreError;
use backout_backup::room::RoomError;
use backout_backup::shelf::ShelfError;
use backout_backup::swap::SwapError;
use backout_backup::take::TakeError;
use backout_plan::connection::ConnectionError;
use backout_plan::plan::PatternError;
use backout_plan::{Exit, Finding, IdentityVerdict, PlanErrors};
use backout_postgres::archive::ArchiveError;
use backout_postgres::doctor::DoctorError;
use backout_postgres::migrate::MigrateError;
use backout_postgres::native::NativeError;
use backout_postgres::reimport::ReimportError;
use backout_postgres::session::{DatabaseError, SessionError};
use backout_postgres::store::StoreError;
use backout_postgres::undo::UndoError;
use backout_sql::layouts::LayoutError;
use backout_sql::script::ScriptError;
use serde_json::{Value, json};

/// How many lines of a statement are shown.
const SHOWN_LINES: usize = 6;
/// Longer lines are cut around what matters.
const SHOWN_WIDTH: usize = 100;

/// An error as it is shown. Small, since it travels through every result.
#[derive(Debug)]
pub struct CommandError(Box<Report>);

#[derive(Debug)]
struct Report {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    /// `file:line:column`.
    place: Option<String>,
    excerpt: Vec<String>,
    server: Option<Server>,
    hints: Vec<String>,
    /// Further errors that were found at the same time.
    also: Vec<CommandError>,
}

/// What the server said beside its message.
#[derive(Debug, Default)]
struct Server {
    code: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
    context: Option<String>,
    inner: Option<String>,
}

impl CommandError {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self(Box::new(Report {
            exit,
            message: message.into(),
            causes: Vec::new(),
            place: None,
            excerpt: Vec::new(),
            server: None,
            hints: Vec::new(),
            also: Vec::new(),
        }))
    }

    /// Takes an error with its chain of sources.
    pub fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut this = Self::new(exit, error.to_string());
        let mut next = error.source();
        while let Some(source) = next {
            if let Some(said) = source.downcast_ref::<DatabaseError>() {
                this = this.server(said);
            }
            this.0.causes.push(source.to_string());
            next = source.source();
        }
        this
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.0.hints.extend(hints);
        self
    }

    /// Puts what was being done before what went wrong.
    pub fn during(mut self, doing: &str) -> Self {
        let message = std::mem::replace(&mut self.0.message, doing.to_owned());
        self.0.causes.insert(0, message);
        self
    }

    /// As something to be looked at, where the rest of a command goes on without it.
    pub fn warning(&self, code: &'static str) -> Finding {
        let mut finding = Finding::warning(code, self.sentence());
        finding.hint = self.0.hints.first().cloned();
        finding
    }

    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    pub fn exit(&self) -> Exit {
        self.0.exit
    }

    /// A statement that is not run.
    pub fn of_statement(place: String, statement: &str, problem: String) -> Self {
        Self::new(Exit::Refused, problem).at(place).excerpt(excerpt(statement, None))
    }

    /// One error for all; `None` for none.
    pub fn all(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let mut first = errors.next()?;
        first.0.also.extend(errors);
        Some(first)
    }

    /// As it is printed; `paint` colours the word it is given.
    pub fn text(&self, paint: &dyn Fn(&str) -> String) -> String {
        let report = &self.0;
        let mut text = format!("{}: {}", paint("error"), self.sentence());
        if let Some(place) = &report.place {
            let _ = write!(text, "\n  at {place}");
        }
        for line in &report.excerpt {
            let _ = write!(text, "\n   | {line}");
        }
        if let Some(server) = &report.server {
            let said = [
                ("detail", &server.detail),
                ("the server's hint", &server.hint),
                ("inside", &server.inner),
                ("context", &server.context),
            ];
            for (label, words) in said {
                if let Some(words) = words {
                    let _ = write!(text, "\n  {label}: {}", words.replace('\n', "\n    "));
                }
            }
        }
        for hint in &report.hints {
            let _ = write!(text, "\nhint: {hint}");
        }
        for other in &report.also {
            let _ = write!(text, "\n{}", other.text(paint));
        }
        text
    }

    pub fn json(&self) -> Value {
        let report = &self.0;
        let mut value = json!({ "message": report.message });
        let mut set = |key: &str, field: Value| {
            if !field.is_null() && field != json!([]) {
                value[key] = field;
            }
        };
        set("causes", json!(report.causes));
        set("location", json!(report.place));
        set("excerpt", json!(report.excerpt));
        set("hints", json!(report.hints));
        if let Some(server) = &report.server {
            set("sqlstate", json!(server.code));
            set("detail", json!(server.detail));
            set("server_hint", json!(server.hint));
            set("context", json!(server.context));
        }
        set("also", report.also.iter().map(Self::json).collect());
        value
    }

    /// The chain on one line, without what is said twice.
    pub fn sentence(&self) -> String {
        self.0.causes.iter().fold(self.0.message.clone(), |sentence, cause| {
            if sentence.contains(cause.as_str()) { sentence } else { format!("{sentence}: {cause}") }
        })
    }

    fn at(mut self, place: impl Into<String>) -> Self {
        self.0.place = Some(place.into());
        self
    }

    fn excerpt(mut self, lines: Vec<String>) -> Self {
        self.0.excerpt = lines;
        self
    }

    fn server(mut self, said: &DatabaseError) -> Self {
        self.0.server = Some(Server {
            code: said.code.clone(),
            detail: said.detail.clone(),
            hint: said.hint.clone(),
            context: said.where_.clone(),
            inner: said.internal.as_ref().map(|(query, _)| query.trim().to_owned()),
        });
        self
    }
}

/// The first lines of a statement, with a caret under the character (from 1) if one is known.
fn excerpt(statement: &str, position: Option<u32>) -> Vec<String> {
    let target = position.map(|position| (position as usize).saturating_sub(1));
    let mut shown = Vec::new();
    let mut start = 0;
    for (index, line) in statement.lines().enumerate() {
        let length = line.chars().count();
        let column = target.filter(|target| (start..=start + length).contains(target)).map(|target| target - start);
        let passed = target.is_none_or(|target| target < start);
        // Everything up to the caret's line, as far as there is room for it, and the caret's line in any case.
        if index < SHOWN_LINES || column.is_some() {
            if column.is_some() && index > SHOWN_LINES {
                shown.push("…".to_owned());
            }
            let (line, column) = window(line, column);
            shown.push(line);
            shown.extend(column.map(|column| format!("{}^", " ".repeat(column))));
        } else if passed {
            shown.push("…".to_owned());
            break;
        }
        start += length + 1;
    }
    shown
}

/// A long line cut to what stands around the column.
fn window(line: &str, column: Option<usize>) -> (String, Option<usize>) {
    let characters: Vec<char> = line.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    if characters.len() <= SHOWN_WIDTH {
        return (characters.into_iter().collect(), column);
    }
    let from = column.unwrap_or(0).saturating_sub(SHOWN_WIDTH / 2);
    let to = (from + SHOWN_WIDTH).min(characters.len());
    let mut text: String = characters[from..to].iter().collect();
    if to < characters.len() {
        text.push('…');
    }
    if from > 0 { (format!("…{text}"), column.map(|c| c - from + 1)) } else { (text, column) }
}

/// The line of a file with a caret; nothing if the file cannot be read any more.
fn excerpt_of_file(file: &str, line: u32, column: u32) -> Vec<String> {
    let text = std::fs::read(Path::new(file)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let Ok(text) = text else { return Vec::new() };
    let Some(found) = text.lines().nth((line as usize).saturating_sub(1)) else { return Vec::new() };
    excerpt(found, Some(column))
}

impl From<PlanErrors> for CommandError {
    fn from(errors: PlanErrors) -> Self {
        let each = errors.0.into_iter().map(|problem| {
            let place = format!("{}:{}:{}", problem.file, problem.line, problem.column);
            let text = problem.to_string();
            let message = text.strip_prefix(&format!("{place}: ")).unwrap_or(&text);
            let (line, column) = (problem.line as u32, problem.column as u32);
            // A missing key has no line of its own to show, and a wrong connection string may hold a password.
            let excerpt =
                if problem.value.is_some() { excerpt_of_file(&problem.file, line, column) } else { Vec::new() };
            Self::new(Exit::Usage, message).at(place).excerpt(excerpt)
        });
        Self::all(each).unwrap_or_else(|| Self::new(Exit::Usage, "the plan cannot be read"))
    }
}

impl From<ConnectionError> for CommandError {
    fn from(error: ConnectionError) -> Self {
        let exit = match &error {
            ConnectionError::Nothing | ConnectionError::VariableUnset { .. } => Exit::Unreachable,
            _ => Exit::Usage,
        };
        Self::of(exit, &error)
    }
}

impl From<PatternError> for CommandError {
    fn from(error: PatternError) -> Self {
        // As a shell takes it.
        let meant = error.suggestion().map(|meant| if meant.contains('"') { format!("'{meant}'") } else { meant });
        Self::of(Exit::Usage, &error).hints(meant.map(|meant| format!("if that is meant: {meant}")))
    }
}

impl From<SessionError> for CommandError {
    fn from(error: SessionError) -> Self {
        Self::of(Exit::Unreachable, &error).hints(error.hint())
    }
}

impl From<LayoutError> for CommandError {
    fn from(error: LayoutError) -> Self {
        let this = Self::of(Exit::Usage, &error);
        match &error {
            LayoutError::NothingFound { .. } | LayoutError::ReadFolder { .. } => {
                this.hint("migrations.dir in backout.toml says where the migrations are")
            }
            LayoutError::Ambiguous { .. } => this.hint("set migrations.layout in backout.toml"),
            _ => this,
        }
    }
}

impl From<ScriptError> for CommandError {
    fn from(error: ScriptError) -> Self {
        let at = &error.location;
        let mut lines = excerpt_of_file(&at.file, at.line, at.column);
        if lines.is_empty()
            && let Some(statement) = &error.statement
        {
            lines = excerpt(statement, None);
        }
        Self::new(Exit::Refused, error.message()).at(at.to_string()).excerpt(lines).hints(error.hint)
    }
}

/// Where what is on record may be a weaker role's.
const WEAKER: &str = "connect as the role that owns the schema \"backout\" (SET ROLE is not enough), and revoke what others were \
     granted on that schema and its tables; docs/security.md says why";

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Busy => {
                Self::of(Exit::Refused, &error).hint("wait until it has ended; `backout status` says where it is")
            }
            StoreError::Weaker { .. } => Self::of(Exit::Refused, &error).hint(WEAKER),
            StoreError::Unreadable { .. } => Self::of(Exit::Refused, &error)
                .hint("use the version of Backout that wrote it; what was edited by hand must be put back as it was"),
            StoreError::Newer { .. } => Self::of(Exit::Refused, &error).hint("use a newer version of Backout"),
            StoreError::NotOurs => Self::of(Exit::Refused, &error)
                .hint("rename that schema; Backout keeps its history in one of this name"),
            StoreError::Query { source, .. } if source.has_code("42501") => Self::of(Exit::Refused, &error)
                .hint("`backout doctor` says which privileges are missing, and how to grant them"),
            _ => Self::of(Exit::Failed, &error),
        }
    }
}

impl From<NativeError> for CommandError {
    fn from(error: NativeError) -> Self {
        let exit = if error.database_error().is_some() { Exit::Failed } else { Exit::Refused };
        let this = Self::of(exit, &error);
        if exit == Exit::Refused {
            this.hint("set migrations.layout in backout.toml to the tool that is used")
        } else {
            this
        }
    }
}

impl From<ArchiveError> for CommandError {
    fn from(error: ArchiveError) -> Self {
        let exit = if error.database_error().is_some() { Exit::Failed } else { Exit::Refused };
        Self::of(exit, &error)
    }
}

impl From<ReimportError> for CommandError {
    fn from(error: ReimportError) -> Self {
        Self::of(Exit::Failed, &error)
    }
}

impl From<DoctorError> for CommandError {
    fn from(error: DoctorError) -> Self {
        Self::of(Exit::Failed, &error)
    }
}

impl From<MigrateError> for CommandError {
    fn from(error: MigrateError) -> Self {
        let exit = match &error {
            MigrateError::Guard { .. }
            | MigrateError::Check { .. }
            | MigrateError::Outcome(_)
            | MigrateError::Unsupported(_)
            | MigrateError::Store(StoreError::Busy | StoreError::Weaker { .. }) => Exit::Refused,
            MigrateError::Loss(_) => Exit::LossNotAccepted,
            _ => Exit::Failed,
        };
        let mut this = match &error {
            MigrateError::Statement { place, source, .. } => {
                let mut this = Self::new(exit, "the statement failed");
                this.0.causes.push(source.to_string());
                this.server(source).at(&place.location).excerpt(excerpt(&place.statement, source.position))
            }
            MigrateError::Guard { place, problem, .. } => {
                Self::new(exit, problem).at(&place.location).excerpt(excerpt(&place.statement, None))
            }
            error => Self::of(exit, error),
        };
        this.0.hints.extend(error.hint());
        this
    }
}

impl From<UndoError> for CommandError {
    fn from(error: UndoError) -> Self {
        match &error {
            UndoError::Conflicts { .. } => Self::of(Exit::Refused, &error)
                .hint("settle what is named, then undo again; `backout undo --dry-run` shows everything"),
            UndoError::Incomplete { unsupported, .. } => {
                let names: Vec<String> = unsupported
                    .iter()
                    .map(|part| format!("--accept-loss '{}'", part.object.replace('\'', "'\\''")))
                    .collect();
                Self::of(Exit::LossNotAccepted, &error).hint(format!("if that is meant: {}", names.join(" ")))
            }
            UndoError::Adopted(_) => Self::of(Exit::Refused, &error)
                .hint("Backout can undo what it has migrated itself; use the tool's own way back, or a backup"),
            UndoError::Restless(_) => Self::of(Exit::Failed, &error)
                .hint("other sessions keep changing the schema; pause what does that, then undo again"),
            UndoError::Purged(_) => Self::of(Exit::Refused, &error),
            UndoError::Copied(_) => Self::of(Exit::Refused, &error).hint(
                "undo it where it was migrated; what is migrated here from now on can be undone here. A physical copy, or \
                 CREATE DATABASE … TEMPLATE, keeps the ids",
            ),
            UndoError::NotArrived(_) => Self::of(Exit::Failed, &error)
                .hint("something changed these objects since; `backout undo --dry-run` shows the statements"),
            UndoError::Step { sql, about, source } => {
                let mut this = Self::new(Exit::Failed, about);
                this.0.causes.push(source.to_string());
                this.server(source).excerpt(excerpt(sql, source.position))
            }
            UndoError::Server { source, .. } if source.is_lock_timeout() => Self::of(Exit::Failed, &error)
                .hint("other sessions hold the tables; `backout doctor` lists long transactions"),
            UndoError::Store(StoreError::Busy) => Self::of(Exit::Refused, &error),
            UndoError::Store(StoreError::Weaker { .. }) => Self::of(Exit::Refused, &error).hint(WEAKER),
            _ => Self::of(Exit::Failed, &error),
        }
    }
}

impl From<backout_backup::store::StoreError> for CommandError {
    fn from(error: backout_backup::store::StoreError) -> Self {
        let exit = if matches!(error, backout_backup::store::StoreError::Location { .. }) {
            Exit::Usage
        } else {
            Exit::Failed
        };
        Self::of(exit, &error).hints(error.hint())
    }
}

impl From<KeyError> for CommandError {
    fn from(error: KeyError) -> Self {
        Self::of(Exit::Usage, &error).hints(error.hint())
    }
}

impl From<ShelfError> for CommandError {
    fn from(error: ShelfError) -> Self {
        let exit = match &error {
            ShelfError::None { .. } | ShelfError::Several { .. } | ShelfError::Gone(_) => Exit::Usage,
            ShelfError::Interrupted(_) => Exit::Refused,
            _ => Exit::Failed,
        };
        Self::of(exit, &error).hints(error.hint())
    }
}

impl From<TakeError> for CommandError {
    fn from(error: TakeError) -> Self {
        let exit = match &error {
            TakeError::Session(_) => Exit::Unreachable,
            TakeError::Nothing(_) | TakeError::NotInterrupted(_) => Exit::Usage,
            TakeError::Unreadable(_) | TakeError::Hanging(_) | TakeError::Going(_) => Exit::Refused,
            _ => Exit::Failed,
        };
        Self::of(exit, &error).hints(error.hint())
    }
}

impl From<ImportError> for CommandError {
    fn from(error: ImportError) -> Self {
        let exit = match &error {
            ImportError::Open { .. } | ImportError::NotADump { .. } => Exit::Usage,
            ImportError::Refused { .. } | ImportError::Extensions(_) => Exit::Refused,
            _ => Exit::Failed,
        };
        let mut this = Self::of(exit, &error);
        if let ImportError::Statement { source, .. } | ImportError::Server { source, .. } = &error {
            this = this.server(source);
        }
        this.hints(error.hint())
    }
}

impl From<RestoreError> for CommandError {
    fn from(error: RestoreError) -> Self {
        let exit = match &error {
            RestoreError::Session(_) => Exit::Unreachable,
            RestoreError::NotEmpty(_)
            | RestoreError::Reshaped(_)
            | RestoreError::Orphans(_)
            | RestoreError::Others(_) => Exit::Refused,
            _ => Exit::Failed,
        };
        Self::of(exit, &error).hints(error.hint())
    }
}

impl From<RoomError> for CommandError {
    fn from(error: RoomError) -> Self {
        let exit = if matches!(error, RoomError::Server { .. }) { Exit::Failed } else { Exit::Refused };
        Self::of(exit, &error).hints(error.hint())
    }
}

impl From<CaptureError> for CommandError {
    fn from(error: CaptureError) -> Self {
        let exit = match &error {
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
        };
        Self::of(exit, &error).hints(error.hint())
    }
}

impl From<SwapError> for CommandError {
    fn from(error: SwapError) -> Self {
        Self::of(Exit::Failed, &error).hints(error.hint())
    }
}

impl From<IdentityVerdict> for CommandError {
    fn from(verdict: IdentityVerdict) -> Self {
        Self::new(Exit::Refused, verdict.to_string()).hints(verdict.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_the_character() {
        for (statement, position, expected) in [
            ("SELECT x", Some(8), vec!["SELECT x", "       ^"]),
            ("SELECT\n  x\nFROM t", Some(10), vec!["SELECT", "  x", "  ^", "FROM t"]),
            ("SELECT 'ä', x", Some(13), vec!["SELECT 'ä', x", "            ^"]),
            ("a\nb", None, vec!["a", "b"]),
            ("1\n2\n3\n4\n5\n6\n7\n8\n9", Some(17), vec!["1", "2", "3", "4", "5", "6", "…", "9", "^"]),
            ("1\n2\n3\n4\n5\n6\n7\n8", None, vec!["1", "2", "3", "4", "5", "6", "…"]),
        ] {
            assert_eq!(excerpt(statement, position), expected, "{statement:?} {position:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let line = format!("{}X{}", "a".repeat(300), "b".repeat(300));
        let lines = excerpt(&line, Some(301));
        let caret = lines[1].chars().count() - 1;
        assert_eq!(lines[0].chars().nth(caret), Some('X'), "{lines:?}");
        assert!(lines[0].chars().count() <= SHOWN_WIDTH + 2);
    }

    #[test]
    fn the_chain_is_said_once() {
        let error = CommandError::new(Exit::Failed, "no").during("reading x").hint("look").during("starting");
        assert_eq!(error.text(&str::to_owned), "error: starting: reading x: no\nhint: look");
        let twice = CommandError::of(Exit::Failed, &std::io::Error::other("same")).during("it is the same");
        assert_eq!(twice.text(&str::to_owned), "error: it is the same");
    }

    #[test]
    fn all_errors_are_shown() {
        let errors = ["a", "b"].map(|message| CommandError::new(Exit::Refused, message));
        let all = CommandError::all(errors).expect("two errors");
        assert_eq!(all.text(&str::to_owned), "error: a\nerror: b");
        assert_eq!(all.json(), json!({"message": "a", "also": [{"message": "b"}]}));
    }
}
