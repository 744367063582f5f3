// Declares arguments, and turns what was typed into values.
#include "cli/command.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/quantity.hpp"

namespace leat::cli {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(separator, from), text.size());
        parts.emplace_back(text.substr(from, end - from));
        from = end + 1;
    }
    return parts;
}

std::string text_of(Range range) {
    if (range.most == Range{}.most && range.least == Range{}.least) return "a whole number";
    return std::to_string(range.least) + " to " + std::to_string(range.most);
}

// A bound that only the type sets is no news to a reader of the help.
bool is_told(Range range) {
    const auto of_a_type = {at_least<std::int16_t>(0).most, at_least<std::int32_t>(0).most,
                            at_least<std::int64_t>(0).most};
    return std::ranges::find(of_a_type, range.most) == of_a_type.end();
}

}  // namespace

std::string alternatives(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return text;
}

Argument& Argument::check(const std::function<std::string(const std::string&)>& check) {
    checks_.push_back(check);
    return *this;
}

Argument& Argument::one_of(std::vector<std::string> choices) {
    choices_ = std::move(choices);
    if (values_ == Values::unknown) values_ = Values::choices;
    return *this;
}

bool Argument::has_name(std::string_view name) const {
    return std::ranges::find(names_, name) != names_.end();
}

const std::string& Argument::label() const {
    const auto is_long = [](const std::string& name) { return name.starts_with("--"); };
    const auto found = std::ranges::find_if(names_, is_long);
    return found == names_.end() ? names_.front() : *found;
}

std::string Argument::about() const {
    std::string notes;
    const auto note = [&](const std::string& text) { notes += (notes.empty() ? "" : "; ") + text; };
    if (!choices_.empty()) note(alternatives(choices_));
    if (range_ && is_told(*range_)) note(text_of(*range_));
    if (!needs_.empty()) note("with " + needs_);
    if (!environment_.empty()) note("or " + environment_);
    if (!default_.empty()) note("default " + default_);
    return notes.empty() ? about_ : about_ + " (" + notes + ")";
}

std::string Argument::take(const std::string& value, const std::string& as) const {
    if (value.empty() && !may_be_empty_ && !flag_)
        return as + " is empty; give a value, or leave it out";
    if (!choices_.empty() && std::ranges::find(choices_, value) == choices_.end())
        return as + " is " + alternatives(choices_) + ", not '" + value + "'";
    for (const auto& check : checks_)
        if (const auto reason = check(value); !reason.empty()) return as + ": " + reason;
    const auto reason = take_(value);
    return reason.empty() ? reason : as + reason;
}

Command& Command::add(std::string name, std::string about) {
    commands_.push_back(std::make_unique<Command>(std::move(name), std::move(about)));
    commands_.back()->parent_ = this;
    return *commands_.back();
}

Argument& Command::declare(std::string_view names, std::string about, Take take) {
    auto& argument = *arguments_.emplace_back(std::make_unique<Argument>());
    argument.names_ = split(names, ',');
    argument.about_ = std::move(about);
    argument.take_ = std::move(take);
    for (const auto& name : argument.names_)
        leat::check(name.starts_with('-') == argument.names_.front().starts_with('-'),
                    "an argument is an option or a positional");
    return argument;
}

Argument& Command::flag(std::string_view names, bool& target, std::string about) {
    auto& argument = declare(names, std::move(about), [&target](const std::string&) {
        target = true;
        return std::string{};
    });
    argument.flag_ = true;
    return argument;
}

Argument& Command::text(std::string_view names, std::string& target, std::string about) {
    return declare(names, std::move(about),
                   [&target](const std::string& value) {
                       target = value;
                       return std::string{};
                   })
        .called("TEXT");
}

Argument& Command::text(std::string_view names, std::optional<std::string>& target,
                        std::string about) {
    return declare(names, std::move(about),
                   [&target](const std::string& value) {
                       target = value;
                       return std::string{};
                   })
        .called("TEXT");
}

Argument& Command::duration(std::string_view names, std::chrono::milliseconds& target,
                            DurationRange range, std::string about) {
    return declare(names, std::move(about),
                   [&target, range](const std::string& text) -> std::string {
                       const auto time = read_duration(text);
                       if (!time) return " " + missed_duration(text);
                       const auto whole = std::chrono::floor<std::chrono::milliseconds>(*time);
                       if (whole < range.least || whole > range.most)
                           return " is " + print_duration(range.least) + " to "
                                  + print_duration(range.most) + ", not '" + text + "'";
                       target = whole;
                       return "";
                   })
        .called("DURATION");
}

Argument& Command::texts(std::string_view names, std::vector<std::string>& target,
                         std::string about) {
    auto& argument = declare(names, std::move(about), [&target](const std::string& value) {
        target.push_back(value);
        return std::string{};
    });
    argument.repeats_ = true;
    return argument.called("TEXT");
}

Argument& Command::numbers(std::string_view names, std::vector<std::int32_t>& target, Range range,
                           std::string about) {
    auto& argument = declare(names, std::move(about), [&target, range](const std::string& value) {
        for (const auto& part : split(value, ',')) {
            const auto read = read_number(part, range);
            if (!read) return refusal_of(range, part);
            target.push_back(static_cast<std::int32_t>(*read));
        }
        return std::string{};
    });
    argument.range_ = range;
    argument.repeats_ = true;
    return argument.called("N[,N...]");
}

std::optional<std::int64_t> Command::read_number(const std::string& text, Range range) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (fault != std::errc{} || stop != end) return std::nullopt;
    if (value < range.least || value > range.most) return std::nullopt;
    return value;
}

std::string Command::refusal_of(Range range, const std::string& text) {
    return " is " + text_of(range) + ", not '" + text + "'";
}

std::string Command::path() const {
    return parent_ == nullptr ? name_ : parent_->path() + " " + name_;
}

const Argument* Command::option(std::string_view name) const {
    for (const auto& argument : arguments_)
        if (argument->has_name(name) && !argument->is_positional()) return argument.get();
    return parent_ == nullptr ? nullptr : parent_->option(name);
}

const Command* Command::find(std::string_view name) const {
    for (const auto& command : commands_)
        if (command->name_ == name) return command.get();
    return nullptr;
}

}  // namespace leat::cli
