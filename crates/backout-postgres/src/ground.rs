//! What a database stands on that a dump of it does not hold: roles and their memberships, its encoding and locale,
//! owner and settings, and the extensions that its server must have.
//!
//! Must not know: what is made of it. Passwords are never read.

use backout_schema::{ident, literal};
use serde::{Deserialize, Serialize};

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
    /// As PostgreSQL prints it; none where nobody granted anything.
    #[serde(default)]
    pub comment: Option<String>,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub name: String,
    pub version: String,
}

/// Settings whose value is a list, which must not be quoted as one.
const LISTS: [&str; 4] = ["search_path", "DateStyle", "temp_tablespaces", "session_preload_libraries"];

const ROLES: &str = "
WITH RECURSIVE used AS (
  SELECT d.refobjid AS oid FROM pg_catalog.pg_shdepend d
  WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND (
    d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    OR d.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.objid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
  UNION SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database()
  UNION SELECT relowner FROM pg_catalog.pg_class WHERE relowner = 10 AND oid >= 16384
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
  pg_catalog.shobj_description(oid, 'pg_database')
FROM pg_catalog.pg_database WHERE datname = current_database()";

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
        }
        Ok(ground)
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
        format!(
            "ENCODING{} LC_COLLATE{} LC_CTYPE{}",
            spaced(&self.encoding),
            spaced(&self.collate),
            spaced(&self.ctype)
        )
    }

    /// Statements that give a database its settings.
    pub fn make_settings(&self, database: &str) -> Vec<String> {
        let settings = self.settings.iter().map(|setting| {
            let database = ident(database);
            let of = match &setting.role {
                Some(role) => format!("ROLE {} IN DATABASE {database}", ident(role)),
                None => format!("DATABASE {database}"),
            };
            let value = match LISTS.contains(&setting.name.as_str()) {
                true => format!(" {}", setting.value),
                false => spaced(&setting.value),
            };
            format!("ALTER {of} SET {} TO{value}", ident(&setting.name))
        });
        settings.collect()
    }
}

/// A literal with a space before it; `literal` itself brings one only for escapes.
fn spaced(text: &str) -> String {
    format!(" {}", literal(text).trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ..Ground::default()
        };
        assert_eq!(ground.make_roles(), ["CREATE ROLE \"we\"\"ird\" NOLOGIN", "GRANT \"a b\" TO c WITH ADMIN OPTION"]);
        assert_eq!(
            ground.make_settings("d b"),
            [
                "ALTER DATABASE \"d b\" SET \"app.x\" TO 'it''s'",
                "ALTER ROLE \"R\" IN DATABASE \"d b\" SET search_path TO \"a b\", public"
            ]
        );
    }
}
