-- Expression over columns that went, or have another name.
-- from: 18
-- rows: xw
-- rows: xr

-- before
CREATE TABLE xw (id int PRIMARY KEY, net int, tax int, gross int GENERATED ALWAYS AS (net + tax) VIRTUAL);
INSERT INTO xw VALUES (1, 10, 1), (2, 20, 2);
CREATE TABLE xr (id int PRIMARY KEY, net int, tax int, gross int GENERATED ALWAYS AS (net + tax) STORED);
INSERT INTO xr VALUES (1, 10, 1), (2, 20, 2);

-- up
ALTER TABLE xw ALTER gross SET EXPRESSION AS (net);
ALTER TABLE xw DROP COLUMN tax;
ALTER TABLE xr RENAME tax TO vat;
ALTER TABLE xr ALTER gross SET EXPRESSION AS (net + vat * 2);
ALTER TABLE xr RENAME gross TO total;
