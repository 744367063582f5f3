#!/usr/bin/env bash
# tidy.sh BUILD JOBS [deep]: clang-tidy over the sources, JOBS at a time. What was clean and has not
# changed (the file, the headers, the rules) is not looked at again. Tests need not be fast, so they
# are spared the checks of performance. Deep is the path-sensitive analyzer alone, which takes
# longer than all the rest; it leaves out the tests, whose macros multiply the paths and whose
# mistakes show when they run.
set -euo pipefail
build=$1
jobs=$2
mode=${3:-quick}
cd "$(dirname "$0")/../.."
case $mode in
    quick) checks='-clang-analyzer-*' skipped='^$' ;;
    deep) checks='-*,clang-analyzer-*' skipped='_(fuzz|test)\.cpp$' ;;
    *)
        echo "tidy.sh: unknown mode '$mode'" >&2
        exit 2
        ;;
esac
cache=$build/tidy-clean
mkdir -p "$cache"
headers=$(git ls-files '*.hpp' '.clang-tidy' '*/.clang-tidy' | xargs cat | sha256sum | cut -c1-16)

check_one() {
    local file=$1 of_file=$checks mark
    mark=$cache/$mode-$(sha256sum "$file" | cut -c1-32)-$headers
    [ -f "$mark" ] && return 0
    [[ $file != *_test.cpp ]] || of_file+=',-performance-*'
    # The analyzer of clang 14 cannot follow a coroutine: it takes Asio's awaitable for unset.
    ! grep -q 'co_await' "$file" || of_file+=',-clang-analyzer-core.CallAndMessage'
    clang-tidy -p "$build" --quiet --checks="$of_file" "$file" 2>/dev/null || return 1
    touch "$mark"
}
export -f check_one
export build cache checks headers mode
git ls-files 'src/*.cpp' 'examples/shop/*.cpp' 'bench/*.cpp' | grep -vE "$skipped" \
    | xargs -P "$jobs" -I{} bash -c 'check_one {}'
