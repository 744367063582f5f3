// How events become the value of a record and are read from it: as JSON, unless they say otherwise.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "leat/expected.hpp"
#include "leat/json.hpp"
#include "leat/task.hpp"

namespace leat {

class context;

/// Why an event could not be read from a record.
struct unreadable {
    enum class cause {
        record,   // its bytes are no such event and never will be: to the dead-letter topic
        absence,  // what reading needs (a schema registry) is away: tried again until it is back,
                  // which counts no attempt
    };
    cause why = cause::record;
    /// For people: goes to logs and to the dead-letter record.
    std::string reason;
    /// The error's name, such as "json".
    std::string type;
};

template <class E>
using decoded = expected<E, unreadable>;

/// JSON, as leat::json writes it. A serde of your own is a type with two static functions like
/// these. decode() may be a coroutine that gives `task<decoded<E>>` where it has to wait, for a
/// schema from a registry: `ctx` calls HTTP, sleeps and knows the record's topic and headers, and
/// the handler's deadline holds. What decode() throws counts as an attempt that failed. encode()
/// may throw; it cannot wait, so a schema to write with is fetched before the service runs.
struct json_serde {
    template <class E>
    static decoded<E> decode(std::string_view value, const context&) {
        auto event = json::decode<E>(value);
        if (!event) return unreadable{unreadable::cause::record, event.error().to_string(), "json"};
        return std::move(*event);
    }
    template <class E>
    static std::string encode(const E& event) {
        return json::encode(event);
    }
};

namespace detail {

template <class E>
struct chosen_serde {
    using type = json_serde;
};
template <class E>
requires requires { typename E::serde; }
struct chosen_serde<E> {
    using type = typename E::serde;
};

}  // namespace detail

/// The serde of an event: the one that it names (`struct Order { using serde = avro; … };`), else
/// JSON. Specialise it, as `template <> struct leat::serde_of<Theirs> { using type = avro; };`, for
/// types of others. HTTP bodies are JSON always.
template <class E>
struct serde_of : detail::chosen_serde<E> {};

namespace detail {

template <class E>
std::string encode_event(const E& event) {
    return serde_of<E>::type::template encode<E>(event);
}

/// Whether reading an E may have to wait.
template <class E>
inline constexpr bool decodes_later = is_task<decltype(serde_of<E>::type::template decode<E>(
    std::string_view{}, std::declval<context&>()))>;

}  // namespace detail
}  // namespace leat
