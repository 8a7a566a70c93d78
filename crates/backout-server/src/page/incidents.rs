//! Incidents: all of them, and one with what is owed, what is to be done, and what happened.
//!
//! Must not know: where any of it comes from.

use axum::response::Response;
use backout_control::incident::record::ActionFacts;
use backout_control::incident::{self, DutyFacts, DutyState, Record, Severity};
use backout_control::notify;
use backout_control::tokens::Scope;
use backout_plan::wording::{count, duration, span};
use jiff::Timestamp;

use super::frame::{Page, badge, pairs, run_link, section, table, time, words};
use super::html::{Element, Html, el, of, say};
use super::session::Visitor;
use crate::answer::Refused;
use crate::api::incidents::find;
use crate::app::App;

/// So many are listed.
const SHOWN: usize = 50;
/// So many lines of what happened are shown; the export has all.
const LINES: usize = 500;

pub(super) async fn all(app: &App, visitor: &Visitor) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Read)?;
    let records = incident::all(&app.env, &app.runs, SHOWN).await?;
    let open = records.iter().filter(|one| one.open).count();
    let lead = match (records.len(), open) {
        (0, _) => words("There was no incident."),
        (_, 0) => Html::from(badge("good", "none open")).and(words(" No incident is open.")),
        (_, open) => Html::from(badge("warn", "open")).and(words(format_args!(" {} open.", count(open, "incident")))),
    };
    let rows = records.iter().map(|one| {
        let link = el("a").attr("href", format_args!("/incidents/{}", one.id)).text(&one.id);
        let recovered = one.took.recover_ms.map(|ms| duration(ms as f64)).unwrap_or_default();
        vec![
            link.into(),
            words(&one.title),
            status(one).into(),
            severity(one.severity).into(),
            time(one.opened).into(),
            words(recovered),
            left(one),
        ]
    });
    let heads = ["Incident", "What", "Status", "Severity", "Opened", "Recovered in", "Left"];
    let body = match records.is_empty() {
        true => say("p", "A trigger that may act opens one, and so does a way back."),
        false => table("Incidents, the newest first", &heads, rows),
    };
    let page = Page {
        at: "/incidents".to_owned(),
        lead: Some(lead),
        ..Page::of("Incidents", section("incidents", "All incidents", body).into())
    };
    Ok(page.answer(app, visitor))
}

fn status(one: &Record) -> Element {
    if one.open { badge("warn", "open") } else { badge("good", "resolved") }
}

fn severity(severity: Severity) -> Element {
    let tone = match severity {
        Severity::Minor => "quiet",
        Severity::Major => "warn",
        Severity::Critical => "bad",
    };
    badge(tone, severity.name())
}

/// What is owed and what is to be done, in numbers.
fn left(one: &Record) -> Html {
    let owed = one.duties.iter().filter(|duty| !duty.state.is_done());
    let overdue = owed.clone().filter(|duty| duty.state == DutyState::Overdue).count();
    let to_do = one.actions.iter().filter(|action| action.done.is_none()).count();
    let said = match (owed.count(), to_do) {
        (0, 0) => return Html::default(),
        (owed, to_do) => format!(" {owed} owed, {to_do} to do"),
    };
    match overdue {
        0 => words(said.trim_start()),
        _ => Html::from(badge("bad", "overdue")).and(words(said)),
    }
}

pub(super) async fn one(app: &App, visitor: &Visitor, id: &str) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Read)?;
    let record = find(app, id).await?;
    let lead = Html::from(status(&record))
        .and(words(" "))
        .and(severity(record.severity))
        .and(words(format_args!(" {}", record.title)));
    let mut body = Html::from(section("figures", "In figures", figures(&record)));
    if !record.duties.is_empty() {
        body = body.and(section("duties", "Owed", duties(&record.duties)));
    }
    if !record.actions.is_empty() {
        body = body.and(section("actions", "To do", actions(&record.actions)));
    }
    if !record.runs.is_empty() || !record.unread.is_empty() {
        body = body.and(section("runs", "Ways back", runs(&record)));
    }
    let messages = notify::worst_first(notify::listed(&app.env, &app.runs, Some(&record.id)).await?);
    if !messages.is_empty() {
        let link = of("p", [el("a").attr("href", "/messages").text("All messages, and what can be done about one")]);
        let rows = super::messages::rows("Messages of this incident", messages.iter(), false);
        body = body.and(section("messages", "Told", of("div", [rows, link])));
    }
    body = body.and(section("timeline", "What happened", timeline(&record)));
    let page = Page {
        at: format!("/incidents/{}", record.id),
        lead: Some(lead),
        ..Page::of(format!("Incident {}", record.id), body)
    };
    Ok(page.answer(app, visitor))
}

fn figures(record: &Record) -> Element {
    let at = |at: Option<Timestamp>, after: Option<u64>| {
        let after = after.map(|ms| words(format_args!(", after {}", duration(ms as f64))));
        at.map(|at| Html::all(std::iter::once(Html::from(time(at))).chain(after)))
    };
    let exposed = match &record.impact {
        Some(impact) => {
            let about = if impact.exact { "" } else { "at least " };
            words(format_args!("{about}{} of {}", count(impact.rows, "row"), count(impact.users, "user")))
        }
        None if record.exposed => words("yes, not counted"),
        None => words("not counted"),
    };
    let lost = record.lost.rows.map_or_else(|| "not counted".to_owned(), |rows| count(rows, "row"));
    let lost = format!("{lost}; {} set aside", count(record.lost.kept_rows, "row"));
    let all = [
        ("began", at(record.began, None)),
        ("detected", at(record.detected, record.took.detect_ms)),
        ("known since", at(Some(record.aware), None)),
        ("decided", at(record.decided_at, record.took.decide_ms)),
        ("recovered", at(record.recovered_at, record.took.recover_ms)),
        ("resolved", at(record.resolved_at, None)),
        ("exposed", Some(exposed)),
        ("lost", Some(words(lost))),
    ];
    pairs(all.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

fn duties(all: &[DutyFacts]) -> Element {
    let now = Timestamp::now();
    let rows = all.iter().map(|duty| {
        let state = match (duty.state, duty.left(now)) {
            (DutyState::Done, _) => badge("good", "done").into(),
            (DutyState::DoneLate, _) => badge("bad", "done late").into(),
            (_, Some(left)) => Html::from(badge("warn", "running")).and(words(format_args!(" {} left", span(left)))),
            (_, None) => badge("bad", "overdue").into(),
        };
        let open: Vec<&str> = duty.open_items();
        vec![words(&duty.name), time(duty.due).into(), state, words(open.join(", "))]
    });
    table("What is owed by when", &["What", "Due", "State", "Not done of it"], rows)
}

fn actions(all: &[ActionFacts]) -> Element {
    let rows = all.iter().map(|action| {
        let state = match (&action.done, action.overdue) {
            (Some(done), _) => Html::from(badge("good", "done")).and(words(format_args!(" by {}", done.by))),
            (None, true) => badge("bad", "overdue").into(),
            (None, false) => badge("warn", "open").into(),
        };
        vec![words(&action.name), words(action.window.name()), words(&action.owner), time(action.due).into(), state]
    });
    table("What is to be done", &["What", "When", "Who", "Due", "State"], rows)
}

fn runs(record: &Record) -> Element {
    let rows = record.runs.iter().map(|run| {
        let tone = match run.phase.as_str() {
            "succeeded" => "good",
            "failed" | "stopped" => "bad",
            "taken-back" | "aborted" => "quiet",
            _ => "warn",
        };
        vec![
            run_link(&run.run).into(),
            words(&run.way),
            badge(tone, &run.phase).into(),
            time(run.opened).into(),
            words(duration(run.took_ms as f64)),
            words(&run.because),
        ]
    });
    let unread = record.unread.iter().map(|one| say("p", format_args!("{} cannot be read: {}", one.run, one.why)));
    let heads = ["Run", "Way", "State", "Opened", "Took", "Because"];
    of("div", [table("Ways back of this incident", &heads, rows)]).add(Html::all(unread))
}

fn timeline(record: &Record) -> Html {
    let line = |line: &incident::Line| {
        let who = Some(&line.who).filter(|who| !who.is_empty());
        of("li", [time(line.at)])
            .text(" ")
            .add(badge("quiet", line.kind.name()))
            .text(format_args!(" {}", line.text))
            .maybe(who.map(|who| say("span", format_args!(" {who}")).class("who")))
    };
    // The newest are what somebody looks for while it lasts.
    let surplus = record.timeline.len().saturating_sub(LINES);
    let lines = record.timeline.iter().skip(surplus).map(line);
    let list = of("ol", lines).class("timeline").attr("aria-label", "What happened, in the order of time");
    let more =
        (surplus > 0).then(|| say("p", format_args!("{} before these are in the export.", count(surplus, "line"))));
    Html::all(more).and(list)
}
