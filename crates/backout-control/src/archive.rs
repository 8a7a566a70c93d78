//! What is kept of dropped things: how large it is and until when, and its removal.

use backout_postgres::archive::{self, ArchiveError, Kept, Kind};
use backout_postgres::store;

use crate::failure::Halted;
use crate::gates::identity;
use crate::{Env, Result};

/// What is kept, with what each part holds.
pub async fn list(env: &Env) -> Result<Vec<Kept>> {
    let session = env.connect().await?;
    let mut kept = archive::contents(&session).await?;
    archive::explain(&session, &mut kept).await?;
    Ok(kept)
}

/// Which archives go.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// That of one migration.
    Of(i64),
    /// All that are past their time.
    Expired,
}

/// Removes archives for good; what was removed.
///
/// # Errors
/// What went wrong, with what was removed before it.
#[tracing::instrument(name = "archive purge", skip_all, fields(target = env.target_name()))]
pub async fn purge(env: &Env, which: Which) -> std::result::Result<Vec<Kept>, Halted<Vec<Kept>>> {
    let pair = env.connect_pair().await?;
    identity::pass(env, &pair.session).await?;
    store::lock_runs(&pair.session).await?;
    let now = jiff::Timestamp::now();
    let kept = archive::contents(&pair.session).await?;
    let is_chosen = |kept: &&Kept| match which {
        Which::Of(number) => kept.number == number,
        Which::Expired => kept.keep_until.is_some_and(|until| until < now),
    };
    let chosen: Vec<&Kept> = kept.iter().filter(is_chosen).collect();
    let mut numbers: Vec<i64> = chosen.iter().map(|kept| kept.number).collect();
    numbers.dedup();
    if numbers.is_empty() {
        return match which {
            Which::Of(number) => Err(ArchiveError::Nothing { number }.into()),
            Which::Expired => Ok(Vec::new()),
        };
    }
    env.confirm(question(env.claimed()?, &chosen, &numbers))?;
    let lock_timeout = env.migrate().lock_timeout.duration();
    let mut purged = Vec::new();
    for number in numbers {
        match archive::purge(&pair.session, number, lock_timeout).await {
            Ok(gone) => purged.extend(gone),
            Err(error) => return Err(Halted { done: purged, failure: error.into() }),
        }
    }
    Ok(purged)
}

fn question(claimed: &str, chosen: &[&Kept], numbers: &[i64]) -> String {
    let (columns, tables): (Vec<&Kept>, Vec<&Kept>) = chosen.iter().partition(|kept| kept.kind == Kind::Hidden);
    let number = |kept: &[&Kept], one: &str| {
        let number = kept.iter().map(|kept| kept.tables.len()).sum::<usize>();
        if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
    };
    let mut things = vec![number(&tables, "table")];
    if !columns.is_empty() {
        things.push(number(&columns, "hidden column"));
    }
    let bytes: i64 = chosen.iter().flat_map(|kept| &kept.tables).map(|table| table.bytes).sum();
    let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!(
        "purging what is kept of migration {} in {claimed} removes {} ({bytes} bytes) for good; what it dropped cannot be brought back then",
        list.join(", "),
        things.join(" and "),
    )
}
