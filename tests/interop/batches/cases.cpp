#include "cases.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "frames.hpp"

namespace leat::batches {
namespace {

using kafka::Codec;

constexpr std::array codecs{Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};
// As tests/interop/suites/batches.sh creates them, which has one more for records_alone().
constexpr std::array topics{
    "plain",         "compact",    "append-time",     "to-none",
    "to-gzip",       "to-lz4",     "to-zstd",         "to-snappy",
    "small",         "timed",      "compact-to-gzip", "append-time-to-lz4",
    "timed-to-zstd", "gzip-level", "lz4-level",       "compact-append-time-to-zstd",
    "small-to-none"};

class Maker {
public:
    Maker(unsigned seed, TimestampMs now) : random_(seed), now_(now) {
        mutations_ = header_mutations(now);
        for (auto& mutation : record_mutations(now)) mutations_.push_back(std::move(mutation));
    }

    void every_mutation_with_every_codec() {
        for (const auto& mutation : mutations_)
            for (const auto codec : codecs)
                add(mutation.name, pick_topic(), 9, mutated(codec, mutation));
        // The same where nothing is rebuilt, so that it is read as it was sent.
        for (const auto& mutation : mutations_)
            for (const auto codec : {Codec::none, Codec::lz4})
                add(mutation.name, "plain", 12, mutated(codec, mutation));
    }
    void every_frame() {
        for (const auto& framing : framings()) {
            auto draft = sound(framing.codec);
            draft.framing = framing.framing;
            add(framing.name, "plain", 9, draft);
            auto once_more = sound(framing.codec);
            once_more.framing = framing.framing;
            add(framing.name, pick_topic(), 8, once_more);
        }
    }
    void every_version() {
        for (std::int16_t version = 3; version <= 12; ++version)
            for (const auto codec : codecs)
                for (const auto* topic : topics) add("sound", topic, version, sound(codec));
    }
    /// Few producers, so that their batches repeat, skip and overtake each other.
    void sequences(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto draft = sound(codecs[random_() % codecs.size()]);
            draft.header.producer_id = 5000 + static_cast<std::int64_t>(random_() % 6);
            draft.header.producer_epoch = static_cast<std::int16_t>(random_() % 12 / 10);
            draft.header.base_sequence = static_cast<std::int32_t>(random_() % 8);
            draft.records.resize(1 + random_() % 2, draft.records.front());
            number(draft.records);
            add("sequence", random_() % 4 != 0 ? "plain" : "append-time", 9, draft);
        }
    }
    void anything(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto draft = sound(codecs[random_() % codecs.size()]);
            std::string name = "anything";
            for (auto n = random_() % 4; n > 0; --n) {
                const auto& mutation = mutations_[random_() % mutations_.size()];
                mutation.apply(draft, random_);
                name += ", " + mutation.name;
            }
            add(name, pick_topic(), static_cast<std::int16_t>(3 + random_() % 10), draft);
        }
    }
    std::size_t size() const { return cases_.size(); }
    std::vector<Case> take() { return std::move(cases_); }

private:
    std::string pick_topic() { return topics[random_() % topics.size()]; }

    static void number(std::vector<RecordDraft>& records) {
        std::int32_t offset = 0;
        for (auto& record : records) record.offset_delta = offset++;
    }

    BatchDraft sound(Codec codec) {
        BatchDraft draft;
        draft.codec = codec;
        draft.header.base_timestamp = now_ - 60'000;
        draft.header.max_timestamp = now_ - 60'000;
        draft.records.resize(1 + random_() % 4);
        number(draft.records);
        for (auto& record : draft.records) {
            record.timestamp_delta = static_cast<std::int64_t>(random_() % 50'000);
            draft.header.max_timestamp = std::max(
                draft.header.max_timestamp, draft.header.base_timestamp + record.timestamp_delta);
            record.key = to_bytes("key" + std::to_string(random_() % 10));
            record.key_size = static_cast<std::int32_t>(record.key.size());
            record.value = to_bytes(std::string(random_() % 60, 'v') + std::to_string(random_()));
            record.value_size = static_cast<std::int32_t>(record.value.size());
        }
        return draft;
    }
    BatchDraft mutated(Codec codec, const Mutation& mutation) {
        auto draft = sound(codec);
        mutation.apply(draft, random_);
        return draft;
    }
    void add(const std::string& name, const std::string& topic, std::int16_t version,
             const BatchDraft& draft) {
        cases_.push_back(
            {std::string{name_of(draft.codec)} + ": " + name, topic, version, draft.encode()});
    }

    std::mt19937 random_;
    TimestampMs now_;
    std::vector<Mutation> mutations_;
    std::vector<Case> cases_;
};

}  // namespace

std::vector<Case> make_cases(unsigned seed, TimestampMs now, std::size_t count) {
    Maker maker{seed, now};
    maker.every_version();
    maker.every_frame();
    maker.every_mutation_with_every_codec();
    maker.sequences(200);
    if (maker.size() < count) maker.anything(count - maker.size());
    return maker.take();
}

Case records_alone(const Case& sent) {
    auto alone = sent;
    alone.name += ", its records alone";
    alone.topic = "any-time";
    auto header = kafka::BatchHeader::read(alone.records);
    if (!header || header->size() < kafka::batch_header_size
        || header->size() > alone.records.size())
        return alone;
    header->attributes = header->client_attributes();
    header->producer_id = kafka::no_producer_id;
    header->producer_epoch = kafka::no_producer_epoch;
    header->base_sequence = kafka::no_sequence;
    const auto batch = std::span{alone.records}.first(header->size());
    store_fields(batch, *header);
    kafka::set_attributes_and_max_timestamp(batch, *header);  // for its checksum
    return alone;
}

}  // namespace leat::batches
