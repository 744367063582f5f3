#include "cli/dump_batches.hpp"

#include <fmt/format.h>

#include "base/topic_partition.hpp"
#include "cli/record_json.hpp"
#include "cli/stored_records.hpp"
#include "storage/segment_check.hpp"
#include "storage/segment_place.hpp"

namespace leat::cli {
namespace {

using boost::json::object;
using boost::json::value;
using storage::BatchScanner;

constexpr std::size_t dump_window = std::size_t{1} << 20U;
constexpr std::size_t most_inflated_at_once = std::size_t{1} << 30U;

std::string codec_name(const kafka::BatchHeader& header) {
    switch (header.codec_bits()) {
        case 0:
            return "none";
        case 1:
            return "gzip";
        case 2:
            return "snappy";
        case 3:
            return "lz4";
        case 4:
            return "zstd";
        default:
            return "codec" + std::to_string(header.codec_bits());
    }
}

object json_of(const BatchScanner& scanner) {
    const auto& header = scanner.header();
    const bool has_producer = header.has_producer_id();
    const auto of_producer = [&](auto number) { return has_producer ? value(number) : value{}; };
    return {{"base_offset", header.base_offset},
            {"last_offset", header.last_offset()},
            {"position", scanner.position()},
            {"size", header.size()},
            {"records", header.record_count},
            {"codec", codec_name(header)},
            {"leader_epoch", header.leader_epoch},
            {"base_timestamp", header.base_timestamp},
            {"max_timestamp", header.max_timestamp},
            {"timestamp_type", header.is_log_append_time() ? "LogAppendTime" : "CreateTime"},
            {"producer_id", of_producer(header.producer_id)},
            {"producer_epoch", of_producer(header.producer_epoch)},
            {"base_sequence", of_producer(header.base_sequence)},
            {"last_sequence", of_producer(header.last_sequence())},
            {"transactional", header.is_transactional()},
            {"control", header.is_control()},
            {"crc", fmt::format("{:08x}", header.crc)},
            {"crc_ok", true}};
}

object json_of(const kafka::RecordView& record) {
    object json{{"offset", record.offset}, {"timestamp", record.timestamp}};
    put_bytes(json, "key", record.key);
    put_bytes(json, "value", record.value);
    auto headers = headers_json(record);
    if (static_cast<std::size_t>(record.header_count) != headers.size())
        json["headers_damaged"] = true;
    json["headers"] = headers.empty() ? value{} : value(std::move(headers));
    return json;
}

/// One dump of one file.
class SegmentDump {
public:
    SegmentDump(const storage::File& file, std::string topic, BatchDump& wanted, DumpOutput& output)
        : file_(file), topic_(std::move(topic)), wanted_(wanted), output_(output) {}

    Result<void> run(std::uint64_t start, std::uint64_t size) {
        BatchScanner scanner{
            file_, {.position = start, .end = size, .dense = false, .window = dump_window}};
        for (auto step = scanner.next(); wanted_.left > 0 && !output_.is_broken();
             step = scanner.next()) {
            if (step == BatchScanner::Step::damaged) step = show_damage(scanner, size);
            if (step == BatchScanner::Step::failed) return scanner.error();
            if (step == BatchScanner::Step::end) break;
            if (scanner.header().last_offset() >= wanted_.from) show(scanner);
        }
        return {};
    }

private:
    BatchScanner::Step show_damage(BatchScanner& scanner, std::uint64_t size) {
        const auto position = scanner.position();
        auto what = storage::describe_damage(file_, position, size, scanner.expected());
        const auto expected = scanner.expected();
        const auto step = scanner.resync();
        const auto until = step == BatchScanner::Step::batch ? scanner.position() : size;
        output_.put_damage({{"position", position},
                            {"size", until - position},
                            {"offset", expected >= 0 ? value(expected) : value{}},
                            {"what", what}});
        return step;
    }

    void show(const BatchScanner& scanner) {
        output_.put("batch", json_of(scanner));
        if (!wanted_.records) return --wanted_.left, void();
        const auto read = kafka::for_each_record(
            scanner.bytes(), most_inflated_at_once, [&](const kafka::RecordView& record) {
                if (record.offset < wanted_.from) return true;
                output_.put_part("record", with_meaning(scanner.header(), record));
                return --wanted_.left > 0 && !output_.is_broken();
            });
        if (!read)
            output_.put_damage({{"position", scanner.position()},
                                {"size", scanner.header().size()},
                                {"offset", scanner.header().base_offset},
                                {"what", read.error().what}});
    }

    // Who reads what a record means does not read its bytes; programs get both.
    object with_meaning(const kafka::BatchHeader& header, const kafka::RecordView& record) const {
        auto json = json_of(record);
        auto meaning = meaning_of(topic_, header, record);
        if (!meaning) return json;
        if (!output_.is_json() && !meaning->contains("error"))
            for (const auto* name : {"key", "key_base64", "value", "value_base64"})
                json.erase(name);
        json["meaning"] = std::move(*meaning);
        return json;
    }

    const storage::File& file_;
    std::string topic_;
    BatchDump& wanted_;
    DumpOutput& output_;
};

/// Where to begin to look for an offset, by the index beside the file if there is one.
std::uint64_t start_of(storage::Disk& disk, const storage::File& file, std::uint64_t size,
                       std::int64_t from) {
    const auto& path = file.path();
    const auto name = path.substr(path.rfind('/') + 1);
    const auto base = storage::offset_in(name, ".log");
    if (from < 0 || !base || from <= *base) return 0;
    const auto index =
        disk.open(path.substr(0, path.size() - 4) + ".index", storage::OpenMode::read);
    if (!index) return 0;
    const auto hint = storage::last_index_entry(**index, size, from - *base);
    if (!hint) return 0;
    return storage::confirmed_position(file, *hint, *base, size).value_or(0);
}

}  // namespace

Result<void> dump_batches(storage::Disk& disk, const std::string& path, BatchDump& wanted,
                          DumpOutput& output) {
    const auto file = disk.open(path, storage::OpenMode::read);
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    output.begin_file(path, *size);
    const auto dir = storage::parent_of(path);
    const auto partition = TopicPartition::parse(dir.substr(dir.rfind('/') + 1));
    return SegmentDump{**file, partition ? partition->topic : std::string{}, wanted, output}.run(
        start_of(disk, **file, *size, wanted.from), *size);
}

}  // namespace leat::cli
