//! Columns of large tables that are hidden instead of dropped: no value is copied and none written, whatever the table's
//! size, and the way back is a name. Until it is purged the column is there, under a name of ours, for whoever asks
//! for all columns.

use super::{Environment, MigrateError, Origin, Run};
use backout_reversal::Hidden;
use backout_schema::{Catalog, Class, Column, Detail, Object, ObjectId, TableKind, hidden_name, ident};
use backout_sql::analysis::{AlterKind, Ddl};
use backout_sql::script::Statement;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::types::Type;

/// What hiding left to the statement that wanted to drop.
#[derive(Debug, Default)]
pub(super) struct Hiding {
    /// What stays although the statement drops it: columns, and defaults that serve rows to come.
    pub stays: BTreeSet<ObjectId>,
    /// What is dropped already.
    pub dropped: BTreeSet<ObjectId>,
    /// Columns that stand in for the hidden ones, so that the statement has something to drop.
    pub stand_ins: BTreeSet<ObjectId>,
}

/// A column that can be hidden, with those that its table's partitions have because of it.
struct Candidate {
    column: ObjectId,
    tree: BTreeSet<ObjectId>,
}

impl Run<'_> {
    /// Hides those of the columns that `statement` drops whose tables the plan calls large, and leaves a column
    /// without values in the place of each.
    pub(super) async fn hide_columns(
        &mut self,
        statement: &Statement,
        ddl: &Ddl,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<Hiding, MigrateError> {
        let mut hiding = Hiding::default();
        if self.env.rules.hide_above.is_none()
            || ddl.drop.is_some()
            || !gone.iter().all(|id| goes_by_name(catalog, *id))
        {
            return Ok(hiding);
        }
        let mut candidates = candidates(catalog, ddl, gone);
        candidates.retain(|c| self.origin.existed.contains(&c.column));
        let members = |c: &Candidate| c.tree.iter().map(|id| ObjectId::relation(id.oid)).collect::<Vec<_>>();
        let tables: BTreeSet<ObjectId> = candidates.iter().flat_map(members).collect();
        if tables.is_empty() || self.env.hangs_on_others(catalog, gone).await? {
            return Ok(hiding);
        }
        let measured = self.env.measure(&tables).await?;
        candidates.retain(|c| self.origin.is_worth_hiding(&self.env, c, &measured));
        if candidates.is_empty() {
            return Ok(hiding);
        }
        let kept_defaults = self.defaults_that_stay(catalog, &candidates);
        hiding.stays.extend(candidates.iter().flat_map(|c| &c.tree));
        hiding.stays.extend(&kept_defaults);
        let goes = |id: &ObjectId| {
            let follows = match catalog.get(*id).map(|o| &o.detail) {
                Some(Detail::Constraint(c)) => c.inherited,
                Some(Detail::Trigger(t)) => t.inherited,
                Some(Detail::Sequence(s)) => s.identity,
                Some(Detail::Column(_)) | None => true,
                _ => false,
            };
            !follows && !hiding.stays.contains(id)
        };
        let going: BTreeSet<ObjectId> = gone.iter().copied().filter(goes).collect();
        if !going.is_empty() {
            self.drop_by_moving(statement, catalog, &going).await?;
        }
        hiding.dropped = going;
        for candidate in &candidates {
            let stand_in = self.hide(statement, catalog, candidate, &kept_defaults).await?;
            hiding.stand_ins.extend(stand_in);
        }
        Ok(hiding)
    }

    async fn hide(
        &mut self,
        statement: &Statement,
        catalog: &Catalog,
        candidate: &Candidate,
        kept_defaults: &BTreeSet<ObjectId>,
    ) -> Result<BTreeSet<ObjectId>, MigrateError> {
        let table = ObjectId::relation(candidate.column.oid);
        let Some(column) = catalog.get(candidate.column) else { return Ok(BTreeSet::new()) };
        let (full, name) = (catalog.sql_name(table), ident(&column.name));
        let hidden = hidden_name(self.env.number, candidate.column.sub, &column.name);
        let mut statements = Vec::new();
        for member in candidate.tree.iter().filter_map(|id| catalog.get(*id)) {
            statements.extend(backout_reversal::ddl::grants_to_others(catalog, member));
        }
        let has_default = default_of(catalog, candidate.column).is_some_and(|d| kept_defaults.contains(&d.id));
        if matches!(&column.detail, Detail::Column(c) if c.not_null) && !has_default {
            statements.push(format!("ALTER TABLE {full} ALTER COLUMN {name} DROP NOT NULL"));
        }
        statements.push(format!("ALTER TABLE {full} RENAME COLUMN {name} TO {}", ident(&hidden)));
        statements.push(format!("ALTER TABLE {full} ADD COLUMN {name} boolean"));
        let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
        self.env
            .session
            .all(&texts)
            .await
            .map_err(|(place, source)| MigrateError::statement_part(statement, texts[place], source))?;
        let what = self.origin.known_as(catalog, candidate.column);
        let consequences = format!(
            "{what} is hidden rather than dropped, under the name {hidden}, until `backout archive purge {}`: SELECT * shows it, \
             an INSERT without a column list counts it, and a check for drift reports it",
            self.env.number
        );
        (self.env.watch)(super::Event::Note(consequences.clone()));
        if !self.told.notes.contains(&consequences) {
            self.told.notes.push(consequences);
        }
        self.gathered.hidden.push(Hidden { column: candidate.column, what, table: full, name: hidden });
        let now = self.catalog_now().await?;
        let members = candidate.tree.iter().map(|id| ObjectId::relation(id.oid));
        let stand_in = |id: ObjectId| now.columns(id).iter().find(|c| c.name == column.name).map(|c| c.id);
        Ok(members.filter_map(stand_in).collect())
    }

    /// Defaults of hidden columns that stand on nothing: rows written since get from them what an INSERT of
    /// before would have given them.
    fn defaults_that_stay(&self, catalog: &Catalog, candidates: &[Candidate]) -> BTreeSet<ObjectId> {
        let columns = candidates.iter().flat_map(|c| &c.tree);
        let defaults = columns.filter_map(|column| default_of(catalog, *column));
        defaults.filter(|d| stands_on_nothing(catalog, d)).map(|d| d.id).collect()
    }
}

/// Something that can be dropped by a statement of its own, or goes with such a thing, and holds no rows.
fn goes_by_name(catalog: &Catalog, id: ObjectId) -> bool {
    match catalog.get(id).map(|o| &o.detail) {
        Some(
            Detail::Column(_)
            | Detail::Default(_)
            | Detail::Index(_)
            | Detail::Constraint(_)
            | Detail::Statistics(_)
            | Detail::Trigger(_)
            | Detail::Policy(_)
            | Detail::Rule(_)
            | Detail::Sequence(_),
        ) => true,
        Some(Detail::View(_)) => true,
        // What makes a generated column, or a column that must not be NULL.
        None => matches!(id.class, Class::Default | Class::Constraint),
        _ => false,
    }
}

fn candidates(catalog: &Catalog, ddl: &Ddl, gone: &BTreeSet<ObjectId>) -> Vec<Candidate> {
    let named = |name: &str| ddl.alters.iter().any(|a| matches!(a, AlterKind::DropColumn(column) if column == name));
    let mut found = Vec::new();
    for object in gone.iter().filter_map(|id| catalog.get(*id)) {
        let Detail::Column(column) = &object.detail else { continue };
        let table = ObjectId::relation(object.id.oid);
        let Some(Detail::Table(t)) = catalog.get(table).map(|o| &o.detail) else { continue };
        let alone = matches!(t.kind, TableKind::Ordinary | TableKind::Partitioned)
            && t.partition_of.is_none()
            && t.inherits.is_empty()
            && t.of_type.is_none();
        if !alone || !named(&object.name) || gone.contains(&table) || !serves_hidden(catalog, object, column) {
            continue;
        }
        // What the same statement drops by name must be there when it does.
        let by_name = |c: &Object| {
            matches!(&c.detail, Detail::Constraint(k) if k.columns.contains(&object.id.sub))
                && ddl.alters.iter().any(|a| matches!(a, AlterKind::DropConstraint(name) if *name == c.name))
        };
        if catalog.parts(table).any(by_name) {
            continue;
        }
        let mut tree = BTreeSet::from([object.id]);
        let partitioned = t.kind == TableKind::Partitioned;
        let mut whole = true;
        let mut open = vec![table];
        while let Some(parent) = open.pop() {
            for heir in catalog.objects() {
                let Detail::Table(h) = &heir.detail else { continue };
                if h.partition_of != Some(parent) && !h.inherits.contains(&parent) {
                    continue;
                }
                let its = catalog.columns(heir.id).into_iter().find(|c| c.name == object.name);
                match its.filter(|_| partitioned) {
                    Some(its) if h.kind != TableKind::Foreign => _ = tree.insert(its.id),
                    _ => whole = false,
                }
                open.push(heir.id);
            }
        }
        let all_go = tree.iter().all(|id| {
            gone.contains(id)
                && matches!(catalog.get(*id), Some(o) if matches!(&o.detail, Detail::Column(c) if serves_hidden(catalog, o, c)))
        });
        if whole && all_go {
            found.push(Candidate { column: object.id, tree });
        }
    }
    found
}

/// Whether rows that are written while the column is hidden will fit what it was.
fn serves_hidden(catalog: &Catalog, object: &Object, column: &Column) -> bool {
    if column.generated.is_some() || column.identity.is_some() {
        return false;
    }
    // A type that is somebody's own may be dropped as well.
    let own_type = catalog.needs(object.id).any(|d| catalog.root(d.to) != ObjectId::relation(object.id.oid));
    let must_count = column.not_null && default_of(catalog, object.id).is_some_and(|d| !stands_on_nothing(catalog, d));
    !own_type && !must_count
}

fn default_of(catalog: &Catalog, column: ObjectId) -> Option<&Object> {
    catalog
        .parts(ObjectId::relation(column.oid))
        .find(|p| matches!(&p.detail, Detail::Default(d) if d.column == column.sub))
}

fn stands_on_nothing(catalog: &Catalog, default: &Object) -> bool {
    let table = default.parent.unwrap_or(default.id);
    catalog.needs(default.id).all(|d| catalog.root(d.to) == table)
}

impl Environment<'_> {
    /// By table: its size, and whether some publication sends its rows to where a column of another name is not
    /// known.
    async fn measure(&self, tables: &BTreeSet<ObjectId>) -> Result<BTreeMap<u32, (u64, bool)>, MigrateError> {
        let tables: Vec<u32> = tables.iter().map(|id| id.oid).collect();
        let rows = self
            .session
            .query_typed(
                "SELECT c.oid, pg_catalog.pg_table_size(c.oid), EXISTS (SELECT FROM pg_catalog.pg_publication_tables p \
                   WHERE p.schemaname = n.nspname AND p.tablename = c.relname) \
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = ANY ($1) AND pg_catalog.pg_has_role(c.relowner, 'USAGE')",
                &[(&tables, Type::OID_ARRAY)],
            )
            .await
            .map_err(MigrateError::server("measuring the tables whose columns are dropped"))?;
        let size = |size: i64| u64::try_from(size).unwrap_or(0);
        Ok(rows.iter().map(|row| (row.get(0), (size(row.get(1)), row.get(2)))).collect())
    }
}

impl Origin {
    fn is_worth_hiding(
        &self,
        env: &Environment<'_>,
        candidate: &Candidate,
        measured: &BTreeMap<u32, (u64, bool)>,
    ) -> bool {
        let Some(above) = env.rules.hide_above else { return false };
        let mut bytes = 0;
        for member in &candidate.tree {
            // One that is not measured belongs to somebody else.
            match measured.get(&member.oid) {
                Some((size, false)) => bytes += size,
                _ => return false,
            }
        }
        match &env.rules.large {
            Some(large) => large.contains(&self.catalog.sql_name(ObjectId::relation(candidate.column.oid))),
            None => bytes >= above,
        }
    }
}
