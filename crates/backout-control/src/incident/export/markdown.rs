//! A document as Markdown, in the form that GitHub reads. Text of others stays text: it makes no markup, no line and no
//! cell.
//!
//! Must not know: what a document is about.

use backout_plan::visible::on_one_line;
use backout_plan::wording::moment;

use super::{Block, Cell, Document};

/// What would be markup somewhere in a line.
const MARKUP: &str = "\\`*_{}[]()#!|<>&~$^";

pub(super) fn written(document: &Document) -> String {
    let mut text = format!("# {}\n", escaped(&document.title));
    for block in &document.blocks {
        text.push('\n');
        write(&mut text, block);
    }
    text
}

fn write(text: &mut String, block: &Block) {
    match block {
        Block::Heading(title) => text.push_str(&format!("## {}\n", escaped(title))),
        Block::Subheading(title) => text.push_str(&format!("### {}\n", escaped(title))),
        Block::Paragraph(said) => text.push_str(&format!("{}\n", escaped(said))),
        Block::Blank(what) => text.push_str(&format!("**{}:** …\n", escaped(what))),
        Block::Facts(facts) => {
            for (name, cell) in facts {
                text.push_str(&format!("- **{}:** {}\n", escaped(name), shown(cell)));
            }
        }
        Block::List(lines) => {
            for line in lines {
                text.push_str(&format!("- {}\n", escaped(line)));
            }
        }
        Block::Table { head, rows, .. } => {
            row(text, head.iter().map(|one| escaped(one)));
            row(text, head.iter().map(|_| "---".to_owned()));
            for cells in rows {
                row(text, cells.iter().map(shown));
            }
        }
    }
}

fn row(text: &mut String, cells: impl Iterator<Item = String>) {
    text.push('|');
    for cell in cells {
        text.push(' ');
        text.push_str(&cell);
        text.push_str(" |");
    }
    text.push('\n');
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Toned(_, text) => escaped(text),
        Cell::Time(at) => moment(*at),
        Cell::Code(text) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => format!("`{text}`"),
        Cell::Code(text) => escaped(text),
    }
}

/// Text on one line, in which nothing is markup.
fn escaped(text: &str) -> String {
    let line = on_one_line(text);
    let mut shown = String::with_capacity(line.len() + 8);
    // What begins a list, a quote or a rule does so only at the beginning.
    let number = line.trim_start_matches(|one: char| one.is_ascii_digit());
    let is_number = number.len() < line.len() && number.starts_with(['.', ')']);
    let mut end_of_number = is_number.then(|| line.len() - number.len());
    for (at, one) in line.char_indices() {
        let begins = at == 0 && "-+=:".contains(one);
        let links = one == ':' && line[at..].starts_with("://");
        let web = one == '.' && line[..at].to_ascii_lowercase().ends_with("www");
        if MARKUP.contains(one) || begins || links || web || end_of_number == Some(at) {
            shown.push('\\');
            if end_of_number == Some(at) {
                end_of_number = None;
            }
        }
        shown.push(one);
    }
    // A name behind an `@` would be called, whatever is around it.
    shown.replace('@', "@\u{200b}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_no_markup() {
        for (text, shown) in [
            ("plain text, 1.5 s: fine - really", "plain text, 1.5 s: fine - really"),
            ("# a\n- b\n\n| c | **d** |", "\\# a - b \\| c \\| \\*\\*d\\*\\* \\|"),
            ("- a", "\\- a"),
            ("1. a", "1\\. a"),
            ("12) a", "12\\) a"),
            ("<script>x</script>&amp;", "\\<script\\>x\\</script\\>\\&amp;"),
            ("[x](javascript:y) ![z](a)", "\\[x\\]\\(javascript:y\\) \\!\\[z\\]\\(a\\)"),
            ("http://evil www.evil.com", "http\\://evil www\\.evil.com"),
            ("`a` \\ $x$", "\\`a\\` \\\\ \\$x\\$"),
            ("by @channel", "by @\u{200b}channel"),
            ("a\u{202e}b\u{1b}[2J", "a\\\\u\\{202e\\}b\\\\u\\{1b\\}\\[2J"),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }
}
