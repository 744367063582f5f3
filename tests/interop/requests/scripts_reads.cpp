// Fetch and ListOffsets in both isolations, at every version.
#include "script.hpp"

namespace leat::requests {
namespace {

constexpr std::array both_isolations = {Isolation::read_uncommitted, Isolation::read_committed};

// From every offset, at every version once.
void look(Script& script, const std::string& topic, std::int64_t end, const std::string& label,
          std::int16_t last_list_version = 9) {
    script.say(label);
    std::int16_t version = 4;
    for (const auto isolation : both_isolations) {
        for (std::int64_t offset = 0; offset <= end + 1; ++offset) {
            script.fetch(topic, 0, isolation, offset, version);
            version = static_cast<std::int16_t>(version == 17 ? 4 : version + 1);
        }
        for (std::int16_t v = 1; v <= last_list_version; ++v)
            script.list_offsets(topic, 0, isolation, v);
    }
    script.describe_producers(topic, 0);
}

void write_more(Script& script, const Producer& producer, const std::string& topic, int sequence,
                TimestampMs timestamp, int records = 1) {
    script.produce(producer.id, {{topic, 0, producer.producer_id, producer.epoch, sequence, true,
                                  records, timestamp}});
}

void one_after_another(Script& script) {
    const auto topic = script.topic("one");
    auto producer = script.init(script.named("one"));
    look(script, topic, 0, "nothing");
    for (int round = 0; round < 6; ++round) {
        const auto label = "round " + std::to_string(round);
        // The newest record is before the markers of the rounds before, or behind them.
        const auto newest = round < 3 ? 0 : script.started() + 1'800'000;
        write_more(script, producer, topic, 0, newest, 2);
        look(script, topic, 3 * round + 2, label + ", open");
        producer = script.end(producer, round % 3 != 0);
        look(script, topic, 3 * round + 3, label + ", ended");
    }
}

void interleaved(Script& script) {
    const auto topic = script.topic("interleaved");
    std::vector<Producer> producers;
    for (int i = 0; i < 4; ++i)
        producers.push_back(script.init(script.named("producer-" + std::to_string(i))));
    std::vector<int> sequences(producers.size(), 0);
    const auto write = [&](std::size_t i) {
        write_more(script, producers[i], topic, sequences[i]++, 0);
    };
    const auto end = [&](std::size_t i, bool commit) {
        producers[i] = script.end(producers[i], commit);
        sequences[i] = 0;
    };
    const auto plain = [&] { script.produce(std::nullopt, {{topic, 0, nobody, -1, -1, false}}); };
    write(0), write(1), plain(), write(0), write(2);
    look(script, topic, 5, "three open");
    end(1, false), write(1), plain();
    look(script, topic, 8, "one aborted in the middle");
    end(0, true);
    look(script, topic, 9, "the first committed");
    write(3), end(2, false), write(0), end(3, false), plain();
    look(script, topic, 14, "two more aborted");
    end(1, true), end(0, false);
    look(script, topic, 16, "all ended");
    script.compare_all();
}

void records_deleted(Script& script) {
    using namespace kafka;
    const auto topic = script.topic("deleted");
    // From 7 on one may ask for the newest record, and Kafka names one that is deleted.
    constexpr std::int16_t before_newest = 6;
    const auto remove = [&](std::int64_t offset) {
        script.say("records deleted to " + std::to_string(offset));
        DeleteRecordsRequest request;
        request.timeout_ms = 10'000;
        request.topics.push_back({topic, {{0, offset}}});
        script.both().ask<DeleteRecordsResponse>(request);
    };
    auto first = script.init(script.named("first"));
    auto second = script.init(script.named("second"));
    for (int i = 0; i < 3; ++i) {
        write_more(script, first, topic, 2 * i, 0, 2);
        write_more(script, second, topic, i, 0);
    }
    for (const auto offset : {2, 0, 3, 100, 9}) {
        remove(offset);
        look(script, topic, 9, "open, deleted to " + std::to_string(offset), before_newest);
    }
    script.describe(first.id);
    write_more(script, first, topic, 6, 0);
    first = script.end(first, false);
    look(script, topic, 11, "aborted", before_newest);
    second = script.end(second, true);
    look(script, topic, 12, "committed", before_newest);
    write_more(script, first, topic, 0, 0);
    write_more(script, second, topic, 0, 0);
    remove(-1);
    look(script, topic, 14, "all deleted while open", before_newest);
    script.end(first, true);
    script.end(second, false);
    look(script, topic, 16, "all ended", before_newest);
}

void topic_deleted(Script& script) {
    using namespace kafka;
    for (const bool commit : {true, false}) {
        const auto name = std::string{commit ? "commits" : "aborts"};
        const auto gone = script.topic("gone-" + name);
        const auto stays = script.topic("stays-" + name);
        auto producer = script.init(script.named(name));
        script.write(producer, gone, 0);
        script.write(producer, stays, 0);
        script.say("topic deleted");
        DeleteTopicsRequest request;
        request.timeout_ms = 10'000;
        request.topic_names = {gone};
        script.both().ask<DeleteTopicsResponse>(request, 5);
        script.both().wait_for<ListOffsetsResponse>(
            [&] {
                ListOffsetsRequest probe;
                probe.replica_id = -1;
                probe.topics.push_back({gone, {{.partition_index = 0, .timestamp = -1}}});
                return probe;
            }(),
            5,
            [](const ListOffsetsResponse& answer) {
                return answer.topics.at(0).partitions.at(0).error_code
                       == ErrorCode::unknown_topic_or_partition;
            });
        script.describe(producer.id);
        script.describe_producers(gone, 0);
        script.write(producer, gone, 1);
        script.write(producer, stays, 1);
        script.add(producer, {{gone}});
        producer = script.end(producer, commit);
        script.describe(producer.id);
        script.fetch(stays, 0, Isolation::read_committed);
        script.topic("gone-" + name);
        script.fetch(gone, 0, Isolation::read_uncommitted);
        script.write(producer, gone, 0);
        script.end(producer, commit);
        script.compare_all();
    }
}

}  // namespace

void add_reads(std::vector<NamedScript>& scripts) {
    scripts.push_back({"reads, one after another", one_after_another});
    scripts.push_back({"reads, interleaved", interleaved});
    scripts.push_back({"records deleted", records_deleted});
    scripts.push_back({"topic deleted", topic_deleted});
}

}  // namespace leat::requests
