-- Tables swap names, and one moves to another schema, from where it comes back beside the one that has its name by then.
-- rows: (SELECT id FROM swapped_one) s
-- rows: (SELECT id, v FROM swapped_two) s

-- before
CREATE SCHEMA swap_to;
CREATE TABLE swapped_one (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);
CREATE TABLE swapped_two (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text UNIQUE);
CREATE VIEW of_swapped AS SELECT o.n, t.v FROM swapped_one o JOIN swapped_two t USING (id);
CREATE TABLE staying (id int);
CREATE TABLE going (id int PRIMARY KEY);
INSERT INTO swapped_one (n) VALUES (1);
INSERT INTO swapped_two (v) VALUES ('two');

-- up
ALTER TABLE swapped_one RENAME TO between_both;
ALTER TABLE swapped_two RENAME TO swapped_one;
ALTER TABLE between_both RENAME TO swapped_two;
ALTER TABLE swapped_one SET SCHEMA swap_to;
ALTER TABLE going SET SCHEMA swap_to;
ALTER TABLE swap_to.going RENAME TO staying;
