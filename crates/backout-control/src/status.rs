//! Where the target is, what is pending, what could be gone back to, and what needs attention; and what the target and
//! this machine allow. Changes nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use backout_backup::shelf::{self, Standing as Shelved, State as ShelvedState};
use backout_plan::plan::BackupDemand;
use backout_plan::{Finding, Plan, Severity};
use backout_postgres::archive::{self, Kept};
use backout_postgres::doctor::{self, Observations};
use backout_postgres::rehearse::Certificate;
use backout_postgres::sandbox::{Installation, Servers};
use backout_postgres::session::{Session, pooler_suspected};
use backout_postgres::store::{self, Record, State};
use backout_postgres::undo::{Loose, loose};
use serde::Serialize;

use crate::capture::{self, Captured};
use crate::env::pooler_refusal;
use crate::failure::{Objection, Refusal};
use crate::folder::{Folder, Standing};
use crate::former;
use crate::gates::identity::Identity;
use crate::gates::{backup, certificate, frozen, identity, retry, tool};
use crate::restore::leftovers::{self, Leftovers};
use crate::runs::{Runs, Seen};
use crate::source::Source;
use crate::watch::{self, Watched};
use crate::{Boxed, Env, Failure, Result, incident, notify, place, preflight, rollout};

/// A bucket that does not answer must not keep anybody from what the database says.
const STORE_ANSWERS: Duration = Duration::from_secs(10);

/// Where the target is.
#[derive(Debug)]
pub struct Status {
    pub identity: Identity,
    pub server_version: u32,
    pub pending: Vec<Pending>,
    pub records: Vec<Record>,
    pub kept: Vec<Kept>,
    /// How what is pending stands against the certificates; where that was asked.
    pub certificate: Option<certificate::Standing>,
    /// The newest certificate at hand.
    pub rehearsed: Option<Certificate>,
    /// Backups of this database, oldest first, with those that cannot be read; where there is a plan, and the place
    /// could be read.
    pub backups: Option<Backups>,
    pub captured: Option<Captured>,
    pub replaced: Leftovers,
    /// Runs of this target that are not over, the newest first.
    pub runs: Vec<Seen>,
    /// Incidents that are open, or of which a duty is.
    pub incidents: Vec<incident::Record>,
    /// What watches wrote down last.
    pub watched: Option<Watched>,
    /// Runs that are not over, then the worst first.
    pub attention: Vec<Finding>,
}

/// A file that is to be run.
#[derive(Debug, Clone, Serialize)]
pub struct Pending {
    pub version: String,
    pub file: String,
}

/// The backups of one database in one place.
#[derive(Debug)]
pub struct Backups {
    pub place: String,
    pub all: Vec<Shelved>,
}

impl Backups {
    /// The newest that is whole.
    pub fn newest(&self) -> Option<&Shelved> {
        self.all.iter().rev().find(|one| one.manifest().is_some())
    }

    /// The newest that is proven.
    pub fn proven(&self) -> Option<&Shelved> {
        self.all.iter().rev().find(|one| one.manifest().is_some() && one.proof().is_some())
    }
}

impl Status {
    /// The newest record that is not undone, or else the newest.
    pub fn last(&self) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.state != State::Undone)
    }
}

/// Looks, as `user`.
pub fn look<'a>(env: &'a Env, user: &'a str) -> Boxed<'a, Result<Status>> {
    Box::pin(looked(env, user))
}

async fn looked(env: &Env, user: &str) -> Result<Status> {
    let session = env.connect().await?;
    let identity = identity::look(&session, env.target_name()).await?;
    let mut attention = Vec::new();
    attention.extend(another(&identity));
    let frozen = frozen::finding(&session).await?;
    let records = store::records(&session).await?;
    let ByFolder { standing, pending, certificate, said } = match env.plan.as_deref() {
        Some(plan) => by_folder(env, plan, &session, frozen.is_some()).await?,
        None => ByFolder { standing: Standing { records, ..Standing::default() }, ..ByFolder::default() },
    };
    attention.extend(said);
    let mut rehearsed = None;
    if let Some(plan) = env.plan.as_deref() {
        rehearsed = certificate::newest(&session, plan).await?;
    }
    let mut backups = None;
    let (mut captured, mut replaced) = (None, Leftovers::default());
    if let Some(plan) = env.plan.as_deref() {
        match within(STORE_ANSWERS, "the backups' place", shelved(env, &session)).await {
            Ok(found) => {
                about_backups(plan, &found, !pending.is_empty(), &mut attention);
                backups = Some(found);
            }
            Err(failure) => attention.push(
                Finding::warning("backup.unreadable", failure.sentence())
                    .detail("whether there is a backup to go back to is not known"),
            ),
        }
        captured = match backout_backup::capture::is_on(&session).await? {
            true => Some(capture::look(&session).await?),
            false => None,
        };
        about_capture(captured.as_ref(), &mut attention);
        replaced = leftovers::list(&session).await?;
    }
    attention.extend(frozen);
    about_records(&standing.records, &mut attention);
    attention.extend(loose(&session, &standing.records).await?.iter().map(not_valid));
    let kept = archive::contents(&session).await?;
    attention.extend(expired(&kept, jiff::Timestamp::now()));
    for dependent in archive::outside_dependents(&session, None).await? {
        attention.push(
            Finding::warning("archive.needed", format!("{} needs {}", dependent.object, dependent.needs))
                .detail("something outside Backout's schemas depends on something in them; purging would be refused")
                .hint("drop or change it, unless it is yours"),
        );
    }
    let of_plan = preflight::findings(env, Severity::Warning).await;
    attention.extend(of_plan.into_iter().filter(|finding| finding.severity > Severity::Note));
    let (watched, about_watch) = about_watch(env, user).await;
    attention.extend(about_watch);
    let (incidents, about) = about_incidents(env, user).await;
    attention.extend(about);
    attention.extend(about_rollouts(env, user).await);
    attention.extend(about_messages(env, user).await);
    attention.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let (runs, about_runs) = about_runs(env, user).await;
    attention.splice(0..0, about_runs);
    Ok(Status {
        identity,
        server_version: session.server_version(),
        pending,
        records: standing.records,
        kept,
        certificate,
        rehearsed,
        backups,
        captured,
        replaced,
        runs,
        incidents,
        watched,
        attention,
    })
}

/// What the plan's folder says of the target.
#[derive(Default)]
struct ByFolder {
    standing: Standing,
    pending: Vec<Pending>,
    certificate: Option<certificate::Standing>,
    said: Vec<Finding>,
}

async fn by_folder(env: &Env, plan: &Plan, session: &Session, is_frozen: bool) -> Result<ByFolder> {
    let (mut said, mut certificate) = (Vec::new(), None);
    let folder = Folder::read(plan)?;
    let standing = folder.standing(session).await?;
    let reasons = standing.remembered.iter().flat_map(|remembered| &remembered.refusals);
    said.extend(reasons.map(|reason| Finding::error("tool.refuses", reason.clone())));
    said.extend(tool::findings(&folder, &standing));
    let migrations = || standing.pending.iter().map(|place| &folder.migrations[*place]);
    let pending: Vec<Pending> =
        migrations().map(|m| Pending { version: m.version.clone(), file: folder.file(m) }).collect();
    let is_pending = |version: &str| pending.iter().any(|one| one.version == version);
    match retry::closed(env, session, &standing.records, is_pending).await {
        Ok(closed) => said.extend(closed.as_ref().map(retry::Open::finding)),
        Err(failure) => {
            let unknown = "whether what was undone may be applied again is not known";
            said.push(Finding::note("retry.unknown", unknown).detail(failure.sentence()));
        }
    }
    // Rights are part of what was rehearsed, and a freeze has taken them.
    if let Some(target) = env.target.as_ref().filter(|_| !is_frozen) {
        let files: Vec<(String, String)> = migrations().map(|m| (m.version.clone(), m.checksum.clone())).collect();
        let against = certificate::standing(session, plan, target, &files).await?;
        said.extend(match &against {
            certificate::Standing::Fine | certificate::Standing::Serves { .. } => None,
            certificate::Standing::None { demand } => {
                let said = format!("{} demands a rehearsal ({demand}), and there is none", target.name);
                Some(Finding::warning("certificate.none", said))
            }
            certificate::Standing::Void { objections } => Some(
                Finding::warning("certificate.void", "the certificate does not serve any more")
                    .detail(objections.join("; ")),
            ),
        });
        certificate = Some(against);
    }
    Ok(ByFolder { standing, pending, certificate, said })
}

/// That the target is not known, or not the one that is meant.
fn another(identity: &Identity) -> Option<Finding> {
    if identity.verdict.is_same() {
        return None;
    }
    let mut finding = match &identity.recorded {
        None => Finding::warning("identity.first-contact", identity.verdict.to_string()),
        Some(_) => Finding::error("identity.different", identity.verdict.to_string()),
    };
    finding.remedies = identity.verdict.remedies();
    Some(finding)
}

/// Runs of this target that are not over, the newest first, and what is to be said of them: also where the target itself
/// does not answer.
pub fn open_runs<'a>(env: &'a Env, user: &'a str) -> Boxed<'a, (Vec<Seen>, Vec<Finding>)> {
    Box::pin(async move {
        let (runs, mut said) = about_runs(env, user).await;
        said.extend(about_incidents(env, user).await.1);
        said.extend(about_rollouts(env, user).await);
        said.extend(about_messages(env, user).await);
        (runs, said)
    })
}

/// Messages that did not arrive, or wait for somebody.
async fn about_messages(env: &Env, user: &str) -> Vec<Finding> {
    let read = async {
        match Runs::there(env, user).await? {
            Some(runs) => notify::listed(env, &runs, None).await,
            None => Ok(Vec::new()),
        }
    };
    match within(STORE_ANSWERS, "the store of the runs", read).await {
        Ok(all) => notify::findings(&all),
        Err(failure) => {
            let said = Finding::warning("message.unreadable", failure.sentence());
            vec![said.detail("whether every message has arrived is not known")]
        }
    }
}

async fn about_incidents(env: &Env, user: &str) -> (Vec<incident::Record>, Vec<Finding>) {
    let read = async {
        match Runs::there(env, user).await? {
            Some(runs) => incident::open_ones(env, &runs).await,
            None => Ok(Vec::new()),
        }
    };
    match within(STORE_ANSWERS, "the store of the runs", read).await {
        Ok(records) => {
            let said = incident::findings(&records, jiff::Timestamp::now());
            (records, said)
        }
        Err(failure) => {
            let said = Finding::warning("incident.unreadable", failure.sentence());
            (Vec::new(), vec![said.detail("whether something is owed by now is not known")])
        }
    }
}

async fn about_rollouts(env: &Env, user: &str) -> Vec<Finding> {
    if env.plan.is_none() || env.target.is_none() {
        return Vec::new();
    }
    let read = async {
        match Runs::there(env, user).await? {
            Some(runs) => rollout::look(env, &runs).await,
            None => Ok(Vec::new()),
        }
    };
    match within(STORE_ANSWERS, "the store of the runs", read).await {
        Ok(all) => rollout::findings(&all, jiff::Timestamp::now()),
        Err(failure) => vec![Finding::warning("rollout.unreadable", failure.sentence())],
    }
}

async fn about_runs(env: &Env, user: &str) -> (Vec<Seen>, Vec<Finding>) {
    match within(STORE_ANSWERS, "the store of the runs", read_runs(env, user)).await {
        Ok(runs) => {
            let said = runs.iter().map(|seen| seen.finding(former::remedies(seen))).collect();
            (runs, said)
        }
        Err(failure) => {
            let said = Finding::warning("run.unreadable", failure.sentence());
            (Vec::new(), vec![said.detail("whether a run of this target is open is not known")])
        }
    }
}

async fn about_watch(env: &Env, user: &str) -> (Option<Watched>, Vec<Finding>) {
    let read = async {
        match Runs::there(env, user).await? {
            Some(runs) => watch::look(env, &runs).await,
            None => Ok(None),
        }
    };
    match within(STORE_ANSWERS, "the store of the runs", read).await {
        Ok(watched) => {
            let said = watched.iter().flat_map(|watched| watched.findings(jiff::Timestamp::now())).collect();
            (watched, said)
        }
        Err(failure) => (None, vec![Finding::warning("watch.unreadable", failure.sentence())]),
    }
}

async fn read_runs(env: &Env, user: &str) -> Result<Vec<Seen>> {
    match Runs::there(env, user).await? {
        Some(runs) => runs.open_ones(env).await,
        None => Ok(Vec::new()),
    }
}

async fn within<T>(most: Duration, who: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let late = || {
        let said = format!("{who} does not answer within {} s", most.as_secs());
        Failure::from(Refusal::failed(said, None))
    };
    tokio::time::timeout(most, work).await.unwrap_or_else(|_| Err(late()))
}

/// What lies at the plan's place of this database: oldest first, with what cannot be read.
pub(crate) async fn shelved(env: &Env, session: &Session) -> Result<Backups> {
    let store = place::open(env, None, None)?;
    let source = Source::of(session).await?;
    let mut all = shelf::list(&store).await?;
    all.retain(|one| match &one.state {
        ShelvedState::Whole(manifest) => source.is_of(manifest),
        ShelvedState::Damaged(_) => true,
        ShelvedState::Interrupted(_) | ShelvedState::Going => false,
    });
    Ok(Backups { place: store.name().to_owned(), all })
}

fn about_backups(plan: &Plan, backups: &Backups, is_pending: bool, found: &mut Vec<Finding>) {
    for one in &backups.all {
        if let ShelvedState::Damaged(why) = &one.state {
            let said = format!("backup {} in {} cannot be read: {why}", one.id, backups.place);
            found.push(Finding::warning("backup.damaged", said));
        }
    }
    // What a migration will say, if there is one to run.
    let mut demanded = |why: String| {
        if is_pending && plan.migrate.backup == BackupDemand::Proven {
            found.push(Finding::warning("backup.none", format!("a proven backup is demanded, and {why}")));
        }
    };
    let Some(newest) = backups.newest() else { return demanded("there is no backup of it".to_owned()) };
    match backups.proven().and_then(|one| one.manifest()) {
        None => demanded("no backup of it is proven".to_owned()),
        Some(manifest) => {
            let max_age = plan.migrate.backup_max_age.duration();
            if let Some(said) = backup::too_old(manifest, jiff::Timestamp::now(), max_age) {
                demanded(format!("of the newest proven one, {}, {said}", manifest.id));
            }
        }
    }
    if let Some(manifest) = newest.manifest().filter(|_| !newest.trusted) {
        let said = Objection::NotSigned { signature: manifest.found.signature };
        found.push(Finding::warning("backup.unsigned", format!("backup {}: {said}", newest.id)));
    }
    if let Some(said) = backup::unproven(newest).filter(|_| !newest.proofs.is_empty()) {
        found.push(Finding::warning("backup.unproven", format!("backup {}: {said}", newest.id)));
    }
}

fn about_capture(captured: Option<&Captured>, found: &mut Vec<Finding>) {
    let Some(captured) = captured else { return };
    for one in captured.captured.iter().filter(|one| one.trouble.is_some()) {
        let why = one.trouble.as_ref().map(ToString::to_string).unwrap_or_default();
        let said = format!("what changes in {} is not all captured", one.table);
        found.push(Finding::warning("capture.broken", said).detail(why));
    }
    if let Some(trouble) = captured.slot.as_ref().and_then(|slot| slot.trouble.clone()) {
        found.push(Finding::warning("capture.slot", trouble));
    }
    if !captured.unchecked.is_empty() {
        let number = captured.unchecked.len();
        let noun = if number == 1 { "foreign key" } else { "foreign keys" };
        found.push(Finding::warning("capture.unchecked", format!("{number} {noun} not checked since a restore")));
    }
}

fn about_records(records: &[Record], found: &mut Vec<Finding>) {
    let copied = records.iter().filter(|record| record.copied && record.state == State::Applied);
    let copied: Vec<String> = copied.map(|record| record.number.to_string()).collect();
    if !copied.is_empty() {
        let said = format!("migration {} cannot be undone here", copied.join(", "));
        found.push(
            Finding::note("migration.copied", said)
                .detail("this database is a copy by dump and restore: objects have other ids than those on record")
                .hint("undo where it was migrated; what is migrated here from now on can be undone here"),
        );
    }
    for record in records {
        let (number, version) = (record.number, &record.version);
        match record.state {
            State::Interrupted => {
                let step = record.step.as_ref().map(|step| format!("; the step begun after it: {step}"));
                let (done, steps, step) = (record.done, record.steps, step.unwrap_or_default());
                let said = format!("migration {number} ({version}) is interrupted after step {done} of {steps}{step}");
                found.push(Finding::error("migration.interrupted", said));
            }
            State::UndoTail => found.push(
                Finding::warning("undo.tail", format!("the undo of migration {number} ({version}) has work left"))
                    .detail("the former state is back; a validation or an index is still open"),
            ),
            _ => {}
        }
    }
}

fn not_valid(loose: &Loose) -> Finding {
    let Loose { number, version, object, validate } = loose;
    let said = format!("{object} holds for new rows only since migration {number} ({version}) was undone");
    Finding::warning("undo.left", said)
        .detail("rows of then do not fit it")
        .hint(format!("mend these rows, then run {validate}"))
}

fn expired(kept: &[Kept], now: jiff::Timestamp) -> Option<Finding> {
    let is_expired = |kept: &&Kept| kept.keep_until.is_some_and(|until| until < now);
    let mut numbers: Vec<String> = kept.iter().filter(is_expired).map(|kept| kept.number.to_string()).collect();
    numbers.dedup();
    let said = format!("what is kept of migration {} is past its time", numbers.join(", "));
    (!numbers.is_empty()).then(|| Finding::warning("archive.expired", said))
}

/// What the target and this machine allow.
#[derive(Debug)]
pub struct Checkup {
    pub identity: Identity,
    pub seen: Observations,
    /// The worst first.
    pub findings: Vec<Finding>,
}

/// Looks what is degraded, before anything is tried.
pub fn doctor<'a>(env: &'a Env) -> Boxed<'a, Result<Checkup>> {
    Box::pin(examine(env))
}

async fn examine(env: &Env) -> Result<Checkup> {
    let session = env.connect().await?;
    let mut findings = Vec::new();
    if let Some(pooler) = pooler_suspected(env.settings()?).await?
        && let Refusal::Pooler { endpoint, pooler, advice } = pooler_refusal(&pooler, env.settings()?)
    {
        findings.push(
            Finding::error("connection.pooler", format!("{endpoint} is {pooler}"))
                .detail(
                    "its connections change servers between transactions, and what Backout does needs a session of its own",
                )
                .hint(advice),
        );
    }
    let seen = doctor::observe(&session).await?;
    let protected = env.plan.as_ref().map(|plan| plan.protect.tables.clone()).unwrap_or_default();
    findings.extend(doctor::findings(&seen, &protected));
    let identity = identity::look(&session, env.target_name()).await?;
    findings.extend(another(&identity).filter(|_| identity.recorded.is_some()));
    if let Some(plan) = env.plan.as_deref() {
        match Folder::read(plan) {
            Ok(folder) => {
                if let Err(failure) = folder.standing(&session).await {
                    findings.push(Finding::error("migrations.history", failure.sentence()));
                }
            }
            Err(failure) => findings.push(Finding::error("migrations.folder", failure.sentence())),
        }
    }
    if let Some(frozen) = frozen::finding(&session).await? {
        // It is the freeze that took it.
        findings.retain(|finding| finding.code != "privileges.create");
        findings.push(frozen);
    }
    findings.extend(preflight::findings(env, Severity::Error).await);
    findings.extend(programs(env, &seen));
    findings.extend(cost(&session).await?);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(Checkup { identity, seen, findings })
}

/// What capturing changes costs here, and takes of this database.
async fn cost(session: &Session) -> Result<Option<Finding>> {
    let Some(cost) = backout_backup::capture::cost(session).await? else { return Ok(None) };
    let title = format!(
        "capturing a changed row adds {:.1} µs (keys) or {:.1} µs (images) to the {:.1} µs that the change takes here",
        cost.keys, cost.images, cost.change
    );
    let finding = Finding::note("capture.cost", title);
    let Some(rate) = cost.rate else { return Ok(Some(finding)) };
    // A core has a million microseconds a second.
    let share = |added: f64| rate * added / 1e4;
    Ok(Some(finding.detail(format!(
        "at {rate:.0} changed rows a second, the average so far: {:.1} % or {:.1} % of one core",
        share(cost.keys),
        share(cost.images)
    ))))
}

/// What a rehearsal on this machine needs.
fn programs(env: &Env, seen: &Observations) -> Vec<Finding> {
    let mut found = Vec::new();
    let servers = match Servers::find(&env.programs) {
        Ok(servers) => servers,
        Err(error) => {
            found.push(
                Finding::warning("sandbox.programs", "rehearsals in a sandbox are not possible on this machine")
                    .detail(error.to_string())
                    .hint("or rehearse elsewhere: [rehearse] where = \"same-server\" or \"url\""),
            );
            return found;
        }
    };
    let installation = match servers.find_for(seen.server_major) {
        Ok(installation) => installation,
        Err(error) => {
            found.push(
                Finding::warning(
                    "sandbox.version",
                    format!("no PostgreSQL {} is installed here for rehearsals", seen.server_major),
                )
                .detail(error.to_string())
                .hint(format!(
                    "install it (Debian: apt install postgresql-{}), or name the folder of its programs",
                    seen.server_major
                )),
            );
            return found;
        }
    };
    if installation.major != seen.server_major {
        found.push(
            Finding::warning(
                "sandbox.version",
                format!("rehearsals run on PostgreSQL {}, and the target is {}", installation.major, seen.server_major),
            )
            .detail("a certificate is bound to the major version")
            .hint(format!("install PostgreSQL {} here", seen.server_major)),
        );
    }
    if !installation.is_complete() {
        found.push(
            Finding::warning("sandbox.client", format!("{installation} lacks pg_dump, pg_restore or psql"))
                .hint("install the client package of the same version"),
        );
    }
    let Some(folder) = extension_folder(installation) else { return found };
    let missing: Vec<&str> = seen
        .extensions
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !folder.join(format!("{name}.control")).is_file())
        .collect();
    if !missing.is_empty() {
        found.push(
            Finding::warning("sandbox.extensions", format!("not available to a sandbox here: {}", missing.join(", ")))
                .detail("a rehearsal that needs one of them fails")
                .hint("install their packages, or rehearse elsewhere: [rehearse] where = \"same-server\" or \"url\""),
        );
    }
    found
}

/// Where an installation has its extensions' control files, if it can be told.
fn extension_folder(installation: &Installation) -> Option<PathBuf> {
    let told = installation.program("pg_config").and_then(|program| {
        let output = Command::new(program).arg("--sharedir").stdin(Stdio::null()).output().ok()?;
        Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    });
    let beside = installation.bin.parent().map(|home| home.join("share"));
    let usual = [
        told,
        beside.clone().map(|share| share.join("postgresql")),
        beside,
        Some(Path::new("/usr/share/postgresql").join(installation.major.to_string())),
        Some(PathBuf::from("/usr/share/pgsql")),
    ];
    usual
        .into_iter()
        .flatten()
        .map(|share| share.join("extension"))
        .find(|folder| folder.join("plpgsql.control").is_file())
}
