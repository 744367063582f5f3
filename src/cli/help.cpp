// Writes the help of a command.
#include <algorithm>

#include "cli/command_line.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t about_column = 30;

void append_row(std::string& out, const std::string& left, const std::string& about) {
    const auto line = "  " + left;
    out += line;
    out += line.size() + 2 <= about_column ? std::string(about_column - line.size(), ' ')
                                           : "\n" + std::string(about_column, ' ');
    out += about + "\n";
}

std::string usage_of(const Argument& positional) {
    const auto name = positional.label() + (positional.repeats() ? "..." : "");
    return positional.is_required() ? name : "[" + name + "]";
}

std::string spelling_of(const Argument& option) {
    std::string text;
    for (const auto& name : option.names()) text += (text.empty() ? "" : ", ") + name;
    return option.is_flag() ? text : text + " " + option.value_name();
}

bool is_exclusive(const Command& command, const Argument& argument) {
    return std::ranges::any_of(command.exclusive(), [&](const auto& names) {
        return std::ranges::any_of(names, [&](const auto& n) { return argument.has_name(n); });
    });
}

void append_arguments(std::string& out, const Command& command) {
    std::string positionals, options;
    for (const auto& argument : command.arguments()) {
        if (argument->is_positional())
            append_row(positionals, usage_of(*argument), argument->about());
        else if (!is_exclusive(command, *argument))
            append_row(options, spelling_of(*argument), argument->about());
    }
    append_row(options, "-h, --help", "Print this help");
    if (!command.version().empty()) append_row(options, "--version", "Print the version");
    if (!positionals.empty()) out += "\nArguments:\n" + positionals;
    for (const auto& names : command.exclusive()) {
        out += "\nExactly one of:\n";
        for (const auto& name : names) {
            const auto* option = command.option(name);
            append_row(out, spelling_of(*option), option->about());
        }
    }
    out += "\nOptions:\n" + options;
}

}  // namespace

std::string help_of(const Command& command) {
    std::string usage = command.path()
                        + (command.commands().empty() ? ""
                           : command.action()         ? " [COMMAND]"
                                                      : " COMMAND");
    for (const auto& argument : command.arguments())
        if (argument->is_positional()) usage += " " + usage_of(*argument);
    auto out = command.about() + "\nUsage: " + usage + " [OPTIONS]\n";
    append_arguments(out, command);
    if (!command.commands().empty()) {
        out += "\nCommands:\n";
        for (const auto& each : command.commands())
            if (!each->is_hidden()) append_row(out, each->name(), each->about());
    }
    if (!command.footer().empty()) out += "\n" + command.footer() + "\n";
    if (command.parent() != nullptr && !command.root().footer().empty())
        out += "\n" + command.root().footer() + "\n";
    return out;
}

}  // namespace leat::cli
