#!/usr/bin/env bash
# Checks the description of the API, and fuzzes a server by it with schemathesis, without tokens, then with one of all
# scopes, and then with names of what is there (a flag, a rollout, a run, an incident, a message): no 5xx, and each answer
# as the description has it.
#
#   scripts/fuzz-api.sh [EXAMPLES]      # of each operation, 30
#
# Needs a built target/debug/backout, or BACKOUT; python3 with venv and the Python package index. The target is what
# DATABASE_URL names: an empty database. Without one no way back can be previewed, and that operation is left out: its
# answer is 503.
set -euo pipefail
cd "$(dirname "$0")/.."
examples=${1:-30}
backout=$(realpath "${BACKOUT:-target/debug/backout}")

versions="schemathesis==4.32.5 openapi-spec-validator"
folder=${CARGO_TARGET_DIR:-target}/fuzz-api-$(printf %s "$versions" | cksum | cut -d' ' -f1)
if ! [ -e "$folder/installed" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    # shellcheck disable=SC2086 # a word each
    "$folder/bin/pip" install --quiet --disable-pip-version-check $versions >&2
    touch "$folder/installed"
fi
bin=$(cd "$folder/bin" && pwd)

work=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
cd "$work"
left_out='events$'
[ -n "${DATABASE_URL:-}" ] || left_out='events$|rollback/preview$'
cat >backout.toml <<PLAN
version = 1
[targets.production]
url = "${DATABASE_URL:-postgresql://nobody@127.0.0.1:1/none}"
[serve]
flags = "flags.json"
[[source]]
name = "complaints"
ask.reports = { kind = "complaint" }
[[way]]
name = "A"
for = ["errors"]
[[way.step]]
name = "cards off"
do = "flags"
with = { file = "flags.json", set = { cards = "off" } }
approve = 2
[[rollout]]
name = "cards"
flag = "cards"
variant = "on"
[[rollout.stage]]
percent = 10
hold = "1h"
[[channel]]
name = "hook"
to.webhook = { url = "env:FUZZ_HOOK", secret = "env:FUZZ_SECRET" }
[[message]]
name = "opened"
on = "opened"
to = ["hook"]
text = "{{ incident.title }}"
approve = true
PLAN
echo '{ "flags": { "cards": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" } } }' >flags.json
# The message waits for an approval, and then finds nobody there.
export FUZZ_HOOK=https://127.0.0.1:1/ FUZZ_SECRET=whsec_ZnV6emluZyBoYXMgbm8gc2VjcmV0cyB0byBrZWVw
"$backout" serve --listen 127.0.0.1:0 >address 2>log &
server=$!
for _ in $(seq 200); do ! grep -q http address || break; sleep 0.05; done
address=$(cat address)
curl -sf "$address/openapi.json" >openapi.json
"$bin/python" -m openapi_spec_validator openapi.json

# What is right by its shape may be refused for what it means: no such kind, no confirmation.
fuzz() {
    "$bin/st" run openapi.json --url "$address" --max-examples "$examples" --request-timeout 10 --no-color \
        --exclude-path-regex "$left_out" --exclude-checks positive_data_acceptance "$@"
}
echo "without tokens"
fuzz
token=$("$backout" token make fuzz --scope read,plan,approve,execute --expires 1h 2>&1 | grep -oE 'bo_[A-Za-z0-9_-]+' | head -n 1)
# A token serves within a second.
until curl -sf -o /dev/null -H "Authorization: Bearer $token" "$address/api/v1/runs"; do sleep 0.1; done
echo "with a token"
fuzz -H "Authorization: Bearer $token"
# The first of what a list of the API holds.
first() { # path, program
    curl -sf -H "Authorization: Bearer $token" "$address$1" | python3 -c "import json, sys; print($2)"
}
"$backout" incident open --title "a drill" --json >/dev/null
# Nobody approves it.
"$backout" rollback --way A --yes production --json >/dev/null 2>&1 || true
cat >schemathesis.toml <<TOML
[parameters]
key = "cards"
rollout = "cards"
incident = "$(first /api/v1/incidents 'json.load(sys.stdin)["incidents"][0]["id"]')"
run = "$(first /api/v1/runs 'json.load(sys.stdin)["runs"][0]["run"]')"
message = "$(first /api/v1/messages 'json.load(sys.stdin)["messages"][0]["seq"]')"
TOML
grep -q '""' schemathesis.toml && { echo "nothing is there to be named" >&2; exit 1; }
cat schemathesis.toml
echo "with a token, and names of what is there"
"$bin/st" --config-file schemathesis.toml run openapi.json --url "$address" --max-examples "$examples" --request-timeout 10 --no-color \
    --exclude-path-regex "$left_out" --exclude-checks positive_data_acceptance -H "Authorization: Bearer $token"
