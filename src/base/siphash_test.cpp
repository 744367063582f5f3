#include "base/siphash.hpp"

#include <gtest/gtest.h>

#include <set>

namespace leat {
namespace {

TEST(SipHash, agrees_with_the_vectors_of_its_authors) {
    const SipKey key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    Bytes bytes;
    const auto next = [&] {
        const auto hash = siphash128(key, bytes);
        bytes.push_back(static_cast<std::byte>(bytes.size()));
        return hash;
    };
    EXPECT_EQ(next(), (Hash128{0xe6a825ba047f81a3U, 0x930255c71472f66dU}));
    EXPECT_EQ(next(), (Hash128{0x44af996bd8c187daU, 0x45fc229b11597634U}));
    EXPECT_EQ(next(), (Hash128{0xc75da4a48d227781U, 0xe4ff0af6de8ba3fcU}));
    while (bytes.size() < 15) next();
    EXPECT_EQ(next(), (Hash128{0x11a8b03399e99354U, 0xd9c3cf970fec087eU}));
}

TEST(SipHash, depends_on_the_key) {
    const auto bytes = as_bytes("key");
    std::set<Hash128> found;
    for (int i = 0; i < 10; ++i) found.insert(siphash128(SipKey::random(), bytes));
    EXPECT_EQ(found.size(), 10U);
}

}  // namespace
}  // namespace leat
