//! Sequences that stand before where a backup has them, and whose next values are in rows that came back.
//!
//! Must not know: which rows these are.

use std::collections::BTreeSet;

use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{literal, qualified};
use serde::Serialize;

use crate::manifest::Sequence;

/// A sequence that went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forwarded {
    pub sequence: String,
    /// The value that it would have given.
    pub from: i64,
    /// The one that it gives now.
    pub to: i64,
}

/// One that stands before where it stood.
#[derive(Debug)]
pub struct Behind<'a> {
    name: String,
    then: &'a Sequence,
    increment: i64,
}

/// The sequences of these tables that stand before where they stood: those that their columns own, and those that
/// their defaults take values from.
pub async fn behind<'a>(
    session: &Session,
    tables: &BTreeSet<String>,
    then: &'a [Sequence],
) -> Result<Vec<Behind<'a>>, DatabaseError> {
    let tables: Vec<String> = tables.iter().map(|name| format!("{}::pg_catalog.regclass", literal(name))).collect();
    // Columns of partitions take values from the sequences of the whole.
    let sql = format!(
        "WITH RECURSIVE t(oid) AS (SELECT pg_catalog.unnest(ARRAY[{}]::pg_catalog.oid[]) \
           UNION SELECT i.inhparent FROM t JOIN pg_catalog.pg_inherits i ON i.inhrelid = t.oid) \
         SELECT n.nspname::text, s.relname::text, q.seqincrement FROM pg_catalog.pg_class s \
           JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace \
         WHERE pg_catalog.pg_has_role(s.relowner, 'USAGE') AND (EXISTS ( \
             SELECT FROM pg_catalog.pg_depend d JOIN t ON t.oid = d.refobjid WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid \
               AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')) \
           OR EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid JOIN t ON t.oid = a.adrelid \
               WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.oid)) \
         ORDER BY 1, 2",
        tables.join(", ")
    );
    let mut behind = Vec::new();
    for row in session.rows(&sql).await? {
        let (schema, name, increment): (String, String, i64) = (row.get(0), row.get(1), row.get(2));
        if let Some(then) = then.iter().find(|then| then.schema == schema && then.name == name) {
            let one = Behind { name: qualified(&schema, &name), then, increment };
            if one.is_behind(one.next(session).await?) {
                behind.push(one);
            }
        }
    }
    Ok(behind)
}

impl Behind<'_> {
    /// Nobody takes a value from it until the transaction ends, and what is set is set by COMMIT alone.
    pub fn lock(&self) -> String {
        format!("ALTER SEQUENCE {} INCREMENT BY {}", self.name, self.increment)
    }

    /// Sets it as it stood, unless it has gone on further meanwhile. It must be locked.
    pub async fn forward(&self, session: &Session) -> Result<Option<Forwarded>, DatabaseError> {
        let from = self.next(session).await?;
        if !self.is_behind(from) {
            return Ok(None);
        }
        session.batch(&crate::sequences::setvals([self.then])).await?;
        let number = |next: i128| i64::try_from(next).unwrap_or(self.then.last_value);
        Ok(Some(Forwarded { sequence: self.name.clone(), from: number(from), to: number(self.next_then()) }))
    }

    fn is_behind(&self, now: i128) -> bool {
        let then = self.next_then();
        if self.increment < 0 { then < now } else { then > now }
    }

    fn next_then(&self) -> i128 {
        self.after(self.then.last_value, self.then.is_called)
    }

    async fn next(&self, session: &Session) -> Result<i128, DatabaseError> {
        let rows = session.rows(&format!("SELECT last_value, is_called FROM {}", self.name)).await?;
        Ok(rows.first().map_or(0, |row| self.after(row.get(0), row.get(1))))
    }

    fn after(&self, last: i64, is_called: bool) -> i128 {
        i128::from(last) + if is_called { i128::from(self.increment) } else { 0 }
    }
}
