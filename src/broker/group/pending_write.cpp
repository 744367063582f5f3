// How a failed append shows in each response.
#include "broker/group/pending_write.hpp"

namespace leat::broker {
namespace {

struct ErrorPlace {
    kafka::ErrorCode error;
    const std::string& group_id;

    void operator()(kafka::OffsetCommitResponse& response) const {
        for (auto& topic : response.topics)
            for (auto& partition : topic.partitions)
                if (partition.error_code == kafka::ErrorCode::none) partition.error_code = error;
    }
    void operator()(kafka::OffsetDeleteResponse& response) const {
        response.topics.clear();
        response.error_code = error;
    }
    void operator()(kafka::DeleteGroupsResponse& response) const {
        for (auto& result : response.results)
            if (result.group_id == group_id) result.error_code = error;
    }
    void operator()(kafka::LeaveGroupResponse& response) const {
        response.members.clear();
        response.error_code = error;
    }
    // The others never wait for an append.
    template <class Other>
    void operator()(Other&) const {}
};

}  // namespace

kafka::ErrorCode group_error(kafka::ErrorCode outcome) {
    using kafka::ErrorCode;
    switch (outcome) {
        case ErrorCode::unknown_topic_or_partition:
        case ErrorCode::not_enough_replicas:
        case ErrorCode::request_timed_out:
            return ErrorCode::coordinator_not_available;
        case ErrorCode::not_leader_or_follower:
        case ErrorCode::kafka_storage_error:
            return ErrorCode::not_coordinator;
        case ErrorCode::message_too_large:
        case ErrorCode::record_list_too_large:
        case ErrorCode::invalid_fetch_size:
            return ErrorCode::unknown_server_error;
        default:
            return outcome;
    }
}

void set_error(GroupResponse& response, kafka::ErrorCode error, const std::string& group_id) {
    std::visit(ErrorPlace{error, group_id}, response);
}

}  // namespace leat::broker
