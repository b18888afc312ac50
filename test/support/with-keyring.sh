#!/bin/bash
# Runs a command with a keychain of its own: a private D-Bus session with an unlocked, empty GNOME keyring.
# Usage: with-keyring.sh COMMAND [ARGUMENT…]        The exit code is the command's.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -m 700 "$folder/run" "$folder/data" "$folder/config" "$folder/cache"

# The keyring's files and sockets must not be those of the person who runs this.
export XDG_RUNTIME_DIR=$folder/run XDG_DATA_HOME=$folder/data XDG_CONFIG_HOME=$folder/config XDG_CACHE_HOME=$folder/cache
unset DISPLAY WAYLAND_DISPLAY

unlock_and_run() {
    # The password of a new keyring; the daemon reads it from standard input and goes to the background.
    printf 'keyring' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    local status=0
    "$@" || status=$?
    return "$status"
}
export -f unlock_and_run

dbus-run-session -- bash -c 'unlock_and_run "$@"' with-keyring "$@"
