//! Why a command did not succeed: the exit code, the chain of causes, the place in a file, what the server said, and
//! what to do. Made from the operations' failures here, and printed once.
//!
//! Must not know: which command ran.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use backout_backup::import::ImportError;
use backout_control::{Cause, Failure, Refusal};
use backout_plan::{Exit, PlanErrors};
use backout_postgres::migrate::MigrateError;
use backout_postgres::rehearse::RehearseError;
use backout_postgres::session::DatabaseError;
use backout_postgres::undo::UndoError;
use serde_json::{Value, json};

use crate::hints;

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

    pub fn hints<H: Into<String>>(mut self, hints: impl IntoIterator<Item = H>) -> Self {
        self.0.hints.extend(hints.into_iter().map(Into::into));
        self
    }

    /// Puts what was being done before what went wrong.
    pub fn during(mut self, doing: &str) -> Self {
        let message = std::mem::replace(&mut self.0.message, doing.to_owned());
        self.0.causes.insert(0, message);
        self
    }

    pub fn exit(&self) -> Exit {
        self.0.exit
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

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        Self::of_failure(&failure)
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Failure::from(refusal).into()
    }
}

impl CommandError {
    fn of_failure(failure: &Failure) -> Self {
        let mut this = Self::of_cause(failure.cause(), failure.exit());
        for doing in failure.doing() {
            this = this.during(doing);
        }
        let this = this.hints(failure.remedies().iter().map(hints::of));
        this.and(failure.also().iter().map(Self::of_failure))
    }

    fn and(mut self, others: impl IntoIterator<Item = Self>) -> Self {
        self.0.also.extend(others);
        self
    }

    /// A library's error, with the place and the excerpt that it is about.
    fn of_cause(cause: &Cause, exit: Exit) -> Self {
        let plain = |error: &dyn Error| Self::of(exit, error);
        match cause {
            Cause::Plan(errors) => of_plan(errors),
            Cause::Pattern(error) => {
                // As a shell takes it.
                let meant = error.suggestion();
                let meant = meant.map(|meant| if meant.contains('"') { format!("'{meant}'") } else { meant });
                plain(error).hints(meant.map(|meant| format!("if that is meant: {meant}")))
            }
            Cause::Script(error) => {
                let at = &error.location;
                let mut lines = excerpt_of_file(&at.file, at.line, at.column);
                if lines.is_empty()
                    && let Some(statement) = &error.statement
                {
                    lines = excerpt(statement, None);
                }
                Self::new(exit, error.message()).at(at.to_string()).excerpt(lines)
            }
            Cause::Unit(error) => {
                Self::new(exit, &error.problem).at(&error.location).excerpt(excerpt(&error.statement, None))
            }
            Cause::Migrate(error) => of_migrate(error, exit),
            Cause::Undo(error) => of_undo(error, exit),
            Cause::Rehearse(error) => of_rehearse(error, exit),
            Cause::Import(error) => match error {
                ImportError::Statement { source, .. } | ImportError::Server { source, .. } => {
                    plain(error).server(source)
                }
                _ => plain(error),
            },
            _ => plain(cause),
        }
    }
}

fn of_plan(errors: &PlanErrors) -> CommandError {
    let each = errors.0.iter().map(|problem| {
        let place = format!("{}:{}:{}", problem.file, problem.line, problem.column);
        let text = problem.to_string();
        let message = text.strip_prefix(&format!("{place}: ")).unwrap_or(&text);
        let (line, column) = (problem.line as u32, problem.column as u32);
        // A missing key has no line of its own to show, and a wrong connection string may hold a password.
        let excerpt = if problem.value.is_some() { excerpt_of_file(&problem.file, line, column) } else { Vec::new() };
        CommandError::new(Exit::Usage, message).at(place).excerpt(excerpt)
    });
    let mut each = each.collect::<Vec<_>>().into_iter();
    let first = each.next().unwrap_or_else(|| CommandError::new(Exit::Usage, "the plan cannot be read"));
    first.and(each)
}

fn of_migrate(error: &MigrateError, exit: Exit) -> CommandError {
    match error {
        MigrateError::Statement { place, source, .. } => {
            let mut this = CommandError::new(exit, "the statement failed");
            this.0.causes.push(source.to_string());
            this.server(source).at(&place.location).excerpt(excerpt(&place.statement, source.position))
        }
        MigrateError::Guard { place, problem, .. } => {
            CommandError::new(exit, problem).at(&place.location).excerpt(excerpt(&place.statement, None))
        }
        error => CommandError::of(exit, error),
    }
}

fn of_undo(error: &UndoError, exit: Exit) -> CommandError {
    match error {
        UndoError::Step { sql, about, source } => {
            let mut this = CommandError::new(exit, about);
            this.0.causes.push(source.to_string());
            this.server(source).excerpt(excerpt(sql, source.position))
        }
        error => CommandError::of(exit, error),
    }
}

fn of_rehearse(error: &RehearseError, exit: Exit) -> CommandError {
    match error {
        RehearseError::Plain { version, location, statement, source } => CommandError::new(exit, source.to_string())
            .at(location)
            .excerpt(excerpt(statement, None))
            .during(&format!("{version} fails on the clone even as it is")),
        RehearseError::Migrate { version, source } => of_migrate(source, exit).during(&format!("rehearsing {version}")),
        RehearseError::Undo { version, source } => {
            of_undo(source, exit).during(&format!("rehearsing the way back of {version}"))
        }
        RehearseError::Clone(source) => CommandError::of(exit, source),
        other => CommandError::of(exit, other),
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
        let [first, second] = ["a", "b"].map(|message| CommandError::new(Exit::Refused, message));
        let all = first.and([second]);
        assert_eq!(all.text(&str::to_owned), "error: a\nerror: b");
        assert_eq!(all.json(), json!({"message": "a", "also": [{"message": "b"}]}));
    }
}
