//! Migration and undo against a real server, judged by `pg_dump` and sorted COPY.

// Cases are tables whose rows name what is particular; figures are printed for whoever measures.
#![allow(clippy::needless_update, clippy::print_stdout)]

mod busy;
mod chains;
mod consent;
mod foresight;
mod harness;
mod hidden;
mod least_privilege;
mod redo;
mod refusals;
mod rehearsals;
mod round_trips;
mod rows;
mod speed;
mod unseen;
