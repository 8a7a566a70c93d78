//! HTML that is made of elements: whatever is put into one as text or as an attribute is escaped on the way.
//!
//! Must not know: which page it is for.

use std::fmt::{self, Display, Write as _};

/// Whole elements and text, escaped already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

/// An element that is being made. Its name and those of its attributes are never data.
#[derive(Debug, Clone)]
pub(super) struct Element {
    name: &'static str,
    attributes: String,
    inside: String,
}

/// Elements that have nothing inside.
const VOID: [&str; 5] = ["br", "input", "link", "meta", "hr"];

pub(super) fn el(name: &'static str) -> Element {
    Element { name, attributes: String::new(), inside: String::new() }
}

/// An element with text.
pub(super) fn say(name: &'static str, text: impl Display) -> Element {
    el(name).text(text)
}

/// An element with these inside.
pub(super) fn of<I: Into<Html>>(name: &'static str, all: impl IntoIterator<Item = I>) -> Element {
    all.into_iter().fold(el(name), Element::add)
}

impl Element {
    pub(super) fn attr(mut self, name: &'static str, value: impl Display) -> Self {
        write!(self.attributes, " {name}=\"").ok();
        write!(Escaped(&mut self.attributes), "{value}").ok();
        self.attributes.push('"');
        self
    }

    pub(super) fn class(self, name: &'static str) -> Self {
        self.attr("class", name)
    }

    /// An attribute that is there or not.
    pub(super) fn flag(mut self, name: &'static str, is_there: bool) -> Self {
        if is_there {
            self.attributes.push(' ');
            self.attributes.push_str(name);
        }
        self
    }

    pub(super) fn text(mut self, text: impl Display) -> Self {
        write!(Escaped(&mut self.inside), "{text}").ok();
        self
    }

    pub(super) fn add(mut self, inside: impl Into<Html>) -> Self {
        self.inside.push_str(&inside.into().0);
        self
    }

    pub(super) fn maybe(self, inside: Option<impl Into<Html>>) -> Self {
        match inside {
            Some(inside) => self.add(inside),
            None => self,
        }
    }
}

impl From<Element> for Html {
    fn from(one: Element) -> Self {
        let Element { name, attributes, inside } = one;
        Self(match VOID.contains(&name) {
            true => format!("<{name}{attributes}>"),
            false => format!("<{name}{attributes}>{inside}</{name}>"),
        })
    }
}

impl Html {
    /// One after the other.
    pub(super) fn all<I: Into<Self>>(all: impl IntoIterator<Item = I>) -> Self {
        Self(all.into_iter().map(|one| one.into().0).collect())
    }

    pub(super) fn and(mut self, next: impl Into<Self>) -> Self {
        self.0.push_str(&next.into().0);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A whole document.
    pub(super) fn document(self) -> String {
        format!("<!doctype html>\n{}", self.0)
    }
}

/// Takes text, and gives what a browser shows as that text.
struct Escaped<'s>(&'s mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for one in text.chars() {
            match one {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(one),
                // What turns the direction of text makes one name look like another.
                '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    self.0.push(char::REPLACEMENT_CHARACTER);
                }
                one if one.is_control() => self.0.push(char::REPLACEMENT_CHARACTER),
                one => self.0.push(one),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_never_markup() {
        let hostile = "\"><script>alert('1')</script>&amp;\u{202e}\u{0}";
        let made = Html::from(say("p", hostile).attr("title", hostile)).0;
        let shown = "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;\u{fffd}\u{fffd}";
        assert_eq!(made, format!("<p title=\"{shown}\">{shown}</p>"));
    }

    #[test]
    fn elements_in_elements() {
        let field = el("input").attr("name", "a").flag("required", true).flag("disabled", false);
        let made = of("form", [field]).maybe(Some(say("b", 1))).maybe(None::<Html>);
        assert_eq!(Html::from(made).0, "<form><input name=\"a\" required><b>1</b></form>");
        assert!(Html::default().is_empty());
    }
}
