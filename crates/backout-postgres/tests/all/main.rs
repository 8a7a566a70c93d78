//! Migration and undo against a real server, judged by `pg_dump` and sorted COPY.

mod harness;
mod round_trips;
