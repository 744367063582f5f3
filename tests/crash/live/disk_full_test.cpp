// E5: a real disk that runs full, again and again, under a broker that is not restarted. Needs
// root, for a file system of its own: in memory, or with LEAT_FILESYSTEM=ext4|xfs|btrfs in an
// image. LEAT_CYCLES=n sets how often it is filled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "broker_process.hpp"
#include "client/offsets.hpp"
#include "kafka/messages/all.hpp"
#include "noted_produce.hpp"
#include "topics_request.hpp"
#include "whole_logs.hpp"

namespace leat::crash {
namespace {

using kafka::ErrorCode;

constexpr std::int64_t mib = 1 << 20;
constexpr std::int64_t floor_size = 8 * mib;
constexpr std::size_t value_size = 200'000;

// A file system of its own; gone with its owner.
class SmallDisk {
public:
    explicit SmallDisk(std::string path) : path_(std::move(path)) {
        std::filesystem::create_directory(path_);
        mounted_ = kind_ == "tmpfs" ? mount_memory() : mount_image();
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }
    std::int64_t size() const { return size_; }
    /// Or needs room for whatever is written, as btrfs does.
    bool overwrites_in_place() const { return kind_ != "btrfs"; }
    /// Writes one file until not a byte more fits, larger pieces first.
    static void fill(const std::string& path) {
        for (std::size_t piece = mib; piece > 0; piece /= 2) {
            std::ofstream file{path, std::ios::binary | std::ios::app};
            while (file << std::string(piece, 'h') << std::flush) {
            }
        }
    }
    std::int64_t free_bytes() const {
        struct statvfs status = {};
        check(::statvfs(path_.c_str(), &status) == 0, "the disk is there");
        return static_cast<std::int64_t>(status.f_bavail * status.f_frsize);
    }

private:
    static std::string kind() {
        const char* named = std::getenv("LEAT_FILESYSTEM");
        return named == nullptr ? "tmpfs" : named;
    }
    bool mount_memory() const {
        const auto options = "size=" + std::to_string(size_);
        return ::mount("leat-test", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
    }
    bool mount_image() const {
        const auto image = path_ + ".image";
        std::ofstream{image};
        std::filesystem::resize_file(image, static_cast<std::uintmax_t>(size_));
        const auto make =
            "mkfs." + kind_ + " -q " + image + " && mount -o loop " + image + " " + path_;
        return std::system(make.c_str()) == 0;
    }

    std::string path_;
    const std::string kind_ = kind();
    const std::int64_t size_ = (kind_ == "tmpfs" ? 64 : 320) * mib;  // XFS takes no less than 300
    bool mounted_ = false;
};

class DiskFull : public testing::Test {
protected:
    void SetUp() override {
        if (disk_.mounted()) return;
        ASSERT_EQ(std::getenv("CI"), nullptr) << "the gate may mount a file system";
        ASSERT_EQ(std::getenv("LEAT_FILESYSTEM"), nullptr) << "it could not be made or mounted";
        GTEST_SKIP() << "only root may mount the small disk that this test fills";
    }
    void start() {
        broker_.start(
            {.settings = {"leat.free.space.floor.bytes=" + std::to_string(floor_size),
                          "log.segment.bytes=" + std::to_string(4 * mib),
                          "log.segment.delete.delay.ms=0", "offsets.topic.num.partitions=3"},
             .environment = {}});
        ASSERT_TRUE(broker_.wait_ready()) << broker_.log_tail();
        client::ClusterOptions options;
        options.bootstrap = broker_.bootstrap();
        auto connected = client::Cluster::connect(options);
        ASSERT_TRUE(connected.ok()) << connected.error().what;
        cluster_.emplace(std::move(*connected));
    }
    void create(const std::string& name) {
        const auto made = cluster_->call<kafka::CreateTopicsResponse>(client::Target::controller(),
                                                                      topics_request({{name, 1}}));
        ASSERT_TRUE(made.ok()) << made.error().what;
        ASSERT_EQ(made->topics.at(0).error_code, ErrorCode::none);
    }
    // One record; acknowledged ones are noted. Tries once only: the answer is what matters.
    client::ProducedBatch produce(const std::string& topic, std::size_t size = value_size) {
        auto record = make_record(HistoryChecker::Kind::plain, 1, next_number_++, random_());
        record.value = std::string(size, static_cast<char>('a' + next_number_ % 26));
        record.timestamp = now_ms_;
        return produce_once(*cluster_, checkers_[topic], {topic, 0}, record);
    }
    void fill(const std::string& topic) {
        for (int i = 0; i < 2 * disk_.size() / static_cast<int>(value_size); ++i) {
            const auto answer = produce(topic);
            if (answer.error_code == ErrorCode::none) continue;
            EXPECT_EQ(answer.error_code, ErrorCode::kafka_storage_error);
            EXPECT_THAT(answer.error_message.value_or(""), testing::HasSubstr("free-space floor"));
            EXPECT_GT(disk_.free_bytes(), 0);
            return;
        }
        FAIL() << "the disk never gets full";
    }
    void judge(const std::string& topic, std::int64_t start) {
        Ranges ranges{{start, open_end}};
        const auto contents = read_with_fetch(*cluster_, {{topic, 0}}, ranges);
        checkers_[topic].recovered(start, contents[0]);
        EXPECT_THAT(checkers_[topic].anomalies(), testing::IsEmpty()) << topic;
    }
    // Metadata, configurations, groups: all that is no producing of records.
    void expect_everything_else_works() {
        ASSERT_TRUE(cluster_->metadata(std::nullopt).ok());
        const auto committed = client::commit_offsets(
            *cluster_, "g", {{.partition = {"a", 0}, .offset = commits_++, .metadata = {}}});
        EXPECT_TRUE(committed.ok()) << (committed ? "" : committed.error().what);
        const auto offsets = client::committed_offsets(*cluster_, "g");
        ASSERT_TRUE(offsets.ok() && offsets->size() == 1);
        EXPECT_EQ(offsets->front().offset, commits_ - 1);
        create("extra" + std::to_string(commits_));
        delete_topic("extra" + std::to_string(commits_));
    }
    void delete_topic(const std::string& name) {
        kafka::DeleteTopicsRequest request;
        request.topic_names = {name};
        const auto gone = cluster_->call<kafka::DeleteTopicsResponse>(client::Target::controller(),
                                                                      request, {.max_version = 5});
        ASSERT_TRUE(gone.ok()) << gone.error().what;
        EXPECT_EQ(gone->responses.at(0).error_code, ErrorCode::none);
        checkers_.erase(name);
        cluster_->forget_topics();
    }
    std::int64_t delete_records(const std::string& topic) {
        kafka::DeleteRecordsRequest request;
        auto& wanted = request.topics.emplace_back();
        wanted.name = topic;
        wanted.partitions.push_back({.partition_index = 0, .offset = -1});
        const auto done =
            cluster_->call<kafka::DeleteRecordsResponse>(client::Target::controller(), request);
        check(done.ok() && done->topics.at(0).partitions.at(0).error_code == ErrorCode::none,
              "records are deleted on a full disk");
        const auto start = done->topics.at(0).partitions.at(0).low_watermark;
        checkers_[topic].deleted_below(start, true);
        return start;
    }
    // Asks until it is accepted again: files go in the background, and btrfs tells of freed space
    // at its next commit only, by default every 30 s.
    void produce_until_accepted(const std::string& topic) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        while (produce(topic).error_code != ErrorCode::none)
            ASSERT_LT(std::chrono::steady_clock::now(), until) << "no recovery without a restart";
    }

    // It is made a moment after a start.
    void wait_for_reserve() {
        const auto path = scratch_.path() + "/disk/data/leat-reserve";
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (!std::filesystem::exists(path) || std::filesystem::file_size(path) < 4 * mib)
            ASSERT_LT(std::chrono::steady_clock::now(), until) << "no reserve was made";
    }

    ScratchDir scratch_{"disk-full"};
    SmallDisk disk_{scratch_.path() + "/disk"};
    BrokerProcess broker_{scratch_.path() + "/disk/data", scratch_.path() + "/broker.log"};
    std::optional<client::Cluster> cluster_;
    std::map<std::string, HistoryChecker> checkers_;
    std::mt19937_64 random_{number_from("LEAT_SEED", 1)};
    int next_number_ = 0;
    std::int64_t commits_ = 1;
    const std::int64_t now_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count();
};

TEST_F(DiskFull, refuses_producers_by_name_serves_the_rest_and_recovers_without_a_restart) {
    start();
    create("a");
    std::int64_t start_of_a = 0;
    for (auto cycle = number_from("LEAT_CYCLES", 3); cycle > 0; --cycle) {
        create("b");
        for (int i = 0; i < 20; ++i) EXPECT_EQ(produce("b").error_code, ErrorCode::none);
        // Drained by deleting records, and the next time by deleting the topic.
        const bool by_records = cycle % 2 == 1;
        fill(by_records ? "a" : "b");
        EXPECT_EQ(produce(by_records ? "b" : "a").error_code, ErrorCode::kafka_storage_error);
        expect_everything_else_works();
        judge("a", start_of_a);
        judge("b", 0);
        if (by_records)
            start_of_a = delete_records("a");
        else
            delete_topic("b");
        produce_until_accepted("a");
        judge("a", start_of_a);
        if (by_records) delete_topic("b");
    }
    EXPECT_EQ(broker_.stop(), 0) << broker_.log_tail();
    start();
    judge("a", start_of_a);
}

TEST_F(DiskFull, loses_nothing_when_others_fill_the_disk_to_the_last_byte) {
    start();
    create("a");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(produce("a").error_code, ErrorCode::none);
    const auto hog = scratch_.path() + "/disk/hog";
    disk_.fill(hog);
    ASSERT_LT(disk_.free_bytes(), mib);  // XFS calls free what it keeps for itself
    // What was admitted on an earlier answer of the file system meets the full disk itself.
    auto answer = produce("a");
    for (int i = 0; i < 200 && answer.error_code == ErrorCode::none; ++i) answer = produce("a");
    EXPECT_EQ(answer.error_code, ErrorCode::kafka_storage_error);
    judge("a", 0);
    std::filesystem::remove(hog);
    produce_until_accepted("a");
    judge("a", 0);
    broker_.kill();
    start();
    judge("a", 0);
}

TEST_F(DiskFull, starts_and_serves_reads_and_deletions_when_others_left_no_byte) {
    const auto hog = scratch_.path() + "/disk/hog";
    for (const bool clean : {false, true}) {
        start();
        const std::string kept = clean ? "c" : "a";
        const std::string other = clean ? "d" : "b";
        for (const auto& topic : {kept, other}) {
            create(topic);
            for (int i = 0; i < 5; ++i) EXPECT_EQ(produce(topic).error_code, ErrorCode::none);
        }
        wait_for_reserve();
        disk_.fill(hog);
        if (clean)
            EXPECT_EQ(broker_.stop(), 0) << broker_.log_tail();
        else
            broker_.kill();
        start();
        judge(kept, 0);
        judge(other, 0);
        EXPECT_EQ(produce(kept).error_code, ErrorCode::kafka_storage_error);
        const auto begin = delete_records(kept);
        delete_topic(other);
        disk_.fill(hog);  // and takes what is left of the reserve
        broker_.kill();
        if (disk_.overwrites_in_place()) {
            start();
            judge(kept, begin);
        }
        std::filesystem::remove(hog);
        if (!disk_.overwrites_in_place()) start();
        produce_until_accepted(kept);
        judge(kept, begin);
        EXPECT_EQ(broker_.stop(), 0) << broker_.log_tail();
    }
}

}  // namespace
}  // namespace leat::crash
