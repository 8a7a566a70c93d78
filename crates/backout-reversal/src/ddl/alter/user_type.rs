//! Types: enums, domains, composite types.

use super::Of;
use crate::ddl::alteration::Alteration;
use crate::ddl::create::{collate, comment_on_attribute};
use crate::ddl::statement::Does;
use crate::repair::repair;
use backout_schema::{Attribute, Class, Type, ident, literal};
use std::collections::BTreeMap;

/// What makes the type what it was. Its parts go together: where somebody else changed one, all stay.
pub(super) fn user_type(of: &Of<'_>, n: &Type, b: &Type, a: Option<&Type>, out: &mut Alteration) {
    if n == b || a == Some(b) {
        return;
    }
    if a.is_some_and(|a| a != n) {
        out.drifted.push("definition");
        return;
    }
    match (n, b) {
        (Type::Enum { labels: n }, Type::Enum { labels: b }) => labels(of, n, b, out),
        (Type::Domain { .. }, Type::Domain { .. }) => domain(of, n, b, out),
        (Type::Composite { attributes: n }, Type::Composite { attributes: b }) => composite(of, n, b, out),
        (n, b) if is_same_range(of, n, b) => {}
        _ => out.unsupported = of.cannot("its definition changed and cannot be altered back"),
    }
}

/// Whether it is a range of what is about to have its former name.
fn is_same_range(of: &Of<'_>, n: &Type, b: &Type) -> bool {
    let parts = |of: &Type| match of {
        Type::Range { subtype, opclass, collation, canonical, subtype_diff, multirange } => {
            let names = [opclass, collation, canonical, subtype_diff].map(Option::clone);
            Some((subtype.clone(), names, multirange.clone()))
        }
        _ => None,
    };
    let (Some((n_subtype, n_names, n_multirange)), Some((subtype, names, multirange))) = (parts(n), parts(b)) else {
        return false;
    };
    let same = |(n, b): (&Option<String>, &Option<String>)| of.same_if_any(n.as_ref(), b.as_ref());
    of.same(&n_subtype, &subtype) && n_names.iter().zip(&names).all(same) && n_multirange == multirange
}

fn labels(of: &Of<'_>, n: &[String], b: &[String], out: &mut Alteration) {
    let full = &of.full;
    if n.len() == b.len() {
        for (from, to) in n.iter().zip(b) {
            if from != to {
                let (from, to) = (literal(from), literal(to));
                let sql = format!("ALTER TYPE {full} RENAME VALUE {} TO {}", from.trim_start(), to.trim_start());
                out.says(Does::RenameValue, sql);
            }
        }
        return;
    }
    let added: Vec<&str> = n.iter().filter(|l| !b.contains(l)).map(String::as_str).collect();
    out.unsupported = of.cannot(&format!("PostgreSQL cannot take a value out of an enum ({} stays)", added.join(", ")));
}

fn domain(of: &Of<'_>, now: &Type, was: &Type, out: &mut Alteration) {
    let (
        Type::Domain { base: n_base, collation: n_collation, not_null: n_null, default: n_default },
        Type::Domain { base, collation, not_null, default },
    ) = (now, was)
    else {
        return;
    };
    let full = &of.full;
    if !of.same(n_base, base) || !of.same_if_any(n_collation.as_ref(), collation.as_ref()) {
        out.unsupported = of.cannot("a domain's base type cannot be altered");
        return;
    }
    if n_default != default {
        out.say(match default {
            Some(d) => format!("ALTER DOMAIN {full} SET DEFAULT {}", repair(d)),
            None => format!("ALTER DOMAIN {full} DROP DEFAULT"),
        });
    }
    if n_null != not_null {
        match not_null {
            true => out.says(Does::DomainNotNull, format!("ALTER DOMAIN {full} SET NOT NULL")),
            false => out.say(format!("ALTER DOMAIN {full} DROP NOT NULL")),
        }
    }
}

fn composite(of: &Of<'_>, n: &[Attribute], b: &[Attribute], out: &mut Alteration) {
    let Of { names, before, full, .. } = of;
    let mut drops = false;
    // What they are made of may only be in the archive for now.
    let made_alike = |x: &Attribute, y: &Attribute| {
        of.same(&x.data_type, &y.data_type) && of.same_if_any(x.collation.as_ref(), y.collation.as_ref())
    };
    // As many inverses as were written before attributes had numbers go by places.
    let number = |(place, a): (usize, &Attribute)| match a.number {
        0 => i16::try_from(place).unwrap_or_default() + 1,
        number => number,
    };
    let now: BTreeMap<i16, &Attribute> = n.iter().enumerate().map(|(i, a)| (number((i, a)), a)).collect();
    let then: BTreeMap<i16, &Attribute> = b.iter().enumerate().map(|(i, a)| (number((i, a)), a)).collect();
    if then.iter().all(|(number, y)| now.get(number).is_some_and(|x| made_alike(x, y))) {
        for (_, attribute) in now.iter().filter(|(number, _)| !then.contains_key(number)) {
            drops = true;
            out.say(format!("ALTER TYPE {full} DROP ATTRIBUTE {}", ident(&attribute.name)));
        }
        let rename =
            |from: &str, to: &str| format!("ALTER TYPE {full} RENAME ATTRIBUTE {} TO {}", ident(from), ident(to));
        let others: Vec<(i16, &str, &str)> = then
            .iter()
            .filter_map(|(number, y)| Some((*number, now.get(number)?.name.as_str(), y.name.as_str())))
            .filter(|(_, from, to)| from != to)
            .collect();
        // Names can have changed hands.
        let is_taken = |to: &str| others.iter().any(|(_, from, _)| *from == to);
        let between = |number: &i16| format!("backout_attribute_{number}");
        for (number, from, to) in &others {
            out.say(if is_taken(to) { rename(from, &between(number)) } else { rename(from, to) });
        }
        for (number, _, to) in others.iter().filter(|(_, _, to)| is_taken(to)) {
            out.say(rename(&between(number), to));
        }
    } else if names.dependents(before.id).all(|d| d.from.class == Class::Function) {
        // No value of it lies anywhere.
        let placed = n.iter().zip(b).take_while(|(x, y)| x.name == y.name).count();
        for (_, to) in n.iter().zip(b).take(placed).filter(|(x, y)| !made_alike(x, y)) {
            out.say(format!("ALTER TYPE {full} ALTER ATTRIBUTE {}", attribute(to, " TYPE")));
        }
        for gone in &n[placed..] {
            drops = true;
            out.say(format!("ALTER TYPE {full} DROP ATTRIBUTE {}", ident(&gone.name)));
        }
        for back in &b[placed..] {
            out.say(format!("ALTER TYPE {full} ADD ATTRIBUTE {}", attribute(back, "")));
        }
    } else {
        out.unsupported = of.cannot(
            "attributes that were dropped or altered do not come back in place in a type that columns are made of",
        );
    }
    for (place, attribute) in b.iter().enumerate() {
        let same = n.get(place).filter(|now| now.name == attribute.name || n.len() == b.len());
        let stays = same.is_some_and(|now| now.comment == attribute.comment) && !drops;
        if !stays && (same.is_some_and(|now| now.comment.is_some()) || attribute.comment.is_some()) {
            out.say(comment_on_attribute(full, attribute));
        }
    }
}

fn attribute(attribute: &Attribute, word: &str) -> String {
    format!("{}{word} {}{}", ident(&attribute.name), attribute.data_type, collate(&attribute.collation))
}
