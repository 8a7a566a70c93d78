//! The operators by name, and those that get their arguments evaluated.
//!
//! Must not know: flags, how an expression is compiled.

use std::sync::Arc;

use super::{
    bucket,
    value::{Outcome, Text, Thrown, V, error, invalid, not_a_number},
};

macro_rules! operators {
    ($($op:ident $($name:literal)+;)+) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Op { $($op),+ }

        impl Op {
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($($name)|+ => Some(Self::$op),)+
                    _ => None,
                }
            }

            /// Every name there is.
            pub const NAMES: &'static [&'static str] = &[$($($name),+),+];
        }
    };
}

operators! {
    Add "+"; Mul "*"; Div "/"; Sub "-"; Mod "%";
    Max "max"; Min "min"; Throw "throw"; In "in"; Preserve "preserve";
    If "if" "?:";
    Less "<"; LessEq "<="; More ">"; MoreEq ">="; Eq "=="; Is "==="; Ne "!="; IsNot "!==";
    Or "or"; And "and"; Coalesce "??"; Try "try";
    Substr "substr"; Length "length"; Exists "exists"; Val "val";
    Map "map"; Some "some"; All "all" "every"; None "none"; Filter "filter"; Reduce "reduce";
    Merge "merge"; Not "!" "not"; Bool "!!"; Cat "cat"; Keys "keys"; Pipe "pipe"; EachKey "eachKey";
    Get "get"; Var "var"; Missing "missing"; MissingSome "missing_some";
    StartsWith "starts_with"; EndsWith "ends_with"; SemVer "sem_ver"; Fractional "fractional";
}

impl Op {
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Less | Self::LessEq | Self::More | Self::MoreEq | Self::Eq | Self::Is | Self::Ne | Self::IsNot
        )
    }

    pub fn is_strict(self) -> bool {
        matches!(self, Self::Is | Self::IsNot)
    }

    /// Gets its arguments as they are written.
    pub fn is_lazy(self) -> bool {
        self.is_comparison()
            || matches!(
                self,
                Self::Preserve
                    | Self::If
                    | Self::Or
                    | Self::And
                    | Self::Coalesce
                    | Self::Try
                    | Self::Length
                    | Self::Map
                    | Self::Some
                    | Self::All
                    | Self::None
                    | Self::Filter
                    | Self::Reduce
                    | Self::Pipe
                    | Self::EachKey
            )
    }

    /// Takes its only argument without a list around it.
    pub fn is_unary(self) -> bool {
        matches!(self, Self::Add | Self::Sub | Self::Not | Self::Bool | Self::Cat | Self::Throw | Self::Var | Self::Val)
    }

    pub fn compare(self, one: &V<'_>, two: &V<'_>) -> bool {
        match self {
            Self::Eq => one.equals(two),
            Self::Ne => !one.equals(two),
            Self::Is => one.is(two),
            Self::IsNot => !one.is(two),
            Self::Less => one.order(two).is_some_and(|order| order.is_lt()),
            Self::LessEq => one.order(two).is_some_and(|order| order.is_le()),
            Self::More => one.order(two).is_some_and(|order| order.is_gt()),
            _ => one.order(two).is_some_and(|order| order.is_ge()),
        }
    }
}

/// Refuses what arithmetic does not take.
pub fn precoerced<'a>(value: V<'a>) -> Outcome<'a> {
    match value {
        V::Num(number) if number.is_nan() => not_a_number(),
        value if value.is_object() => not_a_number(),
        value => Ok(value),
    }
}

/// The number of a value that arithmetic takes.
pub fn arithmetic<'a>(value: V<'a>) -> Result<f64, Box<Thrown<'a>>> {
    Ok(precoerced(value)?.to_number())
}

/// An own, nullish value or a text.
fn textual(value: &V<'_>) -> bool {
    matches!(value, V::Str(_) | V::Null)
}

/// A comparison by value, after the checks of the interpreter.
pub fn compared<'a>(op: Op, one: &V<'a>, two: &V<'a>) -> Result<bool, Box<Thrown<'a>>> {
    if op.is_strict() || (textual(one) && textual(two)) {
        return Ok(op.compare(one, two));
    }
    let left = arithmetic(one.clone())?;
    if left.is_nan() {
        return not_a_number();
    }
    let right = arithmetic(two.clone())?;
    if right.is_nan() && !matches!(one, V::Null) {
        return not_a_number();
    }
    Ok(op.compare(&V::Num(left), &V::Num(right)))
}

/// The right side of a compiled comparison, checked against what was seen last.
pub fn checked<'a>(op: Op, item: V<'a>, last: &V<'a>) -> Outcome<'a> {
    if op.is_strict() || (textual(&item) && textual(last)) {
        return Ok(item);
    }
    let null = matches!(last, V::Null);
    if arithmetic(item.clone())?.is_nan() && !null {
        return not_a_number();
    }
    if arithmetic(last.clone())?.is_nan() {
        return not_a_number();
    }
    Ok(match item {
        item if null && !item.holds() => V::Null,
        V::Null if !last.holds() => V::Num(0.0),
        item => item,
    })
}

/// A list of lists or maps would let an accumulator grow without end.
pub fn shallow<'a>(value: V<'a>) -> Outcome<'a> {
    let deep = if value.is_list() {
        value.items().any(|item| item.is_object())
    } else if value.is_object() {
        value.own_keys().iter().any(|key| value.own(key).is_some_and(|item| item.is_object()))
    } else {
        false
    };
    if deep { Err(Box::new(Thrown::Kind("Exceeded Allowed Depth", None))) } else { Ok(value) }
}

/// Cuts a path at its dots; `\` keeps a dot.
pub fn path(text: &str) -> Vec<Arc<str>> {
    let mut parts: Vec<Arc<str>> = Vec::new();
    let mut current = String::new();
    let mut chars = text.chars().peekable();
    while let Some(one) = chars.next() {
        match one {
            '\\' => match chars.peek() {
                Some(&next @ ('.' | '/' | '\\')) => {
                    current.push(next);
                    chars.next();
                }
                _ => current.push('\\'),
            },
            '.' => parts.push(std::mem::take(&mut current).into()),
            other => current.push(other),
        }
    }
    if parts.len() != text.encode_utf16().count() {
        parts.push(current.into());
    }
    parts
}

/// An operator with its evaluated argument: mostly a list.
pub fn call<'a>(op: Op, data: V<'a>, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
    match op {
        Op::Add | Op::Sub if !data.is_list() => {
            if !data.holds() {
                return Ok(V::Num(0.0));
            }
            let number = arithmetic(data)?;
            if number.is_nan() { not_a_number() } else { Ok(V::Num(if op == Op::Add { number } else { -number })) }
        }
        Op::Add | Op::Mul | Op::Div | Op::Sub | Op::Mod => calculated(op, &data),
        Op::Max | Op::Min => {
            let mut best = None;
            for item in data.items() {
                let V::Num(number) = item else { return invalid() };
                if best.is_none_or(|best| if op == Op::Max { number > best } else { number < best }) {
                    best = Some(number);
                }
            }
            best.map_or_else(invalid, |best| Ok(V::Num(best)))
        }
        Op::Throw => {
            let kind = if data.is_list() { data.item(0) } else { data };
            if kind.is_object() || matches!(kind, V::Null) {
                return Err(Box::new(Thrown::Value(kind)));
            }
            Err(Box::new(Thrown::Value(V::map(vec![("type".into(), kind)]))))
        }
        Op::In => includes(&data.item(1), &data.item(0)),
        Op::Substr => substr(&data.item(0), &data.item(1), &data.item(2)),
        Op::Merge => {
            let mut merged = Vec::new();
            for item in data.coerced().items() {
                if item.is_list() { merged.extend(item.items()) } else { merged.push(item) }
            }
            Ok(V::list(merged))
        }
        Op::Not | Op::Bool => {
            let first = if data.is_list() { data.item(0) } else { data };
            Ok(V::Bool(first.truthy() == (op == Op::Bool)))
        }
        Op::Cat => {
            if data.is_nullish() {
                return error("Cannot read properties of null (reading 'toString')");
            }
            if !data.is_list() {
                return Ok(V::Str(data.print()));
            }
            let mut text = V::Str(Text::Of(""));
            for item in data.items().filter(|item| !item.is_nullish()) {
                text = text.plus(&item)?;
            }
            Ok(text)
        }
        Op::Keys => match data.item(0) {
            V::Null => error("Cannot convert undefined or null to object"),
            map if map.is_object() => {
                Ok(V::list(map.own_keys().into_iter().map(|key| V::Str(Text::Own(key))).collect()))
            }
            _ => Ok(V::list(Vec::new())),
        },
        Op::Get => got(&data),
        Op::Var => variable(data, context, above),
        Op::Val => valued(data, context, above, false),
        Op::Exists => valued(data, context, above, true).map(|found| V::Bool(!matches!(found, V::Undefined))),
        Op::Missing => missing(&data, context),
        Op::MissingSome => {
            let (need, options) = (data.item(0), data.item(1));
            let missing = missing(&options, context)?;
            let there = options.get("length")?.to_number() - missing.count().unwrap_or(0) as f64;
            Ok(if Op::MoreEq.compare(&V::Num(there), &need) { V::list(Vec::new()) } else { missing })
        }
        Op::StartsWith | Op::EndsWith => bucket::starts_or_ends(&data, context, op == Op::StartsWith),
        Op::SemVer => bucket::sem_ver(&data, context),
        Op::Fractional => bucket::fractional(&data, context),
        _ => invalid(),
    }
}

fn calculated<'a>(op: Op, data: &V<'a>) -> Outcome<'a> {
    let refused = |item: &V<'_>| item.is_object();
    let count = data.count().unwrap_or(0);
    let first = data.item(0);
    if op != Op::Add && op != Op::Mul {
        if refused(&first) {
            return not_a_number();
        }
        if count == 0 || (op == Op::Mod && count < 2) {
            return invalid();
        }
        let number = first.to_number();
        match op {
            Op::Div if count == 1 => {
                return if number == 0.0 || number.is_nan() { not_a_number() } else { Ok(V::Num(1.0 / number)) };
            }
            Op::Sub if count == 1 => return Ok(V::Num(-number)),
            _ => {}
        }
    }
    let (mut result, from) = match op {
        Op::Add => (0.0, 0),
        Op::Mul => (1.0, 0),
        _ => (first.to_number(), 1),
    };
    for at in from..count {
        let item = data.item(at);
        if refused(&item) || (op == Op::Div && !item.holds()) {
            return not_a_number();
        }
        let number = item.to_number();
        match op {
            Op::Add => result += number,
            Op::Mul => result *= number,
            Op::Div => result /= number,
            Op::Sub => result -= number,
            _ => result %= number,
        }
    }
    if result.is_nan() || (op == Op::Div && result == f64::INFINITY) { not_a_number() } else { Ok(V::Num(result)) }
}

pub fn includes<'a>(list: &V<'a>, item: &V<'a>) -> Outcome<'a> {
    match list {
        list if !list.holds() => Ok(V::Bool(false)),
        V::Str(text) => Ok(V::Bool(text.contains(&*item.print()))),
        list if list.is_list() => Ok(V::Bool(list.items().any(|one| one.same(item)))),
        _ => error("includes is not a function"),
    }
}

/// `substr` of JavaScript on UTF-16 units; a negative length takes from the end.
fn substr<'a>(text: &V<'a>, from: &V<'a>, count: &V<'a>) -> Outcome<'a> {
    let V::Str(text) = text else { return error("string.substr is not a function") };
    let units: Vec<u16> = text.encode_utf16().collect();
    let cut = |units: &[u16], from: f64, count: Option<f64>| -> Vec<u16> {
        let whole = |number: f64| if number.is_nan() { 0.0 } else { number.trunc() };
        let size = units.len() as f64;
        let from = whole(from);
        let start = if from < 0.0 { (size + from).max(0.0) } else { from.min(size) };
        let count = count.map_or(size, whole).clamp(0.0, size - start);
        units[start as usize..(start + count) as usize].to_vec()
    };
    let from = from.to_number();
    let part = if Op::Less.compare(count, &V::Num(0.0)) {
        let rest = cut(&units, from, None);
        let kept = rest.len() as f64 + count.to_number();
        cut(&rest, 0.0, Some(kept))
    } else if matches!(count, V::Undefined) {
        cut(&units, from, None)
    } else {
        cut(&units, from, Some(count.to_number()))
    };
    Ok(V::text(&String::from_utf16_lossy(&part)))
}

fn got<'a>(data: &V<'a>) -> Outcome<'a> {
    let key = data.item(1).print();
    let or = match data.item(2) {
        V::Undefined => V::Null,
        or => or,
    };
    let mut found = data.item(0);
    for part in path(&key) {
        if found.is_nullish() {
            return Ok(or);
        }
        found = found.get(&part)?;
        if matches!(found, V::Undefined) {
            return Ok(or);
        }
    }
    Ok(if matches!(found.get(&key)?, V::Function) { V::Null } else { found })
}

fn not_function(value: V<'_>) -> V<'_> {
    if matches!(value, V::Function) { V::Null } else { value }
}

fn variable<'a>(data: V<'a>, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
    let (key, or) = if data.is_list() { (data.item(0), data.item(1)) } else { (data, V::Undefined) };
    let or = if matches!(or, V::Undefined) { V::Null } else { or };
    let (mut context, mut above) = (context.clone(), above.clone());
    let mut key = key;
    let mut at = 0;
    while let Some(rest) = key.as_text().and_then(|text| text.strip_prefix("../")).map(V::text) {
        let count = match above.count() {
            Some(count) => count,
            None => return error("Cannot read properties of null (reading 'length')"),
        };
        if at >= count {
            break;
        }
        context = above.item(at);
        at += 1;
        key = rest;
        if at == count && context.is_list() {
            above = context;
            context = above.item(0);
            at = 1;
        }
    }
    if key.is_nullish() || key.as_text() == Some("") {
        return Ok(not_function(context));
    }
    for part in path(&key.print()) {
        if context.is_nullish() {
            return Ok(or);
        }
        context = context.get(&part)?;
        if matches!(context, V::Undefined) {
            return Ok(or);
        }
    }
    Ok(not_function(context))
}

/// `key in value`; an error where the value is nothing that has keys.
fn has<'a>(value: &V<'a>, key: &V<'a>) -> Result<bool, Box<Thrown<'a>>> {
    if !value.holds() {
        return Ok(false);
    }
    if !value.is_object() {
        return error("Cannot use 'in' operator");
    }
    Ok(!matches!(value.at(key)?, V::Undefined))
}

/// `val` and `exists`; what is not found is undefined for the latter.
fn valued<'a>(data: V<'a>, context: &V<'a>, above: &V<'a>, exists: bool) -> Outcome<'a> {
    let unfound = if exists { V::Undefined } else { V::Null };
    let data = match data.count() {
        Some(1) if !data.item(0).is_list() => data.item(0),
        _ => data,
    };
    if !data.is_list() {
        if exists && !has(context, &data)? {
            return Ok(unfound);
        }
        if context.is_nullish() {
            return Ok(V::Null);
        }
        return Ok(match context.at(&data)? {
            V::Undefined => V::Null,
            found => found,
        });
    }
    let mut found = context.clone();
    let mut from = 0;
    let first = data.item(0);
    if first.count() == Some(1) {
        from = 1;
        let climb = first.item(0).to_number().abs();
        let mut above = above.clone();
        let (mut at, mut step) = (0, 0);
        while f64::from(step) < climb && step < 10_000 {
            if above.is_nullish() {
                return error("Cannot read properties of undefined");
            }
            found = above.item(at);
            at += 1;
            if step as usize + 1 == above.count().unwrap_or(0) && found.is_list() {
                above = found;
                found = above.item(0);
                at = 1;
            }
            step += 1;
        }
    }
    for key in data.items().skip(from) {
        if exists && !has(&found, &key)? {
            return Ok(unfound);
        }
        if found.is_nullish() {
            return Ok(V::Null);
        }
        found = found.at(&key)?;
    }
    Ok(if matches!(found, V::Undefined | V::Function) { unfound } else { found })
}

/// Which of the paths lead nowhere.
pub fn missing<'a>(paths: &V<'a>, context: &V<'a>) -> Outcome<'a> {
    if paths.is_nullish() {
        return error("Cannot read properties of undefined (reading 'length')");
    }
    let paths: Vec<V<'_>> = match paths {
        V::Str(_) => paths.own_keys().iter().map(|key| paths.own(key).unwrap_or(V::Undefined)).collect(),
        list => list.items().collect(),
    };
    let mut missing = Vec::new();
    'paths: for one in paths {
        let mut found = context.clone();
        for part in path(&one.print()) {
            if !found.holds() {
                missing.push(one);
                continue 'paths;
            }
            found = found.get(&part)?;
            if matches!(found, V::Undefined) {
                missing.push(one);
                continue 'paths;
            }
        }
    }
    Ok(V::list(missing))
}
