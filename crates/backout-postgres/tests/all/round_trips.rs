//! Up, writes, undo: the dump is what it was, and so are the rows.

use crate::harness::{Bench, OURS, mode, rules, same};
use anyhow::{Context, Result};
use backout_postgres::archive;
use backout_postgres::migrate::Rules;
use backout_testkit::TestServer;
use std::time::Duration;

struct Case {
    name: &'static str,
    before: &'static str,
    up: &'static str,
    /// What the application writes before the undo.
    since: &'static str,
    /// Tables whose rows must be the same afterwards, apart from what `since` wrote.
    rows: &'static [&'static str],
    /// What the verdicts must mention; empty for exact.
    verdict: &'static str,
    /// How many rows and values the undo must put aside.
    aside: Option<u32>,
    /// What the undo must say that it could not give back, since rows written since do not fit.
    left: &'static str,
    /// What makes of what is there after the undo what was there before.
    then: &'static str,
}

const NOTHING: Case =
    Case { name: "", before: "", up: "", since: "", rows: &[], verdict: "", aside: None, left: "", then: "" };

const BASE: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE users (id serial PRIMARY KEY, email varchar(80) UNIQUE NOT NULL, mood mood DEFAULT 'ok', note text);
CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
  title text NOT NULL, state varchar(10) DEFAULT 'new' CHECK (state IN ('new', 'old')), at timestamptz DEFAULT '2026-01-01');
CREATE INDEX posts_user ON posts (user_id); CREATE INDEX posts_title ON posts (lower(title)) WHERE state IN ('new', 'old');
CREATE VIEW recent AS SELECT p.id, p.title, u.email FROM posts p JOIN users u ON u.id = p.user_id WHERE p.state IN ('new', 'old');
COMMENT ON TABLE posts IS 'what they wrote'; COMMENT ON COLUMN posts.title IS 'it''s a title';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at = now(); RETURN NEW; END $$;
CREATE TRIGGER posts_touch BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON posts FOR SELECT USING (user_id = 1 OR state IN ('new', 'old'));
CREATE POLICY via ON users USING (EXISTS (SELECT 1 FROM posts WHERE posts.user_id = users.id));
GRANT SELECT ON posts TO PUBLIC; GRANT SELECT (id, email) ON users TO PUBLIC;
CREATE STATISTICS posts_stat ON user_id, state FROM posts;
INSERT INTO users (email) SELECT 'u' || i FROM generate_series(1, 20) i;
INSERT INTO posts (user_id, title) SELECT 1 + i % 20, 't' || i FROM generate_series(1, 200) i;
";

const CASES: &[Case] = &[
    Case { name: "zone_of_the_file_for_times",
           before: "CREATE TABLE zt (id int PRIMARY KEY, a timestamptz, b timestamp, c timestamptz[]); INSERT INTO zt SELECT i, t, t AT TIME ZONE 'UTC', ARRAY[t] FROM generate_series(1, 40) i, LATERAL (SELECT timestamptz '2026-10-25 00:00Z' + i * interval '6 min') x (t)",
           up: "SET TIME ZONE 'Europe/Berlin'; ALTER TABLE zt ALTER a TYPE timestamp, ALTER b TYPE timestamptz, ALTER c TYPE timestamp[]; SET TIME ZONE 'Asia/Kolkata'; UPDATE zt SET a = a + interval '1 day', c = '{2026-10-10 10:00}' WHERE id > 20; RESET TimeZone",
           since: "INSERT INTO zt VALUES (77, '2026-07-01 12:00', '2026-07-01 12:00Z', NULL)", rows: &["zt"], then: "DO $$ BEGIN ASSERT (SELECT a = '2026-07-01 10:00Z' AND b = '2026-07-01 14:00' FROM zt WHERE id = 77); END $$; DELETE FROM zt WHERE id = 77", ..NOTHING },
    Case { name: "zone_of_the_file_for_times_that_are_keys",
           before: "CREATE TABLE zk (at timestamptz PRIMARY KEY, n numeric, gone date[], CHECK (n > 0)); CREATE DOMAIN day AS date; CREATE TABLE zd (at timestamptz PRIMARY KEY, d day, i interval, f float8); INSERT INTO zk SELECT t, (i + 2) / 3.0, ARRAY['2026-01-02'::date] FROM generate_series(1, 40) i, LATERAL (SELECT timestamptz '2026-10-25 00:00Z' + i * interval '6 min') x (t);
             INSERT INTO zd SELECT at, '2026-02-03', - interval '1 day 02:03:04', n / 7 FROM zk",
           up: "SET TIME ZONE 'America/New_York'; SET datestyle = 'SQL, DMY'; SET intervalstyle = 'sql_standard'; SET extra_float_digits = -3; ALTER TABLE zk ALTER n TYPE int, ALTER gone TYPE text; UPDATE zd SET d = '03/04/2026', i = i * 2; ALTER TABLE zd ALTER d TYPE text, ALTER i TYPE text, ALTER f TYPE text;
             UPDATE zd SET d = 'x', i = 'y', f = 'z' WHERE f::float8 > 1; ALTER TABLE zk DROP COLUMN gone; DROP DOMAIN day; UPDATE zd SET d = d || '!' WHERE i = 'y'; RESET TimeZone; RESET datestyle; RESET intervalstyle; RESET extra_float_digits",
           since: "INSERT INTO zd VALUES ('2026-01-01', '05/04/2026', '07:00:00', '1.5')", rows: &["zk", "zd"], then: "DO $$ BEGIN ASSERT (SELECT d = '2026-04-05' AND i = '07:00' FROM zd WHERE at = '2026-01-01'); END $$; DELETE FROM zd WHERE at = '2026-01-01'", ..NOTHING },
    Case { name: "made_anew_in_the_order_of_its_key",
           before: "CREATE TABLE ko (id int CONSTRAINT kop PRIMARY KEY WITH (fillfactor = 80), gone text NOT NULL, kept text UNIQUE, up int REFERENCES ko); CREATE TABLE kr (ko int NOT NULL REFERENCES ko ON DELETE CASCADE, other int REFERENCES ko DEFERRABLE); INSERT INTO ko SELECT i, 'g' || i, 'k' || i, nullif(i - 1, 0) FROM generate_series(1, 3000) i; INSERT INTO kr SELECT id, id FROM ko WHERE id < 9;
             ALTER TABLE ko CLUSTER ON kop; ALTER TABLE ko REPLICA IDENTITY USING INDEX kop; COMMENT ON CONSTRAINT kop ON ko IS 'key'; COMMENT ON INDEX kop IS 'index'; CREATE VIEW kv AS SELECT id, kept FROM ko GROUP BY id; ANALYZE ko",
           up: "ALTER TABLE ko DROP COLUMN gone; ALTER TABLE ko RENAME id TO nr; ALTER TABLE ko RENAME CONSTRAINT kop TO koq", since: "INSERT INTO ko VALUES (7777, 'since', 5); INSERT INTO kr VALUES (7777, 5); DELETE FROM ko WHERE nr = 7777; UPDATE ko SET up = 1 WHERE nr = 20; UPDATE ko SET up = 19 WHERE nr = 20", rows: &["ko", "kr"], ..NOTHING },
    Case { name: "keys_act_in_their_former_order",
           before: "CREATE TABLE kp (id int PRIMARY KEY); CREATE TABLE ka (id int PRIMARY KEY, kp int REFERENCES kp ON DELETE CASCADE); CREATE TABLE kc (id int PRIMARY KEY, kp int REFERENCES kp ON DELETE CASCADE); CREATE TABLE kb (id int PRIMARY KEY, ka int REFERENCES ka ON DELETE CASCADE, kc int REFERENCES kc);
             INSERT INTO kp VALUES (1), (2); INSERT INTO ka VALUES (10, 1), (20, 2); INSERT INTO kc VALUES (1, 1); INSERT INTO kb VALUES (100, 10, 1)",
           up: "DROP TABLE ka CASCADE", rows: &["kp", "ka", "kb", "kc"], then: "BEGIN; DELETE FROM kp; DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM kb); END $$; ROLLBACK", ..NOTHING },
    Case { name: "keys_of_one_table_act_in_their_former_order",
           before: "CREATE TABLE kp (id int PRIMARY KEY); CREATE TABLE kb (id int PRIMARY KEY, one int CONSTRAINT k1 REFERENCES kp ON DELETE CASCADE, two int CONSTRAINT k2 REFERENCES kp); INSERT INTO kp VALUES (1), (2); INSERT INTO kb VALUES (100, 1, 1), (200, 2, 2)",
           up: "ALTER TABLE kb DROP CONSTRAINT k1", rows: &["kp", "kb"], then: "BEGIN; DELETE FROM kp; DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM kb); END $$; ROLLBACK", ..NOTHING },
    Case { name: "defaults_of_types_without_equality",
           before: "CREATE TABLE jd (id int PRIMARY KEY); INSERT INTO jd SELECT generate_series(1, 5)",
           up: "ALTER TABLE jd ADD j json DEFAULT '{}', ADD p point NOT NULL DEFAULT '(0,0)', ADD x xml DEFAULT '<a/>', ADD a json[] DEFAULT '{}', ADD b jsonb DEFAULT '{}', ADD y polygon DEFAULT '((0,0),(1,1))'",
           since: "INSERT INTO jd (id, j, p) VALUES (6, '[1]', '(1,2)'); UPDATE jd SET a = ARRAY['1'::json], x = '<b/>' WHERE id = 2; DELETE FROM jd WHERE id = 6; UPDATE jd SET j = '[2]' WHERE id = 3", rows: &["jd"], aside: Some(3), ..NOTHING },
    Case { name: "not_valid_check_of_a_parent_that_was_left",
           before: "CREATE TABLE nv (id int, w text); CREATE TABLE nc (x int) INHERITS (nv); INSERT INTO nc VALUES (1, 'long', 1); ALTER TABLE nv ADD CONSTRAINT nvc CHECK (length(w) < 3) NOT VALID",
           up: "ALTER TABLE nc NO INHERIT nv", since: "INSERT INTO nc VALUES (2, 'w', 2); DELETE FROM nc WHERE id = 2", rows: &["nc"], ..NOTHING },
    Case { name: "keys_that_change_under_an_exclusion",
           before: "CREATE TABLE xc (id int PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&)); INSERT INTO xc SELECT i, int4range(i, i + 1) FROM generate_series(1, 9) i",
           up: "UPDATE xc SET id = id + 100", since: "INSERT INTO xc VALUES (77, '[100,110)')", rows: &["xc"], ..NOTHING },
    Case { name: "keys_exchanged_under_an_exclusion",
           before: "CREATE TABLE xc (id int PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&)); INSERT INTO xc SELECT i, int4range(i, i + 1) FROM generate_series(1, 9) i",
           up: "UPDATE xc SET id = id + 100; UPDATE xc SET r = int4range(lower(r) + 50, upper(r) + 50)", rows: &["xc"], ..NOTHING },
    Case { name: "partition_dropped_after_a_column",
           before: "CREATE TABLE pa (at int NOT NULL, gone text NOT NULL DEFAULT 'p', kept text, PRIMARY KEY (at)) PARTITION BY LIST (at); CREATE TABLE pa1 PARTITION OF pa FOR VALUES IN (1); CREATE TABLE pa2 PARTITION OF pa DEFAULT; INSERT INTO pa SELECT i, 'g' || i, 'k' FROM generate_series(1, 9) i",
           up: "ALTER TABLE pa DROP COLUMN gone; DROP TABLE pa2", rows: &["pa2"], verdict: "order of the columns", ..NOTHING },
    Case { name: "indexes_of_large_partitions_and_new_ones",
           before: "CREATE TABLE lp (id int, at int, v text) PARTITION BY LIST (at); CREATE TABLE lp1 PARTITION OF lp FOR VALUES IN (1); CREATE TABLE lp2 PARTITION OF lp FOR VALUES IN (2, 3) PARTITION BY LIST (at); CREATE TABLE lp2a PARTITION OF lp2 FOR VALUES IN (2);
             INSERT INTO lp SELECT i, 1 + i % 2, repeat(md5(i::text), 8) FROM generate_series(1, 70000) i; CREATE INDEX lpi ON lp (id) WHERE v > 'a'; CREATE INDEX lpv ON lp (md5(v))",
           up: "DROP INDEX lpi; ALTER TABLE lp RENAME id TO nr",
           since: "CREATE TABLE lp3 PARTITION OF lp FOR VALUES IN (4); CREATE TABLE lp5 PARTITION OF lp FOR VALUES IN (5) PARTITION BY LIST (at); CREATE TABLE lp5a PARTITION OF lp5 DEFAULT; CREATE TABLE lp2b PARTITION OF lp2 FOR VALUES IN (3);
             INSERT INTO lp SELECT i, 4, repeat(md5(i::text), 8) FROM generate_series(1, 40000) i",
           then: "DO $$ BEGIN ASSERT (SELECT count(*) = 8 AND bool_and(indisvalid) FROM pg_index WHERE indpred IS NOT NULL AND indexrelid::regclass::text ~ '^lp'); END $$; DROP TABLE lp3, lp5, lp2b", ..NOTHING },
    Case { name: "keys_of_partitions_that_go_and_new_ones",
           before: "CREATE TABLE kp (id int, at int, u int, PRIMARY KEY (id, at), CONSTRAINT kpu UNIQUE (u, at)) PARTITION BY LIST (at); CREATE TABLE kp1 PARTITION OF kp FOR VALUES IN (1); CREATE UNIQUE INDEX kpi ON kp ((u + 1), at); INSERT INTO kp SELECT i, 1, i FROM generate_series(1, 30) i",
           up: "ALTER TABLE kp DROP CONSTRAINT kpu; DROP INDEX kpi", since: "CREATE TABLE kp3 PARTITION OF kp FOR VALUES IN (3); INSERT INTO kp VALUES (1, 3, 3); ALTER TABLE kp DETACH PARTITION kp3; DROP TABLE kp3; CREATE TABLE kp4 PARTITION OF kp FOR VALUES IN (4)", then: "DO $$ BEGIN ASSERT (SELECT bool_and(indisvalid) FROM pg_index); END $$; DROP TABLE kp4", rows: &["kp"], ..NOTHING },
    Case { name: "keys_of_partitions_that_go",
           before: "CREATE TABLE kp (id int, at int, u int, PRIMARY KEY (id, at), CONSTRAINT kpu UNIQUE (u, at)) PARTITION BY LIST (at); CREATE TABLE kp1 (u int, id int NOT NULL, at int NOT NULL, CONSTRAINT own_name UNIQUE (u, at) WITH (fillfactor = 70));
             ALTER TABLE kp ATTACH PARTITION kp1 FOR VALUES IN (1); CREATE TABLE kp2 PARTITION OF kp DEFAULT; COMMENT ON CONSTRAINT own_name ON kp1 IS 'own'; COMMENT ON INDEX kp2_u_at_key IS 'second'; ALTER TABLE kp1 CLUSTER ON own_name;
             CREATE UNIQUE INDEX kpi ON kp ((u + 1), at); COMMENT ON INDEX kpi IS 'whole'; INSERT INTO kp SELECT i, i % 3, i FROM generate_series(1, 30) i",
           up: "ALTER TABLE kp DROP CONSTRAINT kpu; DROP INDEX kpi", rows: &["kp"], ..NOTHING },
    Case { name: "keys_of_partitions_whose_values_change",
           before: "CREATE TABLE kp (id int, at int, u int, PRIMARY KEY (id, at), CONSTRAINT kpu UNIQUE (u, at)) PARTITION BY LIST (at); CREATE TABLE kp1 (u int, id int NOT NULL, at int NOT NULL, CONSTRAINT own_name UNIQUE (u, at) WITH (fillfactor = 70));
             ALTER TABLE kp ATTACH PARTITION kp1 FOR VALUES IN (1); CREATE TABLE kp2 PARTITION OF kp DEFAULT; COMMENT ON CONSTRAINT own_name ON kp1 IS 'own'; COMMENT ON INDEX kp2_u_at_key IS 'second'; ALTER TABLE kp1 CLUSTER ON own_name;
             CREATE UNIQUE INDEX kpi ON kp ((u + 1), at); COMMENT ON INDEX kpi IS 'whole'; INSERT INTO kp SELECT i, i % 3, i FROM generate_series(1, 30) i",
           up: "UPDATE kp SET u = u + 100", rows: &["kp"], ..NOTHING },
    Case { name: "clustered_key_whose_values_change",
           before: "CREATE TABLE ck (id int PRIMARY KEY, u int, CONSTRAINT cku UNIQUE (u)); ALTER TABLE ck CLUSTER ON cku; COMMENT ON CONSTRAINT cku ON ck IS 'one'; COMMENT ON INDEX cku IS 'index'; ALTER INDEX cku SET (fillfactor = 60); INSERT INTO ck SELECT i, i FROM generate_series(1, 9) i",
           up: "UPDATE ck SET u = u + 100", rows: &["ck"], ..NOTHING },
    Case { name: "clustered_key_that_rows_since_repeat",
           before: "CREATE TABLE ck (id int PRIMARY KEY, u int, CONSTRAINT cku UNIQUE (u)); ALTER TABLE ck CLUSTER ON cku; COMMENT ON CONSTRAINT cku ON ck IS 'one'; COMMENT ON INDEX cku IS 'index'; ALTER INDEX cku SET (fillfactor = 60); INSERT INTO ck SELECT i, i FROM generate_series(1, 9) i",
           up: "UPDATE ck SET u = NULL", since: "INSERT INTO ck VALUES (77, 7)", left: "does not come back", rows: &["ck"], ..NOTHING },
    Case { name: "keys_that_became_a_new_domain",
           before: "CREATE TABLE kd (id text PRIMARY KEY, d text); CREATE TABLE ke (id int PRIMARY KEY, kd text REFERENCES kd CONSTRAINT ten CHECK (length(kd) > 2)); INSERT INTO kd VALUES ('one', 'd'); INSERT INTO ke VALUES (1, 'one')",
           up: "CREATE DOMAIN kdi AS text CHECK (length(VALUE) > 0); COMMENT ON DOMAIN kdi IS 'a key'; ALTER TABLE ke DROP CONSTRAINT ten, ALTER COLUMN kd TYPE kdi; ALTER TABLE kd ALTER COLUMN id TYPE kdi", rows: &["kd", "ke"], ..NOTHING },
    Case { name: "keys_that_became_a_new_domain_under_a_view",
           before: "CREATE TABLE kd (id text PRIMARY KEY, d text); INSERT INTO kd VALUES ('one', 'd')",
           up: "CREATE DOMAIN kdi AS text NOT NULL CHECK (length(VALUE) > 0) CHECK (VALUE <> 'x'); ALTER TABLE kd ALTER COLUMN id TYPE kdi; CREATE VIEW kv AS SELECT id FROM kd; CREATE TABLE kn (id kdi PRIMARY KEY); CREATE FUNCTION kf(i kdi) RETURNS kdi LANGUAGE sql AS $$ SELECT i $$", rows: &["kd"], ..NOTHING },
    Case { name: "published_by_the_migration_and_made_anew",
           before: "CREATE PUBLICATION pnp; CREATE TABLE pn (a int, gone text, b text NOT NULL); INSERT INTO pn VALUES (1, 'g', 'b')",
           up: "ALTER PUBLICATION pnp ADD TABLE pn; ALTER TABLE pn DROP COLUMN gone; CREATE VIEW pnv AS SELECT * FROM pn; CREATE POLICY pnl ON pn USING (a > 0); CREATE INDEX ON pn (b)", rows: &["pn"], ..NOTHING },
    Case { name: "type_of_a_kept_column_goes_with_cascade",
           before: "CREATE DOMAIN kd AS text; CREATE TABLE kt (k int PRIMARY KEY, gone kd, w kd); INSERT INTO kt VALUES (1, 'a', 'b'), (2, NULL, 'c')",
           up: "ALTER TABLE kt DROP COLUMN gone; DROP DOMAIN kd CASCADE", rows: &["kt"], ..NOTHING },
    Case { name: "table_made_anew_that_became_unlogged",
           before: "CREATE TABLE ul (id serial PRIMARY KEY, gone text, kept text); INSERT INTO ul (gone) SELECT i FROM generate_series(1, 9) i",
           up: "ALTER TABLE ul SET UNLOGGED; ALTER TABLE ul DROP COLUMN gone", rows: &["ul"], ..NOTHING },
    Case { name: "unlogged_table_made_anew_that_became_logged",
           before: "CREATE UNLOGGED TABLE ul (id serial PRIMARY KEY, gone text, kept text, n int GENERATED ALWAYS AS IDENTITY); INSERT INTO ul (gone) SELECT i FROM generate_series(1, 9) i",
           up: "ALTER TABLE ul SET LOGGED; ALTER TABLE ul DROP COLUMN gone", rows: &["ul"], ..NOTHING },
    Case { name: "domain_check_and_new_columns_of_it",
           before: "CREATE DOMAIN dk AS text CONSTRAINT dkc CHECK (length(VALUE) > 3); COMMENT ON CONSTRAINT dkc ON DOMAIN dk IS 'long'; CREATE TABLE dt (id int PRIMARY KEY, v dk); INSERT INTO dt VALUES (1, 'long enough')",
           up: "ALTER DOMAIN dk DROP CONSTRAINT dkc; ALTER DOMAIN dk ADD CONSTRAINT dkc CHECK (VALUE = 'x' OR length(VALUE) > 3);
             CREATE TABLE dn (id int PRIMARY KEY, v dk NOT NULL DEFAULT 'x', w dk UNIQUE, u text GENERATED ALWAYS AS (lower(w)) STORED); ALTER TABLE dt ADD w dk; UPDATE dt SET v = 'x'",
           since: "INSERT INTO dn VALUES (1, DEFAULT, 'long'); UPDATE dt SET w = 'x'", rows: &["dt"], aside: Some(2), ..NOTHING },
    Case { name: "domain_check_that_rows_since_do_not_fit",
           before: "CREATE DOMAIN dk AS text CONSTRAINT dkc CHECK (length(VALUE) > 3); CREATE TABLE dt (id int PRIMARY KEY, v dk, a dk DEFAULT 'long'); INSERT INTO dt VALUES (1, 'long enough')",
           up: "ALTER DOMAIN dk DROP CONSTRAINT dkc", since: "INSERT INTO dt VALUES (2, 'x')", rows: &["dt"], left: "holds only for values to come", ..NOTHING },
    Case { name: "domain_check_inside_arrays",
           before: "CREATE DOMAIN dk AS text CONSTRAINT dkc CHECK (length(VALUE) > 3); CREATE TABLE dt (id int PRIMARY KEY, v dk[])",
           up: "DROP TABLE dt; DROP DOMAIN dk", ..NOTHING },
    Case { name: "columns_with_all_that_hangs_on_them",
           before: "CREATE TABLE hd (id serial PRIMARY KEY, \"we\"\"ird\" text NOT NULL DEFAULT 'x', n int DEFAULT 7 CHECK (n > 0), s serial, d timestamptz NOT NULL DEFAULT now(), k int UNIQUE, w text COLLATE \"C\" NOT NULL);
             CREATE SEQUENCE hs; ALTER TABLE hd ADD q int DEFAULT nextval('hs'); CREATE TABLE hf (k int REFERENCES hd (k)); CREATE INDEX ON hd (lower(\"we\"\"ird\"), n) WHERE n > 1; CREATE STATISTICS hst ON n, k FROM hd;
             GRANT SELECT (\"we\"\"ird\", n), UPDATE (k) ON hd TO PUBLIC; COMMENT ON COLUMN hd.n IS 'it''s n'; ALTER TABLE hd ALTER w SET STORAGE EXTERNAL, ALTER n SET STATISTICS 55;
             CREATE VIEW hv AS SELECT id, n FROM hd; CREATE MATERIALIZED VIEW hm AS SELECT \"we\"\"ird\" FROM hd; CREATE TRIGGER ht AFTER UPDATE OF k ON hd FOR EACH ROW EXECUTE FUNCTION touch();
             CREATE POLICY hp ON hd USING (n > 0); INSERT INTO hd (k, w) SELECT i, 'w' || i FROM generate_series(1, 50) i; INSERT INTO hf VALUES (3); REFRESH MATERIALIZED VIEW hm",
           up: "ALTER TABLE hd DROP COLUMN \"we\"\"ird\" CASCADE, DROP COLUMN IF EXISTS none, DROP COLUMN n CASCADE, ADD COLUMN n text DEFAULT 'new', DROP COLUMN s, DROP d; ALTER TABLE hd DROP COLUMN k CASCADE, DROP COLUMN q; DROP SEQUENCE hs; ALTER TABLE hd DROP w; UPDATE hd SET n = 'later' WHERE id < 9",
           since: "INSERT INTO hd (n) VALUES ('since'); DELETE FROM hd WHERE id = 50; DELETE FROM hd WHERE n = 'since'", rows: &["hf"], ..NOTHING },
    Case { name: "columns_of_partitions_with_all",
           before: "CREATE TABLE pd (id int, at date, gone text NOT NULL DEFAULT 'p', n int, CHECK (n < 1000), PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE pd1 PARTITION OF pd FOR VALUES FROM ('2026-01-01') TO ('2026-06-01');
             CREATE TABLE pd2 PARTITION OF pd FOR VALUES FROM ('2026-06-01') TO ('2027-01-01') PARTITION BY LIST (id); CREATE TABLE pd2d (n int, gone text NOT NULL DEFAULT 'own', at date NOT NULL, id int NOT NULL, CONSTRAINT pd_n_check CHECK (n < 1000)); ALTER TABLE pd2 ATTACH PARTITION pd2d DEFAULT;
             CREATE INDEX ON pd (gone); CREATE INDEX ON pd1 (n); GRANT SELECT (gone) ON pd2d TO PUBLIC; INSERT INTO pd SELECT i, '2026-01-01'::date + i, 'g' || i, i FROM generate_series(1, 300) i",
           up: "ALTER TABLE pd DROP COLUMN gone, DROP COLUMN n; CREATE TABLE pd3 PARTITION OF pd FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')", since: "INSERT INTO pd (id, at) VALUES (7777, '2026-02-02'); DELETE FROM pd WHERE id = 7777", rows: &["pd"], verdict: "order of the columns of public.pd2d", ..NOTHING },
    Case { name: "column_dropped_and_table_renamed_and_moved",
           before: "CREATE SCHEMA elsewhere; CREATE TABLE hr (id int PRIMARY KEY, gone text, kept text); INSERT INTO hr SELECT i, 'g' || i, 'k' FROM generate_series(1, 30) i",
           up: "ALTER TABLE hr DROP COLUMN gone; ALTER TABLE hr RENAME TO hr2; ALTER TABLE hr2 SET SCHEMA elsewhere; ALTER TABLE elsewhere.hr2 ADD COLUMN gone int; ALTER TABLE elsewhere.hr2 DROP COLUMN kept; ALTER TABLE elsewhere.hr2 RENAME id TO gone_id; DELETE FROM elsewhere.hr2 WHERE gone_id > 20", rows: &["hr"], ..NOTHING },
    Case { name: "family_children_keep_their_own",
           before: "CREATE TABLE fp (id serial PRIMARY KEY, gone text, st inet, w text); ALTER TABLE fp ALTER st SET STATISTICS 99; ALTER TABLE fp ALTER w SET STORAGE EXTERNAL;
             CREATE TABLE fk (id int, gone text, st inet, x int) INHERITS (fp); ALTER TABLE fk ALTER id DROP DEFAULT; ALTER TABLE fk ALTER w SET STORAGE MAIN;
             INSERT INTO fp (gone) VALUES ('a'), ('b'); INSERT INTO fk VALUES (10, 'c', NULL, 'w', 1);",
           up: "ALTER TABLE fp DROP COLUMN st CASCADE; ALTER TABLE fk DROP COLUMN x; ALTER TABLE fp DROP COLUMN gone;", since: "INSERT INTO fp (w) VALUES ('new');", rows: &["(SELECT id, gone, st, w FROM fp) s", "(SELECT id, x FROM fk) s"],
           verdict: "the order of the columns of public.f", ..NOTHING },
    Case { name: "family_child_made_anew_under_a_function", before: "CREATE TABLE fo (id int PRIMARY KEY, w text); CREATE TABLE fq (gone int, z int) INHERITS (fo); INSERT INTO fq VALUES (1, 'w', 5, 6);
             CREATE FUNCTION all_fq() RETURNS SETOF fq LANGUAGE sql STABLE AS $$ SELECT * FROM fq $$; CREATE VIEW vfo AS SELECT * FROM fo;",
           up: "ALTER TABLE fq DROP COLUMN gone;", since: "INSERT INTO fq VALUES (2, 'n', 7);", rows: &["(SELECT id, w, gone, z FROM fq) s"], ..NOTHING },
    Case { name: "rows_changed_before_their_key_went", before: "CREATE TABLE rk (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n jsonb); INSERT INTO rk (n) SELECT to_jsonb(i) FROM generate_series(1, 5) i; ALTER TABLE rk ALTER id TYPE text;",
           up: "UPDATE rk SET n = '{}'; ALTER TABLE rk DROP COLUMN id CASCADE;", rows: &["rk"], ..NOTHING },
    Case { name: "rows_deleted_between_two_columns", before: "CREATE TABLE rd (id serial PRIMARY KEY, a text, b text); INSERT INTO rd (a, b) SELECT 'a' || i, 'b' || i FROM generate_series(1, 9) i;",
           up: "ALTER TABLE rd DROP COLUMN a; DELETE FROM rd WHERE id > 5; ALTER TABLE rd DROP COLUMN id CASCADE;", rows: &["rd"], ..NOTHING },
    Case { name: "two_columns_of_an_empty_table", before: "CREATE TABLE te (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a inet, b text);",
           up: "ALTER TABLE te DROP COLUMN a; ALTER TABLE te DROP COLUMN id CASCADE;", since: "INSERT INTO te VALUES ('new');", ..NOTHING },
    Case { name: "key_and_column_of_another_type_go", before: "CREATE TABLE kt (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a text, b int); INSERT INTO kt (a, b) SELECT 'a' || i, i FROM generate_series(1, 6) i;",
           up: "ALTER TABLE kt ALTER id TYPE text; ALTER TABLE kt DROP COLUMN a;", rows: &["kt"], ..NOTHING },
    Case { name: "columns_of_a_key_go_in_turn", before: "CREATE TABLE kz (id int, a text, b varchar(9), PRIMARY KEY (id, b)); INSERT INTO kz SELECT i, 'a' || i, 'b' || i FROM generate_series(1, 6) i;",
           up: "ALTER TABLE kz DROP COLUMN a; ALTER TABLE kz DROP COLUMN b CASCADE;", since: "", rows: &["kz"], ..NOTHING },
    Case { name: "column_type_and_its_key_go", before: "CREATE TABLE ky (id int PRIMARY KEY, f boolean, w text); INSERT INTO ky SELECT i, i > 3, 'w' FROM generate_series(1, 6) i;",
           up: "ALTER TABLE ky ALTER f TYPE text USING CASE WHEN f THEN 'big' ELSE 'small' END; ALTER TABLE ky DROP COLUMN id CASCADE;", since: "INSERT INTO ky VALUES ('since', 'w');", rows: &[], verdict: "known by a key that comes back later", ..NOTHING },
    Case { name: "altered_then_dropped", before: "CREATE TABLE ad (id int PRIMARY KEY, n int, t text); CREATE INDEX ad_n ON ad (n); INSERT INTO ad VALUES (1, 1, 't');",
           up: "ALTER INDEX ad_n SET (fillfactor = 60); ALTER TABLE ad ALTER n SET DEFAULT 7; ALTER TABLE ad DISABLE ROW LEVEL SECURITY; DROP TABLE ad CASCADE;", rows: &["ad"], ..NOTHING },
    Case { name: "sequence_passes_to_a_new_table", before: "CREATE TABLE sq (id serial PRIMARY KEY, n int); INSERT INTO sq (n) VALUES (1);",
           up: "CREATE TABLE sr (w numeric); ALTER SEQUENCE sq_id_seq OWNED BY sr.w;", since: "INSERT INTO sr VALUES (1); INSERT INTO sq (n) VALUES (2);", rows: &["sq"], ..NOTHING },
    Case { name: "unchecked_parent_and_checked_child", before: "CREATE TABLE cp (a int, b int); ALTER TABLE cp ADD CONSTRAINT cpc CHECK (b IS NOT NULL OR true) NOT VALID; CREATE TABLE cc (c int) INHERITS (cp);",
           up: "ALTER TABLE cp DROP COLUMN b CASCADE;", since: "INSERT INTO cc VALUES (1, 2);", ..NOTHING },
    Case { name: "key_of_another_kind", before: "CREATE TABLE ka (id int PRIMARY KEY, n int, gone text); INSERT INTO ka SELECT i, 100 - i, 'g' || i FROM generate_series(1, 60) i; DELETE FROM ka WHERE id % 7 = 0; UPDATE ka SET n = 0 WHERE id = 3;
             CREATE TABLE kb (id int PRIMARY KEY, ka int NOT NULL REFERENCES ka); INSERT INTO kb SELECT id, id FROM ka;",
           up: "ALTER TABLE kb DROP CONSTRAINT kb_ka_fkey; ALTER TABLE ka ALTER id TYPE uuid USING md5('ka' || id)::uuid; ALTER TABLE kb ALTER ka TYPE uuid USING md5('ka' || ka)::uuid;
             ALTER TABLE kb ADD FOREIGN KEY (ka) REFERENCES ka; ALTER TABLE ka DROP COLUMN gone;",
           since: "INSERT INTO ka VALUES (gen_random_uuid(), 1000); UPDATE ka SET n = 7000 WHERE n = 99;", rows: &["kb"], left: "1 rows of public.ka that were written since have keys that do not fit", ..NOTHING },
    Case { name: "key_of_another_kind_twice", before: "CREATE TABLE kc (id int PRIMARY KEY, n int); INSERT INTO kc SELECT i, i FROM generate_series(1, 9) i;",
           up: "ALTER TABLE kc ALTER id TYPE text USING 'a' || id; ALTER TABLE kc ALTER id TYPE uuid USING md5(id)::uuid;", rows: &["kc"], ..NOTHING },
    Case { name: "sequence_of_one_used_by_another", before: "CREATE TABLE so (id serial PRIMARY KEY, n int); CREATE TABLE sx (x int PRIMARY KEY, y text); ALTER SEQUENCE so_id_seq OWNED BY sx.y; INSERT INTO so (n) VALUES (1), (2); INSERT INTO sx VALUES (1, 'y');",
           up: "ALTER TABLE sx DROP COLUMN y CASCADE;", since: "INSERT INTO so VALUES (7, 7);", rows: &["so", "sx"], ..NOTHING },
    Case { name: "domain_with_checks_in_arrays", before: "CREATE DOMAIN small AS int CHECK (VALUE < 9); ALTER DOMAIN small ADD CONSTRAINT extra CHECK (VALUE > 0); CREATE TABLE da (id int PRIMARY KEY, list small[], one small); INSERT INTO da VALUES (1, '{1,2}', 3);",
           up: "DROP DOMAIN small CASCADE;", rows: &["da"], ..NOTHING },
    Case { name: "family_grows_and_goes", before: "CREATE TABLE gp (id int PRIMARY KEY); CREATE TABLE gk (n int) INHERITS (gp); INSERT INTO gk VALUES (1, 2);",
           up: "ALTER TABLE gp ADD COLUMN w text; DROP TABLE gp CASCADE;", rows: &["gp", "gk"], ..NOTHING },
    Case { name: "circle_of_view_and_function", before: "CREATE VIEW cv (id, m, w) AS SELECT 1, 'ok'::mood, 'x'::varchar(9) COLLATE \"C\"; CREATE FUNCTION cvf() RETURNS SETOF cv LANGUAGE sql STABLE AS $$ SELECT 2, 'ok'::mood, 'y'::varchar(9) COLLATE \"C\" $$;
             CREATE OR REPLACE VIEW cv WITH (security_barrier) AS SELECT id, m, w FROM cvf() UNION ALL SELECT id, mood, email::varchar(9) COLLATE \"C\" FROM users; CREATE VIEW cw AS SELECT * FROM cv; GRANT SELECT ON cv TO PUBLIC; COMMENT ON VIEW cv IS 'round';",
           up: "DROP VIEW cv CASCADE;", ..NOTHING },
    Case { name: "partition_that_others_refer_to", before: "CREATE TABLE pr (id int PRIMARY KEY, v text) PARTITION BY RANGE (id); CREATE TABLE pr1 PARTITION OF pr FOR VALUES FROM (0) TO (10); CREATE TABLE pu (id int PRIMARY KEY, pr int REFERENCES pr ON DELETE CASCADE DEFERRABLE); COMMENT ON CONSTRAINT pu_pr_fkey ON pu IS 'c'; INSERT INTO pr VALUES (1, 'a'); INSERT INTO pu VALUES (1, 1);",
           up: "CREATE TABLE pr2 PARTITION OF pr FOR VALUES FROM (10) TO (20);", since: "INSERT INTO pr VALUES (11, 'b'); INSERT INTO pu VALUES (2, 11), (3, 11), (4, NULL);", rows: &["pr"], left: "2 rows that were written since refer to rows that are put aside with a partition; foreign key pu_pr_fkey on public.pu holds for new rows only", ..NOTHING },
    Case { name: "enum_value_renamed_under_views", before: "CREATE TYPE evr AS ENUM ('one', 'two'); CREATE TABLE evt (id int PRIMARY KEY, e evr DEFAULT 'two', CHECK (e <> 'one'), EXCLUDE (id WITH =) WHERE (e = 'two')); CREATE INDEX ON evt (id) WHERE e = 'two'; CREATE VIEW evv AS SELECT id, e = 'two' AS t FROM evt; CREATE VIEW evw AS SELECT 'two'::evr AS c, t FROM evv; CREATE MATERIALIZED VIEW evm AS SELECT 'two'::evr; ALTER TABLE evt ENABLE ROW LEVEL SECURITY; CREATE POLICY evp ON evt USING (e = 'two'); CREATE FUNCTION evf(evr DEFAULT 'two') RETURNS evr LANGUAGE sql BEGIN ATOMIC SELECT 'two'::evr; END; INSERT INTO evt VALUES (1);",
           up: "UPDATE evt SET id = 2; ALTER TYPE evr RENAME VALUE 'two' TO 'zwei';", since: "INSERT INTO evt VALUES (7);", ..NOTHING },
    Case { name: "enum_value_and_its_type_renamed_under_views", before: "CREATE TYPE evr AS ENUM ('one', 'two'); CREATE TABLE evt (id int PRIMARY KEY, e evr DEFAULT 'two'); CREATE VIEW evv AS SELECT id, e = 'two' AS t FROM evt;",
           up: "ALTER TYPE evr RENAME VALUE 'two' TO 'zwei'; ALTER TYPE evr RENAME TO evs;", ..NOTHING },
    Case { name: "rebuilt_over_rows_without_values", before: "CREATE TYPE rvk AS ENUM ('a', 'b'); CREATE TABLE rv (id int PRIMARY KEY, lost text, k rvk NOT NULL, v int NOT NULL, w text NOT NULL DEFAULT 'w', z int); CREATE TABLE rx (team text PRIMARY KEY, v int NOT NULL, f boolean NOT NULL DEFAULT false); INSERT INTO rv VALUES (1, 'l', 'a', 1, 'w', 1), (2, 'm', 'b', 2, 'x', 2); INSERT INTO rx VALUES ('t', 1), ('u', 2);",
           up: "CREATE TYPE rvn AS ENUM ('a', 'b', 'c'); ALTER TABLE rv ALTER k TYPE rvn USING k::text::rvn; ALTER TYPE rvk RENAME TO rvo; ALTER TYPE rvn RENAME TO rvk; DROP TYPE rvo; ALTER TABLE rv DROP COLUMN lost, ALTER v DROP NOT NULL; ALTER TABLE rx ADD COLUMN id serial; ALTER TABLE rx DROP CONSTRAINT rx_pkey; ALTER TABLE rx ADD PRIMARY KEY (id); ALTER TABLE rx ALTER v DROP NOT NULL, DROP COLUMN team, DROP COLUMN f;",
           since: "INSERT INTO rv VALUES (3, 'c', 3), (4, 'b', NULL); INSERT INTO rx (v) VALUES (NULL), (7);", rows: &[], left: "public.rv.k stays nullable", ..NOTHING },
    Case { name: "enum_exchanged_and_filled", before: "CREATE TYPE efs AS ENUM ('ok', 'warning'); CREATE TABLE ef (a int, b text, s efs NOT NULL DEFAULT 'ok', on_ bool, PRIMARY KEY (a, b)); INSERT INTO ef SELECT i, 'b' || i, CASE WHEN i % 3 = 0 THEN 'warning'::efs ELSE 'ok' END, i % 2 = 0 FROM generate_series(1, 20) i;",
           up: "ALTER TYPE efs RENAME TO efs_old; CREATE TYPE efs AS ENUM ('paused', 'ok', 'warning'); ALTER TABLE ef ALTER s DROP DEFAULT, ALTER s TYPE efs USING s::text::efs, ALTER s SET DEFAULT 'ok'; DROP TYPE efs_old; UPDATE ef SET s = 'ok' WHERE a < 5; UPDATE ef SET s = 'paused' WHERE on_; ALTER TABLE ef ADD COLUMN t text[] NOT NULL DEFAULT '{}';",
           since: "UPDATE ef SET t = '{x}' WHERE a = 4; INSERT INTO ef VALUES (30, 'n', 'ok', false);", rows: &["(SELECT * FROM ef WHERE a < 30) s"], ..NOTHING },
    Case { name: "columns_that_take_one_anothers_names", before: "CREATE TABLE nm (id int PRIMARY KEY, description text, sidebar text, a int, b int, c int); CREATE INDEX ON nm (sidebar); CREATE VIEW nmv AS SELECT description, sidebar, a, b, c FROM nm; INSERT INTO nm VALUES (1, 'd', 's', 1, 2, 3); CREATE TABLE nb (d text, s text); ALTER TABLE nb RENAME TO nc; CREATE TABLE nd (e int);",
           up: "ALTER TABLE nm RENAME description TO summary; ALTER TABLE nm RENAME sidebar TO description; ALTER TABLE nm RENAME a TO t; ALTER TABLE nm RENAME b TO a; ALTER TABLE nm RENAME c TO b; ALTER TABLE nm RENAME t TO c; ALTER TABLE nc RENAME TO ne; ALTER TABLE nd RENAME TO nc; ALTER TABLE ne RENAME TO nd; UPDATE nm SET a = 7;",
           since: "INSERT INTO nm (id, description) VALUES (2, 'x');", rows: &["(SELECT * FROM nm WHERE id = 1) s"], ..NOTHING },
    Case { name: "enum_exchanged_and_relabelled", before: "CREATE TYPE erl AS ENUM ('public', 'local', 'private'); CREATE TABLE er (id int PRIMARY KEY, v erl NOT NULL DEFAULT 'public', hidden bool); INSERT INTO er SELECT i, (ARRAY['public', 'local', 'private']::erl[])[1 + i % 3], i % 5 = 0 FROM generate_series(1, 30) i;",
           up: "ALTER TYPE erl RENAME TO erl__; CREATE TYPE erl AS ENUM ('public', 'local_public', 'local', 'private', 'unlisted'); ALTER TABLE er ALTER v DROP DEFAULT; ALTER TABLE er ALTER v TYPE erl USING v::text::erl; ALTER TABLE er ALTER v SET DEFAULT 'public'; DROP TYPE erl__ CASCADE; ALTER TYPE erl RENAME VALUE 'local' TO 'local it''s'; ALTER TYPE erl RENAME VALUE 'private' TO 'local'; UPDATE er SET v = 'unlisted' WHERE hidden; ALTER TABLE er DROP COLUMN hidden;",
           since: "INSERT INTO er VALUES (40, 'local');", rows: &["(SELECT * FROM er WHERE id < 40) s"], ..NOTHING },
    Case { name: "circle_of_views", before: "CREATE VIEW v1 AS SELECT 1 AS a; CREATE VIEW v2 AS SELECT a FROM v1; CREATE OR REPLACE VIEW v1 AS SELECT a FROM v2;", up: "DROP VIEW v1 CASCADE; CREATE TABLE v2 (a int);", since: "INSERT INTO v2 VALUES (1);", ..NOTHING },
    Case { name: "circle_under_a_column", before: "CREATE TABLE ct (id int PRIMARY KEY, gone text, z int); INSERT INTO ct VALUES (1, 'g', 2); CREATE VIEW ctv AS SELECT id, z FROM ct; CREATE FUNCTION ctf() RETURNS SETOF ctv LANGUAGE sql STABLE AS $$ SELECT 1, 2 $$;
             CREATE OR REPLACE VIEW ctv AS SELECT c.id, f.z FROM ct c, ctf() f;", up: "ALTER TABLE ct DROP COLUMN gone;", rows: &["ct"], ..NOTHING },
    Case { name: "views_on_a_key_in_the_order_of_their_ids", before: "CREATE TABLE va (id int PRIMARY KEY, n int); CREATE TABLE vb (id int PRIMARY KEY, n int); CREATE VIEW vx AS SELECT 1 AS id, 2 AS n; CREATE VIEW vy AS SELECT id, n FROM va GROUP BY id;
             CREATE OR REPLACE VIEW vx AS SELECT y.id, b.n FROM vy y JOIN vb b USING (id) GROUP BY y.id, b.id;", up: "ALTER TABLE va DROP COLUMN n CASCADE;", ..NOTHING },
    Case { name: "published_without_an_identity", before: "CREATE TABLE pw (a text, b text UNIQUE, c int); INSERT INTO pw VALUES ('a', 'b', 1), ('a', 'c', 2); CREATE PUBLICATION pwp FOR TABLE pw; CREATE TABLE pv (a int, b text); CREATE UNIQUE INDEX pvi ON pv (a); ALTER TABLE pv ALTER a SET NOT NULL; ALTER TABLE pv REPLICA IDENTITY USING INDEX pvi; ALTER PUBLICATION pwp ADD TABLE pv;",
           up: "ALTER TABLE pw DROP COLUMN c; ALTER TABLE pv DROP COLUMN b;", rows: &["pw", "pv"], ..NOTHING },
    Case { name: "rows_of_an_owner_without_privileges", before: "CREATE TABLE op (a int PRIMARY KEY, b text, c text); INSERT INTO op VALUES (1, 'b', 'c'); GRANT SELECT ON op TO PUBLIC; REVOKE INSERT, UPDATE ON op FROM CURRENT_USER;",
           up: "ALTER TABLE op DROP COLUMN b; ALTER TABLE op DROP COLUMN c;", rows: &["op"], ..NOTHING },
    Case { name: "schema_renamed_and_rows_truncated", before: "CREATE SCHEMA sa; CREATE TABLE sa.t (id serial PRIMARY KEY, n int); INSERT INTO sa.t (n) VALUES (1), (2); CREATE INDEX tn ON sa.t (n);",
           up: "ALTER TABLE sa.t ADD COLUMN w int; TRUNCATE sa.t; ALTER SCHEMA sa RENAME TO sb; CREATE TABLE sb.u (id int);", since: "INSERT INTO sb.t (n) VALUES (7); INSERT INTO sb.u VALUES (1);", rows: &["sa.t"], ..NOTHING },
    Case { name: "truncated_between_two_columns_without_key", before: "CREATE TABLE tk (a text, b text, c text); INSERT INTO tk VALUES ('a', 'b', 'c'), ('a', 'b2', 'c'), ('a2', 'b', 'c2');",
           up: "ALTER TABLE tk DROP COLUMN b; DELETE FROM tk WHERE a = 'a'; TRUNCATE tk; ALTER TABLE tk DROP COLUMN c;", since: "INSERT INTO tk VALUES ('since');", rows: &["tk"], ..NOTHING },
    Case { name: "not_null_of_a_parent_stays_away", before: "CREATE TABLE nn (w int, k int NOT NULL); CREATE TABLE nk2 () INHERITS (nn); INSERT INTO nk2 VALUES (1, 2);",
           up: "ALTER TABLE nn DROP COLUMN k CASCADE;", since: "INSERT INTO nk2 VALUES (8);", rows: &[], left: "public.nn.k stays nullable", ..NOTHING },
    Case { name: "key_of_a_partitioned_table_over_rows_since", before: "CREATE TABLE kp (id int PRIMARY KEY); INSERT INTO kp VALUES (1); CREATE TABLE kq (id int, kp int REFERENCES kp DEFERRABLE) PARTITION BY LIST (id); CREATE TABLE kq1 PARTITION OF kq FOR VALUES IN (1); INSERT INTO kq VALUES (1, 1);",
           up: "DROP TABLE kp CASCADE;", since: "INSERT INTO kq VALUES (1, 77);", rows: &["kp"], left: "kq_kp_fkey on public.kq does not come back", ..NOTHING },
    Case { name: "function_of_a_row_of_a_child_made_anew", before: "CREATE TABLE fr (a int, g int GENERATED ALWAYS AS (a * 2) STORED); CREATE TABLE fs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), z int) INHERITS (fr); INSERT INTO fs (a, z) VALUES (1, 2); CREATE FUNCTION of_fs(r fs) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x' $$;",
           up: "ALTER TABLE fr DROP COLUMN g CASCADE;", rows: &["fs"], ..NOTHING },
    Case { name: "columns_around_an_update_without_key", before: "CREATE DOMAIN elf AS integer; CREATE TABLE tq (id serial PRIMARY KEY, w elf NOT NULL, a smallint, b numeric(6, 2)); INSERT INTO tq (w, a, b) SELECT i % 3, i % 2, 1.5 FROM generate_series(1, 20) i; INSERT INTO tq (w, a, b) VALUES (1, NULL, NULL), (31, 1, 1.5);",
           up: "ALTER TABLE tq DROP COLUMN id CASCADE; UPDATE tq SET w = 31; ALTER TABLE tq DROP COLUMN w;", rows: &["tq"], ..NOTHING },
    Case { name: "columns_around_updates_without_key", before: "CREATE TABLE tp (id serial UNIQUE, w int, a int, x text, b numeric); INSERT INTO tp (w, a, x, b) SELECT i % 3, i % 2, 'x' || i % 4, i % 5 FROM generate_series(1, 30) i; INSERT INTO tp (w, a, x, b) SELECT 1, 1, NULL, NULL FROM generate_series(1, 3);",
           up: "ALTER TABLE tp DROP COLUMN id; UPDATE tp SET w = 31 WHERE a = 1; ALTER TABLE tp DROP COLUMN w; DELETE FROM tp WHERE b = 2; UPDATE tp SET a = a + 5; INSERT INTO tp (a, x, b) VALUES (9, 'n', 9); ALTER TABLE tp DROP COLUMN x; UPDATE tp SET b = 0 WHERE a = 6;",
           rows: &["tp"], ..NOTHING },
    Case { name: "partition_made_and_all_dropped", before: "CREATE TABLE px (part int NOT NULL, id serial, t text) PARTITION BY RANGE (part); CREATE TABLE px0 PARTITION OF px FOR VALUES FROM (5) TO (9); INSERT INTO px (part) VALUES (6), (7);",
           up: "CREATE TABLE px1 PARTITION OF px FOR VALUES FROM (1) TO (4); DROP TABLE px CASCADE", rows: &["px"], ..NOTHING },
    Case { name: "not_valid_in_a_family", before: "CREATE TABLE old (id serial PRIMARY KEY, n int); CREATE TABLE young (a int, k int PRIMARY KEY, b int) INHERITS (old); CREATE TABLE youth () INHERITS (old); INSERT INTO old (n) VALUES (1); INSERT INTO young VALUES (1, 2, 3, 4, 5); INSERT INTO youth (n) VALUES (3), (4); ALTER TABLE old ADD CONSTRAINT doubted CHECK (n > 3) NOT VALID;",
           up: "ALTER TABLE young DROP COLUMN k CASCADE;", since: "INSERT INTO old (n) VALUES (7);", rows: &["young", "youth"], ..NOTHING },
    Case { name: "not_valid_and_filled", before: "CREATE TABLE nv (id int PRIMARY KEY, n int, t text, u text); INSERT INTO nv VALUES (1, 1, 't', 'u'), (2, 9, NULL, 'v'); ALTER TABLE nv ADD CONSTRAINT doubted CHECK (n > 3) NOT VALID; ALTER TABLE nv ADD CONSTRAINT certain CHECK (id > 0); CREATE TABLE nf (id int PRIMARY KEY, r int); INSERT INTO nf VALUES (1, 77), (2, 1); ALTER TABLE nf ADD FOREIGN KEY (r) REFERENCES nv NOT VALID;",
           up: "DELETE FROM nf; ALTER TABLE nv DROP COLUMN u; DELETE FROM nv WHERE id = 1; DELETE FROM nv WHERE n = 9;", since: "INSERT INTO nv VALUES (5, 5, 's');", rows: &["nf"], ..NOTHING },
    Case { name: "not_valid_in_a_family_and_dropped", before: "CREATE TABLE old (id serial PRIMARY KEY, n int); CREATE TABLE young (a int, k int PRIMARY KEY, b int) INHERITS (old); INSERT INTO old (n) VALUES (1); INSERT INTO young VALUES (1, 2, 3, 4, 5); ALTER TABLE old ADD CONSTRAINT doubted CHECK (n > 3) NOT VALID;",
           up: "DROP TABLE young;", rows: &["young"], ..NOTHING },
    Case { name: "default_of_another_type", up: "ALTER TABLE users ADD COLUMN nb boolean NOT NULL DEFAULT false; ALTER TABLE users ALTER COLUMN nb TYPE text USING nb::text;", since: "INSERT INTO users (email, nb) VALUES ('nb', 'x');", rows: &[], ..NOTHING },
    Case { name: "composite_type_altered", before: "CREATE TYPE spec AS (a text COLLATE \"C\", b int, \"c d\" numeric(5, 2), e jsonb); CREATE FUNCTION specs(spec[], spec) RETURNS spec LANGUAGE sql AS 'SELECT $2'; COMMENT ON COLUMN spec.b IS 'b';",
           up: "ALTER TYPE spec ALTER ATTRIBUTE b TYPE smallint, ALTER ATTRIBUTE \"c d\" TYPE text COLLATE \"C\"; DROP FUNCTION specs; CREATE FUNCTION specs(spec) RETURNS spec LANGUAGE sql AS 'SELECT $1';", rows: &[], ..NOTHING },
    Case { name: "composite_type_loses_and_gains", before: "CREATE TYPE spec AS (a text COLLATE \"C\", b int, \"c d\" numeric(5, 2), e jsonb); CREATE FUNCTION specs(spec[]) RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON COLUMN spec.e IS 'e';",
           up: "ALTER TYPE spec ALTER ATTRIBUTE a TYPE int; ALTER TYPE spec DROP ATTRIBUTE b, ADD ATTRIBUTE n date; ALTER TYPE spec RENAME ATTRIBUTE e TO f;", rows: &[], ..NOTHING },
    Case { name: "composite_type_with_comments", before: "CREATE TYPE spec AS (a text, b int); COMMENT ON COLUMN spec.b IS 'b'; CREATE TYPE gone AS (a text, b int); COMMENT ON COLUMN gone.a IS 'it''s';",
           up: "COMMENT ON COLUMN spec.b IS NULL; COMMENT ON COLUMN spec.a IS 'a'; DROP TYPE gone;", rows: &[], ..NOTHING },
    Case { name: "family_gains_a_column", before: "CREATE TABLE par (a int PRIMARY KEY, b text); CREATE TABLE kid (c int) INHERITS (par); INSERT INTO par VALUES (1, 'p'); INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6);",
           up: "ALTER TABLE par ADD COLUMN n int; UPDATE par SET n = 7;", since: "INSERT INTO kid VALUES (1, 'm', 7, 8);", rows: &["par"], ..NOTHING },
    Case { name: "family_gains_and_loses_a_column", before: "CREATE TABLE par (a int PRIMARY KEY, b text); CREATE TABLE kid (c int) INHERITS (par); INSERT INTO par VALUES (1, 'p'); INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6);",
           up: "ALTER TABLE par ADD COLUMN n int; ALTER TABLE par ADD COLUMN o int DEFAULT 5; DROP TABLE kid; ALTER TABLE par DROP COLUMN n;", rows: &["par", "kid"], ..NOTHING },
    Case { name: "types_in_code", before: "CREATE TABLE tc (id int PRIMARY KEY, kb int, v numeric, w text, b boolean); INSERT INTO tc SELECT i, i * 3, i / 4.0, 'w' || i, i % 2 = 0 FROM generate_series(1, 9) i;",
           up: "DO $$ BEGIN ALTER TABLE tc RENAME COLUMN kb TO size; ALTER TABLE tc ALTER COLUMN size TYPE bigint, ALTER COLUMN v TYPE int; EXECUTE 'ALTER TABLE tc ALTER b TYPE int USING CASE WHEN b THEN 5 ELSE 6 END'; END $$;", since: "INSERT INTO tc VALUES (77, 5, 6, 'since', 1);", rows: &[], ..NOTHING },
    Case { name: "types_that_no_cast_joins", before: "CREATE TABLE nc (id int PRIMARY KEY, a jsonb, b jsonb, c bytea); INSERT INTO nc VALUES (1, NULL, 'true', NULL); CREATE TABLE nd (a jsonb, m money, p point); INSERT INTO nd VALUES ('[2]', 1.5, '(1,2)');",
           up: "ALTER TABLE nc ALTER a TYPE varchar USING a::varchar; ALTER TABLE nc ALTER a TYPE bytea USING a::bytea; ALTER TABLE nc ALTER b TYPE boolean USING b::boolean; ALTER TABLE nc ALTER b TYPE int USING b::int; ALTER TABLE nc ALTER c TYPE uuid USING NULL;
             ALTER TABLE nd ALTER a TYPE text, ALTER m TYPE numeric, ALTER p TYPE text; ALTER TABLE nd ALTER a TYPE bytea USING a::bytea, ALTER m TYPE float, ALTER p TYPE box USING box(p::point, p::point);", since: "INSERT INTO nc (id, b) VALUES (7, 1);", rows: &["nd"], ..NOTHING },
    Case { name: "types_changed_one_after_another", before: "CREATE TABLE na (id int PRIMARY KEY, a numeric, b numeric, c timestamptz, d text, e text); INSERT INTO na SELECT i, i / 4.0, i / 4.0, '2026-01-01 10:11:12+00'::timestamptz + i * interval '1 hour', i || '.50', 'e' || i FROM generate_series(1, 9) i; CREATE TABLE nb AS SELECT a, b, c, d, e FROM na;",
           up: "ALTER TABLE na ALTER a TYPE int, ALTER b TYPE int, ALTER c TYPE date, ALTER d TYPE int USING d::numeric, ALTER e TYPE varchar(9); ALTER TABLE na ALTER a TYPE numeric(10, 2), ALTER b TYPE numeric, ALTER c TYPE timestamptz, ALTER d TYPE text, ALTER e TYPE varchar(1) USING left(e, 1);
             ALTER TABLE nb ALTER a TYPE int, ALTER b TYPE int, ALTER c TYPE date, ALTER d TYPE int USING d::numeric, ALTER e TYPE varchar(9); ALTER TABLE nb ALTER a TYPE numeric(10, 2), ALTER b TYPE numeric, ALTER c TYPE timestamptz, ALTER d TYPE text, ALTER e TYPE varchar(1) USING left(e, 1);", rows: &["na", "nb"], ..NOTHING },
    Case { name: "types_there_and_back", before: "CREATE TABLE ne (id int PRIMARY KEY, a numeric, t text, h numeric) PARTITION BY RANGE (id); CREATE TABLE ne1 PARTITION OF ne FOR VALUES FROM (0) TO (5); CREATE TABLE ne2 PARTITION OF ne DEFAULT; INSERT INTO ne SELECT i, i / 4.0, 't' || i, i FROM generate_series(1, 9) i; ALTER TABLE ne1 ALTER t SET STORAGE EXTERNAL;
             CREATE TABLE nf (a numeric NOT NULL DEFAULT 1.5, t text, CHECK (a >= 0)); ALTER TABLE nf ALTER t SET COMPRESSION pglz, ALTER t SET STATISTICS 9; INSERT INTO nf SELECT i / 4.0, repeat('t', i) FROM generate_series(1, 9) i; INSERT INTO nf SELECT * FROM nf; CREATE INDEX ON nf (a); CREATE TABLE ng (x numeric) INHERITS (nf); INSERT INTO ng VALUES (2.5, 'g', 7.5);
             CREATE TABLE nh (id int PRIMARY KEY, v numeric); CREATE TABLE ni (id int PRIMARY KEY, v numeric); INSERT INTO nh SELECT i, i / 4.0 FROM generate_series(1, 9) i; INSERT INTO ni SELECT * FROM nh;",
           up: "ALTER TABLE ne ALTER a TYPE int, ALTER t TYPE varchar(1) USING left(t, 1); ALTER TABLE ne ALTER a TYPE numeric, ALTER t TYPE text; CREATE VIEW nev AS SELECT id, a, t FROM ne; ALTER TABLE ne RENAME a TO b;
             ALTER TABLE nf ALTER a DROP DEFAULT, ALTER a TYPE int, ALTER t TYPE varchar(1) USING left(t, 1); ALTER TABLE nf ALTER a TYPE numeric, ALTER a SET DEFAULT 1.5, ALTER t TYPE text;
             ALTER TABLE nh ALTER v TYPE int; UPDATE nh SET v = v * 2 WHERE id < 4; ALTER TABLE nh ALTER v TYPE numeric(9, 1); DELETE FROM nh WHERE id = 9; ALTER TABLE ni ALTER v TYPE int; UPDATE ni SET v = v * 2 WHERE id < 4; ALTER TABLE ni ALTER v TYPE numeric;",
           since: "INSERT INTO ne VALUES (77, 8.5, 'since'); UPDATE nh SET v = 99 WHERE id = 8; INSERT INTO ni VALUES (44, 4.5);", rows: &["ne", "nf", "ng"], ..NOTHING },
    Case { name: "types_twice_in_code", before: "CREATE TABLE nj (id int PRIMARY KEY, v numeric, w numeric); INSERT INTO nj SELECT i, i / 4.0, i / 4.0 FROM generate_series(1, 9) i;",
           up: "DO $$ BEGIN ALTER TABLE nj ALTER w TYPE int; ALTER TABLE nj ALTER w TYPE numeric(9, 1); END $$; DO $$ BEGIN ALTER TABLE nj ALTER w TYPE bigint; END $$;", rows: &["nj"], ..NOTHING },
    Case { name: "types_there_and_back_in_code", before: "CREATE TABLE nk (id int PRIMARY KEY, v numeric, w numeric); INSERT INTO nk SELECT i, i / 4.0, i / 4.0 FROM generate_series(1, 9) i;",
           up: "DO $$ BEGIN ALTER TABLE nk ALTER v TYPE int, ALTER w TYPE int; ALTER TABLE nk ALTER v TYPE numeric, ALTER w TYPE numeric(9, 1); END $$;", rows: &[], verdict: "lossy", ..NOTHING },
    Case { name: "table_for_table", before: "CREATE TABLE sw (id text PRIMARY KEY, label text NOT NULL, old int); CREATE TABLE sw_new (id text PRIMARY KEY, label text, users int REFERENCES users); CREATE INDEX sw_new_label ON sw_new (label); CREATE TABLE sw_env (id int, k text CONSTRAINT sw_k REFERENCES sw_new); INSERT INTO sw VALUES ('a', 'b', 1); INSERT INTO sw_new VALUES ('a', 'b', 1); INSERT INTO sw_env VALUES (1, 'a');",
           up: "BEGIN; LOCK TABLE sw IN ACCESS EXCLUSIVE MODE; LOCK TABLE sw_new; DO $$ BEGIN IF (SELECT count(*) FROM sw) <> (SELECT count(*) FROM sw_new) THEN RAISE EXCEPTION 'not all'; END IF; END $$;
             DROP TABLE IF EXISTS sw; ALTER TABLE sw_new RENAME TO sw; ALTER TABLE sw RENAME CONSTRAINT sw_new_pkey TO sw_pkey; ALTER INDEX sw_new_label RENAME TO sw_label;
             ALTER TABLE sw_env DROP CONSTRAINT sw_k; ALTER TABLE sw_env ADD CONSTRAINT sw_k FOREIGN KEY (k) REFERENCES sw (id) ON DELETE CASCADE; ALTER TABLE sw DROP CONSTRAINT sw_new_users_fkey; ALTER TABLE sw ADD CONSTRAINT sw_users_fkey FOREIGN KEY (users) REFERENCES users (id) ON DELETE CASCADE; COMMIT;", since: "INSERT INTO sw VALUES ('since', 'x', NULL);", rows: &["sw", "sw_new", "sw_env"], ..NOTHING },
    Case { name: "tables_that_swap_names", before: "CREATE TABLE sx (id int PRIMARY KEY, label text UNIQUE); CREATE TABLE sy (id int PRIMARY KEY, label text UNIQUE); CREATE VIEW sz AS SELECT id FROM sx; CREATE INDEX sx_i ON sx (label); CREATE INDEX sy_i ON sy (label); INSERT INTO sx VALUES (1, 'x'); INSERT INTO sy VALUES (2, 'y');",
           up: "ALTER TABLE sx RENAME TO tmp; ALTER TABLE sy RENAME TO sx; ALTER TABLE tmp RENAME TO sy; ALTER TABLE sx RENAME CONSTRAINT sy_pkey TO tmp; ALTER TABLE sy RENAME CONSTRAINT sx_pkey TO sy_pkey; ALTER TABLE sx RENAME CONSTRAINT tmp TO sx_pkey; ALTER INDEX sx_i RENAME TO tmp; ALTER INDEX sy_i RENAME TO sx_i; ALTER INDEX tmp RENAME TO sy_i;
             ALTER TABLE sx RENAME id TO tmp; ALTER TABLE sx RENAME label TO id; ALTER TABLE sx RENAME tmp TO label; ALTER VIEW sz RENAME TO sx_label_key2; ALTER INDEX sx_label_key RENAME TO sz; ALTER VIEW sx_label_key2 RENAME TO sx_label_key;", rows: &["sx", "sy"], ..NOTHING },
    Case { name: "not_null_with_another_type", before: "CREATE TABLE nn (id int PRIMARY KEY, ev timestamp(3)); INSERT INTO nn VALUES (1, '2026-01-01'), (2, NULL);",
           up: "ALTER TABLE nn ALTER ev TYPE boolean USING (ev IS NOT NULL), ALTER ev SET DEFAULT false, ALTER ev SET NOT NULL;", since: "INSERT INTO nn VALUES (3, true), (4, false);", rows: &["nn"], left: "2 values of column public.nn.ev that were written since do not fit its former type", ..NOTHING },
    Case { name: "checks_of_fosters", before: "CREATE TABLE ck_a (id int, w text); CREATE TABLE ck_b (x int) INHERITS (ck_a); CREATE TABLE ck_c (y int) INHERITS (ck_b); INSERT INTO ck_c VALUES (1, 'a'); INSERT INTO ck_b VALUES (2, 'b');",
           up: "ALTER TABLE ck_a ADD CONSTRAINT k CHECK (w IS NOT NULL OR w IS NULL); DROP TABLE ck_c; ALTER TABLE ck_a ADD CONSTRAINT l CHECK (id > 0); DROP TABLE ck_b;", rows: &["ck_c", "ck_b"], ..NOTHING },
    Case { name: "partition_apart_from_its_whole", before: "CREATE TABLE pw (item int, part int, lost int) PARTITION BY LIST (item); CREATE TABLE pw1 PARTITION OF pw FOR VALUES IN (1); CREATE INDEX pwi ON pw (item, part) WHERE lost > 0; CREATE INDEX pwj ON pw (part); INSERT INTO pw VALUES (1, 2, 3), (1, 3, 4);
             CREATE TABLE px (part int NOT NULL, lost varchar(20), item text) PARTITION BY LIST (part); CREATE TABLE px1 PARTITION OF px DEFAULT; ALTER TABLE px1 ALTER item SET DEFAULT 'x'; CREATE INDEX pxi ON px (item, part) WHERE item > 'a'; ALTER TABLE px ADD PRIMARY KEY (part); INSERT INTO px VALUES (1, 'l', 'i');",
           up: "ALTER TABLE pw DROP COLUMN lost CASCADE; DROP TABLE pw1; ALTER TABLE px DROP COLUMN lost; DROP TABLE px1;", rows: &["pw", "pw1", "px1"], verdict: "public.px is not made anew", ..NOTHING },
    Case { name: "rows_that_refer_to_a_lost_key", before: "CREATE TABLE ri (id int PRIMARY KEY, w text); CREATE TABLE rt (id int PRIMARY KEY, f int REFERENCES ri, x int); INSERT INTO ri VALUES (1, 'a'); INSERT INTO rt VALUES (1, 1, 5), (2, NULL, 6);",
           up: "ALTER TABLE rt DROP COLUMN x; WITH gone AS (DELETE FROM rt RETURNING *) SELECT count(*) FROM gone; ALTER TABLE ri DROP COLUMN id CASCADE;", rows: &["ri", "rt"], ..NOTHING },
    Case { name: "values_back_behind_their_column", before: "CREATE TYPE vrk AS ENUM ('a', 'b'); CREATE TABLE vr (id text PRIMARY KEY, p text NOT NULL, role vrk NOT NULL, z int); INSERT INTO vr VALUES ('a', 'p', 'a', 1), ('b', 'p', 'b', 2), ('c', 'q', 'b', 3); CREATE TABLE vw (a int NOT NULL, b int); INSERT INTO vw VALUES (1, 1), (1, 2), (3, 3);",
           up: "ALTER TABLE vr RENAME COLUMN role TO kind; ALTER TABLE vr ALTER p DROP NOT NULL, ALTER kind DROP NOT NULL; UPDATE vr SET kind = NULL, p = NULL; ALTER TABLE vr DROP COLUMN kind, ADD COLUMN kind text; DROP TYPE vrk; ALTER TABLE vw ALTER a DROP NOT NULL; UPDATE vw SET a = NULL WHERE b < 3; ALTER TABLE vw DROP COLUMN a;", rows: &["vr", "vw"], ..NOTHING },
    Case { name: "table_dropped_under_a_check_to_come", before: "CREATE TABLE dc (id int PRIMARY KEY, w text); CREATE TABLE dd (id int PRIMARY KEY, c int REFERENCES dc DEFERRABLE INITIALLY DEFERRED); CREATE VIEW dv AS SELECT w FROM dc; INSERT INTO dc VALUES (1, 'a'), (2, 'b'); INSERT INTO dd VALUES (1, 1);",
           up: "INSERT INTO dd VALUES (2, NULL), (3, 2); DROP TABLE dc CASCADE;", rows: &["dc", "dd"], ..NOTHING },
    Case { name: "rows_of_published_partitions", before: "CREATE TABLE pw (part int NOT NULL, w text) PARTITION BY RANGE (part); CREATE TABLE pw1 PARTITION OF pw FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (part); CREATE TABLE pw11 PARTITION OF pw1 FOR VALUES FROM (0) TO (5); CREATE TABLE pw2 PARTITION OF pw DEFAULT; CREATE PUBLICATION pwp FOR TABLE pw;
             CREATE FUNCTION pwf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$; CREATE TRIGGER own BEFORE DELETE ON pw11 FOR EACH ROW EXECUTE FUNCTION pwf(); CREATE TRIGGER off BEFORE DELETE ON pw2 FOR EACH ROW EXECUTE FUNCTION pwf(); ALTER TABLE pw2 DISABLE TRIGGER off;
             CREATE TRIGGER whole BEFORE DELETE ON pw FOR EACH ROW EXECUTE FUNCTION pwf(); ALTER TABLE pw2 DISABLE TRIGGER whole; ALTER TABLE pw11 ENABLE ALWAYS TRIGGER whole; INSERT INTO pw VALUES (1, 'a'), (20, 'b');",
           up: "INSERT INTO pw VALUES (2, 'c'), (30, 'd');", rows: &["pw"], ..NOTHING },
    Case { name: "every_column_one_after_another", before: "CREATE TABLE ec (id serial PRIMARY KEY, b interval, c text UNIQUE, d date); INSERT INTO ec SELECT i, i * interval '1 hour', md5(i::text), '2020-01-01'::date + i FROM generate_series(4, 1, -1) i;",
           up: "ALTER TABLE ec DROP COLUMN c; ALTER TABLE ec DROP COLUMN id CASCADE; ALTER TABLE ec DROP COLUMN b; ALTER TABLE ec DROP COLUMN d;", rows: &["ec"], ..NOTHING },
    Case { name: "sequences_named_as_types", before: "CREATE TABLE nt (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, w text); ALTER SEQUENCE nt_id_seq RENAME TO same; CREATE TYPE same AS RANGE (SUBTYPE = int); CREATE SEQUENCE ns START 7; ALTER SEQUENCE ns RENAME TO other; CREATE TYPE other AS ENUM ('a'); INSERT INTO nt (w) VALUES ('w');",
           up: "ALTER TABLE nt ALTER id DROP IDENTITY; DROP SEQUENCE other;", rows: &["nt"], ..NOTHING },
    Case { name: "tables_that_swap_schemas", before: "CREATE SCHEMA sa; CREATE SCHEMA sb; CREATE TABLE sa.t (id serial PRIMARY KEY, v text, w int UNIQUE); CREATE TABLE sb.t (id serial PRIMARY KEY, n int); CREATE INDEX same ON sa.t (v); CREATE INDEX same ON sb.t (n); CREATE VIEW sv AS SELECT a.v, b.n FROM sa.t a JOIN sb.t b USING (id); CREATE FUNCTION sa.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION sb.f(int) RETURNS int LANGUAGE sql AS 'SELECT 2'; CREATE FUNCTION sb.f(text) RETURNS int LANGUAGE sql AS 'SELECT 3'; CREATE TYPE sa.e AS ENUM ('a'); CREATE TYPE sb.e AS ENUM ('b'); INSERT INTO sa.t (v, w) VALUES ('a', 1); INSERT INTO sb.t (n) VALUES (7);",
           up: "CREATE SCHEMA tmp; ALTER TABLE sa.t SET SCHEMA tmp; ALTER TABLE sb.t SET SCHEMA sa; ALTER TABLE tmp.t SET SCHEMA sb; ALTER TABLE sb.t RENAME v TO vv; ALTER TABLE sb.t RENAME CONSTRAINT t_w_key TO other; ALTER INDEX sb.same RENAME TO another; ALTER TABLE sb.t ADD COLUMN x int;
             ALTER FUNCTION sa.f(int) SET SCHEMA tmp; ALTER FUNCTION sb.f(int) SET SCHEMA sa; ALTER FUNCTION tmp.f(int) SET SCHEMA sb; ALTER FUNCTION sb.f(int) RENAME TO g; ALTER TYPE sa.e SET SCHEMA tmp; ALTER TYPE sb.e SET SCHEMA sa; ALTER TYPE tmp.e SET SCHEMA sb; DROP SCHEMA tmp;",
           since: "INSERT INTO sa.t (n) VALUES (8);", rows: &["(SELECT id, v, w FROM sa.t) s"], ..NOTHING },
    Case { name: "generated_anew_of_another_type", before: "CREATE TABLE gl (id int PRIMARY KEY, qty int, price numeric NOT NULL DEFAULT 1.5, sum numeric GENERATED ALWAYS AS (qty * price) STORED); INSERT INTO gl VALUES (1, 2, 1.5), (2, 3, 2);",
           up: "ALTER TABLE gl DROP COLUMN sum; ALTER TABLE gl ALTER price TYPE int USING round(price); ALTER TABLE gl ADD COLUMN sum bigint GENERATED ALWAYS AS (qty * price + 1) STORED;", rows: &["gl"], ..NOTHING },
    Case { name: "key_exchanged_for_another_of_its_name", before: "CREATE TABLE kx (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text, w int); CREATE TABLE ky (a uuid REFERENCES kx ON DELETE CASCADE, b uuid REFERENCES kx, n int, PRIMARY KEY (a, b)); INSERT INTO kx (v, w) SELECT 'v' || i, i FROM generate_series(1, 4) i; INSERT INTO ky SELECT x.id, y.id, x.w * y.w FROM kx x, kx y;",
           up: "ALTER TABLE kx ADD COLUMN num bigserial; ALTER TABLE ky ADD a_num bigint, ADD b_num bigint; UPDATE ky SET a_num = num FROM kx WHERE kx.id = a; UPDATE ky SET b_num = num FROM kx WHERE kx.id = b; ALTER TABLE ky DROP CONSTRAINT ky_pkey, DROP CONSTRAINT ky_a_fkey, DROP CONSTRAINT ky_b_fkey, DROP COLUMN a, DROP COLUMN b;
             ALTER TABLE kx DROP CONSTRAINT kx_pkey; ALTER TABLE kx ADD PRIMARY KEY (num); ALTER TABLE kx DROP COLUMN id; ALTER TABLE kx RENAME num TO id; ALTER TABLE ky RENAME a_num TO a; ALTER TABLE ky RENAME b_num TO b; ALTER TABLE ky ADD PRIMARY KEY (a, b); ALTER TABLE ky ADD FOREIGN KEY (a) REFERENCES kx ON DELETE CASCADE, ADD FOREIGN KEY (b) REFERENCES kx;",
           since: "INSERT INTO kx (v) VALUES ('n');", rows: &["(SELECT * FROM kx WHERE v <> 'n') s", "ky"], ..NOTHING },
    Case { name: "attributes_that_change_names", before: "CREATE TYPE at AS (x text, y text, z int); CREATE TABLE tt (id int PRIMARY KEY, c at, l at[]); INSERT INTO tt VALUES (1, ('a', 'b', 1), ARRAY[('c', 'd', 2)::at]); CREATE TYPE au AS (m int, n int); CREATE FUNCTION af(au) RETURNS int LANGUAGE sql AS 'SELECT 1';",
           up: "ALTER TYPE at RENAME ATTRIBUTE x TO w; ALTER TYPE at RENAME ATTRIBUTE y TO x; ALTER TYPE at RENAME ATTRIBUTE w TO y; ALTER TYPE at ADD ATTRIBUTE more text; ALTER TYPE at RENAME ATTRIBUTE z TO zz; ALTER TYPE au DROP ATTRIBUTE m, ADD ATTRIBUTE m int;", rows: &["tt"], ..NOTHING },
    Case { name: "sequence_that_follows_another_table", before: "CREATE SCHEMA sq; CREATE TABLE sm (id bigserial PRIMARY KEY, d int); INSERT INTO sm (d) VALUES (1), (2); CREATE TABLE sn (id serial, e int); CREATE TABLE so (id int);",
           up: "CREATE TABLE sq.sp (LIKE sm INCLUDING DEFAULTS) PARTITION BY HASH (id); CREATE TABLE sq.sp0 PARTITION OF sq.sp FOR VALUES WITH (MODULUS 1, REMAINDER 0); INSERT INTO sq.sp SELECT * FROM sm; ALTER SEQUENCE sm_id_seq OWNED BY NONE; DROP TABLE sm; ALTER TABLE sq.sp RENAME TO sm; ALTER SEQUENCE sm_id_seq SET SCHEMA sq; ALTER SEQUENCE sq.sm_id_seq OWNED BY sq.sm.id; ALTER TABLE sq.sm ADD PRIMARY KEY (id);
             ALTER SEQUENCE sn_id_seq OWNED BY NONE; ALTER SEQUENCE sn_id_seq SET SCHEMA sq; ALTER TABLE so SET SCHEMA sq; ALTER SEQUENCE sq.sn_id_seq OWNED BY sq.so.id;", since: "INSERT INTO sq.sm (d) VALUES (3);", rows: &["sm", "sn"], ..NOTHING },
    Case { name: "privileges_of_a_schema_dropped", before: "CREATE SCHEMA dp; ALTER DEFAULT PRIVILEGES IN SCHEMA dp GRANT SELECT ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA dp REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE TABLE dp.t (id int); CREATE VIEW dp.v AS SELECT * FROM dp.t; CREATE SCHEMA dq; ALTER DEFAULT PRIVILEGES IN SCHEMA dq GRANT USAGE ON SEQUENCES TO PUBLIC; CREATE SCHEMA ds;",
           up: "DROP SCHEMA dp CASCADE; ALTER SCHEMA dq RENAME TO dr; ALTER DEFAULT PRIVILEGES IN SCHEMA dr REVOKE USAGE ON SEQUENCES FROM PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA dr GRANT INSERT ON TABLES TO PUBLIC; ALTER SCHEMA ds RENAME TO dq; ALTER DEFAULT PRIVILEGES IN SCHEMA dq GRANT UPDATE ON TABLES TO PUBLIC;", ..NOTHING },
    Case { name: "materialized_views_filled_and_emptied", before: "CREATE TABLE mf (id int); INSERT INTO mf VALUES (1); CREATE MATERIALIZED VIEW mg AS SELECT * FROM mf WITH NO DATA; CREATE MATERIALIZED VIEW mh AS SELECT * FROM mf;",
           up: "REFRESH MATERIALIZED VIEW mg; REFRESH MATERIALIZED VIEW mh WITH NO DATA;", rows: &["(SELECT * FROM mh) s"], ..NOTHING },
    Case { name: "index_of_a_whole_that_goes", before: "CREATE TABLE iw (p int NOT NULL, w text) PARTITION BY RANGE (p); CREATE TABLE iw1 PARTITION OF iw FOR VALUES FROM (4) TO (7); INSERT INTO iw VALUES (5, 'a');",
           up: "CREATE INDEX iwx ON iw (lower(w)); CREATE UNIQUE INDEX iwy ON iw (p, w); ALTER TABLE iw ADD UNIQUE (w, p); DROP TABLE iw CASCADE;", rows: &["iw"], ..NOTHING },
    Case { name: "partition_let_go_with_a_column", before: "CREATE TABLE pg (id bigint PRIMARY KEY, d int NOT NULL, e text DEFAULT 'e') PARTITION BY HASH (id); CREATE TABLE pg0 PARTITION OF pg FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE pg1 PARTITION OF pg FOR VALUES WITH (MODULUS 2, REMAINDER 1); CREATE INDEX ON pg (e); INSERT INTO pg SELECT i, i FROM generate_series(1, 10) i;",
           up: "ALTER TABLE pg DETACH PARTITION pg1; ALTER TABLE pg1 DROP COLUMN e; UPDATE pg SET d = d * 2; ALTER TABLE pg ADD COLUMN note text DEFAULT 'n'; ALTER TABLE pg ALTER d TYPE bigint; DELETE FROM pg0 WHERE d > 8;", rows: &["pg", "pg0"], ..NOTHING },
    Case { name: "enum_of_a_column_that_went_with_its_table", before: "CREATE TABLE ew (k int PRIMARY KEY, t text); INSERT INTO ew VALUES (1, 'a');",
           up: "ALTER TABLE ew ADD COLUMN o mood; ALTER TYPE mood ADD VALUE 'new' BEFORE 'ok'; DROP TABLE ew CASCADE;", rows: &["ew"], ..NOTHING },
    Case { name: "types_there_and_back_after_a_key_went", before: "CREATE TABLE tb (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b char(3), n text COLLATE \"C\" DEFAULT 'x'); INSERT INTO tb (b, n) VALUES ('1.1', 'note53 1.1.2'), (NULL, 'note53 1.3.4'), ('1.1', 'note53 1.1.4'), ('1.3', 'x');",
           up: "ALTER TABLE tb DROP COLUMN id CASCADE; ALTER TABLE tb ALTER n TYPE char(10) USING n::char(10); ALTER TABLE tb ALTER n TYPE text USING n::text;", rows: &["tb"], ..NOTHING },
    Case { name: "numbers_as_texts", before: "CREATE TABLE na (id serial PRIMARY KEY, d date); ALTER TABLE na ALTER id TYPE text; INSERT INTO na (d) VALUES ('2020-01-01'), ('2020-01-02');",
           up: "INSERT INTO na (d) VALUES ('2026-01-02');", rows: &["na"], ..NOTHING },
    Case { name: "identity_of_a_table_made_anew", before: "CREATE TABLE ia (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text, b text); INSERT INTO ia (a, b) VALUES ('a', 'b'); CREATE TABLE ib (a text, id bigint GENERATED BY DEFAULT AS IDENTITY (START 7 INCREMENT 3), b text); INSERT INTO ib (a, b) VALUES ('a', 'b');",
           up: "ALTER TABLE ia ALTER id DROP IDENTITY; ALTER TABLE ia DROP COLUMN a; ALTER TABLE ib DROP COLUMN a; ALTER TABLE ib ALTER id DROP IDENTITY, ALTER id DROP NOT NULL;", rows: &["ia", "ib"], ..NOTHING },
    Case { name: "types_after_a_column_without_key", before: "CREATE TABLE ta (a varchar(20), b numeric(10, 2)); INSERT INTO ta VALUES ('1.0.1', 1.50), (NULL, 2.5), ('b', NULL), ('1.0.1', 1.5), ('c', 1.6);",
           up: "ALTER TABLE ta DROP COLUMN a; ALTER TABLE ta ALTER b TYPE integer;", rows: &["ta"], ..NOTHING },
    Case { name: "identity_for_serial", before: "CREATE TABLE si (id serial PRIMARY KEY, a text); INSERT INTO si (a) VALUES ('a'), ('b'); CREATE TABLE sj (s_id serial PRIMARY KEY, si int REFERENCES si); INSERT INTO sj (si) VALUES (1);",
           up: "ALTER TABLE sj ALTER si TYPE bigint; ALTER TABLE si ALTER id TYPE bigint; BEGIN; ALTER TABLE si ALTER id DROP DEFAULT; DROP SEQUENCE si_id_seq; ALTER TABLE si ALTER id ADD GENERATED ALWAYS AS IDENTITY (RESTART 1580559962386438); COMMIT; ALTER TABLE sj RENAME TO sk; BEGIN; ALTER TABLE sk ALTER s_id DROP DEFAULT; DROP SEQUENCE sj_s_id_seq; ALTER TABLE sk ALTER s_id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME sj_s_id_seq); COMMIT;", rows: &["si", "sj"], ..NOTHING },
    Case { name: "enum_values_renamed_and_added", before: "CREATE TYPE ena AS ENUM ('STYLE', 'FACT', 'it''s'); CREATE TABLE en (id int PRIMARY KEY, k ena DEFAULT 'STYLE', CHECK (k <> 'it''s')); INSERT INTO en VALUES (1, 'STYLE'), (2, 'FACT'), (3, NULL); CREATE VIEW env AS SELECT id FROM en WHERE k = 'STYLE'; CREATE TYPE enb AS ENUM ('a', 'b'); CREATE TABLE eo (id int PRIMARY KEY, k enb); INSERT INTO eo VALUES (1, 'a'), (2, 'b'); CREATE TYPE enc AS ENUM ('a', 'b'); CREATE TABLE ep (id int PRIMARY KEY, k enc); INSERT INTO ep VALUES (1, 'a'), (2, 'b');",
           up: "ALTER TYPE ena RENAME VALUE 'STYLE' TO 'PREFERENCE'; ALTER TYPE ena ADD VALUE 'PROCEDURE'; ALTER TYPE ena ADD VALUE 'FIRST' BEFORE 'PREFERENCE'; ALTER TYPE enb RENAME VALUE 'a' TO 'c'; ALTER TYPE enb ADD VALUE 'a' BEFORE 'b'; ALTER TYPE enc RENAME VALUE 'a' TO 'c'; ALTER TYPE enc RENAME VALUE 'b' TO 'a'; ALTER TYPE enc RENAME VALUE 'c' TO 'b'; ALTER TYPE enc ADD VALUE 'd'; DELETE FROM en WHERE id = 1; UPDATE en SET k = 'PREFERENCE' WHERE id = 2; UPDATE eo SET k = 'b' WHERE id = 1;", rows: &["en", "eo", "ep"], ..NOTHING },
    Case { name: "enum_values_exchanged_around_rows", before: "CREATE TYPE enc AS ENUM ('a', 'b'); CREATE TABLE ep (id int PRIMARY KEY, k enc); INSERT INTO ep VALUES (1, 'a'), (2, 'b');",
           up: "DELETE FROM ep WHERE id = 1; ALTER TYPE enc RENAME VALUE 'a' TO 'c'; ALTER TYPE enc RENAME VALUE 'b' TO 'a'; ALTER TYPE enc RENAME VALUE 'c' TO 'b'; DELETE FROM ep;", rows: &[], verdict: "its values exchanged names", ..NOTHING },
    Case { name: "enum_value_of_a_table_made_anew", before: "CREATE TYPE ews AS ENUM ('PENDING', 'OK'); CREATE TABLE ew (id int PRIMARY KEY, b text, status ews NOT NULL DEFAULT 'PENDING', x text, list ews[] DEFAULT '{OK}', CHECK (status <> 'OK' OR b <> '')); CREATE INDEX ON ew (x) WHERE status = 'OK'; INSERT INTO ew VALUES (1, 'b', 'OK');",
           up: "ALTER TYPE ews ADD VALUE 'BUILDING'; ALTER TABLE ew DROP COLUMN b, ADD COLUMN e jsonb;", since: "INSERT INTO ew (id, x) VALUES (7, 'since');", rows: &["ew"], ..NOTHING },
    Case { name: "enum_value_under_generated_columns", before: "CREATE TYPE egs AS ENUM ('RUNNING', 'KILLED'); CREATE FUNCTION egf(text) RETURNS egs IMMUTABLE LANGUAGE sql AS 'SELECT $1::egs'; CREATE FUNCTION egd(egs) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$ SELECT $1 = 'RUNNING'::egs $$;
             CREATE TABLE eg (key varchar(20) PRIMARY KEY, value jsonb NOT NULL, state egs NOT NULL GENERATED ALWAYS AS (egf(value ->> 'state')) STORED, done boolean GENERATED ALWAYS AS (egd(egf(value ->> 'state'))) STORED, plain egs DEFAULT 'KILLED', same boolean GENERATED ALWAYS AS (plain = 'KILLED') STORED, since int GENERATED ALWAYS AS (length(key)) STORED);
             CREATE INDEX eg_state ON eg (state, key); CREATE INDEX eg_done ON eg (since) WHERE done; CREATE VIEW egv AS SELECT key FROM eg WHERE state = 'RUNNING'; COMMENT ON COLUMN eg.state IS 'it''s'; ALTER TABLE eg ADD CHECK (state <> 'KILLED' OR since > 0); INSERT INTO eg (key, value) VALUES ('a', '{\"state\": \"RUNNING\"}'), ('b', '{\"state\": \"KILLED\"}');",
           up: "ALTER TYPE egs ADD VALUE IF NOT EXISTS 'QUEUED'; CREATE TABLE egq (id int, s egs); CREATE INDEX eg_new ON eg (state);", since: "INSERT INTO eg (key, value) VALUES ('since', '{\"state\": \"RUNNING\"}');", rows: &["eg"], ..NOTHING },
    Case { name: "types_twice_under_another_key", before: "CREATE TABLE nq (id int PRIMARY KEY, u text NOT NULL, v numeric); INSERT INTO nq SELECT i, 'u' || i, i / 4.0 FROM generate_series(1, 9) i;",
           up: "ALTER TABLE nq ALTER v TYPE int; ALTER TABLE nq DROP CONSTRAINT nq_pkey; ALTER TABLE nq ADD PRIMARY KEY (u); ALTER TABLE nq ALTER v TYPE numeric(9, 1);", rows: &[], verdict: "column public.nq.v", ..NOTHING },
    Case { name: "clustered_on_another_index", before: "CREATE TABLE cl (id int PRIMARY KEY, a int UNIQUE); ALTER TABLE cl CLUSTER ON cl_pkey; CREATE TABLE cm (id int PRIMARY KEY, a int UNIQUE); ALTER TABLE cm CLUSTER ON cm_a_key; CREATE TABLE cn (id int PRIMARY KEY, a int UNIQUE); ALTER TABLE cn CLUSTER ON cn_a_key; CREATE TABLE co (id int PRIMARY KEY);",
           up: "ALTER TABLE cl CLUSTER ON cl_a_key; ALTER TABLE cm CLUSTER ON cm_pkey; ALTER TABLE cn SET WITHOUT CLUSTER; ALTER TABLE co CLUSTER ON co_pkey;", rows: &[], ..NOTHING },
    Case { name: "rows_of_new_keys_lack_a_lost_column", before: "CREATE TABLE rk (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), j jsonb NOT NULL, w text); INSERT INTO rk (j, w) SELECT '{}', 'w' || i FROM generate_series(1, 4) i;",
           up: "ALTER TABLE rk DROP COLUMN j; UPDATE rk SET id = gen_random_uuid(); ALTER TABLE rk DROP COLUMN id;", rows: &["rk"], ..NOTHING },
    Case { name: "parents_of_rows_that_return_early", before: "CREATE TABLE pe (k int PRIMARY KEY, s text NOT NULL); CREATE TABLE pf (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), pe int REFERENCES pe ON DELETE SET NULL, w text); CREATE TABLE pg (id int PRIMARY KEY, pf uuid, pe int REFERENCES pe ON DELETE CASCADE); INSERT INTO pe SELECT i, 's' FROM generate_series(1, 4) i; INSERT INTO pf (pe, w) SELECT i, 'w' FROM generate_series(1, 4) i; INSERT INTO pg SELECT i, NULL, i FROM generate_series(1, 4) i;",
           up: "ALTER TABLE pf DROP COLUMN id; ALTER TABLE pg DROP COLUMN pf; DELETE FROM pe WHERE s IS NOT NULL;", rows: &["pe", "pf", "pg"], ..NOTHING },
    Case { name: "child_with_less_than_its_parent_demands", before: "CREATE TABLE cp (k int PRIMARY KEY, n int NOT NULL); CREATE TABLE cq (a int, b text, c int) INHERITS (cp); DO $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN EXECUTE 'ALTER TABLE cq ALTER k DROP NOT NULL, ALTER n DROP NOT NULL; INSERT INTO cq VALUES (NULL, NULL, 1, ''b'', 2)'; END IF; END $$; INSERT INTO cq VALUES (1, 2, 3, 'd', 4);",
           up: "ALTER TABLE cq DROP COLUMN b;", rows: &["cq"], ..NOTHING },
    Case { name: "child_with_less_dropped", before: "CREATE TABLE cp (k int PRIMARY KEY, n int NOT NULL); CREATE TABLE cq (a int, b text) INHERITS (cp); DO $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN EXECUTE 'ALTER TABLE cq ALTER k DROP NOT NULL, ALTER n DROP NOT NULL'; END IF; END $$; INSERT INTO cq VALUES (1, 2, 3, 'd');",
           up: "DROP TABLE cq;", rows: &["cq"], ..NOTHING },
    Case { name: "partition_with_what_its_whole_demands", before: "CREATE TABLE pp (a int NOT NULL, id serial, b int CHECK (b > 0), u int REFERENCES users, PRIMARY KEY (a, id), UNIQUE (a, b), CONSTRAINT b2 CHECK (a < 9 OR b < 9)) PARTITION BY LIST (a); CREATE TABLE pp1 PARTITION OF pp FOR VALUES IN (1); CREATE TABLE pp2 PARTITION OF pp (CONSTRAINT own CHECK (id > 0)) FOR VALUES IN (2); CREATE TABLE ppd PARTITION OF pp DEFAULT; INSERT INTO pp (a, b) VALUES (1, 1), (2, 2), (3, 3);",
           up: "DROP TABLE pp1; CREATE TABLE anew (LIKE pp2 INCLUDING ALL); INSERT INTO anew SELECT * FROM pp2; DROP TABLE pp2; ALTER TABLE anew RENAME TO pp2; ALTER TABLE pp DETACH PARTITION ppd;", since: "INSERT INTO pp2 VALUES (2, 77, 5);", rows: &["pp1", "pp2", "ppd"], ..NOTHING },
    Case { name: "children_with_what_their_parents_demand", before: "CREATE TABLE pq (a int, b int CHECK (b > 0)); CREATE TABLE pr1 (c int) INHERITS (pq); CREATE TABLE pr2 (c int) INHERITS (pq); INSERT INTO pr1 VALUES (1, 1, 1); INSERT INTO pr2 VALUES (2, 2, 2);",
           up: "DROP TABLE pr1; ALTER TABLE pr2 NO INHERIT pq; ALTER TABLE pq ADD CONSTRAINT more CHECK (a > 0);", rows: &["pr1", "pr2"], ..NOTHING },
    Case { name: "child_made_under_a_check_in_doubt", before: "CREATE TABLE pt (a int, b text); CREATE TABLE pu (c int) INHERITS (pt); ALTER TABLE pt ADD CONSTRAINT doubt CHECK (a IS NOT NULL) NOT VALID; INSERT INTO pu VALUES (1, 'b', 2);",
           up: "UPDATE pu SET b = NULL; CREATE TABLE pv (d int) INHERITS (pt);", since: "INSERT INTO pv VALUES (1, 'since');", rows: &["pu"], ..NOTHING },
    Case { name: "child_certain_of_what_its_parent_doubts", before: "CREATE TABLE dp (id serial PRIMARY KEY, n int); INSERT INTO dp (n) VALUES (77), (1); ALTER TABLE dp ADD CONSTRAINT doubt CHECK (n <> 77) NOT VALID; CREATE TABLE dq (a int, b int) INHERITS (dp); INSERT INTO dq (n, a) VALUES (1, 2); CREATE TABLE dr (id int PRIMARY KEY) INHERITS (dp);",
           up: "DROP TABLE dq; DROP TABLE dr;", rows: &["dp", "dq", "dr"], ..NOTHING },
    Case { name: "numbers_in_a_list_of_another_type", before: "CREATE TABLE nl (id int PRIMARY KEY, n int CHECK (n IN (1, 2, -3)), k int, b bigint CHECK (b IN (1, 5000000000))); CREATE INDEX nli ON nl (k) WHERE k IN (1, 2); ALTER TABLE nl ALTER n TYPE bigint, ALTER k TYPE numeric, ALTER b TYPE numeric; CREATE VIEW nlv AS SELECT id FROM nl WHERE n IN (1, 2); INSERT INTO nl VALUES (1, 1, 2, 1);",
           up: "ALTER TABLE nl DROP COLUMN n CASCADE, DROP COLUMN k, DROP COLUMN b;", rows: &["nl"], ..NOTHING },
    Case { name: "published_family_loses_its_keys", before: "CREATE TABLE pk (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int); CREATE TABLE pl (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), m int) INHERITS (pk); INSERT INTO pk (n) VALUES (1); INSERT INTO pl (n, m) VALUES (2, 3); CREATE PUBLICATION pkp FOR TABLE pl;",
           up: "ALTER TABLE pk RENAME TO between; ALTER TABLE pl RENAME TO pk; ALTER TABLE between RENAME TO pl; ALTER TABLE pl DROP COLUMN id CASCADE;", rows: &[], verdict: "order of the columns of public.pk", ..NOTHING },
    Case { name: "types_in_code_and_keys_that_swap_names", before: "CREATE TABLE ts (a int PRIMARY KEY, b int UNIQUE NOT NULL, v numeric); INSERT INTO ts SELECT i, 10 - i, i / 4.0 FROM generate_series(1, 9) i;",
           up: "DO $$ BEGIN ALTER TABLE ts RENAME a TO x; ALTER TABLE ts RENAME b TO a; ALTER TABLE ts RENAME x TO b; ALTER TABLE ts ALTER v TYPE int; END $$;", since: "INSERT INTO ts VALUES (77, 78, 5); DELETE FROM ts WHERE b = 77", rows: &["ts"], ..NOTHING },
    Case { name: "types_and_rows_in_code", before: "CREATE TABLE td (id int PRIMARY KEY, v numeric, w text); INSERT INTO td SELECT i, i / 4.0, 'w' || i FROM generate_series(1, 9) i; CREATE TABLE te (a int, v numeric); INSERT INTO te VALUES (1, 1.5), (1, 1.5), (2, 2);",
           up: "DO $$ BEGIN UPDATE td SET w = w || '!' WHERE id < 4; ALTER TABLE td ALTER COLUMN v TYPE int; DELETE FROM td WHERE id = 9; ALTER TABLE te ALTER v TYPE text USING v::text; END $$;", rows: &[], verdict: "lossy", ..NOTHING },
    Case { name: "array_type_of_another_name", before: "CREATE TABLE foo (a int); CREATE TABLE of_foo (id int PRIMARY KEY, x foo[], y text); INSERT INTO foo VALUES (1); INSERT INTO of_foo VALUES (1, ARRAY[ROW(5)::foo], 'y');",
           up: "CREATE TABLE _foo (b int); ALTER TABLE of_foo DROP COLUMN x; DROP TABLE foo; CREATE TABLE foo (c text);", rows: &["foo", "of_foo"], ..NOTHING },
    Case { name: "domain_loses_its_check_before_a_drop", before: "CREATE DOMAIN dz AS text CONSTRAINT c CHECK (VALUE <> '') CONSTRAINT e CHECK (length(VALUE) < 9); CREATE TABLE uz (id int PRIMARY KEY, d dz, n numeric); INSERT INTO uz VALUES (1, 'd', 1.5), (2, NULL, 2); CREATE TABLE vz (id int PRIMARY KEY); INSERT INTO vz VALUES (1);",
           up: "ALTER DOMAIN dz DROP CONSTRAINT c; DROP TABLE vz; ALTER DOMAIN dz DROP CONSTRAINT e; ALTER TABLE uz ALTER COLUMN n TYPE int; ALTER DOMAIN dz ADD CONSTRAINT e CHECK (length(VALUE) < 8); ALTER DOMAIN dz DROP CONSTRAINT e; DO $$ BEGIN CREATE TABLE wz (a dz); END $$;", rows: &["uz", "vz"], ..NOTHING },
    Case { name: "types_around_a_column_without_key", before: "CREATE TABLE tw (x boolean, k int PRIMARY KEY, n int); INSERT INTO tw VALUES (true, 1, 5), (false, 2, 6), (false, 3, 6); CREATE TABLE tz (a int, b text, c numeric(6, 2)); INSERT INTO tz VALUES (1, 'b', 2.5), (2, 'c', 3);",
           up: "ALTER TABLE tw ALTER x TYPE text; ALTER TABLE tw DROP COLUMN k CASCADE; ALTER TABLE tz DROP COLUMN b; ALTER TABLE tz ALTER c TYPE text;", rows: &["tw", "tz"], ..NOTHING },
    Case { name: "privileges_taken_before_rows", before: "CREATE TABLE pr (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a text, b text, c text); INSERT INTO pr (a, b, c) VALUES ('a', 'b', 'c'); ALTER TABLE pr DROP CONSTRAINT pr_pkey; GRANT SELECT ON pr TO PUBLIC;",
           up: "ALTER TABLE pr DROP COLUMN b; REVOKE INSERT ON pr FROM CURRENT_USER; ALTER TABLE pr DROP COLUMN id; TRUNCATE pr;", rows: &["pr"], ..NOTHING },
    Case { name: "identity_for_identity", before: "CREATE TABLE ii (id bigint GENERATED ALWAYS AS IDENTITY, a float NOT NULL, b timestamptz, PRIMARY KEY (id, a)); INSERT INTO ii (a) VALUES (1.5), (2.5);",
           up: "ALTER TABLE ii ADD COLUMN \"x y\" bigint GENERATED BY DEFAULT AS IDENTITY; ALTER TABLE ii DROP COLUMN id CASCADE;", since: "INSERT INTO ii (a) VALUES (9);", rows: &["ii"], ..NOTHING },
    Case { name: "rows_deleted_without_a_column_and_dropped", before: "CREATE TABLE rw (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int, w text); INSERT INTO rw (n, w) VALUES (1, 'w'), (2, 'v');",
           up: "ALTER TABLE rw DROP COLUMN n; DELETE FROM rw WHERE w = 'w'; DROP TABLE rw CASCADE;", rows: &["rw"], ..NOTHING },
    Case { name: "rows_put_where_a_lost_column_refers", before: "CREATE TABLE ra (id int PRIMARY KEY, n int); CREATE TABLE rb (id int PRIMARY KEY, ra int REFERENCES ra); INSERT INTO ra VALUES (1, 1); INSERT INTO rb VALUES (1, 1);",
           up: "ALTER TABLE ra DROP COLUMN n; ALTER TABLE rb DROP COLUMN ra; INSERT INTO ra VALUES (3);", rows: &["ra", "rb"], ..NOTHING },
    Case { name: "enum_value_beside_a_column_without_key", before: "CREATE TABLE ek (m mood, list mood[], w text); INSERT INTO ek VALUES ('ok', '{sad}', 'w');",
           up: "ALTER TYPE mood ADD VALUE 'great'; ALTER TABLE ek ADD COLUMN extra int;", since: "UPDATE ek SET extra = 5;", rows: &["ek"], aside: Some(1), ..NOTHING },
    Case { name: "columns_known_by_a_new_key", before: "CREATE TABLE nw (n int UNIQUE, a text, b text, z int); INSERT INTO nw SELECT i, 'a' || i, 'b' || i, i FROM generate_series(1, 20) i; CREATE TABLE nx (id int PRIMARY KEY, a text); INSERT INTO nx SELECT i, 'x' || i FROM generate_series(1, 9) i;",
           up: "ALTER TABLE nw DROP COLUMN a, ADD COLUMN id text; UPDATE nw SET id = md5(n::text); ALTER TABLE nw ALTER id SET NOT NULL, ADD CONSTRAINT nw_pkey PRIMARY KEY (id); ALTER TABLE nw DROP COLUMN b; CREATE TABLE nr (nw text REFERENCES nw); CREATE VIEW nwv AS SELECT id FROM nw;
             ALTER TABLE nx DROP COLUMN id; ALTER TABLE nx ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; ALTER TABLE nx DROP COLUMN a;",
           since: "INSERT INTO nw VALUES (77, 7, 'new'); INSERT INTO nr VALUES ('new');", rows: &["nw", "nx"], ..NOTHING },
    Case { name: "columns_at_the_end_known_by_a_new_key", before: "CREATE TABLE ny (n int UNIQUE, a text); INSERT INTO ny SELECT i, 'a' || i FROM generate_series(1, 20) i;",
           up: "ALTER TABLE ny ADD COLUMN id serial PRIMARY KEY; ALTER TABLE ny DROP COLUMN a;", rows: &["ny"], ..NOTHING },
    Case { name: "deferred_keys_under_changed_rows", before: "CREATE TABLE dd (id int PRIMARY KEY, n int, g text); CREATE TABLE de (id int PRIMARY KEY, d int REFERENCES dd DEFERRABLE INITIALLY DEFERRED, g text); INSERT INTO dd VALUES (1, 1, 'g'), (2, 2, 'h'); INSERT INTO de VALUES (1, 1, 'g');",
           up: "ALTER TABLE de DROP COLUMN g; UPDATE de SET d = 2; UPDATE dd SET n = 7; ALTER TABLE dd DROP COLUMN g;", rows: &["dd", "de"], ..NOTHING },
    Case { name: "type_changed_and_column_dropped", before: "CREATE TABLE tt (id int PRIMARY KEY, a varchar(20), b int, c numeric, d text); INSERT INTO tt VALUES (1, 'a long one', 1, 1.25, 'd'), (2, NULL, NULL, NULL, NULL), (3, 'short', 3, 2, 'e');",
           up: "ALTER TABLE tt ALTER a TYPE varchar(5) USING a::varchar(5), ALTER b TYPE text, ALTER c TYPE int; ALTER TABLE tt DROP COLUMN a, DROP COLUMN b; ALTER TABLE tt DROP COLUMN c;", rows: &["tt"], ..NOTHING },
    Case { name: "published_family_dropped", before: "CREATE TABLE pf (a int PRIMARY KEY); CREATE TABLE pg1 (b int) INHERITS (pf); CREATE PUBLICATION pfp FOR TABLE pf; INSERT INTO pg1 VALUES (1, 2);", up: "DROP TABLE pf CASCADE;", rows: &["pg1"], ..NOTHING },
    Case { name: "type_by_a_mapping_without_key", before: "CREATE TABLE tm (ok boolean, n numeric, w text); INSERT INTO tm SELECT i % 2 = 0, i / 4.0, CASE WHEN i % 3 = 0 THEN 'w' || i % 7 END FROM generate_series(1, 300) i; INSERT INTO tm SELECT * FROM tm WHERE n < 9;
             CREATE TABLE tp (a int, ok boolean) PARTITION BY LIST (a); CREATE TABLE tp1 PARTITION OF tp FOR VALUES IN (1); CREATE TABLE tp2 PARTITION OF tp DEFAULT; INSERT INTO tp SELECT i % 3, i % 2 = 0 FROM generate_series(1, 20) i;",
           up: "CREATE TYPE state AS ENUM ('good', 'bad'); ALTER TABLE tm ALTER ok TYPE state USING CASE WHEN ok THEN 'good'::state ELSE 'bad' END, ALTER n TYPE int; ALTER TABLE tp ALTER ok TYPE state USING CASE WHEN ok THEN 'good'::state ELSE 'bad' END;",
           since: "INSERT INTO tm (ok, n, w) SELECT 'good', 7, 'since';", rows: &["tm", "tp"], left: "values of column public.tm.ok that were written since do not fit", ..NOTHING },
    Case { name: "type_by_a_mapping_and_column_without_key", before: "CREATE TABLE tn (ok boolean, n int, gone text); INSERT INTO tn SELECT i % 2 = 0, i % 5, 'g' || i FROM generate_series(1, 40) i;",
           up: "ALTER TABLE tn ALTER ok TYPE text USING CASE WHEN ok THEN 'good' ELSE 'bad' END; ALTER TABLE tn DROP COLUMN gone;", rows: &["tn"], ..NOTHING },
    Case { name: "type_by_a_mapping_in_families", before: "CREATE TABLE fa (id int PRIMARY KEY, ok boolean, n int); CREATE TABLE fb (x int) INHERITS (fa); INSERT INTO fa VALUES (1, true, 5), (2, false, 6); INSERT INTO fb VALUES (1, false, 5, 9), (2, true, 6, 9), (3, NULL, 7, 9);
             CREATE TABLE ga (id int, ok boolean, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE ga1 PARTITION OF ga FOR VALUES FROM (0) TO (10); CREATE TABLE ga2 PARTITION OF ga FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id); CREATE TABLE ga3 PARTITION OF ga2 DEFAULT; INSERT INTO ga SELECT i, i % 2 = 0 FROM generate_series(1, 19) i;",
           up: "ALTER TABLE fa ALTER ok TYPE text USING CASE WHEN ok THEN 'good' ELSE 'bad' END; ALTER TABLE ga ALTER ok TYPE text USING CASE WHEN ok THEN 'good' ELSE 'bad' END;", since: "INSERT INTO ga VALUES (0, 'true');", rows: &["fa", "fb", "ga"], ..NOTHING },
    Case { name: "exchanged_enum_with_new_values", before: "CREATE TABLE ee (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok', list mood[]); INSERT INTO ee VALUES (1, 'sad', '{ok}');",
           up: "CREATE TYPE mood_new AS ENUM ('sad', 'ok', 'great'); DROP VIEW recent; ALTER TABLE users ALTER mood DROP DEFAULT; ALTER TABLE users ALTER mood TYPE mood_new USING mood::text::mood_new; ALTER TABLE ee ALTER m DROP DEFAULT, ALTER m TYPE mood_new USING m::text::mood_new, ALTER list TYPE mood_new[] USING list::text[]::mood_new[];
             ALTER TYPE mood RENAME TO mood_old; ALTER TYPE mood_new RENAME TO mood; DROP TYPE mood_old; ALTER TABLE ee ALTER m SET DEFAULT 'ok'; ALTER TABLE users ALTER mood SET DEFAULT 'ok';",
           since: "INSERT INTO ee VALUES (2, 'great', '{great}'); INSERT INTO users (email, mood) VALUES ('g', 'great');", rows: &["users"], left: "public.ee.m stays nullable", ..NOTHING },
    Case { name: "clustered_key_that_stays_away", before: "CREATE TABLE kk (k int PRIMARY KEY, n int); ALTER TABLE kk CLUSTER ON kk_pkey; INSERT INTO kk VALUES (1, 1);", up: "ALTER TABLE kk DROP COLUMN k CASCADE;", since: "INSERT INTO kk VALUES (5);", left: "does not come back", ..NOTHING },
    Case { name: "other_kinds_made", before: "CREATE TABLE ok (id int PRIMARY KEY, w text); INSERT INTO ok VALUES (1, 'w');",
           up: "CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2'; CREATE OPERATOR === (FUNCTION = same, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===, HASHES); COMMENT ON OPERATOR === (int, int) IS 'same';
             CREATE COLLATION german (LC_COLLATE = 'POSIX', LC_CTYPE = 'POSIX'); ALTER TABLE ok ALTER w TYPE text COLLATE german; CREATE TABLE oc (w text COLLATE german); CREATE TYPE pair AS (a int, b int);
             CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1, $1)::pair'; CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT;
             CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english); CREATE TEXT SEARCH CONFIGURATION words (COPY = simple); ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword, word WITH plain_words, simple;
             CREATE INDEX okw ON ok USING gin (to_tsvector('words', w)); CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE); CREATE AGGREGATE hits (*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
             CREATE VIEW totals AS SELECT total(id) AS t, hits(*) AS h FROM ok; CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;",
           since: "INSERT INTO oc VALUES ('x');", rows: &["ok"], ..NOTHING },
    Case { name: "other_kinds_dropped", before: "CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2'; CREATE OPERATOR === (FUNCTION = same, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===, NEGATOR = !==, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
             CREATE OPERATOR !== (FUNCTION = same, LEFTARG = int, RIGHTARG = int, NEGATOR = ===); COMMENT ON OPERATOR === (int, int) IS 'same';
             CREATE COLLATION german (LC_COLLATE = 'POSIX', LC_CTYPE = 'POSIX'); CREATE COLLATION plain_c (LC_COLLATE = 'C', LC_CTYPE = 'C'); COMMENT ON COLLATION german IS 'it''s'; CREATE TABLE ok (id int PRIMARY KEY, w text COLLATE german); INSERT INTO ok VALUES (1, 'w');
             CREATE TYPE pair AS (a int, b int); CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1, $1)::pair'; CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT; CREATE CAST (pair AS text) WITH INOUT;
             CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english); CREATE TEXT SEARCH CONFIGURATION words (COPY = simple); ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword, word WITH plain_words, simple;
             CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, SSPACE = 8, PARALLEL = SAFE); CREATE AGGREGATE hits (*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0'); COMMENT ON AGGREGATE total (int) IS 'sum'; GRANT EXECUTE ON FUNCTION total (int) TO PUBLIC;
             CREATE VIEW totals AS SELECT total(id) AS t, hits(*) AS h FROM ok WHERE id === 1; CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;",
           up: "DROP VIEW totals; DROP AGGREGATE total (int); DROP AGGREGATE hits (*); DROP OPERATOR === (int, int); DROP OPERATOR !== (int, int); DROP FUNCTION same; DROP CAST (int AS pair); DROP CAST (pair AS text); DROP TEXT SEARCH CONFIGURATION words; DROP TEXT SEARCH DICTIONARY plain_words;
             ALTER TABLE ok ALTER w TYPE text COLLATE \"C\"; DROP COLLATION german; DROP COLLATION plain_c; DROP CONVERSION conv;", rows: &["ok"], ..NOTHING },
    Case { name: "other_kinds_of_hostile_names", before: "CREATE SCHEMA \"we\"\"ird s.x\"; CREATE COLLATION \"we\"\"ird s.x\".\"select ü\" (LC_COLLATE = 'C', LC_CTYPE = 'C'); COMMENT ON COLLATION \"we\"\"ird s.x\".\"select ü\" IS 'back\\slash''s';
             CREATE TEXT SEARCH CONFIGURATION \"we\"\"ird s.x\".\"a.b\" (COPY = simple); CREATE TYPE \"we\"\"ird s.x\".\"t y\" AS (a int); CREATE CAST (\"we\"\"ird s.x\".\"t y\" AS text) WITH INOUT AS ASSIGNMENT;
             CREATE AGGREGATE \"we\"\"ird s.x\".\"s(um)\" (\"fi rst\" int) (SFUNC = int4pl, STYPE = int, INITCOND = '0'); CREATE FUNCTION \"we\"\"ird s.x\".\"eq ü\"(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2'; CREATE OPERATOR \"we\"\"ird s.x\".<-> (FUNCTION = \"we\"\"ird s.x\".\"eq ü\", LEFTARG = int, RIGHTARG = int);",
           up: "DROP COLLATION \"we\"\"ird s.x\".\"select ü\"; DROP TEXT SEARCH CONFIGURATION \"we\"\"ird s.x\".\"a.b\"; DROP CAST (\"we\"\"ird s.x\".\"t y\" AS text); DROP AGGREGATE \"we\"\"ird s.x\".\"s(um)\" (int); DROP OPERATOR \"we\"\"ird s.x\".<-> (int, int);
             CREATE COLLATION \"we\"\"ird s.x\".\"neu\"\"\" (LC_COLLATE = 'C', LC_CTYPE = 'C'); CREATE TABLE \"we\"\"ird s.x\".n (w text COLLATE \"we\"\"ird s.x\".\"neu\"\"\");", since: "INSERT INTO \"we\"\"ird s.x\".n VALUES ('x');", ..NOTHING },
    Case { name: "key_of_two_columns_of_other_types", before: "CREATE TABLE k2 (a int, b int, n int, PRIMARY KEY (a, b)); INSERT INTO k2 SELECT i % 5, i / 5, i % 2 FROM generate_series(1, 40) i;",
           up: "ALTER TABLE k2 ALTER a TYPE text USING 'a' || a, ALTER b TYPE text USING 'b' || b;", rows: &["k2"], ..NOTHING },
    Case { name: "domain_inside_a_type", before: "CREATE DOMAIN must AS int NOT NULL; CREATE TYPE holds AS (m must); CREATE TABLE dh (id int PRIMARY KEY, h holds); INSERT INTO dh VALUES (1, ROW(2));", up: "DROP TABLE dh; DROP TYPE holds; DROP DOMAIN must;", rows: &["dh"], ..NOTHING },
    Case { name: "collation_of_icu_takes_a_column", before: "CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de-DE', DETERMINISTIC = false); CREATE TABLE ok (id int PRIMARY KEY, w text COLLATE german, z int); INSERT INTO ok VALUES (1, 'w', 2);", up: "DROP COLLATION german CASCADE;", rows: &["ok"], ..NOTHING },
    Case { name: "aggregate_replaced", before: "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int); CREATE VIEW totals AS SELECT total(id) AS t FROM users;", up: "CREATE OR REPLACE AGGREGATE total (int) (SFUNC = int4mul, STYPE = int, INITCOND = '1');", ..NOTHING },
    Case { name: "domain_without_null_takes_columns", before: "CREATE DOMAIN must AS int NOT NULL CHECK (VALUE > 0); CREATE TABLE dm (id int PRIMARY KEY, a must, b text); INSERT INTO dm VALUES (1, 5, 'b'), (2, 6, 'c'); CREATE TABLE dn (a must, b text); INSERT INTO dn VALUES (1, 'b');", up: "DROP DOMAIN must CASCADE;", rows: &["dm", "dn"], ..NOTHING },
    Case { name: "key_between_partitioned_tables", before: "CREATE TABLE qa (id int, t int, PRIMARY KEY (id, t)) PARTITION BY LIST (t); CREATE TABLE qa1 PARTITION OF qa FOR VALUES IN (1); CREATE TABLE qa2 PARTITION OF qa FOR VALUES IN (2); CREATE TABLE qb (id int, t int, CONSTRAINT qbk FOREIGN KEY (id, t) REFERENCES qa) PARTITION BY HASH (id);
             CREATE TABLE qb0 PARTITION OF qb FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE qb1 PARTITION OF qb FOR VALUES WITH (MODULUS 2, REMAINDER 1); INSERT INTO qa VALUES (1, 1), (2, 2); INSERT INTO qb VALUES (1, 1), (2, 2);",
           up: "ALTER TABLE qb DROP CONSTRAINT qbk;", since: "INSERT INTO qa VALUES (3, 1);", rows: &["qb"], ..NOTHING },
    Case { name: "range_type_dropped", before: "CREATE TYPE span AS RANGE (SUBTYPE = uuid); CREATE TABLE rs (id int PRIMARY KEY, s span); INSERT INTO rs VALUES (1, NULL);", up: "DROP TYPE span CASCADE; CREATE TYPE span2 AS RANGE (SUBTYPE = float8);", rows: &["rs"], ..NOTHING },
    Case { name: "extensions_with_operators_made", aside: Some(21), up: "CREATE EXTENSION pg_trgm; CREATE EXTENSION ltree; ALTER TABLE users ADD COLUMN path ltree; UPDATE users SET path = 'a.b'; CREATE INDEX users_path ON users USING gist (path); CREATE INDEX users_trgm ON users USING gin (email gin_trgm_ops);",
           since: "INSERT INTO users (email, path) VALUES ('n', 'c.d');", rows: &["users"], ..NOTHING },
    Case { name: "family_identity_comes_back", before: "CREATE TABLE fi (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int); CREATE TABLE fj (k int) INHERITS (fi); INSERT INTO fi (n) VALUES (1), (2); INSERT INTO fj (id, n) VALUES (77, 3);",
           up: "ALTER TABLE fi DROP COLUMN id CASCADE;", since: "INSERT INTO fi (n) VALUES (3); INSERT INTO fj (n) VALUES (4);", rows: &["(SELECT id, n FROM fi WHERE n < 4) s", "(SELECT id, k FROM fj) s"], verdict: "order of the columns of public.f", ..NOTHING },
    Case { name: "statistics_in_another_order", before: "CREATE TABLE sp (id int, a int, b int, c int) PARTITION BY LIST (id); CREATE TABLE sp1 PARTITION OF sp FOR VALUES IN (1); CREATE STATISTICS sps ON a, b, c FROM sp; INSERT INTO sp VALUES (1, 2, 3, 4);",
           up: "ALTER TABLE sp DROP COLUMN a CASCADE;", since: "INSERT INTO sp VALUES (1, 8, 9);", rows: &["(SELECT id, a, b, c FROM sp1) s"], verdict: "order of the columns of public.sp", ..NOTHING },
    Case { name: "key_values_that_do_not_fit", before: "CREATE TABLE kv (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int); INSERT INTO kv (n) VALUES (1), (2);
             CREATE TABLE kr (id int PRIMARY KEY, kv uuid REFERENCES kv ON DELETE CASCADE); INSERT INTO kr SELECT n, id FROM kv;
             CREATE FUNCTION kf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$; CREATE TRIGGER kt BEFORE DELETE ON kv FOR EACH ROW EXECUTE FUNCTION kf();",
           up: "ALTER TABLE kr DROP CONSTRAINT kr_kv_fkey; ALTER TABLE kv ALTER id TYPE text; ALTER TABLE kr ALTER kv TYPE text; ALTER TABLE kr ADD FOREIGN KEY (kv) REFERENCES kv ON DELETE CASCADE;",
           since: "INSERT INTO kv VALUES ('short', 3); INSERT INTO kv (n) VALUES (4); INSERT INTO kr VALUES (3, 'short');", rows: &["kv"], left: "1 rows of public.kv that were written since have keys that do not fit", ..NOTHING },
    Case { name: "type_and_key_values_that_do_not_fit", before: "CREATE TABLE kw (id int PRIMARY KEY, n int); INSERT INTO kw VALUES (1, 1), (2, 2);",
           up: "ALTER TABLE kw ALTER id TYPE text USING 'k' || id;", since: "INSERT INTO kw VALUES ('other', 3);", rows: &["kw"], left: "1 rows of public.kw that were written since have keys that do not fit", ..NOTHING },
    Case { name: "value_not_null_that_does_not_fit", before: "CREATE TABLE nv (id int PRIMARY KEY, d date NOT NULL); INSERT INTO nv VALUES (1, '2026-01-01');",
           up: "ALTER TABLE nv ALTER d TYPE text USING d::text;", since: "INSERT INTO nv VALUES (2, 'soon');", rows: &["nv"], left: "public.nv.d stays nullable", ..NOTHING },
    Case { name: "key_of_an_odd_name_over_rows_since", before: "CREATE TABLE \"a.b\" (k int, n int, CONSTRAINT \"a.b_pkey\" PRIMARY KEY (k)); INSERT INTO \"a.b\" VALUES (1, 1), (2, 2);",
           up: "ALTER TABLE \"a.b\" DROP COLUMN k;", since: "INSERT INTO \"a.b\" VALUES (3), (4);", rows: &[], left: "constraint \"a.b_pkey\" on public.\"a.b\" does not come back", ..NOTHING },
    Case { name: "drop_table_cascade", up: "DROP TABLE posts CASCADE;", since: "INSERT INTO users (email) VALUES ('new');", rows: &["posts"], ..NOTHING },
    Case {
        name: "drop_table_same_name_anew",
        up: "DROP TABLE posts CASCADE; CREATE TABLE posts (id uuid PRIMARY KEY, body jsonb); CREATE INDEX posts_user ON posts ((body ->> 'u'));
             CREATE STATISTICS posts_stat ON (body ->> 'u'), (body ->> 'v') FROM posts;",
        since: "INSERT INTO posts VALUES (gen_random_uuid(), '{}'); INSERT INTO users (email) VALUES ('n');",
        rows: &["posts"],
        ..NOTHING
    },
    Case { name: "drop_both_and_type", up: "DROP TABLE posts CASCADE; DROP TABLE users CASCADE; DROP TYPE mood; DROP FUNCTION touch();", rows: &["posts", "users"], ..NOTHING },
    Case { name: "drop_column", up: "ALTER TABLE users DROP COLUMN note;", since: "INSERT INTO users (email) VALUES ('n');", rows: &[], ..NOTHING },
    Case { name: "drop_column_middle", up: "ALTER TABLE posts DROP COLUMN state CASCADE;", ..NOTHING },
    Case { name: "column_out_of_the_middle_of_everything",
           before: "CREATE TABLE depots (id int PRIMARY KEY); INSERT INTO depots VALUES (1), (2);
             CREATE TABLE boxes (n int GENERATED BY DEFAULT AS IDENTITY (START 5 INCREMENT 3) , gone text NOT NULL DEFAULT 'g', also int, id serial, \"we\"\"ird\" varchar(9) COLLATE \"C\",
               wide text, depot int REFERENCES depots ON UPDATE CASCADE DEFERRABLE, parent int, twice int GENERATED ALWAYS AS (also * 2) STORED, x point,
               PRIMARY KEY (id) WITH (fillfactor = 70), EXCLUDE USING gist (x WITH ~=), CHECK (wide IN ('a', 'b', 'w') OR also BETWEEN 1 AND 3 AND depot > 0)) WITH (fillfactor = 80, toast.autovacuum_enabled = false);
             ALTER TABLE boxes ADD FOREIGN KEY (parent) REFERENCES boxes; ALTER TABLE boxes ADD CONSTRAINT unchecked CHECK (depot < 99) NOT VALID;
             ALTER TABLE boxes ALTER wide SET STORAGE EXTERNAL, ALTER wide SET STATISTICS 77, ALTER depot SET (n_distinct = 5), ALTER wide SET COMPRESSION pglz;
             CREATE UNIQUE INDEX boxes_depot ON boxes (depot, id) INCLUDE (wide); ALTER TABLE boxes ALTER depot SET NOT NULL; ALTER TABLE boxes REPLICA IDENTITY USING INDEX boxes_depot;
             CREATE INDEX boxes_lower ON boxes (lower(wide), (also + 1) DESC NULLS LAST); ALTER INDEX boxes_lower ALTER COLUMN 1 SET STATISTICS 55; ALTER TABLE boxes CLUSTER ON boxes_pkey;
             CREATE STATISTICS boxes_stat ON depot, also FROM boxes; ALTER STATISTICS boxes_stat SET STATISTICS 33; COMMENT ON STATISTICS boxes_stat IS 'st';
             COMMENT ON TABLE boxes IS 'it''s boxes'; COMMENT ON COLUMN boxes.\"we\"\"ird\" IS 'odd'; COMMENT ON COLUMN boxes.gone IS 'soon'; COMMENT ON CONSTRAINT boxes_pkey ON boxes IS 'pk'; COMMENT ON INDEX boxes_lower IS 'ix';
             GRANT SELECT, INSERT ON boxes TO PUBLIC; GRANT UPDATE (wide, also) ON boxes TO PUBLIC; GRANT USAGE ON SEQUENCE boxes_n_seq TO PUBLIC; GRANT SELECT ON SEQUENCE boxes_id_seq TO PUBLIC; COMMENT ON SEQUENCE boxes_n_seq IS 'nn';
             CREATE POLICY p ON boxes AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (wide IS NULL OR wide IN ('a', 'w')) WITH CHECK (also IS NULL OR also > 0); CREATE POLICY all_of ON boxes USING (true);
             CREATE RULE r AS ON DELETE TO boxes WHERE OLD.depot = 99 DO ALSO NOTHING; CREATE FUNCTION bx() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.wide = 'w'; RETURN NEW; END $$;
             CREATE TRIGGER one BEFORE INSERT OR UPDATE OF wide ON boxes FOR EACH ROW WHEN (NEW.also IS NULL) EXECUTE FUNCTION bx(); CREATE TRIGGER off AFTER UPDATE ON boxes FOR EACH ROW EXECUTE FUNCTION bx(); ALTER TABLE boxes DISABLE TRIGGER off; ALTER TABLE boxes ENABLE ALWAYS TRIGGER one;
             CREATE TABLE inside (id int PRIMARY KEY, box int REFERENCES boxes ON DELETE SET NULL, CHECK (box > 0)); CREATE VIEW vb WITH (security_barrier) AS SELECT id, wide, n FROM boxes; GRANT SELECT ON vb TO PUBLIC; COMMENT ON COLUMN vb.wide IS 'vw';
             CREATE VIEW vvb AS SELECT v.id, count(*) FROM vb v GROUP BY v.id; CREATE MATERIALIZED VIEW mb AS SELECT depot, count(*) AS c FROM boxes GROUP BY depot; CREATE UNIQUE INDEX mbi ON mb (depot);
             CREATE FUNCTION first_box() RETURNS SETOF boxes LANGUAGE sql STABLE AS 'SELECT * FROM boxes'; CREATE FUNCTION label(b boxes) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT b.wide $$; CREATE VIEW labels AS SELECT label(b) FROM boxes b;
             CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM boxes; END; CREATE PUBLICATION pub FOR TABLE boxes (id, depot, also) WHERE (depot > 0), depots WITH (publish = 'insert, update');
             CREATE INDEX gone_too ON boxes (gone);
             INSERT INTO boxes (gone, also, \"we\"\"ird\", depot, x) SELECT 'g' || i, CASE WHEN i % 2 = 0 THEN i END, 'w' || i, 1 + i % 2, point(i, i) FROM generate_series(1, 30) i; UPDATE boxes SET parent = id - 1 WHERE id > 1; UPDATE boxes SET gone = '' WHERE id = 7;
             SELECT setval('boxes_id_seq', 500); SELECT setval('boxes_n_seq', 800, false); REFRESH MATERIALIZED VIEW mb; INSERT INTO inside VALUES (1, 3); ALTER TABLE boxes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
           up: "ALTER TABLE boxes DROP COLUMN gone; ALTER TABLE boxes ADD COLUMN extra text DEFAULT 'e'; ALTER TABLE boxes ALTER \"we\"\"ird\" TYPE text;",
           since: "INSERT INTO boxes (also, depot) VALUES (3, 1); UPDATE boxes SET \"we\"\"ird\" = 'new' WHERE also = 3 AND id > 500; INSERT INTO inside VALUES (2, 501); UPDATE boxes SET extra = 'kept' WHERE id = 2;",
           rows: &["boxes", "inside", "depots"], verdict: "", aside: Some(1), ..NOTHING },
    Case { name: "two_columns_of_two_tables", before: "CREATE TABLE l (a int, b text, c int PRIMARY KEY, d text); CREATE TABLE r (a int REFERENCES l (c), b text, c int PRIMARY KEY); ALTER TABLE l ADD FOREIGN KEY (a) REFERENCES r (c);
             INSERT INTO l SELECT NULL, 'l' || i, i, 'd' FROM generate_series(1, 9) i; INSERT INTO r SELECT i, 'r', i FROM generate_series(1, 9) i; UPDATE l SET a = c;",
           up: "ALTER TABLE l DROP COLUMN b, DROP COLUMN a; ALTER TABLE r DROP COLUMN a; ALTER TABLE r RENAME TO rr; ALTER TABLE rr RENAME c TO cc;", since: "INSERT INTO rr (cc) VALUES (77); INSERT INTO l (c) VALUES (78);", rows: &["l", "r"], ..NOTHING },
    Case { name: "identity_column_in_front", before: "CREATE TABLE ik (id bigint GENERATED ALWAYS AS IDENTITY, u uuid PRIMARY KEY DEFAULT gen_random_uuid(), s serial, t text); INSERT INTO ik (t) SELECT 't' || i FROM generate_series(1, 9) i;",
           up: "ALTER TABLE ik DROP COLUMN id, DROP COLUMN s;", since: "INSERT INTO ik (t) VALUES ('x');", rows: &["ik"], ..NOTHING },
    Case { name: "column_of_a_table_without_key", before: "CREATE TABLE nk (a int, b text, c text, d mood); INSERT INTO nk SELECT i % 3, 'b' || i % 2, 'c' || i % 5, CASE WHEN i % 2 = 0 THEN 'sad'::mood END FROM generate_series(1, 40) i; INSERT INTO nk VALUES (NULL, NULL, 'c', 'ok'), (NULL, NULL, NULL, 'ok');",
           up: "ALTER TABLE nk DROP COLUMN b; ALTER TABLE nk RENAME a TO aa; ALTER TABLE nk DROP COLUMN d;", since: "INSERT INTO nk (aa) VALUES (99);", rows: &["nk"], ..NOTHING },
    Case { name: "last_column_of_a_table_without_key", before: "CREATE TABLE nk (a int, b text); INSERT INTO nk SELECT i % 3, 'b' || i FROM generate_series(1, 40) i;",
           up: "ALTER TABLE nk DROP COLUMN b;", since: "INSERT INTO nk (a) VALUES (99);", rows: &["nk"], ..NOTHING },
    Case { name: "changed_row_of_a_table_without_key", before: "CREATE TABLE nk (b text, a int); INSERT INTO nk VALUES ('one', 1), ('two', 2);",
           up: "ALTER TABLE nk DROP COLUMN b;", since: "UPDATE nk SET a = 7 WHERE a = 2;", rows: &[], left: "1 rows of public.nk were changed or deleted since", ..NOTHING },
    Case { name: "type_and_function_anew", before: "CREATE TYPE trip AS (a numeric, b int); CREATE FUNCTION trip(text) RETURNS trip LANGUAGE sql IMMUTABLE AS $$ SELECT (1::numeric, 2)::trip $$;",
           up: "DROP FUNCTION trip(text); DROP TYPE trip; CREATE TYPE trip AS (a numeric, b numeric); CREATE FUNCTION trip(text) RETURNS trip LANGUAGE sql IMMUTABLE AS $$ SELECT (1::numeric, 2::numeric)::trip $$;", ..NOTHING },
    Case { name: "generated_by_a_function_that_is_dropped", before: "CREATE TYPE trip AS (a numeric, b int); CREATE FUNCTION trip(text) RETURNS trip LANGUAGE sql IMMUTABLE AS $$ SELECT (length($1)::numeric, 2)::trip $$;
             CREATE TABLE gf (a int, num text, g trip GENERATED ALWAYS AS (trip(num)) STORED, z int); CREATE INDEX gfi ON gf (((g).a), z); INSERT INTO gf VALUES (1, 'x');",
           up: "ALTER TABLE gf DROP COLUMN g; DROP FUNCTION trip(text);", since: "INSERT INTO gf VALUES (2, 'yy');", rows: &["gf"], ..NOTHING },
    Case { name: "identity_added", before: "CREATE TABLE ia (a int NOT NULL, b int GENERATED ALWAYS AS IDENTITY); GRANT SELECT ON SEQUENCE ia_b_seq TO PUBLIC; COMMENT ON SEQUENCE ia_b_seq IS 'bb';",
           up: "ALTER TABLE ia ALTER b DROP IDENTITY; ALTER TABLE ia ALTER a ADD GENERATED BY DEFAULT AS IDENTITY;", since: "INSERT INTO ia (b) VALUES (4);", ..NOTHING },
    Case { name: "inherited_column_renamed", before: "CREATE TABLE base1 (a int, b text); CREATE TABLE child1 (c int) INHERITS (base1); CREATE TABLE child2 (b text) INHERITS (base1); INSERT INTO child1 VALUES (1, 'b', 2);",
           up: "ALTER TABLE base1 RENAME a TO aa; ALTER TABLE base1 RENAME b TO bb;", rows: &["child1"], ..NOTHING },
    Case { name: "key_of_a_partitioned_table", before: "CREATE TABLE pk1 (id int PRIMARY KEY); CREATE TABLE pt (id int REFERENCES pk1 DEFERRABLE, p int, CHECK (p > 0)) PARTITION BY LIST (p); CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1); INSERT INTO pk1 VALUES (1); INSERT INTO pt VALUES (1, 1);",
           up: "DROP TABLE pk1 CASCADE; ALTER TABLE pt DROP CONSTRAINT pt_p_check;", rows: &["pk1", "pt"], ..NOTHING },
    Case { name: "altered_and_dropped", before: "CREATE TABLE ad (a int, b text, c varchar(5) DEFAULT 'q'); INSERT INTO ad VALUES (1, 'b', 'c'); CREATE INDEX ad_b ON ad (b);",
           up: "ALTER TABLE ad ADD UNIQUE (a, b); ALTER TABLE ad ADD COLUMN x serial; CREATE INDEX ON ad (x); ALTER TABLE ad RENAME b TO bb; ALTER TABLE ad ALTER c TYPE text; ALTER TABLE ad ADD CHECK (x > 0); DROP INDEX ad_b; COMMENT ON TABLE ad IS 'x'; DROP TABLE ad CASCADE;", rows: &["ad"], ..NOTHING },
    Case { name: "tree_loses_a_column", before: "CREATE TABLE pt (id int, p int, v text, w text, PRIMARY KEY (id, p)) PARTITION BY LIST (p); CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1); CREATE TABLE pt2 (w text, p int NOT NULL, id int NOT NULL, v text); ALTER TABLE pt ATTACH PARTITION pt2 FOR VALUES IN (2);
             INSERT INTO pt SELECT i, 1 + i % 2, 'v' || i, 'w' FROM generate_series(1, 20) i;",
           up: "ALTER TABLE pt DROP COLUMN w;", since: "INSERT INTO pt VALUES (99, 1, 'n');", rows: &["pt1"], verdict: "order of the columns of public.pt2", ..NOTHING },
    Case { name: "tree_loses_a_column_in_the_middle", before: "CREATE TABLE pt (id int, p int, v text DEFAULT 'd' NOT NULL, w text, PRIMARY KEY (id, p)) PARTITION BY LIST (p); CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1); CREATE TABLE pt2 PARTITION OF pt FOR VALUES IN (2) PARTITION BY RANGE (id); CREATE TABLE pt21 PARTITION OF pt2 FOR VALUES FROM (0) TO (1000);
             CREATE INDEX ON pt (w); CREATE TABLE refs (id int, p int, FOREIGN KEY (id, p) REFERENCES pt); CREATE VIEW ptv AS SELECT id FROM pt; CREATE TRIGGER ptt BEFORE UPDATE ON pt FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE pt ENABLE ROW LEVEL SECURITY; CREATE POLICY ptp ON pt USING (true); GRANT SELECT ON pt1 TO PUBLIC;
             INSERT INTO pt SELECT i, 1 + i % 2, 'v' || i, 'w' FROM generate_series(1, 20) i; INSERT INTO refs VALUES (2, 1);",
           up: "ALTER TABLE pt DROP COLUMN v;", since: "INSERT INTO pt VALUES (99, 1, 'n');", rows: &["refs"], verdict: "order", ..NOTHING },
    Case { name: "family_loses_a_column", before: "CREATE TABLE par (a int PRIMARY KEY, b text); CREATE TABLE kid (c int) INHERITS (par); CREATE TABLE kid2 (b text, d int) INHERITS (par); INSERT INTO par VALUES (1, 'p'), (2, 'q'); INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6); INSERT INTO kid2 VALUES (1, 'kk', 5);",
           up: "ALTER TABLE par DROP COLUMN b;", rows: &["kid2"], ..NOTHING },
    Case { name: "family_loses_its_parent", before: "CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL, CHECK (a > 0)); CREATE TABLE kid (c int, b text) INHERITS (par); CREATE TABLE par2 (z int); CREATE TABLE kid2 (b text, d serial) INHERITS (par, par2); INSERT INTO par VALUES (1, 'p'), (2, 'q'); INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6); INSERT INTO kid2 VALUES (1, 'kk', 5); CREATE INDEX ON kid (c);",
           up: "DROP TABLE par CASCADE;", since: "", rows: &["par", "kid", "kid2"], ..NOTHING },
    Case { name: "family_loses_its_children", before: "CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL DEFAULT 'd', CHECK (a > 0), g int GENERATED ALWAYS AS (5 + 1) STORED); CREATE TABLE par2 (z int, y text); CREATE TABLE kid (c int, b text) INHERITS (par2, par); CREATE TABLE kid2 (d serial, CONSTRAINT own CHECK (d > 0)) INHERITS (par); CREATE TABLE grand () INHERITS (kid2, kid);
           COMMENT ON COLUMN kid2.a IS 'c'; INSERT INTO par VALUES (1, 'p'), (2, 'q'); INSERT INTO kid (a, b, c) VALUES (1, 'k', 5), (1, 'l', 6); INSERT INTO kid2 (a) VALUES (1); INSERT INTO grand (a, c) VALUES (3, 4);",
           up: "DROP TABLE grand; DROP TABLE kid2; ALTER TABLE par ALTER b TYPE varchar(20); DROP TABLE kid; ALTER TABLE par ALTER a TYPE bigint;", verdict: "archived apart from a parent that stayed", rows: &["kid", "kid2", "grand", "par"], ..NOTHING },
    Case { name: "family_loses_its_children_alone", before: "CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL DEFAULT 'd', CHECK (a > 0), g int GENERATED ALWAYS AS (5 + 1) STORED); CREATE TABLE par2 (z int, y text); CREATE TABLE kid (c int, b text) INHERITS (par2, par); CREATE TABLE kid2 (d serial, CONSTRAINT own CHECK (d > 0)) INHERITS (par); CREATE TABLE grand () INHERITS (kid2, kid);
           COMMENT ON COLUMN kid2.a IS 'c'; INSERT INTO par VALUES (1, 'p'), (2, 'q'); INSERT INTO kid (a, b, c) VALUES (1, 'k', 5), (1, 'l', 6); INSERT INTO kid2 (a) VALUES (1); INSERT INTO grand (a, c) VALUES (3, 4);",
           up: "DROP TABLE grand; DROP TABLE kid2; ALTER TABLE par ALTER a TYPE bigint; DROP TABLE kid; ALTER TABLE par2 RENAME COLUMN z TO zz;", verdict: "archived apart from a parent that stayed", rows: &["kid", "kid2", "grand", "par"], ..NOTHING },
    Case { name: "family_loses_a_child_and_a_column", before: "CREATE TABLE par (a int PRIMARY KEY, b text, e text); CREATE TABLE kid (c int) INHERITS (par); INSERT INTO par VALUES (1, 'p', 'e'), (2, 'q', NULL); INSERT INTO kid VALUES (1, 'k', 'f', 5), (1, 'l', 'g', 6);",
           up: "ALTER TABLE par DROP COLUMN e; DROP TABLE kid; ALTER TABLE par ADD COLUMN n int;", since: "INSERT INTO par VALUES (7, 's', 1);", rows: &["kid"], ..NOTHING },
    Case { name: "family_loses_its_only_parent", before: "CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL, CHECK (a > 0)); CREATE TABLE kid (c int, b text) INHERITS (par); INSERT INTO par VALUES (1, 'p'), (2, 'q'); INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6); CREATE INDEX ON kid (c);",
           up: "DROP TABLE par CASCADE;", rows: &["par", "kid"], ..NOTHING },
    Case { name: "family_parts", before: "CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL, CHECK (a > 0)); CREATE TABLE kid (c int, b text) INHERITS (par); INSERT INTO par VALUES (1, 'p'), (2, 'q'); INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6); CREATE INDEX ON kid (c);",
           up: "ALTER TABLE kid NO INHERIT par;", since: "INSERT INTO kid VALUES (4, 'm', 7);", rows: &["par", "kid"], ..NOTHING },
    Case { name: "key_and_its_users", before: "CREATE TABLE kk (k int PRIMARY KEY, v text); CREATE TABLE ku (k int REFERENCES kk, x int); INSERT INTO kk VALUES (1, 'a'), (2, 'b'); INSERT INTO ku VALUES (1, 1); COMMENT ON CONSTRAINT kk_pkey ON kk IS 'c'; ALTER TABLE kk CLUSTER ON kk_pkey;",
           up: "ALTER TABLE kk DROP COLUMN k CASCADE;", since: "INSERT INTO users (email) VALUES ('zz');", rows: &["kk", "ku"], ..NOTHING },
    Case { name: "two_columns_of_which_one_was_the_key", before: "CREATE TABLE tk (k int PRIMARY KEY, v text, w int); INSERT INTO tk VALUES (1, 'a', 7), (2, 'b', 8), (3, 'b', 8);",
           up: "ALTER TABLE tk DROP COLUMN w; ALTER TABLE tk DROP COLUMN k; ALTER TABLE tk ADD COLUMN z int; INSERT INTO tk (z) VALUES (5); DELETE FROM tk WHERE z = 5;", rows: &["tk"], ..NOTHING },
    Case { name: "nothing_left_of_the_row", before: "CREATE TABLE one (v inet); INSERT INTO one VALUES ('10.0.0.1');",
           up: "ALTER TABLE one DROP COLUMN v; ALTER TABLE one ADD COLUMN z int; INSERT INTO one (z) VALUES (5);", rows: &["one"], verdict: "1 inserted", ..NOTHING },
    Case { name: "enum_exchanged", before: "CREATE TYPE hue AS ENUM ('red', 'blue'); CREATE TABLE hues (id int PRIMARY KEY, h hue NOT NULL DEFAULT 'red', hs hue[], x text); CREATE INDEX ON hues (h) WHERE h = 'blue'; INSERT INTO hues VALUES (1, 'red', '{red,blue}', 'x'), (2, 'blue', NULL, 'y');",
           up: "ALTER TYPE hue RENAME TO hue_old; CREATE TYPE hue AS ENUM ('red', 'blue', 'green'); DROP INDEX hues_h_idx; ALTER TABLE hues ALTER h DROP DEFAULT, ALTER h TYPE hue USING h::text::hue, ALTER h SET DEFAULT 'blue', ALTER hs TYPE hue[] USING hs::text[]::hue[]; DROP TYPE hue_old; CREATE TABLE fresh (h hue); UPDATE hues SET x = x || '!';",
           since: "INSERT INTO hues VALUES (3, 'blue'); INSERT INTO fresh VALUES ('green');", rows: &["hues"], aside: Some(1), ..NOTHING },
    Case { name: "column_and_then_its_type", before: "CREATE TYPE hue AS ENUM ('red', 'blue'); CREATE TABLE hues (id int PRIMARY KEY, h hue, x text); INSERT INTO hues VALUES (1, 'red', 'x'), (2, 'blue', 'y');",
           up: "ALTER TABLE hues DROP COLUMN h; DROP TYPE hue;", since: "INSERT INTO hues VALUES (3, 'z');", rows: &["hues"], ..NOTHING },
    Case { name: "unique_values_pass_on", before: "CREATE TABLE st (id int PRIMARY KEY, p int, n int, UNIQUE (p, n)); INSERT INTO st SELECT i, 1, i FROM generate_series(1, 9) i; CREATE UNIQUE INDEX st_n ON st (n);",
           up: "ALTER TABLE st DROP CONSTRAINT st_p_n_key; DROP INDEX st_n; UPDATE st SET n = 10 - n; ALTER TABLE st ADD UNIQUE (p, n); CREATE UNIQUE INDEX st_n ON st (n);", rows: &["st"], ..NOTHING },
    Case { name: "unique_values_move_up", before: "CREATE TABLE st (id int PRIMARY KEY, p int, n int, UNIQUE (p, n)); INSERT INTO st SELECT i, 1, i FROM generate_series(1, 9) i;",
           up: "UPDATE st SET n = n - 1;", rows: &["st"], ..NOTHING },
    Case { name: "not_null_over_rows_that_come_back", before: "CREATE TABLE nn (id int PRIMARY KEY, k text NOT NULL, z int); INSERT INTO nn VALUES (1, 'a', 1), (2, 'b', 2);",
           up: "ALTER TABLE nn ALTER k DROP NOT NULL; UPDATE nn SET k = NULL WHERE id = 1; ALTER TABLE nn ALTER z SET NOT NULL; ALTER TABLE nn ALTER z ADD GENERATED BY DEFAULT AS IDENTITY;", verdict: "", rows: &["nn"], ..NOTHING },
    Case { name: "rows_deleted_beside_a_new_column", before: "CREATE TABLE cb (sid text, id int PRIMARY KEY, code int); INSERT INTO cb SELECT 's' || i, i, i % 3 FROM generate_series(1, 9) i; CREATE TABLE al (id int PRIMARY KEY); INSERT INTO al SELECT i FROM generate_series(0, 9) i;",
           up: "ALTER TABLE cb ADD COLUMN at timestamptz NOT NULL DEFAULT now(), ADD COLUMN al int REFERENCES al, DROP COLUMN sid; DELETE FROM cb WHERE id < 4; UPDATE cb SET al = code; ALTER TABLE cb ALTER al SET NOT NULL; CREATE UNIQUE INDEX ON cb (id, code);", since: "INSERT INTO cb VALUES (77, 1, now(), 2);", rows: &["cb"], aside: Some(14), ..NOTHING },
    Case { name: "key_that_cannot_hold", before: "CREATE TABLE kk (k int PRIMARY KEY, v text); CREATE TABLE ku (k int REFERENCES kk, x int); INSERT INTO kk VALUES (1, 'a'), (2, 'b'); INSERT INTO ku VALUES (1, 1);",
           up: "ALTER TABLE kk DROP COLUMN k CASCADE;", since: "INSERT INTO kk VALUES ('since');", rows: &["ku"], verdict: "", left: "constraint kk_pkey on public.kk does not come back", ..NOTHING },
    Case { name: "view_replaced_under_others", before: "CREATE VIEW upper AS SELECT id AS x FROM users; CREATE VIEW over AS SELECT x FROM upper; CREATE OR REPLACE VIEW upper AS SELECT u.id AS x FROM users u JOIN posts p ON p.user_id = u.id GROUP BY u.id; GRANT SELECT ON over TO PUBLIC;",
           up: "CREATE TABLE extra (id int); CREATE OR REPLACE VIEW upper WITH (security_barrier) AS SELECT u.id AS x FROM users u JOIN extra e ON e.id = u.id;", ..NOTHING },
    Case { name: "trigger_exchanged_beside_rows", before: "CREATE TABLE tg (id int PRIMARY KEY, k text); INSERT INTO tg VALUES (1, 'a'), (2, 'b'); CREATE TRIGGER t BEFORE INSERT ON tg FOR EACH ROW EXECUTE FUNCTION touch();",
           up: "UPDATE tg SET k = 'z'; DROP TRIGGER t ON tg; CREATE TRIGGER t BEFORE INSERT ON tg FOR EACH ROW WHEN (NEW.id > 5) EXECUTE FUNCTION touch();", rows: &["tg"], ..NOTHING },
    Case { name: "type_by_a_function", before: "CREATE TABLE fol (a int, p bool DEFAULT false, id int PRIMARY KEY); INSERT INTO fol SELECT i, i % 2 = 0, i FROM generate_series(1, 9) i;",
           up: "CREATE TYPE fstate AS ENUM ('Accepted', 'Pending'); ALTER TABLE fol ALTER COLUMN p DROP DEFAULT; CREATE FUNCTION conv(b bool) RETURNS fstate LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN b THEN 'Pending'::fstate ELSE 'Accepted'::fstate END $$;
                ALTER TABLE fol ALTER COLUMN p TYPE fstate USING conv(p); DROP FUNCTION conv; ALTER TABLE fol RENAME COLUMN p TO state;", since: "INSERT INTO fol VALUES (1, 'Pending', 77);", rows: &["fol"], left: "1 values of column public.fol.p that were written since do not fit", ..NOTHING },
    Case { name: "views_that_need_one_another_anew", before: "CREATE VIEW lower1 AS SELECT id, email FROM users; CREATE VIEW top1 AS SELECT l.id FROM lower1 l JOIN posts p ON p.user_id = l.id;",
           up: "CREATE OR REPLACE VIEW lower1 AS SELECT id, email, mood FROM users; CREATE TABLE beside (id int); CREATE VIEW cyc AS SELECT id FROM beside; CREATE OR REPLACE VIEW top1 AS SELECT c.id, 1 AS one FROM cyc c;", ..NOTHING },
    Case { name: "granted_and_dropped", before: "CREATE TABLE gd (a int, b text); GRANT SELECT (b) ON gd TO PUBLIC; GRANT UPDATE (a) ON gd TO PUBLIC;", up: "GRANT INSERT, UPDATE ON gd TO PUBLIC; ALTER TABLE gd DROP COLUMN b;", ..NOTHING },
    Case { name: "function_of_a_table_made_anew", before: "CREATE TABLE fa (a int, b text, c int); CREATE FUNCTION fac() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(c) FROM fa; END;", up: "ALTER TABLE fa DROP COLUMN b; DROP FUNCTION fac();", ..NOTHING },
    Case { name: "values_that_do_not_cast_back", before: "CREATE TABLE vc (id int PRIMARY KEY, u uuid, n int, v text); INSERT INTO vc VALUES (1, '00000000-0000-0000-0000-000000000001', 5, 'a'); CREATE INDEX ON vc (u);", up: "ALTER TABLE vc ALTER u TYPE text; ALTER TABLE vc ALTER n TYPE bigint;",
           since: "INSERT INTO vc VALUES (2, 'no uuid', 5000000000, 'b'), (3, '00000000-0000-0000-0000-000000000003', 7, 'c');", rows: &["vc"], left: "1 values of column public.vc.u that were written since do not fit its former type", ..NOTHING },
    Case { name: "add_column", up: "ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free'; CREATE INDEX users_plan ON users (plan);",
           since: "UPDATE users SET plan = 'paid' WHERE id < 4;", rows: &["users"], ..NOTHING },
    Case { name: "drop_view", up: "DROP VIEW recent;", ..NOTHING },
    Case { name: "unique_broken_since", up: "ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE INDEX users_email_key ON users (email);",
           since: "INSERT INTO users (email) VALUES ('u1');", rows: &["users"], left: "constraint users_email_key on public.users does not come back", ..NOTHING },
    Case { name: "serial_key_dropped", before: "CREATE TABLE d (id serial PRIMARY KEY, a int, day date); INSERT INTO d (a, day) SELECT i, '2026-01-01'::date + i FROM generate_series(1, 5) i; CREATE UNIQUE INDEX d_day ON d (day);",
           up: "ALTER TABLE d DROP COLUMN id; ALTER TABLE d ALTER COLUMN day TYPE timestamp; ALTER TABLE d ADD PRIMARY KEY (a, day);", ..NOTHING },
    Case { name: "serial_key_exchanged", before: "CREATE TABLE d (id serial PRIMARY KEY, a int NOT NULL); INSERT INTO d (a) SELECT i FROM generate_series(1, 5) i; CREATE UNIQUE INDEX d_a ON d (a);",
           up: "ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY USING INDEX d_a, DROP COLUMN id;", ..NOTHING },
    Case { name: "renamed_and_function_anew", before: "CREATE FUNCTION many() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM users u); END $$;",
           up: "ALTER TABLE users RENAME TO people; CREATE OR REPLACE FUNCTION many() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM people u); END $$;", ..NOTHING },
    Case { name: "default_by_a_function", before: "CREATE FUNCTION made_up() RETURNS text LANGUAGE sql AS 'SELECT md5(random()::text)'; ALTER TABLE users ADD COLUMN fast int DEFAULT 7;",
           up: "ALTER TABLE users ADD COLUMN inbox text NOT NULL DEFAULT made_up(); ALTER TABLE users ADD CONSTRAINT inboxes UNIQUE (inbox);", rows: &["users"], ..NOTHING },
    Case { name: "type_widened_and_used", before: "CREATE TABLE names (id int PRIMARY KEY, name varchar(20)); INSERT INTO names VALUES (1, 'one');",
           up: "ALTER TABLE names ALTER COLUMN name TYPE varchar(200);", since: "INSERT INTO names VALUES (2, repeat('long', 30)), (3, 'short');", rows: &["names"],
           left: "1 values of column public.names.name that were written since do not fit", aside: Some(1), ..NOTHING },
    Case { name: "replace_view", up: "CREATE OR REPLACE VIEW recent AS SELECT p.id, p.title, u.email, u.mood FROM posts p JOIN users u ON u.id = p.user_id;", ..NOTHING },
    Case { name: "rename_table", up: "ALTER TABLE posts RENAME TO articles; ALTER TABLE users RENAME COLUMN note TO remark;", ..NOTHING },
    Case { name: "rename_index_constraint", up: "ALTER INDEX posts_user RENAME TO posts_u; ALTER TABLE posts RENAME CONSTRAINT posts_pkey TO pk; ALTER TRIGGER posts_touch ON posts RENAME TO tt;", ..NOTHING },
    Case { name: "policies", up: "DROP POLICY own ON posts; CREATE POLICY own ON posts FOR INSERT WITH CHECK (true); ALTER TABLE posts FORCE ROW LEVEL SECURITY; DROP POLICY via ON users;", ..NOTHING },
    Case { name: "function_body", up: "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;", ..NOTHING },
    Case { name: "function_cascade", up: "DROP FUNCTION touch() CASCADE;", ..NOTHING },
    Case { name: "constraints", up: "ALTER TABLE posts DROP CONSTRAINT posts_state_check; ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey; ALTER TABLE users DROP CONSTRAINT users_email_key;
             ALTER TABLE posts ADD CONSTRAINT c CHECK (length(title) > 0); ALTER TABLE users ALTER COLUMN email DROP NOT NULL;", ..NOTHING },
    Case { name: "grants", up: "REVOKE SELECT ON posts FROM PUBLIC; GRANT INSERT ON users TO PUBLIC; REVOKE SELECT (email) ON users FROM PUBLIC;", ..NOTHING },
    Case { name: "comments", up: "COMMENT ON TABLE posts IS NULL; COMMENT ON COLUMN posts.title IS 'other'; COMMENT ON INDEX posts_user IS 'i';", ..NOTHING },
    Case { name: "sequence", before: "CREATE SEQUENCE s INCREMENT 5 START 7; SELECT nextval('s'); SELECT nextval('s');", up: "DROP SEQUENCE s; CREATE SEQUENCE s;", ..NOTHING },
    Case { name: "type_widened", up: "ALTER TABLE users ALTER COLUMN note TYPE varchar(900); ALTER TABLE users ALTER COLUMN note TYPE varchar(901);", since: "INSERT INTO users (email) VALUES ('n');", rows: &[], ..NOTHING },
    Case { name: "type_int_bigint", up: "DROP VIEW recent; DROP POLICY via ON users; ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey; ALTER TABLE users ALTER COLUMN id TYPE bigint;", rows: &["users"], ..NOTHING },
    Case { name: "type_lossy", before: "CREATE TABLE m (id int PRIMARY KEY, v numeric); INSERT INTO m VALUES (1, 1.5), (2, 2);", up: "ALTER TABLE m ALTER COLUMN v TYPE int;", rows: &["m"], ..NOTHING },
    Case { name: "enum_value", up: "ALTER TYPE mood ADD VALUE 'great';", since: "INSERT INTO users (email, mood) VALUES ('n', 'ok');", rows: &["users"], ..NOTHING },
    Case { name: "enum_value_used_since", before: "CREATE TABLE moods (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'sad', n mood, many mood[]); INSERT INTO moods VALUES (1, 'ok', 'ok', '{sad,ok}');",
           up: "ALTER TYPE mood ADD VALUE 'great' BEFORE 'ok';", since: "INSERT INTO moods VALUES (2, 'great', 'great', '{ok,great}'); INSERT INTO users (email, mood) VALUES ('n', 'great');", rows: &["users", "moods"],
           left: "1 values of column public.moods.m are ones that its type did not have before", aside: Some(4), ..NOTHING },
    Case { name: "enum_value_of_everything",
           before: "ALTER TYPE mood OWNER TO CURRENT_USER; GRANT USAGE ON TYPE mood TO PUBLIC; COMMENT ON TYPE mood IS 'how';
             CREATE FUNCTION how(m mood, d mood DEFAULT 'ok') RETURNS mood LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(m, d) $$; COMMENT ON FUNCTION how(mood, mood) IS 'fn';
             CREATE TABLE moody (a mood PRIMARY KEY DEFAULT 'ok', b mood, c mood[] DEFAULT '{ok}' NOT NULL, d text GENERATED ALWAYS AS (CASE WHEN id > 3 THEN 'x' END) STORED, id int, CHECK (b IN ('sad', 'ok')), CHECK (a <> b));
             CREATE TABLE refers (m mood REFERENCES moody ON DELETE CASCADE, x int); CREATE INDEX moody_b ON moody (b) WHERE a = 'ok'; CREATE INDEX moody_how ON moody (how(b)); CREATE UNIQUE INDEX moody_id ON moody (id, b);
             CREATE STATISTICS moody_stat ON a, b FROM moody; CREATE VIEW happy AS SELECT * FROM moody WHERE a = 'ok'; CREATE VIEW happier AS SELECT a, how(a) AS h FROM happy; COMMENT ON VIEW happy IS 'v';
             ALTER TABLE moody ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON moody USING (b = 'ok' OR how(a) = 'sad'); CREATE MATERIALIZED VIEW mm AS SELECT a, count(*) FROM moody GROUP BY a;
             CREATE TRIGGER mt BEFORE UPDATE OF b ON moody FOR EACH ROW WHEN (NEW.b = 'sad') EXECUTE FUNCTION touch(); CREATE TABLE parts (m mood, id int) PARTITION BY RANGE (id); CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES ('ok', 3);
             INSERT INTO moody VALUES ('ok', 'sad', '{sad}', DEFAULT, 1), ('sad', NULL, '{}', DEFAULT, 2); INSERT INTO refers VALUES ('ok', 1), (NULL, 2); REFRESH MATERIALIZED VIEW mm;",
           up: "ALTER TYPE mood ADD VALUE 'great' AFTER 'sad'; ALTER TYPE mood ADD VALUE 'awful' BEFORE 'sad'; DROP VIEW happier; ALTER TABLE moody RENAME b TO bb;",
           since: "INSERT INTO refers VALUES ('sad', 9);", rows: &["users", "refers", "moody", "parts"], ..NOTHING },
    Case { name: "enum_value_and_new_table", up: "ALTER TYPE mood ADD VALUE 'great'; CREATE TABLE fresh (id int PRIMARY KEY, m mood DEFAULT 'sad', CHECK (m <> 'ok')); CREATE DOMAIN dm AS mood; CREATE FUNCTION f(mood) RETURNS mood LANGUAGE sql AS 'SELECT $1'; ALTER TABLE users ADD COLUMN mood2 mood;",
           since: "INSERT INTO fresh VALUES (1, 'great'); INSERT INTO users (email, mood2) VALUES ('n', 'great');", rows: &["users"], aside: Some(2), ..NOTHING },
    Case { name: "enum_value_in_a_domain", before: "CREATE DOMAIN dmood AS mood;", up: "ALTER TYPE mood ADD VALUE 'great';", verdict: "domain public.dmood is made of it", ..NOTHING },
    Case { name: "enum_rename", up: "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';", rows: &["users"], ..NOTHING },
    Case { name: "matview", before: "CREATE MATERIALIZED VIEW mv AS SELECT user_id, count(*) AS n FROM posts GROUP BY 1; CREATE UNIQUE INDEX mv_u ON mv (user_id);", up: "DROP MATERIALIZED VIEW mv;", ..NOTHING },
    Case { name: "do_block_drop", up: "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'posts CASCADE'; END $$;", rows: &["posts"], ..NOTHING },
    Case { name: "drop_schema", before: "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t SELECT i, 'v' FROM generate_series(1, 9) i; CREATE VIEW app.v AS SELECT * FROM app.t;", up: "DROP SCHEMA app CASCADE;", rows: &["app.t"], ..NOTHING },
    Case { name: "hostile_names", before: "CREATE TABLE \"we\"\"ird\" (\"select\" int PRIMARY KEY, \"größe, x\" text); INSERT INTO \"we\"\"ird\" VALUES (1, 'a');
             CREATE INDEX \"in dex\" ON \"we\"\"ird\" (\"größe, x\");", up: "DROP TABLE \"we\"\"ird\"; ALTER TABLE users ADD COLUMN \"user\" int;", since: "UPDATE users SET \"user\" = 1;", rows: &["\"we\"\"ird\""], ..NOTHING },
    Case { name: "update_rows", up: "UPDATE users SET note = 'x'; DELETE FROM posts WHERE id < 5;", verdict: "", ..NOTHING },
    Case { name: "domain", before: "CREATE DOMAIN pos AS int CHECK (VALUE > 0); CREATE TABLE d (id pos PRIMARY KEY, w pos); INSERT INTO d VALUES (1, 2);", up: "DROP DOMAIN pos CASCADE;", ..NOTHING },
    Case { name: "partitioned", before: "CREATE TABLE p (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
             CREATE TABLE p2 PARTITION OF p DEFAULT; CREATE INDEX p_at ON p (at); INSERT INTO p SELECT i, date '2026-01-01' + i FROM generate_series(1, 60) i;", up: "DROP TABLE p;", rows: &["p1", "p2"], ..NOTHING },
    Case { name: "partition_dropped", before: "CREATE TABLE p (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
             CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); CREATE INDEX p_at ON p (at); INSERT INTO p SELECT i, date '2026-01-01' + i FROM generate_series(1, 50) i;", up: "DROP TABLE p1;", rows: &["p1"], ..NOTHING },
    Case { name: "table_options", up: "ALTER TABLE posts SET (fillfactor = 70, autovacuum_enabled = off); ALTER TABLE posts REPLICA IDENTITY FULL; ALTER TABLE posts CLUSTER ON posts_user; ALTER TABLE posts ALTER COLUMN title SET STATISTICS 500; ALTER TABLE posts ALTER COLUMN title SET STORAGE EXTERNAL;", ..NOTHING },
    Case { name: "create_many", up: "CREATE TYPE c AS ENUM ('a'); CREATE TABLE n (id serial PRIMARY KEY, c c, u int REFERENCES users); CREATE FUNCTION f(n) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW nv AS SELECT * FROM n; ALTER TABLE n ENABLE ROW LEVEL SECURITY; CREATE POLICY np ON n USING (true);",
           since: "INSERT INTO n (c, u) VALUES ('a', 1), ('a', 2);", ..NOTHING },
    Case { name: "default_privileges", up: "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC; DROP VIEW recent; CREATE TABLE z (id int);", ..NOTHING },
    Case { name: "rules_and_state", before: "CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING; ALTER TABLE posts DISABLE TRIGGER posts_touch;", up: "DROP RULE r ON users; ALTER TABLE posts ENABLE TRIGGER posts_touch; DROP TABLE posts CASCADE;", rows: &["posts"], ..NOTHING },
    Case { name: "inheritance", before: "CREATE TABLE par (a int, b text); CREATE TABLE kid (c int) INHERITS (par); INSERT INTO kid VALUES (1, 'x', 2);", up: "DROP TABLE par CASCADE;", rows: &["kid"], ..NOTHING },
    Case { name: "generated", before: "CREATE TABLE g (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO g VALUES (1), (2);", up: "ALTER TABLE g DROP COLUMN b; ALTER TABLE g ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED;", rows: &["g"], ..NOTHING },
    Case { name: "move_to_new_schema", up: "CREATE SCHEMA app; ALTER TABLE posts SET SCHEMA app; CREATE TABLE app.n (id int PRIMARY KEY);", since: "INSERT INTO app.n VALUES (1); INSERT INTO app.posts (user_id, title) VALUES (1, 'since');", ..NOTHING },
    Case { name: "nested_booleans", before: "CREATE VIEW nb AS SELECT * FROM users WHERE id BETWEEN 1 AND 3 AND note IS NULL OR email IN ('a', 'b'); CREATE TABLE nt (v varchar(5), n int, CHECK (v IN ('a', 'b') AND (n BETWEEN 1 AND 5 OR n = 9)));",
           up: "DROP VIEW nb; ALTER TABLE nt DROP CONSTRAINT nt_check;", ..NOTHING },
    Case { name: "checks_by_bare_name", before: "CREATE SEQUENCE numbers;", up: "DROP TABLE posts CASCADE; DROP SEQUENCE numbers; CREATE TABLE posts (id int CONSTRAINT posts_pkey PRIMARY KEY); CREATE INDEX posts_title ON posts (id);
             DO $$ BEGIN
               IF (SELECT relrowsecurity FROM pg_class WHERE relname = 'posts') THEN RAISE 'row security'; END IF;
               IF (SELECT count(*) FROM pg_class WHERE relname IN ('posts_title', 'posts_user', 'posts_pkey', 'posts_id_seq', 'numbers')) <> 2 THEN RAISE 'relations'; END IF;
               IF (SELECT count(*) FROM pg_constraint WHERE conname ~ '^posts' AND contype <> 'n') <> 1 THEN RAISE 'constraints'; END IF;
               IF EXISTS (SELECT FROM pg_statistic_ext WHERE stxname = 'posts_stat') THEN RAISE 'statistics'; END IF;
               IF EXISTS (SELECT FROM pg_policies WHERE policyname = 'own') OR EXISTS (SELECT FROM pg_trigger WHERE tgname = 'posts_touch') THEN RAISE 'policies'; END IF;
               IF (SELECT count(*) FROM information_schema.columns WHERE table_name = 'posts') <> 1 THEN RAISE 'columns'; END IF;
             END $$;", rows: &["posts"], ..NOTHING },
    Case { name: "type_made_unless_it_exists", up: "DROP TABLE posts CASCADE; DROP TABLE users CASCADE; DROP TYPE mood;
             DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('new'); END IF; END $$;
             CREATE TABLE moods (mood mood PRIMARY KEY);", since: "INSERT INTO moods VALUES ('new');", rows: &["posts", "users"], aside: Some(1), ..NOTHING },
    Case { name: "new_type_on_an_old_table", up: "CREATE TYPE level AS ENUM ('low', 'high'); ALTER TABLE users ADD COLUMN level level, ADD COLUMN points int DEFAULT 0;",
           since: "UPDATE users SET level = 'high', points = 7 WHERE id < 4;", rows: &[], aside: Some(6), ..NOTHING },
    Case { name: "two_transactions_on_one_table", up: "BEGIN; ALTER TABLE users ADD COLUMN plan text; COMMENT ON COLUMN users.note IS 'n'; COMMIT;
             BEGIN; ALTER TABLE users ENABLE ROW LEVEL SECURITY, ALTER COLUMN note SET DEFAULT 'x'; COMMENT ON TABLE users IS 'who'; COMMIT;
             BEGIN; ALTER TABLE users SET (fillfactor = 70); ALTER TABLE posts ALTER COLUMN title DROP NOT NULL; DROP VIEW recent; COMMIT;", ..NOTHING },
    Case { name: "orphans_since", before: "CREATE TABLE likes (id int PRIMARY KEY, post bigint NOT NULL REFERENCES posts); INSERT INTO likes VALUES (1, 1);",
           up: "DROP TABLE posts CASCADE;", since: "INSERT INTO likes VALUES (2, 999999);", rows: &["posts", "likes"], left: "likes_post_fkey on public.likes holds for new rows only", ..NOTHING },
    Case { name: "new_columns_without_a_key", before: "CREATE TABLE log (at date, line text); INSERT INTO log VALUES ('2026-01-01', 'a'), ('2026-01-01', 'a'), ('2026-01-02', 'b');
             CREATE TABLE ev (id int, at date) PARTITION BY RANGE (at); CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); INSERT INTO ev VALUES (1, '2026-01-01'), (2, '2026-01-01');
             ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES;",
           up: "ALTER TABLE log ADD COLUMN level text, ADD COLUMN n int DEFAULT 1; ALTER TABLE ev ADD COLUMN kind text; ALTER TABLE users ADD COLUMN plan text; ALTER TABLE bare ADD COLUMN a int;",
           since: "UPDATE log SET level = 'x' WHERE line = 'a'; INSERT INTO log VALUES ('2026-01-03', 'c', NULL, 7); UPDATE ev SET kind = 'k'; ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
             UPDATE users SET plan = 'p' WHERE id < 4; ALTER TABLE users FORCE ROW LEVEL SECURITY; UPDATE bare SET a = 1;",
           rows: &[], aside: Some(9), ..NOTHING },
    Case { name: "names_of_63_bytes", before: "CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one (id int PRIMARY KEY, \"äääääääääääääääääääääääääääääää\" text UNIQUE, n int REFERENCES users); CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (id int REFERENCES aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one, n int CONSTRAINT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_chk CHECK (n > 0));
             CREATE INDEX aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_idx ON aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (n); INSERT INTO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one SELECT i, 'u' || i, i FROM generate_series(1, 9) i; INSERT INTO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two SELECT i, i FROM generate_series(1, 9) i; CREATE TABLE \"äääääääääääääääääääääääääääääää\" (\"äääääääääääääääääääääääääääääää\" int PRIMARY KEY);",
           up: "DROP TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one CASCADE; DROP TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two; DROP TABLE \"äääääääääääääääääääääääääääääää\"; CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (id int CONSTRAINT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_chk PRIMARY KEY); CREATE INDEX aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_idx ON aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (id); ALTER TABLE users ADD COLUMN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one int;",
           since: "INSERT INTO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two VALUES (1); UPDATE users SET aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one = 1 WHERE id = 1;", rows: &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two", "\"äääääääääääääääääääääääääääääää\""], aside: Some(2), ..NOTHING },
];

#[test]
fn migrations_and_their_way_back() -> Result<()> {
    all(CASES.iter(), false)
}

/// The same where columns are hidden instead of dropped; and then for good: forward again, and purged.
#[test]
fn with_hidden_columns() -> Result<()> {
    all(CASES.iter().filter(|c| c.up.contains("DROP COLUMN")), true)
}

fn all<'c>(cases: impl Iterator<Item = &'c Case>, hide: bool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let only = std::env::var("CASE").ok();
    let mut failures = Vec::new();
    let mut run = 0;
    for case in cases.filter(|c| only.as_ref().is_none_or(|o| c.name.contains(o.as_str()))) {
        run += 1;
        if let Err(error) = runtime.block_on(one(case, hide)) {
            failures.push(format!("--- {}: {error:#}", case.name));
        }
    }
    assert!(run > 0, "no case is called that");
    assert!(failures.is_empty(), "{} of {run} failed\n{}", failures.len(), failures.join("\n"));
    Ok(())
}

async fn one(case: &Case, hide: bool) -> Result<()> {
    let before = format!("{BASE}{}", case.before);
    if case.name.contains("_of_icu_") {
        let database = TestServer::shared().database("icu").await?;
        if database.run("SELECT count(*) > 9 FROM pg_collation WHERE collprovider = 'i'")?.trim() == "f" {
            return Ok(()); // a server that was built without it
        }
    }
    let sort = if hide { "hide" } else { "trip" };
    let bench = Bench::new(&format!("{sort}_{}", case.name), &before).await?;
    let twin = TestServer::shared().database(&format!("{sort}_twin_{}", case.name)).await?;
    twin.run(&before)?;
    twin.run(case.up).context("the twin")?;
    // The owners of the two databases are different roles.
    let neutral = |dump: String, owner: &str| dump.replace(owner, "OWNER");

    let schema_before = bench.dump()?;
    let rows =
        |tables: &[&str]| -> Result<Vec<Vec<String>>> { tables.iter().map(|t| bench.db.sorted_copy(t)).collect() };
    let rows_before = rows(case.rows)?;
    let rules = Rules { hide_above: hide.then_some(0), ..rules() };
    let report = bench.migrate_with("m", case.up, &rules, mode()).await.map_err(|e| {
        let said = e.database_error().map(|d| format!(" [{d} {:?}]", d.detail)).unwrap_or_default();
        anyhow::anyhow!("{e}{said}\n{}", e.place().map(|p| p.statement.clone()).unwrap_or_default())
    })?;
    let hidden = !report.inverse.hidden.is_empty();
    let forward = || {
        same(
            "forward: not what psql leaves",
            &neutral(twin.dump_schema(OURS)?, twin.owner()),
            &neutral(bench.dump()?, bench.db.owner()),
        )
    };
    if !hidden {
        forward()?;
    }
    let said: String = report.verdicts.iter().map(|v| format!("{v}; ")).collect();
    if case.verdict.is_empty() || hidden && said.is_empty() {
        anyhow::ensure!(said.is_empty(), "expected an exact way back: {said}");
    } else {
        anyhow::ensure!(said.contains(case.verdict), "expected {:?} in {said:?}", case.verdict);
    }
    let since = bench.db.run(case.since);
    // What is hidden is among the columns of an INSERT that names none.
    let names_none = |insert: &str| insert.split_whitespace().nth(1).is_some_and(|word| word.starts_with("VALUES"));
    if !(hidden && case.since.split("INSERT INTO ").skip(1).any(names_none)) {
        since?;
    }
    let undone = bench.undo().await?;
    let left = undone.left.join("; ");
    anyhow::ensure!(left.is_empty() || !case.left.is_empty() || !case.verdict.is_empty(), "left: {left}");
    anyhow::ensure!(hidden && left.is_empty() || left.contains(case.left), "expected {:?} in {left:?}", case.left);
    let nullable = "stays nullable, since";
    anyhow::ensure!(case.left.contains("stays nullable") || !left.contains(nullable), "left: {left}");
    bench.db.run(case.then)?;
    if case.left.contains("stays nullable") {
        bench.db.run(
            "DO $$ BEGIN DELETE FROM rv WHERE k IS NULL OR v IS NULL; DELETE FROM rx WHERE team IS NULL; EXCEPTION WHEN undefined_table THEN NULL; END $$;
            DO $$ BEGIN DELETE FROM nv WHERE d IS NULL; EXCEPTION WHEN undefined_table THEN NULL; END $$;
            DO $$ BEGIN DELETE FROM ee WHERE m IS NULL; EXCEPTION WHEN undefined_table THEN NULL; END $$;
            DO $$ BEGIN DELETE FROM nn WHERE k IS NULL; EXCEPTION WHEN undefined_table THEN NULL; END $$",
        )?;
    }
    if ["does not come back", "stays nullable", "only for values to come"].iter().any(|what| case.left.contains(what)) {
        bench.db.run("DELETE FROM users WHERE id > 20; DO $$ BEGIN DELETE FROM kk WHERE k IS NULL; EXCEPTION WHEN undefined_table THEN NULL; END $$;
            DO $$ BEGIN DELETE FROM kq WHERE kp = 77; EXCEPTION WHEN undefined_table THEN NULL; END $$;
            DO $$ BEGIN DELETE FROM ck WHERE id = 77; EXCEPTION WHEN undefined_table THEN NULL; END $$;
            DO $$ BEGIN DELETE FROM dt WHERE v = 'x'; EXCEPTION WHEN undefined_table THEN NULL; END $$;
            DO $$ BEGIN DELETE FROM \"a.b\" WHERE k IS NULL; EXCEPTION WHEN undefined_table THEN NULL; END $$")?;
        for mend in undone.left.iter().filter_map(|line| line.split_once("then run ")) {
            bench.db.run(mend.1)?;
        }
    }
    if !case.left.is_empty() {
        same("back: not what it was", &schema_before, &bench.dump()?.replace(" NOT VALID", ""))?;
    } else if case.verdict.is_empty() || hidden && said.is_empty() {
        same("back: not what it was", &schema_before, &bench.dump()?)?;
    }
    if let Some(expected) = case.aside.filter(|_| !hidden) {
        let what = "CASE WHEN tablename LIKE 'column%' THEN 'backout_value' ELSE '*' END";
        let tables = bench.db.run_as_superuser(&format!(
            "SELECT format('SELECT count(%s) FROM %I.%I;', {what}, schemaname, tablename) FROM pg_tables WHERE schemaname ~ '^backout_undone'"
        ))?;
        let counts = bench.db.run_as_superuser(&tables)?;
        let found: u32 = counts.lines().filter_map(|line| line.trim().parse::<u32>().ok()).sum();
        same("put aside", &expected.to_string(), &found.to_string())?;
    }
    for (table, (before, after)) in case.rows.iter().zip(rows_before.iter().zip(rows(case.rows)?)) {
        let missing: Vec<&String> = before.iter().filter(|r| !after.contains(r)).take(3).collect();
        anyhow::ensure!(missing.is_empty(), "{table}: rows are missing or changed: {missing:?}");
    }
    if hidden && case.since.is_empty() {
        let again = bench.migrate_with("m", case.up, &rules, mode()).await.context("again")?;
        anyhow::ensure!(!again.inverse.hidden.is_empty(), "nothing is hidden the second time");
        archive::purge(&bench.session, again.number, Duration::from_secs(1)).await.context("purging")?;
        forward().context("after the purge")?;
    }
    Ok(())
}
