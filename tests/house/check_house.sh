#!/usr/bin/env bash
# Holds the tree to its own rules: arrows between modules, who may include what, sizes of files, tests that docs/regressions.md
# names.
set -euo pipefail
cd "$(dirname "$0")/../.."
failures=0
complain() {
    printf 'house: %s\n' "$*" >&2
    failures=$((failures + 1))
}

# What a module may include is what its CMakeLists.txt says it uses, and what those use.
uses() {
    sed 's/[()]/ & /g' "src/$1/CMakeLists.txt" | tr '\n' ' ' | awk -v module="$1" '
        { for (i = 1; i <= NF; i++) {
            if ($i == "leat_module") inside = $(i + 2) == module
            else if ($i == ")") inside = 0
            else if (inside && $i ~ /^[A-Z_]+$/) listing = $i == "USES"
            else if (inside && listing && $i ~ /^[a-z_]+$/) print $i
            else listing = 0
        } }'
}
reach() {
    local module
    echo "$1"
    for module in $(uses "$1"); do reach "$module"; done
}

for dir in src/*/; do
    [ -f "${dir}CMakeLists.txt" ] || continue
    module=$(basename "$dir")
    allowed=" $(reach "$module" | sort -u | tr '\n' ' ') "
    while IFS=: read -r file _ include; do
        target=$(sed -n 's/.*"\([a-z_]*\)\/.*/\1/p' <<<"$include")
        [ -d "src/$target" ] || continue
        [[ $allowed == *" $target "* ]] || complain "$file includes $target/, which $module may not use"
    done < <(grep -rnE '^#include "[a-z_]+/' "$dir" --include='*.cpp' --include='*.hpp' || true)
done

# only PATTERN WHERE WHY: an include that has one place
only() {
    local file
    while read -r file; do
        [[ $file =~ $2 ]] || complain "$file includes $1: $3"
    done < <(grep -rlE "^#include [<\"]$1" src include examples --include='*.cpp' --include='*.hpp' || true)
}
only 'librdkafka/' '^src/service/(rdkafka|kafka_for_test)' 'librdkafka is wrapped in src/service/rdkafka'
only 'boost/beast' '^src/net/' 'Beast lives in src/net'
only 'openssl/' '^src/(net/(tls\.cpp|test_certificates)|service/dead_letter\.cpp)' 'OpenSSL is wrapped in src/net/tls'
only '(librdkafka|boost|prometheus|spdlog|rocksdb)' '^(src/|examples/)' 'public headers are free of it'
only '[a-z]+/testing/' '(/testing/|_rig\.hpp$|_(test|fuzz|bench)\.cpp$)' 'it is for tests alone'
for file in $(git ls-files 'include/*.hpp'); do
    grep -nE '^#include "(base|kafka|storage|net|broker|client|service|cli)/' "$file" \
        && complain "$file: a public header includes an internal one"
done

for file in $(git ls-files '*.cpp' '*.hpp'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || complain "$file has $lines lines; 600 are the limit"
done

# docs/regressions.md promises a test for each fault: what its last column names has to be there.
known_tests=$(git ls-files -co --exclude-standard '*_test.cpp' | xargs cat | tr -s '[:space:]' ' ' \
    | grep -oE '\bTEST(_F|_P)?\( ?\w+, ?\w+ ?\)' | sed -E 's/.*\( ?(\w+), ?(\w+).*/\1.\2/')
faults=0
while IFS='|' read -r _ fault _ tests _; do
    faults=$((faults + 1))
    names=$(grep -oE '`[^`]+`' <<<"$tests" | tr -d '\`') \
        || complain "docs/regressions.md: no test is named for$fault"
    for name in $names; do
        [ -f "$name" ] || grep -qxF "$name" <<<"$known_tests" \
            || complain "docs/regressions.md: there is no $name"
    done
done < <(grep '^| [^*]' docs/regressions.md | grep -v '^| fault |')
[ "$faults" -gt 0 ] || complain "docs/regressions.md: no table of faults"

if [ "$failures" -gt 0 ]; then
    echo "house: $failures violations" >&2
    exit 1
fi
echo "house: the arrows, the includes and the sizes hold; each of $faults faults has its test"
