//! The releases: the gates that the next one meets with their evidence, what is to be proven again, and those so far.
//!
//! Must not know: how a gate judges.

use axum::response::Response;
use backout_control::outlook::{Gate, Outlook, Proven, Release, Stands};
use backout_control::tokens::Scope;
use backout_plan::wording::{duration, span};
use jiff::Timestamp;

use super::frame::{Page, badge, pairs, section, table, time, words};
use super::html::{Element, Html, el, of, say};
use super::session::Visitor;
use crate::answer::Refused;
use crate::app::App;
use crate::due::Due;

/// So many releases are shown.
const SHOWN: usize = 50;

pub(super) async fn page(app: &App, visitor: &Visitor) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Read)?;
    let due = app.scheduled.due();
    let (lead, body) = match &due.outlook {
        Some(outlook) => (in_a_sentence(outlook), shown(outlook)),
        None => (words("The target was not looked at."), section("gates", "Gates", why_not(app, &due)).into()),
    };
    let looked = due.at.map(|at| el("p").class("soft").text("Looked at ").add(time(at)).text("."));
    let page =
        Page { at: "/releases".to_owned(), lead: Some(lead), ..Page::of("Releases", body.and(Html::all(looked))) };
    Ok(page.answer(app, visitor))
}

fn why_not(app: &App, due: &Due) -> Element {
    say(
        "p",
        match (&due.trouble, app.leads()) {
            (Some(trouble), _) => trouble,
            (None, true) => "It is looked at right now.",
            (None, false) => "Another process leads, and looks; ask that one.",
        },
    )
}

fn in_a_sentence(outlook: &Outlook) -> Html {
    let closed: Vec<&str> =
        outlook.gates.iter().filter(|gate| gate.stands == Stands::Closed).map(|gate| gate.name).collect();
    let pending = match outlook.pending.len() {
        0 => "Nothing is pending.".to_owned(),
        1 => format!("1 migration is pending: {}.", outlook.pending.join(", ")),
        more => format!("{more} migrations are pending."),
    };
    match closed.is_empty() {
        true => Html::from(badge("good", "open")).and(words(format_args!(" {pending} No gate is closed."))),
        false => {
            let said = format!(" {pending} Closed: {}.", closed.join(", "));
            Html::from(badge("warn", "closed")).and(words(said))
        }
    }
}

fn shown(outlook: &Outlook) -> Html {
    Html::default()
        .and(section("gates", "Gates", of("div", outlook.gates.iter().map(gate)).class("cards")))
        .and(section("due", "Rehearsals and proofs due", proven(&outlook.proven)))
        .and(section("timeline", "Releases so far", releases(&outlook.releases)))
}

fn gate(gate: &Gate) -> Element {
    let (tone, word) = match gate.stands {
        Stands::Open => ("good", "open"),
        Stands::Closed => ("bad", "closed"),
        Stands::NotAsked => ("quiet", "not asked"),
        Stands::Unknown => ("warn", "not known"),
    };
    let evidence = gate.evidence.iter().map(|(name, value)| (*name, words(value)));
    of("article", [of("div", [say("h3", gate.name), badge(tone, word)]).class("top")])
        .add(say("p", &gate.said))
        .add(pairs(evidence))
}

fn proven(all: &[Proven]) -> Element {
    if all.is_empty() {
        return say("p", "Nothing was rehearsed, and no backup was proven.");
    }
    let now = Timestamp::now();
    let rows = all.iter().map(|one| {
        let left = std::time::Duration::try_from(one.until.duration_since(now));
        let due = match left {
            Ok(left) => Html::from(badge("good", "in time")).and(words(format_args!(" {} left", span(left)))),
            Err(_) => badge("warn", "due now").into(),
        };
        vec![words(one.what), words(&one.id), time(one.at).into(), time(one.until).into(), due, words(&one.said)]
    });
    table("What was proven", &["What", "Which", "Made", "Counts until", "Due", "Of"], rows)
}

fn releases(all: &[Release]) -> Element {
    if all.is_empty() {
        return say("p", "Nothing is on record.");
    }
    let line = |one: &Release| {
        let (tone, word) = match one.state {
            "applied" => ("good", "applied"),
            "undone" => ("warn", "undone"),
            "undo_tail" => ("warn", "undone, work is left"),
            "interrupted" => ("bad", "interrupted"),
            _ => ("quiet", "known"),
        };
        let name = if one.name.is_empty() { one.version.clone() } else { format!("{} {}", one.version, one.name) };
        let took = |ms: Option<f64>| ms.map(|ms| format!(", locks held for {}", duration(ms))).unwrap_or_default();
        let applied = el("p").class("soft").add(time(one.at)).text(format_args!(
            " as migration {} by {}{}",
            one.number,
            one.role,
            took(one.lock_ms)
        ));
        let undone = one
            .undone_at
            .map(|at| el("p").class("soft").add(time(at)).text(format_args!(" undone{}", took(one.undo_lock_ms))));
        let kept =
            one.kept_until.map(|until| el("p").class("soft").text("What it took away is kept until ").add(time(until)));
        let left = one.left.iter().map(|left| say("p", format_args!("Not as before: {left}")));
        of("li", [say("strong", name)])
            .text(" ")
            .add(badge(tone, word))
            .maybe(undone)
            .add(applied)
            .maybe(kept)
            .add(Html::all(left))
    };
    of("ol", all.iter().take(SHOWN).map(line)).class("timeline").attr("aria-label", "Releases, the newest first")
}
