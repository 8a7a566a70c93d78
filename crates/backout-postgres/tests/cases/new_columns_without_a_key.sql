-- New columns without a key.
-- aside: 9

-- before
CREATE TABLE log (at date, line text);
INSERT INTO log VALUES ('2026-01-01', 'a'), ('2026-01-01', 'a'), ('2026-01-02', 'b');
CREATE TABLE ev (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
INSERT INTO ev VALUES (1, '2026-01-01'), (2, '2026-01-01');
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;

-- up
ALTER TABLE log ADD COLUMN level text, ADD COLUMN n int DEFAULT 1;
ALTER TABLE ev ADD COLUMN kind text;
ALTER TABLE users ADD COLUMN plan text;
ALTER TABLE bare ADD COLUMN a int;

-- since
UPDATE log SET level = 'x' WHERE line = 'a';
INSERT INTO log VALUES ('2026-01-03', 'c', NULL, 7);
UPDATE ev SET kind = 'k';
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
UPDATE users SET plan = 'p' WHERE id < 4;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
UPDATE bare SET a = 1;
