#include "shuffled_start.hpp"

#include <initializer_list>

namespace leat::crash {

BrokerProcess::Start shuffled_start(std::mt19937_64& random) {
    const auto one_of = [&](std::initializer_list<const char*> values) {
        return std::string{values.begin()[random() % values.size()]};
    };
    BrokerProcess::Start start;
    const auto set = [&](const std::string& key, const std::string& value) {
        start.settings.push_back(key + "=" + value);
    };
    set("log.segment.bytes", one_of({"16384", "65536", "1048576", "1073741824"}));
    set("offsets.topic.segment.bytes", one_of({"16384", "1048576", "104857600"}));
    set("offsets.topic.num.partitions", "7");
    set("log.index.interval.bytes", one_of({"0", "256", "4096", "1000000"}));
    set("log.index.size.max.bytes", one_of({"64", "4096", "10485760"}));
    set("log.roll.ms", one_of({"50", "1000", "604800000"}));
    set("log.flush.offset.checkpoint.interval.ms", one_of({"0", "1000", "60000"}));
    set("log.flush.interval.messages", one_of({"1", "100", "9223372036854775807"}));
    set("log.flush.interval.ms", one_of({"0", "100", "100000"}));
    set("log.segment.delete.delay.ms", one_of({"0", "60000"}));
    set("log.retention.check.interval.ms", one_of({"1", "300000"}));
    set("leat.disk.threads", one_of({"1", "2", "4", "8"}));
    set("leat.tail.cache.bytes", one_of({"0", "20000", "134217728"}));
    set("leat.journal.bytes", one_of({"0", "262144", "33554432"}));
    set("leat.durability", one_of({"sync", "sync", "sync", "page-cache"}));
    set("leat.request.memory.bytes", one_of({"1048576", "536870912"}));
    set("leat.free.space.floor.bytes", "0");
    set("queued.max.requests", one_of({"1", "2", "64"}));
    set("max.incremental.fetch.session.cache.slots", one_of({"0", "2", "1000"}));
    set("fetch.max.bytes", one_of({"1024", "100000", "57671680"}));
    set("group.initial.rebalance.delay.ms", one_of({"0", "0", "200"}));
    set("compression.type", one_of({"producer", "producer", "lz4", "zstd", "uncompressed"}));
    return start;
}

}  // namespace leat::crash
