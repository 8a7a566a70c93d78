//! When a migration that was taken back may be tried again: `[retry]`.
//!
//! It must not know what was taken back, or what time it is.

use schemars::JsonSchema;
use serde::Serialize;

use super::read::{At, Extra, Reader, Section};
use super::{Span, SpanError};

/// What must hold before a migration that was undone is applied again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// How long after the undo.
    pub after: Option<Span>,
    /// What people must have done.
    #[serde(rename = "action", skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<PlanAction>,
}

/// Something that people do after a way back, and say that they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanAction {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// How long after the undo it is due.
    pub within: Option<Span>,
}

impl Retry {
    /// Nothing is demanded.
    pub fn is_empty(&self) -> bool {
        self.after.is_none() && self.actions.is_empty()
    }
}

pub(super) fn retry(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Retry {
    let Some(mut section) = reader.section(root, "retry") else { return Retry::default() };
    let after: Option<At<Span>> = reader.parsed(&mut section, "after", SpanError::suggestion);
    let mut actions: Vec<PlanAction> = Vec::new();
    for mut section in reader.sections(&mut section, "action") {
        if section.ask("name").is_none() {
            reader.problem(&section.at, "an action needs a name", Extra::default());
        }
        let name = reader.filled(&mut section, "name");
        let within: Option<At<Span>> = reader.parsed(&mut section, "within", SpanError::suggestion);
        reader.finish(&section);
        let Some(name) = name else { continue };
        if actions.iter().any(|action| action.name == name.value) {
            let said = format!("two actions are called {:?}", name.value);
            reader.problem(&name.at, said, Extra::value(name.value.clone()));
        }
        actions.push(PlanAction { name: name.value, within: within.map(|span| span.value) });
    }
    reader.finish(&section);
    Retry { after: after.map(|span| span.value), actions }
}
