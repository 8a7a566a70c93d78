//! Rows exported as evidence and imported again: judged by psql's own COPY and by sha256sum.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::impact;
use crate::project::{PLAN, Project};

const HOSTILE: &str = r#"CREATE TABLE "we""ird ü" ("select" int PRIMARY KEY, "we""ird" text, "ü, x" text NOT NULL, raw bytea, list int[], names text[], doc json, docb jsonb,
  sum int GENERATED ALWAYS AS (coalesce("select", 0) * 2) STORED, at timestamptz, f float8, "order" numeric(10, 2), mood mood);
INSERT INTO "we""ird ü" ("select", "we""ird", "ü, x", raw, list, names, doc, docb, at, f, "order", mood) VALUES
  (1, NULL, '', '\x00ff5c', '{1,NULL,3}', '{"a,b","NULL",NULL,"q\"x"}', '{"a" : [1, "x,\"y\""]}', '{"b": null}', '2026-01-02 03:04:05.678+02', 0.1, 1.5, 'so so'),
  (2, '', E'two\nlines\r\nand "quotes", commas\t\\ and \\.', '', '{}', '{}', 'null', '[]', 'infinity', 'NaN', NULL, NULL),
  (3, 'NULL', E'\\.\n\\.\n', NULL, NULL, NULL, NULL, NULL, NULL, '-Infinity', 0, 'ok'),
  (4, E'\\.', 'größe 😀', '\xdeadbeef', '{{1,2},{3,4}}', '{"",x}', '""', '{"ü": "\u00e9"}', '0044-03-15 12:00:00+00 BC', 1e300, -99999999.99, 'ok');
CREATE TABLE empty (id int PRIMARY KEY, "user" text);
CREATE TABLE keyless (a text, b int); INSERT INTO keyless VALUES ('x', 1), ('x', 1), (NULL, NULL), ('', NULL);
CREATE TABLE single (v text); INSERT INTO single VALUES (NULL), (''), ('\.'), (E'\\.\nx');
"#;

async fn project(name: &str, plan: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// Exports, and gives the id and the folder.
fn export(project: &Project, line: &[&str]) -> Result<(String, PathBuf)> {
    let all: Vec<&str> = ["evidence", "export"].iter().chain(line).copied().collect();
    let done = project.json(&all, 0)?;
    let id = done["result"]["evidence"]["id"].as_str().context("an id")?.to_owned();
    let folder = project.path(".backout/evidence").join(&id);
    Ok((id, folder))
}

fn manifest(folder: &std::path::Path) -> Result<Value> {
    Ok(serde_json::from_str(&fs::read_to_string(folder.join("manifest.json"))?)?)
}

fn import<'l>(id: &'l str, more: &[&'l str]) -> Vec<&'l str> {
    ["evidence", "import", id, "--yes", "production"].iter().chain(more).copied().collect()
}

#[tokio::test]
async fn hostile_rows_go_out_and_come_back() -> Result<()> {
    let project = project("evidence_hostile", "").await?;
    project.database.run(&format!("CREATE TYPE mood AS ENUM ('ok', 'so so'); {HOSTILE}"))?;
    let tables = ["\"we\"\"ird ü\"", "empty", "keyless", "single"];
    let (id, folder) = export(&project, &["--table", "public.*"])?;
    let said = manifest(&folder)?;
    let parts = said["parts"].as_array().context("parts")?;
    assert_eq!(parts.len(), 5, "{said:#}");
    assert_eq!(fs::metadata(&folder)?.permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(project.path(".backout/evidence"))?.permissions().mode() & 0o777, 0o700);
    for part in parts {
        let file = folder.join(part["file"].as_str().context("a file")?);
        assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
        let table = format!("public.{}", backout_schema::ident(part["content"]["name"].as_str().context("a name")?));
        let own = project
            .database
            .run(&format!("SET timezone = 'UTC'; COPY (SELECT * FROM {table}) TO STDOUT CSV HEADER"))?;
        assert_eq!(fs::read_to_string(&file)?, own, "{table}");
        let sum = Command::new("sha256sum").arg(&file).output()?;
        ensure!(String::from_utf8(sum.stdout)?.starts_with(part["sha256"].as_str().context("a sum")?), "{part:#}");
        let rows = project.query(&format!("SELECT count(*) FROM {table}"))?;
        assert_eq!(part["rows"].to_string(), rows, "{table}");
    }
    ensure!(said["lsn"].is_string() && said["role"] == project.database.owner(), "{said:#}");
    assert_eq!(said["identity"]["name"], "production", "{said:#}");
    project.run(&["evidence", "verify", &id], 0)?;
    // All of it is there already.
    let done = project.json(&import(&id, &[]), 0)?;
    for table in done["result"]["tables"].as_array().context("tables")? {
        assert_eq!((&table["same"], &table["inserted"]), (&table["rows"], &0.into()), "{table:#}");
    }
    let before: Vec<_> = tables.iter().map(|table| project.database.sorted_copy(table)).collect::<Result<_>>()?;
    project.database.run("DELETE FROM \"we\"\"ird ü\" WHERE \"select\" <> 3; DELETE FROM keyless WHERE ctid = (SELECT min(ctid) FROM keyless WHERE a = 'x'); DELETE FROM keyless WHERE b IS NULL; DELETE FROM single")?;
    project.run(&import(&id, &["--dry-run"]), 0)?;
    assert_eq!(project.query("SELECT count(*) FROM single")?, "0");
    project.run(&["evidence", "import", &id], 3)?;
    project.run(&import(&id, &[]), 0)?;
    let after: Vec<_> = tables.iter().map(|table| project.database.sorted_copy(table)).collect::<Result<_>>()?;
    assert_eq!(before, after);
    // A query is exported, and no table.
    let (query, folder) = export(&project, &["--sql", "SELECT 1 AS \"a b\", NULL::text AS n -- end", "--name", "one"])?;
    assert_eq!(fs::read_to_string(folder.join("001-one.csv"))?, "a b,n\n1,\n");
    project.run(&import(&query, &[]), 2)?;
    for wrong in ["SELECT 1) TO PROGRAM 'touch /tmp/x' --", "DELETE FROM single RETURNING v", "SELECT 1; SELECT 2"] {
        let run = project.command(&["evidence", "export", "--sql", wrong, "--name", "x"])?.run()?;
        ensure!(run.code() != Some(0), "{wrong}: {}", run.transcript());
    }
    assert_eq!(project.query("SELECT count(*) FROM single")?, "4");
    Ok(())
}

#[tokio::test]
async fn many_rows_stream_and_a_killed_export_is_none() -> Result<()> {
    let project = project("evidence_many", "").await?;
    project.database.run("CREATE TABLE many (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL); INSERT INTO many (body) SELECT repeat('x', 40) || n FROM generate_series(1, 200000) n")?;
    for place in ["evidence.piece", "evidence.before_manifest"] {
        let killed = project.command(&["evidence", "export", "--table", "public.many"])?.run_to_failpoint(place)?;
        ensure!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
    }
    let listed = project.json(&["evidence", "list"], 0)?;
    let found = listed["result"]["evidence"].as_array().context("evidence")?;
    ensure!(found.len() == 2 && found.iter().all(|one| one["state"] == "interrupted"), "{listed:#}");
    let id = found[0]["id"].as_str().context("an id")?;
    let refused = project.command(&import(id, &[]))?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("it was interrupted"), "{}", refused.transcript());
    project.run(&["evidence", "remove", id, "--yes", "production"], 0)?;
    let (id, folder) = export(&project, &["--table", "public.many"])?;
    assert_eq!(manifest(&folder)?["parts"][0]["rows"], 200_000);
    let before = project.database.sorted_copy("many")?;
    project.database.run("DELETE FROM many WHERE id % 3 = 0; ALTER TABLE many ALTER COLUMN id RESTART")?;
    // Killed before its COMMIT, it has done nothing.
    let killed = project.command(&import(&id, &[]))?.run_to_failpoint("evidence.before_commit")?;
    ensure!(killed.hit && killed.run.was_killed(), "{}", killed.run.transcript());
    let done = project.json(&import(&id, &[]), 0)?;
    assert_eq!(done["result"]["tables"][0]["inserted"], 66_666, "{done:#}");
    assert_eq!(before, project.database.sorted_copy("many")?);
    // The next row does not meet one that came back.
    project.database.run("INSERT INTO many (body) VALUES ('next')")?;
    assert_eq!(project.query("SELECT max(id) FROM many")?, "200001");
    // What was changed is not imported.
    let file = folder.join("001-public.many.csv");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replacen("x1\n", "y1\n", 1))?;
    let refused = project.command(&import(&id, &[]))?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("its checksum is another one"), "{}", refused.transcript());
    project.run(&["evidence", "verify", &id], 1)?;
    fs::remove_file(&file)?;
    project.run(&import(&id, &[]), 3)?;
    Ok(())
}

#[tokio::test]
async fn conflicts_and_rejects_are_told_and_the_rest_comes_back() -> Result<()> {
    let project = project("evidence_conflicts", "").await?;
    project.database.run(
        "CREATE TABLE authors (id serial PRIMARY KEY, name text NOT NULL, boss int REFERENCES authors);
         CREATE TABLE books (id int PRIMARY KEY, author int NOT NULL REFERENCES authors, title text, pages text, gone text);
         INSERT INTO authors VALUES (1, 'a', 3), (2, 'b', 1), (3, 'c', NULL);
         INSERT INTO books SELECT n, 1 + n % 3, 'title ' || n, CASE WHEN n = 7 THEN 'many' ELSE n::text END, 'g' FROM generate_series(1, 10) n;",
    )?;
    let (id, folder) = export(&project, &["--table", "public.books", "--table", "public.authors"])?;
    // The fix: other columns, another type, rows that are gone, changed and new.
    project.database.run(
        "DELETE FROM books WHERE id > 2; UPDATE books SET title = 'changed' WHERE id = 2; DELETE FROM authors WHERE id IN (1, 2); ",
    ).err().context("authors are referred to")?;
    project.database.run(
        "DELETE FROM books WHERE id > 2; UPDATE books SET title = 'changed', author = 3; DELETE FROM authors WHERE id = 2; UPDATE authors SET boss = NULL; DELETE FROM authors WHERE id = 1;
         ALTER TABLE books DROP COLUMN gone, ADD COLUMN added text DEFAULT 'new', ALTER COLUMN pages TYPE int USING pages::int, ADD CHECK (title <> 'title 8');",
    )?;
    let refused = project.json(&import(&id, &[]), 3)?;
    assert_eq!(refused["result"]["act"], "refused", "{refused:#}");
    assert_eq!(project.query("SELECT count(*) FROM books")?, "2");
    let books = |done: &Value| -> Result<Value> {
        let tables = done["result"]["tables"].as_array().context("tables")?;
        Ok(tables.iter().find(|table| table["table"] == "public.books").context("books")?.clone())
    };
    let one = books(&refused)?;
    assert_eq!((&one["conflicts"], &one["same"]), (&2.into(), &0.into()), "{one:#}");
    assert_eq!(one["listed"][0]["columns"], serde_json::json!(["author", "title"]), "{one:#}");
    assert_eq!(one["extra"], serde_json::json!(["gone"]), "{one:#}");
    assert_eq!(one["missing"], serde_json::json!(["added"]), "{one:#}");
    assert_eq!(one["retyped"], serde_json::json!([["pages", "text", "integer"]]), "{one:#}");
    ensure!(!refused.to_string().contains("title 1"), "values are told: {refused:#}");
    let tried = books(&project.json(&import(&id, &["--on-conflict", "skip", "--dry-run"]), 8)?)?;
    assert_eq!((&tried["inserted"], &tried["rejected"]), (&6.into(), &2.into()), "{tried:#}");
    assert_eq!(project.query("SELECT count(*) FROM books")?, "2");
    let run = project.json(&import(&id, &["--on-conflict", "report"]), 8)?;
    let done = books(&run)?;
    assert_eq!(
        (&done["inserted"], &done["rejected"], &done["conflicts"]),
        (&6.into(), &2.into(), &2.into()),
        "{done:#}"
    );
    // Row 7 is no number, and row 8 is forbidden now.
    assert_eq!(project.query("SELECT string_agg(id::text, ',' ORDER BY id) FROM books")?, "1,2,3,4,5,6,9,10");
    assert_eq!(project.query("SELECT DISTINCT title FROM books WHERE id < 3")?, "changed");
    assert_eq!(project.query("SELECT DISTINCT added FROM books WHERE id > 2")?, "new");
    // Authors refer to one another; one that conflicts stays.
    assert_eq!(
        project.query("SELECT string_agg(id || coalesce('-' || boss, ''), ',' ORDER BY id) FROM authors")?,
        "1-3,2-1,3"
    );
    assert_eq!(project.query("SELECT nextval('authors_id_seq')")?, "4");
    let file = |key: &str| -> Result<PathBuf> { Ok(project.path(run["result"][key].as_str().context("a file")?)) };
    let rejects = fs::read_to_string(file("reject_file")?)?;
    ensure!(
        rejects.lines().count() == 2 && rejects.contains("\"many\"") && rejects.contains("check constraint"),
        "{rejects}"
    );
    let conflicts = fs::read_to_string(file("conflict_file")?)?;
    ensure!(
        conflicts.lines().count() == 2 && conflicts.contains("\"title 1\"") && conflicts.contains("changed"),
        "{conflicts}"
    );
    assert_eq!(fs::metadata(file("reject_file")?)?.permissions().mode() & 0o777, 0o600);
    // Both lie in the folder of the export, which is whole all the same.
    ensure!(file("reject_file")?.starts_with(&folder) || file("reject_file")?.exists(), "{run:#}");
    project.run(&["evidence", "verify", &id], 0)?;
    // A key that was not exported, a table that is gone.
    project
        .database
        .run("ALTER TABLE books DROP CONSTRAINT books_pkey; ALTER TABLE books ADD COLUMN k serial PRIMARY KEY")?;
    let run = project.command(&import(&id, &[]))?.run()?.expect_code(3);
    ensure!(run.stderr.contains("made of k"), "{}", run.transcript());
    project.database.run("DROP TABLE books")?;
    let run = project.command(&import(&id, &["--table", "public.books"]))?.run()?.expect_code(3);
    ensure!(run.stderr.contains("no table public.books now"), "{}", run.transcript());
    // The other one alone still fits.
    project.run(&import(&id, &["--table", "public.authors"]), 0)?;
    Ok(())
}

/// Rows come back exactly: triggers of the application are off for as long as that takes, and afterwards as they were.
#[tokio::test]
async fn triggers_of_the_application_do_not_change_what_comes_back() -> Result<()> {
    let project = project("evidence_triggers", "").await?;
    project.database.run(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO noted VALUES (TG_NAME); RETURN NULL; END $$;
         CREATE TABLE noted (what text);
         CREATE TABLE owners (id int PRIMARY KEY);
         CREATE TABLE \"Cli ents\" (id int PRIMARY KEY, owner int REFERENCES owners, updated_at timestamptz);
         CREATE TABLE parts (id int PRIMARY KEY, updated_at timestamptz) PARTITION BY RANGE (id);
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
         INSERT INTO owners VALUES (1); INSERT INTO \"Cli ents\" VALUES (1, 1, '2020-01-01'), (2, 1, '2020-01-02');
         INSERT INTO parts VALUES (1, '2020-01-01'), (2, '2020-01-02');
         CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON \"Cli ents\" FOR EACH ROW EXECUTE FUNCTION touch();
         CREATE TRIGGER \"al ways\" AFTER INSERT ON \"Cli ents\" FOR EACH STATEMENT EXECUTE FUNCTION note();
         ALTER TABLE \"Cli ents\" ENABLE ALWAYS TRIGGER \"al ways\";
         CREATE TRIGGER disabled AFTER INSERT ON \"Cli ents\" FOR EACH STATEMENT EXECUTE FUNCTION note();
         ALTER TABLE \"Cli ents\" DISABLE TRIGGER disabled;
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON \"Cli ents\" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
         CREATE TRIGGER touch BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION touch();
         CREATE TRIGGER own BEFORE INSERT ON parts_1 FOR EACH ROW EXECUTE FUNCTION touch();",
    )?;
    let clients = "\"Cli ents\"";
    let (id, _) = export(&project, &["--table", "public.\"Cli ents\"", "--table", "public.parts"])?;
    let before = [clients, "parts"].map(|table| project.database.sorted_copy(table).unwrap_or_default());
    let dump = project.dump()?;
    project.database.run("DELETE FROM \"Cli ents\"; DELETE FROM parts")?;
    let done = project.json(&import(&id, &[]), 0)?;
    assert_eq!(before, [clients, "parts"].map(|table| project.database.sorted_copy(table).unwrap_or_default()));
    assert_eq!(project.query("SELECT count(*) FROM noted")?, "0");
    assert_eq!(dump, project.dump()?, "triggers are as they were");
    let table = |done: &Value, name: &str| -> Result<Value> {
        let tables = done["result"]["tables"].as_array().context("tables")?;
        Ok(tables.iter().find(|table| table["table"] == name).context("the table")?.clone())
    };
    let one = table(&done, "public.\"Cli ents\"")?;
    assert_eq!(one["silenced"], serde_json::json!(["al ways", "late", "touch"]), "{one:#}");
    // Keys act: a row whose owner is gone is not taken.
    project.database.run("DELETE FROM \"Cli ents\"; DELETE FROM owners")?;
    let done = project.json(&import(&id, &["--table", "public.\"Cli ents\""]), 8)?;
    assert_eq!(table(&done, "public.\"Cli ents\"")?["rejected"], 2, "{done:#}");
    // As on any other insert, where that is wanted.
    project.database.run("INSERT INTO owners VALUES (1)")?;
    let done = project.json(&import(&id, &["--table", "public.\"Cli ents\"", "--fire-triggers"]), 0)?;
    assert_eq!(table(&done, "public.\"Cli ents\"")?["fired"], serde_json::json!(["al ways", "late", "touch"]));
    assert_eq!(project.query("SELECT count(*) FROM \"Cli ents\" WHERE updated_at > now() - interval '1 hour'")?, "2");
    ensure!(project.query("SELECT count(*) FROM noted")? != "0", "nobody noted it");
    // Who does not own the table may not switch them, and says so.
    project.database.run_as_superuser("ALTER TABLE parts OWNER TO CURRENT_USER; ALTER TABLE parts_1 OWNER TO CURRENT_USER; GRANT ALL ON parts, parts_1 TO PUBLIC")?;
    project.query("DELETE FROM parts")?;
    let run = project.command(&import(&id, &["--table", "public.parts"]))?.run()?.expect_code(0);
    ensure!(
        run.stderr.contains("triggers of public.parts acted on what was imported: own, touch"),
        "{}",
        run.transcript()
    );
    assert_eq!(project.query("SELECT count(*) FROM parts WHERE updated_at > now() - interval '1 hour'")?, "2");
    Ok(())
}

/// Policies that apply to the role of Backout would hide rows: then it fails.
#[tokio::test]
async fn hidden_rows_are_an_error() -> Result<()> {
    let project = project("evidence_hidden", "").await?;
    project.database.run("INSERT INTO users VALUES (1, 'a')")?;
    let (id, _) = export(&project, &["--table", "users"])?;
    project.database.run("ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY")?;
    for line in [vec!["evidence", "export", "--table", "users"], import(&id, &[])] {
        let run = project.command(&line)?.run()?;
        ensure!(run.code() == Some(1) && run.stderr.contains("row-level security"), "{}", run.transcript());
    }
    // What failed left nothing.
    let listed = project.json(&["evidence", "list"], 0)?;
    assert_eq!(listed["result"]["evidence"].as_array().map(Vec::len), Some(1), "{listed:#}");
    Ok(())
}

#[tokio::test]
async fn encrypted_and_signed_it_is_read_by_those_who_may() -> Result<()> {
    let identity = age::x25519::Identity::generate();
    let secret = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    let project = project("evidence_sealed", "").await?;
    project.database.run("INSERT INTO users VALUES (1, 'secret name')")?;
    let refused = project.command(&["evidence", "export", "--table", "users", "--encrypt"])?.run()?.expect_code(2);
    ensure!(refused.stderr.contains("backup.encrypt_to"), "{}", refused.transcript());
    project.run(&["backup", "keygen", "sign.key"], 0)?;
    let key = project.read("sign.key")?;
    let signer = key.split_whitespace().find(|word| word.starts_with("backout-sign:")).context("a key")?.to_owned();
    let plan = format!(
        "{PLAN}[backup]\nencrypt_to = [\"{}\"]\nsign_with = \"sign.key\"\nsigned_by = [\"{signer}\"]\n",
        identity.to_public()
    );
    project.write("backout.toml", &plan)?;
    project.write("me.txt", &secret)?;
    let (id, folder) = export(&project, &["--table", "users", "--encrypt"])?;
    let file = folder.join("001-public.users.csv.age");
    ensure!(!fs::read(&file)?.windows(6).any(|part| part == b"secret"), "it is in clear");
    ensure!(folder.join("manifest.sig").is_file(), "no signature");
    project.database.run("DELETE FROM users")?;
    let run = project.command(&import(&id, &[]))?.run()?;
    ensure!(run.code() == Some(2) && run.stderr.contains("--identity"), "{}", run.transcript());
    project.run(&import(&id, &["--identity", "me.txt"]), 0)?;
    assert_eq!(project.query("SELECT name FROM users")?, "secret name");
    // Another manifest under the same signature.
    let text = fs::read_to_string(folder.join("manifest.json"))?;
    fs::write(folder.join("manifest.json"), text.replace("\"rows\": 1", "\"rows\": 2"))?;
    let run = project.command(&import(&id, &["--identity", "me.txt"]))?.run()?.expect_code(3);
    ensure!(run.stderr.contains("signature does not fit"), "{}", run.transcript());
    fs::remove_file(folder.join("manifest.sig"))?;
    project.run(&import(&id, &["--identity", "me.txt"]), 3)?;
    Ok(())
}

#[tokio::test]
async fn rows_of_people_go_into_no_open_folder() -> Result<()> {
    let project = project("evidence_folder", "").await?;
    fs::create_dir(project.path("open"))?;
    fs::set_permissions(project.path("open"), fs::Permissions::from_mode(0o755))?;
    let run = project.command(&["evidence", "export", "--table", "users", "--to", "open"])?.run()?.expect_code(3);
    ensure!(run.stderr.contains("0755"), "{}", run.transcript());
    let git = |line: &[&str]| Command::new("git").args(line).current_dir(project.path("")).output();
    ensure!(git(&["init", "-q"])?.status.success(), "git init");
    fs::create_dir(project.path("kept"))?;
    fs::set_permissions(project.path("kept"), fs::Permissions::from_mode(0o700))?;
    let run = project.command(&["evidence", "export", "--table", "users", "--to", "kept"])?.run()?.expect_code(3);
    ensure!(run.stderr.contains("git would track"), "{}", run.transcript());
    // The one that we make is ignored.
    export(&project, &["--table", "users"])?;
    let status = String::from_utf8(git(&["status", "--porcelain", "--untracked-files=all"])?.stdout)?;
    ensure!(!status.contains("evidence"), "{status}");
    Ok(())
}

/// Assess, export, undo, verify; then the fix, the migration again, and the import as a step of another way.
const WAYS: &str = r#"
[[way]]
name = "C"
for = ["data-exposure"]
[[way.step]]
name = "assess"
do = "impact"
on_failure = "stop"
with = { users_file = "affected.txt" }
[[way.step]]
name = "keep what is there"
do = "export"
on_failure = "stop"
with = { tables = ["public.clients", "public.visits"] }
[[way.step]]
name = "undo in place"
do = "undo"
[[way.step]]
name = "gone"
do = "verify"
with = { checks = [{ name = "clients", that = { sql = "SELECT to_regclass('public.clients') IS NULL" } }] }
[[way.step]]
name = "tell people"
do = "notify"
with = { message = "rolled back because of data exposure", file = "incident.log" }
"#;

#[tokio::test]
async fn way_c_assesses_exports_undoes_and_brings_back_after_the_fix() -> Result<()> {
    let project = impact::project("evidence_way_c", WAYS).await?;
    let preview = project.json(&["rollback", "--way", "C", "--dry-run"], 0)?;
    ensure!(preview.to_string().contains("public.clients, public.visits as CSV"), "{preview:#}");
    let before = ["clients", "visits"].map(|table| project.database.sorted_copy(table).unwrap_or_default());
    let back = ["rollback", "--way", "C", "--yes", "production", "--because", "data-exposure"];
    // Killed between the export and its record, it is not exported twice.
    let killed = project.command(&back)?.run_to_failpoint("run.acted.4")?;
    ensure!(killed.hit && killed.run.was_killed(), "{}", killed.run.transcript());
    let done = project.json(&["run", "resume", "latest", "--yes", "production"], 0)?;
    assert_eq!(done["result"]["phase"], "succeeded", "{done:#}");
    let found = project.json(&["evidence", "list"], 0)?;
    let all = found["result"]["evidence"].as_array().context("evidence")?;
    assert_eq!(all.len(), 1, "{found:#}");
    let id = all[0]["id"].as_str().context("an id")?.to_owned();
    let exported = project.run(&["run", "export", "latest"], 0)?.stdout;
    ensure!(exported.contains("exposed_rows") && exported.contains(&id), "{exported}");
    ensure!(
        !exported.contains(&impact::user(1)) && !exported.contains("client 1"),
        "rows are in the journal: {exported}"
    );
    assert_eq!(project.read("affected.txt")?.lines().count(), 5);
    assert_eq!(project.query("SELECT to_regclass('public.clients') IS NULL")?, "t");
    // The fix. What the undo has set aside is left there: the evidence is imported.
    project.write(
        "migrations/2_clients.sql",
        &format!(
            "{}ALTER TABLE clients ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON clients FOR SELECT TO impact_user USING (user_id = uid());\n",
            impact::MADE
        ),
    )?;
    project.run(&["migrate", "--leave-aside"], 0)?;
    project.database.run("INSERT INTO clients SELECT 1, id, 'another one' FROM users ORDER BY id LIMIT 1")?;
    let plan = project.read("backout.toml")?;
    let after = format!(
        "{plan}\n[[way]]\nname = \"after the fix\"\n[[way.step]]\nname = \"import\"\ndo = \"import\"\non_failure = \"stop\"\nwith = {{ evidence = \"{id}\", on_conflict = \"skip\" }}\n\
         [[way.step]]\nname = \"only their own\"\ndo = \"impact\"\n"
    );
    project.write("backout.toml", &after)?;
    let killed = project
        .command(&["rollback", "--way", "after the fix", "--yes", "production"])?
        .run_to_failpoint("run.acted.2")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    assert_eq!(project.query("SELECT count(*) FROM clients")?, "47");
    project.run(&["run", "resume", "latest"], 0)?;
    assert_eq!(project.query("SELECT name FROM clients WHERE id = 1")?, "another one");
    project.database.run("UPDATE clients SET name = 'client 1' WHERE id = 1")?;
    assert_eq!(before, ["clients", "visits"].map(|table| project.database.sorted_copy(table).unwrap_or_default()));
    let report = project.json(&["impact"], 0)?;
    assert_eq!(report["result"]["exposed_rows"], 0, "{report:#}");
    Ok(())
}
