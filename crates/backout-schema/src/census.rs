//! A census: which catalog rows exist and which transaction wrote each.
//!
//! It is far cheaper than a snapshot and tells what vanished, what is new, and whether anything
//! changed at all between two moments.

use crate::ObjectId;
use std::collections::HashMap;

pub type CensusKey = ObjectId;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// Object → (xmin of its row, file node for tables).
    pub rows: HashMap<CensusKey, (u32, u32)>,
}

impl Census {
    /// Objects here that `later` no longer has.
    pub fn gone(&self, later: &Census) -> Vec<ObjectId> {
        let mut gone: Vec<_> = self.rows.keys().filter(|id| !later.rows.contains_key(id)).copied().collect();
        gone.sort_unstable();
        gone
    }

    /// Objects that are new, gone or rewritten in `later`.
    pub fn touched(&self, later: &Census) -> Vec<ObjectId> {
        let mut touched = self.gone(later);
        touched.extend(
            later
                .rows
                .iter()
                .filter(|(id, (xmin, _))| self.rows.get(id).is_none_or(|(x, _)| x != xmin))
                .map(|(id, _)| *id),
        );
        touched.sort_unstable();
        touched
    }

    /// Tables in both whose storage was replaced: rewritten or truncated.
    pub fn rewritten(&self, later: &Census) -> Vec<ObjectId> {
        let mut rewritten: Vec<_> = self
            .rows
            .iter()
            .filter(|(id, (_, file))| later.rows.get(id).is_some_and(|(_, now)| now != file && *file != 0))
            .map(|(id, _)| *id)
            .collect();
        rewritten.sort_unstable();
        rewritten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_gone_touched_and_rewritten() {
        let id = ObjectId::relation;
        let before = Census { rows: [(id(1), (10, 1)), (id(2), (10, 2)), (id(3), (10, 3))].into() };
        let after = Census { rows: [(id(1), (10, 1)), (id(2), (11, 9)), (id(4), (11, 4))].into() };
        assert_eq!(before.gone(&after), [id(3)]);
        assert_eq!(before.touched(&after), [id(2), id(3), id(4)]);
        assert_eq!(before.rewritten(&after), [id(2)]);
    }
}
