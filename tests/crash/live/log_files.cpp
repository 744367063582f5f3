#include "log_files.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "batch_reader.hpp"

namespace leat::crash {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
    std::string bytes(std::filesystem::file_size(path), '\0');
    std::ifstream file{path, std::ios::binary};
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file) throw std::runtime_error(path.string() + " cannot be read");
    return bytes;
}

std::vector<std::filesystem::path> segments_in(const std::filesystem::path& dir) {
    std::vector<std::filesystem::path> segments;
    for (const auto& each : std::filesystem::directory_iterator{dir})
        if (each.path().extension() == ".log") segments.push_back(each.path());
    std::ranges::sort(segments);
    return segments;
}

}  // namespace

LogFiles::LogFiles(std::string data_dir, const std::vector<Place>& places) {
    for (const auto& place : places)
        logs_.push_back({std::filesystem::path{data_dir} / place.name(), {}, {}});
}

LogFiles::Digest LogFiles::digest_of(std::string_view bytes) {
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return digest;
}

Contents LogFiles::read(Tail tail) {
    Contents contents;
    for (auto& log : logs_) contents.push_back(read_log(log, tail));
    return contents;
}

void LogFiles::settle() {
    for (auto& log : logs_) log.settled = log.found;
}

HistoryChecker::Content LogFiles::read_log(Log& log, Tail tail) {
    const auto segments = segments_in(log.dir);
    log.found.clear();
    HistoryChecker::Content content;
    for (const auto& path : segments) {
        const auto bytes = bytes_of(path);
        if (bytes.empty()) continue;
        const auto known = log.found.size();
        const bool is_known = known < log.settled.size();
        if (is_known) check_settled(path, bytes, log.settled[known]);
        const auto settled = is_known ? log.settled[known].size : 0;
        if (bytes.size() == settled) {
            log.found.push_back(log.settled[known]);
            continue;
        }
        if (known + 1 < log.settled.size())
            throw std::runtime_error(path.string() + " has grown although others follow");
        const auto run = read_batches(std::string_view{bytes}.substr(settled));
        const bool torn_tail = tail == Tail::may_be_torn && path == segments.back();
        if (!run.fault.empty() && !torn_tail)
            throw std::runtime_error(path.string() + ": " + run.fault);
        for (const auto& [offset, record] : run.records)
            content.emplace_back(offset, fingerprint(record));
        const auto whole = settled + run.whole;
        log.found.push_back(
            {path.filename().string(), whole, digest_of(std::string_view{bytes}.substr(0, whole))});
    }
    if (log.found.size() < log.settled.size())
        throw std::runtime_error(log.dir.string() + " has lost segments that were settled");
    return content;
}

void LogFiles::check_settled(const std::filesystem::path& segment, const std::string& bytes,
                             const Segment& settled) {
    if (segment.filename() != settled.name)
        throw std::runtime_error(segment.string() + " stands where " + settled.name
                                 + " was settled");
    if (bytes.size() < settled.size
        || digest_of(std::string_view{bytes}.substr(0, settled.size)) != settled.digest)
        throw std::runtime_error(segment.string() + " is not what was settled");
}

}  // namespace leat::crash
