// The judge of groups is judged: planted faults have to be flagged, and good histories not.
#include "group_checker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::crash {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GroupCheckerTest : public testing::Test {
protected:
    GroupCheckerTest() {
        for (int offset = 0; offset < 10; ++offset) checker.delivered(1, offset);
        checker.acknowledged(5);
    }
    GroupChecker checker;
};

TEST_F(GroupCheckerTest, finds_nothing_wrong_with_a_whole_history) {
    checker.acknowledged(8);
    for (int offset = 8; offset < 12; ++offset) checker.delivered(2, offset);
    checker.acknowledged(12);
    checker.committed(12, 12);
    checker.caught_up(12);
    EXPECT_THAT(checker.anomalies(), IsEmpty());
}
TEST_F(GroupCheckerTest, lets_a_member_repeat_what_was_not_committed) {
    checker.delivered(2, 5);
    EXPECT_THAT(checker.anomalies(), IsEmpty());
}
TEST_F(GroupCheckerTest, lets_an_unacknowledged_commit_count) {
    checker.committed(9, 10);
    EXPECT_THAT(checker.anomalies(), IsEmpty());
}
TEST_F(GroupCheckerTest, flags_a_committed_offset_that_goes_back) {
    checker.committed(4, 10);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("went back: 4")));
}
TEST_F(GroupCheckerTest, flags_a_committed_offset_that_is_gone) {
    checker.committed(-1, 10);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("went back: -1")));
}
TEST_F(GroupCheckerTest, flags_a_committed_offset_below_one_that_was_read) {
    checker.committed(9, 10);
    checker.committed(8, 10);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("went back: 8 against 9")));
}
TEST_F(GroupCheckerTest, flags_a_committed_offset_beyond_the_end) {
    checker.committed(11, 10);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("beyond the end: 11")));
}
TEST_F(GroupCheckerTest, flags_a_commit_of_what_nobody_was_given) {
    checker.acknowledged(11);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("nobody was given: 11")));
}
TEST_F(GroupCheckerTest, flags_a_member_that_begins_behind_unseen_records) {
    checker.delivered(2, 11);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("start of an assignment: 11")));
}
TEST_F(GroupCheckerTest, flags_a_member_that_begins_before_what_was_committed) {
    checker.delivered(2, 4);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("before what was committed: 4")));
}
TEST_F(GroupCheckerTest, flags_a_record_that_is_skipped) {
    checker.delivered(1, 11);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("skipped a record: 11")));
}
TEST_F(GroupCheckerTest, flags_a_record_that_comes_again_within_an_assignment) {
    checker.delivered(1, 9);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("went back: 9")));
}
TEST_F(GroupCheckerTest, flags_records_that_the_group_was_never_given) {
    checker.caught_up(11);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("never given to the group: 10")));
}

// A group that was judged at 10, and has gone on to 20 in another assignment since.
class OldGroupTest : public GroupCheckerTest {
protected:
    OldGroupTest() {
        checker.acknowledged(10);
        checker.committed(10, 10);
        checker.caught_up(10);
        for (int offset = 10; offset < 20; ++offset) checker.delivered(2, offset);
        checker.acknowledged(20);
        EXPECT_THAT(checker.anomalies(), IsEmpty());
    }
};

TEST_F(OldGroupTest, finds_nothing_wrong_with_a_group_that_goes_on) {
    checker.committed(20, 20);
    checker.caught_up(20);
    checker.delivered(3, 20);
    EXPECT_THAT(checker.anomalies(), IsEmpty());
}
TEST_F(OldGroupTest, flags_a_committed_offset_that_goes_back_to_an_earlier_check) {
    checker.committed(10, 20);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("went back: 10 against 20")));
}
TEST_F(OldGroupTest, flags_a_committed_offset_that_goes_back_before_an_earlier_check) {
    checker.committed(5, 20);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("went back: 5 against 20")));
}
TEST_F(OldGroupTest, flags_a_member_that_begins_in_what_was_judged) {
    checker.delivered(3, 9);
    EXPECT_THAT(checker.anomalies(), ElementsAre(HasSubstr("before what was committed: 9")));
}
TEST_F(OldGroupTest, flags_a_member_that_goes_back_into_what_was_judged) {
    checker.delivered(1, 9);
    checker.delivered(2, 3);
    EXPECT_THAT(checker.anomalies(),
                ElementsAre(HasSubstr("went back: 9"), HasSubstr("went back: 3")));
}

}  // namespace
}  // namespace leat::crash
