#!/usr/bin/env bash
# Installs what building and running needs, as far as it is missing and may be installed.
#
# Debian and Ubuntu: through apt, as root or with sudo that asks for no password. Elsewhere, or without the right, it
# names exactly what to install. Further Debian packages can be given as arguments.
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }

have_server() {
    local folder
    for folder in ${BACKOUT_PG_BIN:-} /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
        /usr/local/opt/postgresql*/bin /Applications/Postgres.app/Contents/Versions/*/bin; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && [ -x "$folder/pg_dump" ]; then return 0; fi
    done
    have initdb && have postgres && have pg_dump
}

have_contrib() {
    local file
    for file in /usr/share/postgresql/*/extension/pgcrypto.control /usr/pgsql-*/share/extension/pgcrypto.control \
        /usr/share/pgsql/extension/pgcrypto.control /opt/homebrew/share/postgresql*/extension/pgcrypto.control \
        /usr/local/share/postgresql*/extension/pgcrypto.control; do
        if [ -e "$file" ]; then return 0; fi
    done
    # Installed from source, or another layout: the server's own tool knows.
    have pg_config && [ -e "$(pg_config --sharedir)/extension/pgcrypto.control" ]
}

have_libclang() {
    local file
    if [ -n "${LIBCLANG_PATH:-}" ]; then return 0; fi
    # Not `libclang-cpp.so`, which is another library.
    for file in /usr/lib/llvm-*/lib/libclang{,-[0-9]*}.so* /usr/lib/*/libclang{,-[0-9]*}.so* /usr/lib64/libclang.so* \
        /usr/lib64/llvm*/lib/libclang.so* /usr/lib/libclang.so* /Library/Developer/CommandLineTools/usr/lib/libclang.dylib \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib/libclang.dylib \
        /opt/homebrew/opt/llvm/lib/libclang.dylib; do
        if [ -e "$file" ]; then return 0; fi
    done
    return 1
}

# What is missing, as packages of Debian, Fedora and Homebrew.
debian=() fedora=() brew=()
need() { # debian fedora brew
    if [ "$1" != - ]; then debian+=("$1"); fi
    if [ "$2" != - ]; then fedora+=("$2"); fi
    if [ "$3" != - ]; then brew+=("$3"); fi
}
have_server || need postgresql postgresql-server postgresql@17
have_contrib || need postgresql-contrib postgresql-contrib -
have_libclang || need libclang-dev clang-devel llvm
have cc || need gcc gcc -
# The C headers; a compiler alone may be installed without them.
if [ "$(uname)" = Linux ] && [ ! -e /usr/include/stdlib.h ]; then need libc6-dev glibc-devel -; fi
have make || need make make make
have git || need git git git
have pkg-config || need pkg-config pkgconf-pkg-config pkg-config
have openssl || need openssl openssl openssl

for package in "$@"; do
    if have dpkg-query && ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$'; then
        debian+=("$package")
    fi
done

apt() {
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -qq "$@"
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -qq "$@"
    fi
}
may_install() { have apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Debian's server package makes and starts a cluster on port 5432 when it is installed. Nobody asked for that one.
without_a_cluster() {
    local folder=/etc/postgresql-common/createcluster.d file
    file=$folder/backout-setup.conf
    if ! { have_server || [ -e /etc/postgresql-common/createcluster.conf ]; }; then
        as_root mkdir -p "$folder"
        echo 'create_main_cluster = false' | as_root tee "$file" >/dev/null
    fi
    local status=0
    "$@" || status=$?
    as_root rm -f "$file"
    return "$status"
}

if [ "${#debian[@]}" -gt 0 ] || [ "${#fedora[@]}" -gt 0 ]; then
    if may_install; then
        echo "setup: installing ${debian[*]}" >&2
        # The list of packages may be as old as the machine's image.
        if ! without_a_cluster apt install -y --no-install-recommends "${debian[@]}" >&2; then
            apt update >&2
            without_a_cluster apt install -y --no-install-recommends "${debian[@]}" >&2
        fi
    else
        {
            echo "setup: something is missing and may not be installed from here. Install it and run this again:"
            echo "  Debian, Ubuntu:  sudo apt-get install ${debian[*]}"
            if [ "${#fedora[@]}" -gt 0 ]; then echo "  Fedora:          sudo dnf install ${fedora[*]}"; fi
            if [ "${#brew[@]}" -gt 0 ]; then echo "  macOS:           brew install ${brew[*]}"; fi
            if ! have cc && [ "$(uname)" = Darwin ]; then echo "                   xcode-select --install"; fi
        } >&2
        exit 1
    fi
fi

if ! have cargo; then
    if [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        echo "setup: cargo is in ${CARGO_HOME:-$HOME/.cargo}/bin, which is not in PATH; add it: . \"${CARGO_HOME:-$HOME/.cargo}/env\"" >&2
    else
        echo "setup: Rust is missing; install it from https://rustup.rs (version 1.88 or newer)" >&2
    fi
    exit 1
fi
