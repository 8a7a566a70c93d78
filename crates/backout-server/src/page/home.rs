//! The first page: what is open now, what triggers say, what was decided, and the newest runs.
//!
//! Must not know: how any of it is found out.

use std::collections::BTreeMap;

use axum::response::Response;
use backout_control::decided::{Decided, Did};
use backout_control::runs::Listed;
use backout_control::tokens::Scope;
use backout_control::watch::{self, Watched};
use backout_plan::wording::span;
use backout_signals::{Outcome, Reading, Verdict};

use super::chart::{chart, number};
use super::frame::{Page, badge, button, field, line, pairs, section, table, time, words};
use super::html::{Element, Html, el, of, say};
use super::session::Visitor;
use super::tone;
use crate::answer::Refused;
use crate::app::App;
use crate::{health, lead};

/// So many decisions are shown.
const DECIDED: usize = 10;
const RUNS: u32 = 20;

/// All that is known now.
struct Known {
    runs: Result<Vec<Listed>, Refused>,
    watched: Option<Watched>,
    leader: Option<String>,
}

impl Known {
    async fn of(app: &App) -> Self {
        if !health::store_answers(app).await {
            return Self { runs: Err(Refused::away()), watched: None, leader: None };
        }
        let runs = app.runs.look(RUNS).await.map_err(Refused::from);
        let watched = watch::look(&app.env, &app.runs).await.ok().flatten();
        let leader = app.runs.store.seated(&lead::seat(app)).await.ok().flatten().map(|held| held.holder);
        Self { runs, watched, leader }
    }
}

pub(super) async fn page(
    app: &App,
    visitor: &Visitor,
    refused: Option<&Refused>,
    note: Option<&str>,
) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Read)?;
    let known = Known::of(app).await;
    let body = Html::default()
        .and(Html::all(note.map(|note| say("p", note).class("note").attr("role", "status"))))
        .and(section("now", "Open now", now(app, &known)))
        .and(section("triggers", "Triggers", triggers(app, known.watched.as_ref())?))
        .and(section("decided", "Decided", decided(app, known.watched.as_ref())?))
        .and(section("runs", "Newest runs", runs(&known)))
        .and(Html::all(report(app, visitor)?));
    let page = Page { refused, at: "/".to_owned(), ..Page::of("Now", body) };
    let status = refused.map_or(page.status, |refused| refused.status);
    Ok(Page { status, ..page }.answer(app, visitor))
}

fn run_link(run: &str) -> Element {
    el("a").attr("href", format_args!("/runs/{run}")).text(run)
}

fn is_open(one: &Listed) -> bool {
    one.standing.as_ref().is_none_or(|standing| !standing.is_over())
}

fn now(app: &App, known: &Known) -> Html {
    let mut all: Vec<Element> = Vec::new();
    match &known.runs {
        Err(refused) => {
            let said = "Nothing is acted on until the store answers. Flags are served as they were.";
            all.push(of("p", [badge("bad", "store away")]).text(format_args!(" {}. {said}", refused.said)));
        }
        Ok(runs) => {
            for one in runs.iter().filter(|one| is_open(one)) {
                let shown = of("p", [badge(tone(one.standing.as_ref()), one.word())])
                    .text(format_args!(" {} ", one.summary.procedure))
                    .add(run_link(&one.summary.run));
                all.push(if one.waits.is_empty() { shown } else { shown.text(format_args!(" – {}", one.waits)) });
            }
            if all.is_empty() {
                all.push(of("p", [badge("good", "no run open")]));
            }
        }
    }
    let watching = known.watched.as_ref().map(|watched| {
        let by = match &watched.by {
            Some(by) => words(format_args!("by {by}, until ")),
            None => Html::from(badge("warn", "nobody watches")).and(words(", although it is to be watched until ")),
        };
        by.and(time(watched.until))
    });
    let flags = app.flags.standing();
    let due = app.scheduled.due();
    let attention = due.attention.iter().map(|one| {
        let shown = of("li", [badge("warn", &one.severity.to_string())]).text(format_args!(" {}", one.title));
        match &one.hint {
            Some(hint) => shown.text(format_args!(" ({hint})")),
            None => shown,
        }
    });
    let attention: Vec<Element> = attention.collect();
    let attention = if attention.is_empty() { Html::default() } else { of("ul", attention).into() };
    Html::all(all).and(pairs([
        ("Watched", watching.unwrap_or_default()),
        ("Leads", words(known.leader.as_deref().unwrap_or("nobody"))),
        ("Flags", badge(if flags.is_good() { "good" } else { "bad" }, flags.word()).into()),
        ("Needs attention", attention),
        ("Not looked at", words(due.trouble.unwrap_or_default())),
    ]))
}

fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Healthy => ("good", "healthy"),
        Verdict::Breached => ("bad", "breached"),
        Verdict::Inconclusive => ("quiet", "inconclusive"),
        Verdict::NoData => ("warn", "no data"),
        Verdict::SourceError => ("warn", "source error"),
    }
}

fn triggers(app: &App, watched: Option<&Watched>) -> Result<Html, Refused> {
    let plan = app.env.plan()?;
    if plan.triggers.is_empty() {
        return Ok(say("p", "The plan has no triggers.").into());
    }
    let mut readings: BTreeMap<String, Reading> =
        app.readings.lock().map(|readings| readings.clone()).unwrap_or_default();
    for reading in watched.iter().flat_map(|watched| &watched.readings) {
        app.history.note(reading);
        if readings.get(&reading.trigger).is_none_or(|known| known.at <= reading.at) {
            readings.insert(reading.trigger.clone(), reading.clone());
        }
    }
    let cards = plan.triggers.iter().map(|trigger| {
        let card = of("article", [say("h3", &trigger.name)]);
        let Some(reading) = readings.get(&trigger.name) else {
            return card.add(of("p", [badge("quiet", "not asked yet")]));
        };
        let (tone, word) = verdict(reading.verdict);
        let shown = |value: Option<f64>| value.map(|value| words(number(value))).unwrap_or_default();
        let since = reading.since.map(|since| Html::from(time(since))).unwrap_or_default();
        let vetoed = reading.vetoed.as_ref();
        let vetoed = vetoed.map(|one| words(format_args!("{}, until ", one.why)).and(time(one.until)));
        card.add(of("p", [badge(tone, word)]).text(format_args!(" {}", reading.why)))
            .maybe(chart(&app.history.of(&trigger.name)))
            .add(pairs([
                ("Value", shown(reading.value)),
                ("Limit", shown(reading.limit)),
                ("Samples", reading.samples.map(words).unwrap_or_default()),
                ("Breached since", since),
                ("Held back", vetoed.unwrap_or_default()),
                ("As of", time(reading.at).into()),
            ]))
    });
    Ok(of("div", cards).class("cards").into())
}

fn decided(app: &App, watched: Option<&Watched>) -> Result<Html, Refused> {
    let all = watched.map(|watched| watched.decided.as_slice()).unwrap_or_default();
    if all.is_empty() {
        return Ok(say("p", "No trigger has fired.").into());
    }
    let plan = app.env.plan()?;
    let branches: Vec<&str> = plan.decide.iter().map(|branch| branch.name.as_str()).collect();
    Ok(Html::all(all.iter().rev().take(DECIDED).map(|one| of("article", decision(one, &branches)))))
}

fn decision(one: &Decided, branches: &[&str]) -> [Html; 4] {
    let firing = &one.firing;
    let fired = el("p")
        .text(format_args!("{} against {}: {}. Fired ", number(firing.value), number(firing.limit), firing.why))
        .add(time(firing.at))
        .text(".");
    let outcome = match &one.outcome {
        Some(Outcome::RollBack { way }) => format!("roll back by way {way}"),
        Some(Outcome::Monitor { time }) => format!("monitor for {}", span(*time)),
        Some(Outcome::FixInPlace { what }) => format!("fix in place: {what}"),
        None => String::new(),
    };
    let held = |held| if held { badge("good", "held") } else { badge("quiet", "did not hold") };
    let asked = one.path.iter().map(|asked| {
        let branch = of("li", [say("strong", &asked.branch)]).text(" ").add(held(asked.held));
        let branch = branch.text(format_args!(" {}", asked.why));
        if asked.held { branch.class("held") } else { branch }
    });
    let left = branches.iter().filter(|name| one.path.iter().all(|asked| asked.branch != **name));
    let left = left.map(|name| say("li", name).text(" ").add(badge("quiet", "not asked")));
    let path = if one.path.is_empty() {
        say("p", "The tree was not asked: the trigger names its way, or the plan has no tree.")
    } else {
        of("ol", asked.chain(left)).class("tree").attr("aria-label", "Branches of the decision tree, in their order")
    };
    let end = pairs([("Outcome", words(outcome)), ("Done", did(&one.did))]);
    [say("h3", &firing.trigger).into(), fired.into(), path.into(), end.into()]
}

fn did(did: &Did) -> Html {
    let of_run = |said: &str, run: &str| words(said).and(words(" ")).and(run_link(run));
    match did {
        Did::Begins => words("begins"),
        Did::Notified => words("people were told"),
        Did::Joined { run } => of_run("joined the open run", run),
        Did::Asked { run } => of_run("waits for approval in run", run),
        Did::Runs { run } => of_run("a way back is gone in run", run),
        Did::Ran { run, phase } => of_run(phase, run),
        Did::Watches { until } => words("watched until ").and(time(*until)),
        Did::ToMend { what } => words(format_args!("to be mended: {what}")),
        Did::Would { what } => words(format_args!("would: {what}")),
        Did::Failed { why } => Html::from(badge("bad", "failed")).and(words(why)),
    }
}

fn runs(known: &Known) -> Html {
    let Ok(list) = &known.runs else { return say("p", "They are not known while the store is away.").into() };
    if list.is_empty() {
        return say("p", "There was no run yet.").into();
    }
    let row = |one: &Listed| {
        let summary = &one.summary;
        let cells = [
            say("td", &summary.procedure),
            of("td", [badge(tone(one.standing.as_ref()), one.word())]),
            of("td", [time(summary.opened)]),
            say("td", &summary.opener),
        ];
        of("tr", [of("th", [run_link(&summary.run)]).attr("scope", "row")]).add(Html::all(cells)).into()
    };
    table("Newest runs", &["Run", "What", "Stands", "Opened", "By"], list.iter().map(row)).into()
}

/// For whoever may report what a source counts.
fn report(app: &App, visitor: &Visitor) -> Result<Option<Element>, Refused> {
    let plan = app.env.plan()?;
    let kinds: Vec<&str> = plan.sources.iter().filter_map(|source| source.ask["reports"]["kind"].as_str()).collect();
    let mark = visitor.mark().filter(|_| visitor.principal.may(Scope::Plan) && !kinds.is_empty());
    let Some(mark) = mark else { return Ok(None) };
    let options = kinds.iter().map(|kind| say("option", kind).attr("value", kind));
    let count = el("input").attr("type", "number").attr("min", 1).attr("value", 1);
    let form = el("form")
        .attr("method", "post")
        .attr("action", "/reports")
        .add(mark)
        .add(field("kind", "Kind", of("select", options)))
        .add(field("count", "How many", count))
        .add(field("who", "Whom it happened to, one a line", el("textarea").attr("rows", 2)))
        .add(field("note", "Note", line()))
        .add(button("Report"));
    let section = of("section", [say("h2", "Report").attr("id", "report")]).attr("aria-labelledby", "report");
    Ok(Some(section.add(form)))
}
