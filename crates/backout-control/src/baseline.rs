//! How a database was at a moment: its objects by digest, its tables' rows by number and sum, its sequences. Written to a
//! file before something is done, and compared afterwards.
//!
//! Must not know: what was done between.

use backout_postgres::sqlstate;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use backout_plan::Remedy;
use backout_plan::plan::TablePattern;
use backout_plan::wording::count;
use backout_postgres::catalog::read_catalog;
use backout_postgres::examine::sequences;
use backout_postgres::fingerprint;
use backout_postgres::session::Session;
use backout_schema::{Catalog, Detail, Object, ObjectId, Table as CatalogTable, TableKind, portable_json};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::Event;
use crate::failure::Refusal;
use crate::{Env, Failure, Result};

/// What the file says that it is.
const FORMAT: &str = "backout-baseline";
/// Another one has another model of the catalog: digests of two versions are not comparable.
const VERSION: u32 = 2;

/// How a database was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    format: String,
    version: u32,
    pub taken_at: Timestamp,
    /// Whose it is, as the plan calls it.
    pub target: Option<String>,
    /// What prints definitions; another major version prints some otherwise.
    pub server_major: u32,
    /// By their names as SQL has them.
    pub tables: BTreeMap<String, Table>,
    /// The last value of each.
    pub sequences: BTreeMap<String, i64>,
    /// By their object ids.
    pub objects: BTreeMap<String, Entry>,
}

/// A table and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub rows: u64,
    /// A sum over its rows, whatever their order. A partitioned table has those of its partitions.
    pub sum: Option<String>,
    /// Why it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// An object of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub digest: String,
}

/// Which parts of it are read or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub schema: bool,
    pub rows: bool,
    pub sequences: bool,
}

impl Scope {
    pub const ALL: Self = Self { schema: true, rows: true, sequences: true };
}

impl Baseline {
    /// Reads the database as it is now. Tables that the role may not read are named and left out.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn take(env: &Env, scope: &Scope) -> Result<Self> {
        let session = env.connect().await?;
        let catalog = read_catalog(&session, false).await?;
        let mut this = Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            taken_at: Timestamp::now(),
            target: env.named(),
            server_major: session.server_major(),
            tables: BTreeMap::new(),
            sequences: BTreeMap::new(),
            objects: if scope.schema { objects(&catalog) } else { BTreeMap::new() },
        };
        let failed = || Failure::server("reading the tables for a baseline");
        // What is not of a fixed form is read in one.
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL row_security = off; SET LOCAL \"DateStyle\" = 'ISO, YMD'; \
             SET LOCAL \"IntervalStyle\" = 'postgres'; SET LOCAL \"TimeZone\" = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'";
        session.batch(begin).await.map_err(failed())?;
        if scope.rows {
            this.tables = tables(env, &session, &catalog).await?;
        }
        if scope.sequences {
            let numbered = sequences::all(&session, &[]).await.map_err(failed())?;
            for one in &numbered {
                let reading = session.plain_savepoint("one").await.map_err(failed())?;
                let standing = one.standing(&session).await;
                reading.end(&standing).await.map_err(failed())?;
                match standing {
                    Ok(standing) => this.sequences.extend([(one.sequence.clone(), standing.last)]),
                    Err(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => {
                        env.say(Event::warning("baseline.unread", format!("{} was not read: {error}", one.sequence)));
                    }
                    Err(error) => return Err(failed()(error)),
                }
            }
        }
        session.batch("COMMIT").await.map_err(failed())?;
        session.close().await;
        Ok(this)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Where it is none, or of a version that this one does not know.
    pub fn read(file: &Path) -> Result<Self> {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).map_err(Failure::given(format!("reading the baseline {name}")))?;
        Self::parse(&name, &text)
    }

    fn parse(name: &str, text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let usage = |said: String| Refusal::usage(said, None);
        let head: Option<Head> = serde_json::from_str(text).ok();
        match head {
            Some(Head { format, version: VERSION }) if format == FORMAT => {}
            Some(Head { format, version }) if format == FORMAT => {
                let advice = Remedy::advice(format!("this program reads version {VERSION}: write another baseline"));
                let said = format!("{name} is a baseline of version {version}, which is not known here");
                return Err(Refusal::usage(said, Some(advice)).into());
            }
            _ => return Err(usage(format!("{name} is no baseline")).into()),
        }
        serde_json::from_str(text).map_err(|error| usage(format!("{name} cannot be read: {error}")).into())
    }

    /// Writes a file that nobody else may read. It is there as a whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        keep(file, &text)
    }

    /// The table of this name, as SQL has it.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Tables that a pattern names.
    pub fn tables_like<'b>(&'b self, pattern: &'b TablePattern) -> impl Iterator<Item = (&'b str, &'b Table)> {
        let meant = move |(_, table): &(&String, &Table)| pattern.matches(&table.schema, &table.name);
        self.tables.iter().filter(meant).map(|(name, table)| (name.as_str(), table))
    }

    /// Leaves the rows of these tables out.
    pub fn forget(&mut self, except: &[TablePattern]) {
        self.tables.retain(|_, table| !except.iter().any(|pattern| pattern.matches(&table.schema, &table.name)));
    }

    /// Leaves out what is in the rows.
    pub fn forget_content(&mut self) {
        self.tables.values_mut().for_each(|table| table.sum = None);
    }

    /// What is otherwise now, a line each.
    pub fn differences(&self, now: &Self, scope: &Scope) -> Vec<String> {
        let mut said = Vec::new();
        if self.target != now.target {
            let name = |target: &Option<String>| target.clone().unwrap_or_else(|| "no target of a plan".to_owned());
            said.push(format!("the baseline is of {}, and this is {}", name(&self.target), name(&now.target)));
        }
        if scope.schema {
            if self.server_major != now.server_major {
                let (then, now) = (self.server_major, now.server_major);
                said.push(format!("the server is PostgreSQL {now}, and was {then}: definitions may print otherwise"));
            }
            said.extend(objects_apart(&self.objects, &now.objects));
        }
        if scope.rows {
            said.extend(rows_apart(&self.tables, &now.tables));
        }
        if scope.sequences {
            for (name, then) in &self.sequences {
                match now.sequences.get(name) {
                    // That it is gone is a difference of objects.
                    None => {}
                    Some(now) if now < then => said.push(format!("sequence {name} is at {now}, and was at {then}")),
                    Some(_) => {}
                }
            }
        }
        said
    }
}

/// Replaces a file by one that nobody else may read.
///
/// # Errors
/// When it cannot be written.
pub fn keep(file: &Path, text: &str) -> Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".backout-new");
    let write = || -> std::io::Result<()> {
        let mut new = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&beside)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, file)
    };
    write().map_err(|error| {
        fs::remove_file(&beside).ok();
        Failure::given(format!("writing {}", file.display()))(error)
    })
}

fn objects(catalog: &Catalog) -> BTreeMap<String, Entry> {
    let entry = |object: &Object| {
        let digest = Sha256::digest(portable_json(catalog, object).to_string().as_bytes());
        let digest = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        (object.id.to_string(), Entry { name: catalog.identity(object.id), digest })
    };
    catalog.outside().filter(|object| !catalog.is_capture(object.id)).map(entry).collect()
}

async fn tables(env: &Env, session: &Session, catalog: &Catalog) -> Result<BTreeMap<String, Table>> {
    let failed = || Failure::server("reading the tables for a baseline");
    let mut tables: BTreeMap<ObjectId, Table> = BTreeMap::new();
    let is_table =
        |object: &&Object| matches!(&object.detail, Detail::Table(table) if table.kind != TableKind::Foreign);
    for object in catalog.outside().filter(is_table) {
        let Detail::Table(CatalogTable { kind, .. }) = &object.detail else { continue };
        let name = catalog.sql_name(object.id);
        let mut table = Table {
            oid: object.id.oid,
            schema: object.schema.clone().unwrap_or_default(),
            name: object.name.clone(),
            rows: 0,
            sum: None,
            unread: None,
        };
        if *kind == TableKind::Ordinary {
            env.say(Event::at(name.clone()));
            let columns = fingerprint::columns(catalog, object.id);
            let sql = fingerprint::query(catalog, object.id, &name, &columns)
                .unwrap_or_else(|| format!("SELECT pg_catalog.count(*), '0' FROM ONLY {name}"));
            let reading = session.plain_savepoint("one").await.map_err(failed())?;
            let read = fingerprint::take(session, &sql).await;
            reading.end(&read).await.map_err(|error| failed()(error).during(format!("reading {name}")))?;
            match read {
                Ok(read) => {
                    table.rows = u64::try_from(read.rows).unwrap_or_default();
                    table.sum = Some(read.sum);
                }
                Err(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => {
                    env.say(Event::warning("baseline.unread", format!("{name} was not read: {error}")));
                    table.unread = Some(error.to_string());
                }
                Err(error) => return Err(failed()(error).during(format!("reading {name}"))),
            }
        }
        tables.insert(object.id, table);
    }
    // What partitions have, those above them have.
    let leaves: Vec<(ObjectId, u64)> = tables.iter().map(|(id, table)| (*id, table.rows)).collect();
    for (id, rows) in leaves {
        let mut at = id;
        while let Some(Detail::Table(CatalogTable { partition_of: Some(above), .. })) =
            catalog.get(at).map(|object| &object.detail)
        {
            if let Some(table) = tables.get_mut(above).filter(|_| rows > 0) {
                table.rows += rows;
            }
            at = *above;
        }
    }
    Ok(tables.into_iter().map(|(id, table)| (catalog.sql_name(id), table)).collect())
}

/// Objects by name, and those that got another name by their ids.
fn objects_apart(then: &BTreeMap<String, Entry>, now: &BTreeMap<String, Entry>) -> Vec<String> {
    let by_name = |entries: &BTreeMap<String, Entry>| -> BTreeMap<String, String> {
        entries.values().map(|entry| (entry.name.clone(), entry.digest.clone())).collect()
    };
    let (names_then, names_now) = (by_name(then), by_name(now));
    let (mut said, mut renamed) = (Vec::new(), BTreeSet::new());
    for (id, entry) in then.iter().filter(|(_, entry)| !names_now.contains_key(&entry.name)) {
        match now.get(id).filter(|other| !names_then.contains_key(&other.name)) {
            Some(other) => {
                said.push(format!("{} is called {}", entry.name, other.name));
                renamed.insert(other.name.clone());
            }
            None => said.push(format!("{} is gone", entry.name)),
        }
    }
    for (name, digest) in &names_now {
        match names_then.get(name) {
            None if !renamed.contains(name) => said.push(format!("{name} is new")),
            Some(other) if other != digest => said.push(format!("{name} is not as it was")),
            _ => {}
        }
    }
    said
}

fn rows_apart(then: &BTreeMap<String, Table>, now: &BTreeMap<String, Table>) -> Vec<String> {
    let mut said = Vec::new();
    for (name, table) in then {
        let Some(other) = now.get(name) else {
            said.push(format!("{name}: gone, with {}", count(table.rows, "row")));
            continue;
        };
        if table.unread.is_some() || other.unread.is_some() {
            said.push(format!("{name}: was not read, so its rows are not compared"));
        } else if table.rows != other.rows {
            said.push(format!("{name}: {}, and {} before", count(other.rows, "row"), table.rows));
        } else if table.sum != other.sum {
            said.push(format!("{name}: {} as before, and not the same ones", count(other.rows, "row")));
        }
    }
    said.extend(
        now.iter()
            .filter(|(name, _)| !then.contains_key(*name))
            .map(|(name, table)| format!("{name}: new, with {}", count(table.rows, "row"))),
    );
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline() -> Baseline {
        let table = |name: &str, rows, sum: &str| {
            let (schema, name) = ("public".to_owned(), name.to_owned());
            (format!("public.{name}"), Table { oid: 1, schema, name, rows, sum: Some(sum.to_owned()), unread: None })
        };
        let entry = |name: &str| Entry { name: name.to_owned(), digest: "1".to_owned() };
        Baseline {
            format: FORMAT.to_owned(),
            version: VERSION,
            taken_at: Timestamp::UNIX_EPOCH,
            target: None,
            server_major: 15,
            tables: [table("a", 3, "7"), table("b", 0, "0")].into(),
            sequences: [("public.s".to_owned(), 7)].into(),
            objects: [("#1".to_owned(), entry("table public.a")), ("#2".to_owned(), entry("table public.b"))].into(),
        }
    }

    fn differences(change: impl Fn(&mut Baseline)) -> Vec<String> {
        let mut now = baseline();
        change(&mut now);
        baseline().differences(&now, &Scope::ALL)
    }

    #[test]
    fn differences_are_named() {
        assert_eq!(differences(|_| {}), Vec::<String>::new());
        let entry = |name: &str, digest: &str| Entry { name: name.to_owned(), digest: digest.to_owned() };
        let objects = |one: &[(&str, &str, &str)]| -> BTreeMap<String, Entry> {
            one.iter().map(|(id, name, digest)| ((*id).to_owned(), entry(name, digest))).collect()
        };
        for (now, said) in [
            (objects(&[("#1", "table public.a", "1")]), "table public.b is gone"),
            (
                objects(&[("#1", "table public.a", "1"), ("#2", "table public.c", "1")]),
                "table public.b is called table public.c",
            ),
            (
                objects(&[("#1", "table public.a", "2"), ("#2", "table public.b", "1")]),
                "table public.a is not as it was",
            ),
            (
                objects(&[("#1", "table public.a", "1"), ("#2", "table public.b", "1"), ("#3", "view public.v", "1")]),
                "view public.v is new",
            ),
        ] {
            assert_eq!(differences(|new| new.objects.clone_from(&now)), [said]);
        }
        // A restored database has other ids, and is the same.
        let restored = objects(&[("#8", "table public.a", "1"), ("#9", "table public.b", "1")]);
        assert_eq!(differences(|new| new.objects.clone_from(&restored)), Vec::<String>::new());
        let rows = |change: &dyn Fn(&mut Table)| {
            differences(|new| new.tables.get_mut("public.a").into_iter().for_each(change))
        };
        assert_eq!(rows(&|table| table.rows = 4), ["public.a: 4 rows, and 3 before"]);
        assert_eq!(rows(&|table| table.sum = Some("8".into())), ["public.a: 3 rows as before, and not the same ones"]);
        assert_eq!(
            rows(&|table| table.unread = Some("no".into())),
            ["public.a: was not read, so its rows are not compared"]
        );
        assert_eq!(
            differences(|new| new.sequences.extend([("public.s".to_owned(), 5)])),
            ["sequence public.s is at 5, and was at 7"]
        );
        assert_eq!(differences(|new| new.sequences.extend([("public.s".to_owned(), 9)])), Vec::<String>::new());
    }

    #[test]
    fn only_files_of_this_version_are_read() {
        let text = serde_json::to_string(&baseline()).unwrap();
        assert_eq!(Baseline::parse("f", &text).unwrap(), baseline());
        for (text, said) in [
            (text.replace("\"version\":2", "\"version\":1"), "version 1"),
            (text.replace(FORMAT, "other"), "is no baseline"),
            ("{}".to_owned(), "is no baseline"),
            (text.replace("\"taken_at\"", "\"extra\":1,\"taken_at\""), "cannot be read"),
        ] {
            let failure = Baseline::parse("f", &text).unwrap_err();
            assert!(failure.sentence().contains(said), "{}", failure.sentence());
        }
    }
}
