//! Lines as Markdown of a service that reads it. All text is escaped; where a service finds mentions after it has read
//! the Markdown, a space of no width parts them.
//!
//! Must not know: what is said.

use super::text::{Form, Line, Piece, same_address};

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Finds mentions, numbers of issues and names of pictures in the finished text.
    GitHub,
    /// Takes a backslash before any sign.
    Plain,
}

/// Parts what would be found together.
const NOTHING: char = '\u{200b}';

pub(super) fn render(lines: &[Line], dialect: Dialect) -> String {
    let mut all = String::new();
    let mut last: Option<Form> = None;
    for line in lines {
        let is_list = |form: Form| matches!(form, Form::Bullet | Form::Number(_));
        if let Some(last) = last {
            all.push('\n');
            // A line behind a list would belong to its last item.
            if is_list(last) != is_list(line.form) || (last == Form::Heading && !line.is_empty()) {
                all.push('\n');
            }
        }
        last = Some(line.form);
        let inside: String = line.pieces.iter().enumerate().map(|(at, one)| piece(one, at == 0, dialect)).collect();
        match line.form {
            Form::Plain => {}
            Form::Heading => all.push_str("### "),
            Form::Bullet => all.push_str("- "),
            Form::Number(number) => all.push_str(&format!("{number}. ")),
        }
        all.push_str(&inside);
    }
    all
}

fn piece(piece: &Piece, is_first: bool, dialect: Dialect) -> String {
    // Code has no way to write its own mark.
    let inside = match piece.code && !piece.text.contains('`') {
        true => format!("`{}`", piece.text),
        false => escape(&piece.text, is_first && !piece.bold && piece.link.is_none(), dialect),
    };
    let inside = match piece.link.as_deref() {
        Some(link) if same_address(link, &piece.text) && dialect == Dialect::GitHub => format!("<{link}>"),
        Some(link) => format!("[{inside}]({link})"),
        None => inside,
    };
    if !piece.bold || piece.text.trim().is_empty() {
        return inside;
    }
    // Blanks belong outside, or it would not be bold.
    let core = inside.trim();
    let at = inside.len() - inside.trim_start().len();
    format!("{}**{core}**{}", &inside[..at], &inside[at + core.len()..])
}

/// A text that stands there as it is.
pub(super) fn escape(text: &str, begins_line: bool, dialect: Dialect) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = &chars[at + 1..];
        let follows = |with: &str| with.chars().zip(after).filter(|(one, other)| one == *other).count() == with.len();
        let is_bare = match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '$' | '^' | '!' => {
                false
            }
            // In GitHub's a backslash would be gone before mentions are looked for.
            '@' => dialect == Dialect::GitHub,
            ':' => !follows("//"),
            '.' => {
                !(at >= 3 && chars[at - 3..at].iter().all(|c| matches!(c, 'w' | 'W'))
                    || is_number(&chars[..at], begins_line))
            }
            ')' => !is_number(&chars[..at], begins_line),
            '-' | '+' | '=' => !(begins_line && at == 0),
            _ => true,
        };
        if !is_bare {
            escaped.push('\\');
        }
        escaped.push(c);
        let is_found = match c {
            '@' => !before.is_some_and(char::is_alphanumeric) && after.first().is_some_and(|c| c.is_alphanumeric()),
            '#' => after.first().is_some_and(char::is_ascii_digit),
            '-' => before.is_some_and(|c| c == 'H' || c == 'h') && after.first().is_some_and(char::is_ascii_digit),
            ':' => names_picture(after),
            _ => false,
        };
        if is_found && dialect == Dialect::GitHub {
            escaped.push(NOTHING);
        }
    }
    escaped
}

/// Whether a line begins with these digits alone, so that it would be an item of a list.
fn is_number(before: &[char], begins_line: bool) -> bool {
    begins_line && !before.is_empty() && before.iter().all(char::is_ascii_digit)
}

/// Whether the colon before it begins the name of a picture, as in `:tada:`.
fn names_picture(after: &[char]) -> bool {
    let is_part = |c: &&char| c.is_ascii_alphanumeric() || "_+-".contains(**c);
    let length = after.iter().take_while(is_part).count();
    length > 0 && after.get(length) == Some(&':')
}
