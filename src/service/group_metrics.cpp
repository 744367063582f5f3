// The gauges of a group member and its partitions, set about once a second.
#include <algorithm>

#include "service/consumer_age.hpp"
#include "service/group_consumer.hpp"

namespace leat::service {
namespace {

struct Series {
    const char* name;
    const char* help;
};
constexpr Series watermark{"leat_consumer_watermark_offset",
                           "One past the records that are done without a gap"};
constexpr Series committed{"leat_consumer_committed_offset",
                           "The last offset that the group accepted"};
constexpr Series highest_seen{"leat_consumer_highest_seen_offset", "The highest offset delivered"};
constexpr Series incomplete{"leat_consumer_incomplete_offsets",
                            "Delivered records that are not done"};
constexpr Series oldest_inflight{"leat_consumer_oldest_inflight_seconds",
                                 "Time since the oldest record that is not done was delivered"};
constexpr Series lag_time{
    "leat_consumer_lag_seconds",
    "Age of the oldest delivered record that is not done, by its timestamp; when all are done: 0 "
    "at the log's end, before it the age that the last record had when it was delivered"};
constexpr Series lag{"leat_consumer_lag_records",
                     "Records between the watermark and the log's end"};

}  // namespace

void GroupConsumer::measure() {
    count_finished();
    for (auto* s : subscriptions_) {
        std::size_t records = 0;
        std::size_t bytes = 0;
        std::size_t queued = 0;
        for (const auto& [place, p] : assignment_.partitions()) {
            if (p->subscription != s) continue;
            records += p->lanes.in_flight();
            bytes += p->lanes.in_flight_bytes();
            queued += p->lanes.queued();
        }
        s->metrics->inflight_records.set(static_cast<double>(records));
        s->metrics->inflight_bytes.set(static_cast<double>(bytes));
        s->metrics->queued_records.set(static_cast<double>(queued));
    }
    for (const auto& [place, p] : assignment_.partitions()) measure_partition(*p);
}

void GroupConsumer::measure_partition(Partition& partition) {
    const Labels labels{{"topic", partition.topic},
                        {"partition", std::to_string(partition.number)},
                        {"group", group_}};
    const auto set = [&](const Series& series, auto value) {
        tools_.metrics.gauge(series.name, series.help, labels).set(static_cast<double>(value));
    };
    const auto& tracker = partition.tracker;
    set(watermark, tracker.watermark());
    set(committed, tracker.last_committed());
    set(highest_seen, tracker.highest_delivered());
    set(incomplete, tracker.incomplete());
    set(oldest_inflight, oldest_inflight_seconds(tracker, tools_.clock));
    const auto end = consumer_->high_watermark(partition.topic, partition.number);
    if (end && tracker.watermark() >= 0)
        set(lag, std::max<std::int64_t>(0, *end - tracker.watermark()));
    if (const auto seconds = lag_seconds(tracker, end, tools_.clock)) set(lag_time, *seconds);
    auto paused = labels;
    paused.emplace("reason", "backpressure");
    tools_.metrics.gauge("leat_partition_paused", "Whether the partition is held back", paused)
        .set(partition.lanes.paused() ? 1 : 0);
}

// Another member answers for the partition now: a sum over members must not count it twice.
void GroupConsumer::clear_gauges(const Partition& partition) {
    const Labels labels{{"topic", partition.topic},
                        {"partition", std::to_string(partition.number)},
                        {"group", group_}};
    for (const auto& series : {incomplete, oldest_inflight, lag, lag_time})
        tools_.metrics.gauge(series.name, series.help, labels).set(0);
}

}  // namespace leat::service
