//! "Did you mean": the known word nearest to a mistyped one.
//!
//! It must not know what the words are for.

/// The candidate that `word` was probably meant to be, or `None` if none is near enough to be worth saying.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = plain(word);
    if word.is_empty() {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            let distance = distance(&word, &other);
            // A third of the letters may be wrong: "tabels" finds "tables", "cat" does not find "dir".
            let allowed = (word.len().max(other.len()) / 3).max(1);
            (distance <= allowed).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Case and the choice between `-` and `_` are not mistakes that cost distance.
fn plain(word: &str) -> Vec<char> {
    word.trim().chars().flat_map(char::to_lowercase).map(|c| if c == '-' { '_' } else { c }).collect()
}

/// Edits between two words: insert, delete, replace, or swap two neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(ca != cb)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *ca == b[j - 1] && a[i - 1] == *cb {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_else() {
        let words = ["tables", "max_deleted_rows", "dir", "same-server", "url", "full"];
        for (typed, expected) in [
            ("tabels", Some("tables")),
            ("table", Some("tables")),
            ("Tables", Some("tables")),
            ("max-deleted-rows", Some("max_deleted_rows")),
            ("max_deletd_row", Some("max_deleted_rows")),
            ("same_server", Some("same-server")),
            ("ful", Some("full")),
            ("cat", None),
            ("x", None),
            ("", None),
            ("completely_else", None),
        ] {
            assert_eq!(nearest(typed, words), expected, "{typed}");
        }
    }
}
