//! Values that a step or check uses and nobody may see: named in the plan as `env:NAME`, looked up when they are needed, and taken
//! out of everything that is written down.
//!
//! Must not know: what a value is for.

use std::collections::BTreeSet;

use backout_plan::plan::Flaw;
use backout_plan::secret::REDACTED;
use reqwest::Url;
use serde_json::Value;

use super::Trouble;
use crate::Env;
use crate::mistake::Mistake;

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
    /// All that these actions name, and the plan's checks, and the target's password.
    pub fn of<'v>(env: &Env, actions: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut names = BTreeSet::new();
        let checks = env.plan.iter().flat_map(|plan| &plan.criteria).map(|check| &check.that);
        checks.for_each(|that| named(that, &mut names));
        actions.into_iter().for_each(|action| named(action, &mut names));
        let mut values: Vec<String> = names.iter().filter_map(|name| (env.variables)(name)).collect();
        // Those that are used without being named, too.
        values.extend(USED.iter().filter_map(|name| (env.variables)(name)));
        // What an address holds is secret by itself, too.
        let inner: Vec<String> = values.iter().flat_map(|value| passwords(value)).collect();
        values.extend(inner);
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

/// The password in an address, as it is written and as it is.
fn passwords(value: &str) -> Vec<String> {
    let Some(written) = Url::parse(value).ok().and_then(|url| url.password().map(str::to_owned)) else {
        return Vec::new();
    };
    vec![percent_decoded(&written), written]
}

/// A part of an address as it was before it was put there.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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

/// That a variable is not set which the plan names in the place of a value.
pub(crate) fn unset(env: &Env, path: &[&str], text: &str) -> Option<Mistake> {
    let name = text.strip_prefix(NAMED)?;
    if (env.variables)(name).is_some() {
        return None;
    }
    let flaw = Flaw::at(path, format!("{name} is not set")).value(text);
    Some(Mistake::plan(flaw.hint("set it in the environment, or in .env beside the plan")))
}

/// The same of every value of a table.
pub(crate) fn unset_among<'v>(
    env: &Env,
    path: &[&str],
    values: impl IntoIterator<Item = (&'v String, &'v String)>,
) -> Vec<Mistake> {
    let one =
        |(name, value): (&String, &String)| unset(env, &[name.as_str()], value).map(|mistake| mistake.under(path));
    values.into_iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_known_by_themselves() {
        assert_eq!(passwords("redis://:a%2Fb%25c@h:1/0"), ["a/b%c", "a%2Fb%25c"]);
        assert_eq!(passwords("https://h/x"), Vec::<String>::new());
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%C3%A4%4"), "ä%4");
    }

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
