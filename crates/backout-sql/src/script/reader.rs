//! Reads a script from its first byte to its last: what psql (or a driver) would send, in order, each
//! statement with the places that its text came from.
//!
//! Does not know the grammar of statements: it sees tokens only.

mod commands;

use std::sync::Arc;

use super::arguments::{Variables, reference, value};
use super::conditions::Conditions;
use super::{CopyData, Dialect, Include, Location, Origin, Problem, ScriptError};
use crate::lexer::{Token, TokenKind, meant_tokens, next_token};

/// What a script holds before the grammar has judged it.
#[derive(Debug)]
pub(super) enum Raw {
    Statement(Draft),
    Copy(Draft, CopyData),
    Generate(Draft),
    Echo { text: String, location: Location },
    Error(ScriptError),
}

/// A statement's text and where it came from.
#[derive(Debug)]
pub(super) struct Draft {
    pub text: String,
    pub location: Location,
    pub origins: Vec<Origin>,
}

pub(super) fn read(file: &str, text: &str, first_line: u32, dialect: Dialect, include: &mut Include<'_>) -> Vec<Raw> {
    let mut reader = Reader { dialect, include, variables: Variables::new(), found: Vec::new(), open: Vec::new() };
    // What stopped the reading is among what was found.
    let _ = reader.file(&Source::new(file, text, first_line));
    reader.found
}

pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut buffer = Buffer::default();
    let (mut start, mut at) = (0, 0);
    while let Ok(Some(token)) = next_token(text, at) {
        at = token.end;
        if buffer.ends_with(text, &token) {
            pieces.push(&text[start..token.start]);
            start = token.end;
            buffer = Buffer::default();
        } else if token.is_meant() {
            buffer.follow(text, &token);
        }
    }
    pieces.push(&text[start..]);
    pieces.iter().map(|piece| piece.trim()).filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

/// Reading cannot go on; the reason was recorded.
struct Stop;

/// A text with the means to tell where a byte of it lies.
#[derive(Debug)]
struct Source<'t> {
    name: Arc<str>,
    text: &'t str,
    line_starts: Vec<usize>,
    first_line: u32,
}

impl<'t> Source<'t> {
    fn new(name: &str, text: &'t str, first_line: u32) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { name: name.into(), text, line_starts: std::iter::once(0).chain(breaks).collect(), first_line }
    }

    fn place(&self, at: usize) -> Location {
        let line = self.line_starts.partition_point(|&start| start <= at) - 1;
        let before = &self.text[self.line_starts[line]..at];
        let column = before.trim_start_matches('\u{feff}').chars().count() + 1;
        Location { file: Arc::clone(&self.name), line: self.first_line + line as u32, column: column as u32 }
    }

    /// The byte after the line break that ends the line of `at`.
    fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |length| at + length + 1)
    }
}

/// The statement that is being read.
#[derive(Debug, Default)]
struct Buffer {
    text: String,
    characters: usize,
    /// Bytes of the text up to the end of the last token with meaning.
    meant: usize,
    origins: Vec<Origin>,
    /// The byte of the source after what was pushed last, while it came from a file.
    reached: Option<usize>,
    parentheses: usize,
    /// `BEGIN ATOMIC` and the CASEs in it that no END has ended.
    blocks: usize,
    opening: Vec<String>,
    previous: String,
}

impl Buffer {
    /// Whether the token is the semicolon that ends the statement.
    fn ends_with(&self, source: &str, token: &Token) -> bool {
        self.parentheses == 0 && self.blocks == 0 && token.is_symbol(source, ";")
    }

    /// Takes note of a token with meaning.
    fn follow(&mut self, source: &str, token: &Token) {
        let text = token.text(source);
        match text {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        // Strings can be large, and none is looked at.
        let lower = match token.kind {
            TokenKind::Word | TokenKind::Symbol => text.to_ascii_lowercase(),
            _ => "?".to_owned(),
        };
        if token.kind == TokenKind::Word {
            if self.opening.len() < 4 {
                self.opening.push(lower.clone());
            }
            // After AS or a point any keyword is a mere name.
            let name = matches!(self.previous.as_str(), "as" | ".");
            match lower.as_str() {
                "atomic" if self.previous == "begin" && self.blocks == 0 && self.makes_routine() => self.blocks = 1,
                "case" if self.blocks > 0 && !name => self.blocks += 1,
                "end" if self.blocks > 0 && !name => self.blocks -= 1,
                _ => {}
            }
        }
        self.previous = lower;
    }

    fn makes_routine(&self) -> bool {
        let opening: Vec<&str> = self.opening.iter().map(String::as_str).collect();
        matches!(
            opening.as_slice(),
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure"]
        )
    }

    fn push(&mut self, source: &str, token: &Token, place: impl FnOnce() -> Location, fixed: bool) {
        if self.text.is_empty() && !token.is_meant() {
            return;
        }
        let text = token.text(source);
        if fixed || self.reached != Some(token.start) {
            self.origins.push(Origin { from: self.characters, location: place(), fixed });
        }
        self.reached = (!fixed).then_some(token.end);
        self.text.push_str(text);
        self.characters += text.chars().count();
        if token.is_meant() {
            self.meant = self.text.len();
            self.follow(source, token);
        }
    }

    fn finish(&mut self) -> Option<Draft> {
        let Self { mut text, meant, mut origins, .. } = std::mem::take(self);
        text.truncate(meant);
        let length = text.chars().count();
        origins.retain(|origin| origin.from < length);
        let location = origins.first()?.location.clone();
        Some(Draft { text, location, origins })
    }
}

struct Reader<'r, 'i> {
    dialect: Dialect,
    include: &'r mut Include<'i>,
    variables: Variables,
    found: Vec<Raw>,
    /// Names of the files being read, outermost first.
    open: Vec<String>,
}

impl Reader<'_, '_> {
    fn file(&mut self, source: &Source<'_>) -> Result<(), Stop> {
        if let Some(at) = source.text.find('\0') {
            let error = ScriptError::new(source.place(at), Problem::NulCharacter);
            return self.stop(error.hint("is the file text in UTF-16? Save it as UTF-8"));
        }
        self.open.push(source.name.to_string());
        let mut buffer = Buffer::default();
        let mut conditions = Conditions::default();
        let mut at = if source.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        while at < source.text.len() {
            at = match source.text.as_bytes()[at] {
                b'\\' if self.dialect == Dialect::Psql => self.command(source, at, &mut buffer, &mut conditions)?,
                b'\\' => self.command_for_server(source, at),
                b':' if self.dialect == Dialect::Psql && conditions.active() => self.colon(source, at, &mut buffer)?,
                _ => self.token(source, at, &mut buffer, conditions.active())?,
            };
        }
        if let Some(location) = conditions.innermost() {
            let reason = "no \\endif ends it".to_owned();
            self.error(ScriptError::new(location.clone(), Problem::Command { name: "if".to_owned(), reason }));
        }
        self.finish(source, source.text.len(), &mut buffer);
        self.open.pop();
        Ok(())
    }

    fn token(&mut self, source: &Source<'_>, at: usize, buffer: &mut Buffer, active: bool) -> Result<usize, Stop> {
        let token = match next_token(source.text, at) {
            Ok(Some(token)) => token,
            Ok(None) => return Ok(source.text.len()),
            Err(open) => {
                let problem = Problem::Unterminated { what: open.what.to_string() };
                let mut error = ScriptError::new(source.place(open.start), problem);
                error.statement = buffer.finish().map(|draft| draft.text);
                return self.stop(error).map(|()| 0);
            }
        };
        if active {
            if buffer.ends_with(source.text, &token) {
                return Ok(self.finish(source, token.end, buffer));
            }
            buffer.push(source.text, &token, || source.place(at), false);
        }
        Ok(token.end)
    }

    /// Ends the statement that was read up to byte `at`; returns where reading goes on.
    fn finish(&mut self, source: &Source<'_>, at: usize, buffer: &mut Buffer) -> usize {
        let Some(draft) = buffer.finish() else { return at };
        if !takes_copy_data(&draft.text) {
            self.found.push(Raw::Statement(draft));
            return at;
        }
        if self.dialect == Dialect::Server {
            let problem = Problem::CopyData { reason: "data from the client cannot come through a driver".to_owned() };
            let error = ScriptError::new(draft.location, problem);
            self.error(error.hint("use INSERT, or let psql run the file"));
            return self.copy_data(source, at).map_or(at, |(_, end)| end);
        }
        self.copy(source, at, draft)
    }

    /// Records a COPY whose data stands in the script after the line of `at`.
    fn copy(&mut self, source: &Source<'_>, at: usize, draft: Draft) -> usize {
        match self.copy_data(source, at) {
            Ok((data, end)) => {
                self.found.push(Raw::Copy(draft, CopyData::Inline(data)));
                end
            }
            Err(reason) => {
                let mut error = ScriptError::new(draft.location, Problem::CopyData { reason: reason.to_owned() });
                error.statement = Some(draft.text);
                self.error(error);
                at
            }
        }
    }

    fn copy_data(&self, source: &Source<'_>, at: usize) -> Result<(Vec<u8>, usize), &'static str> {
        let begin = source.next_line(at);
        let rest = source.text[at..begin].trim();
        if !(rest.is_empty() || rest.starts_with("--")) {
            return Err("nothing may follow it on its line, its data begins on the next");
        }
        let mut line = begin;
        while line < source.text.len() {
            let next = source.next_line(line);
            if source.text[line..next].trim_end_matches(['\r', '\n']) == "\\." {
                return Ok((source.text.as_bytes()[begin..line].to_vec(), next));
            }
            line = next;
        }
        Err("no line \\. ends its data")
    }

    fn colon(&mut self, source: &Source<'_>, at: usize, buffer: &mut Buffer) -> Result<usize, Stop> {
        let Some(reference) = reference(&source.text[at..]) else { return self.token(source, at, buffer, true) };
        let end = at + reference.length;
        let place = source.place(at);
        match value(&reference, &self.variables) {
            Some(text) => self.substitute(reference.name, &text, &place, buffer, 0),
            // psql leaves it as it is; the grammar refuses it and the hint says why.
            None => {
                for token in [
                    Token { kind: TokenKind::Symbol, start: at, end: at + 1 },
                    Token { kind: TokenKind::Word, start: at + 1, end },
                ] {
                    buffer.push(source.text, &token, || source.place(token.start), false);
                }
            }
        }
        Ok(end)
    }

    fn substitute(&mut self, name: &str, text: &str, place: &Location, buffer: &mut Buffer, depth: usize) {
        let problem = |reason: &str| Problem::Variable { name: name.to_owned(), reason: reason.to_owned() };
        if depth > 16 {
            return self.error(ScriptError::new(place.clone(), problem("its value refers to itself")));
        }
        let mut at = 0;
        while at < text.len() {
            if text[at..].starts_with('\\') {
                return self.error(ScriptError::new(place.clone(), problem("its value holds a psql command")));
            }
            if let Some(reference) = reference(&text[at..])
                && let Some(inner) = value(&reference, &self.variables)
            {
                self.substitute(reference.name, &inner, place, buffer, depth + 1);
                at += reference.length;
                continue;
            }
            match next_token(text, at) {
                Ok(Some(token)) => {
                    at = token.end;
                    if buffer.ends_with(text, &token) {
                        let end = Source::new(&place.file, "", place.line);
                        self.finish(&end, 0, buffer);
                    } else {
                        buffer.push(text, &token, || place.clone(), true);
                    }
                }
                Ok(None) => return,
                Err(open) => {
                    let reason = format!("its value holds a {} that nothing ends", open.what);
                    return self.error(ScriptError::new(place.clone(), problem(&reason)));
                }
            }
        }
    }

    /// A backslash in a file that no psql reads: recorded, and its line passed over.
    fn command_for_server(&mut self, source: &Source<'_>, at: usize) -> usize {
        let name = commands::name_at(source.text, at).to_owned();
        let error = ScriptError::new(source.place(at), Problem::CommandForServer { name });
        self.error(error.hint("this file goes to the server as it is; only files for psql may hold its commands"));
        source.next_line(at)
    }

    fn error(&mut self, error: ScriptError) {
        self.found.push(Raw::Error(error));
    }

    fn stop(&mut self, error: ScriptError) -> Result<(), Stop> {
        self.error(error);
        Err(Stop)
    }
}

/// Whether the statement is a COPY that takes its data from the client.
fn takes_copy_data(text: &str) -> bool {
    if !text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy")) {
        return false;
    }
    let Ok(tokens) = meant_tokens(text) else { return false };
    let mut depth = 0usize;
    tokens.windows(2).any(|pair| {
        match pair[0].text(text) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
            && pair[0].is_word(text, "from")
            && (pair[1].is_word(text, "stdin") || pair[1].is_word(text, "stdout"))
    })
}
