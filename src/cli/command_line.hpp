// Reads a command line into the action of a command, and says what was probably meant where it
// cannot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace leat::cli {

/// The words of a command line, read one after another: long options (--name value, --name=value),
/// short ones (-n value, -nvalue, flags in one word), positionals, and all behind `--` as
/// positionals. Options of the commands above may stand anywhere. Nothing is stored before apply().
class CommandLine {
public:
    explicit CommandLine(const Command& root) : at_(&root) {}

    /// Error: invalid_argument; later words may still be read.
    Result<void> read(const std::string& word);

    /// Checks what was given as a whole, and stores it. Error: invalid_argument.
    Result<void> apply() const;

    /// The innermost command so far.
    const Command& command() const { return *at_; }
    bool asks_for_help() const { return help_; }
    bool asks_for_version() const { return version_; }
    /// The option whose value comes next; null if none does.
    const Argument* awaited() const { return awaited_ != nullptr ? awaited_ : greedy_; }
    /// The positional that a further word would be; null if there is no room for one.
    const Argument* next_positional() const;
    bool options_are_over() const { return options_over_; }
    /// The last value given for the option of that name.
    std::optional<std::string> value_of(std::string_view option) const;

private:
    struct Given {
        const Argument* argument;
        std::string value;
    };
    Result<void> read_long(const std::string& word);
    Result<void> read_short(const std::string& word);
    Result<void> read_plain(const std::string& word);
    void give(const Argument& option, std::string value);
    Result<void> take_flag(const Argument& flag);
    std::size_t count(const Argument& argument) const;
    bool is_given(std::string_view option) const;
    Result<void> check_required() const;
    Result<void> check_company() const;
    Result<void> store() const;

    const Command* at_;
    const Argument* awaited_ = nullptr;
    const Argument* greedy_ = nullptr;  // takes the next plain words, too
    std::vector<Given> given_;
    bool options_over_ = false;
    bool help_ = false;
    bool version_ = false;
};

/// Reads and runs: the exit code of the command, of --help or --version, or exit_usage after one
/// sentence on standard error.
int run_command_line(const Command& root, int argc, const char* const* argv);

/// What `--help` prints.
std::string help_of(const Command& command);

}  // namespace leat::cli
