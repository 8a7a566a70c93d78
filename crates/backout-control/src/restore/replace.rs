//! A restored database takes the place of the live one, which is kept under another name; and the way back from that.
//!
//! Must not know: how rows are loaded or names exchanged.

use backout_backup::capture::rows::TakenBack;
use backout_backup::capture::{self, Replay, Replayed};
use backout_backup::manifest::Manifest;
use backout_backup::restore::Restored;
use backout_backup::shelf;
use backout_backup::store::Store;
use backout_backup::swap::Swapped;
use backout_plan::plan::TablePattern;
use backout_plan::{ConnectionSettings, Exit, Remedy, TargetIdentity};
use backout_postgres::freeze::{self, Standing};
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::ident;
use serde::Serialize;

use super::exchange::{exchange, is_possible, release, replay_and_exchange};
use super::fill::{analyze, drop_restored, fill, sweep};
use super::leftovers::replaced;
use super::names::Names;
use super::{frozen, live, notes, unlike};
use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::gates::{identity, signature};
use crate::source::Source;
use crate::{Boxed, Env, Failure, Result, rows};

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Tables may be empty whose rows the backup lacks.
    pub partial: bool,
    /// Go on although what was restored is not in everything what was taken.
    pub accept_differences: bool,
    /// A backup of another database is meant.
    pub other_source: bool,
    /// What was captured since the backup is replayed.
    pub replay: bool,
    /// But for these, which come back as the backup has them.
    pub replay_without: Vec<TablePattern>,
    /// And but for what these transactions did.
    pub without_transactions: Vec<u64>,
    pub jobs: Option<u32>,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub struct Done {
    pub backup: String,
    pub target: String,
    pub restored: Restored,
    pub swap: Swapped,
    /// The database that was live until now.
    pub kept: String,
    pub replayed: Option<Replayed>,
    pub left_out: Vec<TakenBack>,
    /// Materialized views that hold rows of the backup and not what was replayed.
    pub stale: Vec<String>,
    /// The name of both.
    #[serde(skip)]
    pub live: String,
}

/// That what was written since the backup can be replayed, but for tables that may stay as it has them.
pub(crate) async fn prepared(env: &Env, manifest: &Manifest, without: &[TablePattern]) -> Result<Replay> {
    let without = |schema: &str, name: &str| without.iter().any(|pattern| pattern.matches(schema, name));
    Ok(Replay::prepare(env.settings()?, manifest, &without).await?)
}

/// Restores beside the live database, compares, and exchanges the two.
///
/// # Errors
/// Until the exchange, the live database is as it was; a failure after it says where it stands.
pub fn run<'a>(
    env: &'a Env,
    store: &'a Store,
    manifest: &'a Manifest,
    options: &'a Options,
) -> Boxed<'a, Result<Done>> {
    Box::pin(work(env, store, manifest, options))
}

#[tracing::instrument(name = "restore", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, store: &Store, manifest: &Manifest, options: &Options) -> Result<Done> {
    signature::pass(store, manifest)?;
    let pair = env.connect_pair().await?;
    identity::pass(env, &pair.session).await?;
    let recorded = history::recorded_identity(&pair.session).await?;
    Source::of(&pair.session).await?.must_be_of(manifest, options.other_source)?;
    let missing: Vec<String> = manifest.without_rows().map(|left| left.what.clone()).collect();
    if !missing.is_empty() && !options.partial {
        return Err(Refusal::RowsMissing { backup: manifest.id.clone(), tables: missing }.into());
    }
    let proofs = shelf::proofs(store, manifest).await?;
    if proofs.last().is_none_or(|proof| !proof.differences.is_empty()) {
        let said = "this backup was never proven; it is compared before it takes the place of the live database";
        env.say(Event::warning("restore.unproven", said));
    }
    let live = live(&pair.session).await;
    may_rename(&pair.session).await?;
    let names = Names::free(&pair.session, &live).await?;
    let replay = match options.replay {
        true => Some(prepared(env, manifest, &options.replay_without).await?),
        false => None,
    };
    let out = &options.without_transactions;
    let left_out = match out.is_empty() {
        true => Vec::new(),
        false => rows::leave_out(env, &pair.session, out, true).await?,
    };
    let standing = freeze::standing(&pair.session).await?;
    let asked = question(env.claimed()?, manifest, &names, replay.as_ref(), &left_out);
    env.confirm(asked + stays_frozen(standing.as_ref()))?;
    history::lock_runs_only(&pair.session).await?;
    let new = ConnectionSettings { dbname: Some(names.new.clone()), ..env.settings()?.clone() };
    is_possible(env, &names).await?;
    sweep(&pair.session, &names).await?;
    env.say(Event::Begun { work: Work::RestoringBeside { backup: manifest.id.clone(), live: live.clone() } });
    let restored = fill(env, &pair.session, &new, store, manifest, options.jobs).await;
    if restored.is_err() {
        env.say(Event::Idle);
    }
    let restored = restored?;
    if let Some(refusal) = unlike(&restored).filter(|_| !options.accept_differences) {
        env.say(Event::Idle);
        drop_restored(&pair.session, &names.new).await?;
        return Err(Failure::from(refusal)
            .remedy(Remedy::advice("the live database is as it was"))
            .remedy(Remedy::AcceptDifferences));
    }
    let stays = what_stays(&pair.session).await;
    let stale = if options.replay { materialized(env, &new).await } else { Vec::new() };
    let taking = Taking { env, new: &new, session: &pair.session, names: &names, out, frozen: standing.as_ref() };
    let outcome = taking.place(&restored, manifest, recorded.as_ref(), replay).await;
    let (swap, replayed) = match outcome {
        Ok(done) => done,
        Err(failure) => {
            env.say(Event::Idle);
            return Err(taking.put_away(failure).await);
        }
    };
    drop(pair);
    release(env, &live).await;
    stays.into_iter().for_each(|note| env.say(Event::note("restore.stays", note)));
    let (backup, target, kept) = (manifest.id.clone(), env.claimed()?.to_owned(), names.kept);
    Ok(Done { backup, target, restored, swap, kept, replayed, left_out, stale, live })
}

fn stays_frozen(standing: Option<&Standing>) -> &'static str {
    if standing.is_some() { "; it is frozen, and stays so until it is thawed" } else { "" }
}

fn question(
    claimed: &str,
    manifest: &Manifest,
    names: &Names,
    replay: Option<&Replay>,
    left_out: &[TakenBack],
) -> String {
    let mut since = match replay {
        None => format!("what was written since stays behind in the database {}", names.kept),
        Some(replay) if replay.made_since.is_empty() => "what was written since is replayed".to_owned(),
        Some(replay) => format!(
            "what was written since is replayed, but for tables that were made since and stay behind in the database {}: {}",
            names.kept,
            replay.made_since.join(", ")
        ),
    };
    if !left_out.is_empty() {
        let rows: u64 = left_out.iter().map(|table| table.set + table.brought + table.removed).sum();
        let noun = if rows == 1 { "row" } else { "rows" };
        since = format!("{since}; of {rows} {noun} changes are left out");
    }
    let at = backout_plan::wording::moment(manifest.at);
    format!("restoring backup {} puts {claimed} back to {at}; {since}", manifest.id)
}

/// From a database that is filled and compared to the exchange.
struct Taking<'a> {
    env: &'a Env,
    /// The restored one.
    new: &'a ConnectionSettings,
    /// In the live one.
    session: &'a Session,
    names: &'a Names,
    /// Transactions that are not replayed.
    out: &'a [u64],
    /// The freeze of the live one, if one holds.
    frozen: Option<&'a Standing>,
}

impl Taking<'_> {
    async fn place(
        &self,
        restored: &Restored,
        manifest: &Manifest,
        recorded: Option<&TargetIdentity>,
        replay: Option<Replay>,
    ) -> Result<(Swapped, Option<Replayed>)> {
        let env = self.env;
        analyze(env, self.new).await;
        // What is captured is of the database that it was taken from.
        let session = env.open(self.new).await?;
        match capture::renew(&session).await {
            Ok(_) => {}
            // A replay notes there what is to be checked.
            Err(error) if replay.is_some() => return Err(error.into()),
            Err(error) => {
                let said = Failure::from(error).sentence();
                let lost = format!("changes are not captured in the restored database: {said}");
                env.say(Event::warning("capture.ended", lost));
                capture::forget(&session).await?;
            }
        }
        if let Some(recorded) = recorded {
            history::take_over(&session, recorded).await?;
        }
        if let Some(standing) = self.frozen.filter(|_| replay.is_none()) {
            frozen::again(env, &session, standing).await?;
        }
        session.close().await;
        env.say(Event::Idle);
        notes(env, restored, manifest);
        let Some(replay) = replay else { return Ok((exchange(env, self.names).await?, None)) };
        // As late as can be: if anything before it fails, the live database is as it was.
        if !self.out.is_empty() {
            rows::leave_out(env, self.session, self.out, false).await?;
        }
        match replay_and_exchange(env, self.names, replay, self.frozen).await {
            Ok((swapped, replayed)) => Ok((swapped, Some(replayed))),
            Err(failure) if self.out.is_empty() => Err(failure),
            Err(failure) => Err(failure
                .with_exit(Exit::Interrupted)
                .remedy(Remedy::advice("what was to be left out is taken back in the live database already"))
                .remedy(Remedy::ReplayAlone)),
        }
    }

    /// A restored database that did not take the place of the live one is of no use to anybody.
    async fn put_away(&self, failure: Failure) -> Failure {
        let dropped = async {
            let session = self.env.connect().await?;
            let dropped = drop_restored(&session, &self.names.new).await;
            session.close().await;
            dropped
        };
        match dropped.await {
            Ok(()) => failure,
            Err(_) => failure.remedy(Remedy::advice(format!(
                "the database {} is of no use any more; the next restore drops it",
                self.names.new
            ))),
        }
    }
}

/// What exchanging again came to.
#[derive(Debug, Serialize)]
pub struct Back {
    pub target: String,
    pub swap: Swapped,
    /// The database that is live again, by the name that it had until now.
    pub live: String,
    /// The one that was live until now.
    pub kept: String,
    /// The name of both.
    #[serde(skip)]
    pub name: String,
}

/// Exchanges again: the database that was replaced last becomes the live one.
#[tracing::instrument(name = "restore back", skip_all, fields(target = env.target_name()))]
pub async fn back(env: &Env) -> Result<Back> {
    let pair = env.connect_pair().await?;
    identity::pass(env, &pair.session).await?;
    let live = live(&pair.session).await;
    let Some((former, _)) = replaced(&pair.session, &live).await?.pop() else {
        return Err(Refusal::refused(format!("no database is there that {live} was before"), None).into());
    };
    let mut names = Names::free(&pair.session, &live).await?;
    names.new = former;
    let claimed = env.claimed()?.to_owned();
    let standing = freeze::standing(&pair.session).await?;
    env.confirm(format!(
        "exchanging puts {} in the place of {claimed}; what was written since stays behind in {}{}",
        names.new,
        names.kept,
        stays_frozen(standing.as_ref())
    ))?;
    history::lock_runs_only(&pair.session).await?;
    if let Some(standing) = &standing {
        let new = ConnectionSettings { dbname: Some(names.new.clone()), ..env.settings()?.clone() };
        let session = env.open(&new).await?;
        frozen::again(env, &session, standing).await?;
        session.close().await;
    }
    let swap = exchange(env, &names).await?;
    drop(pair);
    release(env, &live).await;
    Ok(Back { target: claimed, swap, live: names.new, kept: names.kept, name: live })
}

/// Whether the live database is one that a restore has put there, and which others it could be exchanged with: after a
/// crash, or where the answer to the exchange was lost. The newest comes last.
pub async fn settle(env: &Env) -> Result<Vec<String>> {
    let session = env.connect().await?;
    let live = live(&session).await;
    Ok(replaced(&session, &live).await?.into_iter().map(|(name, _)| name).collect())
}

/// That the exchange will not be refused in the end, when sessions were ended for it.
async fn may_rename(session: &Session) -> Result<()> {
    let sql = "SELECT pg_catalog.pg_has_role(d.datdba, 'USAGE'), r.rolcreatedb OR r.rolsuper, pg_catalog.pg_get_userbyid(d.datdba)::text, current_user::text \
               FROM pg_catalog.pg_database d, pg_catalog.pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user";
    let rows = session.rows(sql).await.map_err(Failure::server("asking who owns the database"))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (owner, role): (String, String) = (row.get(2), row.get(3));
    match (row.get::<_, bool>(0), row.get::<_, bool>(1)) {
        (false, _) => {
            let remedy = format!("restore as {owner}, or GRANT {} TO {}", ident(&owner), ident(&role));
            let said = format!("{role} may not rename this database, which belongs to {owner}");
            Err(Refusal::refused(said, Some(Remedy::advice(remedy))).into())
        }
        (_, false) => {
            let remedy = Remedy::advice(format!("ALTER ROLE {} CREATEDB", ident(&role)));
            Err(Refusal::refused(format!("{role} may not create databases"), Some(remedy)).into())
        }
        _ => Ok(()),
    }
}

/// Materialized views with rows, by name: a restore fills them from the rows of the backup.
async fn materialized(env: &Env, settings: &ConnectionSettings) -> Vec<String> {
    let sql = "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated AND NOT pg_catalog.starts_with(n.nspname::text, 'backout') ORDER BY 1";
    let Ok(session) = env.open(settings).await else { return Vec::new() };
    let names = session.rows(sql).await.map(|rows| rows.iter().map(|row| row.get(0)).collect()).unwrap_or_default();
    session.close().await;
    names
}

/// What belongs to the old database and does not move.
async fn what_stays(session: &Session) -> Vec<String> {
    let sql = "SELECT pg_catalog.format('replication slot %s stays with the old database: whoever reads it must begin anew', slot_name) \
               FROM pg_catalog.pg_replication_slots WHERE database = current_database() AND NOT pg_catalog.starts_with(slot_name::text, 'backout_capture_') \
               UNION ALL SELECT pg_catalog.format('the old database goes on to receive subscription %s, if it is enabled', subname) \
               FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()";
    // Not everybody may read these, and then there is nothing to say.
    session.rows(sql).await.map(|rows| rows.iter().map(|row| row.get(0)).collect()).unwrap_or_default()
}
