//! Gives back what a freeze took, in one transaction, and says what could not come back and what came meanwhile.
//!
//! Must not know: why it was frozen.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::acl::{self, Kind, Object, Roles, Statement, role_name};
use super::error::{FreezeError, doing};
use super::record::{self, Standing, Was};
use super::script::{ATTEMPTS, begin, home, run, with_roles};
use super::sessions::Ended;
use super::{catalog, cron, sessions};
use crate::failpoint;
use crate::session::Session;

/// What a thaw came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Thawed {
    pub number: i64,
    /// What rights came back on.
    pub objects: usize,
    /// Jobs of pg_cron that are active again.
    pub jobs: usize,
    /// Objects and roles that are gone: their rights went with them.
    pub gone: Vec<String>,
    /// What was granted while it was frozen, and is taken away again.
    pub granted_meanwhile: Vec<String>,
    /// Tables and sequences that were made while it was frozen.
    pub made_meanwhile: Vec<String>,
    /// What is not as it was.
    pub left: Vec<String>,
    /// Sessions that began while it was frozen, and would stay read-only.
    pub sessions: Ended,
}

/// What a thaw would do.
#[derive(Debug, Clone, Serialize)]
pub struct ThawPreview {
    pub standing: Standing,
    pub statements: Vec<String>,
    pub gone: Vec<String>,
    pub granted_meanwhile: Vec<String>,
    pub made_meanwhile: Vec<String>,
}

struct Plan {
    statements: Vec<Statement>,
    jobs: Vec<String>,
    roles: Roles,
    /// As each must be in the end.
    wanted: Vec<Object>,
    thawed: Thawed,
}

async fn plan(session: &Session, standing: &Standing) -> Result<Plan, FreezeError> {
    let mut was = record::was(session, standing.number).await?;
    let now = catalog::objects(session).await?;
    // A copy by dump has other ids; a physical one has these.
    let is_copy = record::id(session).await? != was.place;
    let ids = roles_here(session, &was, is_copy).await?;
    let named: Vec<u32> = ids.values().copied().collect();
    let (database, owner, value) = catalog::setting(session).await?;
    let roles = catalog::roles(session, &now, &[named, vec![owner]].concat()).await?;
    let mut thawed = Thawed { number: standing.number, ..Thawed::default() };
    let columns = columns_here(session, &was.objects, &now, is_copy).await?;
    let mut plan =
        Plan { statements: Vec::new(), jobs: Vec::new(), roles, wanted: Vec::new(), thawed: Thawed::default() };
    for mut object in std::mem::take(&mut was.objects) {
        let former = object.named(&Roles::new());
        for oid in acl::renumber(&mut object, &|oid| ids.get(&oid).copied()) {
            let name = was.roles.get(&oid).cloned().unwrap_or_else(|| oid.to_string());
            thawed.gone.push(format!("role {}", backout_schema::ident(&name)));
        }
        let Some(there) = find(&object, &now, is_copy) else {
            thawed.gone.push(former);
            continue;
        };
        let there = there.into_owned();
        if there.owner != object.owner {
            acl::given_away(&mut object, there.owner);
        }
        // It may have got another name.
        object.schema.clone_from(&there.schema);
        object.name.clone_from(&there.name);
        object.oid = there.oid;
        let here = columns.get(&there.oid).map(Vec::as_slice).unwrap_or_default();
        object.columns.retain_mut(|column| {
            let same = |one: &&(i16, String)| if is_copy { one.1 == column.name } else { one.0 == column.number };
            let found = here.iter().find(same);
            match found {
                Some((_, name)) => column.name.clone_from(name),
                None => thawed.gone.push(format!("column {} of {former}", backout_schema::ident(&column.name))),
            }
            found.is_some()
        });
        let meanwhile = granted_since(&object, &there, &plan.roles);
        thawed.granted_meanwhile.extend(meanwhile);
        let statements = acl::restore(&object, &there, &plan.roles);
        thawed.objects += usize::from(!statements.is_empty());
        plan.statements.extend(statements);
        plan.wanted.push(object);
    }
    thawed.gone.sort();
    thawed.gone.dedup();
    if let Some(setting) = was.setting.as_ref().filter(|setting| setting.former != value) {
        let sql = catalog::set_default(&database, setting.former.as_deref());
        plan.statements.push(Statement { role: owner, sql });
    }
    let jobs = cron::paused(session, &was.jobs).await?;
    thawed.jobs = jobs.len();
    plan.jobs = jobs.into_iter().map(|job| cron::alter(job, true)).collect();
    if !is_copy {
        let is_new = |o: &&Object| catalog::is_relation(o) && !was.relations.contains(&o.oid);
        thawed.made_meanwhile = now.iter().filter(is_new).map(|o| o.named(&plan.roles)).collect();
    }
    plan.thawed = thawed;
    Ok(plan)
}

/// The ids that the roles of a record have here.
async fn roles_here(session: &Session, was: &Was, is_copy: bool) -> Result<BTreeMap<u32, u32>, FreezeError> {
    let rows = session.rows("SELECT oid, rolname::text FROM pg_catalog.pg_roles").await;
    let rows = rows.map_err(doing("reading roles"))?;
    let by_name: BTreeMap<String, u32> = rows.iter().map(|row| (row.get(1), row.get(0))).collect();
    let by_id: BTreeMap<u32, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let here = |(oid, name): (&u32, &String)| {
        let found = if is_copy { by_name.get(name).copied() } else { by_id.contains_key(oid).then_some(*oid) };
        found.map(|found| (*oid, found))
    };
    Ok(was.roles.iter().filter_map(here).collect())
}

/// The same object as it is now.
fn find<'o>(object: &Object, now: &'o [Object], is_copy: bool) -> Option<std::borrow::Cow<'o, Object>> {
    let found = now.iter().find(|there| match object.kind {
        // The database of a copy has another name.
        Kind::Database => there.kind == Kind::Database,
        Kind::Defaults => there.key() == object.key(),
        _ if is_copy => there.key() == object.key(),
        kind => there.kind == kind && there.oid == object.oid,
    });
    match found {
        Some(found) => Some(std::borrow::Cow::Borrowed(found)),
        // An entry that held nothing but rights to write is gone while they are.
        None if object.kind == Kind::Defaults
            && object.schema.as_ref().is_none_or(|schema| has_schema(now, schema)) =>
        {
            Some(std::borrow::Cow::Owned(Object { acl: Vec::new(), ..object.clone() }))
        }
        None => None,
    }
}

fn has_schema(now: &[Object], schema: &str) -> bool {
    now.iter().any(|there| there.kind == Kind::Schema && there.name == schema)
}

/// The columns that the tables of a record have by now, with their numbers.
async fn columns_here(
    session: &Session,
    were: &[Object],
    now: &[Object],
    is_copy: bool,
) -> Result<BTreeMap<u32, Vec<(i16, String)>>, FreezeError> {
    let with_columns = were.iter().filter(|object| !object.columns.is_empty());
    let here = with_columns.filter_map(|object| find(object, now, is_copy)).map(|there| there.oid.to_string());
    let list: Vec<String> = here.collect();
    let sql = format!(
        "SELECT a.attrelid, a.attnum, a.attname::text FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = ANY (ARRAY[{}]::oid[]) AND NOT a.attisdropped",
        list.join(", ")
    );
    let mut columns: BTreeMap<u32, Vec<(i16, String)>> = BTreeMap::new();
    for row in session.rows(&sql).await.map_err(doing("reading columns"))? {
        columns.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
    }
    Ok(columns)
}

fn granted_since(was: &Object, now: &Object, roles: &Roles) -> Vec<String> {
    let mut found = Vec::new();
    let lists = std::iter::once((&was.acl, &now.acl, String::new())).chain(now.columns.iter().map(|column| {
        let was = was.columns.iter().find(|c| c.name == column.name).map(|c| &c.acl).unwrap_or(&EMPTY);
        (was, &column.acl, format!(" ({})", backout_schema::ident(&column.name)))
    }));
    for (was, now_acl, column) in lists {
        for grant in now_acl {
            let former = was.iter().find(|w| (w.grantor, w.grantee) == (grant.grantor, grant.grantee));
            let is_new = |right: &&str| !former.is_some_and(|former| former.privileges().any(|known| known == *right));
            let new: Vec<&str> = grant.privileges().filter(is_new).collect();
            if !new.is_empty() {
                let to = role_name(roles, grant.grantee);
                found.push(format!("{}{column} on {} to {to}", new.join(", "), now.named(roles)));
            }
        }
    }
    found
}

static EMPTY: Vec<acl::Grant> = Vec::new();

/// What a thaw would do; `None` where nothing is frozen. Changes nothing.
///
/// # Errors
/// When the server says no, or the record cannot be read.
pub async fn preview(session: &Session) -> Result<Option<ThawPreview>, FreezeError> {
    let Some(standing) = record::standing(session).await? else { return Ok(None) };
    let plan = plan(session, &standing).await?;
    let mut statements = vec!["BEGIN".to_owned()];
    statements.extend(with_roles(plan.statements.iter().cloned(), &plan.roles, &home(session).await?));
    statements.extend(plan.jobs);
    statements.push("UPDATE backout.freeze SET state = 'thawed' …".to_owned());
    statements.push("COMMIT".to_owned());
    statements.push(sessions::shown(Some(&standing.at.to_string())));
    let Thawed { gone, granted_meanwhile, made_meanwhile, .. } = plan.thawed;
    Ok(Some(ThawPreview { standing, statements, gone, granted_meanwhile, made_meanwhile }))
}

/// Gives back what was taken. `None` where nothing is frozen: then nothing is done.
///
/// # Errors
/// When the server says no: then it is still frozen.
pub async fn thaw(session: &Session, who: &str, lock_timeout: Duration) -> Result<Option<Thawed>, FreezeError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let outcome = transaction(session, who, lock_timeout).await;
        if outcome.is_err() {
            session.batch("ROLLBACK").await.ok();
        }
        match outcome {
            Err(error) if error.is_passing() && attempt < ATTEMPTS => {
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
            Ok(Some((standing, mut thawed))) => {
                thawed.sessions = sessions::end(session, Some(&standing.at.to_string())).await?;
                failpoint!("thaw.sessions_ended");
                return Ok(Some(thawed));
            }
            outcome => return Ok(outcome?.map(|(_, thawed)| thawed)),
        }
    }
}

async fn transaction(
    session: &Session,
    who: &str,
    lock_timeout: Duration,
) -> Result<Option<(Standing, Thawed)>, FreezeError> {
    let Some(standing) = record::standing(session).await? else { return Ok(None) };
    let home = home(session).await?;
    begin(session, lock_timeout).await?;
    let Plan { statements, jobs, roles, wanted, mut thawed } = plan(session, &standing).await?;
    run(session, &with_roles(statements.into_iter(), &roles, &home), "giving the rights back").await?;
    run(session, &jobs, "making the jobs of pg_cron active").await?;
    failpoint!("thaw.granted");
    // What is there now decides: a GRANT that reaches nothing is only a remark of the server.
    let now = catalog::objects(session).await?;
    for object in &wanted {
        let there = find(object, &now, false);
        let is_as_before = there.as_ref().is_some_and(|there| there.has_acl_of(object));
        if is_as_before {
            continue;
        }
        let name = object.named(&roles);
        thawed.left.push(match there.is_some_and(|there| there.has_rights_of(object)) {
            true => format!("{name}: the same rights, in another order"),
            false => format!("{name}: not all rights are as they were"),
        });
    }
    record::thawed(session, standing.number, who).await?;
    failpoint!("thaw.before_commit");
    session.batch("COMMIT").await.map_err(doing("committing the thaw"))?;
    failpoint!("thaw.committed");
    Ok(Some((standing, thawed)))
}
