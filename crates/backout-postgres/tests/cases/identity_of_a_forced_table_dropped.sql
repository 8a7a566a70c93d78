-- Identity of a forced table dropped.
-- rows: (SELECT id, v FROM fi WHERE v <> 'since') s

-- before
CREATE TABLE fi (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
INSERT INTO fi (v) VALUES ('a'), ('b');
ALTER TABLE fi ENABLE ROW LEVEL SECURITY;
ALTER TABLE fi FORCE ROW LEVEL SECURITY;
CREATE POLICY fip ON fi USING (true);

-- up
ALTER TABLE fi DROP COLUMN id CASCADE;

-- since
INSERT INTO fi VALUES ('since');
