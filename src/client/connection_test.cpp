// The handshake and the frames of one connection, against a broker that misbehaves on purpose.
#include "client/connection.hpp"

#include <gmock/gmock.h>

#include "client/testing/fake_broker.hpp"
#include "kafka/messages/metadata.hpp"

namespace leat::client {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using ::testing::HasSubstr;

MonoTime soon() { return now() + 30s; }

kafka::ApiVersionsResponse speaks_metadata(std::int16_t min, std::int16_t max) {
    kafka::ApiVersionsResponse response;
    response.api_keys.push_back({static_cast<std::int16_t>(ApiKey::metadata), min, max});
    return response;
}

Result<Connection> open(const FakeBroker& broker, MonoTime deadline = soon()) {
    return Connection::open({"127.0.0.1", broker.port()}, {}, deadline);
}

TEST(Connection, negotiates_at_version_3_first) {
    FakeBroker broker{[](const Asked& asked) { return answer(asked, speaks_metadata(0, 4)); }};
    const auto connection = open(broker);
    ASSERT_TRUE(connection.ok()) << connection.error().what;
    EXPECT_EQ(broker.asked(ApiKey::api_versions).size(), 1U);
    EXPECT_EQ(broker.asked(ApiKey::api_versions)[0].version, 3);
    EXPECT_EQ(*connection->version_of(ApiKey::metadata, {.min = 0, .max = 12}), 4);
}

TEST(Connection, falls_back_when_the_broker_answers_in_version_0_that_it_knows_no_version_3) {
    FakeBroker broker{[](const Asked& asked) {
        auto response = speaks_metadata(1, 5);
        if (asked.version > 0) response.error_code = ErrorCode::unsupported_version;
        return kafka::response_frame(response, 0, asked.correlation_id).flat();
    }};
    const auto connection = open(broker);
    ASSERT_TRUE(connection.ok()) << connection.error().what;
    EXPECT_EQ(broker.asked(ApiKey::api_versions).size(), 2U);
    EXPECT_EQ(*connection->version_of(ApiKey::metadata, {.min = 0, .max = 12}), 5);
}

TEST(Connection, falls_back_on_a_new_connection_when_the_broker_hangs_up_on_version_3) {
    FakeBroker broker{[](const Asked& asked) -> std::optional<Bytes> {
        if (asked.version > 0) return std::nullopt;
        return answer(asked, speaks_metadata(0, 1));
    }};
    const auto connection = open(broker);
    ASSERT_TRUE(connection.ok()) << connection.error().what;
    EXPECT_EQ(broker.asked(ApiKey::api_versions).size(), 2U);
}

TEST(Connection, names_both_ranges_when_no_version_is_common) {
    FakeBroker broker{[](const Asked& asked) { return answer(asked, speaks_metadata(0, 1)); }};
    const auto connection = open(broker);
    ASSERT_TRUE(connection.ok());
    const auto version = connection->version_of(ApiKey::metadata, {.min = 4, .max = 12});
    ASSERT_FALSE(version.ok());
    EXPECT_EQ(version.error().code, Errc::unsupported);
    EXPECT_THAT(version.error().what, HasSubstr("it offers 0 to 1, this program 4 to 12"));
}

TEST(Connection, refuses_an_api_that_the_broker_does_not_offer) {
    FakeBroker broker{[](const Asked& asked) { return answer(asked, speaks_metadata(0, 1)); }};
    const auto connection = open(broker);
    ASSERT_TRUE(connection.ok());
    EXPECT_EQ(connection->version_of(ApiKey::fetch, {.min = 4, .max = 12}).error().code,
              Errc::unsupported);
}

Error metadata_error_after(FakeBroker::Script misbehave, MonoTime deadline = soon()) {
    FakeBroker broker{[&](const Asked& asked) -> std::optional<Bytes> {
        if (asked.api == ApiKey::api_versions) return answer(asked, speaks_metadata(0, 9));
        return misbehave(asked);
    }};
    auto connection = open(broker);
    check(connection.ok(), "negotiated");
    auto response = connection->call<kafka::MetadataResponse>(kafka::MetadataRequest{}, deadline);
    EXPECT_TRUE(connection->broken());
    return response.ok() ? Error{Errc::io, "no error at all"} : response.error();
}

TEST(Connection, refuses_a_response_to_another_request) {
    const auto error = metadata_error_after([](const Asked& asked) {
        return kafka::response_frame(kafka::MetadataResponse{}, asked.version, 4711).flat();
    });
    EXPECT_EQ(error.code, Errc::corrupt);
    EXPECT_FALSE(error.retriable);
}

TEST(Connection, refuses_a_response_that_is_cut_off) {
    const auto error = metadata_error_after([](const Asked& asked) {
        auto frame = answer(asked, kafka::MetadataResponse{});
        frame.pop_back();
        store_be<std::int32_t>(frame.data(), static_cast<std::int32_t>(frame.size() - 4));
        return frame;
    });
    EXPECT_EQ(error.code, Errc::corrupt);
}

TEST(Connection, refuses_an_absurd_size_before_it_takes_memory) {
    for (const std::int32_t size : {-1, 0, 3, 0x48545450}) {  // the last is "HTTP"
        const auto error = metadata_error_after([&](const Asked&) {
            Bytes frame(4);
            store_be(frame.data(), size);
            return frame;
        });
        EXPECT_EQ(error.code, Errc::corrupt) << size;
        EXPECT_THAT(error.what, HasSubstr("is this a Kafka port?"));
    }
}

TEST(Connection, says_that_the_broker_hung_up) {
    const auto error = metadata_error_after([](const Asked&) { return std::nullopt; });
    EXPECT_EQ(error.code, Errc::unavailable);
    EXPECT_TRUE(error.retriable);
    EXPECT_THAT(error.what, HasSubstr("the broker closed the connection"));
}

TEST(Connection, gives_up_at_the_deadline_on_a_silent_broker) {
    const auto error = metadata_error_after([](const Asked&) { return Bytes{}; }, now() + 20ms);
    EXPECT_EQ(error.code, Errc::timed_out);
}

TEST(Connection, does_not_negotiate_with_something_that_is_no_kafka) {
    FakeBroker broker{[](const Asked&) { return to_bytes("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
    const auto connection = open(broker);
    ASSERT_FALSE(connection.ok());
    EXPECT_EQ(connection.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace leat::client
