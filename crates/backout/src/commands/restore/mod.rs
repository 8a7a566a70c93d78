//! `backout restore`: a backup goes into a new database beside the live one, is compared, and takes its place; and the
//! way back from that.
//!
//! Must not know: how rows are loaded or names exchanged.

mod dry_run;
mod in_place;
mod take_place;

use std::path::PathBuf;
use std::time::Duration;

use backout_backup::capture::{self, Replay};
use backout_backup::manifest::Manifest;
use backout_backup::restore::{self, Request, Restored};
use backout_backup::room::{self, Server};
use backout_backup::shelf;
use backout_backup::store::Store;
use backout_backup::swap::{self, Swap};
use backout_plan::{ConnectionSettings, Exit};
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::{ident, literal};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::backup;
use super::backup::source::Source;
use super::backup::take::size_of;
use super::rows;
use crate::context::{Context, Notices, Project};
use crate::error::CommandError;
use crate::ui::{count, duration, moment};
use take_place::{Steps, exchange, release};

/// Bytes of a name.
const LONGEST: usize = 63;

/// Restore a backup: into a new database that is compared, and then takes the place of the live one
///
/// The live database is kept under another name, and `--back` exchanges the two again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The backup: its id, the beginning of it, or `latest`
    #[arg(value_name = "BACKUP", required_unless_present_any = ["back", "drop_replaced"])]
    backup: Option<String>,
    /// Where backups are: a folder, or s3://BUCKET/PREFIX [default: the plan's]
    #[arg(long = "from", value_name = "PLACE")]
    from: Option<String>,
    /// The file of an age identity, for backups that are encrypted
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Only into a new database of this name: the live one stays
    #[arg(long, value_name = "DATABASE")]
    into: Option<String>,
    /// How many connections restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Only say what would happen: how long it takes by the last proof, and what was written since
    #[arg(long)]
    dry_run: bool,
    /// Restore a backup that lacks the rows of some tables: they will be empty
    #[arg(long)]
    partial: bool,
    /// Go on although what was restored is not in everything what was taken
    #[arg(long)]
    accept_differences: bool,
    /// Restore a backup of another database over this one
    #[arg(long)]
    other_source: bool,
    /// Replay what was captured since the backup: nothing that was written is lost
    #[arg(long, conflicts_with_all = ["into", "back", "drop_replaced", "partial"])]
    replay: bool,
    /// With --replay: tables that come back as the backup has them, such as those of a platform that others own
    #[arg(long, value_name = "TABLE", num_args = 1.., requires = "replay")]
    replay_without: Vec<String>,
    /// With --replay: leave out what these transactions did (`backout rows log` lists them); for several, name it again
    #[arg(long, value_name = "NUMBER", requires = "replay")]
    without_transaction: Vec<u64>,
    /// Only these tables, as schema.table or schema.*, in the live database: the rows that differ are exchanged, and a
    /// table that is gone is made anew. Rows that go are put aside
    #[arg(long, value_name = "TABLE", num_args = 1.., conflicts_with_all = ["into", "replay", "back", "drop_replaced", "partial"])]
    tables: Vec<String>,
    /// All tables, in the live database: for servers where no second one can be made, or services stand on this one
    #[arg(long, conflicts_with_all = ["tables", "into", "replay", "back", "drop_replaced", "partial"])]
    in_place: bool,
    /// With --tables or --in-place: rows stay whose keys the backup does not have
    #[arg(long)]
    keep_newer: bool,
    /// Exchange again: the database that was replaced last becomes the live one
    #[arg(long, conflicts_with_all = ["backup", "into", "dry_run", "drop_replaced"])]
    back: bool,
    /// Drop a database that was replaced, or rows that were put aside, for good; `backout restore --drop-replaced` without
    /// a name lists them
    #[arg(long, value_name = "DATABASE", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["backup", "into", "dry_run"])]
    drop_replaced: Option<String>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let project = context.project()?;
    if args.back {
        return back(context, &project).await;
    }
    if let Some(name) = &args.drop_replaced {
        return drop_replaced(context, &project, name).await;
    }
    let store = backup::open(&project, args.from.as_deref(), args.identity.as_deref())?;
    // `latest` is that of this database, where several keep theirs in one place.
    let session = context.connect(&project).await?;
    let source = Source::of(&session).await?;
    session.close().await;
    let is_ours = |manifest: &Manifest| args.other_source || source.is_of(manifest);
    let manifest = shelf::find(&store, args.backup.as_deref().unwrap_or("latest"), &is_ours).await?;
    if args.keep_newer && args.tables.is_empty() && !args.in_place {
        return Err(CommandError::new(Exit::Usage, "--keep-newer goes with --tables or --in-place"));
    }
    if args.dry_run {
        return dry_run::dry_run(args, context, &project, &store, &manifest).await;
    }
    if args.in_place || !args.tables.is_empty() {
        return in_place::run(args, context, &project, &store, &manifest).await;
    }
    match &args.into {
        Some(name) => beside(args, context, &project, &store, &manifest, name).await,
        None => replace(args, context, &project, &store, &manifest).await,
    }
}

/// Makes a database and fills it. One that could not be filled is dropped again; what is different in one that was, is
/// among the differences.
async fn fill(
    context: &Context<'_>,
    admin: &Session,
    settings: &ConnectionSettings,
    store: &Store,
    manifest: &Manifest,
    jobs: u32,
) -> Result<Restored, CommandError> {
    let ui = context.ui;
    let name = settings.database().unwrap_or_default().to_owned();
    let ground = shelf::ground(store, manifest).await?;
    let mut notes = room::make(admin, &ground, &name, Server::Theirs).await?;
    backout_postgres::failpoint!("restore.room");
    let request = Request { manifest, store, settings, jobs: jobs as usize, lenient: true };
    let watch = |event: restore::Event| backup::prove::progress(ui, event);
    let outcome = restore::restore(&request, &watch).await;
    backout_postgres::failpoint!("restore.filled");
    match outcome {
        Ok(mut restored) => {
            let furnished = room::furnish(admin, &ground, &name).await?;
            let unlike = furnished.iter().map(|said| restore::Difference {
                what: format!("database {name}"),
                said: format!("lacks what it had: {said}"),
            });
            restored.differences.extend(unlike);
            notes.append(&mut restored.notes);
            restored.notes = notes;
            Ok(restored)
        }
        Err(error) => {
            let left = drop_restored(admin, &name)
                .await
                .err()
                .map(|_| format!("the database {name} could not be dropped; it is of no use"));
            Err(CommandError::from(error).hints(left))
        }
    }
}

/// So often a database that nobody uses is dropped, and how long to wait in between.
const DROPS: u32 = 20;
const BETWEEN_DROPS: Duration = Duration::from_millis(250);

/// Removes a database that nobody uses yet.
async fn drop_restored(session: &Session, name: &str) -> Result<(), CommandError> {
    capture::release_slot(session, name).await?;
    let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(name));
    let mut attempt = 1;
    loop {
        match session.batch(&sql).await {
            Ok(()) => return Ok(()),
            // Somebody is still on the way out, or the server's own vacuum is in there, whom only it may end.
            Err(source) if attempt < DROPS && (source.has_code("55006") || source.has_code("42501")) => {
                attempt += 1;
                tokio::time::sleep(BETWEEN_DROPS).await;
            }
            Err(source) => return Err(CommandError::of(Exit::Failed, &source)),
        }
    }
}

/// Everything that is not as it was taken, as one error.
fn unlike(restored: &Restored) -> Option<CommandError> {
    let said: Vec<String> = restored.differences.iter().map(|d| format!("{} {}", d.what, d.said)).collect();
    let message = format!("what was restored is not what was taken: {}", said.join("; "));
    (!said.is_empty()).then(|| CommandError::new(Exit::Failed, message))
}

async fn beside(
    args: &Args,
    context: &Context<'_>,
    project: &Project,
    store: &Store,
    manifest: &Manifest,
    name: &str,
) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let live = context.settings(project)?.settings;
    let admin = context.open(&live, None).await?;
    let settings = ConnectionSettings { dbname: Some(name.to_owned()), ..live };
    ui.begin(&format!("restoring backup {} into {name}", manifest.id));
    let restored = fill(context, &admin, &settings, store, manifest, jobs(args, project)).await;
    ui.end();
    let restored = restored?;
    // What is captured is of the database that it was taken from, and nobody would look after a slot of a copy.
    let session = context.open(&settings, None).await?;
    capture::forget(&session).await?;
    session.close().await;
    analyze(context, &settings).await;
    said(context, &restored, manifest);
    ui.result(json!({ "backup": manifest.id, "database": name, "restored": restored }));
    ui.out(format!("it is in the database {name}; nothing else changed"));
    match unlike(&restored) {
        Some(error) => Err(error.hint(format!("the database {name} stays, for you to judge"))),
        None => Ok(Exit::Ok),
    }
}

fn jobs(args: &Args, project: &Project) -> u32 {
    args.jobs.unwrap_or(project.backup().jobs)
}

fn said(context: &Context<'_>, restored: &Restored, manifest: &Manifest) {
    let ui = context.ui;
    for note in &restored.notes {
        ui.say(format!("note: {note}"));
    }
    for left in &manifest.left_out {
        let what = if left.rows_only { "the rows of " } else { "" };
        ui.say(format!("note: not in the backup: {what}{}: {}", left.what, left.why));
    }
    ui.out(format!(
        "restored {} of {} in {}, and compared every row and object in {}",
        count(i64::try_from(restored.rows).unwrap_or(i64::MAX), "row"),
        moment(manifest.at),
        duration(restored.restore_ms),
        duration(restored.compare_ms)
    ));
}

/// Statistics are not in a backup, and a planner without them is a slow one. Rows are whole without them.
async fn analyze(context: &Context<'_>, settings: &ConnectionSettings) {
    context.ui.progress("statistics");
    let gather = async || {
        let session = context.open(settings, None).await?;
        let mut done = session.batch("SET statement_timeout = 0; SET lock_timeout = 0").await;
        if done.is_ok() {
            // By itself: with others in one message it would be one transaction, which keeps a lock on every table.
            done = session.batch("ANALYZE").await;
        }
        session.close().await;
        done.map_err(|source| CommandError::of(Exit::Failed, &source))
    };
    if let Err(error) = gather().await {
        context.ui.warn(format!(
            "no statistics were gathered, so queries may be slow until ANALYZE has run: {}",
            error.sentence()
        ));
    }
}

async fn replace(
    args: &Args,
    context: &Context<'_>,
    project: &Project,
    store: &Store,
    manifest: &Manifest,
) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let claimed = context.claimed_name(project)?;
    let settings = context.settings(project)?.settings;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    let recorded = history::recorded_identity(&pair.session).await?;
    let source = Source::of(&pair.session).await?;
    source.must_be_of(manifest, args.other_source)?;
    let missing: Vec<&str> = manifest.without_rows().map(|left| left.what.as_str()).collect();
    if !missing.is_empty() && !args.partial {
        let said = format!(
            "backup {} does not hold the rows of {}: these tables would be empty",
            manifest.id,
            missing.join(", ")
        );
        return Err(CommandError::new(Exit::Refused, said)
            .hint("restore it beside the live database with --into NAME and take what you need; if empty tables are meant: --partial"));
    }
    let proofs = shelf::proofs(store, &manifest.id).await?;
    if proofs.last().is_none_or(|proof| !proof.differences.is_empty()) {
        ui.warn("this backup was never proven; it is compared before it takes the place of the live database");
    }
    let live = pair.session.scalar("SELECT current_database()").await.ok().flatten().unwrap_or_default();
    may_rename(&pair.session).await?;
    let names = Names::free(&pair.session, &live).await?;
    let replay = match args.replay {
        true => Some(prepared(args, &settings, manifest).await?),
        false => None,
    };
    let out = &args.without_transaction;
    let left_out = match out.is_empty() {
        true => Vec::new(),
        false => rows::leave_out(context, &settings, &pair.session, out, true).await?,
    };
    let since = match &replay {
        None => format!("what was written since stays behind in the database {}", names.kept),
        Some(replay) if replay.made_since.is_empty() => "what was written since is replayed".to_owned(),
        Some(replay) => format!(
            "what was written since is replayed, but for tables that were made since and stay behind in the database {}: {}",
            names.kept,
            replay.made_since.join(", ")
        ),
    };
    let number: u64 = left_out.iter().map(|table| table.set + table.brought + table.removed).sum();
    let since = match left_out.is_empty() {
        true => since,
        false => {
            format!("{since}; of {} changes are left out", count(i64::try_from(number).unwrap_or(i64::MAX), "row"))
        }
    };
    let warning = format!("restoring backup {} puts {claimed} back to {}; {since}", manifest.id, moment(manifest.at));
    context.confirm(&warning, &claimed)?;
    history::lock_runs_only(&pair.session).await?;
    let new = ConnectionSettings { dbname: Some(names.new.clone()), ..settings.clone() };
    can_exchange(context, &settings, &names).await?;
    sweep(&pair.session, &names).await?;
    ui.begin(&format!("restoring backup {} beside {live}", manifest.id));
    let restored = fill(context, &pair.session, &new, store, manifest, jobs(args, project)).await;
    let restored = match restored {
        Ok(restored) => restored,
        Err(error) => {
            ui.end();
            return Err(error);
        }
    };
    if let Some(error) = unlike(&restored).filter(|_| !args.accept_differences) {
        ui.end();
        let _ = drop_restored(&pair.session, &names.new).await;
        return Err(
            error.hint("the live database is as it was; if these differences do not matter: --accept-differences")
        );
    }
    let notes = what_stays(&pair.session).await?;
    let stale = if args.replay { materialized(context, &new).await } else { Vec::new() };
    let steps = Steps { context, settings: &settings, new: &new, session: &pair.session, names: &names, out };
    let (swapped, replayed) = match steps.to_the_exchange(&restored, manifest, recorded.as_ref(), replay).await {
        Ok(done) => done,
        Err(error) => {
            ui.end();
            return Err(steps.put_away(error).await);
        }
    };
    drop(pair);
    release(context, &settings, &live).await;
    for note in notes {
        ui.say(format!("note: {note}"));
    }
    if !stale.is_empty() {
        ui.warn(format!(
            "what these hold is of the backup's rows; REFRESH MATERIALIZED VIEW brings what was replayed: {}",
            stale.join(", ")
        ));
    }
    ui.result(
        json!({ "backup": manifest.id, "target": claimed, "restored": restored, "swap": swapped, "kept": names.kept, "replayed": replayed, "left_out": left_out, "stale": stale }),
    );
    if let Some(replayed) = &replayed {
        ui.out(format!(
            "replayed {} in {}; nobody could write for {}",
            count(i64::try_from(replayed.rows).unwrap_or(i64::MAX), "row"),
            count(i64::from(replayed.rounds), "round"),
            duration(replayed.held_ms)
        ));
    }
    ui.out(format!("{live} is the restored one now; nobody could connect for {}", duration(swapped.fence_ms)));
    ui.out(format!(
        "what it was before is in {}: `backout restore --back` exchanges them again, `backout restore --drop-replaced {}` drops it",
        names.kept, names.kept
    ));
    Ok(Exit::Ok)
}

/// That the exchange will not be refused in the end, when sessions were ended for it.
async fn may_rename(session: &Session) -> Result<(), CommandError> {
    let sql = "SELECT pg_catalog.pg_has_role(d.datdba, 'USAGE'), r.rolcreatedb OR r.rolsuper, pg_catalog.pg_get_userbyid(d.datdba)::text, current_user::text \
               FROM pg_catalog.pg_database d, pg_catalog.pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user";
    let rows = session.rows(sql).await.map_err(|source| CommandError::of(Exit::Failed, &source))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (owner, role): (String, String) = (row.get(2), row.get(3));
    match (row.get::<_, bool>(0), row.get::<_, bool>(1)) {
        (false, _) => Err(CommandError::new(
            Exit::Refused,
            format!("{role} may not rename this database, which belongs to {owner}"),
        )
        .hint(format!("restore as {owner}, or GRANT {} TO {}", ident(&owner), ident(&role)))),
        (_, false) => Err(CommandError::new(Exit::Refused, format!("{role} may not create databases"))
            .hint(format!("ALTER ROLE {} CREATEDB", ident(&role)))),
        _ => Ok(()),
    }
}

/// That nothing is in the way of the exchange that ending sessions does not move, before hours are spent on the rest.
async fn can_exchange(context: &Context<'_>, settings: &ConnectionSettings, names: &Names) -> Result<(), CommandError> {
    let session = context.open(settings, None).await?;
    let third = swap::elsewhere(&session, &names.swap()).await?;
    let obstacles = swap::obstacles(&session, &names.swap()).await?;
    session.close().await;
    if !obstacles.is_empty() {
        let said = format!("the databases could not be exchanged: {}", obstacles.join("; "));
        return Err(CommandError::new(Exit::Refused, said).hint("settle these first, or restore with --into NAME"));
    }
    let Some(third) = third else { return Err(no_third()) };
    context.open(&ConnectionSettings { dbname: Some(third), ..settings.clone() }, None).await?.close().await;
    Ok(())
}

fn no_third() -> CommandError {
    CommandError::new(Exit::Refused, "there is no third database on this server to rename the two from")
        .hint("CREATE DATABASE postgres, as an administrator")
}

/// Materialized views with rows, by name: a restore fills them from the rows of the backup.
async fn materialized(context: &Context<'_>, settings: &ConnectionSettings) -> Vec<String> {
    let sql = "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated AND NOT pg_catalog.starts_with(n.nspname::text, 'backout') ORDER BY 1";
    let Ok(session) = context.open(settings, None).await else { return Vec::new() };
    let names = session.rows(sql).await.map(|rows| rows.iter().map(|row| row.get(0)).collect()).unwrap_or_default();
    session.close().await;
    names
}

/// That what was written since the backup can be replayed, but for tables that may stay as it has them.
async fn prepared(args: &Args, settings: &ConnectionSettings, manifest: &Manifest) -> Result<Replay, CommandError> {
    let patterns = super::patterns(&args.replay_without)?;
    let without = |schema: &str, name: &str| patterns.iter().any(|pattern| pattern.matches(schema, name));
    Ok(Replay::prepare(settings, manifest, &without).await?)
}

/// What belongs to the old database and does not move.
async fn what_stays(session: &Session) -> Result<Vec<String>, CommandError> {
    let sql = "SELECT pg_catalog.format('replication slot %s stays with the old database: whoever reads it must begin anew', slot_name) \
               FROM pg_catalog.pg_replication_slots WHERE database = current_database() AND NOT pg_catalog.starts_with(slot_name::text, 'backout_capture_') \
               UNION ALL SELECT pg_catalog.format('the old database goes on to receive subscription %s, if it is enabled', subname) \
               FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()";
    // Not everybody may read these, and then there is nothing to say.
    Ok(session.rows(sql).await.map(|rows| rows.iter().map(|row| row.get(0)).collect()).unwrap_or_default())
}

/// Databases of restores that were killed before they were whole. Their names say so, and nobody uses them.
async fn sweep(session: &Session, names: &Names) -> Result<(), CommandError> {
    let sql = format!(
        "SELECT datname::text FROM pg_catalog.pg_database d WHERE datname ~ {} AND pg_catalog.pg_has_role(datdba, 'USAGE') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)",
        literal(&format!("^{}$", names.pattern("restoring"))).trim_start()
    );
    let failed = |source| CommandError::of(Exit::Failed, &source).during("looking for what killed restores left");
    for row in session.rows(&sql).await.map_err(failed)? {
        let name: String = row.get(0);
        capture::release_slot(session, &name).await?;
        session.batch(&format!("DROP DATABASE IF EXISTS {}", ident(&name))).await.map_err(failed)?;
    }
    Ok(())
}

/// How the databases are called.
struct Names {
    live: String,
    new: String,
    kept: String,
}

impl Names {
    fn new(live: &str, at: jiff::Timestamp) -> Self {
        let at = at.strftime("%Y%m%dt%H%M%Sz").to_string();
        let start = shortened(live);
        Self { live: live.to_owned(), new: format!("{start}_restoring_{at}"), kept: format!("{start}_replaced_{at}") }
    }

    /// Of now, or of the next second that no other restore has.
    async fn free(session: &Session, live: &str) -> Result<Self, CommandError> {
        let failed = |source| CommandError::of(Exit::Failed, &source).during("looking for a free name");
        let mut at = jiff::Timestamp::now();
        loop {
            let names = Self::new(live, at);
            let list = format!("{}, {}", literal(&names.new), literal(&names.kept));
            let sql = format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname IN ({list})");
            if session.rows(&sql).await.map_err(failed)?.is_empty() {
                return Ok(names);
            }
            at = at.checked_add(Duration::from_secs(1)).unwrap_or(at);
        }
    }

    fn swap(&self) -> Swap<'_> {
        Swap { live: &self.live, new: &self.new, kept: &self.kept }
    }

    /// What their names look like, as a regular expression.
    fn pattern(&self, word: &str) -> String {
        let start: String = shortened(&self.live)
            .chars()
            .map(|c| if c.is_alphanumeric() || c == '_' { c.to_string() } else { format!("\\{c}") })
            .collect();
        format!("{start}_{word}_[0-9]{{8}}t[0-9]{{6}}z")
    }
}

/// A name that the rest has room beside in the 63 bytes of one: a long one is cut, with a digest so that no two are alike.
fn shortened(name: &str) -> String {
    const ROOM: usize = LONGEST - "_restoring_20260102t030405z".len();
    const DIGEST: usize = 8;
    if name.len() <= ROOM {
        return name.to_owned();
    }
    let mut end = ROOM - DIGEST - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let digest = Sha256::digest(name.as_bytes());
    let digest: String = digest.iter().take(DIGEST / 2).map(|byte| format!("{byte:02x}")).collect();
    format!("{}_{digest}", &name[..end])
}

/// What restores have replaced and kept: databases, and schemas with rows that were put aside; with their sizes.
pub async fn leftovers(session: &Session, live: &str) -> Result<Vec<(String, i64)>, CommandError> {
    let mut all = replaced(session, live).await?;
    all.extend(in_place::put_aside(session).await?);
    Ok(all)
}

/// Databases that were replaced, the oldest first, with their sizes.
async fn replaced(session: &Session, live: &str) -> Result<Vec<(String, i64)>, CommandError> {
    let names = Names::new(live, jiff::Timestamp::UNIX_EPOCH);
    let sql = format!(
        "SELECT datname::text, CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT') THEN pg_catalog.pg_database_size(oid) ELSE 0 END \
         FROM pg_catalog.pg_database WHERE datname ~ {} ORDER BY datname",
        literal(&format!("^{}$", names.pattern("replaced"))).trim_start()
    );
    let failed = |source| CommandError::of(Exit::Failed, &source).during("looking for databases that were replaced");
    Ok(session.rows(&sql).await.map_err(failed)?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn back(context: &Context<'_>, project: &Project) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let claimed = context.claimed_name(project)?;
    let settings = context.settings(project)?.settings;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    let live = pair.session.scalar("SELECT current_database()").await.ok().flatten().unwrap_or_default();
    let Some((former, _)) = replaced(&pair.session, &live).await?.pop() else {
        return Err(CommandError::new(Exit::Refused, format!("no database is there that {live} was before")));
    };
    let mut names = Names::free(&pair.session, &live).await?;
    names.new = former;
    context.confirm(
        &format!(
            "exchanging puts {} in the place of {claimed}; what was written since stays behind in {}",
            names.new, names.kept
        ),
        &claimed,
    )?;
    history::lock_runs_only(&pair.session).await?;
    let swapped = exchange(context, &settings, &names).await?;
    drop(pair);
    release(context, &settings, &live).await;
    ui.result(json!({ "target": claimed, "swap": swapped, "live": names.new, "kept": names.kept }));
    ui.out(format!("{live} is what was {} before; nobody could connect for {}", names.new, duration(swapped.fence_ms)));
    ui.out(format!("what it was until now is in {}", names.kept));
    Ok(Exit::Ok)
}

async fn drop_replaced(context: &Context<'_>, project: &Project, name: &str) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let session = context.connect(project).await?;
    let live = session.scalar("SELECT current_database()").await.ok().flatten().unwrap_or_default();
    let found = replaced(&session, &live).await?;
    let aside = in_place::put_aside(&session).await?;
    if name.is_empty() {
        let list = |found: &[(String, i64)], what: &str| -> Vec<_> {
            found.iter().map(|(name, size)| json!({ what: name, "bytes": size })).collect()
        };
        ui.result(json!({ "replaced": list(&found, "database"), "put_aside": list(&aside, "schema") }));
        if found.is_empty() && aside.is_empty() {
            ui.say("nothing is kept that a restore replaced");
        }
        let row = |what: &str, (name, size): &(String, i64)| {
            vec![name.clone(), what.to_owned(), size_of(u64::try_from(*size).unwrap_or(0))]
        };
        let rows: Vec<Vec<String>> =
            found.iter().map(|one| row("database", one)).chain(aside.iter().map(|one| row("schema", one))).collect();
        if !rows.is_empty() {
            ui.table(&["name", "", "size"], &rows);
        }
        return Ok(Exit::Ok);
    }
    let is = |found: &[(String, i64)]| found.iter().any(|(there, _)| there == name);
    let sql = match (is(&found), is(&aside)) {
        (true, _) => format!("DROP DATABASE {}", ident(name)),
        (_, true) => format!("DROP SCHEMA {} CASCADE", ident(name)),
        _ => {
            return Err(CommandError::new(Exit::Usage, format!("{name} is nothing that a restore of {live} replaced"))
                .hint("`backout restore --drop-replaced` lists what is"));
        }
    };
    let claimed = context.claimed_name(project)?;
    context.identify(&session, &claimed).await?;
    context.confirm(&format!("dropping {name} removes what {claimed} was before the restore for good"), &claimed)?;
    if is(&found) {
        capture::release_slot(&session, name).await?;
    }
    let dropped = session.batch(&sql).await;
    dropped.map_err(|source| CommandError::of(Exit::Failed, &source).during(&format!("dropping {name}")))?;
    ui.result(json!({ "dropped": name }));
    ui.out(format!("dropped {name}"));
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_and_are_known_again() {
        let at = "2026-01-02T03:04:05Z".parse().expect("a moment");
        for live in ["shop", "größe.x", &"ä".repeat(31), &"x".repeat(63)] {
            let names = Names::new(live, at);
            assert!(names.new.len() <= 63 && names.kept.len() <= 63, "{}", names.new);
            assert!(names.kept.ends_with("_replaced_20260102t030405z"), "{}", names.kept);
            assert!(shortened(live).len() <= 36 && (live.len() > 36 || shortened(live) == *live), "{live}");
        }
        assert_ne!(shortened(&format!("{}1", "x".repeat(60))), shortened(&format!("{}2", "x".repeat(60))));
        assert_eq!(Names::new("a.b", at).pattern("replaced"), "a\\.b_replaced_[0-9]{8}t[0-9]{6}z");
    }
}
