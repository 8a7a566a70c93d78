//! The tables whose changes of rows can be written down, as they are at that moment.

use super::{Environment, MigrateError, Origin};
use backout_schema::{ObjectId, qualified};
use tokio_postgres::types::Type;

/// A table as it is right now.
pub(super) struct Table {
    pub root: u32,
    pub name: String,
    /// It inherits, or others inherit from it: a statement on one of them fires no triggers of the others, but those
    /// for each row.
    pub in_family: bool,
    pub members: Vec<Member>,
    pub columns: Vec<Column>,
    /// Columns of which no two rows have the same values.
    unique: Vec<Vec<i16>>,
}

impl Table {
    pub(super) fn tells_apart(&self, key: &[i16]) -> bool {
        self.unique.iter().any(|unique| unique.iter().all(|column| key.contains(column)))
    }
}

pub(super) struct Member {
    pub oid: u32,
    pub name: String,
    /// Rows lie in it.
    pub leaf: bool,
}

pub(super) struct Column {
    pub number: i16,
    pub name: String,
    pub data_type: String,
    pub as_text: bool,
    /// Of the type, or of what an array of its values holds.
    pub type_oid: u32,
    pub collation: Option<String>,
}

impl Origin {
    /// What can be watched of these: not foreign tables, nor somebody else's.
    pub(super) async fn tables_to_watch(
        &self,
        env: &Environment<'_>,
        tables: &[u32],
    ) -> Result<Vec<Table>, MigrateError> {
        let asked = MigrateError::server("looking at the tables whose rows are changed");
        let roots = env
            .session
            .query_typed(
                "WITH RECURSIVE heirs(oid) AS (SELECT t.oid FROM unnest($1) t(oid) \
                 UNION SELECT i.inhrelid FROM heirs h JOIN pg_catalog.pg_inherits i ON i.inhparent = h.oid) \
                 SELECT DISTINCT r.oid, n.nspname::text, c.relname::text, c.relkind = 'r' AND EXISTS \
                   (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) \
                 FROM (SELECT coalesce(pg_catalog.pg_partition_root(h.oid)::oid, h.oid) AS oid FROM heirs h) r \
                 JOIN pg_catalog.pg_class c ON c.oid = r.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(c.relowner, 'USAGE') \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree(r.oid) m JOIN pg_catalog.pg_class l ON l.oid = m.relid \
                   WHERE l.relkind = 'f' OR NOT pg_catalog.pg_has_role(l.relowner, 'USAGE'))",
                &[(&tables, Type::OID_ARRAY)],
            )
            .await
            .map_err(&asked)?;
        let mut found = Vec::new();
        for row in roots {
            let root: u32 = row.get(0);
            if !self.is_old_table(root) || self.catalog.is_ours(ObjectId::relation(root)) {
                continue;
            }
            found.push(env.table(root, qualified(row.get(1), row.get(2)), row.get(3)).await?);
        }
        Ok(found)
    }

    /// Whether a column is still of the type that it had under this name, or of one of its name.
    pub(super) fn is_of_type(&self, column: &Column, then: &str) -> bool {
        if let Some((id, rest)) = self.own_type(then)
            && column.type_oid == id.oid
            && column.data_type.ends_with("[]") != rest.is_empty()
        {
            return true;
        }
        // Of the two names one may lack its schema.
        let now = column.data_type.as_str();
        let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with('.'));
        now == then || ends(now, then) || ends(then, now)
    }
}

impl Environment<'_> {
    /// A table with its partitions, as it is right now.
    async fn table(&self, root: u32, name: String, in_family: bool) -> Result<Table, MigrateError> {
        let asked = MigrateError::server("looking at the tables whose rows are changed");
        let members = self
            .session
            .query_typed(
                "SELECT c.oid, n.nspname::text, c.relname::text, c.relkind = 'r' FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = $1 OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree($1)) ORDER BY c.oid",
                &[(&root, Type::OID)],
            )
            .await
            .map_err(&asked)?;
        let columns = self
            .session
            .query_typed(
                "SELECT a.attnum, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid >= 16384, \
                 CASE WHEN t.typcategory = 'A' AND t.typtype = 'b' THEN t.typelem ELSE t.oid END, \
                 CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN \
                   (SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) FROM pg_catalog.pg_collation c \
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) END \
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum",
                &[(&root, Type::OID)],
            )
            .await
            .map_err(&asked)?;
        let unique = self
            .session
            .query_typed(
                "SELECT (SELECT pg_catalog.array_agg(k.number) FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place) \
                 WHERE k.place <= i.indnkeyatts) FROM pg_catalog.pg_index i \
                 WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL",
                &[(&root, Type::OID)],
            )
            .await
            .map_err(&asked)?;
        Ok(Table {
            unique: unique.iter().map(|row| row.get(0)).collect(),
            root,
            name,
            in_family,
            members: members
                .iter()
                .map(|m| Member { oid: m.get(0), name: qualified(m.get(1), m.get(2)), leaf: m.get(3) })
                .collect(),
            columns: columns
                .iter()
                .map(|c| Column {
                    number: c.get(0),
                    name: c.get(1),
                    data_type: c.get(2),
                    as_text: c.get(3),
                    type_oid: c.get(4),
                    collation: c.get(5),
                })
                .collect(),
        })
    }
}
