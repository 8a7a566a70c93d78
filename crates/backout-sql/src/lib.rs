//! SQL as text: scripts cut into statements, statements classified by PostgreSQL's own grammar, and the
//! migration folders and history tables of other tools.
//!
//! Knows no database, driver or network. The only input besides its arguments are files that the caller
//! names: migration folders and what their scripts include.

pub mod analysis;
pub mod layouts;
pub mod lexer;
pub mod psql;
pub mod quote;
pub mod script;
