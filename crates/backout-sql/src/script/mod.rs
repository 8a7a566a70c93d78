//! SQL files cut into statements that know where they came from: plain server SQL, or psql scripts with
//! their meta-commands, variables and COPY data.
//!
//! Reads no file by itself (includes come through a callback) and runs nothing.

mod arguments;
mod conditions;
mod drops;
mod error;
mod grammar;
mod reader;

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::analysis::Analysis;
pub use error::{Problem, ScriptError};

/// A place in a file; line and column count from 1, the column in characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One statement as it is sent to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Without the final `;`, without comments and space before the first and after the last token.
    pub text: String,
    /// Of the first token.
    pub location: Location,
    pub analysis: Analysis,
    origins: Vec<Origin>,
}

impl Statement {
    /// Where a position of PostgreSQL's `P` error field, which counts characters of `text` from 1, lies in
    /// the file. A position inside the value of a psql variable is the place where the variable stands.
    pub fn locate(&self, position: u32) -> Location {
        locate(&self.text, &self.origins, position as usize)
    }
}

/// What a script asks for, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    Statement(Statement),
    Copy(CopyIn),
    /// A query whose every result value is run as a statement (`\gexec`).
    Generate(Statement),
    /// Text for whoever watches (`\echo`, `\qecho`, `\warn`).
    Echo {
        text: String,
        location: Location,
    },
}

impl Item {
    /// The statement inside, unless the item only prints.
    pub fn statement(&self) -> Option<&Statement> {
        match self {
            Self::Statement(statement) | Self::Generate(statement) => Some(statement),
            Self::Copy(copy) => Some(&copy.statement),
            Self::Echo { .. } => None,
        }
    }
}

/// `COPY … FROM STDIN` with the data to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyIn {
    pub statement: Statement,
    pub data: CopyData,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyData {
    /// The lines up to `\.`, each with its line break.
    Inline(Vec<u8>),
    /// As `\copy` names it: relative to the working directory.
    File(PathBuf),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    pub items: Vec<Item>,
}

impl Script {
    /// The statements in their order, without what only prints.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.items.iter().filter_map(Item::statement)
    }
}

/// Who reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// psql: meta-commands, variables and COPY data are honoured.
    Psql,
    /// The server alone, through a driver: a backslash outside quotes is an error, and so is COPY data.
    Server,
}

/// How an included file is found: `(path, relative to the including script?, place of the command)` to
/// `(display name, text)`, or why not.
pub type Include<'i> = dyn FnMut(&str, bool, &Location) -> Result<(String, String), String> + 'i;

/// Cuts and analyses a script. `file` is its name in locations.
///
/// # Errors
/// The first thing in the script that would not run as it is: see [`errors`].
pub fn parse(file: &str, text: &str, dialect: Dialect, include: &mut Include<'_>) -> Result<Script, ScriptError> {
    parse_from(file, text, 1, dialect, include)
}

/// As [`parse`], for a text that starts at a later line of its file.
///
/// # Errors
/// As [`parse`].
pub fn parse_from(
    file: &str,
    text: &str,
    first_line: u32,
    dialect: Dialect,
    include: &mut Include<'_>,
) -> Result<Script, ScriptError> {
    let (script, mut errors) = read(file, text, first_line, dialect, include);
    if errors.is_empty() { Ok(script) } else { Err(errors.remove(0)) }
}

/// Everything in the script that would not run as it is, in the order of the script, so that all of it can
/// be mended at once. After an unterminated quote or comment nothing more can be said.
pub fn errors(file: &str, text: &str, dialect: Dialect, include: &mut Include<'_>) -> Vec<ScriptError> {
    read(file, text, 1, dialect, include).1
}

/// The pieces between the semicolons of a text that is sent to the server, comments kept, each trimmed and
/// without its `;`; empty ones are left out. Text that cannot be cut is one piece.
pub fn pieces(text: &str) -> Vec<String> {
    reader::pieces(text)
}

/// An include callback for scripts that may include nothing.
pub fn no_includes(path: &str, _relative: bool, _at: &Location) -> Result<(String, String), String> {
    Err(format!("{path} is included where no files can be included"))
}

/// From the character `from` of a statement's text on, the text stands in the file at `location`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    from: usize,
    location: Location,
    /// All of it has this one place: the value of a variable, or text that was written for the script.
    fixed: bool,
}

fn locate(text: &str, origins: &[Origin], position: usize) -> Location {
    let target = position.saturating_sub(1);
    let index = origins.partition_point(|origin| origin.from <= target).saturating_sub(1);
    let origin = &origins[index];
    let mut location = origin.location.clone();
    if !origin.fixed {
        for character in text.chars().skip(origin.from).take(target - origin.from) {
            advance(&mut location, character);
        }
    }
    location
}

fn advance(location: &mut Location, character: char) {
    if character == '\n' {
        location.line += 1;
        location.column = 1;
    } else {
        location.column += 1;
    }
}

fn read(
    file: &str,
    text: &str,
    first_line: u32,
    dialect: Dialect,
    include: &mut Include<'_>,
) -> (Script, Vec<ScriptError>) {
    grammar::judge(reader::read(file, text, first_line, dialect, include), dialect)
}

#[cfg(test)]
mod tests;
