//! What a restore could go back to, for `backout status`: backups, captured changes, and what earlier restores left.

use std::time::Duration;

use backout_backup::capture::{self, Standing as Captured};
use backout_backup::shelf::{self, Standing, State};
use backout_plan::plan::BackupDemand;
use backout_plan::{Finding, Plan};
use backout_postgres::session::Session;
use serde_json::{Value, json};

use crate::commands::backup::{self, gate, source::Source};
use crate::commands::restore;
use crate::context::Project;
use crate::error::CommandError;
use crate::ui::{bytes, count, moment};

/// A bucket that does not answer must not keep anybody from what the database says.
const STORE_ANSWERS: Duration = Duration::from_secs(10);

/// What was found, to be printed, and as data.
#[derive(Default)]
pub struct Restorable {
    pub lines: Vec<String>,
    pub backup: Value,
    pub captured: Value,
    pub replaced: Value,
}

/// Looks at the store, the queue and the other databases. What cannot be looked at becomes a finding.
pub async fn look(
    project: &Project,
    plan: &Plan,
    session: &Session,
    is_pending: bool,
    found: &mut Vec<Finding>,
) -> Result<Restorable, CommandError> {
    let mut this = Restorable::default();
    match within(STORE_ANSWERS, backups(project, session)).await {
        Ok((place, own)) => this.shelf(plan, &place, &own, is_pending, found),
        Err(error) => {
            let unknown = "whether there is a backup to go back to is not known";
            found.push(error.warning("backup.unreadable").detail(unknown));
        }
    }
    this.queue(session, found).await?;
    this.leftovers(session).await?;
    Ok(this)
}

async fn within<T>(most: Duration, work: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    let late = || {
        CommandError::new(
            backout_plan::Exit::Failed,
            format!("the backups' place does not answer within {} s", most.as_secs()),
        )
    };
    tokio::time::timeout(most, work).await.unwrap_or_else(|_| Err(late()))
}

/// The place's name, and what lies there of this database: oldest first, with what cannot be read.
async fn backups(project: &Project, session: &Session) -> Result<(String, Vec<Standing>), CommandError> {
    let store = backup::open(project, None, None)?;
    let source = Source::of(session).await?;
    let mut all = shelf::list(&store).await?;
    all.retain(|one| match &one.state {
        State::Whole(manifest) => source.is_of(manifest),
        State::Damaged(_) => true,
        State::Interrupted(_) | State::Going => false,
    });
    Ok((store.name().to_owned(), all))
}

impl Restorable {
    fn shelf(&mut self, plan: &Plan, place: &str, own: &[Standing], is_pending: bool, found: &mut Vec<Finding>) {
        for one in own {
            if let State::Damaged(why) = &one.state {
                found.push(
                    Finding::warning("backup.damaged", format!("backup {} in {place} cannot be read: {why}", one.id))
                        .hint("`backout backup verify` looks at every object of every backup"),
                );
            }
        }
        let whole: Vec<&Standing> = own.iter().filter(|one| one.manifest().is_some()).collect();
        let newest = whole.last();
        let proven = whole.iter().rev().find(|one| one.proof().is_some());
        let at = |one: &&Standing| one.manifest().map(|manifest| manifest.at);
        self.backup = json!({
            "place": place,
            "newest": newest.map(|one| json!({ "id": one.id, "at": at(one), "proven": one.proof().is_some() })),
            "newest_proven": proven.map(|one| json!({ "id": one.id, "at": at(one), "proof": one.proof() })),
        });
        let Some(newest) = newest else {
            self.lines.push(format!("backup     none of this database in {place}"));
            return demanded(plan, is_pending, "there is no backup of it", found);
        };
        let taken = |one: &&Standing| format!("{} of {}", one.id, at(one).map(moment).unwrap_or_default());
        self.lines.push(match proven {
            Some(proven) if proven.id == newest.id => format!("backup     {}, proven", taken(newest)),
            Some(proven) => format!("backup     {}, not proven; proven is {}", taken(newest), taken(proven)),
            None => format!("backup     {}, not proven", taken(newest)),
        });
        if let Some(said) = gate::unproven(newest).filter(|_| !newest.proofs.is_empty()) {
            found.push(
                Finding::warning("backup.damaged", format!("backup {}: {said}", newest.id))
                    .hint("`backout backup take --prove` takes another one"),
            );
        }
        let Some(manifest) = proven.and_then(|one| one.manifest()) else {
            return demanded(plan, is_pending, "no backup of it is proven", found);
        };
        let max_age = plan.migrate.backup_max_age.duration();
        if let Some(said) = gate::too_old(manifest, jiff::Timestamp::now(), max_age) {
            demanded(plan, is_pending, &format!("of the newest proven one, {}, {said}", manifest.id), found);
        }
    }

    async fn queue(&mut self, session: &Session, found: &mut Vec<Finding>) -> Result<(), CommandError> {
        if !capture::is_on(session).await? {
            return Ok(());
        }
        let (standing, others) = capture::standing(session).await?;
        self.captured = json!({ "tables": standing, "not_captured": others });
        if standing.is_empty() {
            return Ok(());
        }
        let changes: u64 = standing.iter().map(|one| one.changes).sum();
        let size = i64::try_from(capture::size(session).await?).unwrap_or(i64::MAX);
        self.lines.push(format!(
            "captured   {} in {}, {}",
            count(i64::try_from(changes).unwrap_or(i64::MAX), "change"),
            count(standing.len() as i64, "table"),
            bytes(size)
        ));
        let broken: Vec<&Captured> = standing.iter().filter(|one| one.trouble.is_some()).collect();
        for one in broken {
            let why = one.trouble.as_ref().map(ToString::to_string).unwrap_or_default();
            found.push(
                Finding::warning("capture.broken", format!("what changes in {} is not all captured", one.table))
                    .detail(why)
                    .hint("`backout capture on` begins it anew"),
            );
        }
        if let Some(trouble) = capture::slot(session).await?.and_then(|slot| slot.trouble) {
            found.push(Finding::warning("capture.slot", trouble).hint("`backout capture` shows what the slot keeps"));
        }
        let unchecked = capture::unchecked(session).await?;
        if !unchecked.is_empty() {
            let keys = count(unchecked.len() as i64, "foreign key");
            found.push(
                Finding::warning("capture.unchecked", format!("{keys} not checked since a restore"))
                    .hint("`backout capture check`"),
            );
        }
        Ok(())
    }

    async fn leftovers(&mut self, session: &Session) -> Result<(), CommandError> {
        let live = session.scalar("SELECT current_database()").await.ok().flatten().unwrap_or_default();
        let kept = restore::leftovers(session, &live).await?;
        self.replaced =
            json!(kept.iter().map(|(name, size)| json!({ "name": name, "bytes": size })).collect::<Vec<_>>());
        if !kept.is_empty() {
            let size = kept.iter().map(|(_, size)| size).sum();
            let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
            self.lines.push(format!("replaced   {}, {}", super::shortened(&names), bytes(size)));
        }
        Ok(())
    }
}

/// What `backout migrate` will say, if there is something to migrate.
fn demanded(plan: &Plan, is_pending: bool, why: &str, found: &mut Vec<Finding>) {
    if is_pending && plan.migrate.backup == BackupDemand::Proven {
        found.push(
            Finding::warning("backup.none", format!("a proven backup is demanded, and {why}"))
                .hint("run `backout backup take --prove`"),
        );
    }
}
