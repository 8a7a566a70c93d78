//! The command line from end to end, on a real server, as a database owner who is not a superuser. `psql` and `pg_dump`
//! judge what it did.

mod backups;
mod backups_prune;
mod backups_s3;
mod bucket;
mod busy;
mod capture;
mod certificates;
mod exchange;
mod fake_vercel;
mod hidden;
mod http;
mod imports;
mod in_place;
mod in_place_more;
mod kills;
mod plain_folder;
mod project;
mod providers;
mod providers_more;
mod refusals;
mod rls;
mod rollback;
mod rollback_more;
mod rows;
mod runbooks;
mod samples;
mod security;
mod signed;
mod sqlx_folder;
mod values;
mod vercel_clients;
mod versions;
