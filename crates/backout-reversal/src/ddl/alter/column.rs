//! Columns: type, NOT NULL, identity, generation, storage.

use super::{Of, reset_and_set};
use crate::ddl::alteration::{Alteration, retype};
use crate::ddl::create;
use crate::ddl::create::set_not_null;
use crate::ddl::statement::Does;
use crate::ddl::words::storage_word;
use crate::repair::repair;
use backout_schema::{Catalog, Column, Detail, Object, cast, ident};

/// What makes the column what it was. Whether it is inherited follows from what the table does.
pub(super) fn column(of: &Of<'_>, n: &Column, b: &Column, a: Option<&Column>, out: &mut Alteration) {
    let head = format!("ALTER TABLE {} ALTER COLUMN {}", of.parent, of.name);
    data_type(of, &head, n, b, a, out);
    nullability(of, &head, n, b, a, out);
    storage(of, n, b, a, out);
    // Nothing to run: this follows from INHERIT and NO INHERIT, which the table takes back.
    let _ = changed!(out, n, b, a, local) || changed!(out, n, b, a, inherited);
}

fn data_type(of: &Of<'_>, head: &str, n: &Column, b: &Column, a: Option<&Column>, out: &mut Alteration) {
    let name = &of.name;
    let same_collation = of.same_if_any(n.collation.as_ref(), b.collation.as_ref());
    let same_type = of.same(&n.data_type, &b.data_type) && same_collation;
    if !same_type && (changed!(out, n, b, a, data_type) || changed!(out, n, b, a, collation)) {
        out.retype = true;
        let collation = b.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
        let change = format!("{head} TYPE {}{collation}", b.data_type);
        out.statements.push(retype(change, &cast(name, &n.data_type, &b.data_type)));
    }
    if n.generated != b.generated
        && !matches!((&n.generated, &b.generated), (Some(x), Some(y)) if of.same(x, y))
        && changed!(out, n, b, a, generated)
    {
        match (&n.generated, &b.generated) {
            (Some(_), None) => out.say(format!("{head} DROP EXPRESSION")),
            // Only a server that knows this has made it another one.
            (Some(_), Some(then)) => {
                out.says(Does::SetExpression, format!("{head} SET EXPRESSION AS ({})", repair(then)))
            }
            _ => {
                out.unsupported = of.cannot("PostgreSQL cannot make an existing column a generated one");
            }
        }
    }
}

fn nullability(of: &Of<'_>, head: &str, n: &Column, b: &Column, a: Option<&Column>, out: &mut Alteration) {
    let Of { names, before, parent, .. } = of;
    // An identity column is NOT NULL before it is one, and after.
    let nullability = changed!(out, n, b, a, not_null);
    if nullability && b.not_null {
        out.adds(set_not_null(parent, &before.name, b));
    }
    let unset = nullability && !b.not_null;
    if changed!(out, n, b, a, identity) {
        match (n.identity, b.identity) {
            // Its sequence may have gone beyond what the former type holds.
            (Some(_), None) => out.statements.insert(0, format!("{head} DROP IDENTITY").into()),
            (Some(_), Some(kind)) => {
                let kind = if kind == 'a' { "ALWAYS" } else { "BY DEFAULT" };
                out.says(Does::SetIdentity, format!("{head} SET GENERATED {kind}"));
            }
            (None, Some(_)) => {
                if let Some(sql) = create::identity(names, before.id) {
                    out.says(Does::AddIdentity, sql);
                }
            }
            (None, None) => {}
        }
    }
    if unset {
        out.says(Does::DropNotNull, format!("{head} DROP NOT NULL"));
    } else if let (Some(from), Some(to)) = (&n.not_null_name, &b.not_null_name)
        && changed!(out, n, b, a, not_null_name)
    {
        let (from, to) = (ident(from), ident(to));
        out.say(format!("ALTER TABLE {parent} RENAME CONSTRAINT {from} TO {to}"));
    }
}

fn storage(of: &Of<'_>, n: &Column, b: &Column, a: Option<&Column>, out: &mut Alteration) {
    // Children have their own, which are looked at by themselves.
    let only = format!("ALTER TABLE ONLY {} ALTER COLUMN {}", of.parent, of.name);
    // A change of type resets the storage to the new type's own.
    if changed!(out, n, b, a, storage) || (out.retype && b.storage.is_some()) {
        if let Some(storage) = b.storage {
            out.say(format!("{only} SET STORAGE {}", storage_word(storage)));
        } else if !out.retype {
            match n.own_storage {
                Some(storage) => out.say(format!("{only} SET STORAGE {}", storage_word(storage))),
                None => out.unsupported = of.cannot("its type's own storage is not known"),
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

fn compression_word(method: char) -> &'static str {
    if method == 'l' { "lz4" } else { "pglz" }
}
