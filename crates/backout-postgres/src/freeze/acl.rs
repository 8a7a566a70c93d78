//! Who may write what, as values: the SQL that takes rights, each from whom it was given by, and the SQL that gives them
//! back as they were, in their order.
//!
//! Must not know: servers. Objects and roles are handed in.

use std::collections::{BTreeMap, BTreeSet};

use backout_schema::{ident, qualified};
use serde::{Deserialize, Serialize};

/// PUBLIC, where a role's id stands.
pub(super) const PUBLIC: u32 = 0;

/// What a grant can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A table, partition, view or foreign table.
    Table,
    Materialized,
    Sequence,
    Schema,
    Database,
    /// What is granted on objects that a role will make.
    Defaults,
}

/// One entry of a list of grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub grantor: u32,
    pub grantee: u32,
    /// Without the right to pass them on.
    pub plain: Vec<String>,
    /// With it.
    pub grantable: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub number: i16,
    pub name: String,
    pub acl: Vec<Grant>,
}

/// Something that rights are granted on, and which are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    pub kind: Kind,
    /// 0 for defaults, whose entry comes and goes.
    pub oid: u32,
    pub schema: Option<String>,
    /// Of defaults: the kind of object that they are for, as `pg_default_acl` has it.
    pub name: String,
    /// Of defaults: the role whose objects get them.
    pub owner: u32,
    /// Where the catalog has none: what that stands for.
    pub acl: Vec<Grant>,
    /// Those with grants of their own.
    pub columns: Vec<Column>,
}

/// A role as far as grants go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: String,
    pub superuser: bool,
    /// This session may become it.
    pub ours: bool,
    /// Somebody who is no superuser can log in as it, or as a member of it.
    pub used: bool,
}

pub type Roles = BTreeMap<u32, Role>;

/// SQL and the role as which it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub role: u32,
    pub sql: String,
}

/// Somebody who may still write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Uncovered {
    pub what: String,
    pub why: String,
}

/// The rights with which one writes, or makes what one can write to.
fn writing(object: &Object) -> &'static [&'static str] {
    match (object.kind, object.name.as_str()) {
        (Kind::Table, _) => &["INSERT", "UPDATE", "DELETE", "TRUNCATE"],
        // Who may maintain one may refresh it.
        (Kind::Materialized, _) => &["MAINTAIN"],
        (Kind::Sequence, _) => &["USAGE", "UPDATE"],
        (Kind::Schema | Kind::Database, _) => &["CREATE"],
        (Kind::Defaults, "r") => &["INSERT", "UPDATE", "DELETE", "TRUNCATE"],
        (Kind::Defaults, "S") => &["USAGE", "UPDATE"],
        (Kind::Defaults, "n") => &["CREATE"],
        (Kind::Defaults, _) => &[],
    }
}

/// All rights that a grant can be about: what is read from a record is one of these, or is refused.
pub(super) const KNOWN: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
    "USAGE",
    "CREATE",
    "CONNECT",
    "TEMPORARY",
    "EXECUTE",
];

impl Grant {
    pub fn privileges(&self) -> impl Iterator<Item = &str> {
        self.plain.iter().chain(&self.grantable).map(String::as_str)
    }

    fn has_any(&self, of: &[&str]) -> bool {
        self.privileges().any(|privilege| of.contains(&privilege))
    }

    /// The same whatever the order in which rights were written down.
    fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted.plain.sort();
        sorted.grantable.sort();
        sorted
    }
}

impl Object {
    /// How messages call it.
    pub fn named(&self, roles: &Roles) -> String {
        match (self.kind, &self.schema) {
            (Kind::Table, _) => format!("table {}", self.sql_name()),
            (Kind::Materialized, _) => format!("materialized view {}", self.sql_name()),
            (Kind::Sequence, _) => format!("sequence {}", self.sql_name()),
            (Kind::Schema, _) => format!("schema {}", self.sql_name()),
            (Kind::Database, _) => format!("database {}", self.sql_name()),
            (Kind::Defaults, schema) => {
                let within = schema.as_ref().map(|schema| format!(" in {}", ident(schema))).unwrap_or_default();
                format!("default privileges of {}{within} on {}", role_name(roles, self.owner), self.plural())
            }
        }
    }

    pub fn sql_name(&self) -> String {
        match &self.schema {
            Some(schema) => qualified(schema, &self.name),
            None => ident(&self.name),
        }
    }

    /// What defaults are for.
    fn plural(&self) -> &'static str {
        match self.name.as_str() {
            "r" => "TABLES",
            "S" => "SEQUENCES",
            "n" => "SCHEMAS",
            "f" => "FUNCTIONS",
            _ => "TYPES",
        }
    }

    /// What makes it the same one elsewhere, or after its entry was gone.
    pub fn key(&self) -> (Kind, Option<&str>, &str, u32) {
        let of = if self.kind == Kind::Defaults { self.owner } else { 0 };
        (self.kind, self.schema.as_deref(), &self.name, of)
    }

    /// Entries with which one writes, those of columns as well.
    fn writers(&self) -> impl Iterator<Item = &Grant> {
        let of = writing(self);
        // Of what is not there yet its owner could give himself every right; and a backup of a frozen database, whose
        // rights are these, is restored by him.
        let is_to_come = matches!(self.kind, Kind::Schema | Kind::Database | Kind::Defaults);
        self.all().filter(move |grant| grant.has_any(of) && !(is_to_come && grant.grantee == self.owner))
    }

    fn all(&self) -> impl Iterator<Item = &Grant> {
        self.acl.iter().chain(self.columns.iter().flat_map(|column| &column.acl))
    }

    /// All roles that the grants name.
    pub fn roles(&self) -> impl Iterator<Item = u32> {
        let named = self.all().flat_map(|grant| [grant.grantor, grant.grantee]);
        std::iter::once(self.owner).chain(named).filter(|oid| *oid != PUBLIC)
    }

    /// The same rights, in the same order, whatever the order within an entry.
    pub fn has_acl_of(&self, other: &Self) -> bool {
        same(&self.acl, &other.acl) && self.same_columns(other, same)
    }

    /// The same rights in any order.
    pub fn has_rights_of(&self, other: &Self) -> bool {
        same_rights(&self.acl, &other.acl) && self.same_columns(other, same_rights)
    }

    fn same_columns(&self, other: &Self, same: fn(&[Grant], &[Grant]) -> bool) -> bool {
        let none: &[Grant] = &[];
        let of = |object: &'_ Self, name: &str| {
            object.columns.iter().find(|column| column.name == name).map(|column| column.acl.clone())
        };
        let names: BTreeSet<&str> = self.columns.iter().chain(&other.columns).map(|c| c.name.as_str()).collect();
        names.into_iter().all(|name| {
            let (one, two) = (of(self, name), of(other, name));
            same(one.as_deref().unwrap_or(none), two.as_deref().unwrap_or(none))
        })
    }

    /// Who could not be given his rights back: entries whose grantor this session cannot become, and those that these
    /// grantors themselves stand on.
    fn kept(&self, roles: &Roles) -> BTreeSet<u32> {
        let mut kept = BTreeSet::new();
        let mut open: Vec<u32> = self
            .writers()
            .map(|grant| grant.grantor)
            .filter(|oid| *oid != self.owner && !is_ours(roles, *oid))
            .collect();
        while let Some(role) = open.pop() {
            if role != self.owner && kept.insert(role) {
                open.extend(self.writers().filter(|grant| grant.grantee == role).map(|grant| grant.grantor));
            }
        }
        kept
    }

    /// All entries could be given again, each by its grantor.
    fn is_replayable(&self, roles: &Roles) -> bool {
        self.all().all(|grant| is_ours(roles, grant.grantor))
    }

    fn on(&self) -> String {
        match self.kind {
            Kind::Table | Kind::Materialized => format!("ON TABLE {}", self.sql_name()),
            Kind::Sequence => format!("ON SEQUENCE {}", self.sql_name()),
            Kind::Schema => format!("ON SCHEMA {}", self.sql_name()),
            Kind::Database => format!("ON DATABASE {}", self.sql_name()),
            Kind::Defaults => format!("ON {}", self.plural()),
        }
    }

    /// What GRANT and REVOKE begin with.
    fn prefix(&self, roles: &Roles) -> String {
        if self.kind != Kind::Defaults {
            return String::new();
        }
        let within = self.schema.as_ref().map(|schema| format!("IN SCHEMA {} ", ident(schema))).unwrap_or_default();
        format!("ALTER DEFAULT PRIVILEGES FOR ROLE {} {within}", role_name(roles, self.owner))
    }
}

fn same(one: &[Grant], two: &[Grant]) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.sorted() == two.sorted())
}

fn same_rights(one: &[Grant], two: &[Grant]) -> bool {
    let sorted = |grants: &[Grant]| {
        let mut grants: Vec<Grant> = grants.iter().map(Grant::sorted).collect();
        grants.sort_by_key(|grant| (grant.grantor, grant.grantee));
        grants
    };
    sorted(one) == sorted(two)
}

fn is_ours(roles: &Roles, oid: u32) -> bool {
    roles.get(&oid).is_some_and(|role| role.ours)
}

/// A role as SQL has it.
pub(super) fn role_name(roles: &Roles, oid: u32) -> String {
    match roles.get(&oid) {
        _ if oid == PUBLIC => "PUBLIC".to_owned(),
        Some(role) => ident(&role.name),
        None => format!("(role {oid}, which is gone)"),
    }
}

fn names(roles: &Roles, of: &BTreeSet<u32>) -> String {
    of.iter().map(|oid| role_name(roles, *oid)).collect::<Vec<_>>().join(", ")
}

/// Takes the rights to write from everybody, each as the role that gave them: whoever passed rights on comes after those
/// that he gave them to. CASCADE alone would leave column grants behind that stand on a right on the table.
pub fn revoke(object: &Object, roles: &Roles) -> Vec<Statement> {
    if !is_ours(roles, object.owner) {
        return Vec::new();
    }
    let (of, kept) = (writing(object), object.kept(roles));
    let mut by_grantor: BTreeMap<u32, Vec<&Grant>> = BTreeMap::new();
    for grant in object.writers().filter(|grant| !kept.contains(&grant.grantee) && is_ours(roles, grant.grantor)) {
        by_grantor.entry(grant.grantor).or_default().push(grant);
    }
    let mut statements = Vec::new();
    for grantor in last_givers_first(object, by_grantor.keys().copied()) {
        let grants = &by_grantor[&grantor];
        let privileges: Vec<&str> =
            of.iter().copied().filter(|p| grants.iter().any(|grant| grant.has_any(&[p]))).collect();
        let from: BTreeSet<u32> = grants.iter().map(|grant| grant.grantee).collect();
        let (prefix, on) = (object.prefix(roles), object.on());
        let sql = format!("{prefix}REVOKE {} {on} FROM {} CASCADE", privileges.join(", "), names(roles, &from));
        statements.push(Statement { role: grantor, sql });
    }
    statements
}

/// What a [`revoke`] leaves, by what is known beforehand.
pub fn left(object: &Object, roles: &Roles) -> Object {
    let mut left = object.clone();
    if is_ours(roles, object.owner) {
        let kept = object.kept(roles);
        let stays = |grant: &Grant| kept.contains(&grant.grantee) || !is_ours(roles, grant.grantor);
        left.acl.retain(stays);
        left.columns.iter_mut().for_each(|column| column.acl.retain(stays));
    }
    left
}

/// Grantors, each after those that he has given to.
fn last_givers_first(object: &Object, grantors: impl Iterator<Item = u32>) -> Vec<u32> {
    fn visit(object: &Object, grantor: u32, seen: &mut BTreeSet<u32>, order: &mut Vec<u32>) {
        if !seen.insert(grantor) {
            return;
        }
        for grant in object.writers().filter(|grant| grant.grantor == grantor && grant.grantee != grantor) {
            visit(object, grant.grantee, seen, order);
        }
        order.push(grantor);
    }
    let grantors: BTreeSet<u32> = grantors.collect();
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    // What others stand on comes last whatever the ids are.
    for grantor in &grantors {
        visit(object, *grantor, &mut seen, &mut order);
    }
    order.retain(|role| grantors.contains(role));
    order
}

/// Who may write to it, but for superusers and roles that nobody can use.
pub fn uncovered(object: &Object, roles: &Roles) -> Vec<Uncovered> {
    let mut found = Vec::new();
    let (what, kept) = (object.named(roles), object.kept(roles));
    for grant in object.writers() {
        let is_used = grant.grantee == PUBLIC || roles.get(&grant.grantee).is_none_or(|r| r.used && !r.superuser);
        if !is_used {
            continue;
        }
        let who = role_name(roles, grant.grantee);
        let what_for = match object.kind {
            Kind::Schema | Kind::Database => "create",
            Kind::Materialized => "refresh",
            _ => "write",
        };
        let why = if !is_ours(roles, object.owner) {
            let owner = role_name(roles, object.owner);
            format!("{who} may {what_for}: it belongs to {owner}, of which this role is no member")
        } else if !is_ours(roles, grant.grantor) {
            let grantor = role_name(roles, grant.grantor);
            format!(
                "{who} may {what_for} by a grant of {grantor}, of which this role is no member, so that it could not be given back"
            )
        } else if kept.contains(&grant.grantee) {
            format!("{who} may {what_for}, and passed that on in a way that could not be given back")
        } else {
            format!("{who} may still {what_for}")
        };
        found.push(Uncovered { what: what.clone(), why });
    }
    found.sort();
    found.dedup();
    found
}

/// Brings a list of grants back: what is there now goes, and each entry is given again by its grantor, in the order of
/// the record. Where a grantor cannot be become, only what is missing is given. Nothing where it is as it was.
pub fn restore(was: &Object, now: &Object, roles: &Roles) -> Vec<Statement> {
    if now.has_acl_of(was) || !is_ours(roles, now.owner) {
        return Vec::new();
    }
    let mut statements = Vec::new();
    let anew = was.is_replayable(roles) && now.is_replayable(roles);
    let (prefix, on) = (now.prefix(roles), now.on());
    if anew {
        let mut by_grantor: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for grant in now.all() {
            by_grantor.entry(grant.grantor).or_default().insert(grant.grantee);
        }
        // What the owner gave, and with it what was passed on.
        for grantor in last_givers(now, by_grantor.keys().copied()) {
            let sql = format!("{prefix}REVOKE ALL {on} FROM {} CASCADE", names(roles, &by_grantor[&grantor]));
            statements.push(Statement { role: grantor, sql });
        }
    }
    let none: Vec<Grant> = Vec::new();
    let mut replay = |was: &[Grant], now: &[Grant], column: Option<&str>| {
        let column = column.map(|name| format!(" ({})", ident(name))).unwrap_or_default();
        for grant in was.iter().filter(|grant| exists(roles, grant)) {
            let there = now.iter().find(|there| there.grantor == grant.grantor && there.grantee == grant.grantee);
            if !anew && there.is_some_and(|there| there.sorted() == grant.sorted()) {
                continue;
            }
            let to = role_name(roles, grant.grantee);
            for (privileges, option) in [(&grant.plain, ""), (&grant.grantable, " WITH GRANT OPTION")] {
                if !privileges.is_empty() {
                    let each: Vec<String> = privileges.iter().map(|privilege| format!("{privilege}{column}")).collect();
                    let sql = format!("{prefix}GRANT {} {on} TO {to}{option}", each.join(", "));
                    statements.push(Statement { role: grant.grantor, sql });
                }
            }
        }
    };
    replay(&was.acl, &now.acl, None);
    for column in &was.columns {
        let there = now.columns.iter().find(|there| there.name == column.name);
        replay(&column.acl, there.map_or(&none, |there| &there.acl), Some(&column.name));
    }
    statements.retain(|statement| is_ours(roles, statement.role));
    statements
}

fn exists(roles: &Roles, grant: &Grant) -> bool {
    roles.contains_key(&grant.grantor) && (grant.grantee == PUBLIC || roles.contains_key(&grant.grantee))
}

/// As [`last_givers_first`], over all rights.
fn last_givers(object: &Object, grantors: impl Iterator<Item = u32>) -> Vec<u32> {
    let given: BTreeMap<u32, BTreeSet<u32>> = object.all().fold(BTreeMap::new(), |mut given, grant| {
        given.entry(grant.grantor).or_default().insert(grant.grantee);
        given
    });
    let mut order: Vec<u32> = Vec::new();
    let mut left: BTreeSet<u32> = grantors.collect();
    while !left.is_empty() {
        let gives_to_none =
            |role: &u32| !given.get(role).is_some_and(|to| to.iter().any(|t| t != role && left.contains(t)));
        // A ring cannot be made with GRANT; whatever is left then goes in any order.
        let next = left.iter().copied().find(gives_to_none).or_else(|| left.first().copied());
        let Some(next) = next else { break };
        left.remove(&next);
        order.push(next);
    }
    order
}

/// A former owner's rights are the new owner's, as the server has it when it gives an object away.
pub fn given_away(object: &mut Object, to: u32) {
    let from = std::mem::replace(&mut object.owner, to);
    let each = object.acl.iter_mut().chain(object.columns.iter_mut().flat_map(|column| &mut column.acl));
    for grant in each {
        for role in [&mut grant.grantor, &mut grant.grantee] {
            if *role == from {
                *role = to;
            }
        }
    }
}

/// Gives the roles of a record the ids that they have here. Entries of roles that are gone go.
pub fn renumber(object: &mut Object, ids: &dyn Fn(u32) -> Option<u32>) -> Vec<u32> {
    let mut gone = Vec::new();
    let mut map = |oid: &mut u32| match ids(*oid) {
        _ if *oid == PUBLIC => true,
        Some(here) => {
            *oid = here;
            true
        }
        None => {
            gone.push(*oid);
            false
        }
    };
    map(&mut object.owner);
    object.acl.retain_mut(|grant| map(&mut grant.grantor) & map(&mut grant.grantee));
    for column in &mut object.columns {
        column.acl.retain_mut(|grant| map(&mut grant.grantor) & map(&mut grant.grantee));
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `grantor>grantee=rights`, a star behind those that may be passed on; roles by their letter, `-` for PUBLIC.
    fn grants(text: &str) -> Vec<Grant> {
        let oid = |name: &str| if name == "-" { PUBLIC } else { u32::from(name.as_bytes()[0]) };
        text.split_whitespace()
            .map(|entry| {
                let (who, rights) = entry.split_once('=').expect("an entry has rights");
                let (grantor, grantee) = who.split_once('>').expect("an entry has two roles");
                let (grantable, plain): (Vec<&str>, Vec<&str>) = rights.split(',').partition(|r| r.ends_with('*'));
                Grant {
                    grantor: oid(grantor),
                    grantee: oid(grantee),
                    plain: plain.into_iter().map(str::to_owned).collect(),
                    grantable: grantable.into_iter().map(|r| r.trim_end_matches('*').to_owned()).collect(),
                }
            })
            .collect()
    }

    fn table(acl: &str, columns: &[(&str, &str)]) -> Object {
        let column = |(name, acl): &(&str, &str)| Column { number: 1, name: (*name).to_owned(), acl: grants(acl) };
        let columns = columns.iter().map(column).collect();
        let (schema, name) = (Some("public".to_owned()), "t".to_owned());
        Object { kind: Kind::Table, oid: 1, schema, name, owner: u32::from(b'o'), acl: grants(acl), columns }
    }

    fn roles(ours: &str, others: &str) -> Roles {
        let role = |letter: char, ours: bool| {
            (u32::from(letter), Role { name: letter.to_string(), superuser: false, ours, used: true })
        };
        ours.chars().map(|letter| role(letter, true)).chain(others.chars().map(|letter| role(letter, false))).collect()
    }

    fn said(statements: &[Statement]) -> Vec<String> {
        let role = |statement: &Statement| char::from_u32(statement.role).unwrap_or('?');
        statements.iter().map(|statement| format!("{}: {}", role(statement), statement.sql)).collect()
    }

    #[track_caller]
    fn revokes(object: &Object, roles: &Roles, expected: &[&str]) {
        assert_eq!(said(&revoke(object, roles)), expected);
    }

    #[test]
    fn rights_are_taken_by_who_gave_them_and_the_last_ones_first() {
        revokes(
            &table("o>o=SELECT,INSERT o>-=TRUNCATE", &[]),
            &roles("o", ""),
            &["o: REVOKE INSERT, TRUNCATE ON TABLE public.t FROM PUBLIC, o CASCADE"],
        );
        revokes(
            &table("o>a=INSERT* a>b=INSERT* b>c=INSERT", &[("x", "a>d=INSERT")]),
            &roles("oabcd", ""),
            &[
                "b: REVOKE INSERT ON TABLE public.t FROM c CASCADE",
                "a: REVOKE INSERT ON TABLE public.t FROM b, d CASCADE",
                "o: REVOKE INSERT ON TABLE public.t FROM a CASCADE",
            ],
        );
        revokes(&table("o>a=SELECT", &[("x", "o>a=SELECT")]), &roles("oa", ""), &[]);
        revokes(&table("o>a=INSERT", &[]), &roles("a", "o"), &[]);
    }

    #[test]
    fn what_could_not_come_back_is_kept_and_named() {
        let chain = table("o>a=INSERT* a>b=INSERT o>c=DELETE", &[]);
        let roles = roles("oc", "ab");
        revokes(&chain, &roles, &["o: REVOKE DELETE ON TABLE public.t FROM c CASCADE"]);
        let after = table("o>a=INSERT* a>b=INSERT", &[]);
        let named: Vec<String> = uncovered(&after, &roles).into_iter().map(|one| one.why).collect();
        assert_eq!(named.len(), 2, "{named:?}");
        assert!(named.iter().any(|why| why.starts_with("b may write by a grant of a")), "{named:?}");
    }

    #[test]
    fn grants_come_back_in_their_order() {
        let was = table("o>o=SELECT,INSERT o>a=INSERT* o>b=SELECT a>c=INSERT", &[("x", "o>c=UPDATE")]);
        let now = table("o>o=SELECT o>b=SELECT", &[]);
        let roles = roles("oabc", "");
        assert_eq!(
            said(&restore(&was, &now, &roles)),
            [
                "o: REVOKE ALL ON TABLE public.t FROM b, o CASCADE",
                "o: GRANT SELECT, INSERT ON TABLE public.t TO o",
                "o: GRANT INSERT ON TABLE public.t TO a WITH GRANT OPTION",
                "o: GRANT SELECT ON TABLE public.t TO b",
                "a: GRANT INSERT ON TABLE public.t TO c",
                "o: GRANT UPDATE (x) ON TABLE public.t TO c",
            ]
        );
        assert_eq!(said(&restore(&was, &was, &roles)), [""; 0]);
    }

    #[test]
    fn where_a_grantor_is_out_of_reach_only_what_is_missing_is_given() {
        let was = table("o>o=INSERT o>a=SELECT* a>b=SELECT", &[]);
        let now = table("o>a=SELECT* a>b=SELECT", &[]);
        assert_eq!(said(&restore(&was, &now, &roles("o", "ab"))), ["o: GRANT INSERT ON TABLE public.t TO o"]);
    }

    #[test]
    fn names_are_quoted() {
        let mut object = table("o>o=INSERT", &[]);
        object.name = "Ta\"ble".to_owned();
        let mut roles = roles("o", "");
        if let Some(role) = roles.get_mut(&u32::from(b'o')) {
            role.name = "Odd; role".to_owned();
        }
        let expected = "REVOKE INSERT ON TABLE public.\"Ta\"\"ble\" FROM \"Odd; role\" CASCADE";
        assert_eq!(revoke(&object, &roles)[0].sql, expected);
    }
}
