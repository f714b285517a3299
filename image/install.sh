#!/usr/bin/env bash
# Installs KL30 on a stock Raspberry Pi OS (bookworm or newer), brings it up to date, or takes it away again.
#
#   sudo image/install.sh                     from this checkout; packages from the package index, by hash
#   sudo image/install.sh --wheels DIR        without a network: from a folder of packages (docs/install.md)
#   sudo image/install.sh --uninstall         takes the programs and services away; data, cache and settings stay
#   image/install.sh --root DIR               only the files, into another root: for who builds an image
#
# May be run again at any time: what is as it should be is left alone, and each change is said. It touches what is
# listed in docs/install.md and nothing else. What it cannot finish it leaves as it was: the programs are built in a
# folder of their own, and one symbolic link says which of them is used.
set -euo pipefail
umask 022

here=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$here")
root=
wheels=
uninstall=no
unfinished=no
changes=0

programs=/opt/kl30
link=$programs/current
command=/usr/local/bin/kl30
enabled=(kl30-flasher.service kl30-page.socket kl30-page.service kl30-import.service)
files=(systemd:/etc/systemd/system etc:/etc)
settings=/etc/kl30/kl30.toml

fail() { # $1: exit code, $2: what happened, $3: what to do
    printf 'install: %s. → %s\n' "$2" "$3" >&2
    exit "$1"
}

say() {
    changes=$((changes + 1))
    printf '%s\n' "$*"
}

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
}

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --root | --wheels)
                [ -d "${2:-}" ] || fail 2 "$1 needs a folder that is there" "give one"
                if [ "$1" = --root ]; then root=$(cd "$2" && pwd); else wheels=$(cd "$2" && pwd); fi
                shift
                ;;
            --uninstall) uninstall=yes ;;
            --even-if-unfinished) unfinished=yes ;;
            --help | -h) usage && exit 0 ;;
            *) fail 2 "there is no option $1" "see --help" ;;
        esac
        shift
    done
    [ "$root" != / ] || root=
}

# Whether a service manager runs that has to be told; not while an image is built.
running() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

require_fit_machine() {
    [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail 2 "installing needs root" "run it with sudo"
    command -v systemd-sysusers >/dev/null || fail 2 "there is no systemd here" "use Raspberry Pi OS"
    [ -z "$root" ] || return 0
    python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail 2 "Python 3.11 or newer with venv is needed" "sudo apt install python3-venv"
}

# An update takes the programs from under a job, and the next ones may read its journal differently.
require_no_open_job() {
    [ "$unfinished" = no ] && [ -x "$link/bin/python" ] && [ -e "$settings" ] || return 0
    "$link/bin/python" -I - "$settings" <<'PYTHON' || fail 3 "a job is unfinished, or its journal cannot be read" \
        "finish it first (docs/recovery.md); --even-if-unfinished installs all the same"
import sys
from pathlib import Path

from appliance.clock import RealClock
from appliance.commands.cache import needed_images
from appliance.commands.outcome import outcome
from appliance.wiring import settings

sys.exit(outcome(lambda: len(needed_images(settings(Path(sys.argv[1])), RealClock())) > 0))
PYTHON
}

# ---------------------------------------------------------------------------------------------------------- programs

# What the programs are made from, as one short name: another content is another folder beside the old one.
edition() {
    local python
    python=$(python3 -c 'import sys; print("{}.{}".format(*sys.version_info))')
    {
        printf '%s\n' "$python"
        cat "$source/requirements.lock" "$source/pyproject.toml"
        if wheel >/dev/null; then
            cat "$(wheel)"
        else
            find "$source/appliance" -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 cat
        fi
    } | sha256sum | cut -c 1-12
}

# KL30's own wheel in the folder of packages; fails when there is none.
wheel() {
    [ -n "$wheels" ] && find "$wheels" -maxdepth 1 -name 'kl30-*.whl' | sort | tail -n 1 | grep .
}

install_programs() {
    local target building
    target=$programs/$(edition)
    if [ ! -e "$target/complete" ]; then
        say "making $target (some minutes on a Raspberry Pi)"
        building=$(mktemp -d)
        # shellcheck disable=SC2064 # the folder as it is called now
        trap "rm -rf --one-file-system '$building'" EXIT
        rm -rf --one-file-system "$target"
        python3 -m venv "$target"
        fill "$target/bin/python" "$building"
        sync
        touch "$target/complete"
    fi
    offer_lgpio "$target"
    if [ "$(readlink "$link" || true)" != "$target" ]; then
        remove_all_programs_but "$target" "$(readlink "$link" || true)"
        ln -sfn "$target" "$link.new"
        mv -T "$link.new" "$link"
        sync
        say "$link -> $target"
    fi
    if [ "$(readlink "$command" || true)" != "$link/bin/kl30" ]; then
        mkdir -p "$(dirname "$command")"
        ln -sfn "$link/bin/kl30" "$command"
        say "$command -> $link/bin/kl30"
    fi
}

# Before the link changes: a cut leaves the ones it leads to now, and one more.
remove_all_programs_but() { # $1: the next ones, $2: the present ones, or nothing
    local one
    for one in "$programs"/*/; do
        one=${one%/}
        case $one in "$1" | "$2" | "$link") continue ;; esac
        rm -rf --one-file-system "$one"
        say "removed $one"
    done
}

# Every package by version and hash, then KL30 itself. setuptools comes first and builds what is no wheel: pip would
# fetch one of its own choice for that, and nothing is to take part that requirements.lock does not name.
fill() { # $1: Python of the venv, $2: a folder to work in
    local pip=("$1" -m pip --disable-pip-version-check install --quiet --no-build-isolation) from=()
    export PIP_USE_PEP517=1 # older ones run a package's setup.py otherwise
    [ -z "$wheels" ] || from=(--no-index --find-links "$wheels")
    awk '/^setuptools==/ { ours = 1 } ours { print } ours && !/\\$/ { exit }' "$source/requirements.lock" >"$2/first.lock"
    "${pip[@]}" "${from[@]}" --require-hashes -r "$2/first.lock"
    "${pip[@]}" "${from[@]}" --require-hashes -r "$source/requirements.lock"
    if wheel >/dev/null; then
        "${pip[@]}" --no-index --no-deps "$(wheel)"
    else # a copy: building must leave nothing in the checkout
        cp -r "$source/appliance" "$source/pyproject.toml" "$source/README.md" "$2"
        "${pip[@]}" --no-index --no-deps "$2"
    fi
}

# The pins' library comes from the system: not every version of Python finds a wheel (docs/dependencies.md). It alone is
# shown to the programs, and no other package of the system's.
offer_lgpio() { # $1: the venv
    local site part
    site=$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
    for part in lgpio _lgpio; do
        part=$(python3 -c "import $part; print($part.__file__)" 2>/dev/null) || {
            printf 'install: without python3-lgpio there are no buttons and LEDs: sudo apt install python3-lgpio\n' >&2
            return 0
        }
        [ "$(readlink "$site/${part##*/}" || true)" != "$part" ] || continue
        ln -sfn "$part" "$site/"
        say "${part##*/} -> $part"
    done
}

# ------------------------------------------------------------------------------------------------------------- files

# Every file of ours as "where it is here", tab, "where it goes"; the settings are apart, because they are a person's.
manifest() {
    local pair from to file
    for pair in "${files[@]}"; do
        from=$here/${pair%%:*} to=${pair#*:}
        find "$from" -type f | sort | while read -r file; do
            [ "$to${file#"$from"}" = "$settings" ] || printf '%s\t%s\n' "$file" "$to${file#"$from"}"
        done
    done
}

install_files() {
    local from to
    while IFS=$'\t' read -r from to; do
        cmp -s "$from" "$root$to" && continue
        install -D -m 0644 "$from" "$root$to"
        say "wrote $to"
    done < <(manifest)
    if [ ! -e "$root$settings" ]; then
        install -D -m 0644 "$here$settings" "$root$settings"
        say "wrote $settings; later runs leave it as it is"
    fi
}

# Users first: the folders belong to them.
make_users_and_folders() {
    local before
    before=$(cat "$root/etc/passwd" "$root/etc/group" 2>/dev/null | sha256sum || true)
    systemd-sysusers ${root:+--root="$root"} "$root/etc/sysusers.d/kl30.conf"
    [ "$before" = "$(cat "$root/etc/passwd" "$root/etc/group" | sha256sum)" ] || say "made users and groups"
    systemd-tmpfiles ${root:+--root="$root"} --create "$root/etc/tmpfiles.d/kl30.conf"
}

enable_services() {
    local unit
    for unit in "${enabled[@]}"; do
        systemctl ${root:+--root="$root"} is-enabled --quiet "$unit" 2>/dev/null && continue
        systemctl ${root:+--root="$root"} enable --quiet "$unit"
        say "enabled $unit"
    done
}

# Only when something has changed: a flasher is not ended for nothing.
start_services() {
    running && [ "$changes" -gt 0 ] || return 0
    systemctl daemon-reload
    udevadm control --reload
    udevadm trigger --subsystem-match=gpio --subsystem-match=i2c-dev
    systemctl restart systemd-modules-load.service systemd-journald.service
    systemctl restart "${enabled[@]}" || printf 'not every service is up yet: systemctl status kl30-flasher\n' >&2
    printf 'started; the watchdog of the machine and the settings of can0 need a restart: sudo reboot\n'
}

# ---------------------------------------------------------------------------------------------------------- the ways

install_all() {
    require_no_open_job
    [ -n "$root" ] || install_programs
    install_files
    make_users_and_folders
    enable_services
    start_services
    [ "$changes" -gt 0 ] || printf 'everything is as it should be\n'
}

uninstall_all() {
    local unit from to
    require_no_open_job
    for unit in "${enabled[@]}" kl30-key-relay.service; do
        [ -e "$root/etc/systemd/system/$unit" ] || continue
        ! running || systemctl stop "$unit"
        systemctl ${root:+--root="$root"} disable --quiet "$unit"
        say "disabled $unit"
    done
    while IFS=$'\t' read -r from to; do
        [ -e "$root$to" ] || continue
        rm "$root$to"
        say "removed $to"
    done < <(manifest)
    rmdir "$root/etc/systemd/system/sys-subsystem-net-devices-can0.device.d" 2>/dev/null || true
    [ -n "$root" ] || rm -rf --one-file-system "$programs" "$command"
    ! running || { systemctl daemon-reload && udevadm control --reload; }
    printf 'left: /var/lib/kl30 (data, device key), /var/lib/kl30-cache, /var/lib/kl30-import, /etc/kl30, the users\n'
}

read_arguments "$@"
require_fit_machine
if [ "$uninstall" = yes ]; then uninstall_all; else install_all; fi
