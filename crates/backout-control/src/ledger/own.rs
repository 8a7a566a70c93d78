//! What people and the watch have written down of an incident: a document in the store, to which entries are only added.
//! Whatever can be known from journals is not in it.
//!
//! Must not know: what a run did, or how anything is shown.

use std::fmt;

use backout_plan::Remedy;
use backout_store::StoreError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decided::Decided;
use crate::failure::Refusal;
use crate::runs::{Journal, ROLLBACK, Runs};
use crate::{Cause, Failure, Result};

const FORMAT: u32 = 1;
/// How many runs are looked through for those that belong to an incident and were not linked.
const NEWEST: u32 = 1000;
const PREFIX: &str = "incident/";
/// No text of an entry is longer: everybody who looks reads all of them.
const LONGEST: usize = 8_000;
/// So often a document is written again after somebody else has, before that is said.
const ATTEMPTS: u32 = 100;

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    format: u32,
    /// The day on which it was opened, in UTC, and which of that day: `2026-01-07-1`.
    pub id: String,
    pub opened: Timestamp,
    pub by: String,
    pub title: String,
    pub target: Option<String>,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub at: Timestamp,
    /// `anna@laptop`.
    pub by: String,
    pub what: What,
}

/// What was written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// Since when somebody has known of it. The newest one counts.
    Aware {
        at: Timestamp,
    },
    Linked {
        run: String,
    },
    /// A trigger has fired, and this was decided.
    Fired {
        decided: Box<Decided>,
    },
    /// Somebody knows that data was exposed, or that it was not, whatever was counted. The newest one counts.
    Exposed {
        yes: bool,
        why: String,
    },
    Note {
        text: String,
    },
    Severity {
        level: Severity,
        why: String,
    },
    ActionAdded {
        name: String,
        owner: String,
        due: Timestamp,
        window: Window,
    },
    ActionDone {
        name: String,
        note: String,
    },
    /// With the items of its checklist that were done; several of these add up.
    DutyDone {
        duty: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<String>,
        note: String,
    },
    Resolved {
        because: String,
    },
    Reopened {
        because: String,
    },
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Minor,
    Major,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Minor, Self::Major, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// When after the incident's beginning something is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Window {
    #[serde(rename = "0-30min")]
    First,
    #[serde(rename = "30-120min")]
    Second,
    #[serde(rename = "1-7days")]
    Later,
}

impl Window {
    pub const ALL: [Self; 3] = [Self::First, Self::Second, Self::Later];

    pub fn name(self) -> &'static str {
        match self {
            Self::First => "0-30min",
            Self::Second => "30-120min",
            Self::Later => "1-7days",
        }
    }

    /// The one in which something is due that is due within this time.
    pub fn of(within: std::time::Duration) -> Self {
        match within.as_secs() {
            ..=1_800 => Self::First,
            1_801..=7_200 => Self::Second,
            _ => Self::Later,
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Own {
    pub(crate) fn new(id: String, opened: Timestamp, by: &str, title: &str, target: Option<String>) -> Self {
        let title = if title.trim().is_empty() { "untitled" } else { title.trim() };
        Self { format: FORMAT, id, opened, by: by.to_owned(), title: title.to_owned(), target, entries: Vec::new() }
    }

    pub fn is_open(&self) -> bool {
        let last = self.entries.iter().rev().find_map(|entry| match entry.what {
            What::Resolved { .. } => Some(false),
            What::Reopened { .. } => Some(true),
            _ => None,
        });
        last.unwrap_or(true)
    }

    /// The runs that were linked, each once, in their order.
    pub fn runs(&self) -> Vec<&str> {
        let mut runs: Vec<&str> = Vec::new();
        for entry in &self.entries {
            if let What::Linked { run } = &entry.what
                && !runs.contains(&run.as_str())
            {
                runs.push(run);
            }
        }
        runs
    }

    pub fn has_fired(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| matches!(&entry.what, What::Fired { decided } if decided.id == id))
    }

    /// The names of actions, and whether each is done.
    pub fn actions(&self) -> Vec<(&str, bool)> {
        let is_done = |name: &str| {
            self.entries.iter().any(|entry| matches!(&entry.what, What::ActionDone { name: done, .. } if done == name))
        };
        let added = self.entries.iter().filter_map(|entry| match &entry.what {
            What::ActionAdded { name, .. } => Some(name.as_str()),
            _ => None,
        });
        added.map(|name| (name, is_done(name))).collect()
    }
}

/// All incidents, the oldest first.
///
/// # Errors
/// Where the store cannot be read, or another version of Backout wrote one.
pub async fn all(runs: &Runs) -> Result<Vec<Own>> {
    let mut all = Vec::new();
    for (name, document) in runs.store.documents(PREFIX).await? {
        all.push(read(&name, &document.body)?);
    }
    all.sort_by_key(|one| (one.opened, number(&one.id)));
    Ok(all)
}

/// The incident that is meant by its id.
///
/// # Errors
/// Where there is none, or it cannot be read.
pub async fn one(runs: &Runs, id: &str) -> Result<Own> {
    Ok(kept(runs, id).await?.0)
}

async fn kept(runs: &Runs, id: &str) -> Result<(Own, u64)> {
    let name = format!("{PREFIX}{id}");
    let document = match is_id(id) {
        true => runs.store.document(&name).await?,
        false => None,
    };
    let Some(document) = document else {
        let said = format!("there is no incident {id}");
        return Err(Refusal::usage(said, Some(Remedy::advice("the list of incidents has their names"))).into());
    };
    Ok((read(&name, &document.body)?, document.version))
}

fn read(name: &str, body: &[u8]) -> Result<Own> {
    let unknown = |why: String| -> Failure {
        let said = format!("{name} cannot be read: {why}");
        let advice = Remedy::advice("use the version of backout that wrote it");
        Refusal::refused(said, Some(advice)).into()
    };
    let own: Own = serde_json::from_slice(body).map_err(|error| unknown(error.to_string()))?;
    match own.format {
        FORMAT => Ok(own),
        other => Err(unknown(format!("it has format {other}, and this version knows {FORMAT}"))),
    }
}

/// Whether a text is an incident's name.
pub fn is_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    matches!(lengths[..], [4, 2, 2, 1..=9]) && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn number(id: &str) -> u64 {
    id.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// The next name of this day.
fn next(all: &[Own], now: Timestamp) -> String {
    let day = now.strftime("%Y-%m-%d").to_string();
    let of_day = all.iter().filter(|one| one.id.starts_with(&day)).map(|one| number(&one.id)).max();
    format!("{day}-{}", of_day.unwrap_or_default() + 1)
}

/// What is done where the open incident of a target is asked for.
pub(crate) enum Found {
    /// It is noted already, in this incident.
    There(String),
    /// These are added to the open one.
    Join,
    /// A person opens one, and there is one.
    Refuse(String),
}

/// Adds to the open incident of a target, or opens one: `decide` is given all incidents and the open one.
pub(crate) async fn open_or_join(
    runs: &Runs,
    target: Option<&str>,
    title: &str,
    entries: &[What],
    decide: impl Fn(&[Own], Option<&Own>) -> Found,
) -> Result<String> {
    let whats = entries;
    whats.iter().try_for_each(checked)?;
    let entries = |at: Timestamp| -> Vec<Entry> {
        whats.iter().map(|what| Entry { at, by: runs.who.clone(), what: what.clone() }).collect()
    };
    for _ in 0..ATTEMPTS {
        let (all, now) = (all(runs).await?, Timestamp::now());
        let open = open_of(&all, target);
        let written = match (decide(&all, open), open) {
            (Found::There(id), _) => return Ok(id),
            (Found::Refuse(why), _) => return Err(Refusal::refused(why, None).into()),
            (Found::Join, Some(open)) => {
                let (mut own, version) = kept(runs, &open.id).await?;
                if !own.is_open() {
                    continue;
                }
                own.entries.extend(entries(now));
                write(runs, Some(version), &own).await.map(|()| own.id)
            }
            (Found::Join, None) => {
                let mut own = Own::new(next(&all, now), now, &runs.who, title, target.map(str::to_owned));
                own.entries = entries(now);
                write(runs, None, &own).await.map(|()| own.id)
            }
        };
        match written {
            Ok(id) => return one_of_two(runs, target, id, whats).await,
            Err(failure) if changed(&failure) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(busy(target.unwrap_or_default()))
}

/// Two names that were given at midnight do not collide, so there may be two: the first one stays.
async fn one_of_two(runs: &Runs, target: Option<&str>, id: String, whats: &[What]) -> Result<String> {
    let all = all(runs).await?;
    let first = match open_of(&all, target) {
        Some(first) if first.id != id => first.id.clone(),
        _ => return Ok(id),
    };
    add(runs, &first, |_| Ok(whats.to_vec())).await?;
    let because = format!("it is incident {first}");
    add(runs, &id, |_| Ok(vec![What::Resolved { because: because.clone() }])).await?;
    Ok(first)
}

/// The open one of a target: the oldest.
pub fn open_of<'o>(all: &'o [Own], target: Option<&str>) -> Option<&'o Own> {
    all.iter().find(|one| one.is_open() && one.target.as_deref() == target)
}

/// A run whose journal cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    pub run: String,
    pub why: String,
}

/// Adds what `decide` makes of the document as it is, over the version that it was decided on.
///
/// # Errors
/// What `decide` refuses; where there is no such incident, or the store cannot be written.
pub(crate) async fn add(runs: &Runs, id: &str, decide: impl Fn(&Own) -> Result<Vec<What>>) -> Result<Own> {
    for _ in 0..ATTEMPTS {
        let (mut own, version) = kept(runs, id).await?;
        let whats = decide(&own)?;
        if whats.is_empty() {
            return Ok(own);
        }
        whats.iter().try_for_each(checked)?;
        let at = Timestamp::now();
        own.entries.extend(whats.into_iter().map(|what| Entry { at, by: runs.who.clone(), what }));
        match write(runs, Some(version), &own).await {
            Ok(()) => return Ok(own),
            Err(failure) if changed(&failure) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(busy(id))
}

/// The runs that were linked, and ways back of the target that were begun while it was open: noting a run may have
/// failed.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn journals(runs: &Runs, own: &Own) -> Result<(Vec<Journal>, Vec<Unread>)> {
    let mut wanted: Vec<String> = own.runs().into_iter().map(str::to_owned).collect();
    let resolved = own.entries.iter().rev().find(|entry| matches!(entry.what, What::Resolved { .. }));
    let until = resolved.filter(|_| !own.is_open()).map_or(Timestamp::MAX, |entry| entry.at);
    let others: Vec<Own> = all(runs).await?.into_iter().filter(|one| one.id != own.id).collect();
    for one in runs.list(NEWEST).await? {
        let is_here = one.target == own.target && one.procedure == ROLLBACK;
        let is_then = one.opened >= own.opened && one.opened <= until;
        let is_others = || others.iter().any(|other| other.runs().contains(&one.run.as_str()));
        if is_here && is_then && !wanted.contains(&one.run) && !is_others() {
            wanted.push(one.run);
        }
    }
    let (mut journals, mut unread) = (Vec::new(), Vec::new());
    for run in wanted {
        match runs.read(&run).await {
            Ok(journal) => journals.push(journal),
            Err(failure) => unread.push(Unread { run, why: failure.sentence() }),
        }
    }
    journals.sort_by_key(|journal| journal.state.opened);
    Ok((journals, unread))
}

fn busy(what: &str) -> Failure {
    Refusal::failed(format!("incident {what} is written by others all the time; nothing was added"), None).into()
}

async fn write(runs: &Runs, version: Option<u64>, own: &Own) -> Result<()> {
    let body = serde_json::to_vec(own)
        .map_err(|error| Refusal::failed(format!("incident {} cannot be written: {error}", own.id), None))?;
    // What could not be read again is not written over what can.
    read(&own.id, &body)?;
    runs.store.put(&format!("{PREFIX}{}", own.id), version, &body).await?;
    Ok(())
}

fn changed(failure: &Failure) -> bool {
    matches!(failure.cause(), Cause::Runs(StoreError::Changed { .. }))
}

fn checked(what: &What) -> Result<()> {
    let texts: Vec<&String> = match what {
        What::Aware { .. } | What::Linked { .. } | What::Fired { .. } => Vec::new(),
        What::Note { text } => vec![text],
        What::Exposed { why, .. } | What::Severity { why, .. } => vec![why],
        What::ActionAdded { name, owner, .. } => vec![name, owner],
        What::ActionDone { name, note } => vec![name, note],
        What::DutyDone { duty, items, note } => items.iter().chain([duty, note]).collect(),
        What::Resolved { because } | What::Reopened { because } => vec![because],
    };
    match texts.iter().any(|text| text.len() > LONGEST) {
        true => Err(Refusal::usage(format!("a text of more than {LONGEST} bytes is not kept"), None).into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_days_and_numbers() {
        for (text, is) in [("2026-01-07-1", true), ("2026-01-07-12", true), ("2026-01-07", false), ("../x", false)] {
            assert_eq!(is_id(text), is, "{text}");
        }
        let own = |id: &str| Own::new(id.to_owned(), Timestamp::UNIX_EPOCH, "", "", None);
        let all = [own("1970-01-01-9"), own("1970-01-01-10"), own("1969-12-31-40")];
        assert_eq!(next(&all, Timestamp::UNIX_EPOCH), "1970-01-01-11");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let own = Own::new("2026-01-07-1".to_owned(), Timestamp::UNIX_EPOCH, "anna@a", "x", None);
        let whole = serde_json::to_value(&own).unwrap();
        read("x", whole.to_string().as_bytes()).unwrap();
        for (field, value) in [
            ("format", serde_json::json!(2)),
            ("more", serde_json::json!(1)),
            ("entries", serde_json::json!([{ "at": own.opened, "by": "a", "what": { "kind": "other" } }])),
            ("entries", serde_json::json!([{ "at": own.opened, "by": "a", "what": { "kind": "note" } }])),
        ] {
            let mut other = whole.clone();
            other[field] = value;
            assert!(read("x", other.to_string().as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn the_newest_word_says_whether_it_is_open() {
        let mut own = Own::new(String::new(), Timestamp::UNIX_EPOCH, "", "", None);
        let mut say = |what| own.entries.push(Entry { at: Timestamp::UNIX_EPOCH, by: String::new(), what });
        say(What::Resolved { because: String::new() });
        say(What::Note { text: String::new() });
        assert!(!own.is_open());
        own.entries.push(Entry {
            at: Timestamp::UNIX_EPOCH,
            by: String::new(),
            what: What::Reopened { because: String::new() },
        });
        assert!(own.is_open());
    }
}
