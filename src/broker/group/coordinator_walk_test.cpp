// Random walks of many clients through the coordinator, judged after every step.
#include <cstdlib>
#include <random>

#include "broker/group/coordinator_fixture.hpp"
#include "broker/group/group_records.hpp"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;

// One client as the coordinator's answers make it: it joins, syncs, commits, beats, leaves, hangs.
struct Client {
    std::string member_id{};
    std::optional<std::string> instance{};
    std::int16_t version = 9;
    std::int32_t generation = -1;
    bool leads = false;
    std::vector<std::string> members{};  // as told to the leader
    std::optional<RequestToken> join{};
    std::optional<RequestToken> sync{};
    std::optional<std::string> assignment{};
};

class GroupWalk : public CoordinatorTest, public ::testing::WithParamInterface<unsigned> {
protected:
    using Random = std::mt19937_64;

    std::size_t below(std::size_t limit) { return random() % limit; }
    bool chance(unsigned percent) { return below(100) < percent; }

    void step() {
        auto& client = clients[below(clients.size())];
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
                return begin_join(client);
            case 3:
            case 4:
                return begin_sync(client);
            case 5:
            case 6:
                return commit_next(client);
            case 7:
                if (!client.member_id.empty()) heartbeat(client.member_id, client.generation);
                return;
            case 8:
                return chance(25) ? go(client) : void();
            case 9:
                return advance(std::chrono::milliseconds{below(chance(10) ? 9'000 : 900)});
            case 10:
                return settle_some();
            default:
                return chance(2) ? crash() : void();
        }
    }

    void begin_join(Client& client) {
        if (client.join && !chance(5)) return;    // now and then a client retries too early
        if (chance(2)) client.member_id.clear();  // it was restarted
        Join how{
            .member_id = client.member_id, .version = client.version, .instance = client.instance};
        how.rebalance_ms = 5'000;
        if (chance(10)) how.topics.push_back("more");
        if (chance(30)) how.protocols.push_back("sticky");
        const auto t = join(how);
        sent.insert(t);
        client.join = t;
        client.sync.reset();
        client.assignment.reset();
    }

    void begin_sync(Client& client) {
        if (client.generation < 0 || client.join || client.sync) return;
        std::map<std::string, std::string> assignments;
        // What a member is given names the member and the generation: any mix-up shows.
        if (client.leads)
            for (const auto& id : client.members)
                assignments[id] = id + "@" + std::to_string(client.generation);
        const auto t = sync(client.member_id, client.generation, assignments, client.instance);
        sent.insert(t);
        client.sync = t;
    }

    void commit_next(Client& client) {
        const auto partition = static_cast<std::int32_t>(below(4));
        Commit what{.offset = ++last_offset, .partition = partition};
        if (chance(90)) {
            what.generation = client.generation;
            what.member_id = client.member_id;
        }
        const auto t = commit(what);
        sent.insert(t);
        commits[t] = {partition, what.offset, what.generation};
        look();
    }

    void go(Client& client) {
        if (client.member_id.empty()) return;
        sent.insert(leave(
            {{.member_id = client.member_id, .group_instance_id = client.instance, .reason = {}}}));
        client.member_id.clear();
        client.generation = -1;
        client.assignment.reset();
    }

    void settle_some() {
        for (auto n = below(4); n > 0 && !pending.empty(); --n) {
            const bool fails = chance(2);
            settle_one(fails ? ErrorCode::message_too_large : ErrorCode::none);
            if (fails) look();
            if (fails) ++disruptions;
        }
    }

    void crash() {
        // Whatever was not durable is gone, and so is every connection.
        for (const auto t : sent) abandoned.insert(t);
        look();
        ++disruptions;
        restart();
        for (auto& client : clients) {
            client.join.reset();
            client.sync.reset();
        }
    }

    // Takes in the answers that have come.
    void look() {
        for (auto& client : clients) {
            if (client.join && answered(*client.join)) take_join(client);
            if (client.sync && answered(*client.sync)) take_sync(client);
        }
        for (const auto& [t, what] : commits) {
            if (!answered(t) || commit_error(t) != ErrorCode::none) continue;
            acknowledged[what.partition] = std::max(acknowledged[what.partition], what.offset);
        }
        std::erase_if(commits, [this](const auto& entry) { return answered(entry.first); });
    }

    void take_join(Client& client) {
        const auto response = joined(*client.join);
        client.join.reset();
        if (response.error_code == ErrorCode::member_id_required)
            client.member_id = response.member_id;
        if (response.error_code == ErrorCode::unknown_member_id
            || response.error_code == ErrorCode::fenced_instance_id)
            client.member_id.clear();
        client.generation = -1;
        if (response.error_code != ErrorCode::none) return;
        client.member_id = response.member_id;
        client.generation = response.generation_id;
        client.leads = response.leader == response.member_id && !response.skip_assignment;
        client.members.clear();
        for (const auto& member : response.members) client.members.push_back(member.member_id);
        EXPECT_EQ(client.leads, client.leads && !response.members.empty());
        // One leader a generation, whoever is asked; a static one may return under a new id.
        const auto key = std::pair{disruptions, response.generation_id};
        const auto stem = response.leader.substr(0, response.leader.find('-'));
        const auto [known, first] = leaders.emplace(key, response.leader);
        EXPECT_TRUE(first || known->second == response.leader || stem == "s")
            << known->second << " and " << response.leader << " lead generation "
            << response.generation_id;
    }

    void take_sync(Client& client) {
        const auto response = synced(*client.sync);
        client.sync.reset();
        if (response.error_code != ErrorCode::none) return;
        const std::string text{as_text(response.assignment)};
        client.assignment = text;
        if (text.empty()) return;  // it came back under a new id before the leader knew it
        const auto at = text.rfind('@');
        EXPECT_EQ(text.substr(at + 1), std::to_string(client.generation))
            << "of another generation";
        EXPECT_TRUE(client.instance || text.substr(0, at) == client.member_id)
            << text << " is given to " << client.member_id;
    }

    void judge_now() {
        look();
        const auto group = described();
        std::set<std::string> ids;
        for (const auto& member : group.members) ids.insert(member.member_id);
        EXPECT_EQ(ids.size(), group.members.size());
        const bool nobody = group.group_state == "Empty" || group.group_state == "Dead";
        if (group.group_state != "PreparingRebalance") {
            EXPECT_EQ(group.members.empty(), nobody) << group.group_state;
        }
        for (const auto& [partition, offset] : acknowledged)
            EXPECT_GE(fetched("orders", partition), offset) << "an acknowledged commit is lost";
    }

    struct Committed {
        std::int32_t partition;
        std::int64_t offset;
        std::int32_t generation;
    };

    Random random{GetParam()};
    std::vector<Client> clients;
    std::set<RequestToken> sent;
    std::set<RequestToken> abandoned;
    std::map<RequestToken, Committed> commits;
    std::map<std::int32_t, std::int64_t> acknowledged;
    std::map<std::pair<std::size_t, std::int32_t>, std::string> leaders;
    std::int64_t last_offset = 0;
    std::size_t disruptions = 0;  // a generation that was not durable may come again after one
};

TEST_P(GroupWalk, keeps_every_promise) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    durable_at_once = false;
    for (int i = 0; i < 8; ++i) {
        Client client;
        if (i % 3 == 0) client.instance = "s" + std::to_string(i);
        client.version = static_cast<std::int16_t>(i % 2 == 0 ? 9 : 3);
        if (client.instance) client.version = 9;
        clients.push_back(client);
    }
    for (int i = 0; i < 3'000 && !HasFailure(); ++i) {
        step();
        judge_now();
    }
    // All fall silent: sessions end, and every request has had its one answer.
    for (int i = 0; i < 400; ++i) {
        settle();
        advance(1s);
    }
    settle();
    for (const auto t : sent)
        EXPECT_TRUE(answered(t) || abandoned.count(t) != 0) << "token " << t << " waits for ever";
    EXPECT_EQ(state(), "Empty");
    std::map<std::int32_t, std::int64_t> seen;
    for (std::int32_t partition = 0; partition < 4; ++partition)
        seen[partition] = fetched("orders", partition);
    const auto home = state_partition("g", 50);
    log = {{home, *coordinator->snapshot(home)}};
    restart();
    for (std::int32_t partition = 0; partition < 4; ++partition)
        EXPECT_EQ(fetched("orders", partition), seen[partition]);
}

INSTANTIATE_TEST_SUITE_P(Seeds, GroupWalk, ::testing::Range(1U, 25U));

}  // namespace
}  // namespace leat::broker
