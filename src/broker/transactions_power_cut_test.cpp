// Transactions and the offsets in them, whatever call to the disk the power or the process ends at:
// all of a transaction is there or nothing is, and what was answered holds. LEAT_SIM_SEEDS=n sets
// how many seeds are run, LEAT_SIM_SEED=s runs one.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class TransactionsLife {
public:
    explicit TransactionsLife(std::uint64_t seed) : random_(seed) {
        create_topic(rig_, "t", partitions);
    }

    // Ends at a call to the disk that nobody chose.
    void live() {
        const auto calls = pick(150);
        const bool dies = pick(8) != 0;
        if (dies) rig_.disk.die_after(static_cast<std::int64_t>(calls));
        for (int i = 0; i < 6; ++i) one_transaction();
        if (pick(2) == 0)
            rig_.lose_power();
        else
            rig_.kill_and_start();
        rig_.settle();
    }

    // What is left of all lives, once nothing is open any more.
    void judge() {
        ASSERT_TRUE(init());
        std::set<std::string> seen;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            const auto log = rig_.broker->topics().find("t")->partition(partition);
            EXPECT_EQ(log->log().last_stable_offset(), log->log().high_watermark());
            read(partition, seen);
        }
        std::int64_t expected_offset = -1;
        for (const auto& transaction : done_) {
            std::size_t found = 0;
            for (const auto& value : transaction.values) found += seen.count(value);
            if (transaction.answered) {
                EXPECT_EQ(found, transaction.commit ? transaction.values.size() : 0U)
                    << transaction.offset;
            }
            EXPECT_TRUE(found == 0 || (transaction.commit && found == transaction.values.size()))
                << transaction.offset << ": " << found << " of " << transaction.values.size();
            if (found > 0 && transaction.has_offset) expected_offset = transaction.offset;
        }
        EXPECT_EQ(committed_offset(), expected_offset);
    }

private:
    static constexpr std::int32_t partitions = 3;

    struct Done {
        std::int64_t offset = 0;
        bool has_offset = false;
        bool commit = false;
        bool answered = false;
        std::vector<std::string> values{};
    };

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }

    template <class Response, class RequestBody>
    std::optional<Response> ask(const RequestBody& request, std::int16_t version) {
        const auto answer = rig_.send<Response>(request, version);
        rig_.settle();
        return *answer;
    }

    bool init() {
        InitProducerIdRequest request;
        request.transactional_id = "x";
        request.transaction_timeout_ms = 60'000;
        const auto given = ask<InitProducerIdResponse>(request, 4);
        if (!given || given->error_code != ErrorCode::none) return false;
        adopt({given->producer_id, given->producer_epoch});
        return true;
    }
    void adopt(const ProducerIdentity& producer) {
        producer_ = producer;
        sequence_ = {};
        begun_ = true;
    }

    void one_transaction() {
        if (!begun_ && !init()) return;
        Done& done = done_.emplace_back();
        done.offset = ++next_;
        done.commit = pick(3) != 0;
        bool sound = true;
        for (auto records = 1 + pick(4); sound && records > 0; --records) sound = produce(done);
        done.has_offset = sound && pick(2) == 0;
        if (done.has_offset) sound = commit_offset(done.offset);
        // A producer that has met an error aborts.
        if (!sound) done.commit = false;
        done.answered = end(done.commit);
        if (!done.answered) begun_ = false;
    }

    bool produce(Done& done) {
        const auto partition = static_cast<std::int32_t>(pick(partitions));
        BatchOptions options;
        options.producer_id = producer_.id;
        options.producer_epoch = producer_.epoch;
        options.base_sequence = sequence_[partition]++;
        options.transactional = true;
        const auto value = std::to_string(done.offset) + "/" + std::to_string(done.values.size());
        auto request = producing("t", value, options);
        request.transactional_id = "x";
        request.topic_data[0].partition_data[0].index = partition;
        const auto answer = ask<ProduceResponse>(request, 12);
        if (!answer
            || answer->responses.at(0).partition_responses.at(0).error_code != ErrorCode::none)
            return false;
        done.values.push_back(value);
        return true;
    }

    bool commit_offset(std::int64_t offset) {
        TxnOffsetCommitRequest request;
        request.transactional_id = "x";
        request.group_id = "g";
        request.producer_id = producer_.id;
        request.producer_epoch = producer_.epoch;
        request.topics.push_back({"t", {{.partition_index = 0, .committed_offset = offset}}});
        const auto answer = ask<TxnOffsetCommitResponse>(request, 5);
        return answer && answer->topics.at(0).partitions.at(0).error_code == ErrorCode::none;
    }

    bool end(bool commit) {
        EndTxnRequest request;
        request.transactional_id = "x";
        request.producer_id = producer_.id;
        request.producer_epoch = producer_.epoch;
        request.committed = commit;
        const auto answer = ask<EndTxnResponse>(request, 5);
        if (!answer || answer->error_code != ErrorCode::none) return false;
        adopt({answer->producer_id, answer->producer_epoch});
        return true;
    }

    void read(std::int32_t partition, std::set<std::string>& seen) {
        auto request = fetching("t", 0, 0);
        request.isolation_level = 1;
        request.topics[0].partitions[0].partition = partition;
        const auto response = rig_.ask<FetchResponse>(request, 12);
        for (const auto& value : committed_values(response.responses.at(0).partitions.at(0)))
            EXPECT_TRUE(seen.insert(value).second) << value << " is there twice";
    }

    std::int64_t committed_offset() {
        OffsetFetchRequest request;
        request.require_stable = true;
        request.groups.push_back(
            {.group_id = "g", .topics = {{{.name = "t", .partition_indexes = {0}}}}});
        const auto found = rig_.ask<OffsetFetchResponse>(request, 8);
        const auto& partition = found.groups.at(0).topics.at(0).partitions.at(0);
        EXPECT_EQ(partition.error_code, ErrorCode::none);
        return partition.committed_offset;
    }

    static Config config() {
        auto config = BrokerRig::test_config();
        check(config.set("transaction.state.log.num.partitions", "2").ok(), "a key that exists");
        check(config.set("log.segment.bytes", "16384").ok(), "a key that exists");
        return config;
    }

    std::mt19937_64 random_;
    BrokerRig rig_{config()};
    ProducerIdentity producer_;
    std::map<std::int32_t, std::int32_t> sequence_;
    bool begun_ = false;
    std::int64_t next_ = 0;
    std::vector<Done> done_;
};

void run_seed(std::uint64_t seed) {
    SCOPED_TRACE("LEAT_SIM_SEED=" + std::to_string(seed));
    TransactionsLife life{seed};
    for (int lives = 0; lives < 4; ++lives) {
        life.live();
        life.judge();
        if (testing::Test::HasFailure()) return;
    }
}

TEST(TransactionsPowerCut, leaves_all_of_a_transaction_or_nothing_and_what_was_answered_holds) {
    testing::internal::CaptureStderr();  // thousands of starts
    const auto one = from_environment("LEAT_SIM_SEED", 0);
    const auto first = std::max<std::uint64_t>(one, 1);
    const auto seeds = one != 0 ? 1 : from_environment("LEAT_SIM_SEEDS", 100);
    for (auto seed = first; seed < first + seeds && !HasFailure(); ++seed) run_seed(seed);
    (void)testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace leat::broker
