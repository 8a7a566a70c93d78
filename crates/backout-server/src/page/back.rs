//! A way back before it is begun: what it would do and cost, and the form that begins it.
//!
//! Must not know: how it is gone.

use std::time::Duration;

use axum::response::Response;
use backout_control::preflight::Found;
use backout_control::rollback::{InShort, Preview, StepPreview};
use backout_control::tokens::Scope;
use backout_plan::wording::{count, duration};

use super::frame::{Page, alert, badge, button, field, line, table, words};
use super::html::{Element, Html, el, of, say};
use super::run::{code, cost, whole_of};
use super::session::Visitor;
use crate::answer::Refused;
use crate::api::flow::{Wanted, foreseen};
use crate::app::App;

pub(super) async fn page(
    app: &App,
    visitor: &Visitor,
    wanted: &Wanted,
    refused: Option<&Refused>,
) -> Result<Response, Refused> {
    visitor.principal.must(Scope::Plan)?;
    let choice = choice(app, wanted)?;
    let preview = foreseen(app, &visitor.principal, wanted).await;
    let mut lead = None;
    let shown = match &preview {
        Ok(preview) => {
            lead = Some(in_a_sentence(preview));
            Html::from(costs(app, visitor, wanted, preview).await?)
                .and(plan_of(preview))
                .and(confirm(app, visitor, wanted, preview)?)
        }
        Err(trouble) => alert(trouble).into(),
    };
    let page = Page { refused, lead, ..Page::of("Roll back", Html::from(choice).and(shown)) };
    let status = refused.or(preview.as_ref().err()).map_or(page.status, |refused| refused.status);
    Ok(Page { status, ..page }.answer(app, visitor))
}

/// What would come of it, before any detail.
fn in_a_sentence(preview: &Preview) -> Html {
    let begins = words("Begins with way ").and(say("strong", &preview.chosen));
    match preview.in_short.iter().find(|one| one.way == preview.chosen) {
        None => begins.and(words(".")),
        Some(one) => {
            let takes = one.ms.map_or_else(|| "not measured yet".to_owned(), |ms| format!("about {}", duration(ms)));
            let lost = match one.lost_rows {
                Some(0) => "no row is lost".to_owned(),
                Some(1) => "1 row is lost".to_owned(),
                Some(rows) => format!("{rows} rows are lost"),
                None => "how many rows are lost is not known of all".to_owned(),
            };
            begins.and(words(format_args!(": {takes}, {lost}.")))
        }
    }
}

/// What every way of the plan would cost now: the one that is begun with and those after it, then the others.
async fn costs(app: &App, visitor: &Visitor, wanted: &Wanted, preview: &Preview) -> Result<Element, Refused> {
    let heads = ["Way", "Steps", "Takes", "At most", "Rows lost", "Rows set aside", "Asks people"];
    let is_known = |way: &str| preview.in_short.iter().any(|one| one.way == way);
    let others = app.env.plan()?.ways.iter().filter(|way| !is_known(&way.name)).map(|way| async {
        let other = Wanted { way: Some(way.name.clone()), because: wanted.because.clone(), ..Wanted::default() };
        (way.name.as_str(), foreseen(app, &visitor.principal, &other).await)
    });
    let others = futures_util::future::join_all(others).await;
    let mut rows: Vec<Vec<Html>> = preview.in_short.iter().map(|one| in_short(one, &preview.chosen)).collect();
    for (way, other) in &others {
        rows.push(match other {
            Ok(other) => match other.in_short.iter().find(|one| one.way == *way) {
                Some(one) => in_short(one, &preview.chosen),
                None => continue,
            },
            Err(trouble) => {
                vec![words(format_args!("Way {way}")), words(format_args!("not possible: {}", trouble.said))]
            }
        });
    }
    let section =
        el("section").attr("aria-labelledby", "costs").add(say("h2", "What it would cost now").attr("id", "costs"));
    Ok(section.add(table("What each way comes to", &heads, rows)))
}

fn plan_of(preview: &Preview) -> Element {
    let ways = preview.ways.iter().map(|way| {
        let after = match way.after.is_empty() {
            true => Html::default(),
            false => say("p", format_args!("Follows where one of these fails: {}", way.after.join(", "))).into(),
        };
        let steps = of("ol", way.steps.iter().map(step)).class("steps");
        let title = say("summary", format_args!("Way {}, step by step", way.name));
        of("details", [Html::from(title), after, steps.into()])
    });
    let path = of("ol", preview.path.iter().map(|line| say("li", line)));
    // The same is often said of several ways.
    let mut mistakes: Vec<(&Found, Vec<&str>)> = Vec::new();
    for one in &preview.mistakes {
        match mistakes
            .iter_mut()
            .find(|(known, _)| (&known.at, &known.said, &known.step) == (&one.at, &one.said, &one.step))
        {
            Some((_, ways)) => ways.push(&one.way),
            None => mistakes.push((one, vec![&one.way])),
        }
    }
    let found = mistakes.iter().map(|(one, ways)| {
        let tone = if one.sure { "bad" } else { "warn" };
        let ways = ways.join(", ");
        of("p", [badge(tone, "plan")]).text(format_args!(" {ways}: {}: {} ({})", one.step, one.said, one.at))
    });
    el("section")
        .attr("aria-labelledby", "steps")
        .add(say("h2", "What it would do").attr("id", "steps"))
        .add(path)
        .add(Html::all(found))
        .add(Html::all(ways))
}

fn choice(app: &App, wanted: &Wanted) -> Result<Element, Refused> {
    let ways = &app.env.plan()?.ways;
    let chosen = wanted.way.as_deref().unwrap_or("auto");
    let option = |name: &str, text: &str| say("option", text).attr("value", name).flag("selected", name == chosen);
    let cheapest = option("auto", "the cheapest one that suffices");
    let named = ways.iter().map(|way| option(&way.name, &format!("{} ({})", way.name, way.symptoms.join(", "))));
    let mut symptoms: Vec<&String> = ways.iter().flat_map(|way| &way.symptoms).collect();
    symptoms.sort();
    symptoms.dedup();
    let known = of("datalist", symptoms.into_iter().map(|one| el("option").attr("value", one))).attr("id", "symptoms");
    Ok(el("form")
        .attr("method", "get")
        .attr("action", "/rollback")
        .add(field("because", "What is wrong", line().attr("list", "symptoms").attr("value", &wanted.because)))
        .add(known)
        .add(field("way", "Way", of("select", std::iter::once(cheapest).chain(named))))
        .add(button("Look again").class("plain"))
        .class("choice"))
}

fn in_short(one: &InShort, chosen: &str) -> Vec<Html> {
    let takes = one.ms.map(duration).unwrap_or_else(|| "not measured".to_owned());
    let measured = match one.measured_steps == one.steps || one.ms.is_none() {
        true => String::new(),
        false => format!(" ({} of {} steps measured)", one.measured_steps, one.steps),
    };
    let lost = match one.lost_rows {
        Some(rows) => count(rows, "row"),
        None if one.lost_at_least == 0 => "not known".to_owned(),
        None => format!("not known, at least {}", count(one.lost_at_least, "row")),
    };
    let asks = match one.asking_steps {
        0 => "no".to_owned(),
        steps => format!("{}, up to {}", count(steps, "step"), count(one.people, "approval")),
    };
    let steps = match one.unknown_steps {
        0 => one.steps.to_string(),
        unknown => format!("{}, {unknown} not known yet", one.steps),
    };
    let lost = match one.lost_rows {
        Some(0) => say("span", lost),
        _ => say("strong", lost),
    };
    let is_chosen = one.way == chosen;
    let way = say("span", format_args!("Way {}", one.way));
    vec![
        Html::from(way).and(Html::all(is_chosen.then(|| badge("good", "begins")))),
        words(steps),
        words(format_args!("{takes}{measured}")),
        words(one.budget_ms.map(|ms| whole_of(Duration::from_millis(ms)).replace(' ', "\u{a0}")).unwrap_or_default()),
        lost.into(),
        words(count(one.kept_rows, "row")),
        words(asks),
    ]
}

fn step(one: &StepPreview) -> Element {
    let title = el("p").add(say("strong", &one.name)).text(format_args!(
        " {}, at most {}",
        one.kind,
        whole_of(Duration::from_millis(one.budget_ms))
    ));
    let title = match &one.approval {
        Some(approval) => title.text(" ").add(badge("warn", &format!("asks {}", count(approval.quorum, "person")))),
        None => title,
    };
    let lines = match &one.unknown {
        Some(why) => Html::from(say("p", format_args!("Not known yet: {why}"))),
        None if one.lines.is_empty() => Html::default(),
        None => code(&format!("What {} would do", one.name), &one.lines).into(),
    };
    of("li", [Html::from(title), cost(&one.cost), lines])
}

/// The form that begins it, for whoever may.
fn confirm(app: &App, visitor: &Visitor, wanted: &Wanted, preview: &Preview) -> Result<Html, Refused> {
    let section = el("section").class("begin").attr("aria-labelledby", "begin");
    let section = section.add(say("h2", "Begin").attr("id", "begin"));
    let Some(mark) = visitor.mark().filter(|_| visitor.principal.may(Scope::Execute)) else {
        return Ok(section.add(say("p", "Your token does not serve for beginning it.")).into());
    };
    let target = app.env.claimed()?;
    let kept =
        |name: &'static str, value: &str| el("input").attr("type", "hidden").attr("name", name).attr("value", value);
    let open = preview.open.as_ref().map(|open| {
        let tick = el("input").attr("type", "checkbox").attr("name", "again").attr("value", "yes").attr("id", "again");
        let label = say("label", format_args!("End run {} first ({})", open.run, open.said)).attr("for", "again");
        of("p", [tick, label])
    });
    let name = line().flag("required", true).attr("spellcheck", "false");
    let form = el("form")
        .attr("method", "post")
        .attr("action", "/rollback")
        .add(mark)
        .add(Html::all(wanted.way.as_deref().map(|way| kept("way", way))))
        .add(kept("because", &wanted.because))
        .maybe(open)
        .add(field("confirm", &format!("Type the target's name ({target}) to confirm"), name))
        .add(button("Roll back").class("danger"));
    Ok(section.add(form).into())
}
