// The content of every partition from the files of a broker that does not run.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "judge.hpp"

namespace leat::crash {

/// After a kill a torn batch may be the last thing in a log.
enum class Tail { whole, may_be_torn };

/// Shares only the codecs with the broker. Once settled, batches are no longer read but only
/// compared by the digest of their bytes, so that old files cost little.
class LogFiles {
public:
    LogFiles(std::string data_dir, const std::vector<Place>& places);

    /// What the logs hold behind what is settled. Throws std::runtime_error when something cannot
    /// be read, or is torn, or when what is settled is not byte for byte what it was.
    Contents read(Tail tail);
    /// All that the last read() found has to stay as it is for ever.
    void settle();

private:
    using Digest = std::array<unsigned char, 32>;
    struct Segment {
        std::string name;
        std::size_t size;
        Digest digest;
    };
    struct Log {
        std::filesystem::path dir;
        std::vector<Segment> settled;
        std::vector<Segment> found;
    };
    static Digest digest_of(std::string_view bytes);
    static HistoryChecker::Content read_log(Log& log, Tail tail);
    static void check_settled(const std::filesystem::path& segment, const std::string& bytes,
                              const Segment& settled);

    std::vector<Log> logs_;
};

}  // namespace leat::crash
