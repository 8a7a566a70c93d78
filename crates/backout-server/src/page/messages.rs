//! Messages: what did not arrive and why, what waits for somebody, and the forms that answer for one.
//!
//! Must not know: how a message is sent.

use axum::response::Response;
use backout_control::notify::{self, Outgoing};
use backout_control::tokens::Scope;
use backout_plan::wording::count;

use super::frame::{Page, badge, button, line, section, table, time, words};
use super::html::{Element, Html, el, of, say};
use super::session::Visitor;
use crate::answer::Refused;
use crate::api::messages::{MAY, Word};
use crate::app::App;

/// So many that need nobody are shown; `backout notify list` has all.
const SHOWN: usize = 200;

/// What a form asks for, by the last part of its address.
pub(super) fn asked(word: &str) -> Option<Word> {
    Word::ALL.into_iter().find(|one| one.name() == word)
}

pub(super) async fn page(app: &App, visitor: &Visitor, refused: Option<&Refused>) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Read)?;
    let all = notify::worst_first(notify::listed(&app.env, &app.runs, None).await?);
    let (asks, calm): (Vec<&Outgoing>, Vec<&Outgoing>) =
        all.iter().partition(|one| ["dead", "held"].contains(&one.state));
    let lead = in_a_sentence(&asks);
    let mut body = Html::default();
    if !asks.is_empty() {
        body = body.and(section("asks", "Needs somebody", Html::all(asks.iter().map(|one| card(visitor, one)))));
    }
    let rows = match calm.is_empty() {
        true => say("p", "No other message is on record."),
        false => rows("Messages, in their states", calm.iter().take(SHOWN).copied(), true),
    };
    let page = Page {
        refused,
        at: "/messages".to_owned(),
        lead: Some(lead),
        ..Page::of("Messages", body.and(section("all", "All others", rows)))
    };
    let status = refused.map_or(page.status, |refused| refused.status);
    Ok(Page { status, ..page }.answer(app, visitor))
}

fn in_a_sentence(asks: &[&Outgoing]) -> Html {
    let dead = asks.iter().filter(|one| one.state == "dead").count();
    match (dead, asks.len() - dead) {
        (0, 0) => Html::from(badge("good", "calm")).and(words(" No message needs anybody.")),
        (0, held) => Html::from(badge("warn", "waits for approval")).and(words(format_args!(" {}.", messages(held)))),
        (dead, 0) => Html::from(badge("bad", "not sent")).and(words(format_args!(" {}.", messages(dead)))),
        (dead, held) => Html::from(badge("bad", "not sent"))
            .and(words(format_args!(" {}; {held} more wait for approval.", messages(dead)))),
    }
}

fn messages(number: usize) -> String {
    count(number, "message")
}

/// A state with a colour that says no more than the word.
fn state(one: &Outgoing) -> Element {
    let tone = match one.state {
        "sent" => "good",
        "dead" => "bad",
        "held" | "waiting" => "warn",
        _ => "quiet",
    };
    badge(tone, one.state)
}

/// Messages in a table, such as those of one incident.
pub(super) fn rows<'m>(caption: &str, all: impl Iterator<Item = &'m Outgoing>, with_incident: bool) -> Element {
    let row = |one: &Outgoing| {
        let why = one.last.as_deref().unwrap_or_default();
        let approved = one.approved.as_ref().map(|by| words(format_args!(" approved by {by}")));
        let incident = el("a").attr("href", format_args!("/incidents/{}", one.incident)).text(&one.incident);
        let mut cells = vec![words(format_args!("{}: {}", one.seq, one.message))];
        cells.extend(with_incident.then(|| Html::from(incident)));
        cells.extend([
            words(&one.channel),
            Html::from(state(one)).and(Html::all(approved)),
            one.sent.map(|at| Html::from(time(at))).unwrap_or_default(),
            words(one.attempts),
            words(why),
        ]);
        cells
    };
    let heads = ["Message", "Incident", "Channel", "State", "Sent", "Attempts", "Why"];
    let heads: Vec<&str> = heads.into_iter().filter(|head| with_incident || *head != "Incident").collect();
    table(caption, &heads, all.map(row))
}

/// A message that needs somebody, with what one may say of it.
fn card(visitor: &Visitor, one: &Outgoing) -> Element {
    let title = of("div", [say("h3", format_args!("{}: {} to {}", one.seq, one.message, one.channel)), state(one)]);
    let incident = el("a").attr("href", format_args!("/incidents/{}", one.incident)).text(&one.incident);
    let tried = match one.attempts {
        0 => String::new(),
        attempts => format!(", tried {attempts} times"),
    };
    let about = el("p").text("Incident ").add(incident).text(tried);
    let why = one.last.as_deref().filter(|_| one.state == "dead").map(|why| say("p", why).class("why"));
    of("article", [title.class("top"), about]).maybe(why).add(answers(visitor, one))
}

fn answers(visitor: &Visitor, one: &Outgoing) -> Html {
    if !visitor.principal.may(MAY) {
        return say("p", "Your token does not serve for any answer.").into();
    }
    let said = |word| match word {
        Word::Approve => ("Let it go out", "first"),
        Word::Retry => ("Try again", "first"),
        Word::Drop => ("Give it up", "plain"),
    };
    let buttons = Word::ALL.into_iter().filter(|word| word.fits(one.state)).map(|word| {
        let (text, class) = said(word);
        button(text).attr("class", class).attr("formaction", format_args!("/messages/{}", word.name()))
    });
    let id = format!("because-{}", one.seq);
    let because = of(
        "p",
        [say("label", "Reason, needed to give it up").attr("for", &id), line().attr("id", &id).attr("name", "because")],
    );
    el("form")
        .attr("method", "post")
        .maybe(visitor.mark())
        .add(el("input").attr("type", "hidden").attr("name", "message").attr("value", one.seq))
        .add(because.class("field"))
        .add(of("p", buttons).class("buttons"))
        .into()
}
