//! Names that change back: comparing definitions across renames.
//!
//! Renaming a table rewrites the printed text of every view, policy and key that uses it, though
//! none of them was touched. Two texts count as equal here if they differ only in identifiers that
//! the plan is about to rename; the undo verifies the real texts before it commits.

use backout_schema::{Catalog, Detail, ident};
use std::collections::HashSet;

/// Pairs of (name now, name then), quoted as in printed definitions.
#[derive(Clone, Debug, Default)]
pub struct Renames {
    pairs: HashSet<(String, String)>,
}

impl Renames {
    /// Collects every object whose name or schema differs between the two catalogs.
    pub fn between(now: &Catalog, then: &Catalog) -> Renames {
        let mut renames = Renames::default();
        for object in then.objects() {
            let Some(current) = now.get(object.id) else {
                continue;
            };
            renames.add(&current.name, &object.name);
            if let (Detail::Other(now), Detail::Other(then)) = (&current.detail, &object.detail)
                && let (Some(now), Some(then)) = (&now.bare, &then.bare)
            {
                renames.add(now, then);
            }
            if let (Some(from), Some(to)) = (&current.schema, &object.schema) {
                renames.add(from, to);
            }
        }
        renames
    }

    pub fn add(&mut self, now: &str, then: &str) {
        if now != then {
            self.pairs.insert((ident(now), ident(then)));
        }
    }

    /// Whether the texts are equal but for renamed identifiers.
    pub fn same(&self, now: &str, then: &str) -> bool {
        if now == then {
            return true;
        }
        if self.pairs.is_empty() {
            return false;
        }
        let (mut a, mut b) = (Tokens(now), Tokens(then));
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(x), Some(y)) if x == y => {}
                (Some(x), Some(y)) if self.pairs.contains(&(x.to_owned(), y.to_owned())) => {}
                _ => return false,
            }
        }
    }
}

/// Identifiers, quoted identifiers, string literals, and single characters.
pub(crate) struct Tokens<'a>(pub &'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0;
        let first = text.chars().next()?;
        let length = match first {
            '"' | '\'' => {
                let mut end = 1;
                loop {
                    match text[end..].find(first) {
                        None => break text.len(),
                        Some(at) => {
                            end += at + 1;
                            if text[end..].starts_with(first) {
                                end += 1;
                            } else {
                                break end;
                            }
                        }
                    }
                }
            }
            c if c.is_alphanumeric() || c == '_' || c == '$' => {
                text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
            }
            c if c.is_whitespace() => text.find(|c: char| !c.is_whitespace()).unwrap_or(text.len()),
            c => c.len_utf8(),
        };
        let (token, rest) = text.split_at(length);
        self.0 = rest;
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_renames_are_forgiven() {
        let mut renames = Renames::default();
        renames.add("accounts", "users");
        renames.add("backout_archive_1", "public");
        renames.add("Odd Name", "odd");
        for (now, then, same) in [
            ("SELECT accounts.id FROM accounts", "SELECT users.id FROM users", true),
            ("backout_archive_1.f(x)", "public.f(x)", true),
            ("\"Odd Name\".x", "odd.x", true),
            ("SELECT 'accounts'", "SELECT 'users'", false),
            ("SELECT accounts.id", "SELECT users.name", false),
            ("users", "accounts", false),
            ("a", "a b", false),
            ("it''s accounts", "it''s users", true),
        ] {
            assert_eq!(renames.same(now, then), same, "{now} / {then}");
        }
    }

    #[test]
    fn tokens_lose_nothing() {
        let text = "CHECK (((a)::text = ANY ((ARRAY['x''y'::character varying])::text[])) AND \"q\"\"r\" > 1.5)";
        assert_eq!(Tokens(text).collect::<String>(), text);
    }
}
