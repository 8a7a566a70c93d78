//! What is wrong inside the value of a step or a check, and under which of its keys: values are read with the trail that
//! led to what could not be read.
//!
//! It must not know what the keys are for, or where the value stands in a file.

use std::cell::RefCell;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::read::one_of;
use crate::nearest::nearest;

/// One thing that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct Flaw {
    /// The keys, and places in lists, that lead to it from the value itself.
    pub path: Vec<String>,
    pub said: String,
    /// What stands there, where it may be shown.
    pub value: Option<String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// What to do about it, where there is more to say than a word to write instead.
    pub hint: Option<String>,
}

impl Flaw {
    /// At this place.
    pub fn at(path: &[&str], said: impl Into<String>) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self { path, said: said.into(), ..Self::default() }
    }

    /// What stands there.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// The one of these that was probably meant; all of them as a hint, where none is near.
    #[must_use]
    pub fn meant<'c>(mut self, word: &str, known: impl IntoIterator<Item = &'c str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        self.suggestion = nearest(word, known.iter().copied()).map(str::to_owned);
        if self.suggestion.is_none() && !known.is_empty() && known.len() <= FEW {
            self.hint = Some(one_of(&known));
        }
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same seen from further out.
    #[must_use]
    pub fn under(mut self, outer: &[&str]) -> Self {
        self.path.splice(0..0, outer.iter().map(|part| (*part).to_owned()));
        self
    }
}

/// More words than these are no help.
const FEW: usize = 12;

/// Reads a value.
///
/// # Errors
/// What is wrong with it, with the keys that lead there.
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Flaw> {
    let trail = RefCell::new(Vec::new());
    let read = T::deserialize(Traced { value, trail: &trail });
    read.map_err(|flaw| Flaw { path: trail.into_inner(), ..flaw })
}

impl serde::de::Error for Flaw {
    fn custom<T: fmt::Display>(said: T) -> Self {
        Self { said: said.to_string(), ..Self::default() }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format!("unknown field `{field}`")).value(field).meant(field, expected.iter().copied())
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format!("unknown variant `{variant}`")).value(variant).meant(variant, expected.iter().copied())
    }
}

/// A value, and the keys on the way to what is being read of it. The way to what failed is left as it is.
#[derive(Clone, Copy)]
struct Traced<'v, 't> {
    value: &'v Value,
    trail: &'t RefCell<Vec<String>>,
}

fn plain(error: serde_json::Error) -> Flaw {
    Flaw::custom(error)
}

impl<'v> Deserializer<'v> for Traced<'v, '_> {
    type Error = Flaw;

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Flaw> {
        let trail = self.trail;
        match self.value {
            Value::Object(fields) => visitor.visit_map(Fields { fields: fields.iter(), next: None, trail }),
            Value::Array(items) => {
                let mut left = Items { items: items.iter(), place: 0, trail };
                let read = visitor.visit_seq(&mut left)?;
                match left.items.len() {
                    0 => Ok(read),
                    _ => Err(Flaw::invalid_length(items.len(), &Fewer)),
                }
            }
            other => other.deserialize_any(visitor).map_err(plain),
        }
    }

    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Flaw> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'v>>(self, _: &'static str, visitor: V) -> Result<V::Value, Flaw> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'v>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        match self.value {
            Value::String(variant) => visitor.visit_enum(IntoDeserializer::<Flaw>::into_deserializer(variant.as_str())),
            other => other.deserialize_enum(name, variants, visitor).map_err(plain),
        }
    }

    forward_to_deserialize_any! {
        <V: Visitor<'v>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Fewer;

impl Expected for Fewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fewer elements")
    }
}

struct Fields<'v, 't> {
    fields: serde_json::map::Iter<'v>,
    next: Option<&'v Value>,
    trail: &'t RefCell<Vec<String>>,
}

impl<'v> MapAccess<'v> for Fields<'v, '_> {
    type Error = Flaw;

    fn next_key_seed<K: DeserializeSeed<'v>>(&mut self, seed: K) -> Result<Option<K::Value>, Flaw> {
        let Some((key, value)) = self.fields.next() else { return Ok(None) };
        self.trail.borrow_mut().push(key.clone());
        self.next = Some(value);
        seed.deserialize(IntoDeserializer::<Flaw>::into_deserializer(key.as_str())).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<S::Value, Flaw> {
        let value = self.next.take().unwrap_or(&Value::Null);
        let read = seed.deserialize(Traced { value, trail: self.trail })?;
        self.trail.borrow_mut().pop();
        Ok(read)
    }
}

struct Items<'v, 't> {
    items: std::slice::Iter<'v, Value>,
    place: usize,
    trail: &'t RefCell<Vec<String>>,
}

impl<'v> SeqAccess<'v> for Items<'v, '_> {
    type Error = Flaw;

    fn next_element_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<Option<S::Value>, Flaw> {
        let Some(value) = self.items.next() else { return Ok(None) };
        self.trail.borrow_mut().push(self.place.to_string());
        let read = seed.deserialize(Traced { value, trail: self.trail })?;
        self.trail.borrow_mut().pop();
        self.place += 1;
        Ok(Some(read))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::plan::Span;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Step {
        file: String,
        #[serde(default)]
        set: BTreeMap<String, String>,
        #[serde(default)]
        until: Option<Inner>,
        #[serde(default)]
        pair: Option<[u8; 2]>,
        #[serde(default)]
        within: Span,
        #[serde(default)]
        word: Word,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        list: Vec<Step>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    enum Word {
        #[default]
        Stay,
        Thaw,
        Basic {
            user: String,
        },
    }

    #[test]
    fn what_is_wrong_is_found_where_it_stands() {
        for (value, path, said, suggestion) in [
            (json!({ "fiel": "x" }), "fiel", "unknown field `fiel`", Some("file")),
            (json!({ "file": 3 }), "file", "invalid type: integer `3`, expected a string", None),
            (json!({}), "", "missing field `file`", None),
            (json!({ "file": "x", "set": { "a": 1 } }), "set.a", "invalid type", None),
            (
                json!({ "file": "x", "until": { "list": [{ "file": "y" }, { "fil": 1 }] } }),
                "until.list.1.fil",
                "unknown",
                Some("file"),
            ),
            (json!({ "file": "x", "until": { "list": [{ "file": "y" }, {}] } }), "until.list.1", "missing", None),
            (json!({ "file": "x", "pair": [1, 2, 3] }), "pair", "invalid length 3", None),
            (json!({ "file": "x", "pair": [1, 300] }), "pair.1", "invalid value", None),
            (json!({ "file": "x", "within": "5" }), "within", "needs a unit", None),
            (json!({ "file": "x", "word": "thwa" }), "word", "unknown variant `thwa`", Some("thaw")),
            (json!({ "file": "x", "word": { "basic": { "usr": "a" } } }), "word", "unknown field `usr`", None),
            (json!("x"), "", "invalid type", None),
        ] {
            let flaw = read_value::<Step>(&value).expect_err("it cannot be read");
            assert_eq!(flaw.path.join("."), path, "{value}: {flaw:?}");
            assert!(flaw.said.contains(said), "{value}: {flaw:?}");
            assert_eq!(flaw.suggestion.as_deref(), suggestion, "{value}: {flaw:?}");
        }
    }

    #[test]
    fn what_can_be_read_is_what_the_usual_reader_makes_of_it() {
        for value in [
            json!({ "file": "x" }),
            json!({ "file": "x", "set": { "a": "b" }, "until": null, "pair": [1, 2], "within": "5s", "word": "thaw" }),
            json!({ "file": "x", "until": { "list": [{ "file": "y" }] }, "word": { "basic": { "user": "a" } } }),
        ] {
            assert_eq!(read_value::<Step>(&value).unwrap(), serde_json::from_value::<Step>(value).unwrap());
        }
    }
}
