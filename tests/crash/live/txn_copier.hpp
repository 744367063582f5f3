// A transactional copier, in the shape of Kafka's TransactionalMessageCopier: consumes, transforms,
// produces and commits its offsets in transactions; aborts some, and dies in the middle of others.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "copy_judge.hpp"
#include "rdkafka.hpp"

namespace leat::crash {

struct CopierPlan {
    std::string bootstrap;
    std::string input;
    std::string output;
    std::string group_id;
    int number = 0;
    std::uint64_t seed = 0;
    /// Comes back under its name in the group (KIP-345).
    bool is_static = false;
    /// Of 100 transactions, so many are aborted, and at so many the copier dies.
    int aborts = 8;
    int deaths = 5;
};

class TxnCopier {
public:
    TxnCopier(CopyJudge& judge, CopierPlan plan);
    /// Leaves no transaction open; the broker should be up.
    ~TxnCopier();
    TxnCopier(const TxnCopier&) = delete;
    TxnCopier& operator=(const TxnCopier&) = delete;

    static void rebalanced(rd_kafka_t* client, rd_kafka_resp_err_t what,
                           rd_kafka_topic_partition_list_t* list, void* self);

private:
    /// What a call of the transactional API leaves to do.
    enum class Outcome { done, abort, give_up };
    enum class Go { on, leave, die };
    struct MetadataDeleter {
        void operator()(rd_kafka_consumer_group_metadata_t* metadata) const {
            rd_kafka_consumer_group_metadata_destroy(metadata);
        }
    };
    using Metadata = std::unique_ptr<rd_kafka_consumer_group_metadata_t, MetadataDeleter>;

    void run();
    bool open();
    void close(Go how);
    bool end_old_life();
    Go one_transaction();
    void copy(const rd_kafka_message_t& message);
    Go finish(const Metadata& metadata);
    Go abort(bool writes_all);
    bool rewind();
    RdMessage poll(int milliseconds);
    /// Calls again while that may help, at most 20 times 2 s.
    template <class Call>
    Outcome persistently(const Call& call) const;
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }

    CopyJudge& judge_;
    CopierPlan plan_;
    std::mt19937_64 random_;
    RdClient producer_;
    RdClient consumer_;
    // The producer of a life that ended in the middle of a transaction, and which.
    RdClient ghost_;
    std::optional<std::size_t> died_in_;
    std::size_t transaction_ = 0;
    std::map<int, std::int64_t> next_;  // offsets to commit with it, by partition
    bool rebalanced_ = false;
    bool must_come_back_ = false;
    bool has_aborted_ = false;  // with all records written: readers have something to leave out
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace leat::crash
