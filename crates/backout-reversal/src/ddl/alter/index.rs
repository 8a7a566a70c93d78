//! Indexes and constraints.

use super::{Of, reset_and_set};
use crate::ddl::alteration::Alteration;
use backout_schema::{Catalog, Constraint, Detail, Index, Object, ident, literal};
use std::ops::ControlFlow;

/// What makes the index what it was.
pub(super) fn index(of: &Of<'_>, n: &Index, b: &Index, a: Option<&Index>, out: &mut Alteration) -> ControlFlow<()> {
    let Of { names, before, full, name, parent, .. } = of;
    // ADD CONSTRAINT … USING INDEX took it; it goes with that constraint.
    if b.constraint.is_none() && n.constraint.is_some() {
        out.recreate = true;
        return ControlFlow::Break(());
    }
    // It was taken for that of the whole, which has none without its partitions' but for as long as these are apart.
    if b.constraint.is_none() && n.partition_of.is_some() && b.partition_of.is_none() && of_partition(names, before) {
        out.recreate = true;
        return ControlFlow::Break(());
    }
    // Options are set in place: an index that is attached to another one cannot even be dropped by itself.
    let (now, then) = (without_options(n), without_options(b));
    if b.constraint.is_none() && !of.same(&now, &then) && changed!(out, n, b, a, definition) {
        out.recreate = true;
        return ControlFlow::Break(());
    }
    if changed!(out, n, b, a, options) {
        out.say_all(reset_and_set(&format!("ALTER INDEX {full}"), &n.options, &b.options, ""));
    }
    if changed!(out, n, b, a, clustered) {
        // A table has one such index: another one takes its place.
        let is_other = |o: &Object| matches!(&o.detail, Detail::Index(i) if i.clustered);
        if b.clustered {
            out.say(format!("ALTER TABLE {parent} CLUSTER ON {name}"));
        } else if !before.parent.is_some_and(|table| names.parts(table).any(is_other)) {
            out.say(format!("ALTER TABLE {parent} SET WITHOUT CLUSTER"));
        }
    }
    if changed!(out, n, b, a, replica_identity) && b.replica_identity {
        out.say(format!("ALTER TABLE {parent} REPLICA IDENTITY USING INDEX {name}"));
    }
    if changed!(out, n, b, a, tablespace) {
        let to = b.tablespace.as_deref().unwrap_or("pg_default");
        out.say(format!("ALTER INDEX {full} SET TABLESPACE {}", ident(to)));
    }
    if changed!(out, n, b, a, statistics) {
        for (number, _) in n.statistics.iter().filter(|s| !b.statistics.contains(s)) {
            out.say(format!("ALTER INDEX {full} ALTER COLUMN {number} SET STATISTICS -1"));
        }
        for (number, target) in &b.statistics {
            out.say(format!("ALTER INDEX {full} ALTER COLUMN {number} SET STATISTICS {target}"));
        }
    }
    ControlFlow::Continue(())
}

/// A constraint is what it was, or is recreated.
pub(super) fn constraint(of: &Of<'_>, n: &Constraint, b: &Constraint, a: Option<&Constraint>, out: &mut Alteration) {
    let Of { names, before, .. } = of;
    let same_definition = of.same(&n.definition, &b.definition);
    if n.validated != b.validated || n.inherited != b.inherited || !same_definition {
        let ours_to_change = a.is_none_or(|a| {
            a.validated != b.validated || a.inherited != b.inherited || !of.same(&a.definition, &b.definition)
        });
        if ours_to_change {
            let same = same_definition && n.validated == b.validated;
            if n.inherited && b.inherited {
                // Its parent's constraint is changed, and this one with it.
            } else if same && b.inherited && of_partition(names, before) {
                // It is taken for the whole's when the two come together.
            } else if same && n.inherited && !of_partition(names, before) {
                // It is the table's own again when the two part.
            } else {
                out.recreate = true;
            }
        }
    }
}

/// The definition of an index as it is printed, without its storage parameters.
fn without_options(index: &Index) -> String {
    let value =
        |value: &str| if ident(value) == value { value.to_owned() } else { literal(value).trim_start().to_owned() };
    let printed = |option: &String| match option.split_once('=') {
        Some((name, given)) => format!("{}={}", ident(name), value(given)),
        None => ident(option),
    };
    let list: Vec<String> = index.options.iter().map(printed).collect();
    // Reads SQL: an index is kept as the server prints it, with its options, which ALTER changes.
    index.definition.replacen(&format!(" WITH ({})", list.join(", ")), "", 1)
}

fn of_partition(names: &Catalog, part: &Object) -> bool {
    let table = part.parent.and_then(|id| names.get(id)).map(|o| &o.detail);
    matches!(table, Some(Detail::Table(t)) if t.partition_of.is_some())
}
