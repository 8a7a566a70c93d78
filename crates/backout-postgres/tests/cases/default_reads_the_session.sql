-- Default reads the session.
-- rows: dr

-- before
CREATE SEQUENCE ds;
CREATE TABLE dr (id serial, v text);

-- up
ALTER TABLE dr ADD COLUMN c text DEFAULT 'x' || currval('ds');

-- since
SELECT nextval('ds');
INSERT INTO dr (v) VALUES ('b');
INSERT INTO dr (v, c) VALUES ('c', 'w');
