//! Which backups stay and which may go.
//!
//! Must not know: where they lie, or how they are removed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// How long backups stay. What any rule keeps is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// All that are younger.
    pub age: Duration,
    /// The newest so many, whatever their age.
    pub last: usize,
    /// The newest of each of the last so many days, weeks and months that have any.
    pub daily: usize,
    pub weekly: usize,
    pub monthly: usize,
}

/// What is known of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: String,
    pub at: Timestamp,
    /// What it is of: rules count for each source by itself.
    pub source: String,
    pub proven: bool,
    /// Somebody needs it: a certificate, or a run that is open.
    pub needed: Option<String>,
}

/// What becomes of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub id: String,
    /// Why it stays; none where it may go.
    pub kept: Option<String>,
}

/// The day, week or month of a moment.
type Period = fn(Timestamp) -> (i16, i8);

/// Decides for all, in the order in which they were given.
pub fn decide(candidates: &[Candidate], policy: &Policy, now: Timestamp) -> Vec<Decision> {
    let mut kept: BTreeMap<&str, String> = BTreeMap::new();
    let sources: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.source.as_str()).collect();
    for source in sources {
        let mut own: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.source == source).collect();
        own.sort_by_key(|candidate| std::cmp::Reverse((candidate.at, candidate.id.clone())));
        let mut keep = |candidate: &'_ Candidate, why: &str| {
            if let Some(known) = candidates.iter().find(|other| other.id == candidate.id) {
                kept.entry(known.id.as_str()).or_insert_with(|| why.to_owned());
            }
        };
        for candidate in &own {
            if let Some(why) = &candidate.needed {
                keep(candidate, why);
            }
        }
        if let Some(proven) = own.iter().find(|candidate| candidate.proven) {
            keep(proven, "the last proven one");
        }
        own.iter().take(policy.last).for_each(|candidate| keep(candidate, "one of the last"));
        for candidate in &own {
            let age = now.duration_since(candidate.at);
            if age.is_negative() || age.unsigned_abs() < policy.age {
                keep(candidate, "young enough");
            }
        }
        let tiers: [(usize, &str, Period); 3] = [
            (policy.daily, "of its day", day),
            (policy.weekly, "of its week", week),
            (policy.monthly, "of its month", month),
        ];
        for (number, word, period) in tiers {
            let mut seen: BTreeSet<(i16, i8)> = BTreeSet::new();
            for candidate in &own {
                if seen.len() >= number {
                    break;
                }
                if seen.insert(period(candidate.at)) {
                    keep(candidate, &format!("the newest {word}"));
                }
            }
        }
    }
    let decided = candidates
        .iter()
        .map(|candidate| Decision { id: candidate.id.clone(), kept: kept.get(candidate.id.as_str()).cloned() });
    decided.collect()
}

fn date(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn day(at: Timestamp) -> (i16, i8) {
    let date = date(at);
    // Days of a year go beyond an i8, so the month goes with the year.
    (date.year() * 12 + i16::from(date.month()), date.day())
}

fn week(at: Timestamp) -> (i16, i8) {
    let week = date(at).iso_week_date();
    (week.year(), week.week())
}

fn month(at: Timestamp) -> (i16, i8) {
    (date(at).year(), date(at).month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(at: &str) -> Candidate {
        Candidate { id: at.to_owned(), at: at.parse().unwrap(), source: "s".to_owned(), proven: false, needed: None }
    }

    fn nothing() -> Policy {
        Policy { age: Duration::ZERO, last: 0, daily: 0, weekly: 0, monthly: 0 }
    }

    fn kept(candidates: &[Candidate], policy: &Policy) -> Vec<String> {
        let decided = decide(candidates, policy, "2026-03-01T12:00:00Z".parse().unwrap());
        decided.into_iter().filter(|decision| decision.kept.is_some()).map(|decision| decision.id).collect()
    }

    const ALL: [&str; 6] = [
        "2025-12-31T23:00:00Z",
        "2026-01-01T01:00:00Z",
        "2026-02-27T08:00:00Z",
        "2026-02-28T08:00:00Z",
        "2026-02-28T20:00:00Z",
        "2026-03-01T08:00:00Z",
    ];

    #[test]
    fn each_rule_keeps_what_it_says() {
        let all: Vec<Candidate> = ALL.iter().map(|at| candidate(at)).collect();
        let cases: [(&str, Policy, Vec<usize>); 7] = [
            ("nothing", nothing(), vec![]),
            ("age", Policy { age: Duration::from_secs(86_400), ..nothing() }, vec![4, 5]),
            ("last", Policy { last: 1, ..nothing() }, vec![5]),
            ("daily", Policy { daily: 3, ..nothing() }, vec![2, 4, 5]),
            // The last days of 2025 are in the first week of 2026.
            ("weekly", Policy { weekly: 2, ..nothing() }, vec![1, 5]),
            ("monthly", Policy { monthly: 3, ..nothing() }, vec![1, 4, 5]),
            ("more than there are", Policy { monthly: 99, ..nothing() }, vec![0, 1, 4, 5]),
        ];
        for (name, policy, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|place| ALL[*place].to_owned()).collect();
            assert_eq!(kept(&all, &policy), expected, "{name}");
        }
    }

    #[test]
    fn the_last_proven_one_and_what_is_needed_stay() {
        let mut all: Vec<Candidate> = ALL.iter().map(|at| candidate(at)).collect();
        all[0].proven = true;
        all[2].proven = true;
        all[1].needed = Some("certificate x".to_owned());
        assert_eq!(kept(&all, &nothing()), [ALL[1], ALL[2]]);
    }

    #[test]
    fn each_source_counts_by_itself() {
        let mut all: Vec<Candidate> = ALL.iter().map(|at| candidate(at)).collect();
        all[0].source = "other".to_owned();
        assert_eq!(kept(&all, &Policy { last: 1, ..nothing() }), [ALL[0], ALL[5]]);
    }

    /// A clock that goes wrong keeps rather than removes.
    #[test]
    fn what_is_from_the_future_stays() {
        assert_eq!(
            kept(&[candidate("2027-01-01T00:00:00Z")], &Policy { age: Duration::from_secs(1), ..nothing() }).len(),
            1
        );
    }
}
