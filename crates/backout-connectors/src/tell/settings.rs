//! What a plan gives a channel, read by the table of kinds.
//!
//! Must not know: where a plan or a secret lies.

use std::collections::BTreeMap;

use backout_plan::Secret;
use serde_json::{Map, Value};

use super::{Kind, kind};

/// What a plan may say of a channel.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    /// For the documentation.
    pub about: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text that says where a secret lies, such as `env:SLACK_TOKEN`.
    Secret,
    Text,
    /// Texts.
    List,
    Switch,
}

/// What is given cannot be a channel's. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{said}", .field.as_deref().map(|field| format!("{field}: ")).unwrap_or_default())]
pub struct Wrong {
    /// Where it is about one.
    pub field: Option<String>,
    pub said: String,
}

impl Wrong {
    pub(super) fn new(field: &str, said: &str) -> Self {
        Self { field: Some(field.to_owned()), said: said.to_owned() }
    }
}

/// What a channel is opened with.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    secrets: BTreeMap<&'static str, Secret>,
    values: Map<String, Value>,
}

impl Settings {
    /// What follows the kind's name in a plan; `resolve` gets a secret from what names it.
    ///
    /// # Errors
    /// Where a field is unknown, missing or of another shape, or a secret cannot be had.
    pub fn read(
        kind: &'static Kind,
        given: &Value,
        resolve: &dyn Fn(&str) -> Result<Secret, String>,
    ) -> Result<Self, Wrong> {
        let Some(given) = given.as_object() else {
            return Err(Wrong { field: None, said: format!("{} is a table of fields", kind.name) });
        };
        let mut settings = Self::default();
        for (name, value) in given {
            let Some(field) = kind.fields.iter().find(|field| field.name == name) else {
                let known: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
                return Err(Wrong::new(name, &format!("{} has no such field; it has {}", kind.name, known.join(", "))));
            };
            field.shape.check(name, value)?;
            match (field.shape, value.as_str()) {
                (Shape::Secret, Some(named)) => {
                    let secret = resolve(named).map_err(|said| Wrong::new(name, &said))?;
                    settings.secrets.insert(field.name, secret);
                }
                _ => drop(settings.values.insert(name.clone(), value.clone())),
            }
        }
        agree(kind, &|name| given.contains_key(name))?;
        Ok(settings)
    }

    pub(super) fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }

    /// One that the table says is needed.
    pub(super) fn needed_secret(&self, name: &'static str) -> Result<&Secret, Wrong> {
        self.secret(name).filter(|secret| !secret.is_empty()).ok_or_else(|| Wrong::new(name, "it is missing"))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    pub(super) fn needed_text(&self, name: &'static str) -> Result<&str, Wrong> {
        self.text(name).ok_or_else(|| Wrong::new(name, "it is missing"))
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let all = self.values.get(name).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    pub(super) fn switch(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or_default()
    }
}

impl Shape {
    fn check(self, name: &str, value: &Value) -> Result<(), Wrong> {
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
        let (fits, wanted) = match self {
            Self::Secret => (is_text(value), "the name of a secret, such as \"env:NAME\""),
            Self::Text => (is_text(value), "a text"),
            Self::List => (value.as_array().is_some_and(|all| all.iter().all(is_text)), "a list of texts"),
            Self::Switch => (value.is_boolean(), "true or false"),
        };
        if fits { Ok(()) } else { Err(Wrong::new(name, &format!("it must be {wanted}"))) }
    }
}

/// Whether what is given is one of the sets that are needed, and nothing of another.
fn agree(kind: &Kind, is_given: &dyn Fn(&str) -> bool) -> Result<(), Wrong> {
    let begun: Vec<_> = kind.needs.iter().filter(|set| set.iter().any(|name| is_given(name))).collect();
    let all = || kind.needs.iter().map(|set| set.join(" and ")).collect::<Vec<_>>().join(", or ");
    match begun.as_slice() {
        [set] => match set.iter().find(|name| !is_given(name)) {
            Some(missing) => Err(Wrong::new(missing, &format!("it is missing: {} needs {}", kind.name, all()))),
            None => Ok(()),
        },
        [] if kind.needs.is_empty() => Ok(()),
        [] => Err(Wrong { field: None, said: format!("{} needs {}", kind.name, all()) }),
        _ => Err(Wrong { field: None, said: format!("{} needs one of these alone: {}", kind.name, all()) }),
    }
}

/// Whether a plan's channel can be one, as far as can be told without its secrets.
///
/// # Errors
/// What is wrong with it.
pub fn check(name: &str, given: &Value) -> Result<(), Wrong> {
    let Some(kind) = kind(name) else {
        let known: Vec<&str> = super::KINDS.iter().map(|kind| kind.name).collect();
        return Err(Wrong {
            field: None,
            said: format!("there is no channel {name:?}; there is {}", known.join(", ")),
        });
    };
    Settings::read(kind, given, &|_| Ok(Secret::new(""))).map(drop)
}
