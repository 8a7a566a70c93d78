-- Domain of an array.

-- before
CREATE DOMAIN da AS int[];

-- up
DROP DOMAIN da;
