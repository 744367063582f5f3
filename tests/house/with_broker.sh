#!/usr/bin/env bash
# with_broker.sh LEAT COMMAND...: runs COMMAND with a broker of its own, which LEAT_TEST_BOOTSTRAP
# names; the broker must then stop cleanly.
set -euo pipefail
leat=$1
shift
data=$(mktemp -d)
coproc broker {
    exec "$leat" broker --data-dir "$data" --listen 127.0.0.1:0 --admin 127.0.0.1:0 \
        --set leat.free.space.floor.bytes=0
}
pid=$broker_PID
trap 'kill -9 "$pid" 2>/dev/null || true; rm -rf "$data"' EXIT
read -r ready <&"${broker[0]}" || { echo "the broker did not become ready"; exit 1; }
[[ $ready =~ kafka=([^ ]+) ]] || { echo "no ready line: $ready"; exit 1; }
LEAT_TEST_BOOTSTRAP=${BASH_REMATCH[1]} "$@"
kill -TERM "$pid"
wait "$pid"
