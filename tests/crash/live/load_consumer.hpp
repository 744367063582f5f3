// A member of a consumer group under load: journals what it is given and which commits succeed.
#pragma once

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "judge.hpp"
#include "rdkafka.hpp"

namespace leat::crash {

struct ConsumerPlan {
    std::string bootstrap;
    std::size_t group = 0;
    std::string group_id;
    std::string strategy = "range,roundrobin";
    std::uint64_t seed = 0;
    /// Leaves the group and joins it anew after about so many commits; 0: never.
    int commits_between_leaves = 0;
};

class LoadConsumer {
public:
    LoadConsumer(Judge& judge, ConsumerPlan plan);
    /// Leaves the group; the broker should be up.
    ~LoadConsumer();
    LoadConsumer(const LoadConsumer&) = delete;
    LoadConsumer& operator=(const LoadConsumer&) = delete;

private:
    struct Held {
        std::uint64_t assignment = 0;
        std::int64_t next = -1;  // the offset to be committed
    };
    void run();
    void join();
    void leave();
    void take(const rd_kafka_message_t& message);
    void commit(const std::set<std::size_t>& places);
    void rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list);
    void assigned(const rd_kafka_topic_partition_list_t& list);
    void revoked(const rd_kafka_topic_partition_list_t& list);

    Judge& judge_;
    ConsumerPlan plan_;
    std::mt19937_64 random_;
    RdClient client_;
    std::map<std::size_t, Held> held_;  // by place
    std::set<std::size_t> uncommitted_;
    std::size_t since_commit_ = 0;
    int commits_left_ = 0;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace leat::crash
