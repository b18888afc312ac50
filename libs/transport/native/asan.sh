#!/bin/sh
# Builds a second copy of the addon with AddressSanitizer and UndefinedBehaviorSanitizer, and runs the specs of packet
# I/O, of sessions, of work on many files and of the program that begins connections with it. Needs g++ and libasan;
# compile libs/transport first. Arguments go to mocha.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
node=$(command -v node)
copy=$(mktemp -d "${TMPDIR:-/tmp}/connect-asan-XXXXXX")
trap 'rm -rf "$copy"' EXIT
cp -r "$here/binding.gyp" "$here/src" "$copy"
node "$root/scripts/support/native-addon.mjs" "$copy" --asan=1
# Node itself frees nothing when it ends, so leaks cannot be told from its own
ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:strict_string_checks=1"
UBSAN_OPTIONS="print_stacktrace=1"
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
CONNECT_NATIVE="$copy/build/Release/connect_packet_io.node"
CONNECT_BEGIN="$copy/build/Release/connect_begin"
CONNECT_PACKET_IO=native
cd "$root"
env ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" LD_PRELOAD="$LD_PRELOAD" \
    CONNECT_NATIVE="$CONNECT_NATIVE" CONNECT_PACKET_IO="$CONNECT_PACKET_IO" \
    CONNECT_BEGIN="$CONNECT_BEGIN" \
    "$node" node_modules/mocha/bin/mocha.js --no-config --timeout 240000 \
    libs/transport/lib/node/native-addon.slow-spec.js libs/transport/lib/node/chunk-memory.slow-spec.js \
    libs/transport/lib/node/packet-io.slow-spec.js libs/transport/lib/node/session-pump.slow-spec.js \
    libs/transport/lib/node/folder-batch.slow-spec.js libs/transport/lib/cli/begun-connection.slow-spec.js "$@"
