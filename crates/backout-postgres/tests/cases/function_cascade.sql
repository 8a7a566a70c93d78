-- Function cascade.

-- up
DROP FUNCTION touch() CASCADE;
