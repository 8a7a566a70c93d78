#!/usr/bin/env bash
# Installs what the example service needs, beside what cargo builds, and prints the Python that runs it.
#
# How it is started: examples/meetsolis/README.md. Needs python3 with venv and the Python package index.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder's name says what is in it: other versions get another one.
versions="psycopg[binary]==3.3.9 redis==8.1.0 openfeature-sdk==0.10.0 openfeature-provider-flagd==0.6.1 openfeature-provider-ofrep==0.3.0"
folder=${CARGO_TARGET_DIR:-target}/example-service-$(printf %s "$versions" | cksum | cut -d' ' -f1)
python=$folder/bin/python

if ! "$python" -c 'import psycopg, redis, openfeature.contrib.provider.flagd, openfeature.contrib.provider.ofrep' 2>/dev/null; then
    rm -rf "$folder"
    echo "setup: installing $versions into $folder" >&2
    python3 -m venv "$folder" >&2
    # shellcheck disable=SC2086 # a word each
    "$folder/bin/pip" install --quiet --disable-pip-version-check $versions >&2
fi
echo "$(cd "$folder/bin" && pwd)/python"
