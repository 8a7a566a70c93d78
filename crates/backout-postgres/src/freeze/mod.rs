//! Stopping writes, provably: rights are taken from everybody, what was is recorded in the same transaction, sessions are
//! ended, and it is watched that nothing is written. And back, exactly.
//!
//! Must not know: who asks, or what is done while the database is frozen.

mod acl;
mod catalog;
mod cron;
mod error;
mod evidence;
mod record;
mod script;
mod sessions;
mod thaw;

use std::time::Duration;

use serde::Serialize;

use crate::failpoint;
use crate::session::Session;

pub use acl::Uncovered;
use acl::{Roles, Statement, role_name};
pub use error::FreezeError;
use error::doing;
pub use evidence::{Evidence, Write};
use record::{Setting, Was};
pub use record::{Standing, standing, watched};
use script::{ATTEMPTS, begin, home, run, with_roles};
pub use sessions::{Ended, Other};
pub use thaw::{ThawPreview, Thawed, preview as preview_thaw, thaw};

/// How to freeze.
#[derive(Debug, Clone)]
pub struct Options {
    /// Go on although some may still write.
    pub accept: bool,
    pub lock_timeout: Duration,
    /// Who asked for it, and why.
    pub who: String,
    pub because: String,
}

/// What a freeze covers.
#[derive(Debug, Clone, Serialize)]
pub struct Frozen {
    pub number: i64,
    /// It was frozen before, and covers by now what came since.
    pub again: bool,
    /// What rights were taken on in all.
    pub objects: usize,
    /// Jobs of pg_cron that are paused.
    pub jobs: usize,
    /// Who may still write, as was accepted.
    pub uncovered: Vec<Uncovered>,
    /// What nothing stops.
    pub remarks: Vec<String>,
}

/// What a freeze would do.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// The exact statements, in their order.
    pub statements: Vec<String>,
    pub objects: usize,
    pub uncovered: Vec<Uncovered>,
    pub remarks: Vec<String>,
    /// The freeze that holds already.
    pub standing: Option<Standing>,
}

/// What is to be done, from what there is.
struct Plan {
    standing: Option<Standing>,
    was: Was,
    roles: Roles,
    statements: Vec<Statement>,
    /// As this session's role.
    jobs: Vec<String>,
    setting: Option<Statement>,
}

async fn plan(session: &Session, place: u32) -> Result<Plan, FreezeError> {
    let standing = standing(session).await?;
    let mut was = match &standing {
        Some(standing) => record::was(session, standing.number).await?,
        None => Was::new(place),
    };
    let objects = catalog::objects(session).await?;
    let (database, owner, value) = catalog::setting(session).await?;
    let roles = catalog::roles(session, &objects, &[owner]).await?;
    let mut statements = Vec::new();
    for object in &objects {
        let taken = acl::revoke(object, &roles);
        if taken.is_empty() {
            continue;
        }
        statements.extend(taken);
        // What was frozen before stays what it was, whoever granted something since.
        if !was.objects.iter().any(|known| known.oid == object.oid && known.key() == object.key()) {
            was.objects.push(object.clone());
        }
    }
    if standing.is_none() {
        was.relations = objects.iter().filter(|o| catalog::is_relation(o)).map(|o| o.oid).collect();
    }
    for object in &was.objects {
        for oid in object.roles() {
            if let Some(role) = roles.get(&oid) {
                was.roles.entry(oid).or_insert_with(|| role.name.clone());
            }
        }
    }
    let active = cron::active(session).await?;
    let jobs = active.iter().map(|job| cron::alter(*job, false)).collect();
    was.jobs.extend(active);
    let may_set = roles.get(&owner).is_some_and(|role| role.ours);
    let mut setting = None;
    if may_set && value.as_deref() != Some("on") {
        setting = Some(Statement { role: owner, sql: catalog::set_default(&database, Some("on")) });
        was.setting.get_or_insert(Setting { former: value.clone() });
    }
    was.uncovered = catalog::beyond_rights(session).await?;
    if !may_set && value.as_deref() != Some("on") {
        let why = format!(
            "it belongs to {}, of which this role is no member: default_transaction_read_only cannot be set",
            role_name(&roles, owner)
        );
        was.uncovered.push(Uncovered { what: format!("database {}", backout_schema::ident(&database)), why });
    }
    Ok(Plan { standing, was, roles, statements, jobs, setting })
}

impl Plan {
    /// Every statement of the transaction, with the changes of role between them.
    fn script(&self, home: &str) -> Vec<String> {
        let setting = self.setting.iter().cloned();
        let mut script = self.jobs.clone();
        script.extend(with_roles(self.statements.iter().cloned().chain(setting), &self.roles, home));
        script
    }
}

/// What a freeze would do. Changes nothing.
///
/// # Errors
/// When the server says no, or the record cannot be read.
pub async fn preview(session: &Session) -> Result<Preview, FreezeError> {
    let plan = plan(session, 0).await?;
    let objects = catalog::objects(session).await?;
    let mut uncovered = plan.was.uncovered.clone();
    let left = |object| acl::uncovered(&acl::left(object, &plan.roles), &plan.roles);
    uncovered.extend(objects.iter().flat_map(left));
    let mut statements = vec!["BEGIN".to_owned()];
    statements.extend(plan.script(&home(session).await?));
    statements.push("INSERT INTO backout.freeze … (what was, exactly)".to_owned());
    statements.push("COMMIT".to_owned());
    statements.push(sessions::shown(None));
    let remarks = catalog::remarks(session).await?;
    let standing = plan.standing;
    Ok(Preview { statements, objects: plan.was.objects.len(), uncovered, remarks, standing })
}

/// Takes the rights to write, in one transaction that also writes down what was. Once more, it covers what came since.
///
/// # Errors
/// [`FreezeError::Uncovered`] where some may still write and that is not accepted: then nothing has changed.
pub async fn freeze(session: &Session, options: &Options) -> Result<Frozen, FreezeError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let outcome = transaction(session, options).await;
        if outcome.is_err() {
            session.batch("ROLLBACK").await.ok();
        }
        match outcome {
            Err(error) if error.is_passing() && attempt < ATTEMPTS => {
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
            outcome => return outcome,
        }
    }
}

async fn transaction(session: &Session, options: &Options) -> Result<Frozen, FreezeError> {
    let home = home(session).await?;
    begin(session, options.lock_timeout).await?;
    let place = record::place(session).await?;
    let mut plan = plan(session, place).await?;
    run(session, &plan.script(&home), "taking the rights to write").await?;
    failpoint!("freeze.revoked");
    // What is there now decides, not what was meant.
    let objects = catalog::objects(session).await?;
    plan.was.uncovered.extend(objects.iter().flat_map(|object| acl::uncovered(object, &plan.roles)));
    if !options.accept && !plan.was.uncovered.is_empty() {
        return Err(FreezeError::Uncovered(plan.was.uncovered));
    }
    let remarks = catalog::remarks(session).await?;
    let known = plan.standing.as_ref().map(|standing| standing.number);
    record::write(session, known, &options.who, &options.because, &plan.was).await?;
    failpoint!("freeze.before_commit");
    session.batch("COMMIT").await.map_err(doing("committing the freeze"))?;
    failpoint!("freeze.committed");
    let standing = standing(session).await?.ok_or(FreezeError::Gone)?;
    let (objects, jobs, uncovered) = (plan.was.objects.len(), plan.was.jobs.len(), plan.was.uncovered);
    Ok(Frozen { number: standing.number, again: known.is_some(), objects, jobs, uncovered, remarks })
}

/// Ends the sessions of others, as far as the role may, and names those that stay.
///
/// # Errors
/// When the server says no.
pub async fn end_sessions(session: &Session) -> Result<Ended, FreezeError> {
    let ended = sessions::end(session, None).await?;
    failpoint!("freeze.sessions_ended");
    Ok(ended)
}

/// Watches for so long whether anything is written, and notes what was seen.
///
/// # Errors
/// When the server says no.
pub async fn watch(session: &Session, number: i64, window: Duration) -> Result<Evidence, FreezeError> {
    evidence::flush(session).await?;
    let evidence = evidence::watch(session, window).await?;
    failpoint!("freeze.watched");
    watched(session, number, &evidence).await?;
    Ok(evidence)
}
