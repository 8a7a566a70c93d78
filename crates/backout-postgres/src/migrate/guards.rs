//! Guards: what must hold after every statement, whatever the statement was.

use super::counters::Moment;
use super::{Counters, Environment, MigrateError, Origin, Rules, Run};
use crate::catalog::RowCounts;
use crate::session::Session;
use backout_plan::plan::TablePattern;
use backout_schema::{Catalog, Census, Class, Detail, ObjectId, ident, literal};
use backout_sql::analysis::SessionCommand;
use backout_sql::script::Statement;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What of the session must not change under a migration.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Baseline {
    role: String,
    session_role: String,
    replication_role: String,
    search_path: String,
    superuser: bool,
}

const STATE: &str = "SELECT current_user::text, session_user::text, pg_catalog.current_setting('session_replication_role'), \
     pg_catalog.current_setting('search_path'), (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'lock_timeout'), \
     (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)";

impl Baseline {
    pub async fn read(session: &Session) -> Result<Baseline, MigrateError> {
        Ok(read(session).await?.0)
    }

    pub fn role_name(&self) -> &str {
        &self.role
    }

    pub fn is_superuser(&self) -> bool {
        self.superuser
    }

    /// Sets what our own statements rely on, inside the open transaction.
    pub async fn reassert(&self, session: &Session, rules: &Rules, patience: Duration) -> Result<(), MigrateError> {
        session
            .batch(&format!(
                "{}SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
                session.watch_client(),
                millis(patience),
                millis(rules.statement_timeout)
            ))
            .await
            .map_err(MigrateError::server("setting the lock budget"))
    }

    /// The lock budget alone, which a statement may have changed.
    pub async fn budget(&self, session: &Session, patience: Duration) -> Result<(), MigrateError> {
        session
            .batch(&format!("{}SET LOCAL lock_timeout = {}", session.watch_client(), millis(patience)))
            .await
            .map_err(MigrateError::server("setting the lock budget"))
    }
}

/// Locks end soon after the process that holds them, whatever a file sets.
const WATCH: &str = "client_connection_check_interval";

fn millis(duration: Duration) -> u128 {
    duration.as_millis()
}

async fn read(session: &Session) -> Result<(Baseline, i64), MigrateError> {
    let row = session.query_typed(STATE, &[]).await.map_err(MigrateError::server("reading the session's state"))?.pop();
    let Some(row) = row else {
        return Err(MigrateError::Unsupported("the session's state cannot be read".to_owned()));
    };
    Ok((
        Baseline {
            role: row.get(0),
            session_role: row.get(1),
            replication_role: row.get(2),
            search_path: row.get(3),
            superuser: row.get(5),
        },
        row.get(4),
    ))
}

/// A table that must come through, by object id.
#[derive(Clone, Debug)]
pub struct Protected {
    pub id: ObjectId,
    pub name: String,
    /// The protected table whose partition or child this is.
    part_of: Option<String>,
    file: u32,
    had_rows: bool,
}

impl Protected {
    /// `the protected table public.users`.
    fn words(&self) -> String {
        match &self.part_of {
            None => format!("the protected table {}", self.name),
            Some(whole) => format!("{}, which holds rows of the protected table {whole},", self.name),
        }
    }

    pub(super) fn dropped(&self) -> String {
        format!("it drops {}", self.words().trim_end_matches(','))
    }
}

/// What to say where a protected table goes.
pub(super) const RECREATED: &str = "a table of that name recreated is another table: its rows would be gone";

/// Finds the protected tables, and the partitions and children that hold their rows. Patterns that
/// match nothing protect nothing: `doctor` says so.
pub(super) async fn protected(
    session: &Session,
    catalog: &Catalog,
    patterns: &[TablePattern],
) -> Result<Vec<Protected>, MigrateError> {
    let matches = |schema: &str, name: &str| patterns.iter().any(|p| p.matches(schema, name));
    let mut found: Vec<Protected> = Vec::new();
    let add = |found: &mut Vec<Protected>, id: ObjectId, part_of: Option<String>| {
        found.push(Protected {
            id,
            name: catalog.sql_name(id),
            part_of,
            file: catalog.storage(id.oid).map_or(0, |s| s.file),
            had_rows: false,
        });
    };
    for object in catalog.outside().filter(|o| o.holds_rows()) {
        if matches(object.schema.as_deref().unwrap_or_default(), &object.name) {
            add(&mut found, object.id, None);
        }
    }
    let mut next = 0;
    while next < found.len() {
        let (whole, name) = (found[next].id, found[next].part_of.clone().unwrap_or_else(|| found[next].name.clone()));
        next += 1;
        for object in catalog.outside() {
            let Detail::Table(table) = &object.detail else { continue };
            let holds_its_rows = table.partition_of == Some(whole) || table.inherits.contains(&whole);
            if holds_its_rows && !found.iter().any(|p| p.id == object.id) {
                add(&mut found, object.id, Some(name.clone()));
            }
        }
    }
    let full = with_rows(session, &found.iter().map(|p| (p.id.oid, p.name.clone())).collect::<Vec<_>>()).await?;
    for table in &mut found {
        table.had_rows = full.contains(&table.id.oid);
    }
    Ok(found)
}

/// Which of these tables have a row. One that we may not read counts as full as long as it has storage.
async fn with_rows(session: &Session, tables: &[(u32, String)]) -> Result<BTreeSet<u32>, MigrateError> {
    if tables.is_empty() {
        return Ok(BTreeSet::new());
    }
    let oids: Vec<u32> = tables.iter().map(|(oid, _)| *oid).collect();
    let rows = session
        .query_typed(
            "SELECT c.oid, pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT pg_catalog.row_security_active(c.oid) FROM pg_catalog.pg_class c \
             WHERE c.oid = ANY ($1) AND pg_catalog.pg_relation_size(c.oid) > 0",
            &[(&oids, tokio_postgres::types::Type::OID_ARRAY)],
        )
        .await
        .map_err(MigrateError::server("asking how large the protected tables are"))?;
    let (readable, closed): (Vec<&tokio_postgres::Row>, Vec<_>) = rows.iter().partition(|r| r.get::<_, bool>(1));
    let mut full: BTreeSet<u32> = closed.iter().map(|r| r.get(0)).collect();
    let readable: BTreeSet<u32> = readable.iter().map(|r| r.get(0)).collect();
    let looks: Vec<String> = tables
        .iter()
        .filter(|(oid, _)| readable.contains(oid))
        .map(|(oid, name)| format!("SELECT {oid}::oid WHERE EXISTS (SELECT FROM ONLY {name})"))
        .collect();
    for some in looks.chunks(200) {
        let failed = || MigrateError::server("looking into the protected tables");
        let looking = session.plain_savepoint("backout_look").await.map_err(failed())?;
        match session.rows(&some.join(" UNION ALL ")).await {
            Ok(rows) => full.extend(rows.iter().map(|row| row.get::<_, u32>(0))),
            Err(_) => full.extend(&readable),
        }
        // That gives back the locks, and makes it harmless that we may not look.
        looking.take_back().await.map_err(failed())?;
    }
    Ok(full)
}

/// Settings that no migration may touch, whatever the plan says: what is wrong with it, and what to do.
pub(super) fn forbidden(command: &SessionCommand) -> Option<(&'static str, &'static str)> {
    match command.name.as_str() {
        "role" | "session_authorization" => Some((
            "the migration changes its role, and guards and ownership hang on the role",
            "connect as the role that shall own the result, and leave SET ROLE out",
        )),
        "session_replication_role" if command.value.as_deref().is_none_or(|value| unquoted(value) != "origin") => {
            Some((
                "session_replication_role switches triggers and foreign keys off",
                "leave it out: rows that no key checked would stay",
            ))
        }
        "all" => Some(("this resets the lock budget and every other setting", "reset single settings by name")),
        "session_characteristics"
        | "default_transaction_isolation"
        | "default_transaction_read_only"
        | "default_transaction_deferrable" => Some((
            "this changes how the transactions begin that Backout itself needs",
            "leave it out: guards must see what others commit meanwhile",
        )),
        "transaction" | "transaction_isolation" => {
            let value = command.value.as_deref().unwrap_or_default().to_ascii_lowercase();
            let sees_the_past = value.contains("repeatable") || value.contains("serializable");
            sees_the_past.then_some((
                "at this isolation level the transaction would not see what others commit meanwhile",
                "leave it out: guards must see that, and the locks keep the migration's tables still",
            ))
        }
        _ => None,
    }
}

/// Refuses settings that would take the guards off. Returns whether the file may have what it asks for: it cannot have
/// a longer wait for locks than the plan allows, since all others wait behind it, and gets the plan's; nor may it keep
/// the server from noticing that we are gone.
pub(super) fn setting(statement: &Statement, command: &SessionCommand, rules: &Rules) -> Result<bool, MigrateError> {
    if let Some((problem, hint)) = forbidden(command) {
        return Err(MigrateError::guard(statement, problem, hint));
    }
    if command.name == WATCH {
        return Ok(false);
    }
    if command.name != "lock_timeout" {
        return Ok(true);
    }
    // What is no time at all the server will say.
    let Some(value) = &command.value else { return Ok(false) };
    Ok(milliseconds(value).is_none_or(|ms| ms > 0 && u128::from(ms) <= rules.lock_timeout.as_millis()))
}

fn unquoted(value: &str) -> String {
    value.trim().trim_matches(['\'', '"']).to_ascii_lowercase()
}

/// `2s`, `500`, `'1min'` as milliseconds.
fn milliseconds(value: &str) -> Option<u64> {
    let value = value.trim().trim_matches('\'').trim();
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let number: u64 = value[..digits].parse().ok()?;
    let factor = match value[digits..].trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

impl Run<'_> {
    /// In place of a setting that a file cannot have.
    pub(super) async fn keep_budget(
        &mut self,
        statement: &Statement,
        command: &SessionCommand,
    ) -> Result<(), MigrateError> {
        self.env.baseline.budget(self.env.session, self.locking.patience).await?;
        let note = if command.name == WATCH {
            format!("{}: {WATCH} stays as it is, so that no lock outlives this process", statement.location)
        } else {
            format!(
                "{}: lock_timeout stays within the plan's {} ms; an attempt that waits longer is made again",
                statement.location,
                self.env.rules.lock_timeout.as_millis()
            )
        };
        if !self.told.notes.contains(&note) {
            self.told.notes.push(note);
        }
        Ok(())
    }
}

impl Environment<'_> {
    /// After a statement that could do anything: is the session still the one that began?
    pub(super) async fn session_is_ours(&self, statement: &Statement) -> Result<(), MigrateError> {
        let (now, lock_timeout) = read(self.session).await?;
        let changed = [
            ("role", &self.baseline.role, &now.role),
            ("session_authorization", &self.baseline.session_role, &now.session_role),
            ("session_replication_role", &self.baseline.replication_role, &now.replication_role),
        ];
        for (what, then, now) in changed {
            if then != now {
                return Err(MigrateError::guard(
                    statement,
                    format!("the statement changed {what} from {then} to {now} behind the guards"),
                    "leave the change out",
                ));
            }
        }
        if lock_timeout <= 0 || u128::try_from(lock_timeout).is_ok_and(|ms| ms > self.rules.lock_timeout.as_millis()) {
            return Err(MigrateError::guard(
                statement,
                format!("the statement raised lock_timeout to {lock_timeout} ms behind the guards"),
                "leave the change out",
            ));
        }
        Ok(())
    }

    /// How a statement, or a function that it names, may write where no rollback reaches: through the extension dblink,
    /// or in a language that may do anything.
    pub(super) async fn writes_elsewhere(&self, statement: &Statement) -> Result<Option<String>, MigrateError> {
        if matches!(&statement.analysis.class, backout_sql::analysis::Class::Rows(rows) if !rows.calls_functions) {
            return Ok(None);
        }
        let row = self
            .session
            .query_typed(
                "WITH named AS (SELECT p.prosrc, p.prolang FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                   WHERE p.oid >= 16384 AND n.nspname <> 'pg_catalog' AND pg_catalog.strpos($1, p.proname::text) > 0 AND NOT EXISTS \
                   (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')) \
                 SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'dblink') \
                   AND ($1 ~* '\\mdblink' OR EXISTS (SELECT FROM named WHERE prosrc ~* '\\mdblink')), \
                 (SELECT l.lanname::text FROM pg_catalog.pg_language l WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c') \
                   AND (EXISTS (SELECT FROM named WHERE prolang = l.oid) OR $2 AND pg_catalog.strpos($1, l.lanname::text) > 0) LIMIT 1)",
                &[
                    (&statement.text, tokio_postgres::types::Type::TEXT),
                    (&(statement.analysis.tag == "DO"), tokio_postgres::types::Type::BOOL),
                ],
            )
            .await
            .map_err(MigrateError::server("looking for connections to elsewhere"))?;
        let Some(row) = row.first() else { return Ok(None) };
        let language: Option<String> = row.get(1);
        Ok(match (row.get(0), language) {
            (true, _) => Some("it uses dblink, which writes through a connection of its own".to_owned()),
            (_, Some(language)) => Some(format!("it runs code in {}, which may write anywhere", ident(&language))),
            _ => None,
        })
    }

    /// The plan's own checks, in the transaction, before COMMIT.
    pub(super) async fn checks_hold(&self) -> Result<(), MigrateError> {
        if self.rules.checks.is_empty() {
            return Ok(());
        }
        let failed = || MigrateError::server("preparing the plan's checks");
        // As the plan's author sees the database, whatever the migration set; and nothing of a check stays.
        let path = literal(&self.baseline.search_path);
        let set = format!("SELECT pg_catalog.set_config('search_path', {}, true)", path.trim_start());
        let checking = self.session.savepoint_and("backout_check", &set).await.map_err(failed())?;
        for check in &self.rules.checks {
            let failed = |problem: String| MigrateError::Check { name: check.name.clone(), problem };
            let rows = self.session.simple_query(&check.sql).await.map_err(|e| failed(e.to_string()))?;
            let values: Vec<Option<String>> = rows
                .iter()
                .filter_map(|m| match m {
                    tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
                    _ => None,
                })
                .collect();
            match values.as_slice() {
                [Some(value)] if value == "t" => {}
                [value] => {
                    return Err(failed(format!(
                        "it returned {}",
                        value.as_deref().map_or("NULL".to_owned(), |v| literal(v).trim_start().to_owned())
                    )));
                }
                rows => return Err(failed(format!("it returned {} rows, not one", rows.len()))),
            }
        }
        checking.take_back().await.map_err(MigrateError::server("ending the plan's checks"))
    }
}

impl Origin {
    /// After a statement: is the session still the one that began, are the protected tables whole, and,
    /// for a statement that can change rows, were their triggers on?
    pub(super) async fn look_around(
        &self,
        env: &Environment<'_>,
        counters: &Counters,
        statement: &Statement,
        rows_before: &BTreeMap<u32, RowCounts>,
        moment: Option<&Moment>,
    ) -> Result<(), MigrateError> {
        // In one round trip, since locks are held.
        let session = env.session_is_ours(statement);
        let tables = self.protected_are_there(env, statement);
        let counts = counters.row_counts(env);
        let ((), replaced, counts) = tokio::try_join!(session, tables, counts)?;
        if !replaced.is_empty() {
            let full = with_rows(env.session, &replaced).await?;
            if let Some(table) = self
                .protected
                .iter()
                .find(|p| p.had_rows && replaced.iter().any(|(oid, _)| *oid == p.id.oid) && !full.contains(&p.id.oid))
            {
                return Err(MigrateError::guard(
                    statement,
                    format!("it empties {}", table.words().trim_end_matches(',')),
                    "TRUNCATE … CASCADE reaches every table with a key to the one it names",
                ));
            }
        }
        self.no_rows_deleted(env, statement, rows_before, &counts)?;
        match moment {
            Some(moment) => self.triggers_were_on(env, statement, moment, &counts).await,
            None => Ok(()),
        }
    }

    /// Protected tables are still there by object id. Returns those whose storage was replaced, with their names.
    async fn protected_are_there(
        &self,
        env: &Environment<'_>,
        statement: &Statement,
    ) -> Result<Vec<(u32, String)>, MigrateError> {
        if self.protected.is_empty() {
            return Ok(Vec::new());
        }
        let oids: Vec<u32> = self.protected.iter().map(|p| p.id.oid).collect();
        let rows = env
            .session
            .query_typed(
                "SELECT c.oid, c.relfilenode, n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1)",
                &[(&oids, tokio_postgres::types::Type::OID_ARRAY)],
            )
            .await
            .map_err(MigrateError::server("looking after the protected tables"))?;
        let mut replaced = Vec::new();
        for table in &self.protected {
            let Some(row) = rows.iter().find(|r| r.get::<_, u32>(0) == table.id.oid) else {
                return Err(MigrateError::guard(statement, table.dropped(), RECREATED));
            };
            if row.get::<_, u32>(1) != table.file && table.had_rows {
                replaced.push((table.id.oid, backout_schema::qualified(row.get(2), row.get(3))));
            }
        }
        Ok(replaced)
    }

    fn no_rows_deleted(
        &self,
        env: &Environment<'_>,
        statement: &Statement,
        rows_before: &BTreeMap<u32, RowCounts>,
        counts: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        for table in &self.protected {
            let Some(count) = counts.get(&table.id.oid) else { continue };
            let deleted = count.since(rows_before.get(&table.id.oid).copied().unwrap_or_default()).deleted;
            if u64::try_from(deleted).is_ok_and(|n| n > env.rules.max_deleted_rows) {
                return Err(MigrateError::guard(
                    statement,
                    format!(
                        "{deleted} rows of {} are deleted by now, and {} are allowed",
                        table.words(),
                        env.rules.max_deleted_rows
                    ),
                    "raise max_deleted_rows under [protect] in backout.toml if that is meant",
                ));
            }
        }
        Ok(())
    }

    /// Code that replaces the storage of a protected table has truncated it, unless it changed a column
    /// too: then it is a rewrite, which keeps the rows. What came after a TRUNCATE hides it from counters.
    pub(super) fn not_truncated_by_code(
        &self,
        statement: &Statement,
        rewritten: &[ObjectId],
        before: &Census,
        after: &Census,
    ) -> Result<(), MigrateError> {
        for id in rewritten {
            let Some(table) = self.protected.iter().find(|p| p.id == *id && p.had_rows) else { continue };
            let is_column = |c: &ObjectId| c.class == Class::Relation && c.oid == id.oid && c.sub != 0;
            let changed =
                after.rows.iter().any(|(c, row)| is_column(c) && before.rows.get(c).is_none_or(|b| b.0 != row.0));
            let gone = before.rows.keys().any(|c| is_column(c) && !after.rows.contains_key(c));
            if !changed && !gone {
                return Err(MigrateError::guard(
                    statement,
                    format!("it replaces the rows of {} from inside code", table.words()),
                    "TRUNCATE and what came after it cannot be told apart: leave it out, or write CLUSTER at the top level",
                ));
            }
        }
        Ok(())
    }

    /// No rows changed by the statement while their triggers were off, also if it switched them on again.
    async fn triggers_were_on(
        &self,
        env: &Environment<'_>,
        statement: &Statement,
        moment: &Moment,
        counts: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let changed: Vec<u32> = counts
            .iter()
            .filter(|(oid, count)| {
                count.since(moment.rows.get(oid).copied().unwrap_or_default()) != RowCounts::default()
            })
            .map(|(oid, _)| *oid)
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let touched = env.trigger_changes().await? != moment.trigger_changes;
        // The age of a row of this transaction, or of a part of it, is not above zero.
        let rows = env
            .session
            .query_typed(
                "SELECT g.oid, g.tgname::text, g.tgrelid, g.tgrelid::pg_catalog.regclass::text, g.tgisinternal, g.tgconstraint, \
                 g.tgenabled IN ('D', 'R') FROM pg_catalog.pg_trigger g \
                 WHERE g.tgrelid = ANY ($1) AND (g.tgenabled IN ('D', 'R') OR ($2 AND pg_catalog.age(g.xmin) <= 0)) \
                 ORDER BY pg_catalog.starts_with(g.tgname::text, $3), g.oid",
                &[
                    (&changed, tokio_postgres::types::Type::OID_ARRAY),
                    (&touched, tokio_postgres::types::Type::BOOL),
                    // The user's own come first.
                    (&super::images::PREFIX, tokio_postgres::types::Type::TEXT),
                ],
            )
            .await
            .map_err(MigrateError::server("looking after triggers"))?;
        for row in rows {
            let id = ObjectId::new(Class::Trigger, row.get(0));
            let was_on = match self.catalog.get(id).map(|o| &o.detail) {
                Some(Detail::Trigger(t)) => matches!(t.enabled, 'O' | 'A'),
                // One that writes rows down for the undo.
                _ if row.get::<_, String>(1).starts_with(super::images::PREFIX) => true,
                // A foreign key's own trigger: nobody switches one off by accident.
                _ => {
                    row.get::<_, bool>(4)
                        && self.existed.contains(&ObjectId::relation(row.get(2)))
                        && self.existed.contains(&ObjectId::new(Class::Constraint, row.get(5)))
                }
            };
            if !was_on {
                continue;
            }
            let (table, trigger) = (row.get::<_, String>(3), ident(row.get(1)));
            let is_own = !row.get::<_, bool>(4) && !row.get::<_, String>(1).starts_with(super::images::PREFIX);
            if is_own && row.get(6) && !touched {
                // The file says so itself, and what writes the rows down is on.
                (env.watch)(super::Event::Note(format!(
                    "rows of {table} are changed without the trigger {trigger}, which the migration has switched off"
                )));
                continue;
            }
            let problem = if row.get(6) {
                format!("rows of {table} are changed while the migration has switched the trigger {trigger} off")
            } else {
                format!("one statement changes rows of {table} and switches its trigger {trigger}")
            };
            return Err(MigrateError::guard(
                statement,
                problem,
                "rows that no trigger and no foreign key checked would stay: leave DISABLE TRIGGER out",
            ));
        }
        Ok(())
    }

    pub(super) fn protected_not_among(
        &self,
        statement: &Statement,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        match self.protected.iter().find(|p| gone.contains(&p.id)) {
            None => Ok(()),
            Some(table) => Err(MigrateError::guard(statement, table.dropped(), RECREATED)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionCommand, forbidden, milliseconds};

    #[test]
    fn the_normal_state_may_be_set() {
        let set = |value: Option<&str>| SessionCommand {
            name: "session_replication_role".to_owned(),
            value: value.map(str::to_owned),
            local: true,
        };
        assert!(forbidden(&set(Some("origin"))).is_none() && forbidden(&set(Some("'Origin'"))).is_none());
        assert!(forbidden(&set(Some("replica"))).is_some() && forbidden(&set(None)).is_some());
    }

    #[test]
    fn reads_the_units_of_settings() {
        for (value, ms) in [
            ("500", Some(500)),
            ("'2s'", Some(2_000)),
            ("1min", Some(60_000)),
            ("'1 min'", Some(60_000)),
            ("0", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(milliseconds(value), ms, "{value}");
        }
    }
}
