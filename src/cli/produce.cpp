// `leat produce`: writes lines as records, each acknowledged before the command ends.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <memory>
#include <system_error>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/record_input.hpp"
#include "cli/record_text.hpp"
#include "cli/verb.hpp"

namespace leat::cli {
namespace {

struct Options {
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

class Input {
public:
    Input(client::Producer& producer, const Options& options, InputRules rules,
          std::string delimiter)
        : producer_(producer),
          options_(options),
          rules_(std::move(rules)),
          delimiter_(std::move(delimiter)) {}

    Result<void> read_all() {
        if (options_.files.empty()) return read(STDIN_FILENO);
        for (const auto& path : options_.files) {
            const File file{path};
            if (file.descriptor < 0)
                return Error{Errc::not_found, "cannot open '" + path
                                                  + "': " + std::generic_category().message(errno)};
            auto done = options_.whole ? read_whole(file.descriptor) : read(file.descriptor);
            if (!done) return done;
        }
        return producer_.flush();
    }

private:
    Result<void> read(int descriptor) {
        const InputSink sink{[&](std::string_view text) { return send(text); },
                             [&] { return producer_.flush(); }};
        if (auto done = read_delimited(descriptor, delimiter_, sink); !done) return done;
        return producer_.flush();
    }

    Result<void> read_whole(int descriptor) {
        std::string text;
        std::array<char, std::size_t{64} << 10> chunk{};
        for (;;) {
            const auto got = ::read(descriptor, chunk.data(), chunk.size());
            if (got < 0)
                return Error{Errc::io,
                             "cannot read the file: " + std::generic_category().message(errno)};
            if (got == 0) return send(text);
            text.append(chunk.data(), static_cast<std::size_t>(got));
        }
    }

    Result<void> send(std::string_view text) {
        auto input = parse_record(text, rules_);
        if (!input) return input.error();
        std::optional<std::int32_t> partition;
        if (options_.partition >= 0) partition = options_.partition;
        if (options_.keep_partition) partition = input->partition;
        return producer_.send(partition, std::move(input->record));
    }

    client::Producer& producer_;
    const Options& options_;
    InputRules rules_;
    std::string delimiter_;
};

void print_summary(const client::Producer& producer, const Session& session,
                   const Options& options) {
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

int produce(client::Cluster& cluster, const Session& session, const Options& options) {
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

void add_input_options(Command& command, const std::shared_ptr<Options>& options) {
    command.texts("-f,--file", options->files, "Read these files, not standard input (repeatable)")
        .called("FILE")
        .completed_by(Values::files);
    command.flag("--whole", options->whole, "Each file is one value, byte for byte")
        .needs("--file");
    command.text("-D,--delimiter", options->delimiter, "Between records")
        .by_default(options->delimiter);
    command.text("-K,--key-delimiter", options->key_delimiter,
                 "Between key and value of each record");
    command.text("-k,--key", options->key, "The key of every record that brings none")
        .may_be_empty();
    command.texts("-H,--header", options->headers, "A header of every record (repeatable)")
        .called("NAME=VALUE");
    command.flag("-Z,--null", options->empty_is_null, "Empty keys and values are null");
    command.flag("-J,--envelope", options->envelope,
                 "Each line is an object as 'leat consume -J' and 'kcat -J' write it");
    command
        .flag("--keep-partition", options->keep_partition,
              "Write to the partition that the envelope names")
        .needs("--envelope");
}

}  // namespace

void add_produce(Command& root, Session& session) {
    auto options = std::make_shared<Options>();
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
