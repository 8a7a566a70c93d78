//! What a migration must not do is refused or rolled back, with statement and line named and nothing left behind:
//! no change to schema or rows, no history, no lock. `pg_dump` and the server's own hashes judge.

use crate::harness::{Bench, advice, job, mode, protecting, same};
use anyhow::{Context, Result, ensure};
use backout_plan::plan::Check;
use backout_postgres::migrate::{self, Event, MigrateError, Mode, Rules};
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_sql::layouts;
use backout_sql::script::{Dialect, no_includes, parse};
use std::error::Error as _;
use std::time::Duration;

struct Case {
    name: &'static str,
    sql: &'static str,
    /// What the message must say.
    says: &'static str,
    /// The line of the statement that it must name; 0 where it is about no statement.
    line: u32,
    /// What another session does first, in a transaction that stays open.
    holds: &'static str,
    /// The plan's check.
    check: &'static str,
    /// Run as the superuser: the owner may not do this anyway.
    superuser: bool,
    /// Only live: the rehearsal learns from it.
    live_only: bool,
}

const CASE: Case =
    Case { name: "", sql: "", says: "", line: 1, holds: "", check: "", superuser: false, live_only: false };

pub const PROTECTED: &[&str] = &["public.users", "public.events", "inner_schema.inner_table", "public.forced"];

pub const BASE: &str = "
CREATE DOMAIN short AS text CHECK (length(VALUE) < 9); CREATE TABLE shorts (id int PRIMARY KEY, l short[]); INSERT INTO shorts VALUES (1, '{a,b}');
CREATE TYPE place AS (x text, y text); CREATE TABLE places (id int PRIMARY KEY, p place); INSERT INTO places VALUES (1, ('a', 'b'));
CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL, touched int DEFAULT 0);
CREATE TABLE teams (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, team_id int REFERENCES teams ON DELETE CASCADE, title text);
ALTER TABLE users ADD COLUMN team_id int REFERENCES teams ON DELETE CASCADE;
CREATE TYPE colour AS ENUM ('red', 'green'); CREATE DOMAIN shade AS colour;
CREATE TYPE shape AS (w int, h int);
CREATE TABLE typed OF shape;
CREATE SCHEMA inner_schema;
CREATE TABLE inner_schema.inner_table (id int PRIMARY KEY);
CREATE TABLE events (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events DEFAULT;
CREATE TABLE forced (id int PRIMARY KEY, who text);
ALTER TABLE forced ENABLE ROW LEVEL SECURITY;
ALTER TABLE forced FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON forced USING (id > 100) WITH CHECK (true);
CREATE FUNCTION count_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched = OLD.touched + 1; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_touch();
CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER posts_touch AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION seen();
CREATE FUNCTION drops_users() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE IF EXISTS users CASCADE; RETURN 1; END $$;
CREATE FUNCTION drops_posts() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE posts; RETURN 1; END $$;
CREATE FUNCTION empties_users() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users; RETURN 1; END $$;
CREATE FUNCTION waits_for_ever() RETURNS text LANGUAGE sql AS $$ SELECT set_config('lock_timeout', '0', false) $$;
CREATE FUNCTION other_role() RETURNS text LANGUAGE sql AS $$ SELECT set_config('role', 'pg_database_owner', false) $$;
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO teams VALUES (77, 'x'); COMMIT; END $$;
INSERT INTO teams VALUES (1, 'one'), (2, 'two');
INSERT INTO users (email, team_id) SELECT 'u' || i, 1 + i % 2 FROM generate_series(1, 20) i;
INSERT INTO posts SELECT i, 1 + i % 20, 1, 't' FROM generate_series(1, 50) i;
INSERT INTO inner_schema.inner_table VALUES (1);
INSERT INTO forced VALUES (1, 'a'), (2, 'b');
INSERT INTO events SELECT i, date '2026-01-01' + i FROM generate_series(1, 60) i;

-- Rows of an inheritance tree are not written down.
CREATE TABLE beings (id int PRIMARY KEY, name text); CREATE TABLE animals (legs int) INHERITS (beings);
INSERT INTO beings VALUES (1, 'a'), (2, 'b');
-- Nothing tells these rows apart.
CREATE TABLE lines (line text); INSERT INTO lines VALUES ('one'), ('two');
";

const CASES: &[Case] = &[
    // What fails by itself.
    Case {
        name: "syntax",
        sql: "CREATE TABLE n (id int);\nCREATE TABEL m (id int);",
        says: "syntax error",
        line: 2,
        ..CASE
    },
    Case { name: "unterminated", sql: "SELECT 1;\nSELECT 'x;", says: "unterminated", line: 2, ..CASE },
    Case {
        name: "unknown_table",
        sql: "CREATE TABLE n (id int);\nALTER TABLE nowhere ADD COLUMN x int;",
        says: "\"nowhere\" does not exist",
        line: 2,
        ..CASE
    },
    Case {
        name: "unknown_column_later_line",
        sql: "UPDATE teams SET\n  name = 'x',\n  nam = 'y';",
        says: "\"nam\"",
        line: 3,
        ..CASE
    },
    Case {
        name: "raise_in_do",
        sql: "DROP TABLE posts;\n\nDO $$ BEGIN RAISE EXCEPTION 'no: %', 7; END $$;",
        says: "no: 7",
        line: 3,
        ..CASE
    },
    Case { name: "division", sql: "DROP TABLE posts;\nSELECT 1 / 0;", says: "division by zero", line: 2, ..CASE },
    Case {
        name: "check_fails",
        sql: "UPDATE teams SET name = 'x';",
        says: "\"teams\" did not hold: it returned 'f'",
        line: 0,
        check: "SELECT count(*) > 2 FROM teams",
        ..CASE
    },
    Case {
        name: "check_sees_the_callers_path",
        sql: "CREATE SCHEMA n; CREATE TABLE n.teams (id int); INSERT INTO n.teams VALUES (1), (2), (3); SET search_path = n;",
        says: "did not hold",
        line: 0,
        check: "SELECT count(*) > 2 FROM teams",
        ..CASE
    },
    Case {
        name: "check_is_broken",
        sql: "CREATE TABLE n (id int);",
        says: "did not hold: relation",
        line: 0,
        check: "SELECT true FROM nowhere",
        ..CASE
    },
    Case {
        name: "check_says_null",
        sql: "CREATE TABLE n (id int);",
        says: "it returned NULL",
        line: 0,
        check: "SELECT NULL::boolean",
        ..CASE
    },
    Case {
        name: "lock_timeout",
        sql: "CREATE TABLE n (id int);\nALTER TABLE posts ADD COLUMN x int;",
        says: "lock timeout",
        line: 2,
        holds: "LOCK TABLE posts IN ACCESS SHARE MODE",
        ..CASE
    },
    Case {
        name: "lock_timeout_of_a_drop",
        sql: "CREATE TABLE n (id int);\nDROP TABLE posts;",
        says: "lock timeout",
        line: 2,
        holds: "LOCK TABLE posts IN ACCESS SHARE MODE",
        ..CASE
    },
    Case {
        name: "lock_timeout_of_a_column",
        sql: "\n\nALTER TABLE posts DROP COLUMN title;",
        says: "lock timeout",
        line: 3,
        holds: "LOCK TABLE posts IN ACCESS SHARE MODE",
        ..CASE
    },
    Case {
        name: "lock_timeout_in_code",
        sql: "DO $$ BEGIN UPDATE teams SET name = 'x'; END $$;",
        says: "lock timeout",
        line: 1,
        holds: "SELECT FROM teams FOR UPDATE",
        ..CASE
    },
    // Protected tables that go.
    Case {
        name: "drop_protected",
        sql: "SELECT 1;\nDROP TABLE users CASCADE;",
        says: "drops the protected table public.users",
        line: 2,
        ..CASE
    },
    Case {
        name: "drop_protected_in_do",
        sql: "CREATE TABLE n (id int);\nDO $$ BEGIN EXECUTE 'DROP TABLE ' || 'users CASCADE'; END $$;",
        says: "drops the protected table public.users",
        line: 2,
        ..CASE
    },
    Case {
        name: "drop_protected_in_function",
        sql: "SELECT 1;\nSELECT drops_users();",
        says: "drops the protected table public.users",
        line: 2,
        ..CASE
    },
    Case {
        name: "drop_protected_in_insert",
        sql: "INSERT INTO teams VALUES (9, drops_users()::text);",
        says: "drops the protected table public.users",
        ..CASE
    },
    Case {
        name: "drop_protected_by_default",
        sql: "ALTER TABLE teams ADD COLUMN x int DEFAULT drops_users();",
        says: "drops the protected table public.users",
        ..CASE
    },
    Case {
        name: "drop_protected_by_schema",
        sql: "DROP SCHEMA inner_schema CASCADE;",
        says: "drops the protected table inner_schema.inner_table",
        ..CASE
    },
    Case {
        name: "drop_protected_by_owned",
        sql: "DROP OWNED BY CURRENT_USER CASCADE;",
        says: "drops the protected table",
        ..CASE
    },
    Case {
        name: "drop_and_make_anew",
        sql: "DROP TABLE IF EXISTS users CASCADE; CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL);",
        says: "recreated is another table",
        ..CASE
    },
    Case {
        name: "rename_then_drop",
        sql: "ALTER TABLE users RENAME TO old_users;\nCREATE TABLE users (id int);\nDROP TABLE old_users CASCADE;",
        says: "drops the protected table public.users",
        line: 3,
        ..CASE
    },
    Case {
        name: "drop_protected_partition",
        sql: "DROP TABLE events_1;",
        says: "drops public.events_1, which holds rows of the protected table public.events",
        ..CASE
    },
    Case {
        name: "drop_protected_by_gexec",
        sql: "SELECT 'DROP TABLE users CASCADE' \\gexec\n",
        says: "drops the protected table public.users",
        ..CASE
    },
    Case {
        name: "drop_in_the_query_of_gexec",
        sql: "SELECT 'SELECT ' || drops_posts() \\gexec\n",
        says: "gexec destroys table public.posts",
        ..CASE
    },
    // Protected rows that go.
    Case {
        name: "truncate_protected",
        sql: "TRUNCATE users CASCADE;",
        says: "empties the protected table public.users",
        ..CASE
    },
    Case {
        name: "truncate_cascade_reaches",
        sql: "SELECT 1;\nTRUNCATE teams CASCADE;",
        says: "empties the protected table public.users",
        line: 2,
        ..CASE
    },
    Case {
        name: "truncate_in_do",
        sql: "DO $$ BEGIN TRUNCATE users CASCADE; END $$;",
        says: "the protected table public.users",
        ..CASE
    },
    Case {
        name: "truncate_and_refill_in_do",
        sql: "DO $$ BEGIN TRUNCATE users CASCADE; INSERT INTO users (email) VALUES ('one'); END $$;",
        says: "replaces the rows of the protected table public.users",
        ..CASE
    },
    Case {
        name: "truncate_partitioned",
        sql: "TRUNCATE events;",
        says: "holds rows of the protected table public.events",
        ..CASE
    },
    Case {
        name: "truncate_force_rls",
        sql: "TRUNCATE forced;",
        says: "empties the protected table public.forced",
        ..CASE
    },
    Case {
        name: "delete_all",
        sql: "SELECT 1;\nDELETE FROM users;",
        says: "20 rows of the protected table public.users are deleted by now, and 0 are allowed",
        line: 2,
        ..CASE
    },
    Case {
        name: "delete_in_function",
        sql: "SELECT empties_users();",
        says: "20 rows of the protected table public.users",
        ..CASE
    },
    Case {
        name: "delete_by_cascade",
        sql: "DELETE FROM teams WHERE id = 1;",
        says: "10 rows of the protected table public.users",
        ..CASE
    },
    Case {
        name: "delete_of_partitions",
        sql: "DELETE FROM events WHERE id = 1;",
        says: "1 rows of public.events_1, which holds rows of the protected table public.events",
        ..CASE
    },
    Case {
        name: "delete_in_with",
        sql: "WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone;",
        says: "20 rows of the protected table public.users",
        ..CASE
    },
    // Control of the transaction.
    Case {
        name: "commit_in_call",
        sql: "SELECT 1;\nCALL commits();",
        says: "invalid transaction termination",
        line: 2,
        ..CASE
    },
    Case {
        name: "commit_in_do",
        sql: "DO $$ BEGIN INSERT INTO teams VALUES (78, 'x'); COMMIT; END $$;",
        says: "invalid transaction termination",
        ..CASE
    },
    Case {
        name: "rollback",
        sql: "INSERT INTO teams VALUES (79, 'x');\nROLLBACK;",
        says: "ROLLBACK in a migration",
        line: 2,
        ..CASE
    },
    Case {
        name: "rollback_to",
        sql: "SAVEPOINT s;\nDROP TABLE posts;\nROLLBACK TO s;",
        says: "ROLLBACK TO in a migration",
        line: 3,
        ..CASE
    },
    Case { name: "rollback_by_gexec", sql: "SELECT 'ROLLBACK' \\gexec\n", says: "cannot run here", ..CASE },
    Case {
        name: "nested_begin",
        sql: "BEGIN;\nBEGIN;\nCOMMIT;",
        says: "BEGIN inside the transaction",
        line: 2,
        ..CASE
    },
    Case {
        name: "begin_without_commit",
        sql: "SELECT 1;\nBEGIN; SELECT 2;",
        says: "BEGIN without COMMIT",
        line: 2,
        ..CASE
    },
    Case {
        name: "prepare_transaction",
        sql: "BEGIN;\nINSERT INTO teams VALUES (80, 'x');\nPREPARE TRANSACTION 'p';",
        says: "prepared transactions cannot be guarded",
        line: 3,
        ..CASE
    },
    Case {
        name: "isolation_level",
        sql: "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;",
        says: "SERIALIZABLE cannot be guarded",
        ..CASE
    },
    Case {
        name: "session_isolation",
        sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
        says: "how the transactions begin",
        ..CASE
    },
    Case {
        name: "alter_system_late",
        sql: "BEGIN;\nINSERT INTO teams VALUES (81, 'x');\nCOMMIT;\nALTER SYSTEM SET work_mem = '1MB';",
        says: "nothing tells after a crash",
        line: 4,
        ..CASE
    },
    Case { name: "create_database", sql: "CREATE DATABASE other;", says: "nothing tells after a crash", ..CASE },
    Case {
        name: "outside_inside",
        sql: "BEGIN;\nCREATE INDEX CONCURRENTLY i ON posts (title);\nCOMMIT;",
        says: "cannot run inside a transaction",
        line: 2,
        ..CASE
    },
    // Settings that would take the guards off.
    Case {
        name: "set_transaction_isolation",
        sql: "BEGIN;\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nSELECT 1;\nCOMMIT;",
        says: "would not see what others commit",
        line: 2,
        ..CASE
    },
    Case {
        name: "set_transaction_isolation_by_name",
        sql: "SET LOCAL transaction_isolation = 'serializable';",
        says: "would not see what others commit",
        ..CASE
    },
    Case { name: "set_role", sql: "SELECT 1;\nSET ROLE pg_database_owner;", says: "changes its role", line: 2, ..CASE },
    Case { name: "set_local_role", sql: "SET LOCAL ROLE pg_database_owner;", says: "changes its role", ..CASE },
    Case {
        name: "set_role_late",
        sql: "BEGIN; INSERT INTO teams VALUES (82, 'x'); COMMIT;\nSET ROLE pg_database_owner;",
        says: "changes its role",
        line: 2,
        ..CASE
    },
    Case {
        name: "set_config_role",
        sql: "SELECT set_config('role', 'pg_database_owner', true);",
        says: "changes its role",
        ..CASE
    },
    Case {
        name: "set_config_role_computed",
        sql: "SELECT set_config('ro' || 'le', 'pg_database_owner', true);",
        says: "changed role",
        ..CASE
    },
    Case {
        name: "set_config_role_in_function",
        sql: "SELECT 1;\nSELECT other_role();",
        says: "changed role",
        line: 2,
        ..CASE
    },
    Case {
        name: "set_config_role_in_do",
        sql: "DO $$ BEGIN PERFORM set_config('role', 'pg_database_owner', true); END $$;",
        says: "changed role",
        ..CASE
    },
    Case {
        name: "set_session_authorization",
        sql: "SET SESSION AUTHORIZATION DEFAULT;",
        says: "changes its role",
        ..CASE
    },
    Case {
        name: "lock_timeout_in_do",
        sql: "DO $$ BEGIN PERFORM set_config('lock_timeout', '0', false); END $$;",
        says: "raised lock_timeout to 0 ms",
        ..CASE
    },
    Case {
        name: "lock_timeout_in_function",
        sql: "SELECT waits_for_ever();",
        says: "raised lock_timeout to 0 ms",
        ..CASE
    },
    Case {
        name: "lock_timeout_in_ddl",
        sql: "ALTER TABLE teams ADD COLUMN x text DEFAULT waits_for_ever();",
        says: "raised lock_timeout to 0 ms",
        ..CASE
    },
    Case { name: "reset_all", sql: "RESET ALL;", says: "resets the lock budget", ..CASE },
    Case { name: "discard_all", sql: "DISCARD ALL;", says: "resets the lock budget", ..CASE },
    Case {
        name: "replication_role",
        sql: "SET session_replication_role = replica;",
        says: "switches triggers and foreign keys off",
        ..CASE
    },
    Case {
        name: "replication_role_in_do",
        sql: "DO $$ BEGIN SET LOCAL session_replication_role = replica; END $$;",
        says: "changed session_replication_role",
        superuser: true,
        ..CASE
    },
    // Triggers switched off.
    Case {
        name: "disable_all",
        sql: "ALTER TABLE users DISABLE TRIGGER ALL;\nUPDATE users SET email = email || 'x';",
        says: "is a system trigger",
        line: 1,
        ..CASE
    },
    Case {
        name: "disable_all_as_superuser",
        sql: "ALTER TABLE users DISABLE TRIGGER ALL;\nUPDATE users SET email = email || 'x';",
        says: "has switched the trigger",
        line: 2,
        superuser: true,
        ..CASE
    },
    Case {
        name: "disable_in_do",
        sql: "DO $$ BEGIN ALTER TABLE users DISABLE TRIGGER touch; UPDATE users SET email = email || 'x'; END $$;",
        says: "has switched the trigger touch off",
        ..CASE
    },
    Case {
        name: "disable_and_enable_in_do",
        sql: "DO $$ BEGIN ALTER TABLE users DISABLE TRIGGER touch; UPDATE users SET email = email || 'x'; ALTER TABLE users ENABLE TRIGGER touch; END $$;",
        says: "switches its trigger touch",
        ..CASE
    },
    Case {
        name: "disable_and_enable_twice",
        sql: "ALTER TABLE users DISABLE TRIGGER touch; ALTER TABLE users ENABLE TRIGGER touch;\nDO $$ BEGIN ALTER TABLE users DISABLE TRIGGER touch; UPDATE users SET email = email || 'x'; ALTER TABLE users ENABLE TRIGGER touch; END $$;",
        says: "switches its trigger touch",
        line: 2,
        ..CASE
    },
    Case {
        name: "dblink",
        sql: "CREATE EXTENSION dblink;\nDO $$ BEGIN PERFORM dblink_exec('dbname=postgres', 'SELECT 1'); END $$;",
        says: "it uses dblink",
        line: 2,
        superuser: true,
        ..CASE
    },
    Case {
        name: "dblink_in_a_function",
        sql: "CREATE EXTENSION dblink; CREATE FUNCTION away() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM dblink_exec('dbname=postgres', 'SELECT 1'); RETURN 1; END $$;\nSELECT away();",
        says: "it uses dblink",
        line: 2,
        superuser: true,
        ..CASE
    },
    Case {
        name: "code_in_an_untrusted_language",
        sql: "CREATE LANGUAGE anything HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;\nDO LANGUAGE anything $$ BEGIN UPDATE users SET email = email || 'x'; END $$;",
        says: "it runs code in anything",
        line: 2,
        superuser: true,
        ..CASE
    },
    Case {
        name: "function_in_an_untrusted_language",
        sql: "CREATE LANGUAGE anything HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator; CREATE FUNCTION away() RETURNS int LANGUAGE anything AS $$ BEGIN RETURN 1; END $$;\nSELECT away();",
        says: "it runs code in anything",
        line: 2,
        superuser: true,
        ..CASE
    },
    Case {
        name: "member_of_an_extension",
        sql: "CREATE EXTENSION pg_trgm; CREATE TABLE member (id int PRIMARY KEY); INSERT INTO member VALUES (1); ALTER EXTENSION pg_trgm ADD TABLE member;\nDROP TABLE member;",
        says: "because extension pg_trgm requires it",
        line: 2,
        superuser: true,
        ..CASE
    },
    // Losses that nobody rehearsed.
    Case {
        name: "drop_in_do_unrehearsed",
        sql: "SELECT 1;\nDO $$ BEGIN DROP TABLE posts; END $$;",
        says: "destroys table public.posts",
        line: 2,
        live_only: true,
        ..CASE
    },
    Case {
        name: "drop_column_in_function_unrehearsed",
        sql: "DO $$ BEGIN ALTER TABLE posts DROP COLUMN title; END $$;",
        says: "which no rehearsal foresaw",
        live_only: true,
        ..CASE
    },
    Case {
        name: "update_undeclared",
        sql: "DO $$ BEGIN UPDATE teams SET name = 'x'; END $$;",
        says: "table public.teams will not come back",
        line: 0,
        live_only: true,
        ..CASE
    },
];

#[test]
fn refused_without_a_trace() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench::new("refusals", BASE).await?;
        let superuser = (bench.db.superuser().await?, bench.db.superuser().await?);
        let before = State::of(&bench, &superuser.1).await?;
        let only = std::env::var("CASE").ok();
        let (mut failures, mut run) = (Vec::new(), 0);
        for case in CASES.iter().filter(|c| only.as_ref().is_none_or(|o| c.name.contains(o.as_str()))) {
            for learn in [true, false] {
                if learn && case.live_only {
                    continue;
                }
                run += 1;
                let sessions =
                    if case.superuser { (&superuser.0, &superuser.1) } else { (&bench.session, &bench.witness) };
                let eyes = &superuser.1;
                if let Err(error) = one(&bench, sessions, (eyes, &before), case, learn).await {
                    failures.push(format!("--- {} ({}): {error:#}", case.name, if learn { "clone" } else { "live" }));
                }
            }
        }
        assert!(run > 0 || only.is_some());
        assert!(failures.is_empty(), "{} of {run} failed\n{}", failures.len(), failures.join("\n"));
        Ok(())
    })
}

async fn one(
    bench: &Bench<'_>,
    (session, witness): (&Session, &Session),
    (eyes, before): (&Session, &State),
    case: &Case,
    learn: bool,
) -> Result<()> {
    let holder = if case.holds.is_empty() { None } else { Some(bench.db.client().await?) };
    if let Some(holder) = &holder {
        holder.batch(&format!("BEGIN; {}", case.holds)).await?;
    }
    let mut plan = protecting(PROTECTED);
    if case.name.starts_with("lock_timeout_") || case.name == "lock_timeout" {
        (plan.lock_timeout, plan.lock_retries) = (Duration::from_millis(60), 1);
    }
    if !case.check.is_empty() {
        plan.checks.push(Check { name: "teams".to_owned(), sql: case.check.to_owned() });
    }
    let mode = Mode { learn, tolerate_loss: learn, ..mode() };
    let refusal = refusal(session, witness, case.sql, &plan, mode).await?;
    if let Some(holder) = holder {
        holder.close().await;
    }
    let refusal = refusal.context("it went through")?;
    ensure!(refusal.text.contains(case.says), "expected {:?} in {:?}", case.says, refusal.text);
    match (case.line, &refusal.place) {
        (0, None) => {}
        (0, Some((location, _))) => anyhow::bail!("it names {location}"),
        (line, None) => anyhow::bail!("it does not name line {line}: {}", refusal.text),
        (line, Some((location, statement))) => {
            ensure!(location.starts_with(&format!("m.sql:{line}:")), "expected line {line}, it says {location}");
            ensure!(!statement.is_empty() || case.name == "unterminated", "it does not show the statement");
        }
    }
    for pid in [session.backend_pid(), witness.backend_pid()] {
        let locks = eyes
            .scalar(&format!(
                "SELECT string_agg(concat_ws(' ', locktype, relation::regclass, mode), ', ') FROM pg_locks WHERE pid = {pid} AND pid <> pg_backend_pid()"
            ))
            .await?;
        ensure!(locks.is_none(), "locks are left: {locks:?}");
    }
    let settings = "SELECT current_user = session_user AND current_setting('lock_timeout') = '0' AND current_setting('search_path') = '\"$user\", public'";
    ensure!(session.scalar(settings).await?.as_deref() == Some("t"), "the session's settings are changed");
    let after = State::of(bench, eyes).await?;
    same("schema", &before.schema, &after.schema)?;
    same("rows", &before.rows, &after.rows)?;
    same("history", &before.history, &after.history)
}

pub struct Refusal {
    pub text: String,
    pub place: Option<(String, String)>,
}

/// How a migration is refused: by the parser, by what cuts it into transactions, or by the run.
pub async fn refusal(
    session: &Session,
    witness: &Session,
    sql: &str,
    plan: &Rules,
    mode: Mode<'_>,
) -> Result<Option<Refusal>> {
    let place = |location: String, statement: &str| Some((location, statement.to_owned()));
    match parse("m.sql", sql, Dialect::Psql, &mut no_includes) {
        Err(error) => {
            let place = place(error.location.to_string(), error.statement.as_deref().unwrap_or_default());
            return Ok(Some(Refusal { text: error.to_string(), place }));
        }
        Ok(script) => {
            if let Err(error) = migrate::units(&script, layouts::Mode::Script) {
                return Ok(Some(Refusal { text: error.to_string(), place: place(error.location, &error.statement) }));
            }
        }
    }
    let job = job("m", sql)?;
    Ok(match migrate::migrate(session, witness, &job, plan, mode, &|_: Event| {}).await {
        Ok(_) => None,
        Err(error) => Some(Refusal {
            text: words(&error),
            place: error.place().map(|p| (p.location.clone(), p.statement.clone())),
        }),
    })
}

fn words(error: &MigrateError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    text.push_str(&format!(" ({})", advice(&error.remedies())));
    text
}

/// Everything that a refusal must leave as it was, our own schemas included.
pub struct State {
    pub schema: String,
    pub rows: String,
    pub history: String,
}

impl State {
    pub async fn of(bench: &Bench<'_>, eyes: &Session) -> Result<State> {
        let rows = eyes
            .scalar(
                "SELECT string_agg(c.oid::regclass || ' ' || query_to_xml(format('SELECT count(*), md5(string_agg(t::text, ''|'' ORDER BY t::text)) FROM %s t', c.oid::regclass), true, true, '')::text, E'\\n' ORDER BY c.oid) \
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'",
            )
            .await?
            .context("no rows")?;
        let records = store::records(&bench.session).await?;
        Ok(State { schema: bench.db.dump_schema(&[])?, rows, history: format!("{records:?}") })
    }
}
