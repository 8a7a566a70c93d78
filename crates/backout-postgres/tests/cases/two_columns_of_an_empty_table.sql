-- Two columns of an empty table.

-- before
CREATE TABLE te (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a inet, b text);

-- up
ALTER TABLE te DROP COLUMN a;
ALTER TABLE te DROP COLUMN id CASCADE;

-- since
INSERT INTO te VALUES ('new');
