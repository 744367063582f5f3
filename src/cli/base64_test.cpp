// Base64 there and back.
#include "cli/base64.hpp"

#include <gtest/gtest.h>

namespace leat::cli {
namespace {

TEST(Base64, agrees_with_rfc_4648) {
    EXPECT_EQ(base64(as_bytes("")), "");
    EXPECT_EQ(base64(as_bytes("f")), "Zg==");
    EXPECT_EQ(base64(as_bytes("fo")), "Zm8=");
    EXPECT_EQ(base64(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(Base64, is_read_back) {
    Bytes bytes;
    for (int size = 0; size < 600; ++size) {
        EXPECT_EQ(from_base64(base64(bytes)), bytes) << size;
        bytes.push_back(static_cast<std::byte>(size * 7));
    }
}

TEST(Base64, is_refused_where_it_is_not_exactly_what_would_be_written) {
    for (const auto* text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==",
                             "Zm9vYmF-", "Zm9v\n", " Zg=", "=Zg=", "Z=g="})
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace leat::cli
