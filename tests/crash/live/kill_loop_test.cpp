// E1: kill -9 of the broker under load, again and again, with other options at every start.
// LEAT_KILLS=n sets how often, LEAT_SEED=s when and with which options.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <thread>

#include "broker_process.hpp"
#include "client/fetch.hpp"
#include "client/offsets.hpp"
#include "client/producer.hpp"
#include "load_consumer.hpp"
#include "load_producer.hpp"
#include "log_files.hpp"
#include "shuffled_start.hpp"
#include "topics_request.hpp"
#include "whole_logs.hpp"

namespace leat::crash {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = HistoryChecker::Kind;
using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int slowness = 10;
#else
constexpr int slowness = 1;
#endif
// Produce and fetch work again so soon after a start, and everyone has caught up so soon.
constexpr auto service_limit = seconds{5} * slowness;
constexpr auto settle_limit = seconds{60} * slowness;
constexpr std::uint64_t kills_between_checks = 20;
// How many settled records of every place are read anew at a check (all that there are in the
// gate), and at once at the end.
constexpr std::int64_t most_reread = 50'000;
constexpr std::int64_t most_at_once = 200'000;

const std::vector<std::string> group_names{"alone", "pair", "robin"};

std::vector<Place> all_places() {
    std::vector<Place> places;
    for (const auto& [topic, count] : {std::pair{"orders", 6}, {"clicks", 4}, {"audit", 2}})
        for (int i = 0; i < count; ++i) places.push_back({topic, i});
    return places;
}

class KillLoop : public testing::Test {
protected:
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    void start_broker(const std::string& setting = {});
    void create_topics();
    void start_clients();
    void kill_once();
    void check_all();
    void reread_some(client::Cluster& cluster);
    void reread_all();
    void reread(client::Cluster& cluster, Ranges ranges);
    void judge_files(const std::vector<std::int64_t>& ends);
    void probe(client::Cluster& cluster);
    void wait_for_no_lag(client::Cluster& cluster, const std::vector<std::int64_t>& ends);
    void judge_commits(client::Cluster& cluster, const std::vector<std::int64_t>& ends);
    bool has_lag(client::Cluster& cluster, const std::vector<std::int64_t>& ends);
    client::Cluster connect();

    std::uint64_t seed_ = number_from("LEAT_SEED", std::random_device{}());
    std::mt19937_64 random_{seed_};
    ScratchDir scratch_{"kill-loop"};
    BrokerProcess broker_{scratch_.path() + "/data", scratch_.path() + "/broker.log"};
    Judge judge_{all_places(), group_names.size()};
    LogFiles files_{broker_.data_dir(), judge_.places()};
    std::vector<int> start_times_;
    std::vector<std::unique_ptr<LoadProducer>> producers_;
    std::vector<std::unique_ptr<LoadConsumer>> consumers_;
    int probes_ = 0;
};

void KillLoop::start_broker(const std::string& setting) {
    auto options = shuffled_start(random_);
    if (!setting.empty()) options.settings.push_back(setting);  // the last of a key counts
    broker_.start(options);
    if (!broker_.wait_ready())
        return judge_.anomaly("the broker does not get ready:\n" + broker_.log_tail());
    start_times_.push_back(broker_.ready_after_ms());
}

client::Cluster KillLoop::connect() {
    client::ClusterOptions options;
    options.bootstrap = broker_.bootstrap();
    auto cluster = client::Cluster::connect(options);
    check(cluster.ok(), "a broker that is ready can be reached");
    return std::move(*cluster);
}

void KillLoop::create_topics() {
    auto cluster = connect();
    const auto made = cluster.call<kafka::CreateTopicsResponse>(
        client::Target::controller(),
        topics_request({{"orders", 6}, {"clicks", 4}, {"audit", 2}, {"probe", 1}}));
    ASSERT_TRUE(made.ok()) << made.error().what;
}

void KillLoop::start_clients() {
    const auto rate = static_cast<int>(number_from("LEAT_RATE", 800));
    const std::vector<std::string> codecs{"none", "lz4", "zstd", "gzip", "snappy", "none"};
    for (int i = 0; i < 6; ++i)
        producers_.push_back(std::make_unique<LoadProducer>(
            judge_, ProducerPlan{.bootstrap = broker_.bootstrap(),
                                 .kind = i % 2 == 0 ? Kind::idempotent : Kind::plain,
                                 .number = i,
                                 .seed = random_(),
                                 .codec = codecs[static_cast<std::size_t>(i)],
                                 .rate = rate}));
    const auto join = [&](std::size_t group, const std::string& strategy, int commits) {
        consumers_.push_back(std::make_unique<LoadConsumer>(
            judge_, ConsumerPlan{.bootstrap = broker_.bootstrap(),
                                 .group = group,
                                 .group_id = group_names[group],
                                 .strategy = strategy,
                                 .seed = random_(),
                                 .commits_between_leaves = commits}));
    };
    join(0, "range,roundrobin", 0);
    join(1, "range,roundrobin", 0);
    join(1, "range,roundrobin", 40);
    join(2, "roundrobin", 0);
    join(2, "roundrobin", 40);
}

// One life of the broker: killed while it serves, while it starts, or while it stops. The sleeps
// choose the moment, by seed; nothing is waited for.
void KillLoop::kill_once() {
    const auto way = pick(8);
    if (way == 0) {
        broker_.start(shuffled_start(random_));
        std::this_thread::sleep_for(milliseconds{pick(60)});
    } else {
        start_broker();
        std::this_thread::sleep_for(milliseconds{50 + pick(1950)});
        if (way == 1) {
            broker_.signal(SIGTERM);
            std::this_thread::sleep_for(milliseconds{pick(25)});
        }
    }
    if (way >= 1 && !broker_.running() && broker_.exit_code() != 0)
        judge_.anomaly("the broker ended by itself with " + std::to_string(broker_.exit_code())
                       + ":\n" + broker_.log_tail());
    broker_.kill();
}

// Produce and fetch by clients that are new, soon after a start.
void KillLoop::probe(client::Cluster& cluster) {
    const auto began = Clock::now();
    client::Producer producer{cluster, "probe", {}};
    client::OutgoingRecord record;
    record.value = to_bytes("probe");
    auto sent = producer.send(0, std::move(record));
    if (sent) sent = producer.flush();
    if (!sent) return judge_.anomaly("produce after a start: " + sent.error().what);
    const auto fetched = client::fetch(cluster, {{{"probe", 0}, probes_++}});
    if (!fetched || fetched->front().records.size() == 0)
        judge_.anomaly("fetch after a start brings nothing");
    if (Clock::now() - began > service_limit)
        judge_.anomaly("produce and fetch take more than 5 s after a start");
}

bool KillLoop::has_lag(client::Cluster& cluster, const std::vector<std::int64_t>& ends) {
    for (const auto& group : group_names) {
        const auto offsets = client::committed_offsets(cluster, group);
        if (!offsets || offsets->size() != ends.size()) return true;
        for (const auto& each : *offsets)
            if (each.offset
                != ends[judge_.place_of(each.partition.topic, each.partition.partition)])
                return true;
    }
    return false;
}

void KillLoop::wait_for_no_lag(client::Cluster& cluster, const std::vector<std::int64_t>& ends) {
    const auto until = Clock::now() + settle_limit;
    while (has_lag(cluster, ends)) {
        if (Clock::now() > until) {
            judge_.anomaly("a group does not catch up");
            break;
        }
        // What a broker keeps of a group can only be asked for.
        std::this_thread::sleep_for(milliseconds{20});
    }
    judge_commits(cluster, ends);
    for (std::size_t group = 0; group < group_names.size(); ++group)
        for (std::size_t place = 0; place < ends.size(); ++place)
            judge_.caught_up(group, place, ends[place]);
}

void KillLoop::judge_commits(client::Cluster& cluster, const std::vector<std::int64_t>& ends) {
    for (std::size_t group = 0; group < group_names.size(); ++group) {
        std::vector<std::int64_t> committed(ends.size(), -1);
        const auto offsets = client::committed_offsets(cluster, group_names[group]);
        if (!offsets) return judge_.anomaly("no committed offsets: " + offsets.error().what);
        for (const auto& each : *offsets)
            committed[judge_.place_of(each.partition.topic, each.partition.partition)] =
                each.offset;
        for (std::size_t place = 0; place < ends.size(); ++place)
            judge_.committed(group, place, committed[place], ends[place]);
    }
}

// Judges the files as the kill left them, then, without load, what the broker serves, then the
// files of an idle broker, and what it has kept of the groups. All that becomes settled: later
// checks read behind it, and of what the broker serves of it a part that is chosen by seed.
void KillLoop::check_all() {
    for (const auto& producer : producers_) producer->pause();
    judge_.stored(files_.read(Tail::may_be_torn));
    // With answers of 1 KiB most of a long run would be this reading.
    start_broker("fetch.max.bytes=57671680");
    auto cluster = connect();
    probe(cluster);
    for (const auto& producer : producers_)
        if (!producer->wait_acknowledged(settle_limit))
            judge_.anomaly("a producer waits for acknowledgements of a broker that is up");
    Ranges ranges;
    for (const auto settled : judge_.settled()) ranges.push_back({settled, open_end});
    judge_.recovered(read_with_fetch(cluster, judge_.places(), ranges));
    judge_.recovered(read_with_librdkafka(broker_.bootstrap(), judge_.places(), ranges));
    reread_some(cluster);
    std::vector<std::int64_t> ends;
    for (const auto& range : ranges) ends.push_back(range.to);
    wait_for_no_lag(cluster, ends);
    broker_.kill();
    judge_files(ends);
    start_broker();  // with nobody left to commit anew what may be lost
    cluster = connect();
    judge_commits(cluster, ends);
    broker_.kill();
    for (const auto& producer : producers_) producer->resume();
}

void KillLoop::judge_files(const std::vector<std::int64_t>& ends) {
    judge_.recovered(files_.read(Tail::whole));
    judge_.settle();
    files_.settle();
    if (judge_.settled() != ends) judge_.anomaly("something is there that nobody can vouch for");
}

// The whole while it is short.
void KillLoop::reread_some(client::Cluster& cluster) {
    Ranges ranges;
    for (const auto settled : judge_.settled()) {
        const auto size = std::min(settled, most_reread);
        const auto from =
            static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(settled - size) + 1));
        ranges.push_back({from, from + size});
    }
    reread(cluster, std::move(ranges));
}

// The entire history, piece by piece.
void KillLoop::reread_all() {
    auto cluster = connect();
    const auto ends = judge_.settled();
    const auto longest = *std::ranges::max_element(ends);
    for (std::int64_t from = 0; from < longest; from += most_at_once) {
        Ranges ranges;
        for (const auto end : ends)
            ranges.push_back({std::min(from, end), std::min(from + most_at_once, end)});
        reread(cluster, std::move(ranges));
    }
}

void KillLoop::reread(client::Cluster& cluster, Ranges ranges) {
    judge_.reread(ranges, read_with_fetch(cluster, judge_.places(), ranges));
    judge_.reread(ranges, read_with_librdkafka(broker_.bootstrap(), judge_.places(), ranges));
}

TEST_F(KillLoop, loses_nothing_repeats_nothing_and_goes_on) {
    const auto kills = number_from("LEAT_KILLS", 60);
    std::printf("seed %llu: run it again with LEAT_SEED=%llu LEAT_KILLS=%llu\n",
                static_cast<unsigned long long>(seed_), static_cast<unsigned long long>(seed_),
                static_cast<unsigned long long>(kills));
    start_broker();
    create_topics();
    start_clients();
    broker_.kill();
    for (std::uint64_t i = 1; i <= kills; ++i) {
        kill_once();
        if (i % kills_between_checks == 0 || i == kills) {
            const auto began = Clock::now();
            check_all();
            std::printf("%llu kills, judged in %lld ms, %llu records acknowledged so far\n",
                        static_cast<unsigned long long>(i),
                        static_cast<long long>((Clock::now() - began) / milliseconds{1}),
                        static_cast<unsigned long long>(judge_.acknowledgements()));
            std::fflush(stdout);
        }
        if (!judge_.verdict().empty()) break;
    }
    // Once more, so that consumers can leave, and as users start it: with answers of 1 KiB the
    // whole history would be read for hours.
    producers_.clear();
    broker_.start({.settings = {"offsets.topic.num.partitions=7"}, .environment = {}});
    EXPECT_TRUE(broker_.wait_ready()) << broker_.log_tail();
    if (judge_.verdict().empty()) reread_all();
    consumers_.clear();
    EXPECT_EQ(broker_.stop(), 0) << broker_.log_tail();
    EXPECT_EQ(judge_.verdict(), "") << "seed " << seed_;
    std::ranges::sort(start_times_);
    std::printf(
        "%llu kills, %llu records acknowledged, %llu delivered to %zu groups; "
        "ready after %d ms (median), %d ms (p99)\n",
        static_cast<unsigned long long>(kills),
        static_cast<unsigned long long>(judge_.acknowledgements()),
        static_cast<unsigned long long>(judge_.deliveries()), group_names.size(),
        start_times_[start_times_.size() / 2], start_times_[start_times_.size() * 99 / 100]);
    EXPECT_GT(judge_.acknowledgements(), kills * 100);
}

}  // namespace
}  // namespace leat::crash
