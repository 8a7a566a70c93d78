//! Forth, back, and forth again: what the undo set aside is where it was.

use crate::harness::{Bench, same};
use anyhow::{Context, Result, ensure};
use backout_postgres::reimport;

struct Redo {
    name: &'static str,
    before: &'static str,
    up: &'static str,
    /// What the application writes after it.
    since: &'static str,
    /// What it writes between the undo and the second time.
    between: &'static str,
    /// (query, the answer after the second time; where it is empty, the one of before the undo)
    ask: &'static [(&'static str, &'static str)],
    /// Rows that stay aside.
    left: i64,
}

const PLAIN: Redo = Redo { name: "", before: "", up: "", since: "", between: "", ask: &[], left: 0 };

const CASES: &[Redo] = &[
    Redo {
        name: "tables_of_a_new_range_type",
        up: "CREATE TYPE fr AS RANGE (subtype = float8); CREATE TABLE t (id int PRIMARY KEY, a fr);",
        since: "INSERT INTO t VALUES (1, '[1.5,2)'), (2, NULL);",
        ask: &[("SELECT * FROM t ORDER BY 1", "1|[1.5,2)\n2|")],
        ..PLAIN
    },
    Redo {
        name: "tables_and_their_keys",
        before: "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1), (2), (3);",
        up: r#"CREATE TABLE "Or ders" (id serial PRIMARY KEY, u int REFERENCES users, total numeric, twice numeric GENERATED ALWAYS AS (total * 2) STORED);
               CREATE TABLE "lines" (o int REFERENCES "Or ders", n int, what text);
               INSERT INTO "Or ders" (u, total) SELECT id, 0 FROM users;"#,
        since: r#"UPDATE "Or ders" SET total = 5 WHERE id = 1; INSERT INTO "Or ders" (u, total) VALUES (1, 9), (2, 8), (NULL, 7);
                  INSERT INTO "lines" VALUES (4, 1, 'a'), (4, 1, 'a'), (5, 2, NULL);"#,
        ask: &[
            (r#"SELECT id, u, total, twice FROM "Or ders" ORDER BY id"#, ""),
            (r#"SELECT o, n, what FROM "lines" ORDER BY 1, 2, 3"#, ""),
            (r#"INSERT INTO "Or ders" (u) VALUES (3) RETURNING id"#, "7"),
        ],
        ..PLAIN
    },
    Redo {
        name: "parents_that_went",
        before: "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1), (2);",
        up: "CREATE TABLE notes (id int PRIMARY KEY, u int NOT NULL REFERENCES users);",
        since: "INSERT INTO notes VALUES (1, 1), (2, 2), (3, 2);",
        between: "DELETE FROM users WHERE id = 2; INSERT INTO users VALUES (3);",
        ask: &[("SELECT id, u FROM notes ORDER BY id", "1|1")],
        left: 2,
        ..PLAIN
    },
    Redo {
        name: "columns_by_key",
        before: "CREATE TABLE t (a text, b int, v int, PRIMARY KEY (a, b)); INSERT INTO t VALUES ('x', 1, 1), ('x', 2, 2), ('y', 1, 3);",
        up: "ALTER TABLE t ADD COLUMN mood text DEFAULT 'ok', ADD COLUMN seen timestamptz, ADD COLUMN n int GENERATED ALWAYS AS IDENTITY; UPDATE t SET seen = '2020-01-01Z';",
        since: "UPDATE t SET mood = 'fine', seen = NULL WHERE b = 2; UPDATE t SET mood = NULL WHERE a = 'y'; INSERT INTO t VALUES ('z', 9, 9, 'new', '2021-01-01Z');",
        between: "DELETE FROM t WHERE a = 'x' AND b = 1; INSERT INTO t VALUES ('w', 1, 4);",
        ask: &[(
            "SELECT a, b, v, mood, extract(year FROM seen) FROM t ORDER BY 1, 2",
            "w|1|4|ok|2020\nx|2|2|fine|2020\ny|1|3||2020\nz|9|9|new|2021",
        )],
        left: 2,
        ..PLAIN
    },
    Redo {
        name: "columns_by_place",
        before: "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, NULL), (NULL, NULL);",
        up: "ALTER TABLE t ADD COLUMN c int;",
        since: "UPDATE t SET c = 5 WHERE a = 1; UPDATE t SET c = 6 WHERE a IS NULL;",
        ask: &[("SELECT a, b, c FROM t ORDER BY 1, 2, 3", "")],
        ..PLAIN
    },
    Redo {
        name: "values_of_an_enum",
        before: "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'ok', l mood[]); INSERT INTO t VALUES (1, 'sad'), (2, 'ok'), (3, NULL);",
        up: "ALTER TYPE mood ADD VALUE 'great';",
        since: "UPDATE t SET m = 'great', l = '{great,sad}' WHERE id < 3;",
        between: "UPDATE t SET m = 'sad' WHERE id = 2;",
        ask: &[("SELECT id, m, l FROM t ORDER BY 1", "1|great|{great,sad}\n2|sad|{great,sad}\n3||")],
        left: 1,
        ..PLAIN
    },
    Redo {
        name: "values_that_did_not_fit",
        before: "CREATE TABLE t (id int PRIMARY KEY, n int, s varchar(3)); INSERT INTO t VALUES (1, 1, 'abc'), (2, 2, 'def'), (3, 3, 'x');",
        up: "ALTER TABLE t ALTER n TYPE bigint, ALTER s TYPE text;",
        since: "UPDATE t SET n = 9876543210, s = 'longer' WHERE id < 3;",
        between: "UPDATE t SET n = 7, s = 'own' WHERE id = 2;",
        ask: &[("SELECT id, n, s FROM t ORDER BY 1", "1|9876543210|longer\n2|7|own\n3|3|x")],
        left: 2,
        ..PLAIN
    },
    Redo {
        name: "rows_whose_key_did_not_fit",
        before: "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');",
        up: "ALTER TABLE t ALTER id TYPE bigint;",
        since: "INSERT INTO t VALUES (9876543210, 'far'), (3, 'near');",
        between: "INSERT INTO t VALUES (4, 'between');",
        ask: &[("SELECT id, v FROM t ORDER BY 1", "1|a\n2|b\n3|near\n4|between\n9876543210|far")],
        ..PLAIN
    },
    Redo {
        name: "a_type_of_its_own_and_partitions",
        before: "CREATE TABLE u (id int PRIMARY KEY);",
        up: "CREATE TYPE hue AS ENUM ('red', 'blue');
             CREATE TABLE p (id int, h hue, hs hue[], PRIMARY KEY (id)) PARTITION BY RANGE (id);
             CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p DEFAULT;
             CREATE TABLE par (a int); CREATE TABLE chi (b int) INHERITS (par);
             ALTER TABLE u ADD COLUMN h hue;",
        since: "INSERT INTO p VALUES (1, 'red', '{red,blue}'), (50, 'blue', NULL); INSERT INTO par VALUES (1); INSERT INTO chi VALUES (2, 3); INSERT INTO u VALUES (1, 'red');",
        ask: &[
            ("SELECT tableoid::regclass, id, h, hs FROM p ORDER BY id", ""),
            ("SELECT tableoid::regclass, a FROM par ORDER BY a", ""),
            ("SELECT b FROM chi", ""),
            ("SELECT id, h FROM u", ""),
        ],
        ..PLAIN
    },
    Redo {
        name: "triggers_and_policies_are_not_asked",
        before: "CREATE TABLE log (what text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (TG_OP); RETURN NEW; END'; CREATE TABLE t (id int PRIMARY KEY);",
        up: "CREATE TABLE n (id int PRIMARY KEY); CREATE TRIGGER n_note BEFORE INSERT OR UPDATE ON n FOR EACH ROW EXECUTE FUNCTION note();
             ALTER TABLE n ENABLE ALWAYS TRIGGER n_note; ALTER TABLE n ENABLE ROW LEVEL SECURITY; ALTER TABLE n FORCE ROW LEVEL SECURITY;
             CREATE POLICY none ON n USING (id > 100) WITH CHECK (true);",
        since: "INSERT INTO n VALUES (1), (2)",
        ask: &[
            ("ALTER TABLE n NO FORCE ROW LEVEL SECURITY; SELECT id FROM n ORDER BY id", "1\n2"),
            ("SELECT what FROM log", "INSERT\nINSERT"),
            ("SELECT tgenabled FROM pg_trigger WHERE tgname = 'n_note'", "A"),
        ],
        ..PLAIN
    },
];

#[test]
fn what_was_put_aside_comes_again() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let only = std::env::var("CASE").ok();
    let mut run = 0;
    for case in CASES.iter().filter(|c| only.as_ref().is_none_or(|o| c.name.contains(o.as_str()))) {
        run += 1;
        runtime.block_on(again(case)).with_context(|| case.name)?;
    }
    ensure!(run > 0 || only.is_some(), "no case was run");
    Ok(())
}

async fn again(case: &Redo) -> Result<()> {
    let bench = Bench::new(&format!("redo_{}", case.name), case.before).await?;
    bench.migrate("one", case.up).await?;
    bench.db.run(case.since)?;
    let schema = bench.dump()?;
    let answers: Vec<String> = case
        .ask
        .iter()
        .map(|(query, answer)| if answer.is_empty() { bench.db.run(query) } else { Ok((*answer).to_owned()) })
        .collect::<Result<_>>()?;
    bench.undo().await?;
    bench.db.run(case.between)?;
    ensure!(!reimport::waiting(&bench.session, |version| version == "one").await?.is_empty(), "nothing waits");
    let report = bench.migrate_again("one", case.up).await?;
    same("the schema", &schema, &bench.dump()?)?;
    for ((query, _), expected) in case.ask.iter().zip(&answers) {
        same(query, expected.trim(), bench.db.run(query)?.trim())?;
    }
    let left: i64 = report.reimported.iter().map(|back| back.left).sum();
    ensure!(left == case.left, "{left} stay aside: {:#?}", report.reimported);
    ensure!(reimport::waiting(&bench.session, |_| true).await?.is_empty(), "something waits still");
    // And back once more, for the second time has a way back of its own.
    bench.undo().await?;
    Ok(())
}

/// A mended migration has another name: what it makes again gets its rows, anything else is left.
#[test]
fn under_another_name() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench =
            Bench::new("redo_other_name", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);").await?;
        bench.migrate("one", "ALTER TABLE t ADD COLUMN x int; CREATE TABLE n (id int PRIMARY KEY, v text);").await?;
        bench.db.run("UPDATE t SET x = 5; INSERT INTO n VALUES (1, 'a')")?;
        bench.undo().await?;
        bench.migrate_again("other", "CREATE TABLE elsewhere (id int);").await?;
        ensure!(reimport::waiting(&bench.session, |_| true).await?.len() == 2);
        let report = bench.migrate_again("mended", "ALTER TABLE t ADD COLUMN x bigint NOT NULL DEFAULT 0;").await?;
        ensure!(bench.db.run("SELECT x FROM t")?.trim() == "5");
        let stay: Vec<&str> = report.reimported.iter().filter_map(|back| back.reason.as_deref()).collect();
        ensure!(stay == ["the table is not there"], "{stay:?}");
        // What is still missing can come with the next one.
        ensure!(reimport::waiting(&bench.session, |_| true).await?.len() == 1);
        bench.migrate_again("rest", "CREATE TABLE n (id int PRIMARY KEY, v text);").await?;
        ensure!(bench.db.run("SELECT id, v FROM n")?.trim() == "1|a");
        ensure!(reimport::waiting(&bench.session, |_| true).await?.is_empty());
        Ok(())
    })
}

/// What cannot go in stops the migration, and nothing is changed.
#[test]
fn what_does_not_fit_stops_it() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench::new("redo_stops", "CREATE TABLE t (id int PRIMARY KEY);").await?;
        bench.migrate("one", "CREATE TABLE n (id int PRIMARY KEY, v text);").await?;
        bench.db.run("INSERT INTO n VALUES (1, NULL)")?;
        bench.undo().await?;
        let before = bench.dump()?;
        let error = bench.migrate_again("one", "CREATE TABLE n (id int PRIMARY KEY, v text NOT NULL);").await;
        let error = format!("{:#}", error.err().context("it went in")?);
        ensure!(error.contains("table public.n") && error.contains("null"), "{error}");
        same("nothing was done", &before, &bench.dump()?)?;
        ensure!(reimport::waiting(&bench.session, |version| version == "one").await?.len() == 1);
        Ok(())
    })
}
