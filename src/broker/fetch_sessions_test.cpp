#include "broker/fetch_sessions.hpp"

#include <gtest/gtest.h>

namespace leat::broker {
namespace {

using kafka::ErrorCode;
using kafka::FetchRequest;

FetchRequest asking_for(std::initializer_list<std::int32_t> partitions, std::int32_t id = 0,
                        std::int32_t epoch = 0) {
    FetchRequest request;
    request.session_id = id;
    request.session_epoch = epoch;
    auto& topic = request.topics.emplace_back();
    topic.topic = "t";
    for (const auto p : partitions) topic.partitions.emplace_back().partition = p;
    return request;
}

std::vector<std::int32_t> order_of(const FetchSession& session) {
    std::vector<std::int32_t> order;
    for (const auto& p : session.partitions()) order.push_back(p->wanted.partition);
    return order;
}

TEST(FetchSessions, go_on_with_what_was_asked_for_before) {
    FetchSessions sessions{10};
    const auto first = sessions.open(asking_for({0, 1, 2}), {});
    ASSERT_EQ(first.error, ErrorCode::none);
    EXPECT_FALSE(first.incremental);
    auto next = asking_for({}, first.session->id, 1);
    next.forgotten_topics_data.push_back({"t", {}, {1}});
    const auto second = sessions.open(next, {});
    EXPECT_TRUE(second.incremental);
    EXPECT_EQ(order_of(*second.session), (std::vector<std::int32_t>{0, 2}));
}

TEST(FetchSessions, refuse_an_epoch_out_of_turn_and_an_unknown_id) {
    FetchSessions sessions{10};
    const auto id = sessions.open(asking_for({0}), {}).session->id;
    EXPECT_EQ(sessions.open(asking_for({}, id, 2), {}).error,
              ErrorCode::invalid_fetch_session_epoch);
    EXPECT_EQ(sessions.open(asking_for({}, id + 1, 1), {}).error,
              ErrorCode::fetch_session_id_not_found);
    EXPECT_EQ(sessions.open(asking_for({}, id, 1), {}).error, ErrorCode::none);
}

TEST(FetchSessions, end_with_the_final_epoch) {
    FetchSessions sessions{10};
    const auto id = sessions.open(asking_for({0}), {}).session->id;
    EXPECT_EQ(sessions.open(asking_for({0}, id, -1), {}).session->id, 0);
    EXPECT_EQ(sessions.size(), 0U);
}

TEST(FetchSessions, serve_without_a_session_when_full_until_one_is_idle) {
    FetchSessions sessions{1};
    const MonoTime start{};
    EXPECT_NE(sessions.open(asking_for({0}), start).session->id, 0);
    EXPECT_EQ(sessions.open(asking_for({0}), start + std::chrono::seconds{119}).session->id, 0);
    EXPECT_NE(sessions.open(asking_for({0}), start + std::chrono::seconds{121}).session->id, 0);
}

TEST(FetchSessions, serve_last_what_gave_data) {
    FetchSessions sessions{10};
    const auto session = sessions.open(asking_for({0, 1, 2}), {}).session;
    session->move_to_end(*session->partitions().front());
    EXPECT_EQ(order_of(*session), (std::vector<std::int32_t>{1, 2, 0}));
}

}  // namespace
}  // namespace leat::broker
