// `leat produce`: writes lines as records, each acknowledged before the command ends.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/record_input.hpp"
#include "cli/record_text.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"
#include "client/producer.hpp"

namespace leat::cli {
namespace {

struct ProduceFlags {
    std::string topic;
    std::vector<std::string> files;
    bool whole = false;
    std::string delimiter = "\\n";
    std::string key_delimiter;
    std::optional<std::string> key;
    std::vector<std::string> headers;
    std::int32_t partition = -1;
    std::string codec = "none";
    std::string acks = "all";
    bool empty_is_null = false;
    bool envelope = false;
    bool keep_partition = false;
    bool by_key = false;
    bool quiet = false;
};

// A file that is closed with its owner.
struct File {
    explicit File(const std::string& path) : descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor >= 0) close(descriptor);
    }
    int descriptor;
};

constexpr std::string_view standard_input = "-";

Error cannot_open(const std::string& path) {
    return {Errc::not_found,
            "cannot open '" + path + "': " + std::generic_category().message(errno)};
}

class Input {
public:
    Input(client::Producer& producer, const ProduceFlags& options, InputRules rules,
          std::string delimiter)
        : producer_(producer),
          options_(options),
          rules_(std::move(rules)),
          delimiter_(std::move(delimiter)) {}

    Result<void> read_all() {
        // Before anything is written.
        for (const auto& path : options_.files)
            if (path != standard_input && access(path.c_str(), R_OK) != 0) return cannot_open(path);
        auto done = read_files();
        // What came before the text that is refused is good.
        auto flushed = refused_ || done ? producer_.flush() : Result<void>{};
        if (!flushed && !done) report(flushed.error());
        return done ? std::move(flushed) : std::move(done);
    }

private:
    Result<void> read_files() {
        if (options_.files.empty()) return read(STDIN_FILENO);
        for (const auto& path : options_.files) {
            if (path == standard_input) {
                source_ = {};
                if (auto done = read(STDIN_FILENO); !done) return done;
                continue;
            }
            const File file{path};
            if (file.descriptor < 0) return cannot_open(path);
            source_ = path;
            if (auto done = read(file.descriptor); !done) return done;
        }
        return {};
    }

    Result<void> read(int descriptor) {
        count_ = 0;
        if (options_.whole) return read_whole(descriptor);
        const InputSink sink{[&](std::string_view text) { return send(text); },
                             [&] { return producer_.flush(); }};
        return read_delimited(descriptor, delimiter_, sink);
    }

    Result<void> read_whole(int descriptor) {
        std::string text;
        std::array<char, std::size_t{64} << 10> chunk{};
        for (;;) {
            const auto got = ::read(descriptor, chunk.data(), chunk.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0)
                return Error{Errc::io, "cannot read '" + source_
                                           + "': " + std::generic_category().message(errno)};
            if (got == 0) return send(text);
            text.append(chunk.data(), static_cast<std::size_t>(got));
        }
    }

    // "line 7", "line 7 of orders.txt", or the file's name if it is a record.
    std::string label() const {
        if (options_.whole && !source_.empty()) return source_;
        auto text = (delimiter_ == "\n" ? "line " : "record ") + std::to_string(count_);
        return source_.empty() ? text : text + " of " + source_;
    }

    Result<void> send(std::string_view text) {
        ++count_;
        auto input = parse_record(text, rules_);
        if (!input) {
            refused_ = true;
            return Error{input.error().code, label() + ": " + input.error().what};
        }
        auto partition = partition_for(*input);
        if (!partition) {
            refused_ = partition.error().code == Errc::not_found;
            return Error{partition.error().code, label() + ": " + partition.error().what};
        }
        input->record.label = label();
        return producer_.send(*partition, std::move(input->record));
    }

    // Where the record goes; nothing leaves it to its key.
    Result<std::optional<std::int32_t>> partition_for(const InputRecord& input) {
        using Partition = std::optional<std::int32_t>;
        if (options_.partition >= 0) return Partition{options_.partition};
        if (!input.partition || options_.by_key) {
            if (!options_.keep_partition) return Partition{};
            return Error{Errc::invalid_argument,
                         "it names no partition, which --keep-partition needs"};
        }
        const auto count = producer_.partition_count();
        if (!count) return count.error();
        if (*input.partition < *count) return Partition{input.partition};
        const auto why = "partition " + std::to_string(*input.partition) + " is not in topic '"
                         + options_.topic + "', which has " + std::to_string(*count);
        if (options_.keep_partition) return Error{Errc::not_found, why};
        if (!std::exchange(told_, true)) tell(why + ": such records go where their keys say");
        return Partition{};
    }

    client::Producer& producer_;
    const ProduceFlags& options_;
    InputRules rules_;
    std::string delimiter_;
    std::string source_;       // the file that is read; empty for standard input
    std::uint64_t count_ = 0;  // of its records
    bool refused_ = false;     // what was read, not what was written
    bool told_ = false;
};

void print_summary(const client::Producer& producer, const Session& session,
                   const ProduceFlags& options) {
    Table table{.columns = {{"topic", "TOPIC"},
                            {"partition", "PARTITION"},
                            {"records", "RECORDS"},
                            {"first_offset", "FIRST"},
                            {"last_offset", "LAST"}},
                .rows = {}};
    for (const auto& [partition, range] : producer.written())
        table.rows.push_back({options.topic, std::int64_t{partition}, range.records,
                              cell_if_known(range.first_offset), cell_if_known(range.last_offset)});
    if (session.json || (!options.quiet && !table.rows.empty())) print(table, session.json);
}

int produce(client::Cluster& cluster, const Session& session, const ProduceFlags& options) {
    InputRules rules{.key_delimiter = {},
                     .key = {},
                     .headers = {},
                     .empty_is_null = options.empty_is_null,
                     .envelope = options.envelope};
    auto delimiter = unescape(options.delimiter);
    if (!delimiter) return report_usage(delimiter.error());
    if (delimiter->empty())
        return report_usage({Errc::invalid_argument, "the delimiter must not be empty"});
    auto key_delimiter = unescape(options.key_delimiter);
    if (!key_delimiter) return report_usage(key_delimiter.error());
    rules.key_delimiter = *key_delimiter;
    rules.key = options.key;
    for (const auto& text : options.headers) rules.headers.push_back(parse_header(text));
    client::Producer producer{cluster,
                              options.topic,
                              {.codec = *kafka::codec_of(std::string_view{options.codec}),
                               .acks = static_cast<std::int16_t>(options.acks == "all" ? -1 : 1),
                               .idempotent = options.acks == "all"}};
    auto done = Input{producer, options, std::move(rules), *delimiter}.read_all();
    print_summary(producer, session, options);
    return done ? static_cast<int>(exit_ok) : static_cast<int>(report(done.error()));
}

void add_input_options(Command& command, const std::shared_ptr<ProduceFlags>& options) {
    command.texts("-f,--file", options->files, "Read these files, not standard input (- is that)")
        .called("FILE...")
        .takes_all_that_follows()
        .completed_by(Values::files);
    command.flag("--whole", options->whole, "Each file is one value, byte for byte")
        .needs("--file")
        .excludes({"--key-delimiter", "--null"});
    command.text("-D,--delimiter", options->delimiter, "Between records")
        .by_default(options->delimiter);
    command.text("-K,--key-delimiter", options->key_delimiter,
                 "Between key and value of each record");
    command.text("-k,--key", options->key, "The key of every record that brings none")
        .may_be_empty();
    command.texts("-H,--header", options->headers, "A header of every record (repeatable)")
        .called("NAME=VALUE");
    command.flag("-Z,--null", options->empty_is_null, "Empty keys and values are null");
    command
        .flag("-J,--envelope", options->envelope,
              "Each line is an object as consume -J, consume --json and kcat -J write it")
        .excludes({"--key", "--key-delimiter", "--null", "--whole"});
    command
        .flag("--keep-partition", options->keep_partition,
              "Write to the partition that the envelope names")
        .needs("--envelope");
}

}  // namespace

void add_produce(Command& root, Session& session) {
    auto options = std::make_shared<ProduceFlags>();
    auto& command = root.add("produce", "Write lines of standard input to a topic");
    command.text("TOPIC", options->topic, "The topic").required().completed_by(Values::topics);
    add_input_options(command, options);
    command.number("-p,--partition", options->partition, at_least<std::int32_t>(0),
                   "The partition (default: by the key, as Kafka's clients do)");
    command.text("-z,--compression", options->codec, "Codec of the batches")
        .called("CODEC")
        .one_of({"none", "gzip", "snappy", "lz4", "zstd"})
        .by_default(options->codec);
    command.text("--acks", options->acks, "all: written nowhere twice, safe; or 1")
        .called("ACKS")
        .one_of({"all", "1"})
        .by_default(options->acks);
    command.flag("-q,--quiet", options->quiet, "No summary");
    run_with(command, session, options, produce);
}

}  // namespace leat::cli
