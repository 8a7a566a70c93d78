//! Printed definitions that would re-parse into something that prints differently, put right.
//!
//! `pg_get_…def` is not a fixed point in two families of expressions. A cast of an array constructor
//! moves into its elements: `(ARRAY['a'::character varying])::text[]` comes back as
//! `ARRAY[('a'::character varying)::text]`; naming the array's own type keeps it in place. A
//! parenthesised AND or OR on the left of another is flattened into it; a cast to boolean, which
//! leaves no trace of its own, keeps it apart. Both were found by experiment on PostgreSQL 15.

use crate::rename::Tokens;

/// Rewrites a printed expression or definition so that creating it prints the same again.
pub fn repair(text: &str) -> String {
    let tokens: Vec<&str> = Tokens(text).collect();
    let closing = brackets(&tokens);
    let mut insert: Vec<(usize, String)> = Vec::new();
    for (open, close) in closing.iter().enumerate().filter_map(|(i, c)| c.map(|c| (i, c))) {
        match tokens[open] {
            "(" => {
                if let Some(cast) = array_cast(&tokens, open, close) {
                    insert.push((close, format!("::{cast}[]")));
                } else if is_left_operand(&tokens, open, close) && has_connective(&tokens, open, close, &closing) {
                    insert.push((close + 1, "::boolean".to_owned()));
                }
            }
            _ => continue,
        }
    }
    insert.sort_by_key(|(at, _)| *at);
    let mut out = String::with_capacity(text.len() + 16 * insert.len());
    let mut pending = insert.into_iter().peekable();
    for (i, token) in tokens.iter().enumerate() {
        while let Some((_, piece)) = pending.next_if(|(at, _)| *at == i) {
            out.push_str(&piece);
        }
        out.push_str(token);
    }
    for (_, piece) in pending {
        out.push_str(&piece);
    }
    out
}

/// For each opening bracket the position of its partner.
fn brackets(tokens: &[&str]) -> Vec<Option<usize>> {
    let mut partner = vec![None; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match *token {
            "(" | "[" => open.push(i),
            ")" | "]" => {
                if let Some(start) = open.pop() {
                    partner[start] = Some(i);
                }
            }
            _ => {}
        }
    }
    partner
}

/// `(ARRAY[… ::T, … ::T])::other[]`: T, where every element carries the same cast.
fn array_cast(tokens: &[&str], open: usize, close: usize) -> Option<String> {
    if tokens.get(open + 1)? != &"ARRAY" || tokens.get(open + 2)? != &"[" {
        return None;
    }
    if tokens.get(close + 1..close + 3)? != [":", ":"] || tokens.get(close - 1)? != &"]" {
        return None;
    }
    let inner = &tokens[open + 3..close - 1];
    let mut casts: Vec<String> = Vec::new();
    let mut depth = 0;
    let mut element: Vec<&str> = Vec::new();
    for token in inner.iter().chain([&","]) {
        match *token {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        if *token == "," && depth == 0 {
            let text = element.concat();
            let cast = match text.rsplit_once("::") {
                Some((_, cast)) => cast.trim(),
                None => type_of_literal(text.trim())?,
            };
            // A cast inside brackets is the element's own business.
            if cast.contains(')') && !cast.contains('(') {
                return None;
            }
            casts.push(cast.to_owned());
            element.clear();
        } else {
            element.push(token);
        }
    }
    let first = casts.first()?.clone();
    casts.iter().all(|c| *c == first).then_some(first)
}

/// The type of a literal that is printed without one.
fn type_of_literal(text: &str) -> Option<&'static str> {
    let number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match text {
        "true" | "false" => Some("boolean"),
        _ if !number => None,
        _ if text.parse::<i32>().is_ok() => Some("integer"),
        _ if text.parse::<i64>().is_ok() => Some("bigint"),
        _ => Some("numeric"),
    }
}

/// Followed, on the same level, by AND or OR: that is where the parser flattens.
fn is_left_operand(tokens: &[&str], open: usize, close: usize) -> bool {
    let next = tokens[close + 1..].iter().find(|t| !t.trim().is_empty());
    let previous = tokens[..open].iter().rev().find(|t| !t.trim().is_empty());
    matches!(next, Some(&("AND" | "OR")))
        && previous.is_none_or(|p| {
            !p.chars().all(|c| c.is_alphanumeric() || c == '_')
                || matches!(*p, "AND" | "OR" | "NOT" | "WHERE" | "ON" | "WHEN" | "HAVING")
        })
}

/// The group's own level joins with AND or OR, and nothing there gives those words another meaning.
fn has_connective(tokens: &[&str], open: usize, close: usize, partner: &[Option<usize>]) -> bool {
    let mut i = open + 1;
    let mut found = false;
    while i < close {
        match tokens[i] {
            "(" | "[" => match partner[i] {
                Some(end) => i = end,
                None => return false,
            },
            "AND" | "OR" => found = true,
            "BETWEEN" | "SELECT" | "WHEN" | "OVER" | "WHERE" => return false,
            _ => {}
        }
        i += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_only_what_needs_it() {
        for (printed, repaired) in [
            (
                "((v)::text = ANY ((ARRAY['a'::character varying, 'b]'::character varying])::text[]))",
                "((v)::text = ANY ((ARRAY['a'::character varying, 'b]'::character varying]::character varying[])::text[]))",
            ),
            ("(id = ANY (ARRAY[1, 2, 3]))", "(id = ANY (ARRAY[1, 2, 3]))"),
            (
                "(n = ANY ((ARRAY[1, '-2'::integer])::numeric[]))",
                "(n = ANY ((ARRAY[1, '-2'::integer]::integer[])::numeric[]))",
            ),
            ("(n = ANY ((ARRAY[1, 2.5])::numeric[]))", "(n = ANY ((ARRAY[1, 2.5])::numeric[]))"),
            ("(n = ANY ((ARRAY[a, 2])::numeric[]))", "(n = ANY ((ARRAY[a, 2])::numeric[]))"),
            ("((((id >= 1) AND (id <= 3)) AND x) OR y)", "((((id >= 1) AND (id <= 3))::boolean AND x)::boolean OR y)"),
            ("((a > 1) AND (b > 2))", "((a > 1) AND (b > 2))"),
            ("(EXISTS ( SELECT 1 WHERE (a AND b))) AND c", "(EXISTS ( SELECT 1 WHERE (a AND b))) AND c"),
            ("'((a AND b) AND c'", "'((a AND b) AND c'"),
        ] {
            assert_eq!(repair(printed), repaired);
        }
    }
}
