// Error sentences for command lines.
#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/nearest.hpp"

namespace leat::cli {
namespace {

// The innermost command that was recognised.
const CLI::App* innermost(const CLI::App& app) {
    const auto* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
    return at;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    // Option groups are subcommands without a name to CLI11.
    return app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
}

std::string path_of(const CLI::App& app) {
    const auto* parent = app.get_parent();
    return parent == nullptr ? app.get_name() : path_of(*parent) + " " + app.get_name();
}

std::vector<std::string> options_of(const CLI::App* app) {
    std::vector<std::string> names;
    for (; app != nullptr; app = app->get_parent())
        for (const auto* option : app->get_options()) {
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
            for (const auto& name : option->get_snames()) names.push_back("-" + name);
        }
    return names;
}

std::string unknown(std::string_view kind, std::string_view name,
                    const std::vector<std::string>& known) {
    const std::vector<std::string_view> views{known.begin(), known.end()};
    return unknown_name(kind, name, views);
}

}  // namespace

std::string explain_unknown(const CLI::App& app) {
    const auto rest = app.remaining(true);
    const auto* at = innermost(app);
    const std::string word = rest.empty() ? std::string{} : rest.front();
    if (word.starts_with("-"))
        return unknown("option", word.substr(0, word.find('=')), options_of(at));
    const auto commands = commands_of(*at);
    if (commands.empty())
        return "'" + word + "' is one argument too many for '" + path_of(*at) + "'";
    std::vector<std::string> names;
    names.reserve(commands.size());
    for (const auto* command : commands) names.push_back(command->get_name());
    return unknown("command", word, names);
}

int run_command_line(CLI::App& app, Session& session, int argc, const char* const* argv) {
    const auto refuse = [&](const std::string& what) {
        std::fprintf(stderr, "leat: %s (see '%s --help')\n", what.c_str(),
                     path_of(*innermost(app)).c_str());
        return exit_usage;
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& wish) {
        app.exit(wish);
        return exit_ok;
    } catch (const CLI::ExtrasError&) {
        return refuse(explain_unknown(app));
    } catch (const CLI::ParseError& error) {
        if (!app.remaining(true).empty()) return refuse(explain_unknown(app));
        if (!commands_of(*innermost(app)).empty()) {
            std::fputs(innermost(app)->help().c_str(), stderr);
            return exit_usage;
        }
        return refuse(error.what());
    }
    const int code = session.action();
    if (std::fflush(stdout) != 0 && code == exit_ok)
        return report({Errc::io, "cannot write to standard output"});
    return code;
}

}  // namespace leat::cli
