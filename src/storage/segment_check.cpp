#include "storage/segment_check.hpp"

#include <algorithm>

#include "storage/index_check.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t check_window = std::size_t{1} << 20U;
// Of one batch: what a batch of a larger broker than ours may hold.
constexpr std::size_t most_inflated = std::size_t{1} << 30U;

std::string fault_text(kafka::BatchFault fault) {
    switch (fault) {
        case kafka::BatchFault::bad_crc:
            return "the batch's checksum does not match";
        case kafka::BatchFault::bad_counts:
            return "the batch's counts contradict each other";
        default:
            return std::string{"there is no batch: "} + kafka::name_of(fault);
    }
}

class SegmentCheck {
public:
    SegmentCheck(const SegmentPlan& plan, CheckTotals& totals,
                 const std::function<void(Finding)>& found,
                 const std::function<void(std::uint64_t)>& progress)
        : plan_(plan), totals_(totals), found_(found), progress_(progress) {}

    Result<SegmentVerdict> run(Disk& disk) {
        const auto file = disk.open(path(".log"), OpenMode::read);
        if (!file) return file.error();
        IndexCheck index{open_if(disk, plan_.has_index, ".index"), plan_.base_offset};
        TimeIndexCheck times{open_if(disk, plan_.has_time_index, ".timeindex"), plan_.base_offset};
        BatchScanner scanner{**file,
                             {.end = plan_.size,
                              .expected = plan_.base_offset,
                              .dense = plan_.dense,
                              .window = check_window}};
        for (auto step = scanner.next();; step = scanner.next()) {
            if (step == BatchScanner::Step::damaged) step = pass_over(**file, scanner);
            if (step == BatchScanner::Step::failed) return scanner.error();
            if (step == BatchScanner::Step::end) break;
            check_batch(scanner);
            index.see(scanner.header(), scanner.position());
            times.see(scanner.header());
        }
        totals_.bytes += plan_.size;
        ++totals_.segments;
        verdict_.next_offset = std::max(scanner.expected(), plan_.base_offset);
        // Beside a damaged segment an index is not to be judged.
        if (!verdict_.damaged) tell_of_indexes(index.finish(), times);
        return verdict_;
    }

private:
    std::string path(std::string_view suffix) const {
        return join(plan_.dir, file_name(plan_.base_offset, suffix));
    }

    std::shared_ptr<File> open_if(Disk& disk, bool there, std::string_view suffix) const {
        if (!there) return nullptr;
        auto file = disk.open(path(suffix), OpenMode::read);
        if (file) return *file;
        found_({.file = path(suffix),
                .what = "it cannot be read: " + file.error().what,
                .start = "builds it anew or does without it"});
        return nullptr;
    }

    BatchScanner::Step pass_over(const File& file, BatchScanner& scanner) {
        verdict_.damaged = true;
        const auto position = scanner.position();
        const auto offset = std::max(scanner.expected(), plan_.base_offset);
        auto what = describe_damage(file, position, plan_.size, offset);
        const auto step = scanner.resync();
        if (step == BatchScanner::Step::batch)
            what += "; the next sound batch is at position " + std::to_string(scanner.position())
                    + ", offset " + std::to_string(scanner.header().base_offset);
        else
            what += "; no sound batch follows in the " + std::to_string(plan_.size - position)
                    + " bytes to the end of the file";
        found_({.file = path(".log"),
                .position = position,
                .offset = offset,
                .what = std::move(what),
                .start = {}});
        return step;
    }

    void check_batch(const BatchScanner& scanner) {
        const auto& header = scanner.header();
        ++totals_.batches;
        totals_.records += static_cast<std::uint64_t>(std::max(header.record_count, 0));
        check_epoch(scanner);
        check_records(scanner);
        if (progress_) progress_(header.size());
    }

    // The field lies outside of the checksum.
    void check_epoch(const BatchScanner& scanner) {
        const auto& header = scanner.header();
        if (plan_.epochs == nullptr || plan_.epochs->entries().empty() || told_of_epoch_) return;
        if (header.leader_epoch == -1
            || header.base_offset < plan_.epochs->entries().front().start_offset)
            return;
        const auto known = plan_.epochs->at(header.base_offset);
        if (known == header.leader_epoch) return;
        told_of_epoch_ = true;
        found_({.file = path(".log"),
                .position = scanner.position(),
                .offset = header.base_offset,
                .what = "the batch is of leader epoch " + std::to_string(header.leader_epoch)
                        + ", but leader-epoch-checkpoint has " + std::to_string(known)
                        + " there (of this segment only the first such batch is told)",
                .start = "does not look at it"});
    }

    void check_records(const BatchScanner& scanner) {
        const auto& header = scanner.header();
        const auto tell = [&](std::int64_t offset, const std::string& what,
                              const std::string& start) {
            found_({.file = path(".log"),
                    .position = scanner.position(),
                    .offset = offset,
                    .what = what,
                    .start = start});
        };
        const auto records = kafka::records_of(scanner.bytes(), header, most_inflated);
        auto read = records ? Result<void>{} : Result<void>{records.error()};
        if (records && !plan_.records) {
            if (const auto summary = kafka::summarize_records(header, *records); !summary)
                read = summary.error();
        } else if (records) {
            read = kafka::for_each_record(header, *records, [&](const kafka::RecordView& record) {
                const auto why = header.is_control() ? std::string{} : plan_.records(record);
                if (!why.empty()) tell(record.offset, why, "is refused");
                return true;
            });
        }
        if (!read)
            tell(header.base_offset,
                 "the batch's checksum holds, but its records cannot be read: " + read.error().what,
                 plan_.records ? "is refused" : "does not look at it; consumers cannot read it");
    }

    void tell_of_indexes(const std::string& index, TimeIndexCheck& times) const {
        const auto tell = [&](std::string_view suffix, const std::string& what) {
            if (!what.empty())
                found_({.file = path(suffix),
                        .what = what,
                        .start = "uses no entry that its batch does not confirm"});
        };
        tell(".index", index);
        tell(".timeindex", times.finish(plan_.indexes_complete && plan_.has_time_index));
        for (const auto& [there, suffix] :
             {std::pair{plan_.has_index, ".index"}, {plan_.has_time_index, ".timeindex"}})
            if (!there && plan_.indexes_complete)
                found_({.gravity = Gravity::note,
                        .file = path(suffix),
                        .what = "it is missing",
                        .start = "builds it anew"});
    }

    const SegmentPlan& plan_;
    CheckTotals& totals_;
    const std::function<void(Finding)>& found_;
    const std::function<void(std::uint64_t)>& progress_;
    SegmentVerdict verdict_;
    bool told_of_epoch_ = false;
};

}  // namespace

const char* name_of(Gravity gravity) {
    switch (gravity) {
        case Gravity::note:
            return "note";
        case Gravity::torn:
            return "torn";
        case Gravity::damage:
            return "damage";
    }
    return "damage";
}

Result<SegmentVerdict> check_segment(Disk& disk, const SegmentPlan& plan, CheckTotals& totals,
                                     const std::function<void(Finding)>& found,
                                     const std::function<void(std::uint64_t)>& progress) {
    return SegmentCheck{plan, totals, found, progress}.run(disk);
}

std::string describe_damage(const File& file, std::uint64_t position, std::uint64_t end,
                            std::int64_t expected) {
    const auto left = end - position;
    Bytes bytes(std::min<std::uint64_t>(kafka::batch_header_size, left));
    const auto got = file.read_at(position, bytes);
    if (!got || *got < bytes.size()) return "the file cannot be read there";
    if (std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; }))
        return "there are zeros, no batch";
    const auto header = kafka::BatchHeader::read(bytes);
    if (!header) return "there are " + std::to_string(left) + " bytes, fewer than a batch's header";
    if (header->magic >= 0 && header->magic < 2 && header->base_offset == expected)
        return "the batch is of magic " + std::to_string(header->magic)
               + ", which brokers wrote before Kafka 0.11";
    if (!is_frame(*header)) return "no batch begins there";
    if (header->size() > left)
        return "a batch of " + std::to_string(header->size()) + " bytes begins there, but only "
               + std::to_string(left) + " are left in the file";
    bytes.resize(header->size());
    const auto whole = file.read_at(position, bytes);
    if (!whole || *whole < bytes.size()) return "the file cannot be read there";
    const auto checked = kafka::check_batch(bytes, bytes.size());
    if (!checked.header) return fault_text(checked.fault);
    return "the batch begins with offset " + std::to_string(header->base_offset) + ", where "
           + std::to_string(expected) + " comes next";
}

}  // namespace leat::storage
