//! Folders in, migrations and history rows out.

use std::fs;

use super::*;
use tempfile::TempDir;

/// A folder of files below a temporary one.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn layout(name: &str) -> &'static dyn Layout {
    by_name(name).unwrap()
}

/// `version name [mode] [down]` of each migration, or what is wrong, paths cut to the folder.
fn read(name: &str, files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let dir = folder(files);
    let shown = |migration: &Migration| {
        let mode = match migration.mode {
            Mode::PerFile => "",
            Mode::AllInOne => " all",
            Mode::NoTransaction => " none",
            Mode::Script => " script",
        };
        format!("{}|{}{mode}{}", migration.version, migration.name, if migration.down.is_some() { " down" } else { "" })
    };
    let cut = |error: LayoutError| error.to_string().replace(&format!("{}/", dir.path().display()), "");
    let found = layout(name).read(dir.path()).map_err(cut)?;
    assert!(found.iter().enumerate().all(|(index, migration)| migration.position == index));
    Ok(found.iter().map(shown).collect())
}

fn check(name: &str, files: &[(&str, &str)], expected: Result<&[&str], &str>) {
    let expected = expected.map(|list| list.iter().map(|line| (*line).to_owned()).collect()).map_err(str::to_owned);
    assert_eq!(read(name, files), expected, "{name}: {files:?}");
}

#[test]
fn plain_folders() {
    let s = "SELECT 1;";
    check(
        "plain",
        &[("10_b.sql", s), ("9_a.sql", s), ("readme.md", ""), ("sub/1_x.sql", s)],
        Ok(&["9_a|9_a", "10_b|10_b"]),
    );
    check("plain", &[("001_a.sql", s), ("001_b.sql", s)], Ok(&["001_a|001_a", "001_b|001_b"]));
    check(
        "plain",
        &[("1_a.up.sql", s), ("1_a.down.sql", s), ("2_b.sql", s), ("2_b_rollback.sql", s)],
        Ok(&["1_a|1_a down", "2_b|2_b down"]),
    );
    check(
        "plain",
        &[("migrate-v2.sql", "BEGIN; COMMIT;"), ("rollback-v2.sql", s)],
        Ok(&["migrate-v2|migrate-v2 script down"]),
    );
    check(
        "plain",
        &[("1_a.sql", s), ("baseline.sql", s)],
        Err("baseline.sql: the other files begin with a number and this one does not, so its turn is unknown"),
    );
    check(
        "plain",
        &[("1_a.sql", s), ("2_b.down.sql", s)],
        Err("2_b.down.sql: it looks like a way back, and there is no migration of that name"),
    );
    check("plain", &[("1_a.sql", "CREATE INDEX CONCURRENTLY ON t (a)")], Ok(&["1_a|1_a none"]));
    let dir = folder(&[("fix.sql", "\\echo hi\nSELECT 1;")]);
    let found = layout("plain").read(&dir.path().join("fix.sql")).unwrap();
    assert_eq!(found[0].version, "fix");
    assert_eq!(found[0].script(Dialect::Psql).unwrap().items.len(), 2);
}

#[test]
fn sqlx_folders() {
    let s = "SELECT 1;";
    check("sqlx", &[("10_b_c.sql", s), ("9_a.sql", s), ("readme.sql", s), ("sub/1_x.sql", s)], Ok(&["9|a", "10|b c"]));
    check(
        "sqlx",
        &[("1_a.up.sql", s), ("1_a.down.sql", s), ("2_i.sql", "-- no-transaction\nSELECT 1;")],
        Ok(&["1|a down", "2|i none"]),
    );
    check("sqlx", &[("0001_a.sql", s)], Ok(&["1|a"]));
    check("sqlx", &[("x_y.sql", s)], Err("x_y.sql: \"x\" before the first _ is no number, and sqlx stops at that"));
    check(
        "sqlx",
        &[("1_a.sql", s), ("01_b.sql", s)],
        Err("01_b.sql and 1_a.sql have the same version 1: sqlx runs one and fails at the other"),
    );
}

#[test]
fn dbmate_folders() {
    let both = "-- migrate:up\ncreate table a ();\n-- migrate:down\ndrop table a;\n";
    check("dbmate", &[("10_b.sql", both), ("9_a.sql", both), ("x.sql", both)], Ok(&["10|b down", "9|a down"]));
    check(
        "dbmate",
        &[("010_a.sql", "-- migrate:up transaction:false\nselect 1;\n-- migrate:down\n")],
        Ok(&["010|a none"]),
    );
    check(
        "dbmate",
        &[("1_a.sql", "-- migrate:up\nselect 1;\n")],
        Err("1_a.sql: it has no -- migrate:down block (it may be empty)"),
    );
    check("dbmate", &[("1_a.sql", "select 1;\n")], Err("1_a.sql: it has no -- migrate:up block"));
    check(
        "dbmate",
        &[("1_a.sql", "select 1;\n-- migrate:up\n-- migrate:down\n")],
        Err("1_a.sql: statements stand before -- migrate:up"),
    );
    check(
        "dbmate",
        &[("1_a.sql", "-- migrate:down\n-- migrate:up\n")],
        Err("1_a.sql: -- migrate:down stands before -- migrate:up"),
    );
    check(
        "dbmate",
        &[("1_a.sql", both), ("1_b.sql", both)],
        Err(
            "1_a.sql and 1_b.sql have the same version 1: they would share one row of dbmate's history, and only one would ever run",
        ),
    );
    let dir = folder(&[("1_a.sql", "-- head\n\n-- migrate:up\nselect 1;\n\n-- migrate:down\ndrop table a;\n")]);
    let migration = layout("dbmate").read(dir.path()).unwrap().remove(0);
    assert_eq!((&*migration.up, migration.first_line), ("-- migrate:up\nselect 1;\n\n", 3));
    assert_eq!(migration.script(Dialect::Server).unwrap().statements().next().unwrap().location.line, 4);
    let down = migration.down.unwrap();
    assert_eq!((&*down.text, down.first_line), ("-- migrate:down\ndrop table a;\n", 6));
}

#[test]
fn goose_folders() {
    let both = "-- A table.\n\n-- +goose Up\nCREATE TABLE a (\n  id int -- ;\n);\n-- +goose Down\nDROP TABLE a;\n";
    let block = "-- +goose NO TRANSACTION\n-- +goose up\n-- +goose StatementBegin\nSELECT 1;\nSELECT 2\n-- +goose StatementEnd\n-- +goose Down\n-- nothing\n";
    check(
        "goose",
        &[("00010_b.sql", block), ("9_a_c.sql", both), ("readme.md", ""), ("x_test.go", "")],
        Ok(&["9|a_c down", "10|b none"]),
    );
    let dir = folder(&[("1_a.sql", both)]);
    let found = layout("goose").read(dir.path()).unwrap().remove(0);
    assert_eq!(found.up.lines().position(|line| line.starts_with("CREATE")), Some(3), "places are those of the file");
    assert!(!found.up.contains("DROP"));
    let down = found.down.unwrap();
    assert_eq!(down.text.lines().position(|line| line == "DROP TABLE a;"), Some(7));
    assert!(!down.text.contains("CREATE"));
    for (name, text, reason) in [
        ("a.sql", both, "a.sql: goose wants a number and _ in front of the name, and stops at that"),
        ("x_a.sql", both, "x_a.sql: what stands before the first _ is no number above 0, and goose stops at that"),
        ("0_a.sql", both, "0_a.sql: what stands before the first _ is no number above 0, and goose stops at that"),
        ("1_a.sql", "-- none\n", "1_a.sql: it has no -- +goose Up section"),
        ("1_a.sql", "SELECT 1;\n-- +goose Up\n", "1_a.sql: line 1: goose runs nothing that stands before its Up line"),
        (
            "1_a.sql",
            "-- +goose Up\nSELECT 1;\nSELECT\n 2\n-- +goose Down\n",
            "1_a.sql: line 3: goose wants a semicolon at the end of the line that ends a statement",
        ),
        (
            "1_a.sql",
            "-- +goose Up\nSELECT 1; -- x\nSELECT 2",
            "1_a.sql: line 3: goose wants a semicolon at the end of the line that ends a statement",
        ),
        (
            "1_a.sql",
            "-- +goose Up\n-- +goose Up\n",
            "1_a.sql: line 2: a second Up section, or one behind Down, at which goose stops",
        ),
        (
            "1_a.sql",
            "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n",
            "1_a.sql: line 2: the statement block that begins here has no end",
        ),
        ("1_a.sql", "-- +goose Sideways\n", "1_a.sql: line 1: a mark that goose does not know, at which goose stops"),
        (
            "1_a.sql",
            "-- +goose Up\n-- +goose ENVSUB ON\n",
            "1_a.sql: line 2: it takes values from the environment, which may be others elsewhere",
        ),
        (
            "1_a.sql",
            "-- +goose Up\n  -- +goose Down\n",
            "1_a.sql: line 2: goose wants its marks at the beginning of the line",
        ),
    ] {
        check("goose", &[(name, text)], Err(reason));
    }
    check(
        "goose",
        &[("1_a.sql", both), ("2_b.go", "package m")],
        Err("2_b.go: a migration written in Go can only be run by the program that it is part of"),
    );
    check(
        "goose",
        &[("01_b.sql", both), ("1_a.sql", both)],
        Err("01_b.sql and 1_a.sql have the same version 1: goose stops at that"),
    );
}

#[test]
fn sql_migrate_folders() {
    let both = "SELECT nothing\n-- +migrate Up\nCREATE TABLE a (\n  id int\n);\n\n-- +migrate Down\nDROP TABLE a;\n-- +migrate Up\nSELECT 3;\n";
    let block = "-- +migrate Up notransaction\n-- +migrate StatementBegin\nSELECT 1;\nSELECT 2\n-- +migrate StatementEnd\n-- +migrate Down\n-- nothing\n";
    check(
        "sql-migrate",
        &[("10-b.sql", block), ("9_a.sql", both), ("z.sql", both), ("b.txt", "")],
        Ok(&["9_a.sql|a down", "10-b.sql|b none", "z.sql|z down"]),
    );
    let dir = folder(&[("1_a.sql", both)]);
    let found = layout("sql-migrate").read(dir.path()).unwrap().remove(0);
    assert_eq!(found.up.lines().position(|line| line.starts_with("SELECT 3")), Some(9));
    assert!(!found.up.contains("DROP") && !found.up.contains("nothing") && found.up.contains("CREATE"));
    for (text, reason) in [
        ("SELECT 1;\n", "1_a.sql: it has no -- +migrate Up section"),
        (
            "-- +migrate Up\nSELECT 1\n",
            "1_a.sql: line 2: sql-migrate wants a semicolon at the end of the line that ends a statement",
        ),
        (
            "-- +migrate Up\n-- +migrate StatementBegin\n",
            "1_a.sql: line 2: the statement block that begins here has no end",
        ),
    ] {
        check("sql-migrate", &[("1_a.sql", text)], Err(reason));
    }
}

#[test]
fn golang_migrate_folders() {
    let s = "SELECT 1;";
    check(
        "golang-migrate",
        &[("10_b.up.sql", s), ("9_a.up.sql", "BEGIN; COMMIT;"), ("9_a.down.sql", s), ("notes.sql", s)],
        Ok(&["9|a script down", "10|b"]),
    );
    check("golang-migrate", &[("001_a.up.sql", "CREATE INDEX CONCURRENTLY ON t (a)")], Ok(&["1|a none"]));
    check(
        "golang-migrate",
        &[("1_a.up.sql", s), ("01_b.up.sql", s)],
        Err("01_b.up.sql and 1_a.up.sql have the same version 1: golang-migrate stops at that"),
    );
    check(
        "golang-migrate",
        &[("1_a.up.sql", s), ("2_b.down.sql", s)],
        Err("2_b.down.sql: it has no up file: golang-migrate would count it as run"),
    );
}

#[test]
fn diesel_folders() {
    let s = "SELECT 1;";
    check(
        "diesel",
        &[
            ("9_b/up.sql", s),
            ("10_a/up.sql", s),
            ("2024-01-02-000000-0000_idx/up.sql", s),
            ("2024-01-02-000000-0000_idx/down.sql", s),
            (".keep", ""),
            ("foo/up.sql", s),
        ],
        Ok(&["10|10_a", "202401020000000000|2024-01-02-000000-0000_idx down", "9|9_b", "foo|foo"]),
    );
    check("diesel", &[("1_a/up.sql", s), ("1_a/metadata.toml", "run_in_transaction = false")], Ok(&["1|1_a none"]));
    check("diesel", &[("1_a/up.sql", "-- nothing\n")], Err("1_a/up.sql: it is empty, and diesel stops at that"));
    check("diesel", &[("1_a/down.sql", s)], Err("1_a: it has no up.sql, and diesel stops at that"));
    check(
        "diesel",
        &[("10_x/up.sql", s), ("1-0_x/up.sql", s)],
        Err(
            "1-0_x/up.sql and 10_x/up.sql have the same version 10: they would share one row of diesel's history, and only one would ever run",
        ),
    );
}

#[test]
fn supabase_folders() {
    let s = "SELECT 1;";
    check(
        "supabase",
        &[("10_a.sql", s), ("100_b.sql", s), ("9_c.sql", s), ("x.sql", s)],
        Ok(&["100|b", "10|a", "9|c"]),
    );
    check(
        "supabase",
        &[("1_a.sql", s), ("1_b.sql", s)],
        Err(
            "1_a.sql and 1_b.sql have the same version 1: the second one fails on the primary key of Supabase's history",
        ),
    );
}

#[test]
fn prisma_folders() {
    let s = "SELECT 1;";
    check(
        "prisma",
        &[("9_x/migration.sql", s), ("10_x/migration.sql", s), ("migration_lock.toml", "provider = \"postgresql\"\n")],
        Ok(&["10_x|10_x", "9_x|9_x"]),
    );
    check("prisma", &[("1_x/other.sql", s)], Err("1_x: it has no migration.sql, and Prisma stops at that (P3015)"));
    check(
        "prisma",
        &[("migration_lock.toml", "provider = \"mysql\"")],
        Err("migration_lock.toml: these migrations are for mysql, not for PostgreSQL"),
    );
}

#[test]
fn drizzle_folders() {
    let journal = |entries: &str| format!("{{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[{entries}]}}");
    let two = journal(
        "{\"idx\":0,\"version\":\"7\",\"when\":1,\"tag\":\"0000_b\",\"breakpoints\":true},{\"idx\":1,\"when\":2,\"tag\":\"0001_a\"}",
    );
    let sql = "CREATE TABLE a ()\n--> statement-breakpoint\nCREATE TABLE b ();--> statement-breakpoint\nSELECT 1;";
    check(
        "drizzle",
        &[("meta/_journal.json", &two), ("0000_b.sql", sql), ("0001_a.sql", "SELECT 1"), ("stray.sql", "x")],
        Ok(&["0000_b|0000_b all", "0001_a|0001_a all"]),
    );
    let dir = folder(&[("meta/_journal.json", &two), ("0000_b.sql", sql), ("0001_a.sql", "SELECT 1")]);
    let found = layout("drizzle").read(dir.path()).unwrap();
    let places: Vec<String> = found[0]
        .script(Dialect::Server)
        .unwrap()
        .statements()
        .map(|statement| format!("{}:{} {}", statement.location.line, statement.location.column, statement.text))
        .collect();
    assert_eq!(places, ["1:1 CREATE TABLE a ()", "3:1 CREATE TABLE b ()", "4:1 SELECT 1"]);
    let back = journal("{\"when\":2,\"tag\":\"a\"},{\"when\":1,\"tag\":\"b\"}");
    check(
        "drizzle",
        &[("meta/_journal.json", &back)],
        Err("meta/_journal.json: b is dated no later than a before it, so Drizzle would never run it"),
    );
    check(
        "drizzle",
        &[("meta/_journal.json", "{\"dialect\":\"mysql\",\"entries\":[]}")],
        Err("meta/_journal.json: these migrations are for mysql, not for PostgreSQL"),
    );
}

#[test]
fn empty_folders_hold_nothing() {
    for layout in LAYOUTS.iter().filter(|layout| layout.name() != "drizzle") {
        let dir = folder(&[]);
        assert!(matches!(layout.read(dir.path()), Err(LayoutError::NothingFound { .. })), "{}", layout.name());
    }
}

#[test]
fn files_that_are_no_utf8_are_named_with_the_line() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("1_a.sql"), b"SELECT 1;\nSELECT '\xff';").unwrap();
    assert!(matches!(layout("sqlx").read(dir.path()), Err(LayoutError::NotUtf8 { line: 2, .. })));
}

#[test]
fn layouts_are_told_apart() {
    let s = "SELECT 1;";
    let marked = "-- migrate:up\n-- migrate:down\n";
    for (files, below, expected) in [
        (vec![("1_a.sql", s)], "", Ok("plain")),
        (vec![("m/1_a.sql", s), ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"")], "m", Ok("sqlx")),
        (vec![("m/1_a.sql", s), ("Cargo.toml", "[dependencies]\n")], "m", Ok("plain")),
        (vec![("1_a.sql", marked)], "", Ok("dbmate")),
        (vec![("m/1_a.up.sql", s), ("go.mod", "")], "m", Ok("golang-migrate")),
        (vec![("m/1_a.up.sql", s), (".sqlx/x", "")], "m", Ok("sqlx")),
        (vec![("1_a/up.sql", s)], "", Ok("diesel")),
        (vec![("supabase/migrations/1_a.sql", s)], "supabase/migrations", Ok("supabase")),
        (vec![("1_a/migration.sql", s)], "", Ok("prisma")),
        (vec![("meta/_journal.json", "{}"), ("0000_a.sql", s)], "", Ok("drizzle")),
        (
            vec![("1_a.up.sql", s)],
            "",
            Err(
                "may be of sqlx (it holds N_x.up.sql files) or golang-migrate (it holds N_x.up.sql files); name one as the layout in the plan",
            ),
        ),
        (vec![("1_a.sql", "-- +goose Up\n")], "", Ok("goose")),
        (vec![("1_a.sql", "-- +migrate Up\n")], "", Ok("sql-migrate")),
        (
            vec![("1_a.sql", "-- Up Migration\n")],
            "",
            Err("is a folder of node-pg-migrate (1_a.sql holds \"-- Up Migration\"), which is not supported"),
        ),
        (
            vec![("V1__a.sql", s)],
            "",
            Err("is a folder of Flyway or refinery (it holds V1__a.sql), which is not supported"),
        ),
        (vec![("sqitch.plan", "")], "", Err("is a folder of sqitch (it holds sqitch.plan), which is not supported")),
        (vec![("readme.md", "")], "", Err("no migrations were found in")),
    ] {
        let dir = folder(&files);
        match (detect(&dir.path().join(below)), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.name(), expected, "{files:?}"),
            (Err(found), Err(expected)) => assert!(found.to_string().contains(expected), "{files:?}: {found}"),
            (found, _) => panic!("{files:?}: {found:?}"),
        }
    }
    assert!(
        by_name("rails")
            .unwrap_err()
            .to_string()
            .starts_with("there is no layout \"rails\"; known are plain, sqlx, dbmate")
    );
}

/// Fills a history's row for the only file of a folder.
fn rows(name: &str, files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let dir = folder(files);
    let migrations = layout(name).read(dir.path()).unwrap();
    let history = layout(name).history().unwrap();
    let context = RecordContext {
        now: "2026-11-21T07:46:22.017801Z".parse().unwrap(),
        duration: Duration::from_micros(1_500),
        uuid: "08639b01-0000-4000-8000-000000000000",
    };
    let migration = migrations.last().unwrap();
    let previous = migrations.len().checked_sub(2).map(|index| &migrations[index]);
    (history.record(migration, &context), history.unrecord(migration, previous))
}

#[test]
fn history_rows() {
    let journal = "{\"entries\":[{\"when\":1704067200000,\"tag\":\"0000_a\"}]}";
    for (name, files, record, unrecord) in [
        (
            "sqlx",
            vec![("1_it's_a.sql", "abc")],
            // SHA-384 of "abc" as FIPS 180-2 gives it.
            vec![
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (1, 'it''s a', true, \
                 decode('cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7', 'hex'), \
                 (extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000000000)::bigint)",
            ],
            vec!["DELETE FROM _sqlx_migrations WHERE version = 1"],
        ),
        (
            "dbmate",
            vec![("010_a.sql", "-- migrate:up\n-- migrate:down\n")],
            vec!["insert into schema_migrations (version) values ('010')"],
            vec!["delete from schema_migrations where version = '010'"],
        ),
        (
            "goose",
            vec![("0002_b.sql", "-- +goose Up\n")],
            vec!["INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)"],
            vec!["DELETE FROM goose_db_version WHERE version_id = 2"],
        ),
        (
            "sql-migrate",
            vec![("2-it's.sql", "-- +migrate Up\n")],
            vec!["insert into gorp_migrations (id, applied_at) values ('2-it''s.sql', '2026-11-21T07:46:22.017801Z')"],
            vec!["delete from gorp_migrations where id = '2-it''s.sql'"],
        ),
        (
            "golang-migrate",
            vec![("2_b.up.sql", "select 1")],
            vec!["DELETE FROM schema_migrations", "INSERT INTO schema_migrations (version, dirty) VALUES (2, false)"],
            vec!["DELETE FROM schema_migrations"],
        ),
        (
            "golang-migrate",
            vec![("2_b.up.sql", "select 1"), ("10_b.up.sql", "select 1")],
            vec!["DELETE FROM schema_migrations", "INSERT INTO schema_migrations (version, dirty) VALUES (10, false)"],
            vec!["DELETE FROM schema_migrations", "INSERT INTO schema_migrations (version, dirty) VALUES (2, false)"],
        ),
        (
            "diesel",
            vec![("2024-01-01-000000_a/up.sql", "select 1")],
            vec![
                "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('20240101000000', '2026-11-21 07:46:22.017801')",
            ],
            vec!["DELETE FROM __diesel_schema_migrations WHERE version = '20240101000000'"],
        ),
        (
            "supabase",
            vec![("20240102000000_b.sql", "create table b(id int);\n-- two\ninsert into b values (1);\n-- end\n")],
            vec![
                "INSERT INTO supabase_migrations.schema_migrations (version, name, statements) VALUES ('20240102000000', 'b', \
                 ARRAY['create table b(id int)', '-- two\ninsert into b values (1)', '-- end']::text[])",
            ],
            vec!["DELETE FROM supabase_migrations.schema_migrations WHERE version = '20240102000000'"],
        ),
        (
            "prisma",
            vec![("20240101000000_a/migration.sql", "abc")],
            vec![
                "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) \
                 VALUES ('08639b01-0000-4000-8000-000000000000', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', \
                 '2026-11-21 07:46:22.017+00', '20240101000000_a', NULL, NULL, '2026-11-21 07:46:22.016+00', 1)",
            ],
            vec![
                "DELETE FROM _prisma_migrations WHERE migration_name = '20240101000000_a' AND finished_at IS NOT NULL AND rolled_back_at IS NULL",
            ],
        ),
        (
            "drizzle",
            vec![("meta/_journal.json", journal), ("0000_a.sql", "abc")],
            vec![
                "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES \
                 ('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 1704067200000)",
            ],
            vec!["DELETE FROM drizzle.__drizzle_migrations WHERE created_at = 1704067200000"],
        ),
    ] {
        let (recorded, unrecorded) = rows(name, &files);
        assert_eq!(recorded, record, "{name}");
        assert_eq!(unrecorded, unrecord, "{name}");
    }
}

#[test]
fn every_statement_about_a_history_is_valid_sql() {
    let journal = "{\"entries\":[{\"when\":1,\"tag\":\"a\"},{\"when\":2,\"tag\":\"b\"}]}";
    let s = "-- migrate:up\nSELECT '\\';\n-- migrate:down\n";
    let files = [
        ("1_a.sql", s),
        ("1_a/up.sql", s),
        ("1_a/migration.sql", s),
        ("meta/_journal.json", journal),
        ("a.sql", s),
        ("b.sql", s),
        ("2_a.up.sql", s),
    ];
    let context = RecordContext { now: jiff::Timestamp::UNIX_EPOCH, duration: Duration::ZERO, uuid: "u" };
    let mut judged = 0;
    for layout in LAYOUTS {
        let Some(history) = layout.history() else { continue };
        let kept: Vec<(&str, &str)> = match layout.name() {
            "dbmate" => files.iter().copied().filter(|(path, _)| *path == "1_a.sql").collect(),
            "diesel" => vec![files[1]],
            "goose" => vec![("1_a.sql", "-- +goose Up\nSELECT '\\';\n")],
            "sql-migrate" => vec![("it's.sql", "-- +migrate Up\nSELECT '\\';\n")],
            "prisma" => vec![files[2]],
            _ => files.to_vec(),
        };
        let dir = folder(&kept);
        let migrations = layout.read(dir.path()).unwrap();
        let mut all = history.create();
        all.extend([history.applied(&migrations), history.applied(&[])]);
        all.extend(history.refusal());
        all.extend(history.checksums());
        all.extend(history.lock("db", "public").map(|lock| lock.sql));
        all.extend(migrations.iter().flat_map(|migration| history.record(migration, &context)));
        all.extend(migrations.iter().flat_map(|migration| history.unrecord(migration, migrations.first())));
        for sql in all {
            let found = script::parse(layout.name(), &sql, Dialect::Server, &mut script::no_includes)
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            assert_eq!(found.items.len(), 1, "{sql}");
            judged += 1;
        }
    }
    assert!(judged > 40, "{judged}");
}

#[test]
fn keys_of_locks() {
    for (name, database, expected) in [
        ("sqlx", "ml_s3", Some(177_786_895_099_223_704)),
        ("golang-migrate", "ml_gm", Some(333_961_748)),
        ("dbmate", "x", Some(48_372_615)),
        ("prisma", "x", Some(72_707_369)),
        ("diesel", "x", None),
        ("supabase", "x", None),
        ("drizzle", "x", None),
        ("goose", "x", None),
        ("sql-migrate", "x", None),
    ] {
        let lock = layout(name).history().unwrap().lock(database, "public");
        assert_eq!(lock.map(|lock| lock.key), expected, "{name}");
    }
}

#[test]
fn edited_files_are_found_where_checksums_are_kept() {
    let dir = folder(&[("1_a.sql", "abc"), ("2_b.sql", "abc")]);
    let migrations = layout("sqlx").read(dir.path()).unwrap();
    let history = layout("sqlx").history().unwrap();
    let right = history.accepted_checksums(&migrations[0]).remove(0);
    let recorded = [("1".to_owned(), right), ("2".to_owned(), "00".to_owned()), ("3".to_owned(), "00".to_owned())];
    let found: Vec<String> =
        history.mismatch(&recorded, &migrations).into_iter().map(|mismatch| mismatch.version).collect();
    assert_eq!(found, ["2"]);

    let dir = folder(&[("1_a/migration.sql", "a\r\nb\r\n")]);
    let migrations = layout("prisma").read(dir.path()).unwrap();
    let unix = folder(&[("1_a/migration.sql", "a\nb\n")]);
    let recorded = layout("prisma").read(unix.path()).unwrap().remove(0).checksum;
    assert_eq!(layout("prisma").history().unwrap().mismatch(&[("1_a".to_owned(), recorded)], &migrations), []);
}

#[test]
fn tables_of_one_name_are_told_apart_by_their_columns() {
    let varchar = [("version", "character varying(128)")];
    let bigint = [("version", "bigint"), ("dirty", "boolean")];
    for (name, columns, expected) in [
        ("dbmate", &varchar[..], true),
        ("dbmate", &bigint[..], false),
        ("golang-migrate", &bigint[..], true),
        ("golang-migrate", &varchar[..], false),
        ("diesel", &[("version", "character varying(50)"), ("run_on", "timestamp without time zone")][..], true),
    ] {
        assert_eq!(layout(name).history().unwrap().recognises(columns), expected, "{name} {columns:?}");
    }
}
