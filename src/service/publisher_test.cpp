// The publisher's queue and what it counts, without a broker.
#include "service/publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace leat::service {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Reports final : rdkafka::Delivery {
    void delivered(const rdkafka::DeliveryReport&) override { ++count; }
    int count = 0;
};

class PublisherWithRoomForOne : public testing::Test {
protected:
    void SetUp() override {
        auto producer = rdkafka::Producer::open({{"bootstrap.servers", "127.0.0.1:1"},
                                                 {"client.id", "orders-producer"},
                                                 {"queue.buffering.max.messages", "1"},
                                                 {"log_level", "0"}});
        ASSERT_TRUE(producer) << producer.error().what;
        publisher = std::make_unique<Publisher>(std::move(*producer), io.get_executor(), metrics);
    }
    void fail_all() {
        while (publisher->outstanding() > 0) {
            publisher->producer().purge();
            ASSERT_EQ(io.run_one_for(std::chrono::seconds{20}), 1U);
        }
    }
    std::string measured() {
        publisher->measure();
        return metrics.text();
    }
    boost::asio::io_context io;
    Metrics metrics;
    std::unique_ptr<Publisher> publisher;
    Reports reports;
};

TEST_F(PublisherWithRoomForOne, tells_what_is_not_acknowledged_with_what_waits_for_room) {
    publisher->send_when_possible({"t", "key", "value", {}}, reports);
    publisher->send_when_possible({"t", "key", std::nullopt, {}}, reports);
    EXPECT_THAT(measured(),
                AllOf(HasSubstr("leat_producer_queue_records{client=\"orders-producer\"} 2\n"),
                      HasSubstr("leat_producer_queue_bytes{client=\"orders-producer\"} 11\n")));
    fail_all();
    EXPECT_EQ(reports.count, 2);
    EXPECT_THAT(measured(),
                AllOf(HasSubstr("leat_producer_queue_records{client=\"orders-producer\"} 0\n"),
                      HasSubstr("leat_producer_queue_bytes{client=\"orders-producer\"} 0\n")));
}

TEST_F(PublisherWithRoomForOne, tells_how_long_each_send_took_be_it_in_vain) {
    publisher->send_when_possible({"t", "key", "value", {}}, reports);
    publisher->send_when_possible({"t", "key", "value", {}}, reports);
    publisher->send_when_possible({"u", "key", "value", {}}, reports);
    fail_all();
    const std::string rest =
        "\",messaging_operation_name=\"send\",messaging_operation_type=\"send\","
        "messaging_system=\"kafka\"} ";
    const std::string count =
        "messaging_client_operation_duration_seconds_count{messaging_destination_name=\"";
    EXPECT_THAT(metrics.text(), AllOf(HasSubstr(count + "t" + rest + "2\n"),
                                      HasSubstr(count + "u" + rest + "1\n")));
}

}  // namespace
}  // namespace leat::service
