#!/bin/bash
# wanem.sh - two network namespaces with an emulated wide-area link between them.
# See usage below. Needs root, ip(8), /dev/net/tun and gcc (first use only).
set -u

usage() {
    cat <<'TXT'
usage: wanem.sh up   [--name N] [--ipv6] [--mtu N] [--cc ALG] [emulator options]
       wanem.sh exec [--name N] a|b CMD [ARG...]   run CMD at side a or b
       wanem.sh set  [--name N] KEY=VALUE...       change the link while it runs
       wanem.sh stats [--name N]                   counters so far, as JSON
       wanem.sh reset [--name N]                   set the counters to 0
       wanem.sh down [--name N]                    take it all down, print counters
       wanem.sh cc   [--name N] ALG                TCP congestion control (cubic, bbr)
       wanem.sh run  [--name N] [up options] -- CMD [ARG...]
                     up, CMD (in the first namespace), down - also on a signal
       wanem.sh help                               this text and the emulator's

example: wanem.sh up --rtt 100 --loss 1 --rate 300mbit --queue 2MB
         wanem.sh exec b iperf3 -s -1 -D
         wanem.sh exec a iperf3 -c 10.99.0.2
         wanem.sh set loss=5 rtt=200 && wanem.sh down

The namespaces are called N-a and N-b (N is "wan" unless told) with addresses
10.99.0.1 and 10.99.0.2 (fd99::1, fd99::2 with --ipv6), MTU 1500. TCP buffers
inside may grow to 64 MB, so that they do not limit TCP. ALG is set on the routes,
which works for every program without touching the host. Everything a namespace
still runs when it goes down is ended. Only one emulator of a name at a time;
several names run side by side, each with the same addresses.
TXT
}

fail() { echo "wanem.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
cmd=${1:-help}; [ $# -gt 0 ] && shift
name=wan; ipv6=0; mtu=1500; alg=
state() { dir=/run/wanem/$name; nsa=$name-a; nsb=$name-b; }

build() {
    bin=$here/dist/wanem
    [ -x "$bin" ] && [ ! "$here/wanem.c" -nt "$bin" ] && return
    command -v gcc >/dev/null || fail "gcc is needed to build wanem"
    mkdir -p "$here/dist" && gcc -O2 -Wall -Wextra -o "$bin" "$here/wanem.c" || fail "cannot build wanem"
}

pid_of() {                      # prints the emulator's pid if it is really ours
    local p; p=$(cat "$dir/pid" 2>/dev/null) || return 1
    [ "$(cat "/proc/$p/comm" 2>/dev/null)" = wanem ] && echo "$p"
}

side() {                        # namespace, own address number, other's number
    local ns=$1 me=$2 peer=$3
    ip -n "$ns" link set lo up &&
    { [ $ipv6 = 1 ] || ip netns exec "$ns" sysctl -qw net.ipv6.conf.wan0.disable_ipv6=1; } &&
    ip -n "$ns" link set wan0 mtu $mtu txqueuelen 16384 &&
    ip -n "$ns" addr add 10.99.0.$me/32 peer 10.99.0.$peer dev wan0 &&
    ip -n "$ns" link set wan0 up &&
    { [ $ipv6 = 0 ] || ip -n "$ns" addr add fd99::$me/64 dev wan0 nodad; } &&
    ip netns exec "$ns" sysctl -qw net.ipv4.tcp_rmem="4096 131072 67108864" \
        net.ipv4.tcp_wmem="4096 131072 67108864" net.ipv4.tcp_no_metrics_save=1
}

set_cc() {                      # on the route: no global setting is touched
    ip -n "$nsa" route replace 10.99.0.2 dev wan0 src 10.99.0.1 congctl "$1" &&
    ip -n "$nsb" route replace 10.99.0.1 dev wan0 src 10.99.0.2 congctl "$1"
}

up() {
    [ "$(id -u)" = 0 ] || fail "must run as root"
    build; state
    pid_of >/dev/null && fail "$name is already up (wanem.sh down first)"
    ip netns list | grep -qE "^($nsa|$nsb)( |\$)" && fail "namespace $nsa or $nsb already exists"
    mkdir -p "$dir" && rm -f "$dir"/* || fail "cannot use $dir"
    trap 'teardown >/dev/null 2>&1; exit 1' INT TERM HUP
    ip netns add "$nsa" && ip netns add "$nsb" || { teardown >/dev/null 2>&1; fail "cannot add namespaces"; }
    setsid "$bin" --ns-a "$nsa" --ns-b "$nsb" --stats "$dir/stats" --pid "$dir/pid" \
        --control "$dir/control" "$@" </dev/null >"$dir/log" 2>&1 &
    local child=$! i
    for i in $(seq 100); do
        [ -s "$dir/pid" ] && break
        kill -0 $child 2>/dev/null || break
        sleep 0.03
    done
    if ! pid_of >/dev/null; then
        cat "$dir/log" >&2; teardown >/dev/null 2>&1; fail "emulator did not start"
    fi
    disown $child 2>/dev/null
    if ! { side "$nsa" 1 2 && side "$nsb" 2 1 && { [ -z "$alg" ] || set_cc "$alg"; }; }; then
        teardown >/dev/null 2>&1; fail "cannot configure the namespaces"
    fi
    trap - INT TERM HUP
}

teardown() {
    local p ns q i
    for ns in "$nsa" "$nsb"; do         # what was started inside, politely first
        q=$(ip netns pids "$ns" 2>/dev/null) && [ -n "$q" ] && kill $q 2>/dev/null
    done
    if p=$(pid_of); then
        kill "$p" 2>/dev/null
        for i in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.02; done
        kill -0 "$p" 2>/dev/null && kill -9 "$p" 2>/dev/null
    fi
    for ns in "$nsa" "$nsb"; do
        for i in $(seq 25); do
            [ -z "$(ip netns pids "$ns" 2>/dev/null)" ] && break
            sleep 0.02
        done
        q=$(ip netns pids "$ns" 2>/dev/null) && [ -n "$q" ] && kill -9 $q 2>/dev/null
        [ -e "/run/netns/$ns" ] && ip netns del "$ns"
    done
    [ -s "$dir/stats" ] && cat "$dir/stats"
    [ -s "$dir/log" ] && grep -v "control: ok" "$dir/log" >&2
    rm -rf "$dir"; rmdir /run/wanem 2>/dev/null
    return 0
}

case $cmd in
up|run|down|exec|set|cc|stats|reset)
    opts=()
    while [ $# -gt 0 ]; do
        case $1 in
        --name) [ $# -ge 2 ] || fail "--name needs a value"; name=$2; shift 2
            [[ $name =~ ^[A-Za-z0-9_-]{1,32}$ ]] || fail "bad name: $name" ;;
        --ipv6) ipv6=1; shift ;;
        --mtu) [[ ${2:-} =~ ^[0-9]+$ ]] && [ "$2" -ge 576 ] && [ "$2" -le 2000 ] || fail "--mtu takes 576 to 2000"
            mtu=$2; shift 2 ;;
        --cc) [ $# -ge 2 ] || fail "--cc needs a value"; alg=$2; shift 2 ;;
        --) shift; break ;;
        --help) usage; exit 0 ;;
        --rt) opts+=("$1"); shift ;;
        --*) case $cmd in up|run) ;; *) fail "unknown option $1 (try help)";; esac
            [ $# -ge 2 ] || fail "$1 needs a value"; opts+=("$1" "$2"); shift 2 ;;
        *) break ;;
        esac
    done
    state ;;
help|--help|-h) usage; build; echo; "$bin" --help; exit 0 ;;
*) usage >&2; exit 2 ;;
esac

case $cmd in
up) [ $# = 0 ] || fail "unexpected argument: $1"
    up ${opts[@]+"${opts[@]}"}
    echo "up: $nsa 10.99.0.1 <-> $nsb 10.99.0.2 (emulator pid $(pid_of))" ;;
run)
    [ $# -gt 0 ] || fail "run needs a command after --"
    up ${opts[@]+"${opts[@]}"}
    c=
    trap 'trap - EXIT INT TERM HUP; [ -n "$c" ] && kill "$c" 2>/dev/null; teardown; exit 130' INT TERM HUP
    trap teardown EXIT
    WANEM_A=$nsa WANEM_B=$nsb "$@" & c=$!; wait $c; exit $? ;;
down) pid_of >/dev/null || [ -e "/run/netns/$nsa" ] || [ -e "/run/netns/$nsb" ] || fail "$name is not up"
    teardown ;;
exec)
    case ${1:-} in a) ns=$nsa ;; b) ns=$nsb ;; *) fail "exec needs a or b" ;; esac
    shift; [ $# -gt 0 ] || fail "exec needs a command"
    [ -e "/run/netns/$ns" ] || fail "$name is not up"
    exec ip netns exec "$ns" "$@" ;;
set) [ $# -gt 0 ] || fail "set needs KEY=VALUE"
    pid_of >/dev/null || fail "$name is not up"; build
    "$bin" --send "$dir/control" "$*" ;;
cc) [ $# = 1 ] || fail "cc needs the name of an algorithm"
    [ -e "/run/netns/$nsa" ] || fail "$name is not up"
    set_cc "$1" || fail "cannot set $1" ;;
reset) pid_of >/dev/null || fail "$name is not up"; build
    "$bin" --send "$dir/control" reset-stats ;;
stats) p=$(pid_of) || fail "$name is not up"
    rm -f "$dir/stats"; kill -USR1 "$p"
    for i in $(seq 100); do [ -s "$dir/stats" ] && break; sleep 0.02; done
    cat "$dir/stats" ;;
esac
