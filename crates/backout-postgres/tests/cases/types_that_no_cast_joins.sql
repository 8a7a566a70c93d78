-- Types that no cast joins.
-- rows: nd

-- before
CREATE TABLE nc (id int PRIMARY KEY, a jsonb, b jsonb, c bytea);
INSERT INTO nc VALUES (1, NULL, 'true', NULL);
CREATE TABLE nd (a jsonb, m money, p point);
INSERT INTO nd VALUES ('[2]', 1.5, '(1,2)');

-- up
ALTER TABLE nc ALTER a TYPE varchar USING a::varchar;
ALTER TABLE nc ALTER a TYPE bytea USING a::bytea;
ALTER TABLE nc ALTER b TYPE boolean USING b::boolean;
ALTER TABLE nc ALTER b TYPE int USING b::int;
ALTER TABLE nc ALTER c TYPE uuid USING NULL;
ALTER TABLE nd ALTER a TYPE text, ALTER m TYPE numeric, ALTER p TYPE text;
ALTER TABLE nd ALTER a TYPE bytea USING a::bytea, ALTER m TYPE float, ALTER p TYPE box USING box(p::point,
  p::point);

-- since
INSERT INTO nc (id, b) VALUES (7, 1);
