//! How fast: only in release, where it is asked for (`--ignored`).

use std::{hint::black_box, time::Instant};

use backout_flags::Definitions;
use serde_json::json;

#[test]
#[ignore = "measures; in release: cargo test --release -p backout-flags -- --ignored --nocapture"]
fn evaluations_a_second() {
    let text = json!({ "flags": {
        "fixed": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" },
        "rule": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off", "targeting": {
            "if": [{ "and": [{ "ends_with": [{ "var": "email" }, "@x.com"] }, { ">=": [{ "var": "age" }, 18] }] },
                { "fractional": [["on", 25], ["off", 75]] }, "off"]
        } }
    } });
    let read = Definitions::parse(&text.to_string()).expect("it is right");
    let context = json!({ "email": "somebody@x.com", "age": 33, "targetingKey": "user-1", "tier": "gold" });
    for (key, least) in [("fixed", 5e6), ("rule", 5e5)] {
        let begun = Instant::now();
        let count = 2_000_000;
        for _ in 0..count {
            black_box(read.evaluate(black_box(key), black_box(&context), 1_700_000_000));
        }
        let rate = f64::from(count) / begun.elapsed().as_secs_f64();
        println!("{key}: {rate:.0} a second");
        assert!(rate > least, "{key}: {rate:.0} a second");
    }
}
