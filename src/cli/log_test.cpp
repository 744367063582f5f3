// `leat log dump` and `leat log verify` on directories that a broker has written.
#include <boost/json.hpp>
#include <random>

#include "cli/dump_output.hpp"
#include "cli/leat_for_test.hpp"
#include "cli/stored_records.hpp"

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

std::string bytes_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void put_bytes_into(const std::string& path, const std::string& bytes) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

std::vector<boost::json::object> json_lines(const std::string& text) {
    std::vector<boost::json::object> objects;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        objects.push_back(boost::json::parse(line).as_object());
    return objects;
}

/// A topic of each kind of record, a group with offsets; the broker runs until it is stopped.
class StoredLog : public testing::Test {
protected:
    StoredLog() {
        const auto input = directory.file("in", "k1:v1\nk2:v2\nk3:\x01\xff\n");
        broker.run({"topic", "create", "orders"});
        for (const auto* codec : {"none", "zstd", "lz4"})
            broker.run({"produce", "orders", "-K", ":", "-z", codec, "-H", "h=1", "-f", input});
        broker.run({"consume", "orders", "--group", "readers", "-e", "-f", ""});
    }
    /// Runs a command on the directory, which must exit with `code`; gives what it printed.
    std::string run(std::vector<std::string> words, int code = exit_ok) {
        Leat leat;
        words.insert(words.end(), {"--data", broker.data_dir()});
        EXPECT_EQ(leat.run(std::move(words)), code) << leat.said << leat.printed;
        said = leat.said;
        return leat.printed;
    }
    std::string segment(const std::string& partition) const {
        return broker.data_dir() + "/" + partition + "/00000000000000000000.log";
    }

    Directory directory;
    LiveBroker broker;
    std::string said;
};

TEST_F(StoredLog, is_refused_while_a_broker_runs_but_for_a_single_file) {
    for (const auto* verb : {"dump", "verify"}) {
        EXPECT_EQ(run({"log", verb}, exit_refused), "");
        EXPECT_THAT(said, AllOf(HasSubstr("a broker runs on "), HasSubstr("stop it")));
    }
    Leat leat;
    EXPECT_EQ(leat.run({"log", "dump", segment("orders-0")}), exit_ok);
    EXPECT_THAT(leat.printed, HasSubstr("batch base_offset=0 last_offset=2 "));
}

TEST_F(StoredLog, is_sound_after_a_stop_and_verify_changes_nothing) {
    broker.stop();
    const auto marker = broker.data_dir() + "/.kafka_cleanshutdown";
    EXPECT_THAT(run({"log", "verify"}), HasSubstr("sound: 0 findings"));
    EXPECT_TRUE(fs::exists(marker));
    const auto json = boost::json::parse(run({"--json", "log", "verify", "orders"})).as_array();
    EXPECT_TRUE(json.at(0).at("sound").as_bool());
    EXPECT_EQ(json.at(0).at("findings").as_array().size(), 0);
    // The topic's, and those of the broker's own log, which is always looked at.
    EXPECT_EQ(json.at(0).at("partitions").as_int64(), 2);
    EXPECT_GE(json.at(0).at("records").as_int64(), 9);
}

TEST_F(StoredLog, that_is_damaged_is_named_by_file_position_and_offset) {
    broker.stop();
    auto bytes = bytes_of(segment("orders-0"));
    const auto second = bytes.find(std::string("\0\0\0\0\0\0\0\3", 8));
    bytes.at(second + 70) = static_cast<char>(bytes.at(second + 70) ^ 1);
    put_bytes_into(segment("orders-0"), bytes);
    const auto printed = run({"log", "verify"}, exit_refused);
    EXPECT_THAT(printed, AllOf(HasSubstr("damage " + segment("orders-0") + " position "),
                               HasSubstr(" offset 3: "), HasSubstr("a start "),
                               HasSubstr("\ndamaged: 1 finding in")));
    EXPECT_THAT(run({"log", "dump", "orders"}, exit_refused),
                AllOf(HasSubstr("damage position="), HasSubstr("base_offset=0 "),
                      HasSubstr("base_offset=6 ")));
}

TEST_F(StoredLog, that_misses_a_folder_or_has_one_too_many_says_so) {
    broker.stop();
    fs::create_directory(broker.data_dir() + "/stranger-0");
    EXPECT_THAT(run({"log", "verify"}), HasSubstr("no topic that the broker knows"));
    fs::remove_all(broker.data_dir() + "/orders-0");
    EXPECT_THAT(run({"log", "verify"}, exit_refused),
                HasSubstr("the folder is missing, though records of it were synced; a start takes "
                          "the partition for empty"));
}

TEST_F(StoredLog, whose_groups_cannot_be_read_would_be_refused) {
    broker.stop();
    // A commit's key of a type that is not there: two bytes are no key.
    kafka::NewRecord record;
    record.key = as_bytes("\x01");
    const auto batch = kafka::build_batch({&record, 1}, {.leader_epoch = 0});
    std::string written;
    for (const auto& entry : fs::directory_iterator(broker.data_dir()))
        if (entry.path().filename().string().starts_with("__consumer_offsets-"))
            written = entry.path().filename().string();
    put_bytes_into(segment(written), std::string{as_text(batch)});
    EXPECT_THAT(run({"log", "verify", "__consumer_offsets"}, exit_refused),
                AllOf(HasSubstr("a key without a type"), HasSubstr("a start is refused")));
}

TEST_F(StoredLog, is_dumped_with_the_fields_that_consume_prints) {
    const auto consumed = json_lines(broker.run({"--json", "consume", "orders", "-e"}));
    broker.stop();
    std::vector<boost::json::object> dumped;
    for (auto& line : json_lines(run({"--json", "log", "dump", "orders-0", "-r"})))
        if (line.at("kind") == "record") dumped.push_back(std::move(line));
    ASSERT_EQ(consumed.size(), 9);
    ASSERT_EQ(dumped.size(), consumed.size());
    for (std::size_t i = 0; i < dumped.size(); ++i)
        for (const auto* name : {"offset", "timestamp", "key", "value", "value_base64", "headers"})
            EXPECT_EQ(dumped[i].contains(name) ? dumped[i].at(name) : nullptr,
                      consumed[i].contains(name) ? consumed[i].at(name) : nullptr)
                << name;
}

TEST_F(StoredLog, is_dumped_from_an_offset_and_no_further_than_wanted) {
    broker.stop();
    const auto batches = run({"log", "dump", "orders", "--from", "4", "--max", "1"});
    EXPECT_THAT(batches, AllOf(HasSubstr("base_offset=3 "), Not(HasSubstr("base_offset=0 ")),
                               Not(HasSubstr("base_offset=6 "))));
    const auto records = run({"log", "dump", "orders", "-r", "--from", "4", "--max", "1"});
    EXPECT_THAT(records,
                AllOf(HasSubstr("record offset=4 "), HasSubstr("key=k2 value=v2"),
                      Not(HasSubstr("record offset=3 ")), Not(HasSubstr("record offset=5 "))));
}

TEST_F(StoredLog, is_dumped_with_the_meaning_of_the_brokers_own_records) {
    broker.stop();
    EXPECT_THAT(run({"log", "dump", "__consumer_offsets", "-r"}),
                AllOf(HasSubstr(R"("type":"offset_commit","group":"readers","topic":"orders",)"
                                R"("partition":0,"offset":9)"),
                      HasSubstr(R"("type":"group","group":"readers")")));
    EXPECT_THAT(run({"log", "dump", "__leat_state", "-r"}),
                HasSubstr(R"("type":"topic","topic":"orders")"));
}

TEST_F(StoredLog, is_dumped_whole_with_every_file_in_its_own_form) {
    broker.stop();
    EXPECT_THAT(run({"log", "dump", "--all"}),
                AllOf(HasSubstr("cluster.id="), HasSubstr("topic=orders partition=0 offset=9"),
                      HasSubstr("leader_epoch epoch=0 start_offset=0"), HasSubstr("topic_id: "),
                      HasSubstr("journal empty"), HasSubstr("producer producer_id=")));
}

TEST_F(StoredLog, that_is_broken_in_any_way_is_dumped_and_verified_without_a_crash) {
    broker.stop();
    std::mt19937 random{20};
    for (const auto& entry : fs::recursive_directory_iterator(broker.data_dir())) {
        const auto path = entry.path().string();
        const bool matters = path.find("__consumer") == std::string::npos
                             && path.find("reserve") == std::string::npos;
        if (!entry.is_regular_file() || entry.file_size() == 0 || !matters) continue;
        const auto whole = bytes_of(path);
        auto bytes = whole.substr(0, whole.size() - random() % std::min(whole.size(), 99UL));
        for (int i = 0; i < 3; ++i)
            bytes[random() % std::min(bytes.size(), 600UL)] = static_cast<char>(random());
        put_bytes_into(path, bytes);
        for (const auto* verb : {"dump", "verify"}) {
            Leat leat;
            const int code = leat.run({"log", verb, "--data", broker.data_dir()});
            EXPECT_LE(code, exit_refused) << path << leat.said;
        }
        put_bytes_into(path, whole);
    }
    EXPECT_THAT(run({"log", "verify"}), HasSubstr("sound"));
}

TEST(Log, tells_what_is_no_data_directory_and_no_file_of_one) {
    const Directory directory;
    const auto run = [&](std::vector<std::string> words) {
        Leat leat;
        EXPECT_EQ(leat.run(std::move(words)), exit_not_found);
        return leat.said;
    };
    EXPECT_THAT(run({"log", "verify", "-d", directory.at("nowhere")}),
                HasSubstr("there is no directory"));
    EXPECT_THAT(run({"log", "dump", "-d", directory.at("")}), HasSubstr("is no data directory"));
    EXPECT_THAT(run({"log", "dump", "nothing/here.log"}), HasSubstr("there is no file"));
    Leat leat;
    EXPECT_EQ(leat.run({"log", "dump", directory.file("letter.txt", "Dear")}), exit_refused);
    EXPECT_THAT(leat.said, HasSubstr("the name tells what is in it"));
}

TEST(StoredRecords, tell_what_a_marker_of_a_transaction_says) {
    const auto meaning = [](std::string_view key, std::string_view value) {
        kafka::BatchHeader batch;
        batch.attributes = 0x20;
        kafka::RecordView record;
        record.key = as_bytes(key);
        record.value = as_bytes(value);
        return boost::json::serialize(*meaning_of("orders", batch, record));
    };
    using namespace std::string_view_literals;
    EXPECT_EQ(meaning("\0\0\0\1"sv, "\0\0\0\0\0\7"sv),
              R"({"type":"commit","coordinator_epoch":7})");
    EXPECT_EQ(meaning("\0\0\0\0"sv, "\0\0\0\0\0\0"sv), R"({"type":"abort","coordinator_epoch":0})");
    EXPECT_EQ(meaning("\0\0\0\2"sv, ""sv), R"({"type":"control","control_type":2})");
    EXPECT_THAT(meaning("\0"sv, ""sv), HasSubstr("error"));
}

TEST(DumpOutput, quotes_what_could_be_taken_for_something_else) {
    EXPECT_EQ(
        dump_line("record", {{"key", nullptr},
                             {"value", "null"},
                             {"other", nullptr},
                             {"flag", true},
                             {"off", false},
                             {"text", "a b\n"},
                             {"timestamp", 0}}),
        R"(record key=null value="null" flag text="a b\n" timestamp=1970-01-01T00:00:00.000Z)");
}

}  // namespace
}  // namespace leat::cli
