//! Text of others where people read it: a name from a catalog, a plan or a journal may hold what a terminal obeys, or
//! what lets it look like another one.
//!
//! Must not know: where it is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is obeyed rather than shown, or changes the order in which others are shown. The end of a line
/// and the tabulator are not among them.
pub fn is_unseen(c: char) -> bool {
    let orders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    (c.is_control() && !matches!(c, '\n' | '\t')) || orders || breaks
}

/// Whether a name can stand in a line and be taken for nothing else.
pub fn is_plain(name: &str) -> bool {
    !name.chars().any(|c| is_unseen(c) || matches!(c, '\n' | '\t'))
}

/// The text with each of these written out, as in `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 8), |mut shown, c| {
        match is_unseen(c) {
            true => drop(write!(shown, "{}", c.escape_unicode())),
            false => shown.push(c),
        }
        shown
    }))
}

/// The same on one line.
pub fn on_one_line(text: &str) -> String {
    visible(text)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for (text, shown) in [
            ("größe 日本\n\tx", "größe 日本\n\tx"),
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("a\rb\u{9b}31m\u{7f}", "a\\u{d}b\\u{9b}31m\\u{7f}"),
            ("user\u{202e}nimda", "user\\u{202e}nimda"),
        ] {
            assert_eq!(visible(text), shown);
        }
        assert_eq!(on_one_line("a\n  b\u{7}\n\n"), "a b\\u{7}");
        assert!(is_plain("one \"we\"\"ird\" ' name; 日本") && !is_plain("a\nb") && !is_plain("\u{1b}"));
    }
}
