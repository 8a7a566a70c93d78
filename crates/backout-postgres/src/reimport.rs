//! What undos set aside, and its way back when the migration is applied again.

use crate::session::{DatabaseError, Session};
use crate::sqlstate;
use crate::store::{self, StoreError};
use backout_reversal::{Aside, Inverse, Reimport, Texts, plan_reimport};
use backout_schema::{Catalog, Object, ident, literal};
use backout_sql::analysis::tags;
use serde::Serialize;

/// A copy with rows in it that no migration took back so far.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// The migration that was undone.
    pub number: i64,
    pub version: String,
    /// Such as `table public.orders`.
    pub what: String,
    pub stored: String,
    /// The schema of that.
    pub schema: String,
    pub rows: i64,
    #[serde(skip)]
    aside: Aside,
}

/// What became of a copy.
#[derive(Clone, Debug, Serialize)]
pub struct Reimported {
    pub what: String,
    pub stored: String,
    pub rows: i64,
    /// Rows that stay where they were put: what they belong to is gone, or was given another value since.
    pub left: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReimportError {
    #[error("taking back {what} from {stored}")]
    Copy {
        what: String,
        stored: String,
        #[source]
        source: DatabaseError,
    },
    #[error("looking for what was set aside")]
    Look(#[source] DatabaseError),
    /// As a text on record of an undo: not what it stands for.
    #[error("what is on record of {what} is not one expression")]
    NotOfItsKind { what: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReimportError {
    pub fn database_error(&self) -> Option<&DatabaseError> {
        match self {
            ReimportError::Copy { source, .. }
            | ReimportError::Look(source)
            | ReimportError::Store(StoreError::Query { source, .. }) => Some(source),
            ReimportError::NotOfItsKind { .. } | ReimportError::Store(_) => None,
        }
    }
}

/// What waits of the undone migrations whose versions are wanted. Each copy is counted, which takes time in
/// proportion to it.
pub async fn waiting(session: &Session, wanted: impl Fn(&str) -> bool) -> Result<Vec<Waiting>, ReimportError> {
    let mut found = Vec::new();
    for (number, of, asides) in store::asides(session).await? {
        if !wanted(&of) {
            continue;
        }
        for aside in asides {
            // The only part of it that is SQL, and goes into a statement as it is.
            let is_one = |left: &String| tags(&format!("SELECT ({left})")).is_ok_and(|found| found == ["SELECT"]);
            if !aside.left.iter().all(is_one) {
                return Err(ReimportError::NotOfItsKind { what: aside.identity() });
            }
            let stored = aside.stored();
            let kind = format!(
                "SELECT c.relkind::text FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass({})",
                literal(&stored).trim_start()
            );
            // Children have copies of their own, partitions have none.
            let only = match session.scalar(&kind).await.map_err(ReimportError::Look)?.as_deref() {
                None => continue,
                Some("p") => "",
                Some(_) => "ONLY ",
            };
            let count = format!("SELECT pg_catalog.count(*) FROM {only}{stored}");
            let rows = session.scalar(&count).await.map_err(ReimportError::Look)?;
            let rows = rows.and_then(|n| n.parse().ok()).unwrap_or(0);
            if rows > 0 {
                let (version, what, schema) = (of.clone(), aside.identity(), aside.copy_schema.clone());
                found.push(Waiting { number, version, what, stored, schema, rows, aside });
            }
        }
    }
    Ok(found)
}

/// Texts are read as the undo wrote them.
async fn read_texts(session: &Session) -> Result<(), ReimportError> {
    let set = Texts::UNAMBIGUOUS.map(|(name, value)| format!("SET LOCAL {} = '{value}'", ident(name)));
    session.batch(&set.join("; ")).await.map_err(ReimportError::Look)
}

/// What can only follow a COMMIT: PostgreSQL lets nobody use a new enum value before.
#[derive(Clone, Debug)]
pub(crate) struct Late {
    number: i64,
    rows: i64,
    aside: Aside,
    plan: Reimport,
}

/// Takes back what belongs to what a migration has just made, in its transaction. `after` is the catalog that it left.
pub(crate) async fn take_back(
    session: &Session,
    after: &Catalog,
    inverse: &Inverse,
    version: &str,
) -> Result<(Vec<Reimported>, Vec<Late>), ReimportError> {
    let all = waiting(session, |_| true).await?;
    read_texts(session).await?;
    let made = |object: &Object| inverse.added.contains(&object.id);
    let (mut brought, mut late) = (Vec::new(), Vec::new());
    let mut numbers: Vec<i64> = all.iter().map(|one| one.number).collect();
    numbers.dedup();
    for of in numbers {
        let own: Vec<&Waiting> = all.iter().filter(|one| one.number == of).collect();
        let asides: Vec<Aside> = own.iter().map(|one| one.aside.clone()).collect();
        let (plans, stay) = plan_reimport(after, &made, &asides);
        let is_ours = own.iter().any(|one| one.version == version);
        // Of another version only what this one makes: a file that was mended has a new name.
        if !is_ours && !plans.iter().any(|(aside, _)| aside.left.is_none()) {
            continue;
        }
        let rows_of = |aside: &Aside| own.iter().find(|one| one.aside == *aside).map_or(0, |one| one.rows);
        let mut open = Vec::new();
        for (aside, plan) in plans {
            let rows = rows_of(&aside);
            let failed = |source| ReimportError::Copy { what: plan.what.clone(), stored: plan.stored.clone(), source };
            let trial = session.savepoint("backout_reimport").await.map_err(failed)?;
            match run(session, &plan).await {
                Ok(reached) => {
                    trial.keep().await.map_err(failed)?;
                    brought.push(done(&plan, rows, reached));
                }
                Err(error) if error.has_code(sqlstate::UNSAFE_NEW_ENUM_VALUE_USAGE) => {
                    trial.take_back().await.map_err(failed)?;
                    open.push(aside.clone());
                    late.push(Late { number: of, rows, aside, plan });
                }
                Err(error) => return Err(failed(error)),
            }
        }
        for (aside, reason) in stay {
            let (what, stored, left) = (aside.identity(), aside.stored(), rows_of(&aside));
            brought.push(Reimported { what, stored, rows: 0, left, reason: Some(reason) });
            // A later migration may make what is missing.
            open.push(aside);
        }
        store::put_aside(session, of, &open).await?;
    }
    Ok((brought, late))
}

/// The same after the COMMIT, for what had to wait.
pub(crate) async fn take_back_late(session: &Session, late: Vec<Late>) -> Result<Vec<Reimported>, ReimportError> {
    let mut brought = Vec::new();
    for Late { number, rows, aside, plan } in late {
        let failed = |source| ReimportError::Copy { what: plan.what.clone(), stored: plan.stored.clone(), source };
        session.batch("BEGIN").await.map_err(failed)?;
        read_texts(session).await?;
        match run(session, &plan).await {
            Ok(reached) => {
                let mut open = store::asides(session).await?;
                open.retain(|(of, _, _)| *of == number);
                let mut left = open.pop().map(|(_, _, asides)| asides).unwrap_or_default();
                left.retain(|other| *other != aside);
                store::put_aside(session, number, &left).await?;
                session.batch("COMMIT").await.map_err(failed)?;
                brought.push(done(&plan, rows, reached));
            }
            // The migration is applied by now.
            Err(error) => {
                session.batch("ROLLBACK").await.map_err(failed)?;
                let (what, stored) = (plan.what.clone(), plan.stored.clone());
                brought.push(Reimported { what, stored, rows: 0, left: rows, reason: Some(error.to_string()) });
            }
        }
    }
    Ok(brought)
}

async fn run(session: &Session, plan: &Reimport) -> Result<i64, DatabaseError> {
    for sql in &plan.before {
        session.batch(sql).await?;
    }
    let reached = session.reach(&plan.sql).await?;
    for sql in &plan.after {
        session.batch(sql).await?;
    }
    Ok(i64::try_from(reached).unwrap_or(i64::MAX))
}

fn done(plan: &Reimport, rows: i64, reached: i64) -> Reimported {
    let (what, stored) = (plan.what.clone(), plan.stored.clone());
    Reimported { what, stored, rows: reached, left: (rows - reached).max(0), reason: None }
}
