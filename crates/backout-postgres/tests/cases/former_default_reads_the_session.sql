-- Former default reads the session.
-- rows: dr

-- before
CREATE SEQUENCE ds;
CREATE TABLE dr (id serial, c text DEFAULT 'x' || currval('ds'), t text DEFAULT current_setting('app.tenant'),
  v text);
INSERT INTO dr (v, c, t) VALUES ('a', 'b', 'c');

-- up
ALTER TABLE dr DROP COLUMN c;
ALTER TABLE dr DROP COLUMN t;

-- since
SELECT nextval('ds');
SET app.tenant = 'u';
INSERT INTO dr (v) VALUES ('b');
