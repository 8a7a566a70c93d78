//! What statements are, by PostgreSQL's grammar; and the place of an error, which the parser's binding does not tell.

use super::parse::{Refusal, on_large_stack, tree};
use super::{Analysis, classify};
use crate::lexer::meant_tokens;

/// A verdict for each statement, in their order.
pub(crate) fn analyse_all(texts: &[&str]) -> Vec<Result<Analysis, Refusal>> {
    if texts.is_empty() {
        return Vec::new();
    }
    on_large_stack(|| texts.iter().map(|text| analyse(text)).collect())
        .unwrap_or_else(|reason| texts.iter().map(|_| Err(reason.clone())).collect())
}

fn analyse(text: &str) -> Result<Analysis, Refusal> {
    match tree(text) {
        Ok(node) => Ok(classify::classify(&node)),
        Err(message) => {
            let position = position(text, &message);
            Err(Refusal { message, position })
        }
    }
}

/// The character at which the grammar refused the text. The parser goes from left to right: a text cut
/// right after the token that it refuses is refused with the same message, one that is cut earlier is not.
fn position(text: &str, message: &str) -> Option<u32> {
    if message.ends_with("at end of input") {
        return Some(text.chars().count() as u32);
    }
    let (_, near) = message.split_once(" at or near \"")?;
    let near = near.strip_suffix('"')?;
    let tokens = meant_tokens(text).ok()?;
    let candidates: Vec<_> = tokens.iter().filter(|token| token.text(text) == near).collect();
    let refused = |end: usize| matches!(tree(&text[..end]), Err(found) if found == message);
    let index = match candidates.len() {
        1 => 0,
        // A quoted text may be named in part only: then nothing certain can be said.
        0 => return first_word(text, near),
        _ => candidates.partition_point(|token| !refused(token.end)),
    };
    let token = candidates.get(index)?;
    Some(text[..token.start].chars().count() as u32 + 1)
}

/// The place of a piece that is no token of ours, when it stands in the text once.
fn first_word(text: &str, near: &str) -> Option<u32> {
    let mut found = text.match_indices(near).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Some(text[..at].chars().count() as u32 + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_error_is_found_among_equal_words() {
        for (text, expected) in [
            ("select a from b where a from c", Some(25)),
            ("select 1 +", Some(10)),
            ("create table t (a int, b int,)", Some(30)),
            ("select größe, from t", Some(15)),
            ("create table a (id int)\ncreate table b (id int)", Some(25)),
            ("selec 1", Some(1)),
            ("select 'x' 'y'", Some(12)),
        ] {
            assert_eq!(analyse(text).unwrap_err().position, expected, "{text}");
        }
    }

    #[test]
    fn deep_statements() {
        let sum = format!("SELECT {}", vec!["1"; 4_000].join(" + "));
        let union = vec!["SELECT 1"; 4_000].join(" UNION ");
        let nested = format!("SELECT {}1{}", "(".repeat(2_000), ")".repeat(2_000));
        for text in [&sum, &union, &nested] {
            let verdict = analyse_all(&[text.as_str()]).remove(0);
            assert!(verdict.is_ok(), "{text:.40}: {verdict:?}");
        }
        // What is deeper still is refused and does not overflow any stack.
        let absurd = format!("SELECT {}", vec!["1"; 300_000].join(" + "));
        assert!(analyse_all(&[absurd.as_str()])[0].is_err());
    }
}
