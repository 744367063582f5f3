// A service's settings: one table of defaults, then file, environment and flags, each with its
// source.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace leat::service {

/// The settings of one service. Filled on one thread at the start, read from any afterwards.
class Settings {
public:
    /// Begins with the framework's own settings at their defaults.
    Settings();

    /// Adds a setting with its default. Values for it may have been read before.
    void declare(const std::string& name, const std::string& fallback, const std::string& help);

    /// Reads flags (`--name value`, `--name=value`, `--set name=value`) and the file that
    /// `--config` or LEAT_CONFIG names; then the environment's LEAT_* variables. Errors name what
    /// is malformed.
    Result<void> read(int argc, const char* const* argv, const char* const* environment);

    struct Findings {
        std::vector<std::string> faults;             // a sentence each, with what to write instead
        std::vector<std::string> unknown_variables;  // they may be another program's
    };
    /// All that is wrong: names that the file or a flag set and nobody declared, with the nearest
    /// known name; values of the framework's settings; what librdkafka does not take of `kafka.*`.
    Findings check() const;

    const std::string& text(std::string_view name) const;
    /// Plain numbers, durations such as 200ms, 5s, 10min, 1h, 7d, and sizes such as 64MiB. check()
    /// has refused anything else.
    std::int64_t number(std::string_view name) const;
    std::chrono::milliseconds duration(std::string_view name) const;
    std::size_t bytes(std::string_view name) const;

    /// Whether the file, a variable or a flag gives the setting: it then wins over the code.
    bool given(std::string_view name) const;
    /// The sentence on a value that is not what was expected.
    std::string refusal(std::string_view name, std::string_view expected) const;

    /// `kafka.*`, then `kafka.<role>.*`, without the prefix: librdkafka's own properties.
    std::vector<std::pair<std::string, std::string>> kafka(std::string_view role) const;

    /// Every setting with its effective value and its source, one a line.
    std::string print() const;
    /// The flags with their defaults and meanings.
    std::string help(std::string_view program) const;

    bool help_wanted() const { return help_wanted_; }
    bool print_wanted() const { return print_wanted_; }

private:
    enum class Source { fallback, file, environment, flag };
    struct Entry {
        std::string value;
        std::string fallback;
        std::string help;
        Source source = Source::fallback;
        std::string where;
    };
    struct Given {
        std::string name;
        std::string value;
        Source source;
        std::string where;
    };
    Result<void> read_flags(int argc, const char* const* argv, std::string& file);
    Result<void> read_file(const std::string& file);
    void give(Given given);
    void apply(const Given& given);
    std::string source_of(std::string_view name) const;

    std::map<std::string, Entry, std::less<>> entries_;
    std::vector<Given> given_;
    bool help_wanted_ = false;
    bool print_wanted_ = false;
};

}  // namespace leat::service
