-- Sequences set to another number.
-- rows: (SELECT last_value, is_called FROM sr UNION ALL SELECT last_value, is_called FROM st_id_seq UNION ALL SELECT last_value, is_called FROM st_i_seq UNION ALL SELECT last_value, is_called FROM su UNION ALL SELECT last_value, is_called FROM st_j_seq) s
-- rows: st

-- before
CREATE SEQUENCE sr;
SELECT setval('sr', 42);
CREATE TABLE st (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY,
  j int GENERATED ALWAYS AS IDENTITY);
INSERT INTO st DEFAULT VALUES;
CREATE SEQUENCE su;
SELECT setval('su', 7, false);
CREATE SEQUENCE sv START 5;

-- up
ALTER SEQUENCE sr RESTART 5000;
ALTER SEQUENCE st_id_seq INCREMENT -10 MINVALUE -9000 MAXVALUE -1 START -1 RESTART -700;
ALTER TABLE st ALTER i RESTART WITH 900;
INSERT INTO st (id) VALUES (77);
ALTER SEQUENCE su RESTART;
ALTER SEQUENCE sv RESTART 8;
ALTER TABLE st ALTER j RESTART WITH 50;

-- since
SELECT nextval('sv');
