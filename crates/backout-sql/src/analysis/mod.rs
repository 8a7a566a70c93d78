//! What a statement is and what it may destroy, as PostgreSQL's own grammar reads it.
//!
//! Says only what the text says: what a function, a trigger or a DO block does, no grammar tells. Knows no
//! catalog, so names are as written.

mod alter;
mod classify;
mod create;
mod drops;
mod grammar;
mod parse;
mod tag;
mod tags;
mod walk;

use serde::{Deserialize, Serialize};

pub use tags::{code_of_do, string_constant, tags};

pub(crate) use drops::same_with_cascade;
pub(crate) use grammar::analyse_all;
pub(crate) use parse::Refusal;

/// What the grammar tells about a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The server's command tag without counts: `DROP TABLE`, `DO`.
    pub tag: String,
    pub class: Class,
    /// The relations that the statement names, as written, each once; not those that a drop cascades to,
    /// and not those in the body of a function or DO block.
    pub relations: Vec<RelationName>,
    /// The functions that the statement calls or refers to, dotted names as written, each once.
    pub functions: Vec<Vec<String>>,
    pub notes: Vec<Note>,
    /// It computes the values of a column anew: ALTER COLUMN … TYPE … USING.
    pub computes: bool,
    /// It sets a sequence to another number: RESTART of a sequence, or of the one of an identity column.
    pub restarts: bool,
}

/// A relation as written: without a schema, `search_path` decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelationName {
    pub schema: Option<String>,
    pub name: String,
}

impl std::fmt::Display for RelationName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", crate::quote::identifier(schema))?;
        }
        f.write_str(&crate::quote::identifier(&self.name))
    }
}

/// How a statement must be treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    Transaction(TransactionCommand),
    /// Changes settings of the session and nothing that is stored.
    Session(SessionCommand),
    /// Only adds or annotates: all rows and objects stay as they are.
    Additive,
    /// Can destroy or change existing objects; runs no procedure of the user except event triggers.
    Ddl(Ddl),
    /// Reads or changes rows, which may run triggers.
    Rows(Rows),
    /// Runs code that the grammar cannot see through.
    Code,
    /// Cannot run inside a transaction block.
    OutsideTransaction(Outside),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionCommand {
    /// With the options as SQL words (`ISOLATION LEVEL …`), if there are any.
    Begin {
        options: Vec<String>,
    },
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint(String),
    Release(String),
    RollbackTo(String),
    Prepare(String),
    CommitPrepared(String),
    RollbackPrepared(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCommand {
    /// Lower-case name of the setting; also `role`, `session_authorization`, `transaction`,
    /// `session_characteristics`, `constraints`, `prepare`, `listen`; `all` for RESET ALL and DISCARD ALL.
    pub name: String,
    /// `None` sets it back to its default.
    pub value: Option<String>,
    /// For this transaction only.
    pub local: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ddl {
    pub drop: Option<Drop>,
    pub truncates: bool,
    /// `ALTER TABLE … DISABLE TRIGGER`, or its enabling for replicas only.
    pub disables_triggers: bool,
    pub alters: Vec<AlterKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    pub kind: DropKind,
    /// Dotted names as written, one for each object; for what belongs to a table (policy, trigger, rule) its
    /// own name comes last; for a cast the two types; for DROP OWNED the roles.
    pub names: Vec<Vec<String>>,
    pub cascade: bool,
    pub if_exists: bool,
    pub concurrently: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DropKind {
    AccessMethod,
    Aggregate,
    Cast,
    Collation,
    Conversion,
    Database,
    Domain,
    EventTrigger,
    Extension,
    ForeignDataWrapper,
    ForeignServer,
    ForeignTable,
    Function,
    Index,
    Language,
    MaterializedView,
    Operator,
    OperatorClass,
    OperatorFamily,
    Owned,
    Policy,
    Procedure,
    Publication,
    Role,
    Routine,
    Rule,
    Schema,
    Sequence,
    Statistics,
    Subscription,
    Table,
    Tablespace,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    Transform,
    Trigger,
    Type,
    UserMapping,
    View,
}

/// One thing that an ALTER (or a CREATE OR REPLACE) changes; names as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlterKind {
    AddColumn(String),
    DropColumn(String),
    AlterType(String),
    AddConstraint(Option<String>),
    AlterConstraint(String),
    ValidateConstraint(String),
    DropConstraint(String),
    SetDefault(String),
    DropDefault(String),
    SetNotNull(String),
    DropNotNull(String),
    /// ADD, SET or DROP IDENTITY, SET or DROP EXPRESSION.
    Generated(String),
    /// Statistics, storage, compression or options of a column.
    ColumnOption(String),
    EnableTrigger(Option<String>),
    DisableTrigger(Option<String>),
    EnableRule(String),
    DisableRule(String),
    RowSecurity,
    ReplicaIdentity,
    Options,
    AccessMethod(String),
    Tablespace(String),
    Persistence,
    Cluster,
    Inherit(RelationName),
    NoInherit(RelationName),
    AttachPartition(RelationName),
    DetachPartition(RelationName),
    Owner(String),
    SetSchema(String),
    Rename {
        from: Option<String>,
        to: String,
    },
    /// CREATE OR REPLACE of something that may be there.
    Replace,
    /// A value of an enum gets another name.
    RenameValue {
        from: String,
        to: String,
    },
    /// Anything else, in the words of the statement's tag.
    Other(String),
}

/// A statement on rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    pub kind: RowsKind,
    /// The relations that it writes, data-modifying WITH queries included.
    pub writes: Vec<RelationName>,
    /// The columns that a plain UPDATE sets: one without WITH, which reaches each row once.
    pub sets: Vec<String>,
    /// Calls functions that are not PostgreSQL's own harmless ones.
    pub calls_functions: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RowsKind {
    Select,
    Insert,
    Update,
    Delete,
    Merge,
    CopyFrom,
    CopyTo,
    CreateTableAs,
    CreateMaterializedView,
    Refresh,
}

/// What cannot run inside a transaction block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outside {
    CreateIndexConcurrently {
        /// Without a name, the server makes one up.
        index: Option<String>,
        table: RelationName,
        if_not_exists: bool,
    },
    DropIndexConcurrently {
        indexes: Vec<RelationName>,
        if_exists: bool,
    },
    Reindex {
        target: ReindexTarget,
        concurrently: bool,
    },
    DetachPartitionConcurrently {
        parent: RelationName,
        partition: RelationName,
        finalize: bool,
    },
    Vacuum {
        tables: Vec<RelationName>,
        full: bool,
    },
    /// CLUSTER of all tables.
    Cluster,
    CreateDatabase(String),
    DropDatabase(String),
    AlterDatabaseTablespace(String),
    CreateTablespace(String),
    DropTablespace(String),
    AlterSystem,
    CreateSubscription(String),
    AlterSubscription(String),
    DropSubscription(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReindexTarget {
    Index(RelationName),
    Table(RelationName),
    Schema(String),
    Database(Option<String>),
    System(Option<String>),
}

/// Worth knowing beside the class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// What is there already stays as it is, whatever it looks like.
    IfNotExists,
    IfExists,
    Cascade,
    /// A key or check that existing rows are not tested against.
    NotValid,
    /// Every existing row gets the value of a function: the table is rewritten.
    VolatileDefault {
        column: String,
    },
    /// Cannot run inside a transaction block although its class does not say so (DISCARD ALL; COMMIT PREPARED).
    NotInTransaction,
    /// Adds a value to an enum, which PostgreSQL cannot take away and which this transaction cannot use.
    EnumValue {
        value: String,
    },
}

/// Names that mean a plain relation in a drop.
pub(crate) fn relation_of(names: &[String]) -> Option<RelationName> {
    let (name, before) = names.split_last()?;
    Some(RelationName { schema: before.last().cloned(), name: name.clone() })
}

#[cfg(test)]
mod tests;
