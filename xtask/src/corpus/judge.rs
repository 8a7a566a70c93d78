//! What a step of a history is worth: its class, from what was said before and what was seen after.
//!
//! Must not know: how anything was run.

use std::fmt;

use backout_plan::Verdict;
use serde::Serialize;

use super::dump::Likeness;

/// From good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    Exact,
    ExactButColumnOrder,
    /// As said beforehand, with counts that cover what is missing.
    Lossy,
    /// Said beforehand.
    Impossible,
    /// psql fails as well.
    DoesNotApply,
    /// psql would do it; Backout said why it does not, and changed nothing.
    Refused,
    /// Not what psql leaves.
    ForwardDifference,
    /// Something differs that nobody foresaw.
    Wrong,
}

pub(crate) const CLASSES: &[Class] = &[
    Class::Exact,
    Class::ExactButColumnOrder,
    Class::Lossy,
    Class::Impossible,
    Class::DoesNotApply,
    Class::Refused,
    Class::ForwardDifference,
    Class::Wrong,
];

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => "exact",
            Self::ExactButColumnOrder => "exact but for column order",
            Self::Lossy => "lossy",
            Self::Impossible => "impossible",
            Self::DoesNotApply => "does not apply",
            Self::Refused => "refused",
            Self::ForwardDifference => "FORWARD DIFFERENCE",
            Self::Wrong => "WRONG",
        })
    }
}

/// Rows of one table before the migration and after the undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RowDifference {
    /// `public.posts`
    pub(crate) table: String,
    pub(crate) missing: usize,
    pub(crate) extra: usize,
    pub(crate) example: String,
}

/// What was seen of one step.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    /// psql's complaint.
    pub(crate) psql: Option<String>,
    pub(crate) migrate: Attempt,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) forward: Likeness,
    /// Tables whose number of rows is not the twin's.
    pub(crate) forward_counts: Vec<String>,
    pub(crate) undo: Option<String>,
    pub(crate) back: Likeness,
    pub(crate) rows: Vec<RowDifference>,
    /// Whether rows were written between migration and undo: then more than before is no difference.
    pub(crate) written: bool,
    /// What is wrong after migrating once more.
    pub(crate) redo: Vec<String>,
    /// What the undo said that it could not give back.
    pub(crate) left: Vec<String>,
    /// A file of several transactions: what it did before it failed stays, with psql as well.
    pub(crate) several: bool,
}

/// How migrating went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    Done,
    /// Refused by a guard, before COMMIT.
    Refused(String),
    /// The server said no to something that was sent.
    Failed(String),
    /// Did not happen, and yet the database is another.
    LeftTraces(String, Likeness),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Judgement {
    pub(crate) class: Class,
    pub(crate) reasons: Vec<String>,
    pub(crate) notes: Vec<String>,
}

pub(crate) fn judge(seen: &Observed) -> Judgement {
    let mut notes = Vec::new();
    let verdict = |class: Class, reasons: Vec<String>, notes: Vec<String>| Judgement { class, reasons, notes };
    match (&seen.migrate, &seen.psql) {
        (Attempt::LeftTraces(ours, _), Some(psql)) if seen.several => {
            return verdict(Class::DoesNotApply, vec![psql.clone()], vec![format!("ours: {ours}")]);
        }
        (Attempt::LeftTraces(why, likeness), _) => {
            let mut reasons = vec![format!("it did not happen and left traces: {why}")];
            reasons.extend(lines(likeness));
            return verdict(Class::Wrong, reasons, notes);
        }
        (Attempt::Refused(ours) | Attempt::Failed(ours), Some(psql)) => {
            return verdict(Class::DoesNotApply, vec![psql.clone()], vec![format!("ours: {ours}")]);
        }
        (Attempt::Done, Some(psql)) => {
            return verdict(Class::ForwardDifference, vec![format!("psql fails where it migrates: {psql}")], notes);
        }
        (Attempt::Refused(why), None) => return verdict(Class::Refused, vec![why.clone()], notes),
        (Attempt::Failed(why), None) => {
            return verdict(Class::ForwardDifference, vec![format!("it fails where psql passes: {why}")], notes);
        }
        (Attempt::Done, None) => {}
    }
    let mut wrong = Vec::new();
    let mut forward = seen.forward_counts.clone();
    if seen.forward != Likeness::Equal {
        forward.extend(lines(&seen.forward));
    }
    let impossible = seen.verdicts.iter().any(|v| matches!(v, Verdict::Impossible { .. }));
    let order = seen.verdicts.iter().any(|v| matches!(v, Verdict::ExactButColumnOrder { .. }));
    if let Some(why) = &seen.undo {
        if impossible {
            notes.push(format!("undo: {why}"));
        } else {
            wrong.push(format!("undo failed: {why}"));
        }
    } else {
        match &seen.back {
            Likeness::Equal if impossible => notes.push("said to be impossible, and came back equal".to_owned()),
            Likeness::Equal if order => notes.push("another column order was announced, and it is the same".to_owned()),
            Likeness::Equal => {}
            Likeness::ColumnOrder(_) if order || impossible => {}
            Likeness::ColumnOrder(tables) => {
                wrong.push(format!("the order of columns differs and nobody said so: {}", tables.join(", ")));
            }
            Likeness::Different(said) if impossible => notes.extend(said.iter().cloned()),
            Likeness::Different(said) => {
                wrong.push("back: not what it was".to_owned());
                wrong.extend(said.iter().cloned());
            }
        }
        let (unforeseen, mut more) = rows(seen);
        wrong.extend(unforeseen);
        notes.append(&mut more);
        let again = seen.redo.iter().map(|what| format!("again: {what}"));
        // What did not come back, or did not go, may well be in the way the second time.
        let whole = Verdict::worst(&seen.verdicts).is_exact() && !seen.written;
        if whole { wrong.extend(again) } else { notes.extend(again) }
    }
    let class = if !wrong.is_empty() {
        Class::Wrong
    } else if !forward.is_empty() {
        Class::ForwardDifference
    } else {
        match Verdict::worst(&seen.verdicts) {
            Verdict::Exact => Class::Exact,
            Verdict::ExactButColumnOrder { .. } => Class::ExactButColumnOrder,
            Verdict::Lossy { .. } => Class::Lossy,
            Verdict::Impossible { .. } => Class::Impossible,
        }
    };
    forward.extend(wrong);
    verdict(class, forward, notes)
}

/// Losses that nobody announced, and announcements of more than was lost.
fn rows(seen: &Observed) -> (Vec<String>, Vec<String>) {
    let (mut wrong, mut notes) = (Vec::new(), Vec::new());
    for difference in &seen.rows {
        let mut announced = Some(0_u64);
        for verdict in &seen.verdicts {
            match verdict {
                Verdict::Lossy { what, count, .. } if names(what, &difference.table) => {
                    announced = announced.zip(*count).map(|(sum, count)| sum + count);
                }
                Verdict::Impossible { what, .. } if names(what, &difference.table) => announced = None,
                _ => {}
            }
        }
        // Said when it was undone: what was written since stood in their way.
        let unreturned: usize = seen
            .left
            .iter()
            .filter(|said| {
                said.contains("did not come back") || said.contains("others have their former unique values")
            })
            .filter(|said| said.contains(difference.table.as_str()))
            .filter_map(|said| said.split(' ').next()?.parse::<usize>().ok())
            .sum();
        let missing = difference.missing.saturating_sub(unreturned);
        let found = if seen.written { missing } else { missing.max(difference.extra) };
        if announced.is_some_and(|count| u64::try_from(found).unwrap_or(u64::MAX) > count) {
            wrong.push(format!(
                "{}: {} rows are missing and {} are new, {} announced: {}",
                difference.table,
                difference.missing,
                difference.extra,
                announced.unwrap_or_default(),
                difference.example
            ));
        }
    }
    for verdict in seen.verdicts.iter().filter(|_| !seen.written) {
        if let Verdict::Lossy { what, count: Some(count), .. } = verdict {
            let found: usize = seen.rows.iter().filter(|d| names(what, &d.table)).map(|d| d.missing.max(d.extra)).sum();
            if u64::try_from(found).is_ok_and(|found| found < *count) {
                notes.push(format!("{what}: {count} announced, {found} rows differ"));
            }
        }
    }
    (wrong, notes)
}

/// Whether `table public.posts`, `public.posts` or `column public.posts.note` is about `public.posts`.
pub(crate) fn names(what: &str, table: &str) -> bool {
    what.match_indices(table).any(|(at, _)| {
        let before = what[..at].chars().next_back();
        let after = what[at + table.len()..].chars().next();
        before.is_none_or(|c| c == ' ') && after.is_none_or(|c| matches!(c, '.' | ' ' | ','))
    })
}

pub(crate) fn lines(likeness: &Likeness) -> Vec<String> {
    match likeness {
        Likeness::Equal => Vec::new(),
        Likeness::ColumnOrder(tables) => vec![format!("another order of columns: {}", tables.join(", "))],
        Likeness::Different(said) => said.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backout_plan::Unit;

    fn seen() -> Observed {
        Observed {
            psql: None,
            migrate: Attempt::Done,
            verdicts: Vec::new(),
            forward: Likeness::Equal,
            forward_counts: Vec::new(),
            undo: None,
            back: Likeness::Equal,
            rows: Vec::new(),
            written: false,
            redo: Vec::new(),
            left: Vec::new(),
            several: false,
        }
    }

    fn lossy(what: &str, count: u64) -> Verdict {
        Verdict::Lossy { what: what.into(), count: Some(count), unit: Unit::Rows, reason: String::new() }
    }

    fn missing(table: &str, missing: usize) -> RowDifference {
        RowDifference { table: table.into(), missing, extra: 0, example: String::new() }
    }

    #[test]
    fn every_class_has_its_evidence() {
        let different = || Likeness::Different(vec!["x".into()]);
        let order = || Likeness::ColumnOrder(vec!["t".into()]);
        let says_order = || vec![Verdict::ExactButColumnOrder { tables: vec!["public.t".into()], reasons: Vec::new() }];
        let says_no = || vec![Verdict::Impossible { what: "type public.m".into(), reason: String::new() }];
        let cases: Vec<(&str, Observed, Class)> = vec![
            ("nothing to see", seen(), Class::Exact),
            (
                "both fail",
                Observed { psql: Some("no".into()), migrate: Attempt::Failed("no".into()), ..seen() },
                Class::DoesNotApply,
            ),
            ("psql fails alone", Observed { psql: Some("no".into()), ..seen() }, Class::ForwardDifference),
            ("we fail alone", Observed { migrate: Attempt::Failed("no".into()), ..seen() }, Class::ForwardDifference),
            ("we refuse", Observed { migrate: Attempt::Refused("no".into()), ..seen() }, Class::Refused),
            ("traces", Observed { migrate: Attempt::LeftTraces("no".into(), different()), ..seen() }, Class::Wrong),
            ("another schema", Observed { forward: different(), ..seen() }, Class::ForwardDifference),
            ("other numbers", Observed { forward_counts: vec!["t".into()], ..seen() }, Class::ForwardDifference),
            ("undo fails", Observed { undo: Some("no".into()), ..seen() }, Class::Wrong),
            (
                "undo fails as said",
                Observed { undo: Some("no".into()), verdicts: says_no(), ..seen() },
                Class::Impossible,
            ),
            ("back differs", Observed { back: different(), ..seen() }, Class::Wrong),
            (
                "back differs, data was announced",
                Observed { back: different(), verdicts: vec![lossy("public.t", 1)], ..seen() },
                Class::Wrong,
            ),
            ("back differs as said", Observed { back: different(), verdicts: says_no(), ..seen() }, Class::Impossible),
            ("order", Observed { back: order(), ..seen() }, Class::Wrong),
            ("order as said", Observed { back: order(), verdicts: says_order(), ..seen() }, Class::ExactButColumnOrder),
            ("rows", Observed { rows: vec![missing("public.t", 1)], ..seen() }, Class::Wrong),
            (
                "rows as said",
                Observed { rows: vec![missing("public.t", 2)], verdicts: vec![lossy("table public.t", 2)], ..seen() },
                Class::Lossy,
            ),
            (
                "rows written since",
                Observed { rows: vec![RowDifference { extra: 3, ..missing("public.t", 0) }], written: true, ..seen() },
                Class::Exact,
            ),
            (
                "rows that stayed",
                Observed { rows: vec![RowDifference { extra: 3, ..missing("public.t", 0) }], ..seen() },
                Class::Wrong,
            ),
            (
                "more rows than said",
                Observed { rows: vec![missing("public.t", 2)], verdicts: vec![lossy("public.t", 1)], ..seen() },
                Class::Wrong,
            ),
            (
                "rows of another",
                Observed { rows: vec![missing("public.t", 1)], verdicts: vec![lossy("public.tt", 9)], ..seen() },
                Class::Wrong,
            ),
            ("again", Observed { redo: vec!["no".into()], ..seen() }, Class::Wrong),
            (
                "again after a loss",
                Observed { redo: vec!["no".into()], verdicts: vec![lossy("public.t", 1)], ..seen() },
                Class::Lossy,
            ),
        ];
        for (name, seen, class) in cases {
            assert_eq!(judge(&seen).class, class, "{name}: {:?}", judge(&seen));
        }
    }

    #[test]
    fn too_much_announced_is_noted() {
        let seen = Observed { verdicts: vec![lossy("public.t", 3)], rows: vec![missing("public.t", 1)], ..seen() };
        assert_eq!(judge(&seen).notes, ["public.t: 3 announced, 1 rows differ"]);
    }
}
