// A Kafka for the framework's tests: the cluster that LEAT_TEST_BOOTSTRAP names, or librdkafka's
// mock cluster in this process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace leat::service {

/// A record as the tests read it.
struct SeenRecord {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string header(const std::string& name) const;
};

/// One cluster. Names are made unique, so that tests do not meet on a real one.
class KafkaForTest {
public:
    /// `mock` for tests that inject faults, wherever the others run.
    enum class Kind { any, mock };
    explicit KafkaForTest(Kind kind = Kind::any);
    ~KafkaForTest();
    KafkaForTest(const KafkaForTest&) = delete;
    KafkaForTest& operator=(const KafkaForTest&) = delete;

    const std::string& bootstrap() const { return bootstrap_; }
    /// `stem` with a suffix that no other test uses.
    std::string unique(const std::string& stem) const;

    void create_topic(const std::string& name, int partitions,
                      const std::vector<std::pair<std::string, std::string>>& configs = {});
    /// The value of a topic's configuration key; empty if it has none.
    std::string config_of(const std::string& topic, const std::string& key);
    /// Sends and waits for the acknowledgement; `value` nothing is a tombstone.
    void produce(const std::string& topic, const std::optional<std::string>& key,
                 const std::optional<std::string>& value,
                 const std::vector<std::pair<std::string, std::string>>& headers = {});
    /// One record with a timestamp of its own.
    void produce_at(std::int64_t timestamp_ms, const std::string& topic, const std::string& key,
                    const std::string& value);
    using KeyAndValue = std::pair<std::optional<std::string>, std::optional<std::string>>;
    /// The same for many records, in their order.
    void produce_all(const std::string& topic, const std::vector<KeyAndValue>& records,
                     const std::vector<std::pair<std::string, std::string>>& headers = {});
    /// Reads the topic from its beginning until `count` records were seen, or 20 s have passed.
    std::vector<SeenRecord> read(const std::string& topic, std::size_t count);
    /// The group's committed offset; -1 if none.
    std::int64_t committed(const std::string& group, const std::string& topic,
                           std::int32_t partition);
    /// Sum over all partitions, none counting 0.
    std::int64_t committed_in_all(const std::string& group, const std::string& topic,
                                  int partitions);

    /// A member of the group gets the topic's partitions and dies: it never says that it leaves.
    void let_a_member_die(const std::string& group, const std::string& topic,
                          int session_timeout_ms);

    enum class Fault {
        passing,    // THROTTLING_QUOTA_EXCEEDED, which librdkafka does not retry
        permanent,  // TOPIC_AUTHORIZATION_FAILED
    };
    /// Mock only: the next `count` Produce requests fail.
    void fail_produce(int count, Fault fault = Fault::passing);
    /// Mock only: the next `count` SyncGroup requests fail, so that no member gets an assignment.
    void refuse_assignments(int count);
    /// Mock only: no member may join, GROUP_AUTHORIZATION_FAILED; or none may fetch,
    /// TOPIC_AUTHORIZATION_FAILED.
    void forbid_groups();
    void forbid_fetches();
    /// Mock only: the broker closes its connections and takes none until it is back.
    void go_away();
    void come_back();
    /// Mock only: answers take this long from here on.
    void slow_down(int milliseconds);

private:
    struct Mock;
    std::unique_ptr<Mock> mock_;
    std::string bootstrap_;
};

}  // namespace leat::service
