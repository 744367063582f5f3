// The judge is judged: every kind of planted fault has to be flagged, and a good history not.
#include "history_checker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::crash {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = HistoryChecker::Kind;

class HistoryCheckerTest : public testing::Test {
protected:
    HistoryCheckerTest() {
        for (int i = 0; i < 6; ++i) {
            content.emplace_back(i, HistoryChecker::value_of(Kind::idempotent, 1, i, 20));
            checker.sent(content.back().second);
        }
        checker.acknowledged(0, content[0].second);
        checker.acknowledged(3, content[3].second);
        checker.seen(4, content[4].second);
    }
    auto verdict() {
        checker.recovered(0, content);
        return checker.anomalies();
    }
    // Behind what is there: the numbers of a plain producer, in the order of the log.
    void send_plain(const std::vector<int>& numbers) {
        for (const auto number : numbers) {
            content.emplace_back(static_cast<std::int64_t>(content.size()),
                                 HistoryChecker::value_of(Kind::plain, 7, number, 20));
            checker.sent(content.back().second);
        }
    }
    HistoryChecker checker;
    HistoryChecker::Content content;
};

TEST_F(HistoryCheckerTest, finds_nothing_wrong_with_a_whole_history) {
    EXPECT_THAT(verdict(), IsEmpty());
}
TEST_F(HistoryCheckerTest, lets_unacknowledged_unseen_records_go) {
    content.pop_back();
    EXPECT_THAT(verdict(), IsEmpty());
}
TEST_F(HistoryCheckerTest, flags_an_acknowledged_record_that_is_lost) {
    content.resize(3);
    EXPECT_THAT(verdict(), Contains(HasSubstr("lost although acknowledged: offset 3")));
}
TEST_F(HistoryCheckerTest, flags_a_record_that_was_seen_and_is_gone) {
    content.resize(4);
    EXPECT_THAT(verdict(), Contains(HasSubstr("gone although it was seen: offset 4")));
}
TEST_F(HistoryCheckerTest, flags_changed_bytes) {
    content[5].second[10] ^= 1;
    EXPECT_THAT(verdict(), Contains(HasSubstr("changed bytes: offset 5")));
}
TEST_F(HistoryCheckerTest, flags_another_value_at_an_acknowledged_offset) {
    std::swap(content[3].second, content[5].second);
    EXPECT_THAT(verdict(), Contains(HasSubstr("lost although acknowledged: offset 3")));
}
TEST_F(HistoryCheckerTest, flags_a_duplicate_of_an_idempotent_producer) {
    content.emplace_back(6, content[5].second);
    EXPECT_THAT(verdict(), Contains(HasSubstr("duplicate: offset 6")));
}
TEST_F(HistoryCheckerTest, flags_records_out_of_their_producers_order) {
    std::swap(content[1].second, content[2].second);
    EXPECT_THAT(verdict(), Contains(HasSubstr("out of order")));
}
TEST_F(HistoryCheckerTest, lets_a_plain_producer_repeat_what_was_not_acknowledged) {
    send_plain({0, 1, 0, 1, 2});
    checker.acknowledged(8, content[8].second);
    EXPECT_THAT(verdict(), IsEmpty());
}
TEST_F(HistoryCheckerTest, flags_a_plain_record_that_comes_again_after_its_acknowledgement) {
    send_plain({0, 1, 0});
    checker.acknowledged(6, content[6].second);
    EXPECT_THAT(verdict(), Contains(HasSubstr("again after its ack: offset 8")));
}
TEST_F(HistoryCheckerTest, flags_plain_records_out_of_their_producers_order) {
    send_plain({0, 2, 1});
    EXPECT_THAT(verdict(), Contains(HasSubstr("out of order: offset 8")));
}
TEST_F(HistoryCheckerTest, flags_a_value_that_was_sent_elsewhere) {
    content.emplace_back(6, HistoryChecker::value_of(Kind::idempotent, 2, 0, 20));
    EXPECT_THAT(verdict(), Contains(HasSubstr("changed bytes: offset 6")));
}
TEST_F(HistoryCheckerTest, flags_two_acknowledgements_of_one_offset) {
    checker.acknowledged(3, content[2].second);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("two values at one offset")));
}
TEST_F(HistoryCheckerTest, does_not_hold_what_lies_on_the_disk_for_seen) {
    checker.stored(0, content);
    content.pop_back();
    EXPECT_THAT(verdict(), IsEmpty());
}
TEST_F(HistoryCheckerTest, flags_an_acknowledged_record_that_is_not_on_the_disk) {
    content.resize(3);
    checker.stored(0, content);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("lost although acknowledged: offset 3")));
}
TEST_F(HistoryCheckerTest, flags_a_hole_in_the_offsets) {
    content.erase(content.begin() + 1);
    EXPECT_THAT(verdict(), Contains(HasSubstr("hole in the offsets")));
}
TEST_F(HistoryCheckerTest, flags_a_deletion_that_nobody_asked_for) {
    content.erase(content.begin());
    checker.recovered(1, content);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("deleted without being asked")));
}
TEST_F(HistoryCheckerTest, flags_deleted_records_that_come_back) {
    checker.deleted_below(2, true);
    EXPECT_THAT(verdict(), Contains(HasSubstr("came back")));
}
TEST_F(HistoryCheckerTest, flags_two_values_seen_at_one_offset) {
    checker.seen(4, content[5].second);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("two values at one offset")));
}
TEST_F(HistoryCheckerTest, flags_a_broken_value_served_to_a_reader) {
    checker.seen(5, content[5].second.substr(0, 12));
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("changed bytes")));
}

}  // namespace
}  // namespace leat::crash
