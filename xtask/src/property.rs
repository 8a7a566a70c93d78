//! Makes up schemas, rows and migrations, and judges forth and back of each as a real history is judged. What fails is
//! made as small as it gets.
//!
//! Must not know: what a statement means; the server says which it takes.

mod statements;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_sql::layouts;
use backout_testkit::TestServer;

use crate::corpus::judge::{CLASSES, Class};
use crate::corpus::place::{Manner, Place};
use crate::corpus::step::{Outcome, Task};
use crate::corpus::{FILL, lines_of_verdicts};
use world::{Dice, World};

pub(crate) const USAGE: &str = "make up schemas, rows and migrations, forth and back: [--cases N] [--seed N] [--workers N] [--from CASE] [--only CASE] [--keep DIR] [--whole]";

#[derive(Debug, Clone)]
struct Options {
    cases: usize,
    seed: u64,
    workers: usize,
    /// Goes on with a run that was ended.
    from: usize,
    only: Option<usize>,
    keep: Option<PathBuf>,
    /// Failures are not made smaller.
    whole: bool,
}

/// What one case is made of.
#[derive(Debug, Clone, Default)]
struct Case {
    setup: Vec<String>,
    up: Vec<String>,
    /// Rows are written between the migration and its undo.
    writes: bool,
}

fn options(arguments: &[String]) -> Result<Options> {
    let seed = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(1);
    let mut options = Options { cases: 100, seed, workers: 2, from: 0, only: None, keep: None, whole: false };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().cloned().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--cases" => options.cases = value()?.parse().context("--cases")?,
            "--seed" => options.seed = value()?.parse().context("--seed")?,
            "--workers" => options.workers = value()?.parse().context("--workers")?,
            "--from" => options.from = value()?.parse().context("--from")?,
            "--only" => options.only = Some(value()?.parse().context("--only")?),
            "--keep" => options.keep = Some(value()?.into()),
            "--whole" => options.whole = true,
            _ => bail!("there is no option {argument}\n{USAGE}"),
        }
    }
    Ok(options)
}

#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}

/// Whether nothing was wrong.
pub(crate) fn run(arguments: &[String]) -> Result<bool> {
    let options = options(arguments)?;
    let keep = match &options.keep {
        Some(keep) => keep.clone(),
        None => tempfile::Builder::new().prefix("property-").tempdir()?.keep(),
    };
    say(&format!("seed {}, {} cases", options.seed, options.cases));
    let mut server = TestServer::options()?;
    server
        .settings
        .extend([("autovacuum", "off"), ("jit", "off")].map(|(name, value)| (name.to_owned(), value.to_owned())));
    let server = TestServer::own(server)?;
    let next = AtomicUsize::new(options.only.unwrap_or(options.from));
    let end = options.only.map_or(options.cases, |only| only + 1);
    let tally: Mutex<Tally> = Mutex::default();
    let began = Instant::now();
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.workers.max(1))
            .map(|worker| {
                let (server, next, tally, options, keep) = (&server, &next, &tally, &options, &keep);
                scope.spawn(move || -> Result<()> {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= end {
                            return Ok(());
                        }
                        runtime
                            .block_on(one(options, server, worker, number, keep, tally))
                            .with_context(|| format!("case {number}"))?;
                    }
                })
            })
            .collect();
        workers.into_iter().map(|w| w.join().unwrap_or_else(|_| bail!("a worker panicked"))).collect()
    });
    let tally = tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    tally.show(began.elapsed().as_secs_f64(), &keep);
    if options.keep.is_none() {
        // Only where nothing was kept in it.
        let _ = fs::remove_dir(&keep);
    }
    for result in results {
        result?;
    }
    Ok(!tally.is_bad())
}

#[derive(Debug, Default)]
struct Tally {
    classes: BTreeMap<Class, usize>,
    reasons: BTreeMap<String, (usize, usize)>,
}

impl Tally {
    fn note(&mut self, number: usize, outcome: &Outcome) {
        *self.classes.entry(outcome.judgement.class).or_default() += 1;
        let all: usize = self.classes.values().sum();
        if all.is_multiple_of(500) {
            say(&format!("{all} cases"));
        }
        let verdicts = lines_of_verdicts(outcome);
        let all = outcome.judgement.reasons.iter().filter(|_| verdicts.is_empty()).chain(&verdicts);
        if !matches!(outcome.judgement.class, Class::Exact | Class::DoesNotApply) {
            for reason in all {
                let entry = self.reasons.entry(plain(reason)).or_insert((0, number));
                entry.0 += 1;
            }
        }
    }

    fn is_bad(&self) -> bool {
        self.classes.iter().any(|(class, count)| is_bad(*class) && *count > 0)
    }

    fn show(&self, seconds: f64, keep: &Path) {
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        for (reason, (count, first)) in reasons {
            say(&format!("{count:>6}  {reason}   (first: case {first})"));
        }
        for class in CLASSES {
            say(&format!("{class:<26} {:>6}", self.classes.get(class).copied().unwrap_or(0)));
        }
        let all: usize = self.classes.values().sum();
        say(&format!("{:<26} {all:>6}   in {seconds:.0} s", "all"));
        if self.is_bad() {
            say(&format!("details: {}", keep.display()));
        }
    }
}

fn is_bad(class: Class) -> bool {
    matches!(class, Class::Wrong | Class::ForwardDifference)
}

/// A reason without the names in it.
fn plain(reason: &str) -> String {
    let words: Vec<&str> = reason
        .split_whitespace()
        .map(|w| {
            if w.contains('.') || w.contains('"') || w.bytes().any(|b| b.is_ascii_digit()) || !w.is_ascii() {
                "…"
            } else {
                w
            }
        })
        .collect();
    let mut text = words.join(" ");
    while text.contains("… …") {
        text = text.replace("… …", "…");
    }
    text.chars().take(160).collect()
}

async fn one(
    options: &Options,
    server: &TestServer,
    worker: usize,
    number: usize,
    keep: &Path,
    tally: &Mutex<Tally>,
) -> Result<()> {
    let mut dice = Dice::new(options.seed.wrapping_mul(1_000_003).wrapping_add(u64::try_from(number).unwrap_or(0)));
    let (case, place) = make_up(server, worker, &mut dice).await?;
    let Some(outcome) = judged_in(place, worker, &case).await? else {
        let mut tally = tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *tally.classes.entry(Class::DoesNotApply).or_default() += 1;
        return Ok(());
    };
    tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner).note(number, &outcome);
    let class = outcome.judgement.class;
    if is_bad(class) || matches!(class, Class::Refused) || options.only.is_some() {
        let small = if options.whole { case } else { shrunk(server, worker, case, &outcome).await? };
        let outcome = judged(server, worker, &small).await?.unwrap_or(outcome);
        save(keep, number, &small, &outcome)?;
        say(&format!("case {number}: {class}\n    {}", small.up.join(";\n    ")));
        for line in outcome.judgement.reasons.iter().chain(&outcome.judgement.notes).chain(&lines_of_verdicts(&outcome))
        {
            say(&format!("      {line}"));
        }
    }
    Ok(())
}

async fn database(server: &TestServer, worker: usize) -> Result<Place<'_>> {
    let made = server.database(&format!("property{worker}")).await?;
    let place = Place { server, name: made.name().to_owned(), role: made.owner().to_owned() };
    let session = place.session().await?;
    let seen = store::seen_identity(&session).await?;
    store::initialise(&session, "property", &seen).await?;
    session.close().await;
    Ok(place)
}

/// Statements that the server takes, found by trying; and the database in which they begin.
async fn make_up<'s>(server: &'s TestServer, worker: usize, dice: &mut Dice) -> Result<(Case, Place<'s>)> {
    let place = database(server, worker).await?;
    let session = place.session().await?;
    session.batch("SET statement_timeout = '5s'; SET client_min_messages = error").await?;
    // It looks at the database after each statement: to plan that anew takes longer than to do it.
    session.keep_prepared();
    let mut case = Case { writes: dice.one_in(2), ..Case::default() };
    let mut world = World::look(&session).await?;
    for _ in 0..10 + dice.below(25) {
        if let Some(sql) = statements::creation(&world, dice)
            && session.batch(&sql).await.is_ok()
        {
            case.setup.push(sql);
            world = World::look(&session).await?;
        }
    }
    place.psql(FILL, Manner::Statements, None)?.ok();
    session.batch("BEGIN").await?;
    for _ in 0..1 + dice.below(6) {
        for _ in 0..8 {
            let Some(sql) = statements::change(&world, dice) else { continue };
            session.batch("SAVEPOINT try").await?;
            if session.batch(&sql).await.is_ok() && checked(&session).await {
                case.up.push(sql);
                world = World::look(&session).await?;
                break;
            }
            session.batch("ROLLBACK TO SAVEPOINT try").await?;
        }
    }
    session.batch("ROLLBACK").await?;
    session.close().await;
    Ok((case, place))
}

async fn checked(session: &Session) -> bool {
    session.batch("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED").await.is_ok()
}

/// Runs a case from its beginning. Nothing if psql does not take the migration.
async fn judged(server: &TestServer, worker: usize, case: &Case) -> Result<Option<Outcome>> {
    let place = database(server, worker).await?;
    // Some of it may not be possible any more when a case is made smaller.
    place.psql(&case.setup.join(";\n"), Manner::Heedless, None)?.ok();
    place.psql(FILL, Manner::Statements, None)?.ok();
    judged_in(place, worker, case).await
}

async fn judged_in(place: Place<'_>, worker: usize, case: &Case) -> Result<Option<Outcome>> {
    if case.up.is_empty() {
        place.drop().await?;
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("property-").tempdir()?;
    fs::write(folder.path().join("0001_made_up.sql"), format!("{};\n", case.up.join(";\n")))?;
    let layout = layouts::by_name("plain")?;
    let migrations = layout.read(folder.path())?;
    let since = case.writes.then(|| format!("SET corpus.rows = '7'; SET corpus.salt = '200';\n{FILL}"));
    let task = Task {
        layout,
        migrations: &migrations,
        index: 0,
        folder: folder.path(),
        since: since.as_deref(),
        heedless: false,
    };
    let twin = place.copy(&format!("property_twin{worker}")).await?;
    let outcome = match task.by_psql(&twin)? {
        Ok(()) => Some(task.run(&place, &twin, None).await?),
        Err(_) => None,
    };
    twin.drop().await?;
    place.drop().await?;
    Ok(outcome)
}

/// Leaves out whatever the failure does not need.
async fn shrunk(server: &TestServer, worker: usize, case: Case, outcome: &Outcome) -> Result<Case> {
    let kind = |outcome: &Outcome| {
        (
            outcome.judgement.class,
            outcome.judgement.reasons.first().map(|r| plain(r).chars().take(24).collect::<String>()),
        )
    };
    let wanted = kind(outcome);
    let mut small = case;
    if small.writes {
        let tried = Case { writes: false, ..small.clone() };
        if judged(server, worker, &tried).await?.is_some_and(|o| kind(&o) == wanted) {
            small = tried;
        }
    }
    for of_up in [true, false] {
        let mut place = if of_up { small.up.len() } else { small.setup.len() };
        while place > 0 {
            place -= 1;
            let mut tried = small.clone();
            if of_up {
                tried.up.remove(place)
            } else {
                tried.setup.remove(place)
            };
            if judged(server, worker, &tried).await?.is_some_and(|o| kind(&o) == wanted) {
                small = tried;
            }
        }
    }
    Ok(small)
}

fn save(keep: &Path, number: usize, case: &Case, outcome: &Outcome) -> Result<()> {
    let folder = keep.join(format!("case_{number}"));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    fs::write(folder.join("setup.sql"), format!("{};\n", case.setup.join(";\n")))?;
    fs::write(folder.join("up.sql"), format!("{};\n", case.up.join(";\n")))?;
    fs::write(folder.join("outcome.json"), serde_json::to_string_pretty(outcome)?)?;
    for (name, dump) in &outcome.dumps {
        fs::write(folder.join(format!("{name}.dump.sql")), dump)?;
    }
    Ok(())
}
