# The headers from outside that nearly every source reads, compiled once for all targets with the same flags. Sources
# still include what they use: `./dev check --deep` compiles each without any of this. The sets name headers, not a header of
# ours, since its path would make the compiler's cache useless to another checkout.
option(LEAT_PRECOMPILE "Compile common headers from outside once" ON)

# Several sources of a target in one run of the compiler: half the time of a build from nothing. They share a namespace
# then, and what one includes the others see; the preset quick and the analyzer compile each alone.
option(LEAT_UNITY "Compile sources in batches" OFF)
set(LEAT_UNITY_BATCH 10 CACHE STRING "Sources of a batch; 0: all of a target, which finds what collides")
if(LEAT_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-subobject-linkage)  # it takes a source that is included for a header
endif()

# leat_unity(target)
function(leat_unity target)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${LEAT_UNITY} UNITY_BUILD_BATCH_SIZE ${LEAT_UNITY_BATCH})
endfunction()

# For leat_test(), whose sources the set "test" serves.
set(LEAT_TEST_OPTIONS $<$<CONFIG:Release>:-O0>)

set(precompiled_std <algorithm> <array> <chrono> <cstdint> <deque> <functional> <map> <memory> <mutex> <optional> <set>
    <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
set(precompiled_asio ${precompiled_std} <boost/asio/any_io_executor.hpp> <boost/asio/io_context.hpp>
    <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp>)
set(precompiled_test ${precompiled_std} <gmock/gmock.h> <gtest/gtest.h>)

function(leat_precompiled_set set)
    set(empty "${leat_BINARY_DIR}/precompiled/${set}.cpp")
    file(CONFIGURE OUTPUT "${empty}" CONTENT "")
    add_library(leat_precompiled_${set} OBJECT "${empty}")
    target_precompile_headers(leat_precompiled_${set} PRIVATE ${precompiled_${set}})
endfunction()

if(LEAT_PRECOMPILE)
    leat_precompiled_set(std)
    leat_precompiled_set(asio)
    target_link_libraries(leat_precompiled_asio PRIVATE leat_asio)
    if(LEAT_BUILD_TESTS)
        leat_precompiled_set(test)
        target_link_libraries(leat_precompiled_test PRIVATE GTest::gmock)
        target_compile_options(leat_precompiled_test PRIVATE ${LEAT_TEST_OPTIONS})
    endif()
endif()

# leat_precompile(target SET)
function(leat_precompile target set)
    if(LEAT_PRECOMPILE)
        target_precompile_headers(${target} REUSE_FROM leat_precompiled_${set})
    endif()
endfunction()
