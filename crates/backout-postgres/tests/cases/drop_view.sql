-- Drop view.

-- up
DROP VIEW recent;
