//! Values that get other names, types that grow, and families that members leave.

use super::{Case, NOTHING};

#[rustfmt::skip]
pub(super) const FURTHER: &[Case] = &[
    Case { name: "enum_value_added_used_and_renamed", before: "CREATE TYPE rx AS ENUM ('a', 'b'); CREATE TABLE rt (id int PRIMARY KEY, s rx DEFAULT 'a', l rx[]); INSERT INTO rt VALUES (1, 'a', '{a}'), (2, 'b', NULL); CREATE TABLE ru (s rx, n int); INSERT INTO ru VALUES ('a', 1), ('a', 1);",
           up: "BEGIN; ALTER TYPE rx ADD VALUE 'x'; COMMIT; BEGIN; UPDATE rt SET s = 'x', l = '{b,x}'; INSERT INTO rt VALUES (3, 'x', '{x}'); UPDATE ru SET s = 'x'; ALTER TYPE rx RENAME VALUE 'x' TO 'y'; COMMIT;", rows: &["rt", "ru"], ..NOTHING },
    Case { name: "enum_values_exchanged_and_used", before: "CREATE TYPE rx AS ENUM ('a', 'b', 'c'); CREATE TABLE rt (id int PRIMARY KEY, s rx, l rx[]); INSERT INTO rt VALUES (1, 'a', '{a,b}'), (2, 'b', '{b}'), (3, 'c', NULL); CREATE TABLE ru (s rx, n int); INSERT INTO ru VALUES ('a', 1), ('a', 1), ('b', 2);",
           up: "UPDATE rt SET s = 'c' WHERE id = 1; ALTER TYPE rx RENAME VALUE 'a' TO 'tmp'; ALTER TYPE rx RENAME VALUE 'b' TO 'a'; ALTER TYPE rx RENAME VALUE 'tmp' TO 'b'; UPDATE rt SET s = 'b' WHERE id > 1; UPDATE ru SET s = 'b';", rows: &["rt", "ru"], ..NOTHING },
    Case { name: "attribute_added_and_used", before: "CREATE TYPE ct AS (a int); CREATE TABLE at (id int PRIMARY KEY, x ct, l ct[]); INSERT INTO at VALUES (1, ROW(1), ARRAY[ROW(5)::ct]), (2, NULL, NULL);",
           up: "ALTER TYPE ct ADD ATTRIBUTE c text; UPDATE at SET x.c = 'z';", rows: &["at"], ..NOTHING },
    Case { name: "attribute_added_between_changes", before: "CREATE TYPE ct AS (a int); CREATE TABLE at (id int PRIMARY KEY, x ct); INSERT INTO at VALUES (1, ROW(1)), (2, NULL), (3, ROW(3)); CREATE TABLE au (x ct, n int); INSERT INTO au VALUES (ROW(1), 1), (ROW(1), 1);",
           up: "UPDATE at SET x = ROW(2) WHERE id < 3; UPDATE au SET x.a = 2; ALTER TYPE ct ADD ATTRIBUTE c text, ADD ATTRIBUTE d int; UPDATE at SET x.c = 'z'; UPDATE au SET x.d = 5; ALTER TYPE ct RENAME ATTRIBUTE c TO e; INSERT INTO at VALUES (4, ROW(4, 'e', 4));",
           since: "INSERT INTO at VALUES (9, ROW(1, 'since', NULL));", rows: &["(SELECT * FROM at WHERE id < 9) s", "au"], ..NOTHING },
    Case { name: "heir_left_and_a_column_between_dropped", before: "CREATE TABLE hp (id int PRIMARY KEY, doc text, o text DEFAULT 'me'); CREATE TABLE hc () INHERITS (hp); INSERT INTO hp VALUES (1, 'd'); INSERT INTO hc VALUES (2, 'e');",
           up: "ALTER TABLE hc NO INHERIT hp; ALTER TABLE hp DROP COLUMN doc;", rows: &["hp", "hc"], ..NOTHING },
    Case { name: "heir_with_columns_of_its_own_left", before: "CREATE TABLE hp (id int PRIMARY KEY, doc text NOT NULL, o text DEFAULT 'me', CHECK (id > 0)); CREATE TABLE hc (id int, doc text, o text, more int, CHECK (id > 0)) INHERITS (hp); CREATE TABLE hd (d int) INHERITS (hc); INSERT INTO hp VALUES (1, 'd'); INSERT INTO hc VALUES (2, 'e', 'f'); INSERT INTO hd VALUES (3, 'e', 'f');",
           up: "ALTER TABLE hc NO INHERIT hp; ALTER TABLE hp DROP COLUMN doc; UPDATE hp SET o = 'you'; UPDATE hc SET o = 'they';", since: "INSERT INTO hc VALUES (8, 'since', 'x');", rows: &["hp", "(SELECT * FROM hc WHERE id < 8) s"], ..NOTHING },
    Case { name: "heir_with_a_check_left", before: "CREATE TABLE hp (id int PRIMARY KEY, doc text, o text, CHECK (id > 0)); CREATE TABLE hc (id int, doc text, o text) INHERITS (hp); INSERT INTO hp VALUES (1, 'd'); INSERT INTO hc VALUES (2, 'e', 'f');",
           up: "ALTER TABLE hc NO INHERIT hp; ALTER TABLE hp DROP COLUMN doc;", rows: &["hp", "hc"], ..NOTHING },
    Case { name: "heir_with_a_check_and_heirs_left", before: "CREATE TABLE hp (id int PRIMARY KEY, CHECK (id > 0)); CREATE TABLE hc (id int) INHERITS (hp); CREATE TABLE hd () INHERITS (hc); INSERT INTO hc VALUES (2);",
           up: "ALTER TABLE hc NO INHERIT hp;", rows: &["hp", "hc"], ..NOTHING },
    Case { name: "heir_that_left_one_of_two", before: "CREATE TABLE hp (id int PRIMARY KEY, doc text); CREATE TABLE hq (q int, CHECK (q > 0)); CREATE TABLE hc (id int, doc text, more int) INHERITS (hp, hq); INSERT INTO hp VALUES (1, 'd'); INSERT INTO hc VALUES (2, 'e', 4, 5);",
           up: "ALTER TABLE hc NO INHERIT hp;", rows: &["hp", "hc"], ..NOTHING },
    Case { name: "rules_of_tables_that_follow", before: "CREATE TABLE rp (id int PRIMARY KEY, u int UNIQUE); CREATE TABLE rc (id int PRIMARY KEY, p int REFERENCES rp ON DELETE CASCADE, u int REFERENCES rp (u) ON UPDATE CASCADE ON DELETE SET NULL); CREATE TABLE rg (c int REFERENCES rc ON DELETE CASCADE); INSERT INTO rp VALUES (1, 1), (2, 2); INSERT INTO rc VALUES (1, 1, 1); INSERT INTO rg VALUES (1);
             CREATE RULE gone AS ON DELETE TO rc DO INSTEAD NOTHING; CREATE RULE changed AS ON UPDATE TO rc DO INSTEAD NOTHING; CREATE RULE gone AS ON DELETE TO rg DO INSTEAD NOTHING; ALTER TABLE rc ENABLE REPLICA RULE changed; ALTER TABLE rg ENABLE ALWAYS RULE gone;",
           up: "INSERT INTO rp VALUES (5, 5); UPDATE rp SET u = 7 WHERE id = 2;", rows: &["rp", "rc", "rg", "(SELECT count(*) FROM rp) s"], ..NOTHING },
    Case { name: "renamed_key_of_a_partitioned_table", before: "CREATE TABLE ku (k int PRIMARY KEY); CREATE TABLE kw (part int, u int REFERENCES ku) PARTITION BY RANGE (part); CREATE TABLE kp PARTITION OF kw FOR VALUES FROM (4) TO (7) PARTITION BY RANGE (part); CREATE TABLE kq PARTITION OF kp FOR VALUES FROM (4) TO (5); CREATE TABLE ks PARTITION OF kw FOR VALUES FROM (8) TO (9); ALTER TABLE kw RENAME CONSTRAINT kw_u_fkey TO \"x y\"; ALTER TABLE ks RENAME CONSTRAINT kw_u_fkey TO \"x y\"; INSERT INTO ku VALUES (1); INSERT INTO kw VALUES (4, 1);",
           up: "DROP TABLE kw;", rows: &["kw"], ..NOTHING },
    Case { name: "renamed_key_of_partitions_alone", before: "CREATE TABLE ku (k int PRIMARY KEY); CREATE TABLE kw (part int, u int REFERENCES ku) PARTITION BY RANGE (part); CREATE TABLE kp PARTITION OF kw FOR VALUES FROM (4) TO (7) PARTITION BY RANGE (part); CREATE TABLE kq PARTITION OF kp FOR VALUES FROM (4) TO (5); ALTER TABLE kw RENAME CONSTRAINT kw_u_fkey TO \"x y\"; INSERT INTO ku VALUES (1); INSERT INTO kw VALUES (4, 1);",
           up: "ALTER TABLE kw DROP CONSTRAINT \"x y\";", rows: &["kw"], ..NOTHING },
    Case { name: "sequence_of_a_column_of_a_type", before: "CREATE TYPE st AS (x int, y text); CREATE TABLE s (id serial, p st NOT NULL, q int); ALTER SEQUENCE s_id_seq OWNED BY s.p; INSERT INTO s (p) VALUES (ROW(1, 'a')), (ROW(2, 'b'));",
           up: "DROP TYPE st CASCADE;", rows: &["s"], ..NOTHING },
    Case { name: "key_beside_an_index_of_the_same_column", before: "CREATE TABLE n (id int PRIMARY KEY, up int REFERENCES n, other int UNIQUE); CREATE UNIQUE INDEX n_twin ON n (id); CREATE TABLE m (n int REFERENCES n ON DELETE SET NULL (n)); INSERT INTO n VALUES (1, 1, 1); INSERT INTO m VALUES (1);",
           up: "ALTER TABLE n DROP CONSTRAINT n_pkey CASCADE;", rows: &["n", "m"], ..NOTHING },
    Case { name: "key_that_stays_away_beside_an_index", before: "CREATE TABLE n (id int PRIMARY KEY, t text UNIQUE); CREATE UNIQUE INDEX n_twin ON n (id); ALTER TABLE n ADD FOREIGN KEY (id) REFERENCES n DEFERRABLE; INSERT INTO n VALUES (1, 'a'); CREATE TABLE m (n int REFERENCES n); INSERT INTO m VALUES (1);",
           up: "ALTER TABLE n DROP COLUMN id CASCADE;", since: "INSERT INTO n (t) VALUES ('since');", rows: &["(SELECT * FROM n WHERE t = 'a') s", "m"],
           left: "constraint n_pkey on public.n does not come back", then: "DELETE FROM n WHERE t = 'since'", ..NOTHING },
    Case { name: "generated_column_without_a_value", before: "CREATE TABLE g (id int PRIMARY KEY, w text, n int, m int GENERATED ALWAYS AS (n * 2) STORED NOT NULL); INSERT INTO g (id, n) VALUES (1, 1), (2, 2);",
           up: "ALTER TABLE g DROP COLUMN m; ALTER TABLE g DROP COLUMN w;", since: "INSERT INTO g VALUES (9, NULL);", rows: &["(SELECT * FROM g WHERE id < 9) s"],
           left: "public.g.m stays nullable", then: "DELETE FROM g WHERE id = 9; ALTER TABLE public.g ALTER COLUMN m SET NOT NULL", ..NOTHING },
    Case { name: "settings_of_what_is_stored_apart", before: "CREATE TABLE ta (id int PRIMARY KEY, b bytea) WITH (toast.autovacuum_enabled = false); INSERT INTO ta VALUES (1, 'x'); CREATE TABLE tb (b bytea, id int PRIMARY KEY) WITH (toast.autovacuum_enabled = false); CREATE TABLE tc (id int PRIMARY KEY, v text) WITH (toast.autovacuum_enabled = false);",
           up: "ALTER TABLE ta DROP COLUMN b; ALTER TABLE ta ADD COLUMN u uuid DEFAULT gen_random_uuid(); ALTER TABLE tb DROP COLUMN b; ALTER TABLE tb ADD COLUMN u uuid DEFAULT gen_random_uuid(); ALTER TABLE tc ALTER v TYPE int USING 1;", rows: &["ta", "tb"], ..NOTHING },
    Case { name: "check_of_the_parent_validated", before: "CREATE TABLE p (part int, n int) PARTITION BY LIST (part); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (n);
             CREATE TABLE p2a PARTITION OF p2 DEFAULT; CREATE TABLE p3 PARTITION OF p DEFAULT; CREATE TABLE par (a int); CREATE TABLE kid (b int) INHERITS (par); CREATE TABLE kin () INHERITS (kid);
             ALTER TABLE p ADD CONSTRAINT c CHECK (n > 0) NOT VALID; ALTER TABLE p3 VALIDATE CONSTRAINT c; ALTER TABLE par ADD CONSTRAINT c CHECK (a > 0) NOT VALID; COMMENT ON CONSTRAINT c ON p IS 'c'; COMMENT ON CONSTRAINT c ON kin IS 'k';
             INSERT INTO p VALUES (1, 1), (2, 2), (3, 3); INSERT INTO kin VALUES (1, 1);",
           up: "ALTER TABLE p1 VALIDATE CONSTRAINT c; ALTER TABLE p2a VALIDATE CONSTRAINT c; ALTER TABLE kin VALIDATE CONSTRAINT c;", since: "INSERT INTO p VALUES (1, 7);", rows: &["p", "kin"], ..NOTHING },
    Case { name: "primary_key_over_a_nullable_child", before: "CREATE TABLE par (k int PRIMARY KEY, n int); CREATE TABLE kid (c int) INHERITS (par); CREATE TABLE kin () INHERITS (kid);
             DO $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE kin ALTER k DROP NOT NULL; INSERT INTO kin VALUES (NULL, 1, 1); END IF; END $$;",
           up: "ALTER TABLE par DROP CONSTRAINT par_pkey CASCADE;", rows: &["kin"], ..NOTHING },
    Case { name: "options_in_their_order", before: "CREATE VIEW vo AS SELECT id, email FROM users WHERE id > 0; ALTER VIEW vo SET (check_option = local); ALTER VIEW vo SET (security_barrier = true);
             CREATE TABLE vt (a int) WITH (fillfactor = 70, autovacuum_enabled = false, parallel_workers = 2); CREATE INDEX vi ON vt (a) WITH (fillfactor = 70, deduplicate_items = off);",
           up: "ALTER VIEW vo SET (check_option = local); ALTER TABLE vt SET (fillfactor = 80); ALTER TABLE vt RESET (autovacuum_enabled); ALTER TABLE vt SET (autovacuum_vacuum_threshold = 9); ALTER INDEX vi SET (fillfactor = 70);", ..NOTHING },
    Case { name: "options_in_another_order_with_the_text", before: "CREATE VIEW vo AS SELECT id FROM users; ALTER VIEW vo SET (security_barrier = true); ALTER VIEW vo SET (check_option = local);",
           up: "CREATE OR REPLACE VIEW vo WITH (check_option = local, security_barrier = true) AS SELECT id FROM users WHERE id > 1;", ..NOTHING },
    Case { name: "no_longer_generated_beside_what_is_new", before: "CREATE TABLE ge (id int PRIMARY KEY, n int, m int GENERATED ALWAYS AS (n * 2) STORED); INSERT INTO ge VALUES (1, 1), (2, 2);",
           up: "CREATE TABLE gf (a int); ALTER TABLE ge ALTER m DROP EXPRESSION;", since: "INSERT INTO gf VALUES (1);", rows: &["ge"], aside: Some(1), ..NOTHING },
    Case { name: "widened_beside_what_is_new", before: "CREATE TABLE ga (id int PRIMARY KEY, v varchar(5)); INSERT INTO ga VALUES (1, 'a'); CREATE TYPE gy AS ENUM ('x'); CREATE TABLE gz (id int PRIMARY KEY, k gy); INSERT INTO gz VALUES (1, 'x');",
           up: "CREATE TABLE gf (a int); ALTER TABLE ga ALTER v TYPE text; ALTER TYPE gy ADD VALUE 'y'; CREATE TABLE gg (k gy);", rows: &["ga", "gz"], ..NOTHING },
    Case { name: "key_of_a_partition_that_has_a_comment", before: "CREATE TABLE fc (k int PRIMARY KEY); CREATE TABLE fw (part int NOT NULL, i int CONSTRAINT fk REFERENCES fc) PARTITION BY RANGE (part); CREATE TABLE fp PARTITION OF fw FOR VALUES FROM (0) TO (9) PARTITION BY LIST (part);
             CREATE TABLE fq PARTITION OF fp DEFAULT; COMMENT ON CONSTRAINT fk ON fp IS 'said'; COMMENT ON CONSTRAINT fk ON fq IS 'said''s'; COMMENT ON CONSTRAINT fk ON fw IS 'whole'; INSERT INTO fc VALUES (1); INSERT INTO fw VALUES (1, 1);",
           up: "DROP TABLE fc CASCADE;", since: "INSERT INTO fw VALUES (2, 77);", rows: &["fc"], left: "does not come back", then: "DELETE FROM fw WHERE i = 77;", ..NOTHING },
    Case { name: "keys_under_row_security_of_their_owners", before: "CREATE TABLE fr (id int PRIMARY KEY, x text, z int); INSERT INTO fr VALUES (1, 'x', 1); CREATE POLICY recursive ON fr USING (EXISTS (SELECT FROM fr o)); ALTER TABLE fr ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             CREATE TABLE fs (k int PRIMARY KEY, r int REFERENCES fr); INSERT INTO fs VALUES (1, NULL); CREATE TABLE fh (id int PRIMARY KEY, x text, z int); INSERT INTO fh VALUES (1, 'x', 1); CREATE TABLE fi (k int PRIMARY KEY, r int REFERENCES fh); INSERT INTO fi VALUES (1, 1);
             CREATE POLICY nothing ON fh USING (false); ALTER TABLE fh ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
           up: "ALTER TABLE fr DROP COLUMN x CASCADE; ALTER TABLE fh DROP COLUMN x CASCADE;", rows: &["fs", "fi"], ..NOTHING },
    Case { name: "key_that_rows_do_not_fit_under_row_security", before: "CREATE TABLE fh (id int PRIMARY KEY, x text, z int); INSERT INTO fh VALUES (1, 'x', 1); CREATE TABLE fi (k int PRIMARY KEY, r int CONSTRAINT fk REFERENCES fh); COMMENT ON CONSTRAINT fk ON fi IS 'c'; INSERT INTO fi VALUES (1, 1);
             CREATE POLICY nothing ON fh USING (false); ALTER TABLE fh ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
           up: "ALTER TABLE fi DROP CONSTRAINT fk;", since: "INSERT INTO fi VALUES (2, 77);", rows: &[], left: "1 rows refer to nothing: foreign key fk on public.fi holds for new rows only", ..NOTHING },
    Case { name: "nullable_child_dropped", before: "CREATE TABLE cn (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text NOT NULL, w int); INSERT INTO cn (v) VALUES ('a'); CREATE TABLE co (k int PRIMARY KEY, g int GENERATED ALWAYS AS (k * 2) STORED) INHERITS (cn); CREATE TABLE cp () INHERITS (co);
             DO $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE ONLY co ALTER id DROP NOT NULL, ALTER v DROP NOT NULL; ALTER TABLE ONLY cp ALTER id DROP NOT NULL; INSERT INTO co (id, v, k) VALUES (NULL, 'n', 1), (2, NULL, 2), (3, 'v', 3); INSERT INTO cp (id, v, k) VALUES (NULL, 'n', 1); END IF; END $$;
             ALTER TABLE co ENABLE ROW LEVEL SECURITY; CREATE POLICY nothing ON co USING (false); CREATE TRIGGER noted BEFORE INSERT OR DELETE ON co FOR EACH ROW EXECUTE FUNCTION touch(); CREATE TABLE cq (k int REFERENCES co ON DELETE CASCADE); INSERT INTO cq SELECT k FROM co; ALTER TABLE co FORCE ROW LEVEL SECURITY;",
           up: "DROP TABLE co CASCADE;", rows: &["cn", "cp", "cq", "(SELECT tableoid::regclass, * FROM cn) s"], ..NOTHING },
    Case { name: "nullable_child_left", before: "CREATE TABLE cn (id int PRIMARY KEY, v text); CREATE TABLE co (k int PRIMARY KEY) INHERITS (cn);
             DO $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE ONLY co ALTER id DROP NOT NULL; INSERT INTO co VALUES (NULL, 'n', 1), (2, 'm', 2); END IF; END $$; CREATE TABLE cq (k int REFERENCES co ON DELETE CASCADE); INSERT INTO cq SELECT k FROM co;
             CREATE TABLE cl (id int, v text, k int PRIMARY KEY) INHERITS (cn); DO $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE ONLY cl ALTER id DROP NOT NULL; INSERT INTO cl VALUES (NULL, 'n', 1), (2, 'm', 2); END IF; END $$;
             CREATE TABLE cm (k int REFERENCES cl ON DELETE CASCADE); INSERT INTO cm SELECT k FROM cl; CREATE TRIGGER noted BEFORE INSERT OR DELETE ON cl FOR EACH ROW EXECUTE FUNCTION touch();",
           up: "ALTER TABLE co NO INHERIT cn; ALTER TABLE cl NO INHERIT cn;", rows: &["cn", "co", "cq", "cl", "cm"], ..NOTHING },
];
