#!/bin/sh
# Makes .venv with Python 3.11 or newer and installs the hotline into it; with the argument `dev`, also what the
# checks need. Safe to repeat.
set -eu

say() { printf '%s\n' "$*" >&2; }

new_enough() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# On Debian and Ubuntu `python3` alone cannot make a virtual environment: ensurepip is a package of its own.
complete() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

find_python() {
    partial=
    for name in python3 python3.13 python3.12 python3.11; do
        if new_enough "$name"; then
            if complete "$name"; then
                echo "$name"
                return
            fi
            partial=${partial:-$name}
        fi
    done
    if [ -n "$partial" ]; then
        version=$("$partial" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "Python $version is here, but it cannot make a virtual environment."
        say "Install the missing part, then try again:  sudo apt-get install python$version-venv"
    else
        say "Python 3.11 or newer is needed and was not found."
        say "Install it, then try again:  sudo apt-get install python3 python3-venv"
    fi
    exit 1
}

if [ -e .venv ] && ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
    say "The virtual environment .venv does not work (moved, or its Python is gone): it is made anew."
    rm -rf .venv
fi
if [ ! -e .venv ]; then
    python=$(find_python) || exit 1
    say "Making the virtual environment with $("$python" -V) ..."
    "$python" -m venv .venv
fi

what=.
[ "${1:-}" != dev ] || what='.[dev]'
say "Installing the libraries (needs the network, once) ..."
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable "$what"; then
    say "The libraries could not be installed: see the lines above. Is the package index reachable?"
    exit 1
fi

# Charts and smoother lists; a machine without the network gets the pages without them.
.venv/bin/python -m console.vendor || true
