// Incremental fetch sessions (KIP-227): what a consumer fetches is remembered between requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

#include "base/clock.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/fetch.hpp"

namespace leat::broker {

/// One partition that a fetch asks for.
struct FetchedPartition {
    std::string topic;  // empty where the request named an id
    Uuid topic_id;      // zero where the request named a topic
    kafka::FetchRequest::FetchTopic::FetchPartition wanted;
    // What the client was last told, so that an incremental answer holds news only.
    std::int64_t told_high_watermark = -1;
    std::int64_t told_log_start = -1;
    bool told_error = false;
};

/// A session's partitions in the order in which they are served. A client may send its next fetch
/// before the last is answered, so a fetch shares its partitions and never holds a place in here.
class FetchSession {
public:
    using Partitions = std::list<std::shared_ptr<FetchedPartition>>;

    /// Adds or updates what the request names and removes what it forgets.
    void update(const kafka::FetchRequest& request);
    const Partitions& partitions() const { return partitions_; }
    /// Serves `partition` last from here on: those that gave data must not starve the others.
    void move_to_end(const FetchedPartition& partition);

    std::int32_t id = 0;
    std::int32_t next_epoch = 1;
    MonoTime last_used{};

private:
    using Key = std::tuple<std::string, Uuid, std::int32_t>;
    static Key key_of(const FetchedPartition& p) {
        return {p.topic, p.topic_id, p.wanted.partition};
    }

    Partitions partitions_;
    std::map<Key, Partitions::iterator> by_key_;
};

/// All sessions, at most `slots`; idle ones make room after two minutes. Core thread.
class FetchSessions {
public:
    explicit FetchSessions(std::size_t slots) : slots_(slots) {}

    struct Opened {
        kafka::ErrorCode error = kafka::ErrorCode::none;
        /// Never null without an error; its id is 0 if the session is for this request only.
        std::shared_ptr<FetchSession> session;
        /// The answer holds changed partitions only.
        bool incremental = false;
    };
    /// The session that the request goes on with, begins, or ends.
    Opened open(const kafka::FetchRequest& request, MonoTime now);
    std::size_t size() const { return sessions_.size(); }

private:
    bool make_room(MonoTime now);

    std::size_t slots_;
    std::int32_t last_id_ = 0;
    std::unordered_map<std::int32_t, std::shared_ptr<FetchSession>> sessions_;
};

}  // namespace leat::broker
