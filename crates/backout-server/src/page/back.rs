//! A way back before it is begun: what it would do and cost, and the form that begins it.
//!
//! Must not know: how it is gone.

use axum::response::Response;
use backout_control::rollback::{InShort, Preview, StepPreview};
use backout_control::tokens::Scope;
use backout_plan::wording::{count, duration};

use super::frame::{Page, alert, badge, button, field, line, table};
use super::html::{Element, Html, el, of, say};
use super::run::{code, cost};
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
    let shown = match &preview {
        Ok(preview) => {
            let costs = preview.in_short.iter().map(in_short);
            let heads = ["Way", "Steps", "Takes", "At most", "Rows lost", "Rows set aside", "Asks people"];
            let ways = preview.ways.iter().map(|way| {
                let after = match way.after.is_empty() {
                    true => Html::default(),
                    false => {
                        say("p", format_args!("Follows where one of these fails: {}", way.after.join(", "))).into()
                    }
                };
                let steps = of("ol", way.steps.iter().map(step));
                let title = say("summary", format_args!("Way {}, step by step", way.name));
                of("details", [Html::from(title), after, steps.into()])
            });
            let path = of("ol", preview.path.iter().map(|line| say("li", line)));
            let found = preview.mistakes.iter().map(|one| {
                let tone = if one.sure { "bad" } else { "warn" };
                of("p", [badge(tone, "plan")])
                    .text(format_args!(" {} {}: {} ({})", one.way, one.step, one.said, one.at))
            });
            let chosen = el("p").text("Begins with way ").add(say("strong", &preview.chosen)).text(".");
            Html::from(say("h2", "What it would do and cost now"))
                .and(chosen)
                .and(path)
                .and(Html::all(found))
                .and(table("What each way comes to", &heads, costs))
                .and(Html::all(ways))
                .and(confirm(app, visitor, wanted, preview)?)
        }
        Err(trouble) => alert(trouble).into(),
    };
    let page = Page { refused, ..Page::of("Roll back", Html::from(choice).and(shown)) };
    let status = refused.or(preview.as_ref().err()).map_or(page.status, |refused| refused.status);
    Ok(Page { status, ..page }.answer(app, visitor))
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
        .add(button("Show what it would do").class("plain")))
}

fn in_short(one: &InShort) -> Html {
    let takes = one.ms.map(duration).unwrap_or_else(|| "not measured".to_owned());
    let measured = match one.measured_steps == one.steps || one.ms.is_none() {
        true => String::new(),
        false => format!(" ({} of {} steps measured)", one.measured_steps, one.steps),
    };
    let lost = match one.lost_rows {
        Some(rows) => count(rows, "row"),
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
    let cells = [
        say("td", steps),
        say("td", format_args!("{takes}{measured}")),
        say("td", one.budget_ms.map(|ms| duration(ms as f64)).unwrap_or_default()),
        say("td", lost),
        say("td", count(one.kept_rows, "row")),
        say("td", asks),
    ];
    of("tr", [say("th", &one.way).attr("scope", "row")]).add(Html::all(cells)).into()
}

fn step(one: &StepPreview) -> Element {
    let title = el("p").add(say("strong", &one.name)).text(format_args!(
        " {}, at most {}",
        one.kind,
        duration(one.budget_ms as f64)
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
    of("li", [Html::from(title), lines, cost(&one.cost)])
}

/// The form that begins it, for whoever may.
fn confirm(app: &App, visitor: &Visitor, wanted: &Wanted, preview: &Preview) -> Result<Html, Refused> {
    let heading = Html::from(say("h2", "Begin"));
    let Some(mark) = visitor.mark().filter(|_| visitor.principal.may(Scope::Execute)) else {
        return Ok(heading.and(say("p", "Your token does not serve for beginning it.")));
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
    Ok(heading.and(form))
}
