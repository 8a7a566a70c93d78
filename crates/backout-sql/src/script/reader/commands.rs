//! psql's meta-commands: the ones that a migration script needs are honoured, what only changes how psql
//! prints is passed over, and every other one is refused by its name.

use super::super::arguments::{arguments, is_name_byte, unquoted};
use super::super::conditions::{Conditions, boolean};
use super::super::{CopyData, Location, Origin, Problem, ScriptError};
use super::{Buffer, Draft, Raw, Reader, Source, Stop};
use crate::lexer::{TokenKind, next_token};

/// psql itself sets no limit and dies of it.
const DEEPEST_INCLUDE: usize = 32;

/// What changes only the display, or what `pg_dump` writes for psql's own protection.
const WITHOUT_EFFECT: &[&str] = &["timing", "pset", "x", "t", "a", "restrict", "unrestrict", "H", "C", "f", "T"];

/// Commands that send the query before them.
const ENDS_QUERY: &[&str] = &[";", "g", "gx", "gset", "gdesc", "aset", "watch", "crosstabview"];

/// Commands that are refused, with what to do instead.
const INSTEAD: &[(&[&str], &str)] = &[
    (&["!"], "run shell commands before or after the migration, not from its script"),
    (&["connect", "c"], "a migration has one connection: its target is named in the plan; remove the line"),
    (
        &["gset", "gdesc", "aset"],
        "results cannot come back into the script: use \\gexec, or a DO block with a variable",
    ),
    (&["watch"], "a migration runs each statement once; remove it"),
    (&["q", "quit"], "end the file there, or put the rest between \\if false and \\endif"),
    (&["o", "out", "w", "write", "g", "gx", "s"], "a migration writes no files; end the query with a semicolon"),
    (&["cd"], "write the path in full, or relative to the script with \\ir"),
    (&["prompt", "password", "getenv", "setenv"], "write the value into the script with \\set"),
    (&["lo_import", "lo_export", "lo_unlink", "lo_list"], "use the server's lo_ functions in SQL"),
    (&[";"], "end each statement with a plain semicolon"),
    (&["."], "it ends COPY data, and no COPY is open here"),
    (
        &["bind", "bind_named", "parse", "close_prepared", "startpipeline", "endpipeline"],
        "write the values into the statement",
    ),
];

/// The name of the command at a backslash.
pub(super) fn name_at(text: &str, at: usize) -> &str {
    let rest = &text[at + 1..];
    let length = match rest.chars().next() {
        Some(character) if is_name_byte(character.to_string().as_bytes()[0]) => rest
            .find(|character: char| character.is_whitespace() || character == '\\' || character == ';')
            .unwrap_or(rest.len()),
        Some(character) if !character.is_whitespace() => character.len_utf8(),
        _ => 0,
    };
    &rest[..length]
}

impl Reader<'_, '_> {
    /// Obeys or refuses the command at byte `at`; returns where reading goes on.
    pub(super) fn command(
        &mut self,
        source: &Source<'_>,
        at: usize,
        buffer: &mut Buffer,
        conditions: &mut Conditions,
    ) -> Result<usize, Stop> {
        let name = name_at(source.text, at);
        let start = at + 1 + name.len();
        let place = source.place(at);
        let line = &source.text[start..];
        let (words, read) = match arguments(line, &self.variables) {
            _ if name == "copy" => (Vec::new(), line.find('\n').unwrap_or(line.len())),
            // Backslash and semicolon or colon take no arguments.
            _ if matches!(name, ";" | ":" | ".") => (Vec::new(), 0),
            Ok(found) => found,
            Err(reason) => {
                if conditions.active() && !WITHOUT_EFFECT.contains(&name) {
                    self.error(ScriptError::new(place, Problem::Command { name: name.to_owned(), reason }));
                }
                return Ok(source.next_line(at));
            }
        };
        let end = start + read;
        if let Some(outcome) = self.conditional(name, &words, &place, conditions) {
            if let Err(reason) = outcome {
                self.error(ScriptError::new(place, Problem::Command { name: name.to_owned(), reason }));
            }
            return Ok(end);
        }
        if !conditions.active() {
            return Ok(end);
        }
        match name {
            "echo" | "qecho" | "warn" => return Ok(self.echo(source, &words, end, place)),
            "set" | "unset" => {
                if let Err(reason) = self.assign(name, &words) {
                    self.error(ScriptError::new(place, Problem::Command { name: name.to_owned(), reason }));
                }
            }
            "i" | "include" | "ir" | "include_relative" => self.include_file(name, words.first(), place)?,
            "copy" => return Ok(self.copy_command(source, &line[..read], end, place)),
            "gexec" if !buffer.text.is_empty() => self.found.extend(buffer.finish().map(Raw::Generate)),
            "g" if !buffer.text.is_empty() && words.is_empty() => return Ok(self.finish(source, end, buffer)),
            "gexec" => {
                let reason = "no query stands before it".to_owned();
                self.error(ScriptError::new(place, Problem::Command { name: name.to_owned(), reason }));
            }
            "encoding"
                if words.iter().all(|word| ["utf8", "utf-8", "unicode"].contains(&word.to_lowercase().as_str())) => {}
            "encoding" => {
                let error = ScriptError::new(place, Problem::UnsupportedCommand { name: name.to_owned() });
                self.error(error.hint("save the file as UTF-8 and remove the line"));
            }
            _ if WITHOUT_EFFECT.contains(&name) => {}
            _ => {
                self.refuse(name, place, buffer);
                // psql, too, passes over the rest of the line.
                return Ok(if name == ";" { end } else { source.next_line(at) });
            }
        }
        Ok(end)
    }

    /// Keeps what is shown; returns where reading goes on.
    fn echo(&mut self, source: &Source<'_>, words: &[String], end: usize, place: Location) -> usize {
        let words = if words.first().is_some_and(|word| word == "-n") { &words[1..] } else { words };
        let mut text = words.join(" ");
        // A quote escaped as in a shell ends the arguments, and psql complains and passes over the rest
        // of the line. No statement is at stake: it is shown as it stands.
        let rest = &source.text[end..source.next_line(end)];
        if rest.starts_with("\\'") {
            text.push_str(rest.trim_end());
            self.found.push(Raw::Echo { text, location: place });
            return end + rest.len();
        }
        self.found.push(Raw::Echo { text, location: place });
        end
    }

    /// Says what to do instead of a command that is not supported.
    fn refuse(&mut self, name: &str, place: Location, buffer: &mut Buffer) {
        let error = ScriptError::new(place, Problem::UnsupportedCommand { name: name.to_owned() });
        let instead = INSTEAD.iter().find(|(names, _)| names.contains(&name)).map(|(_, hint)| *hint);
        self.error(error.hint(instead.unwrap_or("remove the line, or run it in psql outside of the migration")));
        // The query before it is judged as well, and does not run into the next one.
        if ENDS_QUERY.contains(&name) {
            self.found.extend(buffer.finish().map(Raw::Statement));
        }
    }

    fn conditional(
        &self,
        name: &str,
        words: &[String],
        place: &Location,
        conditions: &mut Conditions,
    ) -> Option<Result<(), String>> {
        let text = words.join(" ");
        let holds = || boolean(&text).ok_or_else(|| format!("{text:?} is neither true nor false"));
        let told = |outcome: Result<(), &'static str>| outcome.map_err(str::to_owned);
        Some(match name {
            "if" if !conditions.active() => {
                conditions.begin(place.clone(), false);
                Ok(())
            }
            "if" => {
                let holds = holds();
                conditions.begin(place.clone(), holds.as_ref().is_ok_and(|holds| *holds));
                holds.map(|_| ())
            }
            "elif" if !conditions.elif_counts() => told(conditions.elif(false)),
            "elif" => match holds() {
                Ok(holds) => told(conditions.elif(holds)),
                Err(reason) => Err(reason),
            },
            "else" => told(conditions.otherwise()),
            "endif" => told(conditions.end()),
            _ => return None,
        })
    }

    fn assign(&mut self, command: &str, words: &[String]) -> Result<(), String> {
        let Some((name, values)) = words.split_first() else { return Ok(()) };
        if name.is_empty() || !name.bytes().all(is_name_byte) {
            return Err(format!("{name:?} is no name for a variable"));
        }
        let value = values.concat();
        // An empty value means "on" for psql's own switches.
        let on = value.is_empty() || boolean(&value) == Some(true);
        match (command, name.as_str()) {
            ("set", "ON_ERROR_STOP") if !on => {
                return Err("a migration always stops at the first error; remove the line".to_owned());
            }
            ("set", "ON_ERROR_ROLLBACK") if on || value == "interactive" => {
                return Err(
                    "a statement that fails ends the migration; remove the line, or catch the error in a DO block"
                        .to_owned(),
                );
            }
            ("set", "AUTOCOMMIT") if !on => return Err("write BEGIN and COMMIT instead".to_owned()),
            ("set", "SINGLELINE") if on => return Err("end each statement with a semicolon instead".to_owned()),
            ("set", _) => self.variables.insert(name.clone(), value),
            _ => self.variables.remove(name),
        };
        Ok(())
    }

    fn include_file(&mut self, name: &str, path: Option<&String>, place: Location) -> Result<(), Stop> {
        let Some(path) = path.map(|path| unquoted(path)) else {
            let reason = "no file is named".to_owned();
            self.error(ScriptError::new(place, Problem::Command { name: name.to_owned(), reason }));
            return Ok(());
        };
        let relative = matches!(name, "ir" | "include_relative");
        let outcome = if self.open.len() >= DEEPEST_INCLUDE {
            Err(format!("files include each other more than {DEEPEST_INCLUDE} deep"))
        } else {
            (self.include)(&path, relative, &place).and_then(|(display, text)| {
                if self.open.contains(&display) {
                    Err(format!("{display} is included by itself"))
                } else {
                    Ok((display, text))
                }
            })
        };
        match outcome {
            Ok((display, text)) => self.file(&Source::new(&display, &text, 1)),
            Err(reason) => {
                self.error(ScriptError::new(place, Problem::Include { name: name.to_owned(), path, reason }));
                Ok(())
            }
        }
    }

    /// `\copy` is a COPY FROM STDIN whose data the client brings.
    fn copy_command(&mut self, source: &Source<'_>, line: &str, end: usize, place: Location) -> usize {
        let fail = |reason: &str| {
            let reason = reason.to_owned();
            ScriptError::new(place.clone(), Problem::Command { name: "copy".to_owned(), reason })
        };
        let Some(parts) = copy_parts(line) else {
            self.error(fail("expected: table, columns in parentheses, from, and a file"));
            return end;
        };
        let text = format!("COPY {} FROM STDIN {}", parts.table, parts.rest).trim_end().to_owned();
        let origins = vec![Origin { from: 0, location: place.clone(), fixed: true }];
        let draft = Draft { text, location: place.clone(), origins };
        match parts.from {
            CopySource::Table => return self.copy(source, end, draft),
            CopySource::File(path) => self.found.push(Raw::Copy(draft, CopyData::File(path.into()))),
            CopySource::Refused(reason) => self.error(fail(reason)),
        }
        end
    }
}

struct CopyParts<'l> {
    table: &'l str,
    from: CopySource,
    rest: &'l str,
}

enum CopySource {
    /// The lines that follow in the script.
    Table,
    File(String),
    Refused(&'static str),
}

fn copy_parts(line: &str) -> Option<CopyParts<'_>> {
    let (mut at, mut depth) = (0, 0usize);
    while let Ok(Some(token)) = next_token(line, at) {
        at = token.end;
        match token.text(line) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 || token.kind != TokenKind::Word => {}
            word if word.eq_ignore_ascii_case("to") => {
                return Some(CopyParts {
                    table: "",
                    from: CopySource::Refused("a migration writes no files: only \\copy … from is supported"),
                    rest: "",
                });
            }
            word if word.eq_ignore_ascii_case("from") => {
                let table = line[..token.start].trim();
                let after = line[token.end..].trim_start();
                let (from, length) = copy_source(after)?;
                let rest = after[length..].trim().trim_end_matches(';').trim_end();
                return (!table.is_empty()).then_some(CopyParts { table, from, rest });
            }
            _ => {}
        }
    }
    None
}

fn copy_source(text: &str) -> Option<(CopySource, usize)> {
    if text.starts_with('\'') {
        let token = next_token(text, 0).ok()??;
        let path = token.text(text).trim_matches('\'').replace("''", "'");
        return Some((CopySource::File(path), token.end));
    }
    let length = text.find(|character: char| character.is_whitespace() || character == ';').unwrap_or(text.len());
    let word = &text[..length];
    let source = match word.to_ascii_lowercase().as_str() {
        "" => return None,
        "stdin" | "stdout" => CopySource::Table,
        "pstdin" => CopySource::Refused("a migration has no standard input; put the data after \\copy … from stdin"),
        "program" => CopySource::Refused("output of a program is not supported; write it to a file first"),
        _ => CopySource::File(quote_free(word)),
    };
    Some((source, length))
}

/// A bare file name may stand in double quotes.
fn quote_free(word: &str) -> String {
    if word.starts_with('"') { unquoted(word) } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_commands() {
        for (text, expected) in [
            ("\\echo hi", "echo"),
            ("\\!ls", "!"),
            ("\\;", ";"),
            ("\\gexec;", "gexec"),
            ("\\", ""),
            ("\\i\tx", "i"),
            ("\\. ", "."),
        ] {
            assert_eq!(name_at(text, 0), expected, "{text}");
        }
    }
}
