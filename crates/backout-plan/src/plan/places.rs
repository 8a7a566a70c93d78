//! Where the keys of a value stand in the file, so that what is wrong with one of them is reported there; and what an
//! author was to fill in and did not.
//!
//! It must not know what the keys are for.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::read::Reader;

/// What stands in a template for something that only the author knows: `<fill in: …>`.
pub const FILL_IN: &str = "<fill in:";

/// Line and column, from 1.
pub(super) type Place = (usize, usize);

/// The places of a value and of everything in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    whole: Place,
    inner: BTreeMap<Vec<String>, Place>,
}

/// A place that nobody has filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled {
    pub line: usize,
    pub column: usize,
    /// The text that has it.
    pub text: String,
}

impl Places {
    /// Of what has no parts, or none that are worth naming.
    pub(super) fn only(whole: Place) -> Self {
        Self { whole, inner: BTreeMap::new() }
    }

    pub(super) fn of(reader: &Reader<'_>, whole: Place, value: &Spanned<DeValue<'_>>) -> Self {
        let mut this = Self::only(whole);
        this.add(reader, &mut Vec::new(), value);
        this
    }

    fn add(&mut self, reader: &Reader<'_>, path: &mut Vec<String>, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table.iter() {
                    path.push(key.get_ref().to_string());
                    self.inner.insert(path.clone(), reader.place(key.span().start));
                    self.add(reader, path, value);
                    path.pop();
                }
            }
            DeValue::Array(items) => {
                for (number, value) in items.iter().enumerate() {
                    path.push(number.to_string());
                    self.inner.insert(path.clone(), reader.place(value.span().start));
                    self.add(reader, path, value);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    /// The place of what these keys lead to, or of as much of it as there is.
    pub(super) fn find(&self, path: &[String]) -> Place {
        let known = (1..=path.len()).rev().find_map(|length| self.inner.get(&path[..length]));
        known.copied().unwrap_or(self.whole)
    }
}

/// Every text of a document that is still to be filled in, keys too, in the order of the file.
pub(super) fn unfilled(reader: &Reader<'_>, value: &DeValue<'_>, at: usize, found: &mut Vec<Unfilled>) {
    let mut note = |text: &str, at: usize| {
        if text.contains(FILL_IN) {
            let (line, column) = reader.place(at);
            found.push(Unfilled { line, column, text: text.to_owned() });
        }
    };
    match value {
        DeValue::String(text) => note(text, at),
        DeValue::Array(items) => {
            items.iter().for_each(|item| unfilled(reader, item.get_ref(), item.span().start, found));
        }
        DeValue::Table(table) => {
            for (key, _) in table.iter() {
                note(key.get_ref(), key.span().start);
            }
            for (_, value) in table.iter() {
                unfilled(reader, value.get_ref(), value.span().start, found);
            }
        }
        _ => {}
    }
}
