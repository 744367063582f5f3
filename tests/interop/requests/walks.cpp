// Random walks over two transactional ids, three partitions and two groups, in both generations of
// the protocol: V1 adds partitions and keeps its epoch, V2 (KIP-890) neither.
#include <random>

#include "script.hpp"

namespace leat::requests {
namespace {

class Walk {
public:
    Walk(Script& script, unsigned seed) : script_(script), random_(seed) {
        topics_ = {script.topic("a", 2), script.topic("b")};
        groups_ = {script.group("g"), script.group("h")};
        for (const auto* name : {"x", "y"}) walkers_.push_back({script.named(name), {}, {}});
    }

    void step(int number) {
        script_.say("step " + std::to_string(number));
        auto& walker = walkers_[below(walkers_.size())];
        if (walker.known.empty()) return init(walker);
        const auto dice = below(100);
        if (dice < 8) return init(walker);
        if (dice < 20) return add(walker);
        if (dice < 50) return write(walker);
        if (dice < 56) return add_offsets(walker);
        if (dice < 66) return commit(walker);
        if (dice < 86) return end(walker);
        if (dice < 90) return write_plainly(walker);
        look(walker);
    }

private:
    struct Walker {
        std::string id;
        std::vector<Producer> known;  // the newest last
        std::map<std::tuple<std::int64_t, std::int16_t, std::size_t>, std::int32_t> next_sequence;
    };
    static constexpr std::size_t places = 3;  // a-0, a-1, b-0

    std::size_t below(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>{0, count - 1}(random_);
    }
    bool one_in(std::size_t count) { return below(count) == 0; }
    std::int16_t version(std::int16_t first, std::int16_t last) {
        return static_cast<std::int16_t>(first + static_cast<int>(below(last - first + 1U)));
    }
    // Mostly the producer as it is now.
    Producer asker(Walker& walker) {
        auto producer = walker.known.back();
        if (!one_in(6)) return producer;
        switch (below(4)) {
            case 0:
                return producer.of_epoch(producer.epoch + 1);
            case 1:
                return producer.of_epoch(producer.epoch - 1);
            case 2:
                return walker.known[below(walker.known.size())];
            default:
                return producer.named(walkers_[below(walkers_.size())].id);
        }
    }
    void now_is(Walker& walker, const Producer& producer) {
        if (producer.producer_id < 0) return;
        const auto& last = walker.known.empty() ? Producer{} : walker.known.back();
        if (producer.producer_id != last.producer_id || producer.epoch != last.epoch)
            walker.known.push_back(producer);
    }
    std::pair<std::string, std::int32_t> place(std::size_t at) const {
        return at < 2 ? std::pair{topics_[0], static_cast<std::int32_t>(at)}
                      : std::pair{topics_[1], 0};
    }

    void init(Walker& walker) {
        const auto v = version(0, 5);
        std::optional<Producer> expected;
        if (v >= 3 && !walker.known.empty() && one_in(2)) expected = asker(walker);
        now_is(walker, script_.init(walker.id, v, 60'000, expected));
    }
    void add(Walker& walker) {
        const auto [topic, partition] = place(below(places));
        if (one_in(4)) return script_.verify(asker(walker), {{topic, {partition}}}, version(4, 5));
        script_.add(asker(walker), {{topic, {partition}}}, version(0, one_in(4) ? 5 : 3));
    }
    void write(Walker& walker) {
        const auto at = below(places);
        const auto [topic, partition] = place(at);
        const auto producer = asker(walker);
        const auto v = one_in(2) ? version(12, 13) : version(3, 11);
        auto& next = walker.next_sequence[{producer.producer_id, producer.epoch, at}];
        const auto records = 1 + static_cast<int>(below(2));
        auto sequence = next;
        if (one_in(12)) sequence += static_cast<std::int32_t>(below(4)) - 2;
        script_.produce(producer.id,
                        {{topic, partition, producer.producer_id, producer.epoch,
                          std::max(sequence, 0), true, records}},
                        v);
        // What was refused is often sent again, and so is what was not.
        if (!one_in(5)) next = std::max(sequence, 0) + records;
    }
    void write_plainly(Walker& walker) {
        const auto [topic, partition] = place(below(places));
        const auto producer = walker.known.back();
        if (one_in(2))
            return script_.produce(std::nullopt, {{topic, partition, nobody, -1, -1, false}});
        script_.produce(producer.id, {{topic, partition, producer.producer_id, producer.epoch,
                                       static_cast<std::int32_t>(below(3)), false}});
    }
    void add_offsets(Walker& walker) {
        script_.add_offsets(asker(walker), groups_[below(groups_.size())], version(0, 4));
    }
    void commit(Walker& walker) {
        const auto [topic, partition] = place(below(places));
        script_.commit(asker(walker),
                       {groups_[below(groups_.size())], topic,
                        static_cast<std::int64_t>(below(100)), partition},
                       version(0, 5));
    }
    void end(Walker& walker) {
        const auto producer = asker(walker);
        const bool commits = !one_in(3);
        const auto v = one_in(2) ? std::int16_t{5} : version(0, 4);
        now_is(walker, script_.end(producer, commits, v));
        if (one_in(5)) script_.end(producer, commits, v);
    }
    void look(Walker& walker) {
        const auto [topic, partition] = place(below(places));
        const auto isolation = one_in(2) ? Isolation::read_committed : Isolation::read_uncommitted;
        switch (below(6)) {
            case 0:
                return script_.fetch(topic, partition, isolation, static_cast<int>(below(10)),
                                     version(4, 17));
            case 1:
                // Kafka's newest record may be a deleted one.
                return script_.list_offsets(topic, partition, isolation,
                                            version(1, has_deleted_ ? 6 : 9));
            case 2:
                return script_.offsets(groups_[below(groups_.size())], one_in(2), version(7, 9));
            case 3:
                return script_.describe_producers(topic, partition);
            case 4:
                return delete_records(topic, partition);
            default:
                return script_.describe(walker.id);
        }
    }
    void delete_records(const std::string& topic, std::int32_t partition) {
        has_deleted_ = true;
        kafka::DeleteRecordsRequest request;
        request.timeout_ms = 10'000;
        request.topics.push_back({topic, {{partition, static_cast<std::int64_t>(below(8))}}});
        script_.both().ask<kafka::DeleteRecordsResponse>(request);
    }

    Script& script_;
    std::mt19937 random_;
    std::vector<std::string> topics_;
    std::vector<std::string> groups_;
    std::vector<Walker> walkers_;
    bool has_deleted_ = false;
};

}  // namespace

void walk(Script& script, unsigned seed, int steps) {
    Walk walking{script, seed};
    // After the first difference the brokers are in different states.
    for (int i = 0; i < steps && script.both().differences() == 0; ++i) walking.step(i);
    script.say("at the end");
    if (script.both().differences() == 0) script.compare_all();
}

}  // namespace leat::requests
