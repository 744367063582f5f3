#include "storage/folder_check.hpp"

#include <algorithm>

#include "storage/log.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment_check.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t most_findings = 1000;  // of a folder: more say nothing new
constexpr std::size_t largest_checked = std::size_t{256} * 1024 * 1024;

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> suffixes) {
    return std::ranges::any_of(suffixes, [&](auto suffix) { return name.ends_with(suffix); });
}

}  // namespace

void FolderCheck::add(Finding finding) {
    if (findings_.size() < most_findings)
        findings_.push_back(std::move(finding));
    else
        ++left_out_;
}

void FolderCheck::read() {
    if (!list()) return;
    check_epochs();
    check_snapshots();
    check_segments();
}

bool FolderCheck::list() {
    // A file that is to be replaced is replaced first, as a start does.
    if (auto finished = finish_swaps(disk_, given_.dir); !finished) {
        add({.file = {}, .what = finished.error().what, .start = "is refused"});
        return false;
    }
    const auto entries = disk_.list(given_.dir);
    if (!entries) {
        add({.file = given_.dir, .what = entries.error().what, .start = "is refused"});
        return false;
    }
    for (const auto& entry : *entries) {
        const auto path = join(given_.dir, entry.name);
        const auto info = disk_.info(path);
        if (entry.is_dir || !info)
            add({.gravity = Gravity::note,
                 .file = path,
                 .what = entry.is_dir ? "a folder within a partition" : info.error().what,
                 .start = "leaves it alone"});
        else
            sort_out(entry.name, info->size);
    }
    std::ranges::sort(segments_, {}, &Named::base);
    std::ranges::sort(snapshots_);
    if (!has_table_) return true;
    // If it cannot be read a start says so.
    if (auto table = load_segment_table(disk_, given_.dir)) table_ = std::move(*table);
    return true;
}

void FolderCheck::sort_out(const std::string& name, std::uint64_t size) {
    if (const auto base = offset_in(name, ".log"))
        segments_.push_back({*base, size});
    else if (const auto index = offset_in(name, ".index"))
        indexes_.push_back(*index);
    else if (const auto times = offset_in(name, ".timeindex"))
        time_indexes_.push_back(*times);
    else if (const auto snapshot = offset_in(name, ".snapshot"))
        snapshots_.push_back(*snapshot);
    else if (name == segment_table_file)
        has_table_ = true;
    else if (name == epochs_file)
        epochs_known_ = true;
    else if (ends_with_any(name, {".deleted", ".tmp", ".cleaned"}))
        add({.gravity = Gravity::note,
             .file = join(given_.dir, name),
             .what = "it was on its way out, or in",
             .start = "removes it"});
    else if (name != "partition.metadata" && !offset_in(name, ".txnindex"))
        add({.gravity = Gravity::note,
             .file = join(given_.dir, name),
             .what = "no file of a partition has such a name",
             .start = "leaves it alone"});
}

void FolderCheck::check_epochs() {
    if (!epochs_known_) return;
    const auto path = join(given_.dir, std::string{epochs_file});
    const auto text = read_file(disk_, path, largest_checked);
    auto epochs = text ? LeaderEpochs::decode(as_text(*text)) : Result<LeaderEpochs>{text.error()};
    epochs_known_ = epochs.ok();
    if (epochs)
        epochs_ = std::move(*epochs);
    else
        add({.file = path, .what = epochs.error().what, .start = "finds it anew in the batches"});
}

void FolderCheck::check_snapshots() {
    for (const auto offset : snapshots_) {
        const auto path = join(given_.dir, file_name(offset, ".snapshot"));
        const auto bytes = read_file(disk_, path, largest_checked);
        const auto entries =
            bytes ? read_snapshot(*bytes) : Result<std::vector<SnapshotEntry>>{bytes.error()};
        if (!entries) {
            add({.file = path,
                 .what = entries.error().what,
                 .start = "removes it and begins at an older one"});
            continue;
        }
        newest_snapshot_ = offset;
        const auto beyond = std::ranges::find_if(
            *entries, [&](const auto& entry) { return entry.last_offset >= offset; });
        if (beyond != entries->end())
            add({.file = path,
                 .offset = beyond->last_offset,
                 .what = "it knows a batch of producer " + std::to_string(beyond->producer_id)
                         + " that comes behind it",
                 .start = "does not notice"});
    }
}

void FolderCheck::check_segments() {
    std::int64_t expected = -1;
    bool holes = false;  // may be between this segment and the one before
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const auto base = segments_[i].base;
        const bool closed = i + 1 < segments_.size();
        const auto has = [&](const auto& bases) { return std::ranges::count(bases, base) > 0; };
        const SegmentPlan plan{
            .dir = given_.dir,
            .base_offset = base,
            .size = segments_[i].size,
            .dense = has_table_ ? facts_of(table_, base).dense : !(given_.compacted && closed),
            .has_index = has(indexes_),
            .has_time_index = has(time_indexes_),
            .indexes_complete = closed && segments_[i + 1].base <= newest_snapshot_,
            .epochs = epochs_known_ ? &epochs_ : nullptr,
            .records = given_.records};
        const auto path = join(given_.dir, file_name(base, ".log"));
        if (expected >= 0 && base != expected && !(holes && base > expected))
            add({.file = path,
                 .position = 0,
                 .offset = expected,
                 .what = "the segment begins with offset " + std::to_string(base)
                         + ", but the one before it ends with offset "
                         + std::to_string(expected - 1)});
        const auto verdict = check_segment(
            disk_, plan, totals_, [this](Finding finding) { add(std::move(finding)); },
            given_.progress);
        if (!verdict) {
            add({.file = path, .what = verdict.error().what, .start = "fails, too, if it has to"});
            expected = -1;
            continue;
        }
        // What damage at its end has left of it is told there.
        expected = verdict->damaged ? -1 : verdict->next_offset;
        holes = !plan.dense;
    }
}

void FolderCheck::judge(const Result<std::unique_ptr<Log>>& opened) {
    const auto refused = [&](const Finding& finding) {
        return !opened && !finding.file.empty()
               && opened.error().what.find(finding.file) != std::string::npos;
    };
    const auto cut = opened ? (*opened)->open_report().truncated_at : -1;
    bool explained = false;
    for (auto& finding : findings_) {
        if (!finding.start.empty()) continue;
        const bool is_cut = cut >= 0 && finding.offset.value_or(-1) >= cut;
        explained = explained || is_cut || refused(finding);
        if (is_cut) finding.gravity = Gravity::torn;
        if (is_cut)
            finding.start = "cuts the log there, at offset " + std::to_string(cut);
        else if (refused(finding))
            finding.start = "is refused";
        else
            finding.start = "does not look there; reads of these offsets say CORRUPT_MESSAGE";
    }
    if (!opened && !explained) add({.what = opened.error().what, .start = "is refused"});
    if (cut >= 0 && !explained)
        add({.gravity = Gravity::torn,
             .file = given_.dir,
             .offset = cut,
             .what = "the log breaks off",
             .start = "cuts it there"});
    if (left_out_ > 0)
        findings_.push_back({.file = given_.dir,
                             .what = "and " + std::to_string(left_out_) + " findings more",
                             .start = "is as above"});
}

void FolderCheck::do_not_judge() {
    for (auto& finding : findings_)
        if (finding.start.empty()) finding.start = "is refused before it comes to that";
}

}  // namespace leat::storage
