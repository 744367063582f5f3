// E11: histories of random sends, polls and transactions, judged as Jepsen judges Kafka's, while
// the broker is killed with -9. LEAT_HISTORIES=n sets how many, LEAT_OPERATIONS=n how long each is,
// LEAT_SEED=s replays; LEAT_BOOTSTRAP=host:port asks another broker, which is not killed.
#include <gtest/gtest.h>

#include <cstdio>

#include "broker_under_test.hpp"
#include "history_process.hpp"

namespace leat::crash {
namespace {

constexpr int history_keys = 6;
constexpr int history_processes = 16;

class Histories : public testing::Test {
protected:
    void run(std::uint64_t number);
    void judge(std::uint64_t number, TxnHistory& history);

    const std::uint64_t operations_ = number_from("LEAT_OPERATIONS", 1'200);
    BrokerUnderTest broker_;
    std::map<std::string, std::size_t> tolerated_;
    std::map<HistoryOp::Outcome, std::size_t> outcomes_;
    std::size_t records_ = 0;
};

void Histories::run(std::uint64_t number) {
    const auto topic = broker_.unique("history-" + std::to_string(number));
    broker_.start();
    broker_.create_topics(topics_request({{topic, history_keys}}));
    HistoryRecorder recorder;
    std::vector<std::unique_ptr<HistoryProcess>> processes;
    for (int i = 0; i < history_processes; ++i)
        processes.push_back(std::make_unique<HistoryProcess>(
            recorder, HistoryPlan{.bootstrap = broker_.bootstrap(),
                                  .topic = topic,
                                  .keys = history_keys,
                                  .number = i,
                                  .seed = broker_.random()(),
                                  .operations = operations_ / history_processes,
                                  .group_id = topic}));
    broker_.kill();
    const auto all_done = [&] {
        return std::ranges::all_of(processes, [](const auto& each) { return each->is_done(); });
    };
    while (!all_done() && !HasFailure())
        broker_.live_and_die(std::chrono::milliseconds{100}, [](std::uint64_t, std::uint64_t) {});
    broker_.start();
    processes.clear();
    read_to_the_end(recorder, broker_.bootstrap(), topic, history_keys);
    judge(number, recorder.history());
    broker_.kill();
}

void Histories::judge(std::uint64_t number, TxnHistory& history) {
    for (const auto& op : history.ops()) {
        ++outcomes_[op.outcome];
        records_ += op.steps.size();
    }
    std::size_t violations = 0;
    for (const auto& finding : history.judge()) {
        if (TxnHistory::is_tolerated(finding.name))
            ++tolerated_[finding.name];
        else if (++violations < 20)
            ADD_FAILURE() << "history " << number << ": " << finding.name << ": " << finding.what;
    }
    EXPECT_EQ(violations, 0U) << "seed " << broker_.seed();
}

TEST_F(Histories, show_no_anomaly_that_kafka_excludes) {
    const auto histories = number_from("LEAT_HISTORIES", 5);
    for (std::uint64_t i = 0; i < histories && !HasFailure(); ++i) run(i);
    using Outcome = HistoryOp::Outcome;
    std::printf("%zu operations succeeded, %zu failed, %zu in doubt; %zu steps; %d kills\n",
                outcomes_[Outcome::ok], outcomes_[Outcome::failed], outcomes_[Outcome::unknown],
                records_, broker_.kills());
    for (const auto& [name, count] : tolerated_)
        std::printf("%8zu times %s, which Kafka's model allows\n", count, name.c_str());
}

}  // namespace
}  // namespace leat::crash
