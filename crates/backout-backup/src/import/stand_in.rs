//! What stands in for the parts of a hosted platform (Supabase) that dumps of it refer to and do not hold.
//!
//! Works on names and gives SQL. Must not know: sessions.

use backout_schema::{ident, qualified};

use super::sort::Name;

/// Schemas that the platform makes and keeps.
const MANAGED: [&str; 12] = [
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "net",
    "pgbouncer",
    "pgsodium",
    "realtime",
    "storage",
    "supabase_functions",
    "vault",
];

pub fn is_managed(schema: &str) -> bool {
    MANAGED.contains(&schema)
}

/// The functions that policies call. Without a request nobody is signed in, so they say nothing, as there.
const AUTH: &str = "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS \
    $$SELECT NULLIF(pg_catalog.current_setting('request.jwt.claim.sub', true), '')::pg_catalog.uuid$$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS \
    $$SELECT NULLIF(pg_catalog.current_setting('request.jwt.claim.role', true), '')::pg_catalog.text$$;
CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS \
    $$SELECT NULLIF(pg_catalog.current_setting('request.jwt.claim.email', true), '')::pg_catalog.text$$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS \
    $$SELECT NULLIF(pg_catalog.current_setting('request.jwt.claims', true), '')::pg_catalog.jsonb$$";

/// A schema, with what is called in it.
pub fn schema(name: &str) -> Vec<String> {
    let mut sql = vec![format!("CREATE SCHEMA IF NOT EXISTS {}", ident(name))];
    if name == "auth" {
        sql.push(AUTH.to_owned());
    }
    sql
}

/// A table with the columns that the dump fills: all text, since the dump does not tell their types, but for the key of
/// users that keys of others refer to.
pub fn table(name: &Name, columns: &[String]) -> String {
    let users = name.0 == "auth" && name.1 == "users";
    let mut names: Vec<&str> = columns.iter().map(String::as_str).collect();
    if names.is_empty() || users && !names.contains(&"id") {
        names.push("id");
    }
    let typed: Vec<String> = names
        .iter()
        .map(|column| {
            let kind = if users && *column == "id" { "pg_catalog.uuid PRIMARY KEY" } else { "pg_catalog.text" };
            format!("{} {kind}", ident(column))
        })
        .collect();
    format!("CREATE TABLE {} ({})", qualified(&name.0, &name.1), typed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_the_columns_that_are_filled() {
        let name = |schema: &str, table: &str| (schema.to_owned(), table.to_owned());
        for (of, columns, expected) in [
            (name("auth", "users"), vec![], "CREATE TABLE auth.users (id pg_catalog.uuid PRIMARY KEY)"),
            (
                name("auth", "users"),
                vec!["id", "E mail"],
                "CREATE TABLE auth.users (id pg_catalog.uuid PRIMARY KEY, \"E mail\" pg_catalog.text)",
            ),
            (name("storage", "objects"), vec!["name"], "CREATE TABLE storage.objects (name pg_catalog.text)"),
        ] {
            let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
            assert_eq!(table(&of, &columns), expected);
        }
    }
}
