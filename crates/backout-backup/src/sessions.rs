//! What sessions are told that read or fill a whole database.
//!
//! Must not know: which rows they read or fill.

/// Time limits that only some versions have.
pub const PATIENT: &str = "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings \
     WHERE name IN ('idle_session_timeout', 'transaction_timeout')";

/// Sessions that fill a database: nothing of what is there may change what is put in.
pub const FILLING: &str = "SET row_security = off; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0; \
     SET check_function_bodies = false; SET xmloption = content; SET client_min_messages = warning; SET standard_conforming_strings = on; \
     SET search_path = ''; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; \
     SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET client_encoding = 'UTF8'; SET synchronous_commit = off; SET default_transaction_read_only = off";

/// Names in one LOCK TABLE. Beside the locks that keep the shape of all tables, nobody keeps more of them than so many:
/// the server has room for some thousands, for everybody.
pub const LOCKS_AT_ONCE: usize = 500;
