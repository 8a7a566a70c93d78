-- Key that stays away beside an index.
-- left: constraint n_pkey on public.n does not come back
-- mend: as the undo says
-- rows: (SELECT * FROM n WHERE t = 'a') s
-- rows: m

-- before
CREATE TABLE n (id int PRIMARY KEY, t text UNIQUE);
CREATE UNIQUE INDEX n_twin ON n (id);
ALTER TABLE n ADD FOREIGN KEY (id) REFERENCES n DEFERRABLE;
INSERT INTO n VALUES (1, 'a');
CREATE TABLE m (n int REFERENCES n);
INSERT INTO m VALUES (1);

-- up
ALTER TABLE n DROP COLUMN id CASCADE;

-- since
INSERT INTO n (t) VALUES ('since');

-- then
DELETE FROM n WHERE t = 'since'
