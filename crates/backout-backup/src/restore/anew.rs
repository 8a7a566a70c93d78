//! Which of a backup's definitions make single tables anew in a database that has lost them: the tables with all that is
//! theirs, the partitioned tables above them, and what went along with them elsewhere (keys and policies of other tables,
//! views, functions).
//!
//! Must not know: sessions.

use std::collections::{BTreeMap, BTreeSet};

use backout_schema::LockMode;

use super::schema::{Kind, Step, qualified, quoted};
use crate::capture;

/// Statements that make tables anew, each list in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Anew {
    /// Before the rows.
    pub before: Vec<Step>,
    /// After them.
    pub after: Vec<Step>,
    /// What touches relations that are there: they become partitions of those, which adopt the indexes that they have by
    /// then, and policies come back.
    pub ties: Vec<Step>,
    /// Foreign keys from and to them.
    pub keys: Vec<Step>,
    /// When the rows of all tables are back.
    pub last: Vec<Step>,
    /// Sequences that come with them.
    pub sequences: BTreeSet<String>,
    /// Relations that are made, indexes among them.
    pub relations: BTreeSet<String>,
}

/// What a statement is about, as far as it matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Subject {
    /// The relation that it makes or belongs to.
    relation: Option<String>,
    /// A relation that it makes, which may be the same.
    makes: Option<String>,
    /// A column's owner, a partition or the like that it ties to the relation.
    ties: Option<String>,
    /// It ties a partition.
    attaches: bool,
    /// It makes something that stands on whatever its text names.
    stands: bool,
}

/// A key or policy of a table, told apart from those of others.
pub fn child_name(table: &str, name: &str) -> String {
    format!("{table}.{name}")
}

/// The definitions, with what each statement is about.
struct Definitions<'a> {
    before: Vec<(&'a Step, Subject)>,
    after: Vec<(&'a Step, Subject)>,
}

impl<'a> Definitions<'a> {
    fn new(before: &'a [Step], after: &'a [Step]) -> Self {
        let of = |steps: &'a [Step]| -> Vec<(&'a Step, Subject)> {
            let signed = signatures(steps);
            let subjects = steps.iter().enumerate().map(|(place, step)| match signed.get(&place) {
                Some(signature) => Subject {
                    relation: Some(signature.clone()),
                    makes: Some(signature.clone()),
                    stands: true,
                    ..Subject::default()
                },
                None => subject(&step.sql),
            });
            steps.iter().zip(subjects).collect()
        };
        Self { before: of(before), after: of(after) }
    }

    fn all(&self) -> impl Iterator<Item = &(&'a Step, Subject)> {
        self.before.iter().chain(&self.after)
    }

    /// These tables, and the partitioned ones above them that are gone as well.
    fn with_parents(&self, names: &BTreeSet<String>, there: &BTreeSet<String>) -> BTreeSet<String> {
        let mut names = names.clone();
        loop {
            let known = names.len();
            for (_, subject) in self.before.iter().filter(|(_, subject)| subject.attaches) {
                if subject.ties.as_ref().is_some_and(|part| names.contains(part)) {
                    names.extend(subject.relation.iter().filter(|parent| !there.contains(*parent)).cloned());
                }
            }
            if names.len() == known {
                return names;
            }
        }
    }

    /// What comes with tables: sequences, indexes, statistics, views and functions; views stand on views.
    fn with_their_own(&self, names: &BTreeSet<String>, there: &BTreeSet<String>) -> BTreeSet<String> {
        let mut relations = names.clone();
        loop {
            let known = relations.len();
            for (step, subject) in self.all() {
                let owns = subject.ties.as_ref().is_some_and(|tied| relations.contains(tied));
                if step.sql.starts_with("ALTER SEQUENCE ") && owns {
                    relations.extend(subject.relation.iter().filter(|name| !there.contains(*name)).cloned());
                }
                let of_it = subject.relation.as_ref().is_some_and(|name| relations.contains(name));
                let stands_on_it = subject.stands && names_any(&step.sql, &relations);
                if let Some(made) = &subject.makes
                    && (of_it || stands_on_it)
                    && !there.contains(made)
                {
                    relations.insert(made.clone());
                }
            }
            if relations.len() == known {
                return relations;
            }
        }
    }

    /// Without views and functions that stand on something else that is gone, and stays so.
    fn without_lacking(&self, mut relations: BTreeSet<String>, there: &BTreeSet<String>) -> BTreeSet<String> {
        let defined = self.before.iter().filter(|(step, _)| step.sql.starts_with("CREATE "));
        let defined = defined.filter_map(|(_, subject)| subject.makes.clone());
        let mut lacking: BTreeSet<String> =
            defined.filter(|name| !there.contains(name) && !relations.contains(name)).collect();
        loop {
            let known = lacking.len();
            for (step, subject) in self.before.iter().filter(|(_, subject)| subject.stands) {
                if let Some(made) = subject.makes.as_ref().filter(|made| relations.contains(*made))
                    && names_any(&step.sql, &lacking)
                {
                    relations.remove(made);
                    lacking.insert(made.clone());
                }
            }
            if lacking.len() == known {
                return relations;
            }
        }
    }

    /// Views, and functions that stand on them: they come when the tables have their keys.
    fn late(&self, relations: &BTreeSet<String>) -> BTreeSet<String> {
        let mut late = BTreeSet::new();
        for (step, subject) in self.before.iter().filter(|(_, subject)| subject.stands) {
            if let Some(made) = subject.makes.as_ref().filter(|made| relations.contains(*made))
                && (!is_function(made) || names_any(&step.sql, &late))
            {
                late.insert(made.clone());
            }
        }
        late
    }
}

impl Anew {
    /// `names` are the tables, and `there` what the database has, all as they stand in the definitions.
    pub fn of(before: &[Step], after: &[Step], names: &BTreeSet<String>, there: &BTreeSet<String>) -> Self {
        let definitions = Definitions::new(before, after);
        let names = &definitions.with_parents(names, there);
        let relations = definitions.without_lacking(definitions.with_their_own(names, there), there);
        let late = definitions.late(&relations);
        let mut anew = Self::default();
        for (steps, is_before) in [(&definitions.before, true), (&definitions.after, false)] {
            for (step, subject) in steps {
                match &step.kind {
                    Kind::Key { from, to } => {
                        let is_there =
                            step.constraint().is_some_and(|name| there.contains(&child_name(from, &unquoted(name))));
                        if !is_there && (names.contains(from) || names.contains(to) && there.contains(from)) {
                            anew.keys.push((*step).clone());
                        }
                        continue;
                    }
                    Kind::Index { table } if !relations.contains(table) => continue,
                    _ => {}
                }
                let of_it = subject.relation.as_ref().is_some_and(|name| relations.contains(name));
                let ties_it = subject.ties.as_ref().is_some_and(|name| relations.contains(name));
                let is_lost = is_lost_policy(step, names, there);
                if !of_it && !ties_it && !is_lost || is_of_capture(&step.sql) {
                    continue;
                }
                let is_late = subject.relation.as_ref().is_some_and(|name| late.contains(name));
                let list = if is_lost || subject.attaches && !of_it || switches_trigger(&step.sql) {
                    &mut anew.ties
                } else if step.sql.starts_with("REFRESH ") {
                    &mut anew.last
                } else if is_before && !is_late {
                    &mut anew.before
                } else {
                    &mut anew.after
                };
                list.push((*step).clone());
            }
        }
        let sequences = definitions.all().filter(|(step, _)| makes_sequence(&step.sql));
        let sequences = sequences.filter_map(|(_, subject)| subject.makes.clone());
        anew.sequences = sequences.filter(|name| relations.contains(name)).collect();
        anew.relations = relations.into_iter().filter(|name| !is_function(name)).collect();
        anew
    }

    /// Partitioned tables that are there and whose partitions come back.
    pub fn parents(&self, there: &BTreeSet<String>) -> BTreeSet<String> {
        let attaching = self.ties.iter().map(|step| subject(&step.sql)).filter(|subject| subject.attaches);
        attaching.filter_map(|subject| subject.relation).filter(|name| there.contains(name)).collect()
    }

    /// Relations that are there and that these statements tie something to or hang something on, with the lock that
    /// takes.
    pub fn touched(&self, there: &BTreeSet<String>) -> BTreeMap<String, LockMode> {
        let mut touched = BTreeMap::new();
        for step in &self.ties {
            let subject = subject(&step.sql);
            let Some(name) = subject.relation.filter(|name| there.contains(name)) else { continue };
            if step.sql.starts_with("CREATE POLICY ") {
                touched.insert(name, LockMode::AccessExclusive);
            } else if step.sql.starts_with("ALTER TABLE ") && subject.attaches {
                touched.entry(name).or_insert(LockMode::ShareUpdateExclusive);
            }
        }
        for step in &self.keys {
            let Kind::Key { from, to } = &step.kind else { continue };
            for name in [from, to].into_iter().filter(|name| there.contains(*name)) {
                let mode = touched.entry(name.clone()).or_insert(LockMode::ShareRowExclusive);
                *mode = LockMode::ShareRowExclusive.max(*mode);
            }
        }
        touched
    }
}

/// Partitions of a table, and theirs, by their names in the definitions.
pub fn parts(before: &[Step], table: &str) -> BTreeSet<String> {
    let attached: Vec<Subject> =
        before.iter().map(|step| subject(&step.sql)).filter(|subject| subject.attaches).collect();
    let mut parts = BTreeSet::new();
    loop {
        let known = parts.len();
        for Subject { relation: parent, ties, .. } in &attached {
            if parent.as_ref().is_some_and(|parent| parent == table || parts.contains(parent)) {
                parts.extend(ties.clone());
            }
        }
        if parts.len() == known {
            return parts;
        }
    }
}

/// The relation or function that a statement makes and that has privileges of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    Relation(String),
    /// Its schema and name.
    Function(String, String),
}

impl Made {
    pub fn by(sql: &str) -> Option<Self> {
        for prefix in FUNCTIONS {
            let Some(rest) = sql.strip_prefix(prefix) else { continue };
            let (schema, rest) = quoted(rest)?;
            let (name, _) = quoted(rest.strip_prefix('.')?)?;
            return Some(Self::Function(unquoted(schema), unquoted(name)));
        }
        let has_none = ["CREATE INDEX ", "CREATE UNIQUE INDEX ", "CREATE STATISTICS "];
        let is_one = sql.starts_with("CREATE ") && !has_none.iter().any(|prefix| sql.starts_with(prefix));
        let makes = subject(sql).makes?;
        (is_one || makes_sequence(sql)).then_some(Self::Relation(makes))
    }
}

const FUNCTIONS: [&str; 4] =
    ["CREATE FUNCTION ", "CREATE OR REPLACE FUNCTION ", "CREATE PROCEDURE ", "CREATE OR REPLACE PROCEDURE "];

/// `"schema"."name"("x" integer)`, which stands where the function is not made, by the place of the statement that makes
/// it: there defaults stand between.
fn signatures(steps: &[Step]) -> BTreeMap<usize, String> {
    let mut signed = BTreeMap::new();
    let mut made: Option<(usize, &str)> = None;
    for (place, step) in steps.iter().enumerate() {
        if FUNCTIONS.iter().any(|prefix| step.sql.starts_with(prefix)) {
            made = Some((place, &step.sql));
        }
        let Some((at, text)) = made else { continue };
        if let Some(signature) = ["ALTER FUNCTION ", "ALTER PROCEDURE "]
            .iter()
            .find_map(|prefix| step.sql.strip_prefix(prefix).and_then(signature))
            && text.contains(called(&signature))
        {
            signed.insert(at, signature);
            made = None;
        }
    }
    signed
}

/// A function's name and arguments at the beginning. Brackets may stand in quoted names.
fn signature(text: &str) -> Option<String> {
    let (_, rest) = qualified(text)?;
    let mut is_quoted = false;
    let end = rest.strip_prefix('(')?.char_indices().find(|(_, c)| {
        is_quoted ^= *c == '"';
        *c == ')' && !is_quoted
    });
    let arguments = end?.0 + 2;
    Some(text[..text.len() - rest.len() + arguments].to_owned())
}

/// Up to the bracket, as it stands where it is called.
fn called(signature: &str) -> &str {
    let name = qualified(signature).map_or(0, |(_, rest)| signature.len() - rest.len());
    signature.get(..=name).unwrap_or(signature)
}

fn is_function(name: &str) -> bool {
    qualified(name).is_some_and(|(_, rest)| rest.starts_with('('))
}

/// Whether a text names one of these. All names of a dump are quoted, and bodies of functions seldom quote any.
fn names_any(sql: &str, of: &BTreeSet<String>) -> bool {
    of.iter().any(|name| sql.contains(called_or_named(name)))
}

fn called_or_named(name: &str) -> &str {
    if is_function(name) { called(name) } else { name }
}

fn makes_sequence(sql: &str) -> bool {
    ["CREATE SEQUENCE ", "CREATE UNLOGGED SEQUENCE "].iter().any(|prefix| sql.starts_with(prefix))
        || sql.starts_with("ALTER TABLE ") && subject(sql).makes.is_some() && sql.contains(IDENTITY)
}

const IDENTITY: &str = " AS IDENTITY (";

/// A trigger that captures changes, or its state. What is captured is a matter of now, and says what it misses.
fn is_of_capture(sql: &str) -> bool {
    let function = format!("EXECUTE FUNCTION \"{}\".", capture::SCHEMA);
    sql.starts_with("CREATE TRIGGER ") && sql.contains(&function)
        || switches_trigger(sql) && sql.contains(&format!(" TRIGGER \"{}", capture::SCHEMA))
}

/// Of a trigger that the table may have only when it is a partition again.
fn switches_trigger(sql: &str) -> bool {
    let Some(rest) = sql.strip_prefix("ALTER TABLE ") else { return false };
    let Some((_, rest)) = qualified(rest.strip_prefix("ONLY ").unwrap_or(rest)) else { return false };
    let ways = ["ENABLE TRIGGER ", "DISABLE TRIGGER ", "ENABLE ALWAYS TRIGGER ", "ENABLE REPLICA TRIGGER "];
    ways.iter().any(|way| rest.trim_start().starts_with(way))
}

/// A policy of another table that went with one of these.
fn is_lost_policy(step: &Step, names: &BTreeSet<String>, there: &BTreeSet<String>) -> bool {
    let Some((policy, rest)) = step.sql.strip_prefix("CREATE POLICY ").and_then(quoted) else { return false };
    let Some((table, rest)) = rest.strip_prefix(" ON ").and_then(qualified) else { return false };
    there.contains(&table)
        && !there.contains(&child_name(&table, &unquoted(policy)))
        && names.iter().any(|name| rest.contains(name.as_str()))
}

fn unquoted(name: &str) -> String {
    name.trim_matches('"').replace("\"\"", "\"")
}

fn subject(sql: &str) -> Subject {
    let found = created(sql).or_else(|| altered(sql)).or_else(|| said_of_name(sql)).or_else(|| said_of_table(sql));
    found.unwrap_or_default()
}

fn about(relation: &str) -> Subject {
    Subject { relation: Some(relation.to_owned()), ..Subject::default() }
}

/// Of a statement that makes a relation, or what counts as one.
fn created(sql: &str) -> Option<Subject> {
    for prefix in ["CREATE TABLE ", "CREATE UNLOGGED TABLE ", "CREATE SEQUENCE ", "CREATE UNLOGGED SEQUENCE "] {
        if let Some((name, _)) = sql.strip_prefix(prefix).and_then(qualified) {
            return Some(Subject { makes: Some(name.clone()), ..about(&name) });
        }
    }
    for prefix in ["CREATE VIEW ", "CREATE OR REPLACE VIEW ", "CREATE MATERIALIZED VIEW "] {
        if let Some((name, _)) = sql.strip_prefix(prefix).and_then(qualified) {
            return Some(Subject { makes: Some(name.clone()), stands: true, ..about(&name) });
        }
    }
    for prefix in ["CREATE INDEX ", "CREATE UNIQUE INDEX "] {
        let Some((index, rest)) = sql.strip_prefix(prefix).and_then(quoted) else { continue };
        let Some(rest) = rest.strip_prefix(" ON ") else { continue };
        if let Some((table, _)) = qualified(rest.strip_prefix("ONLY ").unwrap_or(rest)) {
            let schema = quoted(&table).map_or("", |(schema, _)| schema);
            return Some(Subject { makes: Some(format!("{schema}.{index}")), ..about(&table) });
        }
    }
    if let Some((statistics, rest)) = sql.strip_prefix("CREATE STATISTICS ").and_then(qualified) {
        let from = rest.rfind(" FROM ").and_then(|at| qualified(&rest[at + 6..])).map(|(table, _)| table);
        return Some(Subject { relation: from, makes: Some(statistics), ..Subject::default() });
    }
    None
}

/// Of a statement that changes a sequence, a table or an index, and may tie another to it.
fn altered(sql: &str) -> Option<Subject> {
    if let Some((sequence, rest)) = sql.strip_prefix("ALTER SEQUENCE ").and_then(qualified) {
        let ties = rest.trim_start().strip_prefix("OWNED BY ").and_then(qualified).map(|(table, _)| table);
        return Some(Subject { ties, ..about(&sequence) });
    }
    if let Some(rest) = sql.strip_prefix("ALTER TABLE ") {
        let rest = rest.strip_prefix("ONLY ").unwrap_or(rest);
        if let Some((table, rest)) = qualified(rest) {
            let rest = rest.trim_start();
            let ties = rest.strip_prefix("ATTACH PARTITION ").and_then(qualified).map(|(name, _)| name);
            return Some(Subject {
                attaches: ties.is_some(),
                ties,
                makes: part_of_table(&table, rest),
                ..about(&table)
            });
        }
    }
    if let Some((index, rest)) = sql.strip_prefix("ALTER INDEX ").and_then(qualified) {
        let ties = rest.trim_start().strip_prefix("ATTACH PARTITION ").and_then(qualified).map(|(name, _)| name);
        return Some(Subject { attaches: ties.is_some(), ties, ..about(&index) });
    }
    None
}

/// Of a statement that begins with the name of what it is about.
fn said_of_name(sql: &str) -> Option<Subject> {
    for prefix in ["ALTER FUNCTION ", "ALTER PROCEDURE ", "COMMENT ON FUNCTION ", "COMMENT ON PROCEDURE "] {
        if let Some(signature) = sql.strip_prefix(prefix).and_then(signature) {
            return Some(about(&signature));
        }
    }
    for prefix in [
        "ALTER VIEW ",
        "ALTER MATERIALIZED VIEW ",
        "ALTER STATISTICS ",
        "REFRESH MATERIALIZED VIEW ",
        "COMMENT ON TABLE ",
        "COMMENT ON COLUMN ",
        "COMMENT ON SEQUENCE ",
        "COMMENT ON INDEX ",
        "COMMENT ON VIEW ",
        "COMMENT ON MATERIALIZED VIEW ",
        "COMMENT ON STATISTICS ",
    ] {
        if let Some((name, _)) = sql.strip_prefix(prefix).and_then(qualified) {
            return Some(about(&name));
        }
    }
    None
}

/// Of a statement that names its table further on.
fn said_of_table(sql: &str) -> Option<Subject> {
    for prefix in [
        "CREATE TRIGGER ",
        "CREATE CONSTRAINT TRIGGER ",
        "CREATE POLICY ",
        "CREATE RULE ",
        "COMMENT ON CONSTRAINT ",
        "COMMENT ON TRIGGER ",
        "COMMENT ON POLICY ",
        "COMMENT ON RULE ",
        "GRANT ",
        "REVOKE ",
        "ALTER PUBLICATION ",
    ] {
        let Some(rest) = sql.strip_prefix(prefix) else { continue };
        let marks: &[&str] = match prefix {
            "CREATE RULE " => &[" TO "],
            "GRANT " | "REVOKE " => &[" ON TABLE ", " ON SEQUENCE "],
            "ALTER PUBLICATION " => &[" ADD TABLE ONLY ", " ADD TABLE "],
            _ => &[" ON "],
        };
        let of_function = [" ON FUNCTION ", " ON PROCEDURE "].iter().find_map(|mark| rest.split_once(mark));
        if let Some(signature) =
            of_function.filter(|_| matches!(prefix, "GRANT " | "REVOKE ")).and_then(|(_, rest)| signature(rest))
        {
            return Some(about(&signature));
        }
        // The name before it may hold the word, and is quoted.
        let rest = quoted(rest).map_or(rest, |(_, rest)| rest);
        let found = marks
            .iter()
            .find_map(|mark| rest.match_indices(mark).find_map(|(at, _)| qualified(&rest[at + mark.len()..])));
        if let Some((table, _)) = found {
            return Some(about(&table));
        }
    }
    None
}

/// The index of a key, or the sequence of an identity column, that a statement about a table makes.
fn part_of_table(table: &str, rest: &str) -> Option<String> {
    if let Some((name, rest)) = rest.strip_prefix("ADD CONSTRAINT ").and_then(quoted) {
        let has_index = [" PRIMARY KEY ", " UNIQUE ", " EXCLUDE "].iter().any(|kind| rest.starts_with(kind));
        let schema = quoted(table).map_or("", |(schema, _)| schema);
        return has_index.then(|| format!("{schema}.{name}"));
    }
    let (_, identity) = rest.strip_prefix("ALTER COLUMN ").and_then(quoted)?;
    let (_, options) = identity.strip_prefix(" ADD GENERATED ")?.split_once(IDENTITY.trim_start())?;
    Some(qualified(options.trim_start().strip_prefix("SEQUENCE NAME ")?)?.0)
}

#[cfg(test)]
mod tests {
    use super::super::schema::steps;
    use super::*;

    const BEFORE: &str = r#"
SET default_tablespace = '';
CREATE TABLE "public"."users" ("id" integer NOT NULL);
CREATE TABLE "public"."orders" ("id" integer NOT NULL, "user_id" integer);
ALTER TABLE "public"."orders" OWNER TO "me";
CREATE SEQUENCE "public"."orders_id_seq" START WITH 1;
ALTER SEQUENCE "public"."orders_id_seq" OWNED BY "public"."orders"."id";
CREATE SEQUENCE "public"."other_seq";
CREATE VIEW "public"."open" AS SELECT "orders"."id" FROM "public"."orders";
ALTER VIEW "public"."open" OWNER TO "me";
CREATE VIEW "public"."opener" AS SELECT "id" FROM "public"."open";
CREATE VIEW "public"."people" AS SELECT "id" FROM "public"."users";
ALTER TABLE ONLY "public"."orders" ALTER COLUMN "id" SET DEFAULT "nextval"('"public"."orders_id_seq"'::"regclass");
COMMENT ON COLUMN "public"."orders"."id" IS 'x';
GRANT SELECT ON TABLE "public"."orders" TO "anon";
GRANT SELECT ON TABLE "public"."users" TO "anon";
"#;
    const AFTER: &str = r#"
ALTER TABLE ONLY "public"."orders" ADD CONSTRAINT "orders_pkey" PRIMARY KEY ("id");
CREATE INDEX "orders_user" ON "public"."orders" USING "btree" ("user_id");
CREATE INDEX "users_id" ON "public"."users" USING "btree" ("id");
CREATE TRIGGER "t ON x" BEFORE INSERT ON "public"."orders" FOR EACH ROW EXECUTE FUNCTION "public"."f"();
ALTER TABLE ONLY "public"."orders" ADD CONSTRAINT "orders_user_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id");
ALTER TABLE ONLY "public"."users" ADD CONSTRAINT "users_last_fkey" FOREIGN KEY ("id") REFERENCES "public"."orders"("id");
ALTER TABLE ONLY "public"."users" ADD CONSTRAINT "users_there_fkey" FOREIGN KEY ("id") REFERENCES "public"."orders"("id");
CREATE POLICY "p" ON "public"."users" USING ((EXISTS ( SELECT 1 FROM "public"."orders")));
CREATE POLICY "q" ON "public"."users" USING (true);
ALTER TABLE "public"."orders" ENABLE ROW LEVEL SECURITY;
"#;

    #[test]
    fn a_table_comes_with_what_is_its_own_and_what_went_with_it() {
        let name = |name: &str| format!("\"public\".\"{name}\"");
        let there: BTreeSet<String> =
            [name("users"), name("people"), child_name(&name("users"), "users_there_fkey")].into();
        let anew = Anew::of(&steps(BEFORE), &steps(AFTER), &[name("orders")].into(), &there);
        let starts = |steps: &[Step]| -> Vec<String> {
            steps
                .iter()
                .map(|step| step.sql.split(' ').take(4).collect::<Vec<_>>().join(" ").replace("\"public\".", ""))
                .collect()
        };
        assert_eq!(anew.before.len(), 7, "{:?}", starts(&anew.before));
        assert!(anew.before.iter().all(|step| step.sql.contains("orders")), "{:?}", starts(&anew.before));
        assert_eq!(
            starts(&anew.after),
            [
                "CREATE VIEW \"open\" AS",
                "ALTER VIEW \"open\" OWNER",
                "CREATE VIEW \"opener\" AS",
                "ALTER TABLE ONLY \"orders\"",
                "CREATE INDEX \"orders_user\" ON",
                "CREATE TRIGGER \"t ON",
                "ALTER TABLE \"orders\" ENABLE",
            ]
        );
        assert_eq!(starts(&anew.ties), ["CREATE POLICY \"p\" ON"]);
        assert_eq!(anew.keys.len(), 2, "{:?}", anew.keys);
        assert_eq!(anew.sequences, [name("orders_id_seq")].into());
    }
}
