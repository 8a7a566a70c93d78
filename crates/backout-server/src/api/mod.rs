//! What can be asked about runs, triggers and flags, and begun: each route with what its description says of it.
//!
//! Must not know: what an operation does.

mod describe;
pub(crate) mod flow;
pub(crate) mod incidents;
pub(crate) mod look;
pub(crate) mod messages;
pub(crate) mod rollouts;
pub(crate) mod runs;

use std::sync::OnceLock;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};
use backout_control::tokens::Scope;

use crate::app::App;
use crate::evaluated;

use describe::{Doc, document};

/// Routes and their descriptions, which are added together.
#[derive(Default)]
struct Table {
    router: Router<App>,
    docs: Vec<Doc>,
}

impl Table {
    fn add(mut self, doc: Doc, handler: MethodRouter<App>) -> Self {
        self.router = self.router.route(doc.path, handler);
        self.docs.push(doc);
        self
    }
}

fn table() -> Table {
    use Scope::{Approve, Execute, Plan, Read};
    let get_ = Doc::get;
    let post_ = Doc::post;
    let switch = post_("/api/v1/flags/{key}", Execute, "Gives a variant to everybody, a share, or groups");
    let revert = post_("/api/v1/flags/{key}/revert", Execute, "Brings a flag back to what it was");
    let answer = |path, scope, about| post_(path, scope, about).body(describe::reason());
    let ended = post_("/api/v1/rollouts/{rollout}/abort", Execute, "Ends a rollout: the flag goes back, or stays");
    Table::default()
        .add(get_("/api/v1/status", Read, "Where the target, its runs and this process stand"), get(look::status))
        .add(get_("/api/v1/triggers", Read, "What triggers say, and what was decided"), get(look::triggers))
        .add(
            post_("/api/v1/reports", Plan, "Reports what a source counts").body(describe::report()),
            post(look::report),
        )
        .add(get_("/api/v1/events", Read, "What happens, as server-sent events").stream(), get(look::events))
        .add(get_("/api/v1/runs", Read, "The newest runs").query("limit", "integer"), get(runs::list))
        .add(get_("/api/v1/runs/{run}", Read, "A run, step by step, with its journal"), get(runs::show))
        .add(
            get_("/api/v1/runs/{run}/events", Read, "A run's records, as server-sent events").stream(),
            get(runs::events),
        )
        .add(answer("/api/v1/runs/{run}/approve", Approve, "Agrees to the step that waits"), post(flow::approve))
        .add(answer("/api/v1/runs/{run}/refuse", Approve, "Refuses the step that waits"), post(flow::refuse))
        .add(answer("/api/v1/runs/{run}/pause", Execute, "Lets the run begin no further step"), post(flow::pause))
        .add(answer("/api/v1/runs/{run}/resume", Execute, "Goes on with the run"), post(flow::resume))
        .add(answer("/api/v1/runs/{run}/skip", Execute, "Leaves the step out"), post(flow::skip))
        .add(answer("/api/v1/runs/{run}/abort", Execute, "Ends the run where it stands"), post(flow::abort))
        .add(
            post_("/api/v1/rollback/preview", Plan, "What a way back would do").body(describe::rollback()),
            post(flow::preview),
        )
        .add(post_("/api/v1/rollback", Execute, "Begins a way back").body(describe::rollback()), post(flow::begin))
        .add(get_("/api/v1/incidents", Read, "The newest incidents").query("limit", "integer"), get(incidents::list))
        .add(
            get_("/api/v1/incidents/{incident}", Read, "An incident, with all that is known of it"),
            get(incidents::show),
        )
        .add(
            get_("/api/v1/messages", Read, "Messages, those that need somebody first").query("incident", "string"),
            get(messages::list),
        )
        .add(
            answer("/api/v1/messages/{message}/approve", Approve, "Lets a message go out that waits for that"),
            post(messages::approve),
        )
        .add(
            post_("/api/v1/messages/{message}/drop", Approve, "Keeps a message from going out")
                .body(describe::given_reason()),
            post(messages::give_up),
        )
        .add(
            answer("/api/v1/messages/{message}/retry", Approve, "Tries a message again that could not be sent"),
            post(messages::retry),
        )
        .add(get_("/api/v1/flags", Read, "The flags that are served"), get(evaluated::list))
        .add(get_("/api/v1/flags/history", Read, "Which flags were changed, when and by whom"), get(evaluated::history))
        .add(switch.body(describe::switch()), post(evaluated::switch))
        .add(revert.body(describe::revert()), post(evaluated::revert))
        .add(get_("/api/v1/rollouts", Read, "Rollouts of flags, stage by stage"), get(rollouts::list))
        .add(answer("/api/v1/rollouts/{rollout}/start", Execute, "Begins a rollout"), post(rollouts::start))
        .add(
            answer("/api/v1/rollouts/{rollout}/approve", Approve, "Agrees to the stage that waits"),
            post(rollouts::approve),
        )
        .add(
            answer("/api/v1/rollouts/{rollout}/pause", Execute, "Lets it begin no further stage"),
            post(rollouts::pause),
        )
        .add(answer("/api/v1/rollouts/{rollout}/resume", Execute, "Goes on with the rollout"), post(rollouts::resume))
        .add(ended.body(describe::end_of_rollout()), post(rollouts::abort))
}

pub(crate) fn routes() -> Router<App> {
    table().router.route("/openapi.json", get(described))
}

/// The description, made once.
async fn described() -> Response {
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    let text = TEXT.get_or_init(|| document(&table().docs).to_string().into());
    let mut response = text.clone().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_say_what_excludes_each_other_and_what_may_be_left_out() {
        let document = document(&table().docs);
        let body = |path: &str| document["paths"][path]["post"]["requestBody"].clone();
        let schema = |path: &str| body(path)["content"]["application/json"]["schema"].clone();
        assert_eq!(schema("/api/v1/flags/{key}")["not"]["required"][1], "groups");
        assert_eq!(schema("/api/v1/flags/{key}/revert")["oneOf"][0]["required"][0], "before");
        for (path, is_needed) in [("/api/v1/reports", true), ("/api/v1/runs/{run}/approve", false)] {
            assert_eq!(body(path)["required"], is_needed, "{path}");
        }
    }

    #[test]
    fn each_route_is_described() {
        let docs = table().docs;
        let document = document(&docs);
        for doc in &docs {
            let operation = &document["paths"][doc.path][doc.method];
            let said = operation["description"].as_str().unwrap_or_default();
            assert!(said.contains(doc.scope.name()), "{} {}", doc.method, doc.path);
            let named = doc.path.matches('{').count();
            let parameters = operation["parameters"].as_array().map_or(0, Vec::len);
            assert!(parameters >= named, "{}", doc.path);
            // What changes something is never open to whoever may look alone.
            assert_eq!(doc.method == "get", doc.scope == Scope::Read, "{}", doc.path);
            assert_eq!(doc.method == "post", operation["requestBody"].is_object(), "{}", doc.path);
            // Only looking is possible without a token.
            let security = operation["security"].as_array().map_or(0, Vec::len);
            assert_eq!(security == 2, doc.scope == Scope::Read, "{}", doc.path);
        }
    }
}
