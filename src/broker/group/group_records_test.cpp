// The records of `__consumer_offsets` against bytes that Apache Kafka 4.1.1 wrote.
#include "broker/group/group_records.hpp"

#include <gtest/gtest.h>

namespace leat::broker {
namespace {

Bytes unhex(std::string_view text) {
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(
            static_cast<std::byte>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16)));
    return bytes;
}

// A record of a real `__consumer_offsets`, as its segment holds it.
struct Golden {
    const char* key;
    const char* value;  // null: a tombstone
};

constexpr Golden created{"0002000762696c6c696e67",
                         "0003000000000000ffffffff000001a20d29592700000000"};
constexpr Golden stable{
    "0002000762696c6c696e67",
    "00030008636f6e73756d657200000001000572616e6765002b74696c6c2d312d34343132613466632d646532612d34"
    "6165342d613935642d346663393437316461366638000001a20d29596200000001002b74696c6c2d312d3434313261"
    "3466632d646532612d346165342d613935642d346663393437316461366638000674696c6c2d310010636f6e736f6c"
    "652d636f6e73756d6572000a2f3132372e302e302e31000493e00000afc80000001c00030000000100066f72646572"
    "73ffffffff00000000ffffffffffff0000002200030000000100066f72646572730000000300000000000000010000"
    "0002ffffffff"};
constexpr Golden emptied{"0002000762696c6c696e67",
                         "00030008636f6e73756d657200000002ffffffff000001a20d2a0ad800000000"};
constexpr Golden commit{"0001000762696c6c696e6700066f726465727300000000",
                        "0004000000000000001e0000000001000001a20d295b0f00"};
constexpr Golden simple_commit{"0001000673696d706c6500066f726465727300000000",
                               "00040000000000000005ffffffff01000001a20d29646300"};
constexpr Golden commit_removed{"0001000673696d706c6500066f726465727300000000", nullptr};
constexpr Golden group_removed{"0002000673696d706c65", nullptr};
constexpr Golden kip848_member{
    "000500066b6970383438001657504f585871595753654f6354434878515774586a77",
    "0000000011636f6e736f6c652d636f6e73756d65720b2f3132372e302e302e3102076f726465727301000493e00001"
    "000100"};

DecodedRecord decoded(const Golden& golden) {
    const auto key = unhex(golden.key);
    const auto value = unhex(golden.value ? golden.value : "");
    auto record =
        decode_group_record(key, golden.value ? std::optional<ByteView>{value} : std::nullopt);
    return std::move(record).value();
}

GroupRecord encoded(const DecodedRecord& record) {
    if (const auto* offset = std::get_if<DecodedOffset>(&record))
        return offset->value ? offset_record(offset->key, *offset->value)
                             : offset_tombstone(offset->key);
    const auto& group = std::get<DecodedGroup>(record);
    return group.value ? group_record(group.group_id, *group.value)
                       : group_tombstone(group.group_id);
}

TEST(GroupRecords, are_written_byte_for_byte_as_kafka_writes_them) {
    for (const auto& golden :
         {created, stable, emptied, commit, simple_commit, commit_removed, group_removed}) {
        const auto record = encoded(decoded(golden));
        EXPECT_EQ(record.key, unhex(golden.key)) << golden.key;
        EXPECT_EQ(record.value.has_value(), golden.value != nullptr) << golden.key;
        if (golden.value) {
            EXPECT_EQ(*record.value, unhex(golden.value)) << golden.value;
        }
    }
}

TEST(GroupRecords, of_a_stable_group_tell_its_members) {
    const auto group = std::get<DecodedGroup>(decoded(stable));
    EXPECT_EQ(group.group_id, "billing");
    ASSERT_TRUE(group.value);
    EXPECT_EQ(group.value->protocol_type, "consumer");
    EXPECT_EQ(group.value->protocol, "range");
    EXPECT_EQ(group.value->generation, 1);
    EXPECT_EQ(group.value->current_state_timestamp, 1795517143394);
    ASSERT_EQ(group.value->members.size(), 1u);
    const auto& member = group.value->members.front();
    EXPECT_EQ(group.value->leader, member.member_id);
    EXPECT_EQ(member.group_instance_id, "till-1");
    EXPECT_EQ(member.client_id, "console-consumer");
    EXPECT_EQ(member.client_host, "/127.0.0.1");
    EXPECT_EQ(member.rebalance_timeout, 300000);
    EXPECT_EQ(member.session_timeout, 45000);
}

TEST(GroupRecords, of_a_commit_tell_the_offset_and_its_leader_epoch) {
    const auto offset = std::get<DecodedOffset>(decoded(commit));
    EXPECT_EQ(offset.key, (kafka::OffsetCommitKey{"billing", "orders", 0}));
    ASSERT_TRUE(offset.value);
    EXPECT_EQ(offset.value->offset, 30);
    EXPECT_EQ(offset.value->leader_epoch, 0);
    EXPECT_EQ(offset.value->metadata, "");
    EXPECT_EQ(offset.value->expire_timestamp, -1);
}

TEST(GroupRecords, keep_an_expire_timestamp_by_using_version_1) {
    kafka::OffsetCommitValue value;
    value.offset = 7;
    value.metadata = "m";
    value.commit_timestamp = 1000;
    value.expire_timestamp = 2000;
    const auto record = offset_record({"g", "t", 3}, value);
    EXPECT_EQ(load_be<std::int16_t>(record.value->data()), 1);
    const auto back =
        std::get<DecodedOffset>(*decode_group_record(record.key, ByteView{*record.value}));
    EXPECT_EQ(back.value, value);
}

TEST(GroupRecords, of_newer_protocols_are_told_apart_by_their_type) {
    EXPECT_EQ(std::get<DecodedUnknown>(decoded(kip848_member)).type, 5);
}

TEST(GroupRecords, that_are_damaged_are_refused_with_a_sentence) {
    const auto key = unhex(commit.key);
    const auto value = unhex(commit.value);
    EXPECT_EQ(decode_group_record(ByteView{key}.first(1), ByteView{value}).error().code,
              Errc::corrupt);
    EXPECT_EQ(decode_group_record(ByteView{key}.first(9), ByteView{value}).error().code,
              Errc::corrupt);
    EXPECT_EQ(decode_group_record(key, ByteView{value}.first(1)).error().code, Errc::corrupt);
    EXPECT_EQ(decode_group_record(key, ByteView{value}.first(9)).error().code, Errc::corrupt);
    const auto newer = unhex("0005000000000000001e");
    const auto error = decode_group_record(key, ByteView{newer}).error();
    EXPECT_EQ(error.code, Errc::unsupported);
    EXPECT_NE(error.what.find("version 5"), std::string::npos) << error.what;
}

// The first three were seen in a real broker's directory, the others computed by Java.
TEST(GroupPartition, is_where_kafka_puts_the_group) {
    EXPECT_EQ(state_partition("simple", 50), 26);
    EXPECT_EQ(state_partition("kip848", 50), 8);
    EXPECT_EQ(state_partition("billing", 50), 9);
    EXPECT_EQ(state_partition("b\xc3\xbc"
                              "cher",
                              50),
              8);
    EXPECT_EQ(state_partition("commande-\xe2\x82\xac", 50), 47);
    EXPECT_EQ(state_partition("emoji-\xf0\x9f\x98\x80", 50), 6);
    EXPECT_EQ(state_partition("a-rather-long-group-id-0123456789", 50), 47);
    EXPECT_EQ(state_partition("", 50), 0);
    EXPECT_EQ(state_partition("polygenelubricants", 50), 0);  // its hash is the smallest integer
}

TEST(JavaLength, counts_units_of_utf_16) {
    EXPECT_EQ(java_length("abc"), 3u);
    EXPECT_EQ(java_length("\xc3\xa9"), 1u);
    EXPECT_EQ(java_length("\xe2\x82\xac"), 1u);
    EXPECT_EQ(java_length("\xf0\x9f\x98\x80"), 2u);
    EXPECT_EQ(java_length("\xff"), 1u);
}

}  // namespace
}  // namespace leat::broker
