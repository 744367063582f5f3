#!/usr/bin/env bash
# clang-tidy over every source, as many at a time as there are cores; what was clean and has not
# changed (the file, the headers, the rules) is not looked at again.
set -euo pipefail
build=$1
jobs=$2
cd "$(dirname "$0")/../.."
cache=$build/tidy-clean
mkdir -p "$cache"
headers=$(cat .clang-tidy $(git ls-files '*.hpp') | sha256sum | cut -c1-16)

check_one() {
    local file=$1 mark
    mark=$cache/$(sha256sum "$file" | cut -c1-32)-$headers
    [ -f "$mark" ] && return 0
    clang-tidy -p "$build" --quiet "$file" 2>/dev/null || return 1
    touch "$mark"
}
export -f check_one
export build cache headers
git ls-files 'src/*.cpp' 'examples/*.cpp' 'bench/*.cpp' | grep -v '_fuzz\.cpp$' \
    | xargs -P "$jobs" -I{} bash -c 'check_one {}'
