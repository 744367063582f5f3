// What the two ways to consume share: the options and the printing.
#pragma once

#include "cli/range.hpp"
#include "cli/record_writer.hpp"
#include "cli/topic_choice.hpp"

namespace leat::cli {

struct ConsumeOptions {
    TopicChoice choice;
    std::string group;  // empty: none
    RangeOptions range;
    bool exit_at_end = false;
    std::optional<std::string> format;
    std::string key_delimiter;
    bool envelope = false;
    bool uncommitted = false;

    client::FetchOptions fetching() const;
    /// Whether it has no end by itself.
    bool follows() const { return !exit_at_end && !range.until; }
};

/// Writes records to standard output, as many as are wanted.
class RecordPrinter {
public:
    /// `count`: after so many it is done; -1: never.
    RecordPrinter(RecordWriter writer, std::int64_t count)
        : writer_(std::move(writer)), left_(count) {}

    /// False after the last that is wanted.
    bool take(const client::ReadRecord& record);
    bool is_done() const { return left_ == 0; }
    /// Writes what was taken. Error: io; then it is not known how much of it went out.
    Result<void> flush();

private:
    RecordWriter writer_;
    std::string out_;
    std::int64_t left_;
};

/// Reads as a member of `options.group` until the end, a signal or a failure; commits what was
/// written out, and leaves. Gives the exit code.
int consume_in_group(client::Cluster& cluster, const ConsumeOptions& options,
                     RecordPrinter& printer);

}  // namespace leat::cli
