//! Forensic exports: rows of chosen tables as CSV, with checksums; listed, verified, and imported again after the fix.
//!
//! Must not know: how rows are read, compared or written.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use backout_backup::evidence::{self, Act, Choice, Done, Evidence, EvidenceError, Import, Mapped, Problem, What};
use backout_backup::keys::Keys;
use backout_backup::signing::{Signature, Signers};
use backout_plan::plan::TablePattern;
use backout_plan::{Finding, Remedy};
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::qualified;
use jiff::Timestamp;

use crate::event::{Event, Progress, Work};
use crate::failure::Refusal;
use crate::gates::{identity, signature};
use crate::{Boxed, Env, Failure, Result, impact};

/// Where they lie, where nobody says otherwise; relative to the plan.
const FOLDER: &str = ".backout/evidence";
/// Git has none of what lies in a folder with this in it.
const IGNORED: &str = "# Rows of people: nothing of it belongs into a repository.\n*\n";

/// What is exported.
#[derive(Debug, Clone)]
pub enum Wanted {
    Tables(Vec<TablePattern>),
    /// What the plan's `[impact]` names, functions apart.
    Impact,
    Query {
        name: String,
        sql: String,
    },
}

/// What is wanted, beyond the plan.
#[derive(Debug, Clone)]
pub struct Options {
    pub wanted: Wanted,
    /// The folder of all exports.
    pub to: Option<PathBuf>,
    /// Without recipients it is refused.
    pub encrypt: bool,
    /// Who exports.
    pub by: String,
    /// The step of a run that does.
    pub mark: Option<String>,
}

/// An import, as it is wanted.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// An id, or the beginning of one.
    pub id: String,
    pub tables: Vec<TablePattern>,
    pub choice: Choice,
    /// Triggers of the application act; otherwise rows come back exactly, where the role may switch triggers off.
    pub fire_triggers: bool,
    pub dry_run: bool,
    pub to: Option<PathBuf>,
    pub identity: Option<PathBuf>,
    /// Somebody is asked for the target's name first.
    pub confirm: bool,
    pub mark: Option<(String, u64)>,
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Session(error) => error.into(),
            EvidenceError::Server { doing, source } => Failure::server("the server said no")(source).during(doing),
            EvidenceError::File { doing, source } => Failure::file(doing)(source),
            EvidenceError::Key(error) => error.into(),
            EvidenceError::Usage(said) => Refusal::usage(said, None).into(),
            EvidenceError::Refused(said) => Refusal::refused(said, None).into(),
        }
    }
}

/// The folder of all exports.
pub fn folder(env: &Env, to: Option<&Path>) -> PathBuf {
    to.map_or_else(|| env.folder().join(FOLDER), Path::to_owned)
}

fn keys(env: &Env, identity: Option<&Path>) -> Result<Keys> {
    let keys = Keys::to(&env.backup().encrypt_to)?;
    let Some(file) = identity else { return Ok(keys) };
    let reading = || format!("reading the identity {}", file.display());
    let text = fs::read_to_string(file).map_err(Failure::given(reading()))?;
    keys.with_identities(&text).map_err(|error| Failure::from(error).during(reading()))
}

/// Exports, at one snapshot.
///
/// # Errors
/// Where the target is another one, the folder is open to others or belongs to a repository, or something cannot be read.
pub fn export<'a>(env: &'a Env, options: &'a Options) -> Boxed<'a, Result<Evidence>> {
    Box::pin(exported(env, options))
}

#[tracing::instrument(name = "evidence", skip_all, fields(target = env.target_name()))]
async fn exported(env: &Env, options: &Options) -> Result<Evidence> {
    let sign = signature::key(env)?;
    let keys = keys(env, None)?;
    if options.encrypt && !keys.encrypts() {
        let advice = Remedy::advice("name them in backup.encrypt_to in the plan");
        return Err(Refusal::usage("there is nobody to encrypt it for", Some(advice)).into());
    }
    let folder = folder(env, options.to.as_deref());
    prepare(&folder)?;
    env.refuse_pooler(env.settings()?).await?;
    let session = env.connect().await?;
    let seen = identity::look(&session, env.target_name()).await?;
    if !seen.verdict.is_same() && !seen.verdict.can_be_answered() {
        return Err(Refusal::Identity(seen.verdict).into());
    }
    let what = what(env, &session, &options.wanted).await?;
    if !keys.encrypts() {
        let said = "it is not encrypted, since backup.encrypt_to names nobody; only this user may read the files";
        env.say(Event::note("evidence.clear", said));
    }
    let request = evidence::Request {
        folder: &folder,
        what: &what,
        keys: &keys,
        sign: sign.as_ref(),
        target: env.named(),
        identity: seen.recorded,
        by: options.by.clone(),
        mark: options.mark.clone(),
        lock_timeout_ms: env.migrate().lock_timeout.duration().as_millis(),
    };
    env.say(Event::Begun { work: Work::ExportingEvidence { id: folder.display().to_string() } });
    let watch = |table: &str, rows: u64| env.say(Event::Progress(Progress::Rows { table: table.to_owned(), rows }));
    let canceller = session.canceller();
    let taken = env.stop.or_leave(evidence::take(&session, &request, &watch)).await;
    env.say(Event::Idle);
    match taken {
        Some(taken) => {
            let taken = taken?;
            session.close().await;
            Ok(taken)
        }
        None => {
            canceller.cancel().await.ok();
            Err(Refusal::LeftInTheMiddle.into())
        }
    }
}

async fn what(env: &Env, session: &Session, wanted: &Wanted) -> Result<Vec<What>> {
    match wanted {
        Wanted::Query { name, sql } => Ok(vec![What::Query { name: name.clone(), sql: sql.clone() }]),
        Wanted::Tables(patterns) => Ok(evidence::relations(session, patterns).await?),
        Wanted::Impact => {
            let names = impact::section(env)?.on.iter().map(|one| one.name.as_str());
            let names: Vec<&str> = names.filter(|name| !name.ends_with("()")).collect();
            if names.is_empty() {
                return Err(
                    Refusal::usage("[impact] names functions alone, which have no rows of their own", None).into()
                );
            }
            Ok(evidence::named(session, &names).await?)
        }
    }
}

/// A folder that only this user may read, and that no repository has.
fn prepare(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let making = || format!("making {shown}");
    if !folder.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Failure::given(making()))?;
        fs::write(folder.join(".gitignore"), IGNORED).map_err(Failure::given(making()))?;
    }
    let mode = fs::metadata(folder).map_err(Failure::given(making()))?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        let said = format!(
            "others than its owner may look into {shown} (mode {mode:04o}), and rows of people are about to be in it"
        );
        return Err(Refusal::refused(said, Some(Remedy::advice("chmod 700 is right, or another folder"))).into());
    }
    // What git would take from there. Where there is no git, there is no repository that anybody could add it to.
    let asked = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["check-ignore", "--quiet", "--no-index", "manifest.json"])
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if asked.is_ok_and(|status| status.code() == Some(1)) {
        let said = format!("git would track what lies in {shown}, and rows of people are about to be in it");
        let advice = Remedy::advice("name a folder that is ignored, or outside of the repository");
        return Err(Refusal::refused(said, Some(advice)).into());
    }
    Ok(())
}

/// All of them, the oldest first.
pub fn list(env: &Env, to: Option<&Path>) -> Result<Vec<evidence::Standing>> {
    Ok(evidence::list(&folder(env, to))?)
}

/// One, by its id or the beginning of it.
pub fn find(env: &Env, to: Option<&Path>, id: &str) -> Result<Evidence> {
    Ok(evidence::find(&folder(env, to), id)?)
}

/// Reads all files of one; also whether it is signed as the plan demands.
pub fn verify(env: &Env, to: Option<&Path>, evidence: &Evidence) -> Result<(Vec<Problem>, bool)> {
    let problems = evidence::verify(&folder(env, to), evidence)?;
    Ok((problems, trusted(env, evidence)))
}

/// Whether its signature is what the plan demands, and fits.
pub fn trusted(env: &Env, evidence: &Evidence) -> bool {
    let signers = Signers::new(env.backup().signed_by);
    evidence.signature != Signature::DoesNotFit && signers.accept(&evidence.signature)
}

/// Removes one for good.
pub fn remove(env: &Env, to: Option<&Path>, id: &str) -> Result<()> {
    env.confirm(format!("evidence {id} is removed for good; it is of {}", env.claimed()?))?;
    Ok(evidence::remove(&folder(env, to), id)?)
}

/// What was exported by a run, the newest: by the mark of one of its steps.
pub fn of_run(env: &Env, to: Option<&Path>, is_mark: &dyn Fn(&str) -> bool) -> Result<Option<Evidence>> {
    let whole = list(env, to)?.into_iter().filter_map(|one| match one.state {
        evidence::State::Whole(evidence) => Some(*evidence),
        _ => None,
    });
    Ok(whole.rev().find(|one| one.mark.as_deref().is_some_and(is_mark)))
}

/// How what was exported fits the tables of now. Changes nothing.
pub async fn mapping(env: &Env, options: &ImportOptions) -> Result<(Evidence, Vec<Mapped>)> {
    let evidence = find(env, options.to.as_deref(), &options.id)?;
    let session = env.connect().await?;
    let mapped = evidence::map(&session, &evidence, &names(options)?).await?;
    session.close().await;
    Ok((evidence, mapped))
}

fn names(options: &ImportOptions) -> Result<Vec<String>> {
    let name = |pattern: &TablePattern| match &pattern.table {
        Some(table) => Ok(qualified(&pattern.schema, table)),
        None => Err(Refusal::usage(format!("{pattern} is no single table"), None).into()),
    };
    options.tables.iter().map(name).collect()
}

/// Imports what was exported into the tables of now: one transaction.
///
/// # Errors
/// Where it is not what was exported, not signed as demanded, or does not fit; then nothing was imported.
pub fn import<'a>(env: &'a Env, options: &'a ImportOptions) -> Boxed<'a, Result<Done>> {
    Box::pin(imported(env, options))
}

#[tracing::instrument(name = "import-evidence", skip_all, fields(target = env.target_name()))]
async fn imported(env: &Env, options: &ImportOptions) -> Result<Done> {
    let to = options.to.as_deref();
    let evidence = find(env, to, &options.id)?;
    let (problems, is_trusted) = verify(env, to, &evidence)?;
    if !is_trusted {
        let said = format!(
            "evidence {}: {}, which is not what the plan takes; nothing of it was used",
            evidence.id, evidence.signature
        );
        return Err(Refusal::refused(said, None).into());
    }
    if let Some(first) = problems.first() {
        let said = format!(
            "evidence {} is not what was exported: {}: {}; nothing of it was used",
            evidence.id, first.file, first.what
        );
        return Err(Refusal::refused(said, None).into());
    }
    let keys = keys(env, options.identity.as_deref())?;
    let pair = env.connect_pair().await?;
    match options.dry_run {
        true => drop(identity::look(&pair.session, env.target_name()).await?),
        false => identity::pass(env, &pair.session).await?,
    }
    let tables = names(options)?;
    let mapped = evidence::map(&pair.session, &evidence, &tables).await?;
    for said in mapped.iter().flat_map(Mapped::differences) {
        env.say(Event::warning("evidence.differs", said));
    }
    if options.confirm && !options.dry_run {
        let rows: u64 = mapped.iter().map(Mapped::rows).sum();
        let names: Vec<&str> = mapped.iter().map(|one| one.table.as_str()).collect();
        let claimed = env.claimed()?;
        env.confirm(format!("up to {rows} rows go into {} of {claimed}", names.join(", ")))?;
    }
    history::lock_runs_only(&pair.session).await?;
    let folder = folder(env, to);
    let request = Import {
        folder: &folder,
        evidence: &evidence,
        tables: &tables,
        choice: options.choice,
        fire_triggers: options.fire_triggers,
        dry_run: options.dry_run,
        keys: &keys,
        mark: options.mark.clone(),
        lock_timeout_ms: env.migrate().lock_timeout.duration().as_millis(),
        name: format!("import-{}", Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ")),
    };
    env.say(Event::Begun { work: Work::ImportingEvidence { id: evidence.id.clone() } });
    let watch = |table: &str, rows: u64| env.say(Event::Progress(Progress::Rows { table: table.to_owned(), rows }));
    let done = env.stop.or_leave(evidence::import(&pair.session, &request, &watch)).await;
    env.say(Event::Idle);
    let Some(done) = done else { return Err(Refusal::LeftInTheMiddle.into()) };
    let done = done?;
    for one in done.tables.iter().filter(|one| !options.fire_triggers && !one.fired.is_empty()) {
        let said = format!("triggers of {} acted on what was imported: {}", one.mapped.table, one.fired.join(", "));
        let why = "only the owner of a table may switch its triggers off; rows may be other ones than those exported";
        env.say(Event::Said(Finding::warning("evidence.triggers", said).detail(why)));
    }
    Ok(done)
}

/// For a journal: counts, and nothing of a row.
pub fn counts(done: &Done) -> serde_json::Value {
    let tables = done.tables.iter().map(|one| {
        serde_json::json!({
            "table": one.mapped.table, "rows": one.rows, "same": one.same, "inserted": one.inserted,
            "left_out": one.left_out, "conflicts": one.conflicts, "rejected": one.rejected, "fired": one.fired,
            "silenced": one.silenced,
        })
    });
    let tables: Vec<serde_json::Value> = tables.collect();
    serde_json::json!({ "evidence": done.evidence, "act": done.act, "tables": tables,
        "reject_file": done.reject_file, "conflict_file": done.conflict_file })
}

/// Rows that are other ones now, and rows that the tables do not take.
pub fn left(done: &Done) -> (u64, u64) {
    done.tables.iter().fold((0, 0), |(conflicts, rejected), one| (conflicts + one.conflicts, rejected + one.rejected))
}

/// Whether nothing was imported since rows conflict.
pub fn is_refused(done: &Done) -> bool {
    done.act == Act::Refused
}
