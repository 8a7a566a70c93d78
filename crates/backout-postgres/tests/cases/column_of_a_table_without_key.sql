-- Column of a table without key.
-- rows: nk

-- before
CREATE TABLE nk (a int, b text, c text, d mood);
INSERT INTO nk SELECT i % 3, 'b' || i % 2, 'c' || i % 5,
  CASE WHEN i % 2 = 0 THEN 'sad'::mood END FROM generate_series(1, 40) i;
INSERT INTO nk VALUES (NULL, NULL, 'c', 'ok'), (NULL, NULL, NULL, 'ok');

-- up
ALTER TABLE nk DROP COLUMN b;
ALTER TABLE nk RENAME a TO aa;
ALTER TABLE nk DROP COLUMN d;

-- since
INSERT INTO nk (aa) VALUES (99);
