//! What one statement of a dump is: how it is to be run, and what it tells of the dump.
//!
//! Works on words, so nothing that stands in quotes is looked at or shown. Must not know: files, lines, sessions.

use super::words::{FAR, Word, qualified, words};

/// A name with its schema.
pub type Name = (String, String);

/// How a statement is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// As the role that loads, which is no superuser.
    Load,
    /// Gives something to another owner. As the role that loads, and where all that is in the way is what the new owner may
    /// not do in the schema, as the superuser: it names a thing of the dump's own schemas, does nothing else, and runs no code.
    Owner,
    /// What follows is done as this role; `None` ends it.
    Act(Option<String>),
    /// Opens a large object to write to it: as [`Route::Load`], in a transaction, since what it is written by lives no longer
    /// than that.
    Open,
    /// Closes one, and with the last that is open the transaction.
    Close,
    /// The dump ends a transaction of its own: with it goes ours, if one is open, and else it is nothing to do.
    End,
    /// One role becomes a member of others.
    Member { roles: Vec<String>, members: Vec<String> },
    /// Not at all: it was done before, or it is not about this database.
    Skip,
    /// It must not run.
    Refuse(String),
}

/// What a statement tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Table {
        name: Name,
        rows: bool,
        unless_there: bool,
    },
    Data {
        name: Name,
        columns: Vec<String>,
    },
    RoleMade(String),
    Role(String),
    RowSecurity(Name),
    Policy(Name),
    Sequence,
    Setval,
    SchemaMade(String),
    Extension {
        name: String,
        schema: Option<String>,
    },
    PublicationMade(String),
    Publication(String),
    /// A name in a schema.
    Inside(String),
    /// A table that a key, trigger or policy names.
    On(Name),
    IfNotExists,
    OrReplace,
    NothingOnConflict,
    Drop,
    Code,
    Password,
    /// It is left out.
    NotTaken(String),
}

/// Follows what statements mean for the ones after them.
#[derive(Debug, Default)]
pub struct Sorter {
    /// Where names without a schema are.
    schema: Option<String>,
    database: bool,
}

impl Sorter {
    /// A command of psql.
    pub fn command(&mut self, text: &str) -> Route {
        let name = text.split_whitespace().next().unwrap_or("\\");
        match name {
            "\\restrict" | "\\unrestrict" => Route::Skip,
            // To the database that the dump has just made, which is what ours stands for.
            "\\connect" | "\\c" if std::mem::take(&mut self.database) => Route::Skip,
            // A connection string may hold a password.
            "\\connect" | "\\c" => Route::Refuse(format!("{name} goes to another database")),
            _ if name.starts_with("\\!") => Route::Refuse(format!("{} would run a program", shown(text))),
            _ => Route::Refuse(format!("{} is a command of psql, and none but \\restrict is followed", shown(text))),
        }
    }

    /// A statement.
    pub fn statement(&mut self, text: &str) -> (Route, Vec<Fact>) {
        let words = words(text);
        let is = |at: usize, keyword: &str| words.get(at).is_some_and(|word| word.is(keyword));
        let mut facts = Vec::new();
        for three in words.windows(3) {
            if let [schema, Word::Symbol('.'), table] = three
                && let (Some(schema), Some(_)) = (schema.name(), table.name())
            {
                facts.push(Fact::Inside(schema.to_owned()));
            }
        }
        let route = match words.first().and_then(Word::name).unwrap_or_default() {
            "copy" => self.copy(&words, &mut facts),
            "insert" if is(1, "into") => {
                if let Some((name, at)) = self.name(&words, 2) {
                    let columns = columns(&words, at);
                    facts.push(Fact::Data { name, columns });
                }
                if has(&words, &["on", "conflict"]) && has(&words, &["do", "nothing"]) {
                    facts.push(Fact::NothingOnConflict);
                }
                Route::Load
            }
            "create" => self.create(&words, &mut facts),
            "alter" => self.alter(text, &words, &mut facts),
            "grant" | "revoke" => grant(&words, &mut facts),
            "comment" if is(2, "database") || is(2, "role") || is(2, "tablespace") || is(2, "subscription") => {
                Route::Skip
            }
            "comment" if is(2, "event") => Route::Skip,
            "comment" if is(2, "extension") => Route::Skip,
            "security" => not_taken("a security label".to_owned(), &mut facts),
            "set" | "reset" => self.set(&words, text),
            "select" => {
                if has(&words, &["setval"]) {
                    facts.push(Fact::Setval);
                }
                // How a dump with --clean removes a large object before it makes it.
                if has(&words, &["lo_unlink"]) {
                    facts.push(Fact::Drop);
                }
                match (has(&words, &["lo_open"]), has(&words, &["lo_close"])) {
                    (true, false) => Route::Open,
                    (false, true) => Route::Close,
                    _ => Route::Load,
                }
            }
            // A load that fails is thrown away as a whole, and other sessions must see what was made.
            "begin" => Route::Skip,
            "commit" | "end" => Route::End,
            "start" if is(1, "transaction") => Route::Skip,
            "rollback" | "abort" => Route::Refuse("ROLLBACK would take back what the dump loads".to_owned()),
            "drop"
                if ["role", "user", "group", "database", "tablespace", "subscription"]
                    .iter()
                    .any(|kind| is(1, kind)) =>
            {
                not_taken(format!("DROP {}", called(&words, 1)), &mut facts)
            }
            "drop" if is(1, "extension") || is(1, "event") => Route::Skip,
            "drop" => {
                facts.push(Fact::Drop);
                Route::Load
            }
            "do" | "call" => {
                facts.push(Fact::Code);
                Route::Load
            }
            _ => Route::Load,
        };
        (route, facts)
    }

    fn copy(&mut self, words: &[Word], facts: &mut Vec<Fact>) -> Route {
        let Some((name, at)) = self.name(words, 1) else {
            return Route::Refuse("COPY of a query is no part of a dump".to_owned());
        };
        let columns = columns(words, at);
        let mut after = at;
        if words.get(at) == Some(&Word::Symbol('(')) {
            after += words[at..].iter().position(|word| *word == Word::Symbol(')')).unwrap_or(0) + 1;
        }
        let table = format!("{}.{}", name.0, name.1);
        match (words.get(after), words.get(after + 1)) {
            (Some(from), Some(stdin)) if from.is("from") && stdin.is("stdin") => {
                facts.push(Fact::Data { name, columns });
                Route::Load
            }
            (Some(_), Some(program)) if program.is("program") => {
                Route::Refuse(format!("COPY {} … PROGRAM would run a program", shown(&table)))
            }
            (Some(from), _) if from.is("from") => {
                Route::Refuse(format!("COPY {} reads a file of the server", shown(&table)))
            }
            _ => Route::Refuse(format!("COPY {} writes", shown(&table))),
        }
    }

    fn create(&mut self, words: &[Word], facts: &mut Vec<Fact>) -> Route {
        let mut at = 1;
        if has(&words[..words.len().min(3)], &["or", "replace"]) {
            facts.push(Fact::OrReplace);
            at = 3;
        }
        while words.get(at).is_some_and(|word| {
            ["global", "local", "temporary", "temp", "unlogged", "foreign", "procedural", "trusted"]
                .iter()
                .any(|kind| word.is(kind))
        }) {
            at += 1;
        }
        let kind = words.get(at).and_then(Word::name).unwrap_or_default().to_owned();
        at += 1;
        let unless_there = has(&words[at.min(words.len())..words.len().min(at + 3)], &["if", "not", "exists"]);
        if unless_there {
            facts.push(Fact::IfNotExists);
            at += 3;
        }
        let named = words.get(at).and_then(Word::name).unwrap_or_default().to_owned();
        match kind.as_str() {
            "table" => self.create_table(words, at, unless_there, facts),
            "extension" => {
                let schema = words.iter().position(|word| word.is("schema")).and_then(|at| words.get(at + 1)?.name());
                facts.push(Fact::Extension { name: named, schema: schema.map(str::to_owned) });
                Route::Skip
            }
            "role" | "user" | "group" if !words.get(at).is_some_and(|word| word.is("mapping")) => {
                facts.push(Fact::RoleMade(named));
                if has(words, &["password"]) {
                    facts.push(Fact::Password);
                }
                Route::Skip
            }
            "user" => not_taken("a user mapping, which may hold a password".to_owned(), facts),
            "schema" => {
                let owner = words.iter().position(|word| word.is("authorization"));
                if let Some(role) = owner.and_then(|at| words.get(at + 1)?.name()) {
                    facts.push(Fact::Role(role.to_owned()));
                }
                facts.push(Fact::SchemaMade(named));
                Route::Load
            }
            "database" => {
                self.database = true;
                not_taken(format!("the database {}, its settings and grants", shown(&named)), facts)
            }
            "tablespace" => not_taken(format!("the tablespace {}", shown(&named)), facts),
            "subscription" => not_taken(format!("the subscription {}", shown(&named)), facts),
            "event" => not_taken(format!("the event {}", called(words, at - 1)), facts),
            "language" if named == "plpgsql" => Route::Skip,
            "publication" => publication(words, named, facts),
            "policy" => {
                if let Some(table) = self.on(words) {
                    facts.push(Fact::On(table.clone()));
                    facts.push(Fact::Policy(table));
                }
                roles_after(words, "to", facts);
                Route::Load
            }
            "sequence" => {
                facts.push(Fact::Sequence);
                Route::Load
            }
            "trigger" => {
                facts.extend(self.on(words).map(Fact::On));
                Route::Load
            }
            _ => Route::Load,
        }
    }

    fn create_table(&self, words: &[Word], at: usize, unless_there: bool, facts: &mut Vec<Fact>) -> Route {
        if let Some((name, after)) = self.name(words, at) {
            let foreign = words.iter().take(2).any(|word| word.is("foreign"));
            let rows = !foreign && !has(words, &["partition", "by"]) && !has(&words[after..], &["as", "select"]);
            facts.push(Fact::Table { name, rows, unless_there });
        }
        self.references(words, facts);
        Route::Load
    }

    fn alter(&mut self, text: &str, words: &[Word], facts: &mut Vec<Fact>) -> Route {
        let is = |at: usize, keyword: &str| words.get(at).is_some_and(|word| word.is(keyword));
        if is(1, "system") {
            return not_taken("ALTER SYSTEM, which is about the whole server".to_owned(), facts);
        }
        if is(1, "database") || is(1, "tablespace") || is(1, "subscription") {
            return not_taken(format!("ALTER {}", called(words, 1)), facts);
        }
        // Those left out before have an owner of their own.
        if is(1, "event") || is(1, "extension") {
            return Route::Skip;
        }
        if (is(1, "role") || is(1, "user") || is(1, "group")) && !is(2, "mapping") {
            if let Some(name) = words.get(2).and_then(Word::name).filter(|name| *name != "all") {
                facts.push(Fact::Role(name.to_owned()));
            }
            if has(words, &["password"]) {
                facts.push(Fact::Password);
            }
            return Route::Skip;
        }
        if is(1, "default") {
            roles_after(words, "role", facts);
            roles_after(words, if has(words, &["revoke"]) { "from" } else { "to" }, facts);
            return Route::Load;
        }
        if is(1, "publication") {
            facts.extend(words.get(2).and_then(Word::name).map(|name| Fact::Publication(name.to_owned())));
        }
        let owner = words.windows(2).position(|two| two[0].is("owner") && two[1].is("to"));
        if let Some(role) = owner.and_then(|at| words.get(at + 2)?.name()) {
            // Code that belongs to such a role would run with what it may.
            if role.starts_with("pg_") && role != "pg_database_owner" {
                return Route::Refuse(format!("nothing of a dump can belong to {}", shown(role)));
            }
            facts.push(Fact::Role(role.to_owned()));
            return if is_owner_alone(words) && text.len() <= FAR { Route::Owner } else { Route::Load };
        }
        if is(1, "table") {
            let mut at = 2;
            while is(at, "if") || is(at, "exists") || is(at, "only") {
                at += 1;
            }
            if let Some((name, _)) = self.name(words, at) {
                if has(words, &["enable", "row", "level", "security"]) {
                    facts.push(Fact::RowSecurity(name));
                } else if has(words, &["drop"]) {
                    facts.push(Fact::Drop);
                }
            }
            self.references(words, facts);
        }
        Route::Load
    }

    fn set(&mut self, words: &[Word], text: &str) -> Route {
        let mut at = 1;
        if words.get(at).is_some_and(|word| word.is("session") || word.is("local")) && words.len() > 3 {
            let authorization = words.get(2).is_some_and(|word| word.is("authorization"));
            at += usize::from(!authorization);
        }
        let name = words.get(at).and_then(Word::name).unwrap_or_default();
        let value = text.rsplit(['=', ' ']).next().unwrap_or_default().trim_matches('\'').to_ascii_lowercase();
        match name {
            "session" if words.first().is_some_and(|word| word.is("reset")) => Route::Act(None),
            "session" => {
                // The role may stand in single quotes.
                let role = match words.get(3) {
                    Some(Word::Value) => {
                        Some(text.rsplit(' ').next().unwrap_or_default().trim_matches('\'').to_owned())
                    }
                    word => word.and_then(Word::name).map(str::to_owned),
                };
                Route::Act(role.filter(|role| role != "default"))
            }
            "client_encoding" if !matches!(value.as_str(), "utf8" | "utf-8" | "unicode") => {
                Route::Refuse(format!("the dump is in {}, and only UTF8 is read", shown(&value)))
            }
            "standard_conforming_strings" if !matches!(value.as_str(), "on" | "true") => {
                Route::Refuse("standard_conforming_strings is switched off, so texts end elsewhere".to_owned())
            }
            "search_path" => {
                let first = words.get(at + 2).and_then(Word::name).filter(|_| words.len() > at + 2);
                self.schema = first.map(str::to_owned);
                Route::Load
            }
            _ => Route::Load,
        }
    }

    fn name(&self, words: &[Word], at: usize) -> Option<(Name, usize)> {
        let at = if words.get(at).is_some_and(|word| word.is("only")) { at + 1 } else { at };
        let (schema, name, after) = qualified(words, at)?;
        let schema = schema.or_else(|| self.schema.clone()).unwrap_or_else(|| "public".to_owned());
        Some(((schema, name), after))
    }

    /// The table behind the first ON that a name follows.
    fn on(&self, words: &[Word]) -> Option<Name> {
        let at = words.iter().position(|word| word.is("on"))?;
        self.name(words, at + 1).map(|(name, _)| name)
    }

    fn references(&self, words: &[Word], facts: &mut Vec<Fact>) {
        for (at, word) in words.iter().enumerate() {
            if word.is("references") {
                facts.extend(self.name(words, at + 1).map(|(name, _)| Fact::On(name)));
            }
        }
    }
}

fn publication(words: &[Word], named: String, facts: &mut Vec<Fact>) -> Route {
    if has(words, &["for", "all", "tables"]) || has(words, &["tables", "in", "schema"]) {
        return not_taken(format!("what the publication {} publishes: it takes a superuser", shown(&named)), facts);
    }
    facts.push(Fact::PublicationMade(named));
    Route::Load
}

fn grant(words: &[Word], facts: &mut Vec<Fact>) -> Route {
    let granting = words[0].is("grant");
    let to = if granting { "to" } else { "from" };
    let Some(on) = words.iter().position(|word| word.is("on")) else {
        let Some(at) = words.iter().position(|word| word.is(to)) else { return Route::Load };
        let (roles, members) = (names(&words[1..at]), names(&words[at + 1..]));
        facts.extend(roles.iter().chain(&members).map(|name| Fact::Role(name.clone())));
        return if granting { Route::Member { roles, members } } else { Route::Skip };
    };
    if let Some(kind) = words.get(on + 1).and_then(Word::name)
        && ["database", "tablespace", "parameter"].contains(&kind)
    {
        return not_taken(format!("privileges on {}", called(words, on + 1)), facts);
    }
    roles_after(words, to, facts);
    Route::Load
}

/// Kinds whose names have no schema.
const GLOBAL: [&str; 3] = ["schema", "publication", "language"];
/// Kinds that can be altered in several ways at once.
const RELATIONS: [&str; 5] = ["table", "view", "sequence", "index", "materialized"];

/// Whether it gives one thing to another owner and does nothing else, so that it cannot bring code with it.
fn is_owner_alone(words: &[Word]) -> bool {
    let Some(end) = words.len().checked_sub(3) else { return false };
    let ends = words[end].is("owner") && words[end + 1].is("to") && words[end + 2].name().is_some();
    let kind = words.get(1).and_then(Word::name).unwrap_or_default();
    // Where no text is, nothing can look like one to us and like words to the server.
    if !ends || words.contains(&Word::Value) {
        return false;
    }
    if GLOBAL.contains(&kind) {
        return end == 3;
    }
    let mut at = 2;
    while words
        .get(at)
        .is_some_and(|word| ["view", "only", "search", "configuration", "dictionary"].iter().any(|k| word.is(k)))
    {
        at += 1;
    }
    // A schema must be said: without one the two sessions might mean different things.
    let Some((Some(schema), _, after)) = qualified_or_operator(words, at) else { return false };
    let system = schema.starts_with("pg_") || schema == "information_schema";
    !system && (after == end || !RELATIONS.contains(&kind))
}

/// As [`qualified`]; the name of an operator consists of symbols.
fn qualified_or_operator(words: &[Word], at: usize) -> Option<(Option<String>, String, usize)> {
    qualified(words, at).or_else(|| {
        let schema = words.get(at)?.name()?.to_owned();
        (words.get(1)?.is("operator") && words.get(at + 1)? == &Word::Symbol('.'))
            .then(|| (Some(schema), String::new(), at + 2))
    })
}

/// Words that stand where a role can, and are none.
const NO_ROLES: [&str; 6] = ["public", "current_user", "current_role", "session_user", "group", "none"];

/// The roles of a list that this keyword begins: the last one, since names before it may be called so too.
fn roles_after(words: &[Word], keyword: &str, facts: &mut Vec<Fact>) {
    if let Some(at) = words.iter().rposition(|word| word.is(keyword)) {
        facts.extend(names(&words[at + 1..]).into_iter().map(Fact::Role));
    }
}

/// Names with commas between them, up to what is none.
fn names(words: &[Word]) -> Vec<String> {
    let mut found = Vec::new();
    let mut expected = true;
    for word in words {
        match word {
            Word::Symbol(',') => expected = true,
            Word::Plain(name) if NO_ROLES.contains(&name.as_str()) => expected = name == "group",
            Word::Plain(name) | Word::Quoted(name) if expected => {
                found.push(name.clone());
                expected = false;
            }
            _ => break,
        }
    }
    found
}

/// Columns in brackets that begin here.
fn columns(words: &[Word], at: usize) -> Vec<String> {
    if words.get(at) != Some(&Word::Symbol('(')) {
        return Vec::new();
    }
    let inside = words[at + 1..].iter().take_while(|word| **word != Word::Symbol(')'));
    inside.filter_map(Word::name).map(str::to_owned).collect()
}

fn has(words: &[Word], keywords: &[&str]) -> bool {
    words.windows(keywords.len()).any(|some| some.iter().zip(keywords).all(|(word, keyword)| word.is(keyword)))
}

fn not_taken(what: String, facts: &mut Vec<Fact>) -> Route {
    facts.push(Fact::NotTaken(what));
    Route::Skip
}

/// The kind and the name that stand here.
fn called(words: &[Word], at: usize) -> String {
    let some: Vec<&str> = words.iter().skip(at).take(2).filter_map(Word::name).collect();
    shown(&some.join(" "))
}

/// What a statement is, without any of its values.
pub fn title(text: &str) -> String {
    let mut said = String::new();
    for word in words(text).iter().take(12) {
        let (before, word) = match word {
            Word::Plain(word) => (" ", word.clone()),
            Word::Quoted(name) => (" ", format!("\"{name}\"")),
            Word::Symbol('.') => ("", ".".to_owned()),
            Word::Value | Word::Symbol(_) => break,
        };
        if !said.is_empty() && !said.ends_with('.') {
            said.push_str(before);
        }
        said.push_str(&word);
    }
    shown(&said)
}

/// As it can be shown: a dump may hold what moves a terminal's cursor.
pub fn shown(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(100)
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if text.chars().nth(100).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(schema: &str, name: &str) -> Name {
        (schema.to_owned(), name.to_owned())
    }

    #[test]
    fn each_statement_goes_its_way() {
        let member = Route::Member { roles: vec!["a".to_owned()], members: vec!["B c".to_owned(), "d".to_owned()] };
        for (text, expected) in [
            ("CREATE TABLE t (a int)", Route::Load),
            ("ALTER TABLE s.t OWNER TO app", Route::Owner),
            ("ALTER TABLE s.t ADD a int DEFAULT f(), OWNER TO app", Route::Load),
            ("ALTER TABLE t OWNER TO app", Route::Load),
            ("ALTER FUNCTION s.f(a s.t, int) OWNER TO \"A b\"", Route::Owner),
            ("ALTER FUNCTION pg_catalog.lo_export(oid, text) OWNER TO app", Route::Load),
            ("ALTER FUNCTION lo_export(oid, text) OWNER TO app", Route::Load),
            ("ALTER OPERATOR s.<%> (int, int) OWNER TO app", Route::Owner),
            ("ALTER TEXT SEARCH DICTIONARY s.d OWNER TO app", Route::Owner),
            ("ALTER MATERIALIZED VIEW s.v OWNER TO app", Route::Owner),
            ("ALTER DOMAIN s.d ADD CHECK (f(VALUE) = E'a'\n'\\') OWNER TO app --')", Route::Load),
            ("ALTER SCHEMA s OWNER TO app", Route::Owner),
            ("GRANT SELECT ON TABLE t TO app", Route::Load),
            ("GRANT a TO \"B c\", d WITH ADMIN OPTION", member),
            ("GRANT ALL ON DATABASE d TO app", Route::Skip),
            ("CREATE ROLE r PASSWORD 'x'", Route::Skip),
            ("SET row_security = off", Route::Load),
            ("SET SESSION AUTHORIZATION 'app'", Route::Act(Some("app".to_owned()))),
            ("SET SESSION AUTHORIZATION DEFAULT", Route::Act(None)),
            ("RESET SESSION AUTHORIZATION", Route::Act(None)),
            ("CREATE PUBLICATION p FOR TABLE t", Route::Load),
            ("CREATE PUBLICATION p FOR ALL TABLES", Route::Skip),
            ("SET client_encoding = 'UTF8'", Route::Load),
            ("BEGIN", Route::Skip),
            ("SELECT pg_catalog.lo_open('77', 131072)", Route::Open),
            ("SELECT pg_catalog.lo_open(pg_catalog.lo_create('77'), 131072)", Route::Open),
            ("SELECT pg_catalog.lowrite(0, '\\xde')", Route::Load),
            ("SELECT pg_catalog.lo_close(0)", Route::Close),
            ("SELECT lo_close(lo_open(77, 131072))", Route::Load),
            ("COMMIT", Route::End),
            ("END", Route::End),
        ] {
            assert_eq!(Sorter::default().statement(text).0, expected, "{text}");
        }
        for text in [
            "COPY t FROM PROGRAM 'id'",
            "COPY t (a) TO PROGRAM 'id'",
            "COPY t FROM '/etc/passwd'",
            "COPY t TO STDOUT",
            "COPY (SELECT 1) TO '/tmp/x'",
            "ROLLBACK",
            "SET client_encoding = 'LATIN1'",
            "SET standard_conforming_strings = off",
            "ALTER FUNCTION f() OWNER TO pg_execute_server_program",
        ] {
            assert!(matches!(Sorter::default().statement(text).0, Route::Refuse(_)), "{text}");
        }
    }

    #[test]
    fn commands_of_psql_are_refused_but_for_a_few() {
        let mut sorter = Sorter::default();
        assert_eq!(sorter.command("\\restrict abc"), Route::Skip);
        assert!(matches!(sorter.command("\\connect postgres"), Route::Refuse(_)));
        sorter.statement("CREATE DATABASE d");
        assert_eq!(sorter.command("\\connect d"), Route::Skip);
        assert!(matches!(sorter.command("\\connect e"), Route::Refuse(_)));
        for (command, said) in
            [("\\! rm -rf /", "run a program"), ("\\i x.sql", "\\i x.sql"), ("\\copy t from x", "psql")]
        {
            assert!(matches!(sorter.command(command), Route::Refuse(what) if what.contains(said)), "{command}");
        }
        let secret = sorter.command("\\connect \"password=hidden\"");
        assert!(!format!("{secret:?}").contains("hidden"));
    }

    #[test]
    fn what_statements_tell() {
        let mut sorter = Sorter::default();
        let mut facts = |text: &str| {
            let facts = sorter.statement(text).1;
            facts.into_iter().filter(|fact| !matches!(fact, Fact::Inside(_))).collect::<Vec<_>>()
        };
        let table =
            |schema: &str, table: &str| Fact::Table { name: name(schema, table), rows: true, unless_there: false };
        assert_eq!(facts("CREATE TABLE \"A\".t (a int)"), [table("A", "t")]);
        let of_users = Fact::On(name("auth", "users"));
        assert_eq!(facts("CREATE TABLE t (a uuid REFERENCES auth.users)"), [table("public", "t"), of_users]);
        facts("SET search_path = app, public");
        assert_eq!(facts("CREATE UNLOGGED TABLE t (a int)"), [table("app", "t")]);
        let data = Fact::Data { name: name("app", "t"), columns: vec!["a".to_owned(), "B".to_owned()] };
        assert_eq!(facts("COPY t (a, \"B\") FROM stdin"), std::slice::from_ref(&data));
        let kept = [data, Fact::NothingOnConflict];
        assert_eq!(facts("INSERT INTO t (a, \"B\") VALUES (1, 'on conflict') ON CONFLICT DO NOTHING"), kept);
        assert_eq!(facts("CREATE ROLE r LOGIN PASSWORD 'x'"), [Fact::RoleMade("r".to_owned()), Fact::Password]);
        let roles = [Fact::Role("a".to_owned()), Fact::Role("B".to_owned())];
        assert_eq!(facts("GRANT SELECT ON TABLE t TO a, PUBLIC, \"B\" WITH GRANT OPTION"), roles);
        let policy = [Fact::On(name("app", "t")), Fact::Policy(name("app", "t")), Fact::Role("a".to_owned())];
        assert_eq!(facts("CREATE POLICY p ON t FOR SELECT TO a USING (true)"), policy);
        assert_eq!(facts("ALTER TABLE ONLY t ENABLE ROW LEVEL SECURITY"), [Fact::RowSecurity(name("app", "t"))]);
        let extension = Fact::Extension { name: "uuid-ossp".to_owned(), schema: Some("e".to_owned()) };
        assert_eq!(facts("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA e"), [Fact::IfNotExists, extension]);
    }

    #[test]
    fn a_title_has_no_values() {
        assert_eq!(title("ALTER ROLE \"A b\" PASSWORD 'secret'"), "alter role \"A b\" password");
        assert_eq!(title("CREATE TABLE a.\"b\nc\" (x int)"), "create table a.\"b\\nc\"");
    }
}
