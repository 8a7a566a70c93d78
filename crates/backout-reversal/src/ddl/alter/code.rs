//! What is code, or is kept as code: views, functions, triggers, rules, policies, statistics.

use super::{Of, reset_and_set};
use crate::ddl::alteration::Alteration;
use crate::ddl::words::{enable_word, keyword, only_word};
use crate::repair::repair;
use backout_schema::{ColumnDefault, Function, FunctionKind, Policy, Rule, Statistics, Trigger, View};
use std::ops::ControlFlow;

/// What makes the view what it was.
pub(super) fn view(of: &Of<'_>, n: &View, b: &View, a: Option<&View>, out: &mut Alteration) -> ControlFlow<()> {
    let Of { before, full, .. } = of;
    if n.materialized != b.materialized
        || (!of.same(&n.definition, &b.definition) && changed!(out, n, b, a, definition))
    {
        out.recreate = true;
        return ControlFlow::Break(());
    }
    if changed!(out, n, b, a, options) {
        let head = format!("ALTER {} {full}", keyword(before));
        out.say_all(reset_and_set(&head, &n.options, &b.options, ""));
    }
    // Filling it is work for afterwards.
    if !b.populated && changed!(out, n, b, a, populated) {
        out.say(format!("REFRESH MATERIALIZED VIEW {full} WITH NO DATA"));
    }
    ControlFlow::Continue(())
}

/// What makes the function what it was.
pub(super) fn function(of: &Of<'_>, n: &Function, b: &Function, a: Option<&Function>, out: &mut Alteration) {
    let Of { now, before, full, .. } = of;
    // Reads SQL: the server prints a function. A rename reaches into a body that it parsed, and not into one that
    // is a string.
    let parsed = !b.definition.contains("\nAS $") && !b.definition.contains("\nAS '");
    let alike = n.definition == b.definition || parsed && of.same(&n.definition, &b.definition);
    // One that goes back to another name is called by its types of now for that.
    let stays = now.name == before.name && now.schema == before.schema;
    if !alike && changed!(out, n, b, a, definition) {
        if b.kind == FunctionKind::Aggregate {
            // OR REPLACE it is not, as views may stand on it.
            out.recreate = true;
        } else if n.kind == b.kind && (n.interface == b.interface || stays && of.same(&n.interface, &b.interface)) {
            out.say(b.definition.clone());
        } else {
            out.recreate = true;
        }
    }
    if changed!(out, n, b, a, leakproof) {
        out.say(format!("ALTER {} {full} {}LEAKPROOF", keyword(before), if b.leakproof { "" } else { "NOT " }));
    }
}

/// What makes the trigger what it was.
pub(super) fn trigger(of: &Of<'_>, n: &Trigger, b: &Trigger, a: Option<&Trigger>, out: &mut Alteration) {
    let Of { name, parent, .. } = of;
    if !of.same(&n.definition, &b.definition) && changed!(out, n, b, a, definition) {
        out.recreate = true;
    } else if changed!(out, n, b, a, enabled) {
        // Those of partitions are looked at by themselves.
        out.say(format!("ALTER TABLE ONLY {parent} {} TRIGGER {name}", enable_word(b.enabled)));
    }
}

/// What makes the rule what it was.
pub(super) fn rule(of: &Of<'_>, n: &Rule, b: &Rule, a: Option<&Rule>, out: &mut Alteration) {
    let Of { name, parent, .. } = of;
    if !of.same(&n.definition, &b.definition) && changed!(out, n, b, a, definition) {
        out.recreate = true;
    } else if changed!(out, n, b, a, enabled) {
        out.say(format!("ALTER TABLE {parent} {} RULE {name}", enable_word(b.enabled)));
    }
}

/// A policy is what it was, or is recreated.
pub(super) fn policy(of: &Of<'_>, n: &Policy, b: &Policy, a: Option<&Policy>, out: &mut Alteration) {
    let same_expression = |x: &Option<String>, y: &Option<String>| of.same_if_any(x.as_ref(), y.as_ref());
    let equal = |x: &Policy| {
        x.command == b.command
            && x.permissive == b.permissive
            && x.roles == b.roles
            && same_expression(&x.using, &b.using)
            && same_expression(&x.check, &b.check)
    };
    if !equal(n) && a.is_none_or(|a| !equal(a)) {
        out.recreate = true;
    }
}

/// What makes the statistics what they were.
pub(super) fn statistics(of: &Of<'_>, n: &Statistics, b: &Statistics, a: Option<&Statistics>, out: &mut Alteration) {
    let Of { full, .. } = of;
    if !of.same(&n.definition, &b.definition) && changed!(out, n, b, a, definition) {
        out.recreate = true;
    } else if changed!(out, n, b, a, target) {
        out.say(format!("ALTER STATISTICS {full} SET STATISTICS {}", b.target.unwrap_or(-1)));
    }
}

/// What makes the default what it was.
pub(super) fn default(
    of: &Of<'_>,
    n: &ColumnDefault,
    b: &ColumnDefault,
    a: Option<&ColumnDefault>,
    out: &mut Alteration,
) {
    let Of { names, before, name, parent, .. } = of;
    if !of.same(&n.expression, &b.expression) && changed!(out, n, b, a, expression) {
        out.say(format!(
            "ALTER {} {parent} ALTER COLUMN {name} SET DEFAULT {}",
            only_word(names, before),
            repair(&b.expression)
        ));
    }
}
