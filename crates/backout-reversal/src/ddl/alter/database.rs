//! What belongs to the database as a whole: publications, extensions, event triggers, default privileges, other kinds.

use super::{Of, ours};
use crate::ddl::acl::default_acl_statements;
use crate::ddl::alteration::Alteration;
use crate::ddl::drop::settings;
use crate::ddl::words::enable_word;
use backout_schema::{EventTrigger, Extension, Object, Other, Publication, PublicationTable, ident, literal};
use std::ops::ControlFlow;

/// What makes the publication what it was.
pub(super) fn publication(
    of: &Of<'_>,
    n: &Publication,
    b: &Publication,
    a: Option<&Publication>,
    out: &mut Alteration,
) {
    let Of { name, .. } = of;
    if n.all_tables != b.all_tables {
        out.recreate = true;
    } else if changed!(out, n, b, a, publish) || changed!(out, n, b, a, via_root) {
        out.say(format!(
            "ALTER PUBLICATION {name} SET (publish = {}, publish_via_partition_root = {})",
            literal(&b.publish),
            b.via_root
        ));
    }
}

/// A table of a publication is published as it was, or taken in anew.
pub(super) fn publication_table(
    of: &Of<'_>,
    n: &PublicationTable,
    b: &PublicationTable,
    a: Option<&PublicationTable>,
    out: &mut Alteration,
) {
    let same_filter = of.same_if_any(n.filter.as_ref(), b.filter.as_ref());
    if n.table != b.table
        || (!same_filter && changed!(out, n, b, a, filter))
        || (n.columns != b.columns && changed!(out, n, b, a, columns))
    {
        out.recreate = true;
    }
}

/// What makes the extension what it was.
pub(super) fn extension(of: &Of<'_>, n: &Extension, b: &Extension, a: Option<&Extension>, out: &mut Alteration) {
    let Of { name, .. } = of;
    if changed!(out, n, b, a, version) {
        out.unsupported =
            of.cannot("an extension cannot be taken back to an older version unless it ships a script for it");
    }
    if changed!(out, n, b, a, schema) {
        out.say(format!("ALTER EXTENSION {name} SET SCHEMA {}", ident(&b.schema)));
    }
}

/// What makes the event trigger what it was.
pub(super) fn event_trigger(
    of: &Of<'_>,
    n: &EventTrigger,
    b: &EventTrigger,
    a: Option<&EventTrigger>,
    out: &mut Alteration,
) {
    let Of { name, .. } = of;
    if n.event != b.event || n.function != b.function || n.tags != b.tags {
        out.recreate = true;
    } else if changed!(out, n, b, a, enabled) {
        out.say(format!("ALTER EVENT TRIGGER {name} {}", enable_word(b.enabled)));
    }
}

/// What makes an object of another kind what it was.
pub(super) fn other(of: &Of<'_>, n: &Other, b: &Other, a: Option<&Other>, out: &mut Alteration) {
    let Of { now, before, after, .. } = of;
    // The name is in the statement that makes it.
    let unnamed =
        |o: &Object, list: &[String]| -> Vec<String> { list.iter().map(|sql| sql.replace(&o.name, "")).collect() };
    let (is, was) = (unnamed(now, &n.made_by), unnamed(before, &b.made_by));
    let alike =
        n.definition == b.definition && is.len() == was.len() && is.iter().zip(&was).all(|(n, b)| of.same(n, b));
    let left = a.zip(*after).map(|(a, after)| (unnamed(after, &a.made_by), a.definition.clone()));
    let is_left = left.is_none_or(|left| left == (is, n.definition.clone()));
    if !alike && !is_left {
        out.drifted.push("definition");
    } else if !alike && b.noun == "database setting" {
        out.say_all(settings(before, &n.definition, &b.definition));
    } else if !alike && b.made_by.is_empty() {
        out.unsupported = of.cannot(&format!("{} objects are noticed but not yet taken back", b.noun));
    } else if !alike {
        out.recreate = true;
    }
}

/// What makes the default privileges what they were. They have no owner, and are privileges themselves.
pub(super) fn default_acl(of: &Of<'_>, out: &mut Alteration) -> ControlFlow<()> {
    let Of { now, before, after, .. } = *of;
    if ours(&now.acl, &before.acl, after.map(|a| &a.acl), "privileges", &mut out.drifted) {
        match default_acl_statements(Some(now), Some(before)) {
            Ok(statements) => out.say_all(statements),
            Err(reason) => out.unsupported = Some(reason),
        }
    }
    ControlFlow::Break(())
}
