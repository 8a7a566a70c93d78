//! An incident that shows every variable: what messages are tried on when the plan is read, and what previews show.
//!
//! Must not know: templates.

use jiff::{SignedDuration, Timestamp};

use super::filters::plain;
use super::variables::{
    Action, Affected, Asked, Changed, Duty, Exposed, Facts, Failed, Incident, Line, Lost, Moment, Next, Overdue,
    People, Reading, Rows, Run, Step, Trigger, User, VARIABLES, Way,
};
use super::variables::{Need, variable};

/// 14:23 UTC on 7 January 2026.
const BEGINNING: i64 = 1_767_795_780;

fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_secs(BEGINNING + minutes * 60)).unwrap_or_default()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn step(name: &str, minutes: i64) -> Step {
    Step { name: name.to_owned(), status: "done".to_owned(), took_minutes: Some(1.0), ended: Some(at(minutes)) }
}

fn line(minutes: i64, kind: &str, text: &str) -> Line {
    Line { time: at(minutes), kind: kind.to_owned(), who: Some("anna@laptop".to_owned()), text: text.to_owned() }
}

impl Facts {
    /// Everything is known. The figures are made up.
    pub fn example() -> Self {
        Self {
            now: at(4),
            target: text("production"),
            incident: Incident {
                id: "2026-01-07-1".to_owned(),
                title: "Error rate".to_owned(),
                severity: "critical".to_owned(),
                status: "open".to_owned(),
                opened: at(0),
                because: text("error rate below 1 % for 30 min"),
                url: text("https://backout.example.com/incidents/2026-01-07-1"),
            },
            detected: Some(at(0)),
            aware: at(0),
            started: Some(at(0)),
            ended: Some(at(4)),
            downtime_minutes: Some(0.0),
            next_update_minutes: Some(10.0),
            trigger: Some(Trigger {
                name: "Error rate".to_owned(),
                measure: "ratio".to_owned(),
                side: "above".to_owned(),
                limit: 0.05,
                value: 0.083,
                held_minutes: 7.0,
                people: 47,
            }),
            reading: Some(Reading { now: 0.021, trend: "falling".to_owned(), at: at(3) }),
            way: Way { name: text("C"), text: text("flags off, deploy, undo in place"), eta_minutes: Some(5.0) },
            changed: Some(Changed { from: "A".to_owned(), because: "error rate is still 6 %".to_owned() }),
            run: Run {
                id: text("20260107T142300Z-1f3a9c00"),
                phase: text("running"),
                took_minutes: Some(4.0),
                steps: vec![step("flags off", 1), step("deploy", 2)],
                next: vec![Next { name: "undo in place".to_owned(), budget_minutes: 5.0 }],
            },
            failure: Some(Failed { step: text("deploy"), why: "the deployment was refused".to_owned() }),
            asked: Some(Asked { step: "undo in place".to_owned(), approvals: 2, given: 1, until: at(15) }),
            affected: Some(Affected { users: 47, rows: 312, exact: true }),
            exposed: Exposed { from: Some(at(-18)), to: Some(at(4)), minutes: Some(22.0) },
            lost: Lost { rows: Some(0) },
            people: People {
                on_call: text("@engineer-name"),
                phone: text("+49 30 1234567"),
                escalation: text("lead@example.com"),
                lead: text("Anna"),
            },
            timeline: vec![
                line(0, "signal", "Error rate is 8.3 %"),
                line(1, "run", "flags off: done"),
                line(4, "run", "way C: done"),
            ],
            actions: vec![Action {
                name: "post-mortem".to_owned(),
                owner: "Anna".to_owned(),
                due: at(20 * 60),
                window: "1-7days".to_owned(),
                done: false,
            }],
            duties: vec![Duty { name: "authority".to_owned(), due: at(72 * 60), state: "running".to_owned() }],
            duty: Some(Overdue {
                name: "affected users".to_owned(),
                due: at(120),
                within_hours: 2.0,
                overdue_minutes: 15.0,
                open: vec!["contact point".to_owned()],
            }),
            user: Some(User {
                name: text("Berta"),
                rows: 12,
                tables: vec![Rows { name: "clients".to_owned(), rows: 12 }],
            }),
        }
    }

    /// The same in a message of this moment: without what others have.
    pub fn example_of(moment: Moment) -> Self {
        let all = Self::example();
        let is = |name: &str| variable(name).and_then(|one| one.only).is_some_and(|only| only.is(moment));
        Self {
            changed: all.changed.filter(|_| is("changed.from")),
            failure: all.failure.filter(|_| is("failure.why")),
            asked: all.asked.filter(|_| is("asked.step")),
            duty: all.duty.filter(|_| is("duty.name")),
            user: all.user.filter(|_| is("user.rows")),
            ..all
        }
    }

    /// As little is known as there can be.
    pub fn least_of(moment: Moment) -> Self {
        let all = Self::example_of(moment);
        Self {
            target: None,
            incident: Incident { because: None, url: None, ..all.incident },
            detected: None,
            started: None,
            ended: None,
            downtime_minutes: None,
            next_update_minutes: None,
            trigger: None,
            reading: None,
            way: Way::default(),
            run: Run::default(),
            failure: all.failure.map(|failure| Failed { step: None, ..failure }),
            affected: None,
            exposed: Exposed::default(),
            lost: Lost::default(),
            people: People::default(),
            timeline: Vec::new(),
            actions: Vec::new(),
            duties: Vec::new(),
            duty: all.duty.map(|duty| Overdue { open: Vec::new(), ..duty }),
            user: all.user.map(|user| User { name: None, tables: Vec::new(), ..user }),
            ..all
        }
    }
}

/// The value that a variable has there, for the documentation.
pub fn shown(name: &str) -> String {
    let all = serde_json::to_value(Facts::example()).unwrap_or_default();
    let found = name.split('.').try_fold(&all, |value, part| match part.strip_suffix("[]") {
        Some(list) => value.get(list)?.get(0),
        None => value.get(part),
    });
    match found {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Array(items)) if items.iter().all(serde_json::Value::is_string) => {
            items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(", ")
        }
        Some(serde_json::Value::Array(_)) | None => String::new(),
        Some(other) => other.as_f64().map_or_else(|| other.to_string(), |number| plain(number, 3)),
    }
}

/// The table of the documentation.
pub fn table() -> String {
    let mut rows = String::from("| variable | type | unit | meaning | example |\n|---|---|---|---|---|\n");
    for one in VARIABLES {
        let more = match (one.need, one.only) {
            (Need::Always, None) => String::new(),
            (Need::Always, Some(only)) => format!("; only with `{}`", only.said()),
            (Need::Optional, None) => "; may be missing".to_owned(),
            (Need::Optional, Some(only)) => format!("; may be missing; only with `{}`", only.said()),
            (Need::With(other), _) => format!("; known where `{other}` is"),
        };
        let example = shown(one.name);
        let example = if example.is_empty() { example } else { format!("`{example}`") };
        let cells = [one.kind.said(), one.unit.to_owned(), format!("{}{more}", one.meaning), example];
        rows.push_str(&format!("| `{}` | {} |\n", one.name, cells.join(" | ")));
    }
    rows
}
