//! Spans as OTLP writes them in JSON.
//!
//! Must not know: who reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::layer::Finished;

/// A request to export these spans of one process.
pub(super) fn request(resource: &[(String, String)], spans: &[Finished]) -> Value {
    let resource: Vec<Value> =
        resource.iter().map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } })).collect();
    let scope = json!({ "name": "backout", "version": env!("CARGO_PKG_VERSION") });
    let spans: Vec<Value> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": resource },
        "scopeSpans": [{ "scope": scope, "spans": spans }],
    }] })
}

fn span(span: &Finished) -> Value {
    let attributes: Vec<Value> =
        span.attributes.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let mut shown = json!({
        "traceId": hex(&span.trace),
        "spanId": hex(&span.id),
        "name": span.name,
        // SERVER, INTERNAL.
        "kind": if span.serves { 2 } else { 1 },
        "startTimeUnixNano": nanoseconds(span.begun),
        "endTimeUnixNano": nanoseconds(span.ended),
        "attributes": attributes,
        // ERROR, or nothing is said.
        "status": if span.failed { json!({ "code": 2 }) } else { json!({}) },
    });
    if let Some(parent) = &span.parent {
        shown["parentSpanId"] = json!(hex(parent));
    }
    shown
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn nanoseconds(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}
