# cmake --install: headers, static libraries, CMake package, pkg-config file, the program and its completions.
set(package lib/cmake/leat)
include(CMakePackageConfigHelpers)

install(DIRECTORY include/leat DESTINATION include)
install(TARGETS leat_framework leat_service leat_net leat_base leat_asio EXPORT leatTargets ARCHIVE DESTINATION lib)
install(EXPORT leatTargets NAMESPACE leat:: DESTINATION ${package})
configure_package_config_file(cmake/leatConfig.cmake.in leatConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(leatConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/leatConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/leatConfigVersion.cmake"
    cmake/LeatFrameworkDependencies.cmake DESTINATION ${package})
configure_file(cmake/leat.pc.in leat.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/leat.pc" DESTINATION lib/pkgconfig)

if(LEAT_BUILD_PROGRAM)
    install(TARGETS leat DESTINATION bin)
    # completion(SHELL FILE DIRECTORY): what `leat completion SHELL` prints
    function(completion shell file directory)
        add_custom_command(OUTPUT ${file} COMMAND leat completion ${shell} > ${file} DEPENDS leat VERBATIM)
        list(APPEND files ${file})
        set(files ${files} PARENT_SCOPE)
        install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${file}" DESTINATION ${directory} RENAME ${ARGN})
    endfunction()
    completion(bash leat.bash share/bash-completion/completions leat)
    completion(zsh leat.zsh share/zsh/site-functions _leat)
    completion(fish leat.fish share/fish/vendor_completions.d leat.fish)
    add_custom_target(completions ALL DEPENDS ${files})
endif()
