//! Statements in, what they are out.

use super::*;
use crate::script::{Dialect, Statement, no_includes, parse};

fn statement(text: &str) -> Statement {
    let mut items =
        parse("f", text, Dialect::Psql, &mut no_includes).unwrap_or_else(|error| panic!("{text}: {error}")).items;
    assert_eq!(items.len(), 1, "{text}");
    items.remove(0).statement().unwrap().clone()
}

fn relation(name: &str) -> RelationName {
    match name.split_once('.') {
        Some((schema, name)) => RelationName { schema: Some(schema.to_owned()), name: name.to_owned() },
        None => RelationName { schema: None, name: name.to_owned() },
    }
}

/// A short word for the class, the part that callers decide on.
fn word(class: &Class) -> &'static str {
    match class {
        Class::Transaction(_) => "transaction",
        Class::Session(_) => "session",
        Class::Additive => "additive",
        Class::Ddl(_) => "ddl",
        Class::Rows(_) => "rows",
        Class::Code => "code",
        Class::OutsideTransaction(_) => "outside",
    }
}

#[test]
fn tags_and_classes() {
    for (text, tag, class) in [
        ("BEGIN", "BEGIN", "transaction"),
        ("START TRANSACTION", "START TRANSACTION", "transaction"),
        ("ROLLBACK TO a", "ROLLBACK", "transaction"),
        ("SET search_path = a, b", "SET", "session"),
        ("RESET ALL", "RESET", "session"),
        ("DISCARD ALL", "DISCARD", "session"),
        ("SELECT pg_catalog.set_config('search_path', '', false)", "SELECT", "session"),
        ("CREATE TABLE a (id int)", "CREATE TABLE", "additive"),
        ("CREATE TABLE p PARTITION OF a FOR VALUES IN (1)", "CREATE TABLE", "additive"),
        ("CREATE INDEX i ON a (id)", "CREATE INDEX", "additive"),
        ("COMMENT ON TABLE a IS 'x'", "COMMENT", "additive"),
        ("GRANT SELECT ON a TO b", "GRANT", "additive"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO b", "ALTER DEFAULT PRIVILEGES", "additive"),
        ("ALTER TABLE a ADD COLUMN b int", "ALTER TABLE", "additive"),
        ("ALTER TABLE a ADD COLUMN b timestamptz NOT NULL DEFAULT now()", "ALTER TABLE", "additive"),
        ("ALTER TABLE a ADD COLUMN b uuid DEFAULT gen_random_uuid()", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a ADD COLUMN b bigserial", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a ADD COLUMN b int GENERATED ALWAYS AS IDENTITY", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a ADD COLUMN b int DEFAULT my_function()", "ALTER TABLE", "code"),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID", "ALTER TABLE", "additive"),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (mine(b))", "ALTER TABLE", "code"),
        ("ALTER TABLE a ADD CONSTRAINT c UNIQUE USING INDEX i", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a ADD COLUMN b int, DROP COLUMN c", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a ALTER b TYPE text USING mine(b)", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a ALTER b TYPE text", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a ENABLE ROW LEVEL SECURITY", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a RENAME COLUMN b TO c", "ALTER TABLE", "ddl"),
        ("ALTER VIEW v RENAME TO w", "ALTER VIEW", "ddl"),
        ("ALTER INDEX i RENAME TO j", "ALTER INDEX", "ddl"),
        ("ALTER TYPE e ADD VALUE 'x'", "ALTER TYPE", "additive"),
        ("ALTER TYPE e RENAME VALUE 'x' TO 'y'", "ALTER TYPE", "ddl"),
        ("ALTER POLICY p ON a USING (true)", "ALTER POLICY", "ddl"),
        ("ALTER PUBLICATION p ADD TABLE a", "ALTER PUBLICATION", "ddl"),
        ("ALTER EXTENSION e UPDATE", "ALTER EXTENSION", "code"),
        ("CREATE VIEW v AS SELECT 1", "CREATE VIEW", "additive"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE VIEW", "ddl"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT mine()'", "CREATE FUNCTION", "additive"),
        ("CREATE OR REPLACE PROCEDURE f() LANGUAGE sql AS ''", "CREATE PROCEDURE", "ddl"),
        ("CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f()", "CREATE TRIGGER", "additive"),
        ("CREATE POLICY p ON a USING (mine())", "CREATE POLICY", "additive"),
        ("CREATE EXTENSION IF NOT EXISTS vector", "CREATE EXTENSION", "additive"),
        ("CREATE TYPE t AS ENUM ('a')", "CREATE TYPE", "additive"),
        ("CREATE AGGREGATE x (int) (sfunc = int4pl, stype = int)", "CREATE AGGREGATE", "additive"),
        ("DROP TABLE a", "DROP TABLE", "ddl"),
        ("DROP OWNED BY r CASCADE", "DROP OWNED", "ddl"),
        ("TRUNCATE a CASCADE", "TRUNCATE TABLE", "ddl"),
        ("CREATE TABLE b AS SELECT * FROM a", "CREATE TABLE AS", "rows"),
        ("CREATE MATERIALIZED VIEW m AS SELECT 1 WITH NO DATA", "CREATE MATERIALIZED VIEW", "additive"),
        ("SELECT * INTO b FROM a", "SELECT INTO", "rows"),
        ("SELECT count(*) FROM a WHERE b > now()", "SELECT", "rows"),
        ("SELECT mine()", "SELECT", "code"),
        ("SELECT setval('s', 1)", "SELECT", "code"),
        ("SELECT other.count(1)", "SELECT", "code"),
        ("WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d", "INSERT", "rows"),
        ("UPDATE a SET b = 1", "UPDATE", "rows"),
        ("MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE", "MERGE", "rows"),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", "REFRESH MATERIALIZED VIEW", "rows"),
        ("COPY a TO PROGRAM 'cat'", "COPY", "code"),
        ("EXPLAIN DELETE FROM a", "EXPLAIN", "additive"),
        ("EXPLAIN ANALYZE DELETE FROM a", "EXPLAIN", "rows"),
        ("DO $$ BEGIN END $$", "DO", "code"),
        ("CALL p()", "CALL", "code"),
        ("EXECUTE x", "EXECUTE", "code"),
        ("LOCK TABLE a", "LOCK TABLE", "additive"),
        ("ANALYZE a", "ANALYZE", "additive"),
        ("VACUUM (FULL) a", "VACUUM", "outside"),
        ("CREATE DATABASE d", "CREATE DATABASE", "outside"),
        ("ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM", "outside"),
        ("REINDEX TABLE a", "REINDEX", "additive"),
        ("REINDEX TABLE CONCURRENTLY a", "REINDEX", "outside"),
        ("REINDEX SCHEMA s", "REINDEX", "outside"),
        ("CLUSTER", "CLUSTER", "outside"),
        ("CLUSTER a USING i", "CLUSTER", "ddl"),
        ("ALTER TABLE a DETACH PARTITION b", "ALTER TABLE", "ddl"),
        ("ALTER TABLE a DETACH PARTITION b CONCURRENTLY", "ALTER TABLE", "outside"),
        ("ALTER DATABASE d SET TABLESPACE t", "ALTER DATABASE", "outside"),
        ("ALTER DATABASE d SET work_mem = '1MB'", "ALTER DATABASE", "ddl"),
    ] {
        let analysis = statement(text).analysis;
        assert_eq!((analysis.tag.as_str(), word(&analysis.class)), (tag, class), "{text}");
    }
}

#[test]
fn transactions() {
    use TransactionCommand as T;
    for (text, expected) in [
        (
            "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY",
            T::Begin { options: vec!["ISOLATION LEVEL SERIALIZABLE".into(), "READ ONLY".into()] },
        ),
        ("BEGIN", T::Begin { options: vec![] }),
        ("END", T::Commit { chain: false }),
        ("COMMIT AND CHAIN", T::Commit { chain: true }),
        ("ABORT", T::Rollback { chain: false }),
        ("SAVEPOINT a", T::Savepoint("a".into())),
        ("RELEASE SAVEPOINT a", T::Release("a".into())),
        ("ROLLBACK TO SAVEPOINT a", T::RollbackTo("a".into())),
        ("PREPARE TRANSACTION 'x'", T::Prepare("x".into())),
        ("COMMIT PREPARED 'x'", T::CommitPrepared("x".into())),
    ] {
        assert_eq!(statement(text).analysis.class, Class::Transaction(expected), "{text}");
    }
}

#[test]
fn sessions() {
    for (text, name, value, local) in [
        ("SET search_path = a, \"B\"", "search_path", Some("a, B"), false),
        ("SET LOCAL lock_timeout TO '2s'", "lock_timeout", Some("2s"), true),
        ("SET Work_Mem = DEFAULT", "work_mem", None, false),
        ("SET ROLE app", "role", Some("app"), false),
        ("SET ROLE NONE", "role", None, false),
        ("RESET ROLE", "role", None, false),
        ("SET SESSION AUTHORIZATION app", "session_authorization", Some("app"), false),
        ("RESET lock_timeout", "lock_timeout", None, false),
        ("RESET ALL", "all", None, false),
        ("DISCARD ALL", "all", None, false),
        ("SET row_security TO off", "row_security", Some("off"), false),
        ("SET TIME ZONE 'UTC'", "timezone", Some("UTC"), false),
        ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "transaction", Some("ISOLATION LEVEL SERIALIZABLE"), false),
        ("SET CONSTRAINTS ALL DEFERRED", "constraints", Some("DEFERRED"), true),
        ("SELECT pg_catalog.set_config('search_path', '', false)", "search_path", Some(""), false),
        ("SELECT set_config('Role', 'x', true)", "role", Some("x"), true),
    ] {
        let expected = SessionCommand { name: name.to_owned(), value: value.map(str::to_owned), local };
        assert_eq!(statement(text).analysis.class, Class::Session(expected), "{text}");
    }
}

#[test]
fn drops() {
    for (text, kind, names, cascade, if_exists) in [
        ("DROP TABLE a, s.b CASCADE", DropKind::Table, vec!["a", "s.b"], true, false),
        ("DROP VIEW IF EXISTS v RESTRICT", DropKind::View, vec!["v"], false, true),
        ("DROP POLICY p ON s.t", DropKind::Policy, vec!["s.t.p"], false, false),
        ("DROP TRIGGER g ON t CASCADE", DropKind::Trigger, vec!["t.g"], true, false),
        ("DROP FUNCTION s.f(int), g", DropKind::Function, vec!["s.f", "g"], false, false),
        ("DROP TYPE s.e", DropKind::Type, vec!["s.e"], false, false),
        ("DROP DOMAIN d", DropKind::Domain, vec!["d"], false, false),
        ("DROP EXTENSION vector CASCADE", DropKind::Extension, vec!["vector"], true, false),
        ("DROP SCHEMA s CASCADE", DropKind::Schema, vec!["s"], true, false),
        ("DROP ROLE r", DropKind::Role, vec!["r"], false, false),
        ("DROP MATERIALIZED VIEW m", DropKind::MaterializedView, vec!["m"], false, false),
        ("DROP PUBLICATION p", DropKind::Publication, vec!["p"], false, false),
        ("DROP AGGREGATE a (int)", DropKind::Aggregate, vec!["a"], false, false),
        ("DROP OPERATOR CLASS o USING btree", DropKind::OperatorClass, vec!["btree.o"], false, false),
    ] {
        let Class::Ddl(Ddl { drop: Some(drop), .. }) = statement(text).analysis.class else { panic!("{text}") };
        let found: Vec<String> = drop.names.iter().map(|name| name.join(".")).collect();
        assert_eq!(
            (drop.kind, found, drop.cascade, drop.if_exists),
            (kind, names.iter().map(|name| (*name).to_owned()).collect(), cascade, if_exists),
            "{text}"
        );
    }
}

#[test]
fn alters() {
    let alters = |text: &str| match statement(text).analysis.class {
        Class::Ddl(ddl) => ddl,
        other => panic!("{text}: {other:?}"),
    };
    use AlterKind as A;
    for (text, expected) in [
        ("ALTER TABLE a DROP COLUMN b, ALTER c TYPE text", vec![A::DropColumn("b".into()), A::AlterType("c".into())]),
        ("ALTER TABLE a DROP CONSTRAINT IF EXISTS k", vec![A::DropConstraint("k".into())]),
        (
            "ALTER TABLE a ALTER b SET DEFAULT 1, ALTER c DROP DEFAULT",
            vec![A::SetDefault("b".into()), A::DropDefault("c".into())],
        ),
        (
            "ALTER TABLE a ALTER b SET NOT NULL, ALTER c DROP NOT NULL",
            vec![A::SetNotNull("b".into()), A::DropNotNull("c".into())],
        ),
        ("ALTER TABLE a RENAME TO z", vec![A::Rename { from: Some("a".into()), to: "z".into() }]),
        ("ALTER TABLE a RENAME b TO z", vec![A::Rename { from: Some("b".into()), to: "z".into() }]),
        ("ALTER TABLE a SET SCHEMA s", vec![A::SetSchema("s".into())]),
        ("ALTER TABLE a OWNER TO o", vec![A::Owner("o".into())]),
        ("ALTER FUNCTION f(int) OWNER TO CURRENT_USER", vec![A::Owner("CURRENT_USER".into())]),
        ("ALTER TABLE a ATTACH PARTITION s.p DEFAULT", vec![A::AttachPartition(relation("s.p"))]),
        ("ALTER TABLE a INHERIT p", vec![A::Inherit(relation("p"))]),
        ("ALTER TABLE a VALIDATE CONSTRAINT k", vec![A::ValidateConstraint("k".into())]),
        ("ALTER TABLE a SET (fillfactor = 70)", vec![A::Options]),
        ("ALTER TABLE a SET UNLOGGED", vec![A::Persistence]),
        ("ALTER TABLE a FORCE ROW LEVEL SECURITY", vec![A::RowSecurity]),
        ("ALTER TABLE a ENABLE TRIGGER t", vec![A::EnableTrigger(Some("t".into()))]),
        ("ALTER DOMAIN d DROP CONSTRAINT k", vec![A::DropConstraint("k".into())]),
        ("ALTER TYPE e RENAME VALUE 'x' TO 'y'", vec![A::RenameValue { from: "x".into(), to: "y".into() }]),
    ] {
        assert_eq!(alters(text).alters, expected, "{text}");
    }
    for (text, disables) in [
        ("ALTER TABLE a DISABLE TRIGGER ALL", true),
        ("ALTER TABLE a ADD COLUMN x int, DISABLE TRIGGER t", true),
        ("ALTER TABLE a DISABLE TRIGGER USER", true),
        ("ALTER TABLE a ENABLE REPLICA TRIGGER t", true),
        ("ALTER TABLE a ENABLE TRIGGER t", false),
    ] {
        assert_eq!(alters(text).disables_triggers, disables, "{text}");
    }
}

#[test]
fn outside_of_transactions() {
    for (text, expected) in [
        (
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON s.t (a)",
            Outside::CreateIndexConcurrently { index: Some("i".into()), table: relation("s.t"), if_not_exists: true },
        ),
        (
            "CREATE INDEX CONCURRENTLY ON t (a)",
            Outside::CreateIndexConcurrently { index: None, table: relation("t"), if_not_exists: false },
        ),
        (
            "DROP INDEX CONCURRENTLY IF EXISTS s.i",
            Outside::DropIndexConcurrently { indexes: vec![relation("s.i")], if_exists: true },
        ),
        (
            "REINDEX (CONCURRENTLY) INDEX i",
            Outside::Reindex { target: ReindexTarget::Index(relation("i")), concurrently: true },
        ),
        ("VACUUM FULL a, b", Outside::Vacuum { tables: vec![relation("a"), relation("b")], full: true }),
        (
            "ALTER TABLE a DETACH PARTITION p CONCURRENTLY",
            Outside::DetachPartitionConcurrently { parent: relation("a"), partition: relation("p"), finalize: false },
        ),
        ("DROP SUBSCRIPTION s", Outside::DropSubscription("s".into())),
    ] {
        assert_eq!(statement(text).analysis.class, Class::OutsideTransaction(expected), "{text}");
    }
}

#[test]
fn names() {
    for (text, relations, functions) in [
        ("SELECT f(x) FROM a JOIN s.b ON true WHERE EXISTS (SELECT 1 FROM c)", "a c s.b", "f"),
        ("WITH q AS (SELECT 1 FROM a) SELECT * FROM q, s.q", "a s.q", ""),
        ("CREATE TABLE a (id int REFERENCES s.b, CHECK (x.f(id)))", "a s.b", "x.f"),
        ("DROP TABLE a, s.b", "a s.b", ""),
        ("DROP POLICY p ON s.t", "s.t", ""),
        ("TRUNCATE a, b", "a b", ""),
        ("INSERT INTO a VALUES (f(1)), ((SELECT g() FROM b))", "a b", "f g"),
        ("CREATE TRIGGER t BEFORE UPDATE ON a EXECUTE FUNCTION s.f()", "a", "s.f"),
        ("ALTER TABLE ONLY s.\"A b\" ADD FOREIGN KEY (x) REFERENCES c (y)", "c s.\"A b\"", ""),
        ("DO $$ BEGIN DELETE FROM a; END $$", "", ""),
    ] {
        let analysis = statement(text).analysis;
        let mut found: Vec<String> = analysis.relations.iter().map(ToString::to_string).collect();
        found.sort();
        let mut called: Vec<String> = analysis.functions.iter().map(|name| name.join(".")).collect();
        called.sort();
        assert_eq!((found.join(" "), called.join(" ")), (relations.to_owned(), functions.to_owned()), "{text}");
    }
}

#[test]
fn what_rows_are_written() {
    for (text, writes, calls) in [
        ("WITH d AS (DELETE FROM s.a RETURNING *) INSERT INTO b SELECT * FROM d", "b s.a", false),
        ("WITH d AS (DELETE FROM a RETURNING f(1)) SELECT * FROM d", "a", true),
        ("SELECT * FROM a", "", false),
        ("COPY a (x) FROM '/tmp/x'", "a", false),
        ("REFRESH MATERIALIZED VIEW m", "m", false),
        ("CREATE TABLE n AS SELECT f(1)", "n", true),
        ("UPDATE a SET b = upper(c)", "a", false),
    ] {
        let Class::Rows(rows) = statement(text).analysis.class else { panic!("{text}") };
        let mut found: Vec<String> = rows.writes.iter().map(ToString::to_string).collect();
        found.sort();
        assert_eq!((found.join(" "), rows.calls_functions), (writes.to_owned(), calls), "{text}");
    }
}

#[test]
fn notes() {
    for (text, expected) in [
        ("CREATE TABLE IF NOT EXISTS a ()", vec![Note::IfNotExists]),
        ("DROP TABLE IF EXISTS a CASCADE", vec![Note::IfExists, Note::Cascade]),
        ("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c NOT VALID", vec![Note::NotValid]),
        ("ALTER TABLE a ADD b uuid DEFAULT gen_random_uuid()", vec![Note::VolatileDefault { column: "b".into() }]),
        ("ALTER TABLE a DROP COLUMN b CASCADE", vec![Note::Cascade]),
        ("TRUNCATE a CASCADE", vec![Note::Cascade]),
        ("DISCARD ALL", vec![Note::NotInTransaction]),
        (
            "ALTER TYPE e ADD VALUE IF NOT EXISTS 'x' AFTER 'y'",
            vec![Note::IfNotExists, Note::EnumValue { value: "x".into() }],
        ),
        ("DROP TABLE a", vec![]),
    ] {
        assert_eq!(statement(text).analysis.notes, expected, "{text}");
    }
}

#[test]
fn the_same_drop_with_cascade() {
    for (text, expected) in [
        ("DROP TABLE a", Some("DROP TABLE a CASCADE")),
        ("DROP TABLE a, b RESTRICT", Some("DROP TABLE a, b CASCADE")),
        ("DROP TABLE a CASCADE", Some("DROP TABLE a CASCADE")),
        ("DROP TABLE \"restrict\"", Some("DROP TABLE \"restrict\" CASCADE")),
        ("DROP TABLE a -- gone\n RESTRICT", Some("DROP TABLE a CASCADE")),
        ("DROP FUNCTION f(int, text)", Some("DROP FUNCTION f(int, text) CASCADE")),
        ("DROP POLICY p ON t", Some("DROP POLICY p ON t CASCADE")),
        ("DROP CAST (int AS text)", Some("DROP CAST (int AS text) CASCADE")),
        ("DROP OWNED BY r", Some("DROP OWNED BY r CASCADE")),
        ("DROP ROLE r", None),
        ("DROP INDEX CONCURRENTLY i", None),
        ("SELECT 1", None),
        ("ALTER TABLE a DROP COLUMN b", None),
    ] {
        assert_eq!(statement(text).with_cascade().as_deref(), expected, "{text}");
    }
}

#[test]
fn a_drop_for_fewer_names() {
    let keep = |name: &[String]| name.last().is_some_and(|name| name != "users");
    for (text, expected) in [
        ("DROP TABLE IF EXISTS a, users, s.\"B\" CASCADE", Some("DROP TABLE IF EXISTS a, s.\"B\" CASCADE")),
        ("DROP TABLE a, users RESTRICT", Some("DROP TABLE a")),
        ("DROP TABLE users", None),
        ("DROP MATERIALIZED VIEW m, users", Some("DROP MATERIALIZED VIEW m")),
        ("DROP FUNCTION f(int)", None),
    ] {
        assert_eq!(statement(text).drop_names_with(keep).as_deref(), expected, "{text}");
    }
}

#[test]
fn what_computes_and_what_restarts() {
    for (text, computes, restarts) in [
        ("ALTER TABLE a ALTER b TYPE int USING b::int", true, false),
        ("ALTER TABLE a ALTER b TYPE int, ALTER c TYPE text USING f(c)", true, false),
        ("ALTER TABLE a ALTER b TYPE int /* USING */", false, false),
        ("ALTER TABLE using_it ALTER \"USING\" TYPE int", false, false),
        ("ALTER TABLE a ADD CONSTRAINT k UNIQUE USING INDEX i", false, false),
        ("ALTER SEQUENCE s RESTART", false, true),
        ("ALTER SEQUENCE s CACHE 5 RESTART WITH 7", false, true),
        ("ALTER SEQUENCE restart CACHE 5", false, false),
        ("ALTER TABLE a ALTER id RESTART WITH 5", false, true),
        ("ALTER TABLE a ALTER id SET GENERATED ALWAYS SET START 5", false, false),
        ("ALTER TABLE a ALTER id SET DEFAULT 'RESTART'", false, false),
        ("SELECT setval('s', 1), pg_catalog.setval('t', 2)", false, true),
        ("SELECT 'setval(1)'", false, false),
    ] {
        let analysis = statement(text).analysis;
        assert_eq!((analysis.computes, analysis.restarts), (computes, restarts), "{text}");
    }
}
