// What `leat new` writes; the texts are in scaffold/, from which the build makes scaffold.cpp.
#pragma once

#include <span>
#include <string_view>

namespace leat::cli {

struct ScaffoldFile {
    std::string_view path;
    std::string_view text;  // @NAME@ stands for the service's name
};

extern const std::span<const ScaffoldFile> scaffold_files;

}  // namespace leat::cli
