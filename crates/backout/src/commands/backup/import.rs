//! `backout backup import`: a dump that something else made becomes a backup.
//!
//! Must not know: how a dump is cut, judged or loaded.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use backout_backup::import::{self, Analysis, Dump, Finding, Imported, ImportedFile, Kind, Load};
use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use backout_backup::take::{self, Event, Request};
use backout_plan::{ConnectionSettings, Exit, TargetIdentity};
use backout_postgres::sandbox::Installation;
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::ident;
use serde_json::json;

use super::take::size_of;
use crate::context::{Context, Project};
use crate::error::CommandError;
use crate::rehearsal::{installation, program, sandbox};
use crate::ui::{count, duration};

/// The database in the throwaway server.
const DATABASE: &str = "import";
/// Who owns what the dump gives to nobody, where nothing else is said.
const OWNER: &str = "postgres";

/// Make a backup of a dump that something else made
///
/// It is judged first: what it lacks, what of it must not run, what would silently do nothing. Then it is loaded into a
/// throwaway server, by a role that is no superuser, and an ordinary backup is taken of that.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// .sql, .sql.gz, .sql.zst, an archive of pg_dump, or a folder: of pg_dump -Fd, or with roles.sql, schema.sql and
    /// data.sql. Several are loaded in this order
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Judge it, and load nothing
    #[arg(long)]
    dry_run: bool,
    /// It is a dump of the plan's target: a restore and `backout migrate` take it as one of its backups
    #[arg(long)]
    as_target: bool,
    /// The role that owns what the dump gives to nobody [default: the target's, or postgres]
    #[arg(long, value_name = "ROLE")]
    owner: Option<String>,
    /// Leave this extension out
    #[arg(long, value_name = "NAME", num_args = 1..)]
    without_extension: Vec<String>,
    /// How many connections read and restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Prove the backup by restoring it right afterwards
    #[arg(long)]
    prove: bool,
}

/// What the plan's target tells, if it can be reached.
#[derive(Debug, Default)]
struct Target {
    identity: Option<TargetIdentity>,
    role: Option<String>,
    major: Option<u32>,
    tables: Option<BTreeSet<(String, String)>>,
}

pub async fn run(args: &Args, context: &Context<'_>, project: &Project, store: &Store) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let dumps = Dump::find(&args.files)?;
    let target = target(args, context, project).await?;
    let installation = installation(context, target.major)?;
    let pg_restore = program(&installation, "pg_restore")?;
    ui.begin("reading the dump");
    let judged = {
        let (dumps, pg_restore) = (dumps.clone(), pg_restore.clone());
        tokio::task::spawn_blocking(move || -> Result<_, import::ImportError> {
            let files = identities(&dumps)?;
            Ok((files, import::analyse(&dumps, &pg_restore)?))
        })
    };
    let judged = judged.await.map_err(|error| CommandError::of(Exit::Failed, &error));
    ui.end();
    let (files, analysis) = judged??;
    let lacking = lacking(&target, &analysis);
    show(context, &files, &analysis, &lacking);
    let report = json!({ "files": files, "findings": analysis.findings, "not_held": lacking });
    if let Some(refused) = refused(&analysis) {
        ui.result(report);
        return Err(refused);
    }
    if args.dry_run {
        ui.result(report);
        return Ok(Exit::Ok);
    }
    let started = Instant::now();
    let owner = args.owner.clone().or(target.role).unwrap_or_else(|| OWNER.to_owned());
    let work = Work { args, context, project, store, dumps: &dumps, files, analysis: &analysis, lacking, owner };
    ui.begin("loading the dump into a throwaway server");
    let made = work.make(&installation, args.as_target.then_some(target.identity).flatten()).await;
    ui.end();
    let manifest = made?;
    let ms = started.elapsed().as_secs_f64() * 1e3;
    ui.out(format!(
        "{}: {} in {}, {} as {}, in {}",
        manifest.id,
        count(i64::try_from(manifest.rows()).unwrap_or(i64::MAX), "row"),
        count(manifest.tables.len() as i64, "table"),
        size_of(manifest.raw()),
        size_of(manifest.stored()),
        duration(ms)
    ));
    let imported = manifest.source.imported.clone();
    for what in imported.iter().flat_map(|imported| &imported.stands_in) {
        ui.out(format!("  made for it, and not in the dump: {what}"));
    }
    ui.result(
        json!({ "id": manifest.id, "store": store.name(), "ms": ms, "rows": manifest.rows(), "imported": imported,
        "findings": analysis.findings, "as_target": manifest.source.identity.is_some() }),
    );
    if args.prove {
        let jobs = args.jobs.unwrap_or(project.backup().jobs);
        return super::prove::prove(context, project, store, &manifest, jobs).await;
    }
    Ok(Exit::Ok)
}

/// Looks at the plan's target. Without one, or where it does not answer, nothing is compared; `--as-target` needs it.
async fn target(args: &Args, context: &Context<'_>, project: &Project) -> Result<Target, CommandError> {
    let reached = async {
        let settings = context.settings(project)?.settings;
        let session = context.open(&settings, None).await?;
        Ok::<_, CommandError>((settings, session))
    };
    let (settings, session) = match reached.await {
        Ok(reached) => reached,
        Err(error) if args.as_target => return Err(error.during("asking the target who it is, for --as-target")),
        Err(_) => {
            context.ui.say("note: no target is reached, so the dump is compared with none");
            return Ok(Target::default());
        }
    };
    let identity = history::recorded_identity(&session).await?;
    if args.as_target && identity.is_none() {
        return Err(CommandError::new(
            Exit::Refused,
            "the target has no identity on record yet, so nothing can be of it",
        )
        .hint("`backout migrate` records one at first contact"));
    }
    let tables = tables(&session).await.map_err(|source| CommandError::of(Exit::Failed, &source))?;
    let target = Target { identity, role: settings.user, major: Some(session.server_major()), tables: Some(tables) };
    session.close().await;
    Ok(target)
}

/// The tables of a database, but for those of Backout and of extensions.
async fn tables(session: &Session) -> Result<BTreeSet<(String, String)>, backout_postgres::session::DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' \
               AND n.nspname <> 'information_schema' AND n.nspname !~ '^backout(_|$)' \
               AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                               AND d.objid = c.oid AND d.deptype = 'e')";
    Ok(session.rows(sql).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn identities(dumps: &[Dump]) -> Result<Vec<ImportedFile>, import::ImportError> {
    dumps.iter().map(Dump::identity).collect()
}

/// The target's tables that the dump does not hold.
fn lacking(target: &Target, analysis: &Analysis) -> Vec<String> {
    let held = analysis.tables();
    let there = target.tables.iter().flatten();
    there
        .filter(|name| !held.contains(name))
        .map(|(schema, name)| format!("{}.{}", ident(schema), ident(name)))
        .collect()
}

fn show(context: &Context<'_>, files: &[ImportedFile], analysis: &Analysis, lacking: &[String]) {
    let ui = context.ui;
    for file in files {
        ui.out(format!("{}: {}", file.name, size_of(file.bytes)));
    }
    for Finding { kind, file, line, what } in &analysis.findings {
        let place = if *line == 0 { String::new() } else { format!("{file}:{line}: ") };
        let said = match kind {
            Kind::Refused => "REFUSED ",
            Kind::Missing => "missing: ",
            Kind::NotTaken | Kind::Note => "",
        };
        ui.out(format!("  {place}{said}{what}"));
    }
    for table in lacking {
        ui.out(format!("  this dump does not hold {table}, which the target has"));
    }
}

/// What keeps it from being loaded, all at once.
fn refused(analysis: &Analysis) -> Option<CommandError> {
    let each = analysis.refused().map(|finding| {
        let place = if finding.line == 0 { String::new() } else { format!("{}:{}: ", finding.file, finding.line) };
        CommandError::new(Exit::Refused, format!("{place}{}", finding.what))
    });
    CommandError::all(each)
}

/// A dump on its way to a backup.
struct Work<'a> {
    args: &'a Args,
    context: &'a Context<'a>,
    project: &'a Project,
    store: &'a Store,
    dumps: &'a [Dump],
    files: Vec<ImportedFile>,
    analysis: &'a Analysis,
    lacking: Vec<String>,
    owner: String,
}

impl Work<'_> {
    async fn make(
        &self,
        installation: &Installation,
        identity: Option<TargetIdentity>,
    ) -> Result<Manifest, CommandError> {
        let ui = self.context.ui;
        let sandbox = sandbox(installation, false).await?;
        // Whatever the dump makes, names without a schema do not mean it: not those of the superuser.
        let options = Some("-c search_path=pg_catalog".to_owned());
        let settings = ConnectionSettings { options, ..sandbox.connection(DATABASE, sandbox.superuser()) };
        self.room(&sandbox.connection("postgres", sandbox.superuser())).await?;
        let load = Load {
            dumps: self.dumps,
            analysis: self.analysis,
            pg_restore: &program(installation, "pg_restore")?,
            admin: &settings,
            owner: &self.owner,
            without: &self.args.without_extension,
        };
        let stands = import::load(&load, &|statements| {
            ui.progress(&count(i64::try_from(statements).unwrap_or(i64::MAX), "statement"));
        })
        .await?;
        if let Some((file, _)) = self.files.iter().zip(identities(self.dumps)?).find(|(then, now)| **then != *now) {
            return Err(import::ImportError::Changed(file.name.clone()).into());
        }
        import::settle(&settings, &self.owner).await?;
        let mut missing = self.analysis.missing();
        missing.extend(self.args.without_extension.iter().map(|name| format!("the extension {name}")));
        missing.extend(self.lacking.iter().map(|table| format!("{table}, which the target has")));
        let request = Request {
            settings: &settings,
            store: self.store,
            target: identity.is_some().then(|| self.project.target_name().map(str::to_owned)).flatten(),
            identity,
            tables: &[],
            without: &[],
            jobs: self.args.jobs.unwrap_or(self.project.backup().jobs) as usize,
            level: 1,
            pg_dump: &program(installation, "pg_dump")?,
            lock_timeout: Duration::from_secs(5),
            resume: None,
            imported: Some(Imported { files: self.files.clone(), missing, stands_in: stands.said }),
        };
        let watch = |event: Event| match event {
            Event::Began { .. } => ui.progress("taking the backup"),
            Event::Progress { raw, stored, .. } => {
                ui.progress(&format!("{} read, stored as {}", size_of(raw), size_of(stored)));
            }
            Event::Note(text) => ui.say(format!("note: {text}")),
        };
        let manifest = take::take(&request, &watch).await?;
        // One that does not stop in order is removed by its guardian.
        let _ = sandbox.stop().await;
        Ok(manifest)
    }

    /// The empty database, and its owner.
    async fn room(&self, admin: &ConnectionSettings) -> Result<(), CommandError> {
        let session = self.context.open(admin, None).await?;
        let owner = ident(&self.owner);
        for sql in [
            format!("CREATE ROLE {owner} NOLOGIN"),
            format!("CREATE DATABASE {} TEMPLATE template0 OWNER {owner}", ident(DATABASE)),
        ] {
            session
                .batch(&sql)
                .await
                .map_err(|error| CommandError::of(Exit::Failed, &error).during("preparing the throwaway server"))?;
        }
        session.close().await;
        Ok(())
    }
}
