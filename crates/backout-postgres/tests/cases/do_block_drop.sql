-- Do block drop.
-- rows: posts

-- up
DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'posts CASCADE'; END $$;
