-- Enum and value renamed under views.

-- before
CREATE TYPE evr AS ENUM ('one', 'two');
CREATE TABLE evt (id int PRIMARY KEY, e evr DEFAULT 'two');
CREATE VIEW evv AS SELECT id, e = 'two' AS t FROM evt;

-- up
ALTER TYPE evr RENAME VALUE 'two' TO 'zwei';
ALTER TYPE evr RENAME TO evs;
