// E10: requests of transactions that come late, twice and out of order, over other connections, on
// the running broker (what Jepsen found in Bufstream 0.1.0, and in Kafka's older protocol): no
// later transaction is ended by them. LEAT_TXNS=n sets how many transactions, LEAT_SEED=s replays;
// LEAT_BOOTSTRAP=host:port asks another broker.
#include <gtest/gtest.h>

#include <cstdio>

#include "broker_under_test.hpp"
#include "client/offsets.hpp"
#include "isolated_reads.hpp"
#include "txn_session.hpp"

namespace leat::crash {
namespace {

using Fate = CopyJudge::Fate;

constexpr int late_partitions = 3;

class LateRequests : public testing::Test {
protected:
    void run(const std::vector<std::unique_ptr<TxnSession>>& sessions);
    void judge(const std::vector<std::unique_ptr<TxnSession>>& sessions);

    BrokerUnderTest broker_;
    const std::string topic_ = broker_.unique("late");
    CopyJudge judge_{[](int, std::int64_t) { return std::vector<CopyOutput>{}; }};
};

void LateRequests::run(const std::vector<std::unique_ptr<TxnSession>>& sessions) {
    const auto all_done = [&] {
        return std::ranges::all_of(sessions, [](const auto& each) { return each->is_done(); });
    };
    broker_.kill();
    while (!all_done() && !HasFailure())
        broker_.live_and_die(std::chrono::milliseconds{25}, [](std::uint64_t, std::uint64_t) {});
    broker_.start();
}

void LateRequests::judge(const std::vector<std::unique_ptr<TxnSession>>& sessions) {
    auto cluster = broker_.connect();
    const auto fetch = [&](Isolation isolation) {
        return read_isolated_with_fetch(cluster, topic_, late_partitions, isolation);
    };
    const auto visible = fetch(Isolation::read_committed);
    const auto all = fetch(Isolation::read_uncommitted);
    judge_.judge_visible(visible);
    EXPECT_GT(judge_.judge_uncommitted(all, visible), 0U);
    for (const auto& partition : all) {
        std::set<std::string> values;
        for (const auto& [offset, value] : partition)
            EXPECT_TRUE(values.insert(value).second) << value << " is there twice";
    }
    for (const auto& session : sessions) {
        const auto committed = client::committed_offsets(cluster, session->group());
        ASSERT_TRUE(committed.ok()) << committed.error().what;
        const auto offset = committed->empty() ? -1 : committed->front().offset;
        EXPECT_TRUE(session->possible_offsets().contains(offset))
            << session->group() << ": " << offset;
    }
}

TEST_F(LateRequests, end_no_later_transaction_and_write_nothing) {
    const auto transactions = number_from("LEAT_TXNS", 2000);
    broker_.start();
    broker_.create_topics(topics_request({{topic_, late_partitions}}));
    const auto peer = parse_host_port(broker_.bootstrap());
    ASSERT_TRUE(peer.ok());
    Echo echo{*peer};
    std::vector<std::unique_ptr<TxnSession>> sessions;
    for (int i = 0; i < 4; ++i)
        sessions.push_back(std::make_unique<TxnSession>(
            judge_, echo, broker_.changes(),
            SessionPlan{.peer = *peer,
                        .topic = topic_,
                        .partitions = late_partitions,
                        .number = i,
                        .name = broker_.unique("session-" + std::to_string(i)),
                        .seed = broker_.random()(),
                        .transactions = transactions / 4,
                        .own_epochs = i % 2 == 0}));
    run(sessions);
    const auto answers = echo.finish();
    judge(sessions);
    EXPECT_EQ(judge_.anomalies(), std::vector<std::string>{}) << "seed " << broker_.seed();
    auto fates = judge_.fates();
    std::printf("%zu transactions committed, %zu aborted, %zu in doubt, %zu left open, %d kills\n",
                fates[Fate::committed], fates[Fate::aborted], fates[Fate::in_doubt],
                fates[Fate::open], broker_.kills());
    for (const auto& [code, count] : answers)
        std::printf("%8zu late requests answered with %s\n", count,
                    std::string{kafka::name_of(code)}.c_str());
    EXPECT_GT(fates[Fate::committed], transactions / 3);
}

}  // namespace
}  // namespace leat::crash
