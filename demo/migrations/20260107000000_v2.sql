-- V2: from video meetings to a memory of clients.
--
-- Drops the six tables of the video platform, makes clients, meetings (of another shape), action_items and embeddings.
-- MUST NOT touch the rows of: users, ai_usage_tracking, usage_alerts.

BEGIN;

-- 1. Pre-flight checks

DO $$
DECLARE
  kept text;
BEGIN
  FOREACH kept IN ARRAY ARRAY['users', 'ai_usage_tracking', 'usage_alerts'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = kept) THEN
      RAISE EXCEPTION 'table "%" not found - ABORT', kept;
    END IF;
  END LOOP;
  IF EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'clients') THEN
    RAISE EXCEPTION 'table "clients" exists: V2 was applied already - ABORT';
  END IF;
END $$;

DO $$
DECLARE
  users_count bigint;
BEGIN
  SELECT count(*) INTO users_count FROM users;
  IF users_count < 1 THEN
    RAISE EXCEPTION 'table "users" is empty - ABORT';
  END IF;
  PERFORM set_config('v2.users_before', users_count::text, true);
  RAISE NOTICE 'users: % rows', users_count;
END $$;

-- 2. Drop the video platform

DROP VIEW IF EXISTS active_meetings;
DROP TABLE IF EXISTS meeting_summaries CASCADE;
DROP TABLE IF EXISTS files CASCADE;
DROP TABLE IF EXISTS reactions CASCADE;
DROP TABLE IF EXISTS messages CASCADE;
DROP TABLE IF EXISTS participants CASCADE;
DROP TABLE IF EXISTS meetings CASCADE;

DROP SEQUENCE IF EXISTS meeting_number_seq;
DROP FUNCTION IF EXISTS cleanup_expired_files();
DROP FUNCTION IF EXISTS is_meeting_participant(uuid) CASCADE;
DROP FUNCTION IF EXISTS touch_meetings() CASCADE;
DROP FUNCTION IF EXISTS broadcast_meeting_status() CASCADE;
DROP TYPE IF EXISTS meeting_status CASCADE;
DROP TYPE IF EXISTS participant_role;
DROP DOMAIN IF EXISTS emoji;

-- 3. pgvector, where the platform has it

DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS vector;
  RAISE NOTICE 'pgvector installed';
EXCEPTION
  WHEN OTHERS THEN
    RAISE WARNING 'pgvector is not available (%): embeddings will be stored as JSONB', SQLERRM;
END $$;

-- 4. New tables

CREATE TABLE clients (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id         uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name            text NOT NULL,
  company         text,
  email           text,
  overview        text,
  research_data   jsonb,
  tags            text[] NOT NULL DEFAULT '{}',
  status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'archived')),
  last_meeting_at timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE meetings (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id          uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id        uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  title            text NOT NULL,
  date             date NOT NULL DEFAULT current_date,
  duration_minutes integer CHECK (duration_minutes > 0),
  status           text NOT NULL DEFAULT 'planned' CHECK (status IN ('planned', 'held', 'cancelled')),
  notes            text,
  transcript       text,
  summary          jsonb,
  ai_processed     boolean NOT NULL DEFAULT false,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE action_items (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id   uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  meeting_id  uuid REFERENCES meetings (id) ON DELETE SET NULL,
  description text NOT NULL,
  status      text NOT NULL DEFAULT 'to_prepare' CHECK (status IN ('to_prepare', 'promised', 'done', 'canceled')),
  due_date    date,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector') THEN
    CREATE TABLE embeddings (
      id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      client_id   uuid REFERENCES clients (id) ON DELETE CASCADE,
      meeting_id  uuid REFERENCES meetings (id) ON DELETE CASCADE,
      content     text NOT NULL,
      embedding   vector(1536),
      created_at  timestamptz NOT NULL DEFAULT now()
    );
  ELSE
    CREATE TABLE embeddings (
      id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      client_id   uuid REFERENCES clients (id) ON DELETE CASCADE,
      meeting_id  uuid REFERENCES meetings (id) ON DELETE CASCADE,
      content     text NOT NULL,
      embedding   jsonb,
      created_at  timestamptz NOT NULL DEFAULT now()
    );
  END IF;
END $$;

COMMENT ON TABLE clients IS 'Whom a user works for';
COMMENT ON TABLE meetings IS 'Meetings with a client, held anywhere';

-- 5. Kept tables: new columns, a wider CHECK. No rows are changed.

ALTER TABLE users
  ADD COLUMN workspace_name text,
  ADD COLUMN onboarding_completed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN users.workspace_name IS 'Shown above the list of clients';
ALTER TABLE ai_usage_tracking DROP CONSTRAINT ai_usage_tracking_feature_check;
ALTER TABLE ai_usage_tracking ADD CONSTRAINT ai_usage_tracking_feature_check
  CHECK (feature IN ('summary', 'translation', 'transcription', 'client_insight'));

-- 6. Indexes (some with the names of dropped ones)

CREATE INDEX idx_clients_user_id ON clients (user_id);
CREATE INDEX idx_clients_tags ON clients USING gin (tags);
CREATE INDEX idx_meetings_user_id ON meetings (user_id);
CREATE INDEX idx_meetings_status ON meetings (status);
CREATE INDEX idx_meetings_created_at ON meetings (created_at);
CREATE INDEX idx_meetings_client_id ON meetings (client_id, date DESC);
CREATE INDEX idx_action_items_client_id ON action_items (client_id);
CREATE INDEX idx_action_items_due_date ON action_items (due_date) WHERE status <> 'done';
CREATE INDEX idx_embeddings_client_id ON embeddings (client_id);

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector') THEN
    CREATE INDEX idx_embeddings_vector ON embeddings USING ivfflat (embedding vector_cosine_ops) WITH (lists = 100);
  END IF;
END $$;

-- 7. Row level security

ALTER TABLE clients      ENABLE ROW LEVEL SECURITY;
ALTER TABLE meetings     ENABLE ROW LEVEL SECURITY;
ALTER TABLE action_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE embeddings   ENABLE ROW LEVEL SECURITY;

CREATE POLICY clients_all_own ON clients TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());
CREATE POLICY meetings_select_own ON meetings FOR SELECT TO authenticated USING (user_id = auth.uid());
CREATE POLICY meetings_insert_own ON meetings FOR INSERT TO authenticated WITH CHECK (
  user_id = auth.uid() AND EXISTS (SELECT 1 FROM clients c WHERE c.id = client_id AND c.user_id = auth.uid()));
CREATE POLICY meetings_update_own ON meetings FOR UPDATE TO authenticated USING (user_id = auth.uid());
CREATE POLICY meetings_delete_own ON meetings FOR DELETE TO authenticated USING (user_id = auth.uid());
CREATE POLICY action_items_all_own ON action_items TO authenticated
  USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());
CREATE POLICY embeddings_select_own ON embeddings FOR SELECT TO authenticated USING (user_id = auth.uid());
CREATE POLICY embeddings_service ON embeddings TO service_role USING (true) WITH CHECK (true);

-- 8. Functions, triggers, views, grants

CREATE FUNCTION touch_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE clients SET last_meeting_at = greatest(last_meeting_at, NEW.date::timestamptz) WHERE id = NEW.client_id;
  RETURN NULL;
END $$;

CREATE TRIGGER update_clients_updated_at BEFORE UPDATE ON clients
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_meetings_updated_at BEFORE UPDATE ON meetings
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_action_items_updated_at BEFORE UPDATE ON action_items
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER meetings_touch_client AFTER INSERT ON meetings
  FOR EACH ROW EXECUTE FUNCTION touch_client();

CREATE VIEW meeting_overview AS
  SELECT m.id, m.title, m.date, c.name AS client_name, u.name AS user_name
  FROM meetings m JOIN clients c ON c.id = m.client_id JOIN users u ON u.id = m.user_id;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO authenticated;
REVOKE ALL ON clients, meetings, action_items, embeddings FROM anon;

-- 9. Realtime

ALTER PUBLICATION supabase_realtime ADD TABLE clients;
ALTER PUBLICATION supabase_realtime ADD TABLE meetings;
ALTER PUBLICATION supabase_realtime ADD TABLE action_items;

-- 10. Verification

DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['clients', 'meetings', 'action_items', 'embeddings',
                                'users', 'ai_usage_tracking', 'usage_alerts'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = wanted AND rowsecurity) THEN
      RAISE EXCEPTION 'table "%" is missing or has no row level security - ROLLBACK', wanted;
    END IF;
  END LOOP;
  FOREACH wanted IN ARRAY ARRAY['participants', 'messages', 'reactions', 'files', 'meeting_summaries'] LOOP
    IF EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = wanted) THEN
      RAISE EXCEPTION 'table "%" is still there - ROLLBACK', wanted;
    END IF;
  END LOOP;
  IF (SELECT count(*) FROM users) < current_setting('v2.users_before')::bigint THEN
    RAISE EXCEPTION 'users lost rows - ROLLBACK';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_publication_tables WHERE pubname = 'supabase_realtime' AND tablename = 'clients') THEN
    RAISE EXCEPTION 'clients are not published - ROLLBACK';
  END IF;
  RAISE NOTICE 'V2 verified';
END $$;

COMMIT;
