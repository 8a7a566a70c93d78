-- Privileges taken before rows.
-- rows: pr

-- before
CREATE TABLE pr (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a text, b text, c text);
INSERT INTO pr (a, b, c) VALUES ('a', 'b', 'c');
ALTER TABLE pr DROP CONSTRAINT pr_pkey;
GRANT SELECT ON pr TO PUBLIC;

-- up
ALTER TABLE pr DROP COLUMN b;
REVOKE INSERT ON pr FROM CURRENT_USER;
ALTER TABLE pr DROP COLUMN id;
TRUNCATE pr;
