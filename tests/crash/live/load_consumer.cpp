#include "load_consumer.hpp"

#include "base/check.hpp"

namespace leat::crash {
namespace {

constexpr std::size_t records_per_commit = 300;
constexpr int consume_poll_ms = 20;

std::uint64_t next_assignment() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

LoadConsumer::LoadConsumer(Judge& judge, ConsumerPlan plan)
    : judge_(judge), plan_(std::move(plan)), random_(plan_.seed) {
    thread_ = std::thread{[this] { run(); }};
}

LoadConsumer::~LoadConsumer() {
    stopping_ = true;
    thread_.join();
}

void LoadConsumer::run() {
    while (!stopping_) {
        join();
        commits_left_ = plan_.commits_between_leaves == 0
                            ? -1
                            : 1 + static_cast<int>(random_()) % plan_.commits_between_leaves;
        while (!stopping_ && commits_left_ != 0) {
            const RdMessage message{rd_kafka_consumer_poll(client_.get(), consume_poll_ms)};
            if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) take(*message);
            if (!uncommitted_.empty() && (!message || since_commit_ >= records_per_commit))
                commit(uncommitted_);
        }
        leave();
    }
}

void LoadConsumer::join() {
    // Where a committed offset is lost the group would begin at 0, which the judge would see.
    auto* conf = make_conf(plan_.bootstrap, {{"group.id", plan_.group_id},
                                             {"session.timeout.ms", "10000"},
                                             {"heartbeat.interval.ms", "300"},
                                             {"auto.offset.reset", "earliest"},
                                             {"enable.auto.commit", "false"},
                                             {"fetch.wait.max.ms", "50"},
                                             {"fetch.error.backoff.ms", "20"},
                                             {"check.crcs", "true"},
                                             {"partition.assignment.strategy", plan_.strategy}});
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_rebalance_cb(
        conf, [](rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list,
                 void* self) { static_cast<LoadConsumer*>(self)->rebalance(what, list); });
    client_ = make_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(client_.get());
    const auto topics = make_list();
    for (const auto& place : judge_.places())
        if (place.partition == 0)
            rd_kafka_topic_partition_list_add(topics.get(), place.topic.c_str(), -1);
    check(rd_kafka_subscribe(client_.get(), topics.get()) == 0, "a consumer subscribes");
}

void LoadConsumer::leave() {
    rd_kafka_consumer_close(client_.get());
    client_.reset();
    held_.clear();
    uncommitted_.clear();
}

void LoadConsumer::take(const rd_kafka_message_t& message) {
    const auto place = judge_.place_of(rd_kafka_topic_name(message.rkt), message.partition);
    judge_.seen(place, message.offset, fingerprint(record_of(message)));
    const auto held = held_.find(place);
    if (held == held_.end()) return judge_.anomaly("a record of a partition that is not held");
    judge_.delivered(plan_.group, place, held->second.assignment, message.offset);
    held->second.next = message.offset + 1;
    uncommitted_.insert(place);
    ++since_commit_;
}

void LoadConsumer::commit(const std::set<std::size_t>& places) {
    const auto list = make_list();
    for (const auto place : places) {
        const auto& [topic, partition] = judge_.places()[place];
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
            held_.at(place).next;
    }
    const auto error = rd_kafka_commit(client_.get(), list.get(), 0);
    since_commit_ = 0;
    if (commits_left_ > 0) --commits_left_;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    for (int i = 0; i < list->cnt; ++i) {
        const auto& each = list->elems[i];
        if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        const auto place = judge_.place_of(each.topic, each.partition);
        judge_.commit_acknowledged(plan_.group, place, each.offset);
        uncommitted_.erase(place);
    }
}

void LoadConsumer::rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list) {
    const bool gained = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    const bool cooperative =
        std::string{rd_kafka_rebalance_protocol(client_.get())} == "COOPERATIVE";
    if (gained)
        assigned(*list);
    else
        revoked(*list);
    if (cooperative) {
        auto* error = gained ? rd_kafka_incremental_assign(client_.get(), list)
                             : rd_kafka_incremental_unassign(client_.get(), list);
        if (error != nullptr) rd_kafka_error_destroy(error);
    } else {
        rd_kafka_assign(client_.get(), gained ? list : nullptr);
    }
}

void LoadConsumer::assigned(const rd_kafka_topic_partition_list_t& list) {
    for (int i = 0; i < list.cnt; ++i)
        held_[judge_.place_of(list.elems[i].topic, list.elems[i].partition)] = {next_assignment(),
                                                                                -1};
}

void LoadConsumer::revoked(const rd_kafka_topic_partition_list_t& list) {
    std::set<std::size_t> lost;
    for (int i = 0; i < list.cnt; ++i)
        lost.insert(judge_.place_of(list.elems[i].topic, list.elems[i].partition));
    std::set<std::size_t> last;
    for (const auto place : lost)
        if (uncommitted_.contains(place)) last.insert(place);
    if (!last.empty() && rd_kafka_assignment_lost(client_.get()) == 0) commit(last);
    for (const auto place : lost) {
        held_.erase(place);
        uncommitted_.erase(place);
    }
}

}  // namespace leat::crash
