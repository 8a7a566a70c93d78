//! Rehearses what is pending, unless a certificate serves already.
//!
//! Must not know: how a rehearsal runs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::folder::Folder;
use crate::gates::certificate::{self, Standing};
use crate::{Result, rehearse};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rehearse {}

/// How what is pending stands: nothing to do, or not.
async fn serves(context: &Context<'_>) -> Result<(bool, Vec<String>)> {
    let (plan, target) = (context.env.plan()?, context.env.target()?);
    let folder = Folder::read(plan)?;
    let session = context.env.connect().await?;
    let pending = folder.standing(&session).await?.pending;
    let files: Vec<(String, String)> = pending
        .iter()
        .map(|place| (folder.migrations[*place].version.clone(), folder.migrations[*place].checksum.clone()))
        .collect();
    let standing = certificate::standing(&session, plan, target, &files).await?;
    session.close().await;
    Ok((
        matches!(standing, Standing::Fine | Standing::Serves { .. }),
        files.into_iter().map(|(version, _)| version).collect(),
    ))
}

impl Kind for Rehearse {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let (serves, versions) = serves(context).await?;
            Ok(vec![match (versions.is_empty(), serves) {
                (true, _) => "nothing is pending".to_owned(),
                (_, true) => "nothing: a certificate serves, or none is demanded".to_owned(),
                _ => format!("{} forth and back on a clone", versions.join(", ")),
            }])
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            if serves(context).await?.0 {
                return Ok(json!({ "certificate": "serves" }));
            }
            let Some(done) = rehearse::run(context.env, &rehearse::Options::default()).await? else {
                return Ok(json!({ "certificate": "nothing is pending" }));
            };
            let certificate = &done.certificate;
            let facts = json!({ "certificate": certificate.id(), "file": done.file });
            if certificate.proven() {
                return Ok(facts);
            }
            let problems: Vec<String> =
                certificate.migrations.iter().flat_map(|m| &m.problems).map(ToString::to_string).collect();
            let why = format!("the rehearsal found problems: {}", problems.join("; "));
            Err(Trouble { why, again: false, facts })
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            // A clone that nobody works on is swept by the next rehearsal.
            Ok(match serves(context).await? {
                (true, _) => Settled::Done(json!({ "certificate": "serves" })),
                (false, _) => Settled::NotBegun,
            })
        })
    }
}
