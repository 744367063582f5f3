#include "purchases.hpp"

#include <charconv>
#include <fstream>
#include <map>
#include <stdexcept>

namespace shop {
namespace {

std::string_view next_word(std::string_view& rest) {
    const auto begin = std::min(rest.find_first_not_of(" \t\r"), rest.size());
    const auto end = std::min(rest.find_first_of(" \t\r", begin), rest.size());
    const auto word = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return word;
}

bool read_number(std::string_view text, int& number) {
    const auto* end = text.data() + text.size();
    const auto [at, code] = std::from_chars(text.data(), end, number);
    return code == std::errc{} && at == end;
}

// "19970131"
bool read_date(std::string_view text, std::chrono::year_month_day& date) {
    int number = 0;
    if (text.size() != 8 || !read_number(text, number) || number < 0) return false;
    date = std::chrono::year{number / 10000} / (number / 100 % 100) / (number % 100);
    return date.ok();
}

}  // namespace

leat::expected<OrderPlaced, std::string> parse_purchase(std::string_view row, std::int64_t number) {
    OrderPlaced order;
    order.order_id = number;
    order.customer = next_word(row);
    if (!read_date(next_word(row), order.date))
        return std::string{"The second column is no date such as 19970131."};
    if (!read_number(next_word(row), order.cds))
        return std::string{"The third column is no number of CDs."};
    const auto amount = leat::decimal::parse(next_word(row));
    if (!amount) return std::string{"The fourth column is no amount such as 11.77."};
    order.amount = *amount;
    if (!next_word(row).empty()) return std::string{"There are more than four columns."};
    if (const auto broken = order.validate()) return broken->pointer + ": " + broken->message;
    return order;
}

std::vector<OrderPlaced> read_purchases(const std::string& file) {
    std::ifstream in{file};
    std::string line;
    if (!std::getline(in, line)) throw std::runtime_error("cannot read " + file);
    std::vector<OrderPlaced> orders;
    while (std::getline(in, line)) {
        const auto number = static_cast<std::int64_t>(orders.size()) + 1;
        auto order = parse_purchase(line, number);
        if (!order)
            throw std::runtime_error(file + ", line " + std::to_string(number + 1) + ": "
                                     + order.error());
        orders.push_back(std::move(*order));
    }
    return orders;
}

Totals totals_of(const std::vector<OrderPlaced>& orders) {
    Totals totals;
    std::map<std::string, MonthOfRevenue> months;
    for (const auto& order : orders) {
        ++totals.orders;
        if (order.amount <= 0) continue;
        ++totals.paid;
        totals.revenue += order.amount;
        totals.cds += order.cds;
        auto& month = months[leat::to_iso_date(order.date).substr(0, 7)];
        ++month.orders;
        month.revenue += order.amount;
    }
    for (auto& [name, month] : months) {
        month.month = name;
        totals.months.push_back(std::move(month));
    }
    return totals;
}

}  // namespace shop
