//! Single tables back from a backup in the live database, further: privileges, partitions, sequences, who waits, and
//! tables that cannot be told apart by name or row by row.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::project::{PLAN, Project};

const YES: [&str; 2] = ["--yes", "production"];

async fn project(name: &str, before: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    project.database.run(before)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.json(&["backup", "take"], 0)?;
    Ok(project)
}

/// The schema without its order, and the rows of these tables.
fn see(project: &Project, tables: &[&str]) -> Result<(String, Vec<Vec<String>>)> {
    let rows = tables.iter().map(|table| project.database.sorted_copy(table)).collect::<Result<_>>()?;
    let mut lines: Vec<String> =
        project.database.dump_schema(&["backout", "backout_*"])?.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    Ok((lines.join("\n"), rows))
}

fn restore(project: &Project, tables: &[&str]) -> Result<Value> {
    let line: Vec<&str> = ["restore", "latest", "--tables"].iter().chain(tables).chain(&YES).copied().collect();
    Ok(project.json(&line, 0)?["result"]["in_place"].clone())
}

fn must_equal(now: &(String, Vec<Vec<String>>), before: &(String, Vec<Vec<String>>)) -> Result<()> {
    let other = |a: &str, b: &str| {
        a.lines().filter(|line| !b.lines().any(|other| other == *line)).collect::<Vec<_>>().join("\n")
    };
    ensure!(now.0 == before.0, "is there:\n{}\nis not:\n{}", other(&now.0, &before.0), other(&before.0, &now.0));
    ensure!(now.1 == before.1, "rows differ");
    Ok(())
}

const PRIVILEGES: &str = "
CREATE TABLE secret (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s text);
CREATE TABLE numbered (id serial, n int);
CREATE VIEW shown AS SELECT id FROM secret;
CREATE MATERIALIZED VIEW kept AS SELECT count(*) n FROM secret;
CREATE FUNCTION secrets(above int DEFAULT 0) RETURNS SETOF secret LANGUAGE sql STABLE AS 'SELECT * FROM public.secret WHERE id > above';
CREATE VIEW by_function AS SELECT s FROM secrets(1);
COMMENT ON FUNCTION secrets(int) IS 'all of them';
GRANT SELECT (s) ON secret TO pg_monitor;
GRANT USAGE ON SEQUENCE secret_id_seq TO pg_signal_backend;
REVOKE DELETE ON numbered FROM CURRENT_USER;
REVOKE ALL ON FUNCTION secrets(int) FROM PUBLIC;
INSERT INTO secret (s) SELECT 's' || i FROM generate_series(1, 7) i;
INSERT INTO numbered (n) SELECT i FROM generate_series(1, 3) i;
REFRESH MATERIALIZED VIEW kept;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO pg_monitor WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
";

#[tokio::test(flavor = "multi_thread")]
async fn default_privileges_open_nothing_that_was_shut() -> Result<()> {
    let project = project("in_place_privileges", PRIVILEGES).await?;
    let tables = ["secret", "numbered"];
    let before = see(&project, &tables)?;
    // One of the same name that has nothing to do with it.
    project.database.run("CREATE FUNCTION secrets(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text'; GRANT EXECUTE ON FUNCTION secrets(text) TO pg_monitor;")?;
    project.database.run("DROP TABLE secret, numbered CASCADE")?;
    let done = restore(&project, &tables)?;
    project.database.run("DROP FUNCTION secrets(text)")?;
    must_equal(&see(&project, &tables)?, &before)?;
    ensure!(done["notes"].as_array().is_some_and(Vec::is_empty), "{done}");
    ensure!(project.query("SELECT n FROM kept")? == "7");
    ensure!(project.query("SELECT count(*) FROM by_function")? == "6");
    project.database.run("INSERT INTO secret (s) VALUES ('eighth'); INSERT INTO numbered (n) VALUES (4)")?;
    ensure!(
        project.query("SELECT max(id) FROM secret")? == "8" && project.query("SELECT max(id) FROM numbered")? == "4"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_not_be_what_it_was_is_not_made() -> Result<()> {
    let project = project("in_place_otherwise", "CREATE TABLE secret (id int PRIMARY KEY);").await?;
    project.database.run("DROP TABLE secret")?;
    project.query(
        "CREATE FUNCTION public.open_all() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.secret') THEN \
             EXECUTE 'GRANT SELECT ON public.secret TO PUBLIC'; END IF; END $$; \
         CREATE EVENT TRIGGER open_all ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION public.open_all();",
    )?;
    let before = see(&project, &[])?;
    let refused = project.run(&["restore", "latest", "--tables", "secret", "--yes", "production"], 1)?.stderr;
    ensure!(refused.contains("table public.secret is not as it was"), "{refused}");
    must_equal(&see(&project, &[])?, &before)
}

const PARTS: &str = "
CREATE TABLE days (d int PRIMARY KEY);
CREATE TABLE ev (d int REFERENCES days, v int, k serial, PRIMARY KEY (d, v)) PARTITION BY LIST (d);
CREATE INDEX ev_v ON ev (v);
CREATE TABLE ev1 PARTITION OF ev FOR VALUES IN (1);
CREATE TABLE ev2 PARTITION OF ev FOR VALUES IN (2) PARTITION BY LIST (v);
CREATE TABLE ev2a PARTITION OF ev2 FOR VALUES IN (1, 2);
CREATE TABLE ev2b PARTITION OF ev2 DEFAULT;
CREATE TABLE refers (d int, v int, FOREIGN KEY (d, v) REFERENCES ev);
CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noop BEFORE INSERT ON ev FOR EACH ROW EXECUTE FUNCTION noop();
ALTER TABLE ev1 DISABLE TRIGGER noop;
CREATE VIEW evs AS SELECT * FROM ev1;
INSERT INTO days SELECT i FROM generate_series(1, 3) i;
INSERT INTO ev SELECT 1, i FROM generate_series(1, 20) i;
INSERT INTO ev SELECT 2, i FROM generate_series(1, 5) i;
INSERT INTO refers VALUES (1, 3), (2, 4);
";

#[tokio::test(flavor = "multi_thread")]
async fn partitions_come_back_to_their_place() -> Result<()> {
    partitions("in_place_parts", false).await
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_come_back_for_a_superuser() -> Result<()> {
    partitions("in_place_parts_of_one", true).await
}

async fn partitions(name: &str, is_superuser: bool) -> Result<()> {
    let project = project(name, PARTS).await?;
    if is_superuser {
        project.query(&format!("ALTER ROLE {} SUPERUSER", project.database.owner()))?;
    }
    let all = ["ev", "ev1", "ev2a", "ev2b", "refers"];
    let before = see(&project, &all)?;
    // One, with a default partition beside it; what is in between and its own; all of it.
    project.database.run("DELETE FROM refers; ALTER TABLE ev DETACH PARTITION ev1; DROP TABLE ev1 CASCADE;")?;
    restore(&project, &["ev1", "refers"])?;
    must_equal(&see(&project, &all)?, &before)?;
    project.database.run("DELETE FROM refers; ALTER TABLE ev DETACH PARTITION ev2; DROP TABLE ev2;")?;
    restore(&project, &["ev2", "refers"])?;
    must_equal(&see(&project, &all)?, &before)?;
    project.database.run("DELETE FROM refers; ALTER TABLE ev2 DETACH PARTITION ev2a; DROP TABLE ev2a;")?;
    restore(&project, &["ev2a", "refers"])?;
    must_equal(&see(&project, &all)?, &before)?;
    project.database.run("DROP TABLE ev CASCADE")?;
    restore(&project, &["ev"])?;
    must_equal(&see(&project, &all)?, &before)?;
    project.database.run("INSERT INTO ev VALUES (1, 100)")?;
    ensure!(project.query("SELECT k FROM ev WHERE v = 100")? == "26");
    // As all its partitions, where they are there.
    let expected = project.json(&["restore", "latest", "--tables", "ev", "--dry-run"], 0)?;
    ensure!(expected["result"]["since"]["tables"].as_array().map(Vec::len) == Some(1), "{expected}");
    let done = restore(&project, &["ev"])?;
    ensure!(done["tables"].as_array().map(Vec::len) == Some(3), "{done}");
    must_equal(&see(&project, &all)?, &before)
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_go_on_where_the_rows_end() -> Result<()> {
    let project = project(
        "in_place_sequences",
        "CREATE TABLE users (id serial PRIMARY KEY, n text);
         CREATE TABLE down (id int GENERATED ALWAYS AS IDENTITY (INCREMENT BY -1 START WITH -1) PRIMARY KEY, n text);
         CREATE SEQUENCE shared; CREATE TABLE further (id int PRIMARY KEY DEFAULT nextval('shared'), n text);
         CREATE TABLE fresh (id serial PRIMARY KEY, n text);
         INSERT INTO users (n) SELECT 'n' FROM generate_series(1, 5); INSERT INTO down (n) SELECT 'n' FROM generate_series(1, 5);
         INSERT INTO further (n) SELECT 'n' FROM generate_series(1, 5);",
    )
    .await?;
    project.database.run(
        "TRUNCATE users, down RESTART IDENTITY; DELETE FROM further; SELECT setval('shared', 90); SELECT nextval('fresh_id_seq')",
    )?;
    let done = restore(&project, &["users", "down", "further", "fresh"])?;
    let moved = done["sequences"].as_array().context("sequences")?;
    let said: Vec<String> =
        moved.iter().map(|one| format!("{} {} {}", one["sequence"], one["from"], one["to"])).collect();
    ensure!(said == ["\"public.down_id_seq\" -1 -6", "\"public.users_id_seq\" 1 6"], "{said:?}");
    project.database.run(
        "INSERT INTO users (n) VALUES ('x'); INSERT INTO down (n) VALUES ('x'); INSERT INTO further (n) VALUES ('x'); INSERT INTO fresh (n) VALUES ('x');",
    )?;
    let ids = "SELECT (SELECT max(id) FROM users), (SELECT min(id) FROM down), (SELECT max(id) FROM further), (SELECT max(id) FROM fresh)";
    ensure!(project.query(ids)? == "6|-6|91|2", "{}", project.query(ids)?);
    let again = restore(&project, &["users"])?;
    ensure!(again["sequences"].as_array().is_some_and(Vec::is_empty), "{again}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_wait_only_where_rows_go_that_others_refer_to() -> Result<()> {
    let project = project(
        "in_place_readers",
        "CREATE TABLE p (id int PRIMARY KEY, n int); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);
         INSERT INTO p SELECT i, i FROM generate_series(1, 9) i; INSERT INTO c SELECT i, i FROM generate_series(1, 9) i;",
    )
    .await?;
    project.write("backout.toml", &format!("{PLAN}lock_timeout = \"100ms\"\nlock_retries = 30\n"))?;
    let before = see(&project, &["p", "c"])?;
    project.database.run("DELETE FROM c WHERE id < 4; DELETE FROM p WHERE id = 2; INSERT INTO c VALUES (12, 1)")?;
    // Somebody reads both for as long as he likes.
    let reader = project.database.client().await?;
    reader.batch("BEGIN; SELECT count(*) FROM p; SELECT count(*) FROM c").await?;
    let done = restore(&project, &["c", "p"])?;
    ensure!(done["closed"].as_array().is_some_and(Vec::is_empty), "{done}");
    must_equal(&see(&project, &["p", "c"])?, &before)?;
    reader.batch("COMMIT").await?;
    // Rows that others refer to get other values: with the key there, its children would go along.
    project
        .database
        .run("UPDATE p SET n = 0 WHERE id < 4; INSERT INTO p VALUES (20, 20); INSERT INTO c VALUES (20, 20)")?;
    reader.batch("BEGIN; SELECT count(*) FROM p").await?;
    let line = ["restore", "latest", "--tables", "p", "c", "--yes", "production"];
    let leaves = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        reader.batch("COMMIT").await
    });
    let done = project.json(&line, 0)?["result"]["in_place"].clone();
    leaves.await??;
    let closed: Vec<&str> = done["closed"].as_array().context("closed")?.iter().filter_map(Value::as_str).collect();
    ensure!(closed == ["public.p", "public.c"], "{done}");
    must_equal(&see(&project, &["p", "c"])?, &before)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_stay_do_no_harm() -> Result<()> {
    let project = project(
        "in_place_keys",
        "CREATE TABLE p (id int PRIMARY KEY, n int, name text COLLATE \"C\" UNIQUE);
         CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, name text COLLATE \"POSIX\" REFERENCES p (name));
         CREATE TABLE a (id int PRIMARY KEY, b int, up int REFERENCES a); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
         INSERT INTO p SELECT i, i, i FROM generate_series(1, 9) i; INSERT INTO c SELECT i, i, i FROM generate_series(1, 9) i;
         INSERT INTO a SELECT i, NULL, i % 3 + 1 FROM generate_series(1, 9) i; INSERT INTO b SELECT i, i FROM generate_series(1, 9) i; UPDATE a SET b = id;",
    )
    .await?;
    project.write("backout.toml", &format!("{PLAN}lock_timeout = \"200ms\"\nlock_retries = 30\n"))?;
    let all = ["p", "c", "a", "b"];
    let before = see(&project, &all)?;
    // Keys in a circle, and one to the table itself.
    project.database.run("TRUNCATE a, b")?;
    restore(&project, &["a", "b"])?;
    must_equal(&see(&project, &all)?, &before)?;
    // Children whose parents are not there are named, though no key was taken away at first.
    project.database.run("DELETE FROM p WHERE id IN (3, 4)")?;
    let refused = project.run(&["restore", "latest", "--tables", "c", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("2 of public.c refer to public.p"), "{refused}");
    // Somebody is about to write a parent while it is looked at: its children must not go along with it.
    let writer = project.database.client().await?;
    writer.batch("BEGIN; UPDATE p SET n = 77 WHERE id = 5").await?;
    let commits = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        writer.batch("COMMIT").await
    });
    let done = restore(&project, &["p"])?;
    commits.await??;
    ensure!(done["tables"][0]["changed"] == 1 && done["tables"][0]["back"] == 2, "{done}");
    ensure!(project.query("SELECT count(*) FROM c WHERE p = 5")? == "1");
    restore(&project, &["c"])?;
    must_equal(&see(&project, &all)?, &before)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_stands_on_is_asked_for() -> Result<()> {
    let project = project(
        "in_place_needs",
        "CREATE SCHEMA s; CREATE TABLE s.base (id int PRIMARY KEY); CREATE TABLE s.heir (n int) INHERITS (s.base);
         INSERT INTO s.base VALUES (1); INSERT INTO s.heir VALUES (2, 2);
         CREATE TABLE one (id int); CREATE TABLE other (id int); CREATE VIEW both_of_them AS SELECT FROM one, other; CREATE VIEW ones AS SELECT FROM one;",
    )
    .await?;
    // A view that stands on another table too, which is left out.
    let before = see(&project, &[])?;
    project.database.run("DROP TABLE one, other CASCADE")?;
    let done = restore(&project, &["one"])?;
    let note = done["notes"][0].as_str().context("no note")?;
    ensure!(note.contains("table public.other") && note.contains("view public.both_of_them"), "{note}");
    ensure!(!note.contains("view public.ones") && !note.contains(".id"), "{note}");
    restore(&project, &["other"])?;
    must_equal(&see(&project, &[])?, &before)?;
    let before = see(&project, &["s.heir"])?;
    project.database.run("DROP TABLE s.base CASCADE")?;
    let refused = project.run(&["restore", "latest", "--tables", "s.heir", "--yes", "production"], 1)?.stderr;
    ensure!(refused.contains("if that is a table, name it too"), "{refused}");
    restore(&project, &["s.*"])?;
    must_equal(&see(&project, &["s.heir"])?, &before)?;
    ensure!(project.query("SELECT count(*) FROM ONLY s.base")? == "1");
    project.database.run("DROP SCHEMA s CASCADE")?;
    let refused = project.run(&["restore", "latest", "--tables", "s.heir", "--yes", "production"], 1)?.stderr;
    ensure!(refused.contains("what it stands on is gone"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_was_captured_is_made_anew() -> Result<()> {
    let project =
        project("in_place_captured", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);").await?;
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    project.json(&["backup", "take"], 0)?;
    let before = project.database.sorted_copy("t")?;
    project.database.run("DROP TABLE t")?;
    restore(&project, &["t"])?;
    ensure!(project.database.sorted_copy("t")? == before);
    let captured = project.json(&["capture"], 0)?;
    ensure!(
        captured.to_string().contains("trouble\":\""),
        "rows that came otherwise are not said to be missing: {captured}"
    );
    project.run(&["capture", "off", "--yes", "production"], 0)?;
    project.database.run("DROP TABLE t")?;
    let done = restore(&project, &["t"])?;
    ensure!(done["notes"].as_array().is_some_and(Vec::is_empty), "{done}");
    ensure!(project.database.sorted_copy("t")? == before);
    ensure!(project.query("SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass")? == "0");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_rows_stay_where_nothing_tells_them_apart() -> Result<()> {
    let project = project(
        "in_place_whole",
        "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE moods (all_of_them mood[], j json); \
         INSERT INTO moods VALUES (ARRAY['good']::mood[], '{}'), (NULL, '[1]');",
    )
    .await?;
    let before = see(&project, &["moods"])?;
    let done = restore(&project, &["moods"])?;
    let table = &done["tables"][0];
    ensure!(table["back"] == 0 && table["gone"] == 0 && table["aside"].is_null(), "{done}");
    project.database.run("DELETE FROM moods WHERE all_of_them IS NULL")?;
    let done = restore(&project, &["moods"])?;
    ensure!(done["tables"][0]["back"] == 2, "{done}");
    must_equal(&see(&project, &["moods"])?, &before)
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_whose_names_read_alike_are_told_apart() -> Result<()> {
    let project = project(
        "in_place_alike",
        "CREATE SCHEMA a; CREATE SCHEMA \"a.b\"; CREATE TABLE a.\"b.c\" (id int PRIMARY KEY); CREATE TABLE \"a.b\".c (id int PRIMARY KEY); \
         INSERT INTO a.\"b.c\" VALUES (1); INSERT INTO \"a.b\".c VALUES (2);",
    )
    .await?;
    let tables = ["a.\"b.c\"", "\"a.b\".c"];
    let before = see(&project, &tables)?;
    project.database.run("UPDATE a.\"b.c\" SET id = 3; UPDATE \"a.b\".c SET id = 3")?;
    let done = restore(&project, &tables)?;
    let asides: Vec<&str> =
        done["tables"].as_array().context("tables")?.iter().filter_map(|t| t["aside"].as_str()).collect();
    ensure!(asides.len() == 2 && asides[0] != asides[1], "{done}");
    for aside in asides {
        ensure!(project.query(&format!("SELECT id FROM {aside}"))? == "3");
    }
    must_equal(&see(&project, &tables)?, &before)
}

/// As the step of a run: where it was committed and not written down, it is not done once more, so what was written since
/// stays.
#[tokio::test]
async fn a_step_of_a_run_restores_once() -> Result<()> {
    let project = Project::new("in_place_step").await?;
    let way = "[[way]]\nname = \"B\"\n[[way.step]]\nname = \"rows\"\ndo = \"restore\"\n";
    project.write("backout.toml", &format!("{PLAN}{way}with = {{ in_place = true, replay = true }}\n"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
    project.run(&["rollback", "--dry-run"], 2)?;
    project
        .write("backout.toml", &format!("{PLAN}{way}with = {{ in_place = true, tables = [\"public.users\"] }}\n"))?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO users VALUES (1, 'a'), (2, 'b')")?;
    project.run(&["backup", "take"], 0)?;
    for place in ["inplace.exchanged", "inplace.committed"] {
        project.query("UPDATE users SET name = 'x'")?;
        let killed = project.command(&["rollback", "--yes", "production"])?.run_to_failpoint(place)?;
        assert!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
        if place == "inplace.committed" {
            project.query("UPDATE users SET name = 'since' WHERE id = 2")?;
        }
        project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
        let expected = if place == "inplace.committed" { "a,since" } else { "a,b" };
        assert_eq!(project.query("SELECT string_agg(name, ',' ORDER BY id) FROM users")?, expected, "{place}");
    }
    Ok(())
}
