//! Backups of real databases, restored on a real server, judged by `pg_dump` and sorted COPY.

mod round_trips;
