//! What a dump holds and lacks, and what of it must not run: found out before anything does.
//!
//! Memory grows with the names in the dump, not with its rows. Must not know: servers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::ImportError;
use super::cut::Piece;
use super::open::Dump;
use super::sort::{Fact, Name, Route, Sorter, shown};
use super::stand_in::is_managed;

/// Of each kind of finding that can be many, so many are told one by one.
const TOLD: usize = 50;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It must not run, so nothing does.
    Refused,
    /// The dump does not hold it.
    Missing,
    /// It is in the dump and not taken.
    NotTaken,
    /// Worth knowing before it is used elsewhere.
    Note,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub kind: Kind,
    /// Empty, as is the line, for what the whole dump lacks.
    pub file: String,
    pub line: u64,
    pub what: String,
}

/// Where something is in the dump.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: String,
    line: u64,
}

#[derive(Debug)]
struct Table {
    place: Place,
    rows: bool,
}

#[derive(Debug)]
struct Data {
    place: Place,
    columns: Vec<String>,
}

/// What a dump makes itself, as against what it only refers to.
#[derive(Debug, Default)]
struct Made {
    roles: BTreeSet<String>,
    schemas: BTreeSet<String>,
    publications: BTreeSet<String>,
}

/// Everything that a dump says.
#[derive(Debug, Default)]
pub struct Analysis {
    pub findings: Vec<Finding>,
    tables: BTreeMap<Name, Table>,
    data: BTreeMap<Name, Data>,
    made: Made,
    roles: BTreeMap<String, Place>,
    row_security: BTreeMap<Name, Place>,
    policies: BTreeSet<Name>,
    schemas: BTreeSet<String>,
    on: BTreeSet<Name>,
    extensions: BTreeMap<String, Option<String>>,
    publications: BTreeSet<String>,
    sequences: u64,
    setvals: u64,
    /// Statements that say the same, counted: the first of them, and how many.
    counted: BTreeMap<&'static str, (Place, u64)>,
    told: BTreeMap<Kind, usize>,
}

/// Reads all files and judges them. Nothing runs.
///
/// # Errors
/// When a file cannot be read, or is cut short.
pub fn analyse(dumps: &[Dump], pg_restore: &Path) -> Result<Analysis, ImportError> {
    let mut analysis = Analysis::default();
    let mut sorter = Sorter::default();
    for dump in dumps {
        dump.pieces(pg_restore, &mut |piece| {
            analysis.piece(&mut sorter, &dump.name, &piece);
            Ok(())
        })?;
    }
    analysis.conclude();
    Ok(analysis)
}

impl Analysis {
    /// What keeps it from being loaded.
    pub fn refused(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.kind == Kind::Refused)
    }

    /// What the dump lacks or what is not taken of it, one sentence each.
    pub fn missing(&self) -> Vec<String> {
        let of = |finding: &&Finding| matches!(finding.kind, Kind::Missing | Kind::NotTaken);
        self.findings.iter().filter(of).map(|finding| finding.what.clone()).collect()
    }

    /// The tables of the dump, those that it fills and does not define among them.
    pub fn tables(&self) -> BTreeSet<&Name> {
        self.tables.keys().chain(self.data.keys()).collect()
    }

    pub fn extensions(&self) -> &BTreeMap<String, Option<String>> {
        &self.extensions
    }

    /// Roles that the dump makes or refers to.
    pub fn roles(&self) -> BTreeSet<&str> {
        self.made
            .roles
            .iter()
            .chain(self.roles.keys())
            .map(String::as_str)
            .filter(|role| !role.starts_with("pg_"))
            .collect()
    }

    /// Where the dump refers to a role first.
    pub fn role_at(&self, role: &str) -> Option<(&str, u64)> {
        self.roles.get(role).map(|place| (place.file.as_str(), place.line))
    }

    /// Those that the dump only refers to.
    pub fn roles_not_made(&self) -> Vec<&str> {
        self.roles().into_iter().filter(|role| !self.made.roles.contains(*role)).collect()
    }

    /// Schemas of a hosted platform that the dump reaches into without making them.
    pub fn managed_schemas(&self) -> Vec<&str> {
        let of = |schema: &&String| is_managed(schema) && !self.made.schemas.contains(*schema);
        self.schemas.iter().filter(of).map(String::as_str).collect()
    }

    /// Tables in such schemas that the dump fills or names, with the columns that it fills.
    pub fn managed_tables(&self) -> Vec<(&Name, &[String])> {
        let wanted: BTreeSet<&Name> = self.on.iter().chain(self.data.keys()).collect();
        let of = |name: &&Name| is_managed(&name.0) && !self.tables.contains_key(*name);
        wanted
            .into_iter()
            .filter(of)
            .map(|name| (name, self.data.get(name).map_or(&[][..], |data| data.columns.as_slice())))
            .collect()
    }

    /// Publications that the dump changes without making them.
    pub fn publications(&self) -> impl Iterator<Item = &str> {
        self.publications.difference(&self.made.publications).map(String::as_str)
    }

    fn piece(&mut self, sorter: &mut Sorter, file: &str, piece: &Piece) {
        match piece {
            Piece::Rows { .. } | Piece::RowsEnd { .. } => {}
            Piece::Command { line, text } => {
                let route = sorter.command(text);
                self.route(route, &Place { file: file.to_owned(), line: *line });
            }
            Piece::Statement { line, text } => {
                let place = Place { file: file.to_owned(), line: *line };
                let (route, facts) = sorter.statement(text);
                for fact in facts {
                    self.fact(fact, &place);
                }
                self.route(route, &place);
            }
        }
    }

    fn route(&mut self, route: Route, place: &Place) {
        if let Route::Refuse(what) = route {
            self.find(Kind::Refused, place, what);
        }
    }

    fn find(&mut self, kind: Kind, place: &Place, what: String) {
        let told = self.told.entry(kind).or_default();
        *told += 1;
        if *told <= TOLD {
            self.findings.push(Finding { kind, file: place.file.clone(), line: place.line, what });
        }
    }

    fn fact(&mut self, fact: Fact, place: &Place) {
        let at = || place.clone();
        match fact {
            Fact::Table { name, rows, unless_there } => match self.tables.get(&name) {
                Some(first) => {
                    let does = if unless_there { "does nothing" } else { "fails" };
                    let what = format!(
                        "{} is made a second time, which {does}: line {} of {} has made it",
                        table(&name),
                        first.place.line,
                        first.place.file
                    );
                    self.find(Kind::Note, place, what);
                }
                None => {
                    self.tables.insert(name, Table { place: at(), rows });
                }
            },
            Fact::Data { name, columns } => {
                let data = self.data.entry(name).or_insert_with(|| Data { place: at(), columns: Vec::new() });
                // Rows of several INSERTs may name other columns each.
                for column in columns {
                    if !data.columns.contains(&column) {
                        data.columns.push(column);
                    }
                }
            }
            Fact::RoleMade(role) => {
                self.roles.entry(role.clone()).or_insert_with(at);
                self.made.roles.insert(role);
            }
            Fact::Role(role) => {
                self.roles.entry(role).or_insert_with(at);
            }
            Fact::RowSecurity(name) => {
                self.row_security.entry(name).or_insert_with(at);
            }
            Fact::Policy(name) => {
                self.policies.insert(name);
            }
            Fact::Sequence => self.sequences += 1,
            Fact::Setval => self.setvals += 1,
            Fact::SchemaMade(name) => {
                self.made.schemas.insert(name);
            }
            Fact::Extension { name, schema } => {
                self.extensions.entry(name).or_insert(schema);
            }
            Fact::PublicationMade(name) => {
                self.made.publications.insert(name);
            }
            Fact::Publication(name) => {
                self.publications.insert(name);
            }
            // Anything with a dot looks like one: only those of a platform matter.
            Fact::Inside(schema) => {
                if is_managed(&schema) {
                    self.schemas.insert(schema);
                }
            }
            Fact::On(name) => {
                self.on.insert(name);
            }
            Fact::NotTaken(what) => self.find(Kind::NotTaken, place, format!("{what}: not taken")),
            Fact::IfNotExists => self.count("IF NOT EXISTS", place),
            Fact::OrReplace => self.count("OR REPLACE", place),
            Fact::NothingOnConflict => self.count("ON CONFLICT DO NOTHING", place),
            Fact::Drop => self.count("DROP", place),
            Fact::Code => self.count("DO", place),
            Fact::Password => self.count("PASSWORD", place),
        }
    }

    fn count(&mut self, what: &'static str, place: &Place) {
        self.counted.entry(what).or_insert_with(|| (place.clone(), 0)).1 += 1;
    }

    /// What only the whole dump shows.
    fn conclude(&mut self) {
        let everywhere = Place { file: String::new(), line: 0 };
        let mut found: Vec<(Kind, Place, String)> = Vec::new();
        if self.tables.is_empty() && self.data.is_empty() {
            found.push((Kind::Missing, everywhere.clone(), "the dump holds no table at all".to_owned()));
        }
        let undefined: Vec<(&Name, &Data)> =
            self.data.iter().filter(|(name, _)| !self.tables.contains_key(*name) && !is_managed(&name.0)).collect();
        // Rows that an extension keeps for its user go into tables that it has made.
        let kind = if self.extensions.is_empty() { Kind::Refused } else { Kind::Note };
        for (name, data) in undefined {
            let why = if self.tables.is_empty() {
                "the dump holds rows only: name the file with the definitions before it"
            } else {
                "nothing in the dump defines it"
            };
            found.push((kind, data.place.clone(), format!("rows for {}, and {why}", table(name))));
        }
        let empty: Vec<(&Name, &Table)> =
            self.tables.iter().filter(|(name, table)| table.rows && !self.data.contains_key(*name)).collect();
        if self.data.is_empty() && !self.tables.is_empty() {
            let what = format!("no rows: {} tables are defined, and none is filled", self.tables.len());
            found.push((Kind::Missing, everywhere.clone(), what));
        } else {
            for (name, defined) in empty {
                let what = format!("no rows for {}: it was empty, or the dump does not hold them", table(name));
                found.push((Kind::Missing, defined.place.clone(), what));
            }
        }
        for (name, place) in &self.row_security {
            if !self.policies.contains(name) {
                let what = format!("no policy for {}, whose row security is on: only its owner sees rows", table(name));
                found.push((Kind::Missing, place.clone(), what));
            }
        }
        if self.sequences > 0 && self.setvals == 0 && !self.data.is_empty() {
            let what = format!("where the {} sequences stood (setval): they begin anew", self.sequences);
            found.push((Kind::Missing, everywhere.clone(), what));
        }
        for (role, place) in &self.roles {
            if !self.made.roles.contains(role) && !role.starts_with("pg_") {
                found.push((Kind::Missing, place.clone(), format!("the role {}, which it refers to", shown(role))));
            }
        }
        for (what, (place, count)) in &self.counted {
            let said = match *what {
                "IF NOT EXISTS" => {
                    "over a database that has these objects they do nothing, and what is there stays; an import begins empty"
                }
                "OR REPLACE" => "over a database that has these objects they replace them; an import begins empty",
                "ON CONFLICT DO NOTHING" => {
                    "over a database that has these rows they do nothing; an import begins empty"
                }
                "DROP" => "over a live database they destroy; an import begins empty",
                "DO" => "code runs while it is loaded, as a role that is no superuser",
                "PASSWORD" => "passwords are not taken, and are best removed from the file",
                _ => continue,
            };
            found.push((Kind::Note, place.clone(), format!("{what} in {count} statements, this is the first: {said}")));
        }
        for (kind, place, what) in found {
            self.find(kind, &place, what);
        }
        let many: Vec<(Kind, usize)> =
            self.told.iter().filter(|(_, told)| **told > TOLD).map(|(kind, told)| (*kind, told - TOLD)).collect();
        for (kind, more) in many {
            self.findings.push(Finding {
                kind,
                file: String::new(),
                line: 0,
                what: format!("and {more} more like these"),
            });
        }
        self.findings.sort_by_key(|finding| finding.kind);
    }
}

fn table(name: &Name) -> String {
    shown(&format!("{}.{}", name.0, name.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::cut::Cutter;

    fn analysed(text: &str) -> Analysis {
        let (mut analysis, mut sorter) = (Analysis::default(), Sorter::default());
        let mut cutter = Cutter::new("f.sql", text.as_bytes());
        while let Some(piece) = cutter.next().unwrap() {
            analysis.piece(&mut sorter, "f.sql", &piece);
        }
        analysis.conclude();
        analysis
    }

    #[track_caller]
    fn check(text: &str, expected: &[(Kind, u64, &str)]) {
        let found = analysed(text).findings;
        let short: Vec<(Kind, u64, &str)> =
            found.iter().map(|finding| (finding.kind, finding.line, finding.what.as_str())).collect();
        assert_eq!(short.len(), expected.len(), "{text}: {short:?}");
        for (kind, line, what) in expected {
            assert!(short.iter().any(|(k, l, w)| k == kind && l == line && w.contains(what)), "{what}: {short:?}");
        }
    }

    #[test]
    fn what_a_dump_lacks_is_named() {
        use Kind::*;
        check("CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n\\.\n", &[]);
        check("CREATE TABLE t (a int);", &[(Missing, 0, "no rows: 1 tables")]);
        check(
            "CREATE TABLE t (a int);\nCREATE TABLE u (a int);\nINSERT INTO t VALUES (1);",
            &[(Missing, 2, "no rows for public.u")],
        );
        check("INSERT INTO t VALUES (1);", &[(Refused, 1, "the dump holds rows only")]);
        check(
            "CREATE TABLE t (a int);\nCREATE SEQUENCE s;\nINSERT INTO t VALUES (1);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nALTER TABLE t OWNER TO app;",
            &[(Missing, 0, "1 sequences"), (Missing, 4, "no policy for public.t"), (Missing, 5, "the role app")],
        );
        check("", &[(Missing, 0, "no table at all")]);
    }

    #[test]
    fn what_must_not_run_is_named_with_its_line() {
        use Kind::*;
        let table = "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n";
        check(&format!("{table}\\! id\n"), &[(Refused, 3, "\\! id would run a program")]);
        check(&format!("{table}COPY t FROM PROGRAM 'id';"), &[(Refused, 3, "COPY public.t … PROGRAM")]);
        check(&format!("{table}\\connect other\n"), &[(Refused, 3, "another database")]);
        check(&format!("{table}ALTER SYSTEM SET x = 1;"), &[(NotTaken, 3, "ALTER SYSTEM")]);
    }

    #[test]
    fn passwords_are_not_in_what_is_found() {
        let found = analysed("CREATE ROLE r LOGIN PASSWORD 'hidden';\nALTER ROLE s PASSWORD 'hidden';");
        let said = format!("{found:?}");
        assert!(said.contains("passwords are not taken") && !said.contains("hidden"), "{said}");
    }

    #[test]
    fn statements_that_would_do_nothing_elsewhere_are_counted() {
        check(
            "CREATE TABLE IF NOT EXISTS t (a int);\nCREATE TABLE IF NOT EXISTS t (b int);\nINSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;",
            &[
                (Kind::Note, 2, "made a second time, which does nothing: line 1"),
                (Kind::Note, 1, "IF NOT EXISTS in 2 statements"),
                (Kind::Note, 3, "ON CONFLICT DO NOTHING in 1 statements"),
            ],
        );
    }

    #[test]
    fn what_a_platform_manages_is_known() {
        let found = analysed(
            "CREATE TABLE t (a uuid REFERENCES auth.users(id));\nCREATE POLICY p ON t TO anon USING (a = auth.uid());\nINSERT INTO \"auth\".\"users\" (\"id\", \"email\") VALUES (NULL, NULL);",
        );
        assert_eq!(found.managed_schemas(), ["auth"]);
        let columns = ["id".to_owned(), "email".to_owned()];
        assert_eq!(found.managed_tables(), [(&("auth".to_owned(), "users".to_owned()), &columns[..])]);
        assert_eq!(found.roles_not_made(), ["anon"]);
        assert_eq!(found.refused().count(), 0);
    }
}
