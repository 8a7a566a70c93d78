-- Published family loses its keys.
-- verdict: order of the columns of public.pk

-- before
CREATE TABLE pk (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int);
CREATE TABLE pl (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), m int) INHERITS (pk);
INSERT INTO pk (n) VALUES (1);
INSERT INTO pl (n, m) VALUES (2, 3);
CREATE PUBLICATION pkp FOR TABLE pl;

-- up
ALTER TABLE pk RENAME TO between;
ALTER TABLE pl RENAME TO pk;
ALTER TABLE between RENAME TO pl;
ALTER TABLE pl DROP COLUMN id CASCADE;
