//! Runs a real history of migrations through the product and judges it: each step forth, back and forth again, against a
//! twin that psql migrates.
//!
//! Must not know: what a single step does, or what makes it right.

mod backed_up;
mod dump;
pub(crate) mod judge;
pub(crate) mod place;
pub(crate) mod reader;
pub(crate) mod step;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use backout_postgres::store;
use backout_sql::layouts::{self, Layout, Migration};
use backout_testkit::TestServer;

use dump::Likeness;
use judge::{CLASSES, Class, lines};
use place::{Manner, Place};
use step::{Outcome, Task};

pub(crate) const USAGE: &str = "run a folder (or file) of migrations forth and back: FOLDER [--layout NAME] [--fill FILE.sql | --empty] [--setup FILE.sql]
           (as superuser) [--before FILE.sql] (as the role) [--role NAME] [--only VERSION] [--until VERSION] [--writes] [--heedless] [--unwind] [--backup] [--json FILE] [--keep DIR]";

/// A copy without what lies in archives and was set aside: psql alone would have left nothing there that is made of
/// the types which it drops.
async fn twin_of<'s>(main: &Place<'s>) -> Result<Place<'s>> {
    let twin = main.copy("twin").await?;
    twin.must_as_superuser(
        "SET client_min_messages = error; SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace \
         WHERE nspname ~ '^backout_(archive|undone)_' \\gexec",
    )?;
    Ok(twin)
}

pub(crate) const FILL: &str = include_str!("corpus/fill.sql");

#[derive(Debug, Default)]
struct Options {
    folder: PathBuf,
    layout: Option<String>,
    /// Run before every step, instead of the rows made up.
    fill: Option<PathBuf>,
    empty: bool,
    setup: Vec<PathBuf>,
    before: Vec<PathBuf>,
    /// Instead of the database's owner: a role that the setup makes.
    role: Option<String>,
    only: Option<String>,
    until: Option<String>,
    /// Rows are written between each migration and its undo.
    writes: bool,
    /// The twin's psql goes on past errors, as a bare `psql -f` does.
    heedless: bool,
    /// At the end, all steps back, the last first.
    unwind: bool,
    /// Instead: psql alone goes forth, and what is there in the end is backed up and restored.
    backup: bool,
    json: Option<PathBuf>,
    keep: Option<PathBuf>,
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().cloned().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--layout" => options.layout = Some(value()?),
            "--fill" => options.fill = Some(value()?.into()),
            "--empty" => options.empty = true,
            "--setup" => options.setup.push(value()?.into()),
            "--before" => options.before.push(value()?.into()),
            "--role" => options.role = Some(value()?),
            "--only" => options.only = Some(value()?),
            "--until" => options.until = Some(value()?),
            "--writes" => options.writes = true,
            "--heedless" => options.heedless = true,
            "--unwind" => options.unwind = true,
            "--backup" => options.backup = true,
            "--json" => options.json = Some(value()?.into()),
            "--keep" => options.keep = Some(value()?.into()),
            _ if argument.starts_with('-') => bail!("there is no option {argument}\n{USAGE}"),
            _ if options.folder.as_os_str().is_empty() => options.folder = argument.into(),
            _ => bail!("{argument}: one folder at a time\n{USAGE}"),
        }
    }
    if options.folder.as_os_str().is_empty() {
        bail!("which folder?\n{USAGE}");
    }
    Ok(options)
}

/// Whether nothing was wrong.
pub(crate) fn run(arguments: &[String]) -> Result<bool> {
    let options = options(arguments)?;
    let server = TestServer::own(TestServer::options()?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(walk(&options, &server))
}

#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}

async fn walk(options: &Options, server: &TestServer) -> Result<bool> {
    let layout: &'static dyn Layout = match &options.layout {
        Some(name) => layouts::by_name(name)?,
        None => layouts::detect(&options.folder)?,
    };
    let migrations = chosen(options, layout)?;
    let keep = match &options.keep {
        Some(keep) => keep.clone(),
        None => tempfile::Builder::new().prefix("corpus-").tempdir()?.keep(),
    };
    let mut main = prepare(options, server, layout).await?;
    let mut outcomes = Vec::new();
    let mut way_back: Vec<(String, String)> = Vec::new();
    let since = options.writes.then(|| format!("SET corpus.rows = '7'; SET corpus.salt = '200';\n{FILL}"));
    for (index, migration) in migrations.iter().enumerate() {
        fill(options, &main)?;
        let task = Task {
            layout,
            migrations: &migrations,
            index,
            folder: &options.folder,
            since: since.as_deref(),
            heedless: options.heedless,
        };
        if options.backup || options.only.as_ref().is_some_and(|only| *only != migration.version) {
            by_psql_alone(&task, options, &main)?;
            continue;
        }
        let (twin, psql, emptied) = twin_by_psql(&task, options, &main).await?;
        let mut outcome = task.run(&main, &twin, psql.err()).await?;
        if !emptied.is_empty() {
            outcome.judgement.notes.push(format!("rows in its way were taken out: {}", emptied.join(", ")));
        }
        show(&outcome);
        save(&keep, migration, &outcome)?;
        if outcome.goes_on {
            way_back.push((migration.version.clone(), outcome.dumps["before"].clone()));
            twin.drop().await?;
        } else if outcome.judgement.class == Class::DoesNotApply && !outcome.several {
            twin.drop().await?;
        } else {
            // The next step starts from what psql leaves.
            way_back.clear();
            main = twin.replace(main).await?;
        }
        outcomes.push(outcome);
    }
    if options.backup {
        fill(options, &main)?;
        return backed_up::backed_up(&main).await;
    }
    let mut fine = summary(&outcomes, &keep);
    if options.unwind {
        fine &= unwind(&main, &way_back).await?;
    }
    if let Some(path) = &options.json {
        fs::write(path, serde_json::to_string_pretty(&outcomes)?).with_context(|| path.display().to_string())?;
    }
    Ok(fine)
}

/// The migrations up to the last one that is asked for.
fn chosen(options: &Options, layout: &'static dyn Layout) -> Result<Vec<Migration>> {
    let mut migrations = layout.read(&options.folder)?;
    if let Some(until) = &options.until {
        let last = migrations.iter().position(|m| m.version == *until).context("--until names no migration")?;
        migrations.truncate(last + 1);
    }
    if let Some(only) = &options.only {
        let wanted = migrations.iter().position(|m| m.version == *only).context("--only names no migration")?;
        migrations.truncate(wanted + 1);
    }
    Ok(migrations)
}

/// Runs it without judging it; what does not apply is said.
fn by_psql_alone(task: &Task<'_>, options: &Options, main: &Place<'_>) -> Result<()> {
    let mut said = task.by_psql(main)?;
    if said.is_err() && !options.empty {
        main.must(&emptying(None))?;
        said = task.by_psql(main)?;
    }
    if let Err(said) = said {
        say(&format!("{}: does not apply: {said}", task.migration().version));
    }
    Ok(())
}

/// A twin that psql migrates, what it said, and which tables were emptied for that.
async fn twin_by_psql<'s>(
    task: &Task<'_>,
    options: &Options,
    main: &Place<'s>,
) -> Result<(Place<'s>, Result<(), String>, Vec<String>)> {
    let mut twin = twin_of(main).await?;
    let mut psql = task.by_psql(&twin)?;
    let mut emptied = Vec::new();
    // Rows made up can be in a migration's way: then they go, first those of the table that it complains about.
    while let (Err(said), true) = (&psql, emptied.len() < 4 && !options.empty) {
        let wanted = if emptied.len() < 3 { complaint(said) } else { None };
        twin.drop().await?;
        main.must(&emptying(wanted.as_deref()))?;
        emptied.push(wanted.unwrap_or_else(|| "all tables".to_owned()));
        twin = twin_of(main).await?;
        psql = task.by_psql(&twin)?;
        if emptied.last().is_some_and(|last| last == "all tables") {
            break;
        }
    }
    Ok((twin, psql, emptied))
}

async fn prepare<'s>(options: &Options, server: &'s TestServer, layout: &'static dyn Layout) -> Result<Place<'s>> {
    let made = server.database("main").await?;
    let mut main = Place { server, name: made.name().to_owned(), role: made.owner().to_owned() };
    let read = |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string());
    for path in &options.setup {
        main.must_as_superuser(&read(path)?).with_context(|| path.display().to_string())?;
    }
    if let Some(role) = &options.role {
        main.role.clone_from(role);
    }
    for path in &options.before {
        let said =
            main.psql(&read(path)?, Manner::OneTransaction, path.parent().filter(|p| !p.as_os_str().is_empty()))?;
        said.map_err(|said| anyhow::anyhow!("{}: {said}", path.display()))?;
    }
    let session = main.session().await?;
    let seen = store::seen_identity(&session).await?;
    store::initialise(&session, "corpus", &seen).await?;
    session.close().await;
    if let Some(history) = layout.history() {
        main.must(&history.create().join(";\n"))?;
    }
    Ok(main)
}

fn fill(options: &Options, main: &Place<'_>) -> Result<()> {
    match &options.fill {
        _ if options.empty => Ok(()),
        None => main.must(FILL),
        Some(path) => main.must(&fs::read_to_string(path).with_context(|| path.display().to_string())?),
    }
}

/// The table that an error of psql's is about.
fn complaint(said: &str) -> Option<String> {
    let after = |word: &str| {
        let rest = said.split_once(word)?.1;
        rest.split_once('"').map(|(name, _)| name.to_owned())
    };
    ["relation \"", "table \"", "on table \""].iter().find_map(|word| after(word))
}

/// Takes the rows of a table out, or of all tables of the role, but for the tool's own.
fn emptying(table: Option<&str>) -> String {
    let which = table.map_or("true".to_owned(), |name| {
        format!("c.relname = {}", backout_schema::literal(name.rsplit('.').next().unwrap_or(name)).trim_start())
    });
    format!(
        "DO $$ DECLARE wanted record; BEGIN FOR wanted IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema$|backout)' AND c.relname !~ '(schema_migrations|_migrations)$' \
         AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND {which} \
         LOOP EXECUTE format('TRUNCATE %s CASCADE', wanted.name); END LOOP; END $$"
    )
}

fn show(outcome: &Outcome) {
    let name = if outcome.name.contains(&outcome.version) {
        outcome.name.clone()
    } else {
        format!("{} {}", outcome.version, outcome.name)
    };
    say(&format!(
        "{:<26} {name} ({} rows, migrate {:.0} ms, undo {:.0} ms in lock, {:.0} ms)",
        outcome.judgement.class, outcome.rows, outcome.migrate_ms, outcome.undo_lock_ms, outcome.undo_total_ms
    ));
    for verdict in &outcome.verdicts {
        say(&format!("      said: {verdict}"));
    }
    if !outcome.removed.is_empty() {
        say(&format!("      takes away: {}", outcome.removed.join(", ")));
    }
    for reason in &outcome.judgement.reasons {
        say(&format!("      {reason}"));
    }
    for note in &outcome.judgement.notes {
        say(&format!("      note: {note}"));
    }
}

pub(crate) fn lines_of_verdicts(outcome: &Outcome) -> Vec<String> {
    outcome.verdicts.iter().map(|verdict| format!("said: {verdict}")).collect()
}

fn save(keep: &Path, migration: &Migration, outcome: &Outcome) -> Result<()> {
    if outcome.judgement.class < Class::Impossible || outcome.judgement.class == Class::DoesNotApply {
        return Ok(());
    }
    let folder = keep.join(&migration.version);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    fs::write(folder.join("outcome.json"), serde_json::to_string_pretty(outcome)?)?;
    fs::write(folder.join("up.sql"), &*migration.up)?;
    for (name, dump) in &outcome.dumps {
        fs::write(folder.join(format!("{name}.dump.sql")), dump)?;
    }
    Ok(())
}

fn summary(outcomes: &[Outcome], keep: &Path) -> bool {
    say("");
    for class in CLASSES {
        let count = outcomes.iter().filter(|o| o.judgement.class == *class).count();
        say(&format!("{class:<26} {count:>4}"));
    }
    say(&format!("{:<26} {:>4}", "all", outcomes.len()));
    let bad = outcomes.iter().filter(|o| matches!(o.judgement.class, Class::Wrong | Class::ForwardDifference)).count();
    if bad > 0 {
        say(&format!("details: {}", keep.display()));
    }
    bad == 0
}

/// Takes the steps back that are on record, the last first. Rows were written between them, so only schemas are compared.
async fn unwind(main: &Place<'_>, way_back: &[(String, String)]) -> Result<bool> {
    say("\nall the way back");
    let mut fine = true;
    for (version, before) in way_back.iter().rev() {
        match step::undone(main, false).await? {
            Ok(report) => {
                let likeness = Likeness::of(before, &main.dump()?);
                let word = if likeness == Likeness::Equal { "equal" } else { "DIFFERENT" };
                fine &= !matches!(likeness, Likeness::Different(_));
                say(&format!("{word:<26} {version} ({:.0} ms in lock)", report.lock_ms));
                let left = report.left.iter().map(ToString::to_string);
                for line in lines(&likeness).into_iter().chain(left) {
                    say(&format!("      {line}"));
                }
            }
            Err(said) => {
                say(&format!("{:<26} {version}: {said}", "STOPS"));
                return Ok(false);
            }
        }
    }
    Ok(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let read = |line: &str| options(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let found = read("dir --layout plain --setup a --setup b --only 7 --unwind").unwrap();
        assert_eq!(found.folder, Path::new("dir"));
        assert_eq!((found.layout.as_deref(), found.only.as_deref(), found.unwind), (Some("plain"), Some("7"), true));
        assert_eq!(found.setup, [Path::new("a"), Path::new("b")]);
        for wrong in ["--layout plain", "a b", "a --nothing", "a --only"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
