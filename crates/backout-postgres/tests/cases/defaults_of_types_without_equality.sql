-- Defaults of types without equality.
-- aside: 3
-- rows: jd
-- needs: xml

-- before
CREATE TABLE jd (id int PRIMARY KEY);
INSERT INTO jd SELECT generate_series(1, 5)

-- up
ALTER TABLE jd ADD j json DEFAULT '{}', ADD p point NOT NULL DEFAULT '(0,0)', ADD x xml DEFAULT '<a/>',
  ADD a json[] DEFAULT '{}', ADD b jsonb DEFAULT '{}', ADD y polygon DEFAULT '((0,0),(1,1))'

-- since
INSERT INTO jd (id, j, p) VALUES (6, '[1]', '(1,2)');
UPDATE jd SET a = ARRAY['1'::json], x = '<b/>' WHERE id = 2;
DELETE FROM jd WHERE id = 6;
UPDATE jd SET j = '[2]' WHERE id = 3
