//! The words of one statement: enough to tell what it is and whom it names. The server alone decides what it means.
//!
//! Must not know: files, sessions.

use backout_sql::lexer::{Open, TokenKind, next_token};

/// How far into a statement is looked: everything that sorts it stands at its beginning or in a short one.
pub const FAR: usize = 16 << 10;

/// A word of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A keyword or a name without quotes, in small letters.
    Plain(String),
    /// A name in quotes, without them.
    Quoted(String),
    /// Any text or number: what it says may be a secret, so it is not here.
    Value,
    Symbol(char),
}

impl Word {
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Plain(word) if word == keyword)
    }

    /// What it names, if it can be a name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Plain(name) | Self::Quoted(name) => Some(name),
            Self::Value | Self::Symbol(_) => None,
        }
    }
}

/// The words at the beginning of a statement, comments left out. What is cut off in the middle goes to the end.
pub fn words(text: &str) -> Vec<Word> {
    let mut end = FAR.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let (mut found, mut at) = (Vec::new(), 0);
    loop {
        let token = match next_token(text, at) {
            Ok(Some(token)) => token,
            Ok(None) => return found,
            Err(open) => {
                found.extend(match open.what {
                    Open::Comment => None,
                    Open::Name => Some(Word::Quoted(unquoted(&text[open.start..]))),
                    Open::Text | Open::DollarQuoted => Some(Word::Value),
                });
                return found;
            }
        };
        at = token.end;
        let said = token.text(text);
        match token.kind {
            TokenKind::Space | TokenKind::Comment => {}
            TokenKind::Word => found.push(Word::Plain(said.to_ascii_lowercase())),
            TokenKind::QuotedName => found.push(Word::Quoted(unquoted(said))),
            TokenKind::Text | TokenKind::Number | TokenKind::Parameter => found.push(Word::Value),
            TokenKind::Symbol => found.extend(said.chars().map(Word::Symbol)),
        }
    }
}

/// A name as it is between its quotes.
fn unquoted(name: &str) -> String {
    let inside = &name[name.find('"').map_or(0, |quote| quote + 1)..];
    inside.strip_suffix('"').unwrap_or(inside).replace("\"\"", "\"")
}

/// The name that begins at a place: its schema, if it says one, its own, and where what follows begins.
pub fn qualified(words: &[Word], at: usize) -> Option<(Option<String>, String, usize)> {
    let first = words.get(at)?.name()?.to_owned();
    if words.get(at + 1) != Some(&Word::Symbol('.')) {
        return Some((None, first, at + 1));
    }
    Some((Some(first), words.get(at + 2)?.name()?.to_owned(), at + 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let plain = |word: &str| Word::Plain(word.to_owned());
        for (text, expected) in [
            ("ALTER Role \"A\"\"b\"", vec![plain("alter"), plain("role"), Word::Quoted("A\"b".to_owned())]),
            ("x 'se''cret' E'a\\'b' $$q$$ $t$ $$ $t$ 1.5 y", {
                let mut words = vec![plain("x")];
                words.extend(vec![Word::Value; 5]);
                words.push(plain("y"));
                words
            }),
            (
                "/* a /* b */ c */ größe -- x\n.\"t\"",
                vec![plain("größe"), Word::Symbol('.'), Word::Quoted("t".to_owned())],
            ),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        for (text, expected) in [
            ("x 'secret", vec![plain("x"), Word::Value]),
            ("x \"a\"\"b", vec![plain("x"), Word::Quoted("a\"b".to_owned())]),
            ("x /* y", vec![plain("x")]),
            ("x $t$ y $", vec![plain("x"), Word::Value]),
            ("x -- y\rz", vec![plain("x"), plain("z")]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(qualified(&words("a.\"B c\" d"), 0), Some((Some("a".to_owned()), "B c".to_owned(), 3)));
        assert_eq!(qualified(&words("a d"), 0), Some((None, "a".to_owned(), 1)));
        assert_eq!(qualified(&words("(x)"), 0), None);
    }
}
