//! A document as HTML that needs nothing else: no script, no address, one style whose digest its own policy names. It
//! reads by day, by night and on paper.
//!
//! Must not know: what a document is about.

use std::fmt::Write as _;

use backout_plan::visible::is_unseen;
use backout_plan::wording::moment;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::{Block, Cell, Document, Tone};

const STYLE: &str = include_str!("document.css");
/// Characters of a word that is never parted.
const WORD: usize = 24;

pub(super) fn written(document: &Document) -> String {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let mut text = String::with_capacity(64 * 1024);
    text.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let _ = writeln!(
        text,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; \
         base-uri 'none'; form-action 'none'\">"
    );
    text.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    text.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    escape(&mut text, &document.title);
    let _ = write!(text, "</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n");
    element(&mut text, "h1", &document.title);
    let mut is_in_section = false;
    for block in &document.blocks {
        if let Block::Heading(title) = block {
            text.push_str(if is_in_section { "</section>\n<section>\n" } else { "<section>\n" });
            is_in_section = true;
            element(&mut text, "h2", title);
        } else {
            write(&mut text, block);
        }
    }
    if is_in_section {
        text.push_str("</section>\n");
    }
    text.push_str("</main>\n</body>\n</html>\n");
    text
}

fn element(text: &mut String, name: &str, inside: &str) {
    let _ = write!(text, "<{name}>");
    escape(text, inside);
    let _ = writeln!(text, "</{name}>");
}

fn write(text: &mut String, block: &Block) {
    match block {
        Block::Heading(_) => {}
        Block::Subheading(title) => element(text, "h3", title),
        Block::Paragraph(said) => element(text, "p", said),
        Block::Blank(what) => {
            text.push_str("<p class=\"blank\"><strong>");
            escape(text, what);
            text.push_str("</strong></p>\n");
        }
        Block::Facts(facts) => {
            text.push_str("<dl>\n");
            for (name, cell) in facts {
                text.push_str("<div><dt>");
                escape(text, name);
                text.push_str("</dt><dd>");
                shown(text, cell);
                text.push_str("</dd></div>\n");
            }
            text.push_str("</dl>\n");
        }
        Block::List(lines) => {
            text.push_str("<ul>\n");
            lines.iter().for_each(|line| element(text, "li", line));
            text.push_str("</ul>\n");
        }
        Block::Table { caption, head, rows, named } => {
            let class = if *named { "named" } else { "lines" };
            let _ = write!(text, "<table class=\"{class}\">\n<caption>");
            escape(text, caption);
            text.push_str("</caption>\n<thead><tr>");
            for one in head {
                text.push_str("<th scope=\"col\">");
                escape(text, one);
                text.push_str("</th>");
            }
            text.push_str("</tr></thead>\n<tbody>\n");
            for cells in rows {
                text.push_str("<tr>");
                for (cell, name) in cells.iter().zip(head) {
                    // An empty one takes no line where each has its own.
                    match *named && !cell.is_empty() {
                        true => {
                            text.push_str("<td data-name=\"");
                            escape(text, name);
                            text.push_str("\">");
                        }
                        false => text.push_str("<td>"),
                    }
                    shown(text, cell);
                    text.push_str("</td>");
                }
                text.push_str("</tr>\n");
            }
            text.push_str("</tbody>\n</table>\n");
        }
    }
}

fn shown(text: &mut String, cell: &Cell) {
    match cell {
        Cell::Text(said) => parted(text, said),
        Cell::Time(at) => {
            let _ = write!(text, "<time datetime=\"{at}\">{}</time>", moment(*at));
        }
        Cell::Toned(_, said) if said.is_empty() => {}
        Cell::Toned(tone, said) => {
            let tone = match tone {
                Tone::Good => "good",
                Tone::Warn => "warn",
                Tone::Bad => "bad",
                Tone::Quiet => "quiet",
            };
            let _ = write!(text, "<span class=\"{tone}\">");
            parted(text, said);
            text.push_str("</span>");
        }
        Cell::Code(said) => {
            text.push_str("<code>");
            escape(text, said);
            text.push_str("</code>");
        }
    }
}

/// The same with places where a word may be parted that is longer than a column is wide: no other word ever is.
fn parted(text: &mut String, said: &str) {
    for word in said.split_inclusive(|one: char| one.is_whitespace() || one == '-') {
        if word.len() <= WORD {
            escape(text, word);
            continue;
        }
        let mut rest = word;
        while let Some((at, _)) = rest.char_indices().nth(WORD) {
            // Behind a sign that parts it anyway, where there is one.
            let signs = |one: char| "/._@:,;=".contains(one);
            let end = rest[..at].rfind(signs).map_or(at, |sign| sign + 1);
            escape(text, &rest[..end]);
            text.push_str("<wbr>");
            rest = &rest[end..];
        }
        escape(text, rest);
    }
}

/// What a browser shows as this text.
fn escape(text: &mut String, said: &str) {
    for one in said.chars() {
        match one {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            one if is_unseen(one) => text.push(char::REPLACEMENT_CHARACTER),
            one => text.push(one),
        }
    }
}
