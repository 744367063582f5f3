#include "isolated_reads.hpp"

#include <stdexcept>

#include "client/fetch.hpp"
#include "rdkafka.hpp"

namespace leat::crash {
namespace {

constexpr int isolated_poll_ms = 100;
constexpr int most_isolated_silence = 200;

CopyContent isolated_place(client::Cluster& cluster, const TopicPartition& place,
                           Isolation isolation) {
    CopyContent content;
    client::FetchOptions options;
    options.max_wait = std::chrono::milliseconds{0};
    options.read_committed = isolation == Isolation::read_committed;
    for (std::int64_t next = 0;;) {
        const auto fetched = client::fetch(cluster, {{place, next}}, options);
        if (!fetched) throw std::runtime_error(fetched.error().what);
        const auto& answer = fetched->front();
        if (answer.error_code != kafka::ErrorCode::none)
            throw std::runtime_error(place.to_string() + " answers a fetch with "
                                     + std::string{kafka::name_of(answer.error_code)});
        if (answer.last_stable_offset != answer.high_watermark)
            throw std::runtime_error(place.to_string() + ": the last stable offset is "
                                     + std::to_string(answer.last_stable_offset)
                                     + ", the high watermark "
                                     + std::to_string(answer.high_watermark));
        if (next == answer.high_watermark) return content;
        const auto reached =
            client::for_each_record(answer, next, [&](const auto&, const auto& record) {
                content.emplace_back(record.offset,
                                     std::string{as_text(record.value.value_or(ByteView{}))});
                return true;
            });
        if (!reached) throw std::runtime_error(reached.error().what);
        if (*reached == next) throw std::runtime_error(place.to_string() + " gives nothing");
        next = *reached;
    }
}

}  // namespace

std::vector<CopyContent> read_isolated_with_librdkafka(const std::string& bootstrap,
                                                       const std::string& topic, int partitions,
                                                       Isolation isolation) {
    const bool committed = isolation == Isolation::read_committed;
    const auto client = make_client(
        RD_KAFKA_CONSUMER,
        make_conf(bootstrap,
                  {{"group.id", "isolated-reads"},
                   {"enable.auto.commit", "false"},
                   {"enable.partition.eof", "true"},
                   {"isolation.level", committed ? "read_committed" : "read_uncommitted"},
                   {"check.crcs", "true"},
                   {"fetch.wait.max.ms", "10"}}));
    const auto all = make_list();
    for (int i = 0; i < partitions; ++i)
        rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client.get(), all.get());
    std::vector<CopyContent> contents(static_cast<std::size_t>(partitions));
    int silent_polls = 0;
    for (int ends = 0; ends < partitions;) {
        const RdMessage message{rd_kafka_consumer_poll(client.get(), isolated_poll_ms)};
        if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ++ends;
        } else if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            silent_polls = 0;
            contents[static_cast<std::size_t>(message->partition)].emplace_back(message->offset,
                                                                                text_in(*message));
        } else if (++silent_polls > most_isolated_silence) {
            throw std::runtime_error("a reader of " + topic + " is given no end");
        }
    }
    rd_kafka_consumer_close(client.get());
    return contents;
}

std::vector<CopyContent> read_isolated_with_fetch(client::Cluster& cluster,
                                                  const std::string& topic, int partitions,
                                                  Isolation isolation) {
    std::vector<CopyContent> contents;
    for (int i = 0; i < partitions; ++i)
        contents.push_back(isolated_place(cluster, {topic, i}, isolation));
    return contents;
}

}  // namespace leat::crash
