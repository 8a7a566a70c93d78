//! A run: where it stands, what one may say of it, its steps, what was asked and approved, and all of its journal.
//!
//! Must not know: how a run goes on.

use axum::response::Response;
use backout_control::cost::Cost;
use backout_control::execute::{Asked, asked_about};
use backout_control::runs::{Seen, word};
use backout_control::tokens::Scope;
use backout_control::told::{self, Fact, Gone};
use backout_plan::Remedy;
use backout_plan::wording::{count, duration, span};
use backout_runbook::{Event, Status};
use backout_signals::{Firing, Reading};
use jiff::Timestamp;

use super::chart::number;
use super::frame::{Page, badge, button, field, line, pairs, section, table, time, words};
use super::home::{tree, verdict};
use super::html::{Element, Html, el, of, say};
use super::session::Visitor;
use super::timeline::{plain, timeline};
use super::tone;
use crate::answer::Refused;
use crate::api::flow::{Word, is_proposed_by};
use crate::api::runs::find;
use crate::app::App;

/// So many lines are shown as they are.
const FEW: usize = 12;

pub(super) async fn page(
    app: &App,
    visitor: &Visitor,
    run: &str,
    refused: Option<&Refused>,
) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Read)?;
    let run = find(app, run).await?;
    let seen = app.runs.see(&run).await?;
    let asked = asked_about(&app.env, &app.runs, &seen.journal).await;
    let target = app.env.claimed()?;
    let fired = fired(&seen);
    let body = Html::default()
        .and(section("standing", "Standing", standing(&seen)))
        .and(Html::all(asked.as_ref().map(|asked| section("asked", "Asked about", question(asked)))))
        .and(section("answers", "Your answer", answers(visitor, &seen, target)))
        .and(section("steps", "Steps", steps(&seen)))
        .and(section("approvals", "Approvals", approvals(&seen)))
        .and(section("evidence", "Evidence", evidence(&seen)))
        .and(section("journal", "Timeline", timeline(&seen.journal, fired.as_ref())));
    let lead = Some(in_a_sentence(&seen));
    let page = Page { refused, lead, at: format!("/runs/{run}"), ..Page::of(format!("Run {run}"), body) };
    let status = refused.map_or(page.status, |refused| refused.status);
    Ok(Page { status, ..page }.answer(app, visitor))
}

/// Where it stands. Read out whenever that changes.
fn in_a_sentence(seen: &Seen) -> Html {
    let waits = seen.waits();
    let waits = if waits.is_empty() { String::new() } else { format!(" {waits}") };
    Html::from(badge(tone(Some(&seen.standing)), word(&seen.standing))).and(words(waits))
}

fn standing(seen: &Seen) -> Html {
    let state = &seen.journal.state;
    let whole = state.current().budget.map(|budget| budget.duration());
    let now = Timestamp::now();
    let left = state.way_deadline(now).zip(whole).filter(|_| !seen.standing.is_over());
    let is_asked = state.steps.iter().any(|one| one.asked.is_some());
    let left = left.map(|(at, whole)| match std::time::Duration::try_from(at.duration_since(now)) {
        Ok(left) if is_asked => {
            words(format_args!("{} of {}; it stands still while people are asked", span(left), whole_of(whole)))
        }
        _ => until(at, whole, "the way"),
    });
    let left = left.unwrap_or_default();
    let because = match first(seen) {
        Some(Event::Opened { because, .. }) => because,
        _ => String::new(),
    };
    pairs([
        ("What", words(&state.procedure.name)),
        ("Way", words(&state.current().name)),
        ("Budget left", left),
        ("Because", words(because)),
        ("Opened", Html::from(time(state.opened)).and(words(format_args!(" by {}", state.opener)))),
        ("At work", words(seen.held.as_ref().map(|held| held.holder.as_str()).unwrap_or_default())),
    ])
    .into()
}

/// A budget as the plan has it: `10 s`.
pub(super) fn whole_of(budget: std::time::Duration) -> String {
    span(budget).replace(".0 ", " ")
}

/// How much of a budget is left, running down where scripts run.
pub(super) fn until(at: Timestamp, whole: std::time::Duration, of_what: &str) -> Html {
    let left = at.duration_since(Timestamp::now());
    let Ok(left) = std::time::Duration::try_from(left) else { return badge("bad", "used up").into() };
    let clock = say("time", span(left)).attr("datetime", at).attr("data-until", at.as_millisecond());
    let bar = el("progress")
        .attr("max", whole.as_millis())
        .attr("value", left.as_millis().min(whole.as_millis()))
        .attr("aria-label", format_args!("Budget left of {of_what}"));
    Html::from(clock).and(words(format_args!(" of {}", whole_of(whole)))).and(bar)
}

/// The firing that a watch began it on.
fn fired(seen: &Seen) -> Option<Firing> {
    match first(seen)? {
        Event::Opened { facts, .. } => serde_json::from_value(facts["evidence"]["firing"].clone()).ok(),
        _ => None,
    }
}

fn first(seen: &Seen) -> Option<Event> {
    seen.journal.records.first()?.event(&seen.journal.run).ok()
}

fn question(asked: &Asked) -> Html {
    let lines = match &asked.unknown {
        Some(why) => el("p").add(badge("warn", "not known yet")).text(format_args!(" {why}")),
        None => code("What would be done", &asked.lines),
    };
    Html::from(el("p").add(say("strong", &asked.step))).and(cost(&asked.cost)).and(lines)
}

/// Exact lines, closed where there are many: there may be hundreds. They may be scrolled where they are more, or longer, than fits.
pub(super) fn code(about: &str, lines: &[String]) -> Element {
    let all = of("pre", [say("code", lines.join("\n"))]);
    let all =
        all.attr("tabindex", "0").attr("role", "region").attr("aria-label", format_args!("{about}, line by line"));
    let number = lines.iter().map(|line| line.lines().count()).sum::<usize>();
    let title = say("summary", format_args!("{about}: {}", count(number, "line")));
    of("details", [Html::from(title), all.into()]).flag("open", number <= FEW)
}

/// What a step costs.
pub(super) fn cost(cost: &Cost) -> Html {
    let list = |lines: &[String]| match lines.is_empty() {
        true => Html::default(),
        false => of("ul", lines.iter().map(|one| say("li", one))).into(),
    };
    if cost.is_empty() {
        return Html::default();
    }
    let took = cost.ms.map(|ms| match cost.measured {
        Some(place) => words(format_args!("{} {place}", duration(ms))),
        None => words(duration(ms)),
    });
    let rows = |number: u64| if number == 0 { Html::default() } else { words(count(number, "row")) };
    pairs([
        ("Took", took.unwrap_or_default()),
        ("Lost", rows(cost.lost_rows).and(list(&cost.lost))),
        ("Set aside", rows(cost.kept_rows).and(list(&cost.kept))),
        ("Not as before", list(&cost.unlike)),
        ("Not counted", list(&cost.uncounted)),
        ("Not known", words(cost.unknown.as_deref().unwrap_or_default())),
    ])
    .into()
}

/// What one may say of it now.
fn answers(visitor: &Visitor, seen: &Seen, target: &str) -> Html {
    let remedies = seen.remedies();
    let words_of = |remedy: &Remedy| {
        Some(match remedy {
            Remedy::ApproveStep { .. } => (Word::Approve, "approve", "Approve"),
            Remedy::RefuseStep { .. } => (Word::Refuse, "refuse", "Refuse"),
            Remedy::SkipStep { .. } => (Word::Skip, "skip", "Leave the step out"),
            Remedy::PauseRun { .. } => (Word::Pause, "pause", "Pause"),
            Remedy::ResumeRun { .. } => (Word::Resume, "resume", "Go on"),
            Remedy::AbortRun { .. } => (Word::Abort, "abort", "End it where it stands"),
            _ => return None,
        })
    };
    let possible: Vec<_> = remedies.iter().filter_map(words_of).collect();
    if possible.is_empty() {
        return say("p", "There is nothing to answer.").into();
    }
    if !visitor.has_session() {
        return el("p").add(el("a").attr("href", "/login").text("Log in")).text(" to answer.").into();
    }
    let own = is_proposed_by(visitor.principal.name(), &seen.journal);
    let mut shown = Html::default();
    if own && possible.iter().any(|(word, ..)| *word == Word::Approve) {
        let said = "You began this run, and it may take something away: somebody else approves it.";
        shown = shown.and(say("p", said).class("note"));
    }
    let may = |word: Word| visitor.principal.may(word.scope()) && !(word == Word::Approve && own);
    let buttons = possible.into_iter().filter(|(word, ..)| may(*word)).map(|(word, path, text)| {
        let kind = match word {
            Word::Approve | Word::Resume => "first",
            Word::Abort => "danger",
            _ => "plain",
        };
        let button = button(text).class(kind).attr("formaction", format_args!("/runs/{}/{path}", seen.journal.run));
        // Only approving asks for the name.
        button.flag("formnovalidate", word != Word::Approve)
    });
    let buttons: Vec<Element> = buttons.collect();
    if buttons.is_empty() {
        return shown.and(say("p", "Your token does not serve for any answer."));
    }
    let approves = remedies.iter().any(|one| matches!(one, Remedy::ApproveStep { .. })) && may(Word::Approve);
    let name = line().flag("required", true).attr("spellcheck", "false").attr("autocapitalize", "none");
    let typed = approves.then(|| field("confirm", &format!("Type the target's name ({target}) to approve"), name));
    let form = el("form")
        .attr("method", "post")
        .maybe(visitor.mark())
        .maybe(typed)
        .add(field("because", "Reason, for the record", line()))
        .add(of("p", buttons).class("buttons"));
    shown.and(form)
}

fn steps(seen: &Seen) -> Html {
    let all = told::gone(&seen.journal);
    let last = all.len().saturating_sub(1);
    Html::all(all.iter().enumerate().map(|(place, way)| steps_of(seen, way, place == last)))
}

fn steps_of(seen: &Seen, way: &Gone, is_gone_now: bool) -> Html {
    let state = &seen.journal.state;
    // Those of a way that was left are planned as well; the ways stand in the order in which they are gone.
    let planned = state.procedure.ways.iter().find(|one| one.name == way.way);
    let row = |(place, step): (usize, &told::StepGone)| {
        let status = state.steps.get(place).filter(|_| is_gone_now).map(|one| &one.status);
        let is_open = matches!(status, Some(Status::Intended { .. }));
        let budget = planned.and_then(|way| way.steps.get(place)).map(|step| step.budget.duration());
        let tone = match step.state {
            "done" | "taken back" => "good",
            "failed" | "not taken back" | "not approved" => "bad",
            "begun" | "waits for approval" | "being taken back" => "warn",
            _ => "quiet",
        };
        let time = match (budget, state.deadline(place, Timestamp::now()).filter(|_| is_open), step.took) {
            (Some(budget), Some(at), _) => until(at, budget, &step.name),
            (Some(budget), None, Some(took)) => words(format_args!("{} of {}", span(took), whole_of(budget))),
            (Some(budget), None, None) => words(format_args!("at most {}", whole_of(budget))),
            (None, _, took) => took.map(|took| words(span(took))).unwrap_or_default(),
        };
        let facts = (!step.facts.is_empty()).then(|| {
            let all = of("ul", step.facts.iter().map(fact)).class("facts");
            of("details", [say("summary", "Facts"), all])
        });
        let came = words(&step.why).and(Html::all(facts));
        vec![words(&step.name), words(&step.kind), badge(tone, step.state).into(), time, came]
    };
    let heads = ["Step", "Kind", "State", "Time", "What came of it"];
    let rows = way.steps.iter().enumerate().map(row);
    let because = way.because.iter().map(|one| say("p", one));
    Html::from(say("h3", format_args!("Way {}", way.way))).and(Html::all(because)).and(table(
        &format!("Steps of way {}", way.way),
        &heads,
        rows,
    ))
}

fn fact(fact: &Fact) -> Element {
    let mut value = serde_json::to_value(fact).unwrap_or_default();
    let name = value.as_object_mut().and_then(|all| all.remove("fact"));
    let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default().replace('-', " ");
    say("li", format_args!("{name}: ")).add(plain(&value))
}

fn approvals(seen: &Seen) -> Html {
    let state = &seen.journal.state;
    let rows = state.current().steps.iter().zip(&state.steps).filter_map(|(spec, one)| {
        let quorum = spec.approval.as_ref()?.quorum;
        let (who, stands) = match (&one.status, &one.agreed) {
            (Status::Asked { by, until, .. }, _) => (by.clone(), words("open until ").and(time(*until))),
            (_, Some((_, by))) => (by.clone(), words("given")),
            _ => (Default::default(), words("not asked")),
        };
        let who: Vec<String> = who.into_iter().collect();
        let agreed = words(format_args!("{} of {quorum}", who.len()));
        Some(vec![words(&spec.name), agreed, words(who.join(", ")), stands])
    });
    let rows: Vec<Vec<Html>> = rows.collect();
    match rows.is_empty() {
        true => say("p", "No step of this way asks for approval.").into(),
        false => table("Approvals", &["Step", "Agreed", "Who", "Stands"], rows).into(),
    }
}

/// What it was begun on. Of a watch: what every trigger said then, and which branches were asked.
fn evidence(seen: &Seen) -> Html {
    let facts = match first(seen) {
        Some(Event::Opened { facts, .. }) if !facts["evidence"].is_null() => facts["evidence"].clone(),
        _ => return say("p", "A person began it, without evidence.").into(),
    };
    let Ok(readings) = serde_json::from_value::<Vec<Reading>>(facts["readings"].clone()) else { return plain(&facts) };
    let row = |one: &Reading| {
        let (tone, verdict) = verdict(one.verdict);
        let shown = |value: Option<f64>| value.map(|value| words(number(value))).unwrap_or_default();
        let said = badge(tone, verdict).into();
        vec![words(&one.trigger), said, shown(one.value), shown(one.limit), words(&one.why)]
    };
    let readings =
        table("What the triggers said", &["Trigger", "Verdict", "Value", "Limit", "Why"], readings.iter().map(row));
    let path: Vec<backout_signals::tree::Asked> = serde_json::from_value(facts["path"].clone()).unwrap_or_default();
    let path = (!path.is_empty()).then(|| tree(&[], &path));
    let all = of("details", [Html::from(say("summary", "All of it")), plain(&facts)]);
    Html::from(readings).and(Html::all(path)).and(all)
}
