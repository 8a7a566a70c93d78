//! A set of flags: read once, each rule compiled, then only evaluated.
//!
//! Must not know: files, clocks, who asks.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

use crate::{
    evaluation::{ErrorCode, Evaluation, Reason},
    logic::{Func, Top, V, compiled},
};

/// What is wrong with definitions, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}: {said}")]
pub struct Problem {
    /// As `flags.checkout.state`; empty for the whole text.
    pub path: String,
    pub said: String,
}

fn problem<T>(path: &str, said: impl Into<String>) -> Result<T, Problem> {
    Err(Problem { path: path.to_owned(), said: said.into() })
}

/// References that repeat each other may not fill the memory.
const LONGEST: usize = 32 << 20;

#[derive(Debug)]
enum Rule {
    None,
    Compiled(Box<Func>),
    Broken { said: Arc<str>, why: String },
}

#[derive(Debug)]
struct Flag {
    key: Arc<str>,
    on: bool,
    variants: BTreeMap<Arc<str>, Arc<Value>>,
    rule: Rule,
    metadata: Arc<Map<String, Value>>,
    /// Complete, where no rule decides.
    fixed: Evaluation,
}

/// Flags by their keys.
#[derive(Debug)]
pub struct Definitions {
    flags: BTreeMap<String, Flag>,
    metadata: Arc<Map<String, Value>>,
    digest: String,
}

fn text_of(key: &str, value: &V<'_>) -> Option<Arc<str>> {
    value.own(key).and_then(|value| value.as_text().map(Arc::from))
}

fn entries(value: &V<'static>) -> Vec<(Arc<str>, V<'static>)> {
    value.own_keys().into_iter().map(|key| (key.clone(), value.own(&key).unwrap_or(V::Null))).collect()
}

fn read(text: &str) -> Result<V<'static>, Problem> {
    serde_json::from_str(text).or_else(|cause| problem("", format!("no JSON that is read here: {cause}")))
}

/// Puts shared rules where they are named: on the text, one after the other, as the reference
/// does, so that what is defined further down may be named in what is above it.
fn resolved(read_once: V<'static>) -> Result<V<'static>, Problem> {
    let Some(shared) = read_once.own("$evaluators").filter(V::holds) else { return Ok(read_once) };
    let mut text = String::new();
    read_once.to_json_text(&mut text);
    for (key, rule) in entries(&shared) {
        let name = format!("{{\"$ref\":\"{key}\"}}");
        let mut with = String::new();
        rule.to_json_text(&mut with);
        let times = text.matches(&name).count();
        if times == 0 {
            continue;
        }
        if text.len() + times * with.len() > LONGEST {
            return problem(&format!("$evaluators.{key}"), "references repeat each other without end; shorten them");
        }
        text = if with.contains('$') { replaced(&text, &name, &with) } else { text.replace(&name, &with) };
    }
    serde_json::from_str(&text).or_else(|cause| {
        problem("$evaluators", format!("with the shared rules in place this is no JSON that is read here: {cause}"))
    })
}

/// `$$`, `$&`, `` $` `` and `$'` mean something in a replacement.
fn replaced(text: &str, name: &str, with: &str) -> String {
    let mut made = String::new();
    let mut from = 0;
    for (at, _) in text.match_indices(name) {
        made.push_str(&text[from..at]);
        let mut rest = with;
        while let Some(sign) = rest.find('$') {
            made.push_str(&rest[..sign]);
            let next = rest[sign + 1..].chars().next();
            match next {
                Some('$') => made.push('$'),
                Some('&') => made.push_str(name),
                Some('`') => made.push_str(&text[..at]),
                Some('\'') => made.push_str(&text[at + name.len()..]),
                _ => made.push('$'),
            }
            rest = &rest[sign + 1 + usize::from(matches!(next, Some('$' | '&' | '`' | '\'')))..];
        }
        made.push_str(rest);
        from = at + name.len();
    }
    made.push_str(&text[from..]);
    made
}

fn json_map(value: &V<'static>) -> Map<String, Value> {
    entries(value).into_iter().map(|(key, value)| (key.to_string(), value.to_json())).collect()
}

impl Definitions {
    /// Reads definitions; one flag that cannot be is a problem of all, as in the reference. A rule
    /// that does not compile is none: that flag answers with PARSE_ERROR (see `broken`).
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let all = read(text)?;
        if all.is_list() || !all.is_object() {
            return problem("", "not a map with `flags`");
        }
        let all = resolved(all)?;
        let own = |value: &V<'static>, key: &str| value.own(key).filter(V::is_object).unwrap_or(V::Null);
        let shared = json_map(&own(&all, "metadata"));
        let mut flags = BTreeMap::new();
        for (key, written) in entries(&own(&all, "flags")) {
            let mut metadata = shared.clone();
            metadata.extend(json_map(&own(&written, "metadata")));
            flags.insert(key.to_string(), Flag::read(&key, &written, Arc::new(metadata))?);
        }
        let mut canonical = String::new();
        all.to_json_text(&mut canonical);
        Ok(Self { flags, metadata: Arc::new(shared), digest: digest(canonical.as_bytes()) })
    }

    /// One flag's answer in this context at this time. A key that is not there, and a flag that
    /// is off, have no value.
    pub fn evaluate(&self, key: &str, context: &Value, now_seconds: i64) -> Evaluation {
        match self.flags.get(key) {
            Some(flag) => flag.evaluate(context, now_seconds),
            None => {
                Evaluation::failed(ErrorCode::FlagNotFound, format!("flag '{key}' not found").into(), &self.metadata)
            }
        }
    }

    /// All flags that have a value in this context.
    pub fn all(&self, context: &Value, now_seconds: i64) -> BTreeMap<String, Evaluation> {
        self.flags
            .iter()
            .map(|(key, flag)| (key.clone(), flag.evaluate(context, now_seconds)))
            .filter(|(_, found)| found.value.is_some())
            .collect()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.flags.keys().map(String::as_str)
    }

    pub fn has(&self, key: &str) -> bool {
        self.flags.contains_key(key)
    }

    /// The names of a flag's variants; none for a flag that is not there.
    pub fn variants(&self, key: &str) -> Vec<&str> {
        self.flags.get(key).map(|flag| flag.variants.keys().map(|name| &**name).collect()).unwrap_or_default()
    }

    /// Metadata of the whole set.
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.metadata
    }

    /// Rules that do not compile: those flags answer PARSE_ERROR.
    pub fn broken(&self) -> Vec<Problem> {
        let of = |flag: &Flag| match &flag.rule {
            Rule::Broken { why, .. } => {
                Some(Problem { path: format!("flags.{}.targeting", flag.key), said: why.clone() })
            }
            _ => None,
        };
        self.flags.values().filter_map(of).collect()
    }

    /// The same for the same definitions, whatever blanks are between them: for an ETag.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// 128 bits, FNV-1a: tells versions apart, and proves nothing.
fn digest(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    format!("{hash:032x}")
}

impl Flag {
    fn read(key: &Arc<str>, written: &V<'static>, metadata: Arc<Map<String, Value>>) -> Result<Self, Problem> {
        let path = |part: &str| format!("flags.{key}{part}");
        if !written.is_object() || written.is_list() {
            return problem(&path(""), "not a map with `state` and `variants`");
        }
        let variants = match written.own("variants") {
            None | Some(V::Null) => return problem(&path(".variants"), "missing; name each variant and its value"),
            Some(variants) => variants,
        };
        let variants: BTreeMap<_, _> =
            entries(&variants).into_iter().map(|(name, value)| (name, Arc::new(value.to_json()))).collect();
        let on = match text_of("state", written).as_deref() {
            Some("ENABLED") => true,
            Some("DISABLED") => false,
            _ => return problem(&path(".state"), "has to be ENABLED or DISABLED"),
        };
        let default = written.own("defaultVariant").filter(V::holds);
        let default = match default {
            None => None,
            Some(named) => match named.as_text().and_then(|name| variants.get_key_value(name)) {
                Some((name, _)) => Some(name.clone()),
                None => {
                    let known = variants.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                    let said = format!("`{}` is none of the variants: {known}", &*named.print());
                    return problem(&path(".defaultVariant"), said);
                }
            },
        };
        let rule = match written.own("targeting") {
            Some(rule) if (rule.is_object() || rule.as_text().is_some()) && !rule.own_keys().is_empty() => {
                match compiled(&rule) {
                    Ok(func) => Rule::Compiled(Box::new(func)),
                    Err(thrown) => Rule::Broken {
                        said: format!("Invalid targeting configuration for flag '{key}'").into(),
                        why: format!("does not compile: {thrown:?}"),
                    },
                }
            }
            _ => Rule::None,
        };
        let fixed = match (&rule, on) {
            (_, false) => Evaluation {
                value: None,
                variant: None,
                reason: Reason::Disabled,
                error_code: None,
                error_message: None,
                flag_metadata: metadata.clone(),
            },
            (Rule::Broken { said, .. }, _) => Evaluation::failed(ErrorCode::ParseError, said.clone(), &metadata),
            _ => {
                let value = default.as_ref().and_then(|name| variants.get(name)).cloned();
                let reason = match (&rule, &value) {
                    (Rule::None, Some(_)) => Reason::Static,
                    _ => Reason::Default,
                };
                Evaluation {
                    value,
                    variant: default.clone(),
                    reason,
                    error_code: None,
                    error_message: None,
                    flag_metadata: metadata.clone(),
                }
            }
        };
        Ok(Self { key: key.clone(), on, variants, rule, metadata, fixed })
    }

    fn evaluate(&self, context: &Value, now: i64) -> Evaluation {
        let Rule::Compiled(rule) = &self.rule else { return self.fixed.clone() };
        if !self.on {
            return self.fixed.clone();
        }
        let top = Top { given: context.as_object(), flag: &self.key, now: now as f64 };
        let failed = |said: String| Evaluation::failed(ErrorCode::General, said.into(), &self.metadata);
        let found = match rule.run(V::Top(&top)) {
            Ok(found) => found,
            Err(_) => return failed(format!("Error evaluating targeting rule for flag '{}'", self.key)),
        };
        // Nothing, and no default: `fixed` has neither value nor variant then.
        if found.is_nullish() {
            return self.fixed.clone();
        }
        let name = found.print();
        match self.variants.get_key_value(&*name) {
            Some((variant, value)) => Evaluation {
                value: Some(value.clone()),
                variant: Some(variant.clone()),
                reason: Reason::TargetingMatch,
                error_code: None,
                error_message: None,
                flag_metadata: self.metadata.clone(),
            },
            None => failed(format!("Variant '{}' not found in flag with key '{}'", &*name, self.key)),
        }
    }
}
