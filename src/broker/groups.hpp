// The group coordinator's shell: its writes go to `__consumer_offsets`, its answers to connections.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "broker/group/group_coordinator.hpp"
#include "broker/request.hpp"
#include "broker/runtime.hpp"
#include "broker/state_topic.hpp"

namespace leat::broker {

/// Core thread.
class Groups {
public:
    /// All of it outlives the groups.
    Groups(const Runtime& runtime, const Config& config, Topics& topics, storage::Flusher& flusher,
           log::LimitedLog& events);
    ~Groups();

    /// Reads `__consumer_offsets`, if it exists, and serves from then on. Error: a record that
    /// cannot be read, by partition and offset.
    Result<void> load();
    /// Calls `then` once `__consumer_offsets` exists, creating it if need be.
    void when_ready(std::function<void(kafka::ErrorCode)> then) {
        state_.when_ready(std::move(then));
    }

    /// Runs one call of the coordinator; `answered` gets its response, at once or later.
    using Call = std::function<Effects(GroupCoordinator&, const GroupContext&)>;
    void run(const RequestContext& context, const Call& call,
             std::function<void(GroupResponse)> answered);

    /// The partition of `__consumer_offsets` that holds what a group commits.
    std::int32_t partition_of(const std::string& group_id) const {
        return coordinator_.partition_of(group_id);
    }
    /// Appends the marker that ends a transaction in such a partition. `done` hears, from the event
    /// loop, once what it committed holds, or why not.
    void end_transaction(std::int32_t partition, const storage::IncomingBatch& marker,
                         const StateTopic::Done& done);
    void topic_removed(const std::string& topic);
    GroupCoordinator::Size size() const { return coordinator_.size(); }

private:
    void apply(Effects effects);
    void arm_timer();
    Moment moment() const;

    const Runtime& runtime_;
    log::LimitedLog& events_;
    GroupCoordinator coordinator_;
    StateTopic state_;
    RequestToken last_token_ = 0;
    std::unordered_map<RequestToken, std::function<void(GroupResponse)>> answers_;
    std::optional<MonoTime> armed_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::broker
