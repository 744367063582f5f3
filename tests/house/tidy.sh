#!/usr/bin/env bash
# tidy.sh BUILD JOBS [deep]: clang-tidy over the sources, JOBS at a time. Where BUILD compiles them in
# batches they are looked at in batches, as their headers take most of the time. What was clean and
# has not changed (the sources, the headers, the rules) is not looked at again. Tests need not be
# fast, so they are spared the checks of performance. Deep is the path-sensitive analyzer alone,
# which takes longer than all the rest; it leaves out the tests, whose macros multiply the paths and
# whose mistakes show when they run.
set -euo pipefail
build=$1
jobs=$2
mode=${3:-quick}
cd "$(dirname "$0")/../.."
case $mode in
    quick) checks='-clang-analyzer-*' skipped='^$' ;;
    deep) checks='-*,clang-analyzer-*' skipped='_(fuzz|test)\.cpp$|_tests\.dir/' ;;
    *)
        echo "tidy.sh: unknown mode '$mode'" >&2
        exit 2
        ;;
esac
cache=$build/tidy-clean
mkdir -p "$cache"
headers=$(git ls-files '*.hpp' '.clang-tidy' '*/.clang-tidy' | xargs cat | sha256sum | cut -c1-16)

sources_of() {
    case $1 in
        */Unity/*) sed -n 's/^#include "\(.*\)"$/\1/p' "$1" ;;
        *) echo "$1" ;;
    esac
}

check_one() {
    local unit=$1 of_unit=$checks sources mark
    mapfile -t sources < <(sources_of "$unit")
    mark=$cache/$mode-$(sha256sum "${sources[@]}" | sha256sum | cut -c1-32)-$headers
    [ -f "$mark" ] && return 0
    [[ $unit != */Unity/* ]] || of_unit+=',-bugprone-suspicious-include'
    [[ $unit != *_test.cpp && $unit != *_tests.dir/* ]] || of_unit+=',-performance-*'
    # The analyzer of clang 14 cannot follow a coroutine: it takes Asio's awaitable for unset.
    ! grep -q 'co_await' "${sources[@]}" || of_unit+=',-clang-analyzer-core.CallAndMessage'
    clang-tidy -p "$build" --quiet --checks="$of_unit" "$unit" 2>/dev/null || return 1
    touch "$mark"
}
export -f check_one sources_of
export build cache checks headers mode

# The batches first, which take longest.
sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" | sort -u \
    | grep -E "^$PWD/(src|examples/shop|bench)/.*\.cpp$|^$PWD/$build/(src|examples/shop|bench)/.*/Unity/" \
    | grep -vE "$skipped" | awk '{ print !/\/Unity\//, $0 }' | sort -s -k1,1 | cut -d' ' -f2- \
    | xargs -P "$jobs" -I{} bash -c 'check_one {}'
