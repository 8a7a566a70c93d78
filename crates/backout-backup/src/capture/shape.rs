//! What a table is, as far as capturing its changes needs to know: its key, its columns, and in which form its rows
//! travel.
//!
//! Must not know: what is captured of it.

use std::collections::{BTreeMap, BTreeSet};

use backout_postgres::session::{DatabaseError, Session};
use serde::Deserialize;

use super::{Column, KeyColumn, Way};
use crate::scope::Scope;

/// More columns than this the table of changes has no room for.
pub const KEY_COLUMNS: usize = 8;

/// One table of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub way: Way,
    pub key: Vec<KeyColumn>,
    pub columns: Vec<Column>,
    /// A column has a type without a binary form: images of rows cannot be written.
    pub mute: bool,
    /// The role may put triggers on it that fire always: it is the owner.
    pub ours: bool,
    /// The write-ahead log tells the keys of its rows.
    pub logged: bool,
}

/// Tables with a column whose type has no binary form, or is made of one that has none. To put such a row into binary
/// form is an error, and the application would get it.
const MUTE: &str = "
WITH RECURSIVE mute(oid) AS (
  SELECT oid FROM pg_catalog.pg_type WHERE typsend = 0
  UNION
  SELECT t.oid FROM mute m JOIN pg_catalog.pg_type t ON t.typelem = m.oid AND t.typcategory = 'A' OR t.typbasetype = m.oid
    OR t.typrelid <> 0 AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.atttypid = m.oid AND a.attnum > 0 AND NOT a.attisdropped)
    OR EXISTS (SELECT FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid AND r.rngsubtype = m.oid)
)
SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute a JOIN mute m ON m.oid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped";

/// The columns of the primary key, or else of a unique index whose columns are never NULL, in their order, with the
/// function that puts each into binary form and the operator that the index compares it by.
const KEYS: &str = "
SELECT i.indrelid, a.attname::text, pg_catalog.format('%I.%I', sn.nspname, s.proname), pg_catalog.format('OPERATOR(%I.%s)', opn.nspname, op.oprname)
FROM (
  SELECT DISTINCT ON (x.indrelid) x.* FROM pg_catalog.pg_index x
  WHERE x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL
    AND NOT EXISTS (SELECT FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY k(number, place) JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
                    WHERE k.place <= x.indnkeyatts AND NOT a.attnotnull)
  ORDER BY x.indrelid, x.indisprimary DESC, x.indisreplident DESC, x.indnkeyatts, x.indexrelid
) i
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey), pg_catalog.unnest(i.indclass)) WITH ORDINALITY k(number, class, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_proc s ON s.oid = t.typsend JOIN pg_catalog.pg_namespace sn ON sn.oid = s.pronamespace
JOIN pg_catalog.pg_opclass c ON c.oid = k.class
JOIN pg_catalog.pg_amop o ON o.amopfamily = c.opcfamily AND o.amoplefttype = c.opcintype AND o.amoprighttype = c.opcintype AND o.amopstrategy = 3
JOIN pg_catalog.pg_operator op ON op.oid = o.amopopr JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
WHERE k.place <= i.indnkeyatts
ORDER BY i.indrelid, k.place";

/// How many columns such a key has: one whose type has no binary form is not among the rows above.
const COUNTS: &str = "
SELECT DISTINCT ON (x.indrelid) x.indrelid, x.indnkeyatts::int4 FROM pg_catalog.pg_index x
WHERE x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL
  AND NOT EXISTS (SELECT FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY k(number, place) JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
                  WHERE k.place <= x.indnkeyatts AND NOT a.attnotnull)
ORDER BY x.indrelid, x.indisprimary DESC, x.indisreplident DESC, x.indnkeyatts, x.indexrelid";

/// Tables whose changes the write-ahead log tells by their primary key, or whole.
const LOGGED: &str = "
SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND (c.relreplident = 'f' OR c.relreplident = 'd' AND EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid))";

const COLUMNS: &str = "
SELECT a.attrelid, pg_catalog.json_agg(pg_catalog.json_build_object('number', a.attnum, 'name', a.attname, 'data_type', pg_catalog.format('%I.%I', tn.nspname, t.typname), 'modifier', a.atttypmod,
  'generated', a.attgenerated <> '') ORDER BY a.attnum)::text
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY a.attrelid";

/// All tables with rows of their own, but for Backout's.
pub async fn shapes(session: &Session) -> Result<Vec<Shape>, DatabaseError> {
    let scope = Scope::look(session, &[], &[]).await?;
    let forms = Scope::portable(session).await?;
    let mut keys: BTreeMap<u32, Vec<KeyColumn>> = BTreeMap::new();
    for row in session.rows(KEYS).await? {
        let column = KeyColumn { name: row.get(1), send: row.get(2), equal: row.get(3) };
        keys.entry(row.get(0)).or_default().push(column);
    }
    let mut widths: BTreeMap<u32, usize> = BTreeMap::new();
    for row in session.rows(COUNTS).await? {
        widths.insert(row.get(0), usize::try_from(row.get::<_, i32>(1)).unwrap_or_default());
    }
    let mute: BTreeSet<u32> = session.rows(MUTE).await?.iter().map(|row| row.get(0)).collect();
    let mut columns: BTreeMap<u32, Vec<Column>> = BTreeMap::new();
    for row in session.rows(COLUMNS).await? {
        columns.insert(row.get(0), columns_of(&row.get::<_, String>(1)));
    }
    let ours = "SELECT oid FROM pg_catalog.pg_class WHERE pg_catalog.pg_has_role(relowner, 'USAGE')";
    let ours: BTreeSet<u32> = session.rows(ours).await?.iter().map(|row| row.get(0)).collect();
    let logged: BTreeSet<u32> = session.rows(LOGGED).await?.iter().map(|row| row.get(0)).collect();
    let tables = scope.tables.into_iter().filter(|table| !backout_schema::is_ours(&table.schema));
    Ok(tables
        .map(|table| {
            let key = keys.remove(&table.oid).unwrap_or_default();
            let fits = |name: &String| forms.get(&table.oid).is_some_and(|fit| fit.get(name).copied().unwrap_or(false));
            let whole_key = !key.is_empty()
                && key.len() <= KEY_COLUMNS
                && widths.get(&table.oid) == Some(&key.len())
                && key.iter().all(|column| fits(&column.name));
            let columns = columns.remove(&table.oid).unwrap_or_default();
            let mute = mute.contains(&table.oid);
            let way = if whole_key {
                Way::Keyed
            } else if !mute && !columns.is_empty() && columns.iter().filter(|c| !c.generated).all(|c| fits(&c.name)) {
                Way::Rows
            } else {
                Way::Whole
            };
            let key = if way == Way::Keyed { key } else { Vec::new() };
            let ours = ours.contains(&table.oid);
            let logged = way == Way::Keyed && logged.contains(&table.oid);
            Shape { oid: table.oid, schema: table.schema, name: table.name, way, key, columns, mute, ours, logged }
        })
        .collect())
}

fn columns_of(json: &str) -> Vec<Column> {
    #[derive(Deserialize)]
    struct Read(Vec<Column>);
    serde_json::from_str::<Read>(json).map(|read| read.0).unwrap_or_default()
}
