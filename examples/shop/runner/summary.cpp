#include "runner/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "progress.hpp"

namespace shop {
namespace {

class Comparison {
public:
    void compare(std::string what, std::int64_t expected, std::int64_t found) {
        add(std::move(what), with_commas(expected), with_commas(found), expected == found);
    }
    void compare(std::string what, leat::decimal expected, leat::decimal found) {
        add(std::move(what), dollars(expected), dollars(found), expected == found);
    }
    void add(std::string what, std::string expected, std::string found, bool right) {
        summary_.lines.push_back({std::move(what), std::move(expected), std::move(found), right});
        summary_.right = summary_.right && right;
    }
    Summary take() { return std::move(summary_); }

private:
    Summary summary_;
};

// A month counts if both books have it with the same orders and the same revenue.
std::int64_t equal_months(const std::vector<MonthOfRevenue>& expected,
                          const std::vector<MonthOfRevenue>& found) {
    return std::count_if(expected.begin(), expected.end(), [&](const auto& month) {
        return std::find(found.begin(), found.end(), month) != found.end();
    });
}

}  // namespace

std::string dollars(leat::decimal amount) {
    const auto cents = amount.round(2).units();
    return fmt::format("${}.{:02}", with_commas(cents / 100), cents % 100);
}

Summary add_up(const Totals& expected, const Findings& found) {
    Comparison books;
    books.compare("orders accepted", expected.orders, found.accepted);
    books.compare("orders paid, as revenue has them", expected.paid, found.revenue.orders);
    books.compare("  in dollars", expected.revenue, found.revenue.revenue);
    books.compare("charges of the bank", expected.paid, found.bank.charges);
    books.compare("  in dollars", expected.revenue, found.bank.amount);
    books.compare("orders in payments' dead letters", expected.refused(), found.dead_orders);
    books.compare("  records, as leat dlq list counts", found.dead_letters,
                  found.dead_letters_listed);
    books.compare("  records without a reason", 0, found.dead_without_reason);
    books.compare("orders booked in stock", expected.paid, found.stock.orders);
    books.compare("CDs booked in stock", expected.cds, found.stock.cds);
    books.compare("months of revenue equal to the file's",
                  static_cast<std::int64_t>(expected.months.size()),
                  found.revenue.months.size() == expected.months.size()
                      ? equal_months(expected.months, found.revenue.months)
                      : 0);
    books.add("lag of all groups", "0", found.lag ? with_commas(*found.lag) : "unknown",
              found.lag == 0);
    return books.take();
}

std::string to_table(const Summary& summary) {
    std::string table = fmt::format("{:<40}{:>16}{:>16}\n", "", "expected", "found");
    for (const auto& line : summary.lines)
        table += fmt::format("{:<40}{:>16}{:>16}  {}\n", line.what, line.expected, line.found,
                             line.right ? "ok" : "WRONG");
    return table;
}

}  // namespace shop
