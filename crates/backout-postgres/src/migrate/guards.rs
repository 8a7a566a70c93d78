//! Guards: what must hold after every statement, whatever the statement was.

use super::{MigrateError, Rules};
use crate::catalog::{RowCounts, row_counts};
use crate::session::Session;
use backout_plan::plan::TablePattern;
use backout_schema::{Catalog, ObjectId, ident, literal};
use backout_sql::analysis::SessionCommand;
use backout_sql::script::Statement;
use std::collections::BTreeMap;
use std::time::Duration;

/// What of the session must not change under a migration.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Baseline {
    role: String,
    session_role: String,
    replication_role: String,
    row_security: String,
}

const STATE: &str = "SELECT current_user::text, session_user::text, current_setting('session_replication_role'), \
     current_setting('row_security'), (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'lock_timeout')";

impl Baseline {
    pub async fn read(session: &Session) -> Result<Baseline, MigrateError> {
        Ok(read(session).await?.0)
    }

    pub fn role_name(&self) -> &str {
        &self.role
    }

    /// Sets what our own statements rely on, inside the open transaction.
    pub async fn reassert(&self, session: &Session, rules: &Rules) -> Result<(), MigrateError> {
        session
            .batch(&format!(
                "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
                millis(rules.lock_timeout),
                millis(rules.statement_timeout)
            ))
            .await
            .map_err(MigrateError::server("setting the lock budget"))
    }

    /// The lock budget alone, which a statement may have changed.
    pub async fn budget(&self, session: &Session, rules: &Rules) -> Result<(), MigrateError> {
        session
            .batch(&format!("SET LOCAL lock_timeout = {}", millis(rules.lock_timeout)))
            .await
            .map_err(MigrateError::server("setting the lock budget"))
    }
}

fn millis(duration: Duration) -> u128 {
    duration.as_millis()
}

async fn read(session: &Session) -> Result<(Baseline, i64), MigrateError> {
    let row = session
        .client
        .query_typed(STATE, &[])
        .await
        .map_err(|e| MigrateError::Server { doing: "reading the session's state", source: e.into() })?
        .pop();
    let Some(row) = row else {
        return Err(MigrateError::Unsupported("the session's state cannot be read".to_owned()));
    };
    Ok((
        Baseline { role: row.get(0), session_role: row.get(1), replication_role: row.get(2), row_security: row.get(3) },
        row.get(4),
    ))
}

/// A table that must come through, by object id.
#[derive(Clone, Debug)]
pub struct Protected {
    pub id: ObjectId,
    pub name: String,
    file: u32,
    had_rows: bool,
}

/// Finds the protected tables. Patterns that match nothing protect nothing: `doctor` says so.
pub(super) async fn protected(
    session: &Session,
    catalog: &Catalog,
    patterns: &[TablePattern],
) -> Result<Vec<Protected>, MigrateError> {
    let mut found = Vec::new();
    for object in catalog.outside().filter(|o| o.holds_rows()) {
        let schema = object.schema.as_deref().unwrap_or_default();
        if !patterns.iter().any(|p| p.matches(schema, &object.name)) {
            continue;
        }
        let name = catalog.sql_name(object.id);
        found.push(Protected {
            id: object.id,
            file: catalog.storage(object.id.oid).map_or(0, |s| s.file),
            had_rows: has_rows(session, &name).await,
            name,
        });
    }
    Ok(found)
}

/// Whether a table has a row that we can see. One that we may not read counts as full.
async fn has_rows(session: &Session, name: &str) -> bool {
    let sql = format!("SAVEPOINT backout_look; SELECT EXISTS (SELECT FROM {name}); RELEASE SAVEPOINT backout_look");
    match session.scalar(&sql).await {
        Ok(value) => value.as_deref() != Some("f"),
        Err(_) => {
            // The savepoint is what makes it harmless that we may not look.
            let _ = session.batch("ROLLBACK TO SAVEPOINT backout_look; RELEASE SAVEPOINT backout_look").await;
            true
        }
    }
}

/// Refuses settings that would take the guards off.
pub(super) fn setting(statement: &Statement, command: &SessionCommand, rules: &Rules) -> Result<(), MigrateError> {
    let refuse = |problem: &str, hint: &str| Err(MigrateError::guard(statement, problem, hint));
    match command.name.as_str() {
        "role" | "session_authorization" => refuse(
            "the migration changes its role, and guards and ownership hang on the role",
            "connect as the role that shall own the result, and leave SET ROLE out",
        ),
        "session_replication_role" => refuse(
            "session_replication_role switches triggers and foreign keys off",
            "leave it out: rows that no key checked would stay",
        ),
        "all" => refuse("this resets the lock budget and every other setting", "reset single settings by name"),
        "lock_timeout" => {
            let asked = command.value.as_deref().and_then(milliseconds);
            match asked {
                Some(ms) if ms > 0 && u128::from(ms) <= rules.lock_timeout.as_millis() => Ok(()),
                _ => refuse(
                    &format!(
                        "lock_timeout may only be made shorter than the plan's {} ms",
                        rules.lock_timeout.as_millis()
                    ),
                    "leave it out, or raise lock_timeout under [migrate] in backout.toml",
                ),
            }
        }
        _ => Ok(()),
    }
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

impl super::Run<'_> {
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

    /// Protected tables: still there by object id, not emptied, no more rows deleted than allowed, and
    /// no rows changed while their triggers were off.
    pub(super) async fn protected_are_whole(
        &self,
        statement: &Statement,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        if !self.protected.is_empty() {
            let oids: Vec<u32> = self.protected.iter().map(|p| p.id.oid).collect();
            let rows = self
                .session
                .client
                .query_typed(
                    "SELECT c.oid, c.relfilenode, n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
                     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1)",
                    &[(&oids, tokio_postgres::types::Type::OID_ARRAY)],
                )
                .await
                .map_err(|e| MigrateError::Server { doing: "looking after the protected tables", source: e.into() })?;
            for table in &self.protected {
                let row = rows.iter().find(|r| r.get::<_, u32>(0) == table.id.oid);
                let Some(row) = row else {
                    return Err(MigrateError::guard(
                        statement,
                        format!("it drops the protected table {}", table.name),
                        "a table of that name made anew is another table: its rows would be gone",
                    ));
                };
                let file: u32 = row.get(1);
                let name = backout_schema::qualified(row.get(2), row.get(3));
                if file != table.file && table.had_rows && !has_rows(self.session, &name).await {
                    return Err(MigrateError::guard(
                        statement,
                        format!("it empties the protected table {}", table.name),
                        "TRUNCATE … CASCADE reaches every table with a key to the one it names",
                    ));
                }
            }
        }
        let counts = row_counts(&self.session.client).await?;
        let mut changed: Vec<u32> = Vec::new();
        for (oid, count) in &counts {
            let delta = count.since(rows_before.get(oid).copied().unwrap_or_default());
            if delta.updated > 0 || delta.deleted > 0 || delta.inserted > 0 {
                changed.push(*oid);
            }
            if let Some(table) = self.protected.iter().find(|p| p.id.oid == *oid)
                && delta.deleted > 0
                && u64::try_from(delta.deleted).is_ok_and(|n| n > self.rules.max_deleted_rows)
            {
                return Err(MigrateError::guard(
                    statement,
                    format!(
                        "{} rows of the protected table {} are deleted by now, and {} are allowed",
                        delta.deleted, table.name, self.rules.max_deleted_rows
                    ),
                    "raise max_deleted_rows under [protect] in backout.toml if that is meant",
                ));
            }
        }
        self.triggers_were_on(statement, &changed).await
    }

    async fn triggers_were_on(&self, statement: &Statement, changed: &[u32]) -> Result<(), MigrateError> {
        if changed.is_empty() {
            return Ok(());
        }
        let rows = self
            .session
            .client
            .query_typed(
                "SELECT g.oid, g.tgname::text, g.tgrelid, g.tgrelid::regclass::text, g.tgisinternal FROM pg_catalog.pg_trigger g \
                 WHERE g.tgenabled = 'D' AND g.tgrelid = ANY ($1)",
                &[(&changed, tokio_postgres::types::Type::OID_ARRAY)],
            )
            .await
            .map_err(|e| MigrateError::Server { doing: "looking after triggers", source: e.into() })?;
        for row in rows {
            let id = ObjectId::new(backout_schema::Class::Trigger, row.get(0));
            let was_on = match self.before.get(id).map(|o| &o.detail) {
                Some(backout_schema::Detail::Trigger(t)) => t.enabled != 'D',
                // A foreign key's own trigger: nobody switches one off by accident.
                _ => row.get::<_, bool>(4) && self.existed.contains(&ObjectId::relation(row.get(2))),
            };
            if was_on {
                return Err(MigrateError::guard(
                    statement,
                    format!(
                        "rows of {} are changed while the migration has switched the trigger {} off",
                        row.get::<_, String>(3),
                        ident(row.get(1))
                    ),
                    "rows that no trigger and no foreign key checked would stay: leave DISABLE TRIGGER out",
                ));
            }
        }
        Ok(())
    }

    /// The plan's own checks, in the transaction, before COMMIT.
    pub(super) async fn checks_hold(&self) -> Result<(), MigrateError> {
        for check in &self.rules.checks {
            let failed = |problem: String| MigrateError::Check { name: check.name.clone(), problem };
            let rows = self
                .session
                .client
                .simple_query(&check.sql)
                .await
                .map_err(|e| failed(crate::session::DatabaseError::from(e).to_string()))?;
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
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

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
