//! How long the catalog of a thousand tables takes to read, beside what `pg_dump` takes for it at the same time: a machine
//! that does other things as well slows both. The goal holds for a release build.

use anyhow::{Result, ensure};
use backout_postgres::catalog::{census, read_catalog, row_counts};
use backout_testkit::TestServer;
use std::time::{Duration, Instant};

const TABLES: usize = 1000;
/// Goal for read_catalog in a release build.
const GOAL: Duration = Duration::from_millis(300);
/// How many times as long as `pg_dump` it may take.
const LIMIT: u32 = if cfg!(debug_assertions) { 4 } else { 1 };

/// Everything that applications have on their tables, on every one of them.
fn schema() -> String {
    let mut sql =
        String::from("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n");
    for i in 0..TABLES {
        sql.push_str(&format!(
            "CREATE TABLE t{i} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint REFERENCES t{p} ON DELETE CASCADE, name varchar(80) NOT NULL DEFAULT 'x', \
             state text CHECK (state IN ('a', 'b')), n int DEFAULT 0, amount numeric(12, 2), body jsonb, tags text[], at timestamptz DEFAULT now(), gone boolean);
             CREATE INDEX t{i}_parent ON t{i} (parent); CREATE INDEX t{i}_name ON t{i} (lower(name)) WHERE NOT gone;
             ALTER TABLE t{i} ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON t{i} USING (n > 0 OR state = 'a');
             CREATE TRIGGER touch BEFORE UPDATE ON t{i} FOR EACH ROW EXECUTE FUNCTION touch();
             CREATE VIEW v{i} AS SELECT id, name, amount FROM t{i} WHERE state = 'a'; GRANT SELECT ON t{i} TO PUBLIC; COMMENT ON TABLE t{i} IS 'table {i}';
             CREATE FUNCTION f{i}(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS $$ SELECT count(*)::int FROM t{i} $$;\n",
            p = i / 2,
        ));
    }
    sql
}

#[tokio::test]
async fn a_thousand_tables() -> Result<()> {
    let db = TestServer::shared().database("speed").await?;
    db.run(&format!("BEGIN; SET LOCAL synchronous_commit = off;\n{}COMMIT; ANALYZE;", schema()))?;
    let session = db.client().await?;
    let mut best = [Duration::MAX; 4];
    let mut found = 0;
    // The first reading fills the session's caches; what a migration feels are the later ones as well.
    let mut first = Duration::ZERO;
    let mut peer = Duration::MAX;
    for round in 0..4 {
        let began = Instant::now();
        db.dump_schema(&[])?;
        peer = peer.min(began.elapsed());
        let began = Instant::now();
        let catalog = read_catalog(&session, false).await?;
        let read = began.elapsed();
        first = if round == 0 { read } else { first };
        found = catalog.objects().filter(|o| o.holds_rows()).count();
        let began = Instant::now();
        let rows = census(&session).await?.rows.len();
        let counted = began.elapsed();
        let began = Instant::now();
        row_counts(&session).await?;
        let changes = began.elapsed();
        let began = Instant::now();
        drop(catalog);
        let dropped = began.elapsed();
        ensure!(rows > TABLES * 10, "the census has {rows} rows");
        for (best, now) in best.iter_mut().zip([read, counted, changes, dropped]) {
            *best = now.min(*best);
        }
    }
    ensure!(found == TABLES, "{found} tables were read");
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    println!(
        "{TABLES} tables: pg_dump {:.0} ms; read_catalog {:.0} ms first, {:.0} ms then (goal {} ms in a release build); census {:.0} ms; row counts {:.1} ms; freeing {:.0} ms",
        ms(peer),
        ms(first),
        ms(best[0]),
        GOAL.as_millis(),
        ms(best[1]),
        ms(best[2]),
        ms(best[3])
    );
    ensure!(best[0] < peer * LIMIT, "reading takes {:.0} ms, and pg_dump {:.0} ms", ms(best[0]), ms(peer));
    Ok(())
}
