//! Whether the plan's channels can be any, and what the documentation says of their kinds.
//!
//! Must not know: what is sent there.

use backout_connectors::tell::{self, KINDS, Once, Shape};
use backout_plan::Plan;
use backout_plan::plan::{Flaw, PlanErrors};
use serde_json::{Map, Value, json};

/// Whether each channel of the plan can be one, as far as can be told without secrets.
///
/// # Errors
/// A problem for each that cannot, at its place in the file.
pub fn check(plan: &Plan) -> Result<(), PlanErrors> {
    plan.validate_channels(&one)
}

fn one(to: &Value) -> Result<(), Flaw> {
    // That there is one, the plan has seen to.
    let Some((name, given)) = to.as_object().and_then(|kinds| kinds.iter().next()) else { return Ok(()) };
    if !KINDS.iter().any(|kind| kind.name == name) {
        let flaw = Flaw::at(&[name], format!("there is no kind of channel {name:?}")).value(name);
        let flaw = flaw.meant(name, KINDS.iter().map(|kind| kind.name));
        let all: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        return Err(if flaw.suggestion.is_some() { flaw } else { flaw.hint(format!("there are: {}", all.join(", "))) });
    }
    tell::check(name, given).map_err(|wrong| {
        let fields = KINDS.iter().filter(|kind| kind.name == name).flat_map(|kind| kind.fields);
        match &wrong.field {
            // A value is not repeated: it may be a secret that stands where its place belongs.
            Some(field) => Flaw::at(&[name, field], wrong.to_string()).meant(field, fields.map(|field| field.name)),
            None => Flaw::at(&[name], wrong.to_string()),
        }
    })
}

/// Tells the JSON Schema of the plan which kinds there are, and their fields.
pub fn into_schema(schema: &mut Value) {
    let field = |shape: Shape| match shape {
        Shape::Secret | Shape::Text => json!({ "type": "string" }),
        Shape::List => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::Switch => json!({ "type": "boolean" }),
    };
    let kinds: Map<String, Value> = KINDS
        .iter()
        .map(|kind| {
            let fields: Map<String, Value> = kind
                .fields
                .iter()
                .map(|one| {
                    let mut value = field(one.shape);
                    value["description"] = one.about.into();
                    (one.name.to_owned(), value)
                })
                .collect();
            let value = json!({
                "description": kind.about, "type": "object", "additionalProperties": false, "properties": fields
            });
            (kind.name.to_owned(), value)
        })
        .collect();
    schema["$defs"]["PlanChannel"]["properties"]["to"] = json!({
        "description": "One kind and what it needs.",
        "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": kinds
    });
}

/// The table of the documentation.
pub fn channel_table() -> String {
    let mut rows = String::from("| kind | what it is given | in a thread | sent twice |\n|---|---|---|---|\n");
    for kind in KINDS {
        let fields: Vec<String> = kind.fields.iter().map(|field| format!("`{}`", field.name)).collect();
        let threads = if kind.threads { "yes" } else { "no" };
        let once = match kind.once {
            Once::Always => "is shown once",
            Once::Found => "is found before it is sent again",
            Once::Never => "is shown twice",
        };
        let cells = [format!("`{}`", kind.name), fields.join(", "), threads.to_owned(), once.to_owned()];
        rows.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    rows
}
