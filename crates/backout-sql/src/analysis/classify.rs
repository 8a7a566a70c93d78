//! The class of a statement, from its tree.

use pg_query::NodeEnum;
use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{
    AlterSubscriptionType, DiscardMode, DropBehavior, Node, ReindexObjectType, ReindexStmt, SelectStmt,
    TransactionStmt, TransactionStmtKind, VariableSetKind, VariableSetStmt,
};

use super::walk::{self, Named};
use super::{
    AlterKind, Analysis, Class, Ddl, Drop, DropKind, Note, Outside, ReindexTarget, Rows, RowsKind, SessionCommand,
    TransactionCommand, alter, create, drops, relation_of, tag,
};

pub(super) fn classify(node: &Node) -> Analysis {
    let Some(statement) = &node.node else {
        return Analysis {
            tag: String::new(),
            class: Class::Additive,
            relations: Vec::new(),
            functions: Vec::new(),
            notes: Vec::new(),
            computes: false,
            restarts: false,
        };
    };
    let mut named = Named::of([node]);
    let mut notes = Vec::new();
    let class = class(statement, &named, &mut notes);
    if let Class::Ddl(Ddl { drop: Some(drop), .. }) = &class {
        if drop.if_exists {
            notes.push(Note::IfExists);
        }
        if drop.cascade {
            notes.push(Note::Cascade);
        }
        let owners = match drop.kind {
            kind if drops::of_relations(kind) => drop.names.iter().filter_map(|name| relation_of(name)).collect(),
            DropKind::Policy | DropKind::Trigger | DropKind::Rule => {
                drop.names.iter().filter_map(|name| relation_of(&name[..name.len().saturating_sub(1)])).collect()
            }
            _ => Vec::new(),
        };
        named.relations.extend(owners);
    }
    if let Class::OutsideTransaction(Outside::DropIndexConcurrently { indexes, .. }) = &class {
        named.relations.extend(indexes.iter().cloned());
    }
    if let NodeEnum::CreateTrigStmt(trigger) = statement {
        named.functions.push(walk::parts(&trigger.funcname));
    }
    let is_set = named.functions.iter().any(|name| name.last().is_some_and(|last| last == "setval"));
    Analysis {
        tag: tag::of(statement),
        class,
        relations: named.relations,
        functions: named.functions,
        notes,
        computes: alter::computes(statement),
        restarts: alter::restarts(statement) || is_set,
    }
}

fn class(statement: &NodeEnum, named: &Named, notes: &mut Vec<Note>) -> Class {
    if only_adds(statement) {
        return Class::Additive;
    }
    if let NodeEnum::ExplainStmt(explain) = statement {
        let inner = explain.query.as_deref().and_then(|node| node.node.as_ref());
        return match inner {
            Some(inner) if has_option(&explain.options, "analyze") => class(inner, named, notes),
            _ => Class::Additive,
        };
    }
    of_session(statement, notes)
        .or_else(|| of_drop(statement, notes))
        .or_else(|| of_alter(statement, notes))
        .or_else(|| of_create(statement, named, notes))
        .or_else(|| of_upkeep(statement, named))
        .or_else(|| of_rows(statement, named))
        // DO, CALL, EXECUTE, LOAD, cursors, and whatever a newer grammar brings.
        .unwrap_or(Class::Code)
}

/// Transactions, and what changes only the session.
fn of_session(statement: &NodeEnum, notes: &mut Vec<Note>) -> Option<Class> {
    Some(match statement {
        NodeEnum::TransactionStmt(transaction) => {
            if matches!(
                transaction.kind(),
                TransactionStmtKind::TransStmtCommitPrepared | TransactionStmtKind::TransStmtRollbackPrepared
            ) {
                notes.push(Note::NotInTransaction);
            }
            Class::Transaction(transaction_command(transaction))
        }
        NodeEnum::VariableSetStmt(set) => Class::Session(setting(set)),
        NodeEnum::ConstraintsSetStmt(set) => {
            let value = if set.deferred { "DEFERRED" } else { "IMMEDIATE" };
            session("constraints", Some(value), true)
        }
        NodeEnum::DiscardStmt(discard) => match discard.target() {
            DiscardMode::DiscardAll => {
                notes.push(Note::NotInTransaction);
                session("all", None, false)
            }
            DiscardMode::DiscardPlans => session("plans", None, false),
            DiscardMode::DiscardSequences => session("sequences", None, false),
            _ => session("temp", None, false),
        },
        NodeEnum::PrepareStmt(prepare) => session("prepare", Some(&prepare.name), false),
        NodeEnum::DeallocateStmt(_) => session("prepare", None, false),
        NodeEnum::ListenStmt(listen) => session("listen", Some(&listen.conditionname), false),
        NodeEnum::UnlistenStmt(_) => session("listen", None, false),
        _ => return None,
    })
}

/// What takes objects away, or all of their rows.
fn of_drop(statement: &NodeEnum, notes: &mut Vec<Note>) -> Option<Class> {
    Some(match statement {
        NodeEnum::DropStmt(drop) => drops::classify(drop),
        NodeEnum::DropRoleStmt(drop) => {
            dropped(DropKind::Role, drop.roles.iter().map(drops::name).collect(), false, drop.missing_ok)
        }
        NodeEnum::DropOwnedStmt(drop) => dropped(
            DropKind::Owned,
            drop.roles.iter().map(drops::name).collect(),
            drop.behavior() == DropBehavior::DropCascade,
            false,
        ),
        NodeEnum::DropUserMappingStmt(drop) => {
            let role = drop.user.as_ref().map(drops::role_name).unwrap_or_default();
            dropped(DropKind::UserMapping, vec![vec![drop.servername.clone(), role]], false, drop.missing_ok)
        }
        NodeEnum::DropdbStmt(drop) => Class::OutsideTransaction(Outside::DropDatabase(drop.dbname.clone())),
        NodeEnum::DropTableSpaceStmt(drop) => {
            Class::OutsideTransaction(Outside::DropTablespace(drop.tablespacename.clone()))
        }
        NodeEnum::DropSubscriptionStmt(drop) => {
            Class::OutsideTransaction(Outside::DropSubscription(drop.subname.clone()))
        }
        NodeEnum::TruncateStmt(truncate) => {
            if truncate.behavior() == DropBehavior::DropCascade {
                notes.push(Note::Cascade);
            }
            Class::Ddl(Ddl { truncates: true, ..Ddl::default() })
        }
        _ => return None,
    })
}

/// What changes objects that are there.
fn of_alter(statement: &NodeEnum, notes: &mut Vec<Note>) -> Option<Class> {
    let changed = alter::changed;
    Some(match statement {
        NodeEnum::AlterTableStmt(statement) => alter::table(statement, notes),
        NodeEnum::AlterDomainStmt(statement) => alter::domain(statement),
        NodeEnum::RenameStmt(statement) => alter::rename(statement),
        NodeEnum::AlterOwnerStmt(statement) => {
            changed(AlterKind::Owner(statement.newowner.as_ref().map(drops::role_name).unwrap_or_default()))
        }
        NodeEnum::AlterObjectSchemaStmt(statement) => changed(AlterKind::SetSchema(statement.newschema.clone())),
        NodeEnum::AlterEnumStmt(statement) if statement.old_val.is_empty() => {
            if statement.skip_if_new_val_exists {
                notes.push(Note::IfNotExists);
            }
            notes.push(Note::EnumValue { value: statement.new_val.clone() });
            Class::Additive
        }
        NodeEnum::AlterEnumStmt(statement) => {
            changed(AlterKind::RenameValue { from: statement.old_val.clone(), to: statement.new_val.clone() })
        }
        NodeEnum::AlterSystemStmt(_) => Class::OutsideTransaction(Outside::AlterSystem),
        NodeEnum::AlterDatabaseStmt(statement) if has_option(&statement.options, "tablespace") => {
            Class::OutsideTransaction(Outside::AlterDatabaseTablespace(statement.dbname.clone()))
        }
        NodeEnum::AlterSubscriptionStmt(statement)
            if !matches!(
                statement.kind(),
                AlterSubscriptionType::AlterSubscriptionConnection
                    | AlterSubscriptionType::AlterSubscriptionEnabled
                    | AlterSubscriptionType::AlterSubscriptionSkip
            ) =>
        {
            Class::OutsideTransaction(Outside::AlterSubscription(statement.subname.clone()))
        }
        NodeEnum::AlterTableMoveAllStmt(statement) => {
            changed(AlterKind::Tablespace(statement.new_tablespacename.clone()))
        }
        NodeEnum::AlterFunctionStmt(statement) => changed(alter::other(statement.objtype())),
        NodeEnum::AlterObjectDependsStmt(statement) => changed(alter::other(statement.object_type())),
        NodeEnum::ReassignOwnedStmt(statement) => {
            changed(AlterKind::Owner(statement.newrole.as_ref().map(drops::role_name).unwrap_or_default()))
        }
        NodeEnum::AlterPolicyStmt(_)
        | NodeEnum::AlterRoleStmt(_)
        | NodeEnum::AlterRoleSetStmt(_)
        | NodeEnum::AlterSeqStmt(_)
        | NodeEnum::AlterTypeStmt(_)
        | NodeEnum::AlterStatsStmt(_)
        | NodeEnum::AlterExtensionContentsStmt(_)
        | NodeEnum::AlterPublicationStmt(_)
        | NodeEnum::AlterSubscriptionStmt(_)
        | NodeEnum::AlterEventTrigStmt(_)
        | NodeEnum::AlterCollationStmt(_)
        | NodeEnum::AlterOperatorStmt(_)
        | NodeEnum::AlterOpFamilyStmt(_)
        | NodeEnum::AlterDatabaseStmt(_)
        | NodeEnum::AlterDatabaseSetStmt(_)
        | NodeEnum::AlterDatabaseRefreshCollStmt(_)
        | NodeEnum::AlterTableSpaceOptionsStmt(_)
        | NodeEnum::AlterFdwStmt(_)
        | NodeEnum::AlterForeignServerStmt(_)
        | NodeEnum::AlterUserMappingStmt(_)
        | NodeEnum::AlterTsdictionaryStmt(_)
        | NodeEnum::AlterTsconfigurationStmt(_) => changed(AlterKind::Other(tag::of(statement))),
        // An update runs the scripts of the extension, which may do anything to its objects.
        NodeEnum::AlterExtensionStmt(_) => Class::Code,
        _ => return None,
    })
}

/// What makes objects, where more is to be known than that it adds.
fn of_create(statement: &NodeEnum, named: &Named, notes: &mut Vec<Note>) -> Option<Class> {
    Some(match statement {
        NodeEnum::CreateStmt(statement) => create::table(statement, notes),
        NodeEnum::CreateForeignTableStmt(statement) => {
            statement.base_stmt.as_ref().map_or(Class::Additive, |base| create::table(base, notes))
        }
        NodeEnum::CreateTableAsStmt(statement) => create::table_as(statement, named, notes),
        NodeEnum::IndexStmt(statement) => create::index(statement, notes),
        NodeEnum::ViewStmt(statement) => create::replacing(statement.replace),
        NodeEnum::CreateFunctionStmt(statement) => create::replacing(statement.replace),
        NodeEnum::CreateTrigStmt(statement) => create::replacing(statement.replace),
        NodeEnum::RuleStmt(statement) => create::replacing(statement.replace),
        NodeEnum::DefineStmt(statement) => create::replacing(statement.replace),
        NodeEnum::CreatePlangStmt(statement) => create::replacing(statement.replace),
        NodeEnum::CreateTransformStmt(statement) => create::replacing(statement.replace),
        NodeEnum::CreateSchemaStmt(statement) => {
            if statement.if_not_exists {
                notes.push(Note::IfNotExists);
            }
            create::schema(&statement.schema_elts, |element| {
                element
                    .node
                    .as_ref()
                    .map_or(Class::Additive, |inner| class(inner, &Named::of([element]), &mut Vec::new()))
            })
        }
        NodeEnum::CreateExtensionStmt(statement) => {
            if statement.if_not_exists {
                notes.push(Note::IfNotExists);
            }
            Class::Additive
        }
        NodeEnum::CreateSeqStmt(statement) => {
            if statement.if_not_exists {
                notes.push(Note::IfNotExists);
            }
            Class::Additive
        }
        NodeEnum::CreateSubscriptionStmt(statement) => {
            Class::OutsideTransaction(Outside::CreateSubscription(statement.subname.clone()))
        }
        NodeEnum::CreatedbStmt(statement) => {
            Class::OutsideTransaction(Outside::CreateDatabase(statement.dbname.clone()))
        }
        NodeEnum::CreateTableSpaceStmt(statement) => {
            Class::OutsideTransaction(Outside::CreateTablespace(statement.tablespacename.clone()))
        }
        _ => return None,
    })
}

/// What takes nothing away, however it is written.
fn only_adds(statement: &NodeEnum) -> bool {
    matches!(
        statement,
        NodeEnum::CreatePolicyStmt(_)
            | NodeEnum::CreateDomainStmt(_)
            | NodeEnum::CreateEnumStmt(_)
            | NodeEnum::CompositeTypeStmt(_)
            | NodeEnum::CreateRangeStmt(_)
            | NodeEnum::CreateRoleStmt(_)
            | NodeEnum::CreatePublicationStmt(_)
            | NodeEnum::CreateEventTrigStmt(_)
            | NodeEnum::CreateStatsStmt(_)
            | NodeEnum::CreateCastStmt(_)
            | NodeEnum::CreateConversionStmt(_)
            | NodeEnum::CreateAmStmt(_)
            | NodeEnum::CreateOpClassStmt(_)
            | NodeEnum::CreateOpFamilyStmt(_)
            | NodeEnum::CreateFdwStmt(_)
            | NodeEnum::CreateForeignServerStmt(_)
            | NodeEnum::CreateUserMappingStmt(_)
            | NodeEnum::ImportForeignSchemaStmt(_)
            | NodeEnum::CommentStmt(_)
            | NodeEnum::SecLabelStmt(_)
            | NodeEnum::GrantStmt(_)
            | NodeEnum::GrantRoleStmt(_)
            | NodeEnum::AlterDefaultPrivilegesStmt(_)
            | NodeEnum::LockStmt(_)
            | NodeEnum::NotifyStmt(_)
            | NodeEnum::CheckPointStmt(_)
            | NodeEnum::VariableShowStmt(_)
    )
}

/// VACUUM, ANALYZE, CLUSTER, REINDEX.
fn of_upkeep(statement: &NodeEnum, named: &Named) -> Option<Class> {
    Some(match statement {
        NodeEnum::VacuumStmt(statement) if statement.is_vacuumcmd => Class::OutsideTransaction(Outside::Vacuum {
            tables: named.relations.clone(),
            full: has_option(&statement.options, "full"),
        }),
        // ANALYZE.
        NodeEnum::VacuumStmt(_) => Class::Additive,
        NodeEnum::ClusterStmt(statement) if statement.relation.is_none() => Class::OutsideTransaction(Outside::Cluster),
        NodeEnum::ClusterStmt(_) => alter::changed(AlterKind::Cluster),
        NodeEnum::ReindexStmt(statement) => reindex(statement),
        _ => return None,
    })
}

/// What reads or writes rows.
fn of_rows(statement: &NodeEnum, named: &Named) -> Option<Class> {
    let rows = |kind| {
        Class::Rows(Rows {
            kind,
            writes: named.writes.clone(),
            sets: Vec::new(),
            calls_functions: named.calls_unknown(),
        })
    };
    Some(match statement {
        NodeEnum::SelectStmt(select) => match (set_config(select), &select.into_clause) {
            (Some(setting), _) => Class::Session(setting),
            (None, Some(into)) => {
                let made = into.rel.as_ref().map(walk::relation);
                let writes = made.into_iter().chain(named.writes.clone()).collect();
                Class::Rows(Rows {
                    kind: RowsKind::CreateTableAs,
                    writes,
                    sets: Vec::new(),
                    calls_functions: named.calls_unknown(),
                })
            }
            (None, None) if named.writes.is_empty() && named.calls_unknown() => Class::Code,
            (None, None) => rows(RowsKind::Select),
        },
        NodeEnum::InsertStmt(_) => rows(RowsKind::Insert),
        NodeEnum::UpdateStmt(update) if update.with_clause.is_none() => {
            let name = |target: &Node| match &target.node {
                Some(NodeEnum::ResTarget(target)) => Some(target.name.clone()),
                _ => None,
            };
            let sets = update.target_list.iter().filter_map(name).collect();
            let (kind, writes) = (RowsKind::Update, named.writes.clone());
            Class::Rows(Rows { kind, writes, sets, calls_functions: named.calls_unknown() })
        }
        NodeEnum::UpdateStmt(_) => rows(RowsKind::Update),
        NodeEnum::DeleteStmt(_) => rows(RowsKind::Delete),
        NodeEnum::MergeStmt(_) => rows(RowsKind::Merge),
        // Runs a program on the server.
        NodeEnum::CopyStmt(copy) if copy.is_program => Class::Code,
        NodeEnum::CopyStmt(copy) if copy.is_from => {
            let writes = copy.relation.iter().map(walk::relation).collect();
            Class::Rows(Rows {
                kind: RowsKind::CopyFrom,
                writes,
                sets: Vec::new(),
                calls_functions: named.calls_unknown(),
            })
        }
        NodeEnum::CopyStmt(_) => rows(RowsKind::CopyTo),
        NodeEnum::RefreshMatViewStmt(refresh) => {
            let writes = refresh.relation.iter().map(walk::relation).collect();
            Class::Rows(Rows { kind: RowsKind::Refresh, writes, sets: Vec::new(), calls_functions: false })
        }
        _ => return None,
    })
}

fn session(name: &str, value: Option<&str>, local: bool) -> Class {
    Class::Session(SessionCommand { name: name.to_owned(), value: value.map(str::to_owned), local })
}

fn dropped(kind: DropKind, names: Vec<Vec<String>>, cascade: bool, if_exists: bool) -> Class {
    drops::dropped(Drop { kind, names, cascade, if_exists, concurrently: false })
}

fn transaction_command(transaction: &TransactionStmt) -> TransactionCommand {
    use TransactionStmtKind as K;
    let savepoint = transaction.savepoint_name.clone();
    let gid = transaction.gid.clone();
    match transaction.kind() {
        K::TransStmtCommit => TransactionCommand::Commit { chain: transaction.chain },
        K::TransStmtRollback => TransactionCommand::Rollback { chain: transaction.chain },
        K::TransStmtSavepoint => TransactionCommand::Savepoint(savepoint),
        K::TransStmtRelease => TransactionCommand::Release(savepoint),
        K::TransStmtRollbackTo => TransactionCommand::RollbackTo(savepoint),
        K::TransStmtPrepare => TransactionCommand::Prepare(gid),
        K::TransStmtCommitPrepared => TransactionCommand::CommitPrepared(gid),
        K::TransStmtRollbackPrepared => TransactionCommand::RollbackPrepared(gid),
        _ => TransactionCommand::Begin { options: transaction.options.iter().filter_map(transaction_option).collect() },
    }
}

fn transaction_option(node: &Node) -> Option<String> {
    let Some(NodeEnum::DefElem(option)) = &node.node else { return None };
    let on = option.arg.as_deref().and_then(constant).is_some_and(|value| value != "0");
    Some(match option.defname.as_str() {
        "transaction_isolation" => {
            format!("ISOLATION LEVEL {}", option.arg.as_deref().and_then(constant)?.to_uppercase())
        }
        "transaction_read_only" => if on { "READ ONLY" } else { "READ WRITE" }.to_owned(),
        "transaction_deferrable" => if on { "DEFERRABLE" } else { "NOT DEFERRABLE" }.to_owned(),
        other => other.to_uppercase(),
    })
}

fn setting(set: &VariableSetStmt) -> SessionCommand {
    let name = match set.name.to_ascii_lowercase().as_str() {
        "" => "all".to_owned(),
        "session characteristics" => "session_characteristics".to_owned(),
        "transaction snapshot" => "transaction_snapshot".to_owned(),
        other => other.to_owned(),
    };
    let value = match set.kind() {
        VariableSetKind::VarReset | VariableSetKind::VarResetAll | VariableSetKind::VarSetDefault => None,
        VariableSetKind::VarSetMulti => Some(
            set.args
                .iter()
                .filter_map(|node| transaction_option(node).or_else(|| constant(node)))
                .collect::<Vec<_>>()
                .join(" "),
        ),
        _ => Some(set.args.iter().filter_map(constant).collect::<Vec<_>>().join(", ")),
    };
    // SET ROLE NONE is the way back.
    let value = value.filter(|value| !(name == "role" && value.eq_ignore_ascii_case("none")));
    SessionCommand { name, value, local: set.is_local }
}

/// `SELECT set_config('name', 'value', local)` with constants only, as `pg_dump` writes it.
fn set_config(select: &SelectStmt) -> Option<SessionCommand> {
    let [target] = select.target_list.as_slice() else { return None };
    if !select.from_clause.is_empty() || select.where_clause.is_some() {
        return None;
    }
    let Some(NodeEnum::ResTarget(target)) = &target.node else { return None };
    let Some(NodeEnum::FuncCall(call)) = target.val.as_deref().and_then(|node| node.node.as_ref()) else { return None };
    let name = walk::parts(&call.funcname);
    if !matches!(
        name.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
        ["set_config"] | ["pg_catalog", "set_config"]
    ) {
        return None;
    }
    let [name, value, local] = call.args.as_slice() else { return None };
    Some(SessionCommand {
        name: constant(name)?.to_lowercase(),
        value: Some(constant(value)?),
        local: matches!(constant(local)?.as_str(), "true" | "t" | "on"),
    })
}

fn reindex(statement: &ReindexStmt) -> Class {
    let concurrently = has_option(&statement.params, "concurrently");
    let named = (!statement.name.is_empty()).then(|| statement.name.clone());
    let (target, whole) = match (statement.kind(), &statement.relation) {
        (ReindexObjectType::ReindexObjectIndex, Some(range)) => (ReindexTarget::Index(walk::relation(range)), false),
        (ReindexObjectType::ReindexObjectTable, Some(range)) => (ReindexTarget::Table(walk::relation(range)), false),
        (ReindexObjectType::ReindexObjectSchema, _) => (ReindexTarget::Schema(statement.name.clone()), true),
        (ReindexObjectType::ReindexObjectSystem, _) => (ReindexTarget::System(named), true),
        _ => (ReindexTarget::Database(named), true),
    };
    if concurrently || whole {
        Class::OutsideTransaction(Outside::Reindex { target, concurrently })
    } else {
        Class::Additive
    }
}

/// Whether an option is given and not switched off.
fn has_option(options: &[Node], name: &str) -> bool {
    options.iter().any(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) => {
            let off = option
                .arg
                .as_deref()
                .and_then(constant)
                .is_some_and(|value| matches!(value.to_lowercase().as_str(), "false" | "off" | "0"));
            option.defname.eq_ignore_ascii_case(name) && !off
        }
        _ => false,
    })
}

/// The text of a constant.
fn constant(node: &Node) -> Option<String> {
    match &node.node {
        Some(NodeEnum::AConst(constant)) => match constant.val.as_ref() {
            Some(Val::Ival(value)) => Some(value.ival.to_string()),
            Some(Val::Fval(value)) => Some(value.fval.clone()),
            Some(Val::Boolval(value)) => Some(value.boolval.to_string()),
            Some(Val::Sval(value)) => Some(value.sval.clone()),
            Some(Val::Bsval(value)) => Some(value.bsval.clone()),
            None => None,
        },
        Some(NodeEnum::String(value)) => Some(value.sval.clone()),
        Some(NodeEnum::Integer(value)) => Some(value.ival.to_string()),
        Some(NodeEnum::Boolean(value)) => Some(value.boolval.to_string()),
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().and_then(constant),
        _ => None,
    }
}
