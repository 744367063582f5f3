// `leat new NAME`: a service of one's own, with its test, Dockerfile and CI workflow.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/scaffold.hpp"

namespace leat::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view placeholder = "@NAME@";

// It becomes a folder, a CMake target, a consumer group and an image.
std::string refusal_of_name(const std::string& name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view others = "0123456789-";
    constexpr std::size_t most = 60;
    const bool fits =
        !name.empty() && name.size() <= most && letters.find(name.front()) != letters.npos
        && name.find_first_not_of(std::string{letters}.append(others)) == std::string::npos;
    if (!fits)
        return "it begins with a small letter and has up to 60 of a-z, 0-9 and -, not '" + name
               + "'";
    if (name == "greet-test" || name == "test" || name == "all" || name == "install")
        return "it cannot be '" + name + "', which has a meaning in a build";
    return {};
}

std::string filled_in(std::string_view text, const std::string& name) {
    std::string out;
    for (auto at = text.find(placeholder); at != std::string_view::npos;
         at = text.find(placeholder)) {
        out.append(text.substr(0, at)).append(name);
        text.remove_prefix(at + placeholder.size());
    }
    return out.append(text);
}

int complain(const std::string& what) {
    std::cerr << "leat: " << what << "\n";
    return exit_refused;
}

int create(const std::string& name) {
    const fs::path root{name};
    std::error_code error;
    if (fs::exists(root, error) && !(fs::is_directory(root, error) && fs::is_empty(root, error)))
        return complain(name + " exists already; choose another name or remove it");
    for (const auto& file : scaffold_files) {
        const auto path = root / file.path;
        fs::create_directories(path.parent_path(), error);
        std::ofstream out{path};
        out << filled_in(file.text, name);
        if (!out.flush()) return complain("cannot write " + path.string());
        if (path.extension() == ".sh")
            fs::permissions(path,
                            fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                            fs::perm_options::add, error);
    }
    std::cout << name << " is ready:\n  cd " << name
              << " && cmake -B build && cmake --build build && ctest --test-dir build\n";
    return exit_ok;
}

}  // namespace

void add_new(Command& root, Session&) {
    auto& command =
        root.add("new", "Begin a service of one's own: code, test, Dockerfile, workflow");
    const auto name = std::make_shared<std::string>();
    command.text("NAME", *name, "Of the service and its folder").required().check(refusal_of_name);
    command.does([name] { return create(*name); });
}

}  // namespace leat::cli
