#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "leat/json.hpp"
#include "service/json_sample.hpp"

namespace leat::json {
namespace {

using namespace std::chrono;
using sample::Order;

// Makes orders of every shape from a seed.
class Maker {
public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    Order order(int depth) {
        Order made;
        made.id = text();
        made.status = static_cast<sample::Status>(below(3));
        for (auto n = below(4); n > 0; --n)
            made.items.push_back({text(), static_cast<std::int32_t>(random_()), number()});
        made.placed_at = timestamp{microseconds{within(62'167'219'200'000'000)}};
        made.due = sys_days{days{within(700'000)}};
        made.precise = sys_time<nanoseconds>{nanoseconds{within(9'000'000'000'000'000'000)}};
        made.payment = payment();
        for (auto n = below(3); n > 0; --n) made.flags[text()] = {below(2) == 0, below(2) == 0};
        if (below(2) == 0) made.note = text();
        for (auto n = below(3); n > 0; --n)
            made.counts.push_back(below(2) == 0 ? std::optional<std::int64_t>{} : whole());
        made.weight =
            std::ldexp(static_cast<double>(whole()), static_cast<int>(below(1900)) - 1000);
        made.ratio = static_cast<float>(whole()) / 7;
        made.big = random_();
        made.small = static_cast<std::int8_t>(random_());
        made.gift = below(2) == 0;
        for (auto n = depth > 0 ? below(3) : 0; n > 0; --n) made.parts.push_back(order(depth - 1));
        return made;
    }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

private:
    std::int64_t whole() { return static_cast<std::int64_t>(random_()); }
    std::int64_t within(std::int64_t bound) { return whole() % bound / (below(2) == 0 ? 1 : 5); }
    decimal number() { return decimal::of(whole() >> below(64), static_cast<int>(below(19))); }
    std::string text() {
        constexpr std::string_view pieces[] = {"a",    "\"", "\\", "/", "~",   "\n",
                                               "\x01", "é",  "€",  "😀", "\x7f"};
        std::string made;
        for (auto n = below(12); n > 0; --n) made += pieces[below(std::size(pieces))];
        return made + std::string(below(2), '\0');
    }
    std::variant<sample::CardPayment, sample::Voucher, std::string> payment() {
        if (below(3) == 0) return text();
        if (below(2) == 0) return sample::CardPayment{text()};
        return sample::Voucher{number(),
                               below(2) == 0 ? std::optional{2024y / 2 / 29} : std::nullopt};
    }
    std::mt19937_64 random_;
};

TEST(JsonProperty, what_was_encoded_decodes_to_the_same_value_and_text) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        const auto order = Maker{seed}.order(2);
        const auto text = encode(order);
        const auto again = decode<Order>(text, {.refuse_unknown_fields = true});
        ASSERT_TRUE(again) << again.error().to_string() << '\n' << text;
        ASSERT_EQ(*again, order) << text;
        ASSERT_EQ(encode(*again), text);
    }
}

TEST(JsonProperty, every_proper_prefix_is_refused) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        const auto text = encode(Maker{seed}.order(1));
        for (std::size_t length = 0; length < text.size(); ++length) {
            // A copy of the exact size: reading past its end is caught by the address sanitizer.
            const std::vector<char> prefix(text.begin(),
                                           text.begin() + static_cast<std::ptrdiff_t>(length));
            const auto cut = decode<Order>({prefix.data(), prefix.size()});
            ASSERT_FALSE(cut) << text.substr(0, length);
            ASSERT_EQ(cut.error().kind, fault::syntax);
        }
    }
}

TEST(JsonProperty, changed_bytes_are_refused_or_read_as_a_stable_value) {
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        SCOPED_TRACE(seed);
        Maker maker{seed};
        auto text = encode(maker.order(1));
        for (auto n = 1 + maker.below(4); n > 0; --n)
            text[maker.below(text.size())] = static_cast<char>(maker.below(256));
        const auto changed = decode<Order>(text);
        if (!changed) {
            EXPECT_NO_THROW(encode(changed.error().to_string()));
            continue;
        }
        ASSERT_EQ(*decode<Order>(encode(*changed)), *changed);
    }
}

}  // namespace
}  // namespace leat::json
