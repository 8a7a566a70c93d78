//! What a migration writes that no object of the catalog stands for: things that all databases of the server share,
//! what PostgreSQL came with, and kinds that a newer server has. It is not taken back, so it is said.
//!
//! The server counts the rows that a transaction writes into each system catalog, so nothing has to be known about a
//! catalog to see that it was written.

use super::{Environment, Gathered, MigrateError};
use backout_plan::Verdict;
use backout_reversal::Inverse;
use backout_schema::Class;
use std::collections::BTreeMap;

/// Catalogs whose rows are parts of objects that are read with them, or follow from them.
const PARTS: &[&str] = &[
    "pg_aggregate",
    "pg_attribute",
    "pg_depend",
    "pg_enum",
    "pg_foreign_table",
    "pg_index",
    "pg_inherits",
    "pg_init_privs",
    "pg_partitioned_table",
    "pg_range",
    "pg_sequence",
    "pg_shdepend",
    "pg_statistic",
    "pg_statistic_ext_data",
    "pg_ts_config_map",
];

/// What stood before: how many rows this session has written into each system catalog, and how many comments there
/// are on what PostgreSQL came with.
#[derive(Clone, Debug, Default)]
pub(super) struct Beyond {
    written: BTreeMap<String, i64>,
    comments: i64,
}

const WRITTEN: &str = "SELECT c.relname::text, pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) \
     + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) FROM pg_catalog.pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'";

const COMMENTS: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_description WHERE objoid < 16384 AND objoid <> 'public'::regnamespace::oid";

const SHARED: &str = "it belongs to the whole server, not to this database, and is not taken back";
const MEMBER: &str = "it belongs to an extension, and changes of that are not taken back";
const BUILT_IN: &str = "it came with PostgreSQL, and changes of that are not taken back";

fn shared_word(catalog: &str) -> &str {
    match catalog {
        "pg_authid" => "roles",
        "pg_auth_members" => "memberships in roles",
        "pg_tablespace" => "tablespaces",
        "pg_subscription" => "subscriptions",
        "pg_parameter_acl" => "privileges on parameters",
        "pg_shdescription" => "comments on roles, tablespaces or databases",
        "pg_seclabel" | "pg_shseclabel" => "security labels",
        "pg_largeobject" => "the contents of large objects",
        "pg_replication_origin" => "replication origins",
        other => other,
    }
}

fn reason(catalog: &str) -> String {
    match catalog {
        "pg_largeobject" => "they are not written down".to_owned(),
        "pg_seclabel" => "they are not taken back".to_owned(),
        "pg_auth_members" | "pg_shdescription" | "pg_shseclabel" | "pg_replication_origin" => SHARED.to_owned(),
        _ => "this version of Backout does not know what that catalog holds".to_owned(),
    }
}

impl Environment<'_> {
    pub(super) async fn beyond(&self) -> Result<Beyond, MigrateError> {
        let doing = "asking which catalogs were written";
        let rows = self.session.rows(WRITTEN).await.map_err(MigrateError::server(doing))?;
        let written = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let comments = self.ask(COMMENTS).await?.pop().and_then(|n| n.parse().ok()).unwrap_or(0);
        Ok(Beyond { written, comments })
    }

    async fn ask(&self, sql: &str) -> Result<Vec<String>, MigrateError> {
        let doing = "asking what was written beside the schema";
        let rows = self.session.rows(&format!("SELECT v::text FROM ({sql}) v (v)")).await;
        let rows = rows.map_err(MigrateError::server(doing))?;
        Ok(rows.iter().filter_map(|row| row.get::<_, Option<String>>(0)).collect())
    }

    /// The rows of a catalog that this transaction wrote, as the server describes them.
    async fn written_rows(&self, catalog: &str, which: &str) -> Result<Vec<String>, MigrateError> {
        self.ask(&format!(
            "SELECT pg_catalog.pg_describe_object('pg_catalog.{catalog}'::regclass, x.oid, 0) FROM pg_catalog.{catalog} x \
             WHERE {which} AND pg_catalog.age(x.xmin) <= 0 ORDER BY 1"
        ))
        .await
    }

    /// The same, where not everybody may look, and where rows may be gone.
    async fn named(&self, catalog: &str, which: &str, word: &str) -> Result<Vec<(String, String)>, MigrateError> {
        let readable = format!("SELECT pg_catalog.has_table_privilege('pg_catalog.{catalog}', 'SELECT')");
        let named = match self.ask(&readable).await?.first().map(String::as_str) {
            Some("true") => self.written_rows(catalog, which).await?,
            _ => Vec::new(),
        };
        let named = if named.is_empty() { vec![word.to_owned()] } else { named };
        Ok(named.into_iter().map(|what| (what, SHARED.to_owned())).collect())
    }
}

impl Gathered {
    /// Notes as lost what was written since and is not taken back.
    pub(super) async fn note_beyond(
        &mut self,
        env: &Environment<'_>,
        then: &Beyond,
        inverse: &Inverse,
    ) -> Result<(), MigrateError> {
        let now = env.beyond().await?;
        let mut found: Vec<(String, String)> = Vec::new();
        for (catalog, written) in &now.written {
            if *written == then.written.get(catalog).copied().unwrap_or(0) || PARTS.contains(&catalog.as_str()) {
                continue;
            }
            let class = Class::of_catalog(catalog);
            let touches = |class: Class| {
                [&inverse.removed, &inverse.added, &inverse.changed]
                    .iter()
                    .any(|ids| ids.iter().any(|id| id.class == class))
            };
            match catalog.as_str() {
                "pg_database" | "pg_shdescription" if touches(Class::Database) => {}
                "pg_db_role_setting" => {
                    let of_roles = "SELECT pg_catalog.pg_get_userbyid(setrole) FROM pg_catalog.pg_db_role_setting \
                         WHERE setdatabase = 0 AND pg_catalog.age(xmin) <= 0";
                    let roles = env.ask(of_roles).await?;
                    if roles.is_empty() && !touches(Class::DatabaseSetting) {
                        found.push(("settings of roles".to_owned(), SHARED.to_owned()));
                    }
                    found.extend(roles.into_iter().map(|role| (format!("settings of role {role}"), SHARED.to_owned())));
                }
                "pg_description" => {
                    let said = "SELECT pg_catalog.pg_describe_object(classoid, objoid, objsubid) FROM pg_catalog.pg_description \
                         WHERE objoid < 16384 AND objoid <> 'public'::regnamespace::oid AND pg_catalog.age(xmin) <= 0";
                    let named = env.ask(said).await?;
                    if named.is_empty() && now.comments != then.comments {
                        found.push(("a comment on what PostgreSQL came with".to_owned(), BUILT_IN.to_owned()));
                    }
                    found.extend(named.into_iter().map(|what| (format!("the comment on {what}"), BUILT_IN.to_owned())));
                }
                "pg_subscription" if touches(Class::Subscription) => {}
                "pg_authid" | "pg_tablespace" | "pg_subscription" | "pg_parameter_acl" => {
                    found.extend(env.named(catalog, "true", shared_word(catalog)).await?);
                }
                _ if class.is_some() => {
                    let own = "x.datname = pg_catalog.current_database()";
                    if catalog == "pg_database" {
                        found.extend(env.named(catalog, own, "databases").await?);
                    } else if !matches!(catalog.as_str(), "pg_user_mapping" | "pg_largeobject_metadata") {
                        // All of those is the user's.
                        let of_extensions = format!(
                            "EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid \
                             WHERE d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = x.oid AND d.deptype = 'e' AND pg_catalog.age(e.xmin) > 0)"
                        );
                        let written = env.written_rows(catalog, &of_extensions).await?;
                        found.extend(written.into_iter().map(|what| (what, MEMBER.to_owned())));
                        let built_in = "x.oid < 16384 AND x.oid <> 'public'::regnamespace::oid";
                        let written = env.written_rows(catalog, built_in).await?;
                        found.extend(written.into_iter().map(|what| (what, BUILT_IN.to_owned())));
                    }
                }
                _ => found.push((shared_word(catalog).to_owned(), reason(catalog))),
            }
        }
        for (what, reason) in found {
            let verdict = Verdict::Impossible { what, reason };
            if !self.losses.contains(&verdict) {
                self.losses.push(verdict);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_catalog_of_the_parts_is_one_that_no_class_has() {
        for catalog in PARTS {
            assert!(Class::of_catalog(catalog).is_none(), "{catalog}");
        }
    }
}
