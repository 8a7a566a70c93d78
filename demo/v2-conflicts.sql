-- Optional, after v2-writes.sql: writes that V1's rules cannot take back in. Before the button is pressed, an undo must name each
-- of these rows and what becomes of it; nothing here may disappear silently. Run as app_owner, once.
BEGIN;

-- A value that only the wider CHECK of V2 allows (3 rows).
INSERT INTO ai_usage_tracking (user_id, feature, tokens_used, cost_usd)
SELECT md5('v2 user ' || n)::uuid, 'client_insight', 1000, 0.05 FROM generate_series(1, 3) n;

-- A meeting of V2 in a column whose key leads into V1's meetings again after an undo (2 rows).
INSERT INTO usage_alerts (user_id, meeting_id, alert_type, message)
SELECT md5('v2 user ' || n)::uuid, md5('v2 meeting ' || n)::uuid, 'ai_quota_exceeded', 'Used up in a V2 meeting'
FROM generate_series(1, 2) n;

-- A person leaves while V1's tables lie in the archive. With data.sql at scale 1 these archived rows have lost their user: 5 meetings,
-- 20 participants, 13 reactions, 10 files (keys that cascade), 49 messages, 3 summaries (keys that set NULL).
DELETE FROM users WHERE clerk_id = 'user_00000007';

COMMIT;
