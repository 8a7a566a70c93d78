-- Options in another order with the text.

-- before
CREATE VIEW vo AS SELECT id FROM users;
ALTER VIEW vo SET (security_barrier = true);
ALTER VIEW vo SET (check_option = local);

-- up
CREATE OR REPLACE VIEW vo WITH (check_option = local,
  security_barrier = true) AS SELECT id FROM users WHERE id > 1;
