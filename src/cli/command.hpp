// The tree of commands: what each takes, says and does. Data, from which the reading of a command
// line, its help and its completion all come.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace leat::cli {

/// Where completion finds the values of an argument.
enum class Values { unknown, choices, files, topics, groups };

/// The whole numbers that an argument takes, both ends included.
struct Range {
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// The durations that an argument takes, both ends included.
struct DurationRange {
    std::chrono::milliseconds least{0};
    std::chrono::milliseconds most = std::chrono::hours{24 * 365};
};

/// From `least` to the largest T.
template <class T>
constexpr Range at_least(T least) {
    return {least, std::numeric_limits<T>::max()};
}

/// Stores one value as it was typed; gives why it is refused, as the rest of a sentence that begins
/// with the argument's name, or nothing.
using Take = std::function<std::string(const std::string&)>;

/// A positional, an option or a flag. Declared by Command, refined where it was declared.
class Argument {
public:
    /// What the help calls the value.
    Argument& called(std::string value) { return value_ = std::move(value), *this; }
    /// A positional that must be there. Options that must be there are no options.
    Argument& required() { return required_ = true, *this; }
    /// Refuses values for which `check` gives a reason.
    Argument& check(const std::function<std::string(const std::string&)>& check);
    /// Takes only these.
    Argument& one_of(std::vector<std::string> choices);
    /// An empty value is a value. Elsewhere it is refused: mostly it is a script's unset variable.
    Argument& may_be_empty() { return may_be_empty_ = true, *this; }
    Argument& by_default(std::string text) { return default_ = std::move(text), *this; }
    /// The environment variable that stands in for an option that is not given.
    Argument& from_environment(std::string name) { return environment_ = std::move(name), *this; }
    /// Completion offers these.
    Argument& completed_by(Values values) { return values_ = values, *this; }
    /// Refused without (needs) or beside (excludes) the options of these names.
    Argument& needs(std::string name) { return needs_ = std::move(name), *this; }
    Argument& excludes(std::vector<std::string> names) {
        return excludes_ = std::move(names), *this;
    }
    /// An option with several values: all words behind it, until the next option.
    Argument& takes_all_that_follows() { return greedy_ = true, *this; }

    bool is_positional() const { return !names_.front().starts_with('-'); }
    bool is_flag() const { return flag_; }
    bool is_required() const { return required_; }
    bool repeats() const { return repeats_; }
    bool is_greedy() const { return greedy_; }
    bool has_name(std::string_view name) const;
    const std::vector<std::string>& names() const { return names_; }
    /// The name that sentences use: the first long one.
    const std::string& label() const;
    const std::string& value_name() const { return value_; }
    /// The help's sentence, with range, choices, default and environment variable behind it.
    std::string about() const;
    const std::vector<std::string>& choices() const { return choices_; }
    const std::string& environment() const { return environment_; }
    Values values() const { return values_; }
    const std::string& needed() const { return needs_; }
    const std::vector<std::string>& excluded() const { return excludes_; }

    /// Takes a value; gives the reason of a refusal, which begins with `as`, or nothing.
    std::string take(const std::string& value, const std::string& as) const;

private:
    friend class Command;
    std::vector<std::string> names_;
    std::string about_, value_, default_, environment_, needs_;
    std::vector<std::string> choices_, excludes_;
    std::vector<std::function<std::string(const std::string&)>> checks_;
    Take take_;
    std::optional<Range> range_;
    Values values_ = Values::unknown;
    bool flag_ = false, required_ = false, repeats_ = false, greedy_ = false;
    bool may_be_empty_ = false;
};

/// One command with the commands below it. Targets of arguments must outlive it.
class Command {
public:
    Command(std::string name, std::string about)
        : name_(std::move(name)), about_(std::move(about)) {}

    /// A command below this one; the reference stays good.
    Command& add(std::string name, std::string about);

    /// Arguments. `names` is "-p,--partition" for an option, "TOPIC" for a positional.
    Argument& flag(std::string_view names, bool& target, std::string about);
    Argument& text(std::string_view names, std::string& target, std::string about);
    Argument& text(std::string_view names, std::optional<std::string>& target, std::string about);
    /// Given any number of times; a positional takes all that is left.
    Argument& texts(std::string_view names, std::vector<std::string>& target, std::string about);
    /// A count with its unit, as read_duration() takes it, in whole ms.
    Argument& duration(std::string_view names, std::chrono::milliseconds& target,
                       DurationRange range, std::string about);
    template <class T>
    Argument& number(std::string_view names, T& target, Range range, const std::string& about) {
        auto& argument = declare(names, about, [&target, range](const auto& text) {
            const auto read = read_number(text, range);
            if (read) target = static_cast<T>(*read);
            return read ? std::string{} : refusal_of(range, text);
        });
        argument.range_ = range;
        return argument.called("N");
    }
    /// What `parse` makes of the text: a Result.
    template <class Target, class Parse>
    Argument& parsed(std::string_view names, Target& target, Parse parse,
                     const std::string& about) {
        return declare(names, about, [&target, parse](const std::string& text) {
            auto value = parse(text);
            if (!value) return ": " + value.error().what;
            target = std::move(*value);
            return std::string{};
        });
    }
    /// N[,N...], any number of times.
    Argument& numbers(std::string_view names, std::vector<std::int32_t>& target, Range range,
                      std::string about);

    /// Refused unless exactly one of these options is given.
    void exactly_one(std::vector<std::string> names) { exactly_one_.push_back(std::move(names)); }
    void footer(std::string text) { footer_ = std::move(text); }
    /// What `--version` prints.
    void version(std::string text) { version_ = std::move(text); }
    void does(std::function<int()> action) { action_ = std::move(action); }
    /// Not in help, completion and guesses; takes all words behind it as they are.
    void hide() { hidden_ = true; }

    const std::string& name() const { return name_; }
    const std::string& about() const { return about_; }
    const std::string& footer() const { return footer_; }
    const std::string& version() const { return version_; }
    const Command* parent() const { return parent_; }
    const Command& root() const { return parent_ == nullptr ? *this : parent_->root(); }
    bool is_hidden() const { return hidden_; }
    const std::vector<std::unique_ptr<Command>>& commands() const { return commands_; }
    const std::vector<std::unique_ptr<Argument>>& arguments() const { return arguments_; }
    const std::vector<std::vector<std::string>>& exclusive() const { return exactly_one_; }
    const std::function<int()>& action() const { return action_; }
    /// "leat topic list".
    std::string path() const;
    /// The option of that name, here or above; null if there is none.
    const Argument* option(std::string_view name) const;
    /// The command of that name below this one; null if there is none.
    const Command* find(std::string_view name) const;

private:
    static std::optional<std::int64_t> read_number(const std::string& text, Range range);
    static std::string refusal_of(Range range, const std::string& text);
    Argument& declare(std::string_view names, std::string about, Take take);

    std::string name_, about_, footer_, version_;
    const Command* parent_ = nullptr;
    std::vector<std::unique_ptr<Command>> commands_;
    std::vector<std::unique_ptr<Argument>> arguments_;
    std::vector<std::vector<std::string>> exactly_one_;
    std::function<int()> action_;
    bool hidden_ = false;
};

/// "a, b or c".
std::string alternatives(const std::vector<std::string>& words);

}  // namespace leat::cli
