#include <limits>

#include "cases.hpp"
#include "frames.hpp"

namespace leat::batches {
namespace {

using Random = std::mt19937;
using Limits32 = std::numeric_limits<std::int32_t>;
using Limits64 = std::numeric_limits<std::int64_t>;

constexpr std::int64_t hour = 3'600'000;

class Mutations {
public:
    void header(const std::string& name, std::function<void(BatchDraft&)> apply) {
        all_.push_back({name, [apply = std::move(apply)](BatchDraft& b, Random&) { apply(b); }});
    }
    /// Of one record, any.
    void record(const std::string& name, std::function<void(RecordDraft&)> apply) {
        all_.push_back({name, [apply = std::move(apply)](BatchDraft& b, Random& random) {
                            if (!b.records.empty()) apply(b.records[random() % b.records.size()]);
                        }});
    }
    void any(const std::string& name, std::function<void(BatchDraft&, Random&)> apply) {
        all_.push_back({name, std::move(apply)});
    }
    std::vector<Mutation> take() { return std::move(all_); }

private:
    std::vector<Mutation> all_;
};

std::string number(std::int64_t value) { return " " + std::to_string(value); }

void add_fields(Mutations& m) {
    for (const std::int64_t offset : {std::int64_t{1}, std::int64_t{-1}, Limits64::max()})
        m.header("base offset" + number(offset), [=](auto& b) { b.header.base_offset = offset; });
    for (const std::int32_t epoch : {0, 7, Limits32::max(), Limits32::min()})
        m.header("leader epoch" + number(epoch), [=](auto& b) { b.header.leader_epoch = epoch; });
    for (const int magic : {0, 1, 3, 127, -1})
        m.header("magic" + number(magic),
                 [=](auto& b) { b.header.magic = static_cast<std::int8_t>(magic); });
    m.header("wrong checksum", [](auto& b) { b.wrong_checksum = true; });
    for (const int bits : {0x05, 0x06, 0x07, 0x10, 0x20, 0x30, 0x40, 0x80, 0x100, 0x4000, -0x8000})
        m.header("attributes" + number(bits),
                 [=](auto& b) { b.header.attributes |= static_cast<std::int16_t>(bits); });
    for (const std::int64_t id : {std::int64_t{-2}, std::int64_t{-1000}, Limits64::min()})
        m.header("producer id" + number(id), [=](auto& b) {
            b.header.producer_id = id;
            b.header.base_sequence = 5;
        });
    for (const int epoch : {-2, -1, 0, 5, 32767})
        for (const std::int32_t sequence : {-2, -1, 0, 7, Limits32::max()})
            m.any("producer's epoch" + number(epoch) + " sequence" + number(sequence),
                  [=](BatchDraft& b, Random& random) {
                      b.header.producer_id = 1'000'000 + static_cast<std::int64_t>(random());
                      b.header.producer_epoch = static_cast<std::int16_t>(epoch);
                      b.header.base_sequence = sequence;
                  });
}

void add_counts(Mutations& m) {
    for (const std::int32_t delta : {-2, -1, 0, 1, 5, Limits32::max(), Limits32::min()})
        m.header("last offset delta" + number(delta),
                 [=](auto& b) { b.last_offset_delta = delta; });
    for (const std::int32_t lie : {-100, -2, -1, 1, 2, 100, 100'000'000})
        for (const bool consistent : {false, true})
            m.header("count off by" + number(lie) + (consistent ? ", delta too" : ""),
                     [=](auto& b) { b.count_lie = lie, b.consistent = consistent; });
    m.header("no records", [](auto& b) { b.records.clear(); });
    m.header("no records, delta 0", [](auto& b) { b.records.clear(), b.last_offset_delta = 0; });
    m.header("no records, bytes", [](auto& b) { b.records.clear(), b.content_tail.resize(5); });
    for (const std::int32_t lie : {-20, -2, -1, 1, 2, 1000})
        m.header("length off by" + number(lie), [=](auto& b) { b.length_lie = lie; });
    for (const std::int32_t length : {0, -1, 13, 14, 15, 20, 48, 49, 50, Limits32::max()})
        m.header("length" + number(length), [=](auto& b) { b.length = length; });
    for (const std::size_t size : {0, 1, 11, 12, 16, 17, 20, 23, 27, 60, 61, 62})
        m.header("only the first" + number(static_cast<std::int64_t>(size)),
                 [=](auto& b) { b.cut = size; });
}

void add_surroundings(Mutations& m) {
    for (const std::size_t size : {1, 11, 12, 16, 17, 61, 100})
        for (const int fill : {0x00, 0xFF, 0x01, 0x02})
            m.header("behind it" + number(static_cast<std::int64_t>(size)) + " of" + number(fill),
                     [=](auto& b) { b.after = Bytes(size, static_cast<std::byte>(fill)); });
    m.any("behind it anything", [](BatchDraft& b, Random& random) {
        b.after.resize(random() % 40);
        for (auto& byte : b.after) byte = static_cast<std::byte>(random() % 4);
    });
    m.header("itself again", [](auto& b) { b.after = BatchDraft{b}.encode(); });
    m.header("itself again, torn", [](auto& b) {
        b.after = BatchDraft{b}.encode();
        b.after.pop_back();
    });
    m.header("behind an empty batch", [](auto& b) {
        BatchDraft empty;
        empty.header = b.header;
        b.before = empty.encode();
    });
    for (const std::size_t size : {1, 5, 6, 7, 100})
        for (const int fill : {0x00, 0x01, 0xFF})
            m.header("behind the records" + number(static_cast<std::int64_t>(size)) + " of"
                         + number(fill),
                     [=](auto& b) { b.content_tail = Bytes(size, static_cast<std::byte>(fill)); });
}

void add_times(Mutations& m, TimestampMs now) {
    for (const auto max : {std::int64_t{-1}, std::int64_t{0}, now - hour, now + hour / 2,
                           now + 3 * hour, Limits64::max(), Limits64::min()}) {
        m.header("max timestamp" + number(max), [=](auto& b) { b.header.max_timestamp = max; });
        m.header("append time" + number(max), [=](auto& b) {
            b.header.attributes |= 0x08;
            b.header.max_timestamp = max;
        });
    }
    for (const auto base : {std::int64_t{-1}, std::int64_t{-2}, std::int64_t{0}, now - 3 * hour,
                            now + 3 * hour, Limits64::max(), Limits64::min() + 5})
        m.header("base timestamp" + number(base), [=](auto& b) { b.header.base_timestamp = base; });
    m.header("append time over the records' own", [=](auto& b) {
        b.header.attributes |= 0x08;
        b.header.base_timestamp = now + 3 * hour;
    });
    m.header("no timestamps", [](auto& b) {
        b.header.base_timestamp = -1;
        for (auto& record : b.records) record.timestamp_delta = 0;
    });
    for (const auto delta : {-now - 1, -now - 2, -now, -3 * hour, 3 * hour, hour / 2,
                             Limits64::max(), Limits64::min()})
        m.record("timestamp delta" + number(delta), [=](auto& r) { r.timestamp_delta = delta; });
    for (const unsigned bytes : {9, 10, 11, 12})
        m.record("varlong of" + number(bytes), [=](auto& r) { r.varlongs.bytes = bytes; });
    m.record("varlong beyond 64 bits", [](auto& r) { r.varlongs = {10, 0x7E}; });
}

void add_offsets(Mutations& m) {
    for (const std::int32_t delta : {-1, 0, 1, 5, 1000, Limits32::max(), Limits32::min()})
        m.record("offset delta" + number(delta), [=](auto& r) { r.offset_delta = delta; });
    m.header("offsets from 1", [](auto& b) {
        std::int32_t offset = 1;
        for (auto& record : b.records) record.offset_delta = offset++;
    });
    m.header("offsets reversed", [](auto& b) {
        std::int32_t offset = static_cast<std::int32_t>(b.records.size());
        for (auto& record : b.records) record.offset_delta = --offset;
    });
    m.header("offsets all 0", [](auto& b) {
        for (auto& record : b.records) record.offset_delta = 0;
    });
    for (const unsigned bytes : {4, 5, 6, 10})
        m.record("varint of" + number(bytes), [=](auto& r) { r.varints.bytes = bytes; });
    for (const unsigned extra : {0x10, 0x70, 0x0E})
        m.record("varint beyond 32 bits" + number(extra), [=](auto& r) { r.varints = {5, extra}; });
}

void add_contents(Mutations& m) {
    m.record("null key", [](auto& r) { r.key_size = -1; });
    m.header("null keys", [](auto& b) {
        for (auto& record : b.records) record.key_size = -1;
    });
    m.record("null value", [](auto& r) { r.value_size = -1; });
    m.record("null key and value", [](auto& r) { r.key_size = r.value_size = -1; });
    m.record("empty key", [](auto& r) { r.key.clear(), r.key_size = 0; });
    m.record("empty value", [](auto& r) { r.value.clear(), r.value_size = 0; });
    for (const std::int32_t size : {-2, -100, 1, 60, 10'000, Limits32::max(), Limits32::min()}) {
        m.record("key size" + number(size), [=](auto& r) { r.key_size = size; });
        m.record("value size" + number(size), [=](auto& r) { r.value_size = size; });
    }
    for (const int attributes : {1, 2, 7, 0x08, 0x10, 0x20, 0xFF})
        m.record("record attributes" + number(attributes),
                 [=](auto& r) { r.attributes = static_cast<std::uint8_t>(attributes); });
    for (const std::int32_t lie : {-20, -2, -1, 1, 2, 20})
        m.record("record length off by" + number(lie), [=](auto& r) { r.length_lie = lie; });
    for (const std::int32_t length : {0, -1, 1, 6, 100'000, Limits32::max(), Limits32::min()})
        m.record("record length" + number(length), [=](auto& r) { r.length = length; });
    for (const std::size_t size : {1, 2, 50})
        m.record("bytes in the record's end" + number(static_cast<std::int64_t>(size)),
                 [=](auto& r) { r.tail.resize(size); });
    m.any("long value", [](BatchDraft& b, Random& random) {
        if (b.records.empty()) return;
        auto& record = b.records.front();
        record.value.resize(100 + random() % 3000, std::byte{'v'});
        record.value_size = static_cast<std::int32_t>(record.value.size());
    });
}

HeaderDraft header_draft(const std::string& key, const std::string& value) {
    return {to_bytes(key), static_cast<std::int32_t>(key.size()), to_bytes(value),
            static_cast<std::int32_t>(value.size())};
}

void add_headers(Mutations& m) {
    const auto add = [&](const std::string& name, std::function<void(HeaderDraft&)> apply) {
        m.record("header with " + name, [apply = std::move(apply)](auto& r) {
            r.headers.push_back(header_draft("name", "value"));
            apply(r.headers.back());
            r.header_count = static_cast<std::int32_t>(r.headers.size());
        });
    };
    add("name and value", [](auto&) {});
    add("an empty name", [](auto& h) { h.key.clear(), h.key_size = 0; });
    add("a null value", [](auto& h) { h.value_size = -1; });
    add("an empty value", [](auto& h) { h.value.clear(), h.value_size = 0; });
    add("a name that is not UTF-8", [](auto& h) { h.key[1] = std::byte{0xFF}; });
    add("a name of zeros", [](auto& h) { h.key.assign(4, std::byte{0}); });
    for (const std::int32_t size : {-1, -2, -1000, 3, 5, 1000, Limits32::max(), Limits32::min()})
        add("name's size" + number(size), [=](auto& h) { h.key_size = size; });
    for (const std::int32_t size : {-2, -1000, 4, 6, 1000, Limits32::max(), Limits32::min()})
        add("value's size" + number(size), [=](auto& h) { h.value_size = size; });
    for (const std::int32_t count : {-1, -100, 1, 2, 3, 100, Limits32::max(), Limits32::min()})
        m.record("header count" + number(count), [=](auto& r) { r.header_count = count; });
    m.record("headers that are not counted",
             [](auto& r) { r.headers.push_back(header_draft("name", "value")); });
    m.record("twice the same header", [](auto& r) {
        r.headers.assign(2, header_draft("same", "value"));
        r.header_count = 2;
    });
    m.record("two hundred headers", [](auto& r) {
        r.headers.assign(200, header_draft("h", ""));
        r.header_count = 200;
    });
}

void add_damage(Mutations& m) {
    const auto damage = [&](const std::string& name, std::function<void(Bytes&, Random&)> apply) {
        m.any(name, [apply = std::move(apply)](BatchDraft& b, Random& random) {
            b.framing = [codec = b.codec](const Bytes& c) { return simple_frame(codec, c); };
            b.damage = [apply,
                        inner = Random{static_cast<unsigned>(random())}](Bytes& bytes) mutable {
                if (!bytes.empty()) apply(bytes, inner);
            };
        });
    };
    damage("a flipped bit", [](Bytes& bytes, Random& random) {
        bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << random() % 8);
    });
    damage("some bytes changed", [](Bytes& bytes, Random& random) {
        for (auto n = 1 + random() % 4; n > 0; --n)
            bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    });
    damage("torn off", [](Bytes& bytes, Random& random) { bytes.resize(random() % bytes.size()); });
    damage("a byte taken out", [](Bytes& bytes, Random& random) {
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(random() % bytes.size()));
    });
    damage("a byte put in", [](Bytes& bytes, Random& random) {
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(random() % bytes.size()),
                     static_cast<std::byte>(random()));
    });
}

}  // namespace

std::vector<Mutation> header_mutations(TimestampMs now) {
    Mutations m;
    add_fields(m);
    add_counts(m);
    add_surroundings(m);
    add_times(m, now);
    return m.take();
}

std::vector<Mutation> record_mutations(TimestampMs /*now*/) {
    Mutations m;
    add_offsets(m);
    add_contents(m);
    add_headers(m);
    add_damage(m);
    return m.take();
}

}  // namespace leat::batches
