// E4 on the running broker: one call on its files fails, any call in any way, while it serves and
// while it starts. LEAT_POINTS=n sets how many lives it has, LEAT_SEED=s which calls.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>

#include "broker_process.hpp"
#include "client/offsets.hpp"
#include "noted_produce.hpp"
#include "topics_request.hpp"
#include "whole_logs.hpp"

namespace leat::crash {
namespace {

using kafka::ErrorCode;

constexpr std::uint64_t partitions = 4;
constexpr int rounds = 12;
constexpr std::uint64_t lives_of_a_directory = 50;

/// A data directory with one topic, and the lives of brokers on it.
class Directory {
public:
    explicit Directory(std::mt19937_64& random) : random_(random) {
        start({});
        check(broker_.wait_ready(), broker_.log_tail().c_str());
        auto cluster = connect();
        const auto made = cluster.call<kafka::CreateTopicsResponse>(
            client::Target::controller(), topics_request({{"t", int{partitions}}}));
        check(made.ok() && made->topics.at(0).error_code == ErrorCode::none, "a topic is created");
        round(cluster);
        check(broker_.stop() == 0, broker_.log_tail().c_str());
    }

    /// One life in which the `k`-th call fails with `error`, then one without, judged.
    void live(std::uint64_t k, int error) {
        start({"LD_PRELOAD=" LEAT_FAILING_CALLS, "LEAT_FAIL_DIR=" + broker_.data_dir(),
               "LEAT_FAIL_CALL=" + std::to_string(k), "LEAT_FAIL_WITH=" + std::to_string(error)});
        if (broker_.wait_ready()) {
            auto cluster = connect();
            for (int i = 0; i < rounds; ++i) round(cluster);
            EXPECT_GE(round(cluster), partitions - 1) << "one call failed\n" << broker_.log_tail();
            if (random_() % 2 == 0) static_cast<void>(broker_.stop());
        } else {
            EXPECT_NE(broker_.wait(), 0) << broker_.log_tail();
        }
        EXPECT_LT(broker_.exit_code(), 128) << "it does not crash\n" << broker_.log_tail();
        broker_.kill();
        group_is_lost_ = false;
        start({});
        ASSERT_TRUE(broker_.wait_ready()) << broker_.log_tail();
        auto cluster = connect();
        judge(cluster);
        EXPECT_EQ(round(cluster), partitions) << "it serves again\n" << broker_.log_tail();
        ASSERT_EQ(broker_.stop(), 0) << broker_.log_tail();
    }
    /// How many of the lives met their failing call.
    std::uint64_t failures() const {
        std::ifstream log{scratch_.path() + "/broker.log"};
        std::uint64_t count = 0;
        for (std::string line; std::getline(log, line);) count += line.starts_with("failing ");
        return count;
    }

private:
    void start(std::vector<std::string> environment) {
        broker_.start({.settings = {"leat.free.space.floor.bytes=0", "leat.journal.bytes=16384",
                                    "log.segment.bytes=65536", "offsets.topic.num.partitions=2",
                                    "log.flush.offset.checkpoint.interval.ms=50"},
                       .environment = std::move(environment)});
    }
    client::Cluster connect() {
        client::ClusterOptions options;
        options.bootstrap = broker_.bootstrap();
        auto cluster = client::Cluster::connect(options);
        check(cluster.ok(), "a broker that is ready can be reached");
        return std::move(*cluster);
    }
    /// A record to each partition and an offset: how many records were acknowledged.
    std::uint64_t round(client::Cluster& cluster) {
        std::uint64_t acknowledged = 0;
        for (std::uint64_t i = 0; i < partitions; ++i) {
            const auto number = static_cast<int>(i);
            const auto record =
                make_record(HistoryChecker::Kind::plain, number, next_++, random_());
            const auto answer = produce_once(cluster, checkers_[i], {"t", number}, record);
            acknowledged += answer.error_code == ErrorCode::none ? 1 : 0;
        }
        if (group_is_lost_) return acknowledged;  // its log is offline: asking again takes long
        const auto committed = client::commit_offsets(
            cluster, "g", {{.partition = {"t", 0}, .offset = ++offset_, .metadata = {}}});
        if (committed) committed_ = offset_;
        group_is_lost_ = !committed.ok();
        return acknowledged;
    }
    void judge(client::Cluster& cluster) {
        std::vector<Place> places;
        for (std::uint64_t i = 0; i < partitions; ++i) places.push_back({"t", static_cast<int>(i)});
        Ranges ranges(places.size(), {0, open_end});
        const auto contents = read_with_fetch(cluster, places, ranges);
        for (std::uint64_t i = 0; i < partitions; ++i) {
            checkers_[i].recovered(0, contents[i]);
            ASSERT_EQ(checkers_[i].anomalies(), std::vector<std::string>{}) << "partition " << i;
        }
        const auto offsets = client::committed_offsets(cluster, "g");
        ASSERT_TRUE(offsets.ok() && offsets->size() == 1);
        EXPECT_GE(offsets->front().offset, committed_);
        EXPECT_LE(offsets->front().offset, offset_);
    }

    std::mt19937_64& random_;
    ScratchDir scratch_{"io-error"};
    BrokerProcess broker_{scratch_.path() + "/data", scratch_.path() + "/broker.log"};
    std::array<HistoryChecker, partitions> checkers_;
    int next_ = 0;
    std::int64_t offset_ = 0;
    std::int64_t committed_ = 0;
    bool group_is_lost_ = false;  // in this life
};

TEST(IoError, of_any_kind_at_any_call_loses_nothing_and_costs_at_most_one_partition) {
    const auto seed = number_from("LEAT_SEED", std::random_device{}());
    const auto points = number_from("LEAT_POINTS", 100);
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::mt19937_64 random{seed};
    constexpr std::array errors{EIO, ENOSPC, EDQUOT, EINTR, 0};
    std::unique_ptr<Directory> directory;
    std::uint64_t failures = 0;
    for (std::uint64_t point = 0; point < points; ++point) {
        if (point % lives_of_a_directory == 0) {
            failures += directory ? directory->failures() : 0;
            directory = std::make_unique<Directory>(random);
        }
        // Early calls are many kinds, later ones are writes and syncs.
        const auto k = 1 + random() % (random() % 2 == 0 ? 60 : 400);
        const int error = errors[random() % errors.size()];
        directory->live(k, error);
        ASSERT_FALSE(testing::Test::HasFailure()) << "call " << k << ", errno " << error;
    }
    failures += directory->failures();
    std::printf("%llu lives, %llu failing calls\n", static_cast<unsigned long long>(points),
                static_cast<unsigned long long>(failures));
    EXPECT_GT(failures, points / 2);
}

}  // namespace
}  // namespace leat::crash
