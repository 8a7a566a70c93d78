//! Bytes of another library, and bytes of nobody's.

use backout_signals::Said;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::{otlp_json, rpc_status};
use crate::inbound::{Refused, Wanted, says};

const SAMPLES: &str = include_str!("samples.txt");
const MOST: usize = 1 << 20;

/// Name, bytes, and the same in JSON: see samples.py.
fn samples() -> impl Iterator<Item = (&'static str, Vec<u8>, &'static str)> {
    SAMPLES.lines().map(|line| {
        let mut parts = line.splitn(3, ' ');
        let (name, bytes, json) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        (name, STANDARD.decode(bytes.trim_matches('-')).unwrap(), json)
    })
}

fn said(json: &[u8], wanted: &[(&str, &str)]) -> Option<Said> {
    let labels = wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    says("otlp", json, Timestamp::UNIX_EPOCH, &Wanted { labels, ..Wanted::default() }).unwrap().map(|one| one.said)
}

/// What nobody looks at, and lists of nothing.
fn without_the_rest(value: &mut Value) {
    const READ: [&str; 25] = [
        "resourceMetrics",
        "scopeMetrics",
        "metrics",
        "name",
        "gauge",
        "sum",
        "histogram",
        "exponentialHistogram",
        "summary",
        "dataPoints",
        "aggregationTemporality",
        "attributes",
        "asDouble",
        "asInt",
        "count",
        "key",
        "value",
        "values",
        "stringValue",
        "boolValue",
        "intValue",
        "doubleValue",
        "arrayValue",
        "kvlistValue",
        "bytesValue",
    ];
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                READ.contains(&name.as_str()) && value.as_array().is_none_or(|list| !list.is_empty())
            });
            members.values_mut().for_each(without_the_rest);
        }
        Value::Array(list) => list.iter_mut().for_each(without_the_rest),
        _ => {}
    }
}

#[test]
fn both_encodings_are_the_same() {
    for (name, bytes, json) in samples() {
        let ours = otlp_json(&bytes, MOST).unwrap_or_else(|refused| panic!("{name}: {refused}"));
        let [mut found, mut expected]: [Value; 2] =
            [&ours, json.as_bytes()].map(|text| serde_json::from_slice(text).unwrap());
        without_the_rest(&mut found);
        without_the_rest(&mut expected);
        assert_eq!(found, expected, "{name}");
        let all: &[&[(&str, &str)]] = &[
            &[],
            &[("name", "m")],
            &[("name", "none")],
            &[("text", "a \"b\"\né")],
            &[("yes", "true")],
            &[("no", "false")],
            &[("less", "-7")],
            &[("code", "5xx")],
            &[("most", "9223372036854775807")],
            &[("share", "0.25")],
            &[("none", "")],
            &[("list", "x")],
            &[("unset", "")],
            &[("name", "m"), ("no", "true")],
        ];
        for wanted in all {
            assert_eq!(said(&ours, wanted), said(json.as_bytes(), wanted), "{name} {wanted:?}");
        }
    }
}

#[test]
fn what_the_samples_say() {
    let reading = |value| Some(Said::Reading { value, samples: None });
    let events = |count| Some(Said::Events { count, of: None, who: Vec::new() });
    let code: &[(&str, &str)] = &[("code", "5xx"), ("yes", "true"), ("share", "0.25")];
    for (name, all, of_code) in [
        ("nothing", None, None),
        ("gauge", reading(-0.1), reading(-0.1)),
        ("whole-gauge", reading(-3.0), None),
        ("no-value", reading(4.0), None),
        ("no-number", reading(3.5), None),
        ("delta", events(12), events(3)),
        ("cumulative", reading(4_611_686_018_427_387_904.0), None),
        ("histogram", reading(25.0), reading(25.0)),
        ("histogram-without-sum", None, None),
        ("exponential", reading(0.5), reading(0.5)),
        ("summary", reading(1.5), reading(1.5)),
        ("several", reading(2.0), None),
    ] {
        let (_, bytes, _) = samples().find(|(sample, ..)| *sample == name).unwrap();
        let json = otlp_json(&bytes, MOST).unwrap();
        assert_eq!((said(&json, &[]), said(&json, code)), (all, of_code), "{name}");
    }
    assert_eq!(samples().count(), 12);
}

/// Numbers that look random, and are the same each time.
fn next(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed >> 33).unwrap()
}

#[test]
fn damaged_bytes_are_refused_or_read() {
    let check = |bytes: &[u8]| {
        if let Ok(json) = otlp_json(bytes, MOST) {
            says("otlp", &json, Timestamp::UNIX_EPOCH, &Wanted::default()).unwrap();
        }
    };
    let mut seed = 88_172_645_463_325_252;
    for (name, bytes, _) in samples() {
        // The list of resources is one field: without its end it is none.
        let cut = (1..bytes.len()).map(|end| otlp_json(&bytes[..end], MOST));
        assert!(cut.into_iter().all(|read| matches!(read, Err(Refused::Protobuf(_)))), "{name}");
        for _ in 0..if bytes.is_empty() { 0 } else { 3000 } {
            let mut bytes = bytes.clone();
            for _ in 0..=next(&mut seed) % 3 {
                let place = next(&mut seed) % bytes.len();
                bytes[place] = next(&mut seed).to_le_bytes()[0];
            }
            check(&bytes);
        }
    }
    for _ in 0..20_000 {
        let length = next(&mut seed) % 40;
        let bytes: Vec<u8> = (0..length).map(|_| next(&mut seed).to_le_bytes()[0]).collect();
        check(&bytes);
    }
    let wrong: [&[u8]; 8] = [
        b"{}",
        b"\x0a",
        b"\x08\x01\x0a\x01",
        b"\x00\x01",
        b"\x0b",
        b"\x0d\x01",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
        b"\x08\x01\x09",
    ];
    for bytes in wrong {
        assert!(matches!(otlp_json(bytes, MOST), Err(Refused::Protobuf(_))), "{bytes:?}");
    }
    assert_eq!(otlp_json(b"\x10\x01\x1d\0\0\0\0", MOST).unwrap(), br#"{"resourceMetrics":[]}"#, "they are read past");
}

/// A message of this field that holds that.
fn within(field: u8, inner: &[u8]) -> Vec<u8> {
    let mut message = vec![field << 3 | 2];
    let mut length = inner.len();
    while length > 0x7f {
        message.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    message.push(u8::try_from(length).unwrap());
    [message, inner.to_vec()].concat()
}

#[test]
fn neither_depth_nor_size_is_the_senders_choice() {
    // A list in a list in a list, as the value of an attribute.
    let nested = |depth: usize| {
        let mut value = Vec::new();
        for _ in 0..depth {
            value = within(5, &within(1, &value));
        }
        let attribute = within(7, &[within(1, b"k"), within(2, &value)].concat());
        within(1, &within(2, &within(2, &within(5, &within(1, &attribute)))))
    };
    assert!(otlp_json(&nested(30), MOST).is_ok());
    let refused = Err(Refused::Protobuf("its values nest too deeply"));
    assert_eq!(otlp_json(&nested(40), MOST), refused);
    assert_eq!(otlp_json(&nested(5_000), MOST), refused);
    let many = within(1, &within(2, &within(2, &within(1, &[1; 10_000]))));
    assert_eq!(otlp_json(&many, 20_000), Err(Refused::TooLarge(20_000)), "as text it is six times as long");
    assert!(otlp_json(&many, 61_000).is_ok());
}

#[test]
fn a_status() {
    assert_eq!(rpc_status(3, "no"), b"\x08\x03\x12\x02no");
    let long = rpc_status(16, &"x".repeat(300));
    assert_eq!((&long[..5], long.len()), (b"\x08\x10\x12\xac\x02".as_slice(), 305));
}
