#include "cli/serve_options.hpp"

#include <fstream>
#include <sstream>

#include "broker/listeners.hpp"

namespace leat::cli {
namespace {

using Problems = std::vector<std::string>;

void read_file(const std::string& path, broker::Config& config, Problems& problems) {
    std::ifstream file{path};
    if (!file) return problems.push_back("cannot read the configuration file " + path);
    std::ostringstream text;
    text << file.rdbuf();
    for (const auto& error : config.set_from_properties(text.str()))
        problems.push_back(path + ": " + error.what);
}

}  // namespace

std::vector<std::string> configure(const ServeOptions& options, broker::Config& config) {
    Problems problems;
    if (!options.config_file.empty()) read_file(options.config_file, config, problems);
    const auto set = [&](std::string_view key, const std::string& value) {
        if (auto done = config.set(key, value); !done) problems.push_back(done.error().what);
    };
    for (const auto& setting : options.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos)
            problems.push_back("--set takes key=value, not '" + setting + "'");
        else
            set(setting.substr(0, equals), setting.substr(equals + 1));
    }
    if (!options.data_dir.empty()) set("log.dirs", options.data_dir);
    if (!options.admin.empty()) set("leat.admin.listener", options.admin);
    if (!options.listen.empty()) set("listeners", options.listen);
    const auto addresses = broker::read_addresses(config);
    problems.insert(problems.end(), addresses.problems.begin(), addresses.problems.end());
    // A start that is refused says all that there is to say of the configuration.
    if (!problems.empty())
        for (const auto* notes : {&config.notes(), &addresses.notes})
            problems.insert(problems.end(), notes->begin(), notes->end());
    return problems;
}

void add_serve_options(Command& command, ServeOptions& options, std::string_view listen) {
    command.text("--config", options.config_file, "A server.properties file")
        .called("FILE")
        .completed_by(Values::files);
    command.texts("--set", options.settings, "A setting as in the file (repeatable)")
        .called("KEY=VALUE");
    command.text("--data-dir", options.data_dir, "Where everything is kept (log.dirs)")
        .called("DIRECTORY")
        .completed_by(Values::files);
    command
        .text(listen, options.listen,
              "For Kafka clients, or NAME://HOST:PORT,... for several; port 0 takes a free one "
              "(listeners)")
        .called("HOST:PORT");
    command
        .text(
            "--admin", options.admin,
            "For /metrics and /health (leat.admin.listener); a free port where --listen takes one")
        .called("HOST:PORT");
}

}  // namespace leat::cli
