#include "fetched.hpp"

#include <fmt/format.h>

#include "kafka/end_txn_marker.hpp"
#include "kafka/record_batch.hpp"

namespace leat::requests {
namespace {

constexpr std::size_t largest = std::size_t{16} << 20;

std::string told_marker(const kafka::BatchHeader& header, ByteView batch) {
    const auto marker = kafka::read_end_txn_marker(header, batch);
    if (!marker) return " control, not of a transaction";
    return fmt::format(" {} by coordinator epoch {}", marker->commit ? "commit" : "abort",
                       marker->coordinator_epoch);
}

std::string told_records(ByteView batch, const Names& names) {
    std::string text;
    const auto read = kafka::for_each_record(batch, largest, [&](const kafka::RecordView& record) {
        text += fmt::format(" {}@{}=", record.offset, names.scripted_time(record.timestamp));
        for (const auto byte : record.value.value_or(ByteView{})) text += static_cast<char>(byte);
        return true;
    });
    return read ? text : " unreadable: " + read.error().what;
}

}  // namespace

std::string told(ByteView records, Names& names) {
    std::string text;
    while (!records.empty()) {
        const auto checked = kafka::check_batch(records, largest);
        // A broker may cut the last batch where the reader's limit is.
        if (!checked.header) return text + kafka::name_of(checked.fault);
        const auto& header = *checked.header;
        const auto batch = records.first(header.size());
        text +=
            fmt::format("[{}-{}{} p{} e{} s{} l{}", header.base_offset, header.last_offset(),
                        header.is_transactional() ? " txn" : "", names.scripted(header.producer_id),
                        header.producer_epoch, header.base_sequence, header.leader_epoch);
        text += header.is_control() ? told_marker(header, batch) : told_records(batch, names);
        text += "]";
        records = records.subspan(header.size());
    }
    return text;
}

}  // namespace leat::requests
