//! What is refused until it is asked for, and what is never refused.

use crate::harness::{Bench, advice, mode, protecting, rules, same};
use crate::refusals::{BASE, PROTECTED, State, refusal};
use anyhow::{Context, Result, ensure};
use backout_postgres::migrate::{Mode, Rules};
use backout_postgres::store;

/// A loss needs its own name, and goes through with it.
struct Loss {
    name: &'static str,
    sql: &'static str,
    /// What `--accept-loss` must be given.
    accept: &'static str,
    says: &'static str,
}

const LOSSES: &[Loss] = &[
    Loss {
        name: "update_in_do",
        sql: "DO $$ BEGIN UPDATE beings SET name = 'x'; END $$;",
        accept: "table public.beings",
        says: "2 updated",
    },
    Loss {
        name: "delete_in_do",
        sql: "DO $$ BEGIN DELETE FROM beings WHERE id < 2; END $$;",
        accept: "public.beings",
        says: "1 deleted",
    },
    Loss {
        name: "truncate_in_do",
        sql: "DO $$ BEGIN TRUNCATE posts; END $$;",
        accept: "public.posts",
        says: "truncated",
    },
    // The watch over a tree ends when a part of it goes; what unrehearsed code changes afterwards is counted.
    Loss {
        name: "rows_after_a_part_went",
        sql: "UPDATE events SET id = id + 100 WHERE id > 50;\nDROP TABLE events_1;\nDO $$ BEGIN DELETE FROM events_2 WHERE id > 155; END $$;",
        accept: "public.events_2",
        says: "5 deleted",
    },
    Loss { name: "enum_value", sql: "ALTER TYPE colour ADD VALUE 'blue';", accept: "type public.colour", says: "enum" },
    Loss {
        name: "type_before_drop",
        sql: "ALTER TABLE lines ALTER line TYPE varchar(2) USING line::varchar(2); ALTER TABLE lines DROP COLUMN line;",
        accept: "column public.lines.line",
        says: "its type changed before it was dropped",
    },
    Loss {
        name: "check_of_a_domain_in_arrays",
        sql: "ALTER DOMAIN short DROP CONSTRAINT short_check;",
        accept: "constraint short_check on public.short",
        says: "but for values to come",
    },
    // It has its name and type again, and no values.
    Loss {
        name: "attribute_made_again",
        sql: "ALTER TYPE place DROP ATTRIBUTE y, ADD ATTRIBUTE y text;",
        accept: "type public.place",
        says: "attributes that were dropped",
    },
    Loss {
        name: "type_change",
        sql: "DO $$ BEGIN ALTER TABLE lines ALTER COLUMN line TYPE int USING 1; END $$;",
        accept: "table public.lines",
        says: "rewritten by code",
    },
    Loss {
        name: "type_change_force_rls",
        sql: "ALTER TABLE lines FORCE ROW LEVEL SECURITY; ALTER TABLE lines ENABLE ROW LEVEL SECURITY; DO $$ BEGIN ALTER TABLE lines ALTER COLUMN line TYPE int USING 1; END $$;",
        accept: "table public.lines",
        says: "rewritten by code",
    },
];

#[test]
fn losses_need_their_name() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut failures = Vec::new();
    let only = std::env::var("CASE").ok();
    for loss in LOSSES.iter().filter(|c| only.as_ref().is_none_or(|o| c.name.contains(o.as_str()))) {
        if let Err(error) = runtime.block_on(one_loss(loss)) {
            failures.push(format!("--- {}: {error:#}", loss.name));
        }
    }
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), LOSSES.len(), failures.join("\n"));
    Ok(())
}

async fn one_loss(loss: &Loss) -> Result<()> {
    let bench = Bench::new("loss", BASE).await?;
    let eyes = bench.db.superuser().await?;
    let before = State::of(&bench, &eyes).await?;
    let live = Mode { learn: false, tolerate_loss: false, ..mode() };
    let wrong = Rules { accept_loss: vec!["public.nothing".to_owned()], ..rules() };
    for plan in [rules(), wrong] {
        let refusal =
            refusal(&bench.session, &bench.witness, loss.sql, &plan, live).await?.context("it went through")?;
        for part in [loss.says, loss.accept, "AcceptLoss"] {
            ensure!(refusal.text.contains(part), "expected {part:?} in {:?}", refusal.text);
        }
        let after = State::of(&bench, &eyes).await?;
        same("schema", &before.schema, &after.schema)?;
        same("rows", &before.rows, &after.rows)?;
        same("history", &before.history, &after.history)?;
    }
    let named = Rules { accept_loss: vec![loss.accept.to_owned()], ..rules() };
    let refusal = refusal(&bench.session, &bench.witness, loss.sql, &named, live).await?;
    ensure!(refusal.is_none(), "accepted by name: {:?}", refusal.map(|r| r.text));
    let records = store::records(&bench.session).await?;
    ensure!(records.len() == 1 && records[0].state == store::State::Applied, "it is not in the history: {records:?}");
    ensure!(records[0].accepted == [loss.accept], "the history does not say what was accepted");
    Ok(())
}

/// What is like something forbidden and is not.
const ALLOWED: &[(&str, &str)] = &[
    (
        "update_then_disable",
        "UPDATE users SET email = email || 'x';\nALTER TABLE users DISABLE TRIGGER touch;\nSELECT 1;\nUPDATE teams SET name = 'x';\nALTER TABLE users ENABLE TRIGGER touch;",
    ),
    (
        "disable_on_an_own_table",
        "CREATE TABLE n (id int PRIMARY KEY, touched int);\nCREATE TRIGGER t BEFORE UPDATE ON n FOR EACH ROW EXECUTE FUNCTION count_touch();\nALTER TABLE n DISABLE TRIGGER t;\nINSERT INTO n VALUES (1, 1);",
    ),
    (
        "new_key_and_rows_in_do",
        "DO $$ BEGIN CREATE TABLE n (id int PRIMARY KEY, u int REFERENCES users); INSERT INTO n SELECT id, id FROM users; UPDATE users SET email = email || 'x'; END $$;",
    ),
    (
        "partitioned_key_and_rows_in_do",
        "DO $$ BEGIN CREATE TABLE n (id int, u int REFERENCES users) PARTITION BY LIST (id); CREATE TABLE n1 PARTITION OF n DEFAULT; INSERT INTO n SELECT id, id FROM users; UPDATE users SET email = email || 'x'; END $$;",
    ),
    ("shorter_lock_timeout", "SET lock_timeout = '100ms';\nALTER TABLE users ADD COLUMN x int;"),
    ("rows_of_a_family", "UPDATE beings SET name = 'x'; DELETE FROM beings WHERE id < 2; TRUNCATE beings;"),
    ("retype_of_a_protected_table", "ALTER TABLE users ALTER COLUMN id TYPE bigint;"),
    ("retype_of_a_protected_table_in_do", "DO $$ BEGIN ALTER TABLE users ALTER COLUMN id TYPE bigint; END $$;"),
    ("detach_of_a_protected_partition", "ALTER TABLE events DETACH PARTITION events_1;"),
    (
        "insert_into_protected",
        "INSERT INTO users (email) VALUES ('n'); INSERT INTO events VALUES (1000, '2026-01-05');",
    ),
    ("rename_of_a_protected_table", "ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people;"),
    ("drop_column_of_a_protected_table", "ALTER TABLE users DROP COLUMN touched CASCADE;"),
    ("savepoint", "SAVEPOINT s; INSERT INTO teams VALUES (9, 'nine'); RELEASE s;"),
];

#[test]
fn what_is_allowed_goes_through() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut failures = Vec::new();
    let only = std::env::var("CASE").ok();
    for (name, sql) in ALLOWED.iter().filter(|c| only.as_ref().is_none_or(|o| c.0.contains(o.as_str()))) {
        let outcome: Result<()> = runtime.block_on(async {
            let bench = Bench::new("allowed", BASE).await?;
            let refused = refusal(&bench.session, &bench.witness, sql, &protecting(PROTECTED), mode()).await?;
            match refused {
                None => Ok(()),
                Some(refused) => anyhow::bail!("{} at {:?}", refused.text, refused.place),
            }
        });
        if let Err(error) = outcome {
            failures.push(format!("--- {name}: {error:#}"));
        }
    }
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), ALLOWED.len(), failures.join("\n"));
    Ok(())
}

/// A file that does nothing is a migration all the same, and is on record.
#[tokio::test]
async fn a_file_without_statements() -> Result<()> {
    let bench = Bench::new("nothing_to_do", BASE).await?;
    let before = bench.dump()?;
    for sql in ["", "-- nothing", "BEGIN;\n-- nothing\nCOMMIT;", "BEGIN; COMMIT; BEGIN; COMMIT;", "\\echo nothing"] {
        let report = bench.migrate("m", sql).await.with_context(|| format!("{sql:?}"))?;
        ensure!(report.verdicts.is_empty(), "{:?}", report.verdicts);
        ensure!(store::records(&bench.session).await?.iter().any(|r| r.number == report.number), "{sql:?}");
        bench.undo().await?;
    }
    same("after it", &before, &bench.dump()?)
}

/// Code that goes through the whole catalog finds what an earlier migration dropped: it fails, and is told why.
#[tokio::test]
async fn code_that_finds_the_archive() -> Result<()> {
    let bench =
        Bench::new("finds_archive", "CREATE TABLE old (id int PRIMARY KEY, u int CONSTRAINT odd UNIQUE)").await?;
    bench.migrate("one", "DROP TABLE old").await?;
    let walk = "DO $$ DECLARE c record; BEGIN FOR c IN SELECT t.relname, k.conname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid \
        WHERE k.contype = 'u' AND t.relname NOT LIKE 'pg_%' LOOP EXECUTE format('ALTER TABLE %I RENAME CONSTRAINT %I TO renamed', c.relname, c.conname); END LOOP; END $$";
    let error = bench.migrate("two", walk).await.expect_err("it names what is not there");
    let hint = advice(&error.remedies());
    ensure!(hint.contains("ArchivePurge"), "{error}: {hint}");
    bench.undo().await?;
    Ok(())
}
