//! Operations driven without a command line: no terminal, no arguments, an observer that only collects.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use backout_control::event::{Event, Observer, Work};
use backout_control::failure::Refusal;
use backout_control::gates::set_aside::Choice;
use backout_control::{Env, Failure, Stop, migrate, place, prove, rehearse, restore, status, take, undo};
use backout_plan::{Exit, Plan, Remedy};
use backout_postgres::sandbox::Surroundings;
use backout_postgres::store::State;
use backout_testkit::{TestDatabase, TestServer};

const PLAN: &str = "version = 1
[targets.production]
url = \"env:DATABASE_URL\"
[migrations]
dir = \"migrations\"
layout = \"plain\"
[protect]
tables = [\"public.users\"]
[migrate]
certificate = \"full\"
backup = \"proven\"
";

const V1: &str = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 100) n;
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, body text);
INSERT INTO notes SELECT n, 1 + n % 100, 'note ' || n FROM generate_series(1, 300) n;";

const V2: &str = "DROP TABLE notes;
ALTER TABLE users ADD COLUMN plan text;
CREATE TABLE plans (name text PRIMARY KEY);";

/// What is ours and not the team's.
const OURS: &[&str] = &["backout", "backout_archive_*", "backout_undone_*"];

/// Keeps what it hears.
#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Observer for Heard {
    fn event(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

impl Heard {
    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn works(&self) -> Vec<Work> {
        let begun = |event| match event {
            Event::Begun { work } => Some(work),
            _ => None,
        };
        self.take().into_iter().filter_map(begun).collect()
    }
}

/// A folder with a plan and migrations, and what operations are handed.
struct House {
    folder: tempfile::TempDir,
    database: TestDatabase<'static>,
    heard: Arc<Heard>,
    env: Env,
}

impl House {
    async fn build(name: &str) -> Result<Self> {
        let database = TestServer::shared().database(name).await?;
        let folder = tempfile::tempdir()?;
        write(folder.path(), "migrations/1_plans.sql", V2)?;
        let file = folder.path().join("backout.toml");
        let plan = Plan::parse(&file.display().to_string(), PLAN)?;
        let heard = Arc::new(Heard::default());
        let env = Env {
            target: plan.target(None).cloned(),
            plan: Some(Arc::new(plan)),
            settings: Ok(database.settings()),
            claimed: None,
            confirmed: None,
            ask: Arc::new(|_, _| None),
            observer: heard.clone(),
            stop: Stop::new(),
            variables: Arc::new(|_| None),
            programs: Surroundings::new(None, std::env::var_os("PATH")),
            temporary: std::env::temp_dir(),
        };
        Ok(Self { folder, database, heard, env })
    }

    fn dump(&self) -> Result<String> {
        self.database.dump_schema(OURS)
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().context("a folder")?)?;
    Ok(fs::write(path, text)?)
}

/// Operations go on on any thread of a server.
fn is_send<T: Send>(future: T) -> T {
    future
}

/// The refusal of what must not succeed.
fn refused<T>(outcome: std::result::Result<T, Failure>) -> Result<(Refusal, Exit, Vec<Remedy>)> {
    let Err(failure) = outcome else { anyhow::bail!("it was not refused") };
    let refusal = failure.refusal().context("a refusal")?.clone();
    Ok((refusal, failure.exit(), failure.remedies()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_forth_and_back_without_a_terminal() -> Result<()> {
    let House { folder, database, heard, mut env } = House::build("control_release").await?;
    database.run(V1)?;
    let dump = || database.dump_schema(OURS);
    let before = dump()?;
    let options = migrate::Options::default();

    // Nobody has said that this database is meant.
    let (refusal, exit, remedies) = refused(migrate::run(&env, &options).await.map_err(|halted| halted.failure))?;
    assert!(matches!(refusal, Refusal::Identity(_)), "{refusal:?}");
    assert_eq!((exit, remedies), (Exit::Refused, vec![Remedy::ConfirmTarget { name: "production".to_owned() }]));
    env.confirmed = Some("production".to_owned());

    // No rehearsal, then no backup.
    let (refusal, _, remedies) = refused(migrate::run(&env, &options).await.map_err(|halted| halted.failure))?;
    assert!(matches!(refusal, Refusal::Certificate { .. }), "{refusal:?}");
    assert_eq!(remedies, [Remedy::Rehearse, Remedy::WithoutCertificate]);
    let rehearsed =
        is_send(rehearse::run(&env, &rehearse::Options::default())).await?.context("something is pending")?;
    assert!(rehearsed.certificate.proven() && rehearsed.file.starts_with(folder.path()));
    let (refusal, _, remedies) = refused(migrate::run(&env, &options).await.map_err(|halted| halted.failure))?;
    assert!(matches!(refusal, Refusal::Backup { nearest: None, .. }), "{refusal:?}");
    assert_eq!(remedies, [Remedy::TakeProvenBackup, Remedy::WithoutBackup]);
    heard.take();

    let store = place::open(&env, None, None)?;
    let taken = is_send(take::run(&env, &store, &take::Options::default())).await?;
    let rows = taken.manifest.rows();
    let own = taken.manifest.tables.iter().filter(|table| table.schema == "public");
    assert_eq!(own.map(|table| table.fingerprint.rows).sum::<u64>(), 400);
    let proven = is_send(prove::run(&env, &store, &taken.manifest, None)).await?;
    assert!(proven.proven, "{:?}", proven.differences);
    let id = taken.manifest.id.clone();
    assert_eq!(
        heard.works(),
        [Work::TakingBackup { store: store.name().to_owned() }, Work::ProvingBackup { id: id.clone() }]
    );
    assert_eq!(prove::settle(&store, &id).await?.map(|proof| proof.rows), Some(rows));

    let preview = migrate::preview(&env, None).await?;
    assert_eq!(preview.would_apply.iter().map(|one| one.statements.len()).collect::<Vec<_>>(), [3]);
    let done = is_send(migrate::run(&env, &options)).await.map_err(|halted| halted.failure)?;
    assert_eq!(done.applied.iter().map(|one| one.report.version.as_str()).collect::<Vec<_>>(), ["1_plans"]);
    assert!(done.applied[0].kept.iter().any(|kept| kept.what == "table public.notes"), "{:?}", done.applied[0].kept);
    let events = heard.take();
    assert!(events.iter().any(|event| matches!(event, Event::Covered { backup, .. } if *backup == id)), "{events:?}");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Statement { .. })).count(), 3, "{events:?}");
    assert_eq!(migrate::settle(&env, "1_plans").await?, migrate::Settled::Applied { number: 1 });

    let preview = undo::preview(&env, &undo::Options::newest(1)).await?;
    assert!(!preview.is_blocked() && !preview.would_undo[0].steps.is_empty());
    let undone = is_send(undo::run(&env, &undo::Options::newest(1))).await.map_err(|halted| halted.failure)?;
    assert_eq!(undone.undone.len(), 1);
    assert_eq!(undo::settle(&env, 1).await?, Some(State::Undone));
    assert_eq!(dump()?, before);
    let (refusal, ..) = refused(undo::run(&env, &undo::Options::newest(1)).await.map_err(|halted| halted.failure))?;
    assert!(matches!(refusal, Refusal::NothingToUndo), "{refusal:?}");

    database.run_as_superuser(&format!("ALTER ROLE {} CREATEDB", database.owner()))?;
    // What was written since the backup goes, and the database as it was stays beside.
    database.run("DELETE FROM users WHERE id > 50 AND NOT EXISTS (SELECT FROM notes WHERE user_id = users.id); UPDATE users SET email = 'x'")?;
    let manifest = restore::find(&env, &store, "latest", false).await?;
    let into = format!("{}_beside", database.name());
    let beside =
        is_send(restore::beside(&env, &store, &manifest, &into, None)).await.map_err(|halted| halted.failure)?;
    assert_eq!((beside.restored.rows, beside.restored.differences.len()), (rows, 0));
    let options = restore::replace::Options::default();
    let replaced = is_send(restore::replace::run(&env, &store, &manifest, &options)).await?;
    assert_eq!(database.run("SELECT count(*) FROM users WHERE email LIKE 'u%'")?.trim(), "100");
    assert_eq!(restore::replace::settle(&env).await?, std::slice::from_ref(&replaced.kept));
    let back = is_send(restore::replace::back(&env)).await?;
    assert_eq!(back.live, replaced.kept);
    assert_eq!(database.run("SELECT count(*) FROM users WHERE email = 'x'")?.trim(), "100");
    for name in [into, back.kept] {
        database.server().superuser("postgres").await?.batch(&format!("DROP DATABASE \"{name}\"")).await?;
    }
    assert_eq!(status::look(&env, "tester").await?.pending.len(), 1);
    Ok(())
}

/// What a run pinned is undone and nothing else: not what was applied after it, and nothing once that is done.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_meant_by_its_numbers_is_undone_alone() -> Result<()> {
    let mut house = House::build("control_numbers").await?;
    house.database.run(V1)?;
    house.env.confirmed = Some("production".to_owned());
    for (number, table) in [(2, "more"), (3, "third"), (4, "fourth")] {
        write(
            house.folder.path(),
            &format!("migrations/{number}_{table}.sql"),
            &format!("CREATE TABLE {table} (id int);"),
        )?;
    }
    let options = migrate::Options {
        without_certificate: Some("a test".to_owned()),
        without_backup: Some("a test".to_owned()),
        ..migrate::Options::default()
    };
    migrate::run(&house.env, &options).await.map_err(|halted| halted.failure)?;
    let undo = async |which: undo::Which| {
        let options = undo::Options { which, ..undo::Options::newest(1) };
        let done = undo::run(&house.env, &options).await.map_err(|halted| halted.failure)?;
        Ok::<_, Failure>(done.undone.iter().map(|one| one.number).collect::<Vec<_>>())
    };
    // Neither what is below the newest, nor with one left out.
    for numbers in [vec![3], vec![4, 2]] {
        let (refusal, exit, remedies) = refused(undo(undo::Which::Numbers(numbers)).await)?;
        assert!(matches!(refusal, Refusal::Refused { .. }), "{refusal:?}");
        assert_eq!((exit, remedies), (Exit::Refused, vec![Remedy::History]));
    }
    assert_eq!(undo(undo::Which::Numbers(vec![3, 4])).await?, [4, 3]);
    assert_eq!(undo(undo::Which::Numbers(vec![3, 4])).await?, [0; 0]);
    assert_eq!(undo(undo::Which::After(1)).await?, [2]);
    assert_eq!(undo(undo::Which::After(1)).await?, [0; 0]);
    assert_eq!(undo::settle(&house.env, 1).await?, Some(State::Applied));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_stop_ends_at_the_next_safe_point_or_cancels() -> Result<()> {
    let mut house = House::build("control_stop").await?;
    house.database.run(V1)?;
    house.env.confirmed = Some("production".to_owned());
    write(house.folder.path(), "migrations/2_more.sql", "CREATE TABLE more (id int);")?;
    let options = migrate::Options {
        without_certificate: Some("a test".to_owned()),
        without_backup: Some("a test".to_owned()),
        aside: Choice::Leave,
        ..migrate::Options::default()
    };
    house.env.stop.ask("a test");
    let done = migrate::run(&house.env, &options).await.map_err(|halted| halted.failure)?;
    assert!(done.stopped);
    assert_eq!((done.applied.len(), done.pending), (1, vec!["2_more".to_owned()]));

    let before = house.dump()?;
    house.env.stop = Stop::new();
    house.env.stop.cancel("a test");
    write(house.folder.path(), "migrations/2_more.sql", "SELECT pg_sleep(60); CREATE TABLE more (id int);")?;
    let halted = migrate::run(&house.env, &options).await.expect_err("it was cancelled");
    assert_eq!(halted.failure.database_error().and_then(|said| said.code.clone()).as_deref(), Some("57014"));
    assert_eq!(house.dump()?, before);
    let cancelling = |event: &Event| matches!(event, Event::Stopping(backout_control::event::Stopping::Cancelling));
    assert!(house.heard.take().iter().any(cancelling));
    Ok(())
}
