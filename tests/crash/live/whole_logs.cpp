#include "whole_logs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "batch_reader.hpp"
#include "client/fetch.hpp"
#include "rdkafka.hpp"

namespace leat::crash {
namespace {

constexpr auto silence_limit = std::chrono::seconds{20};

void add(const BatchRun& run, HistoryChecker::Content& content) {
    for (const auto& [offset, record] : run.records)
        // The first batch may begin before the offset that was asked for.
        if (content.empty() || offset > content.back().first)
            content.emplace_back(offset, fingerprint(record));
}

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

HistoryChecker::Content read_place(const std::filesystem::path& dir, Tail tail) {
    std::vector<std::filesystem::path> segments;
    for (const auto& each : std::filesystem::directory_iterator{dir})
        if (each.path().extension() == ".log") segments.push_back(each.path());
    std::ranges::sort(segments);
    HistoryChecker::Content content;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto run = read_batches(file_text(segments[i]));
        const auto before = content.size();
        add(run, content);
        if (content.size() - before != run.records.size())
            throw std::runtime_error(segments[i].string() + " repeats offsets");
        const bool torn_tail = tail == Tail::may_be_torn && i + 1 == segments.size();
        if (!run.fault.empty() && !torn_tail)
            throw std::runtime_error(segments[i].string() + ": " + run.fault);
    }
    return content;
}

}  // namespace

Contents read_offline(const std::string& data_dir, const std::vector<Place>& places, Tail tail) {
    Contents contents;
    for (const auto& place : places)
        contents.push_back(read_place(std::filesystem::path{data_dir} / place.name(), tail));
    return contents;
}

Contents read_with_fetch(client::Cluster& cluster, const std::vector<Place>& places,
                         std::vector<std::int64_t>& ends, std::int64_t start) {
    Contents contents(places.size());
    ends.assign(places.size(), -1);
    client::FetchOptions options;
    options.max_wait = std::chrono::milliseconds{0};
    for (std::size_t i = 0; i < places.size(); ++i) {
        auto& content = contents[i];
        for (auto next = start; next != ends[i];) {
            const auto fetched =
                client::fetch(cluster, {{{places[i].topic, places[i].partition}, next}}, options);
            if (!fetched) throw std::runtime_error(fetched.error().what);
            const auto& answer = fetched->front();
            if (answer.error_code != kafka::ErrorCode::none)
                throw std::runtime_error(places[i].name() + " answers a fetch with "
                                         + std::string{kafka::name_of(answer.error_code)});
            ends[i] = answer.high_watermark;
            const auto run = read_batches(as_text(answer.records.bytes));
            if (!run.fault.empty())
                throw std::runtime_error(places[i].name() + " was served torn: " + run.fault);
            add(run, content);
            const auto reached = content.empty() ? start : content.back().first + 1;
            if (reached == next && next != ends[i])
                throw std::runtime_error(places[i].name() + " gives nothing at "
                                         + std::to_string(next));
            next = reached;
        }
    }
    return contents;
}

Contents read_with_librdkafka(const std::string& bootstrap, const std::vector<Place>& places,
                              const std::vector<std::int64_t>& ends) {
    const auto client = make_client(RD_KAFKA_CONSUMER,
                                    make_conf(bootstrap, {{"group.id", "whole-logs"},
                                                          {"enable.auto.commit", "false"},
                                                          {"check.crcs", "true"},
                                                          {"fetch.wait.max.ms", "10"},
                                                          {"queued.max.messages.kbytes", "4096"}}));
    const auto all = make_list();
    std::size_t left = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        rd_kafka_topic_partition_list_add(all.get(), places[i].topic.c_str(), places[i].partition)
            ->offset = 0;
        left += static_cast<std::size_t>(ends[i]);
    }
    rd_kafka_assign(client.get(), all.get());
    Contents contents(places.size());
    auto heard = std::chrono::steady_clock::now();
    while (left > 0) {
        const RdMessage message{rd_kafka_consumer_poll(client.get(), 100)};
        const auto now = std::chrono::steady_clock::now();
        if (now - heard > silence_limit)
            throw std::runtime_error("a consumer waits for " + std::to_string(left) + " records");
        if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        heard = now;
        const auto place = std::ranges::find_if(places, [&](const Place& p) {
            return p.partition == message->partition
                   && p.topic == rd_kafka_topic_name(message->rkt);
        });
        contents[static_cast<std::size_t>(place - places.begin())].emplace_back(
            message->offset, fingerprint(record_of(*message)));
        --left;
    }
    rd_kafka_consumer_close(client.get());
    return contents;
}

}  // namespace leat::crash
