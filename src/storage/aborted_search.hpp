// Which aborted transactions concern a read: a job that any thread may run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/aborted_transactions.hpp"
#include "storage/disk.hpp"

namespace leat::storage {

class AbortedSearch {
public:
    AbortedSearch(std::int64_t from, std::int64_t until) : from_(from), until_(until) {}

    /// Adds a segment's transactions, in the order of the segments: those in memory, or in a file.
    void add(const std::vector<AbortedTransaction>& entries);
    void add_file(std::string path) { parts_.push_back({std::move(path), {}}); }

    /// Whether there is nothing to find.
    bool is_empty() const { return parts_.empty(); }
    /// Whether run() blocks. If not, any thread may call it at once.
    bool needs_disk() const;
    /// In the order of their ends. Errors: not_found, a segment was deleted meanwhile, and what was
    /// read of it must not be shown; io.
    Result<std::vector<AbortedTransaction>> run(Disk& disk) const;

private:
    struct Part {
        std::string path;  // or
        std::vector<AbortedTransaction> entries;
    };
    bool take(const std::vector<AbortedTransaction>& entries,
              std::vector<AbortedTransaction>& found) const;
    Result<bool> take_file(Disk& disk, const std::string& path,
                           std::vector<AbortedTransaction>& found) const;

    std::int64_t from_;
    std::int64_t until_;
    std::vector<Part> parts_;
};

}  // namespace leat::storage
