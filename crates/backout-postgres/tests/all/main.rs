//! Migration and undo against a real server, judged by `pg_dump` and sorted COPY.

mod busy;
mod consent;
mod harness;
mod least_privilege;
mod refusals;
mod rehearsals;
mod round_trips;
mod speed;
