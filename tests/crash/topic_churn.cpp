#include "topic_churn.hpp"

#include <set>

#include "storage/testing/remove_tree.hpp"

namespace leat::crash {
namespace {

const storage::TopicPartition the_partition{"u", 0};
const std::string topic_key = "topic/u";
const std::string deleting_prefix = "deleting/";

}  // namespace

Result<void> TopicChurn::open() {
    std::set<std::string> deleting;
    world_.state->for_each(deleting_prefix, [&](const std::string& key, const std::string&) {
        deleting.insert(key.substr(deleting_prefix.size()));
    });
    const auto found = world_.data_dir->partitions();
    if (!found) return found.error();
    std::string in_folder;
    for (const auto& [partition, topic_id] : *found)
        if (partition == the_partition) in_folder = topic_id.to_string();
    // A folder whose id a power cut took was never synced: it goes with the first.
    if (in_folder == Uuid{}.to_string() && !deleting.empty()) in_folder = *deleting.begin();
    for (const auto& id : deleting)
        if (auto removed = remove_folder(id, id == in_folder); !removed) return removed;
    if (const auto* id = world_.state->find(topic_key)) return open_log(*id);
    return {};
}

void TopicChurn::step() {
    auto* topic = current();
    if (change_ && world_.one_in(12)) std::exchange(change_, nullptr)();
    if (busy_) return;
    if (topic == nullptr) return create();
    if (world_.one_in(8))
        remove();
    else if (world_.one_in(6))
        topic->read_some();
    else
        topic->send();
}

void TopicChurn::create() {
    busy_ = true;
    const auto id = world_.random_id().to_string();
    world_.note("create the topic " + id);
    world_.change_state({{topic_key, id}}, [this, id] {
        busy_ = false;
        const auto opened = open_log(id);
        if (!opened && !world_.disk.is_dead())
            world_.anomaly("a topic could not be created: " + opened.error().what);
        if (opened && current()->log()->end_offset() != 0)
            world_.anomaly("a topic created anew has records");
    });
}

Result<void> TopicChurn::open_log(const std::string& id) {
    auto opened = world_.data_dir->open_log(the_partition, *Uuid::parse(id), world_.config,
                                            world_.clock.wall_ms());
    if (!opened) return opened.error();
    auto& topic = lives_[id];
    if (!topic) topic = std::make_unique<TestedLog>(world_, static_cast<int>(lives_.size()));
    topic->attach(std::move(*opened));
    world_.flusher->add(the_partition, topic->log());
    id_ = id;
    return {};
}

void TopicChurn::remove() {
    busy_ = true;
    world_.note("delete the topic");
    const auto removal = std::make_shared<Removal>();
    removal->id = std::exchange(id_, {});
    const auto log = lives_.at(removal->id)->log();
    lives_.at(removal->id)->detach();
    world_.flusher->remove(*log, [this, removal, log] {
        if (std::exchange(removal->idle, true)) world_.anomaly("a log was idle twice");
        if (log->is_syncing()) world_.anomaly("a log is idle while a sync of it runs");
        advance(*removal);
    });
    change_ = [this, removal] {
        world_.change_state({{topic_key, std::nullopt}, {deleting_prefix + removal->id, "u"}},
                            [this, removal] { advance(*removal); });
    };
    // The change may be long in coming: until then a power cut undoes the removal.
    if (world_.one_in(2)) std::exchange(change_, nullptr)();
}

void TopicChurn::advance(Removal& removal) {
    if (--removal.awaited > 0) return;
    busy_ = false;
    const auto removed = remove_folder(removal.id, true);
    if (!removed && !world_.disk.is_dead())
        world_.anomaly("a topic could not be deleted: " + removed.error().what);
}

Result<void> TopicChurn::remove_folder(const std::string& id, bool exists) {
    std::optional<std::string> path;
    if (exists) {
        auto renamed = world_.data_dir->delete_log(the_partition);
        if (!renamed) return renamed.error();
        path = std::move(*renamed);
    }
    world_.note("the topic's folder is renamed");
    const auto durable = std::make_shared<bool>(false);
    world_.pool.run(
        [&disk = world_.disk, path, durable] {
            *durable = disk.sync_dir("data").ok();
            if (*durable && path) (void)storage::remove_tree(disk, *path);
        },
        [this, id, durable] {
            if (*durable) world_.change_state({{deleting_prefix + id, std::nullopt}});
        });
    return {};
}

void TopicChurn::take_acks() {
    if (auto* topic = current()) topic->take_acks();
}

void TopicChurn::retained() {
    if (auto* topic = current()) topic->retained();
}

void TopicChurn::verify() {
    if (auto* topic = current()) topic->verify();
}

void TopicChurn::resend() {
    if (auto* topic = current()) topic->resend();
}

void TopicChurn::end_process() {
    if (auto* topic = current()) topic->detach();
    id_.clear();
    busy_ = false;
    change_ = nullptr;
}

void TopicChurn::check_at_rest() {
    if (busy_ && !change_) world_.anomaly("the creation or removal of a topic never ends");
}

std::vector<std::string> TopicChurn::anomalies() const {
    std::vector<std::string> all;
    for (const auto& [id, life] : lives_)
        for (const auto& anomaly : life->anomalies()) all.push_back("topic " + id + ": " + anomaly);
    return all;
}

}  // namespace leat::crash
