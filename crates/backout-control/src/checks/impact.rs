//! Row-level security of what the plan's `[impact]` names, so that it need not be named twice.
//!
//! Must not know: how it is asked.

use backout_plan::plan::Flaw;
use serde::Deserialize;

use super::rls::Rls;
use super::{Boxed, Context, Held, Kind};
use crate::impact::{Need, mistakes, section};
use crate::mistake::{Look, Mistake};
use crate::outside::Trouble;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Impact {
    Rls,
}

impl Kind for Impact {
    fn said(&self) -> String {
        match self {
            Self::Rls => "row-level security of what [impact] names".to_owned(),
        }
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = mistakes(look, &[], Need::Roles).await;
            if let Ok(section) = section(look.env)
                && let Err(trouble) = Rls::of(section)
            {
                found.push(Mistake::plan(Flaw::at(&[], trouble.why)));
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let section = section(context.env).map_err(Trouble::from)?;
            Rls::of(section)?.holds(context).await
        })
    }
}
