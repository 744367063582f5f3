#include "storage/overlay_disk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace leat::storage {
namespace {

constexpr std::uint64_t overlay_page_size = 4096;
using OverlayPage = std::array<std::byte, overlay_page_size>;

Error is_missing_in_overlay(const char* call, const std::string& path) {
    return io_error(ENOENT, call, path);
}

class OverlayLock final : public FileLock {};

}  // namespace

/// A file: the other disk's, under the name that it has there, below the pages that were written.
struct OverlayDisk::Node {
    std::string under_path;         // empty: it is of this disk alone
    std::uint64_t under_limit = 0;  // so much of the other disk's file is seen
    std::uint64_t size = 0;
    std::int64_t modified_ms = 0;
    std::map<std::uint64_t, OverlayPage> pages;  // by number
};

class OverlayFile final : public File {
public:
    OverlayFile(std::string path, std::shared_ptr<OverlayDisk::Node> node,
                std::shared_ptr<File> under)
        : File(std::move(path)), node_(std::move(node)), under_(std::move(under)) {}

    IoCount write_some(std::uint64_t offset, std::span<const ByteView> parts) override {
        std::size_t done = 0;
        for (auto part : parts)
            while (!part.empty()) {
                const auto at = offset + done;
                const auto in_page = at % overlay_page_size;
                const auto count = std::min<std::size_t>(part.size(), overlay_page_size - in_page);
                auto page = page_for(at / overlay_page_size);
                if (page == nullptr) return {0, EIO};
                std::ranges::copy(part.first(count), page->begin() + in_page);
                node_->size = std::max(node_->size, at + count);
                part = part.subspan(count);
                done += count;
            }
        return {done, 0};
    }

    IoCount read_some(std::uint64_t offset, std::span<std::byte> into) const override {
        if (offset >= node_->size) return {};
        auto count = std::min<std::uint64_t>(into.size(), node_->size - offset);
        const auto page = node_->pages.lower_bound(offset / overlay_page_size);
        if (page == node_->pages.end()) return read_under(offset, into.first(count));
        const auto begin = page->first * overlay_page_size;
        if (begin > offset) return read_under(offset, into.first(std::min(count, begin - offset)));
        count = std::min(count, begin + overlay_page_size - offset);
        std::copy_n(page->second.begin() + static_cast<std::ptrdiff_t>(offset - begin), count,
                    into.begin());
        return {count, 0};
    }

    int try_sync() override { return 0; }

    int try_truncate(std::uint64_t size) override {
        auto& pages = node_->pages;
        pages.erase(pages.lower_bound((size + overlay_page_size - 1) / overlay_page_size),
                    pages.end());
        if (const auto last = pages.find(size / overlay_page_size); last != pages.end())
            std::fill(last->second.begin() + static_cast<std::ptrdiff_t>(size % overlay_page_size),
                      last->second.end(), std::byte{0});
        node_->under_limit = std::min(node_->under_limit, size);
        node_->size = size;
        return 0;
    }

    IoCount try_size() const override { return {node_->size, 0}; }

private:
    /// What is behind the other disk's file is zeros.
    IoCount read_under(std::uint64_t offset, std::span<std::byte> into) const {
        if (offset >= node_->under_limit) {
            std::ranges::fill(into, std::byte{0});
            return {into.size(), 0};
        }
        const auto count = std::min<std::uint64_t>(into.size(), node_->under_limit - offset);
        return under_->read_some(offset, into.first(count));
    }

    /// The page to be written, with what it holds already; null if that cannot be read.
    OverlayPage* page_for(std::uint64_t number) {
        const auto [at, is_new] = node_->pages.try_emplace(number);
        if (!is_new) return &at->second;
        at->second.fill(std::byte{0});
        const auto begin = number * overlay_page_size;
        if (begin >= node_->under_limit) return &at->second;
        const auto count = std::min(overlay_page_size, node_->under_limit - begin);
        const auto got = under_->read_at(begin, {at->second.data(), count});
        if (got) return &at->second;
        node_->pages.erase(at);
        return nullptr;
    }

    std::shared_ptr<OverlayDisk::Node> node_;
    std::shared_ptr<File> under_;
};

/// Error not_found if there is no file of that name, or a directory.
Result<std::shared_ptr<OverlayDisk::Node>> OverlayDisk::find(const std::string& path) {
    if (const auto known = nodes_.find(path); known != nodes_.end()) {
        if (known->second == nullptr) return is_missing_in_overlay("open", path);
        return known->second;
    }
    const auto found = under_.info(path);
    if (!found) return found.error();
    if (found->is_dir) return io_error(EISDIR, "open", path);
    auto node = std::make_shared<Node>();
    node->under_path = path;
    node->under_limit = node->size = found->size;
    node->modified_ms = found->modified_ms;
    return nodes_[path] = std::move(node);
}

Result<std::shared_ptr<File>> OverlayDisk::open(const std::string& path, OpenMode mode) {
    auto node = find(path);
    if (!node && (node.error().code != Errc::not_found || mode != OpenMode::create))
        return node.error();
    if (!node) node = nodes_[path] = std::make_shared<Node>();
    std::shared_ptr<File> under;
    if (!(*node)->under_path.empty()) {
        auto opened = under_.open((*node)->under_path, OpenMode::read);
        if (!opened) return opened.error();
        under = std::move(*opened);
    }
    return std::shared_ptr<File>(std::make_shared<OverlayFile>(path, *node, std::move(under)));
}

Result<void> OverlayDisk::rename(const std::string& from, const std::string& to) {
    auto node = find(from);
    if (!node && node.error().code == Errc::io)
        return Error{Errc::unsupported, "a directory is not renamed in memory: " + from};
    if (!node) return node.error();
    nodes_[to] = std::move(*node);
    nodes_[from] = nullptr;
    return {};
}

Result<void> OverlayDisk::remove(const std::string& path) {
    const auto node = find(path);
    if (!node) return node.error();
    nodes_[path] = nullptr;
    return {};
}

Result<void> OverlayDisk::remove_dir(const std::string& path) {
    return Error{Errc::unsupported, "a directory is not removed in memory: " + path};
}

Result<void> OverlayDisk::make_dir(const std::string& path) {
    if (info(path)) return io_error(EEXIST, "mkdir", path);
    if (auto parent = info(parent_of(path)); !parent) return parent.error();
    made_.insert(path);
    return {};
}

Result<std::vector<DirEntry>> OverlayDisk::list(const std::string& path) {
    std::map<std::string, bool> names;  // and whether it is a directory
    if (!made_.contains(path)) {
        const auto entries = under_.list(path);
        if (!entries) return entries.error();
        for (const auto& entry : *entries) names.emplace(entry.name, entry.is_dir);
    }
    const auto prefix = path + "/";
    const auto name_below = [&](const std::string& full) {
        const auto name = full.substr(prefix.size());
        return name.find('/') == std::string::npos ? name : std::string{};
    };
    for (auto at = nodes_.lower_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix);
         ++at) {
        const auto name = name_below(at->first);
        if (name.empty()) continue;
        if (at->second == nullptr)
            names.erase(name);
        else
            names[name] = false;
    }
    for (auto at = made_.lower_bound(prefix); at != made_.end() && at->starts_with(prefix); ++at)
        if (const auto name = name_below(*at); !name.empty()) names[name] = true;
    std::vector<DirEntry> listed;
    listed.reserve(names.size());
    for (const auto& [name, is_dir] : names) listed.push_back({name, is_dir});
    return listed;
}

Result<FileInfo> OverlayDisk::info(const std::string& path) {
    if (made_.contains(path)) return FileInfo{.is_dir = true};
    const auto known = nodes_.find(path);
    if (known == nodes_.end()) return under_.info(path);
    if (known->second == nullptr) return is_missing_in_overlay("stat", path);
    return FileInfo{false, known->second->size, known->second->modified_ms};
}

Result<void> OverlayDisk::sync_dir(const std::string&) { return {}; }

Result<bool> OverlayDisk::sync_all(const std::string&) { return true; }

Result<std::uint64_t> OverlayDisk::free_space(const std::string& path) {
    return under_.free_space(path);
}

Result<std::uint64_t> OverlayDisk::total_space(const std::string& path) {
    return under_.total_space(path);
}

Result<std::unique_ptr<FileLock>> OverlayDisk::lock(const std::string&) {
    return std::unique_ptr<FileLock>(std::make_unique<OverlayLock>());
}

}  // namespace leat::storage
