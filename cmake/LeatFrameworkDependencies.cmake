# What the framework links, for our own build and, installed beside leatConfig.cmake, for whoever uses it.
include(CMakeFindDependencyMacro)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_dependency(Threads)
find_dependency(Boost 1.81 COMPONENTS json)
find_dependency(OpenSSL)
find_dependency(fmt)
find_dependency(yaml-cpp)
find_dependency(PkgConfig)
# Debian's librdkafka has no CMake package.
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET GLOBAL rdkafka)
