-- Matview.

-- before
CREATE MATERIALIZED VIEW mv AS SELECT user_id, count(*) AS n FROM posts GROUP BY 1;
CREATE UNIQUE INDEX mv_u ON mv (user_id);

-- up
DROP MATERIALIZED VIEW mv;
