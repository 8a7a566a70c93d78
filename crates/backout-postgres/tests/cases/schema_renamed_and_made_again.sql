-- Schema renamed and made again.

-- before
CREATE SCHEMA sa;

-- up
ALTER SCHEMA sa RENAME TO sb;
CREATE SCHEMA sa;
