// Completion scripts for shells, written from the tree of commands. Pure.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace leat::cli {

std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);

}  // namespace leat::cli
