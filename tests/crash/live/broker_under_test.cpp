#include "broker_under_test.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <thread>

#include "shuffled_start.hpp"

namespace leat::crash {

using std::chrono::milliseconds;

BrokerUnderTest::BrokerUnderTest() {
    std::printf("seed %llu: again with LEAT_SEED=%llu\n", static_cast<unsigned long long>(seed_),
                static_cast<unsigned long long>(seed_));
    std::fflush(stdout);
}

BrokerProcess::Start BrokerUnderTest::options() {
    auto start = shuffled_start(random_);
    const auto one_of = [&](std::initializer_list<const char*> values) {
        return std::string{values.begin()[pick(values.size())]};
    };
    const auto set = [&](const std::string& key, const std::string& value) {
        start.settings.push_back(key + "=" + value);
    };
    set("transaction.state.log.num.partitions", "5");
    set("transaction.state.log.segment.bytes", one_of({"16384", "1048576", "104857600"}));
    set("transaction.abort.timed.out.transaction.cleanup.interval.ms", one_of({"100", "10000"}));
    set("group.min.session.timeout.ms", "1000");
    return start;
}

void BrokerUnderTest::start() {
    if (!is_ours()) return;
    ++changes_;
    process_.start(options());
    EXPECT_TRUE(process_.wait_ready()) << "the broker does not get ready:\n" << process_.log_tail();
}

void BrokerUnderTest::kill() {
    if (!is_ours()) return;
    ++changes_;
    ++kills_;
    process_.kill();
}

// The sleeps choose the moment of the kill, by seed; nothing is waited for.
void BrokerUnderTest::live_and_die(milliseconds part, const Meanwhile& meanwhile) {
    const auto way = pick(12);
    if (way == 0 && is_ours()) {
        ++changes_;
        process_.start(options());
        meanwhile(0, 1);
        std::this_thread::sleep_for(milliseconds{pick(60)});
    } else {
        start();
        const auto parts = 2 + pick(78);
        for (std::uint64_t i = 0; i < parts; ++i) {
            meanwhile(i, parts);
            std::this_thread::sleep_for(part);
        }
        if (way == 1 && is_ours()) {
            process_.signal(SIGTERM);
            std::this_thread::sleep_for(milliseconds{pick(25)});
        }
    }
    if (!is_ours()) return;
    if (way >= 1 && !process_.running()) {
        EXPECT_EQ(process_.exit_code(), 0) << "it ended by itself:\n" << process_.log_tail();
    }
    kill();
}

void BrokerUnderTest::stop() {
    if (!is_ours()) return;
    EXPECT_EQ(process_.stop(), 0) << process_.log_tail();
}

client::Cluster BrokerUnderTest::connect() const {
    client::ClusterOptions options;
    options.bootstrap = bootstrap();
    auto cluster = client::Cluster::connect(options);
    check(cluster.ok(), "a broker that is ready can be reached");
    return std::move(*cluster);
}

void BrokerUnderTest::create_topics(const kafka::CreateTopicsRequest& topics) const {
    auto cluster = connect();
    const auto made =
        cluster.call<kafka::CreateTopicsResponse>(client::Target::controller(), topics);
    check(made.ok(), "topics can be created");
}

}  // namespace leat::crash
