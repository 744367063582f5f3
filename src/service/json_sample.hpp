// A struct with a field of every kind that JSON can carry, for the tests, the fuzzer and the
// benchmark.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "leat/decimal.hpp"
#include "leat/timestamp.hpp"

namespace leat::json::sample {

enum class Status : std::uint8_t { open, paid, shipped };

struct Item {
    std::string sku;
    std::int32_t quantity = 0;
    decimal price;
    bool operator==(const Item&) const = default;
};
struct CardPayment {
    std::string last_digits;
    bool operator==(const CardPayment&) const = default;
};
struct Voucher {
    decimal value;
    std::optional<std::chrono::year_month_day> valid_until;
    bool operator==(const Voucher&) const = default;
};
struct Order {
    std::string id;
    Status status = Status::open;
    std::vector<Item> items;
    timestamp placed_at;
    std::chrono::year_month_day due{std::chrono::year{2024}, std::chrono::month{1},
                                    std::chrono::day{1}};
    std::chrono::sys_time<std::chrono::nanoseconds> precise;
    std::variant<CardPayment, Voucher, std::string> payment;
    std::map<std::string, std::vector<bool>> flags;
    std::optional<std::string> note;
    std::vector<std::optional<std::int64_t>> counts;
    double weight = 0;
    float ratio = 0;
    std::uint64_t big = 0;
    std::int8_t small = 0;
    bool gift = false;
    std::vector<Order> parts;
    bool operator==(const Order&) const = default;
};

}  // namespace leat::json::sample
