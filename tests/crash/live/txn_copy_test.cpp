// E9: what transactional copiers make of their input is there exactly once, in order, while the
// broker is killed with -9 again and again, with other options at every start, and copiers die in
// the middle of transactions. LEAT_COPIES=n sets how many records are copied, LEAT_KILLS=n over how
// many kills, LEAT_SEED=s replays;
// LEAT_BOOTSTRAP=host:port asks another broker, which is not killed.
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "broker_under_test.hpp"
#include "client/offsets.hpp"
#include "isolated_reads.hpp"
#include "txn_copier.hpp"

namespace leat::crash {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using Fate = CopyJudge::Fate;

constexpr auto copied_within = seconds{120};
constexpr int input_partitions = 4;
constexpr int output_partitions = 3;

// A read_committed consumer from the beginning that lives through all kills.
class Follower {
public:
    Follower(const std::string& bootstrap, const std::string& topic)
        : contents_(output_partitions) {
        thread_ = std::thread{[this, bootstrap, topic] { run(bootstrap, topic); }};
    }
    ~Follower() { stop(); }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    std::size_t count() const { return count_; }
    /// What it was given, once that are `expected` records, or nothing comes for 20 s.
    const std::vector<CopyContent>& stop(std::size_t expected = 0) {
        {
            std::unique_lock lock{mutex_};
            more_.wait_for(lock, std::chrono::seconds{20}, [&] { return count_ >= expected; });
        }
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        return contents_;
    }

private:
    void run(const std::string& bootstrap, const std::string& topic) {
        const auto client = make_client(RD_KAFKA_CONSUMER,
                                        make_conf(bootstrap, {{"group.id", "follower"},
                                                              {"enable.auto.commit", "false"},
                                                              {"isolation.level", "read_committed"},
                                                              {"fetch.error.backoff.ms", "20"},
                                                              {"fetch.wait.max.ms", "50"}}));
        const auto all = make_list();
        for (int i = 0; i < output_partitions; ++i)
            rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), i)->offset =
                RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_assign(client.get(), all.get());
        while (!stopping_) {
            const RdMessage message{rd_kafka_consumer_poll(client.get(), 50)};
            if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
            contents_[static_cast<std::size_t>(message->partition)].emplace_back(message->offset,
                                                                                 text_in(*message));
            const std::lock_guard lock{mutex_};
            ++count_;
            more_.notify_all();
        }
    }

    std::vector<CopyContent> contents_;
    std::mutex mutex_;
    std::condition_variable more_;
    std::atomic<std::size_t> count_{0};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

class TxnCopy : public testing::Test {
protected:
    void run(CopyJudge& judge, std::uint64_t share_of_100);
    void seed_input(std::uint64_t count);
    void live_and_die(std::uint64_t count);
    bool all_is_copied(client::Cluster& cluster);
    void await_all(CopyJudge& judge);
    std::vector<CopyContent> judge_all(CopyJudge& judge);

    BrokerUnderTest broker_;
    const std::string input_ = broker_.unique("input");
    const std::string output_ = broker_.unique("output");
    const std::string group_ = broker_.unique("copiers");
    RdClient seeder_;
    std::vector<std::int64_t> inputs_ = std::vector<std::int64_t>(input_partitions);
    std::vector<CopyContent> visible_;
};

// Of each input partition the record at offset n is its n-th.
void TxnCopy::seed_input(std::uint64_t count) {
    for (; count > 0; --count) {
        const auto partition = static_cast<int>(broker_.pick(input_partitions));
        const auto error =
            send(seeder_, {.topic = input_, .partition = partition, .key = "", .value = ""});
        check(error == RD_KAFKA_RESP_ERR_NO_ERROR, "the seeder has room");
        ++inputs_[static_cast<std::size_t>(partition)];
    }
    rd_kafka_poll(seeder_.get(), 0);
}

// The input comes all the time, so that something is always on its way.
void TxnCopy::live_and_die(std::uint64_t count) {
    broker_.live_and_die(milliseconds{25}, [&](std::uint64_t part, std::uint64_t parts) {
        seed_input(count * (part + 1) / parts - count * part / parts);
    });
}

bool TxnCopy::all_is_copied(client::Cluster& cluster) {
    const auto offsets = client::committed_offsets(cluster, group_);
    if (!offsets) return false;
    std::int64_t left = 0;
    for (const auto count : inputs_) left += count;
    for (const auto& each : *offsets) {
        EXPECT_LE(each.offset, inputs_.at(static_cast<std::size_t>(each.partition.partition)));
        left -= each.offset;
    }
    return left == 0;
}

void TxnCopy::await_all(CopyJudge& judge) {
    auto cluster = broker_.connect();
    if (rd_kafka_flush(seeder_.get(), 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        judge.anomaly("the input cannot be written");
    const auto until = Clock::now() + copied_within;
    while (!all_is_copied(cluster)) {
        if (Clock::now() > until) return judge.anomaly("the copiers do not get ready");
        // What a broker keeps of a group can only be asked for.
        std::this_thread::sleep_for(milliseconds{20});
    }
}

std::vector<CopyContent> TxnCopy::judge_all(CopyJudge& judge) {
    auto cluster = broker_.connect();
    const auto fetch = [&](Isolation isolation) {
        return read_isolated_with_fetch(cluster, output_, output_partitions, isolation);
    };
    const auto read = [&](Isolation isolation) {
        return read_isolated_with_librdkafka(broker_.bootstrap(), output_, output_partitions,
                                             isolation);
    };
    auto visible = fetch(Isolation::read_committed);
    const auto all = fetch(Isolation::read_uncommitted);
    judge.judge_committed(visible, inputs_);
    const auto hidden = judge.judge_uncommitted(all, visible);
    EXPECT_GT(hidden, 0U) << "no aborted record was seen, so nothing is proved of them";
    EXPECT_EQ(read(Isolation::read_committed), visible) << "librdkafka sees something else";
    EXPECT_EQ(read(Isolation::read_uncommitted), all) << "librdkafka sees something else";
    EXPECT_TRUE(all_is_copied(cluster));
    std::printf("%zu aborted records, ", hidden);
    return visible;
}

void TxnCopy::run(CopyJudge& judge, std::uint64_t share_of_100) {
    const auto copies = number_from("LEAT_COPIES", 2000) * share_of_100 / 100;
    const auto kills =
        std::max<std::uint64_t>(1, number_from("LEAT_KILLS", 18) * share_of_100 / 100);
    std::printf("%llu copies over %llu kills\n", static_cast<unsigned long long>(copies),
                static_cast<unsigned long long>(kills));
    broker_.start();
    broker_.create_topics(
        topics_request({{input_, input_partitions}, {output_, output_partitions}}));
    seeder_ = make_client(RD_KAFKA_PRODUCER,
                          make_conf(broker_.bootstrap(), {{"enable.idempotence", "true"},
                                                          {"message.timeout.ms", "600000"},
                                                          {"batch.size", "8000"}}));
    std::vector<std::unique_ptr<TxnCopier>> copiers;
    for (int i = 0; i < 4; ++i)
        copiers.push_back(
            std::make_unique<TxnCopier>(judge, CopierPlan{.bootstrap = broker_.bootstrap(),
                                                          .input = input_,
                                                          .output = output_,
                                                          .group_id = group_,
                                                          .number = i,
                                                          .seed = broker_.random()(),
                                                          .is_static = i < 2}));
    Follower follower{broker_.bootstrap(), output_};
    broker_.kill();
    for (std::uint64_t i = 0; i < kills && judge.anomalies().empty() && !HasFailure(); ++i) {
        live_and_die(copies / kills + (i < copies % kills ? 1 : 0));
        if (i % 50 == 49) {
            std::printf("%llu kills, %zu copies seen\n", static_cast<unsigned long long>(i + 1),
                        follower.count());
            std::fflush(stdout);
        }
    }
    broker_.start();
    await_all(judge);
    copiers.clear();
    const auto visible = judge_all(judge);
    std::size_t count = 0;
    for (const auto& content : visible) count += content.size();
    EXPECT_EQ(follower.stop(count), visible) << "who read all the time was given something else";
    broker_.kill();
    broker_.start();
    EXPECT_EQ(judge_all(judge), visible) << "after one more kill something else is there";
    visible_ = visible;
    broker_.stop();
    EXPECT_EQ(judge.anomalies(), std::vector<std::string>{}) << "seed " << broker_.seed();
    auto fates = judge.fates();
    std::printf(
        "%llu copies, %zu transactions committed, %zu aborted, %zu in doubt, %zu left open\n",
        static_cast<unsigned long long>(copies), fates[Fate::committed], fates[Fate::aborted],
        fates[Fate::in_doubt], fates[Fate::open]);
}

TEST_F(TxnCopy, copies_each_record_once_in_order_whatever_is_killed) {
    CopyJudge judge{[](int source, std::int64_t number) {
        const auto text = std::to_string(source) + ":" + std::to_string(number) + ":";
        return std::vector<CopyOutput>{
            {.partition = source % output_partitions, .key = std::to_string(source), .text = text}};
    }};
    run(judge, 60);
}

// Every record moves an amount from one account to another: two records, in one transaction.
struct Transfer {
    int from;
    int to;
    int amount;
};
constexpr int accounts = 10;
Transfer transfer_of(int source, std::int64_t number) {
    const auto mixed = (static_cast<std::uint64_t>(number) * 4 + static_cast<std::uint64_t>(source))
                       * 0x9e3779b97f4a7c15U;
    const auto from = static_cast<int>((mixed >> 8U) % accounts);
    return {from, static_cast<int>((from + 1 + (mixed >> 20U) % (accounts - 1)) % accounts),
            static_cast<int>((mixed >> 40U) % 1000)};
}

TEST_F(TxnCopy, moves_money_between_accounts_and_none_is_made_or_lost) {
    CopyJudge judge{[](int source, std::int64_t number) {
        const auto text = std::to_string(source) + ":" + std::to_string(number) + ":";
        const auto [from, to, amount] = transfer_of(source, number);
        return std::vector<CopyOutput>{{.partition = from % output_partitions,
                                        .key = std::to_string(from),
                                        .text = text + "-" + std::to_string(amount)},
                                       {.partition = to % output_partitions,
                                        .key = std::to_string(to),
                                        .text = text + "+" + std::to_string(amount)}};
    }};
    run(judge, 40);
    long long sum = 0;
    for (const auto& content : visible_)
        for (const auto& [offset, value] : content)
            sum += std::atoll(value.c_str() + value.rfind(':') + 1);
    EXPECT_EQ(sum, 0) << "seed " << broker_.seed();
}

}  // namespace
}  // namespace leat::crash
