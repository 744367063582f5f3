// Chooses the form, and looks at what it loses.
#include "cli/record_writer.hpp"

#include "cli/record_json.hpp"
#include "cli/terminal.hpp"

namespace leat::cli {

Result<RecordWriter> RecordWriter::create(const Options& options,
                                          std::function<void(const std::string&)> note) {
    RecordWriter writer;
    writer.options_ = options;
    writer.note_ = std::move(note);
    const auto plain =
        options.key_delimiter.empty() ? "%s\n" : "%k" + options.key_delimiter + "%s\n";
    auto format = RecordFormat::parse(options.format.value_or(plain));
    if (!format) return format.error();
    writer.format_ = std::move(*format);
    return writer;
}

void RecordWriter::append(std::string& out, const client::ReadRecord& read) {
    note_losses(read);
    if (!options_.envelope && !options_.json) return format_.append(out, read, options_.terminal);
    auto line = options_.envelope ? record_envelope(read) : record_json(read);
    out += options_.terminal ? escaped_json(line) : line;
    out += '\n';
}

void RecordWriter::note_losses(const client::ReadRecord& read) {
    if (read.record.header_count > 0 && !kafka::decode_headers(read.record))
        note_once("the headers are damaged and left out", read);
    if (options_.envelope || options_.json || options_.terminal) return;
    if (const auto loss = format_.loss_of(read); !loss.empty())
        note_once(loss + "; -J and --json carry every record as it is", read);
}

void RecordWriter::note_once(const std::string& what, const client::ReadRecord& read) {
    if (noted_.insert(what).second)
        note_(read.partition.to_string() + " offset " + std::to_string(read.record.offset) + ": "
              + what);
}

}  // namespace leat::cli
