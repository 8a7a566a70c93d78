//! CREATE, for every kind of object, and what its definition does not carry: owner, comment, state.

use super::Unsupported;
use super::statement::{Does, Statement};
use super::words::{enable_word, force_row_security, keyword, only_word, storage_word};
use crate::repair::repair;
use backout_schema::*;
use std::collections::{BTreeMap, BTreeSet};

fn options(list: &[String]) -> String {
    list.iter()
        .map(|o| match o.split_once('=') {
            Some((name, value)) => format!("{name}={}", literal(value).trim_start()),
            None => o.clone(),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn with_options(list: &[String]) -> String {
    if list.is_empty() { String::new() } else { format!(" WITH ({})", options(list)) }
}

/// Statements that create an object as `catalog` describes it, without owner, privileges and comment.
///
/// Foreign keys and checks come back `NOT VALID` when `defer_validation` is set and they were valid:
/// whoever asks validates them later without a lock that matters.
pub fn create(catalog: &Catalog, id: ObjectId, defer_validation: bool) -> Result<Vec<Statement>, Unsupported> {
    let object = catalog
        .get(id)
        .ok_or_else(|| Unsupported { object: id.to_string(), reason: "it is not in the catalog".into() })?;
    let refuse = |reason: &str| Err(Unsupported::new(catalog, id, reason));
    let name = ident(&object.name);
    let full = catalog.sql_name(id);
    let parent = object.parent.map_or(String::new(), |p| catalog.sql_name(p));
    let plain = |all: Vec<String>| Ok(all.into_iter().map(Statement::from).collect());
    let one = |sql: String| plain(vec![sql]);
    match &object.detail {
        Detail::Schema => one(format!("CREATE SCHEMA {name}")),
        Detail::Extension(e) => {
            one(format!("CREATE EXTENSION {name} WITH SCHEMA {} VERSION {}", ident(&e.schema), literal(&e.version)))
        }
        Detail::Type(t) => create_type(catalog, object, t, &full),
        Detail::Function(f) => one(f.definition.clone()),
        Detail::Table(t) => create_table(catalog, object, t, &BTreeSet::new(), &BTreeMap::new()),
        Detail::View(v) => Ok(vec![create_view(&full, v, false)]),
        Detail::Sequence(s) if s.identity => Ok(Vec::new()),
        Detail::Sequence(s) => plain(create_sequence(catalog, object, s)),
        Detail::Index(i) if i.constraint.is_some() => Ok(Vec::new()),
        Detail::Index(i) => Ok(create_index(catalog, i, &full)),
        Detail::Column(c) => one(add_column(catalog, object, c, false)),
        Detail::Default(d) => one(format!(
            "ALTER {} {parent} ALTER COLUMN {name} SET DEFAULT {}",
            only_word(catalog, object),
            repair(&d.expression)
        )),
        Detail::Constraint(c) if c.inherited => Ok(Vec::new()),
        Detail::Constraint(c) => Ok(vec![add_constraint(catalog, object, c, defer_validation)]),
        Detail::Trigger(t) if t.inherited => Ok(Vec::new()),
        Detail::Trigger(t) => one(repair(&t.definition)),
        Detail::Rule(r) => one(repair(r.definition.trim_end().trim_end_matches(';'))),
        Detail::Policy(p) => one(create_policy(p, &name, &parent)),
        Detail::Statistics(s) => {
            let target = s.target.map(|target| format!("ALTER STATISTICS {full} SET STATISTICS {target}"));
            plain(std::iter::once(repair(&s.definition)).chain(target).collect())
        }
        Detail::Publication(p) => one(format!(
            "CREATE PUBLICATION {name}{} WITH (publish = {}, publish_via_partition_root = {})",
            if p.all_tables { " FOR ALL TABLES" } else { "" },
            literal(&p.publish),
            p.via_root
        )),
        Detail::PublicationTable(m) => one(publish_table(catalog, m, &parent)),
        Detail::PublicationSchema => one(format!("ALTER PUBLICATION {parent} ADD TABLES IN SCHEMA {name}")),
        Detail::EventTrigger(e) => one(create_event_trigger(e, &name)),
        Detail::DefaultAcl(_) => plain(super::default_acl_statements(None, Some(object))?),
        Detail::Other(o) if o.noun == "database setting" => plain(super::settings(object, "", &o.definition)),
        Detail::Other(o) if !o.made_by.is_empty() => plain(o.made_by.clone()),
        Detail::Other(o) => refuse(&format!("{} objects are noticed but not yet brought back", o.noun)),
    }
}

fn create_sequence(catalog: &Catalog, object: &Object, sequence: &Sequence) -> Vec<String> {
    let (first, renamed) = name_beside_type(catalog, object);
    let create = format!(
        "CREATE {}SEQUENCE {first} AS {}{}",
        if sequence.unlogged { "UNLOGGED " } else { "" },
        sequence.data_type,
        sequence_options(sequence)
    );
    std::iter::once(create).chain(renamed).collect()
}

fn create_index(catalog: &Catalog, index: &Index, full: &str) -> Vec<Statement> {
    let mut statements = vec![Does::CreateIndex.so(repair(&index.definition))];
    if let Some(parent) = index.partition_of.filter(|p| catalog.contains(*p)) {
        let attach = format!("ALTER INDEX {} ATTACH PARTITION {full}", catalog.sql_name(parent));
        statements.push(Does::AttachIndex.so(attach));
    }
    for (number, target) in &index.statistics {
        statements.push(format!("ALTER INDEX {full} ALTER COLUMN {number} SET STATISTICS {target}").into());
    }
    statements
}

fn add_constraint(catalog: &Catalog, object: &Object, detail: &Constraint, defer_validation: bool) -> Statement {
    let parent = object.parent.map_or(String::new(), |p| catalog.sql_name(p));
    let word = if detail.on_domain { "DOMAIN" } else { "TABLE" };
    let definition = by_primary_key(catalog, object, detail, repair(&detail.definition));
    // PostgreSQL 18 is the first to take such a key of a partitioned table.
    let of_partitioned = detail.kind == ConstraintKind::ForeignKey
        && matches!(object.parent.and_then(|p| catalog.get(p)).map(|t| &t.detail), Some(Detail::Table(t)) if t.kind == TableKind::Partitioned);
    let deferrable = matches!(detail.kind, ConstraintKind::ForeignKey | ConstraintKind::Check)
        && detail.validated
        && defer_validation
        && !of_partitioned
        && !detail.on_domain;
    // A column that a child has without NOT NULL would get it with its parent's.
    let only = if detail.kind == ConstraintKind::PrimaryKey && has_nullable_heir(catalog, object, &detail.columns) {
        "ONLY "
    } else {
        ""
    };
    let at_once = format!("ALTER {word} {only}{parent} ADD CONSTRAINT {} {definition}", ident(&object.name));
    if deferrable {
        let sql = format!("{at_once} NOT VALID");
        Does::AddConstraint { at_once: Some(at_once) }.so(sql)
    } else {
        Does::AddConstraint { at_once: None }.so(at_once)
    }
}

fn create_policy(policy: &Policy, name: &str, table: &str) -> String {
    let mut sql = format!(
        "CREATE POLICY {name} ON {table} AS {} FOR {}",
        if policy.permissive { "PERMISSIVE" } else { "RESTRICTIVE" },
        match policy.command {
            'r' => "SELECT",
            'a' => "INSERT",
            'w' => "UPDATE",
            'd' => "DELETE",
            _ => "ALL",
        }
    );
    if !policy.roles.is_empty() {
        let roles: Vec<String> = policy.roles.iter().map(|r| ident(r)).collect();
        sql.push_str(&format!(" TO {}", roles.join(", ")));
    }
    if let Some(using) = &policy.using {
        sql.push_str(&format!(" USING ({})", repair(using)));
    }
    if let Some(check) = &policy.check {
        sql.push_str(&format!(" WITH CHECK ({})", repair(check)));
    }
    sql
}

fn publish_table(catalog: &Catalog, member: &PublicationTable, publication: &str) -> String {
    let mut sql = format!("ALTER PUBLICATION {publication} ADD TABLE ONLY {}", catalog.sql_name(member.table));
    if let Some(columns) = &member.columns {
        let columns: Vec<String> = columns.iter().map(|c| ident(c)).collect();
        sql.push_str(&format!(" ({})", columns.join(", ")));
    }
    if let Some(filter) = &member.filter {
        sql.push_str(&format!(" WHERE ({})", repair(filter)));
    }
    sql
}

fn create_event_trigger(trigger: &EventTrigger, name: &str) -> String {
    let tags = if trigger.tags.is_empty() {
        String::new()
    } else {
        let tags: Vec<String> = trigger.tags.iter().map(|t| literal(t)).collect();
        format!(" WHEN TAG IN ({})", tags.join(", "))
    };
    format!("CREATE EVENT TRIGGER {name} ON {}{tags} EXECUTE FUNCTION {}()", trigger.event, trigger.function)
}

/// What makes the same index without keeping writers off its table. The text is the server's, which has the word once
/// before the name.
pub fn concurrently(create_index: &str) -> String {
    // Reads SQL: the server's text of an index.
    create_index.replacen("INDEX ", "INDEX CONCURRENTLY ", 1)
}

/// CREATE VIEW, also over one of the same columns.
pub fn create_view(full: &str, view: &View, replaces: bool) -> Statement {
    let options = with_options(&view.options);
    let definition = repair(view.definition.trim_end().trim_end_matches(';'));
    if view.materialized {
        return format!("CREATE MATERIALIZED VIEW {full}{options} AS {definition} WITH NO DATA").into();
    }
    let or_replace = if replaces { "OR REPLACE " } else { "" };
    Does::CreateView.so(format!("CREATE {or_replace}VIEW {full}{options} AS {definition}"))
}

fn create_type(catalog: &Catalog, object: &Object, detail: &Type, full: &str) -> Result<Vec<Statement>, Unsupported> {
    let create = match detail {
        Type::Enum { labels } => {
            let labels: Vec<String> = labels.iter().map(|l| literal(l)).collect();
            format!("CREATE TYPE {full} AS ENUM ({})", labels.join(", "))
        }
        Type::Domain { base, collation, not_null, default } => {
            let default = default.as_ref().map_or(String::new(), |d| format!(" DEFAULT {}", repair(d)));
            let nullable = format!("CREATE DOMAIN {full} AS {base}{}{default}", collate(collation));
            return Ok(vec![match not_null {
                true => {
                    let sql = format!("{nullable} NOT NULL");
                    Does::CreateDomain { nullable: Some(nullable) }.so(sql)
                }
                false => Does::CreateDomain { nullable: None }.so(nullable),
            }]);
        }
        Type::Composite { attributes } => {
            let list: Vec<String> = attributes
                .iter()
                .map(|a| format!("{} {}{}", ident(&a.name), a.data_type, collate(&a.collation)))
                .collect();
            format!("CREATE TYPE {full} AS ({})", list.join(", "))
        }
        Type::Range { subtype, opclass, collation, canonical, subtype_diff, multirange } => {
            let mut parts = vec![format!("SUBTYPE = {subtype}")];
            let mut add = |word: &str, value: &Option<String>| {
                if let Some(value) = value {
                    parts.push(format!("{word} = {value}"));
                }
            };
            add("SUBTYPE_OPCLASS", opclass);
            add("COLLATION", collation);
            add("CANONICAL", canonical);
            add("SUBTYPE_DIFF", subtype_diff);
            let multirange = multirange.as_ref().map(|m| qualified(object.schema.as_deref().unwrap_or("public"), m));
            add("MULTIRANGE_TYPE_NAME", &multirange);
            format!("CREATE TYPE {full} AS RANGE ({})", parts.join(", "))
        }
        Type::Base => {
            return Err(Unsupported::new(catalog, object.id, "a base type is written in C and needs a superuser"));
        }
    };
    let mut statements: Vec<Statement> = vec![create.into()];
    if let Type::Composite { attributes } = detail {
        let commented = attributes.iter().filter(|a| a.comment.is_some());
        statements.extend(commented.map(|a| comment_on_attribute(full, a).into()));
    }
    Ok(statements)
}

fn sequence_options(s: &Sequence) -> String {
    format!(
        " INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {}{}",
        s.increment,
        s.minimum,
        s.maximum,
        s.start,
        s.cache,
        if s.cycle { " CYCLE" } else { "" }
    )
}

/// What makes a column the identity that it is.
pub(super) fn identity(catalog: &Catalog, id: ObjectId) -> Option<String> {
    let object = catalog.get(id)?;
    let Detail::Column(column) = &object.detail else { return None };
    let head = format!("ALTER TABLE {} ALTER COLUMN {}", catalog.sql_name(object.parent?), ident(&object.name));
    Some(make_identity(catalog, object, column.identity?, &head))
}

pub fn add_identity(catalog: &Catalog, id: ObjectId) -> Option<Statement> {
    identity(catalog, id).map(|sql| Does::AddIdentity.so(sql))
}

pub fn drop_identity(catalog: &Catalog, id: ObjectId) -> Option<Statement> {
    let column = catalog.get(id)?;
    let (table, name) = (catalog.sql_name(column.parent?), ident(&column.name));
    Some(format!("ALTER TABLE {table} ALTER COLUMN {name} DROP IDENTITY").into())
}

/// What makes a column an identity, with the sequence inside it.
fn make_identity(catalog: &Catalog, column: &Object, kind: char, head: &str) -> String {
    let inside = catalog.objects().find_map(|o| match &o.detail {
        Detail::Sequence(s) if s.identity && s.owned_by == Some(column.id) => Some((o, s)),
        _ => None,
    });
    let how = if kind == 'a' { "ALWAYS" } else { "BY DEFAULT" };
    let Some((object, sequence)) = inside else {
        return format!("{head} ADD GENERATED {how} AS IDENTITY");
    };
    let (first, renamed) = name_beside_type(catalog, object);
    let add = format!("{head} ADD GENERATED {how} AS IDENTITY (SEQUENCE NAME {first}{})", sequence_options(sequence));
    // One text, of which each part is of no use alone.
    std::iter::once(add).chain(renamed).collect::<Vec<_>>().join("; ")
}

/// The name under which a sequence is made, and what gives it its own: PostgreSQL makes none under the name of a
/// type, though one can be renamed to it.
fn name_beside_type(catalog: &Catalog, sequence: &Object) -> (String, Option<String>) {
    let is_namesake =
        |o: &&Object| matches!(o.detail, Detail::Type(_)) && (&o.schema, &o.name) == (&sequence.schema, &sequence.name);
    if !catalog.objects().any(|o| is_namesake(&o)) {
        return (catalog.sql_name(sequence.id), None);
    }
    let between = format!("backout_new_{}", sequence.id.oid);
    let first = match &sequence.schema {
        Some(schema) => qualified(schema, &between),
        None => ident(&between),
    };
    let renamed = format!("ALTER SEQUENCE {first} RENAME TO {}", ident(&sequence.name));
    (first, Some(renamed))
}

fn column_definition(c: &Column, not_null: bool) -> String {
    let mut sql = c.data_type.clone();
    if let Some(collation) = &c.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(expression) = &c.generated {
        sql.push_str(&format!(
            " GENERATED ALWAYS AS ({}) {}",
            repair(expression),
            if c.virtual_ { "VIRTUAL" } else { "STORED" }
        ));
    }
    if not_null && c.not_null {
        // While the table that it replaces is there, another name would be made up.
        if let Some(name) = &c.not_null_name {
            sql.push_str(&format!(" CONSTRAINT {}", ident(name)));
        }
        sql.push_str(" NOT NULL");
    }
    sql
}

/// ADD COLUMN. NOT NULL and identity follow once the rows have values, unless the table is `empty`.
pub fn add_column(catalog: &Catalog, object: &Object, c: &Column, empty: bool) -> String {
    let table = object.parent.map_or(String::new(), |p| catalog.sql_name(p));
    format!("ALTER TABLE {table} ADD COLUMN {} {}", ident(&object.name), column_definition(c, empty))
}

/// CREATE TABLE with what it does not take. Columns that are `late` get their values first, and then NOT NULL and
/// their [`state`] from whoever asks. `filler` stands where no column has the number, to be dropped again.
pub fn create_table(
    catalog: &Catalog,
    object: &Object,
    t: &Table,
    late: &BTreeSet<ObjectId>,
    filler: &BTreeMap<i16, String>,
) -> Result<Vec<Statement>, Unsupported> {
    if t.kind == TableKind::Foreign {
        return Err(Unsupported::new(catalog, object.id, "foreign tables are noticed but not yet brought back"));
    }
    let full = catalog.sql_name(object.id);
    let columns = catalog.columns(object.id);
    let mut list: Vec<(i16, String)> = columns
        .iter()
        .filter_map(|o| match &o.detail {
            // What comes by a parent alone is not the table's own to say.
            Detail::Column(c) if c.inherited && !c.local && !t.inherits.is_empty() => None,
            Detail::Column(c) => {
                let inherited = t.inherits.iter().any(|parent| not_null_above(catalog, *parent, &o.name));
                // An identity column is NOT NULL before it is one; its parent may be that only later.
                let not_null = !late.contains(&o.id) && (!inherited || c.identity.is_some());
                Some((o.id.sub, format!("{} {}", ident(&o.name), column_definition(c, not_null))))
            }
            _ => None,
        })
        .chain(filler.iter().map(|(number, name)| (*number, format!("{} integer", ident(name)))))
        .collect();
    list.sort_by_key(|(number, _)| *number);
    let list: Vec<String> = list.into_iter().map(|(_, definition)| definition).collect();
    let mut sql = format!("CREATE {}TABLE {full} ({})", if t.unlogged { "UNLOGGED " } else { "" }, list.join(", "));
    if !t.inherits.is_empty() {
        let parents: Vec<String> = t.inherits.iter().map(|p| catalog.sql_name(*p)).collect();
        sql.push_str(&format!(" INHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = &t.partition_key {
        sql.push_str(&format!(" PARTITION BY {key}"));
    }
    if let Some(method) = &t.access_method {
        sql.push_str(&format!(" USING {}", ident(method)));
    }
    let mut storage = t.options.clone();
    storage.extend(t.toast_options.iter().map(|o| format!("toast.{o}")));
    sql.push_str(&with_options(&storage));
    if let Some(tablespace) = &t.tablespace {
        sql.push_str(&format!(" TABLESPACE {}", ident(tablespace)));
    }
    let mut statements: Vec<Statement> = vec![sql.into()];
    for column in columns.iter().filter(|c| !late.contains(&c.id)) {
        if let (Detail::Column(c), false) = (&column.detail, t.inherits.is_empty())
            && c.inherited
            && !c.local
            && c.not_null
            && !t.inherits.iter().any(|parent| not_null_above(catalog, *parent, &column.name))
        {
            statements.push(set_not_null(&full, &column.name, c));
        }
        // INHERITS brings what the table had let go of (18 has no such tables).
        if let Detail::Column(c) = &column.detail
            && c.inherited
            && !c.not_null
            && t.inherits.iter().any(|parent| not_null_above(catalog, *parent, &column.name))
        {
            let name = ident(&column.name);
            statements.push(format!("ALTER TABLE ONLY {full} ALTER COLUMN {name} DROP NOT NULL").into());
        }
    }
    for column in columns.iter().filter(|c| has_default_by_parent_alone(catalog, t, c)) {
        statements.push(format!("ALTER TABLE ONLY {full} ALTER COLUMN {} DROP DEFAULT", ident(&column.name)).into());
    }
    for column in columns.into_iter().filter(|c| !late.contains(&c.id)) {
        statements.extend(column_state(catalog, column, true));
    }
    if let (Some(parent), Some(bound)) = (t.partition_of, &t.partition_bound) {
        let attach = format!("ALTER TABLE {} ATTACH PARTITION {full} {bound}", catalog.sql_name(parent));
        statements.push(Does::AttachPartition.so(attach));
    }
    Ok(statements)
}

/// Whether INHERITS brings a default that the column did not have.
fn has_default_by_parent_alone(catalog: &Catalog, t: &Table, column: &Object) -> bool {
    let has = |table: ObjectId, number: i16| {
        catalog.parts(table).any(|p| matches!(&p.detail, Detail::Default(d) if d.column == number))
    };
    let of_parent =
        |parent: &ObjectId| catalog.columns(*parent).iter().any(|c| c.name == column.name && has(*parent, c.id.sub));
    let plain = matches!(&column.detail, Detail::Column(c) if c.generated.is_none());
    plain && !has(ObjectId::relation(column.id.oid), column.id.sub) && t.inherits.iter().any(of_parent)
}

fn not_null_above(catalog: &Catalog, table: ObjectId, column: &str) -> bool {
    let of_name = |c: &&Object| c.name == column;
    matches!(catalog.columns(table).iter().find(|c| of_name(c)).map(|c| &c.detail), Some(Detail::Column(c)) if c.not_null)
}

/// SET NOT NULL, under the name that it had.
pub fn set_not_null(table: &str, column: &str, c: &Column) -> Statement {
    let sql = match &c.not_null_name {
        Some(name) => format!("ALTER TABLE {table} ADD CONSTRAINT {} NOT NULL {}", ident(name), ident(column)),
        None => format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", ident(column)),
    };
    Does::SetNotNull { table: table.to_owned(), column: column.to_owned() }.so(sql)
}

/// What ADD COLUMN and CREATE TABLE do not take: identity, storage, compression, statistics, options.
fn column_state(catalog: &Catalog, object: &Object, identity: bool) -> Vec<Statement> {
    let Detail::Column(c) = &object.detail else {
        return Vec::new();
    };
    let of_table = format!(
        "{} ALTER COLUMN {}",
        object.parent.map_or(String::new(), |p| catalog.sql_name(p)),
        ident(&object.name)
    );
    let mut statements = Vec::new();
    if let Some(kind) = c.identity.filter(|_| identity) {
        statements.push(make_identity(catalog, object, kind, &format!("ALTER TABLE {of_table}")).into());
    }
    let head = format!("ALTER TABLE ONLY {of_table}");
    if let Some(storage) = c.storage {
        statements.push(Does::SetStorage.so(format!("{head} SET STORAGE {}", storage_word(storage))));
    }
    if let Some(compression) = c.compression {
        let method = if compression == 'l' { "lz4" } else { "pglz" };
        statements.push(Does::SetStorage.so(format!("{head} SET COMPRESSION {method}")));
    }
    if let Some(target) = c.statistics {
        statements.push(format!("{head} SET STATISTICS {target}").into());
    }
    if !c.options.is_empty() {
        statements.push(format!("{head} SET ({})", c.options.join(", ")).into());
    }
    statements
}

/// Properties that follow creation: identity and storage of a column, row security, replica identity,
/// a trigger's enabled state, ownership of a sequence …
pub fn state(catalog: &Catalog, id: ObjectId) -> Vec<Statement> {
    let Some(object) = catalog.get(id) else {
        return Vec::new();
    };
    let full = catalog.sql_name(id);
    let name = ident(&object.name);
    let parent = object.parent.map_or(String::new(), |p| catalog.sql_name(p));
    let mut statements: Vec<String> = Vec::new();
    match &object.detail {
        Detail::Table(t) => {
            if let Some(of) = &t.of_type {
                statements.push(format!("ALTER TABLE {full} OF {of}"));
            }
            if t.row_security {
                statements.push(format!("ALTER TABLE {full} ENABLE ROW LEVEL SECURITY"));
            }
            if t.force_row_security {
                statements.push(force_row_security(&full, true));
            }
            match t.replica_identity {
                'n' => statements.push(format!("ALTER TABLE {full} REPLICA IDENTITY NOTHING")),
                'f' => statements.push(format!("ALTER TABLE {full} REPLICA IDENTITY FULL")),
                _ => {}
            }
        }
        Detail::Column(_) => return column_state(catalog, object, true),
        Detail::Sequence(s) => {
            if let (Some(column), false) = (s.owned_by, s.identity) {
                let table = catalog.sql_name(ObjectId::relation(column.oid));
                let column = catalog.column_name(column.oid, column.sub).unwrap_or_default();
                statements.push(format!("ALTER SEQUENCE {full} OWNED BY {table}.{}", ident(column)));
            }
        }
        Detail::Index(i) => {
            // ADD CONSTRAINT does not take these; CREATE INDEX has them in its text.
            if i.constraint.is_some() {
                if !i.options.is_empty() {
                    statements.push(format!("ALTER INDEX {full} SET ({})", options(&i.options)));
                }
                if let Some(tablespace) = &i.tablespace {
                    statements.push(format!("ALTER INDEX {full} SET TABLESPACE {}", ident(tablespace)));
                }
            }
            if i.clustered {
                statements.push(format!("ALTER TABLE {parent} CLUSTER ON {name}"));
            }
            if i.replica_identity {
                statements.push(format!("ALTER TABLE {parent} REPLICA IDENTITY USING INDEX {name}"));
            }
        }
        Detail::Trigger(t) if t.enabled != 'O' => {
            statements.push(format!("ALTER TABLE {parent} {} TRIGGER {name}", enable_word(t.enabled)))
        }
        Detail::Rule(r) if r.enabled != 'O' => {
            statements.push(format!("ALTER TABLE {parent} {} RULE {name}", enable_word(r.enabled)))
        }
        Detail::EventTrigger(e) if e.enabled != 'O' => {
            statements.push(format!("ALTER EVENT TRIGGER {name} {}", enable_word(e.enabled)))
        }
        _ => {}
    }
    statements.into_iter().map(Statement::from).collect()
}

/// ALTER … OWNER TO, for kinds that have an owner of their own.
pub fn owner(catalog: &Catalog, id: ObjectId, to: &str) -> Option<String> {
    let object = catalog.get(id)?;
    object.owner.as_ref()?;
    let what = match &object.detail {
        Detail::Extension(_) => return None,
        Detail::Other(o) => format!("{} {}", o.keyword()?, object.name),
        _ => format!("{} {}", keyword(object), catalog.sql_name(id)),
    };
    Some(format!("ALTER {what} OWNER TO {}", ident(to)))
}

/// COMMENT ON, also where there is none any more.
pub fn comment(catalog: &Catalog, id: ObjectId) -> Option<String> {
    let object = catalog.get(id)?;
    let name = ident(&object.name);
    let parent = object.parent.map_or(String::new(), |p| catalog.sql_name(p));
    let what = match &object.detail {
        Detail::Column(_) => format!("COLUMN {parent}.{name}"),
        Detail::Constraint(c) if c.on_domain => format!("CONSTRAINT {name} ON DOMAIN {parent}"),
        Detail::Constraint(_) | Detail::Trigger(_) | Detail::Rule(_) | Detail::Policy(_) => {
            format!("{} {name} ON {parent}", keyword(object))
        }
        Detail::Default(_) | Detail::PublicationTable(_) | Detail::PublicationSchema | Detail::DefaultAcl(_) => {
            return None;
        }
        Detail::Other(o) => format!("{} {}", o.keyword()?, object.name),
        _ => format!("{} {}", keyword(object), catalog.sql_name(id)),
    };
    Some(format!(
        "COMMENT ON {what} IS {}",
        object.comment.as_ref().map_or("NULL".to_owned(), |c| literal(c).trim_start().to_owned())
    ))
}

/// Whether a table that inherits, and is no partition, lacks NOT NULL on one of these columns of the constraint's table.
fn has_nullable_heir(catalog: &Catalog, constraint: &Object, columns: &[i16]) -> bool {
    let Some(table) = constraint.parent else { return false };
    let names: Vec<&str> = columns.iter().filter_map(|number| catalog.column_name(table.oid, *number)).collect();
    let is_nullable = |heir: ObjectId| {
        let is_one = |c: &&Object| names.contains(&c.name.as_str());
        let lacks = |c: &Object| matches!(&c.detail, Detail::Column(c) if !c.not_null);
        catalog.columns(heir).into_iter().filter(is_one).any(lacks)
    };
    let mut open = vec![table];
    while let Some(parent) = open.pop() {
        let heirs = catalog.objects().filter(|o| matches!(&o.detail, Detail::Table(t) if t.inherits.contains(&parent)));
        let heirs: Vec<ObjectId> = heirs.map(|o| o.id).collect();
        if heirs.iter().any(|heir| is_nullable(*heir)) {
            return true;
        }
        open.extend(heirs);
    }
    false
}

/// A foreign key stands on one index. Where several would do, PostgreSQL takes the oldest, which after an undo may be
/// another one than before; without columns it takes the primary key.
fn by_primary_key(catalog: &Catalog, object: &Object, key: &Constraint, definition: String) -> String {
    let Some(table) = key.foreign_table else { return definition };
    let serves = |o: &Object| match &o.detail {
        Detail::Index(Index { unique: true, constraint, .. }) => constraint.and_then(|id| catalog.get(id)),
        _ => None,
    };
    let is_primary = |o: &Object| matches!(&o.detail, Detail::Constraint(c) if c.kind == ConstraintKind::PrimaryKey && c.columns == key.foreign_columns);
    let stands_on = catalog.needs(object.id).filter_map(|needed| catalog.get(needed.to)).find_map(serves);
    let names: Option<Vec<String>> =
        key.foreign_columns.iter().map(|number| catalog.column_name(table.oid, *number).map(ident)).collect();
    let list = format!("({})", names.unwrap_or_default().join(", "));
    let alike = |o: &&Object| matches!(&o.detail, Detail::Index(i) if i.unique && i.definition.contains(&list));
    if catalog.parts(table).filter(alike).count() < 2 || !stands_on.is_some_and(is_primary) {
        return definition;
    }
    // Reads SQL: the server's text of a foreign key, which names no columns where they are those of the primary key.
    match definition.split_once(" REFERENCES ").and_then(|(head, rest)| Some((head, rest.split_once(list.as_str())?))) {
        Some((head, (name, rest))) => format!("{head} REFERENCES {name}{rest}"),
        None => definition,
    }
}

pub(super) fn collate(collation: &Option<String>) -> String {
    collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"))
}

pub(super) fn comment_on_attribute(type_name: &str, attribute: &Attribute) -> String {
    let comment = attribute.comment.as_ref().map_or("NULL".to_owned(), |c| literal(c).trim_start().to_owned());
    format!("COMMENT ON COLUMN {type_name}.{} IS {comment}", ident(&attribute.name))
}
