// The grammar of command lines, and its error sentences.
#include "cli/command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/nearest.hpp"
#include "cli/exit_code.hpp"

namespace leat::cli {
namespace {

Error wrong(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

Error unknown(std::string_view kind, std::string_view name, const std::vector<std::string>& known) {
    const std::vector<std::string_view> views{known.begin(), known.end()};
    return wrong(unknown_name(kind, name, views));
}

std::vector<std::string> options_of(const Command* command) {
    std::vector<std::string> names{"-h", "--help"};
    for (; command != nullptr; command = command->parent())
        for (const auto& argument : command->arguments())
            if (!argument->is_positional())
                names.insert(names.end(), argument->names().begin(), argument->names().end());
    return names;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<void> CommandLine::read(const std::string& word) {
    if (awaited_ != nullptr) {
        const auto* option = std::exchange(awaited_, nullptr);
        if (word.starts_with("--") && at_->option(word) != nullptr)
            return wrong(option->label() + " needs a value, and '" + word + "' is an option; write "
                         + option->label() + "=" + word + " if it is meant");
        give(*option, word);
        return {};
    }
    if (options_over_ || at_->is_hidden() || word.size() < 2 || word.front() != '-')
        return read_plain(word);
    greedy_ = nullptr;
    if (word == "--") {
        options_over_ = true;
        return {};
    }
    if (word.starts_with("--")) return read_long(word);
    // -5 is a number where no option is called so.
    if (is_digit(word[1]) && at_->option(word.substr(0, 2)) == nullptr) return read_plain(word);
    return read_short(word);
}

Result<void> CommandLine::read_long(const std::string& word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const bool has_value = equals != std::string::npos;
    const auto* option = at_->option(name);
    const bool wish = name == "--help" || (name == "--version" && !at_->root().version().empty());
    if (option == nullptr && !wish) return unknown("option", name, options_of(at_));
    if (has_value && (wish || option->is_flag())) return wrong(name + " takes no value");
    if (wish) return (name == "--help" ? help_ : version_) = true, Result<void>{};
    if (option->is_flag()) return take_flag(*option);
    if (has_value) {
        give(*option, word.substr(equals + 1));
    } else {
        awaited_ = option;
    }
    return {};
}

Result<void> CommandLine::read_short(const std::string& word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
        const std::string name{'-', word[at]};
        const auto* option = at_->option(name);
        if (option == nullptr && name == "-h") {
            help_ = true;
            continue;
        }
        if (option == nullptr) return unknown("option", at == 1 ? word : name, options_of(at_));
        if (option->is_flag()) {
            if (auto taken = take_flag(*option); !taken) return taken;
            continue;
        }
        if (at + 1 == word.size()) {
            awaited_ = option;
        } else {
            give(*option, word.substr(at + 1));
        }
        break;
    }
    return {};
}

Result<void> CommandLine::take_flag(const Argument& flag) {
    if (count(flag) == 0) given_.push_back({&flag, {}});
    return {};
}

void CommandLine::give(const Argument& option, std::string value) {
    given_.push_back({&option, std::move(value)});
    greedy_ = option.is_greedy() ? &option : nullptr;
}

Result<void> CommandLine::read_plain(const std::string& word) {
    if (greedy_ != nullptr) {
        given_.push_back({greedy_, word});
        return {};
    }
    if (!at_->commands().empty() && !options_over_) {
        if (const auto* command = at_->find(word)) {
            at_ = command;
            return {};
        }
        std::vector<std::string> names;
        for (const auto& command : at_->commands())
            if (!command->is_hidden()) names.push_back(command->name());
        return unknown("command", word, names);
    }
    const auto* positional = next_positional();
    if (positional == nullptr)
        return wrong("'" + word + "' is one argument too many for '" + at_->path() + "'");
    given_.push_back({positional, word});
    return {};
}

const Argument* CommandLine::next_positional() const {
    for (const auto& argument : at_->arguments())
        if (argument->is_positional() && (argument->repeats() || count(*argument) == 0))
            return argument.get();
    return nullptr;
}

std::size_t CommandLine::count(const Argument& argument) const {
    return static_cast<std::size_t>(std::ranges::count(given_, &argument, &Given::argument));
}

bool CommandLine::is_given(std::string_view option) const {
    const auto* found = at_->option(option);
    return found != nullptr && count(*found) > 0;
}

std::optional<std::string> CommandLine::value_of(std::string_view option) const {
    const auto* wanted = at_->option(option);
    for (auto each = given_.rbegin(); each != given_.rend(); ++each)
        if (each->argument == wanted) return each->value;
    return std::nullopt;
}

Result<void> CommandLine::check_required() const {
    if (awaited_ != nullptr)
        return wrong(awaited_->label() + " needs a value: " + awaited_->value_name());
    for (const auto& argument : at_->arguments())
        if (argument->is_required() && count(*argument) == 0)
            return wrong(argument->label() + " is missing"
                         + (greedy_ == nullptr
                                ? ""
                                : "; " + greedy_->label() + " takes all words behind it, so write "
                                      + argument->label() + " first"));
    return {};
}

Result<void> CommandLine::check_company() const {
    for (const auto& [argument, value] : given_) {
        if (!argument->repeats() && count(*argument) > 1)
            return wrong(argument->label() + " is given more than once");
        if (!argument->needed().empty() && !is_given(argument->needed()))
            return wrong(argument->label() + " makes sense only with " + argument->needed());
        for (const auto& other : argument->excluded())
            if (is_given(other))
                return wrong(argument->label() + " and " + other + " exclude each other");
    }
    for (const auto& names : at_->exclusive())
        if (std::ranges::count_if(names, [&](const auto& name) { return is_given(name); }) != 1)
            return wrong("give exactly one of " + alternatives(names));
    return {};
}

Result<void> CommandLine::store() const {
    for (const auto& [argument, value] : given_)
        if (auto refusal = argument->take(value, argument->label()); !refusal.empty())
            return wrong(std::move(refusal));
    for (const auto* command = at_; command != nullptr; command = command->parent())
        for (const auto& argument : command->arguments()) {
            const auto& name = argument->environment();
            const char* value = name.empty() ? nullptr : std::getenv(name.c_str());
            if (value == nullptr || *value == '\0' || count(*argument) > 0) continue;
            if (auto refusal = argument->take(value, name); !refusal.empty())
                return wrong(std::move(refusal));
        }
    return {};
}

Result<void> CommandLine::apply() const {
    if (auto checked = check_required(); !checked) return checked;
    if (auto checked = check_company(); !checked) return checked;
    return store();
}

int run_command_line(const Command& root, int argc, const char* const* argv) {
    CommandLine line{root};
    std::optional<Error> fault;
    for (int i = 1; i < argc && !fault; ++i)
        if (auto read = line.read(argv[i]); !read) fault = read.error();
    const auto& command = line.command();
    if (line.asks_for_help()) return std::fputs(help_of(command).c_str(), stdout), exit_ok;
    if (line.asks_for_version()) return std::printf("%s\n", root.version().c_str()), exit_ok;
    if (!fault && !command.action()) {
        std::fputs(help_of(command).c_str(), stderr);
        return exit_usage;
    }
    if (!fault)
        if (auto applied = line.apply(); !applied) fault = applied.error();
    if (fault) {
        tell(fault->what + " (see '" + command.path() + " --help')");
        return exit_usage;
    }
    const int code = command.action()();
    if (std::fflush(stdout) != 0 && code == exit_ok)
        return report({Errc::io, "cannot write to standard output"});
    return code;
}

}  // namespace leat::cli
