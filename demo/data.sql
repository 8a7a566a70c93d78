-- Fills V1: 200,000 rows in the six tables that the release drops, 7,500 in the kept ones. Run as app_owner, once, after v1.sql.
-- Same rows on every machine: each value is a function of its row's number. Two settings, both optional
-- (PGOPTIONS='-c demo.scale=0.01', or SET before this file):
--   demo.scale    multiplies the numbers of rows; 0.01 makes dropped tables of about 1 MB
--   demo.bulk_mb  adds this much text that hardly compresses to the dropped tables, in the rows that are there anyway
--                 (at most 8 MB to each file: with a scale of 0.01 that is 1,600)

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public, extensions;
SET LOCAL synchronous_commit = off;
SET LOCAL work_mem = '64MB';

CREATE TEMP TABLE demo_size ON COMMIT DROP AS
WITH asked AS (
  SELECT coalesce(nullif(current_setting('demo.scale', true), '')::numeric, 1) AS scale,
         coalesce(nullif(current_setting('demo.bulk_mb', true), '')::numeric, 0) * 1048576 AS bulk_bytes
), counted AS (
  SELECT greatest((2000 * scale)::int, 20) AS users, greatest((10000 * scale)::int, 50) AS meetings, bulk_bytes FROM asked
), per_row AS (
  -- Up to 1,600 bytes stay in a message's own row; the remainder goes to the files' previews, out of line.
  SELECT *, least(1600, bulk_bytes / 4 / (meetings * 10))::int AS message_bytes FROM counted
)
SELECT *, ceil((bulk_bytes - message_bytes::numeric * meetings * 10) / (meetings * 2))::int AS file_bytes FROM per_row;

-- Random-looking text of 8 MB, of which each row takes its slice.
-- Bytes, since a slice of UTF-8 text is found only by counting characters from its start.
CREATE TEMP TABLE demo_text (body bytea) ON COMMIT DROP;
ALTER TABLE demo_text ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO demo_text
SELECT convert_to(string_agg(translate(encode(sha512(convert_to('backout ' || n, 'UTF8')), 'base64'), E'\n=', ''), '' ORDER BY n), 'UTF8')
FROM demo_size, generate_series(1, CASE WHEN bulk_bytes > 0 THEN 98000 ELSE 1 END) n;

CREATE FUNCTION pg_temp.user_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$ SELECT md5('user ' || n)::uuid $$;
CREATE FUNCTION pg_temp.meeting_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$ SELECT md5('meeting ' || n)::uuid $$;
CREATE FUNCTION pg_temp.at(seconds bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
  $$ SELECT to_timestamp(1759276800 + seconds) $$; -- 1 October 2025

-- Messages go in by one statement, whose trigger would write each meeting a second time.
ALTER TABLE messages DISABLE TRIGGER messages_touch_meetings;

INSERT INTO users (id, clerk_id, email, name, plan, role, verified_badge, preferences, last_seen_at, created_at, updated_at)
SELECT pg_temp.user_id(n), 'user_' || lpad(n::text, 8, '0'), 'person' || n || '@example.com',
       (ARRAY['Ada', 'Grace', 'Edsger', 'Barbara', 'Tony', 'Frances', 'Jim'])[1 + n % 7] || ' ' || n,
       (CASE WHEN n % 20 = 0 THEN 'team' WHEN n % 5 = 0 THEN 'pro' ELSE 'free' END)::plan_tier,
       (ARRAY['host', 'participant', 'co-host'])[1 + n % 3], n % 11 = 0,
       jsonb_build_object('theme', (ARRAY['light', 'dark'])[1 + n % 2], 'lang', (ARRAY['en', 'de', 'fr'])[1 + n % 3]),
       pg_temp.at(n * 600 + 86400), pg_temp.at(n * 600), pg_temp.at(n * 600)
FROM demo_size, generate_series(1, users) n;

INSERT INTO meetings (id, host_id, title, description, status, platform, settings, invite_link, meeting_code,
                      max_participants, started_at, ended_at, last_activity_at, created_at, updated_at)
SELECT pg_temp.meeting_id(n), pg_temp.user_id(1 + n % users),
       (ARRAY['Weekly review', 'Planning', 'Interview', 'Retrospective', 'Client call'])[1 + n % 5] || ' #' || n,
       CASE WHEN n % 3 = 0 THEN 'Agenda: ' || md5('agenda ' || n) END,
       (CASE WHEN n % 50 = 0 THEN 'active' WHEN n % 10 = 1 THEN 'scheduled' WHEN n % 25 = 7 THEN 'cancelled' ELSE 'ended' END)::meeting_status,
       (ARRAY['web', 'ios', 'android'])[1 + n % 3],
       jsonb_build_object('allow_chat', true, 'max_participants', 10 + n % 90),
       'https://meet.example.com/j/' || md5('invite ' || n),
       upper(substr(md5('code ' || n), 1, 4)) || '-' || lpad((n % 10000)::text, 4, '0'), 10 + n % 90,
       CASE WHEN n % 10 <> 1 AND n % 25 <> 7 THEN pg_temp.at(n * 300 + 60) END,
       CASE WHEN n % 10 <> 1 AND n % 25 <> 7 AND n % 50 <> 0 THEN pg_temp.at(n * 300 + 1860) END,
       CASE WHEN n % 10 <> 1 THEN pg_temp.at(n * 300 + 1800) END, pg_temp.at(n * 300), pg_temp.at(n * 300 + 1860)
FROM demo_size, generate_series(1, meetings) n;

INSERT INTO participants (meeting_id, user_id, role, status, permissions, joined_at, left_at, created_at, updated_at)
SELECT pg_temp.meeting_id(m), pg_temp.user_id(1 + (m + k * 3) % users),
       (CASE k WHEN 0 THEN 'host' WHEN 1 THEN 'co-host' ELSE 'participant' END)::participant_role,
       (ARRAY['left', 'left', 'joined', 'waiting'])[1 + (m + k) % 4], jsonb_build_object('can_share_screen', k < 2),
       pg_temp.at(m * 300 + 60 + k), pg_temp.at(m * 300 + 1800 + k), pg_temp.at(m * 300), pg_temp.at(m * 300 + 1800 + k)
FROM demo_size, generate_series(1, meetings) m, generate_series(0, 3) k;

INSERT INTO messages (meeting_id, user_id, reply_to, type, content, raw_payload, metadata, created_at)
SELECT pg_temp.meeting_id(1 + (n - 1) / 10), CASE WHEN n % 97 <> 0 THEN pg_temp.user_id(1 + ((n - 1) / 10 + 1 + n % 4 * 3) % users) END,
       CASE WHEN n % 10 = 5 THEN n - 2 END, (CASE WHEN n % 97 = 0 THEN 'system' WHEN n % 20 = 3 THEN 'file' ELSE 'text' END),
       (ARRAY['Can everybody hear me?', 'Shall we move the deadline', 'I will send the notes', 'Agreed', 'Next topic please'])[1 + n % 5]
         || ' ' || n,
       CASE WHEN message_bytes > 0 THEN convert_from(substr(body, (1 + (n::bigint * 104729) % 8000000)::int, message_bytes), 'UTF8') END,
       jsonb_build_object('client', (ARRAY['web', 'ios', 'android'])[1 + n % 3]),
       pg_temp.at((1 + (n - 1) / 10) * 300 + 60 + n % 10 * 170)
FROM demo_size, demo_text, generate_series(1, meetings * 10) n;

INSERT INTO reactions (message_id, user_id, emoji, created_at)
SELECT n * 4, pg_temp.user_id(1 + n % users), (ARRAY['👍', '🎉', '❤️', '😂'])[1 + n % 4], pg_temp.at(n * 120)
FROM demo_size, generate_series(1, meetings * 5 / 2) n;

INSERT INTO files (id, meeting_id, user_id, filename, file_size, mime_type, preview, deleted, expires_at, created_at)
SELECT md5('file ' || n)::uuid, pg_temp.meeting_id(1 + (n - 1) / 2), pg_temp.user_id(1 + n % users), 'slides-' || n || '.pdf',
       1000 + n % 500000, (ARRAY['application/pdf', 'image/png', 'text/plain'])[1 + n % 3],
       CASE WHEN file_bytes > 0 THEN convert_from(
         substr(body, (1 + (n::bigint * 611953) % greatest(1, 8000000 - file_bytes))::int, file_bytes), 'UTF8') END,
       n % 9 = 0, pg_temp.at(n * 150 + 604800), pg_temp.at(n * 150)
FROM demo_size, demo_text, generate_series(1, meetings * 2) n;

INSERT INTO meeting_summaries (id, meeting_id, requested_by, summary, key_points, ai_model, quality, created_at)
SELECT md5('summary ' || n)::uuid, pg_temp.meeting_id(n * 2), pg_temp.user_id(1 + n % users),
       'Discussed ' || md5('topic ' || n) || ' and agreed on the next steps.',
       jsonb_build_array('decision ' || n, 'owner ' || 1 + n % users),
       (ARRAY['large', 'small', 'draft'])[1 + n % 3], (1 + n % 100) / 100.0, pg_temp.at(n * 600 + 2000)
FROM demo_size, generate_series(1, meetings / 2) n;

INSERT INTO ai_usage_tracking (user_id, meeting_id, feature, tokens_used, cost_usd, created_at)
SELECT pg_temp.user_id(1 + n % users), CASE WHEN n % 4 <> 0 THEN pg_temp.meeting_id(n * 2) END,
       (ARRAY['summary', 'translation', 'transcription'])[1 + n % 3], 200 + n % 4000, (200 + n % 4000) / 50000.0, pg_temp.at(n * 600 + 2000)
FROM demo_size, generate_series(1, meetings / 2) n;

INSERT INTO usage_alerts (user_id, meeting_id, alert_type, message, severity, metadata, resolved, created_at)
SELECT pg_temp.user_id(1 + n % users), CASE WHEN n % 2 = 0 THEN pg_temp.meeting_id(n * 20) END,
       (ARRAY['ai_quota_warning', 'ai_quota_exceeded', 'file_cleanup'])[1 + n % 3], 'Alert ' || n,
       (ARRAY['info', 'warning', 'critical'])[1 + n % 3], jsonb_build_object('used', n % 100), n % 3 <> 0, pg_temp.at(n * 6000)
FROM demo_size, generate_series(1, greatest(meetings / 20, 2)) n;

ALTER TABLE messages ENABLE TRIGGER messages_touch_meetings;
COMMIT;

ANALYZE public.users, public.meetings, public.participants, public.messages, public.reactions, public.files,
        public.meeting_summaries, public.ai_usage_tracking, public.usage_alerts;
