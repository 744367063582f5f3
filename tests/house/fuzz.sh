#!/usr/bin/env bash
# Every fuzzer of a fuzz build on its corpus (tests/data/corpus/NAME) for so many seconds each.
set -euo pipefail
build=$1
seconds=$2
cd "$(dirname "$0")/../.."
for fuzzer in "$build"/*_fuzz; do
    name=$(basename "$fuzzer")
    found=$build/corpus/$name
    seeds=tests/data/corpus/$name
    mkdir -p "$found"
    [ -d "$seeds" ] || seeds=
    echo "== $name for $seconds s"
    "$fuzzer" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$build/$name-" "$found" $seeds 2>"$build/$name.log" \
        || { tail -n 40 "$build/$name.log" >&2; exit 1; }
    grep -E 'number_of_executed_units|peak_rss_mb' "$build/$name.log"
done
