# Every library from outside, by the name that the modules link.
include("${CMAKE_CURRENT_LIST_DIR}/LeatFrameworkDependencies.cmake")
set(LEAT_FMT fmt::fmt-header-only)
set(LEAT_SPDLOG spdlog::spdlog_header_only)

if(LEAT_BUILD_PROGRAM)
    find_package(ZLIB REQUIRED)
    pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
    pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
    find_library(LEAT_SNAPPY snappy REQUIRED)
endif()
if(LEAT_BUILD_TESTS)
    find_package(SQLite3 REQUIRED)
    find_package(GTest REQUIRED)
    find_package(benchmark REQUIRED)
endif()

add_library(leat_asio INTERFACE)
target_link_libraries(leat_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(leat_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)
if(LEAT_SANITIZE MATCHES "thread")
    # ThreadSanitizer does not understand fences; Asio's queues are ordered by mutexes without them.
    target_compile_definitions(leat_asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
