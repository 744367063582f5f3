// What a handler says about a record: outcomes are values, not calls.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace leat {

/// The verdict on a record, without a value. Made by ok(), skip(), retry(), reject() and defer().
struct verdict {
    enum class kind {
        ok,      // done
        skip,    // done, on purpose without effect
        retry,   // try again after a back-off, at most as often as retry_options say
        reject,  // to the dead-letter topic at once
        defer,   // try again at a time, without counting an attempt
        // The framework's own:
        undecodable,    // the bytes are no such event
        invalid,        // the event breaks its validate()
        blocked,        // what every record needs is away (the broker, a schema registry): try
                        // again until it is back, without counting an attempt
        unpublished,    // a publication was refused, perhaps for now: at least one more attempt
        unpublishable,  // a publication will be refused again: to the dead-letter topic at once
    };
    kind what = kind::ok;
    /// For people: goes to logs and to the dead-letter record.
    std::string reason;
    /// The error's name; a C++ type for exceptions.
    std::string type;
    /// For defer: how long from now.
    std::chrono::milliseconds delay{0};

    bool done() const { return what == kind::ok || what == kind::skip; }
};

/// The record is done.
inline verdict ok() { return {}; }
/// The record is done, and was not for us; counted apart.
inline verdict skip(std::string reason = {}) {
    return {verdict::kind::skip, std::move(reason), {}, {}};
}
/// Something outside failed that may work later: another attempt after a back-off.
inline verdict retry(std::string reason) {
    return {verdict::kind::retry, std::move(reason), "retry", {}};
}
/// The record can never be processed: it goes to the dead-letter topic at once.
inline verdict reject(std::string reason) {
    return {verdict::kind::reject, std::move(reason), "reject", {}};
}
/// Not yet: another try after `delay` (at least 1 ms), which counts no attempt. The key waits.
inline verdict defer(std::chrono::milliseconds delay, std::string reason = {}) {
    return {verdict::kind::defer, std::move(reason), "defer",
            std::max(delay, std::chrono::milliseconds{1})};
}
/// The same until a point in time.
inline verdict defer(std::chrono::system_clock::time_point until, std::string reason = {}) {
    return defer(
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::system_clock::now()),
        std::move(reason));
}

/// A verdict that may come with a value, which is published to the handler's `.to()` topic. A
/// handler that has a T simply returns it.
template <class T = void>
class outcome : public verdict {
public:
    outcome(T event) : value(std::move(event)) {}
    outcome(verdict v) : verdict(std::move(v)) {}

    std::optional<T> value;
};
template <>
class outcome<void> : public verdict {
public:
    outcome(verdict v) : verdict(std::move(v)) {}
};

}  // namespace leat
