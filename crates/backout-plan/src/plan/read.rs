//! Reading a TOML document key by key, so that every problem is reported with its place.
//!
//! It must not know what the keys of a plan are: the section readers ask for keys, and what nobody asked for is
//! unknown. One list of keys, then: the questions themselves.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::PlanError;
use crate::nearest::nearest;

/// A word out of a fixed list.
pub(super) trait Choice: Copy + 'static {
    /// Every value, as it is written in the file.
    const ALL: &'static [(&'static str, Self)];
}

/// The text being read and what was found wrong with it.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<(usize, PlanError)>,
}

/// One table of the document.
#[derive(Debug)]
pub(super) struct Section<'d, 't> {
    /// Dotted; empty for the document itself.
    path: String,
    table: &'d DeTable<'t>,
    pub(super) at: Range<usize>,
    asked: Vec<&'static str>,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

/// What to say about a place, beyond the message.
#[derive(Debug, Default)]
pub(super) struct Extra {
    pub(super) value: Option<String>,
    pub(super) suggestion: Option<String>,
    pub(super) hint: Option<String>,
}

/// Lists that had another name before, and what they are called.
const FORMER: [(&str, &str); 1] = [("check", "verify")];

impl Extra {
    pub(super) fn value(value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    pub(super) fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// 1-based line and column, in characters.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    pub(super) fn problem(&mut self, at: &Range<usize>, message: impl Into<String>, extra: Extra) {
        let (line, column) = self.place(at.start);
        self.problem_in(line, column, message, extra);
    }

    /// At a place that is known by its line and column.
    pub(super) fn problem_in(&mut self, line: usize, column: usize, message: impl Into<String>, extra: Extra) {
        let before: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let error = PlanError {
            file: self.file.to_owned(),
            line,
            column,
            value: extra.value,
            message: message.into(),
            suggestion: extra.suggestion,
            hint: extra.hint,
        };
        self.found.push((before + column, error));
    }

    pub(super) fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    /// Everything found, in the order of the file.
    pub(super) fn into_problems(mut self) -> Vec<PlanError> {
        self.found.sort_by_key(|(offset, _)| *offset);
        self.found.into_iter().map(|(_, error)| error).collect()
    }

    pub(super) fn root<'d, 't>(&self, document: &'d Spanned<DeTable<'t>>) -> Section<'d, 't> {
        Section { path: String::new(), table: document.get_ref(), at: 0..0, asked: Vec::new() }
    }

    /// The table under `key`.
    pub(super) fn section<'d, 't>(
        &mut self,
        parent: &mut Section<'d, 't>,
        key: &'static str,
    ) -> Option<Section<'d, 't>> {
        let value = parent.ask(key)?;
        self.as_section(value, parent.dotted(key))
    }

    pub(super) fn as_section<'d, 't>(
        &mut self,
        value: &'d Spanned<DeValue<'t>>,
        path: String,
    ) -> Option<Section<'d, 't>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Section { path, table, at: value.span(), asked: Vec::new() }),
            other => {
                self.wrong_type(value, &path, "a table", other);
                None
            }
        }
    }

    /// Every table of `[[key]]`.
    pub(super) fn sections<'d, 't>(&mut self, parent: &mut Section<'d, 't>, key: &'static str) -> Vec<Section<'d, 't>> {
        let path = parent.dotted(key);
        let Some(value) = parent.ask(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.as_section(item, path.clone())).collect(),
            other => {
                let hint = format!("write [[{path}]] above each of them");
                self.problem(
                    &value.span(),
                    format!("{path} must be an array of tables, not {}", kind(other)),
                    Extra::default().hint(hint),
                );
                Vec::new()
            }
        }
    }

    pub(super) fn string(&mut self, section: &mut Section<'_, '_>, key: &'static str) -> Option<At<String>> {
        let value = section.ask(key)?;
        self.as_string(value, &section.dotted(key))
    }

    fn as_string(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Option<At<String>> {
        match value.get_ref() {
            DeValue::String(text) => Some(At { value: text.to_string(), at: value.span() }),
            other => {
                self.wrong_type(value, path, "a text in quotes", other);
                None
            }
        }
    }

    /// A text that must hold something.
    pub(super) fn filled(&mut self, section: &mut Section<'_, '_>, key: &'static str) -> Option<At<String>> {
        let text = self.string(section, key)?;
        if text.value.trim().is_empty() {
            self.problem(&text.at, format!("{} is empty", section.dotted(key)), Extra::value(text.value));
            return None;
        }
        Some(text)
    }

    pub(super) fn strings(&mut self, section: &mut Section<'_, '_>, key: &'static str) -> Vec<At<String>> {
        let path = section.dotted(key);
        let Some(value) = section.ask(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.as_string(item, &path)).collect(),
            other => {
                self.wrong_type(value, &path, "a list of texts", other);
                Vec::new()
            }
        }
    }

    /// A whole number between 0 and `most`.
    pub(super) fn number(&mut self, section: &mut Section<'_, '_>, key: &'static str, most: u64) -> Option<At<u64>> {
        let path = section.dotted(key);
        let value = section.ask(key)?;
        match value.get_ref() {
            DeValue::Integer(written) => {
                // Neither sign nor size is the type's business: -1 and 10^30 are numbers, only not usable ones.
                let number = u64::from_str_radix(written.as_str(), written.radix()).ok().filter(|n| *n <= most);
                if number.is_none() {
                    self.problem(
                        &value.span(),
                        format!("{path} must be a whole number from 0 to {most}"),
                        Extra::value(written.to_string()),
                    );
                }
                number.map(|number| At { value: number, at: value.span() })
            }
            other => {
                self.wrong_type(value, &path, "a whole number", other);
                None
            }
        }
    }

    /// A text that `T` reads, such as a length of time.
    pub(super) fn parsed<T>(
        &mut self,
        section: &mut Section<'_, '_>,
        key: &'static str,
        suggestion: impl Fn(&T::Err) -> Option<String>,
    ) -> Option<At<T>>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let text = self.string(section, key)?;
        self.parse_text(&text, &section.dotted(key), suggestion)
    }

    pub(super) fn parse_text<T>(
        &mut self,
        text: &At<String>,
        path: &str,
        suggestion: impl Fn(&T::Err) -> Option<String>,
    ) -> Option<At<T>>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        match text.value.parse() {
            Ok(value) => Some(At { value, at: text.at.clone() }),
            Err(error) => {
                let extra = Extra::value(text.value.clone()).suggest(suggestion(&error));
                self.problem(&text.at, format!("{path}: {error}"), extra);
                None
            }
        }
    }

    pub(super) fn choice<C: Choice>(&mut self, section: &mut Section<'_, '_>, key: &'static str) -> Option<At<C>> {
        let text = self.string(section, key)?;
        if let Some((_, value)) = C::ALL.iter().find(|(name, _)| *name == text.value) {
            return Some(At { value: *value, at: text.at });
        }
        let names: Vec<&'static str> = C::ALL.iter().map(|(name, _)| *name).collect();
        let message = format!("{:?} is not a value of {}", text.value, section.dotted(key));
        self.word_problem(&text, message, &names);
        None
    }

    /// A word that is not in a list: with the one that was meant, or with all of them.
    pub(super) fn word_problem(&mut self, word: &At<String>, message: String, known: &[&str]) {
        let meant = nearest(&word.value, known.iter().copied());
        let mut extra = Extra::value(word.value.clone()).suggest(meant);
        if meant.is_none() {
            extra = extra.hint(one_of(known));
        }
        self.problem(&word.at, message, extra);
    }

    /// Everything in this table that no reader asked for is unknown.
    pub(super) fn finish(&mut self, section: &Section<'_, '_>) {
        for (key, _) in section.table.iter() {
            let name: &str = key.get_ref();
            if section.asked.contains(&name) {
                continue;
            }
            let place = if section.path.is_empty() {
                "at the top of the file".to_owned()
            } else {
                format!("in [{}]", section.path)
            };
            let word = At { value: name.to_owned(), at: key.span() };
            if let Some((_, now)) = FORMER.iter().find(|(former, _)| section.path.is_empty() && *former == name) {
                let message = format!("[[{name}]] is called [[{now}]] now");
                self.problem(&word.at, message, Extra::value(name));
                continue;
            }
            self.word_problem(&word, format!("unknown key {name:?} {place}"), &section.asked);
        }
    }

    fn wrong_type(&mut self, value: &Spanned<DeValue<'_>>, path: &str, expected: &str, got: &DeValue<'_>) {
        let written = &self.text[value.span()];
        // A table's span is its header or its whole body: not worth repeating.
        let shown = (!got.is_table() && !got.is_array()).then(|| written.to_owned());
        let suggestion = match got {
            DeValue::String(text) if expected == "a whole number" => {
                text.trim().parse::<u64>().ok().map(|n| n.to_string())
            }
            DeValue::String(text) if expected == "a list of texts" => Some(format!("[{text:?}]")),
            _ => None,
        };
        let mut extra = Extra { value: shown, ..Extra::default() };
        if let Some(suggestion) = suggestion {
            extra = extra.hint(format!("write {suggestion}"));
        }
        self.problem(&value.span(), format!("{path} must be {expected}, not {}", kind(got)), extra);
    }
}

impl<'d, 't> Section<'d, 't> {
    /// The value of a key; from now on the key is known here.
    pub(super) fn ask(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// All keys with their values, for tables whose keys are names that the user gives.
    pub(super) fn entries(&self) -> impl Iterator<Item = (At<String>, &'d Spanned<DeValue<'t>>)> + use<'d, 't> {
        self.table.iter().map(|(key, value)| (At { value: key.get_ref().to_string(), at: key.span() }, value))
    }

    pub(super) fn dotted(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// `one of "a", "b", "c"`.
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("one of {}", quoted.join(", "))
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
