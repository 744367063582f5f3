// `leat consume --group` against a broker that refuses or answers nonsense.
#include "cli/leat_for_test.hpp"
#include "client/assignor.hpp"
#include "client/testing/fake_broker.hpp"
#include "kafka/messages/group.hpp"
#include "kafka/messages/group_admin.hpp"
#include "kafka/messages/list_offsets.hpp"
#include "kafka/messages/offsets.hpp"

namespace leat::cli {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct GroupAnswers {
    Bytes assignment = client::write_assignment({{"t", 0}});
    ErrorCode offset_error = ErrorCode::none;
};

Bytes offsets_answer(const client::Asked& asked, ErrorCode error_of_partition) {
    kafka::OffsetFetchResponse response;
    auto& group = response.groups.emplace_back();
    group.group_id = "g";
    auto& topic = group.topics.emplace_back();
    topic.name = "t";
    auto& partition = topic.partitions.emplace_back();
    partition.committed_offset = -1;
    partition.error_code = error_of_partition;
    return client::answer(asked, response);
}

Bytes joined_answer(const client::Asked& asked) {
    kafka::JoinGroupResponse response;
    response.generation_id = 1;
    response.protocol_type = "consumer";
    response.protocol_name = "range";
    response.member_id = "me";
    response.leader = "another";
    return client::answer(asked, response);
}

Bytes ends_answer(const client::Asked& asked) {
    kafka::ListOffsetsResponse response;
    auto& topic = response.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back().offset = 0;
    return client::answer(asked, response);
}

// A group of one whose coordinator answers with what the test says.
client::FakeBroker::Script group_script(const GroupAnswers& said) {
    return [&said](const client::Asked& asked) -> std::optional<Bytes> {
        switch (asked.api) {
            case ApiKey::find_coordinator: {
                kafka::FindCoordinatorResponse response;
                auto& coordinator = response.coordinators.emplace_back();
                coordinator.key = "g";
                coordinator.node_id = 1;
                return client::answer(asked, response);
            }
            case ApiKey::join_group:
                return joined_answer(asked);
            case ApiKey::sync_group: {
                kafka::SyncGroupResponse response;
                response.assignment = said.assignment;
                return client::answer(asked, response);
            }
            case ApiKey::list_offsets:
                return ends_answer(asked);
            case ApiKey::offset_fetch:
                return offsets_answer(asked, said.offset_error);
            case ApiKey::offset_commit:
                return client::answer(asked, kafka::OffsetCommitResponse{});
            case ApiKey::leave_group:
                return client::answer(asked, kafka::LeaveGroupResponse{});
            default:
                return std::nullopt;
        }
    };
}

TEST(ConsumeInGroup, ends_without_a_commit_when_it_cannot_read_what_is_committed) {
    const GroupAnswers said{.offset_error = ErrorCode::topic_authorization_failed};
    const client::OneNode node{group_script(said)};
    Leat leat;
    leat.session.bootstrap = node.broker.address();
    EXPECT_EQ(leat.run({"consume", "t", "-g", "g", "-e"}), exit_refused);
    EXPECT_THAT(leat.said, HasSubstr("cannot read what group 'g' has committed of t-0: "
                                     "TOPIC_AUTHORIZATION_FAILED"));
    EXPECT_THAT(node.broker.asked(ApiKey::offset_commit), IsEmpty());
    EXPECT_EQ(node.broker.asked(ApiKey::leave_group).size(), 1U);
}

TEST(ConsumeInGroup, commits_where_it_begins_when_nothing_is_committed) {
    const GroupAnswers said;
    const client::OneNode node{group_script(said)};
    Leat leat;
    leat.session.bootstrap = node.broker.address();
    EXPECT_EQ(leat.run({"consume", "t", "-g", "g", "-e"}), exit_ok) << leat.said;
    EXPECT_EQ(node.broker.asked(ApiKey::offset_commit).size(), 1U);
}

TEST(ConsumeInGroup, ends_with_a_sentence_when_it_cannot_read_its_assignment) {
    const GroupAnswers said{.assignment = Bytes(7, std::byte{0x7f})};
    const client::OneNode node{group_script(said)};
    Leat leat;
    leat.session.bootstrap = node.broker.address();
    EXPECT_EQ(leat.run({"consume", "t", "-g", "g", "-e"}), exit_refused);
    EXPECT_THAT(leat.said, HasSubstr("cannot join group 'g': what its leader assigned is 7 bytes"));
}

}  // namespace
}  // namespace leat::cli
