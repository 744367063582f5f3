// The shop's pure parts: rows, totals, the bank's bad moments, the plan of kills.
#include <gmock/gmock.h>

#include "bank_faults.hpp"
#include "progress.hpp"
#include "purchases.hpp"
#include "runner/kills.hpp"
#include "runner/summary.hpp"
#include "sqlite.hpp"

namespace shop {
namespace {

using testing::HasSubstr;

TEST(Purchases, read_a_row_with_a_carriage_return) {
    const auto order = parse_purchase(" 00002 19970112  5   77.00\r", 3);
    ASSERT_TRUE(order) << order.error();
    EXPECT_EQ(order->order_id, 3);
    EXPECT_EQ(order->customer, "00002");
    EXPECT_EQ(leat::to_iso_date(order->date), "1997-01-12");
    EXPECT_EQ(order->cds, 5);
    EXPECT_EQ(order->amount.to_string(), "77.00");
}

TEST(Purchases, refuse_a_row_and_say_what_is_wrong_with_it) {
    const auto refusal = [](std::string_view row) {
        const auto order = parse_purchase(row, 1);
        return order ? std::string{"accepted"} : order.error();
    };
    EXPECT_THAT(refusal(""), HasSubstr("date"));
    EXPECT_THAT(refusal("00002 19970230 5 77.00"), HasSubstr("date"));
    EXPECT_THAT(refusal("00002 1997-1-2 5 77.00"), HasSubstr("date"));
    EXPECT_THAT(refusal("00002 19970112 five 77.00"), HasSubstr("number of CDs"));
    EXPECT_THAT(refusal("00002 19970112 0 77.00"), HasSubstr("/cds: must be at least 1"));
    EXPECT_THAT(refusal("00002 19970112 5"), HasSubstr("amount"));
    EXPECT_THAT(refusal("00002 19970112 5 -1.00"), HasSubstr("/amount"));
    EXPECT_THAT(refusal("00002 19970112 5 77.00 x"), HasSubstr("more than four"));
}

TEST(Purchases, of_the_real_shop_add_up_to_the_known_figures) {
    const auto orders = read_purchases(SHOP_PURCHASES);
    const auto totals = totals_of(orders);
    EXPECT_EQ(totals.orders, 69'659);
    EXPECT_EQ(totals.paid, 69'579);
    EXPECT_EQ(totals.refused(), 80);
    EXPECT_EQ(totals.cds, 167'801);
    EXPECT_EQ(totals.revenue.to_string(), "2500315.63");
    ASSERT_EQ(totals.months.size(), 18U);
    EXPECT_EQ(totals.months.front().month, "1997-01");
    EXPECT_EQ(totals.months.front().revenue.to_string(), "299060.17");
    EXPECT_EQ(totals.months[2].revenue.to_string(), "393155.27");
    EXPECT_EQ(totals.months.back().month, "1998-06");
    EXPECT_EQ(totals.months.back().revenue.to_string(), "76109.30");
    EXPECT_EQ(orders.back().order_id, 69'659);
}

TEST(Purchases, name_file_and_line_of_a_missing_file) {
    EXPECT_THROW(read_purchases("/nowhere/purchases.txt"), std::runtime_error);
}

TEST(BankFaults, hit_one_request_in_200_or_so) {
    for (const std::uint64_t seed : {1, 2, 77}) {
        int failures = 0;
        for (std::int64_t order = 1; order <= 69'659; ++order)
            failures += bank_fails(seed, order, 0);
        EXPECT_NEAR(failures, 348, 80) << "seed " << seed;
    }
}

TEST(BankFaults, let_every_order_through_when_it_is_asked_again) {
    for (std::int64_t order = 1; order <= 69'659; ++order) {
        std::uint64_t failures = 0;
        while (bank_fails(1, order, failures)) ++failures;
        EXPECT_LE(failures, 3U) << "order " << order;
    }
}

TEST(BankFaults, are_others_for_another_seed) {
    int same = 0;
    for (std::int64_t order = 1; order <= 69'659; ++order)
        same += bank_fails(1, order, 0) && bank_fails(2, order, 0);
    EXPECT_LT(same, 20);
}

TEST(Kills, reach_everybody_and_come_in_the_order_of_the_replay) {
    const auto kills = plan_kills({.count = 20, .seed = 5, .orders = 69'659, .victims = 6});
    ASSERT_EQ(kills.size(), 20U);
    std::vector<int> times(6, 0);
    std::int64_t before = 0;
    for (const auto& kill : kills) {
        ++times.at(kill.victim);
        EXPECT_GE(kill.after_orders, before);
        EXPECT_LT(kill.after_orders, 69'659 * 96 / 100);
        before = kill.after_orders;
    }
    for (const int count : times) EXPECT_GE(count, 3);
}

TEST(Kills, are_the_same_for_the_same_seed_only) {
    const KillOptions five{.count = 20, .seed = 5, .orders = 1000, .victims = 6};
    auto six = five;
    six.seed = 6;
    EXPECT_EQ(plan_kills(five), plan_kills(five));
    EXPECT_NE(plan_kills(five), plan_kills(six));
}

Totals small_totals() {
    Totals totals;
    totals.orders = 3;
    totals.paid = 2;
    totals.revenue = leat::decimal{"12.50"};
    totals.cds = 4;
    totals.months = {{"1997-01", 2, leat::decimal{"12.50"}}};
    return totals;
}

Findings matching_findings() {
    Findings found;
    found.accepted = 3;
    found.revenue = {2, leat::decimal{"12.50"}, {{"1997-01", 2, leat::decimal{"12.50"}}}, {}};
    found.bank = {2, leat::decimal{"12.50"}};
    found.stock = {2, 4};
    found.dead_orders = 1;
    found.dead_letters = 1;
    found.dead_letters_listed = 1;
    found.lag = 0;
    return found;
}

TEST(Summary, is_content_only_if_every_figure_matches) {
    const auto adds_up = [](auto&& spoil) {
        auto found = matching_findings();
        spoil(found);
        return add_up(small_totals(), found).right;
    };
    EXPECT_TRUE(adds_up([](Findings&) {}));
    EXPECT_FALSE(adds_up([](Findings& f) { f.accepted = 2; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.revenue.orders = 3; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.revenue.revenue = leat::decimal{"12.51"}; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.revenue.months[0].revenue = 1; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.revenue.months[0].month = "1997-02"; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.revenue.months.clear(); }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.bank.charges = 3; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.bank.amount = 13; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.stock.cds = 5; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.stock.orders = 3; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.dead_orders = 0; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.dead_without_reason = 1; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.dead_letters_listed = 2; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.lag = 1; }));
    EXPECT_FALSE(adds_up([](Findings& f) { f.lag.reset(); }));
}

TEST(Progress, shows_a_bar_of_the_share_done) {
    const Progress half{500, 1000, 0, 0.5};
    EXPECT_EQ(describe(half), "500 of 1,000 orders accepted, 1,000/s");
    EXPECT_THAT(draw_bar(half), HasSubstr("░ 50 %  500 of"));
    EXPECT_THAT(draw_bar(Progress{}), HasSubstr("0 %"));
}

TEST(Progress, groups_digits_by_three) {
    EXPECT_EQ(with_commas(0), "0");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(1000), "1,000");
    EXPECT_EQ(with_commas(-1234567), "-1,234,567");
}

TEST(Sqlite, keeps_rows_and_counts_a_repeated_one_once) {
    Database database{":memory:", "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, x REAL)"};
    Statement insert{database, "INSERT INTO t VALUES (?, ?, ?) ON CONFLICT DO NOTHING"};
    insert.run(std::int64_t{1}, std::string{"one"}, 1.5);
    insert.run(std::int64_t{1}, std::string{"again"}, 2.5);
    insert.run(std::int64_t{2}, std::string{"two"}, 3.5);
    Statement all{database, "SELECT id, name, x FROM t ORDER BY id"};
    std::string seen;
    all.each<std::int64_t, std::string, double>(
        [&](std::int64_t id, const std::string& name, double x) {
            seen += std::to_string(id) + name + std::to_string(x).substr(0, 3) + " ";
        });
    EXPECT_EQ(seen, "1one1.5 2two3.5 ");
    Statement none{database, "SELECT id FROM t WHERE id = ?"};
    EXPECT_THROW(none.first<std::int64_t>(std::int64_t{3}), std::runtime_error);
    EXPECT_THROW(Statement(database, "SELECT nonsense"), std::runtime_error);
}

}  // namespace
}  // namespace shop
