-- Storage of columns of own types.
-- rows: st

-- before
CREATE DOMAIN sd AS varchar(50);
CREATE DOMAIN si AS numeric;
CREATE TYPE sc AS (a int, b text);
CREATE TABLE st (id int PRIMARY KEY, d sd, i si, c sc, a sc[], r int4range, p path, v "char"[], q tsquery);
INSERT INTO st VALUES (1, 'd', 7, (1, 'c'), NULL, '[1,3)', NULL, NULL, NULL);

-- up
ALTER TABLE st ALTER d SET STORAGE EXTERNAL, ALTER i SET STORAGE EXTENDED, ALTER c SET STORAGE MAIN,
  ALTER a SET STORAGE EXTERNAL, ALTER r SET STORAGE PLAIN, ALTER p SET STORAGE EXTERNAL,
  ALTER v SET STORAGE MAIN;
