-- Identity column in front.
-- rows: ik

-- before
CREATE TABLE ik (id bigint GENERATED ALWAYS AS IDENTITY, u uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  s serial, t text);
INSERT INTO ik (t) SELECT 't' || i FROM generate_series(1, 9) i;

-- up
ALTER TABLE ik DROP COLUMN id, DROP COLUMN s;

-- since
INSERT INTO ik (t) VALUES ('x');
