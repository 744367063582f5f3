# The language, the warnings and the tools that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_QUICK "-O0 -g1")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${leat_BINARY_DIR}")

set(LEAT_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize takes them")
option(LEAT_FUZZ "Build the libFuzzer targets (*_fuzz.cpp)" OFF)

# Libraries and executables alike, so that one precompiled header serves both.
add_compile_options(-fPIC)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror=return-type)
if(LEAT_SANITIZE)
    add_compile_options("-fsanitize=${LEAT_SANITIZE}" -fno-sanitize-recover=all)
    add_link_options("-fsanitize=${LEAT_SANITIZE}")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND LEAT_SANITIZE MATCHES "thread")
        add_compile_options(-Wno-tsan)  # Asio's fences, which cmake/LeatDependencies.cmake replaces
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND LEAT_SANITIZE MATCHES "undefined")
        # clang 14 cannot compile a coroutine with this one check (LLVM issue 49689).
        add_compile_options(-fno-sanitize=function)
    endif()
endif()

find_program(LEAT_CCACHE ccache)
if(LEAT_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${LEAT_CCACHE}")
    set(CMAKE_C_COMPILER_LAUNCHER "${LEAT_CCACHE}")
endif()
find_program(LEAT_LLD ld.lld)
if(LEAT_LLD)
    add_link_options(-fuse-ld=lld)
endif()
