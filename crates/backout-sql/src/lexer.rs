//! Cutting SQL text into tokens, by the rules of PostgreSQL's own scanner.
//!
//! Works on one text and byte offsets; knows no files, no statements, no psql.

use std::fmt;

/// What a token is. Only the differences that cutting a script into statements needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Space,
    Comment,
    /// A keyword or unquoted name.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedName,
    /// `'…'`, `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'` and `$tag$…$tag$`.
    Text,
    Number,
    /// `$1`.
    Parameter,
    /// One punctuation or operator character; `::` and `:=` are one token.
    Symbol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    pub fn text<'t>(&self, source: &'t str) -> &'t str {
        &source[self.start..self.end]
    }

    pub fn is_word(&self, source: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(source).eq_ignore_ascii_case(word)
    }

    pub fn is_symbol(&self, source: &str, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text(source) == symbol
    }

    /// Whether the token carries meaning: neither space nor comment.
    pub fn is_meant(&self) -> bool {
        !matches!(self.kind, TokenKind::Space | TokenKind::Comment)
    }
}

/// What can be left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    Comment,
    Name,
    Text,
    DollarQuoted,
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Comment => "comment",
            Self::Name => "quoted identifier",
            Self::Text => "quoted string",
            Self::DollarQuoted => "dollar-quoted string",
        })
    }
}

/// A quote or comment that nothing ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unterminated {
    pub what: Open,
    pub start: usize,
}

/// The token that starts at byte `at`; `None` at the end of the text.
pub fn next_token(source: &str, at: usize) -> Result<Option<Token>, Unterminated> {
    let bytes = source.as_bytes();
    let Some(&first) = bytes.get(at) else { return Ok(None) };
    let second = bytes.get(at + 1).copied().unwrap_or(0);
    let token = |kind, end| Ok(Some(Token { kind, start: at, end }));
    match first {
        _ if is_space(first) => token(TokenKind::Space, run(bytes, at, is_space)),
        b'-' if second == b'-' => token(TokenKind::Comment, run(bytes, at, |byte| !matches!(byte, b'\n' | b'\r'))),
        b'/' if second == b'*' => token(TokenKind::Comment, block_comment(bytes, at)?),
        b'\'' => token(TokenKind::Text, quoted(bytes, at, at, false)?),
        b'"' => token(TokenKind::QuotedName, quoted_name(bytes, at, at)?),
        b'E' | b'e' if second == b'\'' => token(TokenKind::Text, quoted(bytes, at, at + 1, true)?),
        b'B' | b'b' | b'X' | b'x' | b'N' | b'n' if second == b'\'' => {
            token(TokenKind::Text, quoted(bytes, at, at + 1, false)?)
        }
        b'U' | b'u' if second == b'&' && bytes.get(at + 2) == Some(&b'\'') => {
            token(TokenKind::Text, quoted(bytes, at, at + 2, false)?)
        }
        b'U' | b'u' if second == b'&' && bytes.get(at + 2) == Some(&b'"') => {
            token(TokenKind::QuotedName, quoted_name(bytes, at, at + 2)?)
        }
        b'$' => match dollar_tag(bytes, at) {
            Some(open) => match source[open..].find(&source[at..open]) {
                Some(length) => token(TokenKind::Text, open + length + (open - at)),
                None => Err(Unterminated { what: Open::DollarQuoted, start: at }),
            },
            None if second.is_ascii_digit() => {
                token(TokenKind::Parameter, run(bytes, at + 1, |byte| byte.is_ascii_digit()))
            }
            None => token(TokenKind::Symbol, at + 1),
        },
        _ if starts_name(first) => token(TokenKind::Word, run(bytes, at, continues_name)),
        _ if first.is_ascii_digit() || (first == b'.' && second.is_ascii_digit()) => {
            token(TokenKind::Number, number(bytes, at))
        }
        b':' if second == b':' || second == b'=' => token(TokenKind::Symbol, at + 2),
        _ => token(TokenKind::Symbol, at + 1),
    }
}

/// All tokens that carry meaning, or the quote that nothing ends.
pub fn meant_tokens(source: &str) -> Result<Vec<Token>, Unterminated> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(token) = next_token(source, at)? {
        at = token.end;
        if token.is_meant() {
            tokens.push(token);
        }
    }
    Ok(tokens)
}

/// PostgreSQL's white space.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn run(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let mut end = from;
    while bytes.get(end).is_some_and(|&byte| belongs(byte)) {
        end += 1;
    }
    end
}

fn block_comment(bytes: &[u8], start: usize) -> Result<usize, Unterminated> {
    let mut depth = 1;
    let mut at = start + 2;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Ok(at);
                }
            }
            _ => at += 1,
        }
    }
    Err(Unterminated { what: Open::Comment, start })
}

/// The end of a string whose opening quote is at `open`. A string goes on after white space with a line
/// break when another quote follows, and keeps its kind: `E'a'` newline `'\''` is one string.
fn quoted(bytes: &[u8], start: usize, open: usize, escapes: bool) -> Result<usize, Unterminated> {
    let mut at = open + 1;
    loop {
        match bytes.get(at) {
            None => return Err(Unterminated { what: Open::Text, start }),
            Some(b'\\') if escapes => at += 2,
            Some(b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            Some(b'\'') => {
                let end = at + 1;
                let next = run(bytes, end, is_space);
                let goes_on = bytes.get(next) == Some(&b'\'')
                    && bytes[end..next].iter().any(|&byte| byte == b'\n' || byte == b'\r');
                if !goes_on {
                    return Ok(end);
                }
                at = next + 1;
            }
            Some(_) => at += 1,
        }
    }
}

fn quoted_name(bytes: &[u8], start: usize, open: usize) -> Result<usize, Unterminated> {
    let mut at = open + 1;
    loop {
        match bytes.get(at) {
            None => return Err(Unterminated { what: Open::Name, start }),
            Some(b'"') if bytes.get(at + 1) == Some(&b'"') => at += 2,
            Some(b'"') => return Ok(at + 1),
            Some(_) => at += 1,
        }
    }
}

/// The end of `$tag$` at `start`, if one opens there.
fn dollar_tag(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = start + 1;
    if bytes.get(end).is_some_and(|&byte| starts_name(byte)) {
        end = run(bytes, end, |byte| starts_name(byte) || byte.is_ascii_digit());
    }
    (bytes.get(end) == Some(&b'$')).then_some(end + 1)
}

fn number(bytes: &[u8], start: usize) -> usize {
    let mut end = run(bytes, start, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // `1..10` is a range of PL/pgSQL, not a fraction.
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1) != Some(&b'.') {
        end = run(bytes, end + 1, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    }
    if matches!(bytes[end - 1], b'e' | b'E') && matches!(bytes.get(end), Some(b'+' | b'-')) {
        end = run(bytes, end + 1, |byte| byte.is_ascii_digit());
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(source: &str) -> Vec<(TokenKind, &str)> {
        meant_tokens(source).unwrap().iter().map(|token| (token.kind, token.text(source))).collect()
    }

    #[test]
    fn tokens_of_every_kind() {
        use TokenKind::*;
        for (source, expected) in [
            ("a -- b\nc", vec![(Word, "a"), (Word, "c")]),
            // A carriage return alone ends it too, for the server as for psql.
            ("a -- b\rc -- d\r\ne", vec![(Word, "a"), (Word, "c"), (Word, "e")]),
            ("a /* x /* y */ ; */ b", vec![(Word, "a"), (Word, "b")]),
            (
                "'a''b;' E'a\\';' U&'x' U&\"d;\"",
                vec![(Text, "'a''b;'"), (Text, "E'a\\';'"), (Text, "U&'x'"), (QuotedName, "U&\"d;\"")],
            ),
            ("E'a'\n  'b\\';'", vec![(Text, "E'a'\n  'b\\';'")]),
            ("'a\\' 1", vec![(Text, "'a\\'"), (Number, "1")]),
            ("$$;$$ $q$ $$ ; $q$ $1", vec![(Text, "$$;$$"), (Text, "$q$ $$ ; $q$"), (Parameter, "$1")]),
            ("a$b$ \"x\"\"y\"", vec![(Word, "a$b$"), (QuotedName, "\"x\"\"y\"")]),
            ("x::int 1.5e-3 .5", vec![(Word, "x"), (Symbol, "::"), (Word, "int"), (Number, "1.5e-3"), (Number, ".5")]),
            ("größe$tägé$x", vec![(Word, "größe$tägé$x")]),
        ] {
            assert_eq!(shapes(source), expected, "{source}");
        }
    }

    #[test]
    fn what_nothing_ends_names_where_it_started() {
        for (source, what, start) in [
            ("a 'b", Open::Text, 2),
            ("a \"b", Open::Name, 2),
            ("a /* /* */", Open::Comment, 2),
            ("a $x$ $y$", Open::DollarQuoted, 2),
            ("a E'b\\'", Open::Text, 2),
        ] {
            assert_eq!(meant_tokens(source), Err(Unterminated { what, start }), "{source}");
        }
    }
}
