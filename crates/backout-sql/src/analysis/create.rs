//! CREATE statements: which of them only add.

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateStmt, CreateTableAsStmt, IndexStmt, Node, ObjectType};

use super::walk::{self, Named};
use super::{AlterKind, Class, Note, Outside, Rows, RowsKind, alter};

pub(super) fn index(create: &IndexStmt, notes: &mut Vec<Note>) -> Class {
    if create.if_not_exists {
        notes.push(Note::IfNotExists);
    }
    match &create.relation {
        Some(table) if create.concurrent => Class::OutsideTransaction(Outside::CreateIndexConcurrently {
            index: (!create.idxname.is_empty()).then(|| create.idxname.clone()),
            table: walk::relation(table),
            if_not_exists: create.if_not_exists,
        }),
        // Functions in an index must be immutable, and those cannot write.
        _ => Class::Additive,
    }
}

pub(super) fn table(create: &CreateStmt, notes: &mut Vec<Note>) -> Class {
    if create.if_not_exists {
        notes.push(Note::IfNotExists);
    }
    // A partition takes over rows of the default partition's key space but moves none.
    Class::Additive
}

pub(super) fn table_as(create: &CreateTableAsStmt, named: &Named, notes: &mut Vec<Note>) -> Class {
    if create.if_not_exists {
        notes.push(Note::IfNotExists);
    }
    if create.into.as_ref().is_some_and(|into| into.skip_data) {
        return Class::Additive;
    }
    if matches!(create.query.as_deref().and_then(|node| node.node.as_ref()), Some(NodeEnum::ExecuteStmt(_))) {
        return Class::Code;
    }
    let kind = match create.objtype() {
        ObjectType::ObjectMatview => RowsKind::CreateMaterializedView,
        _ => RowsKind::CreateTableAs,
    };
    let made = create.into.as_ref().and_then(|into| into.rel.as_ref()).map(walk::relation);
    Class::Rows(Rows {
        kind,
        writes: made.into_iter().chain(named.writes.clone()).collect(),
        sets: Vec::new(),
        calls_functions: named.calls_unknown(),
    })
}

/// A CREATE that changes what is there already if it may replace.
pub(super) fn replacing(replace: bool) -> Class {
    if replace { alter::changed(AlterKind::Replace) } else { Class::Additive }
}

/// A domain's check or default runs only for values that come later.
pub(super) fn schema(elements: &[Node], inner: impl Fn(&Node) -> Class) -> Class {
    elements.iter().map(inner).find(|class| *class != Class::Additive).unwrap_or(Class::Additive)
}
