//! The command line from end to end, on a real server, as a database owner who is not a superuser. `psql` and `pg_dump`
//! judge what it did.

mod backups;
mod backups_prune;
mod backups_s3;
mod bucket;
mod busy;
mod capture;
mod certificates;
mod checks;
mod checks_outside;
mod exchange;
mod freeze;
mod hidden;
mod imports;
mod in_place;
mod in_place_more;
mod kills;
mod outside;
mod plain_folder;
mod project;
mod refusals;
mod retry;
mod rls;
mod rollback;
mod rollback_more;
mod rows;
mod run_kills;
mod runbooks;
mod samples;
mod security;
mod signed;
mod sqlx_folder;
mod versions;
