// What an event may say about itself beyond its fields: its key and its rules.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "leat/json.hpp"

namespace leat {

/// A rule that an event breaks: `{"/quantity", "must be at least 1"}`. Returned by an event's
/// `std::optional<leat::violation> validate() const`.
struct violation {
    /// RFC 6901 pointer to the field.
    std::string pointer;
    std::string message;
};

/// A record's bytes as they are, for handlers that decode themselves: `app.on<leat::raw>(…)`.
/// The views are valid while the handler runs; a tombstone's value is nothing.
struct raw {
    std::optional<std::string_view> value;
};

/// Where a published record lies, once its delivery was acknowledged by the broker.
struct published {
    std::string topic;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
};

/// Thrown when a record could not be published. A handler that lets it pass is tried again as the
/// cause deserves, whatever its retry_options: until the broker is back, or not at all.
class publish_error : public std::runtime_error {
public:
    enum class cause {
        overloaded,  // the bounded queue of the producer is full: try again soon
        away,        // the broker could not be reached or was busy: this will pass
        unclear,     // e.g. there is no such topic: this may pass
        refused,     // too large, not allowed, an impossible topic: this will not pass
    };
    publish_error(const std::string& what, cause why) : std::runtime_error(what), why_(why) {}
    cause why() const { return why_; }
    bool overloaded() const { return why_ == cause::overloaded; }

private:
    cause why_;
};

namespace detail {

template <class E>
concept has_key = requires(const E& event) {
    event.key();
};
template <class E>
concept has_validate = requires(const E& event) {
    { event.validate() } -> std::convertible_to<std::optional<violation>>;
};

inline std::string key_text(std::string_view key) { return std::string{key}; }
template <std::integral I>
std::string key_text(I key) {
    return std::to_string(key);
}

/// The key that `event` names by its member `key()`; nothing if it has none.
template <class E>
std::optional<std::string> key_of(const E& event) {
    if constexpr (has_key<E>)
        return key_text(event.key());
    else
        return std::nullopt;
}

template <class E>
std::optional<violation> violation_of(const E& event) {
    if constexpr (has_validate<E>)
        return event.validate();
    else
        return std::nullopt;
}

}  // namespace detail
}  // namespace leat
