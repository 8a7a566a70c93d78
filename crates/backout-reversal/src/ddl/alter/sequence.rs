//! Sequences: limits, number, owner.

use super::Of;
use crate::ddl::alteration::Alteration;
use crate::ddl::statement::Does;
use backout_schema::{ObjectId, Sequence, ident, literal};

/// What makes the sequence what it was.
pub(super) fn sequence(of: &Of<'_>, n: &Sequence, b: &Sequence, a: Option<&Sequence>, out: &mut Alteration) {
    let Of { names, full, .. } = of;
    let head = format!("ALTER SEQUENCE {full}");
    // Type and limits go together: each must fit the others. So must the number.
    let mut parts = Vec::new();
    if changed!(out, n, b, a, data_type) {
        parts.push(format!("AS {}", b.data_type));
    }
    if changed!(out, n, b, a, increment) {
        parts.push(format!("INCREMENT BY {}", b.increment));
    }
    if changed!(out, n, b, a, minimum) || n.data_type != b.data_type {
        parts.push(format!("MINVALUE {}", b.minimum));
    }
    if changed!(out, n, b, a, maximum) || n.data_type != b.data_type {
        parts.push(format!("MAXVALUE {}", b.maximum));
    }
    if changed!(out, n, b, a, start) {
        parts.push(format!("START WITH {}", b.start));
    }
    if changed!(out, n, b, a, cache) {
        parts.push(format!("CACHE {}", b.cache));
    }
    if changed!(out, n, b, a, cycle) {
        parts.push(if b.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    // Its number is none of before in any case.
    if n.minimum > b.maximum || n.maximum < b.minimum {
        parts.push(format!("RESTART WITH {}", b.start));
    } else {
        out.say_all(within_limits(full, n, b));
    }
    if !parts.is_empty() {
        out.say(format!("{head} {}", parts.join(" ")));
    }
    // One that a table owns goes along with it, unless that is recreated.
    if !b.identity && changed!(out, n, b, a, unlogged) {
        let word = if b.unlogged { "UNLOGGED" } else { "LOGGED" };
        out.say(format!("{head} SET {word}"));
    }
    if changed!(out, n, b, a, owned_by) && !b.identity {
        let owner = match b.owned_by {
            Some(column) => format!(
                "{}.{}",
                names.sql_name(ObjectId::relation(column.oid)),
                ident(names.column_name(column.oid, column.sub).unwrap_or_default())
            ),
            None => "NONE".to_owned(),
        };
        out.says(Does::OwnedBy, format!("{head} OWNED BY {owner}"));
    }
}

/// A number beyond the former limits becomes the limit. A setval outlives a rollback, unless the transaction has given
/// the sequence another file, which any ALTER of its numbers does.
fn within_limits(full: &str, now: &Sequence, before: &Sequence) -> Vec<String> {
    let clamp = |limit: i64, beyond: &str| {
        let name = literal(full);
        format!(
            "SELECT pg_catalog.setval({}, {limit}, true) FROM {full} s WHERE s.last_value {beyond} {limit}",
            name.trim_start()
        )
    };
    let mut statements = Vec::new();
    if now.maximum > before.maximum {
        statements.push(clamp(before.maximum, ">"));
    }
    if now.minimum < before.minimum {
        statements.push(clamp(before.minimum, "<"));
    }
    if !statements.is_empty() {
        statements.insert(0, format!("ALTER SEQUENCE {full} INCREMENT BY {}", now.increment));
    }
    statements
}
