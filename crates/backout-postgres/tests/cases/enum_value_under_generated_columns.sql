-- Enum value under generated columns.
-- rows: eg

-- before
CREATE TYPE egs AS ENUM ('RUNNING', 'KILLED');
CREATE FUNCTION egf(text) RETURNS egs IMMUTABLE LANGUAGE sql AS 'SELECT $1::egs';
CREATE FUNCTION egd(egs) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$ SELECT $1 = 'RUNNING'::egs $$;
CREATE TABLE eg (key varchar(20) PRIMARY KEY, value jsonb NOT NULL,
  state egs NOT NULL GENERATED ALWAYS AS (egf(value ->> 'state')) STORED,
  done boolean GENERATED ALWAYS AS (egd(egf(value ->> 'state'))) STORED, plain egs DEFAULT 'KILLED',
  same boolean GENERATED ALWAYS AS (plain = 'KILLED') STORED,
  since int GENERATED ALWAYS AS (length(key)) STORED);
CREATE INDEX eg_state ON eg (state, key);
CREATE INDEX eg_done ON eg (since) WHERE done;
CREATE VIEW egv AS SELECT key FROM eg WHERE state = 'RUNNING';
COMMENT ON COLUMN eg.state IS 'it''s';
ALTER TABLE eg ADD CHECK (state <> 'KILLED' OR since > 0);
INSERT INTO eg (key, value) VALUES ('a', '{"state": "RUNNING"}'), ('b', '{"state": "KILLED"}');

-- up
ALTER TYPE egs ADD VALUE IF NOT EXISTS 'QUEUED';
CREATE TABLE egq (id int, s egs);
CREATE INDEX eg_new ON eg (state);

-- since
INSERT INTO eg (key, value) VALUES ('since', '{"state": "RUNNING"}');
