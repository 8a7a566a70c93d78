//! What a target allows and what stands in the way, before anything is tried: looked at in one go, then judged purely.
//!
//! Must not know: the plan's file, the programs on this machine, or who shows the findings.

use backout_plan::Finding;
use backout_plan::plan::TablePattern;
use backout_schema::qualified;
use serde::Serialize;

use crate::session::{DatabaseError, Session};

/// The oldest and the newest major version that the catalog reader is tested with.
pub const SUPPORTED: std::ops::RangeInclusive<u32> = 14..=18;

/// A transaction that is older than this holds locks long enough to matter.
const LONG_TRANSACTION_SECONDS: f64 = 60.0;

/// What was seen in one target.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Observations {
    pub server_version: String,
    pub server_major: u32,
    pub database: String,
    pub role: String,
    pub role_is_superuser: bool,
    pub role_bypasses_rls: bool,
    pub role_can_replicate: bool,
    pub may_create_schemas: bool,
    /// Whether our schema is there; then creating it is no matter.
    pub initialised: bool,
    pub track_counts: bool,
    pub read_only: bool,
    pub wal_level: String,
    pub max_locks: i64,
    /// All tables outside the system's schemas and ours: (schema, table).
    pub tables: Vec<(String, String)>,
    /// (schema, owner) of schemas that the role does not own.
    pub foreign_schemas: Vec<(String, String)>,
    /// (table, owner) of tables that the role does not own.
    pub foreign_tables: Vec<(String, String)>,
    /// Tables with FORCE ROW LEVEL SECURITY.
    pub forced_rls: Vec<String>,
    /// Publications FOR ALL TABLES.
    pub publications_for_all: Vec<String>,
    /// Tables without a key that such a publication covers.
    pub published_without_key: Vec<String>,
    /// Logical replication slots of this database.
    pub logical_slots: Vec<String>,
    /// (event trigger, owner), enabled ones.
    pub event_triggers: Vec<(String, String)>,
    /// (extension, version), the language plpgsql left out.
    pub extensions: Vec<(String, String)>,
    /// (process id, user, seconds, state) of long transactions in this database.
    pub long_transactions: Vec<(i32, String, f64, String)>,
    /// (identifier, owner) of prepared transactions in this database.
    pub prepared_transactions: Vec<(String, String)>,
    /// Indexes that a failed CREATE INDEX CONCURRENTLY left behind.
    pub invalid_indexes: Vec<String>,
    /// Whether the process list shows other roles' sessions.
    pub sees_all_sessions: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("looking at the target: {what}")]
pub struct DoctorError {
    pub what: &'static str,
    #[source]
    pub source: DatabaseError,
}

const SETTINGS: &str = "
SELECT current_setting('server_version'), current_database()::text, current_user::text, r.rolsuper, r.rolbypassrls, r.rolreplication,
       has_database_privilege(current_database(), 'CREATE'), to_regclass('backout.target') IS NOT NULL,
       current_setting('track_counts')::boolean, pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean,
       current_setting('wal_level'), current_setting('max_locks_per_transaction')::bigint,
       r.rolsuper OR pg_has_role('pg_read_all_stats', 'USAGE')
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user";

/// The schemas of the system and ours are nobody's business; neither is what belongs to an extension.
const TABLES: &str = "
SELECT n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, c.relforcerowsecurity,
       c.relowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) OR pg_has_role(c.relowner, 'USAGE'),
       c.relkind = 'r' AND c.relpersistence = 'p' AND c.relreplident = 'd'
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND n.nspname <> 'backout' AND n.nspname !~ '^backout_(archive|undone)_[0-9]'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2";

const SCHEMAS: &str = "
SELECT n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^backout'
  AND NOT pg_has_role(n.nspowner, 'USAGE') AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid)
ORDER BY 1";

const LONG: &str = "
SELECT pid, coalesce(usename::text, ''), extract(epoch FROM clock_timestamp() - xact_start)::float8, coalesce(state, 'not shown')
FROM pg_catalog.pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  AND xact_start < clock_timestamp() - make_interval(secs => $1) ORDER BY xact_start";

fn failed(what: &'static str) -> impl FnOnce(DatabaseError) -> DoctorError {
    move |source| DoctorError { what, source }
}

async fn pairs(session: &Session, what: &'static str, sql: &str) -> Result<Vec<(String, String)>, DoctorError> {
    let rows = session.query(sql, &[]).await.map_err(failed(what))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Looks at everything. Changes nothing.
///
/// # Errors
/// When the server says no to a question about its own catalogs.
pub async fn observe(session: &Session) -> Result<Observations, DoctorError> {
    let row = session.query_one(SETTINGS, &[]).await.map_err(failed("settings and role"))?;
    let mut seen = Observations {
        server_version: row.get(0),
        server_major: session.server_major(),
        database: row.get(1),
        role: row.get(2),
        role_is_superuser: row.get(3),
        role_bypasses_rls: row.get(4),
        role_can_replicate: row.get(5),
        may_create_schemas: row.get(6),
        initialised: row.get(7),
        track_counts: row.get(8),
        read_only: row.get(9),
        wal_level: row.get(10),
        max_locks: row.get(11),
        sees_all_sessions: row.get(12),
        ..Observations::default()
    };
    let publications = pairs(
        session,
        "publications",
        "SELECT pubname::text, '' FROM pg_catalog.pg_publication WHERE puballtables ORDER BY 1",
    )
    .await?;
    seen.publications_for_all = publications.into_iter().map(|(name, _)| name).collect();
    for row in session.query(TABLES, &[]).await.map_err(failed("tables"))? {
        let (schema, table, owner): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let name = qualified(&schema, &table);
        if row.get(3) {
            seen.forced_rls.push(name.clone());
        }
        if !row.get::<_, bool>(4) {
            seen.foreign_tables.push((name.clone(), owner));
        }
        if row.get(5) && !seen.publications_for_all.is_empty() {
            seen.published_without_key.push(name);
        }
        seen.tables.push((schema, table));
    }
    seen.logical_slots = pairs(session, "replication slots",
        "SELECT slot_name::text, '' FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' AND database = current_database() ORDER BY 1",
    )
    .await?
    .into_iter()
    .map(|(name, _)| name)
    .collect();
    seen.foreign_schemas = pairs(session, "schemas", SCHEMAS).await?;
    seen.event_triggers = pairs(session, "event triggers",
        "SELECT evtname::text, pg_catalog.pg_get_userbyid(evtowner)::text FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1",
    )
    .await?;
    seen.extensions = pairs(
        session,
        "extensions",
        "SELECT extname::text, extversion FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY 1",
    )
    .await?;
    seen.prepared_transactions = pairs(session, "prepared transactions",
        "SELECT gid, owner::text FROM pg_catalog.pg_prepared_xacts WHERE database = current_database() ORDER BY prepared",
    )
    .await?;
    seen.invalid_indexes = pairs(
        session,
        "invalid indexes",
        "SELECT indexrelid::regclass::text, '' FROM pg_catalog.pg_index WHERE NOT indisvalid ORDER BY 1",
    )
    .await?
    .into_iter()
    .map(|(name, _)| name)
    .collect();
    for row in session.query(LONG, &[&LONG_TRANSACTION_SECONDS]).await.map_err(failed("long transactions"))? {
        seen.long_transactions.push((row.get(0), row.get(1), row.get(2), row.get(3)));
    }
    Ok(seen)
}

/// A table that a team would miss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WeightyTable {
    /// Quoted as SQL needs it.
    pub name: String,
    /// The planner's estimate.
    pub rows: i64,
    /// Foreign keys that refer to it.
    pub keys: i64,
}

/// The tables with the most keys upon them and the most rows: at most six.
///
/// # Errors
/// When the server says no.
pub async fn weighty_tables(session: &Session) -> Result<Vec<WeightyTable>, DoctorError> {
    let rows =
        session.query(WEIGHTY, &[]).await.map_err(|source| DoctorError { what: "the largest tables", source })?;
    let table = |row: &tokio_postgres::Row| WeightyTable {
        name: qualified(row.get(0), row.get(1)),
        rows: row.get(2),
        keys: row.get(3),
    };
    Ok(rows.iter().map(table).collect())
}

/// Before the first ANALYZE, the size stands for the rows.
const WEIGHTY: &str = "
SELECT n.nspname::text, c.relname::text, greatest(c.reltuples, c.relpages, 0)::bigint,
       (SELECT count(*) FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confrelid = c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^backout'
  AND c.relname !~ 'migrations$'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 4 DESC, 3 DESC, 1, 2 LIMIT 6";

/// What the observations mean. `protected` are the plan's patterns. Worst first.
pub fn findings(seen: &Observations, protected: &[TablePattern]) -> Vec<Finding> {
    let mut found = Vec::new();
    server(seen, &mut found);
    privileges(seen, &mut found);
    for pattern in protected {
        if !seen.tables.iter().any(|(schema, table)| pattern.matches(schema, table)) {
            found.push(
                Finding::warning("protect.nothing", format!("the protected pattern {pattern} matches no table"))
                    .hint("correct it in [protect], or remove it: as it is, it protects nothing"),
            );
        }
    }
    surroundings(seen, &mut found);
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

fn server(seen: &Observations, found: &mut Vec<Finding>) {
    if !SUPPORTED.contains(&seen.server_major) {
        let (oldest, newest) = (SUPPORTED.start(), SUPPORTED.end());
        let finding = if seen.server_major < *oldest {
            Finding::error("server.version", format!("PostgreSQL {} is older than {oldest}", seen.server_version))
                .hint(format!("supported are {oldest} to {newest}"))
        } else {
            Finding::warning("server.version", format!("PostgreSQL {} is newer than {newest}", seen.server_version))
                .detail("its catalogs may hold things that Backout does not know and would not bring back")
        };
        found.push(finding);
    }
    if seen.read_only {
        found.push(
            Finding::error("server.read-only", "this server takes no writes")
                .hint("connect to the primary (target_session_attrs=read-write)"),
        );
    }
    if !seen.track_counts {
        found.push(
            Finding::error("server.track-counts", "track_counts is off")
                .detail("the counts of changed rows, by which a migration is guarded, are not kept")
                .hint("ALTER SYSTEM SET track_counts = on; then reload"),
        );
    }
}

fn privileges(seen: &Observations, found: &mut Vec<Finding>) {
    if !seen.may_create_schemas {
        let finding = Finding::error(
            "privileges.create",
            format!("the role {} may not create schemas in {}", seen.role, seen.database),
        )
        .detail(if seen.initialised {
            "what a migration drops could not be moved into an archive"
        } else {
            "neither the history nor an archive could be made"
        });
        found.push(finding.hint(format!(
            "GRANT CREATE ON DATABASE {} TO {};",
            backout_schema::ident(&seen.database),
            backout_schema::ident(&seen.role)
        )));
    }
    if seen.role_is_superuser {
        found.push(
            Finding::note("privileges.superuser", format!("the role {} is a superuser", seen.role))
                .detail("it may do everything, so a missing privilege of the application's roles does not show"),
        );
    } else {
        if !seen.foreign_schemas.is_empty() {
            found.push(
                Finding::note(
                    "owners.schemas",
                    listed("belong to other roles", "schema", &owned(&seen.foreign_schemas)),
                )
                .detail("migrations can change in them only what this role owns"),
            );
        }
        if !seen.foreign_tables.is_empty() {
            found.push(
                Finding::warning(
                    "owners.tables",
                    listed("belong to other roles", "table", &owned(&seen.foreign_tables)),
                )
                .detail("a migration that drops or alters them fails, and a key that refers to them cannot be detached")
                .hint("run migrations as a role that is a member of their owners"),
            );
        }
        if !seen.forced_rls.is_empty() && !seen.role_bypasses_rls {
            found.push(
                Finding::warning("rls.forced", listed("have FORCE ROW LEVEL SECURITY", "table", &seen.forced_rls))
                    .detail(
                        "this role sees a part of their rows at most: dropping one is safe (it is moved whole), but copying a dropped \
                         column or cloning their data is refused rather than done in part",
                    )
                    .hint("connect as a role with BYPASSRLS to have their columns kept and a full rehearsal"),
            );
        }
    }
}

fn surroundings(seen: &Observations, found: &mut Vec<Finding>) {
    if !seen.published_without_key.is_empty() {
        found.push(
            Finding::note(
                "publications.all-tables",
                format!(
                    "{} cover all tables: {}",
                    seen.publications_for_all.join(", "),
                    listed("have no primary key", "table", &seen.published_without_key)
                ),
            )
            .detail(
                "UPDATE and DELETE fail on these already; a copy that Backout makes has a key where its table has one",
            ),
        );
    } else if !seen.publications_for_all.is_empty() {
        found.push(
            Finding::note(
                "publications.all-tables",
                format!("{} cover all tables", seen.publications_for_all.join(", ")),
            )
            .detail("what is kept in the archive is published too, as long as it is there"),
        );
    }
    if !seen.logical_slots.is_empty() {
        found.push(
            Finding::note(
                "replication.slots",
                listed("reads the changes of this database", "logical replication slot", &seen.logical_slots),
            )
            .detail(
                "what is kept in the archive is decoded as writes to the archive's tables, a table that an undo recreates as writes to a new one, \
                 and a change of type not at all",
            )
            .hint("look at what reads from it before a migration that drops, changes types or is undone"),
        );
    }
    let own: Vec<String> = seen.event_triggers.iter().map(|(name, owner)| format!("{name} (of {owner})")).collect();
    if !own.is_empty() {
        found
            .push(Finding::note("event-triggers", listed("run at each DDL statement", "event trigger", &own)).detail(
                "they run for Backout's statements as well; one that refuses DDL stops a migration or an undo",
            ));
    }
    for (pid, user, seconds, state) in &seen.long_transactions {
        found.push(
            Finding::warning(
                "activity.long-transaction",
                format!("a transaction of {user} (process {pid}, {state}) has been open for {seconds:.0} s"),
            )
            .detail("a migration or an undo that needs its tables would give up waiting")
            .hint(format!("wait for it, or end it: SELECT pg_terminate_backend({pid});")),
        );
    }
    for (gid, owner) in &seen.prepared_transactions {
        found.push(
            Finding::warning("activity.prepared", format!("the prepared transaction {gid:?} of {owner} is open"))
                .detail("it keeps its locks until it is committed or rolled back, over restarts too")
                .hint("COMMIT PREPARED or ROLLBACK PREPARED it"),
        );
    }
    if !seen.invalid_indexes.is_empty() {
        found.push(
            Finding::note("indexes.invalid", listed("are invalid", "index", &seen.invalid_indexes))
                .detail("left by a CREATE INDEX CONCURRENTLY that failed; they cost writes and serve no reads"),
        );
    }
    if !seen.sees_all_sessions {
        found.push(
            Finding::note("activity.hidden", "this role does not see what other roles' sessions do")
                .detail("who holds a lock can be told by process id only")
                .hint(format!("GRANT pg_monitor TO {};", backout_schema::ident(&seen.role))),
        );
    }
}

fn owned(pairs: &[(String, String)]) -> Vec<String> {
    pairs.iter().map(|(name, owner)| format!("{name} (of {owner})")).collect()
}

/// `3 tables belong to other roles: a, b, c`; long lists are cut.
fn listed(what: &str, kind: &str, names: &[String]) -> String {
    const SHOWN: usize = 8;
    let (kind, what) = match (names.len(), what) {
        (1, "have FORCE ROW LEVEL SECURITY") => (kind.to_owned(), "has FORCE ROW LEVEL SECURITY"),
        (1, "have no primary key") => (kind.to_owned(), "has no primary key"),
        (1, "belong to other roles") => (kind.to_owned(), "belongs to another role"),
        (1, "run at each DDL statement") => (kind.to_owned(), "runs at each DDL statement"),
        (1, "are invalid") => (kind.to_owned(), "is invalid"),
        (_, what) if kind == "index" => ("indexes".to_owned(), what),
        (_, what) => (format!("{kind}s"), what),
    };
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} {kind} {what}: {shown}{more}", names.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use backout_plan::Severity;

    /// A target in which nothing is wrong.
    fn sound() -> Observations {
        Observations {
            server_version: "17.2".into(),
            server_major: 17,
            database: "app".into(),
            role: "owner".into(),
            may_create_schemas: true,
            track_counts: true,
            sees_all_sessions: true,
            tables: vec![("public".into(), "users".into())],
            ..Observations::default()
        }
    }

    #[test]
    fn each_thing_is_found_and_nothing_else() {
        type Change = fn(&mut Observations);
        let cases: &[(&str, Severity, Change)] = &[
            ("server.version", Severity::Error, |o| o.server_major = 13),
            ("server.version", Severity::Warning, |o| o.server_major = 19),
            ("server.read-only", Severity::Error, |o| o.read_only = true),
            ("server.track-counts", Severity::Error, |o| o.track_counts = false),
            ("privileges.create", Severity::Error, |o| o.may_create_schemas = false),
            ("privileges.superuser", Severity::Note, |o| o.role_is_superuser = true),
            ("owners.schemas", Severity::Note, |o| o.foreign_schemas = vec![("auth".into(), "admin".into())]),
            ("owners.tables", Severity::Warning, |o| o.foreign_tables = vec![("auth.users".into(), "admin".into())]),
            ("rls.forced", Severity::Warning, |o| o.forced_rls = vec!["public.users".into()]),
            ("protect.nothing", Severity::Warning, |o| o.tables.clear()),
            ("publications.all-tables", Severity::Note, |o| o.publications_for_all = vec!["p".into()]),
            ("replication.slots", Severity::Note, |o| o.logical_slots = vec!["s".into()]),
            ("event-triggers", Severity::Note, |o| o.event_triggers = vec![("e".into(), "admin".into())]),
            ("activity.long-transaction", Severity::Warning, |o| {
                o.long_transactions = vec![(7, "app".into(), 90.0, "idle in transaction".into())];
            }),
            ("activity.prepared", Severity::Warning, |o| o.prepared_transactions = vec![("x".into(), "app".into())]),
            ("indexes.invalid", Severity::Note, |o| o.invalid_indexes = vec!["i".into()]),
            ("activity.hidden", Severity::Note, |o| o.sees_all_sessions = false),
        ];
        let protected: Vec<TablePattern> = vec!["public.users".parse().expect("a pattern")];
        assert_eq!(findings(&sound(), &protected), []);
        for (code, severity, change) in cases {
            let mut seen = sound();
            change(&mut seen);
            let found: Vec<(String, Severity)> =
                findings(&seen, &protected).into_iter().map(|f| (f.code.into_owned(), f.severity)).collect();
            assert_eq!(found, [((*code).to_owned(), *severity)]);
        }
    }

    #[test]
    fn who_bypasses_row_security_misses_nothing() {
        let seen = Observations { forced_rls: vec!["a".into()], role_bypasses_rls: true, ..sound() };
        assert_eq!(findings(&seen, &[]), []);
    }

    #[test]
    fn lists_are_cut_and_agree_with_their_number() {
        let names: Vec<String> = (1..=10).map(|n| format!("t{n}")).collect();
        assert_eq!(listed("are invalid", "index", &names[..1]), "1 index is invalid: t1");
        assert_eq!(listed("are invalid", "index", &names[..2]), "2 indexes are invalid: t1, t2");
        assert!(listed("have no primary key", "table", &names).ends_with("t8 and 2 more"));
    }
}
