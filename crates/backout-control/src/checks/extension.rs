//! An extension that must be there, also in a version.
//!
//! Must not know: what it is for.

use backout_plan::plan::Flaw;
use backout_postgres::examine::{extension, statement};
use serde::Deserialize;
use serde_json::json;

use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, Trouble};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extension {
    name: String,
    #[serde(default)]
    version: Option<String>,
}

impl Kind for Extension {
    fn said(&self) -> String {
        let version = self.version.as_ref().map(|version| format!(" in version {version}")).unwrap_or_default();
        format!("extension {} is there{version}", self.name)
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let Some(session) = look.live.session().await else { return Vec::new() };
            let Ok(known) = statement::extensions(session).await else { return Vec::new() };
            if known.contains(&self.name) {
                return Vec::new();
            }
            let flaw = Flaw::at(&["name"], format!("the server has no extension {:?}", self.name)).value(&self.name);
            vec![Mistake::database(flaw.meant(&self.name, known.iter().map(String::as_str)))]
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let session = begin(context).await?;
            let (there, could) = extension(&session, &self.name).await.map_err(failed)?;
            end(session).await;
            let name = &self.name;
            let why = match (&there, &self.version, &could) {
                (None, _, Some(could)) => format!("{name} is not installed here; the server has it as version {could}"),
                (None, _, None) => format!("{name} is not installed here, and the server does not have it"),
                (Some(there), Some(wanted), _) if there != wanted => {
                    format!("{name} is there as version {there}, and {wanted} was expected")
                }
                (Some(there), ..) => return Ok(json!({ "version": there })),
            };
            Err(Trouble::new(why, true))
        })
    }
}
