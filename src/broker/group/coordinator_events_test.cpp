// What an operator is told of groups.
#include "broker/group/coordinator_fixture.hpp"

namespace leat::broker {
namespace {

class GroupEvents : public CoordinatorTest {
protected:
    // The events of the oldest write's outcome.
    std::vector<GroupEvent> written(ErrorCode outcome = ErrorCode::none) {
        if (pending.empty()) return {};
        const auto id = pending.front().id;
        pending.pop_front();
        return coordinator->on_persisted(id, outcome, now).events;
    }
};

TEST_F(GroupEvents, tell_of_a_group_that_has_formed_when_its_assignment_is_durable) {
    const auto member = join_now({});
    durable_at_once = false;
    sync(member, 1, {{member, "all"}});
    const auto events = written();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].group_id, "g");
    EXPECT_EQ(events[0].generation, 1);
    EXPECT_EQ(events[0].members, 1U);
}

TEST_F(GroupEvents, tell_when_the_last_member_has_gone) {
    const auto members = stable_group(1);
    durable_at_once = false;
    leave({{.member_id = members[0], .group_instance_id = {}, .reason = {}}});
    const auto events = written();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].members, 0U);
}

TEST_F(GroupEvents, tell_nothing_that_is_not_durable) {
    const auto member = join_now({});
    durable_at_once = false;
    sync(member, 1, {{member, "all"}});
    EXPECT_TRUE(written(ErrorCode::kafka_storage_error).empty());
}

}  // namespace
}  // namespace leat::broker
