//! Runs SQL in one transaction, which also leaves a mark: so it is known afterwards whether it was committed.
//!
//! Must not know: what the SQL does.

use backout_plan::plan::Flaw;
use backout_postgres::mark;
use backout_sql::script::{Dialect, no_includes, parse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::gates::identity;
use crate::mistake::{Look, Mistake};
use crate::{Failure, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sql {
    sql: String,
}

impl Kind for Sql {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(vec!["BEGIN".to_owned(), self.sql.clone(), "COMMIT".to_owned()]) })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let script = match parse("sql", &self.sql, Dialect::Server, &mut no_includes) {
                Ok(script) => script,
                Err(error) => return vec![Mistake::plan(Flaw::at(&["sql"], error.message()))],
            };
            if script.statements().next().is_none() {
                return vec![Mistake::plan(Flaw::at(&["sql"], "it has no statement"))];
            }
            let mut found = Vec::new();
            for statement in script.statements() {
                found.extend(look.live.statement(&["sql"], &statement.text).await);
            }
            found
        })
    }

    fn writes_data(&self) -> bool {
        true
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let pair = context.env.connect_pair().await?;
            identity::pass(context.env, &pair.session).await?;
            let name = context.mark();
            let left = context.left().as_millis().clamp(1, 86_400_000);
            let work = async {
                pair.session.batch(&format!("BEGIN; SET LOCAL statement_timeout = {left}")).await?;
                mark::set(&pair.session, &name, context.fence).await?;
                pair.session.batch(&self.sql).await?;
                pair.session.batch("COMMIT").await
            };
            match work.await {
                Ok(()) => Ok(json!({ "mark": name })),
                Err(error) => {
                    pair.session.batch("ROLLBACK").await.ok();
                    let again = error.is_retryable();
                    Err(Trouble::new(error.to_string(), again))
                }
            }
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let session = context.env.connect().await?;
            let marked = mark::is_set(&session, &context.mark()).await;
            Ok(match marked.map_err(Failure::server("looking for the mark of a step"))? {
                true => Settled::Done(json!({ "mark": context.mark() })),
                false => Settled::NotBegun,
            })
        })
    }
}
