-- Key and column of another type go.
-- rows: kt

-- before
CREATE TABLE kt (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a text, b int);
INSERT INTO kt (a, b) SELECT 'a' || i, i FROM generate_series(1, 6) i;

-- up
ALTER TABLE kt ALTER id TYPE text;
ALTER TABLE kt DROP COLUMN a;
