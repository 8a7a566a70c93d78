//! What flagd adds to JSONLogic: `fractional`, `sem_ver`, `starts_with`, `ends_with`.
//!
//! Must not know: definitions, how an expression is compiled.

use std::cmp::Ordering;

use super::{
    number,
    value::{Outcome, V, error},
};

/// They need flagd's own context: an item of a list is none.
fn top<'a, 'v>(context: &'v V<'a>) -> Result<&'v V<'a>, Box<super::value::Thrown<'a>>> {
    if matches!(context, V::Top(_)) { Ok(context) } else { error("Logger not found in context") }
}

pub fn starts_or_ends<'a>(data: &V<'a>, context: &V<'a>, starts: bool) -> Outcome<'a> {
    top(context)?;
    let (text, part) = (data.item(0), data.item(1));
    Ok(match (data.count(), text.as_text(), part.as_text()) {
        (Some(2), Some(text), Some(part)) => {
            V::Bool(if starts { text.starts_with(part) } else { text.ends_with(part) })
        }
        _ => V::Null,
    })
}

/// MurmurHash3, 32 bits, over UTF-16 units as the JavaScript original takes them: a unit above
/// 255 runs into its neighbours, and a negative rest is left out.
pub fn murmur(parts: &[&str]) -> u32 {
    fn mixed(one: u32) -> u32 {
        one.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
    }
    let (mut hash, mut length) = (0_u32, 0_u32);
    let mut four = [0_u32; 4];
    for unit in parts.iter().flat_map(|part| part.encode_utf16()) {
        four[(length % 4) as usize] = u32::from(unit);
        length += 1;
        if length % 4 == 0 {
            let [a, b, c, d] = four;
            let block = a ^ (b << 8) ^ (c << 16) ^ ((d & 0xff) << 24) ^ ((d & 0xff00) >> 8);
            hash = (hash ^ mixed(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
        }
    }
    let rest = (0..length % 4).fold(0, |rest, at| rest ^ (four[at as usize] << (8 * at)));
    if rest as i32 > 0 {
        hash ^= mixed(rest);
    }
    hash ^= length;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// Which share a text falls into: the hash spread over the whole weight, in whole numbers.
pub fn fractional<'a>(data: &V<'a>, context: &V<'a>) -> Outcome<'a> {
    let V::Top(given) = top(context)? else { return Ok(V::Null) };
    let Some(count @ 1..) = data.count() else { return Ok(V::Null) };
    let first = data.item(0);
    let (hash, from) = if let Some(by) = first.as_text() {
        (murmur(&[by]), 1)
    } else {
        let key = context.own("targetingKey").unwrap_or(V::Undefined);
        if !key.holds() {
            return Ok(V::Null);
        }
        (murmur(&[given.flag, &key.print()]), 0)
    };
    let mut total = 0.0;
    for at in from..count {
        match weight(&data.item(at)) {
            Some(weight) => total += weight,
            None => return Ok(V::Null),
        }
    }
    if total > f64::from(i32::MAX) {
        return Ok(V::Null);
    }
    let place = (u64::from(hash) * total as u64) >> 32;
    let mut sum = 0;
    for at in from..count {
        let share = data.item(at);
        sum += weight(&share).unwrap_or(0.0) as u64;
        if sum > place {
            let variant = share.item(0);
            return Ok(if variant.is_nullish() { V::Null } else { variant });
        }
    }
    Ok(V::Null)
}

/// The weight of one share, if it is one.
fn weight(share: &V<'_>) -> Option<f64> {
    let count @ 1..=2 = share.count()? else { return None };
    let variant = share.item(0);
    if variant.is_object() || matches!(variant, V::Function) {
        return None;
    }
    if count == 1 {
        return Some(1.0);
    }
    match share.item(1) {
        // Computed weights may fall below nothing.
        V::Num(weight) if weight.is_finite() && weight.fract() == 0.0 => Some(weight.max(0.0)),
        _ => None,
    }
}

#[derive(PartialEq, Eq, Debug)]
struct Version<'a> {
    main: [u64; 3],
    pre: Vec<&'a str>,
}

const LARGEST: u64 = (1 << 53) - 1;

fn component(text: &str) -> Option<u64> {
    let whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !whole || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok().filter(|number| *number <= LARGEST)
}

fn strict(text: &str) -> Option<Version<'_>> {
    if text.encode_utf16().count() > 256 {
        return None;
    }
    let text = text.trim_matches(number::is_blank);
    let text = text.strip_prefix('v').unwrap_or(text);
    let named = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    if build.is_some_and(|build| !build.split('.').all(named)) {
        return None;
    }
    let (main, pre) = text.split_once('-').map_or((text, None), |(main, pre)| (main, Some(pre)));
    let pre: Vec<&str> = pre.map(|pre| pre.split('.').collect()).unwrap_or_default();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !pre.iter().all(|part| named(part) && !(digits(part) && part.len() > 1 && part.starts_with('0'))) {
        return None;
    }
    let mut parts = main.split('.');
    let main = [component(parts.next()?)?, component(parts.next()?)?, component(parts.next()?)?];
    parts.next().is_none().then_some(Version { main, pre })
}

/// A version, whole or only its first one or two numbers.
fn version(text: &str) -> Option<Version<'_>> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if let Some(version) = strict(text) {
        return Some(version);
    }
    let (major, minor) = text.split_once('.').map_or((text, None), |(major, minor)| (major, Some(minor)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(major) || !minor.is_none_or(digits) {
        return None;
    }
    // No number has more than 16 digits: what is longer is passed over.
    let (major, minor) = match (major.len() <= 16, minor) {
        (true, Some(minor)) if minor.len() <= 16 => (major, minor),
        (true, _) => (major, "0"),
        (false, Some(minor)) if minor.len() <= 16 => (minor, "0"),
        (false, _) => return None,
    };
    Some(Version { main: [component(major)?, component(minor)?, 0], pre: Vec::new() })
}

fn order(one: &Version<'_>, two: &Version<'_>) -> Ordering {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    one.main.cmp(&two.main).then_with(|| match (one.pre.is_empty(), two.pre.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            for (a, b) in one.pre.iter().zip(&two.pre) {
                let order = match (digits(a), digits(b)) {
                    (true, true) => number::read(a).total_cmp(&number::read(b)),
                    (true, false) => Ordering::Less,
                    (false, true) => Ordering::Greater,
                    (false, false) => a.cmp(b),
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
            one.pre.len().cmp(&two.pre.len())
        }
    })
}

pub fn sem_ver<'a>(data: &V<'a>, context: &V<'a>) -> Outcome<'a> {
    top(context)?;
    if data.count() != Some(3) {
        return Ok(V::Null);
    }
    let (one, by, two) = (data.item(0).print(), data.item(1).print(), data.item(2).print());
    let (Some(one), Some(two)) = (version(&one), version(&two)) else { return Ok(V::Null) };
    let order = order(&one, &two);
    Ok(V::Bool(match &*by {
        "=" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        ">" => order.is_gt(),
        "^" => one.main[0] == two.main[0],
        "~" => one.main[..2] == two.main[..2],
        _ => return Ok(V::Null),
    }))
}

#[cfg(test)]
mod tests {
    use super::{murmur, order, version};
    use std::cmp::Ordering;

    #[test]
    fn the_hash_is_murmur3() {
        // The published vectors of the algorithm with seed 0.
        for (text, hash) in [("", 0), ("a", 0x3c25_69b2), ("test", 0xba6b_d213), ("Hello, world!", 0xc036_3e43)] {
            assert_eq!(murmur(&[text]), hash, "{text}");
        }
        assert_eq!(murmur(&["flag", "user-1"]), murmur(&["flaguser-1"]));
    }

    #[test]
    fn versions_are_ordered() {
        let cases = [
            ("1.0.0", "v1", Ordering::Equal),
            ("1.2", "1.10.0", Ordering::Less),
            ("1.0.0-alpha", "1.0.0", Ordering::Less),
            ("1.0.0-2", "1.0.0-10", Ordering::Less),
            ("1.0.0-a.b", "1.0.0-a", Ordering::Greater),
            ("1.0.0+build", "1.0.0", Ordering::Equal),
        ];
        for (one, two, expected) in cases {
            let got = version(one).zip(version(two)).map(|(one, two)| order(&one, &two));
            assert_eq!(got, Some(expected), "{one} {two}");
        }
        for text in ["", "1.2.3.4", "01.2.3", "1.0.0-01", "abc", "1.", "9007199254740993.0.0"] {
            assert_eq!(version(text), None, "{text}");
        }
    }
}
