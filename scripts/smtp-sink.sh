#!/usr/bin/env bash
# Installs the SMTP server that tests send mail to, beside what cargo builds, and prints the path of its Python.
#
# aiosmtpd is a Python library, so it gets an environment of its own. Needs python3 with venv and the Python package index.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.4.6
folder=${CARGO_TARGET_DIR:-target}/smtp-sink-$version
python=$folder/bin/python

if ! "$python" -c "import aiosmtpd" >/dev/null 2>&1; then
    rm -rf "$folder"
    echo "setup: installing aiosmtpd $version into $folder" >&2
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check "aiosmtpd==$version" >&2
fi
echo "$(cd "$folder/bin" && pwd)/python"
