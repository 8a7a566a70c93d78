//! Removing what no rule keeps, while others take, prove, restore and prune.
//!
//! A backup is marked before it goes, then everything is read again and decided again: what was proven, put to use or
//! marked by somebody else meanwhile counts. Then its manifest goes, which makes it no backup, and the rest after it.
//!
//! Must not know: where the rules come from, or who was asked which backups are needed.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::manifest::{DRAFT, MANIFEST, Manifest, is_id};
use crate::marks::{self, BELIEVED, Kind, kind_of};
use crate::retention::{Candidate, Policy, decide};
use crate::shelf::{self, ShelfError, Standing, State};
use crate::store::Store;

/// An attempt where nothing was written for so long is nobody's any more.
pub const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// What is kept.
pub struct Rules<'a> {
    pub policy: Policy,
    /// Why somebody needs this backup; none where nobody does.
    pub needed: &'a (dyn Fn(&Manifest) -> Option<String> + Sync),
}

impl std::fmt::Debug for Rules<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What becomes of one that lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub id: String,
    pub at: Option<Timestamp>,
    pub stored: u64,
    /// Why it stays; none where it goes, or went.
    pub kept: Option<String>,
}

/// Decides for all that lie there. Where it is about one, those that somebody else is about to remove do not count as
/// being there: of two who remove different ones each would take the other's for the one that stays.
pub fn judge(standings: &[Standing], rules: &Rules<'_>, now: Timestamp, about: Option<&str>) -> Vec<Judged> {
    let counts = |standing: &&Standing| {
        about.is_none_or(|id| standing.id == id || !standing.going.iter().any(|mark| mark.until > now))
    };
    let candidates: Vec<Candidate> = standings
        .iter()
        .filter(counts)
        .filter_map(|standing| {
            let manifest = standing.manifest()?;
            let source = &manifest.source;
            let of = source.identity.as_ref().map_or_else(|| source.endpoint.clone(), |known| known.marker.clone());
            Some(Candidate {
                id: standing.id.clone(),
                at: manifest.at,
                // What anybody may have put there does not take the place of one that is signed as it must be.
                source: if standing.trusted { of } else { format!("unsigned {of}") },
                proven: standing.proof().is_some() && manifest.is_whole(),
                needed: (rules.needed)(manifest),
            })
        })
        .collect();
    let decisions = decide(&candidates, &rules.policy, now);
    let judged = standings.iter().map(|standing| {
        let used = standing.used.iter().find(|mark| mark.until > now).map(|mark| format!("in use by {}", mark.by));
        let kept = match &standing.state {
            State::Whole(_) => match decisions.iter().find(|decision| decision.id == standing.id) {
                Some(decision) => decision.kept.clone(),
                None => Some("somebody else is about to remove it".to_owned()),
            },
            State::Interrupted(_) => {
                let quiet = standing.modified.is_some_and(|at| now.duration_since(at).unsigned_abs() > ABANDONED);
                (!quiet).then(|| "not whole, and something was written there today".to_owned())
            }
            State::Going => None,
            // Nobody can say what it is; whoever looks after it may.
            State::Damaged(_) => Some("damaged: remove it by hand if it is of no use".to_owned()),
        };
        Judged {
            id: standing.id.clone(),
            at: standing.manifest().map(|manifest| manifest.at),
            stored: standing.stored,
            kept: kept.or(used),
        }
    });
    judged.collect()
}

/// Removes what the rules do not keep, and what killed processes left. With `dry_run` it only says what would go.
///
/// # Errors
/// When the store cannot be read, or does not let us remove. What is left half removed goes the next time.
pub async fn prune(store: &Store, rules: &Rules<'_>, dry_run: bool) -> Result<Vec<Judged>, ShelfError> {
    let mut judged = judge(&shelf::list(store).await?, rules, Timestamp::now(), None);
    if dry_run {
        return Ok(judged);
    }
    backout_postgres::failpoint!("prune.decided");
    for one in judged.iter_mut().filter(|one| one.kept.is_none()) {
        one.kept = take_away(store, rules, &one.id).await?;
    }
    sweep(store).await?;
    Ok(judged)
}

/// Removes one, unless by now there is a reason that it stays.
async fn take_away(store: &Store, rules: &Rules<'_>, id: &str) -> Result<Option<String>, ShelfError> {
    let began = Instant::now();
    let mark = marks::leave(store, id, Kind::Going, "a prune", BELIEVED).await?;
    backout_postgres::failpoint!("prune.marked");
    let standings = shelf::list(store).await?;
    let judged = judge(&standings, rules, Timestamp::now(), Some(id));
    let stays = judged.into_iter().find(|one| one.id == id).and_then(|one| one.kept);
    // Others believe the mark for as long; whoever slept in between does not rely on it any more.
    let stays =
        stays.or_else(|| (began.elapsed() > BELIEVED / 2).then(|| "reading all of it took too long".to_owned()));
    if stays.is_some() {
        store.delete(&mark).await?;
        return Ok(stays);
    }
    backout_postgres::failpoint!("prune.judged");
    store.delete(&format!("{id}/{MANIFEST}")).await?;
    backout_postgres::failpoint!("prune.unlisted");
    // What tells that the rest is to go as well is the last to go.
    let mut left = store.list(&format!("{id}/")).await?;
    let last = |name: &str| (kind_of(name) == Some(Kind::Going), name == format!("{id}/{DRAFT}"));
    left.sort_by_key(|entry| last(&entry.name));
    for entry in left {
        store.delete(&entry.name).await?;
    }
    Ok(None)
}

/// Marks that nobody believes any more, and files that killed writers never named.
async fn sweep(store: &Store) -> Result<(), ShelfError> {
    store.sweep("", ABANDONED).await?;
    let now = Timestamp::now();
    let entries = store.list("").await?;
    for entry in entries.iter().filter(|entry| entry.name.split('/').next().is_some_and(is_id)) {
        let Some(kind) = kind_of(&entry.name) else { continue };
        let id = entry.name.split('/').next().unwrap_or_default();
        let of_it = || entries.iter().filter(|other| other.name.starts_with(&format!("{id}/")));
        let named = of_it().any(|other| [MANIFEST, DRAFT].iter().any(|name| other.name == format!("{id}/{name}")));
        // Without a manifest it is this mark alone that says what became of the rest.
        let alone = of_it().all(|other| kind_of(&other.name).is_some());
        if kind == Kind::Going && !named && !alone {
            continue;
        }
        if marks::read(store, &entry.name, entry.modified).await?.is_some_and(|mark| mark.until <= now) {
            store.delete(&entry.name).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::tests::sample;
    use crate::marks::Mark;
    use crate::shelf::Proof;

    const NOW: &str = "2026-03-01T12:00:00Z";

    fn standing(id: &str, at: &str, proven: bool) -> Standing {
        let at: Timestamp = at.parse().unwrap();
        let proof = Proof {
            backup: id.to_owned(),
            manifest: None,
            at,
            server: "15".to_owned(),
            rows: 1,
            restore_ms: 1.0,
            compare_ms: 1.0,
            notes: Vec::new(),
            differences: Vec::new(),
        };
        let manifest = Manifest { id: id.to_owned(), at, left_out: Vec::new(), ..sample() };
        Standing {
            id: id.to_owned(),
            state: State::Whole(Box::new(manifest)),
            proofs: proven.then_some(proof).into_iter().collect(),
            unsigned_proofs: 0,
            trusted: true,
            stored: 1,
            modified: Some(at),
            used: Vec::new(),
            going: Vec::new(),
        }
    }

    fn mark(until: &str) -> Mark {
        Mark { by: "a restore".to_owned(), until: until.parse().unwrap() }
    }

    fn goes(standings: &[Standing], about: Option<&str>, needed: &str) -> Vec<String> {
        let needed = |manifest: &Manifest| (manifest.id == needed).then(|| "needed".to_owned());
        let policy = Policy { age: Duration::ZERO, last: 0, daily: 0, weekly: 0, monthly: 0 };
        let judged = judge(standings, &Rules { policy, needed: &needed }, NOW.parse().unwrap(), about);
        judged.into_iter().filter(|one| one.kept.is_none()).map(|one| one.id).collect()
    }

    #[test]
    fn who_removes_does_not_count_on_what_another_removes() {
        let mut both = [standing("old", "2026-01-01T00:00:00Z", true), standing("new", "2026-02-01T00:00:00Z", true)];
        assert_eq!(goes(&both, Some("old"), ""), ["old"]);
        both[1].going = vec![mark("2026-03-01T12:30:00Z")];
        assert_eq!(goes(&both, Some("old"), ""), Vec::<String>::new());
        both[0].going = vec![mark("2026-03-01T12:30:00Z")];
        assert_eq!(goes(&both, Some("new"), ""), Vec::<String>::new(), "nor the other of the two");
        // One who was killed long ago.
        both[1].going = vec![mark("2026-03-01T11:00:00Z")];
        assert_eq!(goes(&both, Some("old"), ""), ["old"]);
    }

    /// Else whoever may write there would have the last good one removed by putting a newer one beside it.
    #[test]
    fn what_is_not_signed_takes_the_place_of_nothing() {
        let mut both = [standing("old", "2026-01-01T00:00:00Z", false), standing("new", "2026-02-01T00:00:00Z", false)];
        let policy = Policy { age: Duration::ZERO, last: 1, daily: 0, weekly: 0, monthly: 0 };
        let rules = Rules { policy, needed: &|_| None };
        let kept = |standings: &[Standing]| -> Vec<String> {
            let judged = judge(standings, &rules, NOW.parse().unwrap(), None);
            judged.into_iter().filter(|one| one.kept.is_some()).map(|one| one.id).collect()
        };
        assert_eq!(kept(&both), ["new"]);
        both[1].trusted = false;
        assert_eq!(kept(&both), ["old", "new"]);
    }

    #[test]
    fn what_is_used_or_needed_stays() {
        let mut both = [standing("old", "2026-01-01T00:00:00Z", false), standing("new", "2026-02-01T00:00:00Z", false)];
        assert_eq!(goes(&both, None, ""), ["old", "new"]);
        assert_eq!(goes(&both, None, "old"), ["new"]);
        both[1].used = vec![mark("2026-03-01T11:59:59Z"), mark("2026-03-01T12:00:01Z")];
        assert_eq!(goes(&both, None, ""), ["old"]);
        both[1].used.pop();
        assert_eq!(goes(&both, None, ""), ["old", "new"], "for an hour");
    }

    #[test]
    fn what_is_no_backup_goes_when_it_is_nobodys() {
        let with = |state: State, modified: &str| {
            [Standing { state, modified: Some(modified.parse().unwrap()), ..standing("x", NOW, false) }]
        };
        for (state, modified, expected) in [
            (State::Interrupted(None), "2026-03-01T11:00:00Z", false),
            (State::Interrupted(None), "2026-02-28T11:00:00Z", true),
            (State::Going, "2026-03-01T11:59:00Z", true),
            (State::Damaged("so".to_owned()), "2025-01-01T00:00:00Z", false),
        ] {
            let said = format!("{state:?} {modified}");
            assert_eq!(!goes(&with(state, modified), None, "").is_empty(), expected, "{said}");
        }
    }
}
