//! What a rehearsal needs from its surroundings: programs, a place, rules; and the gate that asks for its certificate.
//!
//! Must not know: how a rehearsal runs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use backout_backup::manifest::Manifest;
use backout_plan::plan::{Demand, Level, Plan, RehearsalPlace, Target, TargetUrl};
use backout_plan::{ConnectionSettings, Exit, Finding};
use backout_postgres::catalog::read_catalog;
use backout_postgres::migrate::Rules;
use backout_postgres::rehearse::{Certificate, Facts, Oracle, Place, Prepared, RehearseError, RoleAttributes};
use backout_postgres::sandbox::{Installation, Sandbox, SandboxOptions, Servers, Surroundings};
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_reversal::Inverse;

use crate::context::{Context, GateRequest, Permit, Project};
use crate::error::CommandError;

/// Certificates as files, beside the plan.
const CERTIFICATES: &str = ".backout/certificates";

/// The name of the throwaway servers' superuser: no role of a target is called so.
const SUPERUSER: &str = "backout_sandbox";

/// The plan's rules for running a migration.
pub fn rules(project: &Project) -> Rules {
    let migrate = project.migrate_rules();
    let (protect, max_deleted_rows, checks) = project.plan.as_ref().map_or_else(Default::default, |plan| {
        (plan.protect.tables.clone(), plan.protect.max_deleted_rows, plan.checks.clone())
    });
    Rules {
        lock_timeout: migrate.lock_timeout.duration(),
        lock_retries: migrate.lock_retries,
        lock_budget: migrate.lock_budget.map(|budget| budget.duration()),
        rebuild_below: migrate.rebuild_below.bytes(),
        hide_above: migrate.hide_above.map(|size| size.bytes()),
        large: None,
        sizes: Default::default(),
        statement_timeout: migrate.statement_timeout.duration(),
        protect,
        max_deleted_rows,
        checks,
        keep_archive: migrate.keep_archive.duration(),
        no_archive: Vec::new(),
        accept_loss: Vec::new(),
    }
}

/// PostgreSQL's programs on this machine, of the wanted major version or newer.
pub fn installation(context: &Context<'_>, major: Option<u32>) -> Result<Installation, CommandError> {
    let path = std::env::var_os("PATH");
    let surroundings = Surroundings::new(context.global.pg_bin.clone(), path);
    let missing = |source| CommandError::of(Exit::Failed, &source);
    let servers = Servers::find(&surroundings).map_err(missing)?;
    let found = match major {
        Some(major) => servers.find_for(major),
        None => Ok(servers.preferred()),
    };
    found.cloned().map_err(|source| CommandError::of(Exit::Failed, &source))
}

/// Starts a throwaway server.
pub async fn sandbox(installation: &Installation, fsync: bool) -> Result<Sandbox, CommandError> {
    let mut options = SandboxOptions::new(std::env::temp_dir(), installation.clone());
    options.superuser = SUPERUSER.to_owned();
    options.fsync = fsync;
    // Vacuum and statistics are not what is rehearsed, and this server lives for a minute.
    options.settings.push(("autovacuum".to_owned(), "off".to_owned()));
    Sandbox::start(options).await.map_err(|source| CommandError::of(Exit::Failed, &source))
}

pub fn program(installation: &Installation, name: &str) -> Result<PathBuf, CommandError> {
    installation.program(name).ok_or_else(|| {
        CommandError::new(Exit::Failed, format!("{} has no {name}", installation.bin.display()))
            .hint("install PostgreSQL's client programs, or name their folder with --pg-bin")
    })
}

/// Where the plan wants the clone, ready to be filled.
pub async fn prepare(
    context: &Context<'_>,
    project: &Project,
    session: &Session,
    source: ConnectionSettings,
    level: Level,
) -> Result<(Prepared, Oracle), CommandError> {
    let rehearse = project.plan.as_ref().map(|plan| plan.rehearse.clone()).unwrap_or_default();
    let installation = installation(context, Some(session.server_major()))?;
    let place = match rehearse.place {
        RehearsalPlace::Sandbox => Place::Sandbox(Box::new(sandbox(&installation, false).await?)),
        RehearsalPlace::SameServer => Place::Server(Box::new(source.clone())),
        RehearsalPlace::Url => {
            let url = match &rehearse.sandbox_url {
                Some(TargetUrl::Literal(url)) => url.clone(),
                Some(TargetUrl::Env(name)) => std::env::var(name).map_err(|_| {
                    CommandError::new(Exit::Usage, format!("sandbox_url is env:{name}, and {name} is not set"))
                })?,
                None => return Err(CommandError::new(Exit::Usage, "where = \"url\" needs sandbox_url")),
            };
            let settings = url.parse().map_err(|source| CommandError::of(Exit::Usage, &source))?;
            Place::Server(Box::new(settings))
        }
    };
    let oracle = Oracle { pg_dump: program(&installation, "pg_dump")? };
    let restore = program(&installation, "pg_restore")?;
    let prepared = Prepared::new(session, source, place, oracle.pg_dump.clone(), restore, level)
        .await
        .map_err(|source| CommandError::of(Exit::Failed, &source).hints(source.hint()))?;
    Ok((prepared, oracle))
}

/// A clone that is a copy of a restored backup, in the sandbox where it was restored.
pub async fn prepare_from(
    session: &Session,
    sandbox: Sandbox,
    database: &str,
    manifest: &Manifest,
    notes_of_restore: Vec<String>,
) -> Result<(Prepared, Oracle), CommandError> {
    let oracle = Oracle { pg_dump: program(sandbox.installation(), "pg_dump")? };
    let pg_restore = program(sandbox.installation(), "pg_restore")?;
    let settings = sandbox.connection(database, sandbox.superuser());
    let place = Place::Sandbox(Box::new(sandbox));
    let mut notes: Vec<String> = manifest
        .without_rows()
        .map(|left| format!("{} is empty in the clone: the backup does not hold its rows", left.what))
        .collect();
    notes.extend(notes_of_restore);
    let dump = oracle.pg_dump.clone();
    let prepared = Prepared::new(session, settings, place, dump, pg_restore, Level::Full)
        .await
        .map_err(|source| CommandError::of(Exit::Failed, &source).hints(source.hint()))?;
    Ok((prepared.copied_from(database, notes), oracle))
}

/// Writes a certificate beside the plan, readable for its owner only.
pub fn write(folder: &Path, certificate: &Certificate) -> Result<PathBuf, CommandError> {
    let folder = folder.join(CERTIFICATES);
    let path = folder.join(format!("{}.json", certificate.id()));
    let failed =
        |source: std::io::Error| CommandError::of(Exit::Failed, &source).during(&format!("writing {}", path.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let text = serde_json::to_string_pretty(certificate).unwrap_or_default();
    private_file(&path, &text).map_err(failed)?;
    Ok(path)
}

fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// All certificates at hand: the one that is named, else those in the target and beside the plan, newest first; and
/// what is there and cannot be read.
async fn at_hand(
    session: &Session,
    plan: &Plan,
    file: Option<&Path>,
) -> Result<(Vec<Certificate>, Vec<String>), CommandError> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)
            .map_err(|source| CommandError::of(Exit::Usage, &source).during(&format!("reading {}", file.display())))?;
        let certificate = serde_json::from_str(&text)
            .map_err(|source| CommandError::of(Exit::Usage, &source).during(&format!("reading {}", file.display())))?;
        return Ok((vec![certificate], Vec::new()));
    }
    let mut texts: Vec<(String, String)> = store::certificates(session)
        .await?
        .into_iter()
        .map(|(id, text)| (format!("certificate {id} in the target"), text))
        .collect();
    let mut unreadable = Vec::new();
    if let Ok(entries) = std::fs::read_dir(plan.folder().join(CERTIFICATES)) {
        for entry in entries.flatten() {
            let place = entry.path().display().to_string();
            match std::fs::read_to_string(entry.path()) {
                Ok(text) => texts.push((place, text)),
                Err(source) => unreadable.push(format!("{place} cannot be read: {source}")),
            }
        }
    }
    let mut found: Vec<Certificate> = Vec::new();
    for (place, text) in texts {
        match serde_json::from_str(&text) {
            Ok(certificate) => found.push(certificate),
            Err(source) => unreadable.push(format!("{place} cannot be read: {source}")),
        }
    }
    unreadable.sort_unstable();
    found.sort_by_key(|certificate| std::cmp::Reverse(certificate.made_at));
    found.dedup_by_key(|certificate| certificate.id());
    Ok((found, unreadable))
}

/// What is held against a certificate, or the one that serves.
async fn judge(
    session: &Session,
    plan: &Plan,
    demand: Demand,
    files: &[(String, String)],
    file: Option<&Path>,
) -> Result<Result<Certificate, Vec<String>>, CommandError> {
    let (certificates, unreadable) = at_hand(session, plan, file).await?;
    let failed = |source: backout_postgres::session::DatabaseError| CommandError::of(Exit::Failed, &source);
    let role = RoleAttributes::read(session).await.map_err(failed)?;
    let catalog = read_catalog(session, false).await.map_err(|source| CommandError::of(Exit::Failed, &source))?;
    let matter = plan.hash_of_matter();
    let records = store::records(session).await?;
    let next = files.first().map_or("", |(version, _)| version.as_str());
    let mut inverses: BTreeMap<i64, Inverse> = BTreeMap::new();
    let mut nearest: Option<Vec<String>> = None;
    for certificate in certificates {
        let (numbers, refused) = match certificate.begun(&records, next) {
            Ok(begun) => (begun.iter().map(|record| record.number).collect(), None),
            Err(objection) => (Vec::new(), Some(objection)),
        };
        let mut begun = Vec::new();
        for number in numbers {
            let inverse = match inverses.entry(number) {
                Entry::Occupied(known) => known.into_mut(),
                // Interrupted before its first COMMIT, it has changed nothing yet.
                Entry::Vacant(place) => place.insert(store::inverse(session, number).await?.unwrap_or_default()),
            };
            begun.push(inverse.clone());
        }
        let facts = Facts {
            files,
            plan: &matter,
            server_major: session.server_major(),
            role: &role,
            catalog: &catalog,
            begun: &begun,
            demand,
            max_age: plan.migrate.certificate_max_age.duration(),
            now: jiff::Timestamp::now(),
        };
        let objections = match refused {
            Some(objection) => vec![objection],
            None => certificate.objections(&facts),
        };
        if objections.is_empty() {
            return Ok(Ok(certificate));
        }
        // Certificates of other migrations say nothing about these.
        let related = certificate.migrations.iter().any(|m| files.iter().any(|(version, _)| *version == m.version));
        if related && nearest.as_ref().is_none_or(|known| objections.len() < known.len()) {
            nearest = Some(objections);
        }
    }
    let mut objections = nearest.unwrap_or_default();
    objections.extend(unreadable);
    Ok(Err(objections))
}

/// The certificate gate: what the target demands, or a reason why not.
pub async fn certificate_gate(request: GateRequest<'_>) -> Result<Permit, CommandError> {
    let demand = request.plan.demand(request.target);
    if let Some(reason) = request.without {
        if reason.trim().is_empty() {
            return Err(CommandError::new(
                Exit::Usage,
                "--without-certificate needs a reason: it is recorded and shown",
            ));
        }
        return Ok(Permit { without_certificate: Some(reason.to_owned()), ..Permit::default() });
    }
    let files: Vec<(String, String)> =
        request.prepared.iter().map(|one| (one.migration.version.clone(), one.migration.checksum.clone())).collect();
    if files.is_empty() {
        return Ok(Permit::default());
    }
    match judge(request.session, request.plan, demand, &files, request.file).await? {
        Ok(certificate) => {
            let mut permit = Permit { certificate: Some(certificate.id()), ..Permit::default() };
            for migration in certificate.migrations {
                permit
                    .touched
                    .extend(migration.removed.iter().chain(&migration.kept).chain(&migration.changed).cloned());
                permit.lessons.insert(migration.version.clone(), migration.lessons);
                permit.locks.insert(migration.version.clone(), migration.locks);
                permit.expected.insert(migration.version, migration.outcome);
            }
            Ok(permit)
        }
        Err(_) if demand == Demand::None && request.file.is_none() => Ok(Permit::default()),
        Err(objections) => {
            let versions: Vec<&str> = files.iter().map(|(version, _)| version.as_str()).collect();
            let mut message = format!(
                "{} demands a rehearsal ({demand}), and there is no valid certificate for {}",
                request.target.name,
                versions.join(", ")
            );
            if !objections.is_empty() {
                message = format!("{message}; the nearest one does not serve: {}", objections.join("; "));
            }
            Err(CommandError::new(Exit::Refused, message)
                .hint("run `backout rehearse`; in an emergency --without-certificate REASON, which is recorded"))
        }
    }
}

/// What `status` says about certificates: a finding where the gate would refuse.
pub async fn certificate_state(
    session: &Session,
    plan: &Plan,
    target: &Target,
    files: &[(String, String)],
) -> Result<Option<Finding>, CommandError> {
    let demand = plan.demand(target);
    if demand == Demand::None || files.is_empty() {
        return Ok(None);
    }
    Ok(match judge(session, plan, demand, files, None).await? {
        Ok(_) => None,
        Err(objections) if objections.is_empty() => Some(
            Finding::warning(
                "certificate.none",
                format!("{} demands a rehearsal ({demand}), and there is none", target.name),
            )
            .hint("run `backout rehearse`"),
        ),
        Err(objections) => Some(
            Finding::warning("certificate.void", "the certificate does not serve any more")
                .detail(objections.join("; "))
                .hint("run `backout rehearse`"),
        ),
    })
}

impl From<RehearseError> for CommandError {
    fn from(error: RehearseError) -> Self {
        match error {
            RehearseError::Plain { version, location, statement, source } => {
                CommandError::of_statement(location, &statement, source.to_string())
                    .during(&format!("{version} fails on the clone even as it is"))
                    .with_exit(Exit::Failed)
                    .hints(source.hint.clone())
            }
            RehearseError::Migrate { version, source } => {
                CommandError::from(*source).during(&format!("rehearsing {version}"))
            }
            RehearseError::Undo { version, source } => {
                CommandError::from(*source).during(&format!("rehearsing the way back of {version}"))
            }
            RehearseError::Clone(source) => CommandError::of(Exit::Failed, &source).hints(source.hint()),
            other => CommandError::of(Exit::Failed, &other),
        }
    }
}
