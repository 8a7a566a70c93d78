//! DROP statements: what they name, and the same drop written with CASCADE or for fewer names.

use pg_query::NodeEnum;
use pg_query::protobuf::{DropBehavior, DropStmt, Node, ObjectType};

use super::{Class, Drop, DropKind, Outside, parse, relation_of, walk};

pub(super) fn classify(drop: &DropStmt) -> Class {
    let Some(kind) = kind(drop.remove_type()) else { return Class::Code };
    let names: Vec<Vec<String>> = drop.objects.iter().map(name).collect();
    if drop.concurrent {
        let indexes = names.iter().filter_map(|name| relation_of(name)).collect();
        return Class::OutsideTransaction(Outside::DropIndexConcurrently { indexes, if_exists: drop.missing_ok });
    }
    let cascade = drop.behavior() == DropBehavior::DropCascade;
    dropped(Drop { kind, names, cascade, if_exists: drop.missing_ok, concurrently: false })
}

pub(super) fn dropped(drop: Drop) -> Class {
    Class::Ddl(super::Ddl { drop: Some(drop), ..super::Ddl::default() })
}

/// The dotted name of an object as the grammar keeps it, types by their own names.
pub(super) fn name(object: &Node) -> Vec<String> {
    match &object.node {
        Some(NodeEnum::List(list)) => list.items.iter().flat_map(name).collect(),
        Some(NodeEnum::String(text)) => vec![text.sval.clone()],
        Some(NodeEnum::TypeName(name)) => walk::parts(&name.names),
        Some(NodeEnum::ObjectWithArgs(object)) => walk::parts(&object.objname),
        Some(NodeEnum::RoleSpec(role)) => vec![role_name(role)],
        Some(NodeEnum::RangeVar(range)) => {
            let relation = walk::relation(range);
            relation.schema.into_iter().chain([relation.name]).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn role_name(role: &pg_query::protobuf::RoleSpec) -> String {
    use pg_query::protobuf::RoleSpecType;
    match role.roletype() {
        RoleSpecType::RolespecCurrentUser | RoleSpecType::RolespecCurrentRole => "CURRENT_USER".to_owned(),
        RoleSpecType::RolespecSessionUser => "SESSION_USER".to_owned(),
        RoleSpecType::RolespecPublic => "PUBLIC".to_owned(),
        _ => role.rolename.clone(),
    }
}

/// Whether the names of such a drop are relations.
pub(super) fn of_relations(kind: DropKind) -> bool {
    use DropKind::{ForeignTable, Index, MaterializedView, Sequence, Table, View};
    matches!(kind, Table | View | MaterializedView | ForeignTable | Sequence | Index)
}

fn cascading(node: &mut Node) -> bool {
    match &mut node.node {
        Some(NodeEnum::DropStmt(drop)) => drop.behavior = DropBehavior::DropCascade as i32,
        Some(NodeEnum::DropOwnedStmt(drop)) => drop.behavior = DropBehavior::DropCascade as i32,
        _ => return false,
    }
    true
}

fn kind(object: ObjectType) -> Option<DropKind> {
    Some(match object {
        ObjectType::ObjectAccessMethod => DropKind::AccessMethod,
        ObjectType::ObjectAggregate => DropKind::Aggregate,
        ObjectType::ObjectCast => DropKind::Cast,
        ObjectType::ObjectCollation => DropKind::Collation,
        ObjectType::ObjectConversion => DropKind::Conversion,
        ObjectType::ObjectDomain => DropKind::Domain,
        ObjectType::ObjectEventTrigger => DropKind::EventTrigger,
        ObjectType::ObjectExtension => DropKind::Extension,
        ObjectType::ObjectFdw => DropKind::ForeignDataWrapper,
        ObjectType::ObjectForeignServer => DropKind::ForeignServer,
        ObjectType::ObjectForeignTable => DropKind::ForeignTable,
        ObjectType::ObjectFunction => DropKind::Function,
        ObjectType::ObjectIndex => DropKind::Index,
        ObjectType::ObjectLanguage => DropKind::Language,
        ObjectType::ObjectMatview => DropKind::MaterializedView,
        ObjectType::ObjectOpclass => DropKind::OperatorClass,
        ObjectType::ObjectOperator => DropKind::Operator,
        ObjectType::ObjectOpfamily => DropKind::OperatorFamily,
        ObjectType::ObjectPolicy => DropKind::Policy,
        ObjectType::ObjectProcedure => DropKind::Procedure,
        ObjectType::ObjectPublication => DropKind::Publication,
        ObjectType::ObjectRoutine => DropKind::Routine,
        ObjectType::ObjectRule => DropKind::Rule,
        ObjectType::ObjectSchema => DropKind::Schema,
        ObjectType::ObjectSequence => DropKind::Sequence,
        ObjectType::ObjectStatisticExt => DropKind::Statistics,
        ObjectType::ObjectTable => DropKind::Table,
        ObjectType::ObjectTransform => DropKind::Transform,
        ObjectType::ObjectTrigger => DropKind::Trigger,
        ObjectType::ObjectTsconfiguration => DropKind::TextSearchConfiguration,
        ObjectType::ObjectTsdictionary => DropKind::TextSearchDictionary,
        ObjectType::ObjectTsparser => DropKind::TextSearchParser,
        ObjectType::ObjectTstemplate => DropKind::TextSearchTemplate,
        ObjectType::ObjectType => DropKind::Type,
        ObjectType::ObjectView => DropKind::View,
        _ => return None,
    })
}

/// Whether the second text is the same drop with CASCADE.
pub(crate) fn same_with_cascade(before: &str, after: &str) -> bool {
    parse::same_after(before, after, cascading)
}
