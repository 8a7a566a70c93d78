//! The words of one statement: enough to tell what it is and whom it names. The server alone decides what it means.
//!
//! Must not know: files, sessions.

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

/// The words at the beginning of a statement, comments left out.
pub fn words(text: &str) -> Vec<Word> {
    let mut end = FAR.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let next = rest[first.len_utf8()..].chars().next();
        let length = match (first, next) {
            (first, _) if first.is_ascii_whitespace() => first.len_utf8(),
            ('-', Some('-')) => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            ('/', Some('*')) => comment(rest),
            ('"', _) => {
                let (name, length) = quoted(rest, '"', false);
                found.push(Word::Quoted(name));
                length
            }
            ('\'', _) => {
                found.push(Word::Value);
                quoted(rest, '\'', false).1
            }
            ('e' | 'E', Some('\'')) => {
                found.push(Word::Value);
                1 + quoted(&rest[1..], '\'', true).1
            }
            ('$', _) => match dollar(rest) {
                Some(length) => {
                    found.push(Word::Value);
                    length
                }
                None => 1,
            },
            (first, _) if first.is_alphabetic() || first == '_' || !first.is_ascii() => {
                let ends = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii());
                let length = rest.find(ends).unwrap_or(rest.len());
                found.push(Word::Plain(rest[..length].to_ascii_lowercase()));
                length
            }
            (first, _) if first.is_ascii_digit() => {
                found.push(Word::Value);
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(rest.len())
            }
            (first, _) => {
                found.push(Word::Symbol(first));
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    found
}

/// The name that begins at a place: its schema, if it says one, its own, and where what follows begins.
pub fn qualified(words: &[Word], at: usize) -> Option<(Option<String>, String, usize)> {
    let first = words.get(at)?.name()?.to_owned();
    if words.get(at + 1) != Some(&Word::Symbol('.')) {
        return Some((None, first, at + 1));
    }
    Some((Some(first), words.get(at + 2)?.name()?.to_owned(), at + 3))
}

fn comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (1_u32, 2);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => (depth, at) = (depth + 1, at + 2),
            (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// What stands between quotes, and how long it is with them. What nothing ends goes to the end.
fn quoted(text: &str, quote: char, escapes: bool) -> (String, usize) {
    let mut inside = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && escapes {
            inside.extend(chars.next().map(|(_, c)| c));
        } else if c == quote {
            if chars.next_if(|(_, next)| *next == quote).is_none() {
                return (inside, at + c.len_utf8());
            }
            inside.push(c);
        } else {
            inside.push(c);
        }
    }
    (inside, text.len())
}

fn dollar(text: &str) -> Option<usize> {
    let end = 1 + text[1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()))?;
    if !text[end..].starts_with('$') || text[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let tag = &text[..=end];
    Some(text[tag.len()..].find(tag).map_or(text.len(), |body| body + 2 * tag.len()))
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
        assert_eq!(qualified(&words("a.\"B c\" d"), 0), Some((Some("a".to_owned()), "B c".to_owned(), 3)));
        assert_eq!(qualified(&words("a d"), 0), Some((None, "a".to_owned(), 1)));
        assert_eq!(qualified(&words("(x)"), 0), None);
    }
}
