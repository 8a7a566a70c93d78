#!/usr/bin/env bash
# Installs OpenFeature's own clients with their OFREP providers, for JavaScript (server and web) and Python, and prints
# their folder.
#
# For `BACKOUT_TEST_OPENFEATURE=$(scripts/openfeature-clients.sh) cargo test -p backout-server clients`. Needs node with
# npm, python3 with venv, and both package indexes.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder's name says what is in it: other versions get another one.
server="@openfeature/server-sdk@1.23.0 @openfeature/core@1.12.0 @openfeature/ofrep-core@0.1.4 @openfeature/ofrep-provider@0.1.3"
web="@openfeature/web-sdk@1.10.0 @openfeature/core@1.12.0 @openfeature/ofrep-core@2.3.0 @openfeature/ofrep-web-provider@0.4.3"
python="openfeature-sdk==0.10.0 openfeature-provider-ofrep==0.3.0"
folder=${CARGO_TARGET_DIR:-target}/openfeature-clients-$(printf %s "$server $web $python" | cksum | cut -d' ' -f1)

if ! [ -e "$folder/installed" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "setup: installing OpenFeature's clients into $folder" >&2
    npm=(npm install --ignore-scripts --no-audit --no-fund --no-save --loglevel=error)
    # shellcheck disable=SC2086 # a word each
    {
        # The two providers want different versions of one package.
        "${npm[@]}" --prefix "$folder/server" $server >&2
        "${npm[@]}" --prefix "$folder/web" $web >&2
        python3 -m venv "$folder/python" >&2
        "$folder/python/bin/pip" install --quiet --disable-pip-version-check $python >&2
    }
    touch "$folder/installed"
fi
cd "$folder" && pwd
