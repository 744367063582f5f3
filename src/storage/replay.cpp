#include "storage/replay.hpp"

#include "storage/cold_read.hpp"

namespace leat::storage {
namespace {

Error error_of(LogFault fault, const std::string& what) {
    return {fault == LogFault::corrupt ? Errc::corrupt : Errc::io, what};
}

/// Whole batches from `offset` on, from memory or disk; moves it over a hole at a segment's end.
Result<ReadData> read_some(Log& log, Disk& disk, std::int64_t& offset) {
    const ReadLimits limits{.upper_bound = log.end_offset()};
    auto read = log.read(offset, limits);
    if (read.fault != LogFault::none) return error_of(read.fault, read.what);
    if (!read.cold) return std::move(read.data);
    auto cold = read.cold->run(disk);
    if (cold.fault != LogFault::none) return error_of(cold.fault, cold.what);
    if (cold.next_readable > offset) {
        offset = cold.next_readable;
        return read_some(log, disk, offset);
    }
    return std::move(cold.data);
}

}  // namespace

Result<void> replay(Log& log, Disk& disk,
                    const std::function<Result<void>(const kafka::BatchHeader&, ByteView)>& visit) {
    auto offset = log.log_start();
    while (offset < log.end_offset()) {
        const auto data = read_some(log, disk, offset);
        if (!data) return data.error();
        if (data->parts.empty())
            return Error{Errc::corrupt,
                         log.dir() + " has no batch at offset " + std::to_string(offset)};
        for (const auto& part : data->parts) {
            for (auto rest = part.bytes; !rest.empty();) {
                const auto header = kafka::BatchHeader::read(rest);
                check(header && header->size() <= rest.size(), "reads return whole batches");
                if (auto visited = visit(*header, rest.first(header->size())); !visited)
                    return visited;
                rest = rest.subspan(header->size());
                offset = header->next_offset();
            }
        }
    }
    return {};
}

}  // namespace leat::storage
