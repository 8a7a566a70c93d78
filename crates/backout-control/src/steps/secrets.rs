//! Values that a run uses and nobody may see: named in the plan as `env:NAME`, looked up when they are needed, and taken
//! out of everything that is written down.
//!
//! Must not know: what a value is for.

use std::collections::BTreeSet;

use backout_plan::secret::REDACTED;
use backout_runbook::Procedure;
use serde_json::Value;

use super::Trouble;
use crate::Env;

/// What names a variable in the place of a value.
const NAMED: &str = "env:";
const USED: &[&str] = &["DATABASE_URL", "VERCEL_TOKEN", "GITHUB_TOKEN"];
/// Shorter values stand in too many texts that have nothing to do with them.
const SHORTEST: usize = 4;

/// Takes the values of secrets out of texts.
#[derive(Debug, Clone, Default)]
pub struct Redactor(Vec<Hidden>);

#[derive(Clone)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Redactor {
    /// All that a procedure names, and the target's password.
    pub fn of(env: &Env, procedure: &Procedure) -> Self {
        let mut names = BTreeSet::new();
        for step in procedure.ways.iter().flat_map(|way| &way.steps) {
            named(&step.action, &mut names);
            step.undo.iter().for_each(|undo| named(&undo.action, &mut names));
        }
        let mut values: Vec<String> = names.iter().filter_map(|name| (env.variables)(name)).collect();
        // Those that are used without being named, too.
        values.extend(USED.iter().filter_map(|name| (env.variables)(name)));
        if let Ok(settings) = &env.settings {
            values.extend(settings.password.as_ref().map(|password| password.expose().to_owned()));
        }
        Self::values(values)
    }

    fn values(values: Vec<String>) -> Self {
        let mut hidden = BTreeSet::new();
        for value in values.into_iter().filter(|value| value.len() >= SHORTEST) {
            // As it stands in JSON and in an address, too.
            let json = Value::from(value.clone()).to_string();
            hidden.insert(json[1..json.len() - 1].to_owned());
            hidden.insert(percent_encoded(&value));
            hidden.insert(value);
        }
        // The longest first, or a part of one would be left.
        let mut hidden: Vec<String> = hidden.into_iter().collect();
        hidden.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(hidden.into_iter().map(Hidden).collect())
    }

    pub fn text(&self, text: &str) -> String {
        let each = |text: String, Hidden(value): &Hidden| {
            if text.contains(value.as_str()) { text.replace(value.as_str(), REDACTED) } else { text }
        };
        self.0.iter().fold(text.to_owned(), each)
    }

    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (self.text(&name), self.value(value))).collect()
            }
            other => other,
        }
    }
}

fn named(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => names.extend(text.strip_prefix(NAMED).map(str::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| named(value, names)),
        Value::Object(fields) => fields.values().for_each(|value| named(value, names)),
        _ => {}
    }
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |all, byte| match plain(byte) {
        true => all + char::from(byte).encode_utf8(&mut [0; 4]),
        false => all + &format!("%{byte:02X}"),
    })
}

/// A value as the plan has it: itself, or what the variable holds that it names.
pub fn resolved(env: &Env, text: &str) -> Result<String, Trouble> {
    match text.strip_prefix(NAMED) {
        None => Ok(text.to_owned()),
        Some(name) => (env.variables)(name).ok_or_else(|| Trouble::new(format!("{name} is not set"), false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_in_every_form() {
        let redactor = Redactor::values(vec!["p\"ss/word".to_owned(), "abc".to_owned(), "p\"ss/word-long".to_owned()]);
        for (text, expected) in [
            ("a p\"ss/word b", "a [redacted] b"),
            ("a p\"ss/word-long b", "a [redacted] b"),
            ("{\"x\":\"p\\\"ss/word\"}", "{\"x\":\"[redacted]\"}"),
            ("http://u:p%22ss%2Fword@h", "http://u:[redacted]@h"),
            ("abc stays", "abc stays"),
        ] {
            assert_eq!(redactor.text(text), expected);
        }
        let value = serde_json::json!({"p\"ss/word": ["p\"ss/word", 1]});
        assert_eq!(redactor.value(value), serde_json::json!({"[redacted]": ["[redacted]", 1]}));
    }
}
