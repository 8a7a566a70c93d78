#!/usr/bin/env bash
# Installs OpenFeature's client for Node with its provider for OFREP, and prints its folder. For bench/loop.
#
# Needs node with npm and the package index of npm.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder's name says what is in it: other versions get another one.
versions="@openfeature/server-sdk@1.23.0 @openfeature/core@1.12.0 @openfeature/ofrep-provider@0.1.3 @openfeature/ofrep-core@0.1.4"
folder=${CARGO_TARGET_DIR:-target}/openfeature-node-$(printf %s "$versions" | cksum | cut -d' ' -f1)

if ! [ -e "$folder/installed" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "setup: installing $versions into $folder" >&2
    # shellcheck disable=SC2086 # a word each
    (cd "$folder" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund $versions >&2 && touch installed)
fi
cd "$folder" && pwd
