#!/usr/bin/env bash
# Installs the flag server that `bench/watch ofrep` compares with, npm's unleash-server, and prints its folder.
#
# Needs node with npm and the package index of npm. It serves from a PostgreSQL database of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

version=6.4.1
folder=${CARGO_TARGET_DIR:-target}/unleash-server-$version

if ! [ -e "$folder/installed" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "setup: installing unleash-server $version into $folder" >&2
    (cd "$folder" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund "unleash-server@$version" >&2 && touch installed)
fi
cd "$folder" && pwd
