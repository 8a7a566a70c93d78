-- View replaced under others.

-- before
CREATE VIEW upper AS SELECT id AS x FROM users;
CREATE VIEW over AS SELECT x FROM upper;
CREATE OR REPLACE VIEW upper AS SELECT u.id AS x FROM users u JOIN posts p ON p.user_id = u.id GROUP BY u.id;
GRANT SELECT ON over TO PUBLIC;

-- up
CREATE TABLE extra (id int);
CREATE OR REPLACE VIEW upper WITH (security_barrier) AS SELECT u.id AS x FROM users u JOIN extra e ON e.id =
  u.id;
