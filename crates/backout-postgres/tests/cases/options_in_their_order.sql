-- Options in their order.

-- before
CREATE VIEW vo AS SELECT id, email FROM users WHERE id > 0;
ALTER VIEW vo SET (check_option = local);
ALTER VIEW vo SET (security_barrier = true);
CREATE TABLE vt (a int) WITH (fillfactor = 70, autovacuum_enabled = false, parallel_workers = 2);
CREATE INDEX vi ON vt (a) WITH (fillfactor = 70, deduplicate_items = off);

-- up
ALTER VIEW vo SET (check_option = local);
ALTER TABLE vt SET (fillfactor = 80);
ALTER TABLE vt RESET (autovacuum_enabled);
ALTER TABLE vt SET (autovacuum_vacuum_threshold = 9);
ALTER INDEX vi SET (fillfactor = 70);
