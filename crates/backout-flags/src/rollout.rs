//! Staged rollout as data: definitions in, changed definitions out.
//!
//! Must not know: when a stage is reached, where definitions are kept.

use serde_json::{Map, Value, json};

use crate::{Definitions, Problem};

fn problem<T>(flag: &str, said: impl Into<String>) -> Result<T, Problem> {
    Err(Problem { path: format!("flags.{flag}"), said: said.into() })
}

/// The flag, its default variant, and whether the variant that is rolled out exists.
fn flag<'a>(definitions: &'a mut Value, flag: &str, variant: &str) -> Result<&'a mut Map<String, Value>, Problem> {
    let Some(found) = definitions.pointer_mut("/flags").and_then(|flags| flags.get_mut(flag)) else {
        return problem(flag, "no such flag");
    };
    let Some(found) = found.as_object_mut() else { return problem(flag, "not a map") };
    let known = found.get("variants").and_then(Value::as_object);
    match known {
        Some(known) if known.contains_key(variant) => Ok(found),
        Some(known) => {
            let names = known.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            problem(flag, format!("has no variant `{variant}`; it has {names}"))
        }
        None => problem(flag, "has no variants"),
    }
}

/// What everybody else has.
fn otherwise(flag_name: &str, found: &Map<String, Value>, variant: &str) -> Result<String, Problem> {
    match found.get("defaultVariant").and_then(Value::as_str) {
        Some(default) if default != variant => Ok(default.to_owned()),
        Some(_) => problem(flag_name, format!("`{variant}` is the default already: everybody has it")),
        None => problem(flag_name, "has no default variant: what would all others have?"),
    }
}

/// Those whom `by` tells apart, and the share of them that gets the variant.
fn share(variant: &str, others: &str, percent: u8, by: &str) -> (Value, Value) {
    let key = json!({ "cat": [{ "var": "$flagd.flagKey" }, { "var": [by, ""] }] });
    let shares = json!({ "fractional": [key, [variant, percent], [others, 100 - percent]] });
    // Whoever does not say who he is would always fall into the same share.
    (json!({ "!!": [{ "var": by }] }), shares)
}

/// Whether somebody is in one of these groups.
fn is_in(groups: &[&str], by: &str) -> Value {
    let given = json!({ "merge": [{ "var": by }] });
    json!({ "or": groups.iter().map(|group| json!({ "in": [group, given] })).collect::<Vec<_>>() })
}

fn too_many<T>(name: &str, percent: u8) -> Result<T, Problem> {
    problem(name, format!("{percent} percent is more than everybody"))
}

/// Gives a variant to so many percent of those whom `by` tells apart (`targetingKey`, or a key of
/// the context), and the default to the others. The shares lie one after the other on a fixed
/// line, so a higher percentage keeps everybody who was in a lower one. Others' rules go: what
/// the flag had as `targeting` is replaced.
pub fn percent(definitions: &Value, name: &str, variant: &str, percent: u8, by: &str) -> Result<Value, Problem> {
    if percent > 100 {
        return too_many(name, percent);
    }
    let mut changed = definitions.clone();
    let found = flag(&mut changed, name, variant)?;
    let others = otherwise(name, found, variant)?;
    let (known, shares) = share(variant, &others, percent, by);
    found.insert("targeting".to_owned(), json!({ "if": [known, shares, others] }));
    Ok(changed)
}

/// Gives a variant to these groups: values that the context has under `by`, alone or in a list.
pub fn groups(definitions: &Value, name: &str, variant: &str, groups: &[&str], by: &str) -> Result<Value, Problem> {
    let mut changed = definitions.clone();
    let found = flag(&mut changed, name, variant)?;
    let others = otherwise(name, found, variant)?;
    let rule = match groups.is_empty() {
        true => json!(others),
        false => json!({ "if": [is_in(groups, by), variant, others] }),
    };
    found.insert("targeting".to_owned(), rule);
    Ok(changed)
}

/// Gives a variant to these groups, and to so many percent of all others: groups and shares are values and keys as for
/// [`groups`] and [`percent`].
pub fn groups_and_percent(
    definitions: &Value,
    name: &str,
    variant: &str,
    (groups, group_by): (&[&str], &str),
    (percent, by): (u8, &str),
) -> Result<Value, Problem> {
    if percent > 100 {
        return too_many(name, percent);
    }
    let mut changed = definitions.clone();
    let found = flag(&mut changed, name, variant)?;
    let others = otherwise(name, found, variant)?;
    let (known, shares) = share(variant, &others, percent, by);
    found.insert("targeting".to_owned(), json!({ "if": [is_in(groups, group_by), variant, known, shares, others] }));
    Ok(changed)
}

/// Gives one variant to everybody: it is the default, and no rule is asked.
pub fn everybody(definitions: &Value, name: &str, variant: &str) -> Result<Value, Problem> {
    let mut changed = definitions.clone();
    let found = flag(&mut changed, name, variant)?;
    found.insert("defaultVariant".to_owned(), json!(variant));
    found.insert("state".to_owned(), json!("ENABLED"));
    found.remove("targeting");
    Ok(changed)
}

/// Whether a route behind this flag is closed: it is not there, disabled, broken, or its value is
/// what an application takes as off.
pub fn is_off(definitions: &Definitions, flag: &str, context: &Value, now_seconds: i64) -> bool {
    !definitions.evaluate(flag, context, now_seconds).is_on()
}

#[cfg(test)]
mod tests {
    use super::{everybody, groups, groups_and_percent, is_off, percent};
    use crate::{Definitions, Reason};
    use serde_json::{Value, json};

    fn one() -> Value {
        json!({ "flags": { "cards": {
            "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off"
        } } })
    }

    fn on(definitions: &Value, context: &Value) -> bool {
        match Definitions::parse(&definitions.to_string()) {
            Ok(read) => !is_off(&read, "cards", context, 0),
            Err(problem) => panic!("{problem}"),
        }
    }

    #[test]
    fn raising_the_percentage_takes_nobody_off() {
        for by in ["targetingKey", "tenant"] {
            let stages: Vec<Definitions> = [0, 1, 5, 10, 25, 50, 75, 99, 100]
                .iter()
                .filter_map(|share| percent(&one(), "cards", "on", *share, by).ok())
                .filter_map(|changed| Definitions::parse(&changed.to_string()).ok())
                .collect();
            assert_eq!(stages.len(), 9);
            let mut had = vec![0; stages.len()];
            for user in 0..4000 {
                let context = json!({ by: format!("user-{user}") });
                let answers: Vec<bool> = stages.iter().map(|stage| !is_off(stage, "cards", &context, 0)).collect();
                assert!(answers.is_sorted(), "{user}: {answers:?}");
                for (count, on) in had.iter_mut().zip(&answers) {
                    *count += usize::from(*on);
                }
            }
            assert_eq!((had[0], had[8]), (0, 4000));
            assert!((900..1100).contains(&had[4]) && (1850..2150).contains(&had[5]), "{had:?}");
        }
    }

    #[test]
    fn whoever_has_no_key_has_the_default() {
        let changed = percent(&one(), "cards", "on", 99, "targetingKey").unwrap_or_default();
        assert!(!on(&changed, &json!({})) && !on(&changed, &json!({ "targetingKey": "" })));
    }

    #[test]
    fn groups_are_values_or_lists() {
        let changed = groups(&one(), "cards", "on", &["staff", "beta"], "group").unwrap_or_default();
        for (group, expected) in [
            (json!("staff"), true),
            (json!("sta"), false),
            (json!(["x", "beta"]), true),
            (json!(["x"]), false),
            (json!(null), false),
        ] {
            assert_eq!(on(&changed, &json!({ "group": group })), expected, "{group}");
        }
        let nobody = groups(&one(), "cards", "on", &[], "group").unwrap_or_default();
        assert!(!on(&nobody, &json!({ "group": "staff" })));
    }

    /// Whoever had it by the group alone, or by the share alone, has it by both.
    #[test]
    fn groups_keep_it_beside_a_share() {
        let both = groups_and_percent(&one(), "cards", "on", (&["staff"], "group"), (25, "targetingKey"));
        let (both, share) = (both.unwrap_or_default(), percent(&one(), "cards", "on", 25, "targetingKey"));
        let share = share.unwrap_or_default();
        let mut had = 0;
        for user in 0..400 {
            let key = format!("user-{user}");
            let is_in = on(&share, &json!({ "targetingKey": key }));
            assert_eq!(on(&both, &json!({ "targetingKey": key, "group": "other" })), is_in);
            assert!(on(&both, &json!({ "targetingKey": key, "group": ["staff"] })));
            had += usize::from(is_in);
        }
        assert!((60..140).contains(&had), "{had}");
        assert!(on(&both, &json!({ "group": "staff" })) && !on(&both, &json!({})));
        assert!(groups_and_percent(&one(), "cards", "on", (&[], "group"), (101, "targetingKey")).is_err());
    }

    #[test]
    fn everybody_is_static() {
        let staged = percent(&one(), "cards", "on", 50, "targetingKey").unwrap_or_default();
        let changed = everybody(&staged, "cards", "on").unwrap_or_default();
        let read = Definitions::parse(&changed.to_string()).map(|read| read.evaluate("cards", &json!({}), 0));
        assert_eq!(read.map(|found| (found.reason, found.is_on())), Ok((Reason::Static, true)));
    }

    #[test]
    fn what_cannot_be_rolled_out_is_named() {
        let said = |found: Result<Value, crate::Problem>| found.err().map(|problem| problem.to_string());
        let found = said(percent(&one(), "card", "on", 5, "targetingKey"));
        assert_eq!(found.as_deref(), Some("flags.card: no such flag"));
        let found = said(percent(&one(), "cards", "maybe", 5, "targetingKey"));
        assert_eq!(found.as_deref(), Some("flags.cards: has no variant `maybe`; it has `off`, `on`"));
        assert!(said(percent(&one(), "cards", "off", 5, "targetingKey")).is_some());
        assert!(said(percent(&one(), "cards", "on", 101, "targetingKey")).is_some());
    }

    #[test]
    fn a_flag_that_is_not_there_is_off() {
        let read = Definitions::parse(&one().to_string()).ok();
        assert!(read.is_some_and(|read| is_off(&read, "nobody", &json!({}), 0)));
    }
}
