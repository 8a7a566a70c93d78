//! Prometheus: a query that gives one number, or two that give counters.
//!
//! Must not know: what a query means.

use std::collections::BTreeMap;

use backout_plan::plan::Flaw;
use backout_signals::Observation;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::sql::counted;
use super::{Kind, Said};
use crate::Boxed;
use crate::checks::Context;
use crate::mistake::{Look, Mistake};
use crate::outside::Trouble;
use crate::outside::http::{Auth, Http, address};
use crate::outside::secrets;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// Its address, without a path of the API.
    url: String,
    /// One number, which the server has computed.
    #[serde(default)]
    query: Option<String>,
    /// A counter of what is bad.
    #[serde(default)]
    bad: Option<String>,
    /// A counter of all that could have been.
    #[serde(default)]
    of: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    auth: Option<Auth>,
}

impl Query {
    async fn value(&self, context: &Context<'_>, query: &str) -> Result<f64, Trouble> {
        let errand = context.errand();
        let base = secrets::resolved(errand.env, &self.url)?;
        let mut url = reqwest::Url::parse(&format!("{}/api/v1/query", base.trim_end_matches('/')))
            .map_err(|error| Trouble::new(format!("the address of Prometheus is none: {error}"), false))?;
        url.query_pairs_mut().append_pair("query", query);
        let request = Http::get(url.as_str(), self.headers.clone(), self.auth.clone());
        let answer = request.send_by(&Http::client(&errand)?, &errand).await?;
        backout_connectors::prometheus::value(answer.text()).map_err(|why| match answer.status {
            200 => Trouble::new(why, true),
            status => Trouble::new(format!("the answer is {status}: {why}"), true),
        })
    }
}

impl Kind for Query {
    fn said(&self) -> String {
        let queries = [&self.query, &self.bad, &self.of];
        queries.into_iter().flatten().cloned().collect::<Vec<_>>().join(" of ")
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found: Vec<Mistake> = address(look.env, &["url"], &self.url).into_iter().collect();
            if self.query.is_some() == self.bad.is_some() || (self.of.is_some() && self.bad.is_none()) {
                let said = "it needs query, or bad and of";
                found.push(Mistake::plan(Flaw::at(&[], said)));
            }
            found
        })
    }

    fn ask<'a>(&'a self, context: &'a Context<'a>, cursor: &'a mut Value) -> Boxed<'a, Said> {
        Box::pin(async move {
            if let Some(query) = &self.query {
                let value = self.value(context, query).await?;
                return Ok(vec![Observation::reading(Timestamp::now(), value)]);
            }
            let Some(bad) = &self.bad else { return Err(Trouble::new("it needs query, or bad and of", false)) };
            let (bad, of) = match &self.of {
                None => (self.value(context, bad).await?, None),
                Some(of) => {
                    let (bad, of) = tokio::try_join!(self.value(context, bad), self.value(context, of))?;
                    (bad, Some(of))
                }
            };
            counted(Timestamp::now(), bad, of, Vec::new(), true, cursor)
        })
    }
}
