// E4: the k-th call to the disk fails, for every k and every kind of failure. Nothing may be
// acknowledged that is not there after a restart, and the restart has to work.
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "history_checker.hpp"
#include "storage/testing/fault_disk.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::crash {
namespace {

using storage::FaultDisk;
using storage::FaultKind;
using storage::LogFault;
using storage::LogRig;
using storage::SimDisk;
using Kind = HistoryChecker::Kind;

constexpr int batches = 12;

storage::LogConfig small() {
    storage::LogConfig config;
    config.segment_bytes = 400;
    config.index_interval_bytes = 100;
    config.checkpoint_bytes = 500;
    config.file_delete_delay_ms = 0;
    return config;
}

// A life of a log: start, appends with syncs between, a deletion, a clean stop. What was
// acknowledged goes to the checker.
class Life {
public:
    Life(storage::Disk& disk, HistoryChecker& checker) : rig_(disk, small()), checker_(checker) {}

    void run() {
        if (!rig_.start()) return;
        for (int i = 0; i < batches; ++i) {
            send(i);
            if (i % 3 == 2) settle();
        }
        if (rig_.log->delete_records(std::min<std::int64_t>(5, rig_.log->high_watermark()))
            == LogFault::none) {
            checker_.deleted_below(rig_.log->log_start(), false);
            rig_.flusher->save_checkpoints({});
        }
        settle();
        static_cast<void>(rig_.stop());
    }

private:
    void send(int number) {
        const auto value = HistoryChecker::value_of(Kind::idempotent, 7, number, 60);
        checker_.sent(value);
        const auto outcome =
            rig_.append(storage::idempotent(7, 0, static_cast<std::int32_t>(sent_), {value}));
        if (outcome.fault != LogFault::none) return;
        ++sent_;
        waiting_.emplace_back(outcome.base_offset, value);
    }
    void settle() {
        rig_.settle();
        for (const auto& [offset, value] : waiting_)
            if (offset < rig_.log->high_watermark()) checker_.acknowledged(offset, value);
        std::erase_if(waiting_,
                      [&](const auto& w) { return w.first < rig_.log->high_watermark(); });
    }

    LogRig rig_;
    HistoryChecker& checker_;
    int sent_ = 0;
    std::vector<std::pair<std::int64_t, std::string>> waiting_;
};

void expect_all_there(SimDisk& disk, HistoryChecker& checker, const std::string& how) {
    LogRig rig{disk, small()};
    const auto started = rig.start();
    ASSERT_TRUE(started.ok()) << how << ": " << started.error().what;
    HistoryChecker::Content content;
    auto offset = rig.log->log_start();
    for (const auto& value : rig.values(offset)) content.emplace_back(offset++, value);
    checker.recovered(rig.log->log_start(), content);
    ASSERT_TRUE(checker.anomalies().empty()) << how << ": " << checker.anomalies().front();
    ASSERT_EQ(rig.append(storage::batch_of({"serves again"})).fault, LogFault::none) << how;
}

TEST(IoFault, of_any_kind_at_any_call_loses_nothing_and_lets_the_log_start_again) {
    log::Options options;
    options.level = log::Level::off;
    log::configure(options);
    std::uint64_t points = 0;
    for (const auto kind : {FaultKind::eio, FaultKind::enospc, FaultKind::edquot, FaultKind::eintr,
                            FaultKind::short_write, FaultKind::torn_write}) {
        for (const bool power_cut : {false, true}) {
            for (std::uint64_t k = 1;; ++k) {
                SimDisk under{k};
                FaultDisk disk{under};
                disk.fail_call(k, kind);
                HistoryChecker checker;
                Life{disk, checker}.run();
                if (!disk.has_failed()) break;
                ++points;
                power_cut ? under.crash() : under.kill();
                expect_all_there(under, checker,
                                 std::string{name_of(kind)} + " at call " + std::to_string(k));
                if (testing::Test::HasFatalFailure()) return;
            }
        }
    }
    EXPECT_GT(points, 1000U);
}

TEST(IoFault, that_stays_serves_what_was_synced_and_acknowledges_nothing_more) {
    SimDisk under;
    FaultDisk disk{under};
    LogRig rig{disk, small()};
    ASSERT_TRUE(rig.start().ok());
    rig.append(storage::batch_of({"safe"}));
    rig.settle();
    disk.fail_call(1, FaultKind::eio, true);
    EXPECT_EQ(rig.append(storage::batch_of({"lost"})).fault, LogFault::storage);
    rig.settle();
    EXPECT_TRUE(rig.log->is_offline());
    EXPECT_EQ(rig.log->high_watermark(), 1);
    EXPECT_EQ(rig.values(0), std::vector<std::string>{"safe"});
}

TEST(IoFault, of_space_in_the_middle_of_a_write_leaves_the_log_as_it_was) {
    SimDisk under;
    FaultDisk disk{under};
    LogRig rig{disk, small()};
    ASSERT_TRUE(rig.start().ok());
    rig.append(storage::batch_of({"first"}));
    rig.settle();
    const auto size = rig.log->size();
    disk.fail_call(1, FaultKind::torn_write);
    EXPECT_EQ(rig.append(storage::batch_of({"no room"})).fault, LogFault::no_space);
    EXPECT_EQ(under.content("data/t-0/00000000000000000000.log").size(), size);
    EXPECT_EQ(rig.append(storage::batch_of({"room again"})).base_offset, 1);
    rig.settle();
    EXPECT_EQ(rig.values(0), (std::vector<std::string>{"first", "room again"}));
}

}  // namespace
}  // namespace leat::crash
