#!/usr/bin/env bash
# run_sample.sh LEAT PROGRAM CONSOLE: runs the sample beside a broker of its own, then the lines of the console: what
# stands behind `$` must succeed, and print the lines under it if there are any.
set -euo pipefail
leat=$1
program=$2
console=$3
work=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
PATH=$(dirname "$leat"):$PATH

coproc broker { exec leat up --kafka 127.0.0.1:0 --admin 127.0.0.1:0 --set leat.free.space.floor.bytes=0; }
pids+=("$broker_PID")
read -r ready <&"${broker[0]}"
[[ $ready =~ kafka=([^ ]+) ]] || { echo "the broker is not ready: $ready"; exit 1; }
export LEAT_BOOTSTRAP=${BASH_REMATCH[1]}
exec {service_out}< <(exec "$program" --http 127.0.0.1:0 2>service.log)
pids+=("$!")
read -r ready <&"$service_out" || { cat service.log; exit 1; }
[[ $ready =~ http=([^ ]+) ]] || { echo "the service is not ready: $ready"; exit 1; }
http=${BASH_REMATCH[1]}

command=
expected=
check() {
    [ -n "$command" ] || return 0
    local printed
    printed=$(eval "timeout 60 bash -c $(printf %q "$command")") || { echo "failed: $command"; cat service.log; exit 1; }
    if [ -n "$expected" ] && [ "$printed" != "${expected%$'\n'}" ]; then
        printf '$ %s\nprinted:\n%s\nexpected:\n%s\n' "$command" "$printed" "$expected"
        cat service.log
        exit 1
    fi
}
while IFS= read -r line; do
    if [[ $line == '$ '* ]]; then
        check
        command=${line#'$ '}
        command=${command//localhost:8080/$http}
        expected=
    else
        expected+=$line$'\n'
    fi
done <"$console"
check
kill -TERM "${pids[1]}"
wait "${pids[1]}"
echo "all lines printed what they should"
