// E10: requests of transactions that come late, twice and out of order, over other connections, on
// the running broker (what Jepsen found in Bufstream 0.1.0, and in Kafka's older protocol): no
// later transaction is ended by them. LEAT_TXNS=n sets how many transactions, LEAT_SEED=s replays;
// LEAT_BOOTSTRAP=host:port asks another broker.
#include <gtest/gtest.h>

#include <cstdio>

#include "client/offsets.hpp"
#include "isolated_reads.hpp"
#include "shuffled_start.hpp"
#include "topics_request.hpp"
#include "txn_session.hpp"

namespace leat::crash {
namespace {

using std::chrono::milliseconds;
using Fate = CopyJudge::Fate;

constexpr int late_partitions = 3;

class LateRequests : public testing::Test {
protected:
    std::string bootstrap() const { return other_ != nullptr ? other_ : broker_.bootstrap(); }
    client::Cluster connect() const {
        client::ClusterOptions options;
        options.bootstrap = bootstrap();
        auto cluster = client::Cluster::connect(options);
        check(cluster.ok(), "a broker that is ready can be reached");
        return std::move(*cluster);
    }
    void start() {
        if (other_ != nullptr) return;
        broker_.start(shuffled_start(random_));
        ++lives_;
        if (!broker_.wait_ready())
            judge_.anomaly("the broker does not get ready:\n" + broker_.log_tail());
    }
    void create_topic() {
        auto cluster = connect();
        const auto made = cluster.call<kafka::CreateTopicsResponse>(
            client::Target::controller(), topics_request({{topic_, late_partitions}}));
        ASSERT_TRUE(made.ok()) << made.error().what;
    }
    void run(const std::vector<std::unique_ptr<TxnSession>>& sessions);
    void judge(const std::vector<std::unique_ptr<TxnSession>>& sessions);

    const char* other_ = std::getenv("LEAT_BOOTSTRAP");
    std::uint64_t seed_ = number_from("LEAT_SEED", std::random_device{}());
    std::mt19937_64 random_{seed_};
    ScratchDir scratch_{"late"};
    BrokerProcess broker_{scratch_.path() + "/data", scratch_.path() + "/broker.log"};
    std::string topic_ = "late-" + std::to_string(seed_);
    CopyJudge judge_{[](int, std::int64_t) { return std::vector<CopyOutput>{}; }};
    std::atomic<int> lives_{0};
};

// The sleeps choose when the broker is killed, by seed.
void LateRequests::run(const std::vector<std::unique_ptr<TxnSession>>& sessions) {
    const auto all_done = [&] {
        return std::ranges::all_of(sessions, [](const auto& each) { return each->is_done(); });
    };
    while (!all_done()) {
        std::this_thread::sleep_for(milliseconds{500 + random_() % 1500});
        if (other_ != nullptr || all_done()) continue;
        ++lives_;  // from the kill on
        broker_.kill();
        start();
    }
}

void LateRequests::judge(const std::vector<std::unique_ptr<TxnSession>>& sessions) {
    auto cluster = connect();
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
    std::printf("seed %llu: again with LEAT_SEED=%llu\n", static_cast<unsigned long long>(seed_),
                static_cast<unsigned long long>(seed_));
    start();
    create_topic();
    const auto peer = parse_host_port(bootstrap());
    ASSERT_TRUE(peer.ok());
    Echo echo{*peer};
    std::vector<std::unique_ptr<TxnSession>> sessions;
    for (int i = 0; i < 4; ++i)
        sessions.push_back(
            std::make_unique<TxnSession>(judge_, echo, lives_,
                                         SessionPlan{.peer = *peer,
                                                     .topic = topic_,
                                                     .partitions = late_partitions,
                                                     .number = i,
                                                     .seed = random_(),
                                                     .transactions = transactions / 4,
                                                     .own_epochs = i % 2 == 0}));
    run(sessions);
    const auto answers = echo.finish();
    judge(sessions);
    EXPECT_EQ(judge_.anomalies(), std::vector<std::string>{}) << "seed " << seed_;
    auto fates = judge_.fates();
    std::printf("%zu transactions committed, %zu aborted, %zu in doubt, %zu left open, %d starts\n",
                fates[Fate::committed], fates[Fate::aborted], fates[Fate::in_doubt],
                fates[Fate::open], lives_.load());
    for (const auto& [code, count] : answers)
        std::printf("%8zu late requests answered with %s\n", count,
                    std::string{kafka::name_of(code)}.c_str());
    EXPECT_GT(fates[Fate::committed], transactions / 3);
}

}  // namespace
}  // namespace leat::crash
