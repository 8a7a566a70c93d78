//! What is around every page: its head, where one may go, who looks, and how it is sent.
//!
//! Must not know: what a page is about.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use backout_control::tokens::Scope;
use backout_plan::wording::moment;
use jiff::Timestamp;

use super::html::{Element, Html, el, of, say};
use super::session::Visitor;
use crate::answer::Refused;
use crate::app::App;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page of its own.
pub(super) struct Page<'p> {
    pub(super) status: StatusCode,
    pub(super) title: String,
    /// Where it is looked up again while things happen; empty where it is not.
    pub(super) at: String,
    /// The page in a sentence. It is read out whenever it changes, and nothing else is.
    pub(super) lead: Option<Html>,
    /// Where one can go from here to act.
    pub(super) action: Option<Element>,
    /// What was refused just now.
    pub(super) refused: Option<&'p Refused>,
    pub(super) body: Html,
}

impl Page<'_> {
    pub(super) fn of(title: impl Into<String>, body: Html) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.into(),
            at: String::new(),
            lead: None,
            action: None,
            refused: None,
            body,
        }
    }

    pub(super) fn answer(self, app: &App, visitor: &Visitor) -> Response {
        // Which target this is, nobody learns who may not look.
        let may_look = visitor.principal.may(Scope::Read);
        let target = app.env.claimed().ok().filter(|_| may_look).unwrap_or("Backout").to_owned();
        let plan = app.env.plan.as_ref();
        let has_rollouts = plan.is_some_and(|plan| !plan.rollouts.is_empty());
        let has_messages = plan.is_some_and(|plan| !plan.messages.is_empty());
        let head = of(
            "head",
            [
                el("meta").attr("charset", "utf-8"),
                el("meta").attr("name", "viewport").attr("content", "width=device-width, initial-scale=1"),
                el("meta").attr("name", "color-scheme").attr("content", "light dark"),
                say("title", format_args!("{} – {target}", self.title)),
                el("link").attr("rel", "icon").attr("href", "data:,"),
                el("link").attr("rel", "stylesheet").attr("href", "/page.css"),
                el("script").attr("src", "/page.js").flag("defer", true),
            ],
        );
        let top = of("div", [say("h1", &self.title)]).class("top").maybe(self.action);
        let lead = self.lead.map(|lead| of("p", [lead]).attr("id", "lead").class("lead").attr("role", "status"));
        let main = of("main", [top])
            .attr("id", "main")
            .attr("tabindex", "-1")
            .maybe(lead)
            .maybe(self.refused.map(alert))
            .add(self.body);
        let foot = el("footer").add(
            el("p")
                .text(format_args!("Backout {} · as of ", env!("CARGO_PKG_VERSION")))
                .add(time(Timestamp::now()))
                .add(say("span", "").attr("id", "live").attr("role", "status")),
        );
        let body = of("body", [el("a").class("skip").attr("href", "#main").text("Skip to the content")])
            .attr("data-at", &self.at)
            .add(header_of(&target, visitor, has_rollouts, has_messages))
            .add(main)
            .add(foot);
        sent(self.status, of("html", [head, body]).attr("lang", "en").into())
    }
}

fn header_of(target: &str, visitor: &Visitor, has_rollouts: bool, has_messages: bool) -> Element {
    let link = |to: &'static str, text: &'static str| {
        let is_here = visitor.path == to;
        let link = el("a").attr("href", to).text(text);
        of("li", [if is_here { link.attr("aria-current", "page") } else { link }])
    };
    // Who may not look has nowhere to go.
    if !visitor.principal.may(Scope::Read) {
        return el("header").add(say("p", target).class("target"));
    }
    let rollouts = has_rollouts.then(|| link("/rollouts", "Rollouts"));
    let links = of("ul", [link("/", "Now"), link("/releases", "Releases")])
        .maybe(rollouts)
        .add(link("/incidents", "Incidents"))
        .maybe(has_messages.then(|| link("/messages", "Messages")))
        .add(link("/rollback", "Roll back"));
    let who = match visitor.mark() {
        Some(mark) => el("form")
            .attr("method", "post")
            .attr("action", "/logout")
            .add(mark)
            .add(say("span", visitor.principal.name()).class("who"))
            .add(button("Log out").class("plain")),
        None => of("span", [el("a").attr("href", "/login").text("Log in")]),
    };
    el("header").add(say("p", target).class("target")).add(of("nav", [links]).attr("aria-label", "Pages")).add(who)
}

pub(super) fn button(text: &str) -> Element {
    say("button", text).attr("type", "submit")
}

/// A part of a page, under a heading of its own. It is looked up again while things happen.
pub(super) fn section(id: &'static str, title: &str, body: impl Into<Html>) -> Element {
    let heading = format!("{id}-heading");
    el("section")
        .attr("id", id)
        .attr("data-live", "")
        .attr("aria-labelledby", &heading)
        .add(say("h2", title).attr("id", &heading))
        .add(body)
}

/// A word about how something stands, with a colour that says no more than the word.
pub(super) fn badge(tone: &'static str, word: &str) -> Element {
    say("span", word).attr("class", format_args!("badge {tone}"))
}

pub(super) fn time(at: Timestamp) -> Element {
    say("time", moment(at)).attr("datetime", at)
}

/// Names with what belongs to them; those without anything are left out.
pub(super) fn pairs<'n>(all: impl IntoIterator<Item = (&'n str, Html)>) -> Element {
    let mut list = el("dl");
    for (name, value) in all {
        if !value.is_empty() {
            list = list.add(of("div", [say("dt", name), of("dd", [value])]));
        }
    }
    list
}

pub(super) fn words(text: impl std::fmt::Display) -> Html {
    let text = text.to_string();
    if text.is_empty() { Html::default() } else { say("span", text).into() }
}

/// A table with heads of its columns; the first cell of a row names it. Where the screen is narrow each row is a block of
/// its own, and every cell says of which column it is.
pub(super) fn table(caption: &str, heads: &[&str], rows: impl IntoIterator<Item = Vec<Html>>) -> Element {
    // What is shown as blocks is a table to those who hear it only where that is said.
    let cells = heads.iter().map(|head| say("th", head).attr("scope", "col").attr("role", "columnheader"));
    let heads_row = of("tr", cells).attr("role", "row");
    let row = |cells: Vec<Html>| {
        let cells = cells.into_iter().zip(heads).enumerate().map(|(place, (inside, head))| match place {
            0 => of("th", [inside]).attr("scope", "row").attr("role", "rowheader"),
            _ if inside.is_empty() => el("td").attr("role", "cell").class("none"),
            _ => of("td", [of("div", [inside])]).attr("role", "cell").attr("data-head", head),
        });
        of("tr", cells).attr("role", "row")
    };
    of(
        "table",
        [
            say("caption", caption),
            of("thead", [heads_row]).attr("role", "rowgroup"),
            of("tbody", rows.into_iter().map(row)).attr("role", "rowgroup"),
        ],
    )
    .attr("role", "table")
}

/// A run under its number.
pub(super) fn run_link(run: &str) -> Element {
    el("a").attr("href", format_args!("/runs/{run}")).text(run)
}

/// A field with its label.
pub(super) fn field(id: &'static str, label: &str, input: Element) -> Element {
    of("p", [say("label", label).attr("for", id), input.attr("id", id).attr("name", id)]).class("field")
}

pub(super) fn line() -> Element {
    el("input").attr("type", "text").attr("autocomplete", "off")
}

/// What was refused, and what helps.
pub(super) fn alert(refused: &Refused) -> Element {
    let said = el("p").add(say("strong", "Not done: ")).text(&refused.said);
    let advice = refused.remedies.iter().filter_map(|remedy| match remedy {
        backout_plan::Remedy::Advice { text } => Some(say("p", text)),
        _ => None,
    });
    of("div", [said]).class("alert").attr("role", "alert").add(Html::all(advice))
}

/// The page of whoever is not known, or not well enough.
pub(super) fn login(app: &App, visitor: &Visitor, refused: Option<&Refused>, status: StatusCode) -> Response {
    let to = if visitor.path == "/login" { "/" } else { &visitor.path };
    let secret = el("input").attr("type", "password").attr("autocomplete", "current-password").flag("required", true);
    let form = el("form")
        .attr("method", "post")
        .attr("action", "/login")
        .add(el("input").attr("type", "hidden").attr("name", "to").attr("value", to))
        .add(field("secret", "Secret of your token", secret.attr("aria-describedby", "made")))
        .add(say("p", "It was shown when the token was made (backout token make).").attr("id", "made"))
        .add(button("Log in"));
    let page = Page { status, refused, ..Page::of("Log in", form.into()) };
    page.answer(app, visitor)
}

/// The answer, or a page that says why there is none.
pub(super) fn answered(app: &App, visitor: &Visitor, made: Result<Response, Refused>) -> Response {
    match made {
        Ok(response) => response,
        Err(refused) if refused.status == StatusCode::UNAUTHORIZED => login(app, visitor, None, refused.status),
        Err(refused) => {
            let back = of("p", [el("a").attr("href", "/").text("What is open now")]);
            let page = Page { status: refused.status, refused: Some(&refused), ..Page::of("Refused", back.into()) };
            page.answer(app, visitor)
        }
    }
}

fn sent(status: StatusCode, html: Html) -> Response {
    let mut response = (status, html.document()).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        // A browser names no origin for a form of a page that never wants to be named.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Sends a browser on after a form.
pub(super) fn on_to(place: &str) -> Result<Response, Refused> {
    let place = HeaderValue::from_str(place).map_err(|_| Refused::internal())?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}
