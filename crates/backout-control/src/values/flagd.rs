//! Flags in a file of flagd's format. A flag's value is here its whole definition, so that targeting comes back as well.
//!
//! Must not know: how flags are evaluated.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::files;
use crate::Result;
use crate::failure::Refusal;

/// A flag as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    pub name: String,
    pub state: String,
    pub default_variant: String,
    pub variants: Vec<String>,
    /// Whether some get another variant than the default.
    pub targeting: bool,
}

/// The document of a file.
pub(super) fn document(path: &Path) -> Result<Value> {
    let wrong = |said: &str| Refusal::usage(format!("{}: {said}", path.display()), None);
    let text = files::read(path)?;
    if text.is_empty() {
        return Err(wrong("there is no such file, or nothing is in it").into());
    }
    let document: Value = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    if !document["flags"].is_object() {
        return Err(wrong("it has no flags").into());
    }
    Ok(document)
}

pub(super) fn definition(document: &Value, name: &str) -> Option<String> {
    document["flags"].get(name).map(Value::to_string)
}

/// The document with other definitions, as text.
pub(super) fn changed(mut document: Value, wanted: &BTreeMap<String, Option<String>>) -> Result<String> {
    let Some(flags) = document["flags"].as_object_mut() else { return Ok(String::new()) };
    for (name, definition) in wanted {
        match definition {
            Some(text) => {
                let unreadable = |error| Refusal::failed(format!("the definition of {name:?}: {error}"), None);
                flags.insert(name.clone(), serde_json::from_str(text).map_err(unreadable)?);
            }
            None => drop(flags.remove(name)),
        }
    }
    Ok(format!("{document:#}\n"))
}

/// All flags of a file.
///
/// # Errors
/// Where it is no file of flagd's format.
pub fn flags(path: &Path) -> Result<Vec<Flag>> {
    let document = document(path)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let flag = |(name, flag): (&String, &Value)| Flag {
        name: name.clone(),
        state: text(&flag["state"]),
        default_variant: text(&flag["defaultVariant"]),
        variants: flag["variants"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default(),
        targeting: !no_targeting(flag),
    };
    Ok(document["flags"].as_object().into_iter().flatten().map(flag).collect())
}

fn no_targeting(flag: &Value) -> bool {
    flag.get("targeting").is_none_or(|targeting| targeting.as_object().is_some_and(Map::is_empty))
}

/// The definitions by which everybody gets these variants.
///
/// # Errors
/// Where there is no such flag, or it has no such variant.
pub fn switched(path: &Path, set: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let document = document(path)?;
    let mut wanted = BTreeMap::new();
    for (name, variant) in set {
        let wrong = |said: String| Refusal::usage(format!("{}: {said}", path.display()), None);
        let mut flag =
            document["flags"].get(name).cloned().ok_or_else(|| wrong(format!("there is no flag {name:?}")))?;
        if flag["variants"].get(variant).is_none() {
            let all = flag["variants"].as_object().map(|all| all.keys().cloned().collect::<Vec<_>>().join(", "));
            let has = all.unwrap_or_default();
            return Err(wrong(format!("flag {name:?} has no variant {variant:?}; it has: {has}")).into());
        }
        if flag["defaultVariant"] == json!(variant) && flag["state"] != json!("DISABLED") && no_targeting(&flag) {
            wanted.insert(name.clone(), flag.to_string());
            continue;
        }
        // What is targeted or switched off has another value than the default.
        flag["defaultVariant"] = json!(variant);
        flag["state"] = json!("ENABLED");
        if let Some(fields) = flag.as_object_mut() {
            fields.remove("targeting");
        }
        wanted.insert(name.clone(), flag.to_string());
    }
    Ok(wanted)
}
