//! ALTER: what turns a living object into its former self, attribute by attribute. One file for each family of kinds.

/// Whether a field has to be set to what it was, and is ours to set.
macro_rules! changed {
    ($out:ident, $now:expr, $before:expr, $after:expr, $field:ident) => {
        super::ours(&$now.$field, &$before.$field, $after.map(|a| &a.$field), stringify!($field), &mut $out.drifted)
    };
}

mod code;
mod column;
mod database;
mod index;
mod sequence;
mod table;
mod user_type;

use super::Unsupported;
use super::acl::acl_statements;
use super::alteration::Alteration;
use super::create;
use super::words::keyword;
use crate::rename::Renames;
use backout_schema::{Catalog, Detail, Object, ObjectId, ident, literal};
use std::ops::ControlFlow;

pub use column::rewrite;

/// SET SCHEMA for the kinds that have it.
pub fn move_to_schema(catalog: &Catalog, id: ObjectId, schema: &str) -> Option<String> {
    let object = catalog.get(id)?;
    let word = match &object.detail {
        Detail::Table(_)
        | Detail::View(_)
        | Detail::Sequence(_)
        | Detail::Type(_)
        | Detail::Function(_)
        | Detail::Statistics(_)
        | Detail::Extension(_) => keyword(object),
        _ => return None,
    };
    Some(format!("ALTER {word} {} SET SCHEMA {}", catalog.sql_name(id), ident(schema)))
}

/// RENAME for every kind that has it; `table` is the name of the table that it is part of.
pub fn rename(catalog: &Catalog, id: ObjectId, table: &str, to: &str) -> Option<String> {
    let object = catalog.get(id)?;
    let (name, to) = (ident(&object.name), ident(to));
    Some(match &object.detail {
        Detail::Column(_) => format!("ALTER TABLE {table} RENAME COLUMN {name} TO {to}"),
        Detail::Constraint(c) if c.on_domain => {
            format!("ALTER DOMAIN {table} RENAME CONSTRAINT {name} TO {to}")
        }
        Detail::Constraint(_) => format!("ALTER TABLE {table} RENAME CONSTRAINT {name} TO {to}"),
        Detail::Trigger(_) | Detail::Policy(_) | Detail::Rule(_) => {
            format!("ALTER {} {name} ON {table} RENAME TO {to}", keyword(object))
        }
        Detail::Default(_)
        | Detail::PublicationTable(_)
        | Detail::PublicationSchema
        | Detail::DefaultAcl(_)
        | Detail::Extension(_)
        // Their names have more in them than that.
        | Detail::Other(_) => return None,
        _ => format!("ALTER {} {} RENAME TO {to}", keyword(object), catalog.sql_name(id)),
    })
}

/// Compares one attribute in three versions: what it is, what it was, and what the migration left.
/// Returns whether it is ours to change.
fn ours<T: PartialEq>(
    now: &T,
    before: &T,
    after: Option<&T>,
    what: &'static str,
    drifted: &mut Vec<&'static str>,
) -> bool {
    if now == before || after == Some(before) {
        return false;
    }
    if after.is_some_and(|after| after != now) {
        drifted.push(what);
        return false;
    }
    true
}

fn reset_and_set(head: &str, now: &[String], before: &[String], prefix: &str) -> Vec<String> {
    let name = |o: &String| o.split('=').next().unwrap_or_default().to_owned();
    let names: Vec<String> = before.iter().map(name).collect();
    let gone: Vec<String> =
        now.iter().map(name).filter(|n| !names.contains(n)).map(|n| format!("{prefix}{n}")).collect();
    // What is set comes last, whatever it was: from the first one on that stands elsewhere, all are set again.
    let stay = |first: usize| {
        let mut left = now.iter().filter(|o| before.contains(o) && !before[first..].iter().any(|b| name(b) == name(o)));
        before[..first].iter().all(|o| left.next() == Some(o)) && left.next().is_none()
    };
    let first = (0..=before.len()).rev().find(|first| stay(*first)).unwrap_or(0);
    let set: Vec<String> = before[first..]
        .iter()
        .map(|o| match o.split_once('=') {
            Some((name, value)) => format!("{prefix}{name}={}", literal(value).trim_start()),
            None => format!("{prefix}{o}"),
        })
        .collect();
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(format!("{head} RESET ({})", gone.join(", ")));
    }
    if !set.is_empty() {
        statements.push(format!("{head} SET ({})", set.join(", ")));
    }
    statements
}

/// One object, as it is and as it was, and its names as they will be once everything is renamed.
struct Of<'a> {
    names: &'a Catalog,
    now: &'a Object,
    before: &'a Object,
    /// What the migration left: where it differs from `now`, somebody else changed that.
    after: Option<&'a Object>,
    renames: &'a Renames,
    full: String,
    name: String,
    /// The table, or whatever else it is part of.
    parent: String,
}

impl<'a> Of<'a> {
    fn new(
        names: &'a Catalog,
        now: &'a Object,
        before: &'a Object,
        after: Option<&'a Object>,
        renames: &'a Renames,
    ) -> Of<'a> {
        let parent = before.parent.map_or(String::new(), |p| names.sql_name(p));
        Of { names, now, before, after, renames, full: names.sql_name(before.id), name: ident(&before.name), parent }
    }

    fn cannot(&self, reason: &str) -> Option<Unsupported> {
        Some(Unsupported::new(self.names, self.before.id, reason))
    }

    /// Texts that differ only in names that are about to change back are equal.
    fn same(&self, now: &str, before: &str) -> bool {
        self.renames.same(now, before)
    }

    fn same_if_any(&self, now: Option<&String>, before: Option<&String>) -> bool {
        match (now, before) {
            (Some(now), Some(before)) => self.same(now, before),
            (now, before) => now == before,
        }
    }
}

/// What makes `before` out of `now`. `after` is what the migration left: where it is given and
/// differs from `now`, somebody else changed that attribute and it stays. Names in the statements are
/// those of `names`, the catalog as it will be once everything is renamed.
pub fn alter(names: &Catalog, now: &Object, before: &Object, after: Option<&Object>, renames: &Renames) -> Alteration {
    let of = &Of::new(names, now, before, after, renames);
    let mut out = Alteration::default();
    if of_its_kind(of, &mut out).is_continue() {
        dressed(of, &mut out);
    }
    out
}

/// The same for what every kind has, and for nothing else: a comment, an owner, privileges.
pub fn alter_dress(
    names: &Catalog,
    now: &Object,
    before: &Object,
    after: Option<&Object>,
    renames: &Renames,
) -> Alteration {
    let mut out = Alteration::default();
    dressed(&Of::new(names, now, before, after, renames), &mut out);
    out
}

/// What its kind has. Ends where nothing else of it matters.
fn of_its_kind(of: &Of<'_>, out: &mut Alteration) -> ControlFlow<()> {
    macro_rules! of_kind {
        ($variant:ident, $alter:path, $n:ident, $b:ident) => {
            $alter(
                of,
                $n,
                $b,
                of.after.and_then(|a| match &a.detail {
                    Detail::$variant(x) => Some(x),
                    _ => None,
                }),
                out,
            )
        };
    }
    match (&of.now.detail, &of.before.detail) {
        (Detail::Schema, Detail::Schema) => {}
        (Detail::Table(n), Detail::Table(b)) => of_kind!(Table, table::table, n, b),
        (Detail::Column(n), Detail::Column(b)) => of_kind!(Column, column::column, n, b),
        (Detail::Constraint(n), Detail::Constraint(b)) => of_kind!(Constraint, index::constraint, n, b),
        (Detail::Index(n), Detail::Index(b)) => return of_kind!(Index, index::index, n, b),
        (Detail::View(n), Detail::View(b)) => return of_kind!(View, code::view, n, b),
        (Detail::Sequence(n), Detail::Sequence(b)) => of_kind!(Sequence, sequence::sequence, n, b),
        (Detail::Function(n), Detail::Function(b)) => of_kind!(Function, code::function, n, b),
        (Detail::Type(n), Detail::Type(b)) => of_kind!(Type, user_type::user_type, n, b),
        (Detail::Trigger(n), Detail::Trigger(b)) => of_kind!(Trigger, code::trigger, n, b),
        (Detail::Rule(n), Detail::Rule(b)) => of_kind!(Rule, code::rule, n, b),
        (Detail::Policy(n), Detail::Policy(b)) => of_kind!(Policy, code::policy, n, b),
        (Detail::Statistics(n), Detail::Statistics(b)) => of_kind!(Statistics, code::statistics, n, b),
        (Detail::Default(n), Detail::Default(b)) => of_kind!(Default, code::default, n, b),
        (Detail::Publication(n), Detail::Publication(b)) => of_kind!(Publication, database::publication, n, b),
        (Detail::PublicationTable(n), Detail::PublicationTable(b)) => {
            of_kind!(PublicationTable, database::publication_table, n, b);
        }
        (Detail::Extension(n), Detail::Extension(b)) => of_kind!(Extension, database::extension, n, b),
        (Detail::EventTrigger(n), Detail::EventTrigger(b)) => of_kind!(EventTrigger, database::event_trigger, n, b),
        (Detail::DefaultAcl(_), Detail::DefaultAcl(_)) => return database::default_acl(of, out),
        (Detail::Other(n), Detail::Other(b)) => of_kind!(Other, database::other, n, b),
        _ => out.recreate = true,
    }
    ControlFlow::Continue(())
}

/// What every kind has: a comment, an owner, privileges.
fn dressed(of: &Of<'_>, out: &mut Alteration) {
    let Of { names, now, before, after, .. } = *of;
    if ours(&now.comment, &before.comment, after.map(|a| &a.comment), "comment", &mut out.drifted) {
        out.say_all(create::comment(names, before.id));
    }
    let mut owner_changed = false;
    if let Some(owner) = &before.owner
        && ours(&now.owner, &before.owner, after.map(|a| &a.owner), "owner", &mut out.drifted)
    {
        owner_changed = true;
        out.say_all(create::owner(names, before.id, owner));
    }
    if (owner_changed && before.acl != now.acl)
        || ours(&now.acl, &before.acl, after.map(|a| &a.acl), "privileges", &mut out.drifted)
    {
        match acl_statements(names, before, now.acl.as_deref(), before.acl.as_deref()) {
            Ok(statements) => out.statements.extend(statements),
            Err(reason) => out.unsupported = Some(reason),
        }
    }
}
