#!/usr/bin/env bash
# Installs the vendor's command line and library that drive the stand-in for Vercel in the tests, beside what cargo
# builds, and prints their folder.
#
# Needs node and the npm registry.
set -euo pipefail
cd "$(dirname "$0")/.."

cli=50.0.0
sdk=1.28.35
folder=${CARGO_TARGET_DIR:-target}/vercel-clients-$cli-$sdk

if [ ! -f "$folder/complete" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "setup: installing vercel $cli and @vercel/sdk $sdk into $folder" >&2
    # Nothing of what they bring along is run while it is installed.
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error \
        "vercel@$cli" "@vercel/sdk@$sdk" >&2
    touch "$folder/complete"
fi
(cd "$folder" && pwd)
