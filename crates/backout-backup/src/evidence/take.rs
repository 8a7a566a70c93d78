//! Takes an export: every relation and query by COPY, one after the other, in one transaction that only reads.
//!
//! Must not know: why, or where its folder is.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use backout_plan::TargetIdentity;
use backout_plan::plan::TablePattern;
use backout_postgres::session::Session;
use backout_schema::{ident, literal, qualified};
use futures_util::TryStreamExt;
use jiff::Timestamp;

use super::EvidenceError;
use super::file::Writer;
use super::manifest::{Column, Content, Evidence, FORM, MANIFEST, Part, SIGNATURE};
use crate::keys::Keys;
use crate::manifest::new_id;
use crate::signing::{Signature, SigningKey, What as Signed};

/// As backups are read: row security off, so that the server says so where it would hide rows, and texts that mean the
/// same everywhere.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0";
pub(super) const TEXTS: &str = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; \
     SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; SET LOCAL client_encoding = 'UTF8'";

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A table is locked against changes of its shape.
    Relation {
        schema: String,
        name: String,
        is_table: bool,
    },
    Query {
        name: String,
        sql: String,
    },
}

/// Everything that taking one needs.
#[derive(Debug)]
pub struct Request<'r> {
    /// The folder of all of them.
    pub folder: &'r Path,
    pub what: &'r [What],
    pub keys: &'r Keys,
    pub sign: Option<&'r SigningKey>,
    pub target: Option<String>,
    pub identity: Option<TargetIdentity>,
    pub by: String,
    pub mark: Option<String>,
    pub lock_timeout_ms: u128,
}

/// The tables and views that these patterns mean; partitions are in their whole.
///
/// # Errors
/// Where one of them means nothing, or the server says no.
pub async fn relations(session: &Session, patterns: &[TablePattern]) -> Result<Vec<What>, EvidenceError> {
    let sql = "SELECT n.nspname::text, c.relname::text, c.relkind IN ('r', 'p') FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition ORDER BY 1, 2";
    let rows = session.rows(sql).await.map_err(EvidenceError::server("looking for the tables"))?;
    let mut what: Vec<What> = Vec::new();
    for pattern in patterns {
        let found = rows.iter().filter(|row| pattern.matches(row.get(0), row.get(1)));
        // All of a schema are its tables; a view is named.
        let found: Vec<What> = found
            .filter(|row| pattern.table.is_some() || row.get(2))
            .map(|row| What::Relation { schema: row.get(0), name: row.get(1), is_table: row.get(2) })
            .collect();
        if found.is_empty() {
            return Err(EvidenceError::Usage(format!("there is no table {pattern}")));
        }
        let new: Vec<What> = found.into_iter().filter(|one| !what.contains(one)).collect();
        what.extend(new);
    }
    Ok(what)
}

/// The tables and views of these names, as the server reads them.
///
/// # Errors
/// Where there is none of one name, or the server says no.
pub async fn named(session: &Session, names: &[&str]) -> Result<Vec<What>, EvidenceError> {
    let mut what = Vec::new();
    for name in names {
        let sql = format!(
            "SELECT n.nspname::text, c.relname::text, c.relkind IN ('r', 'p') FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = pg_catalog.to_regclass({})",
            literal(name).trim_start()
        );
        let rows = session.rows(&sql).await.map_err(EvidenceError::server(format!("looking for {name}")))?;
        let row = rows.first().ok_or_else(|| EvidenceError::Usage(format!("there is no table {name}")))?;
        what.push(What::Relation { schema: row.get(0), name: row.get(1), is_table: row.get(2) });
    }
    Ok(what)
}

/// Takes one. Its manifest is written last; what fails leaves nothing.
///
/// # Errors
/// When something cannot be read or written.
pub async fn take(
    session: &Session,
    request: &Request<'_>,
    watch: &(dyn Fn(&str, u64) + Send + Sync),
) -> Result<Evidence, EvidenceError> {
    let begin = format!("{BEGIN}; SET LOCAL lock_timeout = {}; {TEXTS}", request.lock_timeout_ms);
    session.batch(&begin).await.map_err(EvidenceError::server("beginning"))?;
    let taken = all(session, request, watch).await;
    session.batch("ROLLBACK").await.map_err(EvidenceError::server("ending"))?;
    taken
}

async fn all(
    session: &Session,
    request: &Request<'_>,
    watch: &(dyn Fn(&str, u64) + Send + Sync),
) -> Result<Evidence, EvidenceError> {
    // Before the snapshot, which the first query takes: whoever drops or empties one of them waits for us.
    for what in request.what {
        if let What::Relation { schema, name, is_table: true } = what {
            let name = qualified(schema, name);
            let locked = session.batch(&format!("LOCK TABLE {name} IN ACCESS SHARE MODE")).await;
            locked.map_err(EvidenceError::server(format!("locking {name} against changes")))?;
        }
    }
    let sql = "SELECT pg_catalog.statement_timestamp(), current_user::text, pg_catalog.current_setting('server_version'), \
         CASE WHEN pg_catalog.pg_is_in_recovery() OR NOT pg_catalog.has_function_privilege('pg_catalog.pg_current_wal_lsn()', 'execute') \
         THEN NULL ELSE pg_catalog.pg_current_wal_lsn()::text END";
    let rows = session.rows(sql).await.map_err(EvidenceError::server("asking where the server is"))?;
    let row =
        rows.first().ok_or_else(|| EvidenceError::Refused("the server does not say what time it is".to_owned()))?;
    let at: Timestamp = row.get(0);
    let id = new_id(Timestamp::now());
    let folder = request.folder.join(&id);
    let made = fs::DirBuilder::new().mode(0o700).create(&folder);
    made.map_err(EvidenceError::file(format!("making {}", folder.display())))?;
    let mut evidence = Evidence {
        backout_evidence: Evidence::FORMAT,
        id,
        at,
        ended: at,
        lsn: row.get(3),
        target: request.target.clone(),
        identity: request.identity.clone(),
        endpoint: session.endpoint().to_owned(),
        role: row.get(1),
        server: row.get(2),
        by: request.by.clone(),
        taken_by: format!("backout {}", env!("CARGO_PKG_VERSION")),
        mark: request.mark.clone(),
        form: FORM.to_owned(),
        parts: Vec::new(),
        recipients: request.keys.recipients(),
        signature: Signature::NotSigned,
    };
    let done = write(session, request, &folder, &mut evidence, watch).await;
    if done.is_err() {
        // Half of it is of no use to anybody, and nobody should wonder whether it is.
        fs::remove_dir_all(&folder).ok();
    }
    done.map(|()| evidence)
}

async fn write(
    session: &Session,
    request: &Request<'_>,
    folder: &Path,
    evidence: &mut Evidence,
    watch: &(dyn Fn(&str, u64) + Send + Sync),
) -> Result<(), EvidenceError> {
    for (place, what) in request.what.iter().enumerate() {
        let part = part(session, request.keys, folder, place + 1, what, watch).await?;
        evidence.parts.push(part);
    }
    evidence.ended = Timestamp::now();
    backout_postgres::failpoint!("evidence.before_manifest");
    let bytes = evidence.to_bytes();
    if let Some(key) = request.sign {
        // Before the manifest: with that it is there, and it must not be there without its signature.
        store(&folder.join(SIGNATURE), &key.sign(Signed::Evidence, &bytes))?;
        evidence.signature = Signature::Signed { by: key.signer() };
    }
    store(&folder.join(MANIFEST), &bytes)?;
    let synced = fs::File::open(request.folder).and_then(|folder| folder.sync_all());
    synced.map_err(EvidenceError::file(format!("writing {}", request.folder.display())))
}

/// A whole file under its name, or none.
fn store(path: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    let work = || -> std::io::Result<()> {
        let unnamed = path.with_extension("new");
        let mut file = Writer::create(&unnamed, &Keys::default())?;
        file.write(bytes)?;
        file.finish()?;
        fs::rename(&unnamed, path)?;
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    };
    work().map_err(EvidenceError::file(format!("writing {}", path.display())))
}

async fn part(
    session: &Session,
    keys: &Keys,
    folder: &Path,
    number: usize,
    what: &What,
    watch: &(dyn Fn(&str, u64) + Send + Sync),
) -> Result<Part, EvidenceError> {
    let (content, columns, query) = match what {
        What::Relation { schema, name, .. } => relation(session, schema, name).await?,
        What::Query { name, sql } => query(session, name, sql).await?,
    };
    let named = content.named();
    let reading = || EvidenceError::server(format!("reading {named}"));
    let file = format!("{number:03}-{}.csv{}", plain_name(&named), if keys.encrypts() { ".age" } else { "" });
    let path = folder.join(&file);
    let writing = || EvidenceError::file(format!("writing {}", path.display()));
    let mut writer = Writer::create(&path, keys).map_err(writing())?;
    let copy = format!("COPY ({query}) TO STDOUT (FORMAT csv, HEADER true)");
    let stream = session.copy_out(&copy).await.map_err(|error| reading()(error.into()))?;
    let mut stream = std::pin::pin!(stream);
    let mut lines = Lines::default();
    while let Some(piece) = stream.try_next().await.map_err(|error| reading()(error.into()))? {
        lines.feed(&piece);
        writer.write(&piece).map_err(writing())?;
        if lines.whole % 1024 == 2 {
            backout_postgres::failpoint!("evidence.piece");
            watch(&named, lines.whole - 1);
        }
    }
    let written = writer.finish().map_err(writing())?;
    Ok(Part {
        file,
        content,
        columns,
        // The first one is the header.
        rows: lines.whole.saturating_sub(1),
        bytes: written.bytes,
        sha256: written.sha256,
        plain_bytes: written.plain_bytes,
        plain_sha256: written.plain_sha256,
    })
}

async fn relation(
    session: &Session,
    schema: &str,
    name: &str,
) -> Result<(Content, Vec<Column>, String), EvidenceError> {
    let sql_name = qualified(schema, name);
    let sql = format!(
        "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated <> '', c.relkind::text \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         WHERE n.nspname = {} AND c.relname = {} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        literal(schema).trim_start(),
        literal(name).trim_start()
    );
    let rows = session.rows(&sql).await.map_err(EvidenceError::server(format!("reading the columns of {sql_name}")))?;
    let Some(kind) = rows.first().map(|row| row.get::<_, String>(3)) else {
        return Err(EvidenceError::Refused(format!("{sql_name} is not there, or has no columns")));
    };
    let columns: Vec<Column> =
        rows.iter().map(|row| Column { name: row.get(0), data_type: row.get(1), generated: row.get(2) }).collect();
    let names: Vec<String> = columns.iter().map(|column| ident(&column.name)).collect();
    // Rows of tables that inherit it are theirs.
    let only = if kind == "r" { "ONLY " } else { "" };
    let query = format!("SELECT {} FROM {only}{sql_name}", names.join(", "));
    let (schema, name) = (schema.to_owned(), name.to_owned());
    let is_table = kind == "r" || kind == "p";
    let content = if is_table { Content::Table { schema, name } } else { Content::View { schema, name } };
    Ok((content, columns, query))
}

async fn query(session: &Session, name: &str, sql: &str) -> Result<(Content, Vec<Column>, String), EvidenceError> {
    let text = sql.trim().trim_end_matches(';').trim_end();
    // One statement, and one that has rows: nothing else gets through.
    let prepared = session.prepare(text).await;
    let prepared = prepared.map_err(EvidenceError::server(format!("reading the query {name}")))?;
    if prepared.columns().is_empty() {
        return Err(EvidenceError::Usage(format!("the query {name} has no columns")));
    }
    let ids: Vec<String> = prepared.columns().iter().map(|column| column.type_().oid().to_string()).collect();
    let sql = format!(
        "SELECT pg_catalog.format_type(oid, NULL) FROM pg_catalog.unnest(ARRAY[{}]::oid[]) WITH ORDINALITY t (oid, place) ORDER BY place",
        ids.join(", ")
    );
    let types = session.rows(&sql).await.map_err(EvidenceError::server(format!("reading the columns of {name}")))?;
    let columns = prepared
        .columns()
        .iter()
        .zip(&types)
        .map(|(column, row)| Column { name: column.name().to_owned(), data_type: row.get(0), generated: false })
        .collect();
    let content = Content::Query { name: name.to_owned(), sql: text.to_owned() };
    // A comment at its end must not swallow the bracket.
    Ok((content, columns, format!("{text}\n")))
}

/// As much of a name as any file system takes.
fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' };
    name.chars().map(plain).take(80).collect()
}

/// Counts lines of CSV, wherever the pieces that it comes in end.
#[derive(Debug, Default)]
struct Lines {
    whole: u64,
    is_quoted: bool,
}

impl Lines {
    fn feed(&mut self, piece: &[u8]) {
        for byte in piece {
            match byte {
                b'"' => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => self.whole += 1,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_wherever_pieces_end() {
        let text = b"a,\"b\nc\"\n1,\"x\"\"\n\"\n,\"\"\n\n";
        for size in 1..text.len() + 1 {
            let mut lines = Lines::default();
            text.chunks(size).for_each(|piece| lines.feed(piece));
            assert_eq!(lines.whole, 4, "{size}");
        }
    }

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(plain_name("public.\"we\"\"ird/../ü\""), "public._we__ird_..___");
        assert_eq!(plain_name(&"x".repeat(300)).len(), 80);
    }
}
