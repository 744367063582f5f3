#!/usr/bin/env bash
# subdirectory.sh WORK: a project that takes Leat in by add_subdirectory, and one by FetchContent, build the framework
# alone and link it.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$1
rm -rf "$work"
mkdir -p "$work"
for way in add_subdirectory FetchContent; do
    mkdir "$work/$way"
    cp "$source/examples/outside/greetings.cpp" "$work/$way"
    case $way in
        add_subdirectory) take_in="add_subdirectory($source leat)" ;;
        FetchContent) take_in="include(FetchContent)
FetchContent_Declare(leat SOURCE_DIR $source)
FetchContent_MakeAvailable(leat)" ;;
    esac
    cat >"$work/$way/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(inside LANGUAGES C CXX)
$take_in
add_executable(greetings greetings.cpp)
target_link_libraries(greetings PRIVATE leat::leat)
EOF
    cmake -S "$work/$way" -B "$work/$way/build" -G Ninja -DCMAKE_BUILD_TYPE=Quick >/dev/null
    cmake --build "$work/$way/build" --target greetings
    "$work/$way/build/greetings" --help | head -n 1
done
