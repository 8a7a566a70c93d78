//! Modules of one crate use each other in one direction, as crates do.
//!
//! Modules are compared with their siblings: where `a::x` uses `b::y`, `a` uses `b`. Tests do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, Source};

/// Cycles that are there: the crate, and its modules in their order. A new one is a problem, and so is one of these that
/// is gone, or smaller: then its line goes too.
const KNOWN: &[(&str, &[&str])] = &[];

/// Which modules a module uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

pub(super) fn check(sources: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut found: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
    for (crate_path, uses) in crates(sources) {
        for cycle in cycles(&uses) {
            let list: Vec<&str> = cycle.iter().map(String::as_str).collect();
            if !KNOWN.contains(&(crate_path.as_str(), list.as_slice())) {
                let what = format!("modules use each other in a circle: {}", cycle.join(", "));
                problems.push(Problem { place: crate_path.clone(), line: None, what });
            }
            found.insert((crate_path.clone(), cycle));
        }
    }
    for (crate_path, cycle) in KNOWN {
        let cycle: Vec<String> = cycle.iter().map(|module| (*module).to_owned()).collect();
        let gone = || Problem {
            place: "xtask/src/tidy/cycles.rs".to_owned(),
            line: None,
            what: format!("a cycle of {crate_path} is gone, and its line can go: {}", cycle.join(", ")),
        };
        if sources.iter().any(|source| source.path.starts_with(crate_path))
            && !found.contains(&((*crate_path).to_owned(), cycle.clone()))
        {
            problems.push(gone());
        }
    }
    problems
}

/// Each crate's modules and what they use.
fn crates(sources: &[Source]) -> BTreeMap<String, Uses> {
    let mut modules: BTreeMap<String, BTreeMap<Vec<String>, &str>> = BTreeMap::new();
    for source in sources {
        let Some((crate_path, rest)) = source.path.split_once("/src/") else { continue };
        let Some(name) = rest.strip_suffix(".rs").filter(|_| crate_path.starts_with("crates/")) else { continue };
        let parts: Vec<String> = name.split('/').filter(|part| *part != "mod").map(str::to_owned).collect();
        if !matches!(name, "lib" | "main") && !name.ends_with("/tests") {
            modules.entry(crate_path.to_owned()).or_default().insert(parts, &source.text);
        }
    }
    let of_crate = |known: &BTreeMap<Vec<String>, &str>| {
        let mut uses = Uses::new();
        for (module, text) in known {
            for path in paths(text) {
                let Some(used) = resolve(module, &path, known) else { continue };
                if used != *module {
                    uses.entry(module.join("::")).or_default().insert(used.join("::"));
                }
            }
        }
        uses
    };
    modules.iter().map(|(name, known)| (name.clone(), of_crate(known))).collect()
}

/// Every `crate::a::b` and `super::a` in code, an import of several names once for each.
fn paths(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String =
        code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &code[at..];
            let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let head = &rest[..end];
            match rest[end..].strip_prefix('{') {
                Some(list) => {
                    let list = list.split(';').next().unwrap_or_default();
                    let names = list.split([',', '{', '}']).map(str::trim).filter(|name| !name.is_empty());
                    found.extend(names.map(|name| format!("{head}{}", name.split(' ').next().unwrap_or_default())));
                }
                None => found.push(head.to_owned()),
            }
        }
    }
    found
}

/// The module that a path leads into.
fn resolve(module: &[String], path: &str, known: &BTreeMap<Vec<String>, &str>) -> Option<Vec<String>> {
    let mut full: Vec<String> = module.to_vec();
    for (place, part) in path.split("::").filter(|part| !part.is_empty()).enumerate() {
        match part {
            "crate" if place == 0 => full.clear(),
            "self" if place == 0 => {}
            "super" => {
                full.pop()?;
            }
            name => full.push(name.to_owned()),
        }
    }
    while !full.is_empty() && !known.contains_key(&full) {
        full.pop();
    }
    (!full.is_empty()).then_some(full)
}

/// Groups of siblings that use each other in a circle.
fn cycles(uses: &Uses) -> Vec<Vec<String>> {
    let mut siblings: Uses = Uses::new();
    for (from, list) in uses {
        for to in list {
            let (a, b): (Vec<&str>, Vec<&str>) = (from.split("::").collect(), to.split("::").collect());
            let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
            if same < a.len() && same < b.len() {
                siblings.entry(a[..=same].join("::")).or_default().insert(b[..=same].join("::"));
            }
        }
    }
    let reached = |from: &String| {
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        let mut next: Vec<&String> = siblings.get(from).into_iter().flatten().collect();
        while let Some(module) = next.pop() {
            if seen.insert(module) {
                next.extend(siblings.get(module).into_iter().flatten());
            }
        }
        seen
    };
    let all: BTreeMap<&String, BTreeSet<&String>> = siblings.keys().map(|module| (module, reached(module))).collect();
    let mut groups: BTreeSet<Vec<String>> = BTreeSet::new();
    for (module, there) in &all {
        let back = |other: &&&String| all.get(**other).is_some_and(|there| there.contains(*module));
        let group: Vec<String> = there.iter().filter(back).map(|other| (*other).clone()).collect();
        if group.len() > 1 {
            groups.insert(group);
        }
    }
    groups.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: format!("crates/x/src/{path}"), text: text.to_owned() }
    }

    #[test]
    fn circles_of_siblings_are_found() {
        let sources = [
            source("a.rs", "use crate::b::{One, c::Two};"),
            source("b/mod.rs", "mod c; use super::d::Three; // use crate::a::Four;"),
            source("b/c.rs", "fn f() { crate::d::g(); }\n#[cfg(test)]\nmod tests { use crate::a::h; }"),
            source("d/mod.rs", "mod e; use self::e::X;"),
            source("d/e.rs", "use crate::a::Five;"),
        ];
        let problems = check(&sources);
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["crates/x: modules use each other in a circle: a, b, d"]);
    }

    #[test]
    fn parents_and_children_are_no_circle() {
        let sources = [source("a.rs", "mod b; use b::X;"), source("a/b.rs", "use super::Y;")];
        assert_eq!(check(&sources), []);
    }
}
