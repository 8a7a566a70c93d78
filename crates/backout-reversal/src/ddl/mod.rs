//! Statements that create, drop, alter and dress the objects of a catalog.
//!
//! Every function takes the catalog in which names are to be looked up: an object is named as that
//! catalog has it. Nothing here decides what to do, only how it is said.

mod acl;
mod alter;
mod alteration;
mod create;
mod drop;
mod statement;
mod words;

pub use acl::{acl_anew, acl_statements, default_acl_statements, grants_to_others};
pub use alter::{alter, alter_dress, move_to_schema, rename, rewrite};
pub use alteration::Alteration;
pub use create::{
    add_column, add_identity, comment, concurrently, create, create_table, create_view, drop_identity, owner,
    set_not_null, state,
};
pub use drop::{drop, is_list, move_other, schema_of_other, settings};
pub use statement::{Does, Statement};
pub use words::{enable_word, force_row_security, keyword};

use backout_schema::{Catalog, ObjectId};

/// Why an object cannot be brought back exactly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{object}: {reason}")]
pub struct Unsupported {
    pub object: String,
    pub reason: String,
}

impl Unsupported {
    pub(crate) fn new(catalog: &Catalog, id: ObjectId, reason: impl Into<String>) -> Unsupported {
        Unsupported { object: catalog.identity(id), reason: reason.into() }
    }
}
