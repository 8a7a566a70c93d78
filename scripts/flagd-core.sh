#!/usr/bin/env bash
# Installs the reference of flag evaluation, npm's @openfeature/flagd-core, and prints its folder.
#
# For `BACKOUT_TEST_FLAGD=$(scripts/flagd-core.sh) cargo test -p backout-flags`. Needs node with npm
# and the package index of npm.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder's name says what is in it: other versions get another one.
versions="@openfeature/flagd-core@4.0.1 @openfeature/core@1.12.0 json-logic-engine@5.0.7 semver@7.8.6 imurmurhash@0.1.4"
folder=${CARGO_TARGET_DIR:-target}/flagd-core-$(printf %s "$versions" | cksum | cut -d' ' -f1)

if ! [ -e "$folder/installed" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "setup: installing $versions into $folder" >&2
    # shellcheck disable=SC2086 # a word each
    (cd "$folder" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund $versions >&2 && touch installed)
fi
cd "$folder" && pwd
