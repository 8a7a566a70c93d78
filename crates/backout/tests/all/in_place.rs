//! Single tables back from a backup, in the live database: only the rows that differ, with everything that stands on
//! the table as it was; tables that are gone; and what is refused.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};

use crate::backups::failpoints;
use crate::project::{PLAN, Project};

const BEFORE: &str = r#"
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE DEFERRABLE INITIALLY DEFERRED, mood mood, profile json, twice int GENERATED ALWAYS AS (id * 2) STORED, at timestamptz DEFAULT '2026-01-01');
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, amount numeric(9, 2));
CREATE TABLE "we""ird" ("se lect" int, "größe" text, PRIMARY KEY ("se lect", "größe"));
CREATE TABLE log (at timestamptz, said text);
CREATE TABLE moods (all_of_them mood[], note text);
CREATE TABLE parts (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE carts (id serial PRIMARY KEY, user_id int REFERENCES users, note text CHECK (note <> ''));
CREATE INDEX carts_note ON carts (note);
CREATE TABLE cart_items (cart_id int REFERENCES carts, n int);
CREATE VIEW open_carts AS SELECT c.id, u.email FROM carts c JOIN users u ON u.id = c.user_id;
CREATE VIEW opener AS SELECT email FROM open_carts;
COMMENT ON TABLE carts IS 'carts''s';
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON carts USING (user_id > 0);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_cart ON users USING (EXISTS (SELECT FROM carts c WHERE c.user_id = users.id));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$;
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (now(), 'cart'); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR DELETE ON carts FOR EACH STATEMENT EXECUTE FUNCTION noted();
INSERT INTO users (id, email, mood, profile) SELECT i, 'u' || i, 'good', '{"a": 1}' FROM generate_series(1, 500) i;
INSERT INTO orders (user_id, amount) SELECT i, i FROM generate_series(1, 500) i;
INSERT INTO "we""ird" SELECT i, 'g' || i FROM generate_series(1, 50) i;
INSERT INTO log SELECT '2026-01-01', 'said ' || i % 5 FROM generate_series(1, 100) i;
INSERT INTO moods SELECT ARRAY['good']::mood[], 'n' FROM generate_series(1, 10) i;
INSERT INTO parts SELECT i, '2026-01-02' FROM generate_series(1, 30) i;
INSERT INTO carts (user_id, note) SELECT i, 'c' || i FROM generate_series(1, 40) i;
INSERT INTO cart_items SELECT i, i FROM generate_series(1, 40) i;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
"#;

const TABLES: [&str; 8] = ["users", "orders", "\"we\"\"ird\"", "log", "moods", "parts_a", "carts", "cart_items"];

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    project.database.run(BEFORE)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

fn take(project: &Project) -> Result<String> {
    let taken = project.json(&["backup", "take"], 0)?;
    Ok(taken["result"]["id"].as_str().context("no id")?.to_owned())
}

fn see(project: &Project) -> Result<(String, Vec<Vec<String>>)> {
    let rows = TABLES.iter().map(|table| project.database.sorted_copy(table)).collect::<Result<_>>()?;
    // A table that was recreated comes later in the dump than it did.
    let mut lines: Vec<String> =
        project.database.dump_schema(&["backout", "backout_*"])?.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    Ok((lines.join("\n"), rows))
}

fn asides(project: &Project) -> Result<String> {
    project.query("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^backout_replaced_'")
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_differ_are_exchanged_in_place() -> Result<()> {
    for superuser in [false, true] {
        let project = project(&format!("in_place_{superuser}")).await?;
        if superuser {
            project.query(&format!("ALTER ROLE {} SUPERUSER", project.database.owner()))?;
        }
        let (id, before) = (take(&project)?, see(&project)?);
        let oids =
            "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        let ids = project.query(oids)?;
        // Unique values that change places, rows that go with their children, rows that come, duplicates.
        project.database.run(
            r#"UPDATE users SET email = 'tmp' WHERE id = 1; UPDATE users SET email = 'u1' WHERE id = 2; UPDATE users SET email = 'u2' WHERE id = 1;
               UPDATE users SET profile = '{"a":1}' WHERE id = 3; DELETE FROM users WHERE id BETWEEN 100 AND 120;
               INSERT INTO users (id, email) VALUES (900, 'new'); INSERT INTO orders (user_id) VALUES (900);
               UPDATE "we""ird" SET "größe" = 'x' WHERE "se lect" = 7; DELETE FROM log WHERE said = 'said 2';
               INSERT INTO log VALUES ('2026-01-01', 'said 1'), (NULL, NULL); UPDATE moods SET note = 'm'; DELETE FROM parts WHERE id = 3;"#,
        )?;
        let expected = project.json(&["restore", &id, "--tables", "users", "--dry-run"], 0)?;
        ensure!(expected["result"]["since"]["tables"].as_array().map(Vec::len) == Some(1), "{expected}");
        // The children of a row that goes are somebody's.
        let refused = project.run(&["restore", &id, "--tables", "users", "--yes", "production"], 3)?.stderr;
        ensure!(
            refused.contains("1 of public.orders refer to public.users") && refused.contains("--keep-newer"),
            "{refused}"
        );
        ensure!(asides(&project)? == "0");
        let kept = project.json(&["restore", &id, "--tables", "users", "--keep-newer", "--yes", "production"], 0)?;
        let table = &kept["result"]["in_place"]["tables"][0];
        ensure!(table["back"] == 21 && table["changed"] == 3 && table["gone"] == 0, "{kept}");
        ensure!(project.query("SELECT count(*) FROM users")? == "501");
        let aside = table["aside"].as_str().context("aside")?.to_owned();
        ensure!(project.query(&format!("SELECT count(*) FROM {aside} WHERE id <= 3"))? == "3");
        ensure!(
            project.query("SELECT count(*) FROM users WHERE at <> '2026-01-01' AND id <> 900")? == "0",
            "a trigger acted"
        );
        // And everything. What a materialized view holds stays.
        project.database.run(
            "CREATE VIEW mails AS SELECT email FROM users; CREATE MATERIALIZED VIEW held AS SELECT count(*) FROM mails;
             CREATE MATERIALIZED VIEW others AS SELECT count(*) FROM carts",
        )?;
        let all = project.json(&["restore", &id, "--in-place", "--yes", "production"], 0)?;
        ensure!(all["result"]["stale"] == serde_json::json!(["public.held"]), "{all}");
        project.database.run("DROP VIEW mails CASCADE; DROP MATERIALIZED VIEW others")?;
        let now = see(&project)?;
        ensure!(
            now == before,
            "{superuser}: {:?}",
            TABLES.iter().zip(now.1.iter().zip(&before.1)).find(|(_, (a, b))| a != b)
        );
        ensure!(project.query(oids)? == ids, "something was recreated");
        ensure!(project.query("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")? == "0");
        let listed = project.json(&["restore", "--drop-replaced"], 0)?;
        let schemas = listed["result"]["put_aside"].as_array().context("set aside")?.clone();
        ensure!(schemas.len() == 2, "{listed}");
        for schema in &schemas {
            let name = schema["schema"].as_str().context("schema")?;
            project.run(&["restore", "--drop-replaced", name, "--yes", "production"], 0)?;
        }
        ensure!(asides(&project)? == "0");
        // What was migrated before is undone as ever: the tables are the same ones.
        project.run(&["undo", "--yes", "production"], 0)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_gone_is_made_anew_with_what_went_along() -> Result<()> {
    let project = project("in_place_gone").await?;
    let (id, before) = (take(&project)?, see(&project)?);
    project.database.run("DROP TABLE carts CASCADE; UPDATE users SET email = 'x' WHERE id = 9;")?;
    let done = project.json(&["restore", &id, "--tables", "carts", "users", "--yes", "production"], 0)?;
    ensure!(done["result"]["in_place"]["tables"][0]["made"] == true, "{done}");
    ensure!(done["result"]["in_place"]["notes"].as_array().is_some_and(Vec::is_empty), "{done}");
    let now = see(&project)?;
    ensure!(now.0 == before.0, "{}\n---\n{}", now.0, before.0);
    ensure!(now.1 == before.1);
    ensure!(project.query("SELECT nextval('carts_id_seq')")? == "41");
    ensure!(asides(&project)? == "1", "the former e-mail is not kept");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_put_back_is_named() -> Result<()> {
    let project = project("in_place_refused").await?;
    let id = take(&project)?;
    let none = project.run(&["restore", &id, "--tables", "nobody", "--yes", "production"], 2)?.stderr;
    ensure!(none.contains("no rows of public.nobody"), "{none}");
    project.run(&["restore", &id, "--keep-newer", "--yes", "production"], 2)?;
    project.database.run("ALTER TABLE carts ADD COLUMN since int; ALTER TABLE orders DROP COLUMN amount;")?;
    let other = project.run(&["restore", &id, "--in-place", "--yes", "production"], 3)?.stderr;
    ensure!(other.contains("public.carts (since)") && other.contains("public.orders (amount)"), "{other}");
    // Somebody holds a table: nobody waits longer than the plan says, and nothing has changed.
    project.write("backout.toml", &format!("{PLAN}lock_timeout = \"50ms\"\nlock_retries = 2\n"))?;
    let holder = project.database.client().await?;
    holder.batch("BEGIN; LOCK TABLE log IN ROW EXCLUSIVE MODE").await?;
    project.database.run("DELETE FROM users WHERE id = 500")?;
    let held = project.run(&["restore", &id, "--tables", "users", "log", "--yes", "production"], 1)?.stderr;
    ensure!(held.contains("lock budget"), "{held}");
    holder.batch("COMMIT").await?;
    ensure!(project.query("SELECT count(*) FROM users")? == "499" && asides(&project)? == "0");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_failpoint_it_is_all_or_nothing() -> Result<()> {
    let project = project("in_place_kill").await?;
    let id = take(&project)?;
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    let before = see(&project)?;
    let mut hit = BTreeSet::new();
    for failpoint in failpoints()?.into_iter().filter(|name| name.starts_with("inplace.")) {
        project.database.run("DELETE FROM orders WHERE id <= 10; UPDATE users SET mood = 'bad' WHERE id = 7;")?;
        let changed = see(&project)?;
        let line = ["restore", &id, "--tables", "users", "orders", "--yes", "production"];
        let killed = project.command(&line)?.run_to_failpoint(&failpoint)?;
        ensure!(killed.hit && killed.run.was_killed(), "{failpoint}: {}", killed.run.transcript());
        // The server ends what the killed one was in, once it has noticed.
        project.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'backout restore' AND datname = current_database()")?;
        let now = see(&project)?;
        ensure!(now == if failpoint == "inplace.committed" { before.clone() } else { changed }, "{failpoint}");
        hit.insert(failpoint);
        project.run(&line, 0)?;
        ensure!(see(&project)? == before, "once more");
        ensure!(project.query("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname ~ '^backout_replaced' AND relname ~ '^side '")? == "0");
    }
    ensure!(hit.len() == 4, "{hit:?}");
    // What a restore in place changed is captured as any other change, and can be taken back.
    let captured = project.json(&["capture"], 0)?;
    let tables = captured["result"]["captured"].as_array().context("captured")?;
    ensure!(tables.iter().all(|table| table["trouble"].is_null()), "{captured}");
    Ok(())
}
