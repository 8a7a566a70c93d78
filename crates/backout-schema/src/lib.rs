//! A PostgreSQL catalog as values: what exists, how two catalogs differ, and a fingerprint.
//!
//! Nothing here parses SQL or performs I/O. Definitions are texts as the server prints them with an
//! empty `search_path`; whoever reads them from a server lives in `backout-postgres`.

mod acl;
mod casts;
pub use casts::is_reference;
mod catalog;
mod census;
mod compare;
mod foreign_key;
mod lock;
mod object;
mod quote;

pub use acl::{AclItem, ParseAclError, Privilege};
pub use catalog::{Catalog, Dependency, DependencyKind, Storage};
pub use census::{Census, CensusKey};
pub use compare::{Change, Difference, canonical_json, difference, fingerprint, portable_json};
pub use foreign_key::KeyEvent;
pub use lock::{LockMode, TableLock};
pub use object::*;
pub use quote::{cast, hidden_by, hidden_name, ident, is_ours, literal, qualified};
