#include "storage/testing/sim_disk.hpp"

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t sector_size = 512;

std::size_t sectors_of(std::size_t bytes) { return (bytes + sector_size - 1) / sector_size; }

std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

class SimFile final : public File {
public:
    SimFile(std::string path, SimDisk& disk, SimDisk::NodePtr node)
        : File(std::move(path)),
          disk_(disk),
          node_(std::move(node)),
          boot_(disk.boot_),
          open_(disk.open_files_) {}

    IoCount write_some(std::uint64_t offset, std::span<const ByteView> parts) override {
        if (const int error = change(); error != 0) return {0, error};
        std::size_t count = 0;
        for (const auto part : parts) count += part.size();
        if (!has_room(offset + count)) return {0, ENOSPC};
        count = 0;
        for (const auto part : parts) {
            write_part(offset + count, part);
            count += part.size();
        }
        return {count, 0};
    }

    IoCount read_some(std::uint64_t offset, std::span<std::byte> into) const override {
        if (boot_ != disk_.boot_ || disk_.dead_) return {0, EIO};
        if (offset >= node_->now.size()) return {};
        const auto count = std::min<std::size_t>(into.size(), node_->now.size() - offset);
        std::copy_n(node_->now.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        return {count, 0};
    }

    int descriptor() const override { return 0; }
    bool is_in_memory(std::uint64_t, std::size_t) const override { return disk_.in_memory_; }

    int try_sync() override {
        if (const int error = change(); error != 0) return error;
        auto& file = *node_;
        file.durable.resize(file.now.size());
        for (std::size_t sector = 0; sector < file.dirty.size(); ++sector) {
            if (!file.dirty[sector]) continue;
            const auto begin = std::min(sector * sector_size, file.now.size());
            const auto end = std::min(begin + sector_size, file.now.size());
            std::copy(file.now.data() + begin, file.now.data() + end, file.durable.data() + begin);
        }
        file.dirty.clear();
        return 0;
    }

    int try_truncate(std::uint64_t size) override {
        if (const int error = change(); error != 0) return error;
        const auto before = node_->now.size();
        node_->now.resize(size);
        mark(std::min<std::size_t>(before, size), std::max<std::size_t>(before, size));
        return 0;
    }

    IoCount try_size() const override {
        if (boot_ != disk_.boot_ || disk_.dead_) return {0, EIO};
        return {node_->now.size(), 0};
    }

private:
    bool has_room(std::uint64_t size) const {
        const std::uint64_t now = node_->now.size();
        if (size <= now || disk_.most_used_ == ~std::uint64_t{0}) return true;
        return disk_.used() + (size - now) <= disk_.most_used_;
    }
    int change() { return boot_ != disk_.boot_ ? EIO : disk_.change(); }

    void write_part(std::uint64_t offset, ByteView part) {
        if (node_->now.size() < offset + part.size()) {
            const auto before = node_->now.size();
            node_->now.resize(offset + part.size());
            if (before < offset) mark(before, offset);
        }
        std::ranges::copy(part, node_->now.begin() + static_cast<std::ptrdiff_t>(offset));
        mark(offset, offset + part.size());
    }

    void mark(std::size_t begin, std::size_t end) {
        if (begin == end) return;
        const auto last = sectors_of(end);
        if (node_->dirty.size() < last) node_->dirty.resize(last);
        for (auto sector = begin / sector_size; sector < last; ++sector)
            node_->dirty[sector] = true;
    }

    SimDisk& disk_;
    SimDisk::NodePtr node_;
    std::uint64_t boot_;
    std::shared_ptr<const int> open_;
};

namespace {

class SimLock final : public FileLock {
public:
    SimLock(std::map<std::string, std::uint64_t>& locks, std::string path, std::uint64_t boot)
        : locks_(locks), path_(std::move(path)), boot_(boot) {}
    ~SimLock() override {
        const auto held = locks_.find(path_);
        if (held != locks_.end() && held->second == boot_) locks_.erase(held);
    }

private:
    std::map<std::string, std::uint64_t>& locks_;
    std::string path_;
    std::uint64_t boot_;
};

}  // namespace

SimDisk::SimDisk(std::uint64_t seed) : random_(seed), root_(std::make_shared<Node>()) {
    root_->is_dir = true;
}
SimDisk::~SimDisk() = default;

std::uint64_t SimDisk::used() const {
    const auto size_of = [](const auto& self, const Node& node) -> std::uint64_t {
        std::uint64_t size = node.now.size();
        for (const auto& [name, child] : node.names) size += self(self, *child);
        return size;
    };
    return size_of(size_of, *root_);
}

int SimDisk::change() {
    if (dead_) return EIO;
    if (calls_left_ == 0) {
        dead_ = true;
        return EIO;
    }
    if (calls_left_ > 0) --calls_left_;
    ++changes_;
    return 0;
}

SimDisk::NodePtr SimDisk::find(const std::string& path) const {
    NodePtr node = root_;
    std::size_t at = 0;
    while (node && at < path.size()) {
        if (path[at] == '/') {
            ++at;
            continue;
        }
        const auto end = std::min(path.find('/', at), path.size());
        const auto name = path.substr(at, end - at);
        at = end;
        if (name == ".") continue;
        const auto found = node->names.find(name);
        node = found == node->names.end() ? nullptr : found->second;
    }
    return node;
}

SimDisk::NodePtr SimDisk::find_dir_of(const std::string& path) const {
    const auto dir = find(parent_of(path));
    return dir && dir->is_dir ? dir : nullptr;
}

Result<std::shared_ptr<File>> SimDisk::open(const std::string& path, OpenMode mode) {
    if (dead_) return io_error(EIO, "open", path);
    auto node = find(path);
    if (node && node->is_dir) return io_error(EISDIR, "open", path);
    if (!node && mode == OpenMode::create) {
        const auto dir = find_dir_of(path);
        if (!dir) return io_error(ENOENT, "open", path);
        if (const int error = change(); error != 0) return io_error(error, "open", path);
        node = std::make_shared<Node>();
        dir->names[name_in(path)] = node;
        dir->changes.push_back({"", name_in(path), node});
    }
    if (!node) return io_error(ENOENT, "open", path);
    return std::shared_ptr<File>(std::make_shared<SimFile>(path, *this, node));
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
    const auto dir = find_dir_of(from);
    check(parent_of(from) == parent_of(to), "a rename stays in its directory");
    const auto node = find(from);
    if (!dir || !node) return io_error(dead_ ? EIO : ENOENT, "rename", from);
    if (const int error = change(); error != 0) return io_error(error, "rename", from);
    dir->names.erase(name_in(from));
    dir->names[name_in(to)] = node;
    dir->changes.push_back({name_in(from), name_in(to), node});
    return {};
}

Result<void> SimDisk::remove(const std::string& path) {
    const auto dir = find_dir_of(path);
    const auto node = find(path);
    if (!dir || !node || node->is_dir) return io_error(dead_ ? EIO : ENOENT, "remove", path);
    if (const int error = change(); error != 0) return io_error(error, "remove", path);
    dir->names.erase(name_in(path));
    dir->changes.push_back({name_in(path), "", nullptr});
    return {};
}

Result<void> SimDisk::remove_dir(const std::string& path) {
    const auto dir = find_dir_of(path);
    const auto node = find(path);
    if (!dir || !node || !node->is_dir) return io_error(dead_ ? EIO : ENOENT, "rmdir", path);
    if (!node->names.empty()) return io_error(ENOTEMPTY, "rmdir", path);
    if (const int error = change(); error != 0) return io_error(error, "rmdir", path);
    dir->names.erase(name_in(path));
    dir->changes.push_back({name_in(path), "", nullptr});
    return {};
}

Result<void> SimDisk::make_dir(const std::string& path) {
    const auto dir = find_dir_of(path);
    if (!dir) return io_error(ENOENT, "mkdir", path);
    if (find(path)) return io_error(EEXIST, "mkdir", path);
    if (const int error = change(); error != 0) return io_error(error, "mkdir", path);
    auto node = std::make_shared<Node>();
    node->is_dir = true;
    dir->names[name_in(path)] = node;
    dir->changes.push_back({"", name_in(path), node});
    return {};
}

Result<std::vector<DirEntry>> SimDisk::list(const std::string& path) {
    if (dead_) return io_error(EIO, "list", path);
    const auto dir = find(path);
    if (!dir) return io_error(ENOENT, "list", path);
    if (!dir->is_dir) return io_error(ENOTDIR, "list", path);
    std::vector<DirEntry> entries;
    for (const auto& [name, node] : dir->names) entries.push_back({name, node->is_dir});
    return entries;
}

Result<FileInfo> SimDisk::info(const std::string& path) {
    if (dead_) return io_error(EIO, "stat", path);
    const auto node = find(path);
    if (!node) return io_error(ENOENT, "stat", path);
    return FileInfo{node->is_dir, node->now.size(), 0};
}

Result<void> SimDisk::sync_dir(const std::string& path) {
    const auto dir = find(path);
    if (!dir || !dir->is_dir) return io_error(dead_ ? EIO : ENOENT, "sync", path);
    if (const int error = change(); error != 0) return io_error(error, "sync", path);
    dir->durable_names = dir->names;
    dir->changes.clear();
    return {};
}

Result<bool> SimDisk::sync_all(const std::string& path) {
    if (!syncs_all_) return false;
    if (const int error = change(); error != 0) return io_error(error, "syncfs", path);
    sync_all();
    return true;
}

Result<std::uint64_t> SimDisk::free_space(const std::string& path) {
    if (dead_) return io_error(EIO, "statvfs", path);
    if (most_used_ == ~std::uint64_t{0}) return free_space_;
    return most_used_ - std::min(most_used_, used());
}

Result<std::uint64_t> SimDisk::total_space(const std::string& path) {
    if (dead_) return io_error(EIO, "statvfs", path);
    return std::uint64_t{1} << 41;
}

Result<std::unique_ptr<FileLock>> SimDisk::lock(const std::string& path) {
    auto file = open(path, OpenMode::create);
    if (!file) return file.error();
    if (locks_.contains(path))
        return Error{Errc::already_exists, path + " is locked by another process"};
    locks_[path] = boot_;
    return std::unique_ptr<FileLock>(std::make_unique<SimLock>(locks_, path, boot_));
}

void SimDisk::kill() {
    ++boot_;
    locks_.clear();
    dead_ = false;
    calls_left_ = -1;
}

void SimDisk::crash() {
    kill();
    crash_node(*root_);
}

void SimDisk::crash_node(Node& node) {
    if (!node.is_dir) return crash_file(node);
    auto names = std::move(node.durable_names);
    for (const auto& change : node.changes) {
        if (random_() % 2 == 0) continue;
        if (!change.removed.empty() && names.erase(change.removed) == 0 && !change.added.empty()) {
            // A rename of a name whose own creation was lost: nothing to rename.
            continue;
        }
        if (!change.added.empty()) names[change.added] = change.node;
    }
    node.names = names;
    node.durable_names = std::move(names);
    node.changes.clear();
    for (auto& [name, child] : node.names) crash_node(*child);
}

void SimDisk::crash_file(Node& file) {
    const bool new_size = random_() % 2 == 0;
    Bytes after(new_size ? file.now.size() : file.durable.size());
    std::copy_n(file.durable.begin(), std::min(after.size(), file.durable.size()), after.begin());
    for (std::size_t sector = 0; sector < file.dirty.size(); ++sector)
        if (file.dirty[sector]) lose_sector(file, after, sector);
    file.now = after;
    file.durable = std::move(after);
    file.dirty.clear();
}

void SimDisk::lose_sector(Node& file, Bytes& after, std::size_t sector) {
    enum Fate { kept, kept_too, dropped, zeroed, garbage, fates };
    const auto fate = random_() % fates;
    if (fate == dropped) return;
    const auto end = std::min((sector + 1) * sector_size, after.size());
    for (auto at = sector * sector_size; at < end; ++at) {
        const auto written = at < file.now.size() ? file.now[at] : std::byte{0};
        const bool was_durable = at < file.durable.size();
        if (was_durable && file.durable[at] == written) continue;
        if (fate == kept || fate == kept_too) after[at] = written;
        if (fate == zeroed) after[at] = std::byte{0};
        if (fate == garbage) after[at] = static_cast<std::byte>(random_() & 0xffU);
    }
}

void SimDisk::settle(Node& node) {
    node.durable = node.now;
    node.dirty.clear();
    node.durable_names = node.names;
    node.changes.clear();
    for (auto& [name, child] : node.names) settle(*child);
}

void SimDisk::sync_all() { settle(*root_); }

Bytes& SimDisk::content(const std::string& path) {
    const auto node = find(path);
    check(node && !node->is_dir, "no such simulated file");
    return node->now;
}

void SimDisk::corrupt(const std::string& path, std::uint64_t offset, std::byte xor_with) {
    const auto node = find(path);
    check(node && offset < node->now.size(), "no such byte in a simulated file");
    node->now[offset] ^= xor_with;
    if (offset < node->durable.size()) node->durable[offset] ^= xor_with;
}

std::unique_ptr<SimDisk> SimDisk::clone(std::uint64_t seed) const {
    const auto copy_of = [](const auto& self, const Node& node) -> NodePtr {
        auto copy = std::make_shared<Node>();
        copy->is_dir = node.is_dir;
        copy->now = node.now;
        for (const auto& [name, child] : node.names) copy->names[name] = self(self, *child);
        return copy;
    };
    auto disk = std::make_unique<SimDisk>(seed);
    disk->root_ = copy_of(copy_of, *root_);
    disk->free_space_ = free_space_;
    settle(*disk->root_);
    return disk;
}

Bytes content_of(const FileSlice& slice) {
    Bytes bytes(slice.count);
    const auto got = static_cast<const SimFile*>(slice.owner.get())->read_at(slice.position, bytes);
    bytes.resize(got ? *got : 0);
    return bytes;
}

}  // namespace leat::storage
