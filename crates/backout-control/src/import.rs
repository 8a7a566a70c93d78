//! A dump that something else made becomes a backup.
//!
//! Must not know: how a dump is cut, judged or loaded.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use backout_backup::import::{self, Analysis, Dump, Finding, ImportError, Imported, ImportedFile, Load};
use backout_backup::manifest::Manifest;
use backout_backup::signing::SigningKey;
use backout_backup::store::Store;
use backout_backup::take::{self, Request};
use backout_plan::{ConnectionSettings, Remedy, TargetIdentity};
use backout_postgres::sandbox::Installation;
use backout_postgres::session::{DatabaseError, Session};
use backout_postgres::store as history;
use backout_schema::ident;
use serde::Serialize;

use crate::event::{Event, Progress, Work};
use crate::failure::Refusal;
use crate::gates::signature;
use crate::servers::{installation, program, sandbox};
use crate::{Boxed, Env, Failure, Result};

/// The database in the throwaway server.
const DATABASE: &str = "import";
/// Who owns what the dump gives to nobody, where nothing else is said.
const OWNER: &str = "postgres";

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Loaded in this order.
    pub files: Vec<PathBuf>,
    /// It is a dump of the plan's target.
    pub as_target: bool,
    /// Who owns what the dump gives to nobody.
    pub owner: Option<String>,
    /// Extensions that are left out.
    pub without_extensions: Vec<String>,
    pub jobs: Option<u32>,
}

/// What is known of a dump before it is loaded.
#[derive(Debug, Serialize)]
pub struct Judged {
    pub files: Vec<ImportedFile>,
    pub findings: Vec<Finding>,
    /// The target's tables that it does not hold.
    pub not_held: Vec<String>,
    #[serde(skip)]
    work: Held,
}

/// What loading needs of it.
#[derive(Debug)]
struct Held {
    dumps: Vec<Dump>,
    analysis: Analysis,
    target: Target,
    installation: Installation,
}

/// A backup that was made of a dump.
#[derive(Debug)]
pub struct Done {
    pub manifest: Manifest,
    pub ms: f64,
}

/// What the plan's target tells, if it can be reached.
#[derive(Debug, Default)]
struct Target {
    identity: Option<TargetIdentity>,
    role: Option<String>,
    major: Option<u32>,
    tables: Option<BTreeSet<(String, String)>>,
}

impl Judged {
    /// What keeps it from being loaded, all at once.
    ///
    /// # Errors
    /// A refusal for each part of it that must not run.
    pub fn pass(&self) -> Result<()> {
        let each = self.work.analysis.refused().map(|finding| {
            let place = if finding.line == 0 { String::new() } else { format!("{}:{}: ", finding.file, finding.line) };
            Refusal::refused(format!("{place}{}", finding.what), None).into()
        });
        match Failure::all(each) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}

/// Judges a dump: what it lacks, what of it must not run, what would silently do nothing. Loads nothing.
pub async fn judge(env: &Env, options: &Options) -> Result<Judged> {
    let dumps = Dump::find(&options.files)?;
    let target = target(env, options.as_target).await?;
    let installation = installation(env, target.major)?;
    let pg_restore = program(&installation, "pg_restore")?;
    env.say(Event::Begun { work: Work::ReadingDump });
    let judged = {
        let dumps = dumps.clone();
        tokio::task::spawn_blocking(move || -> std::result::Result<_, ImportError> {
            let files = identities(&dumps)?;
            Ok((files, import::analyse(&dumps, &pg_restore)?))
        })
    };
    let judged = judged.await;
    env.say(Event::Idle);
    let (files, analysis) = judged.map_err(|error| Failure::file("reading the dump")(error.into()))??;
    let not_held = lacking(&target, &analysis);
    let findings = analysis.findings.clone();
    Ok(Judged { files, findings, not_held, work: Held { dumps, analysis, target, installation } })
}

/// Loads a dump that was judged into a throwaway server, by a role that is no superuser, and takes a backup of that.
pub fn run<'a>(env: &'a Env, store: &'a Store, options: &'a Options, judged: &'a Judged) -> Boxed<'a, Result<Done>> {
    Box::pin(work(env, store, options, judged))
}

#[tracing::instrument(name = "import", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, store: &Store, options: &Options, judged: &Judged) -> Result<Done> {
    judged.pass()?;
    let sign = signature::key(env)?;
    let started = Instant::now();
    let owner = options.owner.clone().or(judged.work.target.role.clone()).unwrap_or_else(|| OWNER.to_owned());
    env.say(Event::Begun { work: Work::LoadingDump });
    let made = Loading { env, store, options, judged, owner, sign }.make().await;
    env.say(Event::Idle);
    Ok(Done { manifest: made?, ms: started.elapsed().as_secs_f64() * 1e3 })
}

/// Looks at the plan's target. Without one, or where it does not answer, nothing is compared.
async fn target(env: &Env, as_target: bool) -> Result<Target> {
    let session = match env.connect().await {
        Ok(session) => session,
        Err(failure) if as_target => return Err(failure.during("asking the target who it is, as the dump is of it")),
        Err(_) => {
            env.say(Event::note("import.no-target", "no target is reached, so the dump is compared with none"));
            return Ok(Target::default());
        }
    };
    let identity = history::recorded_identity(&session).await?;
    if as_target && identity.is_none() {
        let said = "the target has no identity on record yet, so nothing can be of it";
        return Err(Refusal::refused(said, Some(Remedy::FirstContact)).into());
    }
    let tables = tables(&session).await.map_err(Failure::server("reading the target's tables"))?;
    let role = env.settings()?.user.clone();
    let target = Target { identity, role, major: Some(session.server_major()), tables: Some(tables) };
    session.close().await;
    Ok(target)
}

/// The tables of a database, but for those of Backout and of extensions.
async fn tables(session: &Session) -> std::result::Result<BTreeSet<(String, String)>, DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' \
               AND n.nspname <> 'information_schema' AND n.nspname !~ '^backout(_|$)' \
               AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                               AND d.objid = c.oid AND d.deptype = 'e')";
    Ok(session.rows(sql).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn identities(dumps: &[Dump]) -> std::result::Result<Vec<ImportedFile>, ImportError> {
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

/// A dump on its way to a backup.
struct Loading<'a> {
    env: &'a Env,
    store: &'a Store,
    options: &'a Options,
    judged: &'a Judged,
    owner: String,
    sign: Option<SigningKey>,
}

impl Loading<'_> {
    async fn make(&self) -> Result<Manifest> {
        let (env, work) = (self.env, &self.judged.work);
        let installation = &work.installation;
        let identity = self.options.as_target.then(|| work.target.identity.clone()).flatten();
        let sandbox = sandbox(env, installation, false).await?;
        // Whatever the dump makes, names without a schema do not mean it: not those of the superuser.
        let options = Some("-c search_path=pg_catalog".to_owned());
        let settings = ConnectionSettings { options, ..sandbox.connection(DATABASE, sandbox.superuser()) };
        self.prepare(&sandbox.connection("postgres", sandbox.superuser())).await?;
        let load = Load {
            dumps: &work.dumps,
            analysis: &work.analysis,
            pg_restore: &program(installation, "pg_restore")?,
            admin: &settings,
            owner: &self.owner,
            without: &self.options.without_extensions,
        };
        let watch = |done: u64| env.say(Event::Progress(Progress::Statements { done }));
        let stands = import::load(&load, &watch).await?;
        let now = identities(&work.dumps)?;
        if let Some((file, _)) = self.judged.files.iter().zip(now).find(|(then, now)| **then != *now) {
            return Err(ImportError::Changed(file.name.clone()).into());
        }
        import::settle(&settings, &self.owner).await?;
        let mut missing = work.analysis.missing();
        missing.extend(self.options.without_extensions.iter().map(|name| format!("the extension {name}")));
        missing.extend(self.judged.not_held.iter().map(|table| format!("{table}, which the target has")));
        let request = Request {
            settings: &settings,
            store: self.store,
            target: identity.is_some().then(|| env.target_name().map(str::to_owned)).flatten(),
            identity,
            tables: &[],
            without: &[],
            jobs: env.jobs(self.options.jobs),
            level: 1,
            pg_dump: &program(installation, "pg_dump")?,
            lock_timeout: Duration::from_secs(5),
            resume: None,
            kept_by: None,
            sign: self.sign.as_ref(),
            imported: Some(Imported { files: self.judged.files.clone(), missing, stands_in: stands.said }),
        };
        let manifest = take::take(&request, &|event| env.say(event.into())).await?;
        // One that does not stop in order is removed by its guardian.
        let _ = sandbox.stop().await;
        Ok(manifest)
    }

    /// The empty database, and its owner.
    async fn prepare(&self, admin: &ConnectionSettings) -> Result<()> {
        let session = self.env.open(admin).await?;
        let owner = ident(&self.owner);
        for sql in [
            format!("CREATE ROLE {owner} NOLOGIN"),
            format!("CREATE DATABASE {} TEMPLATE template0 OWNER {owner}", ident(DATABASE)),
        ] {
            session.batch(&sql).await.map_err(Failure::server("preparing the throwaway server"))?;
        }
        session.close().await;
        Ok(())
    }
}
