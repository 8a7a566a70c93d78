//! Flags that more and more people get: where each rollout stands, why it stopped, and the forms that begin and answer one.
//!
//! Must not know: what follows in a rollout.

use axum::response::Response;
use backout_control::rollout::{self, Shown, ShownStage, Stands, Word};
use backout_control::tokens::Scope;

use super::frame::{Page, badge, button, line, pairs, table, time, words};
use super::html::{Element, Html, el, of, say};
use super::run::until;
use super::session::Visitor;
use crate::answer::Refused;
use crate::api::rollouts::scope;
use crate::app::App;

/// What a form asks for, by the last part of its address.
pub(super) enum Asked {
    Start,
    Say(Word),
}

impl Asked {
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "start" => Self::Start,
            "approve" => Self::Say(Word::Approve),
            "pause" => Self::Say(Word::Pause),
            "resume" => Self::Say(Word::Resume),
            "abort" => Self::Say(Word::Abort { stays: false }),
            "stay" => Self::Say(Word::Abort { stays: true }),
            _ => return None,
        })
    }
}

pub(super) async fn page(app: &App, visitor: &Visitor, refused: Option<&Refused>) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Read)?;
    let all = rollout::look(&app.env, &app.runs).await?;
    let body = match all.is_empty() {
        true => say("p", "The plan has no rollouts.").into(),
        false => Html::all(all.iter().enumerate().map(|(place, one)| shown(visitor, one, place))),
    };
    let page =
        Page { refused, at: "/rollouts".to_owned(), lead: Some(in_a_sentence(&all)), ..Page::of("Rollouts", body) };
    let status = refused.map_or(page.status, |refused| refused.status);
    Ok(Page { status, ..page }.answer(app, visitor))
}

fn in_a_sentence(all: &[Shown]) -> Html {
    let named = |is: fn(&Shown) -> bool| -> Vec<&str> {
        all.iter().filter(|one| is(one)).map(|one| one.name.as_str()).collect()
    };
    let stopped = named(|one| matches!(one.stands, Stands::Stopped | Stands::GoesBack));
    let asks = named(|one| one.stands == Stands::WaitsForApproval);
    let open = named(|one| one.stands.is_open());
    match (stopped.is_empty(), asks.is_empty(), open.is_empty()) {
        (false, ..) => Html::from(badge("bad", "stopped")).and(words(format_args!(" {}.", stopped.join(", ")))),
        (_, false, _) => {
            Html::from(badge("warn", "waits for approval")).and(words(format_args!(" {}.", asks.join(", "))))
        }
        (.., false) => Html::from(badge("good", "under way")).and(words(format_args!(" {}.", open.join(", ")))),
        _ => Html::from(badge("quiet", "calm")).and(words(" No rollout is under way.")),
    }
}

fn tone(stands: Stands) -> &'static str {
    match stands {
        Stands::Done | Stands::Holds => "good",
        Stands::Stopped | Stands::GoesBack => "bad",
        Stands::WaitsForApproval | Stands::Waits | Stands::Paused => "warn",
        Stands::NotBegun | Stands::Begins | Stands::Switches | Stands::Checks | Stands::Aborted => "quiet",
    }
}

fn shown(visitor: &Visitor, one: &Shown, place: usize) -> Element {
    let heading = format!("rollout-{place}");
    let title = of("div", [say("h2", &one.name).attr("id", &heading), badge(tone(one.stands), one.stands.word())]);
    let flag = match (one.stands, one.back) {
        (Stands::Stopped | Stands::Aborted, true) => "is what it was before",
        (Stands::Stopped | Stands::Aborted, false) => "was left as it is",
        _ => "",
    };
    let heads = ["Stage", "Watched for", "Checks", "Triggers", "Stands", "Time left"];
    let rows = one.stages.iter().enumerate().map(|(number, stage)| row(one, stage, number + 1));
    let moment = |at: Option<_>| at.map(|at| Html::from(time(at))).unwrap_or_default();
    // The form is looked up again by itself: what somebody writes in it keeps the table from nothing.
    let live = |what: &str| el("div").attr("id", format_args!("{what}-{place}")).attr("data-live", "");
    let stands = live("stands")
        .add(title.class("top"))
        .add(pairs([
            ("Flag", words(format_args!("{}, variant {}", one.flag, one.variant))),
            ("Why", words(one.why.as_deref().unwrap_or_default())),
            ("The flag", words(flag)),
            ("Begun", moment(one.begun)),
            ("By", words(one.by.as_deref().unwrap_or_default())),
            ("Reason", words(one.because.as_deref().unwrap_or_default())),
            ("Ended", moment(one.ended)),
        ]))
        .add(table(&format!("Stages of {}", one.name), &heads, rows));
    el("section").attr("aria-labelledby", &heading).add(stands).add(live("answers").add(answers(visitor, one, place)))
}

fn row(one: &Shown, stage: &ShownStage, number: usize) -> Vec<Html> {
    let stands = match (stage.is_now, stage.passed, stage.switched) {
        (true, ..) => badge(tone(one.stands), one.stands.word()).into(),
        (_, Some(at), _) => Html::from(badge("good", "held")).and(words(" until ")).and(time(at)),
        (_, None, Some(_)) if one.stands == Stands::Stopped => badge("bad", "did not hold").into(),
        (_, None, Some(_)) => badge("quiet", "left").into(),
        (_, None, None) if stage.ask => words("asks somebody first"),
        (_, None, None) => Html::default(),
    };
    let left = one.until.filter(|_| stage.is_now);
    vec![
        words(format_args!("{number}: {}", stage.who)),
        words(stage.hold),
        words(stage.checks.join(", ")),
        words(stage.triggers.join(", ")),
        stands,
        left.map(|at| until(at, stage.hold.duration(), &stage.who)).unwrap_or_default(),
    ]
}

/// What one may say of it now.
fn answers(visitor: &Visitor, one: &Shown, place: usize) -> Html {
    let possible: &[(&str, &str, &str, Scope)] = &match one.stands {
        Stands::NotBegun | Stands::Done | Stands::Stopped | Stands::Aborted => {
            vec![("start", "Begin", "first", Scope::Execute)]
        }
        Stands::GoesBack => return Html::default(),
        open => {
            let abort = Word::Abort { stays: true };
            let mut all = Vec::new();
            if open == Stands::WaitsForApproval {
                all.push(("approve", "Approve the stage", "first", scope(Word::Approve)));
            }
            all.push(match open {
                Stands::Paused => ("resume", "Go on", "first", scope(Word::Resume)),
                _ => ("pause", "Pause", "plain", scope(Word::Pause)),
            });
            all.push(("stay", "End it, and leave the flag", "plain", scope(abort)));
            all.push(("abort", "End it, and put the flag back", "danger", scope(abort)));
            all
        }
    };
    if !visitor.has_session() {
        return el("p").add(el("a").attr("href", "/login").text("Log in")).text(" to answer.").into();
    }
    let buttons = possible.iter().filter(|(.., scope)| visitor.principal.may(*scope)).map(|(path, text, kind, _)| {
        button(text).attr("class", kind).attr("formaction", format_args!("/rollouts/{path}"))
    });
    let buttons: Vec<Element> = buttons.collect();
    if buttons.is_empty() {
        return say("p", "Your token does not serve for any answer.").into();
    }
    let id = format!("because-{place}");
    let because = of(
        "p",
        [say("label", "Reason, for the record").attr("for", &id), line().attr("id", &id).attr("name", "because")],
    );
    el("form")
        .attr("method", "post")
        .maybe(visitor.mark())
        .add(el("input").attr("type", "hidden").attr("name", "rollout").attr("value", &one.name))
        .add(because.class("field"))
        .add(of("p", buttons).class("buttons"))
        .into()
}
