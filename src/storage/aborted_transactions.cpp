#include "storage/aborted_transactions.hpp"

namespace leat::storage {
namespace {
constexpr std::int16_t entry_version = 0;
}

Bytes encode(const std::vector<AbortedTransaction>& entries, std::size_t from) {
    Bytes bytes((entries.size() - from) * aborted_entry_size);
    auto* at = bytes.data();
    for (; from < entries.size(); ++from, at += aborted_entry_size) {
        const auto& entry = entries[from];
        store_be(at, entry_version);
        store_be(at + 2, entry.producer_id);
        store_be(at + 10, entry.first_offset);
        store_be(at + 18, entry.last_offset);
        store_be(at + 26, entry.last_stable_offset);
    }
    return bytes;
}

std::vector<AbortedTransaction> decode_aborted(ByteView bytes) {
    std::vector<AbortedTransaction> entries;
    entries.reserve(bytes.size() / aborted_entry_size);
    for (; bytes.size() >= aborted_entry_size; bytes = bytes.subspan(aborted_entry_size)) {
        const auto* at = bytes.data();
        if (load_be<std::int16_t>(at) != entry_version) break;
        const AbortedTransaction entry{
            load_be<std::int64_t>(at + 2), load_be<std::int64_t>(at + 10),
            load_be<std::int64_t>(at + 18), load_be<std::int64_t>(at + 26)};
        if (!entries.empty() && entry.last_offset <= entries.back().last_offset) break;
        entries.push_back(entry);
    }
    return entries;
}

}  // namespace leat::storage
