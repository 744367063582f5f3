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

echo "--- leat new"
cd "$work"
leat new welcome
cmake -S welcome -B welcome/build -G Ninja >/dev/null
cmake --build welcome/build
ctest --test-dir welcome/build --output-on-failure
if leat new welcome 2>"$work/refused"; then echo "an existing folder was taken"; exit 1; fi
grep -q "exists already" "$work/refused"
