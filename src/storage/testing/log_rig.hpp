// What tests of logs stand on: a data directory on a simulated disk, and batches to put into it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "kafka/record_batch.hpp"
#include "storage/cold_read.hpp"
#include "storage/data_dir.hpp"
#include "storage/flusher.hpp"
#include "storage/testing/sim_disk.hpp"

namespace leat::storage {

/// Keeps what the tested code logs out of the test's output.
inline void log_nothing() {
    log::Options quiet;
    quiet.level = log::Level::off;
    log::configure(quiet);
}

/// A batch of records with these values and no keys, all at `timestamp`.
inline Bytes batch_of(const std::vector<std::string>& values, TimestampMs timestamp = 1000,
                      kafka::BatchOptions options = {}) {
    std::vector<kafka::NewRecord> records;
    records.reserve(values.size());
    for (const auto& value : values) records.push_back({timestamp, {}, as_bytes(value), {}});
    return kafka::build_batch(records, options);
}

/// The same of an idempotent producer.
inline Bytes idempotent(std::int64_t producer_id, std::int16_t epoch, std::int32_t sequence,
                        const std::vector<std::string>& values) {
    kafka::BatchOptions options;
    options.producer_id = producer_id;
    options.producer_epoch = epoch;
    options.base_sequence = sequence;
    return batch_of(values, 1000, options);
}

/// A disk's data directory with one log, "t-0", in a process that may die.
class LogRig {
public:
    explicit LogRig(Disk& disk, LogConfig config = {})
        : disk_(disk), config_(std::make_shared<const LogConfig>(config)) {}

    ~LogRig() { die(); }

    /// Starts the process: opens the directory and the log.
    Result<void> start() {
        DataDirOptions options;
        options.cluster_id = "4L6g3nShT-eMCtK--X86sw";
        options.tail_bytes = tail_bytes;
        options.free_space_floor = 1024;
        auto opened = DataDir::open(disk_, "data", options);
        if (!opened) return opened.error();
        data_dir = std::move(*opened);
        flusher = std::make_unique<Flusher>(*data_dir, pool, clock, Flusher::Options{});
        auto log_opened = data_dir->open_log(partition, {}, config_, clock.wall_ms());
        if (!log_opened) return log_opened.error();
        log = std::move(*log_opened);
        flusher->add(partition, log);
        return {};
    }
    /// The process is gone; the disk may be crashed now.
    void die() {
        flusher.reset();
        log.reset();
        pool.drop_all();
        data_dir.reset();
    }
    /// A clean shutdown.
    Result<void> stop() {
        Result<void> result = Error{Errc::cancelled, "never closed"};
        flusher->close_clean([&](const Result<void>& closed) { result = closed; });
        pool.run_all();
        die();
        return result;
    }
    AppendOutcome append(Bytes batch) {
        auto outcome = log->append(IncomingBatch::of(std::move(batch)), clock.wall_ms());
        flusher->appended(*log);
        return outcome;
    }
    /// Runs all that waits in the pool.
    void settle() { pool.run_all(); }

    /// The values of the records from `offset` to the high watermark, as one fetch after another
    /// returns them; "!" and the fault's name where a read fails.
    std::vector<std::string> values(std::int64_t offset) {
        std::vector<std::string> found;
        while (offset < log->high_watermark()) {
            auto outcome = fetch(offset);
            if (outcome.fault != LogFault::none) {
                found.push_back(std::string{"!"} + name_of(outcome.fault));
                if (outcome.next_readable <= offset) return found;
                offset = outcome.next_readable;
                continue;
            }
            if (outcome.data.parts.empty()) {
                if (outcome.next_readable <= offset) return found;
                offset = outcome.next_readable;  // behind a hole at a segment's end
                continue;
            }
            for (const auto& part : outcome.data.parts) add_values(part.bytes, offset, found);
        }
        return found;
    }
    ColdOutcome fetch(std::int64_t offset, std::size_t max_bytes = 1 << 20) {
        const ReadLimits limits{.upper_bound = log->high_watermark(),
                                .max_bytes = max_bytes,
                                .in_file_from = in_file_from};
        auto outcome = log->read(offset, limits);
        if (outcome.cold) {
            auto cold = outcome.cold->run(disk_);
            log->learn(cold.learned);
            return cold;
        }
        return {outcome.fault, outcome.what, outcome.data, -1};
    }

    std::size_t tail_bytes = 1 << 20;
    std::size_t in_file_from = ReadLimits{}.in_file_from;
    const TopicPartition partition{"t", 0};
    ManualClock clock;
    ManualPool pool;
    std::unique_ptr<DataDir> data_dir;
    std::unique_ptr<Flusher> flusher;
    std::shared_ptr<Log> log;

private:
    static void add_values(ByteView bytes, std::int64_t& offset, std::vector<std::string>& found) {
        while (!bytes.empty()) {
            const auto header = kafka::check_batch(bytes, bytes.size()).header;
            if (!header) {
                found.push_back("!torn batch served");
                return;
            }
            const auto read =
                kafka::for_each_record(bytes, 1 << 20, [&](const kafka::RecordView& record) {
                    if (record.offset >= offset)
                        found.emplace_back(as_text(record.value.value_or(ByteView{})));
                    return true;
                });
            if (!read) found.push_back("!unreadable records");
            offset = header->next_offset();
            bytes = bytes.subspan(header->size());
        }
    }

    Disk& disk_;
    std::shared_ptr<const LogConfig> config_;
};

}  // namespace leat::storage
