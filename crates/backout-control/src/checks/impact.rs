//! Row-level security of what the plan's `[impact]` names, so that it need not be named twice.
//!
//! Must not know: how it is asked.

use backout_plan::plan::Flaw;
use serde::Deserialize;

use super::rls::Rls;
use super::{Boxed, Context, Held, Kind};
use crate::mistake::{Look, Mistake};
use crate::outside::Trouble;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Impact {
    Rls,
}

/// Said where the check stands.
fn at_the_top(mistake: Mistake) -> Mistake {
    let said = format!("[impact]: {}", mistake.flaw.said);
    Mistake { flaw: Flaw { path: Vec::new(), said, ..mistake.flaw }, ..mistake }
}

impl Kind for Impact {
    fn said(&self) -> String {
        match self {
            Self::Rls => "row-level security of what [impact] names".to_owned(),
        }
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let section = match crate::impact::section(look.env) {
                Ok(section) => section,
                Err(failure) => return Mistake::of(&[], &failure).into_iter().collect(),
            };
            match Rls::of(section) {
                // Keys of [impact] stand elsewhere.
                Ok(rls) => rls.mistakes(look).await.into_iter().map(at_the_top).collect(),
                Err(trouble) => vec![Mistake::plan(Flaw::at(&[], trouble.why))],
            }
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let section = crate::impact::section(context.env).map_err(Trouble::from)?;
            Rls::of(section)?.holds(context).await
        })
    }
}
