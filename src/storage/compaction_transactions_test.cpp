#include "storage/compaction_transactions.hpp"

#include <gtest/gtest.h>

namespace leat::storage {
namespace {

constexpr kafka::EndTxnMarker commit{true, 0};
constexpr kafka::EndTxnMarker abort{false, 0};

kafka::BatchHeader at(std::int64_t offset, std::int64_t producer, bool transactional = true) {
    kafka::BatchHeader header;
    header.base_offset = offset;
    header.producer_id = producer;
    header.attributes = transactional ? 0x10 : 0;
    header.record_count = 1;
    return header;
}

TEST(CompactionTransactions, are_told_apart_by_where_they_end_though_markers_are_gone) {
    CompactionTransactions walk{{{7, 4, 6, 7}, {7, 0, 2, 3}}};
    EXPECT_TRUE(walk.is_aborted(at(0, 7)));
    EXPECT_FALSE(walk.is_aborted(at(1, 8)));
    EXPECT_FALSE(walk.is_aborted(at(1, 7, false)));
    // No marker at 2.
    EXPECT_FALSE(walk.is_aborted(at(3, 7)));
    EXPECT_TRUE(walk.is_aborted(at(5, 7)));
    EXPECT_FALSE(walk.is_aborted(at(7, 7)));
}

TEST(CompactionTransactions, end_something_as_long_as_a_batch_of_theirs_is_met) {
    CompactionTransactions walk{{{7, 0, 2, 3}, {7, 4, 6, 7}}};
    EXPECT_TRUE(walk.is_aborted(at(1, 7)));
    EXPECT_FALSE(walk.ends_nothing(at(2, 7), abort));
    EXPECT_TRUE(walk.ends_nothing(at(6, 7), abort)) << "its batches are gone";
    EXPECT_FALSE(walk.is_aborted(at(8, 7)));
    EXPECT_FALSE(walk.ends_nothing(at(9, 7), commit));
    EXPECT_TRUE(walk.ends_nothing(at(10, 7), commit));
}

TEST(CompactionTransactions, of_which_nobody_told_keep_their_markers) {
    CompactionTransactions walk{{}};
    EXPECT_FALSE(walk.is_aborted(at(0, 7)));
    EXPECT_FALSE(walk.ends_nothing(at(1, 7), abort));
    EXPECT_FALSE(walk.ends_nothing(at(2, 7), std::nullopt)) << "a control batch of another kind";
    auto emptied = at(3, 7);
    emptied.record_count = 0;
    EXPECT_TRUE(walk.ends_nothing(emptied, std::nullopt));
}

}  // namespace
}  // namespace leat::storage
