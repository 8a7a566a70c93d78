//! Definitions and contexts that nobody wrote, the same for the same seed.

use serde_json::{Map, Value, json};

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

const TEXTS: [&str; 30] = [
    "",
    "on",
    "off",
    "a",
    "b",
    "abc",
    "ABC",
    "true",
    "0",
    "1",
    "12",
    " 7 ",
    "1e3",
    "-3",
    "0x1f",
    "1.5",
    "1.2.3",
    "v1.2",
    "2.0.0-rc.1",
    "a@x.com",
    "x.com",
    "gold",
    "é",
    "ß😀x",
    "a.b",
    "null",
    "NaN",
    "zz",
    "constructor",
    "10",
];
const KEYS: [&str; 30] = [
    "email",
    "age",
    "tier",
    "tags",
    "nested",
    "nested.a",
    "nested.list",
    "nested.list.0",
    "version",
    "flag",
    "none",
    "zero",
    "list",
    "objects",
    "targetingKey",
    "$flagd.flagKey",
    "$flagd.timestamp",
    "missing",
    "missing.deep",
    "tags.length",
    "email.length",
    "tier.0",
    "tags.1",
    "0",
    "toString",
    "$flagd",
    "score",
    "empty",
    "nested.b.c",
    "a\\.b",
];
const TOPS: [&str; 15] = [
    "email",
    "age",
    "tier",
    "tags",
    "nested",
    "version",
    "flag",
    "none",
    "zero",
    "list",
    "objects",
    "targetingKey",
    "score",
    "empty",
    "0",
];

fn number(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => json!(0),
        1 => json!(1),
        2 => json!(-1),
        3 => json!(1.5),
        4 => json!(-0.25),
        5 => json!(1e21),
        6 => json!(0.1),
        7 => json!(9_007_199_254_740_993_u64),
        8 => json!(1e-7),
        _ => json!(dice.below(60) as i64 - 10),
    }
}

fn plain(dice: &mut Dice) -> Value {
    match dice.below(10) {
        0..=3 => json!(dice.pick(&TEXTS)),
        4..=6 => number(dice),
        7 | 8 => json!(dice.chance(50)),
        _ => Value::Null,
    }
}

/// A value as a context has it.
fn data(dice: &mut Dice, deep: usize) -> Value {
    match dice.below(if deep == 0 { 6 } else { 10 }) {
        0..=5 => plain(dice),
        6 | 7 => (0..dice.below(5)).map(|_| data(dice, deep - 1)).collect(),
        8 => json!({ "a": data(dice, deep - 1), "x": plain(dice) }),
        _ => json!({ "list": [plain(dice), plain(dice)], "b": { "c": plain(dice) }, "a": plain(dice) }),
    }
}

pub fn context(dice: &mut Dice) -> Value {
    let mut made = Map::new();
    for key in TOPS {
        if dice.chance(25) {
            continue;
        }
        let value = if dice.chance(20) {
            data(dice, 2)
        } else {
            match key {
                "email" => json!(dice.pick(&["a@x.com", "b@y.org", "", "ü@x.com"])),
                "age" | "score" | "zero" => number(dice),
                "tags" => (0..dice.below(4)).map(|_| json!(dice.pick(&TEXTS))).collect(),
                "list" => (0..dice.below(5)).map(|_| number(dice)).collect(),
                "objects" => (0..dice.below(4)).map(|_| json!({ "a": plain(dice), "x": number(dice) })).collect(),
                "nested" => json!({ "a": plain(dice), "list": [plain(dice)], "b": { "c": data(dice, 1) } }),
                "version" => json!(dice.pick(&["1.2.3", "v2.0.0", "1", "2.1", "1.0.0-a", "x", "1.2.3+b"])),
                "targetingKey" => json!(format!("user-{}", dice.below(1000))),
                "none" => Value::Null,
                _ => plain(dice),
            }
        };
        made.insert(key.to_owned(), value);
    }
    Value::Object(made)
}

fn operation(name: &str, args: Vec<Value>) -> Value {
    // One argument may stand alone.
    json!({ name: args })
}

fn many(dice: &mut Dice, deep: usize, inside: bool, from: usize, more: usize) -> Vec<Value> {
    (0..from + dice.below(more + 1)).map(|_| rule(dice, deep, inside)).collect()
}

fn read(dice: &mut Dice, deep: usize, inside: bool) -> Value {
    let inner = ["", "a", "x", "accumulator", "current", "../index", "../../tier", "../iterator", "../../../age", "0"];
    let key = if inside && dice.chance(75) { dice.pick(&inner) } else { dice.pick(&KEYS) };
    match dice.below(14) {
        0 => json!({ "var": [key, rule(dice, deep.min(1), inside)] }),
        1 => json!({ "var": [key, plain(dice)] }),
        2 => json!({ "var": [key] }),
        3 => json!({ "val": key }),
        4 => json!({ "val": ["nested", dice.pick(&["a", "b", "list", "zz"])] }),
        5 if inside => json!({ "val": [[dice.below(4)], dice.pick(&["index", "tier", "age"])] }),
        _ => json!({ "var": key }),
    }
}

fn list(dice: &mut Dice, deep: usize, inside: bool) -> Value {
    match dice.below(9) {
        0..=3 => json!({ "var": dice.pick(&["list", "tags", "objects", "nested.list", "missing", "empty"]) }),
        4 | 5 => (0..dice.below(4)).map(|_| plain(dice)).collect(),
        6 => json!({ "merge": many(dice, deep, inside, 0, 3) }),
        7 => (0..dice.below(3)).map(|_| rule(dice, deep, inside)).collect(),
        _ => rule(dice, deep, inside),
    }
}

/// A rule, mostly sensible.
pub fn rule(dice: &mut Dice, deep: usize, inside: bool) -> Value {
    if deep == 0 {
        return if dice.chance(55) { read(dice, 0, inside) } else { plain(dice) };
    }
    let down = deep - 1;
    match dice.below(41) {
        0..=3 => read(dice, down, inside),
        4 | 5 => plain(dice),
        6..=10 => {
            let name = dice.pick(&["<", "<=", ">", ">=", "==", "===", "!=", "!=="]);
            let args = if dice.chance(85) { 2 } else { 1 + dice.below(4) };
            operation(name, (0..args).map(|_| rule(dice, down, inside)).collect())
        }
        11..=13 => {
            let name = dice.pick(&["+", "-", "*", "/", "%"]);
            if dice.chance(15) {
                return json!({ name: list(dice, down, inside) });
            }
            operation(name, many(dice, down, inside, 1, 2))
        }
        14..=16 => operation(dice.pick(&["and", "or"]), many(dice, down, inside, 1, 2)),
        17 | 18 => operation(dice.pick(&["if", "if", "?:"]), many(dice, down, inside, 1, 5)),
        19 => json!({ dice.pick(&["!", "!!", "not"]): rule(dice, down, inside) }),
        20 => operation(dice.pick(&["!", "!!"]), many(dice, down, inside, 1, 1)),
        21 | 22 => operation("cat", many(dice, down, inside, 1, 2)),
        23 => json!({ "cat": rule(dice, down, inside) }),
        24 => {
            let mut args = vec![rule(dice, down.min(1), inside), number(dice)];
            if dice.chance(60) {
                args.push(json!(dice.below(9) as i64 - 4));
            }
            operation("substr", args)
        }
        25 | 26 => json!({ "in": [rule(dice, down, inside), list(dice, down, inside)] }),
        27..=30 => {
            let name = dice.pick(&["map", "filter", "some", "all", "none", "every"]);
            json!({ name: [list(dice, down, inside), rule(dice, down, true)] })
        }
        31 => {
            let pair = json!([{ "var": "accumulator" }, { "var": "current" }]);
            let with = if dice.chance(60) {
                json!({ dice.pick(&["+", "*", "cat", "max"]): pair })
            } else {
                rule(dice, down, true)
            };
            let mut args = vec![list(dice, down, inside), with];
            if dice.chance(75) {
                args.push(plain(dice));
            }
            operation("reduce", args)
        }
        32 => match dice.below(4) {
            0 => json!({ "missing": dice.pick(&KEYS) }),
            1 => json!({ "missing_some": [dice.below(3), [dice.pick(&KEYS), dice.pick(&KEYS), dice.pick(&KEYS)]] }),
            2 => json!({ "missing": [dice.pick(&KEYS), dice.pick(&KEYS)] }),
            _ => json!({ "missing": { "merge": [[dice.pick(&KEYS)], dice.pick(&KEYS)] } }),
        },
        33 | 34 => {
            let name = dice.pick(&["starts_with", "ends_with"]);
            json!({ name: [read(dice, down, inside), rule(dice, 0, inside)] })
        }
        35 => {
            let by = dice.pick(&["=", "!=", "<", "<=", ">", ">=", "^", "~", "x"]);
            let version = dice.pick(&["1.2.3", "1", "v1.2", "2.0.0-rc.1", "1.0.0-a.1", "0.0.1", " 1.2.3 ", "01.2"]);
            json!({ "sem_ver": [{ "var": "version" }, by, version] })
        }
        36 | 37 => fractional(dice, down, inside),
        38 => operation(dice.pick(&["min", "max"]), many(dice, down, inside, 1, 2)),
        39 => match dice.below(8) {
            0 => json!({ "length": rule(dice, down, inside) }),
            1 => json!({ "exists": dice.pick(&["age", "nested", "missing"]) }),
            2 => operation("??", many(dice, down, inside, 1, 2)),
            3 => operation("try", many(dice, down, inside, 1, 2)),
            4 => json!({ "get": [rule(dice, down, inside), dice.pick(&["a", "b.c", "0", "length", ""]), plain(dice)] }),
            5 => json!({ "keys": [{ "var": "nested" }] }),
            6 => operation("pipe", vec![rule(dice, down, inside), rule(dice, down, true)]),
            _ => json!({ "cat": { "eachKey": { "p": rule(dice, down, inside) } } }),
        },
        _ => match dice.below(6) {
            0 => json!({ "nothing_known": [1] }),
            1 => json!({ "+": [1, 2], "-": [1] }),
            2 => json!({}),
            3 => json!({ "throw": rule(dice, 0, inside) }),
            4 => json!({ "preserve": data(dice, 1) }),
            _ => (0..dice.below(3)).map(|_| rule(dice, down, inside)).collect(),
        },
    }
}

fn fractional(dice: &mut Dice, deep: usize, inside: bool) -> Value {
    let mut args = Vec::new();
    match dice.below(5) {
        0 => args.push(json!({ "var": "email" })),
        1 => args.push(json!({ "cat": [{ "var": "$flagd.flagKey" }, { "var": "email" }] })),
        2 => args.push(rule(dice, deep.min(1), inside)),
        _ => {}
    }
    for _ in 0..1 + dice.below(4) {
        let variant =
            if dice.chance(85) { json!(dice.pick(&["on", "off", "a", "b"])) } else { rule(dice, deep.min(1), inside) };
        args.push(match dice.below(8) {
            0 => json!([variant]),
            1 => json!([variant, rule(dice, deep.min(1), inside)]),
            2 => json!([variant, dice.below(2_000_000_000)]),
            _ => json!([variant, dice.below(100) as i64 - 4]),
        });
    }
    json!({ "fractional": args })
}

fn targeting(dice: &mut Dice) -> Value {
    let deep = 1 + dice.below(4);
    match dice.below(10) {
        0..=3 => {
            let mut arms = Vec::new();
            for _ in 0..1 + dice.below(4) {
                arms.push(rule(dice, deep, false));
                arms.push(json!(dice.pick(&["on", "off", "a", "b", "gone"])));
            }
            if dice.chance(70) {
                arms.push(json!(dice.pick(&["on", "off", "b"])));
            }
            json!({ "if": arms })
        }
        4 => fractional(dice, 1, false),
        5 => json!({ "if": [{ "$ref": "shared" }, "on", { "$ref": dice.pick(&["other", "nobody"]) }] }),
        // What it comes to is in the error.
        _ => rule(dice, deep, false),
    }
}

fn flag(dice: &mut Dice) -> Value {
    let variants = match dice.below(5) {
        0 => json!({ "on": true, "off": false, "a": null, "b": [1, 2.50], "true": "yes" }),
        1 => json!({ "on": "x", "off": "", "a": "ä", "b": "B", "1": "one" }),
        2 => json!({ "on": 1, "off": 0, "a": -0.5, "b": 1e21, "false": 9_007_199_254_740_993_u64 }),
        3 => json!({ "on": { "deep": [1, { "x": null }] }, "off": {}, "a": [], "b": 3 }),
        _ => json!({ "on": true, "off": false, "a": 1, "b": "b", "true": true, "false": false, "[object Object]": 5 }),
    };
    let mut made = Map::new();
    made.insert("variants".into(), variants);
    made.insert("state".into(), json!(if dice.chance(93) { "ENABLED" } else { "DISABLED" }));
    match dice.below(20) {
        0 => {}
        1 => {
            made.insert("defaultVariant".into(), Value::Null);
        }
        2 => {
            made.insert("defaultVariant".into(), json!(""));
        }
        _ => {
            made.insert("defaultVariant".into(), json!(dice.pick(&["on", "off", "a", "b"])));
        }
    }
    if dice.chance(30) {
        made.insert("metadata".into(), json!({ "owner": dice.pick(&TEXTS), "weight": number(dice) }));
    }
    if dice.chance(92) {
        made.insert("targeting".into(), targeting(dice));
    }
    if dice.chance(1) {
        made.insert("state".into(), dice.pick(&[json!("on"), Value::Null, json!(true)]));
    }
    if dice.chance(1) {
        made.insert("defaultVariant".into(), dice.pick(&[json!("nobody"), json!(1), json!(true)]));
    }
    if dice.chance(1) {
        made.remove("variants");
    }
    Value::Object(made)
}

/// A case as the reference is asked: definitions, context, time, keys, expected type.
pub fn case(dice: &mut Dice) -> Value {
    let mut flags = Map::new();
    for at in 0..1 + usize::from(dice.chance(15)) {
        flags.insert(format!("{}{at}", dice.pick(&["flag", "f-", "ü"])), flag(dice));
    }
    let mut keys: Vec<String> = flags.keys().cloned().collect();
    if dice.chance(5) {
        keys.push("not there".to_owned());
    }
    let mut all = json!({ "flags": flags });
    if all.to_string().contains("$ref") {
        all["$evaluators"] = json!({ "other": rule(dice, 1, false), "shared": rule(dice, 2, false) });
        if dice.chance(30) {
            all["$evaluators"]["aside"] = json!({ "!": { "$ref": "other" } });
        }
    }
    if dice.chance(25) {
        all["metadata"] = json!({ "set": dice.pick(&TEXTS), "weight": 7 });
    }
    json!({
        "d": all.to_string(),
        "c": context(dice),
        "n": 1_700_000_000 + dice.below(100_000_000),
        "k": keys,
        "t": dice.pick(&["boolean", "string", "number", "object"]),
    })
}
