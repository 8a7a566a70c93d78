//! A dump cut into statements, rows of COPY and psql's commands, as it streams by.
//!
//! No more of it is in memory than one statement, or one piece of rows. Must not know: what a statement means, but for
//! those that rows follow; where the bytes come from.

use std::io::BufRead;

use bytes::Bytes;

use super::ImportError;
use super::words::words;

/// No statement of a dump is longer; what is, was cut wrongly or was made to fill the memory.
const LONGEST: usize = 256 << 20;
/// Rows go on in pieces of about this many bytes.
const PIECE: usize = 256 << 10;

/// What comes next in a dump, with the line that it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Without the final `;`, and without the comments before it.
    Statement { line: u64, text: String },
    /// A command of psql: the line from the backslash on.
    Command { line: u64, text: String },
    /// Whole lines that belong to the COPY before.
    Rows { bytes: Bytes, count: u64 },
    /// The line `\.`.
    RowsEnd { line: u64 },
}

/// Where in SQL text the cutter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Plain,
    /// `'…'`; with `true` a backslash takes what follows with it.
    Text(bool),
    Name,
    /// Up to `$tag$`, which is what `Cutter::tag` holds.
    Dollar,
    Block(u32),
}

/// How deep in parentheses and blocks a statement is: a `;` in there does not end it.
#[derive(Debug, Default)]
struct Nesting {
    parens: u32,
    /// BEGIN … END of a body in standard SQL.
    blocks: u32,
    /// The word that is being read.
    word: Vec<u8>,
    makes_routine: bool,
    /// The word before was BEGIN.
    begins: bool,
}

impl Nesting {
    fn is_none(&self) -> bool {
        self.parens == 0 && self.blocks == 0
    }

    fn paren(&mut self, byte: u8) {
        match byte {
            b'(' => self.parens += 1,
            b')' => self.parens = self.parens.saturating_sub(1),
            _ => {}
        }
    }

    /// `BEGIN ATOMIC … END` of a routine holds statements of its own, and so may CASE … END in there.
    fn word_ends(&mut self, statement: &[u8]) {
        if self.word.is_empty() {
            return;
        }
        let is = |word: &[u8]| self.word.eq_ignore_ascii_case(word);
        if is(b"function") || is(b"procedure") {
            self.makes_routine |= statement.len() < 64 && statement[..6].eq_ignore_ascii_case(b"create");
        } else if self.makes_routine && self.begins && is(b"atomic") || self.blocks > 0 && is(b"case") {
            self.blocks += 1;
        } else if self.blocks > 0 && is(b"end") {
            self.blocks -= 1;
        }
        self.begins = is(b"begin");
        self.word.clear();
    }
}

/// Cuts what a reader gives.
#[derive(Debug)]
pub struct Cutter<R> {
    from: R,
    file: String,
    line: u64,
    rest: Vec<u8>,
    at: usize,
    inside: Inside,
    tag: Vec<u8>,
    statement: Vec<u8>,
    begun: u64,
    nesting: Nesting,
    /// A text that ended: with a line break and another quote it goes on, and keeps its kind.
    ended: Option<(bool, bool)>,
    rows: bool,
    heads: u32,
    tails: u32,
    done: bool,
}

impl<R: BufRead> Cutter<R> {
    pub fn new(file: &str, from: R) -> Self {
        Self {
            from,
            file: file.to_owned(),
            line: 0,
            rest: Vec::new(),
            at: 0,
            inside: Inside::Plain,
            tag: Vec::new(),
            statement: Vec::new(),
            begun: 0,
            nesting: Nesting::default(),
            ended: None,
            rows: false,
            heads: 0,
            tails: 0,
            done: false,
        }
    }

    /// The next piece; `None` when all of it was read.
    ///
    /// # Errors
    /// When it cannot be read, is cut short, or is not UTF-8.
    pub fn next(&mut self) -> Result<Option<Piece>, ImportError> {
        loop {
            if self.rows {
                return self.next_rows().map(Some);
            }
            if self.at >= self.rest.len() && !self.next_line()? {
                return self.end();
            }
            if let Some(piece) = self.cut_line()? {
                return Ok(Some(piece));
            }
        }
    }

    fn next_line(&mut self) -> Result<bool, ImportError> {
        self.rest.clear();
        self.at = 0;
        let limit = LONGEST as u64 + 1;
        let read = std::io::Read::take(&mut self.from, limit).read_until(b'\n', &mut self.rest);
        let line = self.line + 1;
        let read = read.map_err(|source| ImportError::Read { file: self.file.clone(), line, source })?;
        if read > LONGEST {
            return Err(ImportError::TooLong { file: self.file.clone(), line });
        }
        self.line += u64::from(read > 0);
        // What an editor may have put before everything.
        if self.line == 1 && self.rest.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        Ok(read > 0)
    }

    fn end(&mut self) -> Result<Option<Piece>, ImportError> {
        let cut = |what: String, line: u64| ImportError::CutShort { file: self.file.clone(), line, what };
        if self.done {
            return Ok(None);
        }
        self.done = true;
        if !self.statement.is_empty() {
            let shown: String = String::from_utf8_lossy(&self.statement).chars().take(60).collect();
            return Err(cut(format!("nothing ends the statement {:?}", shown.trim()), self.begun));
        }
        if self.heads > self.tails {
            let line = self.line;
            return Err(cut(
                "it begins as a dump, and the last line of one, \"PostgreSQL database dump complete\", is not there"
                    .to_owned(),
                line,
            ));
        }
        Ok(None)
    }

    fn next_rows(&mut self) -> Result<Piece, ImportError> {
        let mut bytes = Vec::new();
        let mut count = 0;
        loop {
            // Kept for the next call: rows before the end go first.
            if self.at >= self.rest.len() && !self.next_line()? {
                let what = format!("the rows of the COPY of line {} do not end with \\.", self.begun);
                return Err(ImportError::CutShort { file: self.file.clone(), line: self.line, what });
            }
            if matches!(&self.rest[self.at..], b"\\.\n" | b"\\.\r\n" | b"\\.") {
                if count > 0 {
                    return Ok(Piece::Rows { bytes: bytes.into(), count });
                }
                self.at = self.rest.len();
                self.rows = false;
                return Ok(Piece::RowsEnd { line: self.line });
            }
            bytes.extend_from_slice(&self.rest[self.at..]);
            self.at = self.rest.len();
            count += 1;
            if bytes.len() >= PIECE {
                return Ok(Piece::Rows { bytes: bytes.into(), count });
            }
        }
    }

    /// Goes through the rest of the line.
    fn cut_line(&mut self) -> Result<Option<Piece>, ImportError> {
        while self.at < self.rest.len() {
            let byte = self.rest[self.at];
            let next = self.rest.get(self.at + 1).copied().unwrap_or(0);
            match self.inside {
                Inside::Text(escapes) => match byte {
                    b'\\' if escapes => self.keep(2),
                    b'\'' if next == b'\'' => self.keep(2),
                    b'\'' => {
                        self.keep(1);
                        self.inside = Inside::Plain;
                        self.ended = Some((escapes, false));
                    }
                    _ => self.keep(1),
                },
                Inside::Name => {
                    self.keep(1);
                    if byte == b'"' {
                        self.inside = Inside::Plain;
                    }
                }
                Inside::Dollar => {
                    let tag = self.tag.len();
                    if byte == b'$' && self.rest[self.at..].starts_with(&self.tag) {
                        self.keep(tag);
                        self.inside = Inside::Plain;
                    } else {
                        self.keep(1);
                    }
                }
                Inside::Block(depth) => match (byte, next) {
                    (b'/', b'*') => {
                        self.pass(2);
                        self.inside = Inside::Block(depth + 1);
                    }
                    (b'*', b'/') => {
                        self.pass(2);
                        self.inside = if depth == 1 { Inside::Plain } else { Inside::Block(depth - 1) };
                    }
                    _ => self.pass(1),
                },
                Inside::Plain => {
                    if let Some(piece) = self.plain(byte, next)? {
                        return Ok(Some(piece));
                    }
                }
            }
            if self.statement.len() > LONGEST {
                return Err(ImportError::TooLong { file: self.file.clone(), line: self.begun });
            }
        }
        Ok(None)
    }

    /// One byte outside quotes and comments.
    fn plain(&mut self, byte: u8, next: u8) -> Result<Option<Piece>, ImportError> {
        let in_word = !self.nesting.word.is_empty();
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 || (byte == b'$' && in_word) {
            // Quotes right behind these say what kind of text it is; nothing else of a long word matters.
            if self.nesting.word.len() < 16 {
                self.nesting.word.push(byte);
            }
            self.ended = None;
            self.keep(1);
            return Ok(None);
        }
        let escapes = self.nesting.word.eq_ignore_ascii_case(b"e");
        self.nesting.word_ends(&self.statement);
        if byte.is_ascii_whitespace() || byte == 0x0b {
            if let Some((_, broken)) = &mut self.ended {
                *broken |= byte == b'\n' || byte == b'\r';
            }
            self.pass(1);
            return Ok(None);
        }
        if byte == b'-' && next == b'-' {
            self.comment();
            return Ok(None);
        }
        let before = self.ended.take();
        match byte {
            b'\'' => {
                let goes_on = before.is_some_and(|(escapes, broken)| escapes && broken);
                self.keep(1);
                self.inside = Inside::Text(escapes || goes_on);
            }
            b'"' => {
                self.keep(1);
                self.inside = Inside::Name;
            }
            b'/' if next == b'*' => {
                self.pass(2);
                self.inside = Inside::Block(1);
            }
            b'$' => match dollar_tag(&self.rest[self.at..]) {
                Some(length) => {
                    self.tag = self.rest[self.at..self.at + length].to_vec();
                    self.keep(length);
                    self.inside = Inside::Dollar;
                }
                None => self.keep(1),
            },
            b'\\' => {
                let text = String::from_utf8_lossy(&self.rest[self.at..]).trim_end().to_owned();
                self.at = self.rest.len();
                return Ok(Some(Piece::Command { line: self.line, text }));
            }
            b';' if self.nesting.is_none() => {
                self.at += 1;
                return self.statement_ends();
            }
            _ => {
                self.nesting.paren(byte);
                self.keep(1);
            }
        }
        Ok(None)
    }

    /// A comment to the end of the line: kept inside a statement, where it may stand in a body.
    fn comment(&mut self) {
        // A carriage return alone ends it too, for the server as for psql.
        let rest = &self.rest[self.at..];
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        if self.statement.is_empty() {
            let text = rest[..length].trim_ascii_end();
            if text == b"-- PostgreSQL database dump" {
                self.heads += 1;
            } else if text == b"-- PostgreSQL database dump complete" {
                self.tails += 1;
            }
        }
        self.pass(length);
    }

    fn statement_ends(&mut self) -> Result<Option<Piece>, ImportError> {
        self.nesting.makes_routine = false;
        let (line, file) = (self.begun, &self.file);
        let text = String::from_utf8(std::mem::take(&mut self.statement))
            .map_err(|_| ImportError::NotUtf8 { file: file.clone(), line })?;
        let text = text.trim_end();
        if text.is_empty() {
            return Ok(None);
        }
        self.rows = rows_follow(text);
        if self.rows {
            // psql takes the rows from the next line on.
            self.at = self.rest.len();
        }
        Ok(Some(Piece::Statement { line, text: text.to_owned() }))
    }

    /// Space and comments, which no statement begins with.
    fn pass(&mut self, length: usize) {
        if self.statement.is_empty() { self.at += length } else { self.keep(length) }
    }

    fn keep(&mut self, length: usize) {
        if self.statement.is_empty() {
            self.begun = self.line;
        }
        let end = (self.at + length).min(self.rest.len());
        self.statement.extend_from_slice(&self.rest[self.at..end]);
        self.at = end;
    }
}

/// How long `$tag$` is, if one opens here.
fn dollar_tag(bytes: &[u8]) -> Option<usize> {
    let end = 1 + bytes[1..].iter().position(|byte| *byte == b'$')?;
    let tag = &bytes[1..end];
    let named = tag.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80);
    (named && !tag.first().is_some_and(u8::is_ascii_digit)).then_some(end + 1)
}

/// Whether psql would read rows after it: COPY … FROM STDIN.
fn rows_follow(text: &str) -> bool {
    let words = words(text);
    words.first().is_some_and(|word| word.is("copy"))
        && words.windows(2).any(|two| two[0].is("from") && two[1].is("stdin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Result<Vec<Piece>, ImportError> {
        let mut cutter = Cutter::new("f.sql", text.as_bytes());
        let mut found = Vec::new();
        while let Some(piece) = cutter.next()? {
            found.push(piece);
        }
        Ok(found)
    }

    fn statements(text: &str) -> Vec<(u64, String)> {
        let each = pieces(text).unwrap().into_iter().map(|piece| match piece {
            Piece::Statement { line, text } => (line, text),
            other => panic!("{other:?}"),
        });
        each.collect()
    }

    #[test]
    fn statements_end_where_psql_ends_them() {
        for (text, expected) in [
            ("-- c;\nSELECT 1;\n\nSELECT 2;", vec![(2, "SELECT 1"), (4, "SELECT 2")]),
            ("SELECT ';', \";\", $$;$$, $a$;$$;$a$;", vec![(1, "SELECT ';', \";\", $$;$$, $a$;$$;$a$")]),
            ("SELECT E'\\';', 'it''s;';SELECT '\\';", vec![(1, "SELECT E'\\';', 'it''s;'"), (1, "SELECT '\\'")]),
            ("SELECT E'a'\n  'b\\';';", vec![(1, "SELECT E'a'\n  'b\\';'")]),
            ("SELECT 'a'\n  'b\\';SELECT 1;", vec![(1, "SELECT 'a'\n  'b\\'"), (2, "SELECT 1")]),
            ("/* ; /* ; */ ; */ SELECT 1 -- ;\n;", vec![(1, "SELECT 1 -- ;")]),
            (
                "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);",
                vec![(1, "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)")],
            ),
            (
                "CREATE FUNCTION atomic() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;SELECT 3;",
                vec![
                    (
                        1,
                        "CREATE FUNCTION atomic() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
                    ),
                    (1, "SELECT 3"),
                ],
            ),
            ("SELECT 1 -- a;\r;SELECT 2;", vec![(1, "SELECT 1 -- a;"), (1, "SELECT 2")]),
            ("BEGIN;SELECT 1;END;", vec![(1, "BEGIN"), (1, "SELECT 1"), (1, "END")]),
            ("SELECT a$b$ FROM größe$x$;SELECT $1;", vec![(1, "SELECT a$b$ FROM größe$x$"), (1, "SELECT $1")]),
            ("CREATE FUNCTION f() AS $_$\n\\.\n\\! x\n$_$;", vec![(1, "CREATE FUNCTION f() AS $_$\n\\.\n\\! x\n$_$")]),
        ] {
            let expected: Vec<(u64, String)> =
                expected.into_iter().map(|(line, text)| (line, text.to_owned())).collect();
            assert_eq!(statements(text), expected, "{text}");
        }
    }

    #[test]
    fn rows_and_commands_are_no_statements() {
        let text = "\\restrict x\nCOPY t (a) FROM stdin;\n1;\n\\N\n\\.\nSELECT 1\\; SELECT 2;\n  \\! rm\n;";
        let found = pieces(text).unwrap();
        let expected = [
            Piece::Command { line: 1, text: "\\restrict x".to_owned() },
            Piece::Statement { line: 2, text: "COPY t (a) FROM stdin".to_owned() },
            Piece::Rows { bytes: Bytes::from_static(b"1;\n\\N\n"), count: 2 },
            Piece::RowsEnd { line: 5 },
            Piece::Command { line: 6, text: "\\; SELECT 2;".to_owned() },
            Piece::Command { line: 7, text: "\\! rm".to_owned() },
            Piece::Statement { line: 6, text: "SELECT 1".to_owned() },
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_cut_short_says_so() {
        for (text, line, said) in [
            ("SELECT 1;\nSELECT 'a;\n", 2, "nothing ends the statement"),
            ("COPY t FROM stdin;\n1\n2", 3, "do not end with"),
            ("--\n-- PostgreSQL database dump\n--\nSELECT 1;\n", 4, "PostgreSQL database dump complete"),
        ] {
            match pieces(text) {
                Err(ImportError::CutShort { file, line: at, what }) => {
                    assert_eq!((file.as_str(), at), ("f.sql", line), "{text}: {what}");
                    assert!(what.contains(said), "{what}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        let whole = "-- PostgreSQL database dump\nSELECT 1;\n-- PostgreSQL database dump complete\n";
        assert_eq!(pieces(whole).unwrap().len(), 1);
    }

    #[test]
    fn every_beginning_of_a_dump_is_one_or_says_that_it_is_cut_short() {
        let text = "-- PostgreSQL database dump\nCREATE FUNCTION f() AS $$;$$;\nCOPY t FROM stdin;\na\n\\.\nSELECT E'\\'';\n-- PostgreSQL database dump complete";
        for length in "-- PostgreSQL database dump".len()..text.len() {
            assert!(pieces(&text[..length]).is_err(), "{}", &text[..length]);
        }
        assert_eq!(pieces(text).unwrap().len(), 5);
    }
}
