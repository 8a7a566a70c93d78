//! Types of ranges cannot be kept under another name: the functions that make their values belong to the server and stay
//! where they are, in the way of the next type of that name. So kept columns of theirs become texts.

use crate::ddl::{self, Statement};
use backout_schema::*;
use std::collections::BTreeSet;

/// Whether a text says the same under any setting of a session.
fn reads_the_same(range: &Object) -> bool {
    let depends = |name: &str| ["date", "timestamp", "interval"].iter().any(|word| name.starts_with(word));
    matches!(&range.detail, Detail::Type(Type::Range { subtype, .. }) if !subtype.contains('.') && !depends(subtype))
}

/// The columns that are made of a type of ranges, if texts can take its place in them. `concerns` says which of its users
/// count; the others go.
pub(crate) fn columns_as_text(
    catalog: &Catalog,
    range: ObjectId,
    concerns: &dyn Fn(ObjectId) -> bool,
) -> Option<Vec<ObjectId>> {
    catalog.get(range).filter(|o| reads_the_same(o))?;
    let mut columns = BTreeSet::new();
    for user in catalog.dependents(range).map(|d| d.from).filter(|user| concerns(*user)) {
        match &catalog.get(user)?.detail {
            Detail::Default(_) => {}
            Detail::Column(column) if is_plain(catalog, user, column) => {
                columns.insert(user);
            }
            _ => return None,
        }
    }
    Some(columns.into_iter().collect())
}

/// A column with nothing but a default of its own, in a table with no heirs.
fn is_plain(catalog: &Catalog, id: ObjectId, column: &Column) -> bool {
    let table = ObjectId::relation(id.oid);
    let alone = matches!(catalog.get(table).map(|o| &o.detail),
        Some(Detail::Table(t)) if t.kind == TableKind::Ordinary && t.partition_of.is_none() && t.inherits.is_empty());
    let is_heir = |o: &Object| matches!(&o.detail, Detail::Table(t) if t.inherits.contains(&table));
    let holds = |user: ObjectId| {
        let part = catalog.get(user).map(|o| &o.detail);
        matches!(part, Some(Detail::Index(_) | Detail::Constraint(_) | Detail::Column(_) | Detail::Statistics(_)))
    };
    alone
        && column.generated.is_none()
        && !column.inherited
        && !catalog.objects().any(is_heir)
        && !catalog.dependents(id).any(|d| holds(d.from))
}

/// The statements that make such columns texts.
pub(crate) fn made_text(catalog: &Catalog, columns: &[ObjectId]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for id in columns {
        let (Some(column), table) = (catalog.get(*id), catalog.sql_name(ObjectId::relation(id.oid))) else { continue };
        let default = catalog
            .parts(ObjectId::relation(id.oid))
            .find(|p| matches!(&p.detail, Detail::Default(d) if d.column == id.sub));
        statements.extend(default.and_then(|d| ddl::drop(catalog, d.id, false).ok()));
        let name = ident(&column.name);
        statements.push(format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE text USING {name}::text").into());
    }
    statements
}
