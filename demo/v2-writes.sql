-- What the application writes after the release: 50 clients, 200 meetings, 300 action items, 100 embeddings in the new tables;
-- 20 people, 100 usage rows and 10 alerts in the kept ones, and the new columns of 40 people. Run as app_owner, once.
-- V1 can hold every row of the kept tables: an undo keeps them all. (For rows that it cannot hold, see v2-conflicts.sql.)
BEGIN;

INSERT INTO users (id, clerk_id, email, name, plan, onboarding_completed, workspace_name)
SELECT md5('v2 user ' || n)::uuid, 'user_v2_' || lpad(n::text, 6, '0'), 'newcomer' || n || '@example.com', 'Newcomer ' || n,
       'free', true, 'Workspace ' || n
FROM generate_series(1, 20) n;

UPDATE users SET workspace_name = name || '''s clients', onboarding_completed = true
WHERE id IN (SELECT id FROM users WHERE clerk_id LIKE 'user\_0%' ORDER BY clerk_id LIMIT 20);

INSERT INTO clients (id, user_id, name, company, tags)
SELECT md5('client ' || n)::uuid, md5('v2 user ' || 1 + n % 20)::uuid, 'Client ' || n, 'Company ' || n % 9, ARRAY['tag' || n % 4]
FROM generate_series(1, 50) n;

INSERT INTO meetings (id, user_id, client_id, title, date, duration_minutes, status, notes)
SELECT md5('v2 meeting ' || n)::uuid, md5('v2 user ' || 1 + (1 + n % 50) % 20)::uuid, md5('client ' || 1 + n % 50)::uuid,
       'Call ' || n, date '2026-01-08' + n % 30, 15 + n % 60, CASE WHEN n % 3 = 0 THEN 'planned' ELSE 'held' END, 'Notes of call ' || n
FROM generate_series(1, 200) n;

INSERT INTO action_items (user_id, client_id, meeting_id, description, status, due_date)
SELECT m.user_id, m.client_id, m.id, 'Follow up ' || n, CASE WHEN n % 4 = 0 THEN 'done' ELSE 'promised' END, m.date + 7
FROM generate_series(1, 300) n JOIN meetings m ON m.id = md5('v2 meeting ' || 1 + n % 200)::uuid
ORDER BY n;

INSERT INTO embeddings (id, user_id, client_id, meeting_id, content)
SELECT md5('embedding ' || n)::uuid, m.user_id, m.client_id, m.id, 'Chunk ' || n
FROM generate_series(1, 100) n JOIN meetings m ON m.id = md5('v2 meeting ' || n)::uuid;

INSERT INTO ai_usage_tracking (user_id, feature, tokens_used, cost_usd)
SELECT md5('v2 user ' || 1 + n % 20)::uuid, 'summary', 500 + n, 0.02 FROM generate_series(1, 100) n;

INSERT INTO usage_alerts (user_id, alert_type, message, metadata)
SELECT md5('v2 user ' || n)::uuid, 'ai_quota_warning', 'First week nearly used up', '{"source": "v2"}'::jsonb
FROM generate_series(1, 10) n;

COMMIT;
