//! Rights that wait until rows are in: where an owner has taken the right to write from himself, as in a database that is
//! frozen, he could not fill the table.
//!
//! Must not know: who has which right, or how rows are loaded.

use std::collections::BTreeSet;

use super::schema::Step;

/// The places of all grants on tables and sequences that something is revoked on.
pub(super) fn held_back(steps: &[Step]) -> BTreeSet<usize> {
    let texts: Vec<&str> = steps.iter().map(|step| step.sql.as_str()).collect();
    places(&texts)
}

fn places(texts: &[&str]) -> BTreeSet<usize> {
    let revoked: BTreeSet<&str> =
        texts.iter().filter(|sql| sql.starts_with("REVOKE ")).filter_map(|sql| object(sql, " FROM ")).collect();
    let mut places = BTreeSet::new();
    for (place, sql) in texts.iter().enumerate() {
        let of = if sql.starts_with("GRANT ") { object(sql, " TO ") } else { object(sql, " FROM ") };
        let is_right = sql.starts_with("GRANT ") || sql.starts_with("REVOKE ");
        if !is_right || of.is_none_or(|of| !revoked.contains(of)) {
            continue;
        }
        places.insert(place);
        // A grant by another one than the owner stands between these two.
        let before = place.checked_sub(1).filter(|before| texts[*before].starts_with("SET SESSION AUTHORIZATION "));
        let after = texts.get(place + 1).filter(|after| after.starts_with("RESET SESSION AUTHORIZATION"));
        places.extend(before);
        places.extend(after.map(|_| place + 1));
    }
    places
}

/// What a grant is on, where that holds rows or counts.
fn object<'s>(sql: &'s str, end: &str) -> Option<&'s str> {
    let start = [" ON TABLE ", " ON SEQUENCE "].iter().find_map(|on| sql.find(on))?;
    let rest = &sql[start..];
    rest.find(end).map(|end| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], expected: &[usize]) {
        assert_eq!(places(texts).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn only_what_is_revoked_waits() {
        check(&["GRANT INSERT ON TABLE public.t TO a", "CREATE TABLE t ()"], &[]);
        let of_two = [
            "REVOKE ALL ON TABLE public.t FROM o",
            "GRANT SELECT ON TABLE public.t TO o",
            "GRANT SELECT ON TABLE public.other TO a",
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
            "SET SESSION AUTHORIZATION a",
            "GRANT SELECT(x) ON TABLE public.t TO b",
            "RESET SESSION AUTHORIZATION",
            "REVOKE ALL ON SEQUENCE public.t FROM o",
        ];
        check(&of_two, &[0, 1, 4, 5, 6, 7]);
    }
}
