//! GRANT and REVOKE that turn one access-privileges array into another, entry order included.

use super::Unsupported;
use super::statement::{Does, Statement};
use super::words::keyword;
use backout_schema::*;

fn role(name: &str) -> String {
    if name.is_empty() { "PUBLIC".to_owned() } else { ident(name) }
}

fn object_clause(catalog: &Catalog, object: &Object) -> String {
    if let Detail::Other(o) = &object.detail {
        let word = o.keyword().unwrap_or_default();
        return format!("{} {}", if word == "SERVER" { "FOREIGN SERVER" } else { &word }, object.name);
    }
    let word = match &object.detail {
        Detail::View(_) | Detail::Table(_) => "TABLE",
        // GRANT knows procedures and aggregates as routines.
        Detail::Function(_) => "ROUTINE",
        Detail::Type(_) => "TYPE",
        _ => keyword(object),
    };
    format!("{word} {}", catalog.sql_name(object.id))
}

fn words(privileges: impl Iterator<Item = Privilege>, columns: &str) -> Option<String> {
    let words: Option<Vec<String>> = privileges.map(|p| p.keyword().map(|k| format!("{k}{columns}"))).collect();
    words.map(|w| w.join(", "))
}

/// Statements that give `object` (as `catalog` names it) the privileges of `target` where it has
/// those of `now`. `None` is the built-in default, which is not the same as no privileges.
pub fn acl_statements(
    catalog: &Catalog,
    object: &Object,
    now: Option<&[AclItem]>,
    target: Option<&[AclItem]>,
) -> Result<Vec<Statement>, Unsupported> {
    if now == target {
        return Ok(Vec::new());
    }
    rewrite(catalog, object, now, target)
}

/// The same, with every grant recreated even where only the order of entries may differ.
pub fn acl_anew(
    catalog: &Catalog,
    object: &Object,
    now: &[AclItem],
    target: Option<&[AclItem]>,
) -> Result<Vec<Statement>, Unsupported> {
    rewrite(catalog, object, Some(now), target)
}

fn rewrite(
    catalog: &Catalog,
    object: &Object,
    now: Option<&[AclItem]>,
    target: Option<&[AclItem]>,
) -> Result<Vec<Statement>, Unsupported> {
    let (clause, columns) = match object.parent {
        Some(table) if object.is_column() => {
            (format!("TABLE {}", catalog.sql_name(table)), format!(" ({})", ident(&object.name)))
        }
        _ => (object_clause(catalog, object), String::new()),
    };
    let default = if object.is_column() { Vec::new() } else { object.built_in_acl() };
    let now = now.unwrap_or(&default);
    // What the built-in default holds depends on the server's version: MAINTAIN came with PostgreSQL 17.
    let all_to_owner = target.is_none() && !object.is_column();
    let target = target.unwrap_or(&default);
    let owner = object
        .owner
        .clone()
        .or_else(|| object.parent.and_then(|p| catalog.get(p)).and_then(|p| p.owner.clone()))
        .unwrap_or_default();
    let mut statements = Vec::new();
    let find =
        |items: &[AclItem], grantee: &str| items.iter().find(|i| i.grantee == grantee).map(|i| i.privileges.clone());
    // The owner's entry stays where it is if it is right; everybody else is granted anew, in order.
    let without_maintain = |items: Option<Vec<Privilege>>| {
        items.map(|list| list.into_iter().filter(|p| p.letter != 'm').collect::<Vec<_>>())
    };
    let owner_is_right = without_maintain(find(now, &owner)) == without_maintain(find(target, &owner));
    let mut revoked: Vec<&str> = Vec::new();
    for item in now {
        if (item.grantee == owner && owner_is_right) || revoked.contains(&item.grantee.as_str()) {
            continue;
        }
        revoked.push(&item.grantee);
    }
    statements.extend(revoke(&columns, &clause, &revoked).map(|sql| Does::Revoke.so(sql)));
    // Neighbours with the same privileges are granted them in one statement.
    let mut grants: Vec<(String, Vec<String>, bool)> = Vec::new();
    for item in target {
        if item.grantee == owner && owner_is_right {
            continue;
        }
        if item.grantor != owner {
            return Err(Unsupported::new(
                catalog,
                object.id,
                format!(
                    "{} was granted privileges by {}, not by the owner, and PostgreSQL lets nobody grant in another's name",
                    role(&item.grantee),
                    role(&item.grantor)
                ),
            ));
        }
        let unknown =
            || Unsupported::new(catalog, object.id, format!("an unknown privilege of {}", role(&item.grantee)));
        for grantable in [false, true] {
            let chosen: Vec<Privilege> = item.privileges.iter().copied().filter(|p| p.grantable == grantable).collect();
            if chosen.is_empty() {
                continue;
            }
            let what = match all_to_owner && item.grantee == owner && !grantable {
                true => "ALL".to_owned(),
                false => words(chosen.into_iter(), &columns).ok_or_else(unknown)?,
            };
            match grants.last_mut() {
                Some((same, roles, option)) if *same == what && *option == grantable => roles.push(role(&item.grantee)),
                _ => grants.push((what, vec![role(&item.grantee)], grantable)),
            }
        }
    }
    for (what, roles, grantable) in grants {
        let option = if grantable { " WITH GRANT OPTION" } else { "" };
        statements.push(format!("GRANT {what} ON {clause} TO {}{option}", roles.join(", ")).into());
    }
    Ok(statements)
}

fn revoke(columns: &str, clause: &str, grantees: &[&str]) -> Option<String> {
    let roles: Vec<String> = grantees.iter().map(|g| role(g)).collect();
    (!roles.is_empty()).then(|| format!("REVOKE ALL{columns} ON {clause} FROM {} CASCADE", roles.join(", ")))
}

/// Takes away what anybody but the owner has: an archived table must not keep a role from being
/// dropped, nor be readable by whom the live one was.
pub fn grants_to_others(catalog: &Catalog, object: &Object) -> Vec<String> {
    let Some(acl) = &object.acl else {
        return Vec::new();
    };
    let (clause, columns) = match object.parent {
        Some(table) if object.is_column() => {
            (format!("TABLE {}", catalog.sql_name(table)), format!(" ({})", ident(&object.name)))
        }
        _ => (object_clause(catalog, object), String::new()),
    };
    let owner = object.owner.as_deref();
    let mut grantees: Vec<&str> = Vec::new();
    for item in acl {
        if Some(item.grantee.as_str()) != owner && !grantees.contains(&item.grantee.as_str()) {
            grantees.push(&item.grantee);
        }
    }
    revoke(&columns, &clause, &grantees).into_iter().collect()
}

/// Statements that turn default privileges from `now` into `target` (either may be absent).
pub fn default_acl_statements(now: Option<&Object>, target: Option<&Object>) -> Result<Vec<String>, Unsupported> {
    let Some(Detail::DefaultAcl(which)) = now.or(target).map(|o| &o.detail) else {
        return Ok(Vec::new());
    };
    let noun = match which.object_type {
        'r' => "TABLES",
        'S' => "SEQUENCES",
        'f' => "ROUTINES",
        'T' => "TYPES",
        'n' => "SCHEMAS",
        other => {
            return Err(Unsupported {
                object: format!("default privileges of {}", ident(&which.role)),
                reason: format!("the unknown object type {other}"),
            });
        }
    };
    let head = format!(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {}{}",
        ident(&which.role),
        which.in_schema.as_ref().map_or(String::new(), |s| format!(" IN SCHEMA {}", ident(s)))
    );
    // Outside a schema the array starts from the built-in default; inside one, from nothing.
    let default = |owner: &str| -> Vec<AclItem> {
        if which.in_schema.is_some() {
            return Vec::new();
        }
        let item = |grantee: &str, letters: &str| AclItem {
            grantee: grantee.into(),
            privileges: letters.chars().map(|letter| Privilege { letter, grantable: false }).collect(),
            grantor: owner.into(),
        };
        match which.object_type {
            'r' => vec![item(owner, "arwdDxt")],
            'S' => vec![item(owner, "rwU")],
            'f' => vec![item("", "X"), item(owner, "X")],
            'T' => vec![item("", "U"), item(owner, "U")],
            _ => vec![item(owner, "UC")],
        }
    };
    let items = |object: Option<&Object>| match object {
        Some(o) => o.acl.clone().unwrap_or_default(),
        None => default(&which.role),
    };
    let (before, after) = (items(now), items(target));
    let mut statements = Vec::new();
    for item in &before {
        if !after.contains(item) {
            statements.push(format!("{head} REVOKE ALL ON {noun} FROM {}", role(&item.grantee)));
        }
    }
    for item in &after {
        if before.contains(item) {
            continue;
        }
        for grantable in [false, true] {
            let chosen = item.privileges.iter().copied().filter(|p| p.grantable == grantable);
            let Some(list) = words(chosen, "") else {
                return Err(Unsupported {
                    object: format!("default privileges of {}", ident(&which.role)),
                    reason: "an unknown privilege".into(),
                });
            };
            if !list.is_empty() {
                statements.push(format!(
                    "{head} GRANT {list} ON {noun} TO {}{}",
                    role(&item.grantee),
                    if grantable { " WITH GRANT OPTION" } else { "" }
                ));
            }
        }
    }
    Ok(statements)
}
