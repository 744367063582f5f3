#!/usr/bin/env bash
# empty_root.sh LEAT SHOP_RUN: the statically linked program alone in an empty root serves the whole shop.
set -euo pipefail
leat=$1
shop_run=$2
work=$(mktemp -d)
root=$work/root
mkdir "$root"
cp "$leat" "$root/leat"
# Only root may change the root; others become it in a user namespace.
enter=(chroot "$root")
[ "$(id -u)" -eq 0 ] || enter=(unshare --map-root-user "${enter[@]}")
coproc broker { exec "${enter[@]}" /leat up --data-dir /data --kafka 127.0.0.1:0 --admin 127.0.0.1:0; }
pid=$broker_PID
trap 'kill -9 "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
read -r ready <&"${broker[0]}" || { echo "the program did not become ready in an empty root"; exit 1; }
[[ $ready =~ kafka=([^ ]+) ]] || { echo "no ready line: $ready"; exit 1; }
"$shop_run" --once --bootstrap "${BASH_REMATCH[1]}" --data "$work/shop"
kill -TERM "$pid"
wait "$pid"
