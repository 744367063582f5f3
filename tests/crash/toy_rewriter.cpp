#include "toy_rewriter.hpp"

#include <algorithm>

#include "storage/batch_scanner.hpp"

namespace leat::crash {
namespace {

using storage::BatchScanner;

struct Batch {
    kafka::BatchHeader header;
    Bytes bytes;
};

Result<std::vector<Batch>> batches_of(storage::File& file) {
    const auto size = file.size();
    if (!size) return size.error();
    BatchScanner scanner{file, {.end = *size, .dense = false}};
    std::vector<Batch> found;
    for (;;) {
        const auto step = scanner.next();
        if (step == BatchScanner::Step::end) return found;
        if (step != BatchScanner::Step::batch)
            return Error{Errc::corrupt, file.path() + " cannot be rewritten"};
        found.push_back({scanner.header(), Bytes(scanner.bytes().begin(), scanner.bytes().end())});
    }
}

// Plain batches have a producer, too, in this regard: without an id. So the last of all is kept.
bool is_last_of_producer(const std::vector<Batch>& batches, const Batch& batch) {
    return std::none_of(&batch + 1, batches.data() + batches.size(), [&](const Batch& later) {
        return later.header.producer_id == batch.header.producer_id;
    });
}

}  // namespace

Result<std::vector<std::int64_t>> rewrite_segment(storage::Disk& disk, storage::Log& log,
                                                  const storage::ClosedSegment& segment,
                                                  const std::function<bool()>& drop) {
    std::vector<std::int64_t> dropped;
    const auto old = disk.open(segment.path, storage::OpenMode::read);
    if (!old) return old.error();
    const auto batches = batches_of(**old);
    if (!batches) return batches.error();
    auto rewritten = std::make_unique<storage::Segment>(disk, log.dir(), segment.base_offset);
    const auto file = disk.open(rewritten->path(".log.cleaned"), storage::OpenMode::create);
    if (!file) return file.error();
    if (auto cut = (*file)->truncate(0); !cut) return cut.error();
    for (const auto& batch : *batches) {
        if (!is_last_of_producer(*batches, batch) && drop()) {
            for (auto o = batch.header.base_offset; o <= batch.header.last_offset(); ++o)
                dropped.push_back(o);
            continue;
        }
        const auto position = rewritten->size;
        if (auto wrote = (*file)->write_at(position, batch.bytes); !wrote) return wrote.error();
        rewritten->add(batch.header, position, 300);
    }
    if (!dropped.empty()) log.replace_segment(std::move(rewritten));
    return dropped;
}

}  // namespace leat::crash
