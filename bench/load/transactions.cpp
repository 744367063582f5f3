// Transactions in a closed loop, as a service that copies from topic to topic makes them.
#include "load/transactions.hpp"

#include <cstdio>
#include <random>

namespace leat::bench {
namespace {

constexpr int patience_ms = 60'000;

struct DestroyMetadata {
    void operator()(rd_kafka_consumer_group_metadata_t* metadata) const {
        rd_kafka_consumer_group_metadata_destroy(metadata);
    }
};

void must_be_fine(rd_kafka_error_t* error) {
    if (error == nullptr) return;
    give_up(rd_kafka_error_string(error));
}

Client open_transactional(const Options& options) {
    auto own = options;
    own.client.try_emplace("transactional.id", "bench-" + std::to_string(std::random_device{}()));
    own.client.try_emplace("linger.ms", "0");
    return open_producer(own, Reports::callback);
}

class Transactions {
public:
    explicit Transactions(const Options& options)
        : options_(options),
          client_(open_transactional(options)),
          topic_(rd_kafka_topic_new(client_.get(), options.topic.c_str(), nullptr)),
          group_(rd_kafka_consumer_group_metadata_new("bench-transactions")),
          payload_(options.size, 'x') {
        must_be_fine(rd_kafka_init_transactions(client_.get(), patience_ms));
    }
    ~Transactions() { rd_kafka_topic_destroy(topic_); }

    /// Milliseconds that its commit took.
    double run_one() {
        must_be_fine(rd_kafka_begin_transaction(client_.get()));
        for (int i = 0; i < options_.records; ++i)
            if (rd_kafka_produce(topic_, static_cast<int>(next_++ % options_.partitions),
                                 RD_KAFKA_MSG_F_COPY, payload_.data(), payload_.size(), nullptr, 0,
                                 nullptr)
                != 0)
                give_up(rd_kafka_err2str(rd_kafka_last_error()));
        if (options_.offsets) send_offset();
        const auto begin = Clock::now();
        must_be_fine(rd_kafka_commit_transaction(client_.get(), patience_ms));
        return std::chrono::duration<double, std::milli>{Clock::now() - begin}.count();
    }

private:
    void send_offset() {
        auto* list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, options_.topic.c_str(), 0)->offset = next_;
        auto* error =
            rd_kafka_send_offsets_to_transaction(client_.get(), list, group_.get(), patience_ms);
        rd_kafka_topic_partition_list_destroy(list);
        must_be_fine(error);
    }

    const Options& options_;
    Client client_;
    rd_kafka_topic_t* topic_;
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, DestroyMetadata> group_;
    std::vector<char> payload_;
    std::int64_t next_ = 0;
};

}  // namespace

void run_transactions(const Options& options) {
    Transactions transactions{options};
    constexpr int to_warm_up = 20;
    for (int i = 0; i < to_warm_up; ++i) transactions.run_one();
    std::vector<double> ms;
    ms.reserve(static_cast<std::size_t>(options.count));
    const auto begin = Clock::now();
    for (std::int64_t i = 0; i < options.count; ++i) ms.push_back(transactions.run_one());
    const std::chrono::duration<double> took = Clock::now() - begin;
    std::printf(R"({"transactions_per_s": %.1f, "commit_ms": {"p50": %.3f, "p99": %.3f}})"
                "\n",
                static_cast<double>(options.count) / took.count(), percentile(ms, 0.5),
                percentile(ms, 0.99));
}

}  // namespace leat::bench
