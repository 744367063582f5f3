// What `leat broker`, `leat up` and `leat broker doctor` are told on their command line, and the
// configuration that comes of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/config.hpp"
#include "cli/command.hpp"

namespace leat::cli {

struct ServeOptions {
    std::string config_file;
    std::string data_dir;
    std::string listen;
    std::string admin;
    std::vector<std::string> settings;
    bool json_logs = false;
};

/// Adds --config, --set, --data-dir, --admin and the option of the names `listen`.
void add_serve_options(Command& command, ServeOptions& options, std::string_view listen);

/// Sets what the options say: flags win over --set, --set wins over the file. Gives everything that
/// is wrong, not the first, a sentence each.
std::vector<std::string> configure(const ServeOptions& options, broker::Config& config);

}  // namespace leat::cli
