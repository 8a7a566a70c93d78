//! The census of catalog rows, and this transaction's own row counts.

use super::error::CatalogError;
use crate::session::Session;
use backout_schema::{Census, Class, ObjectId};
use std::collections::BTreeMap;
use std::error::Error;
use tokio_postgres::types::{FromSql, Type};

/// Catalogs with an `oid` column that a user's statement can change; `pg_attribute` comes apart.
const COUNTED: &[Class] = &[
    Class::Schema,
    Class::Extension,
    Class::Type,
    Class::Function,
    Class::Default,
    Class::Constraint,
    Class::Trigger,
    Class::Rule,
    Class::Policy,
    Class::Statistics,
    Class::Publication,
    Class::PublicationTable,
    Class::EventTrigger,
    Class::DefaultAcl,
    Class::Operator,
    Class::OperatorClass,
    Class::OperatorFamily,
    Class::Cast,
    Class::Collation,
    Class::Conversion,
    Class::Language,
    Class::AccessMethod,
    Class::Transform,
    Class::TextSearchConfig,
    Class::TextSearchDictionary,
    Class::TextSearchParser,
    Class::TextSearchTemplate,
    Class::ForeignDataWrapper,
    Class::ForeignServer,
    Class::LargeObject,
    Class::Database,
];

/// From here on the server numbers what users make. Large objects may have any number: users choose it.
const FIRST_OF_USERS: u32 = 16384;

/// Whether a census has this object while it exists: not what the server made itself, nor what belongs to tables of one
/// session.
pub fn is_counted(id: ObjectId) -> bool {
    id.class == Class::LargeObject
        || id.oid >= FIRST_OF_USERS && (id.class == Class::Relation || COUNTED.contains(&id.class))
}

/// A transaction's number as the catalogs store it.
struct Xid(u32);

impl<'a> FromSql<'a> for Xid {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(u32::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::XID
    }
}

/// Reads which user objects exist and which transaction wrote each one's row. Temporary and TOAST
/// relations are left out: other sessions make and drop those all the time.
pub async fn census(session: &Session) -> Result<Census, CatalogError> {
    let mut sql = String::from(
        "SELECT 'pg_class'::text, c.oid, 0::int2, c.xmin, CASE WHEN c.relkind IN ('r', 'm') THEN c.relfilenode ELSE 0::oid END FROM pg_catalog.pg_class c \
         WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND c.relnamespace <> 'pg_toast'::regnamespace \
         UNION ALL SELECT 'pg_class', a.attrelid, a.attnum, a.xmin, 0::oid FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'",
    );
    for class in COUNTED {
        let catalog = class.catalog();
        // Row types and arrays of temporary tables come and go with them. A domain over an array is of the arrays' category.
        let filter = match class {
            Class::Type => {
                "AND (x.typtype IN ('e', 'd', 'r') OR x.typrelid = 0 \
                 OR EXISTS (SELECT FROM pg_catalog.pg_class t WHERE t.oid = x.typrelid AND t.relkind = 'c')) AND (x.typcategory <> 'A' OR x.typtype = 'd') AND x.typnamespace::regnamespace::text !~ '^pg_(temp|toast)'"
            }
            Class::Trigger => "AND NOT x.tgisinternal",
            Class::Default => {
                "AND NOT EXISTS (SELECT FROM pg_catalog.pg_class t WHERE t.oid = x.adrelid AND t.relpersistence = 't')"
            }
            Class::Constraint => {
                "AND NOT EXISTS (SELECT FROM pg_catalog.pg_class t WHERE t.oid = x.conrelid AND t.relpersistence = 't')"
            }
            Class::Schema => "AND x.nspname !~ '^pg_'",
            Class::Database => "AND x.datname = pg_catalog.current_database()",
            _ => "",
        };
        // Who wrote a composite type's attributes wrote the type.
        let writer = match class {
            Class::Type => {
                "CASE WHEN x.typtype = 'c' THEN (SELECT y.xid FROM (SELECT x.xmin UNION ALL SELECT a.xmin FROM pg_catalog.pg_attribute a \
                 WHERE a.attrelid = x.typrelid) y (xid) ORDER BY pg_catalog.age(y.xid) LIMIT 1) ELSE x.xmin END"
            }
            _ => "x.xmin",
        };
        let first = if *class == Class::LargeObject { 0 } else { FIRST_OF_USERS };
        sql.push_str(&format!(
            " UNION ALL SELECT '{catalog}', x.oid, 0::int2, {writer}, 0::oid FROM pg_catalog.{catalog} x WHERE x.oid >= {first} {filter}"
        ));
    }
    let decode = |source| CatalogError::Decode { what: "census", source };
    let rows = session.rows(&sql).await.map_err(|source| CatalogError::Query { what: "census", source })?;
    let mut census = Census::default();
    census.rows.reserve(rows.len());
    for row in &rows {
        let Some(class) = Class::of_catalog(row.try_get(0).map_err(decode)?) else {
            continue;
        };
        let id = ObjectId { class, oid: row.try_get(1).map_err(decode)?, sub: row.try_get(2).map_err(decode)? };
        let Xid(xmin) = row.try_get(3).map_err(decode)?;
        census.rows.insert(id, (xmin, row.try_get(4).map_err(decode)?));
    }
    Ok(census)
}

/// Rows inserted, updated and deleted in one table by this transaction so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RowCounts {
    pub inserted: i64,
    pub updated: i64,
    pub deleted: i64,
}

impl RowCounts {
    pub fn since(self, before: RowCounts) -> RowCounts {
        RowCounts {
            inserted: self.inserted - before.inserted,
            updated: self.updated - before.updated,
            deleted: self.deleted - before.deleted,
        }
    }
}

/// What this session's open transaction did to rows, by table. The counters see DO blocks, functions
/// and cascades; they are blind to TRUNCATE and rewrites, which the census tells by file node. They
/// still hold what an earlier transaction of the session did: take differences.
pub async fn row_counts(session: &Session) -> Result<BTreeMap<u32, RowCounts>, CatalogError> {
    let rows = session
        .query_typed(
            "SELECT relid, n_tup_ins, n_tup_upd, n_tup_del FROM pg_catalog.pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0",
            &[],
        )
        .await
        .map_err(|source| CatalogError::Query { what: "row counts", source })?;
    Ok(rows
        .iter()
        .map(|row| (row.get(0), RowCounts { inserted: row.get(1), updated: row.get(2), deleted: row.get(3) }))
        .collect())
}
