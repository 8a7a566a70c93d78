//! A Redis server that answers: PING, or one command and what it must say.
//!
//! Must not know: what is kept there.

use std::path::PathBuf;

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::resp::{Address, Connection, Reply};
use super::{Boxed, Context, Held, Kind, Trouble, nothing};
use crate::mistake::{Look, Mistake};
use crate::outside::secrets;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redis {
    /// `redis://` or `rediss://`; with a password only as `env:NAME`.
    url: String,
    /// Certificates of authorities, relative to the plan, where those of the machine do not serve.
    #[serde(default)]
    ca_file: Option<PathBuf>,
    /// A command that only reads, such as `["GET", "key"]`; PING where it is not said.
    #[serde(default)]
    send: Vec<String>,
    /// What it must answer: a text, or a number.
    #[serde(default)]
    expect: Option<Value>,
}

impl Kind for Redis {
    fn said(&self) -> String {
        let send = if self.send.is_empty() { "PING".to_owned() } else { self.send.join(" ") };
        let expect = self.expect.as_ref().map(|value| format!(" with {value}")).unwrap_or_default();
        format!("Redis {} answers {send}{expect}", self.url)
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found: Vec<Mistake> =
                self.ca_file.as_ref().and_then(|file| look.file(&["ca_file"], file)).into_iter().collect();
            if !self.send.is_empty() && self.expect.is_none() {
                let flaw = Flaw::at(&["send"], "what the command must answer is not said");
                found.push(Mistake::plan(flaw.hint("write expect = …")));
            }
            if let Some(unset) = secrets::unset(look.env, &["url"], &self.url) {
                found.push(unset);
                return found;
            }
            let Ok(url) = secrets::resolved(look.env, &self.url) else { return found };
            match Address::read(&url) {
                Ok(address) if address.has_password() && url == self.url => {
                    let flaw = Flaw::at(&["url"], "the address has a password");
                    found.push(Mistake::plan(flaw.hint("name a variable instead, as env:REDIS_URL")));
                }
                Ok(_) => {}
                Err(why) => found.push(Mistake::plan(Flaw::at(&["url"], why))),
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let failed = |why: String| Trouble::new(why, true);
            let url = secrets::resolved(context.env, &self.url)?;
            let address = Address::read(&url).map_err(|why| Trouble::new(why, false))?;
            if address.has_password() && url == self.url {
                return Err(Trouble::new(
                    "the address has a password: name a variable instead, as env:REDIS_URL",
                    false,
                ));
            }
            if !self.send.is_empty() && self.expect.is_none() {
                return Err(nothing("what the command must answer is not said (expect)"));
            }
            let ca_file = self.ca_file.as_ref().map(|file| context.env.folder().join(file));
            let mut connection = Connection::open(&address, ca_file.as_deref()).await.map_err(failed)?;
            let send: Vec<&str> = match self.send.is_empty() {
                true => vec!["PING"],
                false => self.send.iter().map(String::as_str).collect(),
            };
            let reply = connection.ask(&send).await.map_err(failed)?;
            let expected = self.expect.clone().unwrap_or_else(|| json!("PONG"));
            if let Reply::Error(said) = &reply {
                return Err(failed(format!("the server says: {said}")));
            }
            if reply == Reply::Nil {
                return Err(failed("the answer is nothing (nil)".to_owned()));
            }
            let seen = reply.value();
            let facts = json!({ "answer": seen });
            // Redis has no types: a number is as good as its text.
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if text(&seen) == text(&expected) {
                return Ok(facts);
            }
            Err(Trouble { why: format!("the answer is {seen}, and {expected} was expected"), again: true, facts })
        })
    }
}
