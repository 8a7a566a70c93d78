//! Spans in, what a receiver gets out.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tracing::field::Empty;
use tracing::{Instrument as _, error, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

use super::json::request;
use super::layer::{Finished, Spans};
use super::{Say, Settings, begin};

fn settings(variables: &[(&str, &str)]) -> crate::Result<Option<Settings>> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Settings::of(&|name| variables.get(name).map(|value| (*value).to_owned()))
}

/// What ends while this is done, as a receiver would read it.
fn traced(room: usize, what: impl FnOnce()) -> (Vec<Value>, u64) {
    let (to, mut queue) = mpsc::channel(room);
    let dropped = Arc::default();
    let listener = tracing_subscriber::registry().with(Spans::new(to, Arc::clone(&dropped)));
    tracing::subscriber::with_default(listener, what);
    let mut ended: Vec<Finished> = Vec::new();
    while let Ok(one) = queue.try_recv() {
        ended.push(one);
    }
    let made = request(&[], &ended)["resourceSpans"][0]["scopeSpans"][0]["spans"].clone();
    (made.as_array().unwrap().clone(), dropped.load(std::sync::atomic::Ordering::Relaxed))
}

fn attributes(span: &Value) -> Value {
    let all = span["attributes"].as_array().unwrap().iter();
    all.map(|one| (one["key"].as_str().unwrap().to_owned(), one["value"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn settings_are_those_of_opentelemetry() {
    let url = |variables: &[(&str, &str)]| settings(variables).unwrap().map(|settings| settings.url.to_string());
    let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.example/in");
    for (given, expected) in [
        (&[][..], None),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")], None),
        (&[base], Some("http://127.0.0.1:4318/v1/traces")),
        (&[base, traces], Some("https://traces.example/in")),
        (&[base, ("OTEL_SDK_DISABLED", "true")], None),
        (&[base, ("OTEL_TRACES_EXPORTER", "none")], None),
    ] {
        assert_eq!(url(given).as_deref(), expected, "{given:?}");
    }
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20c2VjcmV0, x-tenant = shop");
    let service = [("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,team=b%2Cc"), ("OTEL_SERVICE_NAME", "shop")];
    let found = settings(&[base, headers, service[0], service[1]]).unwrap().unwrap();
    assert_eq!(found.headers["authorization"], "Basic c2VjcmV0");
    assert_eq!(found.headers["x-tenant"], "shop");
    assert!(!format!("{found:?}").contains("c2VjcmV0"));
    let version = ("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let expected = [version, ("team".to_owned(), "b,c".to_owned()), ("service.name".to_owned(), "shop".to_owned())];
    assert_eq!(found.resource, expected);
    let elsewhere = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://u:pa55@collector:4318");
    for wrong in [&[elsewhere, headers][..], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://u:pa55@x")]] {
        let said = settings(wrong).unwrap_err().to_string();
        assert!(!said.contains("pa55") && !said.contains("c2VjcmV0"), "{said}");
    }
    assert_eq!(settings(&[elsewhere]).unwrap().unwrap().place(), "http://collector:4318");
}

#[test]
fn spans_as_otlp_has_them() {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let (spans, dropped) = traced(100, || {
        let served = info_span!("request", method = %"GET", route = "/runs/{id}", status = Empty, traceparent = parent);
        let step = served
            .in_scope(|| info_span!("step", step = "flag off", attempt = 2, share = 0.5, is = true, outcome = Empty));
        step.record("outcome", "failed");
        served.record("status", 200);
        served.in_scope(|| drop(step));
        drop(served);
        info_span!("request", method = "GET", route = "/", status = 503).in_scope(|| ());
        info_span!("broken").in_scope(|| error!(secret = "not shown", "it broke"));
    });
    assert_eq!(dropped, 0);
    let [step, served, refused, broken] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(served["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(served["parentSpanId"], "b7ad6b7169203331");
    assert_eq!(
        (&served["name"], &served["kind"], &served["status"]),
        (&json!("GET /runs/{id}"), &json!(2), &json!({}))
    );
    let expected = json!({
        "http.request.method": { "stringValue": "GET" }, "http.route": { "stringValue": "/runs/{id}" },
        "http.response.status_code": { "intValue": "200" },
    });
    assert_eq!(attributes(served), expected);
    assert_eq!((&step["traceId"], &step["parentSpanId"]), (&served["traceId"], &served["spanId"]));
    assert_eq!((&step["name"], &step["kind"], &step["status"]), (&json!("step"), &json!(1), &json!({ "code": 2 })));
    let expected = json!({
        "step": { "stringValue": "flag off" }, "attempt": { "intValue": "2" }, "share": { "doubleValue": 0.5 },
        "is": { "boolValue": true }, "outcome": { "stringValue": "failed" },
    });
    assert_eq!(attributes(step), expected);
    assert_eq!((&refused["status"]["code"], &refused["parentSpanId"]), (&json!(2), &Value::Null));
    assert_eq!((&broken["status"]["code"], attributes(broken)), (&json!(2), json!({})));
    assert_ne!(refused["traceId"], broken["traceId"]);
    for span in &spans {
        assert_eq!((span["traceId"].as_str().unwrap().len(), span["spanId"].as_str().unwrap().len()), (32, 16));
        let time = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
        assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"), "{span}");
    }
}

#[test]
fn what_is_no_parent_begins_a_trace_and_what_is_not_sampled_is_not_sent() {
    let trace = "0af7651916cd43dd8448eb211c80319c";
    for parent in [
        "",
        "00",
        "nonsense-of-somebody-else",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033-01",
    ] {
        let (spans, _) = traced(10, || drop(info_span!("request", traceparent = parent)));
        assert!(spans[0]["traceId"] != trace && spans[0]["parentSpanId"].is_null(), "{parent}");
    }
    let (spans, _) = traced(10, || {
        let parent = format!("00-{trace}-b7ad6b7169203331-00");
        info_span!("request", traceparent = parent).in_scope(|| drop(info_span!("below")));
    });
    assert_eq!(spans, Vec::<Value>::new());
}

#[test]
fn what_finds_no_room_is_dropped_and_counted() {
    let begun = Instant::now();
    let (spans, dropped) = traced(3, || (0..10_000).for_each(|_| drop(info_span!("one"))));
    assert_eq!((spans.len(), dropped), (3, 9_997));
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody waited");
    let (spans, _) = traced(1, || drop(info_span!("long", text = "é".repeat(10_000))));
    assert_eq!(attributes(&spans[0])["text"]["stringValue"].as_str().map(|text| text.chars().count()), Some(256));
}

/// Answers each request with the next of these statuses, and the last one from then on: what was sent, with its head.
fn receiver(statuses: &'static [u16]) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (to, got) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            let status = statuses.get(number).or(statuses.last()).unwrap();
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            to.send((head, serde_json::from_slice(&body).unwrap())).unwrap();
        }
    });
    (address, got)
}

/// Whoever is told that spans are dropped.
fn said() -> (Say, Arc<Mutex<Vec<String>>>) {
    let said = Arc::<Mutex<Vec<String>>>::default();
    let to = said.clone();
    (Arc::new(move |line| to.lock().unwrap().push(line)), said)
}

fn names(request: &Value) -> Vec<&str> {
    let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    spans.iter().map(|span| span["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_receiver_gets_them() {
    let (address, got) = receiver(&[503, 200]);
    let given = [("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()), ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=k3y")];
    let (say, said) = said();
    let (spans, traces) = begin(settings(&given).unwrap().unwrap(), say).unwrap();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans));
    async { tokio::time::sleep(Duration::from_millis(30)).await }.instrument(info_span!("waits")).await;
    let (head, first) = got.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n") && head.contains("x-key: k3y"), "{head}");
    assert_eq!(first["resourceSpans"][0]["resource"]["attributes"][0]["value"]["stringValue"], "backout");
    assert_eq!(names(&first), ["waits"]);
    let (_, again) = got.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(again, first, "it was away for a moment");
    drop(info_span!("last"));
    traces.end(Duration::from_secs(2));
    drop(guard);
    let (_, last) = got.try_recv().expect("what ends is sent before the end");
    assert_eq!(names(&last), ["last"]);
    assert_eq!(*said.lock().unwrap(), Vec::<String>::new());
}

#[test]
fn one_that_takes_nothing_is_said_once() {
    let (address, got) = receiver(&[400]);
    let (say, said) = said();
    let settings = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &address)]).unwrap().unwrap();
    let (spans, traces) = begin(settings, say).unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(spans), || {
        for name in 0..2 {
            drop(info_span!("one", name));
            got.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    });
    traces.end(Duration::from_secs(2));
    let said = said.lock().unwrap();
    assert!(said.len() == 1 && said[0].contains("400") && said[0].contains("1 until now"), "{said:?}");
}

#[test]
fn one_that_does_not_answer_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let settings = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &address)]).unwrap().unwrap();
    let (spans, traces) = begin(settings, said().0).unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(spans), || drop(info_span!("one")));
    let begun = Instant::now();
    traces.end(Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(2));
}
