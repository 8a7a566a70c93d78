//! Reads the system catalogs into [`backout_schema`] values.
//!
//! Everything is read by object id, in one snapshot, with a fixed number of set-based queries that
//! are sent in one go. `pg_get_viewdef` and its like see the newest catalog rather than the
//! snapshot's, so whoever needs certainty compares a [`census`] before and after.

mod census;
mod error;
mod queries;
mod reader;
mod rows;

pub use census::{RowCounts, census, is_counted, row_counts};
pub use error::CatalogError;
pub use reader::{read_again, read_catalog};
