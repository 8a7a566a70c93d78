//! What was there before the migration, and what of that is worth keeping.
//!
//! Must not know: what has become of it since, or how it is kept.

use super::{Environment, MigrateError, Protected};
use backout_reversal::Relabelled;
use backout_schema::Type::Domain;
use backout_schema::{Catalog, Class, Detail, ObjectId};
use std::collections::BTreeSet;

/// The database as it was before the first transaction of the file.
#[derive(Default)]
pub(super) struct Origin {
    pub catalog: Catalog,
    pub existed: BTreeSet<ObjectId>,
    /// Values of enums that an earlier run of the same migration has renamed.
    pub renamed_labels: Vec<Relabelled>,
    pub protected: Vec<Protected>,
}

impl Origin {
    /// Whether the table was there before and is the user's.
    pub(super) fn is_old_table(&self, oid: u32) -> bool {
        let id = ObjectId::relation(oid);
        self.catalog.get(id).is_some_and(|t| matches!(t.detail, Detail::Table(_))) && !self.catalog.is_ours(id)
    }

    /// A type that somebody made and that was there before, and what follows its name.
    pub(super) fn own_type<'n>(&self, data_type: &'n str) -> Option<(ObjectId, &'n str)> {
        self.catalog.objects().filter(|o| o.id.class == Class::Type).find_map(|o| {
            let rest = data_type.strip_prefix(&self.catalog.sql_name(o.id))?;
            (rest.is_empty() || rest == "[]").then_some((o.id, rest))
        })
    }

    /// What values of a type can be cast to that the migration may have renamed, archived or dropped since: of a
    /// domain that is gone the values are those of its base type.
    pub(super) async fn there_now(&self, env: &Environment<'_>, data_type: &str) -> Result<String, MigrateError> {
        let Some((id, rest)) = self.own_type(data_type) else { return Ok(data_type.to_owned()) };
        let sql = format!(
            "SELECT pg_catalog.format('%I.%I', n.nspname, t.typname) FROM pg_catalog.pg_type t \
             JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = {}",
            id.oid
        );
        let name = env.session.scalar(&sql).await.map_err(MigrateError::server("looking for a type"))?;
        if let Some(name) = name {
            return Ok(format!("{name}{rest}"));
        }
        Ok(match self.catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Type(Domain { base, .. })) => format!("{base}{rest}"),
            _ => data_type.to_owned(),
        })
    }

    /// What was there before is called by the name that it had then.
    pub(super) fn known_as(&self, catalog: &Catalog, id: ObjectId) -> String {
        if self.catalog.contains(id) { self.catalog.identity(id) } else { catalog.identity(id) }
    }

    /// The type that a column had before the migration, where that is not the one that it had just now: values of
    /// somebody's own type are compared as texts, since that type may be gone or have another name.
    pub(super) fn first_type(&self, column: ObjectId, just_now: &str) -> Option<String> {
        let Some(Detail::Column(first)) = self.catalog.get(column).map(|o| &o.detail) else { return None };
        match first.data_type.as_str() {
            same if same == just_now => None,
            own if own.contains('.') => Some("text".to_owned()),
            first => Some(first.to_owned()),
        }
    }

    /// The names that columns had before.
    pub(super) fn former_names(&self, catalog: &Catalog, table: ObjectId, columns: &[String]) -> Vec<String> {
        let former = |name: &String| {
            let column = catalog.columns(table).into_iter().find(|c| c.name == *name)?.id;
            self.catalog.column_name(column.oid, column.sub).map(str::to_owned)
        };
        columns.iter().map(|name| former(name).unwrap_or_else(|| name.clone())).collect()
    }

    /// Rows, values or counters that existed before the migration hang on it.
    pub(super) fn worth_keeping(&self, id: ObjectId) -> bool {
        if !self.existed.contains(&id) || id.class != Class::Relation {
            return false;
        }
        self.catalog.get(id).is_some_and(|o| {
            o.holds_rows()
                || matches!(o.detail, Detail::Sequence(_))
                || (o.is_column() && self.catalog.get(ObjectId::relation(id.oid)).is_some_and(|t| t.holds_rows()))
        })
    }
}
