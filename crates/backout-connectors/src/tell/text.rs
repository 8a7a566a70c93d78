//! What templates say, read once: light Markdown becomes lines of pieces whose text is literal. A channel gives these its
//! own form and escapes all text, so nothing that a value holds is ever markup.
//!
//! Templates may write `*bold*` or `**bold**`, `` `code` ``, `[label](https://…)`, bare addresses, `- ` and `1. ` lists
//! and `# ` headings. A backslash takes the meaning from the sign after it.
//!
//! Must not know: any service.

use std::fmt::Write as _;

use backout_plan::visible::on_one_line;
use reqwest::Url;
use serde::{Deserialize, Serialize};

/// A filled template: what its author wrote, and what was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Span>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Of the template: signs mean something.
    Markup(String),
    /// Filled in: shown as it is, on one line.
    Value(String),
}

/// One line, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) form: Form,
    pub(super) pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Heading,
    Bullet,
    Number(u32),
}

/// Text of one look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) bold: bool,
    pub(super) code: bool,
    /// An address that [`address`] has let pass.
    pub(super) link: Option<String>,
}

/// A character, and whether it was filled in.
type Sign = (char, bool);

impl Text {
    pub fn markup(text: impl Into<String>) -> Self {
        Self(vec![Span::Markup(text.into())])
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        let mut signs: Vec<Sign> = Vec::new();
        for span in &self.0 {
            match span {
                Span::Markup(text) => signs.extend(text.chars().filter(|c| *c != '\r').map(|c| (c, false))),
                Span::Value(text) => signs.extend(on_one_line(text).chars().map(|c| (c, true))),
            }
        }
        let mut lines: Vec<Line> = signs.split(|sign| *sign == ('\n', false)).map(line).collect();
        while lines.last().is_some_and(Line::is_empty) {
            lines.pop();
        }
        lines
    }
}

impl Piece {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: true, ..Self::default() }
    }

    /// Plain text where the address is none.
    pub(super) fn link(label: impl Into<String>, url: &str) -> Self {
        Self { text: label.into(), link: address(url), ..Self::default() }
    }
}

impl Line {
    pub(super) fn plain(pieces: Vec<Piece>) -> Self {
        Self { form: Form::Plain, pieces }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.form == Form::Plain && self.pieces.iter().all(|piece| piece.text.is_empty())
    }
}

fn line(signs: &[Sign]) -> Line {
    let is_blank = |sign: &&Sign| sign.0.is_whitespace();
    let start = signs.iter().take_while(is_blank).count();
    let end = signs.len() - signs[start..].iter().rev().take_while(is_blank).count();
    let signs = &signs[start..end];
    // What was filled in begins no list.
    let written: String = signs.iter().take_while(|sign| !sign.1).take(12).map(|sign| sign.0).collect();
    let digits = written.chars().take_while(char::is_ascii_digit).count();
    let number = || written.get(..digits)?.parse().ok().filter(|_| written[digits..].starts_with(". "));
    let (form, skip) = if ["- ", "* ", "+ ", "• "].iter().any(|mark| written.starts_with(mark)) {
        (Form::Bullet, 2)
    } else if let Some(number) = number() {
        (Form::Number(number), digits + 2)
    } else if written.trim_start_matches('#').starts_with(' ') && written.starts_with('#') {
        (Form::Heading, written.chars().take_while(|c| *c == '#').count() + 1)
    } else {
        (Form::Plain, 0)
    };
    Line { form, pieces: pieces(&signs[skip..]) }
}

/// Reads a line from left to right.
struct Reader {
    done: Vec<Piece>,
    open: Piece,
    /// How many asterisks have begun what is bold.
    stars: usize,
}

impl Reader {
    fn flush(&mut self) {
        let next = Piece { bold: self.stars > 0, ..Piece::default() };
        let piece = std::mem::replace(&mut self.open, next);
        if !piece.text.is_empty() {
            self.done.push(piece);
        }
    }

    fn push(&mut self, piece: Piece) {
        self.flush();
        self.done.push(Piece { bold: self.stars > 0, ..piece });
    }
}

fn pieces(signs: &[Sign]) -> Vec<Piece> {
    let mut reader = Reader { done: Vec::new(), open: Piece::default(), stars: 0 };
    let is = |at: usize, c: char| signs.get(at) == Some(&(c, false));
    let mut at = 0;
    while let Some(&(c, is_value)) = signs.get(at) {
        if is_value {
            reader.open.text.push(c);
            at += 1;
            continue;
        }
        match c {
            '\\' if signs.get(at + 1).is_some_and(|next| !next.1 && next.0.is_ascii_punctuation()) => {
                reader.open.text.push(signs[at + 1].0);
                at += 2;
            }
            '*' => {
                let run = if is(at + 1, '*') { 2 } else { 1 };
                if turns(signs, at, run, reader.stars) {
                    let stars = if reader.stars > 0 { 0 } else { run };
                    reader.flush();
                    reader.stars = stars;
                    reader.open.bold = stars > 0;
                } else {
                    reader.open.text.extend(std::iter::repeat_n('*', run));
                }
                at += run;
            }
            '`' => match (at + 1..signs.len()).find(|end| is(*end, '`')).filter(|end| *end > at + 1) {
                Some(end) => {
                    reader.push(Piece { text: text(&signs[at + 1..end]), code: true, ..Piece::default() });
                    at = end + 1;
                }
                None => {
                    reader.open.text.push(c);
                    at += 1;
                }
            },
            _ => match labelled(signs, at).or_else(|| bare(signs, at)) {
                Some((piece, end)) => {
                    reader.push(piece);
                    at = end;
                }
                None => {
                    reader.open.text.push(c);
                    at += 1;
                }
            },
        }
    }
    reader.flush();
    reader.done
}

/// Whether a run of asterisks begins or ends what is bold.
fn turns(signs: &[Sign], at: usize, run: usize, stars: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| signs.get(at)).map(|sign| sign.0);
    let after = signs.get(at + run).map(|sign| sign.0);
    let ends = |before: Option<char>| before.is_some_and(|c| !c.is_whitespace());
    if stars > 0 {
        return stars == run && ends(before);
    }
    let begins = after.is_some_and(|c| !c.is_whitespace()) && !before.is_some_and(char::is_alphanumeric);
    let is_run = |at: usize| signs[at..].iter().take_while(|sign| **sign == ('*', false)).count() == run;
    begins
        && (at + run + 1..signs.len())
            .any(|end| signs[end] == ('*', false) && is_run(end) && ends(Some(signs[end - 1].0)))
}

/// `[label](address)`, and where it ends.
fn labelled(signs: &[Sign], at: usize) -> Option<(Piece, usize)> {
    let find = |from: usize, c: char| (from..signs.len()).find(|at| signs[*at] == (c, false));
    if signs[at] != ('[', false) {
        return None;
    }
    let close = find(at + 1, ']')?;
    if signs.get(close + 1) != Some(&('(', false)) {
        return None;
    }
    let end = find(close + 2, ')')?;
    let url = filled(&signs[close + 2..end]);
    let label = text(&signs[at + 1..close]);
    let link = address(&url)?;
    let label = if label.trim().is_empty() { url } else { label };
    Some((Piece { text: label, link: Some(link), ..Piece::default() }, end + 1))
}

/// An address by itself, which the template begins.
fn bare(signs: &[Sign], at: usize) -> Option<(Piece, usize)> {
    let rest = &signs[at..];
    let begins = |with: &str| with.chars().zip(rest).all(|(c, sign)| *sign == (c, false)) && rest.len() > with.len();
    let is_inside = at.checked_sub(1).is_some_and(|before| signs[before].0.is_alphanumeric());
    if is_inside || !(begins("https://") || begins("http://")) {
        return None;
    }
    let is_part = |sign: &Sign| sign.1 || !(sign.0.is_whitespace() || "<>()[]*\"`".contains(sign.0));
    let mut length = rest.iter().take_while(|sign| is_part(sign)).count();
    while length > 0 && matches!(rest[length - 1], ('.' | ',' | ';' | ':' | '!' | '?', false)) {
        length -= 1;
    }
    let link = address(&filled(&rest[..length]))?;
    Some((Piece { text: text(&rest[..length]), link: Some(link), ..Piece::default() }, at + length))
}

fn text(signs: &[Sign]) -> String {
    signs.iter().map(|sign| sign.0).collect()
}

/// An address in which what was filled in behind its begin is encoded, so that it stays a part of what it was put into.
fn filled(signs: &[Sign]) -> String {
    let is_whole = signs.first().is_some_and(|sign| sign.1);
    let mut url = String::new();
    for (c, is_value) in signs {
        if !is_value || is_whole || c.is_ascii_alphanumeric() || "-._~/".contains(*c) {
            url.push(*c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                write!(url, "%{byte:02X}").unwrap_or_default();
            }
        }
    }
    url
}

/// An address that people may be led to, without a sign that ends an address anywhere.
pub(super) fn address(url: &str) -> Option<String> {
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let url: Url = url.parse().ok()?;
    let is_web = ["http", "https"].contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty());
    if !(is_web || url.scheme() == "mailto") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let mut safe = String::new();
    for c in url.as_str().chars() {
        match c {
            '(' | ')' | '<' | '>' | '|' | '"' | '\'' | '`' | '\\' | '*' | '[' | ']' => {
                write!(safe, "%{:02X}", u32::from(c)).unwrap_or_default();
            }
            c => safe.push(c),
        }
    }
    Some(safe)
}

/// The longest beginning that a service takes, with a note where that is not all. `size` says how long it is there.
pub(super) fn fit(lines: Vec<Line>, most: usize, note: &Line, size: &dyn Fn(&[Line]) -> usize) -> Vec<Line> {
    if size(&lines) <= most {
        return lines;
    }
    let begin = |length: usize| {
        let mut kept = keep(&lines, length);
        kept.push(note.clone());
        kept
    };
    let all: usize = lines.iter().flat_map(|line| &line.pieces).map(|piece| piece.text.chars().count()).sum();
    let (mut low, mut high) = (0, all);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if size(&begin(middle)) <= most { low = middle } else { high = middle - 1 }
    }
    begin(low)
}

/// So many characters, and a sign that there are more.
fn keep(lines: &[Line], length: usize) -> Vec<Line> {
    let mut left = length;
    let mut kept = Vec::new();
    for line in lines {
        let mut pieces = Vec::new();
        for piece in &line.pieces {
            let count = piece.text.chars().count();
            if count > left {
                let text: String = piece.text.chars().take(left).chain(['…']).collect();
                pieces.push(Piece { text, ..piece.clone() });
                kept.push(Line { form: line.form, pieces });
                return kept;
            }
            left -= count;
            pieces.push(piece.clone());
        }
        kept.push(Line { form: line.form, pieces });
    }
    kept
}

/// A text of at most so many units of UTF-16, which are never fewer than characters, cut with "…".
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// How long a text is in these units.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// As text without any markup.
pub(super) fn plain(lines: &[Line]) -> String {
    let mut all = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            all.push('\n');
        }
        match line.form {
            Form::Plain | Form::Heading => {}
            Form::Bullet => all.push_str("- "),
            Form::Number(number) => write!(all, "{number}. ").unwrap_or_default(),
        }
        for piece in &line.pieces {
            all.push_str(&piece.text);
            if let Some(link) = piece.link.as_deref().filter(|link| !same_address(link, &piece.text)) {
                write!(all, " ({link})").unwrap_or_default();
            }
        }
    }
    all
}

/// Whether a label is the address itself.
pub(super) fn same_address(link: &str, label: &str) -> bool {
    link.trim_end_matches('/') == label.trim_end_matches('/')
}

/// As HTML, for the body of a page.
pub(super) fn html(lines: &[Line]) -> String {
    let list = |form: Form| match form {
        Form::Bullet => Some("ul"),
        Form::Number(_) => Some("ol"),
        Form::Plain | Form::Heading => None,
    };
    let mut all = String::new();
    let mut open: Option<&str> = None;
    for line in lines {
        let next = list(line.form);
        if open != next {
            open.iter().for_each(|tag| all.push_str(&format!("</{tag}>\n")));
            next.iter().for_each(|tag| all.push_str(&format!("<{tag}>\n")));
            open = next;
        }
        let inside: String = line.pieces.iter().map(html_piece).collect();
        let tag = match line.form {
            Form::Heading => "h3",
            Form::Bullet | Form::Number(_) => "li",
            Form::Plain => "p",
        };
        if !line.is_empty() {
            writeln!(all, "<{tag}>{inside}</{tag}>").unwrap_or_default();
        }
    }
    open.iter().for_each(|tag| all.push_str(&format!("</{tag}>\n")));
    all
}

fn html_piece(piece: &Piece) -> String {
    let mut inside = html_text(&piece.text);
    if piece.code {
        inside = format!("<code>{inside}</code>");
    }
    if let Some(link) = &piece.link {
        inside = format!("<a href=\"{}\" rel=\"noopener noreferrer\">{inside}</a>", html_text(link));
    }
    if piece.bold { format!("<strong>{inside}</strong>") } else { inside }
}

pub(super) fn html_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
