// `leat log`: the bytes of a stopped broker's data directory. (its check: log_verify.cpp)
#include <algorithm>
#include <memory>

#include "base/topic_partition.hpp"
#include "cli/commands.hpp"
#include "cli/dump_batches.hpp"
#include "cli/dump_files.hpp"
#include "cli/log_verify.hpp"
#include "cli/session.hpp"
#include "cli/stopped_directory.hpp"
#include "storage/posix_disk.hpp"
#include "storage/segment.hpp"

namespace leat::cli {
namespace {

using storage::join;

struct DumpFlags {
    std::string data = "leat-data";
    std::vector<std::string> words;
    bool records = false;
    bool all = false;
    std::int64_t from = -1;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// One run of `leat log dump`.
class Dump {
public:
    Dump(const DumpFlags& flags, bool json) : flags_(flags), output_(json) {}

    int run() {
        std::vector<std::string> topics;
        for (const auto& word : flags_.words) {
            const auto info = disk_.info(word);
            if (info && !info->is_dir) {
                auto wanted = new_count();
                dump_file(word, wanted);
            } else if (info && word.find('/') != std::string::npos) {
                fail({Errc::invalid_argument,
                      word
                          + " is a directory: --data names a data directory, and a word here a "
                            "topic of it or a file"});
            } else if (word.find('/') != std::string::npos) {
                fail({Errc::not_found, "there is no file " + word});
            } else {
                topics.push_back(word);
            }
        }
        if (flags_.words.empty() || !topics.empty()) dump_directory(topics);
        return code_ == exit_ok && output_.found_damage() ? exit_refused : code_;
    }

private:
    void fail(const Error& error) { code_ = report(error); }

    BatchDump new_count() const {
        return {.records = flags_.records, .from = flags_.from, .left = flags_.most};
    }

    void dump_file(const std::string& path, BatchDump& wanted) {
        const auto dumped = is_segment(path) ? dump_batches(disk_, path, wanted, output_)
                                             : dump_side_file(disk_, path, output_);
        if (!dumped) fail(dumped.error());
    }

    void dump_directory(const std::vector<std::string>& topics) {
        const auto held = hold_directory(disk_, flags_.data);
        if (!held) return fail(held.error());
        auto entries = disk_.list(flags_.data);
        if (!entries) return fail(entries.error());
        std::ranges::sort(*entries, {}, &storage::DirEntry::name);
        if (topics.empty())
            for (const auto& entry : *entries)
                if (!entry.is_dir) dump_if_known(join(flags_.data, entry.name));
        std::vector<TopicPartition> partitions;
        for (const auto& entry : *entries)
            if (const auto partition = TopicPartition::parse(entry.name); entry.is_dir && partition)
                partitions.push_back(*partition);
        std::ranges::sort(partitions);
        for (const auto& word : topics) {
            bool found = false;
            for (const auto& partition : partitions)
                if (word == partition.topic || word == partition.to_string()) {
                    found = true;
                    dump_partition(partition);
                }
            if (!found)
                fail({Errc::not_found, "there is neither a topic '" + word + "' in " + flags_.data
                                           + " nor a file of that name"});
        }
        if (topics.empty())
            for (const auto& partition : partitions) dump_partition(partition);
    }

    // A directory may hold what is no business of ours.
    void dump_if_known(const std::string& path) {
        const auto dumped = dump_side_file(disk_, path, output_);
        if (!dumped && dumped.error().code != Errc::invalid_argument) fail(dumped.error());
    }

    void dump_partition(const TopicPartition& partition) {
        const auto dir = join(flags_.data, partition.to_string());
        auto entries = disk_.list(dir);
        if (!entries) return fail(entries.error());
        std::ranges::sort(*entries, {}, &storage::DirEntry::name);
        std::vector<std::int64_t> bases;
        for (const auto& entry : *entries) {
            if (const auto base = storage::offset_in(entry.name, ".log")) bases.push_back(*base);
            const bool of_segment = entry.name.ends_with(".log") || entry.name.ends_with("index");
            if (flags_.all && !entry.is_dir && !of_segment) dump_if_known(join(dir, entry.name));
        }
        auto wanted = new_count();
        for (std::size_t i = 0; i < bases.size(); ++i) {
            if (i + 1 < bases.size() && bases[i + 1] <= flags_.from) continue;
            if (wanted.left <= 0 || output_.is_broken()) return;
            dump_file(join(dir, storage::file_name(bases[i], ".log")), wanted);
            for (const auto* suffix : {".index", ".timeindex"})
                if (const auto path = join(dir, storage::file_name(bases[i], suffix));
                    flags_.all && disk_.info(path))
                    dump_if_known(path);
        }
    }

    const DumpFlags& flags_;
    storage::PosixDisk disk_;
    DumpOutput output_;
    int code_ = exit_ok;
};

void add_dump(Command& noun, Session& session) {
    auto& command =
        noun.add("dump", "Show batches and records, offsets, indexes and all else, as they lie");
    const auto flags = std::make_shared<DumpFlags>();
    command
        .texts("TOPIC|FILE", flags->words,
               "A topic of the data directory, a partition as TOPIC-N, or any file of it by its "
               "path; none: the whole directory")
        .completed_by(Values::files);
    add_data_option(command, flags->data);
    command.flag("-r,--records", flags->records,
                 "Also the records; the broker's own topics and control records decoded");
    command.flag("-a,--all", flags->all,
                 "Also the files beside the segments: indexes, producers, epochs");
    command
        .number("-o,--from", flags->from, at_least<std::int64_t>(0),
                "Begin with the batch that holds this offset")
        .called("OFFSET");
    command.number("-n,--max", flags->most, at_least<std::int64_t>(1),
                   "At most so many batches, with --records records, of each partition or file");
    command.footer(
        "Nothing is written. A running broker's directory is refused, a file of it is not: what is "
        "being appended shows as damage at its end. What only the journal holds yet is in "
        "leat-journal-0 and -1.");
    command.does([flags, &session] { return Dump{*flags, session.json}.run(); });
}

void add_verify(Command& noun, Session& session) {
    auto& command = noun.add(
        "verify", "Check every byte of a data directory, and tell what a start would make of it");
    const auto options = std::make_shared<VerifyOptions>();
    command.texts("TOPIC", options->topics,
                  "Topics, partitions as TOPIC-N, or patterns of their names; none: all");
    add_data_option(command, options->data);
    command.footer(
        "Nothing is written. Exit 0: sound. Exit 1: 'damage' (bytes are not what was written) or "
        "'torn' (a start cuts them); a 'note' is what a stop or a crash leaves.");
    command.does([options, &session] { return verify_log(*options, session.json); });
}

}  // namespace

void add_log(Command& root, Session& session) {
    auto& noun = root.add("log", "Show and check a stopped broker's data directory");
    add_dump(noun, session);
    add_verify(noun, session);
}

}  // namespace leat::cli
