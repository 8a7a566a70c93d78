-- Default of another type.

-- up
ALTER TABLE users ADD COLUMN nb boolean NOT NULL DEFAULT false;
ALTER TABLE users ALTER COLUMN nb TYPE text USING nb::text;

-- since
INSERT INTO users (email, nb) VALUES ('nb', 'x');
