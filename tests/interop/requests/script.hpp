// What scripts are written with: the requests of a transactional producer and of those who watch
// it, each asked of both brokers and compared.
#pragma once

#include <string>
#include <vector>

#include "both.hpp"

namespace leat::requests {

constexpr std::int64_t nobody = -1;
constexpr std::int64_t stranger = 424'242;  // a producer id that no broker gave out

/// A producer as it names itself.
struct Producer {
    std::string id;  // transactional
    std::int64_t producer_id = nobody;
    std::int16_t epoch = -1;

    Producer of_epoch(int other) const {
        return {id, producer_id, static_cast<std::int16_t>(other)};
    }
    Producer of_id(std::int64_t other) const { return {id, other, epoch}; }
    Producer named(std::string other) const { return {std::move(other), producer_id, epoch}; }
};

/// A batch, and where it is to go.
struct Draft {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t producer_id = nobody;
    std::int16_t epoch = -1;
    std::int32_t sequence = -1;
    bool transactional = true;
    int records = 1;
    TimestampMs timestamp = 0;  // 0: half an hour ago
};

struct Partitions {
    std::string topic;
    std::vector<std::int32_t> indexes{0};
};

enum class Isolation : std::int8_t { read_uncommitted = 0, read_committed = 1 };

class Script {
public:
    /// `number`: names its topics and ids, so that scripts do not meet.
    Script(const Brokers& brokers, const std::string& name, std::size_t number, Report& report);

    std::string named(const std::string& name) const { return scope_ + name; }
    Both& both() { return both_; }
    void say(std::string where) { both_.say(std::move(where)); }
    TimestampMs started() const { return started_; }

    // Every topic and group that is made or asked of is looked at by compare_all().
    std::string topic(const std::string& name, int partitions = 1);
    std::string group(const std::string& name);

    /// InitProducerId; what Kafka gave.
    Producer init(const std::string& id, std::int16_t version = 5, std::int32_t timeout_ms = 60'000,
                  const std::optional<Producer>& expected = {});
    /// Without a transactional id.
    Producer init_idempotent(std::int16_t version = 5);
    void add(const Producer& producer, const std::vector<Partitions>& partitions,
             std::int16_t version = 3);
    void verify(const Producer& producer, const std::vector<Partitions>& partitions,
                std::int16_t version = 5);
    void add_offsets(const Producer& producer, const std::string& group, std::int16_t version = 3);
    struct Committed {
        std::string group;
        std::string topic;
        std::int64_t offset = 0;
        std::int32_t partition = 0;
        std::int32_t generation = -1;
        std::string member{};
        std::string metadata{};
    };
    void commit(const Producer& producer, const Committed& committed, std::int16_t version = 5);
    /// EndTxn; who the producer is after it.
    Producer end(const Producer& producer, bool commit, std::int16_t version = 5);
    /// Produce of one batch a partition.
    void produce(const std::optional<std::string>& id, const std::vector<Draft>& drafts,
                 std::int16_t version = 12, std::int16_t acks = -1);
    /// The same of one batch, with the next sequence number.
    void write(const Producer& producer, const std::string& topic, std::int32_t sequence,
               std::int16_t version = 12, std::int32_t partition = 0);

    void fetch(const std::string& topic, std::int32_t partition, Isolation isolation,
               std::int64_t offset = 0, std::int16_t version = 12);
    void list_offsets(const std::string& topic, std::int32_t partition, Isolation isolation,
                      std::int16_t version = 8);
    void offsets(const std::string& group, bool require_stable, std::int16_t version = 9);
    void describe(const std::string& id);
    void describe_producers(const std::string& topic, std::int32_t partition);
    void list(kafka::ListTransactionsRequest request = {}, std::int16_t version = 2);
    /// What anybody can see: ids, producers, records, offsets.
    void compare_all();
    /// Waits until the id has no transaction, by itself.
    void wait_for_abort(const std::string& id);

private:
    void settle(const std::string& id);

    std::string scope_;
    TimestampMs started_;
    Both both_;
    std::vector<std::pair<std::string, int>> topics_;
    std::vector<std::string> groups_;
    std::vector<std::string> ids_;
};

/// A batch of records as `draft` says. `started`: of the run.
Bytes batch_of(const Draft& draft, TimestampMs started);

struct NamedScript {
    std::string name;
    std::function<void(Script&)> run;
};
/// Those that take minutes.
void add_long(std::vector<NamedScript>& scripts);
void add_inits(std::vector<NamedScript>& scripts);
void add_ends(std::vector<NamedScript>& scripts);
void add_offsets_scripts(std::vector<NamedScript>& scripts);
void add_produces(std::vector<NamedScript>& scripts);
void add_reads(std::vector<NamedScript>& scripts);
void add_admin(std::vector<NamedScript>& scripts);

/// A random walk; the same for the same seed.
void walk(Script& script, unsigned seed, int steps);

}  // namespace leat::requests
