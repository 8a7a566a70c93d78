//! A criterion that holds or does not: what a wait waits for, and what a verification asks.
//!
//! Must not know: who asks, or how often.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::http::Http;
use super::super::{Context, Trouble};
use super::rls::Rls;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::steps) enum Condition {
    /// One row with one boolean, in a transaction that may only read.
    Sql(String),
    Http(Http),
    /// Tables that must be there and have rows or not, by name.
    Tables(Vec<String>),
    /// Who sees and changes whose rows.
    Rls(Box<Rls>),
    /// The same, of what the plan's `[impact]` names.
    Impact(Impact),
}

/// How the plan's `[impact]` is asked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::steps) enum Impact {
    Rls,
}

impl Condition {
    /// What it asks, on one line.
    pub(in crate::steps) fn said(&self) -> String {
        match self {
            Self::Sql(sql) => sql.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Http(http) => format!("{http:?}").chars().take(200).collect(),
            Self::Tables(tables) => format!("tables {}", tables.join(", ")),
            Self::Rls(rls) => rls.said(),
            Self::Impact(Impact::Rls) => "row-level security of what [impact] names".to_owned(),
        }
    }

    /// What was seen, where it holds; why not, where it does not.
    pub(in crate::steps) async fn holds(&self, context: &Context<'_>) -> Result<Value, Trouble> {
        match self {
            Self::Http(http) => http.send(context).await,
            Self::Sql(sql) => asked(context, sql).await,
            Self::Rls(rls) => rls.holds(context).await,
            Self::Impact(Impact::Rls) => Rls::of(crate::impact::section(context.env)?)?.holds(context).await,
            Self::Tables(tables) => {
                for table in tables {
                    let there =
                        format!("SELECT pg_catalog.to_regclass({}) IS NOT NULL", backout_schema::literal(table));
                    asked(context, &there).await.map_err(|mut trouble| {
                        trouble.why = format!("table {table} is not there ({})", trouble.why);
                        trouble
                    })?;
                }
                Ok(json!({ "tables": tables.len() }))
            }
        }
    }
}

async fn asked(context: &Context<'_>, sql: &str) -> Result<Value, Trouble> {
    let session = context.env.connect().await?;
    let failed = |error: backout_postgres::session::DatabaseError| Trouble::new(error.to_string(), true);
    let left = context.left().as_millis().clamp(1, 600_000);
    session.batch(&format!("BEGIN READ ONLY; SET LOCAL statement_timeout = {left}")).await.map_err(failed)?;
    let rows = session.rows(&format!("SELECT ({})::bool", sql.trim().trim_end_matches(';'))).await.map_err(failed)?;
    session.batch("ROLLBACK").await.map_err(failed)?;
    session.close().await;
    match rows.first().and_then(|row| row.get::<_, Option<bool>>(0)) {
        Some(true) => Ok(json!({ "holds": true })),
        Some(false) => Err(Trouble::new("it does not hold", true)),
        None => Err(Trouble::new("the answer is NULL, which is neither yes nor no", true)),
    }
}
