//! Flags as variables, for an application that reads nothing else.
//!
//! Must not know: how a rule is evaluated, or where an application has its variables.

use std::collections::BTreeMap;
use std::path::Path;

use backout_flags::Definitions;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{files, flagd};
use crate::Result;
use crate::failure::Refusal;

/// A flag's value as a variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    pub flag: String,
    pub name: String,
    /// `true` and `false`, a number, a text, or JSON.
    pub value: String,
}

/// What each flag of a file is in a context. A flag that is disabled has no variable: the application's own default holds.
///
/// # Errors
/// Where the file cannot be read, a rule fails, or two flags would have one name.
pub fn variables(path: &Path, prefix: &str, context: &Value, at: Timestamp) -> Result<Vec<Variable>> {
    let wrong = |said: String| Refusal::usage(format!("{}: {said}", path.display()), None);
    // What is no file of flags is said in its words.
    flagd::document(path)?;
    let definitions = Definitions::parse(&files::read(path)?).map_err(|problem| wrong(problem.to_string()))?;
    let mut made: BTreeMap<String, Variable> = BTreeMap::new();
    for flag in definitions.keys() {
        let found = definitions.evaluate(flag, context, at.as_second());
        if found.error_code.is_some() {
            let why = found.error_message.as_deref().unwrap_or("it cannot be evaluated");
            return Err(wrong(format!("flag {flag:?}: {why}")).into());
        }
        let Some(value) = found.value.as_deref() else { continue };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let variable = Variable { flag: flag.to_owned(), name: name(prefix, flag), value };
        if let Some(other) = made.insert(variable.name.clone(), variable) {
            let name = other.name;
            return Err(wrong(format!("flags {:?} and {flag:?} would both be {name}", other.flag)).into());
        }
    }
    Ok(made.into_values().collect())
}

/// `client-cards` as `CLIENT_CARDS`.
fn name(prefix: &str, flag: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = prefix.chars().chain(flag.chars().map(plain)).collect();
    // No shell takes a name that begins with a digit.
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(flags: &Value, context: &Value) -> Result<Vec<String>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json!({ "flags": flags }).to_string()).unwrap();
        let all = variables(file.path(), "ENABLE_", context, Timestamp::UNIX_EPOCH)?;
        Ok(all.iter().map(|one| format!("{}={}", one.name, one.value)).collect())
    }

    #[test]
    fn each_flag_is_a_variable() {
        let variants = json!({ "on": true, "off": false, "text": "a b", "many": { "a": 1 } });
        let flag = |state: &str, by_default: &str| json!({ "state": state, "variants": variants, "defaultVariant": by_default });
        let mut targeted = flag("ENABLED", "off");
        targeted["targeting"] = json!({ "if": [{ "==": [{ "var": "tier" }, "pro"] }, "on", "off"] });
        let flags = json!({
            "client-cards": flag("ENABLED", "on"), "x.y": flag("ENABLED", "text"), "gone": flag("DISABLED", "on"),
            "limits": flag("ENABLED", "many"), "beta": targeted,
        });
        let said = of(&flags, &json!({})).unwrap();
        let expected = ["ENABLE_BETA=false", "ENABLE_CLIENT_CARDS=true", r#"ENABLE_LIMITS={"a":1}"#, "ENABLE_X_Y=a b"];
        assert_eq!(said, expected);
        assert_eq!(of(&flags, &json!({ "tier": "pro" })).unwrap()[0], "ENABLE_BETA=true");
        let alike = json!({ "a-b": flag("ENABLED", "on"), "a.b": flag("ENABLED", "on") });
        assert!(of(&alike, &json!({})).unwrap_err().sentence().contains("would both be ENABLE_A_B"));
        assert!(of(&json!({ "a": 1 }), &json!({})).is_err());
        assert_eq!(name("", "2fa"), "_2FA");
        let missing = variables(Path::new("/nowhere/flags.json"), "", &json!({}), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(missing.sentence().contains("no such file"), "{}", missing.sentence());
    }
}
