// `leat produce` and what it makes of `leat consume`, on a broker.
#include <gmock/gmock.h>

#include <iostream>
#include <random>

#include "cli/leat_for_test.hpp"
#include "client/offsets.hpp"
#include "client/producer.hpp"
#include "client/topic_reader.hpp"

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// What two topics must have in common.
struct Kept {
    std::int32_t partition = 0;
    TimestampMs timestamp = 0;
    std::optional<Bytes> key, value;
    std::vector<kafka::Header> headers;
};

std::vector<Kept> records_in(const LiveBroker& broker, const std::string& topic) {
    auto cluster = broker.connect();
    const auto partitions = client::partitions_of(cluster, topic).value();
    std::vector<client::ReadRange> ranges;
    for (const auto& each : client::offset_ranges(cluster, partitions).value())
        ranges.push_back({each.partition, each.begin, each.end});
    client::TopicReader reader{cluster, ranges, {}, [](const std::string&) {}};
    std::vector<Kept> all;
    const auto owned = [](const auto& view) {
        return view ? std::optional{Bytes{view->begin(), view->end()}} : std::nullopt;
    };
    for (bool more = true; more;)
        more = reader
                   .read([&](const client::ReadRecord& read) {
                       all.push_back({read.partition.partition, read.record.timestamp,
                                      owned(read.record.key), owned(read.record.value),
                                      kafka::decode_headers(read.record).value()});
                       return true;
                   })
                   .value();
    std::ranges::stable_sort(all, {}, &Kept::partition);
    return all;
}

class RecordDice {
public:
    explicit RecordDice(unsigned seed) : random_(seed) {}
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    std::optional<Bytes> bytes() {
        if (below(5) == 0) return std::nullopt;
        Bytes out;
        const auto limit = below(2) == 0 ? 128U : 256U;
        for (auto left = below(40); left > 0; --left)
            out.push_back(static_cast<std::byte>(below(limit)));
        return out;
    }
    // Names of headers are text to Kafka's own clients.
    std::string name() { return std::string(below(3), static_cast<char>('a' + below(26))); }

private:
    std::mt19937 random_;
};

void fill(const LiveBroker& broker, const std::string& topic, RecordDice& dice) {
    auto cluster = broker.connect();
    client::Producer producer{cluster, topic, {}};
    for (int i = 0; i < 500; ++i) {
        client::OutgoingRecord record{.key = dice.bytes(), .value = dice.bytes()};
        for (auto left = dice.below(4); left > 0; --left)
            record.headers.push_back({dice.name(), dice.bytes()});
        record.timestamp = 1'700'000'000'000 + dice.below(1'000'000);
        ASSERT_TRUE(
            producer.send(static_cast<std::int32_t>(dice.below(3)), std::move(record)).ok());
    }
    ASSERT_TRUE(producer.flush().ok());
}

TEST(ConsumeAndProduce, make_an_identical_topic_of_any_bytes) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    RecordDice dice{seed};
    const LiveBroker broker;
    const Directory directory;
    broker.run({"topic", "create", "from", "to--J", "to---json", "-p", "3"});
    fill(broker, "from", dice);
    const auto before = records_in(broker, "from");
    ASSERT_EQ(before.size(), 500U);
    for (const std::string form : {"-J", "--json"}) {
        const auto lines = broker.run({"consume", "from", "-e", form});
        broker.run({"produce", "to-" + form, "-J", "-q", "-f", directory.file("lines", lines)});
        const auto after = records_in(broker, "to-" + form);
        ASSERT_EQ(after.size(), before.size()) << form;
        for (std::size_t i = 0; i < before.size(); ++i) {
            EXPECT_EQ(after[i].partition, before[i].partition) << form << " " << i;
            EXPECT_EQ(after[i].timestamp, before[i].timestamp) << form << " " << i;
            EXPECT_EQ(after[i].key, before[i].key) << form << " " << i;
            EXPECT_EQ(after[i].value, before[i].value) << form << " " << i;
            EXPECT_EQ(after[i].headers, before[i].headers) << form << " " << i;
        }
    }
}

TEST(ConsumeAndProduce, place_by_key_what_a_smaller_topic_has_no_partition_for) {
    RecordDice dice{5};
    const LiveBroker broker;
    const Directory directory;
    broker.run({"topic", "create", "from", "-p", "3"});
    broker.run({"topic", "create", "small", "-p", "1"});
    fill(broker, "from", dice);
    const auto lines = directory.file("lines", broker.run({"consume", "from", "-e", "-J"}));
    broker.run({"produce", "small", "-J", "-f", lines});
    EXPECT_THAT(broker.said(), HasSubstr("which has 1: such records go where their keys say"));
    EXPECT_EQ(records_in(broker, "small").size(), 500U);
    broker.run({"produce", "small", "-J", "--keep-partition", "-f", lines}, exit_not_found);
    EXPECT_THAT(broker.said(), HasSubstr("is not in topic 'small', which has 1"));
}

TEST(Produce, names_the_line_that_it_does_not_understand_and_writes_what_is_before_it) {
    const LiveBroker broker;
    const Directory directory;
    const auto path = directory.file("lines",
                                     "{\"payload\":\"a\"}\n{\"payload\":\"b\"}\n"
                                     "{\"payload\":\"c\",\"key_base64\":\"?\"}\n"
                                     "{\"payload\":\"d\"}\n");
    broker.run({"produce", "t", "-J", "-f", path}, exit_refused);
    EXPECT_THAT(broker.said(), HasSubstr("line 3 of " + path + ": \"key_base64\" is no base64"));
    EXPECT_EQ(broker.run({"consume", "t", "-e"}), "a\nb\n");
    broker.run({"produce", "t", "-K", ":", "-f", directory.file("keyed", "a:b\nc\n")},
               exit_refused);
    EXPECT_THAT(broker.said(), AllOf(HasSubstr("line 2 of"), HasSubstr("no ':' between a key")));
}

TEST(Produce, reads_several_files_and_writes_nothing_if_one_is_missing) {
    const LiveBroker broker;
    const Directory directory;
    const auto one = directory.file("one", "1\n2\n");
    const auto two = directory.file("two", "3");
    broker.run({"produce", "t", "-p", "0", "-f", one, directory.at("none")}, exit_not_found);
    EXPECT_THAT(broker.said(), HasSubstr("cannot open '" + directory.at("none")));
    broker.run({"produce", "t", "-q", "-f", one, two, "-p", "0"});
    EXPECT_EQ(broker.run({"consume", "t", "-e"}), "1\n2\n3\n");
    broker.run({"produce", "-f", one, two}, exit_usage);
    EXPECT_THAT(broker.said(), HasSubstr("TOPIC is missing; --file takes all words behind it"));
}

TEST(Produce, splits_what_the_topic_takes_only_in_smaller_batches) {
    const LiveBroker broker;
    const Directory directory;
    broker.run({"topic", "create", "t", "-p", "1", "-c", "max.message.bytes=2000"});
    std::string lines;
    for (int i = 1; i <= 50; ++i) lines += std::to_string(i) + std::string(300, 'x') + "\n";
    broker.run({"produce", "t", "-f", directory.file("lines", lines)});
    EXPECT_EQ(broker.run({"consume", "t", "-e"}), lines);
    const auto path = directory.file("large", "a\nb\n" + std::string(3000, 'x') + "\nc\n");
    broker.run({"produce", "t", "-f", path}, exit_refused);
    EXPECT_THAT(broker.said(), HasSubstr("cannot write line 3 of " + path));
    EXPECT_EQ(broker.run({"consume", "t", "-e", "-o", "50"}), "a\nb\n");
}

TEST(Consume, says_what_plain_text_cannot_carry) {
    const LiveBroker broker;
    const Directory directory;
    broker.run({"produce", "t", "-p", "0", "--whole", "-f", directory.file("whole", "a\nb")});
    EXPECT_EQ(broker.run({"consume", "t", "-e"}), "a\nb\n");
    EXPECT_THAT(broker.said(), HasSubstr("offset 0: the value holds '\\n'"));
    broker.run({"consume", "t", "-e", "-J"});
    EXPECT_EQ(broker.said(), "");
}

}  // namespace
}  // namespace leat::cli
