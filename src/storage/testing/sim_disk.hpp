// A disk in memory that can lose power: what was not synced may be gone, old, zeroed or garbage.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "storage/disk.hpp"

namespace leat::storage {

/// Deterministic: the same calls and the same seed give the same disk. Single-threaded.
///
/// Model. A file is a row of 512-byte sectors. sync() makes its bytes and size durable. crash()
/// decides by seed for each sector written since: kept, dropped (its last synced content), zeroed
/// or garbage; the size is the synced or the current one. Within a sector, bytes that a sync made
/// durable and that were not written since stay what they are (a sector is written atomically).
/// Creating, renaming and removing a name is durable only after sync_dir() of its directory; at a
/// crash each such change since may or may not have happened, independently.
class SimDisk final : public Disk {
public:
    explicit SimDisk(std::uint64_t seed = 1);
    ~SimDisk() override;

    /// Loses power and comes back: open files are dead, locks are gone, budget is unlimited again.
    void crash();
    /// The process dies and comes back: everything written stays, as after kill -9.
    void kill();
    /// After `calls` more changing calls everything fails with EIO and changes nothing, as if the
    /// power had gone at that moment: call crash() then. Negative: never.
    void die_after(std::int64_t calls) { calls_left_ = calls; }
    bool is_dead() const { return dead_; }
    /// Changing calls (write, truncate, sync, create, rename, remove …) so far.
    std::uint64_t changes() const { return changes_; }

    void set_free_space(std::uint64_t bytes) { free_space_ = bytes; }
    /// No file grows beyond what is there, until it is undone: not a byte is free.
    void set_full(bool full) { most_used_ = full ? used() : ~std::uint64_t{0}; }
    /// The bytes of a file as a process sees them, to be damaged at will. Must exist.
    Bytes& content(const std::string& path);
    /// Damages what is stored: also what is durable.
    void corrupt(const std::string& path, std::uint64_t offset, std::byte xor_with);
    /// Files that are open now.
    std::int64_t open_files() const { return open_files_.use_count() - 1; }
    /// Whether files say that their bytes are in memory, and so need not be read to be sent.
    void set_in_memory(bool in_memory) { in_memory_ = in_memory; }
    /// Whether it can make everything durable at once, as most file systems can.
    void set_syncs_all(bool syncs_all) { syncs_all_ = syncs_all; }
    /// Makes everything durable as it is.
    void sync_all();
    /// A new disk with the same content, everything durable.
    std::unique_ptr<SimDisk> clone(std::uint64_t seed) const;

    Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> remove_dir(const std::string& path) override;
    Result<void> make_dir(const std::string& path) override;
    Result<std::vector<DirEntry>> list(const std::string& path) override;
    Result<FileInfo> info(const std::string& path) override;
    Result<void> sync_dir(const std::string& path) override;
    Result<bool> sync_all(const std::string& path) override;
    Result<std::uint64_t> free_space(const std::string& path) override;
    Result<std::uint64_t> total_space(const std::string& path) override;
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

private:
    friend class SimFile;
    struct Node;
    using NodePtr = std::shared_ptr<Node>;
    struct NameChange {
        std::string removed;  // empty: none
        std::string added;    // empty: none
        NodePtr node;
    };
    struct Node {
        bool is_dir = false;
        // A file.
        Bytes now;
        Bytes durable;
        std::vector<bool> dirty;  // by sector
        // A directory.
        std::map<std::string, NodePtr> names;
        std::map<std::string, NodePtr> durable_names;
        std::vector<NameChange> changes;
    };

    /// Bytes of all files.
    std::uint64_t used() const;
    /// Counts a changing call; an errno if the disk is dead.
    int change();
    NodePtr find(const std::string& path) const;
    NodePtr find_dir_of(const std::string& path) const;
    void crash_node(Node& node);
    void crash_file(Node& file);
    void lose_sector(Node& file, Bytes& after, std::size_t sector);
    static void settle(Node& node);

    std::mt19937_64 random_;
    NodePtr root_;
    std::uint64_t free_space_ = std::uint64_t{1} << 40;
    std::uint64_t most_used_ = ~std::uint64_t{0};
    std::int64_t calls_left_ = -1;
    bool dead_ = false;
    bool in_memory_ = true;
    bool syncs_all_ = true;
    std::uint64_t changes_ = 0;
    std::uint64_t boot_ = 0;  // files and locks of an earlier one are dead
    std::map<std::string, std::uint64_t> locks_;
    std::shared_ptr<const int> open_files_ = std::make_shared<int>();  // each open file shares it
};

/// What a reader gets for bytes that stay in a simulated file.
Bytes content_of(const FileSlice& slice);

}  // namespace leat::storage
