//! What is read, what is refused, and what an answer says.

use backout_flags::{Definitions, ErrorCode, Kind, Reason};
use serde_json::{Value, json};

fn read(definitions: &Value) -> Definitions {
    Definitions::parse(&definitions.to_string()).expect("it is right")
}

fn one(targeting: Value) -> Value {
    json!({ "metadata": { "set": "s", "owner": "all" }, "flags": { "f": {
        "state": "ENABLED", "variants": { "on": true, "off": false, "text": "x" }, "defaultVariant": "off",
        "targeting": targeting, "metadata": { "owner": "team" }
    } } })
}

#[test]
fn reasons_and_codes() {
    let cases = [
        (json!({}), json!({}), Reason::Static, Some("off"), None),
        (json!(null), json!({}), Reason::Static, Some("off"), None),
        (json!({ "if": [{ "var": "x" }, "on"] }), json!({ "x": 1 }), Reason::TargetingMatch, Some("on"), None),
        (json!({ "if": [{ "var": "x" }, "on"] }), json!({}), Reason::Default, Some("off"), None),
        (json!({ "if": [{ "var": "x" }, "gone"] }), json!({ "x": 1 }), Reason::Error, None, Some(ErrorCode::General)),
        (json!({ "map": [{ "var": "x" }, 1] }), json!({ "x": 1 }), Reason::Error, None, Some(ErrorCode::General)),
        (json!({ "what": [] }), json!({}), Reason::Error, None, Some(ErrorCode::ParseError)),
        (json!({ "+": ["a", { "var": "x" }] }), json!({}), Reason::Error, None, Some(ErrorCode::ParseError)),
    ];
    for (targeting, context, reason, variant, code) in cases {
        let found = read(&one(targeting.clone())).evaluate("f", &context, 0);
        assert_eq!((found.reason, found.variant.as_deref(), found.error_code), (reason, variant, code), "{targeting}");
        assert_eq!(Value::from((*found.flag_metadata).clone()), json!({ "set": "s", "owner": "team" }));
    }
}

#[test]
fn a_flag_that_is_not_there_and_one_that_is_off() {
    let mut definitions = one(json!({}));
    let missing = read(&definitions).evaluate("g", &json!({}), 0);
    assert_eq!((missing.reason, missing.error_code), (Reason::Error, Some(ErrorCode::FlagNotFound)));
    assert_eq!(Value::from((*missing.flag_metadata).clone()), json!({ "set": "s", "owner": "all" }));
    definitions["flags"]["f"]["state"] = json!("DISABLED");
    let read = read(&definitions);
    let off = read.evaluate("f", &json!({}), 0);
    assert_eq!((off.reason, off.value, off.error_code), (Reason::Disabled, None, None));
    assert!(read.all(&json!({}), 0).is_empty());
}

#[test]
fn another_type_is_a_mismatch() {
    let found = read(&one(json!({}))).evaluate("f", &json!({}), 0);
    assert_eq!(found.clone().expecting("f", Kind::Boolean), found);
    assert_eq!(found.expecting("f", Kind::String).error_code, Some(ErrorCode::TypeMismatch));
}

#[test]
fn an_answer_as_json() {
    let found = read(&one(json!("text"))).evaluate("f", &json!({}), 0);
    let expected = json!({ "value": "x", "variant": "text", "reason": "TARGETING_MATCH",
        "flagMetadata": { "set": "s", "owner": "team" } });
    assert_eq!(serde_json::to_value(found).ok(), Some(expected));
}

#[test]
fn problems_name_the_place() {
    let cases = [
        ("{", ""),
        ("[]", ""),
        (r#"{"flags":{"a":1}}"#, "flags.a"),
        (r#"{"flags":{"a":{"state":"ENABLED"}}}"#, "flags.a.variants"),
        (r#"{"flags":{"a":{"state":"on","variants":{}}}}"#, "flags.a.state"),
        (r#"{"flags":{"a":{"state":"ENABLED","variants":{"x":1},"defaultVariant":"y"}}}"#, "flags.a.defaultVariant"),
    ];
    for (text, path) in cases {
        assert_eq!(Definitions::parse(text).err().map(|problem| problem.path).as_deref(), Some(path), "{text}");
    }
    let broken = read(&one(json!({ "if": [{ "nothing_known": 1 }, "on"] }))).broken();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].to_string(), "flags.f.targeting: does not compile: Unknown Operator `nothing_known`");
}

#[test]
fn shared_rules_stand_where_they_are_named() {
    let mut definitions = one(json!({ "if": [{ "$ref": "staff" }, "on"] }));
    definitions["$evaluators"] = json!({ "staff": { "ends_with": [{ "var": "email" }, "@x.com"] } });
    let read = read(&definitions);
    assert_eq!(read.evaluate("f", &json!({ "email": "a@x.com" }), 0).variant.as_deref(), Some("on"));
    assert_eq!(read.evaluate("f", &json!({ "email": "a@y.com" }), 0).variant.as_deref(), Some("off"));
}

#[test]
fn references_that_grow_without_end_are_refused() {
    let mut shared = serde_json::Map::new();
    for at in 0..30 {
        let next = json!({ "$ref": format!("r{:02}", at + 1) });
        shared.insert(format!("r{at:02}"), json!({ "or": [next, next] }));
    }
    let mut definitions = one(json!({ "$ref": "r00" }));
    definitions["$evaluators"] = Value::Object(shared);
    let problem = Definitions::parse(&definitions.to_string()).expect_err("refused");
    assert!(problem.path.starts_with("$evaluators.r"), "{problem}");
}

#[test]
fn deep_rules_are_refused_or_answered_but_never_overflow() {
    for (deep, fine) in [(50, true), (100, true), (1000, false), (100_000, false)] {
        let rule = format!("{}{}{}", r#"{"!":"#.repeat(deep), r#"{"var":"x"}"#, "}".repeat(deep));
        let text = format!(
            r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"true":1,"false":0}},"targeting":{rule}}}}}}}"#
        );
        let read = Definitions::parse(&text);
        assert_eq!(read.is_ok(), fine, "{deep}");
        if let Ok(read) = read {
            assert_eq!(read.evaluate("f", &json!({ "x": 1 }), 0).variant.as_deref(), Some("true"));
        }
    }
}

#[test]
fn the_digest_knows_content_from_blanks() {
    let plain = one(json!({}));
    let pretty = serde_json::to_string_pretty(&plain).expect("JSON");
    let digest = |text: &str| Definitions::parse(text).map(|read| read.digest().to_owned());
    assert_eq!(digest(&plain.to_string()), digest(&pretty));
    assert_ne!(digest(&plain.to_string()), digest(&one(json!({ "if": [true, "on"] })).to_string()));
}

#[test]
fn the_time_is_the_callers() {
    let read = read(&one(json!({ "if": [{ ">=": [{ "var": "$flagd.timestamp" }, 100] }, "on"] })));
    let at = |now| read.evaluate("f", &json!({ "$flagd": { "timestamp": 0 } }), now).variant;
    assert_eq!((at(99).as_deref(), at(100).as_deref()), (Some("off"), Some("on")));
}

#[test]
fn every_operator_is_known() {
    let doc = include_str!("../../../../docs/flags.md");
    for name in backout_flags::operators() {
        assert!(doc.contains(&format!("`{name}`")), "docs/flags.md does not name `{name}`");
    }
}
