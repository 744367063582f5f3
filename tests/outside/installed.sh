#!/usr/bin/env bash
# installed.sh BUILD: installs BUILD somewhere, and builds services against that alone.
set -euo pipefail
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" >/dev/null
export PATH=$prefix/bin:$PATH CMAKE_PREFIX_PATH=$prefix PKG_CONFIG_PATH=$prefix/lib/pkgconfig

for file in bin/leat share/bash-completion/completions/leat share/zsh/site-functions/_leat \
    share/fish/vendor_completions.d/leat.fish; do
    [ -s "$prefix/$file" ] || { echo "$file was not installed"; exit 1; }
done

echo "--- find_package(leat)"
cmake -S "$source/examples/outside" -B "$work/outside" -G Ninja >/dev/null
cmake --build "$work/outside"
"$work/outside/greetings" --help | head -n 1

echo "--- pkg-config leat"
# shellcheck disable=SC2046
c++ "$source/examples/outside/greetings.cpp" $(pkg-config --cflags --libs leat) -o "$work/by_pkg_config"
"$work/by_pkg_config" --help | head -n 1

echo "--- leat new, by README.md's own lines"
# As printed, but for the build, which is there, and the ports, which may be taken.
awk '/^## /{ here = /A service of your own/ } here && /^```/{ code = !code; next } here && code' "$source/README.md" \
    | sed -e 's/^.*cmake --install [^ ]*/cmake --install "$build"/' -e 's/leat up/leat up --kafka "$LEAT_BOOTSTRAP" --admin 127.0.0.1:0/' \
    >"$work/readme.sh"
[ "$(wc -l <"$work/readme.sh")" -eq 6 ] || { echo "README.md has other lines"; cat "$work/readme.sh"; exit 1; }
port=$((20000 + RANDOM % 10000))
while (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
export LEAT_BOOTSTRAP=127.0.0.1:$port LEAT_HTTP=127.0.0.1:0 HOME=$work
unset CMAKE_PREFIX_PATH PKG_CONFIG_PATH
mkdir "$work/clone"
cd "$work/clone"
(
    trap 'kill $(jobs -p) 2>/dev/null' EXIT
    export build
    set -e
    # shellcheck disable=SC1091
    source "$work/readme.sh" >"$work/readme.out" 2>"$work/readme.err"
) || { cat "$work/readme.out" "$work/readme.err"; exit 1; }
tail -n 1 "$work/readme.out" | tee /dev/stderr | grep -q '"text":"Welcome, Ada!"'
unset LEAT_BOOTSTRAP LEAT_HTTP
cd "$work"
ctest --test-dir greetings/build --output-on-failure
if leat new greetings 2>"$work/refused"; then echo "an existing folder was taken"; exit 1; fi
grep -q "exists already" "$work/refused"
