//! What a database stands on that a dump of it does not hold: roles and their memberships, its encoding and locale,
//! owner and settings, and the extensions that its server must have.
//!
//! Must not know: what is made of it. Passwords are never read.

use backout_schema::{ident, literal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::session::{DatabaseError, Session};

/// Everything that must be there before a database can be restored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    pub roles: Vec<Role>,
    pub memberships: Vec<Membership>,
    pub encoding: String,
    pub collate: String,
    pub ctype: String,
    /// The database's owner.
    pub owner: String,
    #[serde(default)]
    pub comment: Option<String>,
    /// What CREATE DATABASE says of the locale beside the three above: of ICU's or the builtin provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// Who may do what with the database; none where nobody ever granted or revoked anything.
    #[serde(default)]
    pub grants: Option<Vec<Grant>>,
    #[serde(default)]
    pub connection_limit: Option<i32>,
    /// Those that something in the database lies in, but for PostgreSQL's own.
    #[serde(default)]
    pub tablespaces: Vec<String>,
    /// The one that everything lies in that names none.
    #[serde(default)]
    pub tablespace: Option<String>,
    pub settings: Vec<Setting>,
    pub extensions: Vec<Extension>,
}

/// A role, without its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    /// `SUPERUSER NOCREATEDB …`, as CREATE ROLE takes it.
    pub attributes: String,
    /// Something in the database belongs to it, or was granted to it.
    pub used: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub role: String,
    pub member: String,
    pub admin: bool,
}

/// A setting of the database, or of a role in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub role: Option<String>,
    pub name: String,
    pub value: String,
}

/// A privilege on the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// None for everybody.
    pub role: Option<String>,
    pub privilege: String,
    pub grantable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub name: String,
    pub version: String,
}

/// Settings whose value is a list, which must not be quoted as one.
const LISTS: [&str; 5] =
    ["search_path", "datestyle", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"];

/// Nothing depends on the role that the server began with (10): it is looked for as an owner.
const ROLES: &str = "
WITH RECURSIVE used AS (
  SELECT d.refobjid AS oid FROM pg_catalog.pg_shdepend d
  WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND (
    d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    OR d.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.objid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
  UNION SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database()
  UNION SELECT o.owner FROM (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS class, oid, relowner AS owner FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
    UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid, nspowner FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, proowner FROM pg_catalog.pg_proc
    UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, typowner FROM pg_catalog.pg_type WHERE typtype IN ('b', 'd', 'e', 'r') AND typelem = 0
    UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid, oprowner FROM pg_catalog.pg_operator
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid, opfowner FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid, opcowner FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, oid, collowner FROM pg_catalog.pg_collation
    UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, oid, conowner FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, oid, dictowner FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid, cfgowner FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, oid, stxowner FROM pg_catalog.pg_statistic_ext
    UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, fdwowner FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid, srvowner FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid, evtowner FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, oid, pubowner FROM pg_catalog.pg_publication
    UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, lanowner FROM pg_catalog.pg_language
    UNION ALL SELECT 'pg_catalog.pg_largeobject_metadata'::pg_catalog.regclass, oid, lomowner FROM pg_catalog.pg_largeobject_metadata
  ) o WHERE o.owner = 10 AND o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')
  UNION SELECT setrole FROM pg_catalog.pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  UNION SELECT unnest(polroles) FROM pg_catalog.pg_policy
)
SELECT r.rolname::text,
  concat_ws(' ', CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
    CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END),
  r.oid IN (SELECT oid FROM used)
FROM pg_catalog.pg_roles r WHERE rolname !~ '^pg_' ORDER BY rolname";

const MEMBERSHIPS: &str = "
SELECT g.rolname::text, m.rolname::text, bool_or(a.admin_option)
FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles g ON g.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member
WHERE m.rolname !~ '^pg_' GROUP BY 1, 2 ORDER BY 1, 2";

const DATABASE: &str = "
SELECT pg_catalog.pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text, pg_catalog.pg_get_userbyid(datdba)::text,
  pg_catalog.shobj_description(oid, 'pg_database'), pg_catalog.to_jsonb(d)::text, datacl IS NOT NULL, datconnlimit
FROM pg_catalog.pg_database d WHERE datname = current_database()";

const TABLESPACES: &str = "
SELECT t.spcname::text, t.oid = d.dattablespace FROM pg_catalog.pg_tablespace t, pg_catalog.pg_database d
WHERE d.datname = current_database() AND t.spcname !~ '^pg_'
  AND (t.oid = d.dattablespace OR t.oid IN (SELECT reltablespace FROM pg_catalog.pg_class)) ORDER BY 1";

const GRANTS: &str = "
SELECT CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee)::text END, a.privilege_type, a.is_grantable
FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a WHERE d.datname = current_database() ORDER BY 1 NULLS FIRST, 2";

const SETTINGS: &str = "
SELECT CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole)::text END,
  split_part(kv, '=', 1), substr(kv, strpos(kv, '=') + 1)
FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) kv
WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) ORDER BY 1, 2";

impl Ground {
    /// Reads what the session's database stands on.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn read(session: &Session) -> Result<Self, DatabaseError> {
        let roles = session.rows(ROLES).await?;
        let memberships = session.rows(MEMBERSHIPS).await?;
        let database = session.rows(DATABASE).await?;
        let settings = session.rows(SETTINGS).await?;
        let extensions =
            session.rows("SELECT extname::text, extversion FROM pg_catalog.pg_extension ORDER BY 1").await?;
        let mut ground = Self {
            roles: roles
                .iter()
                .map(|row| Role { name: row.get(0), attributes: row.get(1), used: row.get(2) })
                .collect(),
            memberships: memberships
                .iter()
                .map(|row| Membership { role: row.get(0), member: row.get(1), admin: row.get(2) })
                .collect(),
            settings: settings
                .iter()
                .map(|row| Setting { role: row.get(0), name: row.get(1), value: row.get(2) })
                .collect(),
            extensions: extensions.iter().map(|row| Extension { name: row.get(0), version: row.get(1) }).collect(),
            ..Self::default()
        };
        if let Some(row) = database.first() {
            ground.encoding = row.get(0);
            ground.collate = row.get(1);
            ground.ctype = row.get(2);
            ground.owner = row.get(3);
            ground.comment = row.get(4);
            ground.provider = provider(row.get(5));
            ground.connection_limit = Some(row.get(7)).filter(|limit| *limit != -1);
            for row in session.rows(TABLESPACES).await? {
                let name: String = row.get(0);
                ground.tablespace = row.get::<_, bool>(1).then(|| name.clone()).or(ground.tablespace);
                ground.tablespaces.push(name);
            }
            if row.get::<_, bool>(6) {
                let grants = session.rows(GRANTS).await?;
                let grant = |row: &tokio_postgres::Row| Grant {
                    role: row.get(0),
                    privilege: row.get(1),
                    grantable: row.get(2),
                };
                ground.grants = Some(grants.iter().map(grant).collect());
            }
        }
        ground.only_known_roles();
        Ok(ground)
    }

    /// Each query sees its own moment: a role that was created after the roles were read is left out everywhere.
    fn only_known_roles(&mut self) {
        let known: BTreeSet<&str> = self.roles.iter().map(|role| role.name.as_str()).collect();
        // Those that the server itself brings are no roles to create.
        let is_known = |name: &str| name.starts_with("pg_") || known.contains(name);
        let is_free = |role: &Option<String>| role.as_deref().is_none_or(is_known);
        self.memberships.retain(|one| is_known(&one.role) && is_known(&one.member));
        self.settings.retain(|one| is_free(&one.role));
        if let Some(grants) = &mut self.grants {
            grants.retain(|one| is_free(&one.role));
        }
    }

    /// Statements that make roles and memberships; those of roles that are there fail with 42710.
    pub fn make_roles(&self) -> Vec<String> {
        let roles = self.roles.iter().map(|role| format!("CREATE ROLE {} {}", ident(&role.name), role.attributes));
        let memberships = self.memberships.iter().map(|membership| {
            let admin = if membership.admin { " WITH ADMIN OPTION" } else { "" };
            format!("GRANT {} TO {}{admin}", ident(&membership.role), ident(&membership.member))
        });
        roles.chain(memberships).collect()
    }

    /// What follows CREATE DATABASE: encoding and locale.
    pub fn locale(&self) -> String {
        let provider = self.provider.as_ref().map(|provider| format!(" {provider}")).unwrap_or_default();
        format!(
            "ENCODING{} LC_COLLATE{} LC_CTYPE{}{provider}",
            spaced(&self.encoding),
            spaced(&self.collate),
            spaced(&self.ctype)
        )
    }

    /// Statements that give a database its comment, its limit and what was granted on it. They name roles.
    pub fn make_grants(&self, database: &str) -> Vec<String> {
        let name = ident(database);
        let mut statements = Vec::new();
        statements.extend(self.comment.as_ref().map(|text| format!("COMMENT ON DATABASE {name} IS{}", spaced(text))));
        statements.extend(self.connection_limit.map(|limit| format!("ALTER DATABASE {name} CONNECTION LIMIT {limit}")));
        let Some(grants) = &self.grants else { return statements };
        let whom = |role: &Option<String>| role.as_ref().map_or_else(|| "PUBLIC".to_owned(), |role| ident(role));
        statements.push(format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC, {}", ident(&self.owner)));
        for grant in grants {
            let option = if grant.grantable { " WITH GRANT OPTION" } else { "" };
            statements.push(format!("GRANT {} ON DATABASE {name} TO {}{option}", grant.privilege, whom(&grant.role)));
        }
        statements
    }

    /// Statements that give a database its settings.
    pub fn make_settings(&self, database: &str) -> Vec<String> {
        let settings = self.settings.iter().map(|setting| {
            let database = ident(database);
            let of = match &setting.role {
                Some(role) => format!("ROLE {} IN DATABASE {database}", ident(role)),
                None => format!("DATABASE {database}"),
            };
            let value = match LISTS.contains(&setting.name.to_ascii_lowercase().as_str()) {
                true => elements(&setting.value).iter().map(|one| spaced(one)).collect::<Vec<_>>().join(","),
                false => spaced(&setting.value),
            };
            format!("ALTER {of} SET {} TO{value}", ident(&setting.name))
        });
        settings.collect()
    }
}

/// The part of CREATE DATABASE that says who sorts, from a row of pg_database: its columns have other names from version
/// to version.
fn provider(row: &str) -> Option<String> {
    let row: serde_json::Value = serde_json::from_str(row).ok()?;
    let text = |name: &str| row.get(name).and_then(serde_json::Value::as_str);
    let name = match text("datlocprovider")? {
        "i" => "icu",
        "b" => "builtin",
        "c" => return Some("LOCALE_PROVIDER libc".to_owned()),
        _ => return None,
    };
    let locale = text("datlocale").or_else(|| text("daticulocale"))?;
    let option = if name == "icu" { "ICU_LOCALE" } else { "BUILTIN_LOCALE" };
    let rules = text("daticurules").map(|rules| format!(" ICU_RULES{}", spaced(rules))).unwrap_or_default();
    Some(format!("LOCALE_PROVIDER {name} {option}{}{rules}", spaced(locale)))
}

/// The elements of a list as a setting holds it: `"$user", public`. An empty one is one empty element.
fn elements(list: &str) -> Vec<String> {
    let (mut elements, mut current, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = list.trim().chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                current.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => elements.push(std::mem::take(&mut current)),
            c if c.is_whitespace() && !quoted => {}
            c => current.push(c),
        }
    }
    elements.push(current);
    elements
}

/// A literal with a space before it; `literal` itself brings one only for escapes.
fn spaced(text: &str) -> String {
    format!(" {}", literal(text).trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_taken_apart() {
        for (list, expected) in [
            ("", vec![""]),
            ("\"\"", vec![""]),
            ("\"$user\", public", vec!["$user", "public"]),
            ("\"a\"\"b, c\", d", vec!["a\"b, c", "d"]),
        ] {
            assert_eq!(elements(list), expected, "{list}");
        }
    }

    #[test]
    fn who_sorts_is_said_in_every_version() {
        for (row, expected) in [
            (r#"{"datname": "d"}"#, None),
            (r#"{"datlocprovider": "c", "datlocale": null}"#, Some("LOCALE_PROVIDER libc")),
            (r#"{"datlocprovider": "i", "daticulocale": "de-DE"}"#, Some("LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'")),
            (
                r#"{"datlocprovider": "i", "datlocale": "de", "daticurules": "&a < b"}"#,
                Some("LOCALE_PROVIDER icu ICU_LOCALE 'de' ICU_RULES '&a < b'"),
            ),
            (
                r#"{"datlocprovider": "b", "datlocale": "C.UTF-8"}"#,
                Some("LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"),
            ),
        ] {
            assert_eq!(provider(row).as_deref(), expected, "{row}");
        }
    }

    #[test]
    fn a_role_that_came_after_the_roles_were_read_is_left_out() {
        let role = |name: &str| Role { name: name.to_owned(), attributes: String::new(), used: true };
        let member =
            |role: &str, member: &str| Membership { role: role.to_owned(), member: member.to_owned(), admin: false };
        let grant = |role: Option<&str>| Grant {
            role: role.map(str::to_owned),
            privilege: "CONNECT".to_owned(),
            grantable: false,
        };
        let mut ground = Ground {
            roles: vec![role("a"), role("b")],
            memberships: vec![member("a", "b"), member("a", "late"), member("late", "b"), member("pg_monitor", "a")],
            grants: Some(vec![grant(None), grant(Some("a")), grant(Some("late"))]),
            ..Ground::default()
        };
        ground.only_known_roles();
        assert_eq!(ground.memberships, [member("a", "b"), member("pg_monitor", "a")]);
        assert_eq!(ground.grants, Some(vec![grant(None), grant(Some("a"))]));
    }

    #[test]
    fn what_is_strange_is_quoted() {
        let setting = |role: Option<&str>, name: &str, value: &str| Setting {
            role: role.map(str::to_owned),
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let ground = Ground {
            roles: vec![Role { name: "we\"ird".to_owned(), attributes: "NOLOGIN".to_owned(), used: true }],
            memberships: vec![Membership { role: "a b".to_owned(), member: "c".to_owned(), admin: true }],
            settings: vec![setting(None, "app.x", "it's"), setting(Some("R"), "search_path", "\"a b\", public")],
            comment: Some("it's".to_owned()),
            owner: "O".to_owned(),
            grants: Some(vec![
                Grant { role: None, privilege: "CONNECT".to_owned(), grantable: false },
                Grant { role: Some("R".to_owned()), privilege: "CREATE".to_owned(), grantable: true },
            ]),
            ..Ground::default()
        };
        assert_eq!(
            ground.make_grants("d b"),
            [
                "COMMENT ON DATABASE \"d b\" IS 'it''s'",
                "REVOKE ALL ON DATABASE \"d b\" FROM PUBLIC, \"O\"",
                "GRANT CONNECT ON DATABASE \"d b\" TO PUBLIC",
                "GRANT CREATE ON DATABASE \"d b\" TO \"R\" WITH GRANT OPTION"
            ]
        );
        assert_eq!(ground.make_roles(), ["CREATE ROLE \"we\"\"ird\" NOLOGIN", "GRANT \"a b\" TO c WITH ADMIN OPTION"]);
        assert_eq!(
            ground.make_settings("d b"),
            [
                "ALTER DATABASE \"d b\" SET \"app.x\" TO 'it''s'",
                "ALTER ROLE \"R\" IN DATABASE \"d b\" SET search_path TO 'a b', 'public'"
            ]
        );
    }
}
