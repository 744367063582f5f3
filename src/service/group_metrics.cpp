// The gauges of a group member and its partitions, set about once a second.
#include <algorithm>

#include "service/group_consumer.hpp"

namespace leat::service {

void GroupConsumer::measure() {
    for (auto* s : subscriptions_) {
        std::size_t records = 0;
        std::size_t bytes = 0;
        std::size_t queued = 0;
        for (const auto& [place, p] : partitions_) {
            if (p->subscription != s) continue;
            records += p->lanes.in_flight();
            bytes += p->lanes.in_flight_bytes();
            queued += p->lanes.queued();
        }
        s->metrics->inflight_records.set(static_cast<double>(records));
        s->metrics->inflight_bytes.set(static_cast<double>(bytes));
        s->metrics->queued_records.set(static_cast<double>(queued));
    }
    for (const auto& [place, p] : partitions_) measure_partition(*p);
}

void GroupConsumer::measure_partition(Partition& partition) {
    const Labels labels{{"topic", partition.topic},
                        {"partition", std::to_string(partition.number)},
                        {"group", group_}};
    const auto set = [&](const char* name, const char* help, std::int64_t value) {
        tools_.metrics.gauge(name, help, labels).set(static_cast<double>(value));
    };
    const auto& tracker = partition.tracker;
    set("leat_consumer_watermark_offset", "One past the records that are done without a gap",
        tracker.watermark());
    set("leat_consumer_committed_offset", "The last offset that the group accepted",
        tracker.last_committed());
    set("leat_consumer_highest_seen_offset", "The highest offset delivered",
        tracker.highest_delivered());
    set("leat_consumer_incomplete_offsets", "Delivered records that are not done",
        static_cast<std::int64_t>(tracker.incomplete()));
    if (const auto end = consumer_->high_watermark(partition.topic, partition.number))
        if (tracker.watermark() >= 0)
            set("leat_consumer_lag_records", "Records between the watermark and the log's end",
                std::max<std::int64_t>(0, *end - tracker.watermark()));
    auto paused = labels;
    paused.emplace("reason", "backpressure");
    tools_.metrics.gauge("leat_partition_paused", "Whether the partition is held back", paused)
        .set(partition.lanes.paused() ? 1 : 0);
}

}  // namespace leat::service
