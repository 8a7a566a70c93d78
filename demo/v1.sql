-- The application as it stands before the release: video meetings. Run as app_owner, after platform.sql.
-- Three tables survive the release (users, ai_usage_tracking, usage_alerts); the other six are dropped by it.

SET client_min_messages = warning;
SET search_path = public, extensions;

-- Types ---------------------------------------------------------------------------------------------------------------

CREATE TYPE plan_tier        AS ENUM ('free', 'pro', 'team');
CREATE TYPE meeting_status   AS ENUM ('scheduled', 'waiting', 'active', 'ended', 'cancelled');
CREATE TYPE participant_role AS ENUM ('host', 'co-host', 'participant');
CREATE DOMAIN emoji AS text CONSTRAINT emoji_is_short CHECK (length(VALUE) BETWEEN 1 AND 10);
COMMENT ON TYPE meeting_status IS 'Life of a video meeting';

-- Kept tables ---------------------------------------------------------------------------------------------------------

CREATE TABLE users (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  clerk_id       text NOT NULL UNIQUE,
  email          varchar(320) NOT NULL,
  name           text,
  plan           plan_tier NOT NULL DEFAULT 'free',
  role           varchar(20) NOT NULL DEFAULT 'host',
  verified_badge boolean NOT NULL DEFAULT false,
  preferences    jsonb NOT NULL DEFAULT '{}'::jsonb,
  last_seen_at   timestamptz,
  deleted_at     timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_email_shape CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
  CONSTRAINT users_role_check CHECK (role IN ('host', 'co-host', 'participant'))
);
CREATE INDEX idx_users_email ON users (email);
CREATE UNIQUE INDEX idx_users_email_live ON users (lower(email)) WHERE deleted_at IS NULL;
CREATE INDEX idx_users_preferences ON users USING gin (preferences jsonb_path_ops);
COMMENT ON TABLE users IS 'People, synchronised from Clerk';
COMMENT ON COLUMN users.clerk_id IS 'Clerk''s id of the same person';

-- Dropped tables ------------------------------------------------------------------------------------------------------

-- Belongs to no column: a DROP TABLE leaves it behind.
CREATE SEQUENCE meeting_number_seq START 1000 INCREMENT 1;

CREATE TABLE meetings (
  id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number               bigint NOT NULL DEFAULT nextval('meeting_number_seq') UNIQUE,
  host_id              uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title                varchar(200) NOT NULL,
  description          text,
  status               meeting_status NOT NULL DEFAULT 'scheduled',
  platform             varchar(20) NOT NULL DEFAULT 'web' CHECK (platform IN ('web', 'ios', 'android')),
  settings             jsonb NOT NULL DEFAULT '{"allow_chat": true, "allow_reactions": true, "max_participants": 100}'::jsonb,
  invite_link          text NOT NULL UNIQUE,
  meeting_code         char(9),
  waiting_room_enabled boolean NOT NULL DEFAULT true,
  max_participants     integer NOT NULL DEFAULT 100,
  started_at           timestamptz,
  ended_at             timestamptz,
  last_activity_at     timestamptz,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT meetings_max_participants_check CHECK (max_participants > 0 AND max_participants <= 100),
  CONSTRAINT meetings_times_check CHECK (ended_at IS NULL OR (started_at IS NOT NULL AND ended_at >= started_at))
);
CREATE INDEX idx_meetings_user_id ON meetings (host_id);
CREATE INDEX idx_meetings_status ON meetings (status) WHERE status IN ('waiting', 'active');
CREATE INDEX idx_meetings_created_at ON meetings (created_at DESC);
CREATE UNIQUE INDEX idx_meetings_code ON meetings (upper(meeting_code)) WHERE meeting_code IS NOT NULL;
COMMENT ON TABLE meetings IS 'Video meetings';
COMMENT ON COLUMN meetings.settings IS 'Switches of the meeting room';
COMMENT ON INDEX idx_meetings_code IS 'A code is typed by hand: case does not count';

CREATE TABLE participants (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  meeting_id  uuid NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role        participant_role NOT NULL DEFAULT 'participant',
  status      varchar(12) NOT NULL DEFAULT 'waiting',
  permissions jsonb NOT NULL DEFAULT '{}'::jsonb,
  joined_at   timestamptz,
  left_at     timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (meeting_id, user_id),
  CONSTRAINT participants_status_check CHECK (status IN ('waiting', 'joined', 'left', 'kicked'))
);
CREATE INDEX idx_participants_user_id ON participants (user_id) INCLUDE (meeting_id);
CREATE UNIQUE INDEX idx_participants_one_host ON participants (meeting_id) WHERE role = 'host';

CREATE TABLE messages (
  id          bigserial PRIMARY KEY,
  meeting_id  uuid NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
  user_id     uuid REFERENCES users (id) ON DELETE SET NULL,
  reply_to    bigint REFERENCES messages (id) ON DELETE SET NULL,
  type        varchar(10) NOT NULL DEFAULT 'text' CHECK (type IN ('text', 'file', 'system')),
  content     text NOT NULL,
  raw_payload text,
  metadata    jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE messages REPLICA IDENTITY FULL;
CREATE INDEX idx_messages_meeting_id ON messages (meeting_id, created_at);
CREATE INDEX idx_messages_user_id ON messages (user_id);
CREATE INDEX idx_messages_reply_to ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX idx_messages_content_search ON messages USING gin (to_tsvector('english', content));
CREATE STATISTICS messages_meeting_user (ndistinct, dependencies) ON meeting_id, user_id FROM messages;
COMMENT ON STATISTICS messages_meeting_user IS 'People write in few meetings each';
COMMENT ON COLUMN messages.raw_payload IS 'What the client sent, before cleaning';

CREATE TABLE reactions (
  id         bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  message_id bigint NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  emoji      emoji NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (message_id, user_id, emoji)
);
CREATE INDEX idx_reactions_user_id ON reactions (user_id);

CREATE TABLE files (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  meeting_id   uuid NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  filename     varchar(255) NOT NULL,
  file_size    bigint NOT NULL CHECK (file_size > 0),
  mime_type    text NOT NULL DEFAULT 'application/octet-stream',
  storage_path text GENERATED ALWAYS AS ('meetings/' || meeting_id::text || '/' || filename) STORED,
  preview      text,
  deleted      boolean NOT NULL DEFAULT false,
  expires_at   timestamptz NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE files ALTER COLUMN preview SET STORAGE EXTERNAL;
ALTER TABLE files ALTER COLUMN mime_type SET STATISTICS 200;
ALTER TABLE files SET (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX idx_files_meeting_id ON files (meeting_id);
CREATE INDEX idx_files_expires_at ON files (expires_at) WHERE NOT deleted;

CREATE TABLE meeting_summaries (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  meeting_id   uuid NOT NULL UNIQUE REFERENCES meetings (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  requested_by uuid REFERENCES users (id) ON DELETE SET NULL,
  summary      text NOT NULL,
  key_points   jsonb NOT NULL DEFAULT '[]'::jsonb,
  ai_model     text NOT NULL DEFAULT 'large',
  quality      numeric(3, 2) CHECK (quality BETWEEN 0 AND 1 AND (quality > 0 OR ai_model <> 'large')),
  created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_meeting_summaries_key_points ON meeting_summaries USING gin (key_points);

-- Kept tables whose keys lead into a dropped one ----------------------------------------------------------------------

CREATE TABLE ai_usage_tracking (
  id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  meeting_id  uuid REFERENCES meetings (id) ON DELETE SET NULL,
  feature     varchar(20) NOT NULL,
  tokens_used integer NOT NULL CHECK (tokens_used >= 0),
  cost_usd    numeric(10, 4) NOT NULL DEFAULT 0,
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ai_usage_tracking_feature_check CHECK (feature IN ('summary', 'translation', 'transcription'))
);
CREATE INDEX idx_ai_usage_tracking_user_id ON ai_usage_tracking (user_id, created_at DESC);
CREATE INDEX idx_ai_usage_tracking_meeting_id ON ai_usage_tracking (meeting_id) WHERE meeting_id IS NOT NULL;
COMMENT ON CONSTRAINT ai_usage_tracking_meeting_id_fkey ON ai_usage_tracking IS 'Costs outlive the meeting';

CREATE TABLE usage_alerts (
  id         bigserial PRIMARY KEY,
  user_id    uuid REFERENCES users (id) ON DELETE CASCADE,
  meeting_id uuid REFERENCES meetings (id) ON DELETE SET NULL,
  alert_type varchar(30) NOT NULL,
  message    text NOT NULL,
  severity   varchar(10) NOT NULL DEFAULT 'info' CHECK (severity IN ('info', 'warning', 'critical')),
  metadata   jsonb NOT NULL DEFAULT '{}'::jsonb,
  resolved   boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT usage_alerts_alert_type_check
    CHECK (alert_type IN ('file_cleanup', 'ai_quota_warning', 'ai_quota_exceeded', 'backup_failure'))
);
CREATE INDEX idx_usage_alerts_open ON usage_alerts (created_at) WHERE NOT resolved;

-- Functions -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END $$;
COMMENT ON FUNCTION update_updated_at_column() IS 'Used by every table with an updated_at';

-- Reads past the policies, so that a policy on participants does not ask itself.
CREATE FUNCTION is_meeting_participant(meeting uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT EXISTS (SELECT 1 FROM participants WHERE meeting_id = meeting AND user_id = auth.uid())
$$;
REVOKE ALL ON FUNCTION is_meeting_participant(uuid) FROM PUBLIC;

CREATE FUNCTION meetings_of(person uuid) RETURNS SETOF meetings LANGUAGE sql STABLE AS $$
  SELECT m.* FROM meetings m WHERE m.host_id = person
  UNION
  SELECT m.* FROM meetings m JOIN participants p ON p.meeting_id = m.id WHERE p.user_id = person
$$;
COMMENT ON FUNCTION meetings_of(uuid) IS 'Hosted or joined';

CREATE FUNCTION set_meeting_status(meeting uuid, new_status meeting_status) RETURNS void LANGUAGE sql AS $$
  UPDATE meetings SET status = new_status WHERE id = meeting
$$;

CREATE FUNCTION touch_meetings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE meetings m SET last_activity_at = latest.at
  FROM (SELECT meeting_id, max(created_at) AS at FROM new_messages GROUP BY meeting_id) latest
  WHERE m.id = latest.meeting_id AND m.last_activity_at IS DISTINCT FROM latest.at;
  RETURN NULL;
END $$;

CREATE FUNCTION broadcast_meeting_status() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  PERFORM realtime.send(jsonb_build_object('id', NEW.id, 'status', NEW.status), 'status', 'meeting:' || NEW.id);
  RETURN NULL;
END $$;

CREATE FUNCTION cleanup_expired_files() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  expired integer;
BEGIN
  UPDATE files SET deleted = true WHERE expires_at < now() AND NOT deleted;
  GET DIAGNOSTICS expired = ROW_COUNT;
  IF expired > 0 THEN
    INSERT INTO usage_alerts (alert_type, message, metadata)
    VALUES ('file_cleanup', 'Expired files cleaned up', jsonb_build_object('deleted_count', expired));
  END IF;
  RETURN expired;
END $$;

-- Triggers ------------------------------------------------------------------------------------------------------------

CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_meetings_updated_at BEFORE UPDATE ON meetings
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_participants_updated_at BEFORE UPDATE ON participants
  FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER messages_touch_meetings AFTER INSERT ON messages
  REFERENCING NEW TABLE AS new_messages FOR EACH STATEMENT EXECUTE FUNCTION touch_meetings();
CREATE TRIGGER meetings_broadcast_status AFTER UPDATE OF status ON meetings
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION broadcast_meeting_status();
COMMENT ON TRIGGER meetings_broadcast_status ON meetings IS 'Browsers listen on meeting:ID';
-- Switched off after an incident, and never switched on again.
CREATE TRIGGER participants_broadcast AFTER INSERT ON participants
  FOR EACH ROW WHEN (NEW.role = 'host') EXECUTE FUNCTION broadcast_meeting_status();
ALTER TABLE participants DISABLE TRIGGER participants_broadcast;

-- Views ---------------------------------------------------------------------------------------------------------------

CREATE VIEW active_meetings AS
  SELECT id, title, host_id, started_at FROM meetings WHERE status = 'active';
CREATE VIEW meeting_overview WITH (security_barrier = true) AS
  SELECT m.id, m.title, u.name AS host_name, u.plan,
         (SELECT count(*) FROM participants p WHERE p.meeting_id = m.id) AS participants,
         (SELECT coalesce(sum(a.cost_usd), 0) FROM ai_usage_tracking a WHERE a.meeting_id = m.id) AS ai_cost_usd
  FROM meetings m JOIN users u ON u.id = m.host_id;
COMMENT ON VIEW meeting_overview IS 'Dropped and kept tables in one picture';
COMMENT ON COLUMN meeting_overview.ai_cost_usd IS 'In US dollars';

-- Row level security --------------------------------------------------------------------------------------------------

ALTER TABLE users             ENABLE ROW LEVEL SECURITY;
ALTER TABLE ai_usage_tracking ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_alerts      ENABLE ROW LEVEL SECURITY;
ALTER TABLE meetings          ENABLE ROW LEVEL SECURITY;
ALTER TABLE participants      ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages          ENABLE ROW LEVEL SECURITY;
ALTER TABLE reactions         ENABLE ROW LEVEL SECURITY;
ALTER TABLE files             ENABLE ROW LEVEL SECURITY;
ALTER TABLE meeting_summaries ENABLE ROW LEVEL SECURITY;

CREATE POLICY users_select_own ON users FOR SELECT TO authenticated USING (id = auth.uid());
CREATE POLICY users_update_own ON users FOR UPDATE TO authenticated USING (id = auth.uid()) WITH CHECK (id = auth.uid());
-- A kept table's policy over a dropped table.
CREATE POLICY users_select_co_participants ON users FOR SELECT TO authenticated USING (
  EXISTS (SELECT 1 FROM participants p WHERE p.user_id = users.id AND is_meeting_participant(p.meeting_id)));
COMMENT ON POLICY users_select_co_participants ON users IS 'Names in the participant list';
CREATE POLICY ai_usage_tracking_select_own ON ai_usage_tracking FOR SELECT TO authenticated USING (user_id = auth.uid());
CREATE POLICY ai_usage_tracking_service ON ai_usage_tracking TO service_role USING (true) WITH CHECK (true);
CREATE POLICY usage_alerts_select_own ON usage_alerts FOR SELECT TO authenticated USING (user_id = auth.uid());

CREATE POLICY meetings_select_own ON meetings FOR SELECT TO authenticated
  USING (host_id = auth.uid() OR is_meeting_participant(id));
CREATE POLICY meetings_insert_own ON meetings FOR INSERT TO authenticated WITH CHECK (host_id = auth.uid());
CREATE POLICY meetings_update_own ON meetings FOR UPDATE TO authenticated
  USING (host_id = auth.uid() AND status IN ('scheduled', 'waiting', 'active'));
CREATE POLICY meetings_delete_own ON meetings FOR DELETE TO authenticated USING (host_id = auth.uid());
CREATE POLICY participants_select_meeting ON participants FOR SELECT TO authenticated
  USING (user_id = auth.uid() OR is_meeting_participant(meeting_id));
CREATE POLICY participants_join ON participants FOR INSERT TO authenticated
  WITH CHECK (user_id = auth.uid() AND status IN ('waiting', 'joined') AND role = 'participant');
CREATE POLICY messages_select_meeting ON messages FOR SELECT TO authenticated USING (is_meeting_participant(meeting_id));
CREATE POLICY messages_insert_own ON messages FOR INSERT TO authenticated
  WITH CHECK (user_id = auth.uid() AND type IN ('text', 'file') AND is_meeting_participant(meeting_id));
CREATE POLICY messages_not_while_suspended ON messages AS RESTRICTIVE FOR INSERT TO authenticated
  WITH CHECK ((SELECT u.deleted_at IS NULL FROM users u WHERE u.id = auth.uid()));
CREATE POLICY reactions_all_own ON reactions TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());
CREATE POLICY files_select_meeting ON files FOR SELECT TO authenticated
  USING (NOT deleted AND is_meeting_participant(meeting_id));
CREATE POLICY meeting_summaries_select_host ON meeting_summaries FOR SELECT TO authenticated USING (
  EXISTS (SELECT 1 FROM meetings m WHERE m.id = meeting_summaries.meeting_id AND m.host_id = auth.uid()));

-- Grants, beyond the default privileges of the platform ---------------------------------------------------------------

REVOKE ALL ON users, ai_usage_tracking, usage_alerts, messages, files, meeting_summaries FROM anon;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON users FROM authenticated;
GRANT UPDATE (name, preferences, last_seen_at) ON users TO authenticated;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ai_usage_tracking, usage_alerts, meeting_summaries FROM authenticated;
GRANT SELECT (id, title, status) ON meetings TO dashboard_user;
REVOKE ALL ON FUNCTION cleanup_expired_files() FROM PUBLIC, anon, authenticated;

-- Realtime ------------------------------------------------------------------------------------------------------------

ALTER PUBLICATION supabase_realtime ADD TABLE users, meetings, participants, messages, reactions;

RESET search_path;
RESET client_min_messages;
