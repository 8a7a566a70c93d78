//! The objects of a catalog: one header for all, and a detail for each kind.
//!
//! Everything that two catalogs can differ in is a field here; what changes without anybody's
//! intent (sizes, file nodes, statistics) is kept apart in [`crate::Storage`].

use crate::AclItem;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The system catalog that an object lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Schema,
    Extension,
    Type,
    Function,
    Relation,
    Default,
    Constraint,
    Trigger,
    Rule,
    Policy,
    Statistics,
    Publication,
    PublicationTable,
    PublicationSchema,
    EventTrigger,
    DefaultAcl,
    // The kinds below are noticed, compared and named, but not taken apart.
    Operator,
    OperatorClass,
    OperatorFamily,
    OperatorMember,
    OperatorProcedure,
    Cast,
    Collation,
    Conversion,
    Language,
    AccessMethod,
    Transform,
    TextSearchConfig,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    ForeignDataWrapper,
    ForeignServer,
    UserMapping,
    Subscription,
    LargeObject,
    DatabaseSetting,
    Database,
}

impl Class {
    /// Every class with the name of its system catalog.
    pub const ALL: &'static [(Class, &'static str)] = &[
        (Class::Schema, "pg_namespace"),
        (Class::Extension, "pg_extension"),
        (Class::Type, "pg_type"),
        (Class::Function, "pg_proc"),
        (Class::Relation, "pg_class"),
        (Class::Default, "pg_attrdef"),
        (Class::Constraint, "pg_constraint"),
        (Class::Trigger, "pg_trigger"),
        (Class::Rule, "pg_rewrite"),
        (Class::Policy, "pg_policy"),
        (Class::Statistics, "pg_statistic_ext"),
        (Class::Publication, "pg_publication"),
        (Class::PublicationTable, "pg_publication_rel"),
        (Class::PublicationSchema, "pg_publication_namespace"),
        (Class::EventTrigger, "pg_event_trigger"),
        (Class::DefaultAcl, "pg_default_acl"),
        (Class::Operator, "pg_operator"),
        (Class::OperatorClass, "pg_opclass"),
        (Class::OperatorFamily, "pg_opfamily"),
        (Class::OperatorMember, "pg_amop"),
        (Class::OperatorProcedure, "pg_amproc"),
        (Class::Cast, "pg_cast"),
        (Class::Collation, "pg_collation"),
        (Class::Conversion, "pg_conversion"),
        (Class::Language, "pg_language"),
        (Class::AccessMethod, "pg_am"),
        (Class::Transform, "pg_transform"),
        (Class::TextSearchConfig, "pg_ts_config"),
        (Class::TextSearchDictionary, "pg_ts_dict"),
        (Class::TextSearchParser, "pg_ts_parser"),
        (Class::TextSearchTemplate, "pg_ts_template"),
        (Class::ForeignDataWrapper, "pg_foreign_data_wrapper"),
        (Class::ForeignServer, "pg_foreign_server"),
        (Class::UserMapping, "pg_user_mapping"),
        (Class::Subscription, "pg_subscription"),
        (Class::LargeObject, "pg_largeobject_metadata"),
        (Class::DatabaseSetting, "pg_db_role_setting"),
        (Class::Database, "pg_database"),
    ];

    /// The system catalog's name, such as `pg_class`.
    pub fn catalog(self) -> &'static str {
        Class::ALL.iter().find(|(class, _)| *class == self).map_or("pg_class", |(_, name)| name)
    }

    /// The class of a system catalog, by its name.
    pub fn of_catalog(name: &str) -> Option<Class> {
        Class::ALL.iter().find(|(_, n)| *n == name).map(|(class, _)| *class)
    }
}

/// An object's identity inside one database: it survives renames and moves.
///
/// Columns are part of their relation: `sub` is the attribute number, else 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    pub class: Class,
    pub oid: u32,
    pub sub: i16,
}

impl ObjectId {
    pub const fn new(class: Class, oid: u32) -> ObjectId {
        ObjectId { class, oid, sub: 0 }
    }

    pub const fn relation(oid: u32) -> ObjectId {
        ObjectId::new(Class::Relation, oid)
    }

    pub const fn column(relation: u32, number: i16) -> ObjectId {
        ObjectId { class: Class::Relation, oid: relation, sub: number }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}:{}:{}", self.class.catalog(), self.oid, self.sub)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ObjectId {
    type Err = String;

    fn from_str(text: &str) -> Result<ObjectId, String> {
        let bad = || format!("{text:?} is not an object id");
        let mut parts = text.strip_prefix('#').ok_or_else(bad)?.split(':');
        let class = parts.next().and_then(Class::of_catalog).ok_or_else(bad)?;
        let oid = parts.next().and_then(|p| p.parse().ok()).ok_or_else(bad)?;
        let sub = parts.next().and_then(|p| p.parse().ok()).ok_or_else(bad)?;
        if parts.next().is_some() {
            return Err(bad());
        }
        Ok(ObjectId { class, oid, sub })
    }
}

impl Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ObjectId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One object of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    pub id: ObjectId,
    /// The schema, for kinds that live in one directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    pub name: String,
    /// The table, view, domain or publication that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ObjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `None` where the built-in default applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<Vec<AclItem>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    pub detail: Detail,
}

/// What is particular to a kind of object.
impl Object {
    /// The same object with other ids in the place of its own and of those that it names.
    pub fn map_ids(self, to: &impl Fn(ObjectId) -> ObjectId) -> Object {
        let detail = match self.detail {
            Detail::Table(table) => Detail::Table(Table {
                partition_of: table.partition_of.map(to),
                inherits: table.inherits.into_iter().map(to).collect(),
                ..table
            }),
            Detail::Sequence(sequence) => {
                Detail::Sequence(Sequence { owned_by: sequence.owned_by.map(to), ..sequence })
            }
            Detail::Index(index) => Detail::Index(Index {
                constraint: index.constraint.map(to),
                partition_of: index.partition_of.map(to),
                ..index
            }),
            Detail::Constraint(constraint) => {
                Detail::Constraint(Constraint { foreign_table: constraint.foreign_table.map(to), ..constraint })
            }
            Detail::PublicationTable(member) => {
                Detail::PublicationTable(PublicationTable { table: to(member.table), ..member })
            }
            // None of these holds an id: a kind that comes to hold one is added above.
            other @ (Detail::Schema
            | Detail::Extension(_)
            | Detail::Type(_)
            | Detail::Function(_)
            | Detail::View(_)
            | Detail::Column(_)
            | Detail::Default(_)
            | Detail::Trigger(_)
            | Detail::Rule(_)
            | Detail::Policy(_)
            | Detail::Statistics(_)
            | Detail::Publication(_)
            | Detail::PublicationSchema
            | Detail::EventTrigger(_)
            | Detail::DefaultAcl(_)
            | Detail::Other(_)) => other,
        };
        Object { id: to(self.id), parent: self.parent.map(to), detail, ..self }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Detail {
    Schema,
    Extension(Extension),
    Type(Type),
    Function(Function),
    Table(Table),
    View(View),
    Sequence(Sequence),
    Index(Index),
    Column(Column),
    Default(ColumnDefault),
    Constraint(Constraint),
    Trigger(Trigger),
    Rule(Rule),
    Policy(Policy),
    Statistics(Statistics),
    Publication(Publication),
    PublicationTable(PublicationTable),
    PublicationSchema,
    EventTrigger(EventTrigger),
    DefaultAcl(DefaultAcl),
    /// A kind that is noticed but not taken apart: `definition` is a digest of its catalog row.
    Other(Other),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extension {
    pub version: String,
    pub schema: String,
    pub relocatable: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Type {
    Enum {
        labels: Vec<String>,
    },
    Domain {
        base: String,
        collation: Option<String>,
        not_null: bool,
        default: Option<String>,
    },
    Composite {
        attributes: Vec<Attribute>,
    },
    Range {
        subtype: String,
        opclass: Option<String>,
        collation: Option<String>,
        canonical: Option<String>,
        subtype_diff: Option<String>,
        multirange: Option<String>,
    },
    /// A base type or a shell: written in C, so never re-created here.
    Base,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &i16) -> bool {
    *number == 0
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: String,
    pub data_type: String,
    pub collation: Option<String>,
    /// One that was dropped and made again has another, and no values.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub number: i16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionKind {
    Function,
    Procedure,
    Aggregate,
    Window,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    pub kind: FunctionKind,
    /// Identity arguments, as DROP FUNCTION takes them.
    pub arguments: String,
    /// The result type, with argument names and defaults: what OR REPLACE must not change.
    pub interface: String,
    pub language: String,
    /// The whole CREATE OR REPLACE statement; a digest for aggregates.
    pub definition: String,
    pub leakproof: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    Ordinary,
    Partitioned,
    Foreign,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub kind: TableKind,
    pub unlogged: bool,
    pub options: Vec<String>,
    pub toast_options: Vec<String>,
    pub access_method: Option<String>,
    pub tablespace: Option<String>,
    /// `d`efault, `n`othing, `f`ull, `i`ndex.
    pub replica_identity: char,
    pub row_security: bool,
    pub force_row_security: bool,
    pub of_type: Option<String>,
    pub partition_key: Option<String>,
    pub partition_of: Option<ObjectId>,
    pub partition_bound: Option<String>,
    /// Parents by inheritance (not partitioning), in order.
    pub inherits: Vec<ObjectId>,
    /// A digest of a foreign table's server and options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    pub materialized: bool,
    pub definition: String,
    pub options: Vec<String>,
    pub populated: bool,
    pub tablespace: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    pub data_type: String,
    pub start: i64,
    pub increment: i64,
    pub minimum: i64,
    pub maximum: i64,
    pub cache: i64,
    pub cycle: bool,
    pub unlogged: bool,
    /// The column that owns it.
    pub owned_by: Option<ObjectId>,
    /// It is the inside of an identity column.
    pub identity: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    pub definition: String,
    /// The constraint that it serves; such an index comes and goes with it.
    pub constraint: Option<ObjectId>,
    pub unique: bool,
    pub valid: bool,
    pub clustered: bool,
    pub replica_identity: bool,
    pub options: Vec<String>,
    pub tablespace: Option<String>,
    /// The partitioned index that it is attached to.
    pub partition_of: Option<ObjectId>,
    /// Statistics targets of expression columns: position, target.
    pub statistics: Vec<(i16, i32)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub data_type: String,
    pub collation: Option<String>,
    pub not_null: bool,
    /// NOT NULL is a constraint with a name from PostgreSQL 18 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_null_name: Option<String>,
    /// `a`lways, by `d`efault.
    pub identity: Option<char>,
    /// The expression of a generated column; other defaults are objects of their own.
    pub generated: Option<String>,
    /// Virtual rather than stored (PostgreSQL 18).
    #[serde(default)]
    pub virtual_: bool,
    /// Only where it differs from the type's own.
    pub storage: Option<char>,
    /// The type's own, where the column has another. It is no trait of the column, so nothing stored or compared has it.
    #[serde(skip)]
    pub own_storage: Option<char>,
    pub compression: Option<char>,
    pub statistics: Option<i32>,
    pub options: Vec<String>,
    /// Defined here rather than only inherited.
    pub local: bool,
    pub inherited: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnDefault {
    pub column: i16,
    pub expression: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    PrimaryKey,
    Unique,
    Exclusion,
    Check,
    ForeignKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    pub kind: ConstraintKind,
    pub definition: String,
    pub validated: bool,
    pub deferrable: bool,
    pub columns: Vec<i16>,
    pub foreign_table: Option<ObjectId>,
    pub foreign_columns: Vec<i16>,
    /// Comes from a parent table or a partitioned table's constraint, not from here.
    pub inherited: bool,
    pub on_domain: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    pub definition: String,
    /// `O`rigin, `D`isabled, `R`eplica, `A`lways.
    pub enabled: char,
    /// A clone of a partitioned table's trigger.
    pub inherited: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub definition: String,
    pub enabled: char,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// `*` all, `r` select, `a` insert, `w` update, `d` delete.
    pub command: char,
    pub permissive: bool,
    /// Role names; empty means PUBLIC.
    pub roles: Vec<String>,
    pub using: Option<String>,
    pub check: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    pub definition: String,
    pub target: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    pub all_tables: bool,
    /// As `publish = '…'` takes it.
    pub publish: String,
    pub via_root: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicationTable {
    pub table: ObjectId,
    pub columns: Option<Vec<String>>,
    pub filter: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventTrigger {
    pub event: String,
    pub function: String,
    pub enabled: char,
    pub tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefaultAcl {
    pub role: String,
    pub in_schema: Option<String>,
    /// `r` tables, `S` sequences, `f` functions, `T` types, `n` schemas.
    pub object_type: char,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// What the server calls it, such as `text search configuration`.
    pub noun: String,
    /// A digest, unless it is known how to make it.
    pub definition: String,
    /// The statements that make it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_by: Vec<String>,
    /// Its name alone; the object's name has with it what tells it apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bare: Option<String>,
}

impl Other {
    /// The word in DDL, if statements can name the kind at all.
    pub fn keyword(&self) -> Option<String> {
        Some(match self.noun.as_str() {
            "operator of access method" | "function of access method" | "user mapping" | "database setting" => {
                return None;
            }
            noun => noun.to_uppercase().replace('-', " "),
        })
    }
}

impl Object {
    /// What messages call this kind of object.
    pub fn noun(&self) -> &str {
        match &self.detail {
            Detail::Schema => "schema",
            Detail::Extension(_) => "extension",
            Detail::Type(Type::Domain { .. }) => "domain",
            Detail::Type(_) => "type",
            Detail::Function(f) => match f.kind {
                FunctionKind::Procedure => "procedure",
                FunctionKind::Aggregate => "aggregate",
                FunctionKind::Function | FunctionKind::Window => "function",
            },
            Detail::Table(t) if t.kind == TableKind::Foreign => "foreign table",
            Detail::Table(_) => "table",
            Detail::View(v) if v.materialized => "materialized view",
            Detail::View(_) => "view",
            Detail::Sequence(_) => "sequence",
            Detail::Index(_) => "index",
            Detail::Column(_) => "column",
            Detail::Default(_) => "default",
            Detail::Constraint(c) if c.kind == ConstraintKind::ForeignKey => "foreign key",
            Detail::Constraint(_) => "constraint",
            Detail::Trigger(_) => "trigger",
            Detail::Rule(_) => "rule",
            Detail::Policy(_) => "policy",
            Detail::Statistics(_) => "statistics",
            Detail::Publication(_) => "publication",
            Detail::PublicationTable(_) => "publication table",
            Detail::PublicationSchema => "publication schema",
            Detail::EventTrigger(_) => "event trigger",
            Detail::DefaultAcl(_) => "default privileges",
            Detail::Other(o) => &o.noun,
        }
    }

    /// What holds where the catalog has no privileges: the owner everything, PUBLIC what the kind allows.
    pub fn built_in_acl(&self) -> Vec<AclItem> {
        let owner = self.owner.clone().unwrap_or_default();
        let item = |grantee: &str, letters: &str| AclItem {
            grantee: grantee.to_owned(),
            privileges: letters.chars().map(|letter| crate::Privilege { letter, grantable: false }).collect(),
            grantor: owner.clone(),
        };
        match &self.detail {
            Detail::Table(_) | Detail::View(_) => vec![item(&owner, "arwdDxt")],
            Detail::Sequence(_) => vec![item(&owner, "rwU")],
            Detail::Function(_) => vec![item("", "X"), item(&owner, "X")],
            Detail::Type(_) => vec![item("", "U"), item(&owner, "U")],
            Detail::Schema => vec![item(&owner, "UC")],
            Detail::Other(o) => match o.noun.as_str() {
                "language" => vec![item("", "U"), item(&owner, "U")],
                "server" | "foreign-data wrapper" => vec![item(&owner, "U")],
                "large object" => vec![item(&owner, "rw")],
                "database" => vec![item("", "Tc"), item(&owner, "CTc")],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The same object with privileges that say no more than the built-in ones left out: the catalog
    /// has either form, and nobody can tell them apart.
    pub fn with_plain_acl(mut self) -> Object {
        let bare = |items: &[AclItem]| {
            let mut texts: Vec<String> = items
                .iter()
                .map(|i| {
                    // MAINTAIN came with PostgreSQL 17.
                    let kept = i.privileges.iter().filter(|p| p.letter != 'm' || p.grantable).copied().collect();
                    AclItem { privileges: kept, ..i.clone() }.to_string()
                })
                .collect();
            texts.sort();
            texts
        };
        // The owner's entry is printed first wherever it stands.
        if let (Some(acl), Some(owner)) = (&mut self.acl, &self.owner) {
            acl.sort_by_key(|item| item.grantee != *owner);
        }
        let Some(acl) = &self.acl else {
            return self;
        };
        let column = self.is_column();
        if (column && acl.is_empty()) || (!column && bare(acl) == bare(&self.built_in_acl())) {
            self.acl = None;
        }
        self
    }

    /// It holds rows of its own.
    pub fn holds_rows(&self) -> bool {
        matches!(&self.detail, Detail::Table(t) if t.kind != TableKind::Foreign)
    }

    pub fn is_table(&self) -> bool {
        matches!(self.detail, Detail::Table(_))
    }

    pub fn is_column(&self) -> bool {
        self.id.class == Class::Relation && self.id.sub != 0
    }

    pub fn is_foreign_key(&self) -> bool {
        matches!(&self.detail, Detail::Constraint(c) if c.kind == ConstraintKind::ForeignKey)
    }
}
