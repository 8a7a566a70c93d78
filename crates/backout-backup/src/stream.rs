//! The bytes that COPY sends, cut into rows, and the fingerprint of rows in any order.
//!
//! The binary form of a value is the same in every database, but for arrays and composites of types that a database
//! made itself (they carry object ids); tables with such columns travel as text. Which form a table has is decided
//! where it is taken.
//!
//! Must not know: sessions, files.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_128;

/// How rows are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    Binary,
    Text,
}

/// What a binary COPY begins with, as PostgreSQL writes it: signature, no flags, no extension.
pub const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What a binary COPY ends with.
pub const TRAILER: &[u8] = &[0xff, 0xff];

/// A stream of COPY data that is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StreamError {
    #[error("binary COPY data does not begin as such data does")]
    Header,
    #[error("a row of binary COPY data has a length that cannot be: {0}")]
    Length(i32),
    #[error("COPY data ends in the middle of a row")]
    Truncated,
    #[error("COPY data goes on after its end")]
    Beyond,
}

/// The number of rows and a sum over them that does not depend on their order. Rows that are there twice count twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fingerprint {
    pub rows: u64,
    pub sum: u128,
}

impl Fingerprint {
    /// Adds one row as COPY wrote it.
    pub fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(xxh3_128(row));
    }

    /// The fingerprint of the rows of both.
    pub fn join(&mut self, other: Self) {
        self.rows += other.rows;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {:032x}", self.rows, self.sum)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.rows, format!("{:032x}", self.sum)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (rows, sum) = <(u64, String)>::deserialize(deserializer)?;
        let sum = u128::from_str_radix(&sum, 16).map_err(serde::de::Error::custom)?;
        Ok(Self { rows, sum })
    }
}

/// Cuts COPY data into rows, wherever the pieces that it arrives in begin and end.
#[derive(Debug)]
pub struct Rows {
    form: Form,
    state: State,
    /// The beginning of a row that goes on in the next piece.
    rest: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Rows,
    End,
}

impl Rows {
    pub fn new(form: Form) -> Self {
        let state = if form == Form::Binary { State::Header } else { State::Rows };
        Self { form, state, rest: Vec::new() }
    }

    /// Calls `row` for each whole row, with its bytes as they stand in the stream.
    ///
    /// # Errors
    /// When these bytes cannot be a part of COPY data.
    pub fn feed(&mut self, piece: &[u8], mut row: impl FnMut(&[u8])) -> Result<(), StreamError> {
        if self.rest.is_empty() {
            let used = self.whole_rows(piece, &mut row)?;
            self.rest.extend_from_slice(&piece[used..]);
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(piece);
        let used = self.whole_rows(&bytes, &mut row)?;
        bytes.drain(..used);
        self.rest = bytes;
        Ok(())
    }

    /// That nothing is missing at the end.
    ///
    /// # Errors
    /// When it stops in the middle of a row, or binary data without its trailer.
    pub fn finish(self) -> Result<(), StreamError> {
        let whole = self.rest.is_empty() && (self.form == Form::Text || self.state == State::End);
        if whole { Ok(()) } else { Err(StreamError::Truncated) }
    }

    /// How many bytes the rows that are whole take.
    fn whole_rows(&mut self, bytes: &[u8], row: &mut impl FnMut(&[u8])) -> Result<usize, StreamError> {
        match self.form {
            Form::Binary => self.binary(bytes, row),
            Form::Text => {
                let mut used = 0;
                // A newline inside a value is written as `\n`.
                while let Some(length) = bytes[used..].iter().position(|byte| *byte == b'\n') {
                    row(&bytes[used..=used + length]);
                    used += length + 1;
                }
                Ok(used)
            }
        }
    }

    fn binary(&mut self, bytes: &[u8], row: &mut impl FnMut(&[u8])) -> Result<usize, StreamError> {
        let mut used = 0;
        if self.state == State::Header {
            if bytes.len() < HEADER.len() {
                return Ok(0);
            }
            if !bytes.starts_with(HEADER) {
                return Err(StreamError::Header);
            }
            used = HEADER.len();
            self.state = State::Rows;
        }
        loop {
            let rest = &bytes[used..];
            if self.state == State::End {
                return if rest.is_empty() { Ok(used) } else { Err(StreamError::Beyond) };
            }
            match binary_row(rest)? {
                None => return Ok(used),
                Some(0) => {
                    self.state = State::End;
                    used += TRAILER.len();
                }
                Some(length) => {
                    row(&rest[..length]);
                    used += length;
                }
            }
        }
    }
}

/// A row that COPY wrote with a value in front of its own: that value, and the row without it in `row`.
///
/// # Errors
/// When this is no such row.
pub fn taken_apart<'a>(
    form: Form,
    with: &'a [u8],
    row: &mut Vec<u8>,
) -> Result<std::borrow::Cow<'a, str>, StreamError> {
    row.clear();
    match form {
        Form::Binary => {
            let (Some(fields), Some(length)) =
                (with.first_chunk::<2>(), with.get(2..).and_then(|rest| rest.first_chunk::<4>()))
            else {
                return Err(StreamError::Truncated);
            };
            let length = i32::from_be_bytes(*length);
            // NULL has no bytes.
            let end = 6 + usize::try_from(length.max(0)).map_err(|_| StreamError::Length(length))?;
            let value = with.get(6..end).ok_or(StreamError::Truncated)?;
            row.extend_from_slice(&(i16::from_be_bytes(*fields) - 1).to_be_bytes());
            row.extend_from_slice(&with[end..]);
            Ok(String::from_utf8_lossy(value))
        }
        Form::Text => {
            let tab = with.iter().position(|byte| *byte == b'\t').ok_or(StreamError::Truncated)?;
            row.extend_from_slice(&with[tab + 1..]);
            Ok(plain(&with[..tab]))
        }
    }
}

/// A value of COPY's text form as it was.
fn plain(value: &[u8]) -> std::borrow::Cow<'_, str> {
    let text = String::from_utf8_lossy(value);
    if !text.contains('\\') {
        return text;
    }
    let (mut out, mut characters) = (String::new(), text.chars());
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (_, true) => out.push(match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('v') => '\u{b}',
                Some(other) => other,
                None => '\\',
            }),
            (other, false) => out.push(other),
        }
    }
    out.into()
}

/// The length of the row at the beginning: `None` if it is not whole, 0 for the trailer.
fn binary_row(bytes: &[u8]) -> Result<Option<usize>, StreamError> {
    let Some(fields) = bytes.first_chunk::<2>().map(|count| i16::from_be_bytes(*count)) else { return Ok(None) };
    if fields == -1 {
        return Ok(Some(0));
    }
    let mut at = 2;
    for _ in 0..fields {
        let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()) else { return Ok(None) };
        at += 4;
        match i32::from_be_bytes(*length) {
            -1 => {}
            length => at += usize::try_from(length).map_err(|_| StreamError::Length(length))?,
        }
    }
    Ok((at <= bytes.len()).then_some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[Option<&[u8]>]) -> Vec<u8> {
        let mut row = i16::try_from(values.len()).unwrap().to_be_bytes().to_vec();
        for value in values {
            match value {
                None => row.extend((-1_i32).to_be_bytes()),
                Some(value) => {
                    row.extend(i32::try_from(value.len()).unwrap().to_be_bytes());
                    row.extend(*value);
                }
            }
        }
        row
    }

    fn cut(form: Form, bytes: &[u8], size: usize) -> Result<Vec<Vec<u8>>, StreamError> {
        let mut rows = Rows::new(form);
        let mut found = Vec::new();
        for piece in bytes.chunks(size) {
            rows.feed(piece, |row| found.push(row.to_vec()))?;
        }
        rows.finish().map(|()| found)
    }

    #[test]
    fn rows_are_found_wherever_the_pieces_end() {
        let rows = [row(&[Some(b"a\n"), None]), row(&[]), row(&[Some(b""), Some(&[0xff; 300])])];
        let whole = [HEADER, &rows.concat(), TRAILER].concat();
        let lines = b"1\ta\\nb\n\n2\t\\N\n";
        for size in 1..whole.len() + 1 {
            assert_eq!(cut(Form::Binary, &whole, size).unwrap(), rows, "{size}");
            assert_eq!(cut(Form::Text, lines, size).unwrap().len(), 3, "{size}");
        }
        assert_eq!(cut(Form::Binary, &[HEADER, TRAILER].concat(), 9), Ok(vec![]));
    }

    #[test]
    fn what_is_not_whole_is_said() {
        let whole = [HEADER, &row(&[Some(b"abc")]), TRAILER].concat();
        for length in 0..whole.len() {
            assert_eq!(cut(Form::Binary, &whole[..length], 7), Err(StreamError::Truncated), "{length}");
        }
        assert_eq!(cut(Form::Binary, b"PGCOPY\n\xff\r\n\0\0\0\0\x01\0\0\0\0", 99), Err(StreamError::Header));
        assert_eq!(cut(Form::Binary, &[&whole[..], b"x"].concat(), 99), Err(StreamError::Beyond));
        let wrong = [HEADER, &[0, 1], &(-7_i32).to_be_bytes()[..]].concat();
        assert_eq!(cut(Form::Binary, &wrong, 99), Err(StreamError::Length(-7)));
        assert_eq!(cut(Form::Text, b"1\n2", 1), Err(StreamError::Truncated));
    }

    #[test]
    fn a_value_in_front_is_taken_off() {
        let (own, with) = (row(&[Some(b"x"), None]), row(&[Some("ü,1".as_bytes()), Some(b"x"), None]));
        let mut rest = Vec::new();
        assert_eq!(taken_apart(Form::Binary, &with, &mut rest).unwrap(), "ü,1");
        assert_eq!(rest, own);
        assert_eq!(taken_apart(Form::Text, b"a\\tb\\\\\t1\t\\N\n", &mut rest).unwrap(), "a\tb\\");
        assert_eq!(rest, b"1\t\\N\n");
        for wrong in [&b"\0"[..], &[0, 2, 0, 0, 0, 9, 1]] {
            assert_eq!(taken_apart(Form::Binary, wrong, &mut rest), Err(StreamError::Truncated));
        }
    }

    #[test]
    fn fingerprints_count_rows_and_not_their_order() {
        let print = |rows: &[&[u8]]| {
            let mut print = Fingerprint::default();
            rows.iter().for_each(|row| print.add(row));
            print
        };
        assert_eq!(print(&[b"a", b"b", b"b"]), print(&[b"b", b"a", b"b"]));
        assert_ne!(print(&[b"a", b"b"]), print(&[b"a", b"b", b"b"]));
        assert_ne!(print(&[b"a", b"a"]), print(&[b"b", b"b"]), "pairs do not cancel out");
        let mut joined = print(&[b"a"]);
        joined.join(print(&[b"b"]));
        assert_eq!(joined, print(&[b"a", b"b"]));
        let text = serde_json::to_string(&joined).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), joined);
    }
}
