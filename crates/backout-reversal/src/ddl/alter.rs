//! ALTER: what turns a living object into its former self, attribute by attribute.

use super::Unsupported;
use super::alteration::{Alteration, retype};
use super::create::{collate, comment_on_attribute};
use super::statement::{Does, Statement};
use super::words::{enable_word, keyword, only_word, storage_word};
use crate::rename::Renames;
use crate::repair::repair;
use backout_schema::*;
use std::collections::BTreeMap;

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

macro_rules! changed {
    ($out:ident, $now:expr, $before:expr, $after:expr, $field:ident) => {
        ours(&$now.$field, &$before.$field, $after.map(|a| &a.$field), stringify!($field), &mut $out.drifted)
    };
}

/// A column of which the type stays and all values are looked up anew.
pub fn rewrite(names: &Catalog, column: &Object) -> Option<Alteration> {
    let Detail::Column(b) = &column.detail else { return None };
    let (table, name) = (names.sql_name(column.parent?), ident(&column.name));
    let head = format!("ALTER TABLE {table} ALTER COLUMN {name}");
    let only = format!("ALTER TABLE ONLY {table} ALTER COLUMN {name}");
    let collation = b.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
    let mut out = Alteration { retype: true, ..Alteration::default() };
    out.statements.push(retype(format!("{head} TYPE {}{collation}", b.data_type), &name));
    out.say_all(b.storage.map(|storage| format!("{only} SET STORAGE {}", storage_word(storage))));
    out.say_all(b.compression.map(|method| format!("{only} SET COMPRESSION {}", compression_word(method))));
    Some(out)
}

fn of_partition(names: &Catalog, part: &Object) -> bool {
    let table = part.parent.and_then(|id| names.get(id)).map(|o| &o.detail);
    matches!(table, Some(Detail::Table(t)) if t.partition_of.is_some())
}

fn compression_word(method: char) -> &'static str {
    if method == 'l' { "lz4" } else { "pglz" }
}

/// The definition of an index as it is printed, without its storage parameters.
fn without_options(index: &Index) -> String {
    let value =
        |value: &str| if ident(value) == value { value.to_owned() } else { literal(value).trim_start().to_owned() };
    let printed = |option: &String| match option.split_once('=') {
        Some((name, given)) => format!("{}={}", ident(name), value(given)),
        None => ident(option),
    };
    let list: Vec<String> = index.options.iter().map(printed).collect();
    // Reads SQL: an index is kept as the server prints it, with its options, which ALTER changes.
    index.definition.replacen(&format!(" WITH ({})", list.join(", ")), "", 1)
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

/// What makes `before` out of `now`. `after` is what the migration left: where it is given and
/// differs from `now`, somebody else changed that attribute and it stays. Names in the statements are
/// those of `names`, the catalog as it will be once everything is renamed.
pub fn alter(names: &Catalog, now: &Object, before: &Object, after: Option<&Object>, renames: &Renames) -> Alteration {
    let mut out = Alteration::default();
    let full = names.sql_name(before.id);
    let name = ident(&before.name);
    let parent = before.parent.map_or(String::new(), |p| names.sql_name(p));
    let cannot = |reason: &str| Some(Unsupported::new(names, before.id, reason));
    macro_rules! detail {
        ($variant:ident) => {
            after.and_then(|a| match &a.detail {
                Detail::$variant(x) => Some(x),
                _ => None,
            })
        };
    }
    // Texts that differ only in names that are about to change back are equal.
    let same = |now: &str, before: &str| renames.same(now, before);
    match (&now.detail, &before.detail) {
        (Detail::Schema, Detail::Schema) => {}
        (Detail::Table(n), Detail::Table(b)) => {
            let a = detail!(Table);
            let head = format!("ALTER TABLE {full}");
            if changed!(out, n, b, a, options) {
                out.say_all(reset_and_set(&head, &n.options, &b.options, ""));
            }
            if changed!(out, n, b, a, toast_options) {
                for sql in reset_and_set(&head, &n.toast_options, &b.toast_options, "toast.") {
                    out.says(Does::SetToast, sql);
                }
            }
            if changed!(out, n, b, a, row_security) {
                let word = if b.row_security { "ENABLE" } else { "DISABLE" };
                out.say(format!("{head} {word} ROW LEVEL SECURITY"));
            }
            if changed!(out, n, b, a, force_row_security) {
                let word = if b.force_row_security { "FORCE" } else { "NO FORCE" };
                out.say(format!("{head} {word} ROW LEVEL SECURITY"));
            }
            if changed!(out, n, b, a, replica_identity) {
                match b.replica_identity {
                    'n' => out.say(format!("{head} REPLICA IDENTITY NOTHING")),
                    'f' => out.say(format!("{head} REPLICA IDENTITY FULL")),
                    'd' => out.say(format!("{head} REPLICA IDENTITY DEFAULT")),
                    // The index says so itself.
                    _ => {}
                }
            }
            if changed!(out, n, b, a, unlogged) {
                let word = if b.unlogged { "UNLOGGED" } else { "LOGGED" };
                out.say(format!("{head} SET {word}"));
            }
            if changed!(out, n, b, a, tablespace) {
                let to = b.tablespace.as_deref().unwrap_or("pg_default");
                out.say(format!("{head} SET TABLESPACE {}", ident(to)));
            }
            if changed!(out, n, b, a, foreign) {
                out.unsupported = cannot("the options of foreign tables are noticed but not yet taken back");
            }
            if changed!(out, n, b, a, access_method) {
                out.unsupported = cannot("its access method changed");
            }
            if changed!(out, n, b, a, inherits) {
                // A parent that comes again comes last, and what was had by it alone is the table's own by then.
                let kept = n.inherits.iter().zip(&b.inherits).take_while(|(n, b)| n == b).count();
                let leave = |p: &ObjectId| Statement {
                    sql: format!("{head} NO INHERIT {}", names.sql_name(*p)),
                    does: Does::NoInherit(*p),
                };
                let (again, gone): (Vec<_>, Vec<_>) = n.inherits[kept..].iter().partition(|p| b.inherits.contains(p));
                out.statements.extend(again.into_iter().map(leave));
                for p in &b.inherits[kept..] {
                    out.says(Does::Inherit(*p), format!("{head} INHERIT {}", names.sql_name(*p)));
                }
                // Not before there is another parent that it has the same by.
                out.statements.extend(gone.into_iter().map(leave));
            }
            if changed!(out, n, b, a, partition_of) || changed!(out, n, b, a, partition_bound) {
                if let Some(p) = n.partition_of {
                    out.say(format!("ALTER TABLE {} DETACH PARTITION {full}", names.sql_name(p)));
                }
                if let (Some(p), Some(bound)) = (b.partition_of, &b.partition_bound) {
                    let sql = format!("ALTER TABLE {} ATTACH PARTITION {full} {bound}", names.sql_name(p));
                    out.says(Does::AttachPartition, sql);
                }
            }
            if changed!(out, n, b, a, of_type) {
                out.say(match &b.of_type {
                    Some(of) => format!("{head} OF {of}"),
                    None => format!("{head} NOT OF"),
                });
            }
        }
        (Detail::Column(n), Detail::Column(b)) => {
            let a = detail!(Column);
            let head = format!("ALTER TABLE {parent} ALTER COLUMN {name}");
            // Children have their own, which are looked at by themselves.
            let only = format!("ALTER TABLE ONLY {parent} ALTER COLUMN {name}");
            let same_collation = match (&n.collation, &b.collation) {
                (Some(x), Some(y)) => same(x, y),
                (x, y) => x == y,
            };
            let same_type = same(&n.data_type, &b.data_type) && same_collation;
            if !same_type && (changed!(out, n, b, a, data_type) || changed!(out, n, b, a, collation)) {
                out.retype = true;
                let collation = b.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
                let change = format!("{head} TYPE {}{collation}", b.data_type);
                out.statements.push(retype(change, &cast(&name, &n.data_type, &b.data_type)));
            }
            if n.generated != b.generated
                && !matches!((&n.generated, &b.generated), (Some(x), Some(y)) if same(x, y))
                && changed!(out, n, b, a, generated)
            {
                match (&n.generated, &b.generated) {
                    (Some(_), None) => out.say(format!("{head} DROP EXPRESSION")),
                    _ => {
                        out.unsupported = cannot("PostgreSQL cannot make an existing column a generated one");
                    }
                }
            }
            // An identity column is NOT NULL before it is one, and after.
            let nullability = changed!(out, n, b, a, not_null);
            if nullability && b.not_null {
                out.adds(super::set_not_null(&parent, &before.name, b));
            }
            let unset = nullability && !b.not_null;
            if changed!(out, n, b, a, identity) {
                match (n.identity, b.identity) {
                    // Its sequence may have gone beyond what the former type holds.
                    (Some(_), None) => out.statements.insert(0, format!("{head} DROP IDENTITY").into()),
                    (Some(_), Some(kind)) => {
                        out.say(format!("{head} SET GENERATED {}", if kind == 'a' { "ALWAYS" } else { "BY DEFAULT" }))
                    }
                    (None, Some(_)) => {
                        if let Some(sql) = super::create::identity(names, before.id) {
                            out.says(Does::AddIdentity, sql);
                        }
                    }
                    (None, None) => {}
                }
            }
            if unset {
                out.say(format!("{head} DROP NOT NULL"));
            } else if let (Some(from), Some(to)) = (&n.not_null_name, &b.not_null_name)
                && changed!(out, n, b, a, not_null_name)
            {
                let (from, to) = (ident(from), ident(to));
                out.say(format!("ALTER TABLE {parent} RENAME CONSTRAINT {from} TO {to}"));
            }
            // A change of type resets the storage to the new type's own.
            if changed!(out, n, b, a, storage) || (out.retype && b.storage.is_some()) {
                if let Some(storage) = b.storage {
                    out.say(format!("{only} SET STORAGE {}", storage_word(storage)));
                } else if !out.retype {
                    match n.own_storage {
                        Some(storage) => out.say(format!("{only} SET STORAGE {}", storage_word(storage))),
                        None => out.unsupported = cannot("its type's own storage is not known"),
                    }
                }
            }
            if changed!(out, n, b, a, compression) || (out.retype && b.compression.is_some()) {
                out.say(format!("{only} SET COMPRESSION {}", b.compression.map_or("default", compression_word)));
            }
            if changed!(out, n, b, a, statistics) {
                out.say(format!("{only} SET STATISTICS {}", b.statistics.unwrap_or(-1)));
            }
            if changed!(out, n, b, a, options) {
                out.say_all(reset_and_set(&only, &n.options, &b.options, ""));
            }
            if changed!(out, n, b, a, local) || changed!(out, n, b, a, inherited) {
                // Follows from INHERIT and NO INHERIT, which the table takes back.
            }
        }
        (Detail::Constraint(n), Detail::Constraint(b)) => {
            let a = detail!(Constraint);
            let same_definition = same(&n.definition, &b.definition);
            if n.validated != b.validated || n.inherited != b.inherited || !same_definition {
                let ours_to_change = a.is_none_or(|a| {
                    a.validated != b.validated || a.inherited != b.inherited || !same(&a.definition, &b.definition)
                });
                if ours_to_change {
                    let same = same_definition && n.validated == b.validated;
                    if n.inherited && b.inherited {
                        // Its parent's constraint is changed, and this one with it.
                    } else if same && b.inherited && b.kind == ConstraintKind::Check && of_partition(names, before) {
                        // It is taken for the whole's when the two come together.
                    } else {
                        out.recreate = true;
                    }
                }
            }
        }
        (Detail::Index(n), Detail::Index(b)) => {
            let a = detail!(Index);
            // ADD CONSTRAINT … USING INDEX took it; it goes with that constraint.
            if b.constraint.is_none() && n.constraint.is_some() {
                out.recreate = true;
                return out;
            }
            // Options are set in place: an index that is attached to another one cannot even be dropped by itself.
            let (now, then) = (without_options(n), without_options(b));
            if b.constraint.is_none() && !same(&now, &then) && changed!(out, n, b, a, definition) {
                out.recreate = true;
                return out;
            }
            if changed!(out, n, b, a, options) {
                out.say_all(reset_and_set(&format!("ALTER INDEX {full}"), &n.options, &b.options, ""));
            }
            if changed!(out, n, b, a, clustered) {
                // A table has one such index: another one takes its place.
                let is_other = |o: &Object| matches!(&o.detail, Detail::Index(i) if i.clustered);
                if b.clustered {
                    out.say(format!("ALTER TABLE {parent} CLUSTER ON {name}"));
                } else if !before.parent.is_some_and(|table| names.parts(table).any(is_other)) {
                    out.say(format!("ALTER TABLE {parent} SET WITHOUT CLUSTER"));
                }
            }
            if changed!(out, n, b, a, replica_identity) && b.replica_identity {
                out.say(format!("ALTER TABLE {parent} REPLICA IDENTITY USING INDEX {name}"));
            }
            if changed!(out, n, b, a, tablespace) {
                let to = b.tablespace.as_deref().unwrap_or("pg_default");
                out.say(format!("ALTER INDEX {full} SET TABLESPACE {}", ident(to)));
            }
            if changed!(out, n, b, a, statistics) {
                for (number, _) in n.statistics.iter().filter(|s| !b.statistics.contains(s)) {
                    out.say(format!("ALTER INDEX {full} ALTER COLUMN {number} SET STATISTICS -1"));
                }
                for (number, target) in &b.statistics {
                    out.say(format!("ALTER INDEX {full} ALTER COLUMN {number} SET STATISTICS {target}"));
                }
            }
        }
        (Detail::View(n), Detail::View(b)) => {
            let a = detail!(View);
            if n.materialized != b.materialized
                || (!same(&n.definition, &b.definition) && changed!(out, n, b, a, definition))
            {
                out.recreate = true;
                return out;
            }
            if changed!(out, n, b, a, options) {
                let head = format!("ALTER {} {full}", keyword(before));
                out.say_all(reset_and_set(&head, &n.options, &b.options, ""));
            }
            // Filling it is work for afterwards.
            if !b.populated && changed!(out, n, b, a, populated) {
                out.say(format!("REFRESH MATERIALIZED VIEW {full} WITH NO DATA"));
            }
        }
        (Detail::Sequence(n), Detail::Sequence(b)) => {
            let a = detail!(Sequence);
            let head = format!("ALTER SEQUENCE {full}");
            // Type and limits go together: each must fit the others. So must the number.
            let mut parts = Vec::new();
            if changed!(out, n, b, a, data_type) {
                parts.push(format!("AS {}", b.data_type));
            }
            if changed!(out, n, b, a, increment) {
                parts.push(format!("INCREMENT BY {}", b.increment));
            }
            if changed!(out, n, b, a, minimum) || n.data_type != b.data_type {
                parts.push(format!("MINVALUE {}", b.minimum));
            }
            if changed!(out, n, b, a, maximum) || n.data_type != b.data_type {
                parts.push(format!("MAXVALUE {}", b.maximum));
            }
            if changed!(out, n, b, a, start) {
                parts.push(format!("START WITH {}", b.start));
            }
            if changed!(out, n, b, a, cache) {
                parts.push(format!("CACHE {}", b.cache));
            }
            if changed!(out, n, b, a, cycle) {
                parts.push(if b.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
            }
            // Its number is none of before in any case.
            if n.minimum > b.maximum || n.maximum < b.minimum {
                parts.push(format!("RESTART WITH {}", b.start));
            } else {
                out.say_all(within_limits(&full, n, b));
            }
            if !parts.is_empty() {
                out.say(format!("{head} {}", parts.join(" ")));
            }
            // One that a table owns goes along with it, unless that is recreated.
            if !b.identity && changed!(out, n, b, a, unlogged) {
                let word = if b.unlogged { "UNLOGGED" } else { "LOGGED" };
                out.say(format!("{head} SET {word}"));
            }
            if changed!(out, n, b, a, owned_by) && !b.identity {
                let owner = match b.owned_by {
                    Some(column) => format!(
                        "{}.{}",
                        names.sql_name(ObjectId::relation(column.oid)),
                        ident(names.column_name(column.oid, column.sub).unwrap_or_default())
                    ),
                    None => "NONE".to_owned(),
                };
                out.says(Does::OwnedBy, format!("{head} OWNED BY {owner}"));
            }
        }
        (Detail::Function(n), Detail::Function(b)) => {
            let a = detail!(Function);
            // Reads SQL: the server prints a function. A rename reaches into a body that it parsed, and not into one that
            // is a string.
            let parsed = !b.definition.contains("\nAS $") && !b.definition.contains("\nAS '");
            let alike = n.definition == b.definition || parsed && same(&n.definition, &b.definition);
            if !alike && changed!(out, n, b, a, definition) {
                if b.kind == FunctionKind::Aggregate {
                    // OR REPLACE it is not, as views may stand on it.
                    out.recreate = true;
                } else if n.interface == b.interface && n.kind == b.kind {
                    out.say(b.definition.clone());
                } else {
                    out.recreate = true;
                }
            }
            if changed!(out, n, b, a, leakproof) {
                out.say(format!("ALTER {} {full} {}LEAKPROOF", keyword(before), if b.leakproof { "" } else { "NOT " }));
            }
        }
        (Detail::Type(n), Detail::Type(b)) => {
            let a = detail!(Type);
            if n != b && a != Some(b) {
                if a.is_some_and(|a| a != n) {
                    out.drifted.push("definition");
                } else {
                    alter_type(&mut out, names, before, n, b, &full, renames);
                }
            }
        }
        (Detail::Trigger(n), Detail::Trigger(b)) => {
            let a = detail!(Trigger);
            if !same(&n.definition, &b.definition) && changed!(out, n, b, a, definition) {
                out.recreate = true;
            } else if changed!(out, n, b, a, enabled) {
                out.say(format!("ALTER TABLE {parent} {} TRIGGER {name}", enable_word(b.enabled)));
            }
        }
        (Detail::Rule(n), Detail::Rule(b)) => {
            let a = detail!(Rule);
            if !same(&n.definition, &b.definition) && changed!(out, n, b, a, definition) {
                out.recreate = true;
            } else if changed!(out, n, b, a, enabled) {
                out.say(format!("ALTER TABLE {parent} {} RULE {name}", enable_word(b.enabled)));
            }
        }
        (Detail::Policy(n), Detail::Policy(b)) => {
            let a = detail!(Policy);
            let same_expression = |x: &Option<String>, y: &Option<String>| match (x, y) {
                (Some(x), Some(y)) => same(x, y),
                (None, None) => true,
                _ => false,
            };
            let equal = |x: &Policy| {
                x.command == b.command
                    && x.permissive == b.permissive
                    && x.roles == b.roles
                    && same_expression(&x.using, &b.using)
                    && same_expression(&x.check, &b.check)
            };
            if !equal(n) && a.is_none_or(|a| !equal(a)) {
                out.recreate = true;
            }
        }
        (Detail::Statistics(n), Detail::Statistics(b)) => {
            let a = detail!(Statistics);
            if !same(&n.definition, &b.definition) && changed!(out, n, b, a, definition) {
                out.recreate = true;
            } else if changed!(out, n, b, a, target) {
                out.say(format!("ALTER STATISTICS {full} SET STATISTICS {}", b.target.unwrap_or(-1)));
            }
        }
        (Detail::Publication(n), Detail::Publication(b)) => {
            let a = detail!(Publication);
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
        (Detail::PublicationTable(n), Detail::PublicationTable(b)) => {
            let a = detail!(PublicationTable);
            let same_filter = match (&n.filter, &b.filter) {
                (Some(x), Some(y)) => same(x, y),
                (x, y) => x == y,
            };
            if n.table != b.table
                || (!same_filter && changed!(out, n, b, a, filter))
                || (n.columns != b.columns && changed!(out, n, b, a, columns))
            {
                out.recreate = true;
            }
        }
        (Detail::Extension(n), Detail::Extension(b)) => {
            let a = detail!(Extension);
            if changed!(out, n, b, a, version) {
                out.unsupported =
                    cannot("an extension cannot be taken back to an older version unless it ships a script for it");
            }
            if changed!(out, n, b, a, schema) {
                out.say(format!("ALTER EXTENSION {name} SET SCHEMA {}", ident(&b.schema)));
            }
        }
        (Detail::EventTrigger(n), Detail::EventTrigger(b)) => {
            let a = detail!(EventTrigger);
            if n.event != b.event || n.function != b.function || n.tags != b.tags {
                out.recreate = true;
            } else if changed!(out, n, b, a, enabled) {
                out.say(format!("ALTER EVENT TRIGGER {name} {}", enable_word(b.enabled)));
            }
        }
        (Detail::DefaultAcl(_), Detail::DefaultAcl(_)) => {
            if ours(&now.acl, &before.acl, after.map(|a| &a.acl), "privileges", &mut out.drifted) {
                match super::default_acl_statements(Some(now), Some(before)) {
                    Ok(statements) => out.say_all(statements),
                    Err(reason) => out.unsupported = Some(reason),
                }
            }
            return out;
        }
        (Detail::Default(n), Detail::Default(b)) => {
            let a = detail!(Default);
            if !same(&n.expression, &b.expression) && changed!(out, n, b, a, expression) {
                out.say(format!(
                    "ALTER {} {parent} ALTER COLUMN {name} SET DEFAULT {}",
                    only_word(names, before),
                    repair(&b.expression)
                ));
            }
        }
        (Detail::Other(n), Detail::Other(b)) => {
            let a = detail!(Other);
            // The name is in the statement that makes it.
            let unnamed = |o: &Object, list: &[String]| -> Vec<String> {
                list.iter().map(|sql| sql.replace(&o.name, "")).collect()
            };
            let (is, was) = (unnamed(now, &n.made_by), unnamed(before, &b.made_by));
            let alike =
                n.definition == b.definition && is.len() == was.len() && is.iter().zip(&was).all(|(n, b)| same(n, b));
            let left = a.zip(after).map(|(a, after)| (unnamed(after, &a.made_by), a.definition.clone()));
            let is_left = left.is_none_or(|left| left == (is, n.definition.clone()));
            if !alike && !is_left {
                out.drifted.push("definition");
            } else if !alike && b.noun == "database setting" {
                out.say_all(super::settings(before, &n.definition, &b.definition));
            } else if !alike && b.made_by.is_empty() {
                out.unsupported = cannot(&format!("{} objects are noticed but not yet taken back", b.noun));
            } else if !alike {
                out.recreate = true;
            }
        }
        _ => out.recreate = true,
    }
    if ours(&now.comment, &before.comment, after.map(|a| &a.comment), "comment", &mut out.drifted) {
        out.say_all(super::comment(names, before.id));
    }
    let mut owner_changed = false;
    if let Some(owner) = &before.owner
        && ours(&now.owner, &before.owner, after.map(|a| &a.owner), "owner", &mut out.drifted)
    {
        owner_changed = true;
        out.say_all(super::owner(names, before.id, owner));
    }
    if (owner_changed && before.acl != now.acl)
        || ours(&now.acl, &before.acl, after.map(|a| &a.acl), "privileges", &mut out.drifted)
    {
        match super::acl_statements(names, before, now.acl.as_deref(), before.acl.as_deref()) {
            Ok(statements) => out.statements.extend(statements),
            Err(reason) => out.unsupported = Some(reason),
        }
    }
    out
}

/// A number beyond the former limits becomes the limit. A setval outlives a rollback, unless the transaction has given
/// the sequence another file, which any ALTER of its numbers does.
fn within_limits(full: &str, now: &Sequence, before: &Sequence) -> Vec<String> {
    let clamp = |limit: i64, beyond: &str| {
        let name = literal(full);
        format!(
            "SELECT pg_catalog.setval({}, {limit}, true) FROM {full} s WHERE s.last_value {beyond} {limit}",
            name.trim_start()
        )
    };
    let mut statements = Vec::new();
    if now.maximum > before.maximum {
        statements.push(clamp(before.maximum, ">"));
    }
    if now.minimum < before.minimum {
        statements.push(clamp(before.minimum, "<"));
    }
    if !statements.is_empty() {
        statements.insert(0, format!("ALTER SEQUENCE {full} INCREMENT BY {}", now.increment));
    }
    statements
}

fn alter_type(
    out: &mut Alteration,
    names: &Catalog,
    before: &Object,
    now: &Type,
    was: &Type,
    full: &str,
    renames: &Renames,
) {
    match (now, was) {
        (Type::Enum { labels: n }, Type::Enum { labels: b }) => {
            if n.len() == b.len() {
                for (from, to) in n.iter().zip(b) {
                    if from != to {
                        let (from, to) = (literal(from), literal(to));
                        let sql =
                            format!("ALTER TYPE {full} RENAME VALUE {} TO {}", from.trim_start(), to.trim_start());
                        out.says(Does::RenameValue, sql);
                    }
                }
                return;
            }
            let added: Vec<&str> = n.iter().filter(|l| !b.contains(l)).map(String::as_str).collect();
            out.unsupported = Some(Unsupported::new(
                names,
                before.id,
                format!("PostgreSQL cannot take a value out of an enum ({} stays)", added.join(", ")),
            ));
        }
        (
            Type::Domain { base: n_base, collation: n_collation, not_null: n_null, default: n_default },
            Type::Domain { base, collation, not_null, default },
        ) => {
            if !renames.same(n_base, base) || n_collation != collation {
                out.unsupported = Some(Unsupported::new(names, before.id, "a domain's base type cannot be altered"));
                return;
            }
            if n_default != default {
                out.say(match default {
                    Some(d) => format!("ALTER DOMAIN {full} SET DEFAULT {}", repair(d)),
                    None => format!("ALTER DOMAIN {full} DROP DEFAULT"),
                });
            }
            if n_null != not_null {
                match not_null {
                    true => out.says(Does::DomainNotNull, format!("ALTER DOMAIN {full} SET NOT NULL")),
                    false => out.say(format!("ALTER DOMAIN {full} DROP NOT NULL")),
                }
            }
        }
        (Type::Composite { attributes: n }, Type::Composite { attributes: b }) => {
            let mut drops = false;
            // What they are made of may only be in the archive for now.
            let made_alike =
                |x: &Attribute, y: &Attribute| renames.same(&x.data_type, &y.data_type) && x.collation == y.collation;
            // As many inverses as were written before attributes had numbers go by places.
            let number = |(place, a): (usize, &Attribute)| match a.number {
                0 => i16::try_from(place).unwrap_or_default() + 1,
                number => number,
            };
            let now: BTreeMap<i16, &Attribute> = n.iter().enumerate().map(|(i, a)| (number((i, a)), a)).collect();
            let then: BTreeMap<i16, &Attribute> = b.iter().enumerate().map(|(i, a)| (number((i, a)), a)).collect();
            if then.iter().all(|(number, y)| now.get(number).is_some_and(|x| made_alike(x, y))) {
                for (_, attribute) in now.iter().filter(|(number, _)| !then.contains_key(number)) {
                    drops = true;
                    out.say(format!("ALTER TYPE {full} DROP ATTRIBUTE {}", ident(&attribute.name)));
                }
                let rename = |from: &str, to: &str| {
                    format!("ALTER TYPE {full} RENAME ATTRIBUTE {} TO {}", ident(from), ident(to))
                };
                let others: Vec<(i16, &str, &str)> = then
                    .iter()
                    .filter_map(|(number, y)| Some((*number, now.get(number)?.name.as_str(), y.name.as_str())))
                    .filter(|(_, from, to)| from != to)
                    .collect();
                // Names can have changed hands.
                let is_taken = |to: &str| others.iter().any(|(_, from, _)| *from == to);
                let between = |number: &i16| format!("backout_attribute_{number}");
                for (number, from, to) in &others {
                    out.say(if is_taken(to) { rename(from, &between(number)) } else { rename(from, to) });
                }
                for (number, _, to) in others.iter().filter(|(_, _, to)| is_taken(to)) {
                    out.say(rename(&between(number), to));
                }
            } else if names.dependents(before.id).all(|d| d.from.class == Class::Function) {
                // No value of it lies anywhere.
                let placed = n.iter().zip(b).take_while(|(x, y)| x.name == y.name).count();
                for (_, to) in n.iter().zip(b).take(placed).filter(|(x, y)| !made_alike(x, y)) {
                    out.say(format!("ALTER TYPE {full} ALTER ATTRIBUTE {}", attribute(to, " TYPE")));
                }
                for gone in &n[placed..] {
                    drops = true;
                    out.say(format!("ALTER TYPE {full} DROP ATTRIBUTE {}", ident(&gone.name)));
                }
                for back in &b[placed..] {
                    out.say(format!("ALTER TYPE {full} ADD ATTRIBUTE {}", attribute(back, "")));
                }
            } else {
                out.unsupported = Some(Unsupported::new(
                    names,
                    before.id,
                    "attributes that were dropped or altered do not come back in place in a type that columns are made of",
                ));
            }
            for (place, attribute) in b.iter().enumerate() {
                let same = n.get(place).filter(|now| now.name == attribute.name || n.len() == b.len());
                let stays = same.is_some_and(|now| now.comment == attribute.comment) && !drops;
                if !stays && (same.is_some_and(|now| now.comment.is_some()) || attribute.comment.is_some()) {
                    out.say(comment_on_attribute(full, attribute));
                }
            }
        }
        _ => {
            out.unsupported =
                Some(Unsupported::new(names, before.id, "its definition changed and cannot be altered back"));
        }
    }
}

/// An attribute of a composite type, as it is added or altered.
fn attribute(attribute: &Attribute, word: &str) -> String {
    format!("{}{word} {}{}", ident(&attribute.name), attribute.data_type, collate(&attribute.collation))
}
