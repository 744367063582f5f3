#include "broker/api_table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "broker/kafka_apis.hpp"
#include "broker/protocol_page.hpp"
#include "kafka/messages/all.hpp"

namespace leat::broker {
namespace {

TEST(ApiTable, has_one_row_for_every_message_in_order_of_keys) {
    std::set<kafka::ApiKey> keys;
    for (const auto& row : api_table()) EXPECT_TRUE(keys.insert(row.key).second) << row.name;
    std::size_t messages = 0;
    kafka::for_each_api([&]<class Request, class Response>() {
        ++messages;
        EXPECT_TRUE(keys.contains(Request::api)) << static_cast<int>(Request::api);
        EXPECT_EQ(Request::versions.max, Response::versions.max);
    });
    EXPECT_EQ(keys.size(), messages);
    for (std::size_t i = 1; i < api_table().size(); ++i)
        EXPECT_LT(api_table()[i - 1].key, api_table()[i].key);
}

TEST(ApiTable, stands_beside_all_of_kafkas_apis_with_a_reason_for_each_absence) {
    const auto apis = kafka_apis();
    for (std::size_t i = 0; i < apis.size(); ++i) {
        const auto& api = apis[i];
        EXPECT_EQ(api.key, static_cast<std::int16_t>(i));
        const auto* ours = find_api(api.key);
        if (ours == nullptr) {
            EXPECT_FALSE(api.note.empty()) << api.name;
            continue;
        }
        EXPECT_EQ(ours->name, api.name);
        EXPECT_EQ(ours->versions.min, api.versions.min) << api.name;
        EXPECT_GE(ours->versions.max, api.versions.max) << api.name;
        EXPECT_EQ(ours->versions.flexible, api.versions.flexible) << api.name;
    }
    for (const auto& row : api_table())
        EXPECT_LT(static_cast<std::size_t>(row.key), apis.size()) << row.name;
}

// The page's first part, generated; what follows it is written by hand. LEAT_WRITE_DOCS=1 writes
// the first part anew.
TEST(ApiTable, is_what_the_protocol_page_says) {
    const std::filesystem::path path{LEAT_PROTOCOL_PAGE};
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    const auto by_hand = text.str().find("\n## ");
    ASSERT_NE(by_hand, std::string::npos);
    if (std::getenv("LEAT_WRITE_DOCS") != nullptr)
        std::ofstream{path} << protocol_page() << text.str().substr(by_hand);
    EXPECT_EQ(text.str().substr(0, by_hand), protocol_page());
}

}  // namespace
}  // namespace leat::broker
