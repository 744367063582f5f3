// What a log does with transactions: its last stable offset, its markers, what it knows of aborts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/aborted_search.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TransactionsTest : public testing::Test {
protected:
    TransactionsTest() {
        log_nothing();
        EXPECT_TRUE(rig->start().ok());
    }

    AppendOutcome add(std::int64_t producer_id, std::int32_t sequence, std::int16_t epoch = 0) {
        kafka::BatchOptions options;
        options.producer_id = producer_id;
        options.producer_epoch = epoch;
        options.base_sequence = sequence;
        options.transactional = true;
        return rig->append(batch_of({"x"}, 1000, options));
    }
    AppendOutcome end(std::int64_t producer_id, bool commit, std::int16_t epoch = 0,
                      std::int32_t coordinator_epoch = 0, bool own_epoch = false) {
        const kafka::EndTxnMarker marker{commit, coordinator_epoch};
        auto batch =
            IncomingBatch::of(kafka::build_end_txn_marker(producer_id, epoch, marker, 1000));
        batch.transaction = {marker, own_epoch};
        auto outcome = rig->log->append(batch, 1000, AppendOrigin::coordinator);
        rig->flusher->appended(*rig->log);
        return outcome;
    }
    std::vector<AbortedTransaction> aborted(std::int64_t from, std::int64_t until) {
        auto found = rig->log->search_aborted(from, until).run(disk);
        EXPECT_TRUE(found.ok());
        return *found;
    }
    void fill(int batches) {
        for (int i = 0; i < batches; ++i) rig->append(batch_of({std::string(100, 'f')}));
        rig->settle();
    }
    void restart(bool clean) {
        if (clean)
            ASSERT_TRUE(rig->stop().ok());
        else
            rig->die();
        ASSERT_TRUE(rig->start().ok());
    }
    Log& log() { return *rig->log; }

    SimDisk disk{1};
    LogConfig config;
    std::unique_ptr<LogRig> rig = std::make_unique<LogRig>(disk, config);
};

TEST_F(TransactionsTest, hold_back_readers_of_committed_records_until_their_marker_is_durable) {
    fill(1);
    add(7, 0);
    fill(1);
    EXPECT_EQ(log().high_watermark(), 3);
    EXPECT_EQ(log().last_stable_offset(), 1);
    end(7, true);
    EXPECT_EQ(log().last_stable_offset(), 1);
    rig->settle();
    EXPECT_EQ(log().last_stable_offset(), 4);
}

TEST_F(TransactionsTest, are_held_back_by_the_earliest_that_is_open) {
    add(7, 0);
    add(8, 0);
    add(7, 1);
    end(7, true);
    rig->settle();
    EXPECT_EQ(log().last_stable_offset(), 1);
    end(8, false);
    rig->settle();
    EXPECT_EQ(log().last_stable_offset(), 5);
}

TEST_F(TransactionsTest, never_put_the_last_stable_offset_below_the_log_start) {
    add(7, 0);
    fill(2);
    ASSERT_EQ(log().delete_records(2), LogFault::none);
    EXPECT_EQ(log().last_stable_offset(), 2);
    end(7, false);
    rig->settle();
    EXPECT_EQ(log().last_stable_offset(), 4);
}

TEST_F(TransactionsTest, that_were_aborted_are_told_to_those_who_read_a_part_of_them) {
    add(7, 0);      // 0
    add(8, 0);      // 1
    end(7, false);  // 2
    add(7, 1);      // 3
    end(7, true);   // 4
    end(8, false);  // 5
    add(9, 0);      // 6
    end(9, false);  // 7
    rig->settle();
    const AbortedTransaction first{7, 0, 2, 1};
    const AbortedTransaction second{8, 1, 5, 6};
    const AbortedTransaction third{9, 6, 7, 8};
    EXPECT_THAT(aborted(0, 8), ElementsAre(first, second, third));
    EXPECT_THAT(aborted(0, 1), ElementsAre(first));
    EXPECT_THAT(aborted(3, 4), ElementsAre(second));
    EXPECT_THAT(aborted(6, 7), ElementsAre(third));
    EXPECT_THAT(aborted(8, 8), IsEmpty());
}

TEST_F(TransactionsTest, without_records_in_a_log_leave_nothing_to_tell) {
    end(7, false);
    rig->settle();
    EXPECT_EQ(log().last_stable_offset(), 1);
    EXPECT_THAT(aborted(0, 1), IsEmpty());
}

TEST_F(TransactionsTest, are_found_again_by_a_start_open_and_aborted_alike) {
    for (const bool clean : {true, false}) {
        const auto base = log().end_offset();
        const std::int32_t sequence = clean ? 0 : 2;
        add(7, sequence);
        add(8, sequence);
        end(7, false);
        rig->settle();
        restart(clean);
        EXPECT_EQ(log().last_stable_offset(), base + 1) << clean;
        EXPECT_THAT(aborted(base, base + 3),
                    ElementsAre(AbortedTransaction{7, base, base + 2, base + 1}));
        end(8, false);
        rig->settle();
        restart(clean);
        EXPECT_EQ(log().last_stable_offset(), base + 4) << clean;
        EXPECT_EQ(aborted(base, base + 4).size(), 2U) << clean;
        add(7, sequence + 1);
        add(8, sequence + 1);
        end(7, true);
        end(8, true);
        rig->settle();
    }
}

TEST_F(TransactionsTest, that_were_aborted_are_told_from_the_files_of_closed_segments) {
    rig->die();
    config.segment_bytes = 600;
    rig = std::make_unique<LogRig>(disk, config);
    ASSERT_TRUE(rig->start().ok());
    std::vector<AbortedTransaction> all;
    for (std::int32_t i = 0; i < 30; ++i) {
        const auto first = add(7, i).base_offset;
        fill(2);
        const auto last = end(7, false).base_offset;
        rig->settle();
        all.push_back({7, first, last, last + 1});
    }
    ASSERT_GT(log().segment_count(), 8U);
    EXPECT_TRUE(log().search_aborted(0, log().end_offset()).needs_disk());
    const auto as_they_were = [&] {
        EXPECT_EQ(aborted(0, log().end_offset()), all);
        for (const auto& one : all)
            EXPECT_THAT(aborted(one.first_offset + 1, one.first_offset + 2), ElementsAre(one));
    };
    as_they_were();
    restart(true);
    as_they_were();
    restart(false);
    as_they_were();
}

TEST_F(TransactionsTest, admit_no_batch_of_their_producer_that_is_not_in_them) {
    add(7, 0);
    const auto outside = rig->append(idempotent(7, 0, 1, {"x"}));
    EXPECT_EQ(outside.fault, LogFault::invalid_txn_state);
    end(7, true);
    EXPECT_EQ(rig->append(idempotent(7, 0, 1, {"x"})).fault, LogFault::none);
}

TEST_F(TransactionsTest, are_not_ended_by_an_older_epoch_or_an_older_coordinator) {
    add(7, 0, 3);
    EXPECT_EQ(end(7, true, 2).fault, LogFault::invalid_producer_epoch);
    EXPECT_EQ(end(7, true, 3, 5).fault, LogFault::none);
    add(7, 1, 3);
    EXPECT_EQ(end(7, true, 3, 4).fault, LogFault::coordinator_fenced);
    EXPECT_EQ(end(7, true, 4, 5).fault, LogFault::none);
    EXPECT_EQ(add(7, 2, 3).fault, LogFault::invalid_producer_epoch);
}

TEST_F(TransactionsTest, with_epochs_of_their_own_are_not_ended_by_a_late_marker) {
    add(7, 0, 3);
    EXPECT_EQ(end(7, true, 4, 0, true).fault, LogFault::none);
    EXPECT_EQ(end(7, true, 4, 0, true).fault, LogFault::none) << "sent again, it finds nothing";
    add(7, 0, 4);
    EXPECT_EQ(end(7, true, 4, 0, true).fault, LogFault::invalid_producer_epoch);
    EXPECT_EQ(log().end_offset(), 4);
}

TEST_F(TransactionsTest, with_epochs_of_their_own_begin_at_sequence_zero) {
    kafka::BatchOptions options;
    options.producer_id = 7;
    options.producer_epoch = 1;
    options.base_sequence = 5;
    options.transactional = true;
    auto batch = IncomingBatch::of(batch_of({"x"}, 1000, options));
    batch.transaction.has_own_epoch = true;
    EXPECT_EQ(log().append(batch, 1000).fault, LogFault::out_of_order_sequence);
    EXPECT_EQ(add(7, 5, 1).fault, LogFault::none);
}

TEST_F(TransactionsTest, begin_with_the_earliest_batch_that_wanted_to_begin_them) {
    const auto expect = [&](std::int32_t sequence, bool own_epoch) {
        kafka::BatchHeader header;
        header.producer_id = 7;
        header.producer_epoch = 0;
        header.base_sequence = sequence;
        log().expect(header, own_epoch, 1000);
    };
    expect(4, false);  // and is refused for a moment
    expect(5, false);
    EXPECT_EQ(add(7, 5).fault, LogFault::out_of_order_sequence);
    EXPECT_EQ(add(7, 4).fault, LogFault::none);
    EXPECT_EQ(add(7, 5).fault, LogFault::none);
    end(7, true);
    expect(6, false);
    end(7, false);  // of one that wrote nothing
    EXPECT_EQ(add(7, 6).fault, LogFault::none);
}

TEST_F(TransactionsTest, take_no_record_for_one_of_a_transaction_that_has_ended) {
    for (const bool commit : {false, true}) {
        const auto sequence = commit ? 2 : 0;
        EXPECT_EQ(add(7, sequence).fault, LogFault::none);
        EXPECT_TRUE(add(7, sequence).duplicate);
        end(7, commit);
        // Nothing is open, then the next one is.
        EXPECT_EQ(add(7, sequence).fault, LogFault::out_of_order_sequence);
        EXPECT_EQ(add(7, sequence + 1).fault, LogFault::none);
        const auto again = add(7, sequence);
        EXPECT_EQ(again.fault, LogFault::out_of_order_sequence);
        EXPECT_FALSE(again.duplicate);
        EXPECT_TRUE(add(7, sequence + 1).duplicate);
        end(7, true);
    }
}

TEST_F(TransactionsTest, of_a_coordinator_count_no_sequence) {
    EXPECT_EQ(add(7, kafka::no_sequence).fault, LogFault::none);
    const auto second = add(7, kafka::no_sequence);
    EXPECT_EQ(second.fault, LogFault::none);
    EXPECT_FALSE(second.duplicate);
}

TEST_F(TransactionsTest, that_were_aborted_in_a_segment_that_is_gone_are_not_taken_for_none) {
    rig->die();
    config.segment_bytes = 600;
    rig = std::make_unique<LogRig>(disk, config);
    ASSERT_TRUE(rig->start().ok());
    add(7, 0);
    end(7, false);
    fill(20);
    const auto search = log().search_aborted(0, 2);
    ASSERT_TRUE(search.needs_disk());
    ASSERT_TRUE(disk.remove("data/t-0/00000000000000000000.txnindex").ok());
    const auto found = search.run(disk);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Errc::not_found);
}

}  // namespace
}  // namespace leat::storage
