//! Rehearsals on a part of the rows, and on stand-ins for what the sandbox cannot have.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::project::{PLAN, Project};

/// Keys of many kinds, in chains, circles, partitions and families; each row knows the sum of what it holds.
const BEFORE: &str = r#"
CREATE SCHEMA "we""ird";
CREATE TYPE mood AS ENUM ('fine', 'so so', 'b"a,d');
CREATE TABLE states (name text COLLATE "C" PRIMARY KEY);
INSERT INTO states SELECT 's' || i FROM generate_series(1, 50) i;
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, state text COLLATE "POSIX" NOT NULL REFERENCES states);
CREATE TABLE documents (code numeric PRIMARY KEY, short char(7) UNIQUE NOT NULL, body text NOT NULL, sum text NOT NULL);
CREATE TABLE "we""ird"."Ta ble" (
  "a ""1""" text, b date, moods mood[], at timestamptz, raw bytea, span interval, f float8, doubled int GENERATED ALWAYS AS (n * 2) STORED, n int,
  PRIMARY KEY (b, "a ""1"""));
CREATE TABLE comments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint REFERENCES comments, author int NOT NULL REFERENCES users, text text);
CREATE TABLE events (id bigserial, at date NOT NULL, author int REFERENCES users, code numeric REFERENCES documents, short char(7) REFERENCES documents (short),
  odd text, day date, payload text NOT NULL, PRIMARY KEY (id, at), FOREIGN KEY (odd, day) REFERENCES "we""ird"."Ta ble" ("a ""1""", b)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
CREATE TABLE seen (event bigint, at date, who int, FOREIGN KEY (event, at) REFERENCES events);
CREATE TABLE hen (id int PRIMARY KEY, egg int, note text);
CREATE TABLE egg (id int PRIMARY KEY, hen int REFERENCES hen DEFERRABLE, note text);
ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg DEFERRABLE;
CREATE TABLE old (id int PRIMARY KEY, author int);
INSERT INTO users SELECT i, 'u' || i || '@example.com', 's' || 1 + i % 50 FROM generate_series(1, 4000) i;
INSERT INTO documents SELECT i / 10.0, 'd' || i, repeat(md5(i::text), 40), md5(repeat(md5(i::text), 40)) FROM generate_series(1, 3000) i;
INSERT INTO "we""ird"."Ta ble" ("a ""1""", b, moods, at, raw, span, f, n) (SELECT E'\\x "' || i || E'"\t\n{,}', '2026-01-01'::date + i % 300, ARRAY['fine', 'b"a,d']::mood[], '2026-01-01'::timestamptz + i * interval '1.234567 s',
  decode(md5(i::text), 'hex'), i * interval '1 day 1.5 s', i / 3.0, i FROM generate_series(1, 6000) i);
INSERT INTO comments (parent, author, text) SELECT CASE WHEN i > 1 THEN i - 1 - i % 7 % i END, 1 + i % 4000, 'c' || i FROM generate_series(1, 200) i;
INSERT INTO comments (parent, author, text) SELECT 1 + i % 150, 1 + i % 4000, repeat('c', 80) FROM generate_series(1, 30000) i;
INSERT INTO events (at, author, code, short, odd, day, payload) SELECT '2026-01-01'::date + i % 365, 1 + i % 4000, (1 + i % 3000) / 10.0, 'd' || 1 + i % 3000,
  E'\\x "' || 1 + i % 6000 || E'"\t\n{,}', '2026-01-01'::date + (1 + i % 6000) % 300, repeat('p', 200) FROM generate_series(1, 40000) i;
INSERT INTO seen SELECT id, at, author FROM events;
BEGIN; SET CONSTRAINTS ALL DEFERRED;
INSERT INTO hen SELECT i, i % 9000 + 1, repeat('h', 60) FROM generate_series(1, 9000) i; INSERT INTO egg SELECT i, i % 9000 + 1, repeat('e', 60) FROM generate_series(1, 9000) i; COMMIT;
INSERT INTO old SELECT i, i * 5 FROM generate_series(1, 2000) i;
ALTER TABLE old ADD CONSTRAINT of_before FOREIGN KEY (author) REFERENCES users NOT VALID;
ANALYZE;
"#;

/// What holds of every part of the rows, asked on the clone by the migration itself.
const MIGRATION: &str = r#"
DO $$ BEGIN
  ASSERT NOT EXISTS (SELECT FROM documents WHERE md5(body) <> sum), 'bodies';
  ASSERT NOT EXISTS (SELECT FROM "we""ird"."Ta ble" WHERE raw <> decode(md5(n::text), 'hex') OR doubled <> n * 2 OR f <> n / 3.0
    OR span <> n * interval '1 day 1.5 s' OR moods <> ARRAY['fine', 'b"a,d']::mood[] OR length("a ""1""") < 8), 'values';
  ASSERT (SELECT last_value FROM events_id_seq) >= 40000, 'sequences';
END $$;
ALTER TABLE events ALTER payload TYPE varchar(300);
UPDATE comments SET text = text || '!';
DROP TABLE seen;
"#;

fn plan(level: &str) -> String {
    PLAN.replace("certificate = \"none\"", &format!("certificate = \"{level}\"")) + "[rehearse]\nlevel = \"sampled\"\n"
}

fn tables(certificate: &Value) -> Vec<(String, u64, u64, bool)> {
    let tables = certificate["sample"]["tables"].as_array().cloned().unwrap_or_default();
    let one = |t: &Value| {
        let number = |name: &str| t[name].as_u64().unwrap_or_default();
        (t["table"].as_str().unwrap_or_default().to_owned(), number("rows"), number("of"), t["whole"] == true)
    };
    tables.iter().map(one).collect()
}

#[tokio::test]
async fn a_sample_is_complete_in_itself_and_times_are_extrapolated() -> Result<()> {
    let project = Project::new("sample").await?;
    project.write("backout.toml", &plan("sampled"))?;
    project.write("migrations/1_events.sql", MIGRATION)?;
    project.database.run(BEFORE)?;
    let before = project.dump()?;
    let run = project.json(&["rehearse", "--sample", "6MB", "--yes", "production"], 0)?;
    let certificate = &run["result"]["certificate"];
    ensure!(certificate["level"] == "sampled" && run["result"]["proven"] == true, "{certificate:#}");
    let there = tables(certificate);
    let of = |name: &str| there.iter().find(|t| t.0 == name).cloned().unwrap_or_default();
    let states = of("public.states");
    ensure!(states == ("public.states".to_owned(), 50, 50, true), "small tables come whole: {there:?}");
    for name in ["public.events", "public.comments", "public.seen"] {
        let (_, rows, of, whole) = of(name);
        ensure!(!whole && rows > 300 && rows < of && of.abs_diff(40_000).min(of.abs_diff(30_200)) < 6000, "{there:?}");
    }
    let estimate = &certificate["migrations"][0]["estimate"];
    let rows: Vec<u64> = estimate["rows"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    ensure!(rows.len() == 3 && rows[0] < rows[1] && rows[1] < rows[2], "{estimate:#}");
    let number = |of: &Value, name: &str| of[name].as_f64().unwrap_or_default();
    ensure!(number(estimate, "migrate_ms") >= number(&certificate["migrations"][0], "migrate_ms"), "{estimate:#}");
    let said = certificate["degraded"].to_string();
    ensure!(said.contains("the clone is a sample, with ") && said.contains("rows of public.events"), "{said}");
    ensure!(project.dump()? == before, "the target is only read");
    ensure!(project.query("SELECT count(*) FROM pg_prepared_xacts")? == "0");

    // Beside the target itself as well, as a role that is no superuser; nothing of it is left.
    project.query(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;
    project.write("backout.toml", &(plan("sampled") + "where = \"same-server\"\n"))?;
    let beside = project.json(&["rehearse", "--sample", "1MB"], 0)?["result"].clone();
    ensure!(beside["proven"] == true && beside["certificate"]["sample"]["tables"].is_array(), "{beside:#}");
    let left = "SELECT count(*) FROM pg_database WHERE datname ~ '^backout_rehearsal' AND pg_get_userbyid(datdba) =";
    ensure!(project.query(&format!("{left} '{}'", project.database.owner()))? == "0", "clones are left");
    project.query(&format!("ALTER ROLE {} NOCREATEDB", project.database.owner()))?;
    project.write("backout.toml", &plan("sampled"))?;

    // It serves where a sample is demanded, and not where all rows are.
    project.write("backout.toml", &plan("full").replace("[rehearse]\nlevel = \"sampled\"\n", ""))?;
    let refused = project.run(&["migrate", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("it is of level sampled, and the target demands full"), "{refused}");
    project.write("backout.toml", &plan("sampled"))?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["undo", "--yes", "production"], 0)?;
    ensure!(project.dump()? == before, "there and back");

    // All of it is a sample as well, and says so by what it does not say.
    let all = project.json(&["rehearse", "--sample", "1GB"], 0)?["result"]["certificate"].clone();
    ensure!(tables(&all).iter().all(|t| t.3 && t.1 == t.2) && all["migrations"][0]["estimate"].is_null(), "{all:#}");
    let said = project.run(&["rehearse", "--sample", "1GB", "--level", "full"], 2)?.stderr;
    ensure!(said.contains("a sample is for the level sampled"), "{said}");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_stood_in_for() -> Result<()> {
    let project = Project::new("unreadable").await?;
    project.write("backout.toml", &plan("schema"))?;
    project.write(
        "migrations/1_more.sql",
        "ALTER TABLE profiles ADD COLUMN more text;\nCREATE TABLE pets (owner uuid REFERENCES auth.users);\n",
    )?;
    let owner = project.database.owner().to_owned();
    project.database.run_as_superuser(&format!(
        "CREATE SCHEMA auth; GRANT USAGE ON SCHEMA auth TO {owner};
         CREATE DOMAIN auth.address AS text NOT NULL;
         CREATE TABLE auth.users (id uuid PRIMARY KEY, email auth.address, name text NOT NULL, number int UNIQUE);
         INSERT INTO auth.users SELECT md5(i::text)::uuid, 'e', 'n', i FROM generate_series(1, 50) i;
         GRANT REFERENCES ON auth.users TO {owner};
         CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, number int REFERENCES auth.users (number), bio text);
         INSERT INTO profiles SELECT md5(i::text)::uuid, i + 1, 'b' FROM generate_series(1, 40) i;
         INSERT INTO profiles SELECT md5(i::text)::uuid, NULL, 'b' FROM generate_series(41, 45) i;
         ALTER TABLE profiles OWNER TO {owner};
         CREATE TABLE hidden (id int PRIMARY KEY); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; GRANT SELECT, REFERENCES ON hidden TO {owner};
         INSERT INTO hidden SELECT generate_series(1, 9);
         CREATE TABLE shown (id int PRIMARY KEY, of int REFERENCES hidden); ALTER TABLE shown OWNER TO {owner};
         INSERT INTO shown SELECT i, i FROM generate_series(1, 9) i; INSERT INTO shown VALUES (10, NULL);"
    ))?;
    let stood_in = "auth.users is stood in for by the keys of it that others refer to";
    for level in ["schema", "sampled"] {
        let run = project.json(&["rehearse", "--level", level, "--yes", "production"], 0)?;
        let certificate = &run["result"]["certificate"];
        let said = certificate["degraded"].to_string();
        ensure!(said.contains(stood_in) && run["result"]["proven"] == true, "{level}: {certificate:#}");
        if level == "sampled" {
            let there = tables(certificate);
            ensure!(there.iter().any(|t| t.0 == "public.profiles" && t.1 == 45), "{there:?}");
            ensure!(there.iter().any(|t| t.0 == "public.shown" && t.1 == 1), "{there:?}");
            ensure!(said.contains("9 rows of public.shown are not in the clone"), "{said}");
        }
    }
    // All rows: of what is hidden by row security nothing can be referred to.
    project.database.run_as_superuser("ALTER TABLE hidden DISABLE ROW LEVEL SECURITY")?;
    let run = project.json(&["rehearse", "--level", "full"], 0)?;
    ensure!(run["result"]["certificate"]["degraded"].to_string().contains(stood_in), "{run:#}");
    project.run(&["migrate", "--yes", "production"], 0)?;
    // A table that may only be referred to must not be locked by LOCK TABLE.
    project.run(&["undo", "--yes", "production"], 0)?;
    ensure!(project.query("SELECT to_regclass('public.pets') IS NULL")? == "t");
    Ok(())
}

/// Of a partition that the role may not read, though its parent shows them; and those that a check refuses here.
#[tokio::test]
async fn rows_that_cannot_be_there_are_left_out() -> Result<()> {
    let project = Project::new("left_out").await?;
    project.write("backout.toml", &plan("sampled"))?;
    project.write("migrations/1_more.sql", "ALTER TABLE notes ADD COLUMN more text;\n")?;
    project.database.run(
        "CREATE TABLE parted (id int, place int, PRIMARY KEY (id, place)) PARTITION BY LIST (place);
         CREATE TABLE open PARTITION OF parted FOR VALUES IN (1); CREATE TABLE shut PARTITION OF parted FOR VALUES IN (2);
         INSERT INTO parted SELECT i, 1 + i % 2 FROM generate_series(1, 100) i;
         CREATE TABLE notes (id int PRIMARY KEY, place int, FOREIGN KEY (id, place) REFERENCES parted);
         INSERT INTO notes SELECT i, 1 + i % 2 FROM generate_series(1, 100) i;
         CREATE FUNCTION known(int) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.parted WHERE id = $1)';
         CREATE TABLE checked (id int PRIMARY KEY CHECK (known(id))); INSERT INTO checked SELECT generate_series(1, 9);
         CREATE TABLE of_checked (id int REFERENCES checked); INSERT INTO of_checked VALUES (1), (NULL);",
    )?;
    project.database.run_as_superuser("ALTER TABLE shut OWNER TO CURRENT_USER; REVOKE ALL ON shut FROM PUBLIC")?;
    let run = project.json(&["rehearse", "--yes", "production"], 0)?;
    let certificate = &run["result"]["certificate"];
    let there = tables(certificate);
    for (table, rows) in [("parted", 50), ("notes", 50), ("checked", 0), ("of_checked", 1)] {
        let is = |t: &&(String, u64, u64, bool)| t.0.ends_with(&format!(".{table}")) && t.1 == rows;
        ensure!(there.iter().any(|t| is(&t)), "{table}: {there:?}");
    }
    let said = certificate["degraded"].to_string();
    for part in
        ["public.shut is not in the clone", "50 rows of public.notes", "rows of public.checked", "checked_id_check"]
    {
        ensure!(said.contains(part), "{part}: {said}");
    }
    let refused = project.run(&["rehearse", "--level", "full"], 1)?.stderr;
    ensure!(refused.contains("a sample leaves those out"), "{refused}");
    Ok(())
}

/// An extension as it is known to a server whose files for it are gone: made in the catalog itself.
const EXTENSION: &str = "
CREATE SCHEMA net;
CREATE TYPE net.method AS ENUM ('GET', 'it''s');
CREATE TABLE net.queue (id bigserial PRIMARY KEY, url text, method net.method DEFAULT 'GET');
CREATE FUNCTION net.post(url text, body jsonb DEFAULT '{}') RETURNS bigint LANGUAGE sql AS $$ INSERT INTO net.queue (url) VALUES (url) RETURNING id $$;
CREATE FUNCTION net.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION net.new_id() RETURNS uuid LANGUAGE sql AS $$ SELECT gen_random_uuid() $$;
CREATE FUNCTION net.all(OUT id bigint, OUT url text) RETURNS SETOF record LANGUAGE sql AS $$ SELECT id, url FROM net.queue $$;
CREATE VIEW net.waiting AS SELECT id, url FROM net.queue;
CREATE AGGREGATE net.last(text) (sfunc = textcat, stype = text);
INSERT INTO pg_extension SELECT 99999, 'pg net', 10, oid, false, '1.0', NULL, NULL FROM pg_namespace WHERE nspname = 'net';
INSERT INTO pg_depend SELECT c, o, 0, 'pg_extension'::regclass, 99999, 0, 'e' FROM (
  SELECT 'pg_namespace'::regclass, oid FROM pg_namespace WHERE nspname = 'net'
  UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'net'::regnamespace
  UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'net'::regnamespace AND typtype = 'e'
  UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = 'net'::regnamespace AND relkind IN ('r', 'v', 'S')) m(c, o);
INSERT INTO pg_init_privs SELECT oid, 'pg_class'::regclass, 0, 'e', acldefault('r', relowner) FROM pg_class WHERE relname = 'queue';
GRANT SELECT ON net.queue TO PUBLIC;
";

#[tokio::test]
async fn extensions_that_the_sandbox_lacks_are_stood_in_for() -> Result<()> {
    let project = Project::new("no_extension").await?;
    project.write("backout.toml", &PLAN.replace("certificate = \"none\"", "certificate = \"full\""))?;
    project
        .write("migrations/1_more.sql", "ALTER TABLE calls ADD COLUMN more text;\nUPDATE calls SET more = 'm';\n")?;
    let owner = project.database.owner().to_owned();
    project.database.run_as_superuser(EXTENSION)?;
    project.database.run_as_superuser(&format!(
        "CREATE TABLE calls (id uuid PRIMARY KEY DEFAULT net.new_id(), method net.method, url text);
         CREATE FUNCTION call() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM net.post(NEW.url); RETURN NEW; END $$;
         CREATE TRIGGER t BEFORE INSERT OR UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION call();
         CREATE TRIGGER u AFTER UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION net.touch();
         CREATE VIEW waits AS SELECT w.url, a.id FROM net.waiting w JOIN net.all() a USING (id);
         INSERT INTO calls (method, url) SELECT 'it''s', 'u' || i FROM generate_series(1, 30) i;
         ALTER TABLE calls OWNER TO {owner}; ALTER VIEW waits OWNER TO {owner}; ALTER FUNCTION call() OWNER TO {owner};
         GRANT USAGE ON SCHEMA net TO {owner}; GRANT ALL ON net.queue, net.queue_id_seq TO {owner};"
    ))?;
    for level in ["full", "sampled", "schema"] {
        let run = project.json(&["rehearse", "--level", level, "--yes", "production"], 0)?;
        let certificate = &run["result"]["certificate"];
        let said = certificate["degraded"].to_string();
        let words = "the extension pg net is stood in for: its functions do nothing, its tables are empty";
        ensure!(said.contains(words), "{level}: {said}");
        ensure!(run["result"]["proven"] == true, "{level}: {certificate:#}");
        let probed = certificate["migrations"][0]["probed"].to_string();
        ensure!(probed.contains("public.calls"), "its default and its triggers work: {certificate:#}");
    }

    // A backup knows what stands in for it, and is proven with that; so it is a clone as well.
    project.database.run_as_superuser("INSERT INTO net.queue (url) VALUES ('kept'); UPDATE pg_extension SET extcondition = ARRAY[''], extconfig = ARRAY['net.queue'::regclass] WHERE extname = 'pg net'")?;
    let words = "the extension pg net is stood in for";
    let taken = project.json(&["backup", "take"], 0)?;
    let id = taken["result"]["id"].as_str().unwrap_or_default().to_owned();
    let proof = project.json(&["backup", "prove", &id], 0)?["result"]["proof"].clone();
    ensure!(proof["notes"].to_string().contains(words) && proof["rows"].as_u64() > Some(31), "{proof:#}");
    let run = project.json(&["rehearse", "--backup", &id], 0)?;
    ensure!(run["result"]["certificate"]["degraded"].to_string().contains(words), "{run:#}");
    // Where somebody lives in it, nothing stands in for anything.
    let refused = project.run(&["restore", &id, "--into", "beside", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("the server lacks an extension of the backup: pg net"), "{refused}");

    // What stands on something that cannot be stood in for is no clone, and it is said what.
    project.database.run_as_superuser("CREATE VIEW last AS SELECT net.last(url) FROM calls")?;
    project.database.run_as_superuser(&format!("ALTER VIEW last OWNER TO {owner}"))?;
    let refused = project.run(&["rehearse"], 1)?.stderr;
    ensure!(
        refused.contains("lacks the extension pg net, and what stands in for it is not enough")
            && refused.contains("net.last")
            && refused.contains("sandbox_url"),
        "{refused}"
    );
    Ok(())
}
