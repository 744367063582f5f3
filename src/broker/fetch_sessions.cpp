#include "broker/fetch_sessions.hpp"

#include <limits>

namespace leat::broker {
namespace {

constexpr std::int32_t initial_epoch = 0;
constexpr std::int32_t final_epoch = -1;
constexpr auto idle_before_eviction = std::chrono::minutes{2};

std::int32_t next_epoch(std::int32_t epoch) {
    return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

}  // namespace

void FetchSession::update(const kafka::FetchRequest& request) {
    for (const auto& topic : request.forgotten_topics_data) {
        for (const auto partition : topic.partitions) {
            const auto at = by_key_.find({topic.topic, topic.topic_id, partition});
            if (at == by_key_.end()) continue;
            partitions_.erase(at->second);
            by_key_.erase(at);
        }
    }
    for (const auto& topic : request.topics) {
        for (const auto& wanted : topic.partitions) {
            const Key key{topic.topic, topic.topic_id, wanted.partition};
            const auto [at, added] = by_key_.try_emplace(key);
            if (added)
                at->second = partitions_.insert(
                    partitions_.end(), std::make_shared<FetchedPartition>(
                                           FetchedPartition{topic.topic, topic.topic_id, wanted}));
            else
                (*at->second)->wanted = wanted;
        }
    }
}

void FetchSession::move_to_end(const FetchedPartition& partition) {
    const auto at = by_key_.find(key_of(partition));
    if (at != by_key_.end()) partitions_.splice(partitions_.end(), partitions_, at->second);
}

FetchSessions::Opened FetchSessions::open(const kafka::FetchRequest& request, MonoTime now) {
    using kafka::ErrorCode;
    if (request.session_epoch == initial_epoch || request.session_epoch == final_epoch) {
        sessions_.erase(request.session_id);
        auto session = std::make_shared<FetchSession>();
        session->update(request);
        session->last_used = now;
        const bool keep = request.session_epoch == initial_epoch && make_room(now);
        if (keep) {
            do {
                last_id_ = last_id_ == std::numeric_limits<std::int32_t>::max() ? 1 : last_id_ + 1;
            } while (sessions_.contains(last_id_));
            session->id = last_id_;
            sessions_.emplace(session->id, session);
        }
        return {ErrorCode::none, std::move(session), false};
    }
    const auto at = sessions_.find(request.session_id);
    if (at == sessions_.end()) return {ErrorCode::fetch_session_id_not_found, nullptr, false};
    const auto& session = at->second;
    if (request.session_epoch != session->next_epoch)
        return {ErrorCode::invalid_fetch_session_epoch, nullptr, false};
    session->next_epoch = next_epoch(session->next_epoch);
    session->last_used = now;
    session->update(request);
    return {ErrorCode::none, session, true};
}

bool FetchSessions::make_room(MonoTime now) {
    if (sessions_.size() < slots_) return true;
    for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
        if (now - at->second->last_used < idle_before_eviction) continue;
        sessions_.erase(at);
        return true;
    }
    return false;
}

}  // namespace leat::broker
