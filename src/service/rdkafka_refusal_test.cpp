// Which of Kafka's refusals pass, which never do: every error that librdkafka knows.
#include <gtest/gtest.h>

#include <set>
#include <span>

#include "service/rdkafka_handles.hpp"

namespace leat::rdkafka {
namespace {

const std::set<std::string> that_pass{"_ALL_BROKERS_DOWN",
                                      "_DESTROY",
                                      "_FATAL",
                                      "_IN_PROGRESS",
                                      "_INTR",
                                      "_MSG_TIMED_OUT",
                                      "_OUTDATED",
                                      "_PURGE_INFLIGHT",
                                      "_PURGE_QUEUE",
                                      "_QUEUE_FULL",
                                      "_RESOLVE",
                                      "_RETRY",
                                      "_STATE",
                                      "_TIMED_OUT",
                                      "_TIMED_OUT_QUEUE",
                                      "_TRANSPORT",
                                      "_WAIT_CACHE",
                                      "_WAIT_COORD",
                                      "BROKER_NOT_AVAILABLE",
                                      "CONCURRENT_TRANSACTIONS",
                                      "COORDINATOR_LOAD_IN_PROGRESS",
                                      "COORDINATOR_NOT_AVAILABLE",
                                      "FENCED_LEADER_EPOCH",
                                      "KAFKA_STORAGE_ERROR",
                                      "LEADER_NOT_AVAILABLE",
                                      "NETWORK_EXCEPTION",
                                      "NOT_CONTROLLER",
                                      "NOT_COORDINATOR",
                                      "NOT_ENOUGH_REPLICAS",
                                      "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
                                      "NOT_LEADER_FOR_PARTITION",
                                      "PREFERRED_LEADER_NOT_AVAILABLE",
                                      "REBALANCE_IN_PROGRESS",
                                      "REPLICA_NOT_AVAILABLE",
                                      "REQUEST_TIMED_OUT",
                                      "THROTTLING_QUOTA_EXCEEDED",
                                      "UNKNOWN_LEADER_EPOCH"};
const std::set<std::string> that_never_pass{"_AUTHENTICATION",
                                            "_INVALID_ARG",
                                            "_NOT_IMPLEMENTED",
                                            "_UNSUPPORTED_FEATURE",
                                            "CLUSTER_AUTHORIZATION_FAILED",
                                            "GROUP_AUTHORIZATION_FAILED",
                                            "INVALID_CONFIG",
                                            "INVALID_GROUP_ID",
                                            "INVALID_MSG_SIZE",
                                            "INVALID_PARTITIONS",
                                            "INVALID_RECORD",
                                            "INVALID_REPLICA_ASSIGNMENT",
                                            "INVALID_REPLICATION_FACTOR",
                                            "INVALID_REQUEST",
                                            "INVALID_REQUIRED_ACKS",
                                            "INVALID_SESSION_TIMEOUT",
                                            "INVALID_TIMESTAMP",
                                            "MSG_SIZE_TOO_LARGE",
                                            "POLICY_VIOLATION",
                                            "RECORD_LIST_TOO_LARGE",
                                            "SASL_AUTHENTICATION_FAILED",
                                            "SECURITY_DISABLED",
                                            "TOPIC_AUTHORIZATION_FAILED",
                                            "TOPIC_EXCEPTION",
                                            "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
                                            "UNSUPPORTED_COMPRESSION_TYPE",
                                            "UNSUPPORTED_FOR_MESSAGE_FORMAT",
                                            "UNSUPPORTED_SASL_MECHANISM",
                                            "UNSUPPORTED_VERSION"};

TEST(Refusal, of_every_error_is_of_one_kind) {
    const rd_kafka_err_desc* all = nullptr;
    std::size_t count = 0;
    rd_kafka_get_err_descs(&all, &count);
    std::size_t listed = 0;
    for (const auto& each : std::span{all, count}) {
        if (each.name == nullptr) continue;
        const bool passes = that_pass.contains(each.name);
        const bool never = that_never_pass.contains(each.name);
        listed += passes || never ? 1 : 0;
        EXPECT_EQ(refusal_of(each.code), passes  ? Refusal::passing
                                         : never ? Refusal::permanent
                                                 : Refusal::unclear)
            << each.name;
    }
    EXPECT_EQ(listed, that_pass.size() + that_never_pass.size());
}

TEST(Refusal, that_never_passes_comes_with_a_cure) {
    const auto trouble = trouble_of(RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, "JoinGroup failed");
    EXPECT_EQ(trouble.what, "JoinGroup failed (INVALID_SESSION_TIMEOUT)");
    EXPECT_EQ(trouble.cure, "Set group.session_timeout to what the broker allows.");
    EXPECT_EQ(trouble.refusal, Refusal::permanent);
}

}  // namespace
}  // namespace leat::rdkafka
