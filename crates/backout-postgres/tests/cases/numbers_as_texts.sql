-- Numbers as texts.
-- rows: na

-- before
CREATE TABLE na (id serial PRIMARY KEY, d date);
ALTER TABLE na ALTER id TYPE text;
INSERT INTO na (d) VALUES ('2020-01-01'), ('2020-01-02');

-- up
INSERT INTO na (d) VALUES ('2026-01-02');
