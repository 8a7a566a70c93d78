//! The first page: what is open now, what triggers say, what was decided, and the newest runs.
//!
//! Must not know: how any of it is found out.

use std::collections::BTreeMap;

use axum::response::Response;
use backout_control::decided::{Decided, Did};
use backout_control::notify;
use backout_control::runs::Listed;
use backout_control::tokens::Scope;
use backout_control::watch::{self, Watched};
use backout_plan::Finding;
use backout_plan::plan::{PlanBranch, PlanThen, PlanWhen};
use backout_plan::wording::{count, span};
use backout_runbook::Standing;
use backout_signals::tree::Asked;
use backout_signals::{Outcome, Reading, Verdict};

use super::chart::{chart, number};
use super::frame::{Page, badge, button, field, line, pairs, run_link, section, table, time, words};
use super::html::{Element, Html, el, of, say};
use super::session::Visitor;
use super::tone;
use crate::answer::Refused;
use crate::app::App;
use crate::{health, lead};

/// So many decisions are shown.
const DECIDED: usize = 10;
const RUNS: u32 = 20;
/// So many messages that need somebody are named.
const MESSAGES: usize = 5;

/// All that is known now.
struct Known {
    runs: Result<Vec<Listed>, Refused>,
    watched: Option<Watched>,
    leader: Option<String>,
    /// What of the messages needs somebody; nothing where the store does not answer.
    messages: Vec<Finding>,
}

impl Known {
    async fn of(app: &App) -> Self {
        if !health::store_answers(app).await {
            return Self { runs: Err(Refused::away()), watched: None, leader: None, messages: Vec::new() };
        }
        let runs = app.runs.look(RUNS).await.map_err(Refused::from);
        let watched = watch::look(&app.env, &app.runs).await.ok().flatten();
        let leader = app.runs.store.seated(&lead::seat(app)).await.ok().flatten().map(|held| held.holder);
        let messages = notify::listed(&app.env, &app.runs, None).await.unwrap_or_default();
        Self { runs, watched, leader, messages: notify::findings(&messages) }
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
    let readings = readings(app, known.watched.as_ref());
    let body = Html::default()
        .and(Html::all(note.map(|note| say("p", note).class("note").attr("role", "status"))))
        .and(section("now", "Open now", now(app, &known)))
        .and(section("triggers", "Triggers", triggers(app, &readings)?))
        .and(section("decided", "Decision tree", decided(app, known.watched.as_ref())?))
        .and(section("runs", "Newest runs", runs(&known)))
        .and(Html::all(report(app, visitor)?));
    let back = el("a").class("button danger").attr("href", "/rollback").text("Roll back…");
    let action = visitor.principal.may(Scope::Plan).then_some(back);
    let lead = Some(in_a_sentence(&known, &readings));
    let page = Page { refused, at: "/".to_owned(), lead, action, ..Page::of("Now", body) };
    let status = refused.map_or(page.status, |refused| refused.status);
    Ok(Page { status, ..page }.answer(app, visitor))
}

/// What matters most, at the top.
fn in_a_sentence(known: &Known, readings: &BTreeMap<String, Reading>) -> Html {
    let Ok(runs) = &known.runs else {
        return Html::from(badge("bad", "store away"))
            .and(words(" Nothing is acted on until the store answers. Flags are served as they were."));
    };
    let of = |verdict: fn(Verdict) -> bool| -> Vec<&str> {
        readings.values().filter(|one| verdict(one.verdict)).map(|one| one.trigger.as_str()).collect()
    };
    let breached = of(|verdict| verdict == Verdict::Breached);
    let silent = of(|verdict| matches!(verdict, Verdict::NoData | Verdict::SourceError));
    let open: Vec<&Listed> = runs.iter().filter(|one| is_open(one)).collect();
    let waits = open.iter().filter(|one| matches!(one.standing, Some(Standing::WaitingForApproval { .. }))).count();
    let mut said = Vec::new();
    if !breached.is_empty() {
        said.push(format!("Breached: {}.", breached.join(", ")));
    }
    if !silent.is_empty() {
        said.push(format!("Without data: {}.", silent.join(", ")));
    }
    match (open.len(), waits) {
        (0, _) => {}
        (_, 1) => said.push("A run waits for approval.".to_owned()),
        (_, 2..) => said.push(format!("{waits} runs wait for approval.")),
        (1, 0) => said.push("A run is open.".to_owned()),
        (runs, 0) => said.push(format!("{runs} runs are open.")),
    }
    let is_bad = !breached.is_empty() || waits > 0;
    match said.is_empty() {
        true => Html::from(badge("good", "calm")).and(words(" No trigger is breached, and no run is open.")),
        false => {
            let tone = if is_bad { badge("bad", "attention") } else { badge("warn", "attention") };
            Html::from(tone).and(words(format_args!(" {}", said.join(" "))))
        }
    }
}

fn is_open(one: &Listed) -> bool {
    one.standing.as_ref().is_none_or(|standing| !standing.is_over())
}

fn now(app: &App, known: &Known) -> Html {
    let mut all: Vec<Element> = Vec::new();
    match &known.runs {
        Err(refused) => all.push(of("p", [badge("bad", "not known")]).text(format_args!(" {}", refused.said))),
        Ok(runs) => {
            for one in runs.iter().filter(|one| is_open(one)) {
                let said = of("span", [badge(tone(one.standing.as_ref()), one.word())])
                    .text(format_args!(" {} ", one.summary.procedure))
                    .add(run_link(&one.summary.run));
                let said = if one.waits.is_empty() { said } else { said.text(format_args!(" – {}", one.waits)) };
                // Somebody else, or the clock, goes on with what does not wait.
                let is_asked =
                    matches!(one.standing, Some(Standing::WaitingForApproval { .. } | Standing::Stopped { .. }));
                let answer = el("a").class("button").attr("href", format_args!("/runs/{}#answers", one.summary.run));
                let answer = is_asked.then(|| answer.text("Answer this run"));
                all.push(of("div", [said]).class("open").maybe(answer));
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
    // What is breached, which run is open and which message did not arrive stands here as it is now.
    let is_elsewhere = |code: &str| ["watch.breached", "run.open", "message.dead", "message.held"].contains(&code);
    let attention = due.attention.iter().filter(|one| !is_elsewhere(&one.code)).map(|one| {
        let shown = of("li", [badge("warn", &one.severity.to_string())]).text(format_args!(" {}", one.title));
        match &one.hint {
            Some(hint) => shown.text(format_args!(" ({hint})")),
            None => shown,
        }
    });
    let attention: Vec<Element> = attention.collect();
    let attention = if attention.is_empty() { Html::default() } else { of("ul", attention).class("facts").into() };
    Html::all(all).and(pairs([
        ("Needs attention", attention),
        ("Messages", messages(&known.messages)),
        ("Watched", watching.unwrap_or_default()),
        ("Leads", words(known.leader.as_deref().unwrap_or("nobody"))),
        ("Flags", badge(if flags.is_good() { "good" } else { "bad" }, flags.word()).into()),
        ("Not looked at", words(due.trouble.unwrap_or_default())),
    ]))
}

/// Messages that need somebody, with where to answer for them.
fn messages(found: &[Finding]) -> Html {
    if found.is_empty() {
        return Html::default();
    }
    let dead = found.iter().any(|one| one.code == "message.dead");
    let badge = if dead { badge("bad", "not sent") } else { badge("warn", "waits for approval") };
    let all = found.iter().take(MESSAGES).map(|one| say("li", &one.title));
    let more = found.len().saturating_sub(MESSAGES);
    let more = (more > 0).then(|| say("li", format_args!("and {more} more")));
    let link = el("a").attr("href", "/messages").text("Look at them");
    Html::from(badge).and(words(" ")).and(link).and(of("ul", all.chain(more)).class("facts"))
}

pub(super) fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Healthy => ("good", "healthy"),
        Verdict::Breached => ("bad", "breached"),
        Verdict::Inconclusive => ("quiet", "inconclusive"),
        Verdict::NoData => ("warn", "no data"),
        Verdict::SourceError => ("warn", "source error"),
    }
}

/// What each trigger said last, here or in the process that watches.
fn readings(app: &App, watched: Option<&Watched>) -> BTreeMap<String, Reading> {
    let mut readings = app.history.last();
    for reading in watched.iter().flat_map(|watched| &watched.readings) {
        app.history.note(reading);
        if readings.get(&reading.trigger).is_none_or(|known| known.at <= reading.at) {
            readings.insert(reading.trigger.clone(), reading.clone());
        }
    }
    readings
}

fn triggers(app: &App, readings: &BTreeMap<String, Reading>) -> Result<Html, Refused> {
    let plan = app.env.plan()?;
    if plan.triggers.is_empty() {
        return Ok(say("p", "The plan has no triggers.").into());
    }
    let cards = plan.triggers.iter().map(|trigger| {
        let name = say("h3", &trigger.name);
        let Some(reading) = readings.get(&trigger.name) else {
            return of("article", [of("div", [name, badge("quiet", "not asked yet")]).class("top")]);
        };
        let (tone, word) = verdict(reading.verdict);
        let value = reading.value.map(|value| say("strong", number(value)).class("value"));
        let limit = reading.limit.map(|limit| say("span", format_args!("limit {}", number(limit))).class("limit"));
        let figures = el("p").class("figures").maybe(value).maybe(limit);
        let since = reading.since.map(|since| Html::from(time(since))).unwrap_or_default();
        let vetoed = reading.vetoed.as_ref();
        let vetoed = vetoed.map(|one| words(format_args!("{}, until ", one.why)).and(time(one.until)));
        of("article", [of("div", [name, badge(tone, word)]).class("top"), figures])
            .maybe(chart(&app.history.of(&trigger.name), trigger.below.is_some()))
            .add(say("p", &reading.why).class("why"))
            .add(pairs([
                ("Samples", reading.samples.map(words).unwrap_or_default()),
                ("Breached since", since),
                ("Held back", vetoed.unwrap_or_default()),
                ("As of", time(reading.at).into()),
            ]))
    });
    Ok(of("div", cards).class("cards").into())
}

/// The newest decision in the tree of now, and those before it, closed.
fn decided(app: &App, watched: Option<&Watched>) -> Result<Html, Refused> {
    let plan = app.env.plan()?;
    let mut all = watched.map(|watched| watched.decided.as_slice()).unwrap_or_default().iter().rev().take(DECIDED);
    let Some(newest) = all.next() else {
        let said = say("p", "No trigger has fired.");
        return Ok(Html::from(said).and(Html::all((!plan.decide.is_empty()).then(|| tree(&plan.decide, &[])))));
    };
    let newest = of("article", decision(newest, &plan.decide));
    let before = all.map(|one| {
        let fired = el("summary").text(format_args!("{}, ", one.firing.trigger)).add(time(one.firing.at));
        of("details", [Html::from(fired), of("article", decision(one, &plan.decide)).into()])
    });
    Ok(Html::from(newest).and(Html::all(before)))
}

fn decision(one: &Decided, branches: &[PlanBranch]) -> [Html; 4] {
    let firing = &one.firing;
    let fired = el("p").text(format_args!("{}. Fired ", firing.why)).add(time(firing.at)).text(".");
    let outcome = match &one.outcome {
        Some(Outcome::RollBack { way }) => format!("roll back by way {way}"),
        Some(Outcome::Monitor { time }) => format!("monitor for {}", span(*time)),
        Some(Outcome::FixInPlace { what }) => format!("fix in place: {what}"),
        None => String::new(),
    };
    let path: Element = if one.path.is_empty() {
        say("p", "The tree was not asked: the trigger names its way, or the plan has no tree.")
    } else {
        tree(branches, &one.path)
    };
    let end = pairs([("Outcome", words(outcome)), ("Done", did(&one.did))]);
    [say("h3", &firing.trigger).into(), fired.into(), path.into(), end.into()]
}

/// The branches in their order, with the path that was taken lit. A branch that the plan has no more is shown all the same.
pub(super) fn tree(branches: &[PlanBranch], path: &[Asked]) -> Element {
    let planned = |name: &str| branches.iter().find(|branch| branch.name == name);
    let row = |name: &str, asked: Option<&Asked>| {
        let what = planned(name).map(|branch| {
            say("p", format_args!("If {}, then {}.", asks(&branch.when), leads_to(&branch.then))).class("rule")
        });
        let (class, stands) = match asked {
            Some(Asked { held: true, .. }) => ("held", Some(badge("good", "held"))),
            Some(_) => ("asked", Some(badge("quiet", "did not hold"))),
            None if path.is_empty() => ("", None),
            None => ("left", Some(badge("quiet", "not asked"))),
        };
        let why = asked.map(|asked| words(format_args!(" {}", asked.why)));
        of("li", [say("strong", name)]).class(class).text(" ").maybe(stands).maybe(why).maybe(what)
    };
    let asked = path.iter().map(|asked| row(&asked.branch, Some(asked)));
    let left = branches.iter().filter(|branch| path.iter().all(|asked| asked.branch != branch.name));
    let left = left.map(|branch| row(&branch.name, None));
    of("ol", asked.chain(left)).class("tree").attr("aria-label", "Branches of the decision tree, in their order")
}

/// What a branch asks, in words.
fn asks(when: &PlanWhen) -> String {
    let one_of =
        |what: &str, names: &[String]| (!names.is_empty()).then(|| format!("the {what} is {}", names.join(" or ")));
    let all = [
        one_of("symptom", &when.symptom),
        one_of("trigger", &when.trigger),
        when.value_above.map(|above| format!("the value is above {}", number(above.get()))),
        when.people_at_least.map(|least| format!("it happened to at least {}", count(least, "person"))),
        when.falling.map(|falling| if falling { "it is falling" } else { "it is not falling" }.to_owned()),
        when.minutes_since_release_under.map(|under| format!("the release was less than {under} min ago")),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    if all.is_empty() { "no branch above holds".to_owned() } else { all.join(" and ") }
}

fn leads_to(then: &PlanThen) -> String {
    match then {
        PlanThen::Way(way) => format!("roll back by way {way}"),
        PlanThen::Monitor(time) => format!("monitor for {}", span(time.duration())),
        PlanThen::Fix(what) => format!("fix in place: {what}"),
    }
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
        vec![
            run_link(&summary.run).into(),
            words(&summary.procedure),
            badge(tone(one.standing.as_ref()), one.word()).into(),
            time(summary.opened).into(),
            words(&summary.opener),
        ]
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
        .add(button("Report").class("plain"));
    let section =
        of("section", [say("h2", "Report what people say").attr("id", "report")]).attr("aria-labelledby", "report");
    Ok(Some(section.add(form)))
}
