-- What the application writes all the time, before, during and after the release: kept tables only, and only columns that
-- both versions have. One transaction; plain SQL, so that psql, pgbench (`pgbench -n -f client.sql`) or a driver can repeat it.
-- Each run adds exactly one row to ai_usage_tracking and one to usage_alerts (metadata: "source": "client"), and counts one
-- visit in one user's preferences.
-- users first, as the release takes its locks too; client-crosswise.sql does it the other way round.
BEGIN;

UPDATE users
SET last_seen_at = clock_timestamp(),
    preferences = jsonb_set(preferences, '{visits}', to_jsonb(coalesce((preferences ->> 'visits')::int, 0) + 1))
WHERE id = coalesce((SELECT id FROM users WHERE id >= (SELECT gen_random_uuid()) ORDER BY id LIMIT 1),
                    (SELECT id FROM users ORDER BY id LIMIT 1));

INSERT INTO ai_usage_tracking (user_id, feature, tokens_used, cost_usd)
SELECT coalesce((SELECT id FROM users WHERE id >= (SELECT gen_random_uuid()) ORDER BY id LIMIT 1),
                (SELECT id FROM users ORDER BY id LIMIT 1)),
       'summary', 100 + floor(random() * 900)::int, 0.0123;

INSERT INTO usage_alerts (user_id, alert_type, message, severity, metadata)
SELECT coalesce((SELECT id FROM users WHERE id >= (SELECT gen_random_uuid()) ORDER BY id LIMIT 1),
                (SELECT id FROM users ORDER BY id LIMIT 1)),
       'ai_quota_warning', 'Nearly used up', 'warning', '{"source": "client"}';

COMMIT;
