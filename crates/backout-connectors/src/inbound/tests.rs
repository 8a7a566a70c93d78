//! Messages in, who sent them and what they say.

use std::collections::BTreeMap;
use std::io::Write as _;

use backout_signals::{Observation, Said};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;

use super::{Refused, Wanted, kinds, says, unpacked, verify};

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn wanted(pairs: &[(&str, &str)]) -> Wanted {
    let labels = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Wanted { labels, ..Wanted::default() }
}

fn sign(algorithm: hmac::Algorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(kind: &str, secret: &str, headers: &[(&str, String)], body: &[u8]) -> Result<String, Refused> {
    let headers: BTreeMap<&str, &str> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    verify(kind, secret.as_bytes(), &|name| headers.get(name).copied(), body, now())
}

fn one(kind: &str, body: &str, wanted: &Wanted) -> Option<Said> {
    says(kind, body.as_bytes(), now(), wanted).unwrap().map(|one| one.said)
}

fn events(count: u64, of: Option<u64>, who: &[&str]) -> Option<Said> {
    Some(Said::Events { count, of, who: who.iter().map(|one| (*one).to_owned()).collect() })
}

fn reading(value: f64) -> Option<Said> {
    Some(Observation::reading(now(), value).said)
}

/// The example of the specification of Standard Webhooks.
#[test]
fn standard_webhooks() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let body = br#"{"type":"session.created","data":{"user_id":"user_1"}}"#;
    let at = now().as_second().to_string();
    let signature = |at: &str, key: &[u8]| {
        let message = [b"msg_1.".as_slice(), at.as_bytes(), b".", body].concat();
        format!("v1,{}", STANDARD.encode(sign(hmac::HMAC_SHA256, key, &message)))
    };
    let headers = |at: &str, signature: String| {
        [("webhook-id", "msg_1".to_owned()), ("webhook-timestamp", at.to_owned()), ("webhook-signature", signature)]
    };
    assert_eq!(check("standard", secret, &headers(&at, signature(&at, &key)), body).as_deref(), Ok("msg_1"));
    let several = format!("v1,AAAA v1a,xx {}", signature(&at, &key));
    assert_eq!(check("standard", secret, &headers(&at, several), body).as_deref(), Ok("msg_1"));
    let svix = headers(&at, signature(&at, &key)).map(|(name, value)| (name.replace("webhook", "svix"), value));
    let svix: Vec<(&str, String)> = svix.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    assert_eq!(check("standard", secret, &svix, body).as_deref(), Ok("msg_1"));
    assert_eq!(check("standard", secret, &headers(&at, signature(&at, b"other")), body), Err(Refused::Signature));
    assert_eq!(check("standard", secret, &headers(&at, signature(&at, &key)), b"{}"), Err(Refused::Signature));
    let old = (now().as_second() - 301).to_string();
    assert!(matches!(check("standard", secret, &headers(&old, signature(&old, &key)), body), Err(Refused::Stale(_))));
    assert!(matches!(check("standard", "whsec_???", &headers(&at, String::new()), body), Err(Refused::Secret(_))));
    let of_type = Wanted { who: Some("/data/user_id".to_owned()), ..wanted(&[("type", "session.created")]) };
    let body = std::str::from_utf8(body).unwrap();
    assert_eq!(one("standard", body, &of_type), events(1, None, &["user_1"]));
    assert_eq!(one("standard", body, &wanted(&[("type", "session.ended")])), None);
}

#[test]
fn any_json() {
    let (body, at) =
        (br#"{"total": "12.5", "logins": {"failed": 3, "all": 40}}"#.as_slice(), now().as_second().to_string());
    let signature = hex(&sign(hmac::HMAC_SHA256, b"s3cret", &[at.as_bytes(), b".", body].concat()));
    let headers = [("x-timestamp", at.clone()), ("x-signature", signature.to_uppercase())];
    let id = check("json", "s3cret", &headers, body).unwrap();
    assert_eq!(check("json", "s3cret", &headers, body), Ok(id), "a second copy has the same name");
    assert_eq!(check("json", "other", &headers, body), Err(Refused::Signature));
    assert_eq!(check("json", "", &headers, body), Err(Refused::Secret("it is empty")));
    let later = [("x-timestamp", (now().as_second() + 1).to_string()), headers[1].clone()];
    assert_eq!(check("json", "s3cret", &later, body), Err(Refused::Signature), "the time is signed too");
    assert_eq!(check("json", "s3cret", &[], body), Err(Refused::Missing("x-signature")));
    let body = std::str::from_utf8(body).unwrap();
    let value = |pointer: &str| Wanted { value: Some(pointer.to_owned()), ..Wanted::default() };
    assert_eq!(one("json", body, &value("/total")), reading(12.5));
    assert!(says("json", body.as_bytes(), now(), &value("/nothing")).is_err());
    let counted =
        Wanted { bad: Some("/logins/failed".to_owned()), of: Some("/logins/all".to_owned()), ..Wanted::default() };
    assert_eq!(one("json", body, &counted), events(3, Some(40), &[]));
    assert!(says("json", b"\xff", now(), &Wanted::default()).is_err());
    let deep = "[".repeat(100_000);
    assert!(says("json", deep.as_bytes(), now(), &Wanted::default()).is_err(), "no stack is used up");
}

#[test]
fn alertmanager() {
    let body = |status: &str| {
        format!(
            r#"{{"version":"4","status":"{status}","alerts":[{{"status":"{status}","labels":{{"alertname":"HighErrorRate","job":"api"}},"startsAt":"2026-11-26T10:00:00Z"}},{{"status":"firing","labels":{{"alertname":"Other"}}}}]}}"#
        )
    };
    let ours = wanted(&[("alertname", "HighErrorRate")]);
    assert_eq!(one("alertmanager", &body("firing"), &ours), reading(1.0));
    assert_eq!(one("alertmanager", &body("resolved"), &ours), reading(0.0));
    assert_eq!(one("alertmanager", &body("firing"), &wanted(&[("alertname", "None")])), None);
    let bearer = |token: &str| [("authorization", format!("Bearer {token}"))];
    assert!(check("alertmanager", "s3cret", &bearer("s3cret"), b"{}").is_ok());
    assert_eq!(check("alertmanager", "s3cret", &bearer("s3cres"), b"{}"), Err(Refused::Signature));
}

#[test]
fn sentry() {
    let body = r#"{"action":"triggered","data":{"event":{"level":"error","environment":"production","tags":[["release","v2"]],"user":{"id":"u7"}}}}"#;
    let signature = hex(&sign(hmac::HMAC_SHA256, b"client", body.as_bytes()));
    let headers = [("sentry-hook-signature", signature), ("request-id", "r1".to_owned())];
    let id = check("sentry", "client", &headers, body.as_bytes()).unwrap();
    let copied = [headers[0].clone(), ("request-id", "r2".to_owned())];
    assert_eq!(check("sentry", "client", &copied, body.as_bytes()), Ok(id), "a copy under another name is a copy");
    assert_eq!(check("sentry", "client", &headers, b"{}"), Err(Refused::Signature));
    assert_eq!(one("sentry", body, &wanted(&[("level", "error"), ("release", "v2")])), events(1, None, &["u7"]));
    assert_eq!(one("sentry", body, &wanted(&[("release", "v1")])), None);
    let alert = |action: &str| {
        format!(r#"{{"action":"{action}","data":{{"metric_alert":{{"alert_rule":{{"name":"errors"}}}}}}}}"#)
    };
    assert_eq!(one("sentry", &alert("critical"), &wanted(&[("name", "errors")])), reading(1.0));
    assert_eq!(one("sentry", &alert("resolved"), &wanted(&[("name", "errors")])), reading(0.0));
    assert!(says("sentry", b"{}", now(), &Wanted::default()).is_err());
}

#[test]
fn log_drains() {
    let lines = [
        r#"{"id":"1","source":"lambda","level":"info","proxy":{"statusCode":200,"path":"/api/clients","method":"GET"}}"#,
        r#"{"id":"2","source":"lambda","level":"error","proxy":{"statusCode":500,"path":"/api/clients","method":"GET"}}"#,
        r#"{"id":"3","source":"build","level":"info","message":"done \"well\""}"#,
    ];
    let list = format!("[{}]", lines.join(","));
    let failing = wanted(&[("status", "5xx")]);
    assert_eq!(one("vercel", &list, &failing), events(1, Some(2), &[]), "a line of a build has no status");
    assert_eq!(one("vercel", &lines.join("\n"), &failing), events(1, Some(2), &[]));
    let of_path = wanted(&[("status", "5xx"), ("path", "/api/*")]);
    assert_eq!(one("vercel", &list, &of_path), events(1, Some(2), &[]));
    assert_eq!(one("vercel", &list, &wanted(&[("level", "error")])), events(1, Some(3), &[]));
    let whose = Wanted { who: Some("clientIp".to_owned()), ..failing.clone() };
    let named = list.replace("\"statusCode\":500", "\"statusCode\":500,\"clientIp\":\"10.0.0.7\"");
    assert_eq!(one("vercel", &named, &whose), events(1, Some(2), &["10.0.0.7"]));
    assert_eq!(one("vercel", &list, &whose), events(1, Some(2), &[]), "nobody is named");
    assert_eq!(one("vercel", "[]", &failing), None);
    let signature = hex(&sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"drain", list.as_bytes()));
    assert!(check("vercel", "drain", &[("x-vercel-signature", signature.clone())], list.as_bytes()).is_ok());
    assert_eq!(check("vercel", "drain", &[("x-vercel-signature", signature)], b"[]"), Err(Refused::Signature));
    let supabase = r#"[{"event_message":"x","metadata":{"status_code":503}},{"metadata":{"status_code":200}}]"#;
    assert_eq!(one("supabase", supabase, &failing), events(1, Some(2), &[]));
    assert!(says("vercel", b"[{", now(), &failing).is_err());
    for damaged in ["[{}, 1]", "[{}] {}", "{}\n{", "{}\n1", "{} {}", "\"status\""] {
        assert!(says("vercel", damaged.as_bytes(), now(), &failing).is_err(), "{damaged}");
    }
    // A line's own field counts before that of its request, and the last of two; a name may be spelled with escapes.
    let own = r#"{"statusCode":500,"proxy":{"statusCode":200}}"#;
    assert_eq!(one("vercel", own, &failing), events(1, Some(1), &[]));
    assert_eq!(one("vercel", r#"{"status":200,"st\u0061tus":500}"#, &failing), events(1, Some(1), &[]));
    let spelled = r#"{"message":"a \"b\"","metadata":[{"status":500}],"proxy":null}"#;
    assert_eq!(one("vercel", spelled, &wanted(&[("message", "a \"b\"")])), events(1, Some(1), &[]));
    assert_eq!(one("vercel", spelled, &failing), None, "metadata is no object");
    let both = wanted(&[("status", "5xx"), ("statusCode", "500"), ("proxy", "null")]);
    assert_eq!(one("vercel", r#"{"statusCode":500,"proxy":null}"#, &both), events(1, Some(1), &[]));
}

#[test]
fn metrics() {
    let body = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"errors","sum":{"aggregationTemporality":1,"dataPoints":[{"asInt":"3","attributes":[{"key":"route","value":{"stringValue":"/a"}}]},{"asInt":"9","attributes":[]}]}},
        {"name":"queue","gauge":{"dataPoints":[{"asDouble":7.5}]}},
        {"name":"latency","histogram":{"dataPoints":[{"sum":100.0,"count":"4"}]}}]}]}]}"#;
    assert_eq!(one("otlp", body, &wanted(&[("name", "errors"), ("route", "/a")])), events(3, None, &[]));
    assert_eq!(one("otlp", body, &wanted(&[("name", "queue")])), reading(7.5));
    assert_eq!(one("otlp", body, &wanted(&[("name", "latency")])), reading(25.0));
    assert_eq!(one("otlp", body, &wanted(&[("name", "errors")])), events(12, None, &[]), "what is new is added");
    assert_eq!(one("otlp", body, &wanted(&[("name", "none")])), None);
    assert_eq!(one("otlp", r#"{"resourceMetrics":null}"#, &wanted(&[])), None);
    let gauge = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"q","gauge":{"dataPoints":[
        {"asInt":"1","attributes":[{"key":"code","value":{"intValue":"503"}}]},{"asInt":2}]}}]}]}]}"#;
    assert_eq!(one("otlp", gauge, &wanted(&[("name", "q")])), reading(2.0), "the last one holds");
    assert_eq!(one("otlp", gauge, &wanted(&[("name", "q"), ("code", "5xx")])), reading(1.0));
    assert!(says("otlp", br#"{"resourceMetrics":[1]}"#, now(), &wanted(&[])).is_err());
    assert!(says("otlp", b"\x0a\x01", now(), &Wanted::default()).is_err_and(|why| why.contains("x-protobuf")));
}

#[test]
fn a_packed_body_is_unpacked_as_far_as_it_may() {
    let packed = |body: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(body).unwrap();
        writer.finish().unwrap()
    };
    assert_eq!(unpacked(Some("gzip"), packed(b"{}"), 10).as_deref(), Ok(b"{}".as_slice()));
    assert_eq!(unpacked(None, b"{}".to_vec(), 10).as_deref(), Ok(b"{}".as_slice()));
    let bomb = packed(&vec![0; 50_000_000]);
    assert!(bomb.len() < 60_000);
    assert_eq!(unpacked(Some("gzip"), bomb, 1_000_000), Err(Refused::TooLarge(1_000_000)));
    assert_eq!(unpacked(Some("gzip"), b"{}".to_vec(), 10), Err(Refused::Damaged));
    assert!(matches!(unpacked(Some("br"), Vec::new(), 10), Err(Refused::Packed(_))));
    assert_eq!(unpacked(None, vec![0; 11], 10), Err(Refused::TooLarge(10)));
    assert!(kinds().count() == 7 && kinds().is_sorted());
    assert_eq!(check("other", "s", &[], b""), Err(Refused::Kind("other".to_owned())));
}
