#include "record.hpp"

#include <openssl/sha.h>

#include <array>

namespace leat::crash {
namespace {

void add(std::string& to, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>((number >> shift) & 0xffU);
}

void add(std::string& to, const TestRecord::Text& text) {
    add(to, text ? text->size() : ~std::uint64_t{0});
    if (text) to += *text;
}

// Half of it random, half a run of one letter, so that codecs have something to do.
std::string filling(std::uint64_t random, std::size_t size) {
    std::string text(size, static_cast<char>('a' + random % 26));
    for (std::size_t i = 0; i < size / 2; ++i) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        text[i] = static_cast<char>(random >> 56U);
    }
    return text;
}

}  // namespace

std::string fingerprint(const TestRecord& record) {
    std::string canonical;
    std::string name = "?";
    add(canonical, record.key);
    add(canonical, record.value);
    add(canonical, static_cast<std::uint64_t>(record.timestamp));
    for (const auto& [key, value] : record.headers) {
        add(canonical, TestRecord::Text{key});
        add(canonical, value);
        if (key == "n" && value) name = *value;
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(canonical.data()), canonical.size(),
           digest.data());
    name += '.';
    for (std::size_t i = 0; i < 12; ++i) {
        name += "0123456789abcdef"[digest[i] >> 4U];
        name += "0123456789abcdef"[digest[i] & 15U];
    }
    return name;
}

TestRecord make_record(HistoryChecker::Kind kind, int producer, int number, std::uint64_t random) {
    TestRecord record;
    const std::string name{kind == HistoryChecker::Kind::idempotent ? "i" : "p"};
    record.headers.emplace_back("n",
                                name + std::to_string(producer) + "-" + std::to_string(number));
    if (random % 7 != 0) record.key = "key-" + std::to_string(random % 97);
    const auto shape = (random >> 8U) % 100;
    const auto size = (random >> 16U) % (shape < 3 ? 4000 : 300);
    if (shape >= 5) record.value = filling(random, size);
    if (shape == 5) record.value = "";
    if (shape > 90) record.headers.emplace_back("empty", std::nullopt);
    if (shape > 80) record.headers.emplace_back("n2", filling(random, 1 + shape));
    return record;
}

}  // namespace leat::crash
