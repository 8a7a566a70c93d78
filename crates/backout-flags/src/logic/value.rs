//! Values as JavaScript has them: borrowed from a context where possible, and its conversions.
//!
//! Must not know: operators, flags.

use std::{fmt, sync::Arc};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::number;

/// A text, of the context or of our own.
#[derive(Clone)]
pub enum Text<'a> {
    Of(&'a str),
    Own(Arc<str>),
}

impl std::ops::Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Self::Of(text) => text,
            Self::Own(text) => text,
        }
    }
}

/// The context at the top: what the caller gave, and what flagd adds.
#[derive(Debug)]
pub struct Top<'a> {
    pub given: Option<&'a serde_json::Map<String, Value>>,
    pub flag: &'a Arc<str>,
    pub now: f64,
}

pub type Entries<'a> = Vec<(Arc<str>, V<'a>)>;

/// A value. Lists and maps are told apart by identity, as objects are.
#[derive(Clone)]
pub enum V<'a> {
    Undefined,
    Null,
    Bool(bool),
    Num(f64),
    Str(Text<'a>),
    /// A list or map of the context.
    Json(&'a Value),
    List(Arc<Vec<V<'a>>>),
    Map(Arc<Entries<'a>>),
    Top(&'a Top<'a>),
    /// What flagd adds to the top.
    Flagd(&'a Top<'a>),
    /// What a prototype has under this name.
    Function,
}

/// What stopped an evaluation.
#[derive(Clone)]
pub enum Thrown<'a> {
    NotANumber,
    /// An object with this `type`.
    Kind(&'static str, Option<Arc<str>>),
    /// The language's own error with its message.
    Error(String),
    Value(V<'a>),
}

pub type Outcome<'a> = Result<V<'a>, Box<Thrown<'a>>>;

pub fn invalid<'a, T>() -> Result<T, Box<Thrown<'a>>> {
    Err(Box::new(Thrown::Kind("Invalid Arguments", None)))
}

pub fn not_a_number<'a, T>() -> Result<T, Box<Thrown<'a>>> {
    Err(Box::new(Thrown::NotANumber))
}

pub fn error<'a, T>(said: &str) -> Result<T, Box<Thrown<'a>>> {
    Err(Box::new(Thrown::Error(said.to_owned())))
}

impl<'a> V<'a> {
    pub fn text(text: &str) -> Self {
        Self::Str(Text::Own(text.into()))
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    pub fn map(entries: Entries<'a>) -> Self {
        Self::Map(Arc::new(entries))
    }

    pub fn of(json: &'a Value) -> Self {
        match json {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => Self::Num(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Self::Str(Text::Of(text)),
            Value::Array(_) | Value::Object(_) => Self::Json(json),
        }
    }

    pub fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::Json(Value::Array(_)))
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Self::List(_) | Self::Json(_) | Self::Map(_) | Self::Top(_) | Self::Flagd(_))
    }

    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// How many items a list has.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::List(items) => Some(items.len()),
            Self::Json(Value::Array(items)) => Some(items.len()),
            _ => None,
        }
    }

    /// The item of a list, or undefined.
    pub fn item(&self, at: usize) -> Self {
        match self {
            Self::List(items) => items.get(at).cloned(),
            Self::Json(Value::Array(items)) => items.get(at).map(V::of),
            _ => None,
        }
        .unwrap_or(Self::Undefined)
    }

    pub fn items(&self) -> impl Iterator<Item = V<'a>> + '_ {
        (0..self.count().unwrap_or(0)).map(|at| self.item(at))
    }

    /// The list that this is, or a list of it.
    pub fn coerced(self) -> Self {
        if self.is_list() { self } else { Self::list(vec![self]) }
    }

    /// What the language takes as true.
    pub fn holds(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(bool) => *bool,
            Self::Num(number) => *number != 0.0 && !number.is_nan(),
            Self::Str(text) => !text.is_empty(),
            _ => true,
        }
    }

    /// What JSONLogic takes as true: nothing empty.
    pub fn truthy(&self) -> bool {
        match self {
            Self::List(items) => !items.is_empty(),
            Self::Map(entries) => !entries.is_empty(),
            Self::Json(Value::Array(items)) => !items.is_empty(),
            Self::Json(Value::Object(map)) => !map.is_empty(),
            other => other.holds(),
        }
    }

    pub fn own_keys(&self) -> Vec<Arc<str>> {
        match self {
            Self::Map(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
            Self::Json(Value::Object(map)) => in_order(map.keys().map(|key| Arc::from(key.as_str())).collect()),
            Self::Flagd(_) => vec!["flagKey".into(), "timestamp".into()],
            Self::Top(top) => {
                let mut keys: Vec<Arc<str>> =
                    top.given.map(|map| map.keys().map(|key| Arc::from(key.as_str())).collect()).unwrap_or_default();
                if !keys.iter().any(|key| &**key == "$flagd") {
                    keys.push("$flagd".into());
                }
                in_order(keys)
            }
            Self::Str(text) => (0..text.encode_utf16().count()).map(|at| at.to_string().into()).collect(),
            _ => (0..self.count().unwrap_or(0)).map(|at| at.to_string().into()).collect(),
        }
    }

    /// A property that the object itself has.
    pub fn own(&self, key: &str) -> Option<V<'a>> {
        match self {
            Self::Map(entries) => entries.iter().find(|(name, _)| &**name == key).map(|(_, value)| value.clone()),
            Self::Json(Value::Object(map)) => map.get(key).map(V::of),
            Self::Top(top) => match key {
                "$flagd" => Some(V::Flagd(top)),
                _ => top.given.and_then(|map| map.get(key)).map(V::of),
            },
            Self::Flagd(top) => match key {
                "flagKey" => Some(V::Str(Text::Own(top.flag.clone()))),
                "timestamp" => Some(V::Num(top.now)),
                _ => None,
            },
            Self::List(_) | Self::Json(_) => match index(key) {
                Some(at) => Some(self.item(at)).filter(|item| !matches!(item, V::Undefined)),
                None if key == "length" => Some(V::Num(self.count().unwrap_or(0) as f64)),
                None => None,
            },
            Self::Str(text) => match index(key) {
                Some(at) => unit(text, at).map(V::Str),
                None if key == "length" => Some(V::Num(text.encode_utf16().count() as f64)),
                None => None,
            },
            _ => None,
        }
    }

    /// `self[key]`; an error where this is nothing.
    pub fn get(&self, key: &str) -> Outcome<'a> {
        if let Some(value) = self.own(key) {
            return Ok(value);
        }
        if self.is_nullish() {
            return error(&format!("Cannot read properties of {} (reading '{key}')", &*self.print()));
        }
        Ok(if key == "__proto__" {
            V::map(Vec::new())
        } else if self.has_function(key) {
            V::Function
        } else {
            V::Undefined
        })
    }

    fn has_function(&self, key: &str) -> bool {
        OBJECT.contains(&key)
            || match self {
                Self::Str(_) => STRING.contains(&key),
                Self::Num(_) => NUMBER.contains(&key),
                Self::List(_) | Self::Json(Value::Array(_)) => ARRAY.contains(&key),
                _ => false,
            }
    }

    /// `self[key]` by any key.
    pub fn at(&self, key: &V<'a>) -> Outcome<'a> {
        match key {
            Self::Str(text) => self.get(text),
            other => self.get(&other.print()),
        }
    }

    pub fn to_number(&self) -> f64 {
        match self {
            Self::Undefined | Self::Function => f64::NAN,
            Self::Null => 0.0,
            Self::Bool(bool) => f64::from(u8::from(*bool)),
            Self::Num(number) => *number,
            Self::Str(text) => number::read(text),
            other => number::read(&other.print()),
        }
    }

    /// The value as text.
    pub fn print(&self) -> Text<'a> {
        Text::Own(match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Num(number) => number::print(*number).into(),
            Self::Str(text) => return text.clone(),
            Self::Map(_) | Self::Top(_) | Self::Flagd(_) | Self::Json(Value::Object(_)) => "[object Object]".into(),
            Self::Function => "function () { [native code] }".into(),
            list => {
                let mut text = String::new();
                for (at, item) in list.items().enumerate() {
                    if at > 0 {
                        text.push(',');
                    }
                    if !item.is_nullish() {
                        text.push_str(&item.print());
                    }
                }
                text.into()
            }
        })
    }

    fn primitive(&self) -> V<'a> {
        if self.is_object() || matches!(self, Self::Function) { V::Str(self.print()) } else { self.clone() }
    }

    /// `===`
    pub fn is(&self, other: &V<'_>) -> bool {
        match (self, other) {
            (Self::Undefined, V::Undefined) | (Self::Null, V::Null) => true,
            (Self::Bool(one), V::Bool(two)) => one == two,
            (Self::Num(one), V::Num(two)) => one == two,
            (Self::Str(one), V::Str(two)) => **one == **two,
            (Self::Json(one), V::Json(two)) => std::ptr::eq(*one, *two),
            (Self::List(one), V::List(two)) => std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(two)),
            (Self::Map(one), V::Map(two)) => std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(two)),
            (Self::Top(_), V::Top(_)) | (Self::Flagd(_), V::Flagd(_)) => true,
            _ => false,
        }
    }

    /// `==`
    pub fn equals(&self, other: &V<'_>) -> bool {
        match (self, other) {
            (one, two) if one.is_nullish() || two.is_nullish() => one.is_nullish() && two.is_nullish(),
            (Self::Str(_), V::Str(_)) | (Self::Bool(_), V::Bool(_)) | (Self::Num(_), V::Num(_)) => self.is(other),
            (one, two) => match (one.is_object(), two.is_object()) {
                (true, true) => one.is(two),
                (true, false) => one.primitive().equals(two),
                (false, true) => two.primitive().equals(one),
                (false, false) => one.to_number() == two.to_number(),
            },
        }
    }

    /// `<`, `>` and their kin: none where one is no number.
    pub fn order(&self, other: &V<'_>) -> Option<std::cmp::Ordering> {
        let (one, two) = (self.primitive(), other.primitive());
        if let (V::Str(one), V::Str(two)) = (&one, &two) {
            if one.is_ascii() && two.is_ascii() {
                return Some(one.as_bytes().cmp(two.as_bytes()));
            }
            return Some(one.encode_utf16().cmp(two.encode_utf16()));
        }
        one.to_number().partial_cmp(&two.to_number())
    }

    /// As `includes` compares: NaN is NaN.
    pub fn same(&self, other: &V<'_>) -> bool {
        match (self, other) {
            (Self::Num(one), V::Num(two)) if one.is_nan() => two.is_nan(),
            _ => self.is(other),
        }
    }

    /// `+`
    pub fn plus(&self, other: &V<'a>) -> Outcome<'a> {
        let (one, two) = (self.primitive(), other.primitive());
        if matches!(one, V::Str(_)) || matches!(two, V::Str(_)) {
            let (one, two) = (one.print(), two.print());
            // A text that doubles itself in a reduce would take all memory.
            if one.len() + two.len() > LONGEST {
                return error("Invalid string length");
            }
            return Ok(V::Str(Text::Own(format!("{}{}", &*one, &*two).into())));
        }
        Ok(V::Num(one.to_number() + two.to_number()))
    }

    /// Without what it borrows.
    pub fn detached(&self) -> V<'static> {
        match self {
            Self::Undefined => V::Undefined,
            Self::Null => V::Null,
            Self::Bool(bool) => V::Bool(*bool),
            Self::Num(number) => V::Num(*number),
            Self::Str(Text::Own(text)) => V::Str(Text::Own(text.clone())),
            Self::Str(Text::Of(text)) => V::text(text),
            Self::Function => V::Function,
            list if list.is_list() => V::list(list.items().map(|item| item.detached()).collect()),
            map => V::map(
                map.own_keys()
                    .into_iter()
                    .map(|key| {
                        let value = map.own(&key).map_or(V::Undefined, |value| value.detached());
                        (key, value)
                    })
                    .collect(),
            ),
        }
    }

    /// As JSON; what JSON has not is left out or null, as `JSON.stringify` does.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Num(number) => json_number(*number),
            Self::Str(text) => Value::String(text.to_string()),
            Self::Json(json) => (*json).clone(),
            Self::List(items) => Value::Array(items.iter().map(V::to_json).collect()),
            Self::Map(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect())
            }
            _ => Value::Null,
        }
    }

    /// Compact JSON text in the order of the keys.
    pub fn to_json_text(&self, into: &mut String) {
        match self {
            Self::List(items) => {
                into.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        into.push(',');
                    }
                    item.to_json_text(into);
                }
                into.push(']');
            }
            Self::Map(entries) => {
                into.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at > 0 {
                        into.push(',');
                    }
                    V::text(key).to_json_text(into);
                    into.push(':');
                    value.to_json_text(into);
                }
                into.push('}');
            }
            Self::Num(number) if number.is_finite() => into.push_str(&number::print(*number)),
            other => into.push_str(&other.to_json().to_string()),
        }
    }
}

/// Longer texts are not put together.
const LONGEST: usize = 1 << 24;

fn json_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9.2e18 {
        return Value::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// A key that names a place in a list.
pub fn index(key: &str) -> Option<usize> {
    if key.is_empty() || key.len() > 9 || (key.len() > 1 && key.starts_with('0')) {
        return None;
    }
    if key.bytes().all(|byte| byte.is_ascii_digit()) { key.parse().ok() } else { None }
}

/// Whole numbers first and ascending, the others as they came.
fn in_order(mut keys: Vec<Arc<str>>) -> Vec<Arc<str>> {
    keys.sort_by_key(|key| index(key).map_or((1, 0), |at| (0, at)));
    keys
}

/// One UTF-16 unit of a text; half of a pair has no text of its own and is shown as U+FFFD.
fn unit<'a>(text: &Text<'a>, at: usize) -> Option<Text<'a>> {
    if text.is_ascii() {
        return match text {
            Text::Of(text) => text.get(at..at + 1).map(Text::Of),
            Text::Own(text) => text.get(at..at + 1).map(|one| Text::Own(one.into())),
        };
    }
    let unit = text.encode_utf16().nth(at)?;
    Some(Text::Own(String::from_utf16_lossy(&[unit]).into()))
}

const OBJECT: [&str; 11] = [
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
];
const NUMBER: [&str; 3] = ["toExponential", "toFixed", "toPrecision"];
const ARRAY: [&str; 35] = [
    "at",
    "concat",
    "copyWithin",
    "entries",
    "every",
    "fill",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "forEach",
    "includes",
    "indexOf",
    "join",
    "keys",
    "lastIndexOf",
    "map",
    "pop",
    "push",
    "reduce",
    "reduceRight",
    "reverse",
    "shift",
    "slice",
    "some",
    "sort",
    "splice",
    "toReversed",
    "toSorted",
    "unshift",
    "values",
    "with",
];
const STRING: [&str; 34] = [
    "anchor",
    "at",
    "big",
    "bold",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "endsWith",
    "includes",
    "indexOf",
    "lastIndexOf",
    "link",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "padEnd",
    "padStart",
    "repeat",
    "replace",
    "replaceAll",
    "search",
    "slice",
    "small",
    "split",
    "startsWith",
    "sub",
    "substr",
    "substring",
    "toLowerCase",
    "toUpperCase",
    "trim",
    "sup",
];

impl fmt::Debug for V<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Function => f.write_str("function"),
            other => write!(f, "{}", other.to_json()),
        }
    }
}

impl fmt::Debug for Thrown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("not a number"),
            Self::Kind(kind, None) => f.write_str(kind),
            Self::Kind(kind, Some(key)) => write!(f, "{kind} `{key}`"),
            Self::Error(said) => f.write_str(said),
            Self::Value(value) => write!(f, "thrown: {value:?}"),
        }
    }
}

impl Thrown<'_> {
    pub fn detached(&self) -> Box<Thrown<'static>> {
        Box::new(match self {
            Self::NotANumber => Thrown::NotANumber,
            Self::Kind(kind, key) => Thrown::Kind(kind, key.clone()),
            Self::Error(said) => Thrown::Error(said.clone()),
            Self::Value(value) => Thrown::Value(value.detached()),
        })
    }
}

/// JSON with the order of its keys, and numbers as JavaScript has them.
impl<'de> Deserialize<'de> for V<'static> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = V<'static>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<V<'static>, E> {
                Ok(V::Null)
            }
            fn visit_bool<E>(self, bool: bool) -> Result<V<'static>, E> {
                Ok(V::Bool(bool))
            }
            fn visit_i64<E>(self, number: i64) -> Result<V<'static>, E> {
                Ok(V::Num(number as f64))
            }
            fn visit_u64<E>(self, number: u64) -> Result<V<'static>, E> {
                Ok(V::Num(number as f64))
            }
            fn visit_f64<E>(self, number: f64) -> Result<V<'static>, E> {
                Ok(V::Num(number))
            }
            fn visit_str<E>(self, text: &str) -> Result<V<'static>, E> {
                Ok(V::text(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<V<'static>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = from.next_element()? {
                    items.push(item);
                }
                Ok(V::list(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<V<'static>, A::Error> {
                let mut entries: Entries<'static> = Vec::new();
                let mut places = std::collections::HashMap::<Arc<str>, usize>::new();
                while let Some((key, value)) = from.next_entry::<String, V<'static>>()? {
                    let key: Arc<str> = key.into();
                    // The last of several counts, at the first's place.
                    match places.get(&key) {
                        Some(&at) => entries[at].1 = value,
                        None => {
                            places.insert(key.clone(), entries.len());
                            entries.push((key, value));
                        }
                    }
                }
                entries.sort_by_key(|(key, _)| index(key).map_or((1, 0), |at| (0, at)));
                Ok(V::map(entries))
            }
        }
        from.deserialize_any(Read)
    }
}
