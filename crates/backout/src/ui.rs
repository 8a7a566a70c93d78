//! The only place that writes: data to stdout, everything else to stderr; with `--json` exactly one document on stdout.
//!
//! Must not know: what a command does. Text is readable without colour; progress is drawn on a terminal only.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use backout_plan::visible::{on_one_line, visible};
pub use backout_plan::wording::{count, duration, moment, span};
use backout_plan::{Exit, Finding, Severity};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::error::CommandError;
use crate::global::Global;
use crate::hints;

/// Where a command says something.
#[derive(Debug)]
pub struct Ui {
    json: bool,
    progress: bool,
    /// A bar is drawn instead of printing a line for each statement.
    drawn: bool,
    /// On stderr.
    colour: bool,
    /// On stdout, which may go elsewhere.
    colour_out: bool,
    /// Whether stdout is read by eye.
    terminal_out: bool,
    interactive: bool,
    state: Mutex<State>,
}

/// Between two lines about progress, where there is no terminal to draw on.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
struct State {
    bar: Option<ProgressBar>,
    /// When the last line about progress was written.
    said: Option<Instant>,
    result: Option<Value>,
}

/// Colours of the few words that have one.
#[derive(Debug, Clone, Copy)]
pub enum Paint {
    Bad,
    Warning,
    Good,
    Quiet,
}

/// Ends a colour.
const RESET: &str = "\x1b[0m";

impl Paint {
    fn on(self, text: &str) -> String {
        format!("{}{text}{RESET}", self.code())
    }

    /// The first colour or end of one in a text, with what is before and behind it.
    fn first(text: &str) -> Option<(&str, &str, &str)> {
        let codes = [Self::Bad, Self::Warning, Self::Good, Self::Quiet].map(Self::code);
        let (at, code) = codes.iter().chain([&RESET]).filter_map(|code| Some((text.find(code)?, code))).min()?;
        Some((&text[..at], &text[at..at + code.len()], &text[at + code.len()..]))
    }

    fn code(self) -> &'static str {
        match self {
            Self::Bad => "\x1b[1;31m",
            Self::Warning => "\x1b[1;33m",
            Self::Good => "\x1b[1;32m",
            Self::Quiet => "\x1b[2m",
        }
    }
}

impl Ui {
    pub fn new(global: &Global) -> Self {
        let terminal = io::stderr().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            json: global.json,
            progress: !global.no_progress,
            drawn: terminal && !plain,
            colour: terminal && !plain,
            terminal_out: io::stdout().is_terminal(),
            colour_out: io::stdout().is_terminal() && !plain,
            interactive: terminal && io::stdin().is_terminal() && !global.json,
            state: Mutex::new(State::default()),
        }
    }

    /// A line of data. Nothing with `--json`: there the result carries it.
    pub fn out(&self, text: impl AsRef<str>) {
        if !self.json {
            // A script must stay what it is; who looks at it on a terminal must not be deceived by a name in it.
            let text = if self.terminal_out { shown(text.as_ref(), self.colour_out) } else { text.as_ref().into() };
            // Who closes the pipe early has seen enough.
            let _ = writeln!(io::stdout(), "{text}");
        }
    }

    /// A line for whoever watches.
    pub fn say(&self, text: impl AsRef<str>) {
        let text = shown(text.as_ref(), self.colour);
        match &self.state().bar {
            Some(bar) => bar.suspend(|| stderr(&text)),
            None => stderr(&text),
        }
    }

    /// Something that happened in work that goes on for long: a line for whoever watches, one of JSON with `--json`.
    pub fn happened(&self, text: impl AsRef<str>, value: &impl serde::Serialize) {
        match serde_json::to_string(value) {
            Ok(line) if self.json => stderr(&line),
            _ => self.say(text),
        }
    }

    pub fn warn(&self, text: impl AsRef<str>) {
        self.say(format!("{}: {}", self.paint(Paint::Warning, "warning"), text.as_ref()));
    }

    pub fn hint(&self, text: impl AsRef<str>) {
        self.say(format!("hint: {}", text.as_ref()));
    }

    /// What `--json` prints in the end. The last one counts.
    pub fn result(&self, value: Value) {
        self.state().result = Some(value);
    }

    /// A field more of what `--json` prints in the end.
    pub fn add_to_result(&self, name: &str, value: Value) {
        if let Some(Value::Object(result)) = &mut self.state().result {
            result.insert(name.to_owned(), value);
        }
    }

    /// A finding as data.
    pub fn finding(&self, finding: &Finding) {
        let hints = hints::of_finding(finding);
        let finding = &Finding { hint: None, ..finding.clone() };
        let paint = match finding.severity {
            Severity::Error => Paint::Bad,
            Severity::Warning => Paint::Warning,
            Severity::Note => Paint::Quiet,
        };
        let word = finding.severity.to_string();
        let text = finding.to_string();
        let rest = text.strip_prefix(&word).unwrap_or(&text);
        self.out(format!("{}{rest}", self.paint_out(paint, &word)));
        hints.iter().for_each(|hint| self.out(format!("  hint: {hint}")));
    }

    /// A word for [`Ui::say`].
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        if self.colour { paint.on(text) } else { text.to_owned() }
    }

    /// A word for [`Ui::out`].
    pub fn paint_out(&self, paint: Paint, text: &str) -> String {
        if self.colour_out { paint.on(text) } else { text.to_owned() }
    }

    /// Rows in columns, the last one as long as it wants.
    pub fn table(&self, head: &[&str], rows: &[Vec<String>]) {
        for line in columns(head, rows) {
            self.out(line);
        }
    }

    /// Says what is being done until [`Ui::end`].
    pub fn begin(&self, what: &str) {
        if !self.progress {
            return;
        }
        if !self.drawn {
            self.say(what);
            return;
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(on_one_line(what));
        bar.enable_steady_tick(Duration::from_millis(120));
        if let Some(former) = self.state().bar.replace(bar) {
            former.finish_and_clear();
        }
    }

    /// How far it is; without a terminal, a line now and then.
    pub fn progress(&self, text: &str) {
        if !self.progress {
            return;
        }
        if let Some(bar) = self.bar() {
            bar.set_message(on_one_line(text));
            return;
        }
        let mut state = self.state();
        if state.said.is_none_or(|at| at.elapsed() >= BETWEEN_LINES) {
            state.said = Some(Instant::now());
            drop(state);
            self.say(format!("  {text}"));
        }
    }

    pub fn end(&self) {
        self.state().said = None;
        let bar = self.state().bar.take();
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }

    /// A statement of a migration that begins.
    pub fn statement(&self, location: &str, text: &str) {
        if !self.progress {
            return;
        }
        let text = short(&visible(text));
        match self.bar() {
            Some(bar) => bar.set_message(on_one_line(&format!("{location} {text}"))),
            None => self.say(format!("  {location} {text}")),
        }
    }

    /// Something that was done on the way.
    pub fn step(&self, text: impl AsRef<str>) {
        if self.progress {
            self.say(format!("  {}", text.as_ref()));
        }
    }

    /// Asks for a word to be typed. `None`: nobody is there to answer.
    pub fn ask(&self, question: &str, word: &str) -> Option<bool> {
        if !self.interactive {
            return None;
        }
        self.say(question);
        let _ = write!(io::stderr(), "Type {} to go on: ", on_one_line(word));
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        Some(read.is_ok() && answer.trim() == word)
    }

    /// Prints the error, if it is one, and the document of `--json`.
    pub fn finish(&self, outcome: Result<Exit, CommandError>) -> Exit {
        self.end();
        let exit = match &outcome {
            Ok(exit) => *exit,
            Err(error) => error.exit(),
        };
        if let Err(error) = &outcome {
            self.say(error.text(&|word| self.paint(Paint::Bad, word)));
        }
        if self.json {
            let mut document = json!({ "exit": { "code": exit.code(), "name": exit.name() } });
            if let Some(result) = self.state().result.take() {
                document["result"] = result;
            }
            if let Err(error) = &outcome {
                document["error"] = error.json();
            }
            let _ = writeln!(io::stdout(), "{document:#}");
        }
        let _ = io::stdout().flush();
        exit
    }

    fn bar(&self) -> Option<ProgressBar> {
        self.state().bar.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Help, version, or a command line that cannot be read.
pub fn usage(said: &clap::Error, json: bool) -> std::process::ExitCode {
    let exit = if said.use_stderr() { Exit::Usage } else { Exit::Ok };
    let _ = said.print();
    if json && exit == Exit::Usage {
        let text = said.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let document = json!({ "exit": { "code": exit.code(), "name": exit.name() }, "error": { "message": message } });
        let _ = writeln!(io::stdout(), "{document:#}");
    }
    exit.into()
}

/// `512 B`, `8 kB`, `1.5 GB`, in powers of 1024 as PostgreSQL counts.
pub fn bytes(count: i64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1024.0 {
            return if unit == "B" || value >= 10.0 {
                format!("{value:.0} {unit}")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TB")
}

/// The beginning of a statement on one line.
fn short(text: &str) -> String {
    const LIMIT: usize = 90;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LIMIT {
        return line;
    }
    let cut: String = line.chars().take(LIMIT - 1).collect();
    format!("{cut}…")
}

/// A text of ours with names of others in it: what a terminal would obey is written out, but for our own colours.
fn shown(text: &str, colour: bool) -> String {
    let Some((before, ours, rest)) = Paint::first(text).filter(|_| colour) else { return visible(text).into_owned() };
    format!("{}{ours}{}", visible(before), shown(rest, colour))
}

/// Each row is one line, whatever is in its cells.
fn columns(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| on_one_line(cell)).collect()).collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    std::iter::once(line(&head)).chain(rows.iter().map(|row| line(row))).collect()
}

fn stderr(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        for (size, words) in [(0, "0 B"), (1023, "1023 B"), (8192, "8.0 kB"), (16384, "16 kB"), (1 << 40, "1.0 TB")] {
            assert_eq!(bytes(size), words);
        }
    }

    #[test]
    fn only_our_own_colours_are_obeyed() {
        let text = format!("{}: table \"a\x1b[2J\u{202e}\"", Paint::Bad.on("error"));
        assert_eq!(shown(&text, true), "\x1b[1;31merror\x1b[0m: table \"a\\u{1b}[2J\\u{202e}\"");
        assert!(!shown(&text, false).contains('\x1b'));
        let rows = vec![vec!["a\nb\x07".to_owned(), "c\n\nd".to_owned()]];
        assert_eq!(columns(&["n", "v"], &rows)[1], "a b\\u{7}  c d");
    }

    #[test]
    fn columns_line_up_by_characters() {
        let rows = vec![vec!["größe".to_owned(), "x".to_owned()], vec!["a".to_owned(), "y".to_owned()]];
        assert_eq!(columns(&["n", "v"], &rows), ["n      v", "größe  x", "a      y"]);
    }

    #[test]
    fn long_statements_become_one_short_line() {
        assert_eq!(short("SELECT\n  1"), "SELECT 1");
        assert_eq!(short(&"x".repeat(200)).chars().count(), 90);
    }
}
