-- Published by the migration and made anew.
-- rows: pn

-- before
CREATE PUBLICATION pnp;
CREATE TABLE pn (a int, gone text, b text NOT NULL);
INSERT INTO pn VALUES (1, 'g', 'b')

-- up
ALTER PUBLICATION pnp ADD TABLE pn;
ALTER TABLE pn DROP COLUMN gone;
CREATE VIEW pnv AS SELECT * FROM pn;
CREATE POLICY pnl ON pn USING (a > 0);
CREATE INDEX ON pn (b)
