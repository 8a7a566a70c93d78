//! What the next release would meet, and what the former ones have left: the gates with their evidence, what was proven
//! and until when that counts, and the releases.
//!
//! Must not know: how anything of it is looked up, or where it is shown.

use backout_backup::shelf::Standing as Shelved;
use backout_plan::plan::{BackupDemand, Demand};
use backout_plan::wording::{count, duration, moment};
use backout_plan::{Finding, Plan};
use backout_postgres::rehearse::Certificate;
use backout_postgres::store::{Record, State};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::gates::{backup, certificate};
use crate::status::{Backups, Status};

/// Where the target is, as far as people plan by it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outlook {
    /// Versions that are to be run.
    pub pending: Vec<String>,
    /// In the order in which a migration meets them.
    pub gates: Vec<Gate>,
    /// What was proven and counts for a time.
    pub proven: Vec<Proven>,
    /// The newest first.
    pub releases: Vec<Release>,
}

/// A gate that a migration has to pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    pub name: &'static str,
    pub stands: Stands,
    pub said: String,
    /// Names and what they are, in words.
    pub evidence: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    Open,
    Closed,
    /// The plan asks for nothing, or nothing is pending.
    NotAsked,
    /// It could not be looked at.
    Unknown,
}

/// Something that was proven, and is to be proven again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proven {
    /// `rehearsal` or `backup`.
    pub what: &'static str,
    pub id: String,
    pub at: Timestamp,
    /// Until when it counts.
    pub until: Timestamp,
    pub said: String,
}

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Release {
    pub number: i64,
    pub version: String,
    pub name: String,
    pub state: &'static str,
    pub at: Timestamp,
    /// The role that ran it.
    pub role: String,
    /// For how long it held its locks.
    pub lock_ms: Option<f64>,
    pub undone_at: Option<Timestamp>,
    pub undo_lock_ms: Option<f64>,
    /// Until when what it took away is kept; nothing where it took nothing away, or that is gone.
    pub kept_until: Option<Timestamp>,
    /// What its undo could not leave as it was.
    pub left: Vec<String>,
}

impl Outlook {
    pub fn of(status: &Status, plan: &Plan, demand: Demand, now: Timestamp) -> Self {
        let found = |codes: &[&str]| -> Vec<&Finding> {
            status.attention.iter().filter(|one| codes.contains(&&*one.code)).collect()
        };
        let gates = vec![
            identity(status),
            barred("freeze", found(&["freeze.frozen", "freeze.unknown"]), "writes are not frozen"),
            tool(status, found(&["tool.refuses", "undo.tail"]), found(&TOOL)),
            barred("retry", found(&["retry.closed", "retry.unknown"]), "nothing that is pending was taken back lately"),
            rehearsed(status, plan, demand),
            backed_up(status, plan, now),
        ];
        let rehearsal = status.rehearsed.as_ref().map(|one| Proven {
            what: "rehearsal",
            id: one.id(),
            at: one.made_at,
            until: later(one.made_at, plan.migrate.certificate_max_age.duration()),
            said: versions(one),
        });
        let backup = status.backups.as_ref().and_then(Backups::proven).and_then(|one| {
            let manifest = one.manifest()?;
            let until = later(manifest.at, plan.migrate.backup_max_age.duration());
            let said = one.proof().map(|proof| restored(proof.rows, proof.restore_ms)).unwrap_or_default();
            Some(Proven { what: "backup", id: one.id.clone(), at: manifest.at, until, said })
        });
        Self {
            pending: status.pending.iter().map(|one| one.version.clone()).collect(),
            gates,
            proven: rehearsal.into_iter().chain(backup).collect(),
            releases: status.records.iter().rev().map(Release::of).collect(),
        }
    }
}

/// What is to be known of the tool's history, and closes nothing.
const TOOL: [&str; 4] = ["tool.edited", "tool.taken-back", "tool.unknown", "migrations.order"];

fn later(at: Timestamp, by: std::time::Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn sentences(found: &[&Finding]) -> String {
    found.iter().map(|one| one.title.as_str()).collect::<Vec<_>>().join("; ")
}

fn versions(certificate: &Certificate) -> String {
    certificate.migrations.iter().map(|one| one.version.as_str()).collect::<Vec<_>>().join(", ")
}

fn restored(rows: u64, ms: f64) -> String {
    format!("restored and compared: {} in {}", count(rows, "row"), duration(ms))
}

fn identity(status: &Status) -> Gate {
    let identity = &status.identity;
    let is_same = identity.verdict.is_same();
    let seen = &identity.seen;
    let mut evidence = vec![("Database", seen.database.clone()), ("At", seen.endpoint.clone())];
    evidence.extend(identity.recorded.as_ref().map(|recorded| ("On record as", recorded.name.clone())));
    Gate {
        name: "identity",
        stands: if is_same { Stands::Open } else { Stands::Closed },
        said: if is_same { "it is the database on record".to_owned() } else { identity.verdict.to_string() },
        evidence,
    }
}

/// A gate that is open unless something is held against it.
fn barred(name: &'static str, against: Vec<&Finding>, open: &str) -> Gate {
    let is_unknown = !against.is_empty() && against.iter().all(|one| one.code.ends_with(".unknown"));
    let stands = match (against.is_empty(), is_unknown) {
        (true, _) => Stands::Open,
        (false, true) => Stands::Unknown,
        (false, false) => Stands::Closed,
    };
    let said = if against.is_empty() { open.to_owned() } else { sentences(&against) };
    let evidence = against.iter().filter_map(|one| one.detail.clone()).map(|detail| ("Why", detail)).collect();
    Gate { name, stands, said, evidence }
}

fn tool(status: &Status, against: Vec<&Finding>, worth_knowing: Vec<&Finding>) -> Gate {
    let mut gate = barred("tool", against, "the tool's history and the folder agree");
    if gate.stands == Stands::Open && !worth_knowing.is_empty() {
        gate.said = "nothing in the tool's history refuses".to_owned();
    }
    let applied = status.records.iter().filter(|record| record.state != State::Undone).count();
    gate.evidence.push(("On record", count(applied, "migration")));
    gate.evidence.push(("Pending", status.pending.len().to_string()));
    gate.evidence.extend(worth_knowing.iter().map(|one| ("To know", one.title.clone())));
    gate
}

fn rehearsed(status: &Status, plan: &Plan, demand: Demand) -> Gate {
    let max_age = plan.migrate.certificate_max_age.duration();
    let of = |one: &Certificate| {
        let total: f64 = one.migrations.iter().map(|one| one.undo_ms).sum();
        let mut evidence = vec![
            ("Certificate", one.id()),
            ("Of", versions(one)),
            ("Level", one.level.to_string()),
            ("Made", moment(one.made_at)),
            ("Counts until", moment(later(one.made_at, max_age))),
            ("Its undo took", duration(total)),
        ];
        evidence.extend(one.degraded.iter().map(|said| ("Not seen", said.clone())));
        evidence
    };
    let (stands, said, evidence) = match &status.certificate {
        _ if demand == Demand::None => (Stands::NotAsked, "the plan demands no rehearsal".to_owned(), Vec::new()),
        _ if status.pending.is_empty() => {
            let newest = status.rehearsed.as_ref().map(of).unwrap_or_default();
            (
                Stands::NotAsked,
                if newest.is_empty() { "nothing is pending" } else { "nothing is pending; the newest:" }.to_owned(),
                newest,
            )
        }
        None => (Stands::Unknown, "it was not looked at while writes are frozen".to_owned(), Vec::new()),
        Some(certificate::Standing::Serves { certificate }) => {
            (Stands::Open, "what is pending was rehearsed".to_owned(), of(certificate))
        }
        Some(certificate::Standing::Fine) => (Stands::NotAsked, "nothing is demanded".to_owned(), Vec::new()),
        Some(certificate::Standing::None { demand }) => {
            (Stands::Closed, format!("a rehearsal is demanded ({demand}), and there is none"), Vec::new())
        }
        Some(certificate::Standing::Void { objections }) => {
            let evidence = objections.iter().map(|one| ("Objection", one.clone())).collect();
            (Stands::Closed, "the certificate does not serve any more".to_owned(), evidence)
        }
    };
    Gate { name: "certificate", stands, said, evidence }
}

fn backed_up(status: &Status, plan: &Plan, now: Timestamp) -> Gate {
    let evidence_of = |one: &Shelved| {
        let mut evidence = vec![("Backup", one.id.clone())];
        evidence.extend(one.manifest().map(|manifest| ("Taken", moment(manifest.at))));
        evidence.extend(one.proof().map(|proof| ("Proof", restored(proof.rows, proof.restore_ms))));
        evidence.extend(one.proof().map(|proof| ("Proven", moment(proof.at))));
        evidence
    };
    let newest = status.backups.as_ref().and_then(|all| all.proven().or(all.newest()));
    let mut evidence = newest.map(evidence_of).unwrap_or_default();
    evidence.extend(status.backups.as_ref().map(|all| ("Place", all.place.clone())));
    let (stands, said) = match (&status.backups, newest) {
        _ if plan.migrate.backup == BackupDemand::None => (Stands::NotAsked, "the plan demands no backup".to_owned()),
        (None, _) => (Stands::Unknown, "the backups' place could not be read".to_owned()),
        (Some(_), None) => (Stands::Closed, "there is no backup of it".to_owned()),
        (Some(_), Some(one)) => {
            let old = |manifest| backup::too_old(manifest, now, plan.migrate.backup_max_age.duration());
            match backup::unproven(one).or_else(|| one.manifest().and_then(old)) {
                Some(objection) => (Stands::Closed, objection.to_string()),
                None if !one.trusted => (Stands::Closed, "nobody who is trusted has signed it".to_owned()),
                None => (Stands::Open, "a proven backup is young enough".to_owned()),
            }
        }
    };
    Gate { name: "backup", stands, said, evidence }
}

impl Release {
    fn of(record: &Record) -> Self {
        Self {
            number: record.number,
            version: record.version.clone(),
            name: record.name.clone(),
            state: record.state.name(),
            at: record.finished_at.unwrap_or(record.started_at),
            role: record.role.clone(),
            lock_ms: record.lock_ms,
            undone_at: record.undone_at,
            undo_lock_ms: record.undo_lock_ms,
            kept_until: record.keep_until.filter(|_| record.purged_at.is_none() && record.state != State::Undone),
            left: record.left.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_nobody_could_look_at_is_not_open() {
        let frozen = Finding::warning("freeze.frozen", "writes are stopped").detail("since noon");
        let unknown = Finding::note("freeze.unknown", "whether writes are stopped is not known");
        for (against, stands, said) in [
            (vec![], Stands::Open, "writes are not frozen"),
            (vec![&frozen], Stands::Closed, "writes are stopped"),
            (vec![&unknown], Stands::Unknown, "whether writes are stopped is not known"),
            (vec![&unknown, &frozen], Stands::Closed, "whether writes are stopped is not known; writes are stopped"),
        ] {
            let gate = barred("freeze", against, "writes are not frozen");
            assert_eq!((gate.stands, gate.said.as_str()), (stands, said));
        }
        assert_eq!(barred("freeze", vec![&frozen], "").evidence, [("Why", "since noon".to_owned())]);
    }

    #[test]
    fn what_counts_for_ever_does_not_overflow() {
        assert_eq!(later(Timestamp::UNIX_EPOCH, std::time::Duration::from_secs(60)).as_second(), 60);
        assert_eq!(later(Timestamp::UNIX_EPOCH, std::time::Duration::MAX), Timestamp::MAX);
    }
}
