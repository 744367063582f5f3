// Judges what one group did with one partition: commits never go back, nothing is skipped.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace leat::crash {

/// Knows offsets alone. The partition begins at 0 and has no holes (HistoryChecker sees to that).
class GroupChecker {
public:
    /// The broker promised that `offset` is committed.
    void acknowledged(std::int64_t offset);
    /// A member was given the record at `offset`. Each time that it gets the partition anew is
    /// another `assignment`.
    void delivered(std::uint64_t assignment, std::int64_t offset);
    /// The broker says that `offset` is committed (-1: none), and that the partition ends at `end`.
    /// Nobody commits meanwhile.
    void committed(std::int64_t offset, std::int64_t end);
    /// The group has no lag: it has handled everything below `end`.
    void caught_up(std::int64_t end);

    const std::vector<std::string>& anomalies() const { return anomalies_; }

private:
    void anomaly(const std::string& what, std::int64_t offset, std::int64_t against);

    std::int64_t promised_ = -1;  // the highest commit that was acknowledged, or read
    std::int64_t unseen_ = 0;     // the first offset that no member was given
    std::map<std::uint64_t, std::int64_t> last_;  // of each assignment
    std::vector<std::string> anomalies_;
};

}  // namespace leat::crash
