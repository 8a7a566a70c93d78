-- The writes of client.sql in an order that crosses the release's: ai_usage_tracking, then users. When psql runs the release while
-- these go on, each connection loses a transaction to a deadlock (40P01) after deadlock_timeout. A release that gives up its own
-- locks sooner than that costs the application none.
BEGIN;

INSERT INTO ai_usage_tracking (user_id, feature, tokens_used, cost_usd)
SELECT coalesce((SELECT id FROM users WHERE id >= (SELECT gen_random_uuid()) ORDER BY id LIMIT 1),
                (SELECT id FROM users ORDER BY id LIMIT 1)),
       'summary', 100 + floor(random() * 900)::int, 0.0123;

INSERT INTO usage_alerts (user_id, alert_type, message, severity, metadata)
SELECT coalesce((SELECT id FROM users WHERE id >= (SELECT gen_random_uuid()) ORDER BY id LIMIT 1),
                (SELECT id FROM users ORDER BY id LIMIT 1)),
       'ai_quota_warning', 'Nearly used up', 'warning', '{"source": "client"}';

UPDATE users
SET last_seen_at = clock_timestamp(),
    preferences = jsonb_set(preferences, '{visits}', to_jsonb(coalesce((preferences ->> 'visits')::int, 0) + 1))
WHERE id = coalesce((SELECT id FROM users WHERE id >= (SELECT gen_random_uuid()) ORDER BY id LIMIT 1),
                    (SELECT id FROM users ORDER BY id LIMIT 1));

COMMIT;
