//! Tables: options, security, storage, inheritance, partitions.

use super::{Of, reset_and_set};
use crate::ddl::alteration::Alteration;
use crate::ddl::statement::{Does, Statement};
use backout_schema::{ObjectId, Table, ident};

/// What makes the table what it was, but for its columns and parts.
pub(super) fn table(of: &Of<'_>, n: &Table, b: &Table, a: Option<&Table>, out: &mut Alteration) {
    let Of { names, full, .. } = of;
    let head = format!("ALTER TABLE {full}");
    if changed!(out, n, b, a, options) {
        out.say_all(reset_and_set(&head, &n.options, &b.options, ""));
    }
    if changed!(out, n, b, a, toast_options) {
        for sql in reset_and_set(&head, &n.toast_options, &b.toast_options, "toast.") {
            out.says(Does::SetToast, sql);
        }
    }
    if changed!(out, n, b, a, row_security) {
        let word = if b.row_security { "ENABLE" } else { "DISABLE" };
        out.say(format!("{head} {word} ROW LEVEL SECURITY"));
    }
    if changed!(out, n, b, a, force_row_security) {
        let word = if b.force_row_security { "FORCE" } else { "NO FORCE" };
        out.say(format!("{head} {word} ROW LEVEL SECURITY"));
    }
    if changed!(out, n, b, a, replica_identity) {
        match b.replica_identity {
            'n' => out.say(format!("{head} REPLICA IDENTITY NOTHING")),
            'f' => out.say(format!("{head} REPLICA IDENTITY FULL")),
            'd' => out.say(format!("{head} REPLICA IDENTITY DEFAULT")),
            // The index says so itself.
            _ => {}
        }
    }
    if changed!(out, n, b, a, unlogged) {
        let word = if b.unlogged { "UNLOGGED" } else { "LOGGED" };
        out.say(format!("{head} SET {word}"));
    }
    if changed!(out, n, b, a, tablespace) {
        let to = b.tablespace.as_deref().unwrap_or("pg_default");
        out.say(format!("{head} SET TABLESPACE {}", ident(to)));
    }
    if changed!(out, n, b, a, foreign) {
        out.unsupported = of.cannot("the options of foreign tables are noticed but not yet taken back");
    }
    if changed!(out, n, b, a, access_method) {
        out.unsupported = of.cannot("its access method changed");
    }
    if changed!(out, n, b, a, inherits) {
        // A parent that comes again comes last, and what was had by it alone is the table's own by then.
        let kept = n.inherits.iter().zip(&b.inherits).take_while(|(n, b)| n == b).count();
        let leave = |p: &ObjectId| Statement {
            sql: format!("{head} NO INHERIT {}", names.sql_name(*p)),
            does: Does::NoInherit(*p),
        };
        let (again, gone): (Vec<_>, Vec<_>) = n.inherits[kept..].iter().partition(|p| b.inherits.contains(p));
        out.statements.extend(again.into_iter().map(leave));
        for p in &b.inherits[kept..] {
            out.says(Does::Inherit(*p), format!("{head} INHERIT {}", names.sql_name(*p)));
        }
        // Not before there is another parent that it has the same by.
        out.statements.extend(gone.into_iter().map(leave));
    }
    if changed!(out, n, b, a, partition_of) || changed!(out, n, b, a, partition_bound) {
        if let Some(p) = n.partition_of {
            let sql = format!("ALTER TABLE {} DETACH PARTITION {full}", names.sql_name(p));
            out.says(Does::DetachPartition(p), sql);
        }
        if let (Some(p), Some(bound)) = (b.partition_of, &b.partition_bound) {
            let sql = format!("ALTER TABLE {} ATTACH PARTITION {full} {bound}", names.sql_name(p));
            out.says(Does::AttachPartition, sql);
        }
    }
    if changed!(out, n, b, a, of_type) {
        out.say(match &b.of_type {
            Some(of) => format!("{head} OF {of}"),
            None => format!("{head} NOT OF"),
        });
    }
}
