-- Values change that are equal to the former ones, that only the server gives, or that sequences stand at.
-- rows: ra
-- rows: ti
-- rows: inv
-- rows: down
-- rows: inside

-- before
CREATE TABLE ra (pct numeric PRIMARY KEY, l text);
INSERT INTO ra VALUES (7.5, 'a'), (19, 'b');
CREATE TABLE ti (id int PRIMARY KEY, no int GENERATED ALWAYS AS IDENTITY);
INSERT INTO ti VALUES (1), (2);
CREATE SEQUENCE inv;
SELECT setval('inv', 4711);
CREATE SEQUENCE down INCREMENT -1;
SELECT setval('down', -50);
CREATE SEQUENCE inside;
SELECT setval('inside', 99);

-- up
UPDATE ra SET pct = pct::numeric(6, 2);
UPDATE ti SET no = DEFAULT WHERE id = 1;
SELECT setval('inv', 1, false);
SELECT setval('down', -7);
DO $$ BEGIN PERFORM setval('inside', 5); END $$;
