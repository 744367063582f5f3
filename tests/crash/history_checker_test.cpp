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

// Six records that are settled, and two of the same producer behind them.
class SettledHistoryTest : public HistoryCheckerTest {
protected:
    SettledHistoryTest() {
        settle();
        for (int i = 6; i < 8; ++i) {
            behind.emplace_back(i, HistoryChecker::value_of(Kind::idempotent, 1, i, 20));
            checker.sent(behind.back().second);
        }
        checker.acknowledged(6, behind[0].second);
    }
    void settle() {
        checker.recovered(0, content);
        checker.settle();
        EXPECT_EQ(checker.settled(), static_cast<std::int64_t>(content.size()));
        EXPECT_THAT(checker.anomalies(), IsEmpty());
    }
    auto verdict_behind() {
        checker.recovered_behind(behind);
        return checker.anomalies();
    }
    auto whole() const {
        auto all = content;
        all.insert(all.end(), behind.begin(), behind.end());
        return all;
    }
    // What the checker says when a reader is given this at the offset of a settled record.
    auto verdict_reread(const std::string& value) {
        content[2].second = value;
        checker.reread(0, 6, content);
        return checker.anomalies();
    }
    HistoryChecker::Content behind;
};

TEST_F(SettledHistoryTest, finds_nothing_wrong_with_a_history_that_goes_on) {
    checker.seen(2, content[2].second);
    checker.reread(0, 6, content);
    checker.reread(2, 4, {content.begin() + 2, content.begin() + 4});
    checker.recovered(0, whole());
    EXPECT_THAT(verdict_behind(), IsEmpty());
    checker.settle();
    EXPECT_EQ(checker.settled(), 8);
    checker.recovered(0, whole());
    checker.recovered_behind({});
    EXPECT_THAT(checker.anomalies(), IsEmpty());
}
TEST_F(SettledHistoryTest, settles_nothing_behind_what_nobody_vouches_for) {
    checker.sent(HistoryChecker::value_of(Kind::idempotent, 1, 8, 20));
    checker.acknowledged(8, HistoryChecker::value_of(Kind::idempotent, 1, 8, 20));
    checker.settle();
    EXPECT_EQ(checker.settled(), 7);
    EXPECT_THAT(verdict_behind(), Contains(HasSubstr("lost although acknowledged: offset 8")));
}
TEST_F(SettledHistoryTest, lets_unacknowledged_unseen_records_behind_it_go) {
    behind.pop_back();
    EXPECT_THAT(verdict_behind(), IsEmpty());
}
TEST_F(SettledHistoryTest, flags_an_acknowledged_record_behind_it_that_is_lost) {
    behind.clear();
    EXPECT_THAT(verdict_behind(), Contains(HasSubstr("lost although acknowledged: offset 6")));
}
TEST_F(SettledHistoryTest, flags_a_hole_right_behind_it) {
    behind.erase(behind.begin());
    EXPECT_THAT(verdict_behind(), Contains(HasSubstr("hole in the offsets")));
}
TEST_F(SettledHistoryTest, flags_settled_records_that_are_lost) {
    content.resize(4);
    checker.recovered(0, content);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("lost although settled: offset 4")));
}
TEST_F(SettledHistoryTest, flags_settled_records_that_a_reader_is_not_given) {
    content.resize(5);
    checker.reread(0, 6, content);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("lost although settled: offset 5")));
}
TEST_F(SettledHistoryTest, flags_a_settled_record_that_a_reader_is_not_given) {
    content.erase(content.begin() + 2);
    checker.reread(0, 6, content);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("not what was asked for: offset 3")));
}
TEST_F(SettledHistoryTest, flags_changed_bytes_of_a_settled_record_in_a_log) {
    content[2].second[10] ^= 1;
    checker.recovered(0, whole());
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("that was settled: offset 2")));
}
TEST_F(SettledHistoryTest, flags_changed_bytes_of_a_settled_record_served_to_a_reader) {
    EXPECT_THAT(verdict_reread(content[2].second + "x"),
                Contains(HasSubstr("that was settled: offset 2")));
}
TEST_F(SettledHistoryTest, flags_another_settled_value_served_to_a_reader) {
    EXPECT_THAT(verdict_reread(content[1].second),
                Contains(HasSubstr("that was settled: offset 2")));
}
TEST_F(SettledHistoryTest, flags_another_value_given_to_a_late_consumer) {
    checker.seen(4, content[5].second);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("that was settled: offset 4")));
}
TEST_F(SettledHistoryTest, flags_a_late_acknowledgement_of_another_value) {
    checker.acknowledged(4, behind[1].second);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("that was settled: offset 4")));
}
TEST_F(SettledHistoryTest, flags_a_settled_record_that_was_only_seen_and_is_gone) {
    content[5].second = behind[0].second;
    checker.recovered(0, whole());
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("that was settled: offset 5")));
}
TEST_F(SettledHistoryTest, flags_a_duplicate_of_a_settled_record) {
    for (const auto& [offset, value] : content) {
        HistoryChecker fresh{checker};
        fresh.stored_behind({behind[0], behind[1], {8, value}});
        EXPECT_THAT(fresh.anomalies(), Contains(HasSubstr("again although settled"))) << offset;
    }
}
TEST_F(SettledHistoryTest, flags_a_duplicate_of_a_settled_record_that_is_acknowledged_or_seen) {
    checker.acknowledged(8, content[3].second);
    checker.seen(9, content[5].second);
    EXPECT_THAT(checker.anomalies(), testing::ElementsAre(HasSubstr("again although settled"),
                                                          HasSubstr("again although settled")));
}
TEST_F(SettledHistoryTest, flags_a_record_older_than_its_producers_settled_ones) {
    // Sent before, and never seen in the log until now.
    const auto late = HistoryChecker::value_of(Kind::idempotent, 1, 3, 30);
    checker.sent(late);
    checker.stored_behind({{6, behind[0].second}, {7, late}});
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("out of order: offset 7")));
    HistoryChecker fresh;
    fresh.sent(content[5].second);
    fresh.seen(0, content[5].second);
    fresh.settle();
    fresh.sent(content[4].second);
    fresh.stored_behind({{1, content[4].second}});
    EXPECT_THAT(fresh.anomalies(), testing::ElementsAre(HasSubstr("out of order: offset 1")));
}
TEST_F(SettledHistoryTest, flags_changed_bytes_behind_it) {
    behind[1].second[10] ^= 1;
    EXPECT_THAT(verdict_behind(), Contains(HasSubstr("changed bytes: offset 7")));
}
TEST_F(SettledHistoryTest, flags_a_duplicate_that_is_seen_too_late_for_recovered) {
    checker.recovered_behind(behind);
    checker.seen(8, behind[1].second);
    checker.settle();
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("duplicate: offset 8")));
}
TEST_F(SettledHistoryTest, flags_a_deletion_that_nobody_asked_for) {
    checker.recovered(6, behind);
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("deleted without being asked")));
}
TEST_F(HistoryCheckerTest, lets_a_plain_producer_repeat_what_was_settled_without_its_ack) {
    send_plain({0, 1, 2});
    checker.acknowledged(6, content[6].second);
    checker.recovered(0, content);
    checker.settle();
    checker.recovered_behind({{9, content[7].second}, {10, content[8].second}});
    EXPECT_THAT(checker.anomalies(), IsEmpty());
    checker.acknowledged(9, content[7].second);
    checker.acknowledged(10, content[8].second);
    checker.settle();
    checker.recovered_behind({{11, content[7].second}});
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("again although settled")));
}
TEST_F(HistoryCheckerTest, flags_a_settled_plain_record_that_comes_again_after_its_ack) {
    send_plain({0, 1});
    checker.acknowledged(6, content[6].second);
    checker.recovered(0, content);
    checker.settle();
    checker.recovered_behind({{8, content[6].second}});
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("again although settled")));
}
TEST_F(HistoryCheckerTest, flags_a_plain_record_older_than_its_producers_settled_ones) {
    send_plain({0, 2});
    checker.recovered(0, content);
    checker.settle();
    checker.sent(HistoryChecker::value_of(Kind::plain, 7, 1, 20));
    checker.recovered_behind({{8, HistoryChecker::value_of(Kind::plain, 7, 1, 20)}});
    EXPECT_THAT(checker.anomalies(), Contains(HasSubstr("out of order: offset 8")));
}

TEST(HistoryChecker, lets_a_record_go_that_was_rewritten_away_and_not_come_back) {
    HistoryChecker checker;
    const auto value = [](int number) {
        return HistoryChecker::value_of(HistoryChecker::Kind::idempotent, 1, number, 0);
    };
    for (int i = 0; i < 3; ++i) {
        checker.sent(value(i));
        checker.acknowledged(i, value(i));
    }
    checker.forgotten(1, false);
    checker.recovered(0, {{0, value(0)}, {1, value(1)}, {2, value(2)}});
    checker.recovered(0, {{0, value(0)}, {2, value(2)}});
    EXPECT_TRUE(checker.anomalies().empty());
    checker.forgotten(1, true);
    checker.recovered(0, {{0, value(0)}, {1, value(1)}, {2, value(2)}});
    EXPECT_EQ(checker.anomalies().size(), 1U);
}

}  // namespace
}  // namespace leat::crash
