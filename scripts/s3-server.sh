#!/usr/bin/env bash
# Installs the S3 server that tests keep backups in, beside what cargo builds, and prints its path.
#
# moto is a Python program, so it gets an environment of its own. Needs python3 with venv and the Python package index.
set -euo pipefail
cd "$(dirname "$0")/.."

version=5.2.5
folder=${CARGO_TARGET_DIR:-target}/s3-server-$version
server=$folder/bin/moto_server

if ! "$server" --help >/dev/null 2>&1; then
    rm -rf "$folder"
    echo "setup: installing moto $version into $folder" >&2
    python3 -m venv "$folder" >&2
    # Only what its S3 needs, and what serves it.
    "$folder/bin/pip" install --quiet --disable-pip-version-check "moto[s3]==$version" flask flask-cors >&2
fi
echo "$(cd "$folder/bin" && pwd)/moto_server"
