//! Values of enums that were kept as text, where the enum has other names for them by then.

use backout_schema::{Catalog, Class, Detail, Object, ObjectId, Type, literal};
use std::collections::BTreeSet;

/// The enums that the values of a column are of, and whether these are arrays of them.
pub fn enums_of(catalog: &Catalog, column: ObjectId) -> (BTreeSet<ObjectId>, bool) {
    let mut is_array =
        matches!(catalog.get(column).map(|o| &o.detail), Some(Detail::Column(c)) if c.data_type.ends_with("[]"));
    let (mut enums, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![column];
    while let Some(id) = open.pop() {
        for needed in catalog.needs(id).map(|d| d.to).filter(|id| id.class == Class::Type) {
            match catalog.get(needed).map(|o| &o.detail) {
                Some(Detail::Type(Type::Enum { .. })) => {
                    enums.insert(needed);
                }
                Some(Detail::Type(Type::Domain { base, .. })) if seen.insert(needed) => {
                    is_array |= base.ends_with("[]");
                    open.push(needed);
                }
                _ => {}
            }
        }
    }
    (enums, is_array)
}

/// The text of such a value under other names, each `(from, to)`. All change at once, so they may exchange names.
pub fn with_labels(value: &str, is_array: bool, renamed: &[(&str, &str)]) -> String {
    let quoted = |label: &str| literal(label).trim_start().to_owned();
    if !is_array {
        let whens: String =
            renamed.iter().map(|(from, to)| format!("WHEN {} THEN {} ", quoted(from), quoted(to))).collect();
        return format!("CASE {value} {whens}ELSE {value} END");
    }
    // Longer than a name can be, so that none is called that.
    let between = |place: usize| format!("'{}{place}'", "backout_".repeat(9));
    let mut array = format!("{value}::text[]");
    for (place, (from, _)) in renamed.iter().enumerate() {
        array = format!("pg_catalog.array_replace({array}, {}, {})", quoted(from), between(place));
    }
    for (place, (_, to)) in renamed.iter().enumerate() {
        array = format!("pg_catalog.array_replace({array}, {}, {})", between(place), quoted(to));
    }
    format!("({array})::text")
}

/// The columns of a table by their names.
pub fn column_called(catalog: &Catalog, table: ObjectId, name: &str) -> Option<ObjectId> {
    let is_it = |o: &&&Object| o.name == name;
    catalog.columns(table).iter().find(is_it).map(|o| o.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_change_at_once() {
        let exchanged = [("a", "b"), ("b", "it's")];
        assert_eq!(with_labels("c", false, &exchanged), "CASE c WHEN 'a' THEN 'b' WHEN 'b' THEN 'it''s' ELSE c END");
        let of_array = with_labels("c", true, &exchanged);
        let places: Vec<usize> = ["'a'", "'b', 'backout", "backout_0', 'b'", "backout_1', 'it''s'"]
            .iter()
            .map(|part| of_array.find(part).unwrap_or_else(|| panic!("{part} is not in {of_array}")))
            .collect();
        assert!(places.is_sorted(), "{of_array}");
    }
}
