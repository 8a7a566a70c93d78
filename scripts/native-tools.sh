#!/usr/bin/env bash
# The teams' own migration tools judge Backout, by their real command lines: "nothing to do" after `migrate`, "pending"
# after `undo`, and the same history rows and the same schema as where the tool did everything itself.
#
#   scripts/native-tools.sh [--show] [TOOL ...]       tools: sqlx dbmate diesel sql-migrate drizzle supabase
#
# Run by hand, not in CI. The tools come from PATH; one that is not there is skipped and named. Drizzle needs drizzle-kit,
# drizzle-orm and pg in one node_modules, whose .bin is in PATH. Everything happens in a throwaway server and folder.
# `--show` prints what the tools said. Prints `native TOOL ok|FAIL: …` for each tool and `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."
show=
if [ "${1:-}" = --show ]; then show=1; shift; fi
tools=("$@")
[ "$#" -gt 0 ] || tools=(sqlx dbmate diesel sql-migrate drizzle supabase)
backout=${BACKOUT:-$PWD/target/debug/backout}
[ -x "$backout" ] || { echo "$backout is missing: cargo build -p backout" >&2; exit 2; }

bin=$(dirname "$(readlink -f "$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)")")
work=$(mktemp -d)
chmod 755 "$work"
as=()
if [ "$(id -u)" = 0 ]; then
  user=$(getent passwd postgres >/dev/null && echo postgres || echo nobody)
  as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
  mkdir "$work/server"
  chown "$user" "$work/server"
else
  mkdir "$work/server"
fi
pg() { (cd /; "${as[@]}" "$bin/$1" "${@:2}"); }
stop() { pg pg_ctl -D "$work/server/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"; }
trap stop EXIT
pg initdb -D "$work/server/data" -U postgres -A trust --no-sync >/dev/null
# Some tools know no sockets. A port that is taken shows itself by the server not starting.
port=
for _ in 1 2 3 4 5 6 7 8; do
  try=$((20000 + RANDOM % 12000))
  if pg pg_ctl -D "$work/server/data" -w -l "$work/server/log" \
    -o "-k $work/server -p $try -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null 2>&1; then port=$try; break; fi
done
[ -n "$port" ] || { tail -n 5 "$work/server/log" >&2; exit 1; }
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=app
# What the machine's owner has set must reach neither the tools nor Backout.
unset DATABASE_URL PGDATABASE PGPASSWORD PGOPTIONS PGSERVICE
export NO_COLOR=1 DO_NOT_TRACK=1 SUPABASE_TELEMETRY_DISABLED=1 CI=1
# A tool may want a home to write to, and ours is none of its business.
export HOME=$work/home
mkdir "$HOME"
sql() { "$bin/psql" -X -q -At -v ON_ERROR_STOP=1 "$@"; }
sql -U postgres -d postgres -c "CREATE ROLE app LOGIN"
url() { echo "postgres://app@127.0.0.1:$port/$1?sslmode=disable"; }
createdb() { sql -U postgres -d postgres -c "CREATE DATABASE $1 OWNER app ${2:+TEMPLATE $2}"; }
dropdb() { sql -U postgres -d postgres -c "DROP DATABASE $1 WITH (FORCE)"; }
schema() { "$bin/pg_dump" -s --restrict-key=x -N 'backout*' "$1"; }
everything() { "$bin/pg_dump" --restrict-key=x -N 'backout*' "$1"; }

# ── The two migrations. A line end of the other kind and a letter outside of ASCII are there for the checksums. ──
first() {
  printf -- '-- Users and their notes: d\xc3\xa9j\xc3\xa0 vu.\r\n'
  cat <<'SQL'
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
SQL
  echo "${1-}"
  cat <<'SQL'
CREATE TABLE notes (id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE, body text NOT NULL);
SQL
  echo "${1-}"
  cat <<'SQL'
CREATE INDEX notes_by_user ON notes (user_id);
SQL
  echo "${1-}"
  cat <<'SQL'
CREATE VIEW user_notes AS SELECT u.name, n.body FROM users u JOIN notes n ON n.user_id = u.id;
SQL
  echo "${1-}"
  cat <<'SQL'
CREATE FUNCTION shout(what text) RETURNS text LANGUAGE plpgsql AS $f$
BEGIN
  -- Not the end; yet.
  RETURN upper(what) || ';';
END
$f$;
SQL
}
second() {
  cat <<'SQL'
-- Tickets take the place of notes.
DROP TABLE notes CASCADE;
SQL
  echo "${1-}"
  cat <<'SQL'
ALTER TABLE users ADD COLUMN email text DEFAULT 'none; it''s early';
SQL
  echo "${1-}"
  cat <<'SQL'
CREATE TABLE tickets (id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, title text NOT NULL);
SQL
  echo "${1-}"
  cat <<'SQL'
INSERT INTO tickets (user_id, title) SELECT id, shout(name) FROM users ORDER BY id;
SQL
  echo "${1-}"
  cat <<'SQL'
CREATE INDEX tickets_by_user ON tickets (user_id);
-- The end.
SQL
}
# What no transaction can hold; each tool has its own way to say so, Drizzle none.
third() {
  [ -z "${1-}" ] || echo "$1"
  echo 'CREATE INDEX CONCURRENTLY tickets_by_title ON tickets (title);'
}
fill() { sql -d "$1" -c "INSERT INTO users (name) SELECT 'user ' || n FROM generate_series(1, 200) n;
  INSERT INTO notes (user_id, body) SELECT 1 + n % 200, 'note ' || n FROM generate_series(1, 3000) n"; }

# ── Each tool: what it needs, its project, how it runs, what it says, and its rows without times and random ids. ──
# TOOL_says DATABASE prints `idle` or `pending N`, as the tool itself says it.
count() { grep -Ec "$1" || true; }
said() { case $1 in 0) echo idle ;; *) echo "pending $1" ;; esac; }

sqlx_needs=sqlx
sqlx_first() {
  mkdir migrations
  printf '[package]\nname = "judged"\n\n[dependencies]\nsqlx = "0.9"\n' >Cargo.toml
  first >migrations/20240101000000_users_and_notes.sql
}
sqlx_second() { second >migrations/20240102000000_tickets_not_notes.sql; }
sqlx_third() { third '-- no-transaction' >migrations/20240103000000_index.sql; }
sqlx_run() { told sqlx migrate run --no-dotenv -D "$(url "$1")"; }
sqlx_says() {
  local output
  output=$(told sqlx migrate info --no-dotenv -D "$(url "$1")") || return
  # An applied file that was edited reads "installed (different checksum)".
  if grep -q different <<<"$output"; then echo edited; return; fi
  said "$(count '/pending ' <<<"$output")"
}
sqlx_rows="SELECT version, description, success, checksum, execution_time > 0, installed_on BETWEEN now() - interval '1 hour' AND now() FROM _sqlx_migrations ORDER BY version"

dbmate_needs=dbmate
dbmate_first() { mkdir -p db/migrations; dbmate_file first 20240101000000_users_and_notes; }
dbmate_second() { dbmate_file second 20240102000000_tickets_not_notes; }
dbmate_file() { { echo '-- migrate:up'; "$1" ''; printf '\n-- migrate:down\n'; } >"db/migrations/$2.sql"; }
dbmate_third() { { echo '-- migrate:up transaction:false'; third; printf '\n-- migrate:down\n'; } >db/migrations/20240103000000_index.sql; }
dbmate_run() { told dbmate --no-dump-schema --url "$(url "$1")" up; }
dbmate_says() {
  local output
  output=$(told dbmate --url "$(url "$1")" status) || return
  said "$(sed -n 's/^Pending: //p' <<<"$output")"
}
dbmate_rows="SELECT * FROM schema_migrations ORDER BY version"

diesel_needs=diesel
diesel_first() {
  mkdir migrations
  printf '[migrations_directory]\ndir = "migrations"\n' >diesel.toml
  printf '[package]\nname = "judged"\n' >Cargo.toml
  # The tool's own first migration, which every project has.
  createdb setup
  told diesel setup --database-url "$(url setup)" >/dev/null
  dropdb setup
  diesel_folder first 2024-01-01-000000_users_and_notes
}
diesel_second() { diesel_folder second 2024-01-02-000000_tickets_not_notes; }
diesel_third() { diesel_folder third 2024-01-03-000000_index; echo 'run_in_transaction = false' >migrations/2024-01-03-000000_index/metadata.toml; }
diesel_folder() { mkdir "migrations/$2"; "$1" '' >"migrations/$2/up.sql"; echo 'SELECT 1;' >"migrations/$2/down.sql"; }
diesel_run() { told diesel migration run --database-url "$(url "$1")"; }
diesel_says() {
  local output pending
  output=$(told diesel migration list --database-url "$(url "$1")") || return
  pending=$(told diesel migration pending --database-url "$(url "$1")") || return
  output=$(count '\[ \]' <<<"$output")
  # Its two answers must agree.
  if [ "$pending" = "$([ "$output" = 0 ] && echo false || echo true)" ]; then said "$output"; else echo "both $output and $pending"; fi
}
diesel_rows="SELECT version, run_on BETWEEN timezone('UTC', now()) - interval '1 hour' AND timezone('UTC', now()) FROM __diesel_schema_migrations ORDER BY version"

sql_migrate_needs=sql-migrate
sql_migrate_first() { mkdir migrations; sql_migrate_file first 20240101000000-users_and_notes; }
sql_migrate_second() { sql_migrate_file second 20240102000000-tickets_not_notes; }
sql_migrate_third() { { echo '-- +migrate Up notransaction'; third; printf '\n-- +migrate Down\n'; } >migrations/20240103000000-index.sql; }
# A function has lines that end with a semicolon, and no statement ends there.
sql_migrate_file() {
  { echo '-- +migrate Up'; "$1" '' | sed -e 's/^CREATE FUNCTION/-- +migrate StatementBegin\n&/' -e 's/^\$f\$;/&\n-- +migrate StatementEnd/'; printf '\n-- +migrate Down\n'; } >"migrations/$2.sql"
}
sql_migrate_for() { printf 'judged:\n  dialect: postgres\n  datasource: %s\n  dir: migrations\n' "$(url "$1")" >dbconfig.yml; }
sql_migrate_run() { sql_migrate_for "$1"; told sql-migrate up -env=judged; }
sql_migrate_says() {
  local output
  sql_migrate_for "$1"
  output=$(told sql-migrate status -env=judged) || return
  said "$(count '\| no ' <<<"$output")"
}
sql_migrate_rows="SELECT id, applied_at BETWEEN now() - interval '1 hour' AND now() FROM gorp_migrations ORDER BY id"

drizzle_needs=drizzle-kit
drizzle_first() {
  ln -s "$(dirname "$(dirname "$(command -v drizzle-kit)")")" node_modules
  drizzle_for none
  drizzle_file first users_and_notes
}
drizzle_second() { drizzle_file second tickets_not_notes; }
drizzle_for() {
  printf '{"dialect": "postgresql", "out": "./drizzle", "schema": "./none.ts", "dbCredentials": {"url": "%s"}}\n' "$(url "$1")" >drizzle.config.json
}
drizzle_file() {
  echo 'export {};' >none.ts
  told drizzle-kit generate --config drizzle.config.json --custom --name "$2" >/dev/null
  "$1" '--> statement-breakpoint' >"$(ls drizzle/*_"$2".sql)"
}
drizzle_run() { drizzle_for "$1"; told drizzle-kit migrate --config drizzle.config.json; }
# It has no command that only tells, so it is asked on a copy, by what it does there.
drizzle_says() {
  local before after rows
  createdb asked "$1"
  before=$(everything asked | sha256sum)
  rows=$(sql -d asked -c "SELECT CASE WHEN to_regclass('drizzle.__drizzle_migrations') IS NULL THEN '' ELSE 'x' END")
  [ -z "$rows" ] || rows=$(sql -d asked -c "SELECT count(*) FROM drizzle.__drizzle_migrations")
  drizzle_run asked >/dev/null || { dropdb asked; return 1; }
  after=$(everything asked | sha256sum)
  if [ "$before" = "$after" ]; then echo idle; else
    echo "pending $(($(sql -d asked -c "SELECT count(*) FROM drizzle.__drizzle_migrations") - ${rows:-0}))"
  fi
  dropdb asked
}
drizzle_rows="SELECT * FROM drizzle.__drizzle_migrations ORDER BY id"

supabase_needs=supabase
supabase_first() {
  mkdir -p supabase/migrations
  printf 'project_id = "judged"\n' >supabase/config.toml
  first >supabase/migrations/20240101000000_users_and_notes.sql
}
supabase_second() { second >supabase/migrations/20240102000000_tickets_not_notes.sql; }
supabase_third() { third >supabase/migrations/20240103000000_index.sql; }
supabase_run() { told supabase db push --yes --db-url "$(url "$1")"; }
supabase_says() {
  local output
  output=$(told supabase db push --dry-run --db-url "$(url "$1")" 2>&1) || return
  if grep -q 'up to date' <<<"$output"; then echo idle; else said "$(count '[0-9]{14}_.*\.sql' <<<"$output")"; fi
}
supabase_rows="SELECT version, name, statements FROM supabase_migrations.schema_migrations ORDER BY version"

# ── The story ──
# Runs a command; what it was and what it said go into the transcript.
told() {
  local status=0
  "$@" >"$work/said" 2>"$work/said.err" </dev/null || status=$?
  { printf '$ %s\n' "$*"; cat "$work/said" "$work/said.err"; [ "$status" = 0 ] || echo "(ended with $status)"; } >>"$log"
  cat "$work/said"
  cat "$work/said.err" >&2
  return "$status"
}
step() { echo "── $*" >>"$log"; current=$*; }
# Backout must end with the code given.
ours() {
  local wanted=$1 status=0
  told "$backout" --no-progress "${@:2}" >"$work/ours" 2>&1 || status=$?
  [ "$status" = "$wanted" ] || fail "backout $2 ended with $status, not $wanted"
}
tool_runs() { "${tool}_run" "$1" >/dev/null 2>&1 || fail "$tool does not run its migrations"; }
tool_says() { # database, answer
  local answer
  answer=$("${tool}_says" "$1" 2>/dev/null) || fail "$tool does not say what is pending"
  [ "$answer" = "$2" ] || fail "$tool says \"$answer\", not \"$2\""
  checks=$((checks + 1))
}
said_in() { # what, pattern for what Backout said last
  grep -Eq "$2" "$work/ours" || fail "$1"
  checks=$((checks + 1))
}
same() { # what, wanted, found
  if [ "$2" != "$3" ]; then
    { echo "$1 (wanted, found):"; diff <(echo "$2") <(echo "$3"); } >>"$log" || true
    fail "$1"
  fi
  checks=$((checks + 1))
}
fail() { echo "$current: $1" >"$work/why"; exit 1; }
rows() { local name=${tool}_rows; sql -d "$1" -c "${!name}"; }
# What the tool would still do is told by running it, too.
idle() {
  tool_says "$1" idle
  local before; before=$(everything "$1")
  tool_runs "$1"
  same "$tool run once more changes something" "$before" "$(everything "$1")"
}
# The twin catches up by the tool itself: nothing tells the two apart then, and the tool has nothing left to do.
as_the_tool() { # database, twin
  tool_runs "$2"
  idle "$1"
  same "the history's rows are not the tool's" "$(rows "$2")" "$(rows "$1")"
  same "the schema is not the twin's" "$(schema "$2")" "$(schema "$1")"
}
status_field() { "$backout" --no-progress status --json 2>/dev/null | python3 -c 'import json, sys
found = json.load(sys.stdin)["result"]
for key in sys.argv[1].split("."):
    found = found[int(key)] if key.isdigit() else found[key]
print(found)' "$1"; }

story() {
  local db=judged_$tool twin=twin_$tool empty=empty_$tool
  mkdir "$work/$tool"
  cd "$work/$tool"
  step "the first migration, by $tool itself"
  createdb "$db"; createdb "$twin"; createdb "$empty"
  "${tool}_first"
  tool_runs "$db"; tool_runs "$twin"
  fill "$db"; fill "$twin"
  "${tool}_second"
  tool_says "$db" "pending 1"

  step "taking over"
  export DATABASE_URL; DATABASE_URL=$(url "$db")
  ours 0 init --yes t
  grep -q "layout = \"$name\"" backout.toml || fail "the layout is not recognised"
  same "status does not show one pending migration" tickets "$(status_field pending.0.file | grep -o tickets)"
  local before_schema before_notes before_rows
  before_schema=$(schema "$db"); before_rows=$(rows "$db")
  before_notes=$(sql -d "$db" -c "SELECT n FROM notes n ORDER BY id" | sha256sum)

  step "migrate"
  ours 0 rehearse
  tool_says "$db" "pending 1"
  same "rehearse changed the schema" "$before_schema" "$(schema "$db")"
  ours 0 migrate
  as_the_tool "$db" "$twin"
  ours 0 status

  step "undo"
  sql -d "$db" -c "INSERT INTO users (name, email) VALUES ('late', 'l@example.com'); INSERT INTO tickets (user_id, title) VALUES (1, 'late')"
  ours 0 undo
  tool_says "$db" "pending 1"
  same "the history's rows are not as before" "$before_rows" "$(rows "$db")"
  same "the schema is not as before" "$before_schema" "$(schema "$db")"
  same "the dropped rows are not back" "$before_notes" "$(sql -d "$db" -c "SELECT n FROM notes n ORDER BY id" | sha256sum)"
  same "the row written since is gone" 201 "$(sql -d "$db" -c "SELECT count(*) FROM users")"

  step "the second migration, by $tool itself"
  tool_runs "$db"
  idle "$db"
  same "the schema is not the twin's" "$(schema "$twin")" "$(schema "$db")"
  ours 0 status
  said_in "status does not notice what $tool applied" 'the tool applied them by itself'
  ours 0 migrate
  ours 0 status
  said_in "what $tool applied is not taken over" '^last .* taken over'
  # Nothing is on record that could bring it back.
  ours 3 undo
  idle "$db"

  step "from an empty database"
  DATABASE_URL=$(url "$empty")
  rm backout.toml
  ours 0 init --yes t
  grep -q "layout = \"$name\"" backout.toml || fail "the layout is not recognised"
  ours 0 rehearse
  ours 0 migrate
  idle "$empty"
  same "the schema is not the twin's" "$(schema "$twin")" "$(schema "$empty")"
  same "the history's rows are not the tool's" "$(rows "$twin")" "$(rows "$empty")"
  ours 0 undo
  tool_says "$empty" "pending 1"
  ours 0 undo
  tool_runs "$empty"
  idle "$empty"
  same "the schema after both undone and run by $tool is not the twin's" "$(schema "$twin")" "$(schema "$empty")"

  if declare -F "${tool}_third" >/dev/null; then
    step "a migration outside of a transaction"
    DATABASE_URL=$(url "$db")
    rm backout.toml
    ours 0 init --yes t
    "${tool}_third"
    tool_says "$db" "pending 1"
    before_schema=$(schema "$db"); before_rows=$(rows "$db")
    ours 0 rehearse
    ours 0 migrate
    as_the_tool "$db" "$twin"
    ours 0 undo
    tool_says "$db" "pending 1"
    same "the history's rows are not as before" "$before_rows" "$(rows "$db")"
    same "the schema is not as before" "$before_schema" "$(schema "$db")"
    tool_runs "$db"
    idle "$db"
  fi
  echo "$checks" >"$work/checks"
}

passed=0 failed=0
for name in "${tools[@]}"; do
  tool=${name//-/_}
  needs=${tool}_needs
  [ -n "${!needs:-}" ] || { echo "there is no tool $tool here" >&2; exit 2; }
  if ! command -v "${!needs}" >/dev/null; then echo "native $name skipped: ${!needs} is not in PATH"; continue; fi
  log=$work/$tool.log checks=0 current=start
  rm -f "$work/why" "$work/checks"
  # Not as a condition: there a failing command would go unnoticed.
  set +e
  (set -e; story) 2>>"$log"
  set -e
  if [ -f "$work/checks" ]; then
    passed=$((passed + 1))
    echo "native $name ok: $(cat "$work/checks") checks"
    [ -z "$show" ] || sed 's/^/    /' "$log"
  else
    failed=$((failed + 1))
    echo "native $name FAIL: $(cat "$work/why" 2>/dev/null || echo "stopped in an unexpected place")"
    sed 's/^/    /' "$log" | { [ -z "$show" ] && tail -n 40 || cat; }
  fi
done
echo "$passed passed, $failed failed"
# Where no tool was there, nothing was proven.
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
