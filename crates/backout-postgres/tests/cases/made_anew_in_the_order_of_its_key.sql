-- Made anew in the order of its key.
-- rows: ko
-- rows: kr

-- before
CREATE TABLE ko (id int CONSTRAINT kop PRIMARY KEY WITH (fillfactor = 80), gone text NOT NULL,
  kept text UNIQUE, up int REFERENCES ko);
CREATE TABLE kr (ko int NOT NULL REFERENCES ko ON DELETE CASCADE, other int REFERENCES ko DEFERRABLE);
INSERT INTO ko SELECT i, 'g' || i, 'k' || i, nullif(i - 1, 0) FROM generate_series(1, 3000) i;
INSERT INTO kr SELECT id, id FROM ko WHERE id < 9;
ALTER TABLE ko CLUSTER ON kop;
ALTER TABLE ko REPLICA IDENTITY USING INDEX kop;
COMMENT ON CONSTRAINT kop ON ko IS 'key';
COMMENT ON INDEX kop IS 'index';
CREATE VIEW kv AS SELECT id, kept FROM ko GROUP BY id;
ANALYZE ko

-- up
ALTER TABLE ko DROP COLUMN gone;
ALTER TABLE ko RENAME id TO nr;
ALTER TABLE ko RENAME CONSTRAINT kop TO koq

-- since
INSERT INTO ko VALUES (7777, 'since', 5);
INSERT INTO kr VALUES (7777, 5);
DELETE FROM ko WHERE nr = 7777;
UPDATE ko SET up = 1 WHERE nr = 20;
UPDATE ko SET up = 19 WHERE nr = 20
