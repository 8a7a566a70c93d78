//! Indexes: whether they can be used at all, and whether the planner uses one for a query.
//!
//! Must not know: why it would.

use std::collections::BTreeSet;

use backout_schema::literal;
use serde_json::Value;

use super::{SYSTEM, among, is_theirs};
use crate::session::{DatabaseError, Session};

/// How many indexes there are, and those that cannot be used, with why.
///
/// # Errors
/// When the server says no.
pub async fn invalid(session: &Session, tables: &[u32]) -> Result<(usize, Vec<(String, &'static str)>), DatabaseError> {
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, i.relname), n.nspname::text, x.indisvalid, x.indisready AND x.indislive \
         FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
         WHERE n.nspname NOT IN {SYSTEM} AND {} ORDER BY 1",
        among("x.indrelid", tables)
    );
    let rows = session.rows(&sql).await?;
    let theirs: Vec<_> = rows.iter().filter(|row| is_theirs(row.get(1))).collect();
    let invalid = theirs.iter().filter_map(|row| match (row.get::<_, bool>(2), row.get::<_, bool>(3)) {
        (true, true) => None,
        (false, _) => Some((row.get(0), "it is not valid")),
        (true, false) => Some((row.get(0), "it is not kept up to date")),
    });
    Ok((theirs.len(), invalid.collect()))
}

/// An index by its name: the table, and how plans call it, each of its partitions included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    pub name: String,
    pub table: String,
    parts: BTreeSet<String>,
}

/// The index of this name.
///
/// # Errors
/// When the server says no.
pub async fn find(session: &Session, name: &str) -> Result<Option<Index>, DatabaseError> {
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, i.relname), pg_catalog.format('%I.%I', tn.nspname, t.relname), \
           ARRAY(SELECT p.relname::text FROM pg_catalog.pg_partition_tree(i.oid) r JOIN pg_catalog.pg_class p ON p.oid = r.relid) || i.relname::text \
         FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
         JOIN pg_catalog.pg_class t ON t.oid = x.indrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace \
         WHERE x.indexrelid = pg_catalog.to_regclass({})",
        literal(name)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| Index {
        name: row.get(0),
        table: row.get(1),
        parts: row.get::<_, Vec<String>>(2).into_iter().collect(),
    }))
}

/// How the planner would read for a query, which does not run.
///
/// # Errors
/// When the server says no.
pub async fn plan(session: &Session, query: &str) -> Result<Value, DatabaseError> {
    let query = query.trim().trim_end_matches(';');
    let rows = session.rows(&format!("EXPLAIN (FORMAT JSON) {query}")).await?;
    Ok(rows.first().map_or(Value::Null, |row| row.get(0)))
}

impl Index {
    /// Whether a plan reads through it.
    pub fn is_used_by(&self, plan: &Value) -> bool {
        let mut names = Vec::new();
        nodes(plan, &mut |node| names.extend(node["Index Name"].as_str().map(str::to_owned)));
        names.iter().any(|name| self.parts.contains(name))
    }
}

/// How a plan reads tables: `Seq Scan on orders`, `Index Scan on orders by orders_pkey`.
pub fn chosen(plan: &Value) -> Vec<String> {
    let mut said = Vec::new();
    nodes(plan, &mut |node| {
        let Some(kind) = node["Node Type"].as_str() else { return };
        let (table, index) = (node["Relation Name"].as_str(), node["Index Name"].as_str());
        let mut line = kind.to_owned();
        for (word, name) in [(" on ", table), (" by ", index)] {
            if let Some(name) = name {
                line.push_str(word);
                line.push_str(name);
            }
        }
        if table.is_some() || index.is_some() {
            said.push(line);
        }
    });
    said
}

fn nodes(plan: &Value, each: &mut impl FnMut(&Value)) {
    match plan {
        Value::Array(items) => items.iter().for_each(|item| nodes(item, each)),
        Value::Object(fields) => {
            each(plan);
            for below in ["Plan", "Plans"] {
                if let Some(below) = fields.get(below) {
                    nodes(below, each);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_say_what_they_read_by() {
        let plan = serde_json::json!([{ "Plan": { "Node Type": "Nested Loop", "Plans": [
            { "Node Type": "Bitmap Heap Scan", "Relation Name": "o", "Plans": [{ "Node Type": "Bitmap Index Scan", "Index Name": "o_at" }] },
            { "Node Type": "Seq Scan", "Relation Name": "u" } ] } }]);
        assert_eq!(chosen(&plan), ["Bitmap Heap Scan on o", "Bitmap Index Scan by o_at", "Seq Scan on u"]);
        let index = |name: &str| Index {
            name: name.to_owned(),
            table: String::new(),
            parts: [name.to_owned()].into_iter().collect(),
        };
        assert!(index("o_at").is_used_by(&plan));
        assert!(!index("u_pkey").is_used_by(&plan));
    }
}
