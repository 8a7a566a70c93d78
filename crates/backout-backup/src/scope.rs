//! What is to be taken: the tables with their form and size, cut into pieces, and what is left out, with the reason.
//!
//! Must not know: how rows are read.

use std::collections::{BTreeMap, BTreeSet};

use backout_plan::plan::TablePattern;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::ident;

use crate::manifest::LeftOut;
use crate::stream::Form;

/// A table whose rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// Those with values of their own, in their order.
    pub columns: Vec<String>,
    pub form: Form,
    /// Blocks of its main fork, by which it can be cut. 0 where it cannot: foreign access methods.
    pub blocks: u32,
    /// Of the table with what it keeps elsewhere (TOAST), without indexes.
    pub bytes: u64,
    /// `WHERE …`: which rows of an extension's table are the user's. The others the extension brings itself.
    pub condition: Option<String>,
}

/// What was found in the database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    pub tables: Vec<Source>,
    pub left_out: Vec<LeftOut>,
    /// Tables that the role may not read, or not all of: the backup would not be whole.
    pub unreadable: Vec<(String, String)>,
    /// Tables whose rows refer to rows that are left out: their keys could not be made again.
    pub hanging: Vec<(String, String)>,
    /// Patterns that no table is called by.
    pub unknown: Vec<String>,
}

/// A part of a table that one worker reads in one COPY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Index into [`Scope::tables`].
    pub table: usize,
    pub number: usize,
    /// Blocks from and up to but without; `None` for no limit.
    pub from: Option<u32>,
    pub to: Option<u32>,
    /// Of the table on disk, about: all pieces together are no more than that.
    pub bytes: u64,
}

/// Where changes of rows are captured, and the table of them.
pub const CAPTURE: &str = "backout_capture";
pub const CAPTURED_CHANGES: &str = "change";

/// A piece of a table is about this large, so that workers end at about the same time.
const PIECE: u64 = 64 << 20;

/// Tables with rows of their own, without temporary ones. Partitioned tables have their rows in the partitions.
const TABLES: &str = "
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text,
  coalesce(pg_catalog.pg_relation_size(c.oid), 0)::int8, coalesce(pg_catalog.pg_table_size(c.oid), 0)::int8,
  coalesce(am.amname = 'heap', false),
  coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT'), true),
  pg_catalog.row_security_active(c.oid),
  EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'),
  EXISTS (SELECT FROM pg_catalog.pg_extension x WHERE c.oid = ANY (x.extconfig)),
  (SELECT nullif(x.extcondition[pg_catalog.array_position(x.extconfig, c.oid)], '') FROM pg_catalog.pg_extension x WHERE c.oid = ANY (x.extconfig) LIMIT 1)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE c.relkind IN ('r', 'f') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 2, 3";

/// Columns with values of their own, and whether their binary form is the same in every database: not where the
/// type has none, and not where it holds the id of a type that is this database's own (arrays, composites, ranges).
/// Nor those that are ids by themselves (`regclass` and its like), and records of any kind.
const COLUMNS: &str = "
WITH ids AS (
  SELECT i.oid FROM pg_catalog.pg_type t, pg_catalog.unnest(ARRAY[t.oid, t.typarray]) i(oid)
  WHERE i.oid <> 0 AND t.oid < 16384 AND (t.typname ~ '^reg' OR t.typtype = 'p' OR t.typname IN ('record', 'aclitem'))
), binary_type AS (
  SELECT t.oid, t.typsend <> 0 AND t.typreceive <> 0 AND t.oid NOT IN (SELECT oid FROM ids) AND t.typbasetype NOT IN (SELECT oid FROM ids)
    AND (t.oid < 16384 OR t.typtype = 'e' OR t.typtype = 'd' AND t.typbasetype < 16384 OR t.typtype = 'b' AND t.typcategory <> 'A') AS fits
  FROM pg_catalog.pg_type t
)
SELECT a.attrelid, a.attname::text, b.fits
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN binary_type b ON b.oid = a.atttypid
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY a.attrelid, a.attnum";

const KEYS: &str = "SELECT DISTINCT conrelid, confrelid FROM pg_catalog.pg_constraint WHERE contype = 'f'";
const PARENTS: &str = "SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent WHERE c.relkind IN ('r', 'p')";

impl Scope {
    /// The columns of each table with values of their own, and whether their binary form is the same in every database.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn portable(session: &Session) -> Result<BTreeMap<u32, BTreeMap<String, bool>>, DatabaseError> {
        let mut columns: BTreeMap<u32, BTreeMap<String, bool>> = BTreeMap::new();
        for row in session.rows(COLUMNS).await? {
            columns.entry(row.get(0)).or_default().insert(row.get(1), row.get(2));
        }
        Ok(columns)
    }

    /// Looks at the database: everything, or what is chosen with all that its rows refer to.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn look(
        session: &Session,
        chosen: &[TablePattern],
        without: &[TablePattern],
    ) -> Result<Self, DatabaseError> {
        let mut columns = forms(session).await?;
        let mut scope = Self::default();
        let mut excluded: BTreeMap<u32, String> = BTreeMap::new();
        let families = Families::look(session).await?;
        let patterns = chosen.iter().chain(without);
        scope.unknown = patterns.filter(|p| families.matching(&[*p]).is_empty()).map(ToString::to_string).collect();
        let wanted = if chosen.is_empty() { None } else { Some(families.reached(chosen, &keys(session).await?)) };
        let unwanted = families.reached(without, &[]);
        for row in session.rows(TABLES).await? {
            let (schema, name): (String, String) = (row.get(1), row.get(2));
            // Changes that a restore of this backup has no use for.
            if schema == CAPTURE && name == CAPTURED_CHANGES {
                continue;
            }
            let full = format!("{}.{}", ident(&schema), ident(&name));
            let oid: u32 = row.get(0);
            let leave = |why: &str| LeftOut {
                what: full.clone(),
                why: why.to_owned(),
                rows_only: true,
                elsewhere: false,
                parts_of: families.above(oid),
            };
            if row.get::<_, String>(3) == "f" {
                scope.left_out.push(LeftOut { elsewhere: true, ..leave("a foreign table: its rows are elsewhere") });
                continue;
            }
            // What an extension brings it makes again; what it marks as the user's own rows is data.
            if row.get::<_, bool>(9) && !row.get::<_, bool>(10) {
                continue;
            }
            if unwanted.contains(&oid) {
                excluded.insert(oid, full.clone());
                scope.left_out.push(leave("excluded"));
                continue;
            }
            // Without its history Backout would not know the database again.
            if schema != "backout" && wanted.as_ref().is_some_and(|wanted| !wanted.contains(&oid)) {
                scope.left_out.push(leave("not chosen"));
                continue;
            }
            if !row.get::<_, bool>(7) {
                scope.unreadable.push((full, "the role may not read it".to_owned()));
                continue;
            }
            if row.get::<_, bool>(8) {
                scope.unreadable.push((full, "its row security shows the role only a part".to_owned()));
                continue;
            }
            let (columns, form) = columns.remove(&oid).unwrap_or((Vec::new(), Form::Binary));
            let condition: Option<String> = row.get(11);
            // The condition is the extension's, and nothing of ours goes into it: such a table is read in one.
            let can_be_cut = row.get::<_, bool>(6) && condition.is_none();
            let size = |at: usize| u64::try_from(row.get::<_, i64>(at)).unwrap_or(0);
            scope.tables.push(Source {
                oid,
                schema,
                name,
                columns,
                form,
                blocks: if can_be_cut { u32::try_from(size(4) / BLOCK).unwrap_or(u32::MAX) } else { 0 },
                bytes: size(5),
                condition,
            });
        }
        if !excluded.is_empty() {
            for (from, to) in keys(session).await? {
                let taken = scope.tables.iter().find(|table| table.oid == from);
                scope.hanging.extend(taken.zip(excluded.get(&to)).map(|(table, to)| (table.sql_name(), to.clone())));
            }
        }
        Ok(scope)
    }

    /// The pieces in the order in which they are taken: large ones first.
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (table, source) in self.tables.iter().enumerate() {
            let parts = u32::try_from(source.bytes / PIECE + 1).unwrap_or(u32::MAX).clamp(1, source.blocks.max(1));
            let step = source.blocks / parts;
            for number in 0..parts {
                pieces.push(Piece {
                    table,
                    number: number as usize,
                    from: (number > 0).then_some(number * step),
                    // Rows that came to the end since are not in the snapshot; asking for them costs nothing.
                    to: (number + 1 < parts).then_some((number + 1) * step),
                    bytes: source.bytes / u64::from(parts),
                });
            }
        }
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.bytes));
        pieces
    }
}

impl Piece {
    /// All of one table.
    pub fn whole(table: usize) -> Self {
        Self { table, number: 0, from: None, to: None, bytes: 0 }
    }
}

impl Source {
    /// As it is written in SQL.
    pub fn sql_name(&self) -> String {
        format!("{}.{}", ident(&self.schema), ident(&self.name))
    }

    /// What reads all of it, with a value in front of each row's own.
    pub fn copy_with(&self, value: &str) -> String {
        let format = match self.form {
            Form::Binary => "binary",
            Form::Text => "text",
        };
        let columns: Vec<String> =
            std::iter::once(value.to_owned()).chain(self.columns.iter().map(|column| ident(column))).collect();
        let condition = self.condition.as_deref().map(|condition| format!(" {condition}")).unwrap_or_default();
        format!(
            "COPY (SELECT {} FROM ONLY {}{condition}) TO STDOUT (FORMAT {format})",
            columns.join(", "),
            self.sql_name()
        )
    }

    /// What reads one piece of it.
    pub fn copy(&self, piece: &Piece) -> String {
        let format = match self.form {
            Form::Binary => "binary",
            Form::Text => "text",
        };
        let columns: Vec<String> = self.columns.iter().map(|column| ident(column)).collect();
        let columns = columns.join(", ");
        let name = self.sql_name();
        if let Some(condition) = &self.condition {
            return format!("COPY (SELECT {columns} FROM ONLY {name} {condition}) TO STDOUT (FORMAT {format})");
        }
        let limits: Vec<String> = [(">=", piece.from), ("<", piece.to)]
            .iter()
            .filter_map(|(sign, block)| block.map(|block| format!("ctid {sign} '({block},0)'::pg_catalog.tid")))
            .collect();
        // Without columns a row is a row all the same, which COPY of a table cannot say.
        if limits.is_empty() && !self.columns.is_empty() {
            return format!("COPY {name} ({columns}) TO STDOUT (FORMAT {format})");
        }
        let filter = if limits.is_empty() { String::new() } else { format!(" WHERE {}", limits.join(" AND ")) };
        format!("COPY (SELECT {columns} FROM ONLY {name}{filter}) TO STDOUT (FORMAT {format})")
    }
}

/// PostgreSQL can be built with other blocks; the pieces then are of another size, and nothing else.
const BLOCK: u64 = 8192;

/// How the names of what is no table begin, among what cannot be read.
pub const SEQUENCE: &str = "sequence ";
pub const LARGE_OBJECT: &str = "large object ";

/// Large objects as their privileges tell; who may read everything by a role of PostgreSQL's own is told by reading.
const HIDDEN: &str = "
SELECT 'sequence ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND c.relpersistence <> 't'
  AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT'))
UNION ALL
SELECT 'large object ' || m.oid FROM pg_catalog.pg_largeobject_metadata m
WHERE NOT pg_catalog.current_setting('lo_compat_privileges')::bool AND NOT pg_catalog.pg_has_role('pg_read_all_data', 'USAGE')
  AND NOT pg_catalog.pg_has_role(m.lomowner, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(m.lomacl) a
    WHERE a.privilege_type = 'SELECT' AND CASE WHEN a.grantee = 0 THEN true ELSE pg_catalog.pg_has_role(a.grantee, 'USAGE') END)
ORDER BY 1";
/// More of them say nothing more.
const HIDDEN_SHOWN: usize = 10;

/// What is no table and cannot be read.
///
/// # Errors
/// When the server says no.
pub async fn hidden(session: &Session) -> Result<Vec<(String, String)>, DatabaseError> {
    let names: Vec<String> = session.rows(HIDDEN).await?.iter().map(|row| row.get(0)).collect();
    let more = names.len().saturating_sub(HIDDEN_SHOWN);
    let shown = names.into_iter().take(HIDDEN_SHOWN);
    let mut hidden: Vec<_> = shown.map(|name| (name, "the role may not read it".to_owned())).collect();
    if let Some((_, why)) = hidden.last_mut().filter(|_| more > 0) {
        why.push_str(&format!("; and {more} more"));
    }
    Ok(hidden)
}

/// The columns of each table with values of their own, and the form in which they are read.
async fn forms(session: &Session) -> Result<BTreeMap<u32, (Vec<String>, Form)>, DatabaseError> {
    let mut columns: BTreeMap<u32, (Vec<String>, Form)> = BTreeMap::new();
    for row in session.rows(COLUMNS).await? {
        let (names, form) = columns.entry(row.get(0)).or_insert_with(|| (Vec::new(), Form::Binary));
        names.push(row.get(1));
        if !row.get::<_, bool>(2) {
            *form = Form::Text;
        }
    }
    Ok(columns)
}

async fn keys(session: &Session) -> Result<Vec<(u32, u32)>, DatabaseError> {
    Ok(session.rows(KEYS).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Tables by name, and which are parts of which.
#[derive(Debug)]
struct Families {
    tables: BTreeMap<u32, (String, String)>,
    /// Child and parent.
    heirs: Vec<(u32, u32)>,
}

impl Families {
    async fn look(session: &Session) -> Result<Self, DatabaseError> {
        let all = "SELECT c.oid, n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'";
        let tables = session.rows(all).await?;
        let heirs = session.rows(PARENTS).await?;
        Ok(Self {
            tables: tables.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect(),
            heirs: heirs.iter().map(|row| (row.get(0), row.get(1))).collect(),
        })
    }

    fn matching(&self, patterns: &[&TablePattern]) -> Vec<u32> {
        let called = |(schema, name): &(String, String)| patterns.iter().any(|pattern| pattern.matches(schema, name));
        self.tables.iter().filter(|(_, names)| called(names)).map(|(oid, _)| *oid).collect()
    }

    /// What the patterns name with its children, and what the rows of all these refer to.
    fn reached(&self, patterns: &[TablePattern], keys: &[(u32, u32)]) -> BTreeSet<u32> {
        let mut open = self.matching(&patterns.iter().collect::<Vec<_>>());
        let mut reached = BTreeSet::new();
        while let Some(table) = open.pop() {
            if reached.insert(table) {
                open.extend(keys.iter().filter(|(from, _)| *from == table).map(|(_, to)| *to));
                open.extend(self.heirs.iter().filter(|(_, parent)| *parent == table).map(|(heir, _)| *heir));
            }
        }
        reached
    }

    /// What it is a part of, as written in SQL.
    fn above(&self, table: u32) -> Vec<String> {
        let (mut open, mut above) = (vec![table], Vec::new());
        while let Some(table) = open.pop() {
            for (_, parent) in self.heirs.iter().filter(|(heir, _)| *heir == table) {
                open.push(*parent);
                let name = self.tables.get(parent).map(|(schema, name)| format!("{}.{}", ident(schema), ident(name)));
                above.extend(name);
            }
        }
        above
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, blocks: u32, bytes: u64) -> Source {
        Source {
            oid: 1,
            schema: "public".to_owned(),
            name: name.to_owned(),
            columns: vec!["id".to_owned(), "select".to_owned()],
            form: Form::Binary,
            blocks,
            bytes,
            condition: None,
        }
    }

    #[test]
    fn pieces_cover_each_block_once() {
        for (blocks, bytes) in [(0, 0), (1, 8192), (3, 1 << 40), (1_000_000, 8 << 30), (16_384, PIECE), (7, PIECE * 3)]
        {
            let scope = Scope { tables: vec![source("t", blocks, bytes)], ..Scope::default() };
            let mut pieces = scope.pieces();
            pieces.sort_by_key(|piece| piece.number);
            let mut next = None;
            for piece in &pieces {
                assert_eq!(piece.from, next, "{blocks} {bytes}");
                next = piece.to;
            }
            assert_eq!(next, None, "the last one has no end");
            assert!(
                pieces.iter().all(|piece| piece.to.is_none_or(|to| to > piece.from.unwrap_or(0))),
                "{blocks} {bytes}"
            );
        }
    }

    #[test]
    fn large_pieces_come_first() {
        let scope = Scope { tables: vec![source("small", 1, 8192), source("large", 9, 1 << 20)], ..Scope::default() };
        let order: Vec<usize> = scope.pieces().iter().map(|piece| piece.table).collect();
        assert_eq!(order, [1, 0]);
    }

    #[test]
    fn names_are_quoted() {
        let table = source("we\"ird", 9, PIECE * 2);
        let scope = Scope { tables: vec![table.clone()], ..Scope::default() };
        let middle = scope.pieces().into_iter().find(|piece| piece.number == 1).unwrap();
        assert_eq!(
            table.copy(&middle),
            "COPY (SELECT id, \"select\" FROM ONLY public.\"we\"\"ird\" WHERE ctid >= '(3,0)'::pg_catalog.tid AND ctid < '(6,0)'::pg_catalog.tid) TO STDOUT (FORMAT binary)"
        );
        let whole = Piece { table: 0, number: 0, from: None, to: None, bytes: 0 };
        assert_eq!(table.copy(&whole), "COPY public.\"we\"\"ird\" (id, \"select\") TO STDOUT (FORMAT binary)");
        let marked = Source { condition: Some("WHERE NOT \"select\"".to_owned()), ..table.clone() };
        assert_eq!(
            marked.copy(&whole),
            "COPY (SELECT id, \"select\" FROM ONLY public.\"we\"\"ird\" WHERE NOT \"select\") TO STDOUT (FORMAT binary)"
        );
        let bare = Source { columns: Vec::new(), ..table };
        assert_eq!(bare.copy(&whole), "COPY (SELECT  FROM ONLY public.\"we\"\"ird\") TO STDOUT (FORMAT binary)");
    }
}
