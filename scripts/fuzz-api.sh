#!/usr/bin/env bash
# Checks the description of the API, and fuzzes a server by it with schemathesis, without tokens and then with one of all
# scopes: no 5xx, and each answer as the description has it.
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
PLAN
echo '{ "flags": { "cards": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" } } }' >flags.json
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
