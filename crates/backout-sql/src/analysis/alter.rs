//! ALTER statements: what each of their commands changes.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterDomainStmt, AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, ConstrType, Constraint, Node,
    ObjectType, RenameStmt,
};

use super::walk::{self, Named};
use super::{AlterKind, Class, Ddl, Note, Outside, drops};

pub(super) fn table(alter: &AlterTableStmt, notes: &mut Vec<Note>) -> Class {
    let commands: Vec<&AlterTableCmd> = alter
        .cmds
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::AlterTableCmd(command)) => Some(command.as_ref()),
            _ => None,
        })
        .collect();
    let mut ddl = Ddl::default();
    let mut effect = Effect::Adds;
    for command in commands {
        if let Some(outside) = detach_outside(alter, command) {
            return Class::OutsideTransaction(outside);
        }
        let (kind, of_command) = one(command, notes);
        ddl.disables_triggers |= matches!(command.subtype(), AlterTableType::AtEnableReplicaTrig)
            || matches!(kind, AlterKind::DisableTrigger(_));
        ddl.alters.push(kind);
        effect = effect.max(of_command);
        if command.behavior() == pg_query::protobuf::DropBehavior::DropCascade && !notes.contains(&Note::Cascade) {
            notes.push(Note::Cascade);
        }
    }
    effect.class(ddl)
}

pub(super) fn domain(alter: &AlterDomainStmt) -> Class {
    let name = alter.name.clone();
    let (kind, effect) = match (alter.subtype.as_str(), alter.def.as_deref()) {
        ("C", def) => (AlterKind::AddConstraint(None), runs(def).max(Effect::Adds)),
        ("V", _) => (AlterKind::ValidateConstraint(name), Effect::Changes),
        ("X", _) => (AlterKind::DropConstraint(name), Effect::Changes),
        ("T", None) => (AlterKind::DropDefault(name), Effect::Changes),
        ("T", Some(_)) => (AlterKind::SetDefault(name), Effect::Changes),
        ("N", _) => (AlterKind::DropNotNull(name), Effect::Changes),
        _ => (AlterKind::SetNotNull(name), Effect::Changes),
    };
    effect.class(Ddl { alters: vec![kind], ..Ddl::default() })
}

pub(super) fn rename(rename: &RenameStmt) -> Class {
    let from = match rename.rename_type() {
        _ if !rename.subname.is_empty() => Some(rename.subname.clone()),
        _ => rename
            .relation
            .as_ref()
            .map(|range| range.relname.clone())
            .or_else(|| rename.object.as_deref().and_then(|object| drops::name(object).pop())),
    };
    changed(AlterKind::Rename { from, to: rename.newname.clone() })
}

pub(super) fn changed(kind: AlterKind) -> Class {
    Class::Ddl(Ddl { alters: vec![kind], ..Ddl::default() })
}

/// What a command does at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    Adds,
    Changes,
    /// Calls functions that may do anything.
    Runs,
}

impl Effect {
    fn class(self, ddl: Ddl) -> Class {
        match self {
            Self::Adds => Class::Additive,
            Self::Changes => Class::Ddl(ddl),
            Self::Runs => Class::Code,
        }
    }
}

fn runs(node: Option<&Node>) -> Effect {
    if Named::of(node).calls_unknown() { Effect::Runs } else { Effect::Adds }
}

/// What stands behind the commands of an ALTER TABLE.
fn definitions(statement: &NodeEnum) -> impl Iterator<Item = &NodeEnum> {
    let commands = match statement {
        NodeEnum::AlterTableStmt(alter) => alter.cmds.as_slice(),
        _ => &[],
    };
    commands.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::AlterTableCmd(command)) => {
            command.def.as_deref()?.node.as_ref().filter(|_| {
                matches!(command.subtype(), AlterTableType::AtAlterColumnType | AlterTableType::AtSetIdentity)
            })
        }
        _ => None,
    })
}

/// `ALTER COLUMN … TYPE … USING …`
pub(super) fn computes(statement: &NodeEnum) -> bool {
    definitions(statement).any(|def| matches!(def, NodeEnum::ColumnDef(column) if column.raw_default.is_some()))
}

/// `ALTER SEQUENCE … RESTART`, `ALTER COLUMN … RESTART`
pub(super) fn restarts(statement: &NodeEnum) -> bool {
    let restart = |node: &Node| matches!(&node.node, Some(NodeEnum::DefElem(option)) if option.defname == "restart");
    match statement {
        NodeEnum::AlterSeqStmt(alter) => alter.options.iter().any(restart),
        _ => definitions(statement).any(|def| matches!(def, NodeEnum::List(list) if list.items.iter().any(restart))),
    }
}

fn one(command: &AlterTableCmd, notes: &mut Vec<Note>) -> (AlterKind, Effect) {
    use AlterTableType as T;
    let name = command.name.clone();
    let some_name = || (!command.name.is_empty()).then(|| command.name.clone());
    let inner = command.def.as_deref().and_then(|node| node.node.as_ref());
    let kind = match command.subtype() {
        T::AtAddColumn => {
            let Some(NodeEnum::ColumnDef(column)) = inner else {
                return (AlterKind::Other("ADD COLUMN".to_owned()), Effect::Changes);
            };
            if command.missing_ok {
                notes.push(Note::IfNotExists);
            }
            return (AlterKind::AddColumn(column.colname.clone()), column_effect(column, notes));
        }
        T::AtAddConstraint => {
            let Some(NodeEnum::Constraint(constraint)) = inner else {
                return (AlterKind::AddConstraint(None), Effect::Changes);
            };
            return added_constraint(constraint, notes);
        }
        T::AtAlterColumnType => {
            // A function of theirs in USING computes values. Tried first and then run, it computes them twice; to call
            // it code instead would lose the values that they come from.
            return (AlterKind::AlterType(name), Effect::Changes);
        }
        T::AtColumnDefault if command.def.is_none() => AlterKind::DropDefault(name),
        T::AtColumnDefault => AlterKind::SetDefault(name),
        T::AtDropNotNull => AlterKind::DropNotNull(name),
        T::AtSetNotNull => AlterKind::SetNotNull(name),
        T::AtSetExpression => return (AlterKind::Generated(name), runs(command.def.as_deref()).max(Effect::Changes)),
        T::AtDropExpression | T::AtAddIdentity | T::AtSetIdentity | T::AtDropIdentity => AlterKind::Generated(name),
        T::AtSetStatistics
        | T::AtSetOptions
        | T::AtResetOptions
        | T::AtSetStorage
        | T::AtSetCompression
        | T::AtAlterColumnGenericOptions => AlterKind::ColumnOption(name),
        T::AtDropColumn => {
            if command.missing_ok {
                notes.push(Note::IfExists);
            }
            AlterKind::DropColumn(name)
        }
        T::AtAlterConstraint => AlterKind::AlterConstraint(match inner {
            Some(NodeEnum::AtalterConstraint(constraint)) => constraint.conname.clone(),
            Some(NodeEnum::Constraint(constraint)) => constraint.conname.clone(),
            _ => name,
        }),
        T::AtValidateConstraint => AlterKind::ValidateConstraint(name),
        T::AtDropConstraint => {
            if command.missing_ok {
                notes.push(Note::IfExists);
            }
            AlterKind::DropConstraint(name)
        }
        T::AtChangeOwner => AlterKind::Owner(command.newowner.as_ref().map(drops::role_name).unwrap_or_default()),
        T::AtClusterOn | T::AtDropCluster => AlterKind::Cluster,
        T::AtSetLogged | T::AtSetUnLogged => AlterKind::Persistence,
        T::AtSetAccessMethod => AlterKind::AccessMethod(name),
        T::AtSetTableSpace => AlterKind::Tablespace(name),
        T::AtSetRelOptions | T::AtResetRelOptions | T::AtReplaceRelOptions | T::AtGenericOptions => AlterKind::Options,
        T::AtEnableTrig | T::AtEnableAlwaysTrig | T::AtEnableReplicaTrig | T::AtEnableTrigAll | T::AtEnableTrigUser => {
            AlterKind::EnableTrigger(some_name())
        }
        T::AtDisableTrig | T::AtDisableTrigAll | T::AtDisableTrigUser => AlterKind::DisableTrigger(some_name()),
        T::AtEnableRule | T::AtEnableAlwaysRule | T::AtEnableReplicaRule => AlterKind::EnableRule(name),
        T::AtDisableRule => AlterKind::DisableRule(name),
        T::AtEnableRowSecurity | T::AtDisableRowSecurity | T::AtForceRowSecurity | T::AtNoForceRowSecurity => {
            AlterKind::RowSecurity
        }
        T::AtReplicaIdentity => AlterKind::ReplicaIdentity,
        subtype => parentage(subtype, inner),
    };
    (kind, Effect::Changes)
}

fn added_constraint(constraint: &Constraint, notes: &mut Vec<Note>) -> (AlterKind, Effect) {
    if constraint.skip_validation {
        notes.push(Note::NotValid);
    }
    let name = (!constraint.conname.is_empty()).then(|| constraint.conname.clone());
    // An index that becomes a constraint's is renamed and belongs to it from then on.
    let effect = if constraint.indexname.is_empty() { Effect::Adds } else { Effect::Changes };
    (AlterKind::AddConstraint(name), effect.max(runs(constraint.raw_expr.as_deref())))
}

/// What a table inherits from and is a partition of, and whatever a newer grammar brings.
fn parentage(subtype: AlterTableType, inner: Option<&NodeEnum>) -> AlterKind {
    match (subtype, inner) {
        (AlterTableType::AtAddInherit, Some(NodeEnum::RangeVar(parent))) => AlterKind::Inherit(walk::relation(parent)),
        (AlterTableType::AtDropInherit, Some(NodeEnum::RangeVar(parent))) => {
            AlterKind::NoInherit(walk::relation(parent))
        }
        (_, Some(NodeEnum::PartitionCmd(partition))) => {
            let Some(range) = &partition.name else { return AlterKind::Other("PARTITION".to_owned()) };
            match subtype {
                AlterTableType::AtAttachPartition => AlterKind::AttachPartition(walk::relation(range)),
                _ => AlterKind::DetachPartition(walk::relation(range)),
            }
        }
        _ => AlterKind::Other(subtype.as_str_name().trim_start_matches("AT_").to_owned()),
    }
}

fn column_effect(column: &ColumnDef, notes: &mut Vec<Note>) -> Effect {
    let mut effect = Effect::Adds;
    let constraints = column.constraints.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::Constraint(constraint)) => Some(constraint),
        _ => None,
    });
    for constraint in constraints {
        let named = Named::of(constraint.raw_expr.as_deref());
        let unknown = named.calls_unknown();
        match constraint.contype() {
            ConstrType::ConstrDefault => {
                if named.functions.iter().any(|name| walk::is_volatile(name)) {
                    notes.push(Note::VolatileDefault { column: column.colname.clone() });
                    effect = effect.max(Effect::Changes);
                }
                if unknown && !named.functions.iter().all(|name| walk::is_harmless(name) || is_generator(name)) {
                    effect = Effect::Runs;
                }
            }
            ConstrType::ConstrCheck if unknown => effect = Effect::Runs,
            // Both fill every row: the table is rewritten.
            ConstrType::ConstrIdentity => effect = effect.max(Effect::Changes),
            ConstrType::ConstrGenerated => effect = effect.max(if unknown { Effect::Runs } else { Effect::Changes }),
            _ => {}
        }
    }
    let serial = column.type_name.as_ref().and_then(|name| walk::parts(&name.names).pop());
    if serial.is_some_and(|name| {
        matches!(name.as_str(), "serial" | "serial4" | "bigserial" | "serial8" | "smallserial" | "serial2")
    }) {
        notes.push(Note::VolatileDefault { column: column.colname.clone() });
        effect = effect.max(Effect::Changes);
    }
    effect
}

/// Makers of keys that change nothing but a sequence.
fn is_generator(name: &[String]) -> bool {
    name.last().is_some_and(|name| {
        matches!(
            name.as_str(),
            "nextval"
                | "uuid_generate_v4"
                | "uuid_generate_v1"
                | "uuid_generate_v1mc"
                | "uuidv4"
                | "uuidv7"
                | "gen_random_bytes"
                | "gen_salt"
        )
    })
}

fn detach_outside(alter: &AlterTableStmt, command: &AlterTableCmd) -> Option<Outside> {
    let Some(NodeEnum::PartitionCmd(partition)) = command.def.as_deref().and_then(|node| node.node.as_ref()) else {
        return None;
    };
    let finalize = command.subtype() == AlterTableType::AtDetachPartitionFinalize;
    if command.subtype() != AlterTableType::AtDetachPartition || !partition.concurrent {
        // FINALIZE of an interrupted detach may run in a transaction.
        return None;
    }
    let (parent, partition) = (alter.relation.as_ref()?, partition.name.as_ref()?);
    Some(Outside::DetachPartitionConcurrently {
        parent: walk::relation(parent),
        partition: walk::relation(partition),
        finalize,
    })
}

/// The kind of object in a statement's words, for what has no variant of its own.
pub(super) fn other(object: ObjectType) -> AlterKind {
    AlterKind::Other(object.as_str_name().trim_start_matches("OBJECT_").to_owned())
}
