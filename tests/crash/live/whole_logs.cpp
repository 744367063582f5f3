#include "whole_logs.hpp"

#include <algorithm>
#include <stdexcept>

#include "batch_reader.hpp"
#include "client/fetch.hpp"
#include "rdkafka.hpp"

namespace leat::crash {
namespace {

// So many polls in a row bring nothing: 20 s, in which this process ran.
constexpr int read_poll_ms = 100;
constexpr int most_silent_polls = 200;

// Records from `range` on: the first batch may begin before the offset that was asked for.
void add(const BatchRun& run, const Range& range, HistoryChecker::Content& content) {
    auto next = std::ranges::find_if(
        run.records, [&](const ReadRecord& read) { return read.offset >= range.from; });
    for (; next != run.records.end() && next->offset < range.to; ++next)
        content.emplace_back(next->offset, fingerprint(next->record));
}

HistoryChecker::Content fetch_place(client::Cluster& cluster, const Place& place, Range& range) {
    HistoryChecker::Content content;
    client::FetchOptions options;
    options.max_wait = std::chrono::milliseconds{0};
    const bool is_open = range.to == open_end;
    for (auto next = range.from; next != range.to;) {
        const auto fetched =
            client::fetch(cluster, {{{place.topic, place.partition}, next}}, options);
        if (!fetched) throw std::runtime_error(fetched.error().what);
        const auto& answer = fetched->front();
        if (answer.error_code != kafka::ErrorCode::none)
            throw std::runtime_error(place.name() + " answers a fetch with "
                                     + std::string{kafka::name_of(answer.error_code)});
        if (is_open) range.to = answer.high_watermark;
        const auto run = read_batches(as_text(answer.records.bytes));
        if (!run.fault.empty())
            throw std::runtime_error(place.name() + " was served torn: " + run.fault);
        add(run, {next, range.to}, content);
        const auto reached = content.empty() ? range.from : content.back().first + 1;
        if (reached <= next && next != range.to)
            throw std::runtime_error(place.name() + " gives nothing at " + std::to_string(next));
        next = reached;
    }
    return content;
}

}  // namespace

Contents read_with_fetch(client::Cluster& cluster, const std::vector<Place>& places,
                         Ranges& ranges) {
    Contents contents;
    for (std::size_t i = 0; i < places.size(); ++i)
        contents.push_back(fetch_place(cluster, places[i], ranges[i]));
    return contents;
}

Contents read_with_librdkafka(const std::string& bootstrap, const std::vector<Place>& places,
                              const Ranges& ranges) {
    const auto client = make_client(RD_KAFKA_CONSUMER,
                                    make_conf(bootstrap, {{"group.id", "whole-logs"},
                                                          {"enable.auto.commit", "false"},
                                                          {"check.crcs", "true"},
                                                          {"fetch.wait.max.ms", "10"},
                                                          {"queued.max.messages.kbytes", "4096"}}));
    const auto all = make_list();
    std::size_t left = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (ranges[i].from == ranges[i].to) continue;
        rd_kafka_topic_partition_list_add(all.get(), places[i].topic.c_str(), places[i].partition)
            ->offset = ranges[i].from;
        left += static_cast<std::size_t>(ranges[i].to - ranges[i].from);
    }
    rd_kafka_assign(client.get(), all.get());
    Contents contents(places.size());
    std::string last_error = "none";
    for (int silent_polls = 0; left > 0;) {
        const RdMessage message{rd_kafka_consumer_poll(client.get(), read_poll_ms)};
        if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (message) last_error = rd_kafka_message_errstr(message.get());
            if (++silent_polls > most_silent_polls)
                throw std::runtime_error("a consumer waits for " + std::to_string(left)
                                         + " records; the last error it heard of: " + last_error);
            continue;
        }
        silent_polls = 0;
        const auto place = std::ranges::find_if(places, [&](const Place& p) {
            return p.partition == message->partition
                   && p.topic == rd_kafka_topic_name(message->rkt);
        });
        const auto i = static_cast<std::size_t>(place - places.begin());
        if (message->offset >= ranges[i].to) continue;
        contents[i].emplace_back(message->offset, fingerprint(record_of(*message)));
        --left;
    }
    rd_kafka_consumer_close(client.get());
    return contents;
}

}  // namespace leat::crash
