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
    let sql = |preview: &undo::Preview| preview.steps.iter().map(|step| step.sql.clone()).collect::<Vec<_>>();
    ensure!(sql(outline) == sql(preview) && !outline.steps.is_empty(), "{:?}", outline.steps);
    let counted = |preview: &undo::Preview| {
        preview.set_aside.iter().map(|one| one.1).chain(preview.moved_aside.iter().map(|one| one.1)).flatten().count()
            + preview.misfits.len()
    };
    ensure!(counted(preview) > 0 && counted(outline) == 0, "{outline:?}");
    // And so it comes.
    let undone = bench.undo().await?;
    for what in ["public.t.n ", "public.t.s ", "public.t.must ", "public.t.gone ", "t_u_key", "t_team_fkey", "small"] {
        ensure!(undone.left.iter().any(|left| left.contains(what)), "{what}: {:?}", undone.left);
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
