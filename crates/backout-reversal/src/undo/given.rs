//! All that a plan follows from, as one value: it can be stored, and planned from again where no server is.

use super::options::UndoOptions;
use super::passes::plan_undo;
use super::plan::UndoPlan;
use crate::inverse::Inverse;
use backout_schema::{Catalog, ObjectId, Storage};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What is there, what is kept of the migration, and what was chosen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub now: Catalog,
    pub inverse: Inverse,
    pub options: UndoOptions,
}

/// The first id that a server gives to an object of its users.
const FIRST_OF_USERS: u32 = 16_384;

impl Given {
    pub fn plan(&self) -> UndoPlan {
        plan_undo(&self.now, &self.inverse, &self.options)
    }

    /// The same with ids that follow each other, in the order that they had. A server numbers what nobody sees, too.
    pub fn numbered(self) -> Given {
        let seen = RefCell::new(BTreeSet::new());
        let note = |id: ObjectId| {
            seen.borrow_mut().insert(id.oid);
            id
        };
        // Only the ids are wanted of it.
        drop(self.clone().mapped(&note));
        let seen = seen.into_inner();
        let users = seen.into_iter().filter(|oid| (FIRST_OF_USERS..u32::MAX).contains(oid));
        let numbers: BTreeMap<u32, u32> = users.zip(FIRST_OF_USERS..).collect();
        self.mapped(&|id| ObjectId { oid: numbers.get(&id.oid).copied().unwrap_or(id.oid), ..id })
    }

    fn mapped(self, to: &impl Fn(ObjectId) -> ObjectId) -> Given {
        let Given { now, inverse, options } = self;
        // Which file a table lies in is another one each time.
        let storage = |relation: ObjectId| now.storage(relation.oid).map(|of| Storage { file: 0, ..of });
        let storage = now.objects().filter_map(|object| Some((to(object.id).oid, storage(object.id)?))).collect();
        let mapped = now.clone().map_ids(to);
        Given {
            now: Catalog::new(mapped.objects().cloned(), mapped.dependencies().to_vec(), storage),
            inverse: inverse.mapped(to),
            options: UndoOptions {
                table_bytes: options.table_bytes.into_iter().map(|(id, bytes)| (to(id), bytes)).collect(),
                in_order: options.in_order.into_iter().map(to).collect(),
                ..options
            },
        }
    }
}
