//! A rate limit, seen from outside: the n-th request is refused, and those before it are not.
//!
//! Must not know: who counts.

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::json;

use super::{Boxed, Context, Held, Kind, Trouble, nothing};
use crate::mistake::{Look, Mistake};
use crate::outside::http::Http;

/// Too many requests.
const REFUSED: u16 = 429;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimit {
    http: Http,
    /// The first one that must be refused, from 2.
    nth: usize,
    #[serde(default = "refused")]
    status: u16,
}

fn refused() -> u16 {
    REFUSED
}

impl Kind for RateLimit {
    fn said(&self) -> String {
        format!("request {} of {} is refused with {}, and none before it", self.nth, self.http.line(), self.status)
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found: Vec<Mistake> =
                self.http.mistakes(look.env).into_iter().map(|one| one.under(&["http"])).collect();
            if self.nth < 2 {
                let flaw = Flaw::at(&["nth"], "whoever refuses the first request refuses everything");
                found.push(Mistake::plan(flaw.value(self.nth.to_string())));
            }
            if self.http.expect_status.contains(&self.status) {
                let said = format!("{} is also what the requests before it expect", self.status);
                found.push(Mistake::plan(Flaw::at(&["status"], said)));
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            if self.nth < 2 {
                return Err(nothing("whoever refuses the first request refuses everything"));
            }
            if self.http.expect_status.contains(&self.status) {
                return Err(nothing(format!("{} is also what the requests before it expect", self.status)));
            }
            let errand = context.errand();
            let client = Http::client(&errand)?;
            for number in 1..=self.nth {
                let answer = self.http.send_by(&client, &errand).await?;
                let facts = json!({ "request": number, "status": answer.status });
                let wrong = |why: String| Err(Trouble { why, again: true, facts: facts.clone() });
                match (number == self.nth, answer.status == self.status) {
                    (true, true) => return Ok(facts),
                    (true, false) => {
                        let status = answer.status;
                        return wrong(format!("request {number} got {status}, and {} was expected", self.status));
                    }
                    (false, true) => {
                        let nth = self.nth;
                        return wrong(format!("request {number} was refused already, and {nth} should be the first"));
                    }
                    (false, false) => {
                        if let Err(trouble) = self.http.judge(&answer) {
                            return wrong(format!("request {number}: {}", trouble.why));
                        }
                    }
                }
            }
            Err(nothing("no request was sent"))
        })
    }
}
