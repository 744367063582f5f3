// The group coordinator's shell: its writes go to `__consumer_offsets`, its answers to connections.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "broker/group/group_coordinator.hpp"
#include "broker/request.hpp"
#include "broker/runtime.hpp"
#include "broker/topics.hpp"
#include "storage/snapshot_trim.hpp"

namespace leat::broker {

inline constexpr std::string_view offsets_topic = "__consumer_offsets";

/// Core thread.
class Groups {
public:
    Groups(const Runtime& runtime, const Config& config, Topics& topics, storage::Flusher& flusher);
    ~Groups();

    /// Reads `__consumer_offsets`, if it exists, and serves from then on. Error: a record that
    /// cannot be read, by partition and offset.
    Result<void> load();
    /// Calls `then(ok)` once `__consumer_offsets` exists, creating it if need be.
    void when_ready(std::function<void(kafka::ErrorCode)> then);

    /// Runs one call of the coordinator; `answered` gets its response, at once or later.
    using Call = std::function<Effects(GroupCoordinator&, const GroupContext&)>;
    void run(const RequestContext& context, const Call& call,
             std::function<void(GroupResponse)> answered);

    void topic_removed(const std::string& topic);
    GroupCoordinator::Size size() const { return coordinator_.size(); }

private:
    Result<void> replay(Partition& partition);
    void apply(Effects effects);
    void persist(const Persist& write);
    void persisted(PersistId id, kafka::ErrorCode outcome);
    void trim_if_due(std::int32_t partition);
    void arm_timer();
    Moment moment() const;
    void attach_trims();

    const Runtime& runtime_;
    const Config& config_;
    Topics& topics_;
    storage::Flusher& flusher_;
    GroupCoordinator coordinator_;
    RequestToken last_token_ = 0;
    std::unordered_map<RequestToken, std::function<void(GroupResponse)>> answers_;
    std::vector<std::function<void(kafka::ErrorCode)>> waiting_for_topic_;
    struct Trim;
    std::map<std::int32_t, std::shared_ptr<Trim>> trims_;
    std::optional<MonoTime> armed_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::broker
