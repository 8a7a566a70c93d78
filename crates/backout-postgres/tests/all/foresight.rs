//! What an undo would set aside is counted before it runs, with the keys of rows, and nothing is changed by asking.

use crate::harness::{Bench, OURS};
use anyhow::{Context, Result, ensure};
use backout_postgres::{store, undo};

const BEFORE: &str = "CREATE TABLE teams (id int PRIMARY KEY); INSERT INTO teams VALUES (1);
    CREATE TABLE t (id int PRIMARY KEY, n int, s varchar(3), must int NOT NULL, u text UNIQUE, team int REFERENCES teams, gone int NOT NULL,
      lossy numeric, CONSTRAINT small CHECK (id < 100), f int);
    INSERT INTO t SELECT i, i, 's' || i, i, 'u' || i, 1, i, i / 4.0, i FROM generate_series(1, 9) i;";

const UP: &str = "ALTER TABLE t RENAME COLUMN n TO number; ALTER TABLE t ALTER COLUMN number TYPE text USING number::text, ALTER COLUMN s TYPE text;
    ALTER TABLE t ALTER COLUMN must DROP NOT NULL, DROP CONSTRAINT t_u_key, DROP CONSTRAINT t_team_fkey, DROP CONSTRAINT small;
    ALTER TABLE t DROP COLUMN gone; ALTER TABLE t ALTER COLUMN lossy TYPE int;";

const SINCE: &str = "INSERT INTO t (id, number, s, must, u, team, lossy) VALUES (200, 'ten', 'long one', NULL, 'u1', 77, 5), (300, '12', 'abc', 1, 'u300', 1, 6);
    UPDATE t SET s = 'longer' WHERE id = 3;";

/// Object, how many, the keys of them.
const EXPECTED: &[(&str, i64, &str)] = &[
    ("column public.t.n", 1, "(200)"),
    ("column public.t.s", 2, "(3) (200)"),
    ("column public.t.must", 1, "(200)"),
    ("column public.t.gone", 2, "(200) (300)"),
    ("constraint t_u_key on public.t", 2, "(1) (200)"),
    ("foreign key t_team_fkey on public.t", 1, "(200)"),
    ("constraint small on public.t", 2, "(200) (300)"),
];

#[tokio::test]
async fn what_will_not_fit_is_counted_before() -> Result<()> {
    let bench = Bench::new("foresight", BEFORE).await?;
    bench.migrate("m", UP).await?;
    bench.db.run(SINCE)?;
    let (schema, rows) = (bench.db.dump_schema(OURS)?, bench.db.sorted_copy("t")?);
    let records = store::records(&bench.session).await?;
    let choice = undo::Choice { rebuild_below: u64::MAX, ..undo::Choice::default() };
    let previews = undo::preview(&bench.session, &records, &choice).await?;
    let preview = previews.first().context("no preview")?;
    let mut found: Vec<(String, i64, String)> = preview
        .misfits
        .iter()
        .map(|m| {
            let mut keys = m.keys.clone();
            keys.sort_by_key(String::len);
            (m.object.clone(), m.count.unwrap_or(-1), keys.join(" "))
        })
        .collect();
    found.sort();
    let mut expected: Vec<(String, i64, String)> =
        EXPECTED.iter().map(|(object, count, keys)| ((*object).to_owned(), *count, (*keys).to_owned())).collect();
    expected.sort();
    ensure!(found == expected, "{found:#?}");
    ensure!(schema == bench.db.dump_schema(OURS)? && rows == bench.db.sorted_copy("t")?, "asking changed something");
    // The statements alone are told without asking any row.
    let outlines = undo::outline(&bench.session, &records, &choice).await?;
    let outline = outlines.first().context("no outline")?;
    let sql = |preview: &undo::Preview| preview.steps.iter().map(|one| one.step.sql.clone()).collect::<Vec<_>>();
    ensure!(sql(outline) == sql(preview) && !outline.steps.is_empty(), "{:?}", outline.steps);
    let counted = |preview: &undo::Preview| {
        preview.set_aside.iter().map(|one| one.1).chain(preview.moved_aside.iter().map(|one| one.1)).flatten().count()
            + preview.misfits.len()
    };
    ensure!(counted(preview) > 0 && counted(outline) == 0, "{outline:?}");
    // And so it comes.
    let undone = bench.undo().await?;
    for what in ["public.t.n ", "public.t.s ", "public.t.must ", "public.t.gone ", "t_u_key", "t_team_fkey", "small"] {
        ensure!(undone.left.iter().any(|left| left.to_string().contains(what)), "{what}: {:?}", undone.left);
    }
    Ok(())
}

/// What the migration itself did to rows is no shortfall: they get back what they had, or go.
#[tokio::test]
async fn rows_that_the_undo_leads_back_fit() -> Result<()> {
    let before = "CREATE TABLE p (id int PRIMARY KEY, w text); INSERT INTO p VALUES (1, 'a'), (2, 'b');
        CREATE TABLE c (id int PRIMARY KEY, p int NOT NULL REFERENCES p, kind text NOT NULL CHECK (kind <> 'new'), state text NOT NULL CHECK (state IN ('on', 'off')),
          code text UNIQUE, gone int NOT NULL);
        INSERT INTO c SELECT i, 1 + i % 2, 'k', 'on', 'c' || i, i FROM generate_series(1, 5) i;";
    let up = "ALTER TABLE c DROP CONSTRAINT c_p_fkey, DROP CONSTRAINT c_state_check, DROP CONSTRAINT c_code_key, DROP CONSTRAINT c_kind_check; ALTER TABLE c RENAME kind TO sort; ALTER TABLE c ALTER sort DROP NOT NULL, ALTER gone DROP NOT NULL;
        UPDATE c SET sort = NULL, state = 'running', code = 'same', gone = NULL; DELETE FROM p WHERE id = 2; ALTER TABLE c DROP COLUMN gone;
        INSERT INTO c (id, p, sort, state, code) VALUES (50, 9, 'new', 'made', 'same');";
    let bench = Bench::new("foresight_led_back", before).await?;
    let (schema, rows) = (bench.db.dump_schema(OURS)?, bench.db.sorted_copy("c")?);
    bench.migrate("m", up).await?;
    let choice = undo::Choice { rebuild_below: u64::MAX, ..undo::Choice::default() };
    let misfits = async |bench: &Bench| -> Result<Vec<String>> {
        let previews = undo::preview(&bench.session, &store::records(&bench.session).await?, &choice).await?;
        let misfits = &previews.first().context("no preview")?.misfits;
        Ok(misfits.iter().map(|m| format!("{} {:?}", m.object, m.keys)).collect())
    };
    let found = misfits(&bench).await?;
    ensure!(found.is_empty(), "{found:#?}");
    // What others write since is.
    bench.db.run("UPDATE c SET state = 'other' WHERE id = 1; INSERT INTO c (id, p, sort, state, code) VALUES (60, 9, NULL, 'x', 'same');")?;
    let found = misfits(&bench).await?;
    let expected = [
        ("column public.c.kind", "[\"(60)\"]"),
        ("column public.c.gone", "[\"(60)\"]"),
        ("constraint c_state_check on public.c", "[\"(1)\", \"(60)\"]"),
        ("constraint c_code_key on public.c", "[\"(60)\"]"),
        ("foreign key c_p_fkey on public.c", "[\"(60)\"]"),
    ];
    for (object, keys) in expected {
        ensure!(found.iter().any(|f| *f == format!("{object} {keys}")), "{object}: {found:#?}");
    }
    ensure!(found.len() == expected.len(), "{found:#?}");
    bench.db.run("UPDATE c SET state = 'running' WHERE id = 1; DELETE FROM c WHERE id = 60;")?;
    let undone = bench.undo().await?;
    ensure!(undone.left.is_empty(), "{:?}", undone.left);
    ensure!(schema == bench.db.dump_schema(OURS)? && rows == bench.db.sorted_copy("c")?, "not as before");
    Ok(())
}

/// Object, how many if it can be counted, the keys of them.
async fn misfits(bench: &Bench<'_>) -> Result<Vec<(String, Option<i64>, String)>> {
    let choice = undo::Choice { rebuild_below: u64::MAX, ..undo::Choice::default() };
    let previews = undo::preview(&bench.session, &store::records(&bench.session).await?, &choice).await?;
    let preview = previews.first().context("no preview")?;
    let one = |m: &undo::Misfits| {
        let mut keys = m.keys.clone();
        keys.sort();
        (m.object.clone(), m.count, keys.join(" "))
    };
    let mut found: Vec<_> = preview.misfits.iter().map(one).collect();
    found.sort();
    Ok(found)
}

/// What comes back from the archive may refer to what is gone since, and what stayed to what never was there. Keys among
/// what comes back hold as they did.
#[tokio::test]
async fn keys_of_what_comes_back_are_counted_before() -> Result<()> {
    let before = "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1), (2), (3);
        CREATE TABLE meetings (id int PRIMARY KEY, host int NOT NULL REFERENCES users, earlier int REFERENCES meetings);
        INSERT INTO meetings VALUES (10, 1, NULL), (20, 2, 10), (30, 2, 20);
        CREATE TABLE participants (meeting int REFERENCES meetings, who int REFERENCES users, PRIMARY KEY (meeting, who));
        INSERT INTO participants VALUES (10, 2), (20, 1), (20, 2);
        CREATE TABLE notes (id int PRIMARY KEY, meeting int REFERENCES meetings, writer int REFERENCES users);
        INSERT INTO notes VALUES (1, 10, 1), (2, 20, 2), (3, NULL, NULL);";
    let bench = Bench::new("foresight_archived", before).await?;
    let up = "DROP TABLE participants CASCADE; DROP TABLE meetings CASCADE; ALTER TABLE notes DROP COLUMN writer;";
    bench.migrate("m", up).await?;
    let found = misfits(&bench).await?;
    ensure!(found.is_empty(), "{found:#?}");
    bench.db.run("DELETE FROM users WHERE id = 2; INSERT INTO notes VALUES (4, 99);")?;
    let found = misfits(&bench).await?;
    let expected = [
        ("foreign key meetings_host_fkey on public.meetings", 2_i64, "(20) (30)"),
        ("foreign key notes_meeting_fkey on public.notes", 1, "(4)"),
        ("foreign key notes_writer_fkey on public.notes", 1, "(2)"),
        ("foreign key participants_who_fkey on public.participants", 2, "(10,2) (20,2)"),
    ]
    .map(|(object, count, keys)| (object.to_owned(), Some(count), keys.to_owned()));
    ensure!(found == expected, "{found:#?}");
    let records = store::records(&bench.session).await?;
    let outlines = undo::outline(&bench.session, &records, &undo::Choice::default()).await?;
    ensure!(outlines.iter().all(|outline| outline.misfits.is_empty()), "rows were asked");

    // And so it comes. It is on record, and said until it is mended.
    let undone = bench.undo().await?;
    ensure!(undone.left.len() == expected.len(), "{:#?}", undone.left);
    for (object, ..) in &expected {
        ensure!(undone.left.iter().any(|left| left.to_string().starts_with(object)), "{object}: {:#?}", undone.left);
    }
    let records = store::records(&bench.session).await?;
    ensure!(
        records[0].left == undone.left.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "{:#?}",
        records[0].left
    );
    let loose = undo::loose(&bench.session, &records).await?;
    let mut objects: Vec<&str> = loose.iter().map(|one| one.object.as_str()).collect();
    objects.sort_unstable();
    ensure!(objects.iter().eq(expected.iter().map(|(object, ..)| object)), "{loose:#?}");
    bench.db.run("INSERT INTO users VALUES (2)")?;
    for one in loose.iter().filter(|one| !one.object.contains("notes_meeting_fkey")) {
        bench.db.run(&one.validate)?;
    }
    let loose = undo::loose(&bench.session, &records).await?;
    ensure!(loose.len() == 1 && loose[0].object.contains("notes_meeting_fkey"), "{loose:#?}");
    Ok(())
}

/// Where nothing can be counted before, it is said that it is looked at then.
#[tokio::test]
async fn a_key_that_cannot_be_counted_is_named() -> Result<()> {
    let before = "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1);
        CREATE TABLE meetings (id int PRIMARY KEY, host int REFERENCES users); INSERT INTO meetings VALUES (10, 1);";
    let bench = Bench::new("foresight_uncounted", before).await?;
    bench.migrate("m", "DROP TABLE meetings; ALTER TABLE users ALTER id TYPE text USING 'u' || id;").await?;
    let found = misfits(&bench).await?;
    let expected = [("foreign key meetings_host_fkey on public.meetings".to_owned(), None::<i64>, String::new())];
    ensure!(found == expected, "{found:#?}");
    let undone = bench.undo().await?;
    ensure!(undone.left.is_empty(), "{:#?}", undone.left);
    Ok(())
}

/// Rows that policies hide are no rows that fit.
#[tokio::test]
async fn what_cannot_be_counted_is_said() -> Result<()> {
    let before = "CREATE TABLE f (id int PRIMARY KEY, n int); INSERT INTO f VALUES (1, 1);
        ALTER TABLE f ENABLE ROW LEVEL SECURITY; ALTER TABLE f FORCE ROW LEVEL SECURITY; CREATE POLICY few ON f USING (id < 100) WITH CHECK (true);";
    let bench = Bench::new("foresight_forced", before).await?;
    bench.migrate("m", "ALTER TABLE f ALTER n TYPE text USING n::text").await?;
    bench.db.run("INSERT INTO f VALUES (200, 'ten')")?;
    let records = store::records(&bench.session).await?;
    let choice = undo::Choice { rebuild_below: u64::MAX, ..undo::Choice::default() };
    let previews = undo::preview(&bench.session, &records, &choice).await?;
    let [misfits] = &previews.first().context("no preview")?.misfits[..] else {
        anyhow::bail!("{:#?}", previews.first().map(|p| &p.misfits));
    };
    ensure!(misfits.count.is_none() && misfits.keys.is_empty(), "{misfits:?}");
    ensure!(misfits.unknown.as_deref().is_some_and(|why| why.contains("row-level security")), "{misfits:?}");
    let setting =
        bench.session.scalar("SELECT current_setting('row_security') || current_setting('DateStyle')").await?;
    ensure!(setting.as_deref() == Some("onISO, MDY"), "{setting:?} is left behind");
    Ok(())
}
