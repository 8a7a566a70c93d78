//! A request, and its answer: status, headers, places in JSON.
//!
//! Must not know: whose service it is.

use serde::Deserialize;

use super::{Boxed, Context, Held, Kind};
use crate::mistake::{Look, Mistake};
use crate::outside::http::Http;

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Asked(Http);

impl Kind for Asked {
    fn said(&self) -> String {
        format!("{} answers {}", self.0.line(), self.0.expected())
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { self.0.mistakes(look.env) })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move { self.0.ask(&context.errand()).await })
    }
}
