#!/usr/bin/env bash
# Installs what drives a browser in the tests of the dashboard, and what judges its pages there, beside what cargo builds,
# and prints their folder.
#
# Needs node and the npm registry. The browser itself is the machine's: chromium.
set -euo pipefail
cd "$(dirname "$0")/.."

driver=1.65.1
axe=4.14.1
folder=${CARGO_TARGET_DIR:-target}/browser-$driver-$axe

if [ ! -f "$folder/complete" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "setup: installing playwright-core $driver and axe-core $axe into $folder" >&2
    # No browser is fetched, and nothing of what they bring along is run while it is installed.
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error \
        "playwright-core@$driver" "axe-core@$axe" >&2
    touch "$folder/complete"
fi
(cd "$folder" && pwd)
