-- Hostile names.
-- rows: "we""ird"

-- before
CREATE TABLE "we""ird" ("select" int PRIMARY KEY, "größe, x" text);
INSERT INTO "we""ird" VALUES (1, 'a');
CREATE INDEX "in dex" ON "we""ird" ("größe, x");

-- up
DROP TABLE "we""ird";
ALTER TABLE users ADD COLUMN "user" int;

-- since
UPDATE users SET "user" = 1;
