//! JSON that is read past: only what is asked for is looked at, where it stands in the text, and nothing is kept of the
//! rest. However long a list is, one of its elements is there at a time.
//!
//! Must not know: what a document is about.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Fields of an object by their names, as texts of JSON. The object's other fields are read past.
#[derive(Debug)]
pub(super) struct Fields<'n, 'l> {
    names: &'n [&'n str],
    found: Vec<Option<&'l RawValue>>,
}

impl<'n, 'l> Fields<'n, 'l> {
    pub(super) fn new(names: &'n [&'n str]) -> Self {
        Self { names, found: vec![None; names.len()] }
    }

    /// By the place of its name.
    pub(super) fn get(&self, place: usize) -> Option<&'l RawValue> {
        self.found.get(place).copied().flatten()
    }

    /// Those of another object.
    ///
    /// # Errors
    /// Where it is no object.
    pub(super) fn read(&mut self, text: &'l str) -> serde_json::Result<()> {
        let mut reader = serde_json::Deserializer::from_str(text);
        self.deserialize(&mut reader)?;
        reader.end()
    }
}

impl<'l> DeserializeSeed<'l> for &mut Fields<'_, 'l> {
    type Value = ();

    fn deserialize<D: Deserializer<'l>>(self, from: D) -> Result<(), D::Error> {
        self.found.fill(None);
        from.deserialize_map(self)
    }
}

impl<'l> Visitor<'l> for &mut Fields<'_, 'l> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Place(self.names))? {
            match place.and_then(|place| self.found.get_mut(place)) {
                Some(found) => *found = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The place of a name among those that are asked for.
struct Place<'n>(&'n [&'n str]);

impl<'l> DeserializeSeed<'l> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'l>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|one| *one == name))
    }
}

/// Calls with each element of a list.
struct Each<T, F>(F, PhantomData<T>);

/// The elements of a list, one after the other; of null there are none.
///
/// # Errors
/// Where it is no list, an element is not what is expected, or the call's own.
pub(super) fn each<'l, T: Deserialize<'l>>(
    list: &'l str,
    call: impl FnMut(T) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    let mut reader = serde_json::Deserializer::from_str(list);
    Each(call, PhantomData).deserialize(&mut reader)?;
    reader.end()
}

impl<'l, T: Deserialize<'l>, F: FnMut(T) -> serde_json::Result<()>> DeserializeSeed<'l> for Each<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'l>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'l, T: Deserialize<'l>, F: FnMut(T) -> serde_json::Result<()>> Visitor<'l> for Each<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'l>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(one) = list.next_element()? {
            (self.0)(one).map_err(de::Error::custom)?;
        }
        Ok(())
    }
}

/// A value without its quotes; of anything but a text, as it stands there.
pub(super) fn plain(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
        Some(_) => serde_json::from_str::<String>(text).ok().map(Cow::Owned),
        None => Some(Cow::Borrowed(text)),
    }
}
