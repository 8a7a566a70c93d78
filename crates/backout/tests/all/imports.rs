//! Foreign dumps from the command line: every format that `pg_dump` writes becomes a proven backup and is restored; what
//! is cut short, damaged or hostile is refused with its place, and nothing of it runs.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::project::{OURS, PLAN, Project};

/// Whatever makes a dump hard to read: names, texts and bodies that look like the ends of something else.
const BEFORE: &str = r#"CREATE SCHEMA "We ird;";
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE, born timestamptz DEFAULT now());
INSERT INTO users (email) SELECT 'u' || i FROM generate_series(1, 500) i;
CREATE TABLE "We ird;"."größe ""x"" -- y" (id serial PRIMARY KEY, "from stdin" text, user_id bigint REFERENCES users, doc jsonb);
INSERT INTO "We ird;"."größe ""x"" -- y" ("from stdin", user_id, doc)
  SELECT E'tab\t back\\slash \\. line\n\\.\nnext ''; $$', 1 + i % 500, jsonb_build_object('n', i) FROM generate_series(1, 300) i;
INSERT INTO "We ird;"."größe ""x"" -- y" ("from stdin") VALUES (repeat('long ', 400000)), (NULL), ('');
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own rows" ON users USING (email = current_user);
CREATE FUNCTION odd() RETURNS text LANGUAGE plpgsql AS $body$
BEGIN -- it's "odd
/*
\.
\! x */
RETURN E'\';' || $$;$$ /* ; */;
END $body$;
CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT 3; END;
CREATE VIEW many AS SELECT user_id, count(*) FROM "We ird;"."größe ""x"" -- y" GROUP BY 1;
CREATE MATERIALIZED VIEW kept AS SELECT max(id) FROM users;
CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
COMMENT ON TABLE users IS E'a;\nb''';
CREATE SEQUENCE counter; SELECT setval('counter', 41);
"#;

const TABLES: [&str; 2] = ["users", r#""We ird;"."größe ""x"" -- y""#];

/// All of a large object, and who may do what with it.
const LARGE_OBJECTS: &str = "SELECT m.oid, pg_get_userbyid(m.lomowner), obj_description(m.oid, 'pg_largeobject'), md5(lo_get(m.oid)), \
    (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(m.lomacl) a) FROM pg_largeobject_metadata m ORDER BY 1";

struct Seen {
    schema: String,
    rows: Vec<Vec<String>>,
    large_objects: String,
}

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.query(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;
    Ok(project)
}

/// A database that holds everything of `BEFORE`, with something of another role.
async fn filled(name: &str) -> Result<Project> {
    let project = project(name).await?;
    project.query("CREATE EXTENSION hstore")?;
    project.database.run(BEFORE)?;
    let (owner, other) = (project.database.owner().to_owned(), other(&project));
    project.query(&format!(
        "CREATE ROLE {other}; CREATE SCHEMA theirs AUTHORIZATION {other}; GRANT SELECT ON users TO {other} WITH GRANT OPTION; GRANT {other} TO {owner}; \
         CREATE TABLE theirs.t (a int); INSERT INTO theirs.t VALUES (1); ALTER TABLE theirs.t OWNER TO {other}"
    ))?;
    Ok(project)
}

fn other(project: &Project) -> String {
    format!("{}_other", project.database.name())
}

fn dump(project: &Project, name: &str, options: &[&str]) -> Result<PathBuf> {
    let path = project.path(name);
    let superuser = project.database.server().sandbox().superuser();
    let made = project.database.tool("pg_dump", superuser)?.args(options).arg("--file").arg(&path).output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(path)
}

fn compressed(program: &str, path: &PathBuf) -> Result<Vec<u8>> {
    let made = Command::new(program).arg("-c").stdin(fs::File::open(path)?).stderr(Stdio::inherit()).output()?;
    ensure!(made.status.success(), "{program}");
    Ok(made.stdout)
}

/// `pg_dump` and sorted COPY of another database of the server, by the real programs.
fn see(project: &Project, database: &str) -> Result<Seen> {
    let run = |program: &str, line: &[&str]| -> Result<String> {
        let superuser = project.database.server().sandbox().superuser();
        let mut command = project.database.tool(program, superuser)?;
        let output = command.args(line).env("PGDATABASE", database).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    };
    let mut line = vec!["--schema-only"];
    line.extend(OURS.iter().flat_map(|ours| ["-N", ours]));
    let text = run("pg_dump", &line)?;
    let schema = text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    let rows = TABLES
        .iter()
        .map(|table| {
            let copied = run("psql", &["-XAtc", &format!("COPY (SELECT * FROM {table}) TO STDOUT")])?;
            let mut rows: Vec<String> = copied.lines().map(str::to_owned).collect();
            rows.sort_unstable();
            Ok(rows)
        })
        .collect::<Result<_>>()?;
    let large_objects = run("psql", &["-XAtc", LARGE_OBJECTS])?;
    Ok(Seen { schema: schema.map(|line| format!("{line}\n")).collect(), rows, large_objects })
}

/// Imports, proves, restores beside and compares with what was dumped.
fn there_and_back(project: &Project, files: &[&str]) -> Result<()> {
    let imported = project.run(&[&["backup", "import", "--prove"], files].concat(), 0)?.stdout;
    ensure!(imported.contains(": proven: "), "{imported}");
    let id = imported.rsplit('\n').find_map(|line| line.split_once(": proven: ")).context("no id")?.0;
    let database = format!("{}_back", project.database.name());
    // Of another database, as far as anybody knows: into a new one it may go, by its name.
    project.run(&["restore", id, "--into", &database], 0)?;
    let (then, now) = (see(project, project.database.name())?, see(project, &database)?);
    project.query(&format!("DROP DATABASE {database}"))?;
    ensure!(then.schema == now.schema, "{files:?}: the schema differs:\n{}\n=====\n{}", then.schema, now.schema);
    ensure!(then.rows == now.rows, "{files:?}: the rows differ");
    ensure!(then.large_objects == now.large_objects, "{}\n=====\n{}", then.large_objects, now.large_objects);
    Ok(())
}

#[tokio::test]
async fn every_format_becomes_a_proven_backup_and_goes_back() -> Result<()> {
    let project = filled("import_formats").await?;
    let sql = dump(&project, "all.sql", &[])?;
    project.write("x", "")?;
    fs::write(project.path("all.sql.gz"), compressed("gzip", &sql)?)?;
    dump(&project, "inserts.sql", &["--inserts", "--create", "--clean", "--if-exists"])?;
    dump(&project, "all.dump", &["-Fc"])?;
    dump(&project, "all.tar", &["-Ft"])?;
    dump(&project, "folder", &["-Fd"])?;
    dump(&project, "schema.sql", &["--schema-only"])?;
    dump(&project, "data.sql", &["--data-only"])?;
    there_and_back(&project, &["all.sql"])?;
    let shown = project.run(&["backup", "show", "latest"], 0)?.stdout;
    let digest = blake3_of(&project, "all.sql")?;
    ensure!(shown.contains("imported   all.sql, ") && shown.contains(&digest), "{shown}");
    ensure!(shown.contains(&format!("the role {}", other(&project))), "{shown}");
    for file in ["all.sql.gz", "inserts.sql", "all.dump", "all.tar", "folder"] {
        there_and_back(&project, &[file]).context(file)?;
    }
    there_and_back(&project, &["schema.sql", "data.sql"])
}

/// They are written through descriptors, which end with their transaction.
#[tokio::test]
async fn large_objects_come_out_of_every_format() -> Result<()> {
    let project = filled("import_large").await?;
    let (owner, other) = (project.database.owner().to_owned(), other(&project));
    project.query(&format!(
        "SELECT lo_from_bytea(77, '\\xdeadbeef'), lo_from_bytea(78, decode(repeat('0123456789abcdef', 40000), 'hex')), lo_create(79); \
         ALTER LARGE OBJECT 77 OWNER TO {owner}; ALTER LARGE OBJECT 78 OWNER TO {other}; ALTER LARGE OBJECT 79 OWNER TO {owner}; \
         COMMENT ON LARGE OBJECT 77 IS 'it''s; large'; GRANT SELECT ON LARGE OBJECT 77 TO {other}; GRANT ALL ON LARGE OBJECT 78 TO PUBLIC"
    ))?;
    dump(&project, "all.sql", &[])?;
    dump(&project, "clean.sql", &["--clean"])?;
    dump(&project, "exists.sql", &["--clean", "--if-exists", "--inserts"])?;
    dump(&project, "all.dump", &["-Fc"])?;
    dump(&project, "folder", &["-Fd"])?;
    project.run(&["backup", "take"], 0)?;
    project.run(&["backup", "export", "latest", "ours.sql.gz"], 0)?;
    for file in ["all.sql", "clean.sql", "exists.sql", "all.dump", "folder", "ours.sql.gz"] {
        there_and_back(&project, &[file]).context(file)?;
    }
    // What the dump gives to nobody gets an owner as well.
    dump(&project, "nobody.sql", &["--no-owner"])?;
    project.run(&["backup", "import", "nobody.sql", "--prove"], 0)?;
    // A setting that no server knows is of no consequence, but not where it takes back what was written.
    let unknown = "CREATE TABLE t (a int);\nSET no_such_setting = 1;\nSELECT lo_open(lo_create(5), 131072);\nSELECT lowrite(0, 'x');\n";
    project.write("lost.sql", &format!("{unknown}SET no_such_setting = 1;\nCOMMIT;\n"))?;
    let lost = project.run(&["backup", "import", "lost.sql"], 1)?;
    ensure!(lost.stderr.contains("lost.sql:5: set no_such_setting"), "{}", lost.transcript());
    // As programs may write it that leave it to COMMIT to close what is open: each one begins at 0 again.
    let next = "COMMIT;\nSELECT lo_open(lo_create(6), 131072);\nSELECT lowrite(0, 'y');\nCOMMIT;\n";
    project.write("open.sql", &format!("{unknown}{next}"))?;
    project.run(&["backup", "import", "open.sql", "--prove"], 0)?;
    Ok(())
}

/// As the manifest says it.
fn blake3_of(project: &Project, name: &str) -> Result<String> {
    let id = project.json(&["backup", "list"], 0)?["result"]["backups"][0]["id"].as_str().context("id")?.to_owned();
    let shown = project.json(&["backup", "show", &id], 0)?;
    let file = shown["result"]["manifest"]["source"]["imported"]["files"][0].clone();
    ensure!(file["name"] == name && file["bytes"] == fs::metadata(project.path(name))?.len(), "{file}");
    Ok(file["digest"].as_str().context("digest")?.to_owned())
}

#[tokio::test]
async fn what_is_damaged_or_hostile_is_refused_with_its_place() -> Result<()> {
    let project = filled("import_refused").await?;
    let sql = dump(&project, "all.sql", &[])?;
    let text = fs::read_to_string(&sql)?;
    let refuse = |line: &[&str], code: i32, said: &[&str]| -> Result<()> {
        let run = project.run(&[&["backup", "import"], line].concat(), code)?;
        for said in said {
            ensure!(run.stderr.contains(said), "{said}: {}", run.transcript());
        }
        Ok(())
    };
    // Cut anywhere: within rows, between statements, right before the last line.
    let rows = text.find("FROM stdin;").context("rows")? + 200;
    fs::write(project.path("cut.sql"), &text[..rows])?;
    refuse(&["cut.sql"], 1, &["cut.sql:", "cut short", "do not end with"])?;
    let last = text.find("-- PostgreSQL database dump complete").context("trailer")?;
    fs::write(project.path("cut.sql"), &text[..last])?;
    refuse(&["cut.sql", "--dry-run"], 1, &["cut short", "PostgreSQL database dump complete"])?;
    let mut gzip = compressed("gzip", &sql)?;
    fs::write(project.path("cut.sql.gz"), &gzip[..gzip.len() / 2])?;
    refuse(&["cut.sql.gz"], 1, &["cut.sql.gz:", "cannot be read any further"])?;
    let middle = gzip.len() / 2;
    gzip[middle] ^= 0xff;
    fs::write(project.path("bad.sql.gz"), &gzip)?;
    refuse(&["bad.sql.gz"], 1, &["bad.sql.gz:"])?;
    let archive = fs::read(dump(&project, "all.dump", &["-Fc"])?)?;
    fs::write(project.path("cut.dump"), &archive[..archive.len() / 2])?;
    refuse(&["cut.dump"], 1, &["cut.dump"])?;
    refuse(&["absent.sql"], 2, &["absent.sql"])?;
    project.write("noise.sql", "a\0b")?;
    refuse(&["noise.sql"], 2, &["noise.sql is neither SQL text nor an archive"])?;

    // None of it runs, whatever else there is.
    let proof = project.path("ran");
    let hostile = format!(
        "CREATE TABLE t (a int);\n\\! touch {0}\nCOPY t FROM PROGRAM 'touch {0}';\n\\copy t from program 'touch {0}'\nCOPY t FROM '/etc/passwd';\nALTER FUNCTION f() OWNER TO pg_execute_server_program;\n",
        proof.display()
    );
    project.write("hostile.sql", &hostile)?;
    let lines = [
        "hostile.sql:2: \\! touch",
        "hostile.sql:3: COPY public.t … PROGRAM",
        "hostile.sql:4: \\copy",
        "hostile.sql:5: ",
        "hostile.sql:6: ",
    ];
    refuse(&["hostile.sql"], 3, &lines)?;
    // What only shows when it runs, runs as somebody who may not.
    let hidden = format!(
        "CREATE TABLE t (a text);\nDO $$ BEGIN EXECUTE 'COPY t FROM PROGRAM ''touch {}'''; END $$;\n",
        proof.display()
    );
    project.write("hidden.sql", &hidden)?;
    refuse(&["hidden.sql"], 1, &["hidden.sql:2: do", "42501"])?;
    project
        .write("raised.sql", "CREATE TABLE t (a text);\nDO $$ BEGIN EXECUTE 'SET ROLE backout_sandbox'; END $$;\n")?;
    refuse(&["raised.sql"], 1, &["raised.sql:2: do", "42501"])?;
    // Ways to the superuser: its functions, its role, and statements that look like others.
    let ran = proof.display();
    for (text, code, said) in [
        ("ALTER FUNCTION pg_catalog.lo_export(oid, text) OWNER TO app;".to_owned(), 1, "must be owner of function"),
        ("GRANT backout_sandbox TO app;".to_owned(), 3, "way.sql:3: it refers to the role backout_sandbox"),
        (format!("GRANT app TO app2 -- \r; COPY t FROM PROGRAM 'touch {ran}';\n"), 3, "would run a program"),
        (
            format!(
                "CREATE SCHEMA begin; CREATE TABLE begin.atomic (a int); CREATE TABLE procedure (a int); \
                 CREATE PUBLICATION p FOR TABLE procedure, begin.atomic; COPY procedure FROM PROGRAM 'touch {ran}'; SELECT 1 AS end;"
            ),
            1,
            "42501",
        ),
        (
            "CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE FUNCTION s.f() RETURNS int LANGUAGE plpgsql AS \
             $$ BEGIN RAISE 'seen %', session_user; END $$; INSERT INTO s.t VALUES (1); \
             ALTER TABLE s.t ADD COLUMN b int DEFAULT s.f(), OWNER TO app;"
                .to_owned(),
            1,
            "permission denied for schema s",
        ),
    ] {
        project.write("way.sql", &format!("CREATE ROLE app;\nCREATE TABLE t (a text);\n{text}"))?;
        refuse(&["way.sql"], code, &[said])?;
    }
    ensure!(!proof.exists(), "a program ran");

    project.write("wrong.sql", "CREATE TABLE t (a int);\n\nINSERT INTO t VALUES ('x');\n")?;
    refuse(&["wrong.sql"], 1, &["wrong.sql:3: insert into t", "invalid input syntax"])?;
    project.write("rows.sql", "CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\nx\n\\.\n")?;
    refuse(&["rows.sql"], 1, &["rows.sql:2: copy t", "COPY t, line 2, column a"])?;
    dump(&project, "data.sql", &["--data-only"])?;
    refuse(&["data.sql"], 3, &["data.sql:", "holds rows only", "public.users"])?;
    project.write("extension.sql", "CREATE EXTENSION no_such_thing;\nCREATE TABLE t (a int);\n")?;
    refuse(&["extension.sql"], 3, &["lacks an extension of the dump: no_such_thing"])?;
    let without = project.run(&["backup", "import", "extension.sql", "--without-extension", "no_such_thing"], 0)?;
    ensure!(without.stdout.contains("1 table"), "{}", without.transcript());
    ensure!(
        project.run(&["backup", "show"], 0)?.stdout.contains("not in it  the extension no_such_thing"),
        "it is kept"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_said_and_a_dump_of_the_target_counts_as_one() -> Result<()> {
    let project = filled("import_missing").await?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    dump(&project, "some.sql", &["--table=users", "--table=theirs.t"])?;
    let judged = project.json(&["backup", "import", "some.sql", "--dry-run"], 0)?;
    let lacking = judged["result"]["not_held"].as_array().context("list")?.clone();
    ensure!(lacking == [TABLES[1]], "{lacking:?}");
    ensure!(project.run(&["backup", "list"], 0)?.stderr.contains("there are no backups"), "a dry run makes nothing");
    let said = project.run(&["backup", "import", "some.sql", "--dry-run"], 0)?.stdout;
    ensure!(said.contains("this dump does not hold \"We ird;\""), "{said}");

    project.write(
        "roles.sql",
        "CREATE ROLE r LOGIN PASSWORD 'hidden';\nCREATE TABLE IF NOT EXISTS t (a int);\nINSERT INTO t VALUES (1);\n",
    )?;
    let run = project.run(&["backup", "import", "roles.sql", "--json"], 0)?;
    ensure!(run.stdout.contains("passwords are not taken") && run.stdout.contains("IF NOT EXISTS"), "{}", run.stdout);
    ensure!(!run.stdout.contains("hidden") && !run.stderr.contains("hidden"), "{}", run.transcript());

    dump(&project, "all.dump", &["-Fc"])?;
    ensure!(project.run(&["backup", "import", "all.dump", "--as-target"], 3)?.stderr.contains("identity"), "unknown");
    project.run(&["migrate", "--yes", "production"], 0)?;
    let other = project.json(&["backup", "import", "all.dump"], 0)?["result"]["id"].as_str().context("id")?.to_owned();
    let refused = project.run(&["restore", &other, "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("is of another database, import of all.dump"), "{refused}");
    let known = project.json(&["backup", "import", "all.dump", "--as-target"], 0)?;
    ensure!(known["result"]["as_target"] == true, "{known}");
    let id = known["result"]["id"].as_str().context("id")?.to_owned();
    project.database.run("UPDATE users SET email = NULL")?;
    project.run(&["restore", &id, "--yes", "production"], 0)?;
    ensure!(project.query("SELECT count(*) FROM users WHERE email IS NULL")? == "0", "what was dumped is back");
    ensure!(project.query("SELECT to_regclass('later') IS NULL")? == "t", "as it was then");
    let listed = project.json(&["restore", "--drop-replaced"], 0)?;
    let replaced = listed["result"]["replaced"][0]["database"].as_str().context("one is kept")?.to_owned();
    project.run(&["restore", "--drop-replaced", &replaced, "--yes", "production"], 0)?;
    Ok(())
}

/// As its command line writes them: managed schemas, roles and extensions are referred to and not held.
#[tokio::test]
async fn the_pieces_of_a_hosted_platform_are_stood_in_for() -> Result<()> {
    let project = project("import_platform").await?;
    project.write(
        "pieces/roles.sql",
        "SET session_replication_role = replica;\nALTER ROLE \"anon\" SET \"statement_timeout\" TO '3s';\nRESET ALL;\n",
    )?;
    project.write(
        "pieces/schema.sql",
        r#"SET statement_timeout = 0;
SET transaction_timeout = 0;
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
CREATE EXTENSION IF NOT EXISTS "pgcrypto" WITH SCHEMA "extensions";
CREATE TABLE IF NOT EXISTS "public"."notes" ("id" bigint NOT NULL, "owner" "uuid" DEFAULT "auth"."uid"(), "code" "bytea" DEFAULT "extensions"."gen_random_bytes"(4));
ALTER TABLE "public"."notes" OWNER TO "postgres";
ALTER TABLE "public"."notes" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME "public"."notes_id_seq" START WITH 1);
ALTER TABLE ONLY "public"."notes" ADD CONSTRAINT "notes_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "public"."notes" ADD CONSTRAINT "notes_owner_fkey" FOREIGN KEY ("owner") REFERENCES "auth"."users"("id");
CREATE POLICY "own" ON "public"."notes" TO "authenticated" USING (("owner" = "auth"."uid"()));
ALTER TABLE "public"."notes" ENABLE ROW LEVEL SECURITY;
ALTER PUBLICATION "supabase_realtime" OWNER TO "postgres";
ALTER PUBLICATION "supabase_realtime" ADD TABLE ONLY "public"."notes";
GRANT USAGE ON SCHEMA "public" TO "anon";
GRANT ALL ON TABLE "public"."notes" TO "service_role";
ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" IN SCHEMA "public" GRANT ALL ON TABLES TO "anon";
RESET ALL;
"#,
    )?;
    project.write(
        "pieces/data.sql",
        r#"SET session_replication_role = replica;
INSERT INTO "auth"."users" ("id", "email", "is_anonymous", "raw") VALUES
	('0a1b2c3d-0000-4000-8000-000000000001', 'a@b', false, '{"x": ";"}');
INSERT INTO "public"."notes" ("id", "owner") VALUES (1, '0a1b2c3d-0000-4000-8000-000000000001'), (2, NULL);
SELECT pg_catalog.setval('"auth"."refresh_tokens_id_seq"', 1, false);
SELECT pg_catalog.setval('"public"."notes_id_seq"', 2, true);
RESET ALL;
"#,
    )?;
    let imported = project.run(&["backup", "import", "pieces", "--prove"], 0)?.stdout;
    for said in [
        "the role anon",
        "the schema auth",
        "the table auth.users",
        "the publication supabase_realtime",
        "proven: 3 rows",
    ] {
        ensure!(imported.contains(said), "{said}: {imported}");
    }
    let back = project.json(&["backup", "show"], 0)?;
    let files = back["result"]["manifest"]["source"]["imported"]["files"].as_array().context("files")?.clone();
    let names: Vec<&str> = files.iter().filter_map(|file| file["name"].as_str()).collect();
    ensure!(names == ["roles.sql", "schema.sql", "data.sql"], "{names:?}");
    let mut file = fs::File::options().append(true).open(project.path("pieces/data.sql"))?;
    file.write_all(b"INSERT INTO public.notes (id, owner) VALUES (3, '0a1b2c3d-0000-4000-8000-00000000000f');\nSET session_replication_role = origin;\n")?;
    // Rows that refer to nobody come in by the switch, and do not pass the proof.
    let unproven = project.run(&["backup", "import", "pieces", "--prove"], 1)?;
    ensure!(unproven.stderr.contains("notes_owner_fkey"), "{}", unproven.transcript());
    Ok(())
}
