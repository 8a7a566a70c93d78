//! The description of the API, in OpenAPI 3.1.
//!
//! Must not know: what a route does.

use backout_control::tokens::Scope;
use serde_json::{Map, Value, json};

/// What is said of a route.
#[derive(Debug, Clone)]
pub(super) struct Doc {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) scope: Scope,
    about: &'static str,
    body: Option<Value>,
    query: Option<(&'static str, &'static str)>,
    is_stream: bool,
}

impl Doc {
    pub(super) fn get(path: &'static str, scope: Scope, about: &'static str) -> Self {
        Self { method: "get", path, scope, about, body: None, query: None, is_stream: false }
    }

    pub(super) fn post(path: &'static str, scope: Scope, about: &'static str) -> Self {
        Self { method: "post", ..Self::get(path, scope, about) }
    }

    pub(super) fn body(self, schema: Value) -> Self {
        Self { body: Some(schema), ..self }
    }

    pub(super) fn query(self, name: &'static str, kind: &'static str) -> Self {
        Self { query: Some((name, kind)), ..self }
    }

    pub(super) fn stream(self) -> Self {
        Self { is_stream: true, ..self }
    }

    fn operation(&self) -> Value {
        let named = self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut parameters: Vec<Value> = named
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        if let Some((name, kind)) = self.query {
            // What lies beyond what is given at once is taken, and cut.
            let schema = match kind {
                "integer" => json!({ "type": kind, "minimum": 0, "maximum": u32::MAX }),
                _ => json!({ "type": kind }),
            };
            parameters.push(json!({ "name": name, "in": "query", "schema": schema }));
        }
        let shown = match self.is_stream {
            true => json!({ "text/event-stream": { "schema": { "type": "string" } } }),
            false => json!({ "application/json": { "schema": { "type": "object" } } }),
        };
        let refused = json!({ "$ref": "#/components/responses/Refused" });
        // As long as no token was made, whoever is on this machine may look.
        let security = match self.scope {
            Scope::Read => json!([{ "token": [] }, {}]),
            _ => json!([{ "token": [] }]),
        };
        let mut operation = json!({
            "summary": self.about,
            "description": format!("Asks for the scope `{}`.", self.scope.name()),
            "security": security,
            "parameters": parameters,
            "responses": { "200": { "description": "Done", "content": shown.clone() } },
        });
        let responses = &mut operation["responses"];
        if self.method == "post" {
            responses["202"] = json!({ "description": "Begun", "content": shown });
        }
        for status in ["400", "401", "403", "404", "408", "409", "413", "421", "422", "503"] {
            responses[status] = refused.clone();
        }
        if let Some(schema) = &self.body {
            let content = json!({ "application/json": { "schema": schema } });
            // Nothing stands for an empty object.
            let is_needed = schema["required"].as_array().is_some_and(|names| !names.is_empty());
            operation["requestBody"] = json!({ "required": is_needed, "content": content });
        }
        operation
    }
}

/// All of it.
pub(super) fn document(docs: &[Doc]) -> Value {
    let mut paths = Map::new();
    for doc in docs {
        let path = paths.entry(doc.path).or_insert_with(|| json!({}));
        path[doc.method] = doc.operation();
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Backout",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "Runs, triggers and flags of one target. Flags are evaluated by OFREP, at /ofrep/v1.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "As `backout token make` gives it." },
            },
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error", "code"],
                    "properties": {
                        "error": { "type": "string" },
                        "code": { "type": "string" },
                        "remedies": { "type": "array", "items": { "type": "object" } },
                    },
                },
            },
            "responses": {
                "Refused": {
                    "description": "Not done",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
                },
            },
        },
    })
}

/// An object with these fields and no others.
fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

pub(super) fn reason() -> Value {
    object(&[], json!({ "because": { "type": "string" } }))
}

/// A reason that is needed.
pub(super) fn given_reason() -> Value {
    object(&["because"], json!({ "because": { "type": "string", "minLength": 1 } }))
}

pub(super) fn end_of_rollout() -> Value {
    object(&[], json!({ "because": { "type": "string" }, "stay": { "type": "boolean", "default": false } }))
}

pub(super) fn report() -> Value {
    object(
        &["kind"],
        json!({
            "kind": { "type": "string" },
            "count": { "type": "integer", "minimum": 0, "default": 1 },
            "who": { "type": "array", "items": { "type": "string" } },
            "note": { "type": "string" },
        }),
    )
}

pub(super) fn rollback() -> Value {
    object(
        &[],
        json!({
            "way": { "type": ["string", "null"], "description": "Its name, or auto" },
            "because": { "type": "string" },
            "again": { "type": "boolean" },
            "confirm": { "type": ["string", "null"], "description": "The target's name, to begin" },
        }),
    )
}

pub(super) fn switch() -> Value {
    let mut switch = object(
        &["variant"],
        json!({
            "variant": { "type": "string" },
            "percent": { "type": "integer", "minimum": 0, "maximum": 100 },
            "groups": { "type": "array", "items": { "type": "string" } },
            "by": { "type": "string" },
            "dry_run": { "type": "boolean" },
        }),
    );
    switch["not"] = json!({ "required": ["percent", "groups"] });
    switch
}

pub(super) fn revert() -> Value {
    let version = json!({ "type": "integer", "minimum": 0 });
    let mut revert = object(&[], json!({ "before": version.clone(), "after": version }));
    revert["oneOf"] = json!([{ "required": ["before"] }, { "required": ["after"] }]);
    revert
}
