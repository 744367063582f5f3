// Opening a Log: what is on disk is found, judged, repaired where a torn write explains the damage,
// and refused where none does (docs/formats.md, "Recovery").
#include <algorithm>
#include <vector>

#include "base/log.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/log.hpp"
#include "storage/log_jobs.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t largest_side_file = std::size_t{256} * 1024 * 1024;
// A leader epoch so far above the known ones is damage: the field is outside of the checksum.
constexpr std::int32_t largest_epoch_step = 1000;

Error corrupt(std::string what) { return {Errc::corrupt, std::move(what)}; }

}  // namespace

/// One opening of one log.
class LogOpener {
public:
    LogOpener(const LogEnvironment& environment, std::string dir,
              std::shared_ptr<const LogConfig> config, const OpenFrom& from)
        : disk_(environment.disk),
          from_(from),
          log_(new Log(environment, std::move(dir), std::move(config))) {
        log_->topic_id_ = from.topic_id;
    }

    Result<std::unique_ptr<Log>> run();

private:
    struct Damage {
        std::size_t segment;
        std::uint64_t position;
        std::int64_t offset;
    };

    Result<void> find_files();
    Result<void> find_facts();
    void remember_facts();
    bool compacted() const { return log_->config_->cleanup_compact; }
    Result<void> sort_out(const DirEntry& entry);
    void forget_deleted();
    void set_aside();
    Result<void> create_first();
    void load_epochs();
    void load_snapshot();
    Result<void> rebuild_missing_indexes();
    Result<void> rebuild_indexes(Segment& segment);
    Result<void> scan();
    Result<void> scan_segment(std::size_t index);
    std::uint64_t load_indexes(Segment& segment, const File& file);
    void load_aborted(Segment& segment);
    void take(const kafka::BatchHeader& header, ByteView batch, Segment& segment);
    Result<void> judge() const;
    Result<void> cut_torn_tail();
    Result<void> remove_segments_from(std::size_t first);
    Result<void> make_durable();
    void begin_epoch();
    void report() const;

    Disk& disk_;
    OpenFrom from_;
    std::unique_ptr<Log> log_;
    // The offsets in the files' names, in order.
    std::vector<std::int64_t> snapshots_;
    std::vector<std::int64_t> indexes_;
    std::vector<std::int64_t> time_indexes_;
    std::vector<std::int64_t> aborted_;
    std::vector<std::string> stale_;  // files to be deleted, under names that may be used again
    bool created_ = false;
    bool has_table_ = false;  // of segments
    bool epochs_known_ = false;
    std::int64_t synced_through_ = 0;  // all below was durable once
    std::int64_t scan_from_ = 0;
    std::int64_t producers_from_ = 0;  // what is before is known from a snapshot
    std::size_t first_scanned_ = 0;
    std::int64_t expected_ = -1;
    std::optional<Damage> damage_;
};

Result<std::unique_ptr<Log>> Log::open(const LogEnvironment& environment, std::string dir,
                                       std::shared_ptr<const LogConfig> config,
                                       const OpenFrom& from) {
    return LogOpener{environment, std::move(dir), std::move(config), from}.run();
}

Result<std::unique_ptr<Log>> LogOpener::run() {
    if (auto found = find_files(); !found) return found.error();
    load_epochs();
    load_snapshot();
    if (auto found = find_facts(); !found) return found.error();
    forget_deleted();
    if (!log_->segments_.empty()) {
        if (auto scanned = scan(); !scanned) return scanned.error();
        if (auto judged = judge(); !judged) return judged.error();
        if (auto rebuilt = rebuild_missing_indexes(); !rebuilt) return rebuilt.error();
        if (auto cut = cut_torn_tail(); !cut) return cut.error();
        // The marker vouches for nothing that the recovery point does not know.
        if (damage_ || log_->end_offset_ != from_.recovery_point) from_.clean_shutdown = false;
    }
    if (log_->segments_.empty() && synced_through_ > from_.log_start)
        return corrupt(log_->dir_ + " holds no segment, though records up to offset "
                       + std::to_string(synced_through_) + " were synced");
    set_aside();
    if (log_->segments_.empty())
        if (auto first = create_first(); !first) return first.error();
    auto& log = *log_;
    log.log_start_ = std::max(from_.log_start, log.segments_.front()->base_offset());
    if (auto durable = make_durable(); !durable) return durable.error();
    begin_epoch();
    remember_facts();
    for (const auto& segment : log.segments_) segment->durable_size = segment->size;
    log.recovery_point_ = log.end_offset_;
    log.high_watermark_ = log.end_offset_;
    log.settle_offsets();
    log.last_sync_ms_ = from_.now;
    log.open_report_.unclean = !from_.clean_shutdown && !created_;
    report();
    return std::move(log_);
}

Result<void> LogOpener::find_files() {
    auto entries = disk_.list(log_->dir_);
    const auto is_swap = [](const DirEntry& entry) { return entry.name.ends_with(".log.swap"); };
    if (entries && std::ranges::any_of(*entries, is_swap)) {
        if (auto finished = finish_swaps(disk_, log_->dir_); !finished) return finished;
        entries = disk_.list(log_->dir_);
    }
    if (!entries && entries.error().code == Errc::not_found) {
        created_ = true;
        log_->unborn_.emplace(Log::Unborn{from_.first_file});
        return {};
    }
    if (!entries) return entries.error();
    for (const auto& entry : *entries)
        if (auto sorted = sort_out(entry); !sorted) return sorted;
    for (auto* offsets : {&snapshots_, &indexes_, &time_indexes_, &aborted_})
        std::ranges::sort(*offsets);
    std::ranges::sort(log_->segments_, {}, [](const auto& s) { return s->base_offset(); });
    for (const auto& segment : log_->segments_) {
        segment->has_aborted_file = std::ranges::binary_search(aborted_, segment->base_offset());
        segment->aborted_in_memory = !segment->has_aborted_file;
    }
    log_->created_files_ = from_.new_files;
    return {};
}

Result<void> LogOpener::find_facts() {
    // Apache Kafka may have compacted what has no table yet: then the configuration tells.
    const auto& segments = log_->segments_;
    for (std::size_t i = 0; !has_table_ && compacted() && i + 1 < segments.size(); ++i)
        if (segments[i + 1]->base_offset() <= synced_through_) segments[i]->facts.dense = false;
    if (!has_table_) return {};
    const auto table = load_segment_table(disk_, log_->dir_);
    if (!table) return table.error();
    for (const auto& segment : log_->segments_)
        segment->facts = facts_of(*table, segment->base_offset());
    return {};
}

/// With the log's next sync: a table that a power cut had torn would be taken for a damaged one.
void LogOpener::remember_facts() {
    if (has_table_ || log_->unborn_ || !compacted()) return;
    SegmentTable table;
    for (const auto& segment : log_->segments_)
        if (!segment->facts.dense) table[segment->base_offset()] = segment->facts;
    log_->new_table_ = encode_segment_table(table);
}

Result<void> LogOpener::sort_out(const DirEntry& entry) {
    if (entry.is_dir) return {};
    const auto& name = entry.name;
    has_table_ |= name == segment_table_file;
    if (const auto base = offset_in(name, ".log")) {
        const auto info = disk_.info(join(log_->dir_, name));
        if (!info) return info.error();
        auto segment = std::make_unique<Segment>(disk_, log_->dir_, *base);
        segment->size = info->size;
        segment->created_ms = info->modified_ms > 0 ? info->modified_ms : from_.now;
        log_->segments_.push_back(std::move(segment));
    } else if (const auto offset = offset_in(name, ".snapshot")) {
        snapshots_.push_back(*offset);
    } else if (const auto index = offset_in(name, ".index")) {
        indexes_.push_back(*index);
    } else if (const auto times = offset_in(name, ".timeindex")) {
        time_indexes_.push_back(*times);
    } else if (const auto aborted = offset_in(name, ".txnindex")) {
        aborted_.push_back(*aborted);
    } else if (name.ends_with(".deleted")) {
        log_->deleted_files_.push_back({join(log_->dir_, name), from_.now});
    } else if (name.ends_with(".tmp") || name.ends_with(".cleaned")) {
        stale_.push_back(join(log_->dir_, name));
    }
    return {};
}

/// Files are removed later, by name: it must be one that no file of this log, or of a later topic
/// of the same name, will have.
void LogOpener::set_aside() {
    for (const auto& path : stale_) {
        const auto aside = path + ".deleted";
        const auto renamed = disk_.rename(path, aside);
        if (renamed)
            log_->deleted_files_.push_back({aside, from_.now});
        else if (renamed.error().code != Errc::not_found)
            log::warn("a stale file stays until the next start",
                      {{"file", path}, {"reason", renamed.error().what}});
    }
}

/// A deletion may have got through for some of these segments and not for others: what is below the
/// log start, and not needed to know the producers, needs no chain. The `.log` goes last: by it the
/// others are found.
void LogOpener::forget_deleted() {
    auto& segments = log_->segments_;
    const auto below = std::min(from_.log_start, log_->durable_snapshot_);
    while (segments.size() > 1 && segments[1]->base_offset() <= below) {
        for (const auto suffix : segment_suffixes) stale_.push_back(segments.front()->path(suffix));
        segments.erase(segments.begin());
    }
    if (!segments.empty()) scan_from_ = std::max(scan_from_, segments.front()->base_offset());
}

Result<void> LogOpener::create_first() {
    auto segment = std::make_unique<Segment>(disk_, log_->dir_, from_.log_start);
    segment->created_ms = from_.now;
    segment->indexes_in_memory = true;
    if (!log_->unborn_) {
        if (auto made = segment->create(); !made) return made;
        segment->indexes_saved = false;
        log_->created_dirs_ = {log_->dir_, parent_of(log_->dir_)};
    }
    log_->segments_.push_back(std::move(segment));
    log_->end_offset_ = from_.log_start;
    return {};
}

void LogOpener::load_epochs() {
    const auto text =
        read_file(disk_, join(log_->dir_, std::string{epochs_file}), largest_side_file);
    if (!text) return;
    auto epochs = LeaderEpochs::decode(as_text(*text));
    if (!epochs) return;
    log_->epochs_ = std::move(*epochs);
    epochs_known_ = true;
}

/// Loads the newest snapshot that is sound. A snapshot is written only after everything before its
/// offset was synced, so it says how far the log was durable, as the recovery point does.
void LogOpener::load_snapshot() {
    // A log start is saved only once everything below it was synced.
    synced_through_ = std::max(from_.recovery_point, from_.log_start);
    for (auto offset = snapshots_.rbegin(); offset != snapshots_.rend(); ++offset) {
        const auto path = join(log_->dir_, file_name(*offset, ".snapshot"));
        const auto bytes = read_file(disk_, path, largest_side_file);
        if (!bytes) continue;
        if (!log_->producers_.decode(*bytes)) {
            stale_.push_back(path);
            continue;
        }
        log_->last_snapshot_ = *offset;
        log_->durable_snapshot_ = *offset;
        synced_through_ = std::max(synced_through_, *offset);
        producers_from_ = *offset;
        // All epochs have to be found again; of producers it may know what was deleted since.
        if (epochs_known_) scan_from_ = *offset;
        return;
    }
}

Result<void> LogOpener::scan() {
    const auto& segments = log_->segments_;
    while (first_scanned_ + 1 < segments.size()
           && segments[first_scanned_ + 1]->base_offset() <= scan_from_)
        ++first_scanned_;
    if (segments.front()->base_offset() > std::max(from_.log_start, synced_through_)) {
        // The names of the first segments were lost, that of a later one was not.
        expected_ = from_.log_start;
        damage_ = Damage{0, 0, expected_};
    }
    for (auto i = first_scanned_; i < segments.size() && !damage_; ++i) {
        const auto base = segments[i]->base_offset();
        // What was compacted had been synced: elsewhere it is the end of a torn tail.
        const bool holes = i > 0 && !segments[i - 1]->facts.dense && base <= synced_through_;
        const bool follows = expected_ < 0 || base == expected_ || (holes && base > expected_);
        if (!follows)
            damage_ = Damage{i, 0, expected_};
        else if (auto scanned = scan_segment(i); !scanned)
            return scanned;
    }
    log_->end_offset_ = expected_;
    return {};
}

Result<void> LogOpener::scan_segment(std::size_t index) {
    auto& segment = *log_->segments_[index];
    const auto file = segment.file_for_caller();
    if (!file) return file.error();
    const auto end = segment.size;
    const auto position = index == first_scanned_ ? load_indexes(segment, **file) : 0;
    if (segment.base_offset() < producers_from_)
        load_aborted(segment);
    else
        segment.aborted_in_memory = true;  // all of it is found again
    segment.indexes_in_memory = true;
    segment.indexes_saved = segment.saved_index > 0 && position > 0;
    segment.size = position;
    if (position == 0) expected_ = std::max(expected_, segment.base_offset());
    if (position > 0) {
        BatchScanner first{**file, {.end = end, .window = kafka::batch_header_size}};
        if (first.next() == BatchScanner::Step::batch)
            segment.first_timestamp = first.header().max_timestamp;
        expected_ = -1;
    }
    BatchScanner scanner{
        **file,
        {.position = position, .end = end, .expected = expected_, .dense = segment.facts.dense}};
    const auto saved = segment.index.size();
    for (;;) {
        const auto step = scanner.next();
        if (step == BatchScanner::Step::failed) return scanner.error();
        if (step == BatchScanner::Step::end) break;
        if (step == BatchScanner::Step::damaged) {
            damage_ = Damage{index, scanner.position(),
                             std::max(scanner.expected(), segment.base_offset())};
            break;
        }
        const auto& header = scanner.header();
        segment.add(header, scanner.position(), log_->config_->index_interval_bytes);
        log_->open_report_.scanned_bytes += header.size();
        take(header, scanner.bytes(), segment);
    }
    expected_ = damage_ ? damage_->offset : std::max(scanner.expected(), segment.base_offset());
    if (segment.index.size() != saved || segment.aborted.size() != segment.saved_aborted
        || position == 0 || damage_)
        segment.indexes_saved = false;
    return {};
}

/// Loads what the index files hold of a segment up to where the scan is to begin, and returns that
/// position. Index files are not trusted: what does not fit is dropped, and the scan begins
/// earlier.
std::uint64_t LogOpener::load_indexes(Segment& segment, const File& file) {
    const auto index = read_file(disk_, segment.path(".index"), largest_side_file);
    const auto times = read_file(disk_, segment.path(".timeindex"), largest_side_file);
    if (!index || !times) return 0;
    segment.index = decode_index(*index, segment.size);
    segment.time_index = decode_time_index(*times);
    const auto hint = segment.hint_for(scan_from_);
    const auto position =
        hint ? confirmed_position(file, *hint, segment.base_offset(), segment.size) : std::nullopt;
    if (!position || segment.time_index.empty()) {
        segment.drop_indexes();
        return 0;
    }
    std::erase_if(segment.index, [&](const IndexEntry& e) { return e.position > hint->position; });
    std::erase_if(segment.time_index, [&](const TimeIndexEntry& e) {
        return e.relative_offset > hint->relative_offset;
    });
    segment.saved_index = segment.index.size();
    segment.saved_time_index = segment.time_index.size();
    if (segment.time_index.empty()) return *position;
    segment.max_timestamp = segment.time_index.back().timestamp;
    segment.offset_of_max_timestamp =
        segment.base_offset() + segment.time_index.back().relative_offset;
    return *position;
}

/// What ended before the scan begins, whose records are not looked at: it was saved before the
/// snapshot from which the scan goes on.
void LogOpener::load_aborted(Segment& segment) {
    segment.aborted_in_memory = true;
    if (!segment.has_aborted_file) return;
    const auto bytes = read_file(disk_, segment.path(".txnindex"), largest_side_file);
    if (!bytes) return;
    segment.aborted = decode_aborted(*bytes);
    std::erase_if(segment.aborted, [&](const auto& e) { return e.last_offset >= producers_from_; });
    segment.saved_aborted = segment.aborted.size();
}

void LogOpener::take(const kafka::BatchHeader& header, ByteView batch, Segment& segment) {
    if (header.base_offset >= producers_from_) {
        const TransactionFacts facts{.end = kafka::read_end_txn_marker(header, batch)};
        if (const auto aborted = log_->producers_.update(header, facts))
            segment.aborted.push_back(*aborted);
    }
    auto& epochs = log_->epochs_;
    if (header.leader_epoch > epochs.latest()
        && header.leader_epoch - std::max(epochs.latest(), 0) <= largest_epoch_step)
        epochs.assign(header.leader_epoch, header.base_offset);
}

/// Whether a torn write explains what was found: then nothing that was synced may be missing.
Result<void> LogOpener::judge() const {
    const auto synced = " though records up to offset " + std::to_string(synced_through_)
                        + " were synced; restore the file from a copy";
    if (damage_ && damage_->offset < synced_through_)
        return corrupt(log_->segments_[damage_->segment]->path(".log") + " is damaged at position "
                       + std::to_string(damage_->position) + ", offset "
                       + std::to_string(damage_->offset) + "," + synced);
    if (log_->end_offset_ < synced_through_)
        return corrupt(log_->segments_.back()->path(".log") + " ends at offset "
                       + std::to_string(log_->end_offset_) + "," + synced);
    return {};
}

Result<void> LogOpener::cut_torn_tail() {
    if (!damage_) return {};
    auto& log = *log_;
    auto& report = log.open_report_;
    report.truncated_at = damage_->offset;
    const auto cut_segment = [&](std::size_t index) -> Result<void> {
        auto& segment = *log.segments_[index];
        const auto file = segment.file_for_caller();
        if (!file) return file.error();
        const auto size = (*file)->size();
        if (!size) return size.error();
        report.truncated_bytes += *size - segment.size;
        return (*file)->truncate(segment.size);
    };
    // A segment that does not follow on the one before it goes as a whole, like all after it.
    const bool whole =
        damage_->position == 0 && log.segments_[damage_->segment]->base_offset() != damage_->offset;
    const auto keep = damage_->segment + (whole ? 0 : 1);
    if (!whole)
        if (auto cut = cut_segment(damage_->segment); !cut) return cut;
    return remove_segments_from(keep);
}

Result<void> LogOpener::remove_segments_from(std::size_t first) {
    auto& segments = log_->segments_;
    while (segments.size() > first) {
        const auto& last = *segments.back();
        log_->open_report_.truncated_bytes += last.size;
        for (const auto* suffix : {".log", ".index", ".timeindex", ".txnindex"}) {
            auto removed = disk_.remove(last.path(suffix));
            if (!removed && removed.error().code != Errc::not_found) return removed;
        }
        segments.pop_back();
    }
    return {};
}

/// Whatever was found past the point up to which it was synced is in the page cache at best: what
/// is going to be readable has to be durable first.
Result<void> LogOpener::make_durable() {
    auto& log = *log_;
    if (log.unborn_) return {};
    if (!from_.clean_shutdown)
        std::ranges::copy(from_.old_files, back_inserter(log.created_files_));
    if (created_ || log.end_offset_ == 0) {
        log.created_dirs_ = {log.dir_, parent_of(log.dir_)};
        log.active().synced = false;
    }
    if (from_.clean_shutdown || created_) return {};
    if (from_.all_synced && !damage_) {
        if (!log.created_dirs_.empty()) log.active().synced = false;
        return {};
    }
    if (log.end_offset_ == synced_through_ && !damage_) {
        log.created_dirs_ = {log.dir_, parent_of(log.dir_)};
        log.active().synced = false;
        return {};
    }
    for (auto i = first_scanned_; i < log.segments_.size(); ++i) {
        const auto file = log.segments_[i]->file_for_caller();
        if (!file) return file.error();
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    for (const auto& path : log.created_files_) {
        const auto file = disk_.open(path, OpenMode::write);
        if (!file) return file.error();
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    for (const auto& dir : {log.dir_, parent_of(log.dir_)})
        if (auto synced = disk_.sync_dir(dir); !synced) return synced;
    return {};
}

void LogOpener::begin_epoch() {
    auto& log = *log_;
    const auto latest = log.epochs_.latest();
    const bool unclean = !from_.clean_shutdown && !created_;
    const auto before = epochs_known_ ? log.epochs_.entries() : std::vector<LeaderEpochs::Entry>{};
    log.epochs_.truncate_end(log.end_offset_);
    log.epochs_.truncate_start(log.log_start_);
    if (unclean || latest < 0)
        log.epochs_.assign(latest + 1, log.end_offset_);
    else if (log.epochs_.latest() < latest)
        log.epochs_.assign(latest, log.end_offset_);
    if (log.epochs_.entries() == before) return;
    // Before the first record of this epoch, or with the end of a clean stop: a start need neither
    // have the room nor take the time.
    log.epochs_saved_ = false;
}

Result<void> LogOpener::rebuild_missing_indexes() {
    for (std::size_t i = 0; i < first_scanned_; ++i) {
        auto& segment = *log_->segments_[i];
        if (std::ranges::binary_search(indexes_, segment.base_offset())
            && std::ranges::binary_search(time_indexes_, segment.base_offset()))
            continue;
        if (auto rebuilt = rebuild_indexes(segment); !rebuilt) return rebuilt;
    }
    return {};
}

Result<void> LogOpener::rebuild_indexes(Segment& segment) {
    const auto file = segment.file_for_caller();
    if (!file) return file.error();
    const auto end = segment.size;
    BatchScanner scanner{**file, {.end = end, .dense = segment.facts.dense}};
    for (auto step = scanner.next();; step = scanner.next()) {
        if (step == BatchScanner::Step::damaged) step = scanner.resync();
        if (step == BatchScanner::Step::failed) return scanner.error();
        if (step == BatchScanner::Step::end) break;
        segment.add(scanner.header(), scanner.position(), log_->config_->index_interval_bytes);
    }
    segment.size = end;
    segment.close_time_index();
    load_aborted(segment);
    segment.indexes_in_memory = true;
    segment.indexes_saved = false;
    ++log_->open_report_.rebuilt_indexes;
    return {};
}

void LogOpener::report() const {
    const auto& found = log_->open_report_;
    if (found.truncated_at < 0) return;
    log::warn("a torn tail was cut", {{"dir", log_->dir_},
                                      {"offset", found.truncated_at},
                                      {"truncated_bytes", found.truncated_bytes},
                                      {"scanned_bytes", found.scanned_bytes}});
}

}  // namespace leat::storage
