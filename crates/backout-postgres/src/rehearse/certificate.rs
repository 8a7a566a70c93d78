//! The certificate: what a rehearsal proved, bound to what it proved it for.

use super::{RehearsedMigration, Sample};
use crate::session::{DatabaseError, Session};
use crate::store::{Record, State};
use backout_plan::plan::{Demand, Level};
use backout_reversal::Inverse;
use backout_reversal::closure::{self, Scope};
use backout_schema::Catalog;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

pub const FORMAT: u32 = 1;

/// Evidence of a rehearsal. Whoever has it and finds the same files, the same closure, the same role
/// and server may migrate with it, on any machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub format: u32,
    pub made_at: Timestamp,
    pub backout: String,
    pub level: Level,
    /// What was hashed of the plan.
    pub plan: String,
    pub server_major: u32,
    pub role: RoleAttributes,
    /// The target that was cloned, by its marker.
    pub target: Option<String>,
    /// The backup that the clone was made from; none where it was the target itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// What of the rows was there, at the level `sampled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// What the migrations touch and depend on.
    pub scope: Scope,
    /// The objects of the scope as they were: identity → digest.
    pub closure: BTreeMap<String, String>,
    pub migrations: Vec<RehearsedMigration>,
    /// What the rehearsal could not do or see, in words.
    pub degraded: Vec<String>,
    pub clone_ms: f64,
    pub total_ms: f64,
}

/// What of a role decides about what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAttributes {
    pub name: String,
    pub superuser: bool,
    pub inherit: bool,
    pub create_role: bool,
    pub create_db: bool,
    pub bypass_rls: bool,
    pub member_of: Vec<String>,
}

impl RoleAttributes {
    pub async fn read(session: &Session) -> Result<RoleAttributes, DatabaseError> {
        let rows = session
            .query_typed(
                "SELECT r.rolname::text, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolbypassrls, \
                 ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid \
                   WHERE m.member = r.oid GROUP BY g.rolname ORDER BY g.rolname) FROM pg_catalog.pg_roles r WHERE r.rolname = current_user",
                &[],
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(RoleAttributes {
                name: String::new(),
                superuser: false,
                inherit: false,
                create_role: false,
                create_db: false,
                bypass_rls: false,
                member_of: Vec::new(),
            });
        };
        Ok(RoleAttributes {
            name: row.get(0),
            superuser: row.get(1),
            inherit: row.get(2),
            create_role: row.get(3),
            create_db: row.get(4),
            bypass_rls: row.get(5),
            member_of: row.get(6),
        })
    }
}

/// What a certificate is held against.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Versions and checksums of what is about to be migrated, in order.
    pub files: &'a [(String, String)],
    pub plan: &'a str,
    pub server_major: u32,
    pub role: &'a RoleAttributes,
    pub catalog: &'a Catalog,
    /// What undoes those migrations of the certificate that are applied already, newest first: of the records that
    /// [`Certificate::begun`] named.
    pub begun: &'a [Inverse],
    pub demand: Demand,
    pub max_age: Duration,
    pub now: Timestamp,
}

impl Certificate {
    /// A short name: the beginning of the digest of all that it says.
    pub fn id(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut id = String::from("c");
        for byte in &Sha256::digest(text)[..8] {
            id.push_str(&format!("{byte:02x}"));
        }
        id
    }

    /// Whether every migration came back as its verdict says.
    pub fn proven(&self) -> bool {
        self.migrations.iter().all(|m| m.problems.is_empty())
    }

    /// The records of those of its migrations that come before `next` and of `next` itself where it was interrupted,
    /// newest first. Migrating goes on under a certificate where its first migrations were the last to be applied.
    ///
    /// # Errors
    /// What the history says instead, in words.
    pub fn begun<'r>(&self, records: &'r [Record], next: &str) -> Result<Vec<&'r Record>, String> {
        let mut active = records.iter().rev().filter(|record| record.state != State::Undone).peekable();
        let mut begun = Vec::new();
        if active.peek().is_some_and(|record| record.state == State::Interrupted && record.version == next) {
            begun.extend(active.next());
        }
        let Some(place) = self.place(next) else { return Ok(begun) };
        for earlier in self.migrations[..place].iter().rev() {
            match active.next() {
                Some(record)
                    if record.version == earlier.version
                        && record.checksum == earlier.checksum
                        && record.state == State::Applied
                        && !record.copied =>
                {
                    begun.push(record);
                }
                Some(record) if record.version != earlier.version => {
                    return Err(format!("{} was rehearsed where {} was applied", earlier.version, record.version));
                }
                Some(_) => return Err(format!("{} was applied otherwise than it was rehearsed", earlier.version)),
                None => return Err(format!("{} was rehearsed where {next} is next", earlier.version)),
            }
        }
        Ok(begun)
    }

    fn place(&self, version: &str) -> Option<usize> {
        self.migrations.iter().position(|migration| migration.version == version)
    }

    /// Why this certificate does not serve, in words; empty if it does.
    pub fn objections(&self, facts: &Facts<'_>) -> Vec<String> {
        let mut objections = Vec::new();
        if self.format != FORMAT {
            objections.push(format!("it is of format {}, and this version of Backout reads {FORMAT}", self.format));
        }
        if !self.level.satisfies(facts.demand) {
            objections.push(
                format!("it is of level {:?}, and the target demands {:?}", self.level, facts.demand).to_lowercase(),
            );
        }
        if !self.proven() {
            objections.push("the rehearsal found problems".to_owned());
        }
        let age = facts.now.duration_since(self.made_at);
        if age > jiff::SignedDuration::try_from(facts.max_age).unwrap_or(jiff::SignedDuration::MAX) {
            objections.push(format!("it is {} hours old", age.as_hours()));
        }
        if self.plan != facts.plan {
            objections.push("what the plan protects, checks or migrates has changed since".to_owned());
        }
        if self.server_major != facts.server_major {
            objections.push(format!(
                "it was made on PostgreSQL {}, and the target is {}",
                self.server_major, facts.server_major
            ));
        }
        if self.role != *facts.role {
            objections.push(format!(
                "it was made for the role {} with its attributes and memberships of then; connected is {}",
                self.role.name, facts.role.name
            ));
        }
        let place = facts.files.first().and_then(|(version, _)| self.place(version)).unwrap_or_default();
        let mut rehearsed = self.migrations[place..].iter();
        for (version, checksum) in facts.files {
            match rehearsed.next() {
                Some(one) if one.version == *version && one.checksum == *checksum => {}
                Some(one) if one.version == *version => objections.push(format!("the file of {version} has changed")),
                Some(one) => objections.push(format!("{} was rehearsed where {version} is next", one.version)),
                None => objections.push(format!("{version} was not rehearsed")),
            }
        }
        // What it was bound to is the state before its first migration: today's, with what is applied of it taken back.
        let mut then = None;
        for inverse in facts.begun {
            let now = then.as_ref().unwrap_or(facts.catalog);
            objections.extend(closure::since(now, inverse));
            then = Some(inverse.rewind(now));
        }
        let current = closure::closure(then.as_ref().unwrap_or(facts.catalog), &self.scope);
        objections.extend(closure::changes(&self.closure, &current));
        objections
    }
}
