//! The gate that asks for a certificate of a rehearsal: what the target demands, held against those at hand.
//!
//! Must not know: how a rehearsal runs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use backout_plan::Plan;
use backout_plan::plan::{Demand, Target};
use backout_postgres::catalog::read_catalog;
use backout_postgres::migrate::Lessons;
use backout_postgres::rehearse::{Certificate, Facts, RoleAttributes};
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_reversal::Inverse;
use backout_schema::TableLock;

use crate::failure::Refusal;
use crate::folder::Prepared;
use crate::{Failure, Result};

/// Certificates as files, beside the plan.
const CERTIFICATES: &str = ".backout/certificates";

/// What the gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub session: &'a Session,
    pub plan: &'a Plan,
    pub target: &'a Target,
    /// The migrations that are about to run, in their order.
    pub prepared: &'a [Prepared<'a>],
    /// A certificate that was made elsewhere, as a file.
    pub file: Option<&'a Path>,
    /// Why none is wanted.
    pub without: Option<&'a str>,
}

/// What lets the migrations through, and what a rehearsal has taught about each.
#[derive(Debug, Default)]
pub struct Permit {
    pub certificate: Option<String>,
    pub without_certificate: Option<String>,
    /// The backup that covers them, or why there is none; for the record.
    pub backup: Option<String>,
    /// What a rehearsal saw them take away or change, in words.
    pub touched: Vec<String>,
    /// By version.
    pub rehearsed: BTreeMap<String, Rehearsed>,
}

/// What a rehearsal has taught about one migration.
#[derive(Debug, Default)]
pub struct Rehearsed {
    pub lessons: Lessons,
    pub locks: Vec<TableLock>,
    /// What the plain statements leave, by identity.
    pub expected: BTreeMap<String, String>,
}

/// How the pending migrations stand against the certificates at hand.
#[derive(Debug, Clone)]
pub enum Standing {
    /// None is demanded, or there is nothing to run.
    Fine,
    Serves {
        certificate: Box<Certificate>,
    },
    None {
        demand: Demand,
    },
    Void {
        objections: Vec<String>,
    },
}

/// What the target demands, or a reason why not.
///
/// # Errors
/// [`Refusal::Certificate`] when none at hand serves, [`Refusal::ReasonMissing`].
pub async fn pass(request: Request<'_>) -> Result<Permit> {
    let demand = request.plan.demand(request.target);
    if let Some(reason) = request.without {
        if reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing { what: "certificate" }.into());
        }
        return Ok(Permit { without_certificate: Some(reason.to_owned()), ..Permit::default() });
    }
    let files: Vec<(String, String)> =
        request.prepared.iter().map(|one| (one.migration.version.clone(), one.migration.checksum.clone())).collect();
    if files.is_empty() {
        return Ok(Permit::default());
    }
    match judge(request.session, request.plan, demand, &files, request.file).await? {
        Ok(certificate) => Ok(permit(certificate)),
        Err(_) if demand == Demand::None && request.file.is_none() => Ok(Permit::default()),
        Err(objections) => Err(Refusal::Certificate {
            target: request.target.name.clone(),
            demand,
            versions: files.into_iter().map(|(version, _)| version).collect(),
            objections,
        }
        .into()),
    }
}

fn permit(certificate: Certificate) -> Permit {
    let mut permit = Permit { certificate: Some(certificate.id()), ..Permit::default() };
    for migration in certificate.migrations {
        permit.touched.extend(migration.removed.iter().chain(&migration.kept).chain(&migration.changed).cloned());
        let rehearsed = Rehearsed { lessons: migration.lessons, locks: migration.locks, expected: migration.outcome };
        permit.rehearsed.insert(migration.version, rehearsed);
    }
    permit
}

/// How these files (versions and checksums) stand, for whoever asks before.
pub async fn standing(session: &Session, plan: &Plan, target: &Target, files: &[(String, String)]) -> Result<Standing> {
    let demand = plan.demand(target);
    if demand == Demand::None || files.is_empty() {
        return Ok(Standing::Fine);
    }
    Ok(match judge(session, plan, demand, files, None).await? {
        Ok(certificate) => Standing::Serves { certificate: Box::new(certificate) },
        Err(objections) if objections.is_empty() => Standing::None { demand },
        Err(objections) => Standing::Void { objections },
    })
}

/// What is held against the nearest certificate, or the one that serves.
async fn judge(
    session: &Session,
    plan: &Plan,
    demand: Demand,
    files: &[(String, String)],
    file: Option<&Path>,
) -> Result<std::result::Result<Certificate, Vec<String>>> {
    let (certificates, unreadable) = at_hand(session, plan, file).await?;
    let role = RoleAttributes::read(session).await.map_err(Failure::server("reading the role's attributes"))?;
    let catalog = read_catalog(session, false).await?;
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

/// The newest that is at hand, whatever it is of.
pub async fn newest(session: &Session, plan: &Plan) -> Result<Option<Certificate>> {
    Ok(at_hand(session, plan, None).await?.0.into_iter().next())
}

/// All certificates at hand: the one that is named, else those in the target and beside the plan, newest first; and
/// what is there and cannot be read.
async fn at_hand(session: &Session, plan: &Plan, file: Option<&Path>) -> Result<(Vec<Certificate>, Vec<String>)> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(Failure::given(format!("reading {}", file.display())))?;
        let certificate = serde_json::from_str(&text)
            .map_err(|error| Refusal::NoCertificate { file: file.display().to_string(), said: error.to_string() })?;
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

/// Writes a certificate beside the plan, readable for its owner only.
pub fn write(folder: &Path, certificate: &Certificate) -> Result<PathBuf> {
    let folder = folder.join(CERTIFICATES);
    let path = folder.join(format!("{}.json", certificate.id()));
    let failed = || Failure::file(format!("writing {}", path.display()));
    std::fs::create_dir_all(&folder).map_err(failed())?;
    let text = serde_json::to_string_pretty(certificate).map_err(|error| failed()(error.into()))?;
    private_file(&path, &text).map_err(failed())?;
    Ok(path)
}

fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
