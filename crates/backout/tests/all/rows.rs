//! Taking changes of rows back: what later ones did stays, whatever the keys, the encodings and the tables are.

use anyhow::{Context, Result, ensure};

use crate::project::{PLAN, Project};

async fn project(name: &str, sql: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    project.query(&format!("ALTER ROLE {} CREATEDB; CREATE EXTENSION citext", project.database.owner()))?;
    project.database.run(sql)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    Ok(project)
}

/// Runs it in a transaction, and says which.
fn transaction(project: &Project, sql: &str) -> Result<String> {
    let said = project.query(&format!("BEGIN; {sql}; SELECT 'xid:' || pg_current_xact_id(); COMMIT"))?;
    let line = said.lines().find_map(|line| line.strip_prefix("xid:")).context("no number")?;
    Ok(line.to_owned())
}

fn undo(project: &Project, tables: &[&str], xid: &str) -> Result<serde_json::Value> {
    let mut line = vec!["rows", "undo", "--txid", xid, "--yes", "production"];
    tables.iter().for_each(|table| line.extend(["--table", table]));
    Ok(project.json(&line, 0)?["result"]["tables"].clone())
}

/// The last transaction that changed users.
fn latest(project: &Project) -> Result<String> {
    let log = project.json(&["rows", "log", "--table", "users", "--limit", "1"], 0)?;
    let xid = log["result"]["transactions"][0]["transaction"]["xid"].as_u64();
    Ok(xid.context("no transaction")?.to_string())
}

fn clean(project: &Project) -> Result<()> {
    let name = project.database.name();
    for other in project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_'"))?.lines() {
        project.query(&format!("DROP DATABASE {other} WITH (FORCE)"))?;
    }
    Ok(())
}

/// A case: what is there, what is done and taken back, what others do in between, what is there then.
struct Case {
    table: &'static str,
    made: &'static str,
    picked: &'static str,
    later: &'static str,
    left: &'static str,
    conflicts: u64,
}

const CASES: [Case; 14] = [
    // Keys that are equal, and of other bytes.
    Case {
        table: "folded",
        made: "(name citext PRIMARY KEY, v int); INSERT INTO folded SELECT 'User' || i, i FROM generate_series(1, 5) i",
        picked: "UPDATE folded SET name = lower(name::text)",
        later: "UPDATE folded SET v = 50 WHERE name = 'user5'",
        left: "User1,1 User2,2 User3,3 User4,4 User5,50",
        conflicts: 0,
    },
    Case {
        table: "scaled",
        made: "(k numeric PRIMARY KEY, v int); INSERT INTO scaled VALUES (1.0, 1), (2.00, 2)",
        picked: "UPDATE scaled SET k = k::numeric(10, 3)",
        later: "",
        left: "1.0,1 2.00,2",
        conflicts: 0,
    },
    // A row that somebody else put there is theirs, though it looks alike.
    Case {
        table: "again",
        made: "(id int PRIMARY KEY, v int)",
        picked: "INSERT INTO again VALUES (1, 1), (2, 2)",
        later: "DELETE FROM again WHERE id = 1; INSERT INTO again VALUES (1, 1)",
        left: "1,1",
        conflicts: 0,
    },
    Case {
        table: "emptied",
        made: "(id int PRIMARY KEY, v text); INSERT INTO emptied VALUES (1, 'a'), (2, 'b')",
        picked: "UPDATE emptied SET v = 'bad'; INSERT INTO emptied VALUES (3, 'c')",
        later: "TRUNCATE emptied",
        left: "",
        conflicts: 2,
    },
    // A key that changed: one row, and those that follow it.
    Case {
        table: "parent",
        made: "(id int PRIMARY KEY, v text); INSERT INTO parent VALUES (1, 'a'), (2, 'b');
               CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent ON UPDATE CASCADE); INSERT INTO child VALUES (1, 1)",
        picked: "UPDATE parent SET id = id + 100 WHERE id = 1",
        later: "UPDATE parent SET v = 'later' WHERE id = 101",
        left: "1,later 2,b",
        conflicts: 0,
    },
    Case {
        table: "moved",
        made: "(id int PRIMARY KEY, v text); INSERT INTO moved VALUES (1, 'a')",
        picked: "UPDATE moved SET id = 2",
        later: "UPDATE moved SET id = 3",
        left: "3,a",
        conflicts: 1,
    },
    Case {
        table: "passed_on",
        made: "(id int PRIMARY KEY, v text); INSERT INTO passed_on VALUES (1, 'a'), (2, 'b')",
        picked: "DELETE FROM passed_on WHERE id = 2; UPDATE passed_on SET id = 2 WHERE id = 1",
        later: "",
        left: "1,a 2,b",
        conflicts: 0,
    },
    // Columns with names that statements use.
    Case {
        table: "named",
        made: "(id int PRIMARY KEY, t text, p text, \"OLD\" text, backout_row int, seen text); INSERT INTO named VALUES (1, 'a', 'b', 'c', 4, 'd')",
        picked: "UPDATE named SET t = 'x', p = 'y', \"OLD\" = 'z', backout_row = 0",
        later: "UPDATE named SET seen = 'later'",
        left: "1,a,b,c,4,later",
        conflicts: 0,
    },
    // What is computed is nobody's change.
    Case {
        table: "computed",
        made: "(id int PRIMARY KEY, a int, b int, s int GENERATED ALWAYS AS (a + b) STORED); INSERT INTO computed VALUES (1, 1, 1)",
        picked: "UPDATE computed SET a = 5",
        later: "UPDATE computed SET b = 7",
        left: "1,1,7,8",
        conflicts: 0,
    },
    // Keys that are checked late keep one row, not all.
    Case {
        table: "late",
        made: "(id int PRIMARY KEY); CREATE TABLE hangs (p int REFERENCES late DEFERRABLE INITIALLY DEFERRED)",
        picked: "INSERT INTO late VALUES (1), (2)",
        later: "INSERT INTO hangs VALUES (1)",
        left: "1",
        conflicts: 1,
    },
    // Who refers to it sorts otherwise.
    Case {
        table: "collated",
        made: "(name text COLLATE \"C\" PRIMARY KEY); CREATE TABLE collated_by (name text COLLATE \"POSIX\" REFERENCES collated ON DELETE CASCADE)",
        picked: "INSERT INTO collated VALUES ('a'), ('b')",
        later: "INSERT INTO collated_by VALUES ('a')",
        left: "a",
        conflicts: 1,
    },
    Case {
        table: "numbered",
        made: "(id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, v text); INSERT INTO numbered (id, v) VALUES (1, 'a'), (2, 'b')",
        picked: "UPDATE numbered SET n = DEFAULT WHERE id = 1; UPDATE numbered SET v = 'x' WHERE id = 2",
        later: "",
        left: "1,3,a 2,2,b",
        conflicts: 1,
    },
    // A trigger of the application that lets nothing in.
    Case {
        table: "guarded",
        made: "(id int PRIMARY KEY); INSERT INTO guarded SELECT generate_series(1, 4);
               CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END'",
        picked: "DELETE FROM guarded WHERE id < 4",
        later: "CREATE TRIGGER keep_out BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION keep_out()",
        left: "1 3 4",
        conflicts: 1,
    },
    Case {
        table: "there_and_back",
        made: "(id int PRIMARY KEY, v text); INSERT INTO there_and_back VALUES (1, 'a'), (2, 'b')",
        picked: "UPDATE there_and_back SET v = 'x'",
        later: "UPDATE there_and_back SET v = 'y' WHERE id = 2",
        left: "1,a 2,y",
        conflicts: 1,
    },
];

#[tokio::test]
async fn what_later_transactions_did_stays() -> Result<()> {
    let made: Vec<String> = CASES.iter().map(|case| format!("CREATE TABLE {} {}", case.table, case.made)).collect();
    let project = project("rows_later", &made.join(";\n")).await?;
    for case in &CASES {
        let xid = transaction(&project, case.picked)?;
        project.database.run(case.later)?;
        let mut rows = project.database.sorted_copy(case.table)?;
        let planned = ["rows", "undo", "--table", case.table, "--txid", &xid, "--dry-run"];
        project.run(&planned, 0)?;
        ensure!(project.database.sorted_copy(case.table)? == rows, "{}: a dry run changes nothing", case.table);
        let done = undo(&project, &[case.table], &xid)?;
        rows = project.database.sorted_copy(case.table)?;
        let left = rows.join(" ").replace('\t', ",");
        ensure!(left == case.left && done[0]["conflicts"] == case.conflicts, "{}: {left}\n{done:#}", case.table);
    }
    ensure!(project.query("SELECT p FROM child")? == "1", "a child follows its parent's key");
    // A wrong number is said, and does not do nothing quietly.
    let unknown = project.run(&["rows", "undo", "--table", "again", "--txid", "1", "--yes", "production"], 2)?.stderr;
    ensure!(unknown.contains("nothing that 1 changed is captured there"), "{unknown}");
    clean(&project)
}

/// Rows of several tables that refer to each other, whatever the order they are named in; all of them or none.
#[tokio::test]
async fn several_tables_go_together() -> Result<()> {
    let project = project(
        "rows_several",
        "CREATE TABLE users (id int PRIMARY KEY, v text); INSERT INTO users SELECT i, 'u' FROM generate_series(1, 3000) i;
         CREATE TABLE orders (id int PRIMARY KEY, u int REFERENCES users ON DELETE CASCADE); INSERT INTO orders SELECT i, 1 + i % 3000 FROM generate_series(1, 6000) i;
         CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree); INSERT INTO tree SELECT i, nullif(i - 1, 0) FROM generate_series(1, 50) i;
         CREATE TABLE a (id int PRIMARY KEY, v text); INSERT INTO a VALUES (1, 'x'); CREATE TABLE b (id int PRIMARY KEY, v text); CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b);
         CREATE TABLE keyless (a int); CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10); CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
         INSERT INTO parts VALUES (1, 'a'), (11, 'b');
         CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '22023'; END $$;",
    )
    .await?;
    let all = ["users", "orders", "tree", "a", "b"];
    let see = || all.iter().map(|table| project.database.sorted_copy(table)).collect::<Result<Vec<_>>>();
    let before = see()?;
    let mut xid = transaction(
        &project,
        "DELETE FROM users WHERE id <= 2500; DELETE FROM tree; INSERT INTO users VALUES (9001, 'new'); INSERT INTO orders VALUES (9001, 9001)",
    )?;
    for tables in [["orders", "users", "tree"], ["tree", "users", "orders"]] {
        let done = undo(&project, &tables, &xid)?;
        ensure!(done.as_array().is_some_and(|all| all.iter().all(|table| table["conflicts"] == 0)), "{done:#}");
        ensure!(see()? == before, "{tables:?}: all of it is back");
        // What took it back is a transaction as well, and so is what takes that back.
        undo(&project, &tables, &latest(&project)?)?;
        ensure!(see()? != before, "the undo is undone");
        xid = latest(&project)?;
    }
    undo(&project, &["orders", "tree", "users"], &xid)?;
    ensure!(see()? == before, "and back");

    // A partitioned table is its partitions, and all tables are those that can be taken back.
    let parts = project.database.sorted_copy("parts")?;
    for tables in ["parts", "public.*"] {
        let xid = transaction(
            &project,
            "INSERT INTO keyless VALUES (1); UPDATE parts SET v = 'x'; UPDATE parts SET id = 2 WHERE id = 11",
        )?;
        undo(&project, &[tables], &xid)?;
        ensure!(project.database.sorted_copy("parts")? == parts, "{tables}");
    }
    project.run(&["rows", "undo", "--table", "keyless", "--since", "1h", "--dry-run"], 3)?;

    // An error in one table leaves the others as they are.
    let xid = transaction(&project, "UPDATE a SET v = 'bad'; INSERT INTO b VALUES (1, 'new')")?;
    let bad = see()?;
    project.database.run("CREATE TRIGGER no BEFORE DELETE ON b FOR EACH ROW EXECUTE FUNCTION no()")?;
    let line = ["rows", "undo", "--table", "a", "--table", "b", "--txid", &xid, "--yes", "production"];
    ensure!(project.run(&line, 1)?.stderr.contains("no"), "said");
    ensure!(see()? == bad, "nothing of it");
    project.database.run("DROP TRIGGER no ON b; INSERT INTO c VALUES (1, 1)")?;
    // What others refer to stays, and then a replay without the transaction leaves everything as it is.
    project.run(&["backup", "take"], 0)?;
    let xid = transaction(&project, "UPDATE a SET v = 'worse'; INSERT INTO b VALUES (2, 'new')")?;
    project.database.run("INSERT INTO c VALUES (2, 2)")?;
    let worse = see()?;
    let line = ["restore", "latest", "--replay", "--without-transaction", &xid, "--yes", "production"];
    let refused = project.run(&line, 3)?.stderr;
    ensure!(refused.contains("cannot be left out whole; of public.b 1 row stays"), "{refused}");
    ensure!(see()? == worse, "refused is refused");
    let left = format!("SELECT count(*) FROM pg_database WHERE datname ~ '^{}_'", project.database.name());
    ensure!(project.query(&left)? == "0", "and nothing is left behind");
    clean(&project)
}

/// What an application writes in another encoding is captured as what it is.
#[tokio::test]
async fn clients_have_other_encodings() -> Result<()> {
    let project = project(
        "rows_encoding",
        "CREATE TABLE k (k text PRIMARY KEY, v text); INSERT INTO k VALUES (U&'\\00c3\\00a9', 'old'), (U&'\\00e9', 'other'), ('euro', U&'\\20ac'); CREATE TABLE nokey (v text); CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
         CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM k;",
    )
    .await?;
    let latin =
        |sql: &str| project.database.run(&format!("SET client_encoding = 'LATIN1'; {sql}; SHOW client_encoding"));
    project.run(&["backup", "take"], 0)?;
    latin(
        "UPDATE k SET v = 'NEW' WHERE v = 'old'; INSERT INTO nokey VALUES (U&'\\00c3\\00a9'); UPDATE k SET v = 'gone' WHERE k = 'euro'",
    )?;
    let shown = project.query("SELECT string_agg(v, ' ' ORDER BY v COLLATE \"C\") FROM k")?;
    ensure!(shown == "NEW gone other", "an application changes what it cannot show: {shown}");
    project.database.run("INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES; DELETE FROM nothing WHERE ctid = '(0,1)'")?;
    let see = || {
        ["k", "nokey", "nothing"].iter().map(|table| project.database.sorted_copy(table)).collect::<Result<Vec<_>>>()
    };
    let live = see()?;
    let said = project.run(&["restore", "latest", "--replay", "--dry-run"], 0)?.stdout;
    ensure!(said.contains("written since, and replayed:") && !said.contains("backout_capture"), "{said}");
    project.run(&["restore", "latest", "--replay", "--without-transaction", "1", "--dry-run"], 2)?;
    let said = project.run(&["restore", "latest", "--replay", "--yes", "production"], 0)?.stderr;
    ensure!(said.contains("REFRESH MATERIALIZED VIEW") && said.contains("public.seen"), "{said}");
    ensure!(see()? == live, "replayed");
    project.run(&["restore", "--back", "--yes", "production"], 0)?;
    project.run(&["rows", "undo", "--table", "k", "--since", "1h", "--yes", "production"], 0)?;
    ensure!(project.query("SELECT v = U&'\\20ac' FROM k WHERE k = 'euro'")? == "t", "and taken back");
    ensure!(project.query("SELECT v FROM k WHERE k = U&'\\00c3\\00a9'")? == "old", "the row it was");
    clean(&project)
}
