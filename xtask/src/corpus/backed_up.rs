//! The end of a history, filled with rows: a backup of it restored into another database, judged by pg_dump and COPY.
//!
//! Must not know: how the history was run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use backout_backup::store::{S3, Store};
use backout_backup::{restore, take};
use backout_testkit::TestServer;

use super::dump::{Likeness, without_clock};
use super::judge::lines;
use super::place::Place;
use super::say;

/// Takes `main`, restores it as the superuser, and compares. Whether all of it is equal.
pub(crate) async fn backed_up(main: &Place<'_>) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().to_string_lossy(), &S3::default())?;
    let sandbox = main.server.sandbox();
    // The role that migrates may lack rights to what the setup made; what is compared is everything.
    let from = sandbox.connection(&main.name, sandbox.superuser());
    let began = Instant::now();
    let manifest = take::take(
        &take::Request {
            settings: &from,
            store: &store,
            target: None,
            identity: None,
            tables: &[],
            without: &[],
            jobs: 2,
            level: 1,
            pg_dump: &TestServer::installation()?.program("pg_dump").context("no pg_dump")?,
            lock_timeout: Duration::from_secs(5),
            resume: None,
            imported: None,
            kept_by: None,
            sign: None,
        },
        &|_| {},
    )
    .await?;
    let taken = began.elapsed();
    let made = main.server.database("restored").await?;
    let restored = Place { name: made.name().to_owned(), ..main.clone() };
    restored.must_as_superuser("DROP SCHEMA IF EXISTS backout CASCADE")?;
    let to = sandbox.connection(&restored.name, sandbox.superuser());
    let request = restore::Request { manifest: &manifest, store: &store, settings: &to, jobs: 2, lenient: true };
    let done = restore::restore(&request, &|_| {}).await?;
    let mut fine = done.differences.is_empty();
    for difference in &done.differences {
        say(&format!("      Backout itself: {} {}", difference.what, difference.said));
    }
    let (then, now) = (without_clock(&main.dump()?), without_clock(&restored.dump()?));
    let likeness = Likeness::of(&then, &now);
    if likeness != Likeness::Equal {
        fine = false;
        lines(&likeness).iter().for_each(|line| say(&format!("      {line}")));
    }
    let (mut reader, mut reader_of_restored) = (main.reader()?, restored.reader()?);
    let before = reader.rows()?;
    for difference in before.differences(&reader_of_restored.rows_as(&before)?) {
        fine = false;
        say(&format!("      {difference:?}"));
    }
    if reader.sequences()? != reader_of_restored.sequences()? {
        fine = false;
        say("      sequences stand elsewhere");
    }
    say(&format!(
        "{} {} rows in {} tables, {} objects' definitions: taken in {taken:.1?}, restored in {:.0} ms, compared in {:.0} ms",
        if fine { "equal:" } else { "DIFFERENT:" },
        manifest.rows(),
        manifest.tables.len(),
        then.matches("\n-- Name: ").count(),
        done.restore_ms,
        done.compare_ms
    ));
    if manifest.tables.is_empty() {
        bail!("the backup has no table");
    }
    Ok(fine)
}
