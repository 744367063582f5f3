#include <gtest/gtest.h>

#include <random>

#include "kafka/header.hpp"
#include "kafka/message_fill.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/messages/consumer_protocol.hpp"
#include "kafka/messages/group_records.hpp"

namespace leat::kafka {
namespace {

constexpr int rounds = 20;

template <class Check>
void for_each_message(Check check_one) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random{seed};
    for_each_api([&]<class Request, class Response>() {
        SCOPED_TRACE(testing::Message() << "API " << static_cast<int>(Request::api));
        fill_at_every_version<Request>(random, rounds, check_one);
        fill_at_every_version<Response>(random, rounds, check_one);
    });
    fill_at_every_version<OffsetCommitKey>(random, rounds, check_one);
    fill_at_every_version<OffsetCommitValue>(random, rounds, check_one);
    fill_at_every_version<GroupMetadataKey>(random, rounds, check_one);
    fill_at_every_version<GroupMetadataValue>(random, rounds, check_one);
    fill_at_every_version<ConsumerProtocolSubscription>(random, rounds, check_one);
    fill_at_every_version<ConsumerProtocolAssignment>(random, rounds, check_one);
}

TEST(Messages, come_back_as_they_were_written_at_every_version) {
    for_each_message([]<class Message>(const Message& message, std::int16_t version) {
        const auto bytes = encode(message, version).flat();
        const auto read = decode<Message>(bytes, version);
        ASSERT_TRUE(read) << "version " << version;
        EXPECT_TRUE(*read == message) << "version " << version;
    });
}

TEST(Messages, refuse_every_truncation_at_every_version) {
    for_each_message([]<class Message>(const Message& message, std::int16_t version) {
        const auto bytes = encode(message, version).flat();
        for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 64)
            EXPECT_FALSE(decode<Message>({bytes.data(), size}, version)) << "version " << version;
    });
}

TEST(Messages, refuse_bytes_that_are_left_over_unless_told_to_pass_over_them) {
    for_each_message([]<class Message>(const Message& message, std::int16_t version) {
        auto bytes = encode(message, version).flat();
        bytes.push_back({});
        EXPECT_FALSE(decode<Message>(bytes, version)) << "version " << version;
        EXPECT_TRUE(decode_front<Message>(bytes, version)) << "version " << version;
    });
}

TEST(Messages, refuse_an_array_count_beyond_the_bytes_received) {
    // Metadata version 1: an array count of 2^31-1 and nothing behind it.
    const Bytes lie{std::byte{0x7f}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
    EXPECT_FALSE(decode<MetadataRequest>(lie, 1));
}

TEST(Messages, refuse_a_null_where_their_version_has_none_and_write_none_there) {
    const Bytes null_array(4, std::byte{0xff});
    EXPECT_FALSE(decode<MetadataRequest>(null_array, 0));
    EXPECT_TRUE(decode<OffsetFetchRequest>(encode(OffsetFetchRequest{}, 2).flat(), 2));
    const auto written = encode(OffsetFetchRequest{}, 1).flat();
    const auto read = decode<OffsetFetchRequest>(written, 1);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->topics && read->topics->empty());
    const auto newer = decode<OffsetFetchRequest>(encode(OffsetFetchRequest{}, 8).flat(), 8);
    EXPECT_TRUE(newer && !newer->topics);
}

TEST(Messages, refuse_more_memory_than_their_bytes_warrant) {
    // A megabyte of empty topics: one byte each on the wire once the name is null, 60 in memory.
    Bytes flood(1 << 20, std::byte{1});
    store_be(flood.data(), std::int32_t{1 << 19});
    EXPECT_FALSE(decode<CreateTopicsRequest>(flood, 2));
}

TEST(Messages, skip_unknown_tagged_fields_and_refuse_too_many) {
    HeartbeatResponse response;
    auto bytes = encode(response, 4).flat();
    bytes.back() = std::byte{1};
    for (const int b : {99, 2, 7, 7}) bytes.push_back(static_cast<std::byte>(b));
    EXPECT_TRUE(decode<HeartbeatResponse>(bytes, 4));

    auto flood = encode(response, 4).flat();
    flood.back() = std::byte{65};
    for (int i = 0; i < 65; ++i) {
        flood.push_back(static_cast<std::byte>(i));
        flood.push_back(std::byte{0});
    }
    EXPECT_FALSE(decode<HeartbeatResponse>(flood, 4));
}

TEST(Messages, leave_records_where_they_are) {
    const auto slice = SharedSlice::of(to_bytes("a batch"));
    FetchResponse response;
    auto& partition = response.responses.emplace_back().partitions.emplace_back();
    partition.records = Records{{slice}, false};
    const auto frame = encode(response, 12);
    bool found = false;
    for (const auto piece : frame.views()) found |= piece.data() == slice.bytes.data();
    EXPECT_TRUE(found);
}

TEST(Header, answers_api_versions_without_tagged_fields) {
    const auto plain = response_frame(ApiVersionsResponse{}, 3, 7).flat();
    const auto body = encode(ApiVersionsResponse{}, 3).flat();
    EXPECT_EQ(plain.size(), 4 + 4 + body.size());
    const auto other = response_frame(MetadataResponse{}, 9, 7).flat();
    EXPECT_EQ(other.size(), 4 + 4 + 1 + encode(MetadataResponse{}, 9).size());
}

TEST(Header, comes_back_with_its_body) {
    HeartbeatRequest request;
    request.group_id = "g";
    for (const std::int16_t version : {std::int16_t{0}, std::int16_t{4}}) {
        const auto bytes = request_frame(request, version, 42, "me").flat();
        const auto opened = open_request(ByteView{bytes}.subspan(4), [](auto, std::int16_t v) {
            return HeartbeatRequest::versions.is_flexible(v);
        });
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->header.correlation_id, 42);
        EXPECT_EQ(opened->header.client_id, "me");
        EXPECT_EQ(decode<HeartbeatRequest>(opened->body, version), request);
    }
}

}  // namespace
}  // namespace leat::kafka
