//! Sends one request.
//!
//! Must not know: whose service it is.

use serde_json::Value;

pub(super) use crate::outside::http::Http;

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::mistake::{Look, Mistake};

impl Http {
    /// Sends it, and says whether the answer is as expected. Sent twice, it is known by the step's mark.
    pub(super) async fn send(&self, context: &Context<'_>) -> std::result::Result<Value, Trouble> {
        self.ask(&context.errand()).await
    }
}

impl Kind for Http {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(self.lines()) })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { Http::mistakes(self, look.env) })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(self.send(context))
    }

    fn settle<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            if self.only_reads() || self.repeatable {
                return Ok(Settled::NotBegun);
            }
            let why = "whether the request arrived is not known, and it may not be sent twice";
            Ok(Settled::Failed(Trouble::new(why, false)))
        })
    }
}
