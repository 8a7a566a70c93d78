//! A DROP written with CASCADE, or for fewer names.

use super::Statement;
use crate::analysis::{self, Class, DropKind};
use crate::lexer::meant_tokens;
use crate::quote;

impl Statement {
    /// The same DROP with CASCADE, when the statement is one that may have it. The text is the author's own
    /// but for its end, and the grammar has confirmed that it means the same.
    pub fn with_cascade(&self) -> Option<String> {
        let Class::Ddl(ddl) = &self.analysis.class else { return None };
        let drop = ddl.drop.as_ref()?;
        if drop.cascade {
            return Some(self.text.clone());
        }
        let tokens = meant_tokens(&self.text).ok()?;
        let last = tokens.last()?;
        let kept =
            if last.is_word(&self.text, "restrict") { tokens.get(tokens.len().checked_sub(2)?)?.end } else { last.end };
        let text = format!("{} CASCADE", &self.text[..kept]);
        analysis::same_with_cascade(&self.text, &text).then_some(text)
    }

    /// The same DROP for those of its names that `keep` accepts; `None` when none is kept or the statement
    /// is not a drop of plainly named relations, types or schemas.
    pub fn drop_names_with(&self, keep: impl Fn(&[String]) -> bool) -> Option<String> {
        let Class::Ddl(ddl) = &self.analysis.class else { return None };
        let drop = ddl.drop.as_ref()?;
        let plain = matches!(
            drop.kind,
            DropKind::Table
                | DropKind::View
                | DropKind::MaterializedView
                | DropKind::ForeignTable
                | DropKind::Sequence
                | DropKind::Index
                | DropKind::Schema
                | DropKind::Extension
                | DropKind::Publication
                | DropKind::Statistics
                | DropKind::Collation
        );
        let names: Vec<String> =
            drop.names.iter().filter(|name| keep(name)).map(|name| quote::qualified(name)).collect();
        if !plain || names.is_empty() {
            return None;
        }
        let exists = if drop.if_exists { " IF EXISTS" } else { "" };
        let cascade = if drop.cascade { " CASCADE" } else { "" };
        Some(format!("{}{exists} {}{cascade}", self.analysis.tag, names.join(", ")))
    }
}
