//! Sequences and the columns that get their values from them: owned ones, those of identity columns, and those that a
//! default calls.
//!
//! Must not know: what follows from one that lags behind.

use super::{SYSTEM, among, is_theirs};
use crate::session::{DatabaseError, Session};

/// A sequence and a column that it numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    pub sequence: String,
    pub table: String,
    pub column: String,
    increment: i64,
    bounds: (i64, i64),
    cycles: bool,
    /// The column's type has numbers that can be compared.
    is_number: bool,
}

/// Where a sequence stands, and the outermost value of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub last: i64,
    pub is_called: bool,
    /// `None` where there is no value.
    pub outermost: Option<i128>,
}

/// What is wrong with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The next value was given out already, or is behind one that is there.
    Behind { next: i128, outermost: i128 },
    /// There is no next value.
    Exhausted { last: i64 },
}

/// Sequences that number columns of these tables, or of all.
///
/// # Errors
/// When the server says no.
pub async fn all(session: &Session, tables: &[u32]) -> Result<Vec<Numbered>, DatabaseError> {
    let sql = format!(
        "SELECT DISTINCT pg_catalog.format('%I.%I', sn.nspname, s.relname), pg_catalog.format('%I.%I', n.nspname, t.relname), n.nspname::text, \
           pg_catalog.quote_ident(a.attname), q.seqincrement, q.seqmin, q.seqmax, q.seqcycle, \
           a.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype, 'numeric'::pg_catalog.regtype) \
         FROM pg_catalog.pg_sequence q JOIN pg_catalog.pg_class s ON s.oid = q.seqrelid JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace \
         JOIN (SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number FROM pg_catalog.pg_depend d \
               WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                 AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 \
               UNION SELECT d.refobjid, x.adrelid, x.adnum FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef x ON x.oid = d.objid \
               WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) u ON u.sequence = s.oid \
         JOIN pg_catalog.pg_class t ON t.oid = u.relation JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.number AND NOT a.attisdropped \
         WHERE n.nspname NOT IN {SYSTEM} AND t.relkind IN ('r', 'p') AND {} ORDER BY 2, 4, 1",
        among("t.oid", tables)
    );
    let rows = session.rows(&sql).await?;
    let numbered = rows.iter().filter(|row| is_theirs(row.get(2))).map(|row| Numbered {
        sequence: row.get(0),
        table: row.get(1),
        column: row.get(3),
        increment: row.get(4),
        bounds: (row.get(5), row.get(6)),
        cycles: row.get(7),
        is_number: row.get(8),
    });
    Ok(numbered.collect())
}

impl Numbered {
    /// Where it stands. The column is read as of the transaction's snapshot and the sequence as of now, so that what
    /// others insert meanwhile is no fault.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn standing(&self, session: &Session) -> Result<Standing, DatabaseError> {
        let outermost = match (self.is_number, self.increment > 0) {
            (false, _) => "NULL::text".to_owned(),
            (true, up) => {
                let (most, whole) = if up { ("max", "ceil") } else { ("min", "floor") };
                let (table, column) = (&self.table, &self.column);
                format!("(SELECT pg_catalog.{whole}(pg_catalog.{most}({column})::numeric)::text FROM {table})")
            }
        };
        let sql = format!("SELECT s.last_value, s.is_called, {outermost} FROM {} s", self.sequence);
        let rows = session.rows(&sql).await?;
        let standing = rows.first().map(|row| Standing {
            last: row.get(0),
            is_called: row.get(1),
            outermost: row.get::<_, Option<String>>(2).and_then(|text| text.parse().ok()),
        });
        Ok(standing.unwrap_or(Standing { last: 0, is_called: false, outermost: None }))
    }

    /// What is wrong with it, if anything.
    pub fn fault(&self, standing: &Standing) -> Option<Fault> {
        let step = i128::from(self.increment);
        let next = i128::from(standing.last) + if standing.is_called { step } else { 0 };
        let (least, most) = (i128::from(self.bounds.0), i128::from(self.bounds.1));
        if !self.cycles && !(least..=most).contains(&next) {
            return Some(Fault::Exhausted { last: standing.last });
        }
        let outermost = standing.outermost?;
        let is_behind = if self.increment > 0 { next <= outermost } else { next >= outermost };
        is_behind.then_some(Fault::Behind { next, outermost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_decides() {
        let of = |increment, bounds, cycles| Numbered {
            sequence: "s".to_owned(),
            table: "t".to_owned(),
            column: "c".to_owned(),
            increment,
            bounds,
            cycles,
            is_number: true,
        };
        let at = |last, is_called, outermost| Standing { last, is_called, outermost };
        let up = of(1, (1, 100), false);
        assert_eq!(up.fault(&at(7, true, Some(7))), None);
        assert_eq!(up.fault(&at(7, true, Some(8))), Some(Fault::Behind { next: 8, outermost: 8 }));
        assert_eq!(up.fault(&at(1, false, Some(1))), Some(Fault::Behind { next: 1, outermost: 1 }));
        assert_eq!(up.fault(&at(1, false, None)), None);
        assert_eq!(up.fault(&at(100, true, None)), Some(Fault::Exhausted { last: 100 }));
        assert_eq!(of(1, (1, 100), true).fault(&at(100, true, None)), None);
        let down = of(-1, (-100, -1), false);
        assert_eq!(down.fault(&at(-7, true, Some(-7))), None);
        assert_eq!(down.fault(&at(-7, true, Some(-9))), Some(Fault::Behind { next: -8, outermost: -9 }));
    }
}
