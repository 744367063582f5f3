// leat::context: the record that a handler is given, and what it can do beside returning.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/event.hpp"
#include "leat/http_client.hpp"
#include "leat/logger.hpp"
#include "leat/pending.hpp"
#include "leat/serde.hpp"
#include "leat/task.hpp"
#include "leat/timestamp.hpp"

namespace leat {

namespace service {
struct Run;
}

/// One record on its way through one handler. Valid until the handler has returned (for a
/// coroutine: has ended); so are all views into it. Not to be shared with other threads.
class context {
public:
    explicit context(service::Run& run) : run_(&run) {}
    context(const context&) = delete;
    context& operator=(const context&) = delete;

    std::string_view topic() const;
    std::int32_t partition() const;
    std::int64_t offset() const;
    /// The consumer group that handles it.
    std::string_view group() const;
    /// The record's key; nothing for null.
    std::optional<std::string_view> key() const;
    /// The record's bytes; nothing for a tombstone.
    std::optional<std::string_view> value() const;
    /// When it was produced, or appended if the topic says so.
    timestamp time() const;
    /// The last header of this name; nothing if there is none or it is null.
    std::optional<std::string_view> header(const std::string& name) const;
    /// All headers in their order.
    std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers() const;
    /// 1 for the first try of this record in this process.
    int attempt() const;
    /// The W3C trace id, 32 hex digits: the record's own `traceparent`, or a new trace.
    std::string trace_id() const;
    /// When the handler's time is up.
    std::chrono::steady_clock::time_point deadline() const;
    /// Whether the work has become pointless: the time is up, or the partition is being taken away.
    bool cancelled() const;

    /// Sends `event`, as its serde writes it (JSON), to `topic` with the record's trace. The record
    /// counts as done only when the broker has acknowledged it. If the broker is away or busy the
    /// record is tried again until it is back, whatever the handler returned; if the broker refuses
    /// for good (too large, not allowed, an impossible topic name) the record goes to the
    /// dead-letter topic at once; if the topic does not exist, after the attempts of retry_options
    /// (after five if those are endless). Need not be awaited. Without `key`: the event's own
    /// key(), or else the key of the record in hand. Throws what the serde throws.
    template <class E>
    pending<published> publish(std::string_view topic, const E& event) {
        auto own = detail::key_of(event);
        if (own) return publish_bytes(topic, std::string_view{*own}, detail::encode_event(event));
        return publish_bytes(topic, key(), detail::encode_event(event));
    }
    template <class E>
    pending<published> publish(std::string_view topic, std::string_view key, const E& event) {
        return publish_bytes(topic, key, detail::encode_event(event));
    }
    /// The same for bytes; nothing for `key` or `value` is Kafka's null. All are copied.
    pending<published> publish_bytes(std::string_view topic, std::optional<std::string_view> key,
                                     std::optional<std::string_view> value);

    /// Calls HTTP services with this record's trace, never beyond the deadline of the handler.
    http_client http() const;
    /// Continues after `time`, or at the deadline if that is sooner. For coroutines.
    pending<bool> sleep(std::chrono::milliseconds time) const;
    /// Logs with the record's fields.
    logger log() const;

    /// The framework's own: sends a handler's value to the `.to()` topic.
    template <class E>
    void publish_result(const E& event) {
        publish(result_topic(), event);
    }

private:
    std::string_view result_topic() const;
    service::Run* run_;
};

}  // namespace leat
