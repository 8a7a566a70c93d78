//! A template of a message, and what is made of it: a list of spans, of which the template's own text is markup, and
//! whatever was filled in is a value. Channels write values so that they mean nothing there.
//!
//! A template can load nothing, runs out of fuel, and makes no more than [`LONGEST`] bytes.
//!
//! Must not know: channels, or how any fact was found out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};

use backout_connectors::tell::{Span, Text};
use backout_plan::visible::on_one_line;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, UndefinedBehavior};

use super::check::{self, BLOCKS, Texts, Wrong, check};
use super::filters::{self, plain};
use super::variables::{Facts, Moment};

/// Bytes of a template.
const SOURCE: usize = 64 << 10;
/// Bytes of a message.
pub const LONGEST: usize = 128 << 10;
/// Characters of one value.
const VALUE: usize = 2_000;
/// Steps of the engine for one message.
const FUEL: u64 = 200_000;
/// A value begins and ends with one of these. No text has them: Unicode keeps them for use inside of a program.
const BEGIN: char = '\u{fdd0}';
const END: char = '\u{fdd1}';
/// What they are in a value.
const INSTEAD: &str = "\u{fffd}";
/// Under which name the engine has the template.
const NAME: &str = "message";

/// A template that was read through.
pub struct Template {
    environment: Environment<'static>,
    texts: BTreeSet<String>,
}

impl Template {
    /// Reads a template for messages of this moment, with these texts of the plan.
    ///
    /// # Errors
    /// All that is wrong with it, in its order.
    pub fn read(source: &str, moment: Moment, texts: Texts<'_>) -> Result<Self, Vec<Wrong>> {
        let whole = |said: String| vec![Wrong { line: 1, said, ..Wrong::default() }];
        if source.len() > SOURCE {
            return Err(whole(format!("a template has at most {} kB", SOURCE >> 10)));
        }
        if let Some(line) = source.lines().position(|line| line.contains([BEGIN, END])) {
            let said = "it has a character that no text has".to_owned();
            return Err(vec![Wrong { line: line + 1, said, ..Wrong::default() }]);
        }
        let checked = check(source, moment, texts)?;
        let mut environment = environment();
        let added = environment.add_template_owned(NAME, source.to_owned());
        added.map_err(|error| vec![check::of_engine(&error)])?;
        let this = Self { environment, texts: checked.texts };
        // What no look at it shows, such as a format of a time that is none.
        let given: BTreeMap<String, String> =
            texts.iter().map(|(name, _)| ((*name).to_owned(), String::from("…"))).collect();
        let needed = texts.iter().filter(|(_, is_given)| *is_given);
        let needed = needed.map(|(name, _)| ((*name).to_owned(), String::from("…"))).collect();
        this.render(&Facts::example_of(moment), &given).map_err(|wrong| vec![wrong])?;
        this.render(&Facts::least_of(moment), &needed).map_err(|wrong| vec![wrong])?;
        Ok(this)
    }

    /// Which texts of the plan it has.
    pub fn texts(&self) -> &BTreeSet<String> {
        &self.texts
    }

    /// Makes the message.
    ///
    /// # Errors
    /// Where it runs out of fuel or becomes too long, with the line of the template.
    pub fn render(&self, facts: &Facts, texts: &BTreeMap<String, String>) -> Result<Text, Wrong> {
        let facts = serde_json::to_value(facts).unwrap_or_default();
        let texts = self.texts.iter().map(|name| (name.clone(), texts.get(name).cloned())).collect();
        self.render_seen(facts, &texts)
    }

    /// The same of facts in the form that templates see.
    pub(super) fn render_seen(
        &self,
        mut facts: serde_json::Value,
        texts: &BTreeMap<String, Option<String>>,
    ) -> Result<Text, Wrong> {
        facts["texts"] = serde_json::to_value(texts).unwrap_or_default();
        let context = Value::from_serialize(facts);
        let mut written = Written::default();
        let template = self.environment.get_template(NAME).map_err(|error| check::of_engine(&error))?;
        let made = template.render_captured_to(context, &mut written).map(drop);
        if written.is_full {
            let said = format!("the message is longer than {} kB", LONGEST >> 10);
            let line = made.err().and_then(|error| error.line()).unwrap_or(1);
            return Err(Wrong { line, said, ..Wrong::default() });
        }
        made.map_err(|error| check::of_engine(&error))?;
        Ok(spans(&String::from_utf8_lossy(&written.bytes)))
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("texts", &self.texts).finish_non_exhaustive()
    }
}

/// The engine, with our filters and nothing else: no loader, no functions, nothing that it has of its own.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(BLOCKS.keep_trailing_newline);
    environment.set_lstrip_blocks(BLOCKS.lstrip_blocks);
    environment.set_trim_blocks(BLOCKS.trim_blocks);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(|out, _, value| marked(out, value));
    filters::add(&mut environment);
    environment
}

/// Every value that is shown comes through here.
fn marked(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::Undefined | ValueKind::None => return Err(Error::new(ErrorKind::UndefinedError, "it is missing")),
        ValueKind::Number if !value.is_integer() => plain(f64::try_from(value.clone()).unwrap_or_default(), 3),
        ValueKind::String | ValueKind::Number => value.to_string(),
        other => return Err(Error::new(ErrorKind::InvalidOperation, format!("{other} cannot be shown"))),
    };
    write!(out, "{BEGIN}{}{END}", clean(&text)).map_err(Error::from)
}

/// A value on one line, without what a terminal obeys and without the marks: no value looks like several lines of a message,
/// or like the template's own text.
fn clean(text: &str) -> String {
    let text = on_one_line(text).replace([BEGIN, END], INSTEAD);
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The marks become spans.
fn spans(text: &str) -> Text {
    let mut all = Vec::new();
    for (number, part) in text.split(BEGIN).enumerate() {
        let (value, markup) = match part.split_once(END) {
            Some((value, markup)) if number > 0 => (value, markup),
            _ => ("", part),
        };
        if !value.is_empty() {
            all.push(Span::Value(value.to_owned()));
        }
        if !markup.is_empty() {
            all.push(Span::Markup(markup.to_owned()));
        }
    }
    Text(all)
}

/// What was written, up to a limit.
#[derive(Debug, Default)]
struct Written {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for &mut Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > LONGEST {
            self.is_full = true;
            return Err(io::Error::other("the message is too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
